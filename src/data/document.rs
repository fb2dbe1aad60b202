//! A text and its class.

/// A text and its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The text as it was written.
    pub text: String,
    /// Its class: an index into [`LabelledText::classes`](super::LabelledText::classes).
    pub label: u32,
    /// What it is about, where the data says that (the film of a review). Documents of one group never
    /// get to both sides of a split.
    pub group: Option<String>,
}
