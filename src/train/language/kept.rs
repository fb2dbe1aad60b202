//! What a session keeps of a language model: where its training is, its words, its tensors.

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

use super::super::learners::descent::find;
use super::learning::shape;

/// The name of its checkpoints.
pub const NAME: &str = "language-model";

/// Where it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    /// The text under way; as many as there are when all is done.
    pub part: usize,
    pub epoch: usize,
    pub batch: usize,
    /// Updates in this text, and in all.
    pub step: u64,
    pub steps: u64,
    /// Words that were guessed, and those there are to guess.
    pub tokens: u64,
    pub of: u64,
    /// What the learning rate was multiplied by.
    pub factor: f32,
}

/// What was told up to now, and what has gathered since.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Told {
    /// The numbers of the last point, of the next look and the next measurement.
    pub point: u64,
    pub look: u64,
    pub measurement: u64,
    /// The part whose beginning was told, and the one whose end was measured, counted from 1.
    pub begun: usize,
    pub measured: usize,
    pub tokens: u64,
    pub loss: f64,
    pub words: u64,
    pub seconds: f64,
}

/// What is kept beside the tensors.
#[derive(Serialize, Deserialize)]
pub struct State {
    pub asked: LanguageModelling,
    pub place: Place,
    pub told: Told,
    pub seconds: f64,
    pub words: Vec<String>,
    pub counts: Vec<u64>,
    pub tokens: u64,
    /// How texts are cut.
    #[serde(default)]
    pub how: Tokens,
}

/// The error that the checkpoint at `path` does not fit.
pub fn foreign(path: &Path) -> Error {
    let problem = "this checkpoint does not fit its language model";
    Error::input(path, error::Place::Whole, problem, checkpoint::ANEW)
}

/// The model of a checkpoint.
///
/// # Errors
/// When they do not fit together.
pub fn generator(found: &Loaded<State>) -> Result<Generator> {
    let Loaded { state, tensors, path, .. } = found;
    let lexicon = Lexicon::of(state.words.iter().cloned(), state.counts.clone(), state.tokens);
    let lexicon = lexicon.ok_or_else(|| foreign(path))?.cut_by(state.how);
    let mut model = LanguageModel::new(shape(&state.asked, &lexicon), 0);
    model.load(|name| find(tensors, name)).map_err(|error| checkpoint::named(path, error))?;
    Ok(Generator { model, lexicon, direction: state.asked.direction })
}

/// The vectors of a model's words, without the marks.
///
/// # Errors
/// When the numbers do not fit the words.
pub fn vectors(generator: &Generator) -> Result<WordVectors> {
    let words: Words = generator.lexicon.words().iter().skip(MARKS).collect();
    let table = table(&generator.model).to_owned();
    WordVectors::new(words, table, Some(generator.lexicon.counts().to_vec()))
}

/// The vectors of a model without those of the marks, `(V - 2, D)`.
pub fn table(model: &LanguageModel) -> ArrayView2<'_, f32> {
    let Shape { words, dim, .. } = model.shape();
    view(&model.vectors()[MARKS * dim..], words - MARKS, dim)
}

/// The language model that the session in `folder` trained, as far as it kept it; `None` where it keeps none.
///
/// # Errors
/// When it is there and cannot be read.
pub fn kept_model(folder: &Path) -> Result<Option<Generator>> {
    checkpoint::load::<State>(folder, NAME)?.as_ref().map(generator).transpose()
}

/// Its word vectors.
///
/// # Errors
/// As [`kept_model`].
pub fn kept_vectors(folder: &Path) -> Result<Option<WordVectors>> {
    kept_model(folder)?.as_ref().map(vectors).transpose()
}
