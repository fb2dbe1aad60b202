//! A pre-training as a part of a session, whatever it trains.

use crate::error::Result;
use crate::models::language_model::generator::{Generator, Sampling};
use crate::session::checkpoint::Shelf;
use crate::session::record::Record;
use crate::vectors::{View, WordVectors};

/// What a pre-training leaves.
pub struct Pretrained {
    pub vectors: WordVectors,
    /// Where they are from, in words.
    pub origin: String,
    /// Seconds it took.
    pub seconds: f64,
    /// The language model, if it was one.
    pub generator: Option<Generator>,
}

/// A pre-training under way.
pub trait PretrainingStage: Send + Sync {
    /// The tokens at which it went on from a checkpoint.
    fn resumed_at(&self) -> Option<u64>;
    /// Does a bounded piece of work; tells what happened. True when it is finished.
    ///
    /// # Errors
    /// When the corpus cannot be read or has too few words, or training diverges.
    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool>;
    /// What it left.
    ///
    /// # Errors
    /// When that is not there yet.
    fn finish(&mut self) -> Result<Pretrained>;
    /// The vectors as they are now, once the corpus is counted.
    fn view(&self) -> Option<View<'_>>;
    /// What the language model says after `prompt` as it is now, if it is one.
    fn generate(&self, _prompt: &str, _manner: Sampling) -> Option<String> {
        None
    }
    /// Multiplies the learning rate.
    fn change_learning_rate(&mut self, factor: f32);
    /// What comes next is to be seen, however near the point before is.
    fn show_next(&mut self);
    /// What is being done, in words.
    fn doing(&self) -> &'static str;
    /// The fraction that is done.
    fn progress(&self) -> f64;
    /// Tokens a second.
    fn words_per_second(&self) -> f64;
    /// Whether the state as it is now must be kept whatever the clock says; asked once what was told is in the log.
    fn save_due(&mut self) -> bool {
        false
    }
    /// Keeps the state; nothing while the corpus is being counted, which is begun again.
    ///
    /// # Errors
    /// When the disk refuses.
    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()>;
}
