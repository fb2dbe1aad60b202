//! Labelled images: from files, folders and archives to classes and images.
//!
//! [`load`] reads a data set. [`image`](super::image) defines an image, [`mod@decode`] reads one file, and [`scale`]
//! changes the size of images. `idx`, `cifar`, `table` and `tree` each read one kind of data set; `source` decides
//! which kind it is.

mod cifar;
pub mod decode;
mod gathered;
mod idx;
mod loose;
mod part;
mod room;
pub mod scale;
mod source;
mod table;
mod tree;

use std::path::Path;

use crate::error::{Error, Place, Result};

use super::labelled::held_out_told;
use super::{classes, members, split};

pub use decode::read_image;
use gathered::{Gathered, Reading};
pub use loose::{Loose, each_image};
pub use part::Part;
use source::Source;

/// A labelled image task in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledImages {
    /// The names of the classes, in the order of all confusion matrices.
    pub classes: Vec<String>,
    /// The training set, from which label budgets are drawn.
    pub train: Part,
    /// The validation set, if there is one.
    pub validation: Option<Part>,
    /// Test sets by name. The first is the main one.
    pub tests: Vec<(String, Part)>,
    /// Whether the test set was held out of the training set, because there was none.
    pub held_out: bool,
    /// A description of what was read as images and classes, one sentence for each part.
    pub read: Vec<String>,
    /// Remarks for the user.
    pub remarks: Vec<String>,
}

/// The images to read.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// A file, folder or archive; its training set, if it has several parts.
    pub train: &'a Path,
    /// The validation set, if it is a separate file or folder.
    pub validation: Option<&'a Path>,
    /// The test set, if it is a separate file or folder.
    pub test: Option<&'a Path>,
    /// The names of the classes to keep; empty for all.
    pub only: &'a [String],
    /// Photos whose shorter side is longer are scaled down when they are read.
    pub bound: u32,
    /// The seed for the choice of held-out images, if there is no test set.
    pub seed: u64,
}

/// Reads labelled images. The data named for `train` may have several parts: its test set is used if no test set is
/// named, and its validation set likewise. Without a test set, a validation set serves as the test set; without both,
/// a fifth of the training set is held out (stratified; the same for the same seed). `progress` is called with the
/// number of images read so far, and can stop the reading by an error.
///
/// # Errors
/// If something is wrong with the data: one sentence with the file and the place.
pub fn load(wanted: &Wanted, progress: &mut dyn FnMut(usize) -> Result<()>) -> Result<LabelledImages> {
    let mut reading = Reading::new(wanted.bound, progress);
    let source = Source::open(wanted.train)?;
    let main = source.named(members::Part::Train, &mut reading)?;
    let names = Classes::of(&main, wanted)?;
    let mut remarks = main.remarks.clone();
    let mut told = vec![main.told(wanted.train)];
    let train = names.follow(main, wanted.train)?;
    let mut other =
        |path: Option<&Path>, part: members::Part, remarks: &mut Vec<String>| -> Result<Option<Part>> {
            let at = path.unwrap_or(wanted.train);
            let read = match path {
                Some(path) => Source::open(path)?.named(part, &mut reading)?,
                None if source.has(part) => source.own(part, &mut reading)?,
                None => return Ok(None),
            };
            remarks.extend(read.remarks.iter().cloned());
            told.push(read.told(at));
            names.follow(read, at).map(Some)
        };
    let mut test = other(wanted.test, members::Part::Test, &mut remarks)?;
    let mut validation = other(wanted.validation, members::Part::Validation, &mut remarks)?;
    if test.is_some() && wanted.test.is_none() {
        remarks.push("the test part is the one that lies beside the training part".into());
    } else if test.is_none() && wanted.validation.is_none() && validation.is_some() {
        test = validation.take();
        remarks.push("there is no test part: the validation part serves as one".into());
    }
    let classes = names.kept;
    remarks.extend(classes::doubtful(&classes));
    let held_out = test.is_none();
    let (train, test) = match test {
        Some(test) => (train, test),
        None => {
            let held = split::held_out(&train.labels, classes.len(), None, wanted.seed);
            let test = train.clone().kept(|at, label| held[at].then_some(label));
            remarks.push(held_out_told(test.len(), "image was", "images were"));
            (train.kept(|at, label| (!held[at]).then_some(label)), test)
        }
    };
    let tests = vec![(crate::session::record::TEST.to_string(), test)];
    Ok(LabelledImages { classes, train, validation, tests, held_out, read: told, remarks })
}

/// Reads the test set of the data at `path`, or everything if there are no parts, for an existing model: the names of
/// the classes, and the images.
///
/// # Errors
/// As for [`load`].
pub fn load_test(
    path: &Path,
    bound: u32,
    progress: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<(Vec<String>, Part)> {
    let mut reading = Reading::new(bound, progress);
    let source = Source::open(path)?;
    let read = match source.has(members::Part::Test) {
        true => source.own(members::Part::Test, &mut reading)?,
        false => source.named(members::Part::Train, &mut reading)?,
    };
    if read.part.images.is_empty() {
        return Err(Error::input(path, Place::Whole, "no image in it", "name labelled images"));
    }
    Ok((read.names, read.part))
}

/// The classes of a training set, and which of them are kept.
struct Classes {
    all: Vec<String>,
    kept: Vec<String>,
}

impl Classes {
    fn of(main: &Gathered, wanted: &Wanted) -> Result<Classes> {
        let wrong =
            |problem: String, remedy: String| Err(Error::input(wanted.train, Place::Whole, problem, remedy));
        let all: Vec<String> = match main.is_ordered {
            true => main.names.clone(),
            false => classes::order(&main.names).into_iter().map(|place| main.names[place].clone()).collect(),
        };
        if let Some(strange) = wanted.only.iter().find(|name| !all.contains(name)) {
            return wrong(
                format!("no class \"{strange}\" in it"),
                format!("its classes are {}", classes::some(&all)),
            );
        }
        let is_kept = |name: &&String| wanted.only.is_empty() || wanted.only.contains(name);
        let kept: Vec<String> = all.iter().filter(is_kept).cloned().collect();
        match &kept[..] {
            [] => wrong("no image in it".into(), "name labelled images".into()),
            [one] => wrong(
                format!("all images are of one class, \"{one}\""),
                "two classes are needed at least".into(),
            ),
            _ => Ok(Classes { all, kept }),
        }
    }

    /// The data read at `path`, with labels that are indices of the kept classes.
    fn follow(&self, read: Gathered, path: &Path) -> Result<Part> {
        let places = classes::places(&read.names, &self.all, path)?;
        let kept = |place: u32| self.kept.iter().position(|name| *name == self.all[place as usize]);
        let label: Vec<Option<u32>> = places.iter().map(|&place| kept(place).map(|new| new as u32)).collect();
        let part = read.part.kept(|_, old| label[old as usize]);
        if part.is_empty() {
            return Err(Error::input(path, Place::Whole, "no image in it", "name labelled images"));
        }
        Ok(part)
    }
}

#[cfg(test)]
mod tests;
