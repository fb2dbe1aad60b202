//! A pre-training as a part of a session, whatever it trains.

use crate::error::Result;
use crate::models::image_network::ImageNetwork;
use crate::models::language_model::LanguageModel;
use crate::models::language_model::generator::Generator;
use crate::models::language_model::text::Lexicon;
use crate::session::checkpoint::Shelf;
use crate::session::language_model::Direction;
use crate::session::record::{Record, Stage};
use crate::transfer::network::SourceNetwork;
use crate::vectors::{View, WordVectors};
use crate::vision::Preparation;

/// What a pre-training leaves.
#[expect(clippy::large_enum_variant, reason = "a session has one, and it is not moved about")]
pub enum Finished {
    Words(PretrainedWords),
    Network(Box<SourceNetwork>),
}

/// Word vectors, with the language model that they are from, if they are from one.
pub struct PretrainedWords {
    pub vectors: WordVectors,
    /// Where they are from, in words.
    pub origin: String,
    /// Seconds it took.
    pub seconds: f64,
    pub generator: Option<Generator>,
}

/// What of a source can be looked at while it is pre-trained.
pub enum Look<'a> {
    Words(View<'a>),
    LanguageModel {
        vectors: View<'a>,
        model: &'a LanguageModel<f32>,
        lexicon: &'a Lexicon,
        direction: Direction,
    },
    Network(&'a ImageNetwork<f32>, &'a Preparation),
    /// Nothing yet.
    Nothing,
}

/// What a pre-training is doing.
pub struct StageStatus {
    pub doing: &'static str,
    /// The fraction that is done.
    pub progress: f64,
    /// So many of `unit`: "words/s".
    pub speed: f64,
    pub unit: &'static str,
}

/// A pre-training under way.
pub trait PretrainingStage: Send + Sync {
    /// The tokens or images at which it went on from a checkpoint.
    fn resumed_at(&self) -> Option<u64>;
    /// What is told of its beginning.
    fn begins(&self) -> Stage;
    /// Does a bounded piece of work; tells what happened. True when it is finished.
    ///
    /// # Errors
    /// When the corpus cannot be read or has too few words, or training diverges.
    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool>;
    /// What it left.
    ///
    /// # Errors
    /// When that is not there yet, or the disk refuses.
    fn finish(&mut self) -> Result<Finished>;
    /// What it is doing.
    fn status(&self) -> StageStatus;
    /// Multiplies the learning rate.
    fn change_learning_rate(&mut self, factor: f32);
    /// What comes next is to be seen, however near the point before is.
    fn show_next(&mut self);
    /// The source as it is now.
    fn look(&self) -> Look<'_>;
    /// Whether the state as it is now must be kept whatever the clock says; asked once what was told is in the log.
    fn save_due(&mut self) -> bool;
    /// Keeps the state; nothing while the corpus is being counted, which is begun again.
    ///
    /// # Errors
    /// When the disk refuses.
    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()>;
}
