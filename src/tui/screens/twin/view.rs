//! The views of the screen Twin.

/// What is shown of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Curves,
    Differences,
    Examples,
    Words,
}

impl View {
    pub const ALL: [View; 4] = [View::Curves, View::Differences, View::Examples, View::Words];

    /// The key and the name.
    pub fn name(self) -> &'static str {
        match self {
            View::Curves => "c curves",
            View::Differences => "d matrices",
            View::Examples => "a examples",
            View::Words => "w words",
        }
    }
}
