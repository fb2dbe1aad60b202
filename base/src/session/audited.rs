//! Labels of the training data with what models that did not learn from them predict: rows of a list, most doubtful
//! first.

use std::io;

use serde::Serialize;

/// A training example, and how doubtful its label is. The fields are the columns of the CSV file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditedLabel {
    /// The place in the list, from 1.
    pub rank: usize,
    /// The position of the example in the training part, in the order of the data, from 1.
    pub example: usize,
    /// Whether the label is estimated to be wrong.
    pub is_suspect: bool,
    /// The class that the example is labelled with.
    pub label: String,
    /// The most probable of the other classes.
    pub suggested: String,
    /// The probability of the given class.
    pub p_label: f32,
    /// The probability of the suggested class.
    pub p_suggested: f32,
    /// The text, or the file name of the image.
    pub text: String,
}

/// Writes the list as CSV with a header.
///
/// # Errors
/// When `to` cannot be written.
pub fn write_csv(list: &[AuditedLabel], to: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    list.iter().try_for_each(|label| table.serialize(label).map_err(io::Error::other))?;
    table.flush()
}
