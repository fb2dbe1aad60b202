//! Checkpoints: a job's tensors as safetensors, and beside them a RON file with the plain rest.
//!
//! `checkpoints/<name>@<step>.safetensors` is written first and the `.ron` last, each whole or not at
//! all, so a `.ron` vouches for its tensors. The newest whole one counts; older ones of the same name
//! are removed once a newer one is whole.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Error, Place, Result};
use crate::files;

use super::recipe::ron_options;

/// The folder of checkpoints in a session's folder.
pub const FOLDER: &str = "checkpoints";
/// The pre-trained network, in the session's folder itself.
pub const NETWORK: &str = "network.safetensors";

/// A named tensor to be kept, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<'a> {
    pub name: String,
    pub shape: Vec<usize>,
    pub numbers: Numbers<'a>,
}

/// The numbers of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers<'a> {
    /// Parameters and moments.
    Real(Cow<'a, [f32]>),
    /// Counts of steps.
    Count(Cow<'a, [u32]>),
}

/// Tensors that were read.
pub type Tensors = Vec<Kept<'static>>;

impl<'a> Kept<'a> {
    /// A tensor of reals.
    pub fn real(name: impl Into<String>, shape: &[usize], values: &'a [f32]) -> Kept<'a> {
        Kept { name: name.into(), shape: shape.to_vec(), numbers: Numbers::Real(Cow::Borrowed(values)) }
    }

    /// The same with numbers of its own.
    pub fn into_owned(self) -> Kept<'static> {
        let numbers = match self.numbers {
            Numbers::Real(values) => Numbers::Real(Cow::Owned(values.into_owned())),
            Numbers::Count(values) => Numbers::Count(Cow::Owned(values.into_owned())),
        };
        Kept { name: self.name, shape: self.shape, numbers }
    }
}

#[derive(Serialize, Deserialize)]
struct Side<T> {
    version: u32,
    /// Bytes of the tensor file, so that one that was exchanged or cut is noticed.
    bytes: u64,
    state: T,
}

impl View for &Kept<'_> {
    fn dtype(&self) -> Dtype {
        match self.numbers {
            Numbers::Real(_) => Dtype::F32,
            Numbers::Count(_) => Dtype::U32,
        }
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match &self.numbers {
            Numbers::Real(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Numbers::Count(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        })
    }
    fn data_len(&self) -> usize {
        4 * match &self.numbers {
            Numbers::Real(values) => values.len(),
            Numbers::Count(values) => values.len(),
        }
    }
}

/// Keeps `tensors` and `state` as the checkpoint `<name>@<step>` of the session in `folder`, and
/// removes older ones of this name.
///
/// # Errors
/// When the disk refuses; the older checkpoint is then still there.
pub fn save<T: Serialize>(
    folder: &Path,
    name: &str,
    step: u64,
    state: &T,
    tensors: &[Kept<'_>],
) -> Result<()> {
    let folder = folder.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
    let tensor_path = folder.join(format!("{name}@{step}.safetensors"));
    let views = tensors.iter().map(|tensor| (tensor.name.clone(), tensor));
    let bytes = safetensors::serialize(views, None).map_err(|e| {
        Error::input(&tensor_path, Place::Whole, format!("the tensors cannot be written: {e}"), "")
    })?;
    files::save(&tensor_path, |out| out.write_all(&bytes))?;
    let side = Side { version: super::record::VERSION, bytes: bytes.len() as u64, state };
    let side_path = tensor_path.with_extension("ron");
    let text = ron_options().to_string(&side).map_err(|e| {
        Error::input(&side_path, Place::Whole, format!("the state cannot be written: {e}"), "")
    })?;
    files::save(&side_path, |out| out.write_all(text.as_bytes()))?;
    for (older, path) in all(&folder, name) {
        if older != step {
            // One that cannot be removed is only in the way; the newest counts.
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(path.with_extension("safetensors"));
        }
    }
    Ok(())
}

/// Whether models of runs are kept in a session's folder.
pub fn keeps_runs(folder: &Path) -> bool {
    let kept = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let mut names = kept.map(|item| item.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with("run-") && name.ends_with(".ron"))
}

/// The newest whole checkpoint called `name`, if there is one: its step, state and tensors.
///
/// # Errors
/// When one is there and cannot be read, or is of another version.
pub fn load<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<(u64, T, Tensors)>> {
    let folder = folder.join(FOLDER);
    let Some((step, path)) = all(&folder, name).into_iter().max_by_key(|(step, _)| *step) else {
        return Ok(None);
    };
    let text = fs::read_to_string(&path).map_err(|e| Error::io("read", &path, e))?;
    let damaged = |place, problem: String| {
        Error::input(&path, place, problem, "remove this checkpoint to begin its part again")
    };
    let side: Side<T> = ron_options().from_str(&text).map_err(|error| {
        let start = error.span.start;
        damaged(Place::LineColumn(start.line as u64, start.col as u64), error.code.to_string())
    })?;
    if side.version != super::record::VERSION {
        return Err(damaged(Place::Whole, format!("this is a checkpoint of format {}", side.version)));
    }
    let tensor_path = path.with_extension("safetensors");
    let bytes = fs::read(&tensor_path).map_err(|e| Error::io("read", &tensor_path, e))?;
    if bytes.len() as u64 != side.bytes {
        return Err(damaged(
            Place::Whole,
            format!("its tensors have {} bytes, not {}", bytes.len(), side.bytes),
        ));
    }
    let parsed = SafeTensors::deserialize(&bytes)
        .map_err(|e| Error::input(&tensor_path, Place::Whole, e.to_string(), "remove this checkpoint"))?;
    let mut tensors = Vec::new();
    for (name, view) in parsed.tensors() {
        let numbers = match view.dtype() {
            Dtype::F32 => Numbers::Real(words(view.data()).map(f32::from_le_bytes).collect()),
            Dtype::U32 => Numbers::Count(words(view.data()).map(u32::from_le_bytes).collect()),
            other => {
                let problem = format!("numbers of kind {other:?}");
                return Err(Error::input(
                    &tensor_path,
                    Place::Member(name),
                    problem,
                    "remove this checkpoint",
                ));
            }
        };
        tensors.push(Kept { name, shape: view.shape().to_vec(), numbers });
    }
    Ok(Some((step, side.state, tensors)))
}

/// The bytes of four-byte numbers, one by one.
fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]])
}

/// The steps and `.ron` paths of all checkpoints called `name`.
fn all(folder: &Path, name: &str) -> Vec<(u64, PathBuf)> {
    let Ok(listing) = fs::read_dir(folder) else { return Vec::new() };
    listing
        .filter_map(|item| {
            let path = item.ok()?.path();
            let stem = path.file_name()?.to_str()?.strip_suffix(".ron")?;
            let (this, step) = stem.rsplit_once('@')?;
            (this == name).then_some(())?;
            Some((step.parse().ok()?, path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_and_a_cut_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert!(load::<u32>(folder, "run-1").unwrap().is_none());
        save(folder, "pretraining", 5, &7_u32, &[]).unwrap();
        assert!(!keeps_runs(folder));
        let reals = [1.0, f32::MIN_POSITIVE / 2.0, -0.0, 3.5];
        let counts =
            Kept { name: "n".into(), shape: vec![1], numbers: Numbers::Count(vec![u32::MAX].into()) };
        let kept = [counts, Kept::real("w", &[2, 2], &reals)];
        save(folder, "run-1", 5, &7_u32, &kept).unwrap();
        save(folder, "run-12", 9, &8_u32, &[]).unwrap();
        save(folder, "run-1", 11, &9_u32, &kept).unwrap();
        let (step, state, mut tensors) = load::<u32>(folder, "run-1").unwrap().unwrap();
        assert_eq!((step, state), (11, 9));
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(tensors, kept);
        let Numbers::Real(values) = &tensors[1].numbers else { panic!("reals") };
        assert!(values.iter().zip(&reals).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(fs::read_dir(folder.join(FOLDER)).unwrap().count(), 6);
        assert!(keeps_runs(folder));

        let path = folder.join(FOLDER).join("run-1@11.safetensors");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(load::<u32>(folder, "run-1").unwrap_err().to_string().contains("bytes"));
    }
}
