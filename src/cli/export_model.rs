//! `export --model` and `export --onnx`: writes a kept model as a folder for Python, and as an ONNX file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result, counted};
use crate::files;
use crate::transfer::predictor::load::{self, Loaded};
use crate::transfer::predictor::{Predictor, onnx, python, save};

use super::global::Global;
use super::out;
use super::trained::{Choice, kept_folder};

/// What `export` takes for a model.
#[derive(Debug, clap::Args)]
pub struct ModelExport {
    /// Write the model to this new folder: its weights, its words, and load.py, which classifies with numpy alone
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = onnx_help())]
    pub onnx: Option<PathBuf>,
    #[command(flatten)]
    pub choice: Choice,
}

fn onnx_help() -> String {
    format!(
        "Write the model as this ONNX file (opset {}): ids and lengths, or pixels, to logits and probabilities",
        onnx::OPSET
    )
}

impl ModelExport {
    /// Whether the options ask for the export of a model.
    pub fn is_asked(&self) -> bool {
        self.model.is_some() || self.onnx.is_some()
    }

    /// Whether the options choose a model of the session.
    pub fn chooses(&self) -> bool {
        self.choice.method.is_some() || self.choice.source.is_some() || self.choice.labels.is_some()
    }
}

/// Exports the model that the options name, and adds the paths of what was written to `written`. An ONNX file replaces
/// an existing file.
///
/// # Errors
/// When there is no such model, when the folder for `--model` exists and is not empty, or when a target cannot be
/// written.
pub fn export(session: &Path, args: &ModelExport, global: &Global, written: &mut Vec<PathBuf>) -> Result<()> {
    if let Some(folder) = &args.model {
        free(folder)?;
    }
    let from = kept_folder(session, &args.choice, global)?;
    let loaded = load::load(&from)?;
    if let Some(folder) = &args.model {
        copy(&from, folder, &loaded)?;
        written.push(folder.clone());
    }
    if let Some(path) = &args.onnx {
        onnx::save(&loaded.predictor, &loaded.config, temperature(&loaded), path)?;
        let inputs = match loaded.predictor {
            Predictor::Text(_) => "ids and lengths",
            Predictor::Images(_) => "pixels",
        };
        out::tell(&format!(
            "{}: opset {}, {inputs} to logits and probabilities",
            path.display(),
            onnx::OPSET
        ));
        if onnx::loses_subwords(&loaded.config) {
            out::tell(
                "note: the ONNX file has one vector for all words that the vocabulary lacks; warmstart and load.py make theirs of n-grams",
            );
        }
        written.push(path.clone());
    }
    Ok(())
}

/// The temperature: logits are divided by it before the softmax.
fn temperature(loaded: &Loaded) -> f32 {
    loaded.config.temperature.into()
}

/// Checks that `folder` may be written: it does not exist, or it is an empty folder.
fn free(folder: &Path) -> Result<()> {
    let used = |problem: String| Err(Error::input(folder, Place::Whole, problem, "name another folder"));
    match folder.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(found) if !found.is_dir() => used("it is there already, and is no folder".into()),
        Ok(_) => match fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?.count() {
            0 => Ok(()),
            count => used(format!("it is not empty: it has {}", counted(count, "entry", "entries"))),
        },
    }
}

/// Copies the kept model in `from` to `folder` and adds `load.py`; everything or nothing is written.
fn copy(from: &Path, folder: &Path, loaded: &Loaded) -> Result<()> {
    let name = folder.file_name().ok_or_else(|| {
        Error::input(folder, Place::Whole, "this names no folder", "give the new folder a name")
    })?;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(|e| Error::io("create the folder", parent, e))?;
    }
    let mut beside = name.to_os_string();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = folder.with_file_name(beside);
    let attempt = || -> Result<()> {
        // An earlier process with the same process id may have left a folder there.
        let _ = fs::remove_dir_all(&beside);
        fs::create_dir(&beside).map_err(|e| Error::io("create the folder", &beside, e))?;
        let files =
            [save::CONFIG, save::TENSORS, save::VOCABULARY, save::SUBWORDS, save::TOKENISER, save::ENCODER];
        for name in files {
            let (from, to) = (from.join(name), beside.join(name));
            if from.is_file() {
                let copied = fs::copy(&from, &to).and_then(|_| fs::File::open(&to)?.sync_all());
                copied.map_err(|e| Error::io("write", &to, e))?;
            }
        }
        let text = python::load_py(&loaded.config);
        files::save(&beside.join(python::FILE), |to| to.write_all(text.as_bytes()))?;
        if let Some(nodes) = python::nodes(&loaded.predictor) {
            let text = out::json(&nodes)?;
            files::save(&beside.join(python::NETWORK), |to| to.write_all(text.as_bytes()))?;
        }
        if folder.is_dir() {
            fs::remove_dir(folder).map_err(|e| Error::io("replace the folder", folder, e))?;
        }
        fs::rename(&beside, folder).map_err(|e| Error::io("create the folder", folder, e))
    };
    attempt().inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
    files::sync_folder(folder);
    Ok(())
}
