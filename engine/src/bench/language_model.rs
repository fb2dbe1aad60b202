//! Measures a recurrent language model on a corpus: embeddings of 200 dimensions, one LSTM of 256 units, dropout of
//! 0.3 before and after it, batches of 20 streams of 35 steps, Adam, and a full or an adaptive softmax.

use std::path::PathBuf;
use std::time::Instant;

use crate::error::{Error, Place, Result};
use crate::models::language_model::streams::Streams;
use crate::models::language_model::text::{Lexicon, MARKS};
use crate::models::language_model::{Chance, LanguageModel, Shape, Workspace};
use crate::nn::optimizer::Algorithm;
use crate::pretrain::Files;
use crate::rng::Moment;
use crate::session::language_model::{Cell, Dropouts, Softmax};
use crate::session::text_transfer::Tokens;

use super::Speed;
use super::beginning::Beginning;

/// The most epochs. Each epoch is one repetition.
const EPOCHS: usize = 5;
/// The fractions of the time limit that are spent reading the corpus and evaluating the held-out text.
const READING: f64 = 0.1;
const HELD_OUT: f64 = 0.1;
/// The least number of repetitions if the time limit is too short for whole epochs.
const PARTS: f64 = 5.0;
const STREAMS: usize = 20;
/// Parallel streams in which the held-out text is read.
const HELD_OUT_STREAMS: usize = 10;
const STEPS: usize = 35;
const DIM: usize = 200;
const HIDDEN: usize = 256;
const DROPOUT: f32 = 0.3;
const RATE: f32 = 1e-3;
const CLIP: f32 = 1.0;
/// Words with a smaller count become the unknown word.
const MIN_COUNT: u64 = 2;
/// The most words of the vocabulary.
const WORDS: usize = 60_000;

/// The speed and the quality of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Tokens per second.
    pub speed: Speed,
    /// The number of words in the vocabulary.
    pub words: usize,
    /// The perplexity of the held-out text after each epoch, and at the end if the time ran out within an epoch.
    pub perplexities: Vec<f64>,
}

/// Trains and measures. The speed is in tokens of the corpus a second, with one value per epoch, or one per part if
/// an epoch takes long. The perplexity is that of `held_out`, if it is given. The benchmark ends after about
/// `seconds` seconds and uses only the beginnings of large texts. Tokens are separated by white space; each line ends
/// with a token of its own. `tell` receives a line of text after each epoch.
///
/// # Errors
/// When a text cannot be read, is too short to learn from, or training diverges.
pub fn run(
    corpus: PathBuf,
    held_out: Option<PathBuf>,
    softmax: &Softmax,
    pool: &rayon::ThreadPool,
    seconds: f64,
    tell: &(dyn Fn(String) + Sync),
) -> Result<Outcome> {
    let all = Instant::now();
    let beginning =
        |path: PathBuf, fraction: f64| Ok(Beginning::new(Files::new(vec![path])?, fraction * seconds));
    let file = beginning(corpus.clone(), READING)?;
    let lexicon = Lexicon::count(&file, Tokens::Whitespace, MIN_COUNT, WORDS, &mut || Ok(()))?;
    let numbers = |file: &Beginning| lexicon.numbers(file, &mut || Ok(()));
    let text = numbers(&file)?;
    // Evaluating words takes much longer than reading them, so less of the held-out text is read.
    let held_out = held_out.map(|path| numbers(&beginning(path, HELD_OUT * READING)?));
    let held_out = held_out.transpose()?.unwrap_or_default();
    let mut streams = Streams::new(&text, STREAMS, STEPS);
    if lexicon.words().len() <= MARKS || streams.batches() == 0 {
        let problem = format!("{} tokens are not enough to learn from", text.len());
        return Err(Error::input(&corpus, Place::Whole, problem, "give a longer text"));
    }
    let words = lexicon.words().len();
    let cuts = lexicon.cuts(softmax);
    let shape = Shape { words, dim: DIM, hidden: HIDDEN, layers: 1, cell: Cell::Lstm, tied: false, cuts };
    let dropout = Dropouts { input: DROPOUT, output: DROPOUT, ..Dropouts::default() };
    pool.install(|| {
        let mut model = LanguageModel::<f32>::new(shape, 1);
        let mut optimizer = model.optimizer(Algorithm::Adam { decay: 0.0 });
        let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
        let (mut rates, mut perplexities, mut step) = (Vec::new(), Vec::new(), 0);
        let left = || seconds - all.elapsed().as_secs_f64();
        let part = left().max(0.0) / PARTS;
        for epoch in 1..=EPOCHS {
            let (mut begun, mut guesses, mut trained) = (Instant::now(), 0, (0, 0.0));
            let mut states = model.states(STREAMS);
            let mut over = false;
            for number in 0..streams.batches() {
                let Some(batch) = streams.batch(number) else { break };
                let chance = Some(&Chance { dropout, moment: Moment { seed: 1, step, part: 0 } });
                guesses += batch.words.len();
                model.prepare(&mut optimizer, batch.words);
                model.loss_and_gradient(batch, chance, &mut states, &mut gradient, &mut workspace);
                if !gradient.clip(CLIP).is_finite() {
                    gradient.check_finite()?;
                }
                model.step(&mut optimizer, &gradient, RATE);
                step += 1;
                over = left() <= 0.0;
                let time = begun.elapsed().as_secs_f64();
                if over || time >= part || number + 1 == streams.batches() {
                    rates.push(guesses as f64 / time);
                    trained = (trained.0 + guesses, trained.1 + time);
                    (begun, guesses) = (Instant::now(), 0);
                }
                if over {
                    break;
                }
            }
            let speed = trained.0 as f64 / trained.1;
            let cut = if over { "the time was up in epoch" } else { "epoch" };
            let mut line = format!("{cut} {epoch} of {EPOCHS}: {speed:.0} tokens a second");
            if !held_out.is_empty() {
                model.settle(&mut optimizer);
                perplexities.push(perplexity(&model, &held_out, &mut workspace, HELD_OUT * seconds));
                line.push_str(&format!(", perplexity {:.1}", perplexities[perplexities.len() - 1]));
            }
            tell(line);
            if left() <= 0.0 {
                break;
            }
        }
        let operations =
            streams.batch(0).map(|batch| model.training_flops(batch) as f64 / batch.words.len() as f64);
        Ok(Outcome { speed: Speed::new("tokens", rates).counted(operations), words, perplexities })
    })
}

/// The perplexity of a text: the exponential of the mean loss. Stops after `seconds` seconds.
fn perplexity(model: &LanguageModel, text: &[u32], workspace: &mut Workspace, seconds: f64) -> f64 {
    let mut streams = Streams::new(text, HELD_OUT_STREAMS, STEPS);
    let mut states = model.states(HELD_OUT_STREAMS);
    let (begun, mut guesses, mut sum) = (Instant::now(), 0, 0.0);
    for number in 0..streams.batches() {
        let Some(batch) = streams.batch(number) else { break };
        guesses += batch.words.len();
        sum += model.loss(batch, &mut states, workspace);
        if begun.elapsed().as_secs_f64() >= seconds {
            break;
        }
    }
    (sum / guesses as f64).exp()
}
