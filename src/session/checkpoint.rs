//! Checkpoints: a job's tensors as safetensors, and beside them a RON file with the plain rest.
//!
//! `checkpoints/<name>@<step>.safetensors` is written first and the `.ron` last, each whole or not at
//! all, so a `.ron` vouches for its tensors: it holds their length and their hash, and how far the log was
//! written. Its own hash is its first line. The newest whole one counts; the one before it is kept until
//! its part is over. A checkpoint that knows more of the log than there is must not be used: what the log
//! lacks would never be told.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Error, Place, Result};
use crate::files;

use super::log::Mark;
use super::ron_dialect::ron_options;

/// The folder of checkpoints in a session's folder.
pub const FOLDER: &str = "checkpoints";
/// The format of checkpoints. Those of the first had neither hashes nor the state of the log; they are still read.
const FORMAT: u32 = 2;
/// What the first line of a `.ron` begins with, before the hash of the rest.
const HASH: &str = "// crc32 ";
/// Checkpoints of one name that are kept while its part is under way.
const KEPT: usize = 2;
/// What can be done about one of a pre-training that does not fit.
pub const ANEW: &str = "remove this checkpoint to pre-train again";
/// The pre-trained network, in the session's folder itself.
pub const NETWORK: &str = "network.safetensors";

/// A named tensor to be kept, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<'a> {
    /// The name of the tensor in the file.
    pub name: String,
    /// The length of each axis, the slowest first.
    pub shape: Vec<usize>,
    /// The numbers, row after row.
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

/// A checkpoint that was read.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The step at which it was saved.
    pub step: u64,
    /// The state that is no tensor, from the `.ron`.
    pub state: T,
    /// All tensors, by name.
    pub tensors: Tensors,
    /// Its `.ron`.
    pub path: PathBuf,
}

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
    /// Bytes of the tensor file, so that one that was exchanged or cut is noticed,
    bytes: u64,
    /// and their CRC-32.
    #[serde(default)]
    crc: Option<u32>,
    /// How far the log was on the disk before this was written.
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

/// Where a session's checkpoints go, once its log is on the disk.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a> {
    /// The session's folder.
    pub folder: &'a Path,
    /// How far its log is on the disk.
    pub log: Mark,
}

impl Shelf<'_> {
    /// Keeps `tensors` and `state` as the checkpoint `<name>@<step>`. Of older ones of this name the newest
    /// stays, and none if this is the `last`.
    ///
    /// # Errors
    /// When the disk refuses, or the session's folder is gone; an older checkpoint is then still there.
    pub fn save<T: Serialize>(
        &self,
        name: &str,
        step: u64,
        last: bool,
        state: &T,
        tensors: &[Kept<'_>],
    ) -> Result<()> {
        let folder = self.folder.join(FOLDER);
        // Not with the session's folder: one that was removed must not come back with checkpoints alone.
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
        let text = ron_options().to_string(&side).map_err(|e| {
            Error::input(&side_path, Place::Whole, format!("the state cannot be written: {e}"), "")
        })?;
        let text = format!("{HASH}{:08x}\n{text}", crc32fast::hash(text.as_bytes()));
        if side_path.exists() {
            // The old `.ron` must not vouch for the new tensors.
            fs::remove_file(&side_path).map_err(|e| Error::io("replace", &side_path, e))?;
        }
        files::save(&tensor_path, |out| out.write_all(&bytes))?;
        files::save(&side_path, |out| out.write_all(text.as_bytes()))?;
        let older = all(&folder).into_iter().filter(|found| found.name == name && found.step != step);
        for found in older.skip(if last { 0 } else { KEPT - 1 }) {
            remove(&found.path);
        }
        Ok(())
    }
}

/// Whether models of runs are kept in a session's folder.
pub fn keeps_runs(folder: &Path) -> bool {
    let kept = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let mut names = kept.map(|item| item.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with("run-") && name.ends_with(".ron"))
}

/// An error about the checkpoint at `path`, with the name of that file.
pub fn named(path: &Path, error: Error) -> Error {
    match error {
        Error::Request { problem, remedy } => Error::input(path, Place::Whole, problem, remedy),
        other => other,
    }
}

/// Removes the checkpoint whose `.ron` is `path`: the `.ron` first, which vouches for the tensors. One that cannot be
/// removed is only in the way.
pub fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    let _ = fs::remove_file(path.with_extension("safetensors"));
}

/// Removes those called `name` that are older than `step`: a kill may have come before that was done.
pub fn remove_older(folder: &Path, name: &str, step: u64) {
    let found = all(&folder.join(FOLDER)).into_iter();
    found.filter(|found| found.name == name && found.step < step).for_each(|found| remove(&found.path));
}

/// The newest whole checkpoint called `name`, if there is one.
///
/// # Errors
/// When there are some, and all are damaged or of another version.
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

/// Removes from the session in `folder`, whose lock is held, the checkpoints that are damaged or know more of the
/// log than it has (`reaches` says so), and gives the sentences about them.
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

/// A `.ron` that was found.
struct Found {
    name: String,
    step: u64,
    path: PathBuf,
}

impl Found {
    /// What it says, and the bytes of its tensors, both as they were written.
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
        let side: Side<T> = ron_options().from_str(&text).map_err(|error| {
            let start = error.span.start;
            damaged(Place::LineColumn(start.line as u64, start.col as u64), error.code.to_string())
        })?;
        // The first line is no part of what it says, so it is asked for.
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

    /// The tensors in the bytes of its tensor file.
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

/// The bytes of four-byte numbers, one by one.
fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]])
}

/// All checkpoints in a folder of checkpoints, by name, the newest of each first.
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
        // The one before is kept, until the part is over.
        assert_eq!(count(), 8);
        assert!(keeps_runs(folder));
        assert!(sift(folder, |mark| mark == log).is_empty());

        // Any bit of either file: the one before is taken.
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
        // As if killed before the older one was removed.
        shelf.save("run-1", 13, false, &9_u32, &kept).unwrap();
        assert_eq!(count(), 8);
        remove_older(folder, "run-1", 13);
        assert_eq!((count(), load::<u32>(folder, "run-1").unwrap().unwrap().step), (6, 13));
        let remarks = sift(folder, |_| false);
        assert!(remarks.len() == 1 && remarks[0].contains("3 checkpoints are newer"), "{remarks:?}");
        assert_eq!(count(), 0);
    }
}
