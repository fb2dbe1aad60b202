//! Drawings that need no screen. For maps of words in two dimensions: the layout of points and their names on a sheet
//! of cells, and the map as a file. For the report: charts as SVG inside HTML. For the curves of the workbench: where their
//! points are, and what each column of a chart shows of them.

pub mod cells;
pub mod columns;
pub mod differences;
pub mod file;
pub mod lines;
pub mod markup;
pub mod matrix;
pub mod place;
pub mod scale;
pub mod screen;
pub mod series;
pub mod strip;
pub mod track;

/// A word on a map. Lists of spots are sorted by importance, the most important first.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The word as it is written on the map.
    pub word: String,
    /// The horizontal position, growing to the right, in any unit.
    pub x: f32,
    /// The vertical position, growing upwards, in the unit of `x`.
    pub y: f32,
    /// Why the word is shown. It decides the marker and the colour.
    pub kind: Kind,
}

/// Why a word is on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user asked for it.
    Chosen,
    /// It is a neighbour of a word that the user asked for.
    Near,
    /// It is a probe word.
    Probe,
    /// None of these.
    Other,
}

impl Kind {
    /// The name of the kind in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Chosen => "chosen",
            Kind::Near => "neighbour",
            Kind::Probe => "probe",
            Kind::Other => "other",
        }
    }
}
