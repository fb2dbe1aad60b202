//! Skip-gram with negative sampling on a corpus.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;
use crate::pretrain::{Doing, Files, Model, Options, Pretraining};

use super::Speed;

/// Epochs, each of which is a repetition.
const EPOCHS: usize = 3;

/// Tokens of the corpus a second of training, epoch by epoch; counting the words is not in it.
///
/// # Errors
/// When the corpus cannot be read or has nothing to learn from.
pub fn speed(corpus: PathBuf, pool: &rayon::ThreadPool) -> Result<Speed> {
    let options = Options {
        model: Model::SkipGram,
        dim: 100,
        window: 5,
        negatives: 5,
        epochs: EPOCHS,
        sample: 1e-3,
        min_count: 5,
        rate: 0.025,
        loss: crate::session::recipe::Loss::NegativeSampling,
        subwords: None,
        phrases: 0,
        phrase_threshold: 100.0,
        tokens: Default::default(),
        distinct_words: 4_000_000,
    };
    let corpus = Arc::new(Files::new(vec![corpus])?);
    let mut pretraining = Pretraining::new(corpus, options, 1)?;
    let rates = pool.install(|| {
        while pretraining.doing() == Doing::Counting {
            pretraining.step()?;
        }
        let (mut begun, mut at, mut rates) = (Instant::now(), 0, Vec::new());
        while pretraining.doing() != Doing::Finished {
            let progress = pretraining.step()?;
            if progress.tokens * EPOCHS as u64 >= (rates.len() as u64 + 1) * progress.of {
                rates.push((progress.tokens - at) as f64 / begun.elapsed().as_secs_f64());
                (begun, at) = (Instant::now(), progress.tokens);
            }
        }
        Result::Ok(rates)
    })?;
    Ok(Speed { unit: "tokens", rates, limit: None })
}
