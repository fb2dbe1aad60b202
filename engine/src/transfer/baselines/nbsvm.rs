//! NBSVM (Wang & Manning 2012): a support vector machine on naive Bayes ratios of words and pairs of words.
//!
//! The features are the words and the pairs of neighbouring words of a document, each counted once. With more than
//! two classes there is one SVM per class, against the rest. The weights are a mixture: *b* times the weights of the
//! SVM plus 1 - *b* times naive Bayes ratios of the same mean weight. Cross-validation chooses *b* by the metric that compares runs. The held-out
//! scores also give the slope by which scores become probabilities (Platt 1999, without his intercept, so that the
//! predicted class does not change).
//!
//! With class weights, the loss of each document in the SVMs and each correct held-out document in the choice of *b* by accuracy
//! count as much as the document's class. The ratios are counted without weights: they compare classes by fractions already.
//! The slope has no weights either, because probabilities are for documents as they come.

use std::sync::Arc;

use rayon::prelude::*;

use crate::session::metric::Metric;
use crate::text::pairs::{Pairs, Sets};
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::probe::Progress;
use crate::transfer::probe::validated::{fold_count, stratified};
use crate::transfer::solving;

use super::classifier::{Advance, BaselineClassifier, wished_folds};
use super::count_model::CountModel;
use super::machine::{self, Document, Machine};
use super::nbsvm_model::{NbsvmModel, Weights, probabilities};

/// The values of *b* that cross-validation tries.
const SHARES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 1.0];
/// The number of SVMs that are solved at once. It must not depend on the number of threads. Each SVM takes eight
/// bytes per feature.
const TOGETHER: usize = 4;
/// Words that one step assigns to features.
const NUMBERED: usize = 100_000;
/// Features that each SVM processes in one step.
const WORK: usize = 1_000_000;

/// The NBSVM baseline in training.
pub struct Nbsvm {
    labels: Arc<[u32]>,
    classes: usize,
    weights: ClassWeights,
    /// The weight of the loss of its SVMs.
    c: f64,
    /// The metric of the held-out answers that *b* is chosen by.
    metric: Metric,
    seed: u64,
    stage: Stage,
    steps: u64,
    flops: u64,
}

enum Stage {
    /// Assigns features to words and pairs. The last field is the next document.
    Numbering(Pairs, Sets, usize),
    Solving(Box<Solving>),
    Done(CountModel),
    /// Placeholder while one stage is replaced by the next.
    Moving,
}

/// Solves the SVMs of all folds, one fold after another, and then those of all documents.
struct Solving {
    pairs: Pairs,
    sets: Sets,
    folds: Vec<u32>,
    /// The number of folds.
    count: u32,
    /// The held-out fold; `count` if none is held out.
    fold: u32,
    /// The output of the first SVM in `machines`.
    first: usize,
    machines: Vec<Machine>,
    /// For each document and output `(N, K)` the held-out scores: naive Bayes and SVM.
    held_out: Vec<[f64; 2]>,
    /// The part of the model that is known so far.
    model: Weights,
}

impl Nbsvm {
    /// A baseline that learns from `labels.len()` documents. Word ids are below `words`.
    pub fn new(labels: Vec<u32>, classes: usize, words: usize, seed: u64) -> Nbsvm {
        let stage = Stage::Numbering(Pairs::new(words), Sets::default(), 0);
        let (weights, c) = (ClassWeights::ones(classes), machine::C);
        let metric = Metric::default();
        Nbsvm { labels: labels.into(), classes, weights, c, metric, seed, stage, steps: 0, flops: 0 }
    }

    /// The same baseline with these weights of the classes.
    pub fn weighted(self, weights: ClassWeights) -> Nbsvm {
        Nbsvm { weights, ..self }
    }

    /// The same baseline with another weight of the loss of its SVMs.
    pub fn with_c(self, c: f64) -> Nbsvm {
        Nbsvm { c, ..self }
    }

    /// The same baseline, choosing *b* by this metric of the held-out answers instead of accuracy.
    pub fn by(self, metric: Metric) -> Nbsvm {
        Nbsvm { metric, ..self }
    }

    /// The fraction *b* of the SVM; `None` before cross-validation has chosen it.
    pub fn fraction(&self) -> Option<f64> {
        match &self.stage {
            Stage::Done(CountModel::Nbsvm(model)) => Some(model.weights.fraction),
            _ => None,
        }
    }

    /// K, the number of outputs.
    fn outputs(&self) -> usize {
        if self.classes == 2 { 1 } else { self.classes }
    }

    fn begin(&self, pairs: Pairs, sets: Sets) -> Solving {
        let count = fold_count(&self.labels, self.classes, wished_folds(self.labels.len()));
        let outputs = self.outputs();
        Solving {
            folds: stratified(&self.labels, count, self.seed, 0),
            count,
            fold: 0,
            first: 0,
            machines: Vec::new(),
            held_out: vec![[0.0; 2]; self.labels.len() * outputs],
            model: Weights {
                outputs,
                weights: Vec::new(),
                bias: vec![0.0; outputs],
                fraction: 1.0,
                slope: 1.0,
            },
            pairs,
            sets,
        }
    }

    /// The SVMs for the current fold and the next outputs.
    fn machines(&self, at: &Solving) -> Vec<Machine> {
        let outputs = at.first..self.outputs().min(at.first + TOGETHER);
        let make = |output: usize| {
            let class = if self.classes == 2 { 1 } else { output as u32 };
            let documents = (0..self.labels.len())
                .filter(|&i| at.folds[i] != at.fold)
                .map(|i| {
                    let label = self.labels[i];
                    Document { row: i as u32, is: label == class, weight: self.weights.of(label) }
                })
                .collect();
            Machine::new(&at.sets, documents, at.pairs.len(), self.c, self.seed)
        };
        outputs.into_par_iter().map(make).collect()
    }

    /// Stores the results of the current SVMs. Returns true if they were the last.
    fn next(&self, at: &mut Solving) -> bool {
        let (outputs, first) = (self.outputs(), at.first);
        if at.fold < at.count {
            let means: Vec<f64> = at.machines.par_iter().map(Machine::mean_weight).collect();
            let Solving { folds, fold, machines, sets, held_out, .. } = &mut *at;
            held_out.par_chunks_mut(outputs).enumerate().filter(|(i, _)| folds[*i] == *fold).for_each(
                |(i, scores)| {
                    for (place, (machine, &mean)) in machines.iter().zip(&means).enumerate() {
                        scores[first + place] = machine.scores(sets.row(i), mean);
                    }
                },
            );
        } else {
            at.model.weights.resize(at.pairs.len() * outputs, 0.0);
            for (place, machine) in at.machines.iter().enumerate() {
                let output = first + place;
                at.model.bias[output] = machine.bias();
                let weights = at.model.weights.iter_mut().skip(output).step_by(outputs);
                weights.zip(machine.mixed(at.model.fraction)).for_each(|(to, weight)| *to = weight);
            }
        }
        at.first += TOGETHER;
        if at.first >= outputs {
            at.first = 0;
            at.fold += 1;
            if at.fold == at.count {
                at.choose(&self.labels, &self.weights, self.metric);
            }
        }
        // The old SVMs are freed here. The next step makes the new ones, so they are not in memory at the same time.
        at.machines.clear();
        at.fold > at.count
    }
}

impl Solving {
    /// Chooses the fraction *b* with the best held-out answers, the smallest among equals, and then its slope.
    fn choose(&mut self, labels: &[u32], weights: &ClassWeights, metric: Metric) {
        let outputs = self.model.outputs;
        let mixed = |fraction: f64| -> Vec<f64> {
            self.held_out.iter().map(|[bare, solved]| (1.0 - fraction) * bare + fraction * solved).collect()
        };
        let classes = weights.as_slice().len();
        let score = |scores: &[f64]| {
            let mut confusion = vec![vec![0; classes]; classes];
            let rows = scores.chunks_exact(outputs).zip(labels);
            rows.for_each(|(row, &label)| confusion[label as usize][guess(row)] += 1);
            solving::score(metric, weights, &confusion)
        };
        let mut best = (f64::NEG_INFINITY, SHARES[0]);
        for fraction in SHARES {
            let found = score(&mixed(fraction));
            if found > best.0 {
                best = (found, fraction);
            }
        }
        self.model.fraction = best.1;
        self.model.slope = slope(&mixed(best.1), outputs, labels);
    }
}

/// The class with the highest score.
fn guess(scores: &[f64]) -> usize {
    match scores {
        [score] => usize::from(*score > 0.0),
        _ => (0..scores.len()).fold(0, |best, c| if scores[c] > scores[best] { c } else { best }),
    }
}

/// The slope with the least mean cross-entropy of `scores (N, K)`. The loss is convex in the slope, so Newton steps
/// within a bracket find it. The bracket excludes slopes near zero, which make all classes equally probable, and is
/// bounded above, because the best slope is infinite if all predictions are correct.
fn slope(scores: &[f64], outputs: usize, labels: &[u32]) -> f64 {
    let size = scores.iter().map(|s| s.abs()).sum::<f64>() / scores.len().max(1) as f64;
    if size == 0.0 || !size.is_finite() {
        return 1.0;
    }
    // The first and the second derivative of the loss.
    let bend = |slope: f64| {
        let (mut first, mut second) = (0.0, 0.0);
        for (row, &label) in scores.chunks_exact(outputs).zip(labels) {
            let p = probabilities(row, slope);
            let value = |c: usize| if outputs == 1 { row[0] * c as f64 } else { row[c] };
            let mean: f64 = (0..p.len()).map(|c| p[c] * value(c)).sum();
            first += mean - value(label as usize);
            second += (0..p.len()).map(|c| p[c] * (value(c) - mean).powi(2)).sum::<f64>();
        }
        (first, second)
    };
    let (mut low, mut high) = (1e-3 / size, 20.0 / size);
    let mut at = 1.0 / size;
    for _ in 0..25 {
        let (first, second) = bend(at);
        if first < 0.0 {
            low = at
        } else {
            high = at
        }
        let next = at - first / second.max(f64::MIN_POSITIVE);
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if (next - at).abs() <= 1e-6 * at {
            break;
        }
        at = next;
    }
    at
}

impl BaselineClassifier for Nbsvm {
    fn step<'a>(&mut self, document: &dyn Fn(usize) -> &'a [u32]) -> Advance {
        let n = self.labels.len();
        match std::mem::replace(&mut self.stage, Stage::Moving) {
            Stage::Numbering(mut pairs, mut sets, mut next) => {
                let mut words = 0;
                while next < n && words < NUMBERED {
                    pairs.add(document(next), &mut sets);
                    words += document(next).len();
                    next += 1;
                }
                self.stage = if next < n {
                    Stage::Numbering(pairs, sets, next)
                } else {
                    Stage::Solving(Box::new(self.begin(pairs, sets)))
                };
                Advance::Preparing
            }
            Stage::Solving(mut at) if at.machines.is_empty() => {
                at.machines = self.machines(&at);
                self.flops += at.machines.iter().map(Machine::flops).sum::<u64>();
                self.stage = Stage::Solving(at);
                Advance::Preparing
            }
            Stage::Solving(mut at) => {
                let sets = &at.sets;
                self.flops -= at.machines.iter().map(Machine::flops).sum::<u64>();
                at.machines.par_iter_mut().for_each(|machine| machine.step(sets, WORK));
                self.flops += at.machines.iter().map(Machine::flops).sum::<u64>();
                let at_last = at.fold == at.count;
                let epochs = at.machines.iter().map(Machine::epochs).max().unwrap_or(0);
                let last = at.machines.iter().map(Machine::last);
                let (loss, gradient) = last.fold((0.0, 0.0_f64), |(loss, gradient), last| {
                    (loss + last.loss / at.machines.len() as f64, gradient.max(last.gradient))
                });
                let over = at.machines.iter().all(Machine::finished) && self.next(&mut at);
                self.stage = if over {
                    Stage::Done(CountModel::Nbsvm(NbsvmModel { pairs: at.pairs, weights: at.model }))
                } else {
                    Stage::Solving(at)
                };
                if !at_last || epochs == 0 {
                    return Advance::Preparing;
                }
                self.steps += 1;
                Advance::Solving(Progress { iteration: self.steps, loss, gradient })
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

    /// The slope is fitted to held-out scores.
    fn out_of_fold(&self) -> Option<&[f32]> {
        None
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn flops(&self) -> u64 {
        self.flops
    }

    fn parameters(&self) -> u64 {
        let features = match &self.stage {
            Stage::Solving(at) => at.pairs.len(),
            Stage::Done(CountModel::Nbsvm(model)) => model.pairs.len(),
            Stage::Numbering(..) | Stage::Done(_) | Stage::Moving => return 0,
        };
        (self.outputs() * (features + 1)) as u64
    }

    fn optimizer(&self) -> String {
        format!("dual descent, C {}, b by cross-validation", self.c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents of noise and two words that mark the class: 10 and 11, in one order or the other.
    fn documents(n: u32, classes: u32) -> (Vec<Vec<u32>>, Vec<u32>) {
        let one = |i: u32| {
            let class = i % classes;
            let marks = if classes == 2 {
                [10 + class, 11 - class]
            } else {
                [10 + class, 10 + (class + 1) % classes]
            };
            vec![i / 3 % 7, marks[0], marks[1], i / 5 % 6, 30 + i]
        };
        ((0..n).map(one).collect(), (0..n).map(|i| i % classes).collect())
    }

    fn learned(documents: &[Vec<u32>], labels: Vec<u32>, classes: usize) -> (Nbsvm, NbsvmModel) {
        finished(Nbsvm::new(labels, classes, 400, 1), documents)
    }

    fn finished(mut baseline: Nbsvm, documents: &[Vec<u32>]) -> (Nbsvm, NbsvmModel) {
        let mut steps = 0;
        while baseline.step(&|i| &documents[i]) != Advance::Done {
            steps += 1;
            assert!(steps < 20_000);
        }
        let Some(CountModel::Nbsvm(model)) = baseline.model().cloned() else { panic!("another model") };
        (baseline, model)
    }

    #[test]
    fn the_order_of_two_words_is_learned_and_said() {
        for classes in [2, 3] {
            let (documents, labels) = documents(90, classes);
            let (baseline, learned) = learned(&documents, labels, classes as usize);
            assert!(baseline.steps() > 0 && baseline.fraction().is_some());
            let model = CountModel::Nbsvm(learned);
            for class in 0..classes {
                let document = [3, documents[class as usize][1], documents[class as usize][2], 399];
                let p = model.probabilities(&document);
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12 && p[class as usize] > 0.7, "{p:?}");
                let contributions = model.contributions(&document, class as usize);
                assert!(contributions[1] + contributions[2] > 1.0, "{contributions:?}");
                assert_eq!(contributions[3], 0.0);
            }
            assert!(model.knows(10) && !model.knows(399) && !model.knows(5_000));
        }
    }

    /// One document of eight is of the second class, and words hint at it only.
    #[test]
    fn the_metric_of_the_recipe_chooses_the_mixture() {
        let differs = |seed: u64| {
            let mut random = crate::rng::stream(seed, "imbalanced", 0);
            let labels: Vec<u32> = (0..160).map(|i| u32::from(i % 8 == 0)).collect();
            let mut word = |label: u32| {
                let hints = crate::rng::unit64(&mut random) < if label == 1 { 0.6 } else { 0.4 };
                10 * u32::from(hints) + crate::rng::below(&mut random, 10) as u32
            };
            let documents: Vec<Vec<u32>> =
                labels.iter().map(|&label| (0..8).map(|_| word(label)).collect()).collect();
            let fraction = |metric| {
                let baseline = Nbsvm::new(labels.clone(), 2, 400, 1).by(metric);
                finished(baseline, &documents).0.fraction().unwrap()
            };
            fraction(Metric::Accuracy) != fraction(Metric::MacroF1)
        };
        assert!((0..8).any(differs));
    }

    #[test]
    fn contributions_and_intercept_are_the_log_odds() {
        let (documents, labels) = documents(90, 2);
        let (_, model) = learned(&documents, labels, 2);
        let document = [1, 10, 11, 10, 11, 2];
        let p = model.probabilities(&document);
        let sum: f64 = model.contributions(&document, 1).iter().sum();
        assert!((sum + model.weights.slope * model.weights.bias[0] - (p[1] / p[0]).ln()).abs() < 1e-6);
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let (documents, labels) = documents(200, 5);
        let of = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (baseline, model) = pool.install(|| learned(&documents, labels.clone(), 5));
            (model.weights.weights, model.weights.slope, baseline.steps)
        };
        assert_eq!(of(1), of(3));
    }

    #[test]
    fn the_slope_is_the_best_and_stays_bounded() {
        let scores = [1.0, -0.5, 2.0, -1.5, 0.3, -0.2];
        let labels = [1, 0, 0, 0, 1, 1];
        let found = slope(&scores, 1, &labels);
        let loss = |slope: f64| -> f64 {
            scores.iter().zip(labels).map(|(&s, y)| -probabilities(&[s], slope)[y as usize].ln()).sum()
        };
        assert!([0.9, 1.1].iter().all(|times| loss(found * times) > loss(found)), "{found}");
        assert!(slope(&scores, 1, &[1, 0, 1, 0, 1, 0]) <= 20.0 / 0.9);
        assert!(slope(&scores, 1, &[0, 1, 0, 1, 0, 1]) > 0.0);
        assert_eq!(slope(&[0.0; 4], 1, &[0, 1, 0, 1]), 1.0);
    }
}
