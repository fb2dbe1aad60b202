//! What is drawn without a screen: maps of words in two dimensions (where points and their names stand on a sheet of
//! cells, and the map as a file), and charts as SVG for a page of HTML.

pub mod cells;
pub mod differences;
pub mod file;
pub mod lines;
pub mod markup;
pub mod matrix;
pub mod place;
pub mod scale;
pub mod series;

/// A word on a map; the more important come first.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The word that is written.
    pub word: String,
    /// Its place from left to right, in any unit.
    pub x: f32,
    /// Its place from bottom to top, in the unit of `x`.
    pub y: f32,
    /// Why the word is shown; it decides marker and colour.
    pub kind: Kind,
}

/// What a word is on the map for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It was asked for.
    Chosen,
    /// It is near a word that was asked for.
    Near,
    /// It is a probe word.
    Probe,
    /// None of these.
    Other,
}

impl Kind {
    /// The kind as tables and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Chosen => "chosen",
            Kind::Near => "neighbour",
            Kind::Probe => "probe",
            Kind::Other => "other",
        }
    }
}
