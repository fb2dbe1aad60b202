//! Images as tensors: [`preparation`] resizes and normalises an image for a network, [`augment`] changes it randomly
//! each time it is used in training, [`images`] holds the labelled images of a task.

pub mod augment;
pub mod images;
pub mod preparation;

pub use images::Images;
pub use preparation::Preparation;
