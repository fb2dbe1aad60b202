//! Encoders against finite differences, against Hugging Face's transformers, and with damaged files.

mod folders;
mod gradients;
mod published;
mod reading;
mod refused;
