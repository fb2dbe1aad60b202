//! A corpus: a text that can be read many times, piece by piece.

use std::ops::ControlFlow;

use crate::error::Result;

/// A text that can be read any number of times and is the same each time.
pub trait Corpus: Send + Sync {
    /// Reads the whole text from its start and passes it to `sink` in pieces, in order. Pieces end between words. A
    /// newline ends a document. When `sink` breaks, reading ends early without an error.
    ///
    /// # Errors
    /// If the text cannot be read.
    fn read(&self, sink: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<()>;

    /// The name of the corpus in messages.
    fn name(&self) -> String {
        "the corpus".into()
    }

    /// Remarks for the user once the text has been read, for example on bytes that were not UTF-8.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A corpus whose documents are generated: `make` starts again for each reading.
pub struct Documents<F>(pub F);

impl<F, I> Corpus for Documents<F>
where
    F: Fn() -> I + Send + Sync,
    I: Iterator<Item = String>,
{
    fn read(&self, sink: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<()> {
        for mut document in (self.0)() {
            if document.contains('\n') {
                document = document.replace('\n', " ");
            }
            document.push('\n');
            if sink(&document).is_break() {
                break;
            }
        }
        Ok(())
    }
}
