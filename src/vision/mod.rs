//! Images as numbers: [`preparation`] brings an image to the size and the values that a network expects, [`augment`]
//! changes it a little each time it is seen, [`images`] is a task's labelled images as a network sees them.

pub mod augment;
pub mod images;
pub mod preparation;

pub use images::Images;
pub use preparation::Preparation;
