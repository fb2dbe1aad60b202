//! Checkpoints: a job's tensors in a safetensors file, and the rest of its state in a RON file beside it.
//!
//! `checkpoints/<name>@<step>.safetensors` is written first and the `.ron` last. Each is written atomically, so a
//! `.ron` proves that its tensors are complete: it holds their length, their hash and how far the log was written.
//! The first line of the `.ron` is the hash of its other lines. The newest complete checkpoint is used. The one
//! before it is kept until its part of the work is over. A checkpoint that refers to more of the log than exists must
//! not be used: the records that the log lacks would never be written again.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Error, Place, Result};
use crate::files;

use super::log::Mark;
use super::ron_dialect::{from_ron, to_ron};

/// The folder of checkpoints in a session's folder.
pub const FOLDER: &str = "checkpoints";
/// The version of the format. Checkpoints of version 1 have neither hashes nor the state of the log; they are still
/// read.
const FORMAT: u32 = 2;
/// The start of the first line of a `.ron`; the hash of the other lines follows it.
const HASH: &str = "// crc32 ";
/// How many checkpoints of one name are kept while their part of the work is in progress.
const KEPT: usize = 2;
/// The remedy in a message about a checkpoint of pre-training that does not fit.
pub const ANEW: &str = "remove this checkpoint to pre-train again";
/// The file of the pre-trained network; it lies in the session's folder itself.
pub const NETWORK: &str = "network.safetensors";

/// The folder with the model of another session whose body is the source.
pub const MODEL: &str = "model";

/// A named tensor to be saved, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<'a> {
    /// The name of the tensor in the file.
    pub name: String,
    /// The length of each axis, the slowest first.
    pub shape: Vec<usize>,
    /// The values in row-major order.
    pub numbers: Numbers<'a>,
}

/// The values of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers<'a> {
    /// Parameters, or moments of an optimizer.
    Real(Cow<'a, [f32]>),
    /// Counts, such as numbers of steps.
    Count(Cow<'a, [u32]>),
}

/// Tensors that were read from a checkpoint.
pub type Tensors = Vec<Kept<'static>>;

/// A checkpoint that was read.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The step at which it was saved.
    pub step: u64,
    /// The state besides the tensors, from the `.ron`.
    pub state: T,
    /// All tensors, each with its name.
    pub tensors: Tensors,
    /// The path of its `.ron`.
    pub path: PathBuf,
}

impl<'a> Kept<'a> {
    /// A tensor of `f32` values.
    pub fn real(name: impl Into<String>, shape: &[usize], values: &'a [f32]) -> Kept<'a> {
        Kept { name: name.into(), shape: shape.to_vec(), numbers: Numbers::Real(Cow::Borrowed(values)) }
    }

    /// The same tensor, owning its values.
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
    /// The length of the tensor file in bytes, so that a replaced or truncated file is noticed.
    bytes: u64,
    /// The CRC-32 of the tensor file.
    #[serde(default)]
    crc: Option<u32>,
    /// How far the log was on the disk before this checkpoint was written.
    #[serde(default)]
    log: Option<Mark>,
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

/// Where a session's checkpoints are written, once its log is on the disk.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a> {
    /// The session's folder.
    pub folder: &'a Path,
    /// How far the session's log is on the disk.
    pub log: Mark,
}

impl Shelf<'_> {
    /// Saves `tensors` and `state` as the checkpoint `<name>@<step>`. Of the older checkpoints with this name the
    /// newest is kept; if this is the `last`, none is.
    ///
    /// # Errors
    /// When the disk refuses the write, or the session's folder is gone. An older checkpoint is then still there.
    pub fn save<T: Serialize>(
        &self,
        name: &str,
        step: u64,
        last: bool,
        state: &T,
        tensors: &[Kept<'_>],
    ) -> Result<()> {
        self.add(name, step, state, tensors)?;
        let older = all(&self.folder.join(FOLDER)).into_iter();
        let older = older.filter(|found| found.name == name && found.step != step);
        for found in older.skip(if last { 0 } else { KEPT - 1 }) {
            remove(&found.path);
        }
        Ok(())
    }

    /// Saves the same checkpoint, and keeps all others.
    ///
    /// # Errors
    /// As those of [`save`](Self::save).
    pub fn add<T: Serialize>(&self, name: &str, step: u64, state: &T, tensors: &[Kept<'_>]) -> Result<()> {
        let folder = self.folder.join(FOLDER);
        // `create_dir` does not create the session's folder: a session that was removed must not reappear with
        // checkpoints only.
        match fs::create_dir(&folder) {
            Ok(()) => files::sync_folder(&folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", &folder, error)),
        }
        let tensor_path = folder.join(format!("{name}@{step}.safetensors"));
        let side_path = tensor_path.with_extension("ron");
        let views = tensors.iter().map(|tensor| (tensor.name.clone(), tensor));
        let bytes = safetensors::serialize(views, None).map_err(|e| {
            Error::input(&tensor_path, Place::Whole, format!("the tensors cannot be written: {e}"), "")
        })?;
        let side = Side {
            version: FORMAT,
            bytes: bytes.len() as u64,
            crc: Some(crc32fast::hash(&bytes)),
            log: Some(self.log),
            state,
        };
        let text = to_ron(&side).map_err(|e| {
            Error::input(&side_path, Place::Whole, format!("the state cannot be written: {e}"), "")
        })?;
        let text = format!("{HASH}{:08x}\n{text}", crc32fast::hash(text.as_bytes()));
        if side_path.exists() {
            // The old `.ron` must not stay beside the new tensors.
            fs::remove_file(&side_path).map_err(|e| Error::io("replace", &side_path, e))?;
        }
        files::save(&tensor_path, |out| out.write_all(&bytes))?;
        files::save(&side_path, |out| out.write_all(text.as_bytes()))
    }
}

/// Whether `folder` has a checkpoint called `name`. It may be damaged.
pub fn has(folder: &Path, name: &str) -> bool {
    all(&folder.join(FOLDER)).iter().any(|found| found.name == name)
}

/// The checkpoints called `name`, each with its step and its `.ron`; the newest first. They may be damaged.
pub fn list(folder: &Path, name: &str) -> Vec<(u64, PathBuf)> {
    let found = all(&folder.join(FOLDER)).into_iter().filter(|found| found.name == name);
    found.map(|found| (found.step, found.path)).collect()
}

/// The number of bytes of the checkpoints whose names begin with `prefix`.
pub fn bytes(folder: &Path, prefix: &str) -> u64 {
    let listing = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let those = listing.filter(|item| item.file_name().to_string_lossy().starts_with(prefix));
    those.filter_map(|item| Some(item.metadata().ok()?.len())).sum()
}

/// The checkpoint whose `.ron` is `path`.
///
/// # Errors
/// When it is damaged or of a later version.
pub fn read<T: DeserializeOwned>(step: u64, path: &Path) -> Result<Loaded<T>> {
    let found = Found { name: String::new(), step, path: path.to_path_buf() };
    let (side, bytes) = found.read::<T>()?;
    Ok(Loaded { step, state: side.state, tensors: found.tensors(&bytes)?, path: found.path })
}

/// The file with the tensors of the newest checkpoint called `name`. It may be damaged.
pub fn newest(folder: &Path, name: &str) -> Option<PathBuf> {
    let found = all(&folder.join(FOLDER)).into_iter().find(|found| found.name == name)?;
    Some(found.path.with_extension("safetensors"))
}

/// Whether the session's folder has checkpoints of runs.
pub fn keeps_runs(folder: &Path) -> bool {
    let kept = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let mut names = kept.map(|item| item.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with("run-") && name.ends_with(".ron"))
}

/// Adds the checkpoint's path to an error.
pub fn named(path: &Path, error: Error) -> Error {
    match error {
        Error::Request { problem, remedy } => Error::input(path, Place::Whole, problem, remedy),
        other => other,
    }
}

/// Removes the checkpoint whose `.ron` is `path`. The `.ron` goes first, because it is what makes the tensors valid.
/// Errors are ignored: a checkpoint that cannot be removed does no harm.
pub fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_file(path.with_extension("safetensors"));
}

/// Removes the checkpoints called `name` that are older than `step`. [`Shelf::save`] does so too, but the process may
/// have been killed before it did.
pub fn remove_older(folder: &Path, name: &str, step: u64) {
    let found = all(&folder.join(FOLDER)).into_iter();
    found.filter(|found| found.name == name && found.step < step).for_each(|found| remove(&found.path));
}

/// The newest intact checkpoint called `name`; `None` where there is no checkpoint of that name.
///
/// # Errors
/// When there are checkpoints of that name, and all are damaged or of a later version.
pub fn load<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<Loaded<T>>> {
    let mut damage = None;
    for found in all(&folder.join(FOLDER)).into_iter().filter(|found| found.name == name) {
        match found.read::<T>().and_then(|(side, bytes)| Ok((side.state, found.tensors(&bytes)?))) {
            Ok((state, tensors)) => {
                return Ok(Some(Loaded { step: found.step, state, tensors, path: found.path }));
            }
            Err(error) => damage = damage.or(Some(error)),
        }
    }
    damage.map_or(Ok(None), Err)
}

/// Removes the checkpoints of the session in `folder` that are damaged, or that refer to more of the log than exists
/// (`reaches` says whether the log has a mark). The caller holds the session's lock. Gives the messages about them.
pub fn sift(folder: &Path, reaches: impl Fn(Mark) -> bool) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut ahead = 0;
    for found in all(&folder.join(FOLDER)) {
        match found.read::<serde::de::IgnoredAny>() {
            Ok((side, _)) if side.log.is_none_or(&reaches) => {}
            Ok(_) => {
                ahead += 1;
                remove(&found.path);
            }
            Err(error) => {
                remarks.push(format!(
                    "{error}: this checkpoint is not used; the one before it is taken, or its part is done again"
                ));
                remove(&found.path);
            }
        }
    }
    if ahead > 0 {
        remarks.push(format!(
            "the log lost its end: {ahead} checkpoint{} newer than what is left of it; that part of the work is done \
             again",
            if ahead == 1 { " is" } else { "s are" }
        ));
    }
    remarks
}

/// A `.ron` that was found in the folder of checkpoints.
struct Found {
    name: String,
    step: u64,
    path: PathBuf,
}

impl Found {
    /// Reads the `.ron` and the bytes of its tensor file, and checks both against their hashes.
    fn read<T: DeserializeOwned>(&self) -> Result<(Side<T>, Vec<u8>)> {
        let bytes = fs::read(&self.path).map_err(|e| Error::io("read", &self.path, e))?;
        let damaged =
            |place, problem: String| Error::input(&self.path, place, problem, "`resume` does without it");
        let text = String::from_utf8(bytes).map_err(|_| damaged(Place::Whole, "this is not UTF-8".into()))?;
        if let Some((hash, rest)) = text.strip_prefix(HASH).and_then(|text| text.split_once('\n'))
            && hash != format!("{:08x}", crc32fast::hash(rest.as_bytes()))
        {
            return Err(damaged(Place::Whole, "its content is not what was written".into()));
        }
        let side: Side<T> = from_ron(&text).map_err(|error| {
            let start = error.span.start;
            damaged(Place::LineColumn(start.line as u64, start.col as u64), error.code.to_string())
        })?;
        // The first line is a comment to RON, so the parser does not require it; this does.
        let signed = text.starts_with(HASH) && side.crc.is_some() && side.log.is_some();
        if side.version > FORMAT || side.version == FORMAT && !signed {
            let problem = format!("this is no checkpoint of format {FORMAT}");
            return Err(damaged(Place::Whole, problem));
        }
        let path = self.path.with_extension("safetensors");
        let bytes = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        if bytes.len() as u64 != side.bytes {
            let problem = format!("its tensors have {} bytes, not {}", bytes.len(), side.bytes);
            return Err(damaged(Place::Whole, problem));
        }
        if side.crc.is_some_and(|crc| crc != crc32fast::hash(&bytes)) {
            return Err(damaged(
                Place::Whole,
                "the bytes of its tensors are not those that were written".into(),
            ));
        }
        Ok((side, bytes))
    }

    /// Parses the bytes of the tensor file.
    fn tensors(&self, bytes: &[u8]) -> Result<Tensors> {
        let path = self.path.with_extension("safetensors");
        let damaged = |place, problem: String| Error::input(&path, place, problem, "remove this checkpoint");
        let parsed = SafeTensors::deserialize(bytes).map_err(|e| damaged(Place::Whole, e.to_string()))?;
        let mut tensors = Vec::new();
        for (name, view) in parsed.tensors() {
            let numbers = match view.dtype() {
                Dtype::F32 => Numbers::Real(words(view.data()).map(f32::from_le_bytes).collect()),
                Dtype::U32 => Numbers::Count(words(view.data()).map(u32::from_le_bytes).collect()),
                other => return Err(damaged(Place::Member(name), format!("numbers of kind {other:?}"))),
            };
            tensors.push(Kept { name, shape: view.shape().to_vec(), numbers });
        }
        Ok(tensors)
    }
}

/// Splits bytes into groups of four.
fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]])
}

/// All checkpoints in a folder of checkpoints, ordered by name; of each name the newest first.
fn all(folder: &Path) -> Vec<Found> {
    let listing = fs::read_dir(folder).into_iter().flatten();
    let mut all: Vec<Found> = listing
        .filter_map(|item| {
            let path = item.ok()?.path();
            let (name, step) = path.file_name()?.to_str()?.strip_suffix(".ron")?.rsplit_once('@')?;
            Some(Found { name: name.to_string(), step: step.parse().ok()?, path })
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name).then(b.step.cmp(&a.step)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let log = Mark { bytes: 9, crc: 1 };
        let shelf = Shelf { folder, log };
        assert!(load::<u32>(folder, "run-1").unwrap().is_none());
        shelf.save("pretraining", 5, false, &7_u32, &[]).unwrap();
        assert!(!keeps_runs(folder));
        let reals = [1.0, f32::MIN_POSITIVE / 2.0, -0.0, 3.5];
        let counts =
            Kept { name: "n".into(), shape: vec![1], numbers: Numbers::Count(vec![u32::MAX].into()) };
        let kept = [counts, Kept::real("w", &[2, 2], &reals)];
        let count = || fs::read_dir(folder.join(FOLDER)).unwrap().count();
        shelf.save("run-1", 3, false, &6_u32, &kept).unwrap();
        shelf.save("run-1", 5, false, &7_u32, &kept).unwrap();
        shelf.save("run-12", 9, false, &8_u32, &[]).unwrap();
        shelf.save("run-1", 11, false, &9_u32, &kept).unwrap();
        let Loaded { step, state, mut tensors, path } = load::<u32>(folder, "run-1").unwrap().unwrap();
        assert_eq!(path, folder.join(FOLDER).join("run-1@11.ron"));
        assert_eq!((step, state), (11, 9));
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(tensors, kept);
        let Numbers::Real(values) = &tensors[1].numbers else { panic!("reals") };
        assert!(values.iter().zip(&reals).all(|(a, b)| a.to_bits() == b.to_bits()));
        // The checkpoint before the newest is kept until the part is over.
        assert_eq!(count(), 8);
        assert!(keeps_runs(folder));
        assert!(sift(folder, |mark| mark == log).is_empty());

        // When a bit of either file is flipped, the checkpoint before it is loaded.
        for name in ["run-1@11.safetensors", "run-1@11.ron"] {
            let path = folder.join(FOLDER).join(name);
            let bytes = fs::read(&path).unwrap();
            for bit in (0..8 * bytes.len()).step_by(7) {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                fs::write(&path, &flipped).unwrap();
                let loaded = load::<u32>(folder, "run-1").unwrap().unwrap();
                assert_eq!((loaded.step, loaded.state), (5, 7), "bit {bit} of {name}");
            }
            fs::write(&path, &bytes).unwrap();
        }
        let path = folder.join(FOLDER).join("run-1@11.safetensors");
        fs::write(&path, "x").unwrap();
        let remarks = sift(folder, |_| true);
        assert!(remarks.len() == 1 && remarks[0].contains("run-1@11.ron"), "{remarks:?}");
        assert_eq!((count(), load::<u32>(folder, "run-1").unwrap().unwrap().step), (6, 5));
        shelf.save("run-1", 12, true, &9_u32, &kept).unwrap();
        assert_eq!(count(), 6);
        // As if the process was killed before the older checkpoint was removed.
        shelf.save("run-1", 13, false, &9_u32, &kept).unwrap();
        assert_eq!(count(), 8);
        remove_older(folder, "run-1", 13);
        assert_eq!((count(), load::<u32>(folder, "run-1").unwrap().unwrap().step), (6, 13));
        let remarks = sift(folder, |_| false);
        assert!(remarks.len() == 1 && remarks[0].contains("3 checkpoints are newer"), "{remarks:?}");
        assert_eq!(count(), 0);
    }
}
