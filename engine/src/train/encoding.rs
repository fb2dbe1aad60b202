//! The stage that computes the vectors of texts with a sentence encoder, for runs with a fixed encoder.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::data::examples::ExampleId;
use crate::error::{Error, Result};
use crate::session::checkpoint::{self, Kept, Numbers, Shelf};
use crate::session::record::{Record, Stage};

use super::read_encoder::ReadEncoder;
use super::reading::ReadVectors;
use super::sentence_vectors::SentenceVectors;
use super::stage::{EncodedTexts, Finished, Look, PretrainedWords, PretrainingStage, StageStatus};

/// The name of the stage's checkpoint.
const NAME: &str = "sentence-vectors";
/// The number of tokens of a step, if its first text is not longer. It takes a tenth of a second.
const STEP: usize = 2_048;

/// The texts of a session on their way through an encoder.
pub struct EncodingStage {
    /// Its token vectors; `None` once they were taken.
    read: Option<ReadVectors>,
    encoder: ReadEncoder,
    /// Where the encoder comes from, as a phrase.
    origin: String,
    /// The examples whose vectors are wanted, ascending.
    examples: Vec<ExampleId>,
    /// The vectors of the first of them, one after another.
    vectors: Vec<f32>,
    /// The fingerprint of the encoder and of the texts.
    fingerprint: u64,
    resumed_at: Option<u64>,
    seconds: f64,
    speed: f64,
}

/// The state in a checkpoint.
#[derive(Serialize, Deserialize)]
struct State {
    /// Vectors of another encoder or of other texts are not used.
    fingerprint: u64,
    seconds: f64,
}

impl EncodingStage {
    /// Begins to compute the vectors of `examples`. With `resume` it continues from the checkpoint in `folder`.
    ///
    /// # Errors
    /// When a checkpoint cannot be read.
    pub fn begin(
        read: ReadVectors,
        encoder: ReadEncoder,
        origin: String,
        mut examples: Vec<ExampleId>,
        folder: &Path,
        resume: bool,
    ) -> Result<EncodingStage> {
        examples.sort_unstable();
        examples.dedup();
        let fingerprint = fingerprint(&encoder, &examples);
        let mut stage = EncodingStage {
            read: Some(read),
            encoder,
            origin,
            examples,
            vectors: Vec::new(),
            fingerprint,
            resumed_at: None,
            seconds: 0.0,
            speed: 0.0,
        };
        let kept = if resume { checkpoint::load::<State>(folder, NAME)? } else { None };
        if let Some(found) = kept.filter(|found| found.state.fingerprint == fingerprint) {
            let features = stage.encoder.model.features();
            let values = found.tensors.into_iter().find_map(|tensor| match tensor.numbers {
                Numbers::Real(values) if tensor.name == "vectors" => Some(values.into_owned()),
                _ => None,
            });
            let fits = |values: &Vec<f32>| {
                values.len().is_multiple_of(features) && values.len() <= stage.examples.len() * features
            };
            if let Some(values) = values.filter(fits) {
                stage.resumed_at = Some(tokens(&stage.encoder, &stage.examples[..values.len() / features]));
                stage.vectors = values;
                stage.seconds = found.state.seconds;
            }
        }
        Ok(stage)
    }

    /// The number of examples whose vectors are there.
    fn done(&self) -> usize {
        self.vectors.len() / self.encoder.model.features().max(1)
    }
}

/// The number of tokens of examples.
fn tokens(encoder: &ReadEncoder, examples: &[ExampleId]) -> u64 {
    examples.iter().map(|&example| encoder.ids[example as usize].len() as u64).sum()
}

/// A 64-bit FNV-1a hash over what the vectors depend on: the encoder's parameters, its pooling, and the ids of the texts.
fn fingerprint(encoder: &ReadEncoder, examples: &[ExampleId]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bits: u32| hash = (hash ^ u64::from(bits)).wrapping_mul(0x0100_0000_01b3);
    encoder.model.dense.iter().for_each(|value| add(value.to_bits()));
    format!("{:?}", encoder.model.output).bytes().for_each(|byte| add(byte.into()));
    let mut met = BTreeSet::new();
    for &example in examples {
        add(example);
        encoder.ids[example as usize].iter().for_each(|&id| add(id));
        met.extend(&encoder.ids[example as usize]);
    }
    for &id in &met {
        encoder.model.tokens.row(id).iter().for_each(|value| add(value.to_bits()));
    }
    hash
}

impl PretrainingStage for EncodingStage {
    fn resumed_at(&self) -> Option<u64> {
        self.resumed_at
    }

    fn begins(&self) -> Stage {
        Stage::Encoding
    }

    fn step(&mut self, pool: &rayon::ThreadPool, _tell: &mut Vec<Record>) -> Result<bool> {
        let (done, begun) = (self.done(), Instant::now());
        let (mut texts, mut length) = (Vec::new(), 0);
        for &example in &self.examples[done..] {
            let text = &self.encoder.ids[example as usize][..];
            if !texts.is_empty() && length + text.len() > STEP {
                break;
            }
            length += text.len();
            texts.push(text);
        }
        if !texts.is_empty() {
            let vectors = pool.install(|| self.encoder.model.vectors(&texts));
            self.vectors.extend(vectors);
            let seconds = begun.elapsed().as_secs_f64();
            self.seconds += seconds;
            self.speed = texts.len() as f64 / seconds.max(1e-9);
        }
        Ok(self.done() == self.examples.len())
    }

    fn finish(&mut self) -> Result<Finished> {
        if self.done() < self.examples.len() {
            return Err(Error::request(
                "the vectors of texts are not complete",
                "this is a fault of warmstart",
            ));
        }
        let (encoder, seconds) = (self.encoder.clone(), self.seconds);
        let features = encoder.model.features();
        let count = (self.examples.len(), tokens(&encoder, &self.examples));
        let values = std::mem::take(&mut self.vectors);
        let vectors = SentenceVectors::new(&self.examples, encoder.ids.len(), values, features);
        let Some(ReadVectors { vectors: of_tokens, in_tokens, .. }) = self.read.take() else {
            return Err(Error::request("the encoder was taken already", "this is a fault of warmstart"));
        };
        let words = PretrainedWords {
            vectors: of_tokens,
            origin: self.origin.clone(),
            // Nothing is pre-trained here.
            seconds: 0.0,
            layered: None,
        };
        Ok(Finished::Encoder(Box::new(EncodedTexts {
            words,
            in_tokens,
            encoder,
            vectors,
            texts: count,
            seconds,
        })))
    }

    fn status(&self) -> StageStatus {
        let progress = self.done() as f64 / self.examples.len().max(1) as f64;
        StageStatus { doing: "computing the vectors of texts", progress, speed: self.speed, unit: "texts/s" }
    }

    fn change_learning_rate(&mut self, _factor: f32) {}

    fn show_next(&mut self) {}

    fn look(&self) -> Look<'_> {
        Look::Nothing
    }

    fn save_due(&mut self) -> bool {
        false
    }

    fn save(&mut self, shelf: &Shelf<'_>) -> Result<()> {
        let (done, features) = (self.done(), self.encoder.model.features());
        let state = State { fingerprint: self.fingerprint, seconds: self.seconds };
        let vectors = Kept::real("vectors", &[done, features], &self.vectors);
        let step = tokens(&self.encoder, &self.examples[..done]);
        shelf.save(NAME, step, done == self.examples.len(), &state, &[vectors])
    }
}
