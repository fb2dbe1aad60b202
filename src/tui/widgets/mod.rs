//! Pieces that several screens are made of.

pub mod input;
pub mod text;
