//! A table before it is HTML, Markdown or LaTeX: cells are text, and those that are numbers have their exact value too,
//! by which a page sorts them.

/// A table.
pub struct Sheet {
    /// What it shows.
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
pub struct Column {
    pub name: String,
    /// For somebody who sees it for the first time; may be empty.
    pub explained: &'static str,
    pub kind: Kind,
}

/// What the cells of a column are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word or a few.
    Words,
    /// Numbers stand to the right.
    Numbers,
    /// Text that is broken into lines.
    Prose,
}

/// A cell.
pub struct Cell {
    pub text: String,
    /// What it is sorted by; cells without a value are sorted by their text.
    pub value: Option<f64>,
}

impl Sheet {
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Sheet {
        Sheet { caption: caption.into(), columns, rows: Vec::new() }
    }
}

/// A column of words.
pub fn words(name: impl Into<String>) -> Column {
    Column { name: name.into(), explained: "", kind: Kind::Words }
}

/// A column of longer text.
pub fn prose(name: impl Into<String>) -> Column {
    Column { name: name.into(), explained: "", kind: Kind::Prose }
}

/// A column of numbers.
pub fn numbers(name: impl Into<String>, explained: &'static str) -> Column {
    Column { name: name.into(), explained, kind: Kind::Numbers }
}

impl Column {
    /// Whether its cells stand to the right.
    pub fn is_right(&self) -> bool {
        self.kind == Kind::Numbers
    }
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), value: None }
    }

    /// A number as it is shown, and its exact value.
    pub fn number(text: impl Into<String>, value: f64) -> Cell {
        Cell { text: text.into(), value: value.is_finite().then_some(value) }
    }

    /// Nothing is known.
    pub fn none() -> Cell {
        Cell::text("–")
    }
}
