//! What a file of labels is opened with, and what its rows are.

use crate::data::columns::Columns;

/// The column that says what chose the example of a row.
pub const CHOSEN_BY: &str = "chosen_by";

/// A row of the file that has a text and a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRow {
    /// The text.
    pub text: String,
    /// The label.
    pub label: String,
}

/// What a new row holds: the value of a column by its name, if the row has one.
pub type Values<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What is needed to open a file of labels.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// The columns with text and label, if they have unusual names.
    pub columns: Columns,
    /// The names of the columns of a new file besides those of text, label and choice.
    pub further: &'a [String],
    /// The name of the column with the text in a new file, if it is not `text`.
    pub text: Option<&'a str>,
    /// The names of the classes. The last line of a file that does not end in a line break is kept if its label is one of
    /// these, or one of the other rows.
    pub classes: &'a [String],
}
