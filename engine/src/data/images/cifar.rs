//! CIFAR's binary files: for each image one label, or a coarse and a fine label, then 3 × 1,024 bytes of red, green
//! and blue.
//!
//! CIFAR-10 has them in `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, CIFAR-100 in `train.bin` and
//! `test.bin`. The names of the classes are in `batches.meta.txt` and `fine_label_names.txt`, one per line.

use std::path::{Path, PathBuf};

use crate::data::image::Image;
use crate::data::members::Part;
use crate::data::walk::{Item, place, unread, walk};
use crate::error::{Error, Place, Result};

use super::gathered::{Gathered, Reading};

/// The side of an image.
const SIDE: usize = 32;
/// The pixels of one colour.
const PLANE: usize = SIDE * SIDE;
/// The maximum length of a file in bytes: CIFAR-100's training file has 154 MB.
const LONGEST: usize = 512 << 20;

/// CIFAR's files in a folder or an archive.
#[derive(Debug, PartialEq)]
pub struct Cifar {
    /// The folder or archive.
    root: PathBuf,
    train: Vec<String>,
    test: Vec<String>,
    /// The file with the names of the classes.
    names: Option<String>,
    /// The number of labels before an image; the last one is used.
    labels: usize,
    /// Whether the user named a single file, so that no other file is read.
    single: bool,
}

impl Cifar {
    /// Finds CIFAR's files among all files of `root`, if they are there.
    pub fn among(root: &Path, files: &[String]) -> Option<Cifar> {
        let base = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let called = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            files.iter().filter(|name| wanted(&base(name))).cloned().collect()
        };
        let one = |wanted: &str| called(&|name| name == wanted).into_iter().next();
        let root = root.to_path_buf();
        let train = called(&|name| name.starts_with("data_batch_") && name.ends_with(".bin"));
        if !train.is_empty() {
            let (test, names) = (one("test_batch.bin").into_iter().collect(), one("batches.meta.txt"));
            return Some(Cifar { root, train, test, names, labels: 1, single: false });
        }
        let (train, test) = (one("train.bin")?, one("test.bin"));
        let (test, names) = (test.into_iter().collect(), one("fine_label_names.txt"));
        Some(Cifar { root, train: vec![train], test, names, labels: 2, single: false })
    }

    /// The single file at `path`, with the class names beside it.
    pub fn single(path: &Path) -> Option<Cifar> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        let coarse = matches!(&lower[..], "train.bin" | "test.bin");
        if !coarse
            && !((lower.starts_with("data_batch") || lower == "test_batch.bin") && lower.ends_with(".bin"))
        {
            return None;
        }
        let root = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
        let beside = |name: &str| root.join(name).is_file().then(|| name.to_string());
        let (test, names) = if coarse {
            ("test.bin", "fine_label_names.txt")
        } else {
            ("test_batch.bin", "batches.meta.txt")
        };
        let (test, names) = (beside(test).into_iter().filter(|test| *test != name).collect(), beside(names));
        Some(Cifar { root, train: vec![name], test, names, labels: if coarse { 2 } else { 1 }, single: true })
    }

    /// Whether there is this part in addition to the training set.
    pub fn has(&self, part: Part) -> bool {
        part == Part::Test && !self.test.is_empty()
    }

    /// Reads what the user named as `part`.
    ///
    /// # Errors
    /// If a file cannot be read, or is not one of CIFAR's.
    pub fn named(&self, part: Part, reading: &mut Reading) -> Result<Gathered> {
        let is_test = part == Part::Test && !self.single && !self.test.is_empty();
        self.read(if is_test { &self.test } else { &self.train }, reading)
    }

    /// Reads the test set.
    ///
    /// # Errors
    /// As for [`Cifar::named`].
    pub fn test(&self, reading: &mut Reading) -> Result<Gathered> {
        self.read(&self.test, reading)
    }

    fn read(&self, wanted: &[String], reading: &mut Reading) -> Result<Gathered> {
        let (mut out, mut contents) = (Gathered::default(), Vec::new());
        walk(
            &self.root,
            LONGEST,
            |name| wanted.iter().chain(&self.names).any(|one| one == name),
            |item| {
                let Item::File(name, content) = item else { return Ok(()) };
                if self.names.as_deref() == Some(name) {
                    let content = content.map_err(|e| unread(&self.root, name, e))?;
                    let text = String::from_utf8_lossy(&content);
                    out.order_as_given(text.lines().map(str::trim).filter(|line| !line.is_empty()));
                } else if wanted.iter().any(|one| one == name) {
                    let content = content.map_err(|e| unread(&self.root, name, e))?;
                    contents.push((name.to_string(), content));
                }
                Ok(())
            },
        )?;
        contents.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, content) in contents {
            self.add(&name, &content, &mut out)?;
            reading.read(out.part.len())?;
        }
        out.how = format!("CIFAR's binary files {}", wanted.join(", "));
        Ok(out)
    }

    /// Adds the images of one file.
    fn add(&self, name: &str, content: &[u8], out: &mut Gathered) -> Result<()> {
        let each = self.labels + 3 * PLANE;
        let (file, place) = place(&self.root, name);
        if content.is_empty() || content.len() > LONGEST || !content.len().is_multiple_of(each) {
            let problem = format!("{} bytes are no whole number of images of {each} bytes", content.len());
            return Err(Error::input(
                file,
                place,
                problem,
                "this is not CIFAR's binary form, or it was cut short",
            ));
        }
        let known = out.names.len();
        for (number, record) in content.chunks_exact(each).enumerate() {
            let (label, colours) = (usize::from(record[self.labels - 1]), &record[self.labels..]);
            let class = match known {
                0 => label.to_string(),
                known if label < known => out.names[label].clone(),
                _ => {
                    let problem =
                        format!("image {number} has the label {label}, and {known} classes have names");
                    let place = if let Place::Member(_) = place {
                        place
                    } else {
                        Place::Byte((number * each) as u64)
                    };
                    return Err(Error::input(file, place, problem, "is this the right file?"));
                }
            };
            let pixel = |at: usize| [colours[at], colours[PLANE + at], colours[2 * PLANE + at]];
            let pixels = (0..PLANE).flat_map(pixel).collect();
            let (width, height) = (SIDE as u32, SIDE as u32);
            let called = format!("{}#{number}", name.rsplit('/').next().unwrap_or(name));
            out.add(&class, called, Image { width, height, channels: 3, pixels });
        }
        Ok(())
    }
}
