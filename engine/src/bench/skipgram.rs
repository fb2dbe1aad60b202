//! Measures skip-gram with negative sampling on a corpus.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;
use crate::pretrain::{Doing, Files, Model, Options, Pretraining};

use super::Speed;
use super::beginning::Beginning;

/// The most epochs. Each epoch is one repetition.
const EPOCHS: usize = 3;
/// The fraction of the time limit that is spent reading the corpus.
const READING: f64 = 0.2;
/// The least number of repetitions if the time limit is too short for whole epochs.
const PARTS: f64 = 5.0;

/// Tokens of the corpus that training processes a second. There is one value per epoch, or one per part if an epoch
/// takes long. The time for counting words is not included. The benchmark ends after about `seconds` seconds and uses
/// only the beginning of a large corpus.
///
/// # Errors
/// When the corpus cannot be read or has nothing to learn from.
pub fn speed(corpus: PathBuf, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let options = Options {
        model: Model::SkipGram,
        start: None,
        dim: 100,
        window: 5,
        negatives: 5,
        epochs: Some(EPOCHS),
        sample: 1e-3,
        min_count: 5,
        learning_rate: 0.025,
        loss: crate::session::pretraining::Loss::NegativeSampling,
        subwords: None,
        phrases: 0,
        phrase_threshold: 100.0,
        tokens: Default::default(),
        distinct_words: 4_000_000,
    };
    let all = Instant::now();
    let corpus = Arc::new(Beginning::new(Files::new(vec![corpus])?, READING * seconds));
    let mut pretraining = Pretraining::new(corpus, options, 1)?;
    let rates = pool.install(|| {
        while pretraining.doing() == Doing::Counting {
            pretraining.step()?;
        }
        let part = (seconds - all.elapsed().as_secs_f64()).max(0.0) / PARTS;
        let (mut begun, mut at, mut rates, mut epochs) = (Instant::now(), 0, Vec::new(), 1);
        while pretraining.doing() != Doing::Finished {
            let progress = pretraining.step()?;
            let epoch = progress.tokens * EPOCHS as u64 >= epochs * progress.of;
            epochs += u64::from(epoch);
            let time = begun.elapsed().as_secs_f64();
            if (epoch || time >= part) && progress.tokens > at {
                rates.push((progress.tokens - at) as f64 / time);
                (begun, at) = (Instant::now(), progress.tokens);
            }
            if all.elapsed().as_secs_f64() >= seconds && !rates.is_empty() {
                break;
            }
        }
        Result::Ok(rates)
    })?;
    Ok(Speed::new("tokens", rates))
}
