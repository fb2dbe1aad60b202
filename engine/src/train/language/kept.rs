//! The checkpoint of a language model: the progress of its training, its words, its tensors.

use std::path::Path;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::error::{self, Error, Result};
use crate::kernel::view;
use crate::models::language_model::generator::Generator;
use crate::models::language_model::text::{Lexicon, MARKS};
use crate::models::language_model::{LanguageModel, Shape};
use crate::session::checkpoint::{self, Loaded};
use crate::session::language_model::LanguageModelling;
use crate::session::text_transfer::Tokens;
use crate::text::words::Words;
use crate::vectors::WordVectors;

use super::super::learners::tensors::find;
use super::learning::shape;

/// The name of the stage's checkpoints.
pub const NAME: &str = "language-model";

/// The progress of the training.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    /// The index of the current text; the number of texts when training is complete.
    pub part: usize,
    pub epoch: usize,
    pub batch: usize,
    /// The number of updates on this text, and on all texts.
    pub step: u64,
    pub steps: u64,
    /// The number of words predicted so far, and in total.
    pub tokens: u64,
    pub of: u64,
    /// The factor on the learning rate.
    pub factor: f32,
    /// Floating-point operations so far; `None` in checkpoints of before they were counted.
    #[serde(default)]
    pub flops: Option<u64>,
}

/// The last recorded point, and the sums since then.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Told {
    /// The indices of the last point, of the next look and of the next measurement.
    pub point: u64,
    pub look: u64,
    pub measurement: u64,
    /// The number of the last text whose beginning was recorded, and of the last text that was measured at its end,
    /// from 1.
    pub begun: usize,
    pub measured: usize,
    pub tokens: u64,
    pub loss: f64,
    pub words: u64,
    pub seconds: f64,
}

/// The state in a checkpoint, besides the tensors.
#[derive(Serialize, Deserialize)]
pub struct State {
    pub asked: LanguageModelling,
    pub place: Place,
    pub told: Told,
    pub seconds: f64,
    pub words: Vec<String>,
    pub counts: Vec<u64>,
    pub tokens: u64,
    /// How texts are tokenised.
    #[serde(default)]
    pub how: Tokens,
}

/// The error that the checkpoint at `path` does not fit.
pub fn foreign(path: &Path) -> Error {
    let problem = "this checkpoint does not fit its language model";
    Error::input(path, error::Place::Whole, problem, checkpoint::ANEW)
}

/// The model in a checkpoint.
///
/// # Errors
/// When its tensors do not fit its state.
pub fn generator(found: &Loaded<State>) -> Result<Generator> {
    let Loaded { state, tensors, path, .. } = found;
    let lexicon = Lexicon::of(state.words.iter().cloned(), state.counts.clone(), state.tokens);
    let lexicon = lexicon.ok_or_else(|| foreign(path))?.cut_by(state.how);
    let mut model = LanguageModel::new(shape(&state.asked, &lexicon), 0);
    model.load(|name| find(tensors, name)).map_err(|error| checkpoint::named(path, error))?;
    Ok(Generator { model, lexicon, direction: state.asked.direction })
}

/// The word vectors of a model, without those of the special tokens.
///
/// # Errors
/// When the vectors do not fit the words.
pub fn vectors(generator: &Generator) -> Result<WordVectors> {
    let words: Words = generator.lexicon.words().iter().skip(MARKS).collect();
    let table = table(&generator.model).to_owned();
    WordVectors::new(words, table, Some(generator.lexicon.counts().to_vec()))
}

/// The word vectors of a model without those of the two special tokens, `(V - 2, D)`.
pub fn table(model: &LanguageModel) -> ArrayView2<'_, f32> {
    let Shape { words, dim, .. } = model.shape();
    view(&model.vectors()[MARKS * dim..], words - MARKS, dim)
}

/// The language model that the session in `folder` trained, from its checkpoint; `None` where it has none.
///
/// # Errors
/// When there is a checkpoint that cannot be read.
pub fn kept_model(folder: &Path) -> Result<Option<Generator>> {
    checkpoint::load::<State>(folder, NAME)?.as_ref().map(generator).transpose()
}

/// The word vectors of that language model.
///
/// # Errors
/// The same as for [`kept_model`].
pub fn kept_vectors(folder: &Path) -> Result<Option<WordVectors>> {
    kept_model(folder)?.as_ref().map(vectors).transpose()
}
