//! Measures prediction with a kept model: from raw texts to the probabilities of their classes.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::Result;
use crate::models::text_classifier::TextClassifier;
use crate::rng;
use crate::session::language_model::Direction;
use crate::session::text_transfer::{Head, Tokens};
use crate::text::words::Words;
use crate::transfer::calibration::Temperature;
use crate::transfer::lookup::WordRows;
use crate::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};

use super::{Speed, timed};

const WORDS: usize = 20_000;
const DIM: usize = 100;
/// Words per text.
const LENGTH: usize = 20;
/// Texts per repetition.
const TEXTS: usize = 16_384;
/// Texts that a thread classifies at once.
const CHUNK: usize = 64;

/// Texts a second that a model of averaged word vectors classifies.
///
/// # Errors
/// Never, with these sizes.
pub fn averaged(pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let mut stream = rng::stream(1, "bench predictor", 0);
    let words: Words = (0..WORDS).map(|number| format!("w{number}")).collect();
    let table = Array2::from_shape_simple_fn((WORDS + 1, DIM), || rng::normal(&mut stream) as f32);
    let model = TextClassifier::new(Head::Average, DIM, 2, Array2::zeros((0, DIM)), Arc::new(table), 1, 0);
    let predictor = TextPredictor {
        classes: Cow::Owned(vec!["no".to_string(), "yes".to_string()]),
        tokens: Tokens::Words.into(),
        phrases: KnownPhrases::Nowhere,
        words: Cow::Owned(words),
        model: TextModel::Classifier {
            model: Cow::Owned(model),
            rows: WordRows::numbered(WORDS, WORDS, 1, None),
            max_tokens: usize::MAX,
            direction: Direction::Forward,
        },
        temperature: Temperature::default(),
    };
    // A few words are by far the most frequent, as in a natural language. One word in twenty is unknown.
    let mut word = || match rng::below(&mut stream, 20) {
        0 => "Unknown".to_string(),
        _ => format!("W{}", (rng::unit64(&mut stream).powi(3) * WORDS as f64) as u32),
    };
    let texts: Vec<String> =
        (0..TEXTS).map(|_| (0..LENGTH).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut sum = 0.0;
    let rates = pool.install(|| {
        timed(seconds, TEXTS, || {
            let chunks = texts.par_chunks(CHUNK);
            let of = |workspace: &mut _, texts: &[&str]| predictor.probabilities(texts, workspace)[0];
            sum += chunks.map_init(Default::default, of).sum::<f32>();
        })
    });
    debug_assert!(sum > 0.0);
    Ok(Speed::new("texts", rates))
}
