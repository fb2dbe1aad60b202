//! Pictures as numbers: [`preparation`] brings a picture to the size and the values that a network expects, [`augment`]
//! changes it a little each time it is seen, [`pictures`] is a task's labelled pictures as a network sees them.

pub mod augment;
pub mod pictures;
pub mod preparation;

pub use pictures::Pictures;
pub use preparation::Preparation;
