//! Finds the files of a folder of static token vectors, and reads what its configuration states.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Place, Result, printable};
use crate::files;

/// The longest configuration in bytes.
const LONGEST_CONFIG: usize = 1 << 20;
/// The most ids of a text that model2vec reads where its configuration states nothing.
pub const MODEL2VEC_LENGTH: Option<usize> = Some(512);
/// The folder of the vectors within one that sentence-transformers writes.
const MODULE: &str = "0_StaticEmbedding";
const TOKENISER: &str = "tokenizer.json";
const TENSORS: &str = "model.safetensors";
const CONFIG: &str = "config.json";
const MODULES: &str = "modules.json";

/// The files of a folder, and what its configuration states.
#[derive(Debug)]
pub struct Found {
    pub tokeniser: PathBuf,
    pub tensors: PathBuf,
    /// model2vec's configuration, if the folder has one.
    pub model2vec: Option<Config>,
    pub unit_means: bool,
}

/// model2vec's configuration.
#[derive(Debug, Deserialize)]
pub struct Config {
    #[serde(default)]
    normalize: Option<bool>,
    /// The most ids of a text that are read; `None` for all.
    #[serde(default = "usual_length")]
    pub max_length: Option<usize>,
}

fn usual_length() -> Option<usize> {
    MODEL2VEC_LENGTH
}

/// A module of sentence-transformers.
#[derive(Debug, Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Module {
    fn is(&self, name: &str) -> bool {
        self.kind.rsplit('.').next() == Some(name)
    }
}

/// Whether the folder at `path` holds static token vectors, or what looks like them at first.
pub fn looks_like_one(path: &Path) -> bool {
    let has = |folder: &Path| folder.join(TOKENISER).is_file() || folder.join(TENSORS).is_file();
    path.is_dir() && (path.join(MODULES).is_file() || has(path) || has(&path.join(MODULE)))
}

/// The advice for a file of PyTorch that is a pickle.
pub fn pickle(path: &Path, problem: &str) -> Error {
    let remedy = "in Python, `safetensors.torch.save_file(torch.load(\"pytorch_model.bin\", weights_only=True), \
                  \"model.safetensors\")` writes what is read";
    Error::input(path, Place::Whole, problem, remedy)
}

/// Finds the files of the folder at `path`.
///
/// # Errors
/// If one is missing or cannot be read, or the folder is of another kind.
pub fn find(path: &Path) -> Result<Found> {
    let modules: Option<Vec<Module>> = read(&path.join(MODULES))?;
    let own: Option<Config> = read(&path.join(CONFIG))?;
    let of_module = |module: &Module| {
        let inner = Path::new(&module.path);
        // A path that leads out of the folder is not followed.
        let within = inner.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        within.then(|| path.join(inner))
    };
    let module = modules.iter().flatten().find(|module| module.is("StaticEmbedding"));
    if let (None, Some(first)) = (module, modules.iter().flatten().next()) {
        let problem = format!(
            "its first module is {}, so it has no static token vectors",
            printable(first.kind.rsplit('.').next().unwrap_or_default())
        );
        let remedy = "name a folder that model2vec or StaticEmbedding wrote";
        return Err(Error::input(path.join(MODULES), Place::Whole, problem, remedy));
    }
    let inner = match module {
        Some(module) => of_module(module).ok_or_else(|| {
            let problem = "the path of its StaticEmbedding leads out of the folder";
            Error::input(path.join(MODULES), Place::Whole, problem, "copy the folder again")
        })?,
        None if path.join(MODULE).is_dir() => path.join(MODULE),
        None => path.to_path_buf(),
    };
    let missing = |name: &str, remedy: &str| {
        Error::input(path, Place::Whole, format!("the folder has no {name}"), remedy)
    };
    let again = "copy the whole folder that model2vec or StaticEmbedding wrote";
    let tensors = inner.join(TENSORS);
    if !tensors.is_file() {
        let other = inner.join("pytorch_model.bin");
        if other.is_file() {
            let problem = "this is a Python pickle, a program rather than a table, and is not run";
            return Err(pickle(&other, problem));
        }
        return Err(missing(TENSORS, again));
    }
    let tokeniser = inner.join(TOKENISER);
    if !tokeniser.is_file() {
        return Err(missing(TOKENISER, again));
    }
    if own.is_none() && modules.is_none() && !path.join("config_sentence_transformers.json").is_file() {
        return Err(missing("config.json, and no modules.json", again));
    }
    let follows = modules.iter().flatten().any(|module| module.is("Normalize"));
    let unit_means = own.as_ref().and_then(|config| config.normalize).unwrap_or(follows);
    Ok(Found { tokeniser, tensors, model2vec: own, unit_means })
}

/// Parses the JSON file at `path`; `None` if there is no such file.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = files::read(path, LONGEST_CONFIG)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|e| {
        let place = Place::LineColumn(e.line() as u64, e.column() as u64);
        Error::input(path, place, printable(&e.to_string()), "copy the folder again")
    })
}
