//! Features that never change, under logistic regression, solved to the end.
//!
//! Whatever the features are made of (the vectors of a document's words, what the fixed layers of a network give of a
//! picture, its pixels), they are computed once, and the regularisation is chosen by cross-validation. All labels of the
//! budget are learned from.

use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::data::examples::{ExampleId, Examples};
use crate::error::{Error, Result};
use crate::models::image_network::ImageNetwork;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome};
use crate::train::event::Guess;
use crate::train::run::{Advice, Learned, LearnedVectors, Learner};
use crate::train::task::{Kind, Task, Workspace};
use crate::transfer::probe::validated::grid;
use crate::transfer::probe::{Features, Linear, Problem, Validated};

use super::solved::{FOLDS, round};

/// Tasks of a round that make features.
const CHUNKS_A_ROUND: usize = 16;

/// What a probe stands on.
pub trait Featured: Send + Sync {
    /// The examples.
    fn examples(&self) -> &dyn Examples;
    /// Features of an example.
    fn width(&self) -> usize;
    /// Examples of a task that makes features.
    fn chunk(&self) -> usize;
    /// The features of examples, row by row.
    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>);
    /// Steps that an example's features take, one after another; 0 where there are none.
    fn steps(&self) -> usize {
        0
    }
    /// All rows that are learned from are there, in order: what they have in common may be taken out, of these and of all
    /// that come later.
    fn gathered(&mut self, rows: Array2<f32>) -> Array2<f32> {
        rows
    }
    /// Whether [`gathered`](Featured::gathered) takes something out.
    fn has_common(&self) -> bool {
        false
    }
    /// Parameters beside those of the regression.
    fn parameters(&self) -> u64;
    /// Probabilities and word contributions of a text, if texts are what is read; `answer` gives the probabilities of
    /// features.
    fn explain(&self, _words: &[String], _answer: &dyn Fn(&[f32], &mut Vec<f32>)) -> Option<Guess> {
        None
    }
    /// The features of a picture as a network sees it, if pictures are what is read.
    fn of_prepared(&self, _prepared: &[f32], _workspace: &mut Workspace) -> Option<Vec<f32>> {
        None
    }
    /// The image network that gives the features, if one does.
    fn network(&self) -> Option<&ImageNetwork<f32>> {
        None
    }
    /// What became of the transferred parameters.
    fn audit(&self) -> Audit;
}

/// A linear classifier of features, on its way to the minimum.
pub struct Probed {
    source: Box<dyn Featured>,
    train: Vec<ExampleId>,
    seed: u64,
    /// Features so far, row by row.
    rows: Vec<f32>,
    stage: Stage,
    iterations: u64,
}

enum Stage {
    Features,
    Solving(Box<Validated>),
    Over(Option<Linear>),
}

/// What is kept of one that is solved: the rest is made again from the examples.
#[derive(Serialize, Deserialize)]
struct State {
    iterations: u64,
    weights: Vec<f64>,
    bias: Vec<f64>,
}

impl Probed {
    /// A classifier that will learn from `train`.
    pub fn new(source: Box<dyn Featured>, train: Vec<ExampleId>, seed: u64) -> Probed {
        Probed { source, train, seed, rows: Vec::new(), stage: Stage::Features, iterations: 0 }
    }

    /// Iterations there will be, about: for the progress bar.
    pub fn planned_steps(&self) -> u64 {
        2_000
    }

    /// Parameters that are learned, and all of them.
    pub fn parameters(&self) -> (u64, u64) {
        let learned = (self.outputs() * (self.source.width() + 1)) as u64;
        (learned, learned + self.source.parameters())
    }

    fn classes(&self) -> usize {
        self.source.examples().classes().len()
    }

    fn outputs(&self) -> usize {
        if self.classes() == 2 { 1 } else { self.classes() }
    }

    /// All features are there: the problem begins.
    fn begin_solving(&mut self) {
        let width = self.source.width();
        let values = std::mem::take(&mut self.rows);
        // Every task gave its rows whole, so the shape fits.
        let rows = Array2::from_shape_vec((values.len() / width.max(1), width), values).unwrap_or_default();
        let rows = self.source.gathered(rows);
        let all = self.source.examples().labels();
        let labels: Vec<u32> = self.train.iter().map(|&example| all[example as usize]).collect();
        let problem = Problem::new(Arc::new(Features::dense(rows)), labels.into(), self.classes());
        self.stage = Stage::Solving(Box::new(Validated::new(problem, grid(), FOLDS, true, self.seed)));
    }

    fn iterate(&mut self) -> Learned {
        let classes = self.classes();
        let Stage::Solving(solver) = &mut self.stage else { return Learned::Ended(None, Outcome::Completed) };
        let round = round(solver, self.train.len(), classes);
        self.iterations = round.point.as_ref().map_or(self.iterations, |point| point.step);
        if solver.finished() {
            self.stage = Stage::Over(Some(solver.linear()));
            return Learned::Ended(round.point, Outcome::Completed);
        }
        round.learned()
    }

    /// Probabilities of features, pushed to `out`; all alike before it is solved.
    fn answer(&self, features: &[f32], out: &mut Vec<f32>) {
        let classes = self.classes();
        match &self.stage {
            Stage::Over(Some(linear)) => {
                let features = features.iter().map(|&x| f64::from(x)).enumerate();
                out.extend(linear.probabilities(features).into_iter().map(|p| p as f32));
            }
            _ => out.extend(std::iter::repeat_n(1.0 / classes as f32, classes)),
        }
    }
}

impl Learner for Probed {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if let Stage::Features = self.stage {
            let done = self.rows.len() / self.source.width().max(1);
            for examples in self.train[done..].chunks(self.source.chunk()).take(CHUNKS_A_ROUND) {
                tasks.push(Task::new(Kind::Learn, examples.to_vec()));
            }
        }
    }

    fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        self.source.features(&task.documents, workspace, &mut task.values);
    }

    fn absorb(&mut self, tasks: &mut [Task], _rate_factor: f32) -> Learned {
        if !tasks.is_empty() {
            tasks.iter().for_each(|task| self.rows.extend_from_slice(&task.values));
            if self.rows.len() >= self.train.len() * self.source.width() {
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
        match &mut self.stage {
            Stage::Over(_) => {}
            // Stopped on the way: what was reached answers.
            Stage::Solving(solver) => self.stage = Stage::Over(Some(solver.linear())),
            Stage::Features => self.stage = Stage::Over(None),
        }
        self.iterations
    }

    fn refresh(&mut self) {}

    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        probabilities.clear();
        let mut rows = Vec::new();
        for examples in examples.chunks(self.source.chunk()) {
            self.source.features(examples, workspace, &mut rows);
            for features in rows.chunks_exact(self.source.width().max(1)) {
                self.answer(features, probabilities);
            }
        }
    }

    fn steps_through(&self, _example: ExampleId) -> usize {
        self.source.steps()
    }

    fn explain(&self, words: &[String], _workspace: &mut Workspace) -> Option<Guess> {
        self.source.explain(words, &|features, out| self.answer(features, out))
    }

    fn classify_prepared(&self, prepared: &[f32], workspace: &mut Workspace) -> Option<Vec<f32>> {
        let features = self.source.of_prepared(prepared, workspace)?;
        let mut out = Vec::new();
        self.answer(&features, &mut out);
        Some(out)
    }

    fn network(&self) -> Option<&ImageNetwork<f32>> {
        self.source.network()
    }

    fn audit(&self) -> Audit {
        self.source.audit()
    }

    fn steps(&self) -> u64 {
        self.iterations
    }

    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // On the way there, beginning again is as good: it comes to the same minimum, bit by bit.
        let Stage::Over(Some(linear)) = &self.stage else { return None };
        let state =
            State { iterations: self.iterations, weights: linear.weights.clone(), bias: linear.bias.clone() };
        Some((ron::to_string(&state).ok()?, Vec::new()))
    }

    fn restore(&mut self, state: &str, _tensors: Tensors) -> Result<()> {
        let (classes, outputs, width) = (self.classes(), self.outputs(), self.source.width());
        let fits = |state: &State| state.bias.len() == outputs && state.weights.len() == outputs * width;
        let state: State = ron::from_str(state).ok().filter(fits).ok_or_else(|| {
            Error::request(
                "a checkpoint of solved features does not fit its run",
                "remove the checkpoints folder",
            )
        })?;
        if self.source.has_common() {
            let mut rows = Vec::new();
            self.source.features(&self.train, &mut Workspace::default(), &mut rows);
            self.source.gathered(Array2::from_shape_vec((self.train.len(), width), rows).unwrap_or_default());
        }
        self.iterations = state.iterations;
        let (weights, bias) = (state.weights, state.bias);
        self.stage = Stage::Over(Some(Linear { classes, weights, bias }));
        Ok(())
    }

    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        None
    }
}
