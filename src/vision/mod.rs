//! Pictures as numbers: [`preparation`] brings a picture to the size and the values that a network expects.

pub mod preparation;

pub use preparation::{Fit, Preparation};
