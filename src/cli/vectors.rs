//! Word vectors for the commands that query them: from a file, or from a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use crate::error::{Error, Place, Result};
use crate::fault;
use crate::files::Meter;
use crate::models::sentence_encoder::{self, PublishedEncoder};
use crate::session::checkpoint;
use crate::session::recipe::Recipe;
use crate::session::source_name::SourceName;
use crate::session::text_source::TextSource;
use crate::train::{self, threads};
use crate::vectors::{WordVectors, formats};

use super::global::Global;
use super::progress::Progress;
use super::{out, sessions};

/// How long a file is read before a progress bar appears.
const PATIENCE: Duration = Duration::from_millis(500);

/// Reads the first `limit` words of the file, or the folder of static token vectors, at `path`; or the vectors of the session
/// with this path or name. With `SESSION:NAME` they are those of the source with this name, of several.
///
/// # Errors
/// When there is neither a file nor a session, or it cannot be read.
pub fn read(path: &Path, limit: Option<usize>, global: &Global) -> Result<WordVectors> {
    if sentence_encoder::looks_like_one(path) {
        return of_encoder(path, limit);
    }
    if path.is_file() || formats::static_folder::looks_like_one(path) {
        return file(path, limit, global);
    }
    let Some((found, wanted)) = session(path, global) else {
        // Most users mean a file, so the message is about a file.
        return formats::read(path, limit);
    };
    let history = sessions::history(&found)?;
    let name = history
        .recipe
        .as_deref()
        .map(|recipe| source_name(recipe, wanted.as_deref(), &found.folder))
        .transpose()?;
    let recipe = history.recipe.as_deref().zip(name.as_ref()).map(|(recipe, name)| recipe.with_source(name));
    let kept =
        recipe.as_ref().zip(name.as_ref()).map(|(recipe, name)| recipe.source_folder(&found.folder, name));
    let parent = history.parents.iter().find(|parent| Some(&parent.name) == name.as_ref());
    if parent.is_some_and(|parent| parent.model.is_some()) {
        let folder = kept.as_deref().unwrap_or(&found.folder).join(checkpoint::MODEL);
        return Ok(first(train::model_vectors(&folder)?, limit));
    }
    if let Some(vectors) = train::kept_vectors(kept.as_deref().unwrap_or(&found.folder))? {
        return Ok(first(vectors, limit));
    }
    let inherited = parent.and_then(|parent| parent.root.text());
    match inherited.or(recipe.as_ref().and_then(Recipe::text_source)) {
        Some(TextSource::Vectors { file, limit: own }) => self::file(file, limit.or(*own), global),
        Some(TextSource::Encoder(asked)) => of_encoder(&asked.folder, limit),
        _ => Err(Error::input(
            &found.folder,
            Place::Whole,
            "this session keeps no word vectors",
            "resume it to train them",
        )),
    }
}

/// The names of the sources, if `path` is a session with several of texts and names none of them.
///
/// # Errors
/// When the session's log cannot be read.
pub fn of_several(path: &Path, global: &Global) -> Result<Option<Vec<SourceName>>> {
    if sentence_encoder::looks_like_one(path)
        || path.is_file()
        || formats::static_folder::looks_like_one(path)
    {
        return Ok(None);
    }
    let Some((found, None)) = session(path, global) else { return Ok(None) };
    let history = sessions::history(&found)?;
    let names = history.recipe.as_deref().filter(|recipe| recipe.text().is_some()).map(Recipe::source_names);
    Ok(names.filter(|names| names.len() > 1))
}

/// The path of a session with the name of one of its sources.
pub fn called(session: &Path, name: &SourceName) -> PathBuf {
    let mut path = session.as_os_str().to_os_string();
    path.push(format!(":{name}"));
    path.into()
}

/// The token vectors of a sentence encoder.
fn of_encoder(folder: &Path, limit: Option<usize>) -> Result<WordVectors> {
    Ok(first(train::token_vectors(&PublishedEncoder::read(folder)?)?, limit))
}

/// The session with this path or name, and the name of a source after a colon.
pub fn session(path: &Path, global: &Global) -> Option<(sessions::Found, Option<String>)> {
    if let Ok(found) = sessions::find(path, &global.sessions) {
        return Some((found, None));
    }
    let (session, source) = path.to_str()?.rsplit_once(':')?;
    Some((sessions::find(Path::new(session), &global.sessions).ok()?, Some(source.to_string())))
}

/// The name of the source that is wanted; without a wish that of the first, and a note names the others.
///
/// # Errors
/// When there is no source with the name.
pub fn source_name(recipe: &Recipe, wanted: Option<&str>, folder: &Path) -> Result<SourceName> {
    let names = recipe.source_names();
    let all = || names.iter().map(SourceName::as_str).collect::<Vec<_>>().join(", ");
    match (wanted, &names[..]) {
        (Some(wanted), names) => {
            names.iter().find(|name| name.as_str() == wanted).cloned().ok_or_else(|| {
                let problem = format!("this session has no source called \"{wanted}\"");
                Error::input(folder, Place::Whole, problem, format!("its sources are {}", all()))
            })
        }
        (None, [first, _, ..]) => {
            out::tell(&format!(
                "note: these are the vectors of {first}; SESSION:NAME names another of {}",
                all()
            ));
            Ok(first.clone())
        }
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Error::input(folder, Place::Whole, "its recipe names no source", "run it again")),
    }
}

/// Prints which rows of the file at `path` were left out.
pub fn tell_left_out(vectors: &WordVectors, path: &Path) {
    if let Some(remark) = vectors.left_out.remark(path) {
        out::tell(&format!("note: {remark}"));
    }
}

/// Reads a file, with a progress bar if it takes long.
fn file(path: &Path, limit: Option<usize>, global: &Global) -> Result<WordVectors> {
    let meter = Arc::new(Meter::default());
    let (done, reading) = crossbeam_channel::bounded(1);
    std::thread::scope(|scope| {
        // The reading thread makes the pool, because it works in it while this thread shows the progress. The send
        // cannot fail, because this thread waits for the answer.
        let read = |pool: rayon::ThreadPool| pool.install(|| formats::read_metered(path, limit, &meter));
        let work = move || {
            let read = || threads::pool(global.threads).and_then(read);
            drop(done.send(fault::contained("reading the vectors", read)));
        };
        fault::spawn_scoped(scope, "reading", work)?;
        let mut progress = None;
        loop {
            match reading.recv_timeout(if progress.is_none() { PATIENCE } else { PATIENCE / 5 }) {
                Ok(vectors) => {
                    progress.iter_mut().for_each(Progress::end);
                    if let Ok(vectors) = &vectors {
                        tell_left_out(vectors, path);
                    }
                    return vectors;
                }
                Err(RecvTimeoutError::Timeout) => {
                    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                    let progress = progress.get_or_insert_with(Progress::new);
                    progress.at(meter.fraction().unwrap_or(0.0), "reading", &name);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::request(
                        "reading the vectors stopped before its end",
                        "this is a fault of warmstart",
                    ));
                }
            }
        }
    })
}

/// The vectors of the first `limit` words.
fn first(vectors: WordVectors, limit: Option<usize>) -> WordVectors {
    let Some(limit) = limit.filter(|&limit| limit < vectors.len()) else { return vectors };
    let words = vectors.words.iter().take(limit).collect();
    let matrix = vectors.table().to_array(0..limit);
    let counts = vectors.counts.as_ref().map(|counts| counts[..limit].to_vec());
    // Words, rows and counts have equal lengths, so this cannot fail.
    WordVectors::new(words, matrix, counts).unwrap_or(vectors)
}
