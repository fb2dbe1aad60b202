//! The interface of pre-training stages, whatever they train.

use std::sync::Arc;

use crate::error::Result;
use crate::models::image_network::ImageNetwork;
use crate::models::language_model::LanguageModel;
use crate::models::language_model::text::Lexicon;
use crate::session::checkpoint::Shelf;
use crate::session::language_model::Direction;
use crate::session::record::{Record, Stage};
use crate::text::documents::Documents;
use crate::transfer::network::SourceNetwork;
use crate::vectors::{View, WordVectors};
use crate::vision::Preparation;

use super::layered::Layered;
use super::read_encoder::ReadEncoder;
use super::sentence_vectors::SentenceVectors;

/// The result of a pre-training.
pub enum Finished {
    Words(PretrainedWords),
    Network(Box<SourceNetwork>),
    Encoder(Box<EncodedTexts>),
}

/// A sentence encoder, and the vectors of the task's texts.
pub struct EncodedTexts {
    /// Its token vectors.
    pub words: PretrainedWords,
    /// The documents as its tokens.
    pub in_tokens: Option<Arc<Documents>>,
    pub encoder: ReadEncoder,
    pub vectors: SentenceVectors,
    /// The number of texts whose vectors were computed, and of their tokens.
    pub texts: (usize, u64),
    /// Seconds that it took to compute them.
    pub seconds: f64,
}

/// Word vectors, and the language model or the layers that they belong to, if they do.
pub struct PretrainedWords {
    pub vectors: WordVectors,
    /// Where they come from, as a phrase.
    pub origin: String,
    /// Seconds that the pre-training took.
    pub seconds: f64,
    pub layered: Option<Layered>,
}

/// The part of a source that can be queried while it is pre-trained.
pub enum Look<'a> {
    Words(View<'a>),
    LanguageModel {
        vectors: View<'a>,
        model: &'a LanguageModel<f32>,
        lexicon: &'a Lexicon,
        direction: Direction,
    },
    Network(&'a ImageNetwork<f32>, &'a Preparation),
    /// Nothing can be queried yet.
    Nothing,
}

/// The progress of a pre-training.
pub struct StageStatus {
    pub doing: &'static str,
    /// The fraction that is done, 0 to 1.
    pub progress: f64,
    /// The speed, in the unit of `unit`, such as "words/s".
    pub speed: f64,
    pub unit: &'static str,
}

/// A pre-training in progress.
pub trait PretrainingStage: Send + Sync {
    /// The number of tokens or images at which it continued from a checkpoint; `None` if it did not.
    fn resumed_at(&self) -> Option<u64>;
    /// The stage that is recorded at its beginning.
    fn begins(&self) -> Stage;
    /// Does a bounded step and pushes records of what happened to `tell`. True when the pre-training is complete.
    ///
    /// # Errors
    /// When the corpus cannot be read or has too few words, or training diverges.
    fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> Result<bool>;
    /// The result.
    ///
    /// # Errors
    /// When the pre-training is not complete, or the disk refuses the write.
    fn finish(&mut self) -> Result<Finished>;
    /// The current progress.
    fn status(&self) -> StageStatus;
    /// The tokens or images that training has seen, whose next update has the learning rate of now. `None` before training
    /// begins, and of a stage that has no learning rate.
    fn seen(&self) -> Option<u64> {
        None
    }
    /// Whether it has a learning rate.
    fn has_learning_rate(&self) -> bool {
        false
    }
    /// Sets the factor on the learning rate, which a checkpoint may have kept.
    fn set_learning_rate_factor(&mut self, _factor: f32) {}
    /// Multiplies the learning rate, and requests a point of the curve.
    fn change_learning_rate(&mut self, factor: f32);
    /// Requests a point of the curve for the next step, even if none is due.
    fn show_next(&mut self);
    /// The source in its current state.
    fn look(&self) -> Look<'_>;
    /// Whether the state must be saved now, whatever the clock says. Called once the last records are in the log.
    fn save_due(&mut self) -> bool;
    /// Saves the state. Saves nothing while the corpus is counted, which is repeated in a resumed session.
    ///
    /// # Errors
    /// When the disk refuses the write.
    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()>;
}
