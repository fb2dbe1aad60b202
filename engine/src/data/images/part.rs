//! Images with their classes.

use crate::data::image::Image;

/// Images with their classes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// The images, in the order in which they were read.
    pub images: Vec<Image>,
    /// Their classes: indices into [`LabelledImages::classes`](super::LabelledImages::classes).
    pub labels: Vec<u32>,
    /// Their names: the file, or the number of the image.
    pub names: Vec<String>,
}

impl Part {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The images for which `label` returns a new label; the others are dropped. `label` gets the index and the old
    /// label.
    pub(super) fn kept(self, label: impl Fn(usize, u32) -> Option<u32>) -> Part {
        let mut out = Part::default();
        let all = self.images.into_iter().zip(self.labels).zip(self.names);
        for (at, ((image, old), name)) in all.enumerate() {
            if let Some(label) = label(at, old) {
                out.images.push(image);
                out.labels.push(label);
                out.names.push(name);
            }
        }
        out
    }
}
