//! Sentence encoders: BERT, DistilBERT, RoBERTa, XLM-RoBERTa and MPNet, as they are published with a tokeniser and, for
//! sentence-transformers, with a pooling.
//!
//! ```no_run
//! use std::path::Path;
//! use warmstart_engine::models::sentence_encoder::PublishedEncoder;
//!
//! # fn main() -> warmstart_engine::error::Result<()> {
//! let encoder = PublishedEncoder::read(Path::new("all-MiniLM-L6-v2"))?;
//! let ids = encoder.ids("The soup was warm.")?;
//! let vector = encoder.model.vectors(&[&ids]);
//! # Ok(())
//! # }
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `pipeline` | `modules.json`, pooling, normalisation, longest text |
//! | `config`, `family` | the sizes in `config.json`; how each family calls its tensors |
//! | `weights` | safetensors files, checked against the sizes |
//! | `model`, `network` | the parameters and their names; forward and backward pass, attention and states by layer |
//! | `token_table` | the vectors of the tokens: shared ones, and those that a model trains |
//! | `published` | a whole folder: encoder and tokeniser |
//! | `reader` | from a text to the ids of its tokens |
//!
//! Absent on purpose: dropout within the layers, and the pooler that was trained with BERT's next-sentence task, which
//! sentence encoders do not use.

pub mod config;
pub mod family;
mod json;
mod model;
mod network;
mod pipeline;
mod published;
mod reader;
#[cfg(test)]
pub(crate) mod tests;
mod token_table;
mod weights;

pub use model::{Group, Output, SentenceEncoder};
pub use network::{CHUNK, Tape};
pub use published::{PublishedEncoder, encoder_folder, looks_like_one};
pub use reader::{EncoderReader, Reading};
pub use token_table::TokenTable;
