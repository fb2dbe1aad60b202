//! Images with their classes.

use crate::data::image::Image;

/// Images with their classes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// The images, in the order in which they were read.
    pub images: Vec<Image>,
    /// Their classes: places in [`LabelledImages::classes`](super::LabelledImages::classes).
    pub labels: Vec<u32>,
    /// What they are called: their file, or their number.
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

    /// The images whose new label `label` gives, with the place of each; the others are dropped.
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
