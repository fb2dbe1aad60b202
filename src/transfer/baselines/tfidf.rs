//! Logistic regression on TF-IDF features.
//!
//! The settings: words that occur in at least two documents, C = 5 unless tuning chooses another, and the solver's rough
//! tolerance.

use std::sync::Arc;

use crate::text::counts::{Counting, Rows, TfIdf};
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::probe::solver::ROUGH;
use crate::transfer::probe::{Features, Problem, Solver};

use super::classifier::{Advance, BaselineClassifier};
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
    stage: Stage,
    steps: u64,
    flops: u64,
}

#[derive(Debug)]
enum Stage {
    /// Counts the documents that have each word. The last field is the next document.
    Counting(Counting, usize),
    /// Weights the words of each document. The last field is the next document.
    Weighing(TfIdf, Rows, usize),
    Solving(TfIdf, Box<Solver>),
    Done(CountModel),
    /// Placeholder while one stage is replaced by the next.
    Moving,
}

impl TfIdfBaseline {
    /// A baseline that learns from `labels.len()` documents. Word ids are below `words`.
    pub fn new(labels: Vec<u32>, classes: usize, words: usize) -> TfIdfBaseline {
        let stage = Stage::Counting(Counting::new(words), 0);
        let weights = ClassWeights::ones(classes);
        TfIdfBaseline { labels: labels.into(), classes, weights, c: C, stage, steps: 0, flops: 0 }
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
                    self.stage =
                        Stage::Done(CountModel::TfIdf(TfIdfModel { tfidf, linear: solver.linear() }));
                    Advance::Done
                }
            },
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

    fn steps(&self) -> u64 {
        self.steps
    }

    fn flops(&self) -> u64 {
        self.flops
    }

    fn parameters(&self) -> u64 {
        let outputs = if self.classes == 2 { 1 } else { self.classes };
        let width = match &self.stage {
            Stage::Weighing(tfidf, ..) | Stage::Solving(tfidf, _) => tfidf.width(),
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
        let mut baseline = TfIdfBaseline::new(labels, classes, 200);
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

    #[test]
    fn documents_without_a_shared_word_leave_the_shares_of_the_classes() {
        let documents: Vec<Vec<u32>> = (0..8).map(|i| vec![i]).collect();
        let mut baseline = TfIdfBaseline::new(vec![0, 1, 1, 1, 1, 1, 1, 0], 2, 8);
        while baseline.step(&|i| &documents[i]) != Advance::Done {}
        let model = baseline.model().unwrap();
        assert!((model.probabilities(&[3])[1] - 0.75).abs() < 2e-3);
    }
}
