//! Pre-trained sources with the examples of a task, of texts or of images.

use std::ops::Range;

use super::encoder_pretrained::EncoderPretrained;
use super::image_pretrained::ImagePretrained;
use super::pretrained::Pretrained;
use super::text_pretrained::TextPretrained;

/// A pre-trained source with the examples of a task.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a session has one, and it is not moved about")]
pub enum Ready {
    Text(TextPretrained),
    Images(Box<ImagePretrained>),
    Encoder(Box<EncoderPretrained>),
}

impl Ready {
    /// The names of examples: the text of a document, the file name of an image.
    pub fn names(&self, examples: Range<usize>) -> Vec<String> {
        match self {
            Ready::Text(TextPretrained { documents, .. }) => documents.texts[examples].to_vec(),
            Ready::Encoder(encoder) => encoder.words.documents.texts[examples].to_vec(),
            Ready::Images(images) => images.images.names[examples].to_vec(),
        }
    }

    /// The vectors of words with the documents; those of tokens for a sentence encoder. `None` for images.
    pub fn text(&self) -> Option<&TextPretrained> {
        match self {
            Ready::Text(text) => Some(text),
            Ready::Encoder(encoder) => Some(&encoder.words),
            Ready::Images(_) => None,
        }
    }

    /// The source through its common interface.
    pub fn pretrained(&mut self) -> &mut dyn Pretrained {
        match self {
            Ready::Text(text) => text,
            Ready::Images(images) => &mut **images,
            Ready::Encoder(encoder) => &mut **encoder,
        }
    }
}
