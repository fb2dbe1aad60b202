//! The linear classifier on frozen vectors, trained to convergence on the labels so far.
//!
//! It is the classifier of the method *frozen*: L-BFGS, standardised vectors, and a regularisation C that
//! cross-validation chooses. A new label changes the best C little, so cross-validation is repeated only when the number
//! of labels has grown by a tenth; with many labels it then tries the neighbours of the last C only. So a label costs one
//! solution most times.

use std::sync::Arc;

use crate::session::metric::Metric;
use crate::session::training::ClassWeight;
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::probe::validated::{grid, stratified};
use crate::transfer::probe::{Features, Linear, Problem, Solver, Validated};
use crate::transfer::solving::Solving;

use super::task::{Labelled, Task};

/// The number of folds of the cross-validation.
const FOLDS: u32 = 5;
/// C while a class has fewer labels than a cross-validation needs.
const FIRST_C: f64 = 0.01;
/// With more labels than this, a repeated cross-validation tries the neighbours of the last C only.
const MANY: usize = 400;
/// The least number of labels of each class for a cross-validation.
const LEAST: usize = 2;

/// A trained classifier. It predicts the classes that had a label.
#[derive(Debug, Clone)]
pub struct Head {
    /// C, the number of all classes.
    classes: usize,
    /// The classes that had a label, ascending.
    seen: Vec<u32>,
    linear: Linear,
    /// The regularisation C.
    pub c: f64,
}

impl Head {
    /// The probabilities `(N, C)` of the classes for all examples. Classes without a label get 0.
    pub fn predict(&self, features: &Features) -> Vec<f32> {
        let own = self.linear.probabilities_of(features);
        if self.seen.len() == self.classes {
            return own;
        }
        let mut out = vec![0.0; features.len() * self.classes];
        for (own, out) in own.chunks_exact(self.seen.len()).zip(out.chunks_exact_mut(self.classes)) {
            self.seen.iter().zip(own).for_each(|(&class, &p)| out[class as usize] = p);
        }
        out
    }
}

/// The index of the largest probability, the first among equals.
pub fn predicted(probabilities: &[f32]) -> u32 {
    let better = |best: usize, i: usize| if probabilities[i] > probabilities[best] { i } else { best };
    (0..probabilities.len()).fold(0, better) as u32
}

/// Trains classifiers on a growing number of labels.
#[derive(Debug, Clone)]
pub struct Trainer {
    solving: Solving,
    seed: u64,
    /// The last C that cross-validation chose, the number of labels then, and the classes that had one.
    chosen: Option<(f64, usize, Vec<u32>)>,
}

impl Trainer {
    /// A trainer with the settings `solving`, whose folds are drawn from `seed`.
    pub fn new(solving: Solving, seed: u64) -> Trainer {
        Trainer { solving, seed, chosen: None }
    }

    /// The regularisation C that the next classifier starts from.
    pub fn c(&self) -> f64 {
        self.chosen.as_ref().map_or(FIRST_C, |chosen| chosen.0)
    }

    /// The classifier for these labels; `None` while fewer than two classes have one.
    pub fn train(&mut self, task: &Task, labels: &[Labelled]) -> Option<Head> {
        let seen = seen(labels, task.classes);
        if seen.len() < 2 {
            return None;
        }
        let problem = self.problem(task, labels, &seen);
        if let Some(c) = self.solving.c {
            return Some(solved(task, problem, seen, c));
        }
        let due = match &self.chosen {
            None => true,
            Some((_, then, classes)) => labels.len() * 10 >= then * 11 || *classes != seen,
        };
        let smallest =
            seen.iter().map(|&class| labels.iter().filter(|known| known.class == class).count()).min();
        if !due || smallest < Some(LEAST) {
            let c = self.c();
            return Some(solved(task, problem, seen, c));
        }
        let grid = match &self.chosen {
            Some((c, _, classes)) if *classes == seen && labels.len() > MANY => neighbours(*c),
            _ => grid(),
        };
        let (linear, c) = validated(problem, grid, self.solving.metric, self.seed);
        self.chosen = Some((c, labels.len(), seen.clone()));
        Some(Head { classes: task.classes, seen, linear, c })
    }

    /// The classifier for these labels as a run of the method *frozen* trains it: with a whole cross-validation.
    pub fn train_anew(&self, task: &Task, labels: &[Labelled]) -> Option<Head> {
        Trainer::new(self.solving, self.seed).train(task, labels)
    }

    /// Which of `labels` a classifier predicts rightly that did not learn from it, with the last C; `None` while fewer
    /// than two classes have two labels.
    pub fn out_of_fold(&self, task: &Task, labels: &[Labelled]) -> Option<Vec<bool>> {
        let seen = seen(labels, task.classes);
        let often = |class: &&u32| labels.iter().filter(|known| known.class == **class).count() >= LEAST;
        if seen.iter().filter(often).count() < 2 {
            return None;
        }
        let classes: Vec<u32> = labels.iter().map(|known| known.class).collect();
        let folds = stratified(&classes, FOLDS.min(labels.len() as u32).max(2), self.seed, 0);
        let mut right = vec![false; labels.len()];
        for fold in 0..FOLDS {
            let of = |held: bool| -> Vec<usize> {
                (0..labels.len()).filter(|&i| (folds[i] == fold) == held).collect()
            };
            let (held, rest) = (of(true), of(false));
            let rest: Vec<Labelled> = rest.into_iter().map(|i| labels[i]).collect();
            let learned = self::seen(&rest, task.classes);
            if held.is_empty() || learned.len() < 2 {
                continue;
            }
            let head = solved(task, self.problem(task, &rest, &learned), learned, self.c());
            let rows = Features::dense(task.rows(held.iter().map(|&i| labels[i].example)));
            for (&i, row) in held.iter().zip(head.predict(&rows).chunks_exact(task.classes)) {
                right[i] = predicted(row) == labels[i].class;
            }
        }
        Some(right)
    }

    /// The labelled examples as a problem over the classes that have a label.
    fn problem(&self, task: &Task, labels: &[Labelled], seen: &[u32]) -> Problem {
        let features = Features::dense(task.rows(labels.iter().map(|known| known.example)));
        let place = |class: u32| seen.binary_search(&class).unwrap_or(0) as u32;
        let own: Arc<[u32]> = labels.iter().map(|known| place(known.class)).collect();
        let weights = ClassWeights::new(self.solving.class_weight, &own, seen.len());
        Problem::new(Arc::new(features), own, seen.len()).weighted(weights)
    }
}

impl Default for Trainer {
    fn default() -> Self {
        let solving = Solving { class_weight: ClassWeight::None, c: None, metric: Metric::Accuracy };
        Trainer::new(solving, 1)
    }
}

/// The classes that have a label, ascending.
fn seen(labels: &[Labelled], classes: usize) -> Vec<u32> {
    let mut met = vec![false; classes];
    labels.iter().for_each(|known| met[known.class as usize] = true);
    (0..classes as u32).filter(|&class| met[class as usize]).collect()
}

/// The values of the grid beside `c`, and `c`.
fn neighbours(c: f64) -> Vec<f64> {
    let all = grid();
    let near = |value: &f64| (value.ln() - c.ln()).abs() < 1.3;
    all.into_iter().filter(near).collect()
}

fn solved(task: &Task, problem: Problem, seen: Vec<u32>, c: f64) -> Head {
    let mut solver = Solver::new(problem, c, true);
    while solver.step().is_some() {}
    Head { classes: task.classes, seen, linear: solver.linear(), c }
}

fn validated(problem: Problem, grid: Vec<f64>, metric: Metric, seed: u64) -> (Linear, f64) {
    let mut probe = Validated::new(problem, grid, FOLDS, true, seed).by(metric);
    while probe.step().is_some() {}
    (probe.linear(), probe.c())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::rng;

    /// Points around one centre per class.
    fn task(n: usize, classes: usize) -> (Task, Vec<Labelled>) {
        let mut random = rng::stream(4, "heads", 0);
        let vectors = Array2::from_shape_fn((n, 5), |(i, j)| {
            f32::from(u8::from(i % classes == j)) * 3.0 + rng::normal(&mut random) as f32
        });
        let labels =
            (0..n as u32).map(|example| Labelled { example, class: example % classes as u32 }).collect();
        (Task::new(vectors, classes, (0..n as u32).collect(), Vec::new(), Vec::new()), labels)
    }

    fn accuracy(head: &Head, task: &Task, labels: &[Labelled]) -> f64 {
        let out = head.predict(&task.vectors);
        let right = |known: &&Labelled| {
            let at = known.example as usize * task.classes;
            predicted(&out[at..at + task.classes]) == known.class
        };
        labels.iter().filter(right).count() as f64 / labels.len() as f64
    }

    #[test]
    fn classes_without_a_label_are_never_predicted_and_those_with_one_are() {
        let (task, labels) = task(300, 4);
        let mut trainer = Trainer::default();
        assert!(trainer.train(&task, &labels[..1]).is_none());
        let few: Vec<Labelled> = labels[..40].iter().copied().filter(|known| known.class != 2).collect();
        let head = trainer.train(&task, &few).unwrap();
        let out = head.predict(&task.vectors);
        assert!(out.chunks_exact(4).all(|p| p[2] == 0.0 && (p.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        let head = trainer.train(&task, &labels[..60]).unwrap();
        assert!(accuracy(&head, &task, &labels) > 0.85, "{}", accuracy(&head, &task, &labels));
    }

    #[test]
    fn cross_validation_is_repeated_after_a_tenth_more_labels() {
        let (task, labels) = task(120, 2);
        let mut trainer = Trainer::default();
        // A single label of a class cannot be cross-validated.
        assert_eq!(trainer.train(&task, &labels[..2]).unwrap().c, FIRST_C);
        assert!(trainer.chosen.is_none());
        trainer.train(&task, &labels[..50]);
        assert_eq!(trainer.chosen.as_ref().unwrap().1, 50);
        trainer.train(&task, &labels[..54]);
        assert_eq!(trainer.chosen.as_ref().unwrap().1, 50);
        trainer.train(&task, &labels[..55]);
        assert_eq!(trainer.chosen.as_ref().unwrap().1, 55);
        assert_eq!(neighbours(trainer.c()).iter().filter(|&&c| c == trainer.c()).count(), 1);
        assert!(neighbours(grid()[5]).len() == 3 && neighbours(grid()[0]).len() == 2);
    }

    #[test]
    fn answers_out_of_fold_are_those_of_classifiers_that_did_not_see_the_label() {
        let (task, mut labels) = task(100, 2);
        let mut trainer = Trainer::default();
        trainer.train(&task, &labels);
        let right = trainer.out_of_fold(&task, &labels).unwrap();
        assert!(right.iter().filter(|&&right| right).count() > 85);
        // A wrong label is not learned by heart.
        labels[7].class = 1 - labels[7].class;
        assert!(right[7] && !trainer.out_of_fold(&task, &labels).unwrap()[7]);
        assert!(trainer.out_of_fold(&task, &labels[..2]).is_none());
    }
}
