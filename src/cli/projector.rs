//! The files of TensorBoard's Embedding Projector: a session's word vectors, their words, and the configuration that
//! names both files.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Result, printable};
use crate::files;
use crate::session::history::History;
use crate::session::recipe::Recipe;

use super::global::Global;
use super::{out, sessions, vectors};

/// The largest number of words that are written, the most frequent ones: a browser shows so many without delay.
const WORDS: usize = 10_000;
/// The vectors, one on each line, with tabs between the values.
const VECTORS: &str = "vectors.tsv";
/// The words, one on each line.
const METADATA: &str = "metadata.tsv";
/// The configuration, which names the two files.
const CONFIG: &str = "projector_config.pbtxt";

/// Writes the word vectors of a session into `folder`, if it is a session of texts. If its vectors cannot be read, a
/// note on standard error says so, and nothing is written.
///
/// # Errors
/// When a file cannot be written.
pub fn export(
    found: &sessions::Found,
    history: &History,
    folder: &Path,
    global: &Global,
    written: &mut Vec<PathBuf>,
) -> Result<()> {
    if history.recipe.as_deref().and_then(Recipe::text_source).is_none() {
        return Ok(());
    }
    let read = match vectors::read(&found.folder, Some(WORDS), global) {
        Ok(read) => read,
        Err(error) => {
            out::tell(&format!("note: without files for the Embedding Projector: {error}"));
            return Ok(());
        }
    };
    let mut write =
        |name: &str, line: &dyn Fn(usize, &mut dyn Write) -> std::io::Result<()>, lines: usize| {
            let path = folder.join(name);
            files::save(&path, |to| (0..lines).try_for_each(|number| line(number, to)))?;
            written.push(path);
            Ok(())
        };
    let count = read.len().min(WORDS);
    let numbers = |word: usize, to: &mut dyn Write| {
        for (place, number) in read.table().row(word).iter().enumerate() {
            write!(to, "{}{number}", if place > 0 { "\t" } else { "" })?;
        }
        writeln!(to)
    };
    write(VECTORS, &numbers, count)?;
    // A tab or a line end in a word would begin another column or row, so such characters are made printable.
    write(METADATA, &|word, to| writeln!(to, "{}", printable(read.words.get(word))), count)?;
    let config = format!(
        "embeddings {{\n  tensor_name: \"word vectors\"\n  tensor_path: \"{VECTORS}\"\n  metadata_path: \"{METADATA}\"\n}}"
    );
    write(CONFIG, &|_, to| writeln!(to, "{config}"), 1)
}
