//! A labelling in progress: it chooses an example, takes the answer, trains the classifier again, and measures it.
//!
//! All random choices follow one order of the pool, drawn from the seed. The first labels, before there is a classifier
//! that could be asked, are random too. So with the same seed every strategy begins with the same labels, and a later
//! random choice is the next example of the order.
//!
//! The labels of the beginning of this order are a random sample of the pool, however the others were chosen. They are
//! what random choice alone would have given: see [`Learning::random_points`]. Without validation examples, accuracy is measured
//! on them, by classifiers that did not learn from them.

use std::collections::HashSet;
use std::sync::Arc;

use crate::rng;
use crate::session::query_strategy::QueryStrategy;
use crate::transfer::solving::Solving;

use super::choosing::{closeness, highest, uncertainty};
use super::groups::Groups;
use super::head::{Head, Trainer, predicted};
use super::task::{Labelled, Task};

/// The number of first labels that are random for strategies that ask the classifier: this many, or this many for each
/// class.
pub const FIRST: usize = 10;
const FIRST_OF_CLASS: usize = 2;

/// What is known of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is not in the pool.
    Outside,
    Open,
    /// It has a label: the index of the class.
    Labelled(u32),
    Skipped,
}

/// An example that is to be labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// The example.
    pub example: u32,
    /// What chose it: the strategy, or random choice.
    pub by: QueryStrategy,
}

/// A label that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The example and its class.
    pub label: Labelled,
    /// What chose it.
    pub by: QueryStrategy,
}

/// How the examples of a labelling are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The strategy.
    pub strategy: QueryStrategy,
    /// Every example with this number is chosen at random; 0 for none. The random ones measure, and show what random choice
    /// gives.
    pub random_every: usize,
    /// The seed of all random choices.
    pub seed: u64,
}

/// The accuracy with a number of labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The number of labels that the classifier learned from.
    pub labels: usize,
    /// The fraction of right answers.
    pub accuracy: f64,
}

/// A labelling in progress.
#[derive(Debug, Clone)]
pub struct Learning {
    task: Arc<Task>,
    choice: Choice,
    /// The pool in random order.
    order: Vec<u32>,
    states: Vec<State>,
    given: Vec<Given>,
    trainer: Trainer,
    head: Option<Head>,
    /// The probabilities `(N, C)` of the last classifier.
    predictions: Vec<f32>,
    groups: Option<Groups>,
    points: Vec<Point>,
    /// The classifier of random choice alone, and its accuracy.
    random: Trainer,
    random_points: Vec<Point>,
}

impl Learning {
    /// A labelling before its first label.
    pub fn new(task: Arc<Task>, choice: Choice, solving: Solving) -> Learning {
        let mut order = task.pool.clone();
        rng::shuffle(&mut rng::stream(choice.seed, "labelling order", 0), &mut order);
        let mut states = vec![State::Outside; task.len()];
        task.pool.iter().for_each(|&example| states[example as usize] = State::Open);
        let trainer = Trainer::new(solving, choice.seed);
        Learning {
            order,
            states,
            given: Vec::new(),
            random: trainer.clone(),
            trainer,
            head: None,
            predictions: Vec::new(),
            groups: None,
            points: Vec::new(),
            random_points: Vec::new(),
            task,
            choice,
        }
    }

    /// The examples of the labelling.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The labels that were given, in their order.
    pub fn given(&self) -> &[Given] {
        &self.given
    }

    /// The strategy.
    pub fn strategy(&self) -> QueryStrategy {
        self.choice.strategy
    }

    /// Chooses by another strategy from now on.
    pub fn set_strategy(&mut self, strategy: QueryStrategy) {
        self.choice.strategy = strategy;
    }

    /// The number of examples that may still be chosen.
    pub fn open(&self) -> usize {
        self.states.iter().filter(|&&of| of == State::Open).count()
    }

    /// The number of examples that were skipped.
    pub fn skipped(&self) -> usize {
        self.states.iter().filter(|&&of| of == State::Skipped).count()
    }

    /// Whether an example may still be chosen.
    pub fn is_open(&self, example: u32) -> bool {
        self.states.get(example as usize) == Some(&State::Open)
    }

    /// The example to label next; `None` if none is left.
    pub fn query(&mut self) -> Option<Query> {
        let is_random = match self.choice.random_every {
            0 => false,
            every => (self.given.len() + 1).is_multiple_of(every),
        };
        let chosen = match self.choice.strategy {
            _ if is_random => None,
            QueryStrategy::Random => None,
            QueryStrategy::Diversity => self.most_typical(),
            QueryStrategy::Uncertainty => self.highest(uncertainty),
            QueryStrategy::Margin => self.highest(closeness),
        };
        match chosen {
            Some(example) => Some(Query { example, by: self.choice.strategy }),
            None => {
                let first = self.order.iter().copied().find(|&example| self.is_open(example));
                first.map(|example| Query { example, by: QueryStrategy::Random })
            }
        }
    }

    /// The open example with the highest score of its predicted probabilities; `None` while the classifier knows too
    /// little.
    fn highest(&self, score: fn(&[f32]) -> f32) -> Option<u32> {
        let classes = self.task.classes;
        let first = FIRST.max(FIRST_OF_CLASS * classes).min(self.order.len());
        if self.head.is_none() || self.labels().len() < first {
            return None;
        }
        let open = self.order.iter().copied().filter(|&example| self.is_open(example));
        highest(open, |example| score(self.opinion(example).unwrap_or(&[])))
    }

    fn most_typical(&mut self) -> Option<u32> {
        let (task, order, seed) = (&self.task, &self.order, self.choice.seed);
        let groups = self.groups.get_or_insert_with(|| Groups::new(task, order, seed));
        let states = &self.states;
        let has_label = |example: u32| matches!(states[example as usize], State::Labelled(_));
        groups.choose(has_label, |example| states[example as usize] == State::Open)
    }

    /// The probabilities `(C)` that the last classifier gives an example; `None` before there is one.
    pub fn opinion(&self, example: u32) -> Option<&[f32]> {
        let classes = self.task.classes;
        self.predictions.get(example as usize * classes..(example as usize + 1) * classes)
    }

    /// Takes a label. False if the example is not open, or there is no such class. Call [`train`](Self::train) afterwards.
    pub fn give(&mut self, label: Labelled, by: QueryStrategy) -> bool {
        let fits = self.is_open(label.example) && (label.class as usize) < self.task.classes;
        if fits {
            self.states[label.example as usize] = State::Labelled(label.class);
            self.given.push(Given { label, by });
        }
        fits
    }

    /// Leaves an open example out. False if it is not open.
    pub fn skip(&mut self, example: u32) -> bool {
        let open = self.is_open(example);
        if open {
            self.states[example as usize] = State::Skipped;
        }
        open
    }

    /// Makes a skipped example open again.
    pub fn unskip(&mut self, example: u32) {
        if self.states.get(example as usize) == Some(&State::Skipped) {
            self.states[example as usize] = State::Open;
        }
    }

    /// Takes the last label back; `None` if there is none. Call [`train`](Self::train) afterwards.
    pub fn undo(&mut self) -> Option<Given> {
        let last = self.given.pop()?;
        self.states[last.label.example as usize] = State::Open;
        let labels = self.task.start.len() + self.given.len();
        self.points.retain(|point| point.labels <= labels);
        let random = self.random_labels().len();
        self.random_points.retain(|point| point.labels <= random);
        Some(last)
    }

    /// All labels: those that were known before, then those that were given.
    pub fn labels(&self) -> Vec<Labelled> {
        self.task.start.iter().copied().chain(self.given.iter().map(|given| given.label)).collect()
    }

    /// The labels that random choice alone would have given: of the beginning of the random order, as far as each of its
    /// examples has a label or was skipped.
    fn sample(&self) -> Vec<Labelled> {
        let reached = self.order.iter().take_while(|&&example| !self.is_open(example));
        let label = |&example: &u32| match self.states[example as usize] {
            State::Labelled(class) => Some(Labelled { example, class }),
            State::Outside | State::Open | State::Skipped => None,
        };
        reached.filter_map(label).collect()
    }

    fn random_labels(&self) -> Vec<Labelled> {
        self.task.start.iter().copied().chain(self.sample()).collect()
    }

    /// Trains the classifier on all labels and measures it.
    pub fn train(&mut self) {
        let labels = self.labels();
        self.head = self.trainer.train(&self.task, &labels);
        self.predictions = self.head.as_ref().map_or(Vec::new(), |head| head.predict(&self.task.vectors));
        let accuracy = match self.task.validation.is_empty() {
            false => self.head.as_ref().map(|_| mean(&self.right(&self.task.validation))),
            true => self.accuracy_out_of_fold(&self.trainer, &labels),
        };
        put(&mut self.points, labels.len(), accuracy);
    }

    /// Trains the classifier of random choice alone on its labels, and measures it in the same way.
    pub fn train_random(&mut self) {
        let labels = self.random_labels();
        if self.random_points.last().is_some_and(|point| point.labels == labels.len()) {
            return;
        }
        let head = self.random.train(&self.task, &labels);
        let accuracy = match self.task.validation.is_empty() {
            false => head.map(|head| {
                let out = head.predict(&self.task.vectors);
                mean(&right(&out, self.task.classes, &self.task.validation))
            }),
            true => self.accuracy_out_of_fold(&self.random, &labels),
        };
        put(&mut self.random_points, labels.len(), accuracy);
    }

    /// The accuracy on the random sample, by classifiers that learned from the other `labels`.
    fn accuracy_out_of_fold(&self, trainer: &Trainer, labels: &[Labelled]) -> Option<f64> {
        let sample = self.sample();
        if sample.len() < FIRST {
            return None;
        }
        let right = trainer.out_of_fold(&self.task, labels)?;
        let sample: HashSet<u32> = sample.iter().map(|known| known.example).collect();
        let of_sample = labels.iter().zip(right).filter(|(known, _)| sample.contains(&known.example));
        let values: Vec<bool> = of_sample.map(|(_, right)| right).collect();
        (!values.is_empty()).then(|| mean(&values))
    }

    /// The number of labelled examples that the accuracy is measured on.
    pub fn measured_on(&self) -> usize {
        if self.task.validation.is_empty() { self.sample().len() } else { self.task.validation.len() }
    }

    /// Which of these examples the classifier predicts rightly; all are wrong before there is one.
    pub fn right(&self, examples: &[Labelled]) -> Vec<bool> {
        right(&self.predictions, self.task.classes, examples)
    }

    /// The accuracy after each number of labels.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The same of random choice alone, with as many labels as it has.
    pub fn random_points(&self) -> &[Point] {
        &self.random_points
    }

    /// The classifier.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The classifier for the labels so far as a run of *frozen* trains it, with a whole cross-validation.
    pub fn trained_anew(&self) -> Option<Head> {
        self.trainer.train_anew(&self.task, &self.labels())
    }
}

/// Which of these examples the probabilities `(N, C)` predict rightly.
pub fn right(predictions: &[f32], classes: usize, examples: &[Labelled]) -> Vec<bool> {
    let is_right = |known: &Labelled| {
        let at = known.example as usize * classes;
        predictions.get(at..at + classes).is_some_and(|p| predicted(p) == known.class)
    };
    examples.iter().map(is_right).collect()
}

fn mean(right: &[bool]) -> f64 {
    right.iter().filter(|&&right| right).count() as f64 / right.len().max(1) as f64
}

/// Adds a point, or replaces the one with as many labels.
fn put(points: &mut Vec<Point>, labels: usize, accuracy: Option<f64>) {
    points.retain(|point| point.labels < labels);
    points.extend(accuracy.map(|accuracy| Point { labels, accuracy }));
}

#[cfg(test)]
mod tests;
