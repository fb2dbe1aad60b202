//! Collects the images of a data set while they are read.

use std::collections::HashMap;
use std::path::Path;

use crate::data::image::Image;
use crate::error::{Result, printable};

use super::part::Part;

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
    pub(super) fn ended(&mut self, images: usize) -> Result<()> {
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
