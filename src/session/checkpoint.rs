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

/// Named tensors with their shapes, as they are kept.
pub type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

/// A tensor to be kept: name, shape, values in row-major order.
pub type TensorRef<'a> = (String, Vec<usize>, &'a [f32]);

#[derive(Serialize, Deserialize)]
struct Side<T> {
    version: u32,
    /// Bytes of the tensor file, so that one that was exchanged or cut is noticed.
    bytes: u64,
    state: T,
}

/// A little-endian view of f32 values for the safetensors writer.
struct Floats<'a>(&'a [usize], &'a [f32]);

impl View for Floats<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        self.0
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.1.iter().flat_map(|value| value.to_le_bytes()).collect())
    }
    fn data_len(&self) -> usize {
        self.1.len() * 4
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
    tensors: &[TensorRef<'_>],
) -> Result<()> {
    let folder = folder.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
    let tensor_path = folder.join(format!("{name}@{step}.safetensors"));
    let views = tensors.iter().map(|(name, shape, values)| (name.clone(), Floats(shape, values)));
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
        if view.dtype() != Dtype::F32 {
            return Err(Error::input(
                &tensor_path,
                Place::Member(name),
                "not of kind F32",
                "remove this checkpoint",
            ));
        }
        let values =
            view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        tensors.push((name, view.shape().to_vec(), values));
    }
    Ok(Some((step, side.state, tensors)))
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
        let values = [1.0, f32::MIN_POSITIVE / 2.0, -0.0, 3.5];
        save(folder, "run-1", 5, &7_u32, &[("w".into(), vec![2, 2], &values)]).unwrap();
        save(folder, "run-12", 9, &8_u32, &[]).unwrap();
        save(folder, "run-1", 11, &9_u32, &[("w".into(), vec![2, 2], &values)]).unwrap();
        let (step, state, tensors) = load::<u32>(folder, "run-1").unwrap().unwrap();
        assert_eq!((step, state), (11, 9));
        assert_eq!(tensors[0].1, [2, 2]);
        assert!(tensors[0].2.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(fs::read_dir(folder.join(FOLDER)).unwrap().count(), 4);

        let path = folder.join(FOLDER).join("run-1@11.safetensors");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(load::<u32>(folder, "run-1").unwrap_err().to_string().contains("bytes"));
    }
}
