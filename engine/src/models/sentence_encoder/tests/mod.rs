//! Encoders against finite differences, against Hugging Face's transformers, and with damaged files.

pub(crate) mod folders;
mod gradients;
mod inside;
mod published;
mod reading;
mod refused;
