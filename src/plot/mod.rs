//! Maps of words in two dimensions: where points and their names stand on a sheet of cells, and the map as a file.

pub mod cells;
pub mod file;
pub mod place;

/// A word on a map; the more important come first.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    pub word: String,
    pub x: f32,
    pub y: f32,
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
    Other,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Chosen => "chosen",
            Kind::Near => "neighbour",
            Kind::Probe => "probe",
            Kind::Other => "other",
        }
    }
}
