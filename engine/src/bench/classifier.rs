//! Measures training and inference of text classifiers.

use std::sync::Arc;

use ndarray::Array2;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET};
use crate::error::Result;
use crate::models::text_classifier::TextClassifier;
use crate::rng;
use crate::session::language_model::Direction;
use crate::session::method::Strategy;
use crate::session::text_transfer::{Head, Pooling, RecurrentShape};
use crate::text::documents::Documents;
use crate::text::words::Words;
use crate::train::learners::texts::{Reader, Texts};
use crate::train::run::Run;
use crate::transfer::lookup::{Lookup, TransferTable};
use crate::vectors::WordVectors;

use super::{Speed, TESTS, endless, endless_run, learning, testing};

const WORDS: usize = 20_000;
const DIM: usize = 100;
const LENGTH: usize = 200;
const BATCH: usize = 64;
const HIDDEN: usize = 128;
/// Batches per epoch.
const BATCHES: usize = 16;
/// Documents of the test set for inference.
const TEST: usize = 2_048;
const UNIT: &str = "documents";

/// A recurrent head of the common size, in one or both directions, with the hidden state of the last word as its
/// output.
pub fn recurrent(bidirectional: bool) -> RecurrentShape {
    RecurrentShape { hidden: HIDDEN, bidirectional, pooling: Pooling::Last }
}

/// Documents a second in training.
///
/// # Errors
/// Never, with these sizes.
pub fn train(head: Head, strategy: Strategy, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let documents = Arc::new(documents(BATCH * BATCHES, 0));
    let (run, operations) = run(head, strategy, documents)?;
    let operations = operations.map(|[training, _]| training);
    Ok(Speed::new(UNIT, learning(run, BATCH, pool, seconds)).counted(operations))
}

/// Documents a second in the evaluation of a test set.
///
/// # Errors
/// Never, with these sizes.
pub fn infer(head: Head, pool: &rayon::ThreadPool, seconds: f64) -> Result<Speed> {
    let documents = Arc::new(documents(BATCH, TEST));
    let (run, operations) = run(head, Strategy::Frozen, documents)?;
    let operations = operations.map(|[_, inference]| inference);
    Ok(Speed::new(UNIT, testing(run, TEST, pool, seconds)).counted(operations))
}

/// Random documents. As in a natural language, a few words are by far the most frequent.
fn documents(train: usize, test: usize) -> Documents {
    let mut documents = Documents::new(vec!["no".into(), "yes".into()]);
    documents.words = words();
    let mut stream = rng::stream(1, "bench documents", 0);
    let mut word = || (rng::unit64(&mut stream).powi(3) * WORDS as f64) as u32;
    for number in 0..train + test {
        documents.tokens.push((0..LENGTH).map(|_| word()).collect());
        documents.labels.push(number as u32 % 2);
        Arc::make_mut(&mut documents.texts).push(String::new());
    }
    documents.sets.push(("training".into(), 0..train));
    documents.sets.push(("validation".into(), train..train));
    // The same test set many times: each evaluation is one repetition.
    for number in 0..if test > 0 { TESTS } else { 0 } {
        documents.sets.push((format!("test {number}"), train..train + test));
    }
    documents
}

fn words() -> Words {
    (0..WORDS).map(|number| format!("w{number}")).collect()
}

/// A run that trains without end and never evaluates on validation documents, and the operations of a document in training
/// and in inference. Averages have none: reading and writing vectors is their work.
fn run(head: Head, strategy: Strategy, documents: Arc<Documents>) -> Result<(Run, Option<[f64; 2]>)> {
    let mut stream = rng::stream(1, "bench vectors", 0);
    let matrix = Array2::from_shape_simple_fn((WORDS, DIM), || rng::normal(&mut stream) as f32);
    let vectors = Arc::new(WordVectors::new(words(), matrix, None)?);
    let table = Arc::new(TransferTable::new(vectors, &documents));
    let train: Vec<ExampleId> = documents.set(TRAIN_SET).map(|d| d as ExampleId).collect();
    let (lookup, learned) = Lookup::new(strategy, &documents, &train, Some(&table), DIM, 1, &mut stream);
    let model = TextClassifier::new(head, DIM, documents.classes.len(), learned, lookup.base.clone(), 1, 0);
    let parameters = [model.trainable_parameters(), model.total_parameters()];
    let operations = [model.training_flops(LENGTH), model.feature_flops(LENGTH)].map(|flops| flops as f64);
    let operations = (head != Head::Average).then_some(operations);
    let settings = endless(BATCH);
    let reader = Reader { lookup, max_tokens: settings.max_tokens, direction: Direction::Forward };
    let texts = Texts::new(documents.clone(), strategy, model, reader, table, settings.dropout);
    let run = endless_run(strategy.into(), parameters, train, documents, Box::new(texts), settings);
    Ok((run, operations))
}
