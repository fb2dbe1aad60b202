//! Document vectors under logistic regression, solved to the end.
//!
//! The vectors of the words are fixed and no sequence is looked at, so the features of a document never
//! change: they are computed once, and the regularisation is chosen by cross-validation. All labels of the
//! budget are learned from.

use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::recipe::{DocumentVector, Regime};
use crate::session::record::{Audit, Outcome};
use crate::text::documents::{DocId, Documents};
use crate::train::event::Guess;
use crate::train::run::{Advice, Learned, LearnedVectors, Learner};
use crate::train::task::{Kind, Task, Workspace};
use crate::transfer::audit;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::probe::validated::grid;
use crate::transfer::probe::{Features, Linear, Problem, Validated};
use crate::transfer::regime::{Lookup, Table};

use super::explain;
use super::solved::{FOLDS, round};

/// Documents of a task that makes vectors.
const CHUNK: usize = 128;
/// Tasks of a round.
const CHUNKS_A_ROUND: usize = 16;

/// A linear classifier of document vectors, on its way to the minimum.
pub struct Pooled {
    documents: Arc<Documents>,
    table: Arc<Table>,
    vectors: DocumentVectors,
    train: Vec<DocId>,
    seed: u64,
    /// Vectors so far, row by row.
    rows: Vec<f32>,
    stage: Stage,
    iterations: u64,
    fixed: (usize, u64),
}

enum Stage {
    Vectors,
    Solving(Box<Validated>),
    Over(Option<Linear>),
}

/// What is kept of one that is solved: the rest is made again from the documents.
#[derive(Serialize, Deserialize)]
struct State {
    iterations: u64,
    weights: Vec<f64>,
    bias: Vec<f64>,
}

impl Pooled {
    /// A classifier that will learn from `train`.
    pub fn new(
        kind: DocumentVector,
        documents: Arc<Documents>,
        table: Arc<Table>,
        train: Vec<DocId>,
        seed: u64,
    ) -> Pooled {
        let own = train.iter().map(|&d| &documents.tokens[d as usize][..]);
        let vectors = DocumentVectors::new(kind, table.dim(), documents.words.len(), own);
        Pooled {
            fixed: hash(&documents, &table),
            documents,
            table,
            vectors,
            train,
            seed,
            rows: Vec::new(),
            stage: Stage::Vectors,
            iterations: 0,
        }
    }

    /// Iterations there will be, about: for the progress bar.
    pub fn planned_steps(&self) -> u64 {
        2_000
    }

    /// Parameters that are learned, and all of them.
    pub fn parameters(&self) -> (u64, u64) {
        let classes = self.documents.classes.len();
        let outputs = if classes == 2 { 1 } else { classes };
        let learned = (outputs * (self.vectors.width() + 1)) as u64;
        (learned, learned + self.table.base.len() as u64)
    }

    /// All vectors are there: the problem begins.
    fn begin_solving(&mut self) {
        let width = self.vectors.width();
        let values = std::mem::take(&mut self.rows);
        // Every task gave its rows whole, so the shape fits.
        let rows = Array2::from_shape_vec((values.len() / width.max(1), width), values).unwrap_or_default();
        let rows = self.vectors.take_out(rows);
        let labels: Vec<u32> = self.train.iter().map(|&d| self.documents.labels[d as usize]).collect();
        let problem =
            Problem::new(Arc::new(Features::dense(rows)), labels.into(), self.documents.classes.len());
        self.stage = Stage::Solving(Box::new(Validated::new(problem, grid(), FOLDS, true, self.seed)));
    }

    fn iterate(&mut self) -> Learned {
        let Stage::Solving(solver) = &mut self.stage else { return Learned::Ended(None, Outcome::Completed) };
        let round = round(solver, self.train.len(), self.documents.classes.len());
        self.iterations = round.point.as_ref().map_or(self.iterations, |point| point.step);
        if solver.finished() {
            self.stage = Stage::Over(Some(solver.linear()));
            return Learned::Ended(round.point, Outcome::Completed);
        }
        round.learned()
    }

    /// Probabilities of a document vector, pushed to `out`; all alike before it is solved.
    fn answer(&self, vector: &[f32], out: &mut Vec<f32>) {
        let classes = self.documents.classes.len();
        match &self.stage {
            Stage::Over(Some(linear)) => {
                let features = vector.iter().map(|&x| f64::from(x)).enumerate();
                out.extend(linear.probabilities(features).into_iter().map(|p| p as f32));
            }
            _ => out.extend(std::iter::repeat_n(1.0 / classes as f32, classes)),
        }
    }
}

/// The hash of the vectors that the task's words read.
fn hash(documents: &Documents, table: &Table) -> (usize, u64) {
    audit::hash_rows(&lookup(documents, table))
}

fn lookup(documents: &Documents, table: &Table) -> Lookup {
    let mut nothing = crate::rng::stream(0, "nothing is drawn", 0);
    Lookup::new(Regime::Frozen, documents, &[], Some(table), table.dim(), 0, &mut nothing).0
}

impl Learner for Pooled {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if let Stage::Vectors = self.stage {
            let done = self.rows.len() / self.vectors.width().max(1);
            for documents in self.train[done..].chunks(CHUNK).take(CHUNKS_A_ROUND) {
                tasks.push(Task::new(Kind::Learn, documents.to_vec()));
            }
        }
    }

    fn compute(&self, task: &mut Task, _workspace: &mut Workspace) {
        let width = self.vectors.width();
        task.values.resize(task.documents.len() * width, 0.0);
        for (&document, row) in task.documents.iter().zip(task.values.chunks_exact_mut(width)) {
            self.vectors.of(&self.table, &self.documents.tokens[document as usize], row);
        }
    }

    fn absorb(&mut self, tasks: &mut [Task], _rate_factor: f32) -> Learned {
        if !tasks.is_empty() {
            tasks.iter().for_each(|task| self.rows.extend_from_slice(&task.values));
            if self.rows.len() >= self.train.len() * self.vectors.width() {
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
            Stage::Vectors => self.stage = Stage::Over(None),
        }
        self.iterations
    }

    fn refresh(&mut self) {}

    fn classify(&self, documents: &[DocId], _workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        probabilities.clear();
        let mut vector = vec![0.0; self.vectors.width()];
        for &document in documents {
            self.vectors.of(&self.table, &self.documents.tokens[document as usize], &mut vector);
            self.answer(&vector, probabilities);
        }
    }

    fn explain(&self, words: &[String], _workspace: &mut Workspace) -> Option<Guess> {
        // Words that the task never had may have a vector all the same.
        let unknown = self.table.unknown();
        let entry = |word: &String| {
            let number = self.documents.word(word);
            let row = match number {
                Some(number) => self.table.row[number as usize],
                None => self.table.vectors.index_of(word).map_or(unknown, |row| row as u32),
            };
            (row, self.vectors.weight(number))
        };
        let entries: Vec<(u32, f32)> = words.iter().map(entry).collect();
        let known: Vec<bool> = entries.iter().map(|&(row, _)| row != unknown).collect();
        let mut vector = vec![0.0; self.vectors.width()];
        let guess = explain::by_leaving_out(words, &known, self.documents.classes.len(), |texts| {
            let mut out = Vec::new();
            for text in texts {
                self.vectors.make(&self.table, text.iter().map(|&place| entries[place]), &mut vector);
                self.answer(&vector, &mut out);
            }
            out
        });
        Some(guess)
    }

    fn audit(&self) -> Audit {
        let lookup = lookup(&self.documents, &self.table);
        audit::audit(Regime::Frozen, Some(self.fixed), &lookup, &[])
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
        let classes = self.documents.classes.len();
        let fits = |state: &State| {
            let outputs = if classes == 2 { 1 } else { classes };
            state.bias.len() == outputs && state.weights.len() == outputs * self.vectors.width()
        };
        let state: State = ron::from_str(state).ok().filter(fits).ok_or_else(|| {
            Error::request(
                "a checkpoint of document vectors does not fit its run",
                "remove the checkpoints folder",
            )
        })?;
        if self.vectors.needs_common() {
            let width = self.vectors.width();
            let mut rows = Array2::zeros((self.train.len(), width));
            for (mut row, &document) in rows.rows_mut().into_iter().zip(&self.train) {
                if let Some(row) = row.as_slice_mut() {
                    self.vectors.of(&self.table, &self.documents.tokens[document as usize], row);
                }
            }
            self.vectors.take_out(rows);
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
