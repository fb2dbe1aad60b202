//! What the screen Words knows, and what its keys stand for.

use crate::plot::place::Lens;
use crate::session::choices::{AnalogyScore, Closeness, Layout};
use crate::train::protocol::event::{Clusters, Moved};
use crate::tui::widgets::input::Input;

use super::asked::Asked;
use super::looks::Looks;

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str = "Words with like meanings get like vectors. Type a word: what is near it?";

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Neighbours,
    Analogy,
    Drift,
    Coverage,
    Map,
    Clusters,
    Evaluation,
}

impl View {
    pub const ALL: [View; 7] = [
        View::Neighbours,
        View::Analogy,
        View::Drift,
        View::Coverage,
        View::Map,
        View::Clusters,
        View::Evaluation,
    ];

    /// Its key and its name; a short one where there is little room.
    pub fn name(self, short: bool) -> &'static str {
        match (self, short) {
            (View::Neighbours, true) => "n near",
            (View::Neighbours, false) => "n neighbours",
            (View::Analogy, _) => "a analogy",
            (View::Drift, _) => "d drift",
            (View::Coverage, _) => "c coverage",
            (View::Map, _) => "m map",
            (View::Clusters, _) => "k clusters",
            (View::Evaluation, true) => "e scores",
            (View::Evaluation, false) => "e evaluation",
        }
    }
}

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Words {
    pub(super) view: View,
    /// The word whose neighbours are shown.
    pub(super) word: Input,
    /// The three words of an analogy.
    pub(super) three: Input,
    /// What was asked, and what came of it.
    pub(super) asked: Questions,
    /// The fine-tuned run whose own vectors are looked at beside the pre-trained ones.
    pub(super) run: Option<usize>,
    /// The selected line of the list in front.
    pub(super) selected: Option<usize>,
    /// The first row of probe words that is seen.
    pub(super) probe: usize,
    /// What makes words near.
    pub(super) by: Closeness,
    /// How analogies are answered.
    pub(super) score: AnalogyScore,
    pub(super) layout: Layout,
    /// Which words the map shows.
    pub(super) choice: Choice,
    pub(super) lens: Lens,
    /// Where the mouse holds the map.
    pub(super) grip: Option<(u16, u16)>,
    /// Coverage: accuracy afterwards instead of words beforehand.
    pub(super) afterwards: bool,
    /// What texts are put together by: a place among all ways.
    pub(super) grouped: usize,
    /// Clusters; as many as there are classes where it is not chosen.
    pub(super) k: Option<usize>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    Type,
    /// Ask now; with a line selected, go on to its word.
    Enter,
    /// Take the next completion of what is typed.
    Complete,
    Show(View),
    /// The fine-tuned run so many further whose vectors are looked at.
    Table(i8),
    /// The line so many below; on the map, up and down.
    Line(i8),
    /// On the map, to the side.
    Side(i8),
    Zoom(i8),
    /// The whole map.
    Whole,
    /// Cosine or dot product.
    Measure,
    /// 3CosAdd or 3CosMul.
    NextAnalogyScore,
    /// Principal components or t-SNE.
    NextLayout,
    /// Other words on the map.
    Choose,
    /// What texts are clustered by.
    NextGrouped,
    /// So many clusters more.
    Clusters(i8),
    /// The map to a file, an image or a table; the clusters, a table.
    Save {
        table: bool,
    },
    /// More probe words, or further lines.
    Page(i8),
}

/// Which words the map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The word with its neighbours, and the probe words with theirs.
    #[default]
    Near,
    /// The probe words and their neighbours alone.
    Probes,
    /// The most frequent words.
    Frequent,
}

impl Choice {
    /// The next choice; probe words only where there are `probes`.
    pub fn next(self, probes: bool) -> Choice {
        match self {
            Choice::Near if probes => Choice::Probes,
            Choice::Near => Choice::Frequent,
            Choice::Probes => Choice::Frequent,
            Choice::Frequent => Choice::Near,
        }
    }
}

/// All questions of the screen.
#[derive(Debug, Default)]
pub struct Questions {
    /// When what is typed was changed, if it was not asked about since.
    pub(super) changed: Option<f64>,
    pub near: Asked<Looks>,
    /// The same in the table of the chosen run.
    pub own: Asked<Looks>,
    pub analogy: Asked<Looks>,
    pub drift: Asked<Vec<Moved>>,
    pub map: Asked<Vec<(String, f32, f32)>>,
    pub clusters: Asked<Clusters>,
    pub(super) complete: Asked<()>,
    pub completions: Vec<String>,
    /// The completion that the next tab takes.
    pub(super) next: usize,
}

impl Questions {
    /// The next completion, round and round.
    pub fn completion(&mut self) -> Option<String> {
        let word = self.completions.get(self.next % self.completions.len().max(1)).cloned();
        self.next += 1;
        word
    }

    /// Other vectors are looked at: what was answered of those before is put away.
    pub fn table_changed(&mut self) {
        self.own = Asked::default();
        self.drift = Asked::default();
        self.map = Asked::default();
        self.clusters = Asked::default();
    }

    /// Texts are to be clustered otherwise; what was found stands until then.
    pub fn clusters_changed(&mut self) {
        self.clusters.restart();
    }

    /// Nearness is measured otherwise: no rank can be compared with those before.
    pub fn measure_changed(&mut self) {
        self.near = Asked::default();
        self.own = Asked::default();
        self.analogy = Asked::default();
    }

    /// The map is to show something else.
    pub fn map_changed(&mut self) {
        self.map = Asked::default();
    }

    pub fn analogy_words(&self) -> Vec<String> {
        self.analogy.found.iter().flat_map(|looks| &looks.list).map(|n| n.word.clone()).collect()
    }

    pub fn drift_words(&self) -> Vec<String> {
        self.drift.found.iter().flatten().map(|moved| moved.word.clone()).collect()
    }
}
