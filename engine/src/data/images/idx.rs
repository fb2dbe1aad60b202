//! IDX, the format of MNIST: images in one file and their labels in another, whose names differ in one word.
//!
//! The labels of `train-images-idx3-ubyte` are in `train-labels-idx1-ubyte`, with or without `.gz`, and the test set
//! is beside it in `t10k-images-…` or `test-images-…`. Numbers are big-endian.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::image::Image;
use crate::data::lines::broken;
use crate::error::{Error, Place, Result};
use crate::files;

use super::gathered::Gathered;

/// The maximum length of a side of an image.
const LONGEST_SIDE: usize = 1 << 14;
/// The maximum number of bytes that are read from a file, decompressed.
const MOST_BYTES: u64 = 4 << 30;

/// Whether a file with this start is IDX.
pub fn is_idx(start: &[u8]) -> bool {
    matches!(start, [0, 0, 8 | 9 | 11..=14, 1..=4, ..])
}

/// An array of bytes.
#[derive(Debug, PartialEq)]
pub struct Array {
    /// The length of each axis.
    pub shape: Vec<usize>,
    pub values: Vec<u8>,
}

/// Reads IDX from `input`, which is at `path`. The file must have exactly the size that its header claims.
///
/// # Errors
/// If the header is invalid or does not match the size, or the file cannot be read.
pub fn read_array(path: &Path, mut input: impl Read) -> Result<Array> {
    let wrong = |place: Place, problem: String, remedy: &str| Err(Error::input(path, place, problem, remedy));
    let mut head = [0_u8; 4];
    let cut = "the file ends in its header".to_string();
    if let Err(error) = input.read_exact(&mut head) {
        let end = error.kind() == std::io::ErrorKind::UnexpectedEof;
        return if end {
            wrong(Place::Byte(0), cut, "fetch it again")
        } else {
            Err(broken(path, Place::Whole, error))
        };
    }
    match head {
        [0, 0, 8, 1..=4] => {}
        [0, 0, 9 | 11..=14, 1..=4] => {
            let problem = "an IDX file of numbers that are not bytes".to_string();
            return wrong(Place::Byte(2), problem, "images and labels of 8 bits (type 8) are read");
        }
        _ => {
            let problem = "this is not an IDX file".to_string();
            return wrong(
                Place::Byte(0),
                problem,
                "it would begin with the bytes 0, 0, 8 and its dimensions",
            );
        }
    }
    let mut shape = Vec::new();
    for dimension in 0..usize::from(head[3]) {
        let mut length = [0_u8; 4];
        if input.read_exact(&mut length).is_err() {
            return wrong(Place::Byte(4 * dimension as u64 + 4), cut, "fetch it again");
        }
        shape.push(u32::from_be_bytes(length) as usize);
    }
    let product = |lengths: &[usize]| lengths.iter().try_fold(1_u64, |all, &n| all.checked_mul(n as u64));
    let claimed = product(&shape).filter(|&bytes| bytes <= MOST_BYTES);
    let times = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
    let Some(claimed) = claimed else {
        let problem = format!("its header claims {times} bytes, more than {} GiB", MOST_BYTES >> 30);
        return wrong(Place::Byte(4), problem, "is this the right file?");
    };
    // Memory grows with what is read. One more byte shows whether the header claims too little.
    let mut values = Vec::new();
    let read = input.take(claimed + 1).read_to_end(&mut values);
    read.map_err(|e| broken(path, Place::Byte(values.len() as u64), e))?;
    if values.len() as u64 != claimed {
        let there = if values.len() as u64 > claimed { "more than that are" } else { "only" };
        let only =
            if values.len() as u64 > claimed { String::new() } else { format!(" {} are", values.len()) };
        let problem = format!("its header claims {times} bytes, but {there}{only} there");
        return wrong(Place::Byte(4), problem, "fetch it again");
    }
    Ok(Array { shape, values })
}

/// The images of an array `(number, height, width)` or with channels as a fourth axis.
fn images(path: &Path, array: &Array) -> Result<Vec<Image>> {
    let (height, width, channels) = match array.shape[..] {
        [_, height, width] => (height, width, 1),
        [_, height, width, channels @ (1 | 3)] => (height, width, channels),
        _ => {
            let problem = format!("an array of {} dimensions is no images", array.shape.len());
            return Err(Error::input(path, Place::Byte(3), problem, "number × height × width is expected"));
        }
    };
    if array.values.is_empty() || height > LONGEST_SIDE || width > LONGEST_SIDE {
        let problem = format!("{} images of {height} × {width} pixels", array.shape[0]);
        return Err(Error::input(path, Place::Byte(4), problem, "is this the right file?"));
    }
    let image = |pixels: &[u8]| Image {
        width: width as u32,
        height: height as u32,
        channels: channels as u8,
        pixels: pixels.to_vec(),
    };
    Ok(array.values.chunks_exact(height * width * channels).map(image).collect())
}

/// The images and labels of two inputs, which are at `path` and `beside`.
///
/// # Errors
/// As for [`read_array`]; and if the two do not belong together.
pub fn read_pair(
    (path, input): (&Path, impl Read),
    (beside, labels): (&Path, impl Read),
) -> Result<(Vec<Image>, Vec<u8>)> {
    let array = read_array(path, input)?;
    let images = images(path, &array)?;
    let labels = read_array(beside, labels)?;
    if labels.shape.len() != 1 || labels.values.len() != images.len() {
        let problem =
            format!("{} labels for the {} images of {}", labels.values.len(), images.len(), name(path));
        return Err(Error::input(beside, Place::Byte(4), problem, "the two files must belong together"));
    }
    Ok((images, labels.values))
}

/// Reads the images at `path` with the labels beside them.
///
/// # Errors
/// As for [`read_pair`]; and if there are no labels.
pub fn read(path: &Path) -> Result<Gathered> {
    let Some(beside) = labels_of(path) else {
        let looked =
            renamed(path, "images", "labels").first().map_or("a name with \"images\"".into(), |p| name(p));
        let problem = format!("its labels were not found: {looked} is not beside it");
        let remedy = "name the file of the images, as in train-images-idx3-ubyte.gz";
        return Err(Error::input(path, Place::Whole, problem, remedy));
    };
    let (images, labels) = read_pair((path, files::open(path)?), (&beside, files::open(&beside)?))?;
    let mut out = Gathered::default();
    for (number, (image, label)) in images.into_iter().zip(labels).enumerate() {
        out.add(&label.to_string(), format!("#{number}"), image);
    }
    out.how = format!("the images of {} with the labels of {}", name(path), name(&beside));
    Ok(out)
}

/// The file with the labels of the images at `path`, if it exists.
fn labels_of(path: &Path) -> Option<PathBuf> {
    renamed(path, "images", "labels").into_iter().find(|beside| beside.is_file())
}

/// The test set for the images at `path`, if it is beside them.
pub fn test_of(path: &Path) -> Option<PathBuf> {
    let names = ["t10k", "test"].into_iter().flat_map(|word| renamed(path, "train", word));
    names.into_iter().find(|beside| beside.is_file() && labels_of(beside).is_some())
}

/// The training images among the `files` of the folder `path`, if there are any. A file and its compressed copy count
/// once.
///
/// # Errors
/// If there are several, such as EMNIST's splits.
pub fn training_part<'n>(path: &Path, files: &'n [String]) -> Result<Option<&'n String>> {
    let found = |name: &&String| {
        let lower = name.to_lowercase();
        !lower.contains('/') && ["train", "images", "idx"].iter().all(|word| lower.contains(word))
    };
    let plain = |name: &str| files.iter().any(|other| Some(&other[..]) == name.strip_suffix(".gz"));
    let parts: Vec<&String> = files.iter().filter(found).filter(|name| !plain(name)).collect();
    if let [first, _, ..] = parts[..] {
        let names: Vec<&str> = parts.iter().take(10).map(|name| name.as_str()).collect();
        let problem = format!("several training parts: {}", names.join(", "));
        let remedy = format!("name the one that is meant, such as {}", path.join(first).display());
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    Ok(parts.into_iter().next())
}

/// The possible paths after replacing the word `from` in the file's name by `to` (and `idx3` by `idx1` for labels),
/// compressed or not.
fn renamed(path: &Path, from: &str, to: &str) -> Vec<PathBuf> {
    let old = name(path);
    if !old.contains(from) {
        return Vec::new();
    }
    let mut new = old.replace(from, to);
    if to == "labels" {
        new = new.replace("idx3", "idx1");
    }
    let plain = new.strip_suffix(".gz").unwrap_or(&new).to_string();
    let packed = format!("{plain}.gz");
    let names = if new == plain { [plain, packed] } else { [packed, plain] };
    names.into_iter().map(|name| path.with_file_name(name)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
