//! The tensors of a published folder: one safetensors file, or several that an index lists.
//!
//! Names and shapes are compared with the sizes of `config.json` before memory is taken for the weights.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use safetensors::{SafeTensors, tensor::TensorView};
use serde_json::Value;

use crate::data::tensors;
use crate::error::{Error, Place, Result};
use crate::files;
use crate::kernel::mapped::Mapped;

use super::config::EncoderConfig;
use super::json::{self, POINTER};
use super::model::TOKENS;

/// The most bytes of an index. That of 48 layers has 40 KB.
const INDEX: usize = 8 << 20;
/// The most files that an index may name.
const FILES: usize = 1_000;

/// The mapped files of a folder.
pub struct TensorFiles {
    folder: PathBuf,
    files: Vec<(PathBuf, Mapped)>,
}

/// All tensors of a folder, under the names of the family.
pub struct Tensors<'a> {
    folder: &'a Path,
    tensors: BTreeMap<String, (&'a Path, TensorView<'a>)>,
}

impl TensorFiles {
    /// Maps the files of `folder`.
    ///
    /// # Errors
    /// If there are none, or they are not safetensors files.
    pub fn open(folder: &Path) -> Result<TensorFiles> {
        let single = folder.join("model.safetensors");
        let index = folder.join("model.safetensors.index.json");
        let paths = if single.exists() {
            vec![single]
        } else if let Some(index_value) = json::read(&index, INDEX)? {
            shards(folder, &index, &index_value)?
        } else {
            return Err(none(folder));
        };
        let mut files = Vec::new();
        for path in paths {
            let mapped = Mapped::of(&files::regular(&path)?);
            files.push((path.clone(), mapped.map_err(|e| Error::io("open the weights", &path, e))?));
        }
        Ok(TensorFiles { folder: folder.to_path_buf(), files })
    }

    /// The tensors of all files.
    ///
    /// # Errors
    /// If a file is damaged, or the token table is in none.
    pub fn tensors(&self) -> Result<Tensors<'_>> {
        let mut all = Vec::new();
        for (path, bytes) in &self.files {
            let parsed = SafeTensors::deserialize(bytes).map_err(|e| damaged(path, bytes, &e.to_string()))?;
            all.extend(parsed.tensors().into_iter().map(|(name, view)| (name, (&**path, view))));
        }
        // Every family has the token table. What stands before its name in a file is the prefix of all names.
        let prefix = all.iter().filter_map(|(name, _)| name.strip_suffix(TOKENS));
        let prefix = prefix.filter(|prefix| prefix.is_empty() || prefix.ends_with('.'));
        let Some(prefix) = prefix.min_by_key(|prefix| prefix.len()).map(String::from) else {
            return Err(self.error(
                format!("its files have no {TOKENS}"),
                "take a model.safetensors that was published with this config.json",
            ));
        };
        let named = all.into_iter().filter_map(|(name, tensor)| {
            let name = name.strip_prefix(&prefix)?;
            // Old conversions from TensorFlow call the weight of a normalisation gamma and its bias beta.
            let name = match name.rsplit_once("LayerNorm.") {
                Some((module, "gamma")) => format!("{module}LayerNorm.weight"),
                Some((module, "beta")) => format!("{module}LayerNorm.bias"),
                _ => name.to_string(),
            };
            Some((name, tensor))
        });
        Ok(Tensors { folder: &self.folder, tensors: named.collect() })
    }

    fn error(&self, problem: String, remedy: &str) -> Error {
        Error::input(&self.folder, Place::Whole, problem, remedy)
    }
}

impl Tensors<'_> {
    /// Checks that the tensor called `name` here has this shape and numbers that can be read.
    ///
    /// # Errors
    /// If it is missing, or of another shape or type.
    pub fn check(&self, config: &EncoderConfig, name: &str, shape: &[usize]) -> Result<()> {
        let name = config.family.name_in_file(name);
        let remedy = "take weights and config.json of the same model";
        let Some((path, view)) = self.tensors.get(&name) else {
            let problem = format!("its files have no {name} of shape {shape:?}");
            return Err(Error::input(self.folder, Place::Whole, problem, remedy));
        };
        let problem = if view.shape() != shape {
            format!("it has the shape {:?}, expected {shape:?}", view.shape())
        } else if tensors::number(view.dtype()).is_none() {
            format!("it is of the type {:?}, expected {}", view.dtype(), tensors::KINDS)
        } else {
            return Ok(());
        };
        Err(Error::input(path, Place::Member(name), problem, remedy))
    }

    /// Copies a tensor that was [checked](Self::check) to `to`.
    ///
    /// # Errors
    /// If it holds a value that is not finite.
    pub fn copy(&self, config: &EncoderConfig, name: &str, to: &mut [f32]) -> Result<()> {
        let name = config.family.name_in_file(name);
        let Some((path, view)) = self.tensors.get(&name) else { return Ok(()) };
        let Some((size, number)) = tensors::number(view.dtype()) else { return Ok(()) };
        let numbers = view.data().chunks_exact(size).map(number);
        to.iter_mut().zip(numbers).for_each(|(to, number)| *to = number);
        match to.iter().position(|x| !x.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::input(
                path,
                Place::Member(name),
                format!("value {at} is not finite"),
                "fetch the file anew",
            )),
        }
    }
}

/// The files that an index lists.
fn shards(folder: &Path, index: &Path, value: &Value) -> Result<Vec<PathBuf>> {
    let refused = |problem: String| {
        Error::input(index, Place::Whole, problem, "take the file that was published with the model")
    };
    let Some(map) = value.get("weight_map").and_then(Value::as_object) else {
        return Err(refused("it has no weight_map".into()));
    };
    let mut names: Vec<&str> = Vec::new();
    for (tensor, file) in map {
        let Some(name) = file.as_str() else {
            return Err(refused(format!("the file of {tensor} is {file}, expected a name")));
        };
        let mut parts = Path::new(name).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            return Err(refused(format!("the file of {tensor} is \"{name}\", which is not in this folder")));
        }
        names.push(name);
    }
    names.sort_unstable();
    names.dedup();
    if names.len() > FILES {
        return Err(refused(format!("it names {} files", names.len())));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// What is said of a folder without safetensors files.
fn none(folder: &Path) -> Error {
    let name = folder.display().to_string().replace(['\'', '"', '\\'], "?");
    for other in ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack"] {
        if folder.join(other).exists() {
            let problem = format!(
                "its weights are in {other}, a format that is not read, and not in a model.safetensors"
            );
            let remedy = format!(
                "convert them: python3 -c 'from transformers import AutoModel as A; \
                 A.from_pretrained(\"{name}\").save_pretrained(\"{name}\")'"
            );
            return Error::input(folder, Place::Whole, problem, remedy);
        }
    }
    let problem = "there is no model.safetensors in it";
    Error::input(folder, Place::Whole, problem, "name the folder of a published encoder")
}

fn damaged(path: &Path, bytes: &[u8], problem: &str) -> Error {
    let problem = if bytes.starts_with(b"version https://git-lfs") {
        POINTER.to_string()
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.first() == Some(&0x80) && bytes.get(8) != Some(&b'{')
    {
        "this is a Python pickle, as torch.save writes it: a program rather than a table, which is not run"
            .into()
    } else {
        format!("this is no whole safetensors file: {problem}")
    };
    Error::input(path, Place::Whole, problem, "fetch the safetensors file of the model anew")
}
