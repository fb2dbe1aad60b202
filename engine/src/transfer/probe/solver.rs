//! L-BFGS for a logistic regression problem. A call of `step` is one iteration.
//!
//! Limited-memory BFGS (Liu & Nocedal 1989). The line search makes Newton steps within a bracket until the strong
//! Wolfe conditions hold. The scores of all documents are kept, and the scores of the search direction are computed
//! once per iteration. So a trial of the line search needs N exponentials and no matrix product. An iteration has
//! exactly one matrix product with the features and one with their transpose.

use std::collections::VecDeque;

use super::logistic::{Linear, Problem};

/// The most pairs of steps and gradient changes in the L-BFGS history.
const MEMORY: usize = 12;
/// The most values in the L-BFGS history. With many outputs and words, a longer history would take more time than the matrix
/// products.
const REMEMBERED: usize = 1 << 22;
/// Converged when the largest absolute value of the gradient is below this fraction of its initial value.
pub const TOLERANCE: f64 = 1e-6;
/// The tolerance of solutions that are only compared with each other.
pub const ROUGH: f64 = 1e-3;
/// The most iterations.
const LONGEST: u64 = 5_000;
/// The most trials of a line search.
const TRIALS: usize = 40;

/// The result of an iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The number of iterations so far.
    pub iteration: u64,
    /// The objective: mean loss plus regularisation.
    pub loss: f64,
    /// The largest absolute value of the gradient.
    pub gradient: f64,
}

/// The solver's state.
#[derive(Debug, Clone)]
pub struct Solver {
    problem: Problem,
    /// The regularisation strength, 1 / (C N).
    ridge: f64,
    /// Mean and standard deviation of every feature, if features are standardised.
    moments: Option<(Vec<f64>, Vec<f64>)>,
    /// Mean square of every feature (1 if standardised), and 1 for the intercept. For the preconditioner.
    squares: Vec<f64>,
    /// Weights `(D, K)` of the standardised features, then the intercept `(K)`.
    at: Vec<f64>,
    gradient: Vec<f64>,
    scores: Vec<f64>,
    objective: f64,
    history: VecDeque<Pair>,
    first_gradient: f64,
    tolerance: f64,
    iteration: u64,
    finished: bool,
    flops: u64,
    /// Working memory for the scores of the direction, and for residuals.
    moved: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / (step · change).
    rho: f64,
}

impl Solver {
    /// Starts at zero with the regularisation `c` (scikit-learn's C: larger is weaker). If `standardise`, features
    /// are centred and scaled by the included documents, and the weights of the scaled features are regularised.
    pub fn new(problem: Problem, c: f64, standardise: bool) -> Solver {
        let (n, k, d) = (problem.labels.len(), problem.outputs(), problem.features.width());
        let moments = standardise.then(|| problem.features.moments(&problem.included));
        let mut squares = match standardise {
            true => vec![1.0; d],
            false => problem.features.mean_squares(&problem.included),
        };
        squares.push(1.0);
        let mut solver = Solver {
            problem,
            ridge: 0.0,
            moments,
            squares,
            at: vec![0.0; (d + 1) * k],
            gradient: vec![0.0; (d + 1) * k],
            scores: vec![0.0; n * k],
            objective: 0.0,
            history: VecDeque::new(),
            first_gradient: 0.0,
            tolerance: TOLERANCE,
            iteration: 0,
            finished: false,
            flops: 0,
            moved: vec![0.0; n * k],
        };
        solver.set_c(c);
        solver.first_gradient = largest(&solver.gradient);
        solver.finished = solver.first_gradient == 0.0;
        solver
    }

    /// The same solver, which stops when the gradient has fallen to the fraction `tolerance` of its initial value.
    pub fn with_tolerance(self, tolerance: f64) -> Solver {
        Solver { tolerance, ..self }
    }

    /// Changes the regularisation and continues from the current weights.
    pub fn set_c(&mut self, c: f64) {
        self.ridge = 1.0 / (c * self.problem.counted().max(1) as f64);
        self.history.clear();
        self.finished = false;
        self.evaluate();
    }

    /// Makes one iteration; `None` if the solver had finished before.
    pub fn step(&mut self) -> Option<Progress> {
        if self.finished {
            return None;
        }
        let mut direction = self.direction();
        // Two dot products and two sums of vectors for each pair of the history.
        self.flops += 8 * (self.history.len() * direction.len()) as u64;
        if dot(&direction, &self.gradient) >= 0.0 {
            // Rounding errors made the history invalid. Start again without it.
            self.history.clear();
            direction = self.direction();
        }
        let slope = dot(&direction, &self.gradient);
        let mut moved = std::mem::take(&mut self.moved);
        self.scores_of(&direction, &mut moved);
        self.flops += self.problem.features.flops(self.problem.outputs());
        let length = self.search(&direction, &moved, slope);
        self.iteration += 1;
        let (before, old_gradient) = (self.objective, self.gradient.clone());
        if length > 0.0 {
            for (at, d) in self.at.iter_mut().zip(&direction) {
                *at += length * d;
            }
            for (score, d) in self.scores.iter_mut().zip(&moved) {
                *score += length * d;
            }
        }
        self.moved = moved;
        if length > 0.0 {
            self.evaluate();
            let step: Vec<f64> = direction.iter().map(|d| length * d).collect();
            let change: Vec<f64> = self.gradient.iter().zip(&old_gradient).map(|(a, b)| a - b).collect();
            let product = dot(&step, &change);
            if product > f64::EPSILON * dot(&change, &change) {
                if self.history.len() >= MEMORY.min(REMEMBERED / step.len()).max(3) {
                    self.history.pop_front();
                }
                self.history.push_back(Pair { step, change, rho: 1.0 / product });
            }
        }
        let gradient = largest(&self.gradient);
        // The change of the objective is at the limit of its precision.
        let still = before - self.objective <= 4.0 * f64::EPSILON * self.objective.abs();
        self.finished =
            gradient <= self.tolerance * self.first_gradient || still || self.iteration >= LONGEST;
        Some(Progress { iteration: self.iteration, loss: self.objective, gradient })
    }

    /// Whether the solver has finished: it has converged, makes no more progress, or has made the most iterations.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// The problem that it solves.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The number of iterations so far.
    pub fn iterations(&self) -> u64 {
        self.iteration
    }

    /// The floating-point operations so far: those of the products with the features, one for each direction and one for each
    /// gradient, and of the history.
    pub fn flops(&self) -> u64 {
        self.flops
    }

    /// The scores `(N, K)` of all documents, including those that are not part of the loss.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// The current classifier, for features that are not standardised.
    pub fn linear(&self) -> Linear {
        let (weights, bias) = self.unscaled(&self.at);
        Linear { classes: self.problem.classes, weights, bias }
    }

    /// Converts weights and intercept for standardised features to those for the original features.
    fn unscaled(&self, of: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let k = self.problem.outputs();
        let (weights, bias) = of.split_at(of.len() - k);
        let (mut weights, mut bias) = (weights.to_vec(), bias.to_vec());
        if let Some((means, deviations)) = &self.moments {
            for ((w, mean), deviation) in weights.chunks_exact_mut(k).zip(means).zip(deviations) {
                for (w, bias) in w.iter_mut().zip(&mut bias) {
                    *w /= deviation;
                    *bias -= mean * *w;
                }
            }
        }
        (weights, bias)
    }

    /// The scores `out (N, K)` that the weights `of` give.
    fn scores_of(&self, of: &[f64], out: &mut [f64]) {
        let (weights, bias) = self.unscaled(of);
        self.problem.features.times(&weights, &bias, out);
    }

    /// Computes the objective and its gradient at the current scores.
    fn evaluate(&mut self) {
        let k = self.problem.outputs();
        let split = self.at.len() - k;
        let mut residuals = std::mem::take(&mut self.moved);
        self.problem.residuals(&self.scores, &mut residuals);
        let (of_weights, of_bias) = self.gradient.split_at_mut(split);
        self.problem.features.transposed_times(&residuals, k, of_weights);
        self.flops += self.problem.features.flops(k);
        of_bias.fill(0.0);
        for r in residuals.chunks_exact(k) {
            of_bias.iter_mut().zip(r).for_each(|(sum, r)| *sum += r);
        }
        if let Some((means, deviations)) = &self.moments {
            for ((g, mean), deviation) in of_weights.chunks_exact_mut(k).zip(means).zip(deviations) {
                g.iter_mut().zip(&*of_bias).for_each(|(g, sum)| *g = (*g - mean * sum) / deviation);
            }
        }
        let weights = &self.at[..split];
        of_weights.iter_mut().zip(weights).for_each(|(g, w)| *g += self.ridge * w);
        let loss = self.problem.along(&self.scores, &self.scores, 0.0)[0];
        self.objective = loss + 0.5 * self.ridge * dot(weights, weights);
        self.moved = residuals;
    }

    /// The quasi-Newton direction (Nocedal & Wright 2006, algorithm 7.4).
    fn direction(&self) -> Vec<f64> {
        let mut q: Vec<f64> = self.gradient.iter().map(|g| -g).collect();
        let mut alphas = Vec::with_capacity(self.history.len());
        for pair in self.history.iter().rev() {
            let alpha = pair.rho * dot(&pair.step, &q);
            q.iter_mut().zip(&pair.change).for_each(|(q, y)| *q -= alpha * y);
            alphas.push(alpha);
        }
        self.precondition(&mut q);
        if let Some(pair) = self.history.back() {
            let mut scaled = pair.change.clone();
            self.precondition(&mut scaled);
            let scale = 1.0 / (pair.rho * dot(&pair.change, &scaled));
            q.iter_mut().for_each(|q| *q *= scale);
        }
        for (pair, alpha) in self.history.iter().zip(alphas.into_iter().rev()) {
            let beta = pair.rho * dot(&pair.change, &q);
            q.iter_mut().zip(&pair.step).for_each(|(q, s)| *q += (alpha - beta) * s);
        }
        q
    }

    /// Divides by the curvature that each weight has if all classes are equally probable. Frequent words have a
    /// thousand times more curvature than rare ones.
    fn precondition(&self, values: &mut [f64]) {
        let k = self.problem.outputs();
        let even = 1.0 / self.problem.classes as f64;
        let bend = even * (1.0 - even);
        for (values, square) in values.chunks_exact_mut(k).zip(&self.squares) {
            let curvature = bend * square + self.ridge;
            values.iter_mut().for_each(|value| *value /= curvature);
        }
    }

    /// The step length along `direction`, whose scores are `moved` and whose slope at the current point is `slope`.
    /// At this length the strong Wolfe conditions hold. 0 if no step makes the objective smaller.
    fn search(&self, direction: &[f64], moved: &[f64], slope: f64) -> f64 {
        let split = self.at.len() - self.problem.outputs();
        let (w, d) = (&self.at[..split], &direction[..split]);
        let (ww, wd, dd) = (dot(w, w), dot(w, d), dot(d, d));
        let along = |step: f64| {
            let [value, first, second] = self.problem.along(&self.scores, moved, step);
            [
                value + 0.5 * self.ridge * (ww + 2.0 * step * wd + step * step * dd),
                first + self.ridge * (wd + step * dd),
                second + self.ridge * dd,
            ]
        };
        let here = along(0.0);
        let (mut low, mut high) = (0.0_f64, f64::INFINITY);
        // With a history the direction has the right length. A gradient alone does not.
        let mut step = if self.history.is_empty() { newton(0.0, here) } else { 1.0 };
        let mut best = (0.0, here[0]);
        for _ in 0..TRIALS {
            let there = along(step);
            if there[0] < best.1 {
                best = (step, there[0]);
            }
            let decreased = there[0] <= here[0] + 1e-4 * step * slope;
            if decreased && there[1].abs() <= 0.5 * slope.abs() {
                return step;
            }
            // The objective is convex, so the sign of its slope says on which side the minimum is.
            if there[1] < 0.0 && there[0].is_finite() {
                low = step;
            } else {
                high = step;
            }
            let next = newton(step, there);
            step = if next > low && next < high && next.is_finite() {
                next
            } else if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * step
            };
        }
        best.0
    }
}

/// A Newton step towards a slope of 0.
fn newton(step: f64, [_, first, second]: [f64; 3]) -> f64 {
    step - first / second.max(f64::MIN_POSITIVE)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| f64::max(most, value.abs()))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests;
