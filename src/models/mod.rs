//! Models: what layers are put together to.

pub mod text_classifier;
