//! Frozen features under a linear head, solved to the end: averages, or what frozen layers make of a text.
//!
//! With fixed vectors and no layer in between that learns, the features of a document never change and the loss is
//! convex in the head. So the features are computed once, and L-BFGS goes to the minimum, with a
//! regularisation chosen by cross-validation. All labels of the budget are learned from: nothing has
//! to be kept back to stop by.

use std::sync::Arc;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::models::text_classifier::TextClassifier;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::recipe::Regime;
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::text::documents::{DocId, Documents};
use crate::train::event::Guess;
use crate::train::run::{Advice, Learned, LearnedVectors, Learner};
use crate::train::task::{Kind, Task, Workspace};
use crate::transfer::audit;
use crate::transfer::probe::validated::grid;
use crate::transfer::probe::{Features, Problem, Validated};
use crate::transfer::regime::Table;

use super::descent::{find, kept};
use super::texts::{Reader, explain_model, slices, transferred};

/// Documents of a task that computes features.
const CHUNK: usize = 128;
/// The same where documents are read word after word.
const FEW: usize = 8;
/// Tasks of a round.
const CHUNKS_A_ROUND: usize = 16;
/// Folds of the cross-validation.
pub const FOLDS: u32 = 5;
/// Multiplications of a round, about: the number of iterations follows from the size of the problem
/// and not from the clock, so that the records are the same on every machine.
const WORK: usize = 6_000_000;

/// A head on its way to the minimum.
pub struct Solved {
    documents: Arc<Documents>,
    model: TextClassifier<f32>,
    reader: Reader,
    table: Arc<Table>,
    train: Vec<DocId>,
    seed: u64,
    /// Features so far, row by row.
    features: Vec<f32>,
    stage: Stage,
    iterations: u64,
    fixed: (usize, u64),
}

enum Stage {
    Features,
    Solving(Box<Validated>),
    Over,
}

impl Solved {
    /// A head that has learned nothing yet, on a model without trainable vectors.
    pub fn new(
        documents: Arc<Documents>,
        model: TextClassifier<f32>,
        reader: Reader,
        table: Arc<Table>,
        train: Vec<DocId>,
        seed: u64,
    ) -> Solved {
        let fixed = audit::hash(&reader.lookup, transferred(&model, model.layers()));
        Solved {
            documents,
            model,
            reader,
            table,
            train,
            seed,
            features: Vec::new(),
            stage: Stage::Features,
            iterations: 0,
            fixed,
        }
    }

    /// Iterations there will be, about: for the progress bar.
    pub fn planned_steps(&self) -> u64 {
        2_000
    }

    fn begin_solving(&mut self) {
        let width = self.model.feature_count();
        let values = std::mem::take(&mut self.features);
        let rows = values.len() / width.max(1);
        // Every task gave its rows whole, so the shape fits.
        let matrix = Array2::from_shape_vec((rows, width), values).unwrap_or_default();
        let labels: Vec<u32> = self.train.iter().map(|&d| self.documents.labels[d as usize]).collect();
        let problem =
            Problem::new(Arc::new(Features::dense(matrix)), labels.into(), self.documents.classes.len());
        self.stage = Stage::Solving(Box::new(Validated::new(problem, grid(), FOLDS, true, self.seed)));
    }

    fn iterate(&mut self) -> Learned {
        let Stage::Solving(solver) = &mut self.stage else { return Learned::Ended(None, Outcome::Completed) };
        let round = round(solver, self.train.len(), self.model.classes());
        self.iterations = round.point.as_ref().map_or(self.iterations, |point| point.step);
        if solver.finished() {
            let (weights, bias) = solver.linear().as_layer();
            let (classes, width) = (self.model.classes(), self.model.feature_count());
            let layer = self.model.linear_mut();
            for class in 0..classes {
                for feature in 0..width {
                    layer[class * width + feature] = weights[(feature, class)];
                }
                layer[classes * width + class] = bias[class];
            }
            self.stage = Stage::Over;
            return Learned::Ended(round.point, Outcome::Completed);
        }
        round.learned()
    }
}

/// What a round of iterations came to.
pub struct Round {
    /// The last iteration.
    pub point: Option<StepPoint>,
    /// Regularisations are still being tried.
    choosing: bool,
}

impl Round {
    /// What it means while the problem is not solved.
    pub fn learned(self) -> Learned {
        match self.point {
            Some(point) if !self.choosing && point.loss.is_finite() => Learned::Going(point),
            _ => Learned::Preparing,
        }
    }
}

/// Makes a round of iterations on a problem of `documents` documents.
pub fn round(solver: &mut Validated, documents: usize, classes: usize) -> Round {
    let size = solver.features().len() * solver.features().width() * classes * 4;
    let mut last = None;
    for _ in 0..(WORK / size.max(1)).clamp(1, 1_000) {
        match solver.step() {
            Some(progress) => last = Some(progress),
            None => break,
        }
    }
    let point = last.map(|last| StepPoint {
        run: 0,
        step: last.iteration,
        epoch: last.iteration as f64,
        samples: last.iteration * documents as u64,
        loss: last.loss,
        gradient: last.gradient,
        rate: 0.0,
        seconds: 0.0,
    });
    Round { point, choosing: solver.choosing() }
}

impl Learner for Solved {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if let Stage::Features = self.stage {
            let done = self.features.len() / self.model.feature_count().max(1);
            let chunk = if self.model.is_recurrent() { FEW } else { CHUNK };
            for documents in self.train[done..].chunks(chunk).take(CHUNKS_A_ROUND) {
                tasks.push(Task::new(Kind::Learn, documents.to_vec()));
            }
        }
    }

    fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        let documents = task.documents.iter().map(|&d| &self.documents.tokens[d as usize][..]);
        let (rows, starts) = self.reader.read(documents);
        task.values.resize(task.documents.len() * self.model.feature_count(), 0.0);
        self.model.features(&slices(&rows, &starts), &mut workspace.text, &mut task.values);
    }

    fn absorb(&mut self, tasks: &mut [Task], _rate_factor: f32) -> Learned {
        if !tasks.is_empty() {
            tasks.iter().for_each(|task| self.features.extend_from_slice(&task.values));
            if self.features.len() >= self.train.len() * self.model.feature_count() {
                self.begin_solving();
            }
            return Learned::Preparing;
        }
        self.iterate()
    }

    fn validated(&mut self, _loss: f64) -> Advice {
        Advice::GoOn
    }

    fn settle(&mut self) -> u64 {
        self.stage = Stage::Over;
        self.iterations
    }

    fn refresh(&mut self) {}

    fn classify(&self, documents: &[DocId], workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        let (rows, starts) =
            self.reader.read(documents.iter().map(|&d| &self.documents.tokens[d as usize][..]));
        probabilities.clear();
        probabilities.resize(documents.len() * self.documents.classes.len(), 0.0);
        self.model.predict(&slices(&rows, &starts), None, &mut workspace.text, probabilities);
    }

    fn explain(&self, words: &[String], workspace: &mut Workspace) -> Option<Guess> {
        let (table, workspace) = (Some(&*self.table), &mut workspace.text);
        Some(explain_model(&self.model, &self.reader, table, &self.documents, words, workspace))
    }

    fn audit(&self) -> Audit {
        let (lookup, layers) = (&self.reader.lookup, transferred(&self.model, self.model.layers()));
        audit::audit_all(Regime::Frozen, Some(self.fixed), lookup, layers, self.model.trainable())
    }

    fn steps(&self) -> u64 {
        self.iterations
    }

    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // On the way there, beginning again is as good: it comes to the same minimum, bit by bit.
        matches!(self.stage, Stage::Over).then(|| (self.iterations.to_string(), kept(self.model.tensors())))
    }

    fn restore(&mut self, state: &str, tensors: Tensors) -> Result<()> {
        self.iterations = state.parse().map_err(|_| {
            Error::request(
                "a checkpoint of a solved head does not fit its run",
                "remove the checkpoints folder",
            )
        })?;
        self.model.load(|name| find(&tensors, name))?;
        self.stage = Stage::Over;
        Ok(())
    }

    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        None
    }
}
