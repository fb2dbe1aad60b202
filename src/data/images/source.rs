//! Where images come from: the form of what is at a path, and its parts.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::lines::broken;
use crate::data::strays::Strays;
use crate::data::walk::{Item, is_archive, is_zip, walk};
use crate::data::{members, parquet};
use crate::error::{Error, Place, Result, printable};
use crate::files;

use super::cifar::Cifar;
use super::tree::Tree;
use super::{Image, Part, idx, table};

/// How images are read, and how many were.
pub struct Reading<'a> {
    /// See [`super::Wanted::bound`].
    pub bound: u32,
    progress: &'a mut dyn FnMut(usize) -> Result<()>,
    before: usize,
}

impl<'a> Reading<'a> {
    /// Tells `progress` how many images were read.
    pub fn new(bound: u32, progress: &'a mut dyn FnMut(usize) -> Result<()>) -> Self {
        Reading { bound, progress, before: 0 }
    }

    /// So many images of the part that is being read are there.
    ///
    /// # Errors
    /// What the callback returns.
    pub fn read(&mut self, images: usize) -> Result<()> {
        (self.progress)(self.before + images)
    }

    /// A part is read, with so many images.
    fn ended(&mut self, images: usize) -> Result<()> {
        self.before += images;
        (self.progress)(self.before)
    }
}

/// Images as they are read: labels are the places of `names`, which are in the order in which they were seen.
#[derive(Debug, Default)]
pub struct Gathered {
    pub names: Vec<String>,
    index: HashMap<String, u32>,
    /// The order of the names is the one that the data gives.
    pub is_ordered: bool,
    pub part: Part,
    /// What was taken for images and classes, in words.
    pub how: String,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

impl Gathered {
    /// Adds an image called `name` of the class `class`.
    pub fn add(&mut self, class: &str, name: String, image: Image) {
        let label = self.class(class);
        self.part.labels.push(label);
        self.part.names.push(name);
        self.part.images.push(image);
    }

    /// The classes have these names, in this order.
    pub fn order_as_given<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        names.for_each(|name| {
            self.class(name);
        });
        self.is_ordered = true;
    }

    /// What was taken of what is at `path`.
    pub fn told(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        printable(&format!("{name}: {}", self.how))
    }

    /// The place of the class called `class`, which may be new.
    fn class(&mut self, class: &str) -> u32 {
        if let Some(&label) = self.index.get(class) {
            return label;
        }
        let label = self.names.len() as u32;
        self.names.push(class.to_string());
        self.index.insert(class.to_string(), label);
        label
    }
}

/// What images are read from.
pub enum Source {
    /// A file of images; of the folder that it is in, if the folder was named.
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
    /// Looks at what is at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or has no form that is known.
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

    /// Looks at the names in a folder or archive.
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

    /// Reads what was named as `part`: that part, or everything where there is only one.
    ///
    /// # Errors
    /// When something cannot be read.
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

    /// Reads a part that it [`Source::has`].
    ///
    /// # Errors
    /// When something cannot be read.
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
