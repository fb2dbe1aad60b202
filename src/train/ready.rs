//! What sources came to, of texts or of images.

use std::ops::Range;

use super::image_pretrained::ImagePretrained;
use super::pretrained::Pretrained;
use super::text_pretrained::TextPretrained;

/// What a source came to, with the examples of a task.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a session has one, and it is not moved about")]
pub enum Ready {
    Text(TextPretrained),
    Images(Box<ImagePretrained>),
}

impl Ready {
    /// What examples are called: the text of a document, the name of an image's file.
    pub fn names(&self, examples: Range<usize>) -> Vec<String> {
        match self {
            Ready::Text(text) => text.documents.texts[examples].to_vec(),
            Ready::Images(images) => images.images.names[examples].to_vec(),
        }
    }

    /// What makes its runs, whatever it is of.
    pub fn pretrained(&mut self) -> &mut dyn Pretrained {
        match self {
            Ready::Text(text) => text,
            Ready::Images(images) => &mut **images,
        }
    }
}
