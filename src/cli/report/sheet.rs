//! A table that can be written as HTML, Markdown or LaTeX. Each cell has a text. A cell with a number also has the
//! exact value, by which the HTML page sorts the rows.

/// A table.
pub struct Sheet {
    /// The title of the table.
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
pub struct Column {
    pub name: String,
    /// An explanation of the column, which a tooltip shows; may be empty.
    pub explained: &'static str,
    pub kind: Kind,
}

/// The kind of the cells of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One word or a few, aligned left.
    Words,
    /// Numbers, aligned right.
    Numbers,
    /// Longer text, which may be broken into lines.
    Prose,
}

/// A cell.
pub struct Cell {
    pub text: String,
    /// The number by which the cell is sorted; `None` for a cell that is sorted by its text.
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
    /// Whether the cells are aligned right.
    pub fn is_right(&self) -> bool {
        self.kind == Kind::Numbers
    }
}

impl Cell {
    /// A cell with words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), value: None }
    }

    /// A cell with a number: the text that is shown, and the exact value. A value that is not finite is left out.
    pub fn number(text: impl Into<String>, value: f64) -> Cell {
        Cell { text: text.into(), value: value.is_finite().then_some(value) }
    }

    /// A cell without a known value, shown as a dash.
    pub fn none() -> Cell {
        Cell::text("–")
    }
}
