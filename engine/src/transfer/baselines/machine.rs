//! A support vector machine (SVM) on naive Bayes ratios, solved by dual coordinate descent.
//!
//! Documents are sets of features. *p* and *q* count the documents of a class and of the other classes that have each
//! feature, both plus 1. The ratio of a feature is r = ln((p / |p|) / (q / |q|)) (Wang & Manning 2012, section 2).
//! The SVM minimises
//!
//! ```text
//! min  ½ |w|² + ½ b² + C Σ c max(0, 1 - y (Σ r w + b))²
//! ```
//!
//! with C = 1 (unless tuning chooses another) and the weight c of each document's class. This is scikit-learn's `LinearSVC` on features multiplied by r,
//! with `sample_weight`. (Its `class_weight` with more than two classes weights only the documents of the class that an
//! SVM is for, not the others.) In the dual problem, each document has
//! a multiplier. The solver sets one multiplier after another to its optimum (Hsieh et al. 2008, algorithm 1, L2
//! loss) until the projected gradients are small.

use crate::rng;
use crate::text::pairs::Sets;

/// The usual weight of the loss.
pub const C: f64 = 1.0;
/// The solver stops when the mean absolute projected gradient of an epoch is at most this value. The largest one is
/// not a good criterion: a few very long documents can need a thousand epochs to converge among themselves, and they
/// change nothing else.
const TOLERANCE: f64 = 0.005;
/// The most epochs.
const PASSES: u64 = 100;

/// A training document.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// Its row of the sets.
    pub row: u32,
    /// Whether it is of the class.
    pub is: bool,
    /// The weight of its loss.
    pub weight: f64,
}

/// An SVM in training: one class against the others.
#[derive(Debug)]
pub struct Machine {
    documents: Vec<Document>,
    /// For each feature `[r w, r]`. Both are 0 if no training document has the feature.
    features: Vec<[f32; 2]>,
    /// The number of features that some training document has.
    seen: usize,
    bias: f64,
    /// The dual multiplier of each document.
    multipliers: Vec<f64>,
    /// The squared norm of each document's feature vector.
    squares: Vec<f64>,
    c: f64,
    seed: u64,
    order: Vec<u32>,
    next: usize,
    epochs: u64,
    /// The sum of the absolute projected gradients of this epoch so far.
    gradients: f64,
    /// The sum of the losses of this epoch so far.
    loss: f64,
    last: Epoch,
    tolerance: f64,
    most_epochs: u64,
    finished: bool,
    flops: u64,
}

/// Figures of the last complete epoch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Epoch {
    /// The mean squared hinge loss, weighted. Each loss is computed just before the document's multiplier changes.
    pub loss: f64,
    /// The mean absolute projected gradient.
    pub gradient: f64,
}

impl Machine {
    /// An SVM for `documents`, whose rows are those of `sets`, with `width` features and the weight `c` of the loss.
    pub fn new(sets: &Sets, documents: Vec<Document>, width: usize, c: f64, seed: u64) -> Machine {
        let mut counts = vec![[0_u32; 2]; width];
        for &Document { row, is, .. } in &documents {
            sets.row(row as usize).iter().for_each(|&j| counts[j as usize][usize::from(!is)] += 1);
        }
        let is_seen = |count: &[u32; 2]| count[0] + count[1] > 0;
        let seen = counts.iter().filter(|count| is_seen(count)).count();
        let total = |side: usize| {
            counts.iter().filter(|c| is_seen(c)).map(|c| 1 + u64::from(c[side])).sum::<u64>() as f64
        };
        let shift = total(0).ln() - total(1).ln();
        // Precomputes the logarithms: there are fewer distinct counts than features.
        let logs: Vec<f64> = (0..=documents.len()).map(|count| ((1 + count) as f64).ln()).collect();
        let ratio = |count: &[u32; 2]| {
            let r = logs[count[0] as usize] - logs[count[1] as usize] - shift;
            [0.0, if is_seen(count) { r as f32 } else { 0.0 }]
        };
        let features: Vec<[f32; 2]> = counts.iter().map(ratio).collect();
        let square = |row: u32| {
            let ratios = sets.row(row as usize).iter().map(|&j| f64::from(features[j as usize][1]));
            1.0 + ratios.map(|r| r * r).sum::<f64>()
        };
        // A multiplication and an addition for each squared ratio.
        let flops = documents.iter().map(|document| 2 * sets.row(document.row as usize).len() as u64).sum();
        Machine {
            squares: documents.iter().map(|document| square(document.row)).collect(),
            multipliers: vec![0.0; documents.len()],
            order: (0..documents.len() as u32).collect(),
            finished: documents.is_empty(),
            documents,
            features,
            seen,
            bias: 0.0,
            c,
            seed,
            next: 0,
            epochs: 0,
            gradients: 0.0,
            loss: 0.0,
            last: Epoch::default(),
            tolerance: TOLERANCE,
            most_epochs: PASSES,
            flops,
        }
    }

    /// Whether the solver has converged or reached the most epochs.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// The floating-point operations so far: those of the documents' squared norms, then an addition for each feature of a document that is visited, and two
    /// multiplications and an addition for each if its multiplier changes.
    pub fn flops(&self) -> u64 {
        self.flops
    }

    /// The number of complete epochs.
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// Figures of the last complete epoch.
    pub fn last(&self) -> Epoch {
        self.last
    }

    /// Processes documents until they had `work` features together, or the epoch is complete.
    pub fn step(&mut self, sets: &Sets, work: usize) {
        if self.finished {
            return;
        }
        if self.next == 0 {
            rng::shuffle(&mut rng::stream(self.seed, "coordinates", self.epochs), &mut self.order);
        }
        let mut done = 0;
        while self.next < self.order.len() && done < work {
            done += self.descend(sets, self.order[self.next] as usize);
            self.next += 1;
        }
        if self.next == self.order.len() {
            self.epochs += 1;
            let n = self.order.len() as f64;
            self.last = Epoch { loss: self.loss / n, gradient: self.gradients / n };
            self.finished = self.last.gradient <= self.tolerance || self.epochs >= self.most_epochs;
            (self.next, self.gradients, self.loss) = (0, 0.0, 0.0);
        }
    }

    /// Sets the multiplier of document `i` to its optimum. Returns the number of features of the document.
    fn descend(&mut self, sets: &Sets, i: usize) -> usize {
        let Document { row, is, weight } = self.documents[i];
        let row = sets.row(row as usize);
        let sign = if is { 1.0 } else { -1.0 };
        let score: f64 = row.iter().map(|&j| f64::from(self.features[j as usize][0])).sum();
        let short = 1.0 - sign * (score + self.bias);
        self.loss += weight * short.max(0.0).powi(2);
        self.flops += row.len() as u64;
        let before = self.multipliers[i];
        let diagonal = 1.0 / (2.0 * self.c * weight);
        let gradient = before * diagonal - short;
        // A multiplier of 0 cannot become negative.
        let projected = if before == 0.0 { gradient.min(0.0) } else { gradient };
        self.gradients += projected.abs();
        if projected.abs() > 1e-12 {
            let after = (before - gradient / (self.squares[i] + diagonal)).max(0.0);
            self.multipliers[i] = after;
            let change = sign * (after - before);
            self.bias += change;
            self.flops += 3 * row.len() as u64;
            for &j in row {
                let [weight, ratio] = &mut self.features[j as usize];
                *weight += (change * f64::from(*ratio) * f64::from(*ratio)) as f32;
            }
        }
        row.len().max(1)
    }

    /// The intercept.
    pub fn bias(&self) -> f64 {
        self.bias
    }

    /// The mean of |w| over the features that some training document has.
    pub fn mean_weight(&self) -> f64 {
        let one = |[weight, ratio]: &[f32; 2]| match *ratio {
            0.0 => 0.0,
            ratio => f64::from((weight / ratio).abs()),
        };
        self.features.iter().map(one).sum::<f64>() / self.seen.max(1) as f64
    }

    /// Two scores of a document, both with the intercept: by the ratios times `mean` (naive Bayes), and by the SVM.
    /// An interpolation of the two is NBSVM's mixture.
    pub fn scores(&self, row: &[u32], mean: f64) -> [f64; 2] {
        let (mut solved, mut ratios) = (0.0, 0.0);
        for &j in row {
            let [weight, ratio] = self.features[j as usize];
            solved += f64::from(weight);
            ratios += f64::from(ratio);
        }
        [mean * ratios + self.bias, solved + self.bias]
    }

    /// The weight of each feature in the mixture with the fraction `b` of the SVM, `(width)`.
    pub fn mixed(&self, b: f64) -> impl Iterator<Item = f32> + '_ {
        let bare = (1.0 - b) * self.mean_weight();
        self.features
            .iter()
            .map(move |&[weight, ratio]| (bare * f64::from(ratio) + b * f64::from(weight)) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(n: u32) -> Sets {
        let mut sets = Sets { starts: vec![0], features: Vec::new() };
        for i in 0..n {
            let mut row: Vec<u32> = (0..6).map(|t| (i * i * (t + 3) + 7 * t * i + t) % 23).collect();
            row.sort_unstable();
            row.dedup();
            sets.features.extend(row);
            sets.starts.push(sets.features.len());
        }
        sets
    }

    fn solved(sets: &Sets, work: usize) -> Machine {
        solved_with(sets, work, |_| 1.0)
    }

    #[test]
    fn operations_are_those_of_the_features_that_are_visited() {
        let sets = sets(9);
        let document = |row| Document { row, is: label(row) == 0, weight: 1.0 };
        let mut machine = Machine::new(&sets, (0..9).map(document).collect(), 25, C, 1);
        let all = sets.features.len() as u64;
        // Squares: a multiplication and an addition for each feature. The first epoch changes every multiplier.
        assert_eq!(machine.flops(), 2 * all);
        machine.step(&sets, usize::MAX);
        assert_eq!((machine.epochs(), machine.flops()), (1, 6 * all));
    }

    fn label(i: u32) -> u32 {
        (i * i + i / 4) % 3
    }

    /// The SVM of class 0 with a weight for each class.
    fn solved_with(sets: &Sets, work: usize, weight: impl Fn(u32) -> f64) -> Machine {
        let document = |row| Document { row, is: label(row) == 0, weight: weight(label(row)) };
        let documents = (0..sets.len() as u32).map(document).collect();
        let mut machine = Machine::new(sets, documents, 25, C, 1);
        (machine.tolerance, machine.most_epochs) = (1e-6, 10_000);
        while !machine.finished() {
            machine.step(sets, work);
        }
        machine
    }

    // import numpy as np; from sklearn.svm import LinearSVC
    // X = np.zeros((60, 25))
    // for i in range(60):
    //     for t in range(6): X[i, (i*i*(t+3) + 7*t*i + t) % 23] = 1
    // y = np.array([(i*i + i//4) % 3 == 0 for i in range(60)])
    // X = X[:, :23]; p, q = 1 + X[y].sum(0), 1 + X[~y].sum(0); r = np.log(p/p.sum()) - np.log(q/q.sum())
    // m = LinearSVC(C=1, tol=1e-10, max_iter=10**6).fit(X*r, y); print(m.coef_, m.intercept_, abs(m.coef_).mean())
    #[test]
    fn the_solution_is_that_of_scikit_learn() {
        let sets = sets(60);
        let machine = solved(&sets, 1_000);
        assert_eq!(machine.seen, 23);
        for (j, expected) in GOLDEN_WEIGHTS {
            let [weight, ratio] = machine.features[j];
            assert!((f64::from(weight / ratio) - expected).abs() < 2e-3, "{j}: {}", weight / ratio);
        }
        assert!((machine.bias - GOLDEN_BIAS).abs() < 2e-3, "{}", machine.bias);
        assert!((machine.mean_weight() - GOLDEN_MEAN).abs() < 1e-3, "{}", machine.mean_weight());
    }

    const GOLDEN_WEIGHTS: [(usize, f64); 4] =
        [(0, 0.0066258), (5, 0.4725781), (11, 0.1987950), (22, -0.0085505)];
    const GOLDEN_BIAS: f64 = 0.0295117;
    const GOLDEN_MEAN: f64 = 0.2905317;

    // With X, y and r as above:
    // m = LinearSVC(C=1, tol=1e-10, max_iter=10**6, class_weight="balanced").fit(X*r, y)
    // print(m.coef_[0, [0, 5, 11, 22]], m.intercept_)
    // w = np.array([0.5, 2.5, 1.25])[[(i*i + i//4) % 3 for i in range(60)]]  # a weight for each of three classes
    // m = LinearSVC(C=1, tol=1e-10, max_iter=10**6).fit(X*r, y, sample_weight=w)
    // print(m.coef_[0, [0, 5, 11, 22]], m.intercept_)
    #[test]
    fn weighted_solutions_are_those_of_scikit_learn() {
        let sets = sets(60);
        let of_class = (0..60).filter(|&i| label(i) == 0).count() as f64;
        let balanced = move |class: u32| 30.0 / if class == 0 { of_class } else { 60.0 - of_class };
        let three = |class: u32| [0.5, 2.5, 1.25][class as usize];
        let found = [solved_with(&sets, 1_000, balanced), solved_with(&sets, 1_000, three)];
        for (machine, (weights, bias)) in found.iter().zip(GOLDEN_WEIGHTED) {
            for (j, expected) in [0, 5, 11, 22].into_iter().zip(weights) {
                let [weight, ratio] = machine.features[j];
                assert!((f64::from(weight / ratio) - expected).abs() < 2e-3, "{j}: {}", weight / ratio);
            }
            assert!((machine.bias - bias).abs() < 2e-3, "{}", machine.bias);
        }
    }

    const GOLDEN_WEIGHTED: [([f64; 4], f64); 2] = [
        ([0.0605248, 0.4516495, 0.2253507, -0.0060888], 0.1975641),
        ([-0.1779062, 0.3898886, 0.0603083, -0.0042195], -0.4677375),
    ];

    #[test]
    fn pieces_of_a_pass_do_not_change_it_and_mixtures_lie_between() {
        let sets = sets(60);
        let (whole, pieces) = (solved(&sets, usize::MAX), solved(&sets, 13));
        assert_eq!(whole.features, pieces.features);
        assert_eq!((whole.epochs, whole.last), (pieces.epochs, pieces.last));
        let mean = whole.mean_weight();
        for row in [sets.row(3), sets.row(40), &[]] {
            let [bare, machine] = whole.scores(row, mean);
            for b in [0.0, 0.25, 1.0] {
                let weights: Vec<f32> = whole.mixed(b).collect();
                let score = row.iter().map(|&j| f64::from(weights[j as usize])).sum::<f64>() + whole.bias();
                assert!((score - ((1.0 - b) * bare + b * machine)).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn one_class_alone_or_nothing_ends_too() {
        let sets = sets(8);
        let mut machine = Machine::new(
            &sets,
            (0..8).map(|row| Document { row, is: false, weight: 1.0 }).collect(),
            23,
            C,
            1,
        );
        while !machine.finished() {
            machine.step(&sets, 10);
        }
        assert!(sets.row(2).iter().map(|_| 0.0).sum::<f64>() + machine.scores(sets.row(2), 0.0)[1] < -0.5);
        assert!(Machine::new(&sets, Vec::new(), 23, C, 1).finished());
    }
}
