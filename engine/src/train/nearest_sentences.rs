//! The training texts nearest to a typed one, by their vectors from a sentence encoder: the published one, or that of a run
//! as it is trained now.
//!
//! The vectors of a run change with every step. They are computed again and again for a sample of texts, one piece after
//! another between two training steps, and never for more than [`FRACTION`] of the time. An answer is made of the vectors
//! that are there, and says of which steps they are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::data::examples::{ExampleId, Examples, TRAIN_SET};
use crate::models::sentence_encoder::SentenceEncoder;
use crate::rng;
use crate::text::documents::Documents;
use crate::train::protocol::event::{Answer, NearSentence, NearSentences};
use crate::transfer::grouping::beginning;

use super::encoder_answers::with_encoder;
use super::job::Job;
use super::read_encoder::ReadEncoder;

/// A sample has this many texts, or so many tokens and the least number of texts.
const TEXTS: usize = 500;
const TOKENS: usize = 8_192;
const LEAST: usize = 64;
/// The most texts whose vectors were computed for the runs, and so are known without more work.
const KNOWN: usize = 20_000;
/// The number of tokens of a piece, if its first text is not longer.
const PIECE: usize = 512;
/// The largest fraction of the time that vectors are computed while runs are trained, and the seconds that may be spent
/// before it counts.
const FRACTION: f64 = 0.02;
const FIRST: f64 = 0.2;
/// Seconds after the last question until nothing is computed any more.
const INTEREST: f64 = 10.0;
/// The step of the parameters that are kept.
const KEPT: u64 = u64::MAX;
/// The number of characters of a text that are shown.
const SHOWN: usize = 400;

/// What is known of the vectors of training texts.
#[derive(Default)]
pub struct NearestSentences {
    /// Those of the published encoder of a source, and those of a run.
    spaces: Vec<Space>,
    /// When work began after a time without questions, and the seconds that were spent since then.
    begun: Option<(Instant, f64)>,
    asked: Option<Instant>,
}

/// The vectors of a sample of texts from one encoder.
struct Space {
    run: Option<usize>,
    /// The published encoder, by which the source is known again.
    published: Arc<SentenceEncoder<f32>>,
    read: ReadEncoder,
    documents: Arc<Documents>,
    sample: Vec<ExampleId>,
    /// The vectors `(done, F)` of the first texts of the sample, and the step of each.
    vectors: Vec<f32>,
    steps: Vec<u64>,
    /// The place of the text whose vector is computed next.
    next: usize,
}

impl NearestSentences {
    /// The nearest texts to `text`, as far as their vectors are known.
    pub fn ask(&mut self, job: &mut Job, text: &str, run: Option<usize>, count: usize) -> Answer {
        let begun = Instant::now();
        let answer = self.answer(job, text, run, count);
        self.asked = Some(Instant::now());
        if self.begun.is_none() {
            self.begun = Some((begun, 0.0));
        }
        self.spend(begun);
        answer.unwrap_or_else(Answer::Unknown)
    }

    fn spend(&mut self, since: Instant) {
        if let Some((_, spent)) = &mut self.begun {
            *spent += since.elapsed().as_secs_f64();
        }
    }

    fn answer(
        &mut self,
        job: &mut Job,
        text: &str,
        run: Option<usize>,
        count: usize,
    ) -> Result<Answer, String> {
        let Some(source) = job.encoder(run) else {
            return Err(match job.text() {
                None => "the encoder is still being read".into(),
                Some(_) => "this source is no sentence encoder: sentences have no vectors of it".into(),
            });
        };
        let read = source.read.clone();
        if !self.spaces.iter().any(|space| space.run == run && Arc::ptr_eq(&space.published, &read.model)) {
            let space = Space::new(job, run).ok_or("the texts are still being read")?;
            // One space of each kind is kept.
            self.spaces.retain(|known| known.run.is_some() != run.is_some());
            self.spaces.push(space);
        }
        let Some(space) = self.spaces.iter().find(|space| space.run == run) else {
            return Err("there are no vectors yet".into());
        };
        let ids = read.reader.ids(text).map_err(|error| error.to_string())?;
        let vector = of_run(job, run, &read, |model| model.vectors(&[&ids]))?;
        let (done, features) = (space.steps.len(), vector.len().max(1));
        let mut near: Vec<(usize, f32)> = space
            .vectors
            .chunks_exact(features)
            .map(|row| cosine(&vector, row))
            .enumerate()
            .filter(|(_, cosine)| cosine.is_finite())
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let documents = &space.documents;
        let found = |(place, similarity): (usize, f32)| {
            let example = space.sample[place] as usize;
            NearSentence {
                text: beginning(&documents.texts[example], SHOWN),
                class: documents.classes[documents.labels[example] as usize].clone(),
                similarity,
            }
        };
        let steps = space.steps.iter().min().zip(space.steps.iter().max());
        Ok(Answer::Sentences(Box::new(NearSentences {
            run,
            text: text.to_string(),
            list: near.into_iter().take(count).map(found).collect(),
            done,
            sample: space.sample.len(),
            of: documents.set(TRAIN_SET).len(),
            steps: steps
                .filter(|_| run.is_some())
                .map(|(&first, &last)| [first, last].map(|step| Some(step).filter(|&step| step != KEPT))),
        })))
    }

    /// Whether vectors are to be computed although nothing is trained.
    pub fn waits(&self, job: Option<&Job>) -> bool {
        self.is_asked() && job.is_some_and(|job| self.spaces.iter().any(|space| space.is_due(job)))
    }

    fn is_asked(&self) -> bool {
        self.asked.is_some_and(|at| at.elapsed() < Duration::from_secs_f64(INTEREST))
    }

    /// Computes a piece of the vectors, if somebody asked lately and, while runs are trained (`trains`), if there is time
    /// for it.
    pub fn step(&mut self, job: &mut Job, trains: bool) {
        if !self.is_asked() {
            self.begun = None;
            return;
        }
        let Some((begun, spent)) = self.begun else { return };
        let Some(place) = self.spaces.iter().position(|space| space.is_due(job)) else { return };
        if trains && spent > FIRST + FRACTION * begun.elapsed().as_secs_f64() {
            return;
        }
        let since = Instant::now();
        self.spaces[place].step(job);
        if trains {
            self.spend(since);
        }
        // The spaces take turns.
        self.spaces.rotate_left(1);
    }
}

/// Calls `ask` with the encoder of a run as it is now, or with the published one.
fn of_run<T>(
    job: &mut Job,
    run: Option<usize>,
    read: &ReadEncoder,
    ask: impl FnOnce(&SentenceEncoder<f32>) -> T,
) -> Result<T, String> {
    let Some(number) = run else { return Ok(ask(&read.model)) };
    let run = job.training.run_mut(number).ok_or("this run has not begun yet")?;
    with_encoder(run, |model| ask(model.encoder()))
}

/// The step of a run; [`KEPT`] after training, when the best parameters are restored; 0 for the published encoder.
fn step_of(job: &Job, run: Option<usize>) -> u64 {
    let run = run.and_then(|run| job.training.run(run));
    run.map_or(0, |run| if run.learning() { run.learner.steps() } else { KEPT })
}

impl Space {
    fn new(job: &Job, run: Option<usize>) -> Option<Space> {
        let (source, documents) = (job.encoder(run)?, job.documents()?);
        let train = documents.set(TRAIN_SET);
        let mut order: Vec<ExampleId> = train.map(|example| example as ExampleId).collect();
        rng::shuffle(&mut rng::stream(job.recipe.seed, "nearest sentences", 0), &mut order);
        // Texts whose vectors were computed for the runs come first, in both kinds of spaces.
        order.sort_by_key(|&example| source.vectors().find(example).is_none());
        let (mut sample, mut tokens) = (Vec::new(), 0);
        for example in order {
            let known = run.is_none() && sample.len() < KNOWN && source.vectors().find(example).is_some();
            let full = sample.len() >= TEXTS || tokens >= TOKENS && sample.len() >= LEAST;
            if full && !known {
                break;
            }
            tokens += source.read.ids[example as usize].len();
            sample.push(example);
        }
        let read = source.read.clone();
        let mut space = Space {
            run,
            published: read.model.clone(),
            documents: documents.clone(),
            sample,
            vectors: Vec::new(),
            steps: Vec::new(),
            next: 0,
            read,
        };
        if run.is_none() {
            let known = space.sample.iter().map_while(|&example| source.vectors().find(example));
            known.for_each(|vector| space.vectors.extend_from_slice(vector));
            space.next = space.vectors.len() / space.read.model.features().max(1);
            space.steps = vec![0; space.next];
        }
        Some(space)
    }

    /// Whether a vector is missing, or is not of the run's step.
    fn is_due(&self, job: &Job) -> bool {
        if self.sample.is_empty() || self.run.is_some_and(|run| job.training.run(run).is_none()) {
            return false;
        }
        let step = step_of(job, self.run);
        self.steps.len() < self.sample.len() || self.steps.iter().any(|&of| of != step)
    }

    /// Computes the vectors of a piece.
    fn step(&mut self, job: &mut Job) {
        let at = self.next % self.sample.len();
        let (mut texts, mut tokens): (Vec<&[u32]>, _) = (Vec::new(), 0);
        for &example in &self.sample[at..] {
            let text = &self.read.ids[example as usize][..];
            if !texts.is_empty() && tokens + text.len() > PIECE {
                break;
            }
            tokens += text.len();
            texts.push(text);
        }
        let (count, step) = (texts.len(), step_of(job, self.run));
        let Ok(vectors) = of_run(job, self.run, &self.read, |model| model.vectors(&texts)) else { return };
        let features = vectors.len() / count.max(1);
        let room = (at + count) * features;
        self.vectors.resize(self.vectors.len().max(room), 0.0);
        self.vectors[at * features..room].copy_from_slice(&vectors);
        self.steps.resize(self.steps.len().max(at + count), step);
        self.steps[at..at + count].fill(step);
        self.next = at + count;
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let (mut dot, mut aa, mut bb) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a), f64::from(b));
        dot += a * b;
        aa += a * a;
        bb += b * b;
    }
    (dot / (aa * bb).sqrt()) as f32
}
