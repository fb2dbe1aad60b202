//! Logistic regression on TF-IDF features.
//!
//! The settings: words that occur in at least two documents, C = 5 unless tuning chooses another, and the solver's rough
//! tolerance.
//!
//! After training, the solver runs once more without each fold of the documents. The probabilities of the held-out documents
//! are for the temperature. Only labels are held out: the words are those of all documents, as they are counted without labels.

use std::sync::Arc;

use crate::text::counts::{Counting, Rows, TfIdf};
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::probe::solver::ROUGH;
use crate::transfer::probe::validated::{fold_count, fold_solver, stratified};
use crate::transfer::probe::{Features, Linear, Problem, Solver};

use super::classifier::{Advance, BaselineClassifier, wished_folds};
use super::count_model::CountModel;
use super::tfidf_model::TfIdfModel;

/// Words that occur in fewer documents are left out.
pub const MIN_DOCUMENTS: u32 = 2;
/// The usual C, as in scikit-learn: the weight of the loss against the regularisation.
pub const C: f64 = 5.0;

/// Words that one step counts, and words that one step weights.
const COUNTED: usize = 400_000;
const WEIGHED: usize = 100_000;

/// The TF-IDF baseline in training.
#[derive(Debug)]
pub struct TfIdfBaseline {
    labels: Arc<[u32]>,
    classes: usize,
    weights: ClassWeights,
    c: f64,
    seed: u64,
    stage: Stage,
    steps: u64,
    flops: u64,
    out_of_fold: Vec<f32>,
}

#[derive(Debug)]
enum Stage {
    /// Counts the documents that have each word. The last field is the next document.
    Counting(Counting, usize),
    /// Weights the words of each document. The last field is the next document.
    Weighing(TfIdf, Rows, usize),
    Solving(TfIdf, Box<Solver>),
    /// Solves without one fold after another, for the temperature.
    HoldingOut(TfIdf, Linear, Box<HoldingOut>),
    Done(CountModel),
    /// Placeholder while one stage is replaced by the next.
    Moving,
}

/// The fold that is held out, and the solver of the others.
#[derive(Debug)]
struct HoldingOut {
    problem: Problem,
    folds: Vec<u32>,
    count: u32,
    fold: u32,
    solver: Solver,
    /// The floating-point operations of the solvers before this one.
    flops: u64,
}

impl TfIdfBaseline {
    /// A baseline that learns from `labels.len()` documents. Word ids are below `words`. `seed` draws the folds.
    pub fn new(labels: Vec<u32>, classes: usize, words: usize, seed: u64) -> TfIdfBaseline {
        let stage = Stage::Counting(Counting::new(words), 0);
        let weights = ClassWeights::ones(classes);
        let (labels, out_of_fold) = (labels.into(), Vec::new());
        TfIdfBaseline { labels, classes, weights, c: C, seed, stage, steps: 0, flops: 0, out_of_fold }
    }

    /// The same baseline with these weights of the classes in its loss. The TF-IDF features are counted without them.
    pub fn weighted(self, weights: ClassWeights) -> TfIdfBaseline {
        TfIdfBaseline { weights, ..self }
    }

    /// The same baseline with another C.
    pub fn with_c(self, c: f64) -> TfIdfBaseline {
        TfIdfBaseline { c, ..self }
    }
}

impl BaselineClassifier for TfIdfBaseline {
    fn step<'a>(&mut self, document: &dyn Fn(usize) -> &'a [u32]) -> Advance {
        let n = self.labels.len();
        match std::mem::replace(&mut self.stage, Stage::Moving) {
            Stage::Counting(mut counting, mut next) => {
                let mut words = 0;
                while next < n && words < COUNTED {
                    counting.add(document(next));
                    words += document(next).len();
                    next += 1;
                }
                self.stage = if next < n {
                    Stage::Counting(counting, next)
                } else {
                    let tfidf = counting.finish(MIN_DOCUMENTS);
                    let rows = Rows::new(tfidf.width());
                    Stage::Weighing(tfidf, rows, 0)
                };
                Advance::Preparing
            }
            Stage::Weighing(tfidf, mut rows, mut next) => {
                let (mut words, mut some) = (0, Vec::new());
                while next < n && words < WEIGHED {
                    some.push(document(next));
                    words += document(next).len();
                    next += 1;
                }
                tfidf.append(&some, &mut rows);
                self.stage = if next < n {
                    Stage::Weighing(tfidf, rows, next)
                } else {
                    let features = Arc::new(Features::sparse(rows));
                    let problem = Problem::new(features, self.labels.clone(), self.classes);
                    let problem = problem.weighted(self.weights.clone());
                    Stage::Solving(tfidf, Box::new(Solver::new(problem, self.c, false).with_tolerance(ROUGH)))
                };
                Advance::Preparing
            }
            Stage::Solving(tfidf, mut solver) => match solver.step() {
                Some(progress) => {
                    self.steps = progress.iteration;
                    self.flops = solver.flops();
                    self.stage = Stage::Solving(tfidf, solver);
                    Advance::Solving(progress)
                }
                None => {
                    let problem = solver.problem().clone();
                    let count = fold_count(&self.labels, self.classes, wished_folds(n));
                    let folds = stratified(&self.labels, count, self.seed, 0);
                    let first = fold_solver(&problem, &folds, 0, self.c, false);
                    let linear = solver.linear();
                    self.out_of_fold = vec![0.0; n * self.classes];
                    let held =
                        HoldingOut { problem, folds, count, fold: 0, solver: first, flops: self.flops };
                    self.stage = Stage::HoldingOut(tfidf, linear, Box::new(held));
                    Advance::Preparing
                }
            },
            Stage::HoldingOut(tfidf, linear, mut held) => {
                let going_on = held.solver.step().is_some();
                self.flops = held.flops + held.solver.flops();
                if !going_on {
                    held.solver.problem().answer_held_out(held.solver.scores(), &mut self.out_of_fold);
                    (held.fold, held.flops) = (held.fold + 1, self.flops);
                    if held.fold == held.count {
                        self.stage = Stage::Done(CountModel::TfIdf(TfIdfModel { tfidf, linear }));
                        return Advance::Done;
                    }
                    held.solver = fold_solver(&held.problem, &held.folds, held.fold, self.c, false);
                }
                self.stage = Stage::HoldingOut(tfidf, linear, held);
                Advance::Preparing
            }
            done => {
                self.stage = done;
                Advance::Done
            }
        }
    }

    fn model(&self) -> Option<&CountModel> {
        match &self.stage {
            Stage::Done(model) => Some(model),
            _ => None,
        }
    }

    fn out_of_fold(&self) -> Option<&[f32]> {
        self.model().map(|_| &self.out_of_fold[..])
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn flops(&self) -> u64 {
        self.flops
    }

    fn parameters(&self) -> u64 {
        let outputs = if self.classes == 2 { 1 } else { self.classes };
        let width = match &self.stage {
            Stage::Weighing(tfidf, ..) | Stage::Solving(tfidf, _) | Stage::HoldingOut(tfidf, ..) => {
                tfidf.width()
            }
            Stage::Done(CountModel::TfIdf(model)) => model.tfidf.width(),
            Stage::Counting(..) | Stage::Done(_) | Stage::Moving => return 0,
        };
        (outputs * (width + 1)) as u64
    }

    fn optimizer(&self) -> String {
        format!("L-BFGS, C {}", self.c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words 0 to 9 do not depend on the class. Word 10 + c occurs only in class c.
    fn learned(classes: usize) -> (TfIdfBaseline, CountModel) {
        let documents: Vec<Vec<u32>> = (0..60_u32)
            .map(|i| vec![i / 6, 10 + i % classes as u32, (i / 6 + 4) % 10, i / 6, 100 + i])
            .collect();
        let labels = (0..60).map(|i| i % classes as u32).collect();
        let mut baseline = TfIdfBaseline::new(labels, classes, 200, 1);
        let mut steps = 0;
        while baseline.step(&|i| &documents[i]) != Advance::Done {
            steps += 1;
            assert!(steps < 200);
        }
        let model = baseline.model().cloned().unwrap();
        (baseline, model)
    }

    #[test]
    fn it_learns_and_says_which_words_told_it() {
        for classes in [2, 3] {
            let (baseline, model) = learned(classes);
            assert!(baseline.steps() > 2);
            for class in 0..classes {
                let document = [3, 10 + class as u32, 150, 4];
                let p = model.probabilities(&document);
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12 && p[class] > 0.7, "{p:?}");
                let contributions = model.contributions(&document, class);
                assert!(contributions[1] > 1.0 && contributions[0].abs() < 0.5, "{contributions:?}");
                assert_eq!(contributions[2], 0.0);
            }
            assert!(model.knows(10) && !model.knows(150) && !model.knows(500));
            // Weights for the 10 words and for one word per class, and an intercept.
            let outputs = if classes == 2 { 1 } else { classes };
            assert_eq!(baseline.parameters(), (outputs * (10 + classes + 1)) as u64);
        }
    }

    #[test]
    fn contributions_and_intercept_are_the_log_odds() {
        let (_, model) = learned(2);
        let document = [1, 11, 11, 5];
        let p = model.probabilities(&document);
        let CountModel::TfIdf(TfIdfModel { linear, .. }) = &model else { panic!("another model") };
        let sum: f64 = model.contributions(&document, 1).iter().sum();
        assert!((sum + linear.bias[0] - (p[1] / p[0]).ln()).abs() < 1e-9);
    }

    /// Each word stands in two documents, whose labels agree in half of the pairs. A model has seen this word of every
    /// document that it learned from; of a held-out one it has seen the other document at best.
    #[test]
    fn held_out_documents_are_answered_by_models_that_did_not_see_them() {
        let documents: Vec<Vec<u32>> = (0..200_u32).map(|i| vec![i % 100]).collect();
        let labels: Vec<u32> =
            (0..200_u32).map(|i| if i < 100 { i % 2 } else { (i - 100) / 2 % 2 }).collect();
        let learned = || {
            let mut baseline = TfIdfBaseline::new(labels.clone(), 2, 100, 1);
            assert!(baseline.out_of_fold().is_none());
            while baseline.step(&|i| &documents[i]) != Advance::Done {}
            let model = baseline.model().cloned().unwrap();
            (baseline.out_of_fold().unwrap().to_vec(), model)
        };
        let (held_out, model) = learned();
        let right = |second: &dyn Fn(usize) -> f64| {
            labels.iter().enumerate().filter(|(i, label)| (second(*i) > 0.5) == (**label == 1)).count()
        };
        assert!(held_out.chunks_exact(2).all(|p| p[0] > 0.0 && (p[0] + p[1] - 1.0).abs() < 1e-6));
        let (seen, unseen) =
            (right(&|i| model.probabilities(&documents[i])[1]), right(&|i| f64::from(held_out[2 * i + 1])));
        assert!(seen >= 140 && unseen <= 115, "{seen} {unseen}");
        assert_eq!(learned().0, held_out);
    }

    #[test]
    fn documents_without_a_shared_word_leave_the_shares_of_the_classes() {
        let documents: Vec<Vec<u32>> = (0..8).map(|i| vec![i]).collect();
        let mut baseline = TfIdfBaseline::new(vec![0, 1, 1, 1, 1, 1, 1, 0], 2, 8, 1);
        while baseline.step(&|i| &documents[i]) != Advance::Done {}
        let model = baseline.model().unwrap();
        assert!((model.probabilities(&[3])[1] - 0.75).abs() < 2e-3);
    }
}
