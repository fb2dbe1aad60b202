//! Collects the images of a data set while they are read.

use std::collections::HashMap;
use std::path::Path;

use crate::data::image::Image;
use crate::error::{Result, printable};

use super::part::Part;

/// Options for reading images, and the number read so far.
pub struct Reading<'a> {
    /// See [`super::Wanted::bound`].
    pub bound: u32,
    progress: &'a mut dyn FnMut(usize) -> Result<()>,
    before: usize,
}

impl<'a> Reading<'a> {
    /// Reports the number of read images to `progress`.
    pub fn new(bound: u32, progress: &'a mut dyn FnMut(usize) -> Result<()>) -> Self {
        Reading { bound, progress, before: 0 }
    }

    /// Reports that `images` images of the current part have been read.
    ///
    /// # Errors
    /// Any error of the callback.
    pub fn read(&mut self, images: usize) -> Result<()> {
        (self.progress)(self.before + images)
    }

    /// Ends a part with `images` images.
    pub(super) fn ended(&mut self, images: usize) -> Result<()> {
        self.before += images;
        (self.progress)(self.before)
    }
}

/// Images while they are read. Labels are indices into `names`, which are in the order of their first occurrence.
#[derive(Debug, Default)]
pub struct Gathered {
    pub names: Vec<String>,
    index: HashMap<String, u32>,
    /// Whether the data gives the order of the names.
    pub is_ordered: bool,
    pub part: Part,
    /// A description of what was read as images and classes.
    pub how: String,
    /// Remarks for the user.
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

    /// Sets the names of the classes, in this order.
    pub fn order_as_given<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        names.for_each(|name| {
            self.class(name);
        });
        self.is_ordered = true;
    }

    /// A description of what was read at `path`.
    pub fn told(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        printable(&format!("{name}: {}", self.how))
    }

    /// The index of the class `class`, which is added if it is new.
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
