//! Sources that other sessions pre-trained. A session that takes one keeps a copy of its parameters in its own folder, so that it
//! does not depend on what becomes of the other session.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::models::language_model::generator::Generator;
use crate::session::checkpoint::{self, Loaded, MODEL, NETWORK, Numbers, Shelf, Tensors};
use crate::session::log::Mark;
use crate::session::parent::{Parent, Root};
use crate::session::recipe::Recipe;
use crate::vectors::WordVectors;

use super::{language, pretraining};

/// A source that another session pre-trained, and the folder from which it is read.
#[derive(Debug, Clone)]
pub struct Taken {
    pub parent: Parent,
    /// The folder of the checkpoints, or of the network.
    pub folder: PathBuf,
}

impl Taken {
    /// The source called `name`, if it is one of `all`.
    pub fn called<'a>(all: &'a [Taken], name: &str) -> Option<&'a Taken> {
        all.iter().find(|taken| taken.parent.name.as_str() == name)
    }

    /// The folder of the model whose body it is, if it is that of one.
    pub fn model(&self) -> Option<PathBuf> {
        self.parent.model.is_some().then(|| self.folder.join(MODEL))
    }

    /// The word vectors, and the language model if the source is one.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn vectors(&self) -> Result<(WordVectors, Option<Generator>)> {
        let vectors = pretraining::kept_vectors(&self.folder)?.ok_or_else(|| nothing(&self.folder))?;
        Ok((vectors, language::kept_model(&self.folder)?))
    }

    /// Where they come from, as a phrase.
    pub fn origin(&self) -> String {
        match self.parent.run {
            Some(_) => format!("the body of {}", self.parent.phrase()),
            None => format!("pre-trained in {}", self.parent.phrase()),
        }
    }
}

/// The parameters that a session is about to copy.
pub enum Parameters {
    Vectors(Box<Loaded<pretraining::State>>),
    Language(Box<Loaded<language::State>>),
    Network(Vec<u8>),
    /// The files of a model, by their names.
    Model(Vec<(String, Vec<u8>)>),
    /// Nothing is copied: they are in a file, which is read where it is.
    File,
}

impl Parameters {
    /// Those of a source, and their hash.
    fn read(parent: &Parent) -> Result<(Parameters, Option<String>)> {
        if let Some(model) = &parent.model {
            let files = files_of_model(&parent.session.join(model))?;
            let hash = hash_of_files(&files);
            return Ok((Parameters::Model(files), Some(hash)));
        }
        if !parent.root.is_trained() {
            return Ok((Parameters::File, None));
        }
        let folder = parent.folder()?;
        if matches!(parent.root, Root::Images(_)) {
            let path = folder.join(NETWORK);
            let bytes = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
            let hash = format!("{:08x}", crc32fast::hash(&bytes));
            return Ok((Parameters::Network(bytes), Some(hash)));
        }
        if let Some(mut found) = checkpoint::load::<pretraining::State>(&folder, pretraining::NAME)? {
            // The vectors of context words only serve further pre-training.
            found.tensors.retain(|tensor| tensor.name == "inputs");
            let hash = hash(&found.state.words, &found.state.counts, &found.tensors);
            return Ok((Parameters::Vectors(Box::new(found)), Some(hash)));
        }
        let found = checkpoint::load::<language::State>(&folder, language::NAME)?;
        let found = found.ok_or_else(|| nothing(&folder))?;
        let hash = hash(&found.state.words, &found.state.counts, &found.tensors);
        Ok((Parameters::Language(Box::new(found)), Some(hash)))
    }

    /// Keeps them in `folder`.
    fn save(&self, folder: &Path, log: Mark) -> Result<()> {
        let shelf = Shelf { folder, log };
        match self {
            Parameters::Vectors(found) => {
                shelf.save(pretraining::NAME, found.step, true, &found.state, &found.tensors)
            }
            Parameters::Language(found) => {
                shelf.save(language::NAME, found.step, true, &found.state, &found.tensors)
            }
            Parameters::Network(bytes) => files::save(&folder.join(NETWORK), |file| file.write_all(bytes)),
            Parameters::Model(found) => {
                let folder = folder.join(MODEL);
                fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
                found.iter().try_for_each(|(name, bytes)| {
                    files::save(&folder.join(name), |file| file.write_all(bytes))
                })
            }
            Parameters::File => Ok(()),
        }
    }
}

/// What the sources of `recipe` that other sessions pre-trained are, and their parameters.
///
/// # Errors
/// When there is no such session, its pre-training is not finished, or it does not fit the recipe.
pub fn find(recipe: &Recipe) -> Result<Vec<(Parent, Parameters)>> {
    let found: Result<Vec<(Parent, Parameters)>> =
        recipe.inherits().into_iter().map(|(name, path)| one(Parent::find(path, &name, recipe)?)).collect();
    let found = found?;
    let parents: Vec<Parent> = found.iter().map(|known| known.0.clone()).collect();
    recipe.check_with(&parents)?;
    Ok(found)
}

fn one(parent: Parent) -> Result<(Parent, Parameters)> {
    let (parameters, hash) = Parameters::read(&parent)?;
    Ok((Parent { hash, ..parent }, parameters))
}

/// Where the inherited sources are read from, without a session that keeps them.
///
/// # Errors
/// As those of [`find`].
pub fn at_their_sessions(recipe: &Recipe) -> Result<Vec<Taken>> {
    let taken = |(parent, _): (Parent, Parameters)| Ok(Taken { folder: parent.folder()?, parent });
    find(recipe)?.into_iter().map(taken).collect()
}

/// Where the session in `folder` keeps them.
pub fn kept(recipe: &Recipe, folder: &Path, parents: &[Parent]) -> Vec<Taken> {
    let folder = |parent: &Parent| recipe.source_folder(folder, &parent.name);
    parents.iter().map(|parent| Taken { folder: folder(parent), parent: parent.clone() }).collect()
}

/// Copies parameters into `folder`, which exists.
///
/// # Errors
/// When the disk refuses the write.
pub fn copy(parameters: &Parameters, folder: &Path, log: Mark) -> Result<()> {
    parameters.save(folder, log)
}

/// Whether `folder` has the copy of an inherited source. (Damaged checkpoints were removed.)
pub fn has_copy(parent: &Parent, folder: &Path) -> bool {
    match &parent.root {
        _ if !parent.is_copied() => true,
        _ if parent.model.is_some() => {
            let hash = files_of_model(&folder.join(MODEL)).map(|files| hash_of_files(&files));
            hash.ok() == parent.hash
        }
        Root::Text(_) => [pretraining::NAME, language::NAME].iter().any(|name| checkpoint::has(folder, name)),
        Root::Images(_) => {
            let hash = fs::read(folder.join(NETWORK)).map(|bytes| format!("{:08x}", crc32fast::hash(&bytes)));
            hash.ok() == parent.hash
        }
    }
}

/// The parameters of `parent` as its session has them now, for a session that lost its copy.
///
/// # Errors
/// When that session is gone, or has other parameters now.
pub fn again(parent: &Parent) -> Result<Parameters> {
    let (parameters, hash) = Parameters::read(parent)?;
    if hash == parent.hash {
        return Ok(parameters);
    }
    let hash = |hash: &Option<String>| hash.clone().unwrap_or_default();
    Err(Error::input(
        &parent.session,
        Place::Whole,
        format!("this session pre-trained something else since (its hash was {})", hash(&parent.hash)),
        "the copy in the session that took it is lost: run that session's recipe again, in another folder",
    ))
}

fn nothing(folder: &Path) -> Error {
    let problem = "this session keeps nothing that it pre-trained";
    Error::input(folder, Place::Whole, problem, "run its recipe again: a recording has only the log")
}

/// The files of a kept model, by their names.
fn files_of_model(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let broken = |e| Error::io("read", folder, e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().map_err(broken)?.is_file() {
            let bytes = fs::read(entry.path()).map_err(|e| Error::io("read", entry.path(), e))?;
            found.push((name, bytes));
        }
    }
    found.sort();
    Ok(found)
}

/// The CRC-32 of files and their names.
fn hash_of_files(files: &[(String, Vec<u8>)]) -> String {
    let mut hash = crc32fast::Hasher::new();
    for (name, bytes) in files {
        hash.update(name.as_bytes());
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    format!("{:08x}", hash.finalize())
}

/// The CRC-32 of a vocabulary and of tensors.
fn hash(words: &[String], counts: &[u64], tensors: &Tensors) -> String {
    let mut hash = crc32fast::Hasher::new();
    for (word, count) in words.iter().zip(counts) {
        hash.update(word.as_bytes());
        hash.update(b"\n");
        hash.update(&count.to_le_bytes());
    }
    let mut ordered: Vec<_> = tensors.iter().collect();
    ordered.sort_by(|a, b| a.name.cmp(&b.name));
    for tensor in ordered {
        hash.update(tensor.name.as_bytes());
        tensor.shape.iter().for_each(|&length| hash.update(&(length as u64).to_le_bytes()));
        if let Numbers::Real(values) = &tensor.numbers {
            for part in values.chunks(1_024) {
                let bytes: Vec<u8> = part.iter().flat_map(|value| value.to_le_bytes()).collect();
                hash.update(&bytes);
            }
        }
    }
    format!("{:08x}", hash.finalize())
}
