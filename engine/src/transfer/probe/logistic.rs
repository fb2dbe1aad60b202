//! Logistic regression: the loss, its residuals, its derivatives along a direction, and the trained classifier.
//!
//! The objective is scikit-learn's, divided by C N so that its size depends on neither:
//!
//! ```text
//! mean cross-entropy + |w|² / (2 C N)
//! ```
//!
//! where C is the inverse regularisation strength. The intercept is not regularised. With two classes there is one
//! weight vector (K = 1), otherwise one per class (K = number of classes). With [class weights](ClassWeights) the
//! cross-entropy of each document is multiplied by the weight of its class; the mean is still the sum divided by N.

use std::sync::Arc;

use crate::transfer::class_weights::ClassWeights;

use super::features::Features;
use super::shards;

/// Features, labels, and which documents are included.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What the classifier reads, `(N, D)`.
    pub features: Arc<Features>,
    /// The class of each document, `(N)`, each below `classes`.
    pub labels: Arc<[u32]>,
    /// C, the number of classes: two at least.
    pub classes: usize,
    /// How much the loss of a document counts, by its class.
    pub weights: ClassWeights,
    /// Which documents are part of the loss. The others get scores too.
    pub included: Arc<[bool]>,
}

/// Documents per shard. The partial sums of the shards are added in order.
const DOCUMENTS: usize = 512;

impl Problem {
    /// A problem that includes all documents, each with the weight 1.
    pub fn new(features: Arc<Features>, labels: Arc<[u32]>, classes: usize) -> Problem {
        let included = vec![true; labels.len()].into();
        Problem { features, labels, classes, weights: ClassWeights::ones(classes), included }
    }

    /// The same problem with these weights of the classes.
    pub fn weighted(self, weights: ClassWeights) -> Problem {
        Problem { weights, ..self }
    }

    /// K, the number of outputs.
    pub fn outputs(&self) -> usize {
        if self.classes == 2 { 1 } else { self.classes }
    }

    /// The number of included documents.
    pub fn counted(&self) -> usize {
        self.included.iter().filter(|&&is| is).count()
    }

    /// The mean loss at `scores (N, K) + step · direction (N, K)`, and its first and second derivative with respect
    /// to `step`.
    pub fn along(&self, scores: &[f64], direction: &[f64], step: f64) -> [f64; 3] {
        let k = self.outputs();
        // An exponential costs about as much as sixteen multiplications.
        let shards = shards::map(self.labels.len().div_ceil(DOCUMENTS), 16 * scores.len(), |shard| {
            let mut sum = [0.0; 3];
            let mut at = vec![0.0; k];
            let end = self.labels.len().min((shard + 1) * DOCUMENTS);
            for i in (shard * DOCUMENTS..end).filter(|&i| self.included[i]) {
                let (z, dz) = (&scores[i * k..(i + 1) * k], &direction[i * k..(i + 1) * k]);
                at.iter_mut().zip(z.iter().zip(dz)).for_each(|(at, (z, dz))| *at = z + step * dz);
                let label = self.labels[i] as usize;
                let terms = if k == 1 { binary(at[0], dz[0], label) } else { softmax(&mut at, dz, label) };
                let weight = self.weights.of(self.labels[i]);
                sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
            }
            sum
        });
        let n = self.counted().max(1) as f64;
        let mut total = [0.0; 3];
        for shard in shards {
            total.iter_mut().zip(shard).for_each(|(total, term)| *total += term);
        }
        total.map(|sum| sum / n)
    }

    /// The derivative of the mean loss with respect to `scores`, `(N, K)`; 0 for documents that are not included.
    pub fn residuals(&self, scores: &[f64], out: &mut [f64]) {
        let k = self.outputs();
        let n = self.counted().max(1) as f64;
        shards::each(out, DOCUMENTS * k, 16 * scores.len(), |shard, out| {
            let scores = &scores[shard * DOCUMENTS * k..];
            for (i, (r, z)) in out.chunks_exact_mut(k).zip(scores.chunks_exact(k)).enumerate() {
                let i = shard * DOCUMENTS + i;
                let label = self.labels[i] as usize;
                let weight = self.weights.of(self.labels[i]);
                if !self.included[i] {
                    r.fill(0.0);
                } else if k == 1 {
                    r[0] = weight * (sigmoid(z[0]) - label as f64) / n;
                } else {
                    r.copy_from_slice(z);
                    normalise(r);
                    r[label] -= 1.0;
                    r.iter_mut().for_each(|r| *r = weight * *r / n);
                }
            }
        });
    }

    /// The number of correct predictions for each class, `(C)`, and the weighted sum of the losses, over the documents
    /// that are **not** included.
    pub fn held_out(&self, scores: &[f64]) -> (Vec<Vec<u64>>, f64) {
        let k = self.outputs();
        let mut p = vec![0.0; k];
        let (mut confusion, mut loss) = (vec![vec![0; self.classes]; self.classes], 0.0);
        for (i, z) in scores.chunks_exact(k).enumerate().filter(|(i, _)| !self.included[*i]) {
            let label = self.labels[i] as usize;
            let weight = self.weights.of(self.labels[i]);
            if k == 1 {
                loss += weight * binary(z[0], 0.0, label)[0];
                confusion[label][usize::from(z[0] > 0.0)] += 1;
            } else {
                p.copy_from_slice(z);
                loss += weight * softmax(&mut p, z, label)[0];
                confusion[label][largest(z)] += 1;
            }
        }
        (confusion, loss)
    }
}

impl Problem {
    /// Writes the probabilities of the documents that do **not** count to their rows of `out (N, C)`.
    pub fn answer_held_out(&self, scores: &[f64], out: &mut [f32]) {
        let k = self.outputs();
        let rows = scores.chunks_exact(k).zip(out.chunks_exact_mut(self.classes));
        let mut p = vec![0.0; k];
        for (_, (z, out)) in rows.enumerate().filter(|(i, _)| !self.included[*i]) {
            if k == 1 {
                out.copy_from_slice(&[sigmoid(-z[0]) as f32, sigmoid(z[0]) as f32]);
            } else {
                p.copy_from_slice(z);
                normalise(&mut p);
                out.iter_mut().zip(&p).for_each(|(out, p)| *out = *p as f32);
            }
        }
    }
}

/// The loss of the score of the second of two classes, and its first and second derivative along `dz`.
fn binary(z: f64, dz: f64, label: usize) -> [f64; 3] {
    let margin = if label == 1 { z } else { -z };
    // ln(1 + exp(-margin)) without overflow.
    let loss = (-margin.abs()).exp().ln_1p() + (-margin).max(0.0);
    let p = sigmoid(z);
    [loss, (p - label as f64) * dz, p * (1.0 - p) * dz * dz]
}

/// The loss of scores, and its first and second derivative along `dz`. Replaces `z` by the probabilities.
fn softmax(z: &mut [f64], dz: &[f64], label: usize) -> [f64; 3] {
    let of_label = z[label];
    let log_sum = normalise(z);
    let mean: f64 = z.iter().zip(dz).map(|(p, dz)| p * dz).sum();
    let square: f64 = z.iter().zip(dz).map(|(p, dz)| p * (dz - mean).powi(2)).sum();
    [log_sum - of_label, mean - dz[label], square]
}

/// Replaces scores by probabilities. Returns ln Σ exp of the scores.
fn normalise(z: &mut [f64]) -> f64 {
    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    z.iter_mut().for_each(|z| *z = (*z - most).exp());
    let sum: f64 = z.iter().sum();
    z.iter_mut().for_each(|z| *z /= sum);
    most + sum.ln()
}

fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { 1.0 - 1.0 / (1.0 + z.exp()) }
}

fn largest(z: &[f64]) -> usize {
    (0..z.len()).fold(0, |best, i| if z[i] > z[best] { i } else { best })
}

/// A linear classifier, trained to convergence.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// C, the number of classes: two at least.
    pub classes: usize,
    /// The weights, `(D, K)`.
    pub weights: Vec<f64>,
    /// The intercepts, `(K)`.
    pub bias: Vec<f64>,
}

impl Linear {
    /// K, the number of outputs.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The weights of feature `j`, `(K)`.
    pub fn of_feature(&self, j: usize) -> &[f64] {
        &self.weights[j * self.outputs()..(j + 1) * self.outputs()]
    }

    /// The probabilities `(C)` of a document, which is given as pairs (feature, value).
    pub fn probabilities(&self, features: impl IntoIterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut scores = self.bias.clone();
        for (j, x) in features {
            scores.iter_mut().zip(self.of_feature(j)).for_each(|(score, w)| *score += x * w);
        }
        if let [z] = scores[..] {
            let p = sigmoid(z);
            return vec![1.0 - p, p];
        }
        normalise(&mut scores);
        scores
    }

    /// The probabilities `(N, C)` of all rows of `features (N, D)`.
    pub fn probabilities_of(&self, features: &Features) -> Vec<f32> {
        let k = self.outputs();
        let mut scores = vec![0.0; features.len() * k];
        features.times(&self.weights, &self.bias, &mut scores);
        let mut out = vec![0.0; features.len() * self.classes];
        for (z, out) in scores.chunks_exact_mut(k).zip(out.chunks_exact_mut(self.classes)) {
            if let &mut [z] = z {
                out.copy_from_slice(&[sigmoid(-z) as f32, sigmoid(z) as f32]);
            } else {
                normalise(z);
                out.iter_mut().zip(&*z).for_each(|(out, p)| *out = *p as f32);
            }
        }
        out
    }

    /// The probabilities `(C)` of a document with the dense features `(D)`, written to `out`.
    pub fn answer(&self, features: &[f32], out: &mut [f32]) {
        let p = self.probabilities(features.iter().map(|&x| f64::from(x)).enumerate());
        out.iter_mut().zip(p).for_each(|(out, p)| *out = p as f32);
    }

    /// Like [`answer`](Self::answer), and appends the probabilities to `out`.
    pub fn append(&self, features: &[f32], out: &mut Vec<f32>) {
        let start = out.len();
        out.resize(start + self.classes, 0.0);
        self.answer(features, &mut out[start..]);
    }

    /// The classifier as a layer with one output per class, whose softmax gives the same probabilities. The values are
    /// its `weight (C, D)`, then its `bias (C)`, in the layout of [`Linear`](crate::nn::linear::Linear).
    pub fn as_layer(&self) -> Vec<f32> {
        let k = self.outputs();
        let expand = |values: &[f64], c: usize| match (k, c) {
            (1, 0) => (-0.5 * values[0]) as f32,
            (1, _) => (0.5 * values[0]) as f32,
            _ => values[c] as f32,
        };
        let d = self.weights.len() / k;
        let weights = (0..self.classes).flat_map(|c| (0..d).map(move |j| (j, c)));
        let weights = weights.map(|(j, c)| expand(self.of_feature(j), c));
        weights.chain((0..self.classes).map(|c| expand(&self.bias, c))).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use crate::session::training::ClassWeight;

    use super::*;

    #[test]
    fn derivatives_along_a_line_are_those_of_differences() {
        for classes in [2, 4] {
            let n = 700;
            let labels: Vec<u32> = (0..n).map(|i| i as u32 * 7 % classes as u32).collect();
            let features = Arc::new(Features::dense(Array2::zeros((n, 1))));
            let mut problem = Problem::new(features, labels.into(), classes);
            problem.included = (0..n).map(|i| i % 9 != 0).collect();
            let unequal: Vec<u32> =
                (0..n as u32).map(|i| u32::from(i % 5 == 0) * (i % classes as u32)).collect();
            problem = problem.weighted(ClassWeights::new(ClassWeight::Balanced, &unequal, classes));
            let k = problem.outputs();
            let wave = |f: f64| (0..n * k).map(|i| (i as f64 * f).sin() * 3.0).collect::<Vec<_>>();
            let (z, dz, h) = (wave(0.7), wave(1.3), 1e-4);
            let [low, mid, high] = [-h, 0.0, h].map(|step| problem.along(&z, &dz, step));
            assert!(((high[0] - low[0]) / (2.0 * h) - mid[1]).abs() < 1e-6);
            assert!(((high[1] - low[1]) / (2.0 * h) - mid[2]).abs() < 1e-6);
            let mut r = vec![0.0; n * k];
            problem.residuals(&z, &mut r);
            let slope: f64 = r.iter().zip(&dz).map(|(r, dz)| r * dz).sum();
            assert!((slope - mid[1]).abs() < 1e-12);
        }
    }

    #[test]
    fn held_out_documents_are_counted_by_class_and_answer_and_their_losses_weighted() {
        for classes in [2, 3] {
            let n = 40;
            let labels: Vec<u32> =
                (0..n as u32).map(|i| if i % 3 == 0 { i / 3 % classes as u32 } else { 0 }).collect();
            let features = Arc::new(Features::dense(Array2::zeros((n, 1))));
            let weights = ClassWeights::new(ClassWeight::Balanced, &labels, classes);
            let mut problem =
                Problem::new(features, labels.clone().into(), classes).weighted(weights.clone());
            problem.included = (0..n).map(|i| i % 4 == 1).collect();
            let k = problem.outputs();
            let z: Vec<f64> = (0..n * k).map(|i| (i as f64 * 0.9).sin() * 2.0).collect();
            let (mut confusion, mut loss) = (vec![vec![0; classes]; classes], 0.0);
            for i in (0..n).filter(|i| i % 4 != 1) {
                let row = &z[i * k..(i + 1) * k];
                let scores = if k == 1 { vec![0.0, row[0]] } else { row.to_vec() };
                let sum: f64 = scores.iter().map(|score| score.exp()).sum();
                loss -= weights.of(labels[i]) * (scores[labels[i] as usize].exp() / sum).ln();
                confusion[labels[i] as usize][largest(&scores)] += 1;
            }
            let found = problem.held_out(&z);
            assert!(found.0 == confusion && (found.1 - loss).abs() < 1e-12, "{found:?} {confusion:?} {loss}");
            let right: u64 = confusion.iter().enumerate().map(|(class, row)| row[class]).sum();
            assert!(right > 0 && right < 30, "{confusion:?}");
        }
    }

    #[test]
    fn scores_far_from_zero_stay_finite() {
        for z in [-800.0, 800.0] {
            for label in [0, 1] {
                assert!(binary(z, 1.0, label).iter().all(|term| term.is_finite()));
                assert!(
                    softmax(&mut [z, 0.0, -z], &[1.0, 2.0, 3.0], label).iter().all(|term| term.is_finite())
                );
            }
        }
    }

    #[test]
    fn a_layer_gives_the_same_probabilities() {
        for (classes, weights, bias) in
            [(2, vec![0.5, -1.0], vec![0.25]), (3, vec![0.5, -1.0, 0.2, 0.1, 0.0, 1.0], vec![0.1, 0.2, -0.3])]
        {
            let linear = Linear { classes, weights, bias };
            let layer = linear.as_layer();
            let (w, b) = layer.split_at(2 * classes);
            let x = [2.0_f64, -0.5];
            let mut scores: Vec<f64> = (0..classes)
                .map(|c| f64::from(b[c]) + x[0] * f64::from(w[2 * c]) + x[1] * f64::from(w[2 * c + 1]))
                .collect();
            normalise(&mut scores);
            let p = linear.probabilities(x.into_iter().enumerate());
            let rows = Array2::from_shape_vec((1, 2), x.map(|x| x as f32).to_vec()).unwrap();
            let all = linear.probabilities_of(&Features::dense(rows));
            assert!(all.iter().zip(&p).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6), "{all:?} {p:?}");
            assert!(p.iter().zip(&scores).all(|(a, b)| (a - b).abs() < 1e-6), "{p:?} {scores:?}");
        }
    }
}
