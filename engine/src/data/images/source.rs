//! The source of images: the form of the data at a path, and its parts.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::lines::broken;
use crate::data::strays::Strays;
use crate::data::walk::{Item, is_archive, is_zip, walk};
use crate::data::{members, parquet};
use crate::error::{Error, Place, Result};
use crate::files;

use super::cifar::Cifar;
use super::gathered::{Gathered, Reading};
use super::tree::Tree;
use super::{idx, table};

/// The form of a source of images.
pub enum Source {
    /// A file of images. If the user named a folder, the file in it.
    Idx {
        path: PathBuf,
        of_folder: bool,
    },
    Cifar(Cifar),
    Tree(Tree),
    /// A Parquet file.
    Table(PathBuf),
}

impl Source {
    /// Determines the form of the data at `path`.
    ///
    /// # Errors
    /// If it cannot be read, or its form is not known.
    pub fn open(path: &Path) -> Result<Source> {
        if path.is_dir() {
            return Source::among(path);
        }
        if is_zip(path)? || is_archive(path)? {
            return Source::among(path);
        }
        let mut start = Vec::new();
        files::open(path)?.take(512).read_to_end(&mut start).map_err(|e| broken(path, Place::Whole, e))?;
        if idx::is_idx(&start) {
            return Ok(Source::Idx { path: path.to_path_buf(), of_folder: false });
        }
        if parquet::is_parquet(path)? {
            return Ok(Source::Table(path.to_path_buf()));
        }
        if let Some(cifar) = Cifar::single(path) {
            return Ok(Source::Cifar(cifar));
        }
        let problem = if start.is_empty() { "the file is empty" } else { "these are no labelled images" };
        let remedy = "IDX files, CIFAR's binary files, Parquet, and folders or archives with a folder a class are read";
        Err(Error::input(path, Place::Whole, problem, remedy))
    }

    /// Determines the form from the names in a folder or archive.
    fn among(path: &Path) -> Result<Source> {
        let (mut files, mut folders, mut strays) = (Vec::new(), Vec::new(), Strays::default());
        walk(
            path,
            0,
            |_| false,
            |item| {
                match item {
                    Item::File(name, _) => files.push(name.to_string()),
                    Item::Folder(name) => folders.push(name.to_string()),
                    Item::LeftOut(name, kind) => strays.add(kind, name),
                }
                Ok(())
            },
        )?;
        files.sort_unstable();
        folders.sort_unstable();
        if let Some(cifar) = Cifar::among(path, &files) {
            return Ok(Source::Cifar(cifar));
        }
        if path.is_dir()
            && let Some(train) = idx::training_part(path, &files)?
        {
            return Ok(Source::Idx { path: path.join(train), of_folder: true });
        }
        Tree::among(path, &files, &folders, strays).map(Source::Tree)
    }

    /// Whether it has this part, beside or among others.
    pub fn has(&self, part: members::Part) -> bool {
        match self {
            Source::Idx { path, .. } => part == members::Part::Test && idx::test_of(path).is_some(),
            Source::Cifar(cifar) => cifar.has(part),
            Source::Tree(tree) => tree.has(part),
            Source::Table(_) => false,
        }
    }

    /// Reads what the user named as `part`: that part, or everything if there are no parts.
    ///
    /// # Errors
    /// If something cannot be read.
    pub fn named(&self, part: members::Part, reading: &mut Reading) -> Result<Gathered> {
        let read = match self {
            Source::Idx { of_folder: true, .. } if self.has(part) => return self.own(part, reading),
            Source::Idx { path, .. } => idx::read(path),
            Source::Cifar(cifar) => cifar.named(part, reading),
            Source::Tree(tree) => tree.read(part, reading),
            Source::Table(path) => table::read(path, reading),
        }?;
        reading.ended(read.part.len())?;
        Ok(read)
    }

    /// Reads a part, for which [`Source::has`] must be true.
    ///
    /// # Errors
    /// If something cannot be read.
    pub fn own(&self, part: members::Part, reading: &mut Reading) -> Result<Gathered> {
        let read = match self {
            Source::Idx { path, .. } => idx::read(&idx::test_of(path).unwrap_or_else(|| path.clone())),
            Source::Cifar(cifar) => cifar.test(reading),
            Source::Tree(tree) => tree.read(part, reading),
            Source::Table(path) => table::read(path, reading),
        }?;
        reading.ended(read.part.len())?;
        Ok(read)
    }
}
