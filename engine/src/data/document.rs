//! A text and its class.

/// A text and its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The original text.
    pub text: String,
    /// Its class: an index into [`LabelledText::classes`](super::LabelledText::classes).
    pub label: u32,
    /// The subject of the document, if the data has it (such as the film of a review). Documents of one group are
    /// never on both sides of a split.
    pub group: Option<String>,
}
