//! The views of the screen Words, and their names.

/// The views of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Neighbours,
    Occurrences,
    Analogy,
    Sentences,
    Drift,
    Coverage,
    Map,
    Axes,
    Clusters,
    Evaluation,
}

impl View {
    pub const ALL: [View; 10] = [
        View::Neighbours,
        View::Occurrences,
        View::Analogy,
        View::Sentences,
        View::Drift,
        View::Coverage,
        View::Map,
        View::Axes,
        View::Clusters,
        View::Evaluation,
    ];

    /// The key and the name of the view; with `short`, a shorter name.
    pub fn name(self, short: bool) -> &'static str {
        match (self, short) {
            (View::Neighbours, true) => "n near",
            (View::Neighbours, false) => "n neighbours",
            (View::Occurrences, true) => "O where",
            (View::Occurrences, false) => "O occurrences",
            (View::Analogy, true) => "a pairs",
            (View::Analogy, false) => "a analogy",
            (View::Sentences, true) => "s texts",
            (View::Sentences, false) => "s sentences",
            (View::Drift, _) => "d drift",
            (View::Coverage, true) => "c cover",
            (View::Coverage, false) => "c coverage",
            (View::Map, _) => "m map",
            (View::Axes, _) => "X axes",
            (View::Clusters, true) => "k sets",
            (View::Clusters, false) => "k clusters",
            (View::Evaluation, true) => "E eval",
            (View::Evaluation, false) => "E evaluation",
        }
    }
}
