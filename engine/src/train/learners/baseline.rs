//! A count-based baseline as a run of the experiment.

use std::borrow::Cow;
use std::sync::Arc;

use crate::data::examples::ExampleId;
use crate::error::Result;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::method::Baseline;
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::text::documents::Documents;
use crate::train::learner::{Evaluate, Inside, Inspect, Learned, Learner, OutOfFold, Resume};
use crate::train::task::{Task, Workspace};
use crate::transfer::baselines::{self, Advance};
use crate::transfer::calibration::Temperature;
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};
use crate::transfer::solving::Solving;

use super::constant;

/// Iterations of the solver in each round.
const ITERATIONS: usize = 4;

/// A count-based baseline and its documents.
pub struct BaselineLearner {
    documents: Arc<Documents>,
    train: Vec<ExampleId>,
    baseline: Box<dyn baselines::BaselineClassifier>,
    /// The floating-point operations before the last call of `absorb`.
    before: u64,
    /// The held-out probabilities of the training documents, once they are known.
    out_of_fold: Option<OutOfFold>,
}

impl BaselineLearner {
    /// A baseline that will be trained on `train`; `None` if `which` does not count words. `seed` is for its random
    /// numbers. Without a C, it has its usual one. The words are counted immediately, because the number of parameters depends on them.
    pub fn new(
        documents: Arc<Documents>,
        train: Vec<ExampleId>,
        which: Baseline,
        solving: Solving,
        seed: u64,
    ) -> Option<BaselineLearner> {
        let labels = train.iter().map(|&d| documents.labels[d as usize]).collect();
        let (classes, words) = (documents.classes.len(), documents.words.len());
        let baseline = baselines::make(which, labels, classes, words, solving, seed)?;
        let mut learner = BaselineLearner { documents, train, baseline, before: 0, out_of_fold: None };
        while learner.baseline.parameters() == 0 && learner.baseline.model().is_none() {
            learner.advance();
        }
        Some(learner)
    }

    /// An estimate of the number of iterations.
    pub fn planned_steps(&self) -> u64 {
        60
    }

    /// The number of weights and intercepts. All are trainable, so both numbers are equal.
    pub fn parameters(&self) -> (u64, u64) {
        (self.baseline.parameters(), self.baseline.parameters())
    }

    /// The name of its solver.
    pub fn optimizer(&self) -> String {
        self.baseline.optimizer()
    }

    fn advance(&mut self) -> Advance {
        let BaselineLearner { documents, train, baseline, .. } = self;
        baseline.step(&|i| &documents.tokens[train[i] as usize][..])
    }
}

impl Learner for BaselineLearner {
    fn plan(&mut self, _tasks: &mut Vec<Task>) {}

    fn compute(&self, _task: &mut Task, _workspace: &mut Workspace) {}

    fn absorb(&mut self, _tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        self.before = self.baseline.flops();
        let mut last = None;
        for _ in 0..ITERATIONS {
            match self.advance() {
                Advance::Preparing => break,
                Advance::Solving(progress) => {
                    last = Some(StepPoint {
                        run: 0,
                        step: progress.iteration,
                        epoch: progress.iteration as f64,
                        samples: progress.iteration * self.train.len() as u64,
                        loss: progress.loss,
                        gradient: progress.gradient,
                        learning_rate: 0.0,
                        seconds: 0.0,
                        layers: Box::default(),
                    });
                }
                Advance::Done => return Learned::Ended(last, Outcome::Completed),
            }
        }
        last.map_or(Learned::Preparing, Learned::Going)
    }

    fn settle(&mut self) -> u64 {
        let probabilities = self.baseline.out_of_fold().map(<[f32]>::to_vec);
        self.out_of_fold =
            probabilities.map(|probabilities| OutOfFold { examples: self.train.clone(), probabilities });
        self.baseline.steps()
    }

    fn steps(&self) -> u64 {
        self.baseline.steps()
    }

    fn flops(&self) -> u64 {
        self.baseline.flops() - self.before
    }

    fn out_of_fold(&self) -> Option<&OutOfFold> {
        self.out_of_fold.as_ref()
    }
}

impl Evaluate for BaselineLearner {
    fn classify(&self, documents: &[ExampleId], _workspace: &mut Workspace, out: &mut [f32]) {
        let classes = self.documents.classes.len();
        let Some(model) = self.baseline.model() else { return out.fill(1.0 / classes as f32) };
        for (&document, out) in documents.iter().zip(out.chunks_exact_mut(classes)) {
            let probabilities = model.probabilities(&self.documents.tokens[document as usize]);
            out.iter_mut().zip(probabilities).for_each(|(out, p)| *out = p as f32);
        }
    }

    fn steps_through(&self, _document: ExampleId) -> usize {
        0
    }
}

impl Inspect for BaselineLearner {
    fn predictor(&mut self) -> Predictor<'_> {
        let documents = &*self.documents;
        let even = constant::even(documents.classes.len());
        let model = self.baseline.model().map(|model| TextModel::Counts(Cow::Borrowed(model)));
        let model = model.unwrap_or(TextModel::Constant(even));
        Predictor::from(TextPredictor {
            classes: Cow::Borrowed(&documents.classes),
            tokens: documents.how.clone(),
            // Words are counted as they are written, without phrases.
            phrases: KnownPhrases::Nowhere,
            words: Cow::Borrowed(&documents.words),
            model,
            temperature: Temperature::default(),
        })
    }

    fn audit(&self) -> Audit {
        Audit::NothingTransferred
    }

    fn inside(&self) -> Inside<'_> {
        Inside::Nothing
    }
}

impl Resume for BaselineLearner {
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // Training takes less time than a checkpoint is worth, and gives the same bits, so it is repeated.
        self.baseline.model().map(|_| (String::new(), Vec::new()))
    }

    fn restore(&mut self, _state: &str, _tensors: Tensors) -> Result<()> {
        while self.baseline.model().is_none() {
            self.advance();
        }
        Ok(())
    }
}
