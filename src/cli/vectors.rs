//! Word vectors for the commands that ask about them: from a file, or from a session.

use std::path::Path;

use crate::error::{Error, Place, Result};
use crate::session::recipe::Source;
use crate::train;
use crate::vectors::{WordVectors, formats};

use super::sessions;

/// Reads the file at `path`, the first `limit` words of it; or the vectors of the session of that path
/// or name.
///
/// # Errors
/// When there is neither, or it cannot be read.
pub fn read(path: &Path, limit: Option<usize>, sessions: &Path) -> Result<WordVectors> {
    if path.is_file() {
        return formats::read(path, limit);
    }
    let Ok(found) = sessions::find(path, sessions) else {
        // A file is what is usually meant, so the message is about a file.
        return formats::read(path, limit);
    };
    if let Some(vectors) = train::kept_vectors(&found.folder)? {
        return Ok(first(vectors, limit));
    }
    match sessions::history(&found)?.recipe.map(|recipe| recipe.source) {
        Some(Source::Vectors { file, limit: own }) => formats::read(&file, limit.or(own)),
        _ => Err(Error::input(
            &found.folder,
            Place::Whole,
            "this session keeps no word vectors",
            "resume it to train them",
        )),
    }
}

/// The first `limit` words.
fn first(vectors: WordVectors, limit: Option<usize>) -> WordVectors {
    let Some(limit) = limit.filter(|&limit| limit < vectors.len()) else { return vectors };
    let words = vectors.words.iter().take(limit).collect();
    let matrix = vectors.matrix.slice(ndarray::s![..limit, ..]).to_owned();
    let counts = vectors.counts.as_ref().map(|counts| counts[..limit].to_vec());
    // As many words as rows and counts, so this cannot be refused.
    WordVectors::new(words, matrix, counts).unwrap_or(vectors)
}
