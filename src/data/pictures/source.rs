//! Where pictures come from: the form of what is at a path, and its parts.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Part, Picture, idx};
use crate::data::lines::broken;
use crate::data::tree;
use crate::error::{Error, Place, Result};
use crate::files;

/// Pictures as they are read: labels are the places of `names`, which are in the order in which they were seen.
#[derive(Debug, Default)]
pub struct Gathered {
    pub names: Vec<String>,
    index: HashMap<String, u32>,
    pub part: Part,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

impl Gathered {
    /// Adds a picture called `name` of the class `class`.
    pub fn add(&mut self, class: &str, name: String, picture: Picture) {
        let label = self.class(class);
        self.part.labels.push(label);
        self.part.names.push(name);
        self.part.pictures.push(picture);
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

/// What pictures are read from.
pub enum Source {
    Idx(PathBuf),
}

impl Source {
    /// Looks at what is at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or has no form that is known.
    pub fn open(path: &Path) -> Result<Source> {
        let mut start = Vec::new();
        files::open(path)?.take(512).read_to_end(&mut start).map_err(|e| broken(path, Place::Whole, e))?;
        if idx::is_idx(&start) {
            return Ok(Source::Idx(path.to_path_buf()));
        }
        let problem = "these are no labelled pictures";
        Err(Error::input(path, Place::Whole, problem, "IDX files are read"))
    }

    /// Whether it has this part, beside or among others.
    pub fn has(&self, part: tree::Part) -> bool {
        match self {
            Source::Idx(path) => part == tree::Part::Test && idx::test_of(path).is_some(),
        }
    }

    /// Reads what was named as `part`: that part, or everything where there is only one.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn named(&self, _part: tree::Part) -> Result<Gathered> {
        match self {
            Source::Idx(path) => idx::read(path),
        }
    }

    /// Reads a part that it [`Source::has`].
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn own(&self, _part: tree::Part) -> Result<Gathered> {
        match self {
            Source::Idx(path) => idx::read(&idx::test_of(path).unwrap_or_else(|| path.clone())),
        }
    }
}
