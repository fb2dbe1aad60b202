//! A probe whose regularisation is chosen by cross-validation. A call of `step` is one iteration.
//!
//! The folds are stratified. They are drawn three times, or once if there are many documents, because one draw
//! depends too much on chance. Each fold solves the grid from strong to weak regularisation; each solution is the
//! start of the next. The regularisation whose held-out answers are best by the metric that compares runs is chosen. With
//! few labels several are often equally good; then the one with the least held-out loss is chosen. A regularisation whose held-out loss is above that of equal probabilities is excluded: with few labels it
//! may be correct as often, but it is confident in its errors. The final classifier is trained on all documents with
//! the chosen regularisation.
//!
//! With class weights, which are those of all documents in every fold, a correct document and its loss count as much as
//! its class. With balanced weights the choice by accuracy is thus one by balanced accuracy; see [`solving::score`].

use crate::rng;
use crate::session::metric::Metric;
use crate::transfer::solving;

use super::features::Features;
use super::logistic::{Linear, Problem};
use super::solver::{Progress, ROUGH, Solver};

/// The state of the cross-validation, and its result.
///
/// ```
/// use std::sync::Arc;
/// use ndarray::Array2;
/// use warmstart_engine::transfer::probe::{Features, Problem, Validated, validated::grid};
///
/// // The first feature determines the class; the second is noise.
/// let x = Array2::from_shape_fn((40, 2), |(i, j)| if j == 0 { i as f32 - 19.5 } else { (i % 3) as f32 });
/// let labels: Vec<u32> = (0..40).map(|i| u32::from(i >= 20)).collect();
/// let problem = Problem::new(Arc::new(Features::dense(x)), labels.into(), 2);
///
/// let mut probe = Validated::new(problem, grid(), 5, true, 1);
/// while probe.step().is_some() {}
/// assert!(grid().contains(&probe.c()));
/// let linear = probe.linear();
/// let of = |x: f64| linear.probabilities([(0, x), (1, 1.0)]);
/// assert!(of(-15.0)[0] > 0.9 && of(15.0)[1] > 0.9, "{:?} {:?}", of(-15.0), of(15.0));
/// ```
#[derive(Debug)]
pub struct Validated {
    problem: Problem,
    grid: Vec<f64>,
    standardise: bool,
    /// The fold of each document, for each draw.
    folds: Vec<Vec<u32>>,
    /// The number of folds per draw.
    count: u32,
    /// The fold (counted over all draws) and the index in the grid that the solver works on; `None` once the
    /// regularisation is chosen.
    place: Option<(u32, usize)>,
    solver: Solver,
    /// The metric of the held-out answers that the regularisation is chosen by.
    metric: Metric,
    /// For each regularisation the held-out answers, `[true class][predicted class]`, and the sum of their weighted losses.
    answers: Vec<(Vec<Vec<u64>>, f64)>,
    /// For each regularisation the probabilities `(N, C)` of all documents, each by the solution of the first draw that it
    /// was held out of. Once the choice is made, those of the chosen one alone.
    out_of_fold: Vec<Vec<f32>>,
    chosen: f64,
    iterations: u64,
    /// The floating-point operations of the solvers before the current one.
    flops: u64,
}

/// How often folds are drawn if there are at most [`FEW`] documents. With more, they are drawn once.
const DRAWS: u64 = 3;
const FEW: usize = 10_000;

/// C from 0.0001 to 10, two values per decade. With standardised features, the ends of this range give nearly
/// constant predictions and hardly any regularisation, whatever the features are.
pub fn grid() -> Vec<f64> {
    (0..11).map(|i| 10_f64.powf(-4.0 + f64::from(i) / 2.0)).collect()
}

impl Validated {
    /// Chooses among `grid` (ascending) with `folds` folds. If the smallest class has fewer documents, there are as
    /// many folds as it has documents, but at least two.
    pub fn new(problem: Problem, grid: Vec<f64>, folds: u32, standardise: bool, seed: u64) -> Validated {
        let count = fold_count(&problem.labels, problem.classes, folds);
        let draws = if problem.labels.len() > FEW { 1 } else { DRAWS };
        let folds: Vec<Vec<u32>> =
            (0..draws).map(|draw| stratified(&problem.labels, count, seed, draw)).collect();
        let solver = fold_solver(&problem, &folds[0], 0, grid[0], standardise);
        let answers = vec![(vec![vec![0; problem.classes]; problem.classes], 0.0); grid.len()];
        let chosen = grid[0];
        let out_of_fold = vec![vec![0.0; problem.labels.len() * problem.classes]; grid.len()];
        Validated {
            problem,
            grid,
            standardise,
            folds,
            count,
            place: Some((0, 0)),
            solver,
            metric: Metric::default(),
            answers,
            out_of_fold,
            chosen,
            iterations: 0,
            flops: 0,
        }
    }

    /// The same, choosing by this metric of the held-out answers instead of accuracy.
    pub fn by(self, metric: Metric) -> Validated {
        Validated { metric, ..self }
    }

    /// Makes one iteration; `None` if the training has finished.
    pub fn step(&mut self) -> Option<Progress> {
        if self.finished() {
            return None;
        }
        let progress = self.solver.step();
        self.iterations += u64::from(progress.is_some());
        if let (true, Some((fold, place))) = (self.solver.finished(), self.place) {
            let (confusion, loss) = self.solver.problem().held_out(self.solver.scores());
            let answers = &mut self.answers[place];
            let counts = answers.0.iter_mut().flatten().zip(confusion.iter().flatten());
            counts.for_each(|(sum, count)| *sum += count);
            answers.1 += loss;
            if fold < self.count {
                self.solver.problem().answer_held_out(self.solver.scores(), &mut self.out_of_fold[place]);
            }
            self.next(fold, place);
        }
        let now = Progress { iteration: self.iterations, loss: f64::NAN, gradient: f64::NAN };
        Some(progress.map_or(now, |progress| Progress { iteration: self.iterations, ..progress }))
    }

    /// Starts the solution that follows `fold` at `place` of the grid.
    fn next(&mut self, fold: u32, place: usize) {
        if place + 1 < self.grid.len() {
            self.solver.set_c(self.grid[place + 1]);
            self.place = Some((fold, place + 1));
        } else if fold + 1 < self.rounds() {
            let (draw, of) = ((fold + 1) / self.count, (fold + 1) % self.count);
            let folds = &self.folds[draw as usize];
            self.flops += self.solver.flops();
            self.solver = fold_solver(&self.problem, folds, of, self.grid[0], self.standardise);
            self.place = Some((fold + 1, 0));
        } else {
            // The mean weight of the documents is 1.
            let even =
                (self.problem.labels.len() * self.folds.len()) as f64 * (self.problem.classes as f64).ln();
            let best = best(&self.scores(self.metric), even);
            self.chosen = self.grid[best];
            self.out_of_fold = vec![self.out_of_fold.swap_remove(best)];
            self.flops += self.solver.flops();
            self.solver = Solver::new(self.problem.clone(), self.chosen, self.standardise);
            self.place = None;
        }
    }

    /// For each regularisation the score of the held-out answers, and the sum of the weighted losses.
    fn scores(&self, metric: Metric) -> Vec<(f64, f64)> {
        let score = |confusion: &[Vec<u64>]| solving::score(metric, &self.problem.weights, confusion);
        self.answers.iter().map(|(confusion, loss)| (score(confusion), *loss)).collect()
    }

    /// The number of folds in all draws.
    fn rounds(&self) -> u32 {
        self.count * self.folds.len() as u32
    }

    /// Whether the regularisation is chosen and the final problem is solved.
    pub fn finished(&self) -> bool {
        self.place.is_none() && self.solver.finished()
    }

    /// Whether the regularisation is still being chosen.
    pub fn choosing(&self) -> bool {
        self.place.is_some()
    }

    /// The approximate fraction of the work that is done.
    pub fn done(&self) -> f64 {
        match self.place {
            Some((fold, place)) => {
                let whole = f64::from(self.rounds()) * self.grid.len() as f64;
                0.95 * (f64::from(fold) * self.grid.len() as f64 + place as f64) / whole
            }
            None if self.solver.finished() => 1.0,
            None => 0.95,
        }
    }

    /// The chosen regularisation C.
    pub fn c(&self) -> f64 {
        self.chosen
    }

    /// For each C of the grid: C, accuracy and mean loss on the held-out documents, both weighted by class.
    pub fn held_out(&self) -> Vec<(f64, f64, f64)> {
        let n = (self.problem.labels.len() * self.folds.len()).max(1) as f64;
        let one = |(&c, (right, loss)): (&f64, (f64, f64))| (c, right / n, loss / n);
        self.grid.iter().zip(self.scores(Metric::Accuracy)).map(one).collect()
    }

    /// The probabilities `(N, C)` of all documents with the chosen regularisation, each by a solution that it was held out
    /// of; `None` before the choice is made.
    pub fn out_of_fold(&self) -> Option<&[f32]> {
        let chosen = self.out_of_fold.first().filter(|_| self.place.is_none());
        chosen.map(|probabilities| &probabilities[..])
    }

    /// The floating-point operations of all solutions so far.
    pub fn flops(&self) -> u64 {
        self.flops + self.solver.flops()
    }

    /// The trained classifier.
    pub fn linear(&self) -> Linear {
        self.solver.linear()
    }

    /// The features that it is trained on.
    pub fn features(&self) -> &Features {
        &self.problem.features
    }
}

/// The solver of `problem` without the documents of `fold`, to a rough tolerance.
pub fn fold_solver(problem: &Problem, folds: &[u32], fold: u32, c: f64, standardise: bool) -> Solver {
    let included = folds.iter().map(|&of| of != fold).collect();
    Solver::new(Problem { included, ..problem.clone() }, c, standardise).with_tolerance(ROUGH)
}

/// The index with the best score among those with a loss below `even`; among equals, the one with the
/// least loss. If no loss is below `even`, the index with the least loss.
fn best(scores: &[(f64, f64)], even: f64) -> usize {
    let better = |a: (f64, f64), b: (f64, f64)| match (a.1 < even, b.1 < even) {
        (true, true) => a.0 > b.0 || (a.0 == b.0 && a.1 < b.1),
        (false, false) => a.1 < b.1,
        (sound, _) => sound,
    };
    (0..scores.len()).fold(0, |best, i| if better(scores[i], scores[best]) { i } else { best })
}

/// `folds`, or the number of documents of the smallest class if it is smaller; at least two.
pub fn fold_count(labels: &[u32], classes: usize, folds: u32) -> u32 {
    let mut sizes = vec![0_u32; classes];
    labels.iter().for_each(|&label| sizes[label as usize] += 1);
    let smallest = sizes.iter().copied().filter(|&size| size > 0).min().unwrap_or(0);
    folds.min(smallest).max(2)
}

/// The fold of each document. The documents of each class are spread evenly over the folds.
pub fn stratified(labels: &[u32], count: u32, seed: u64, draw: u64) -> Vec<u32> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    rng::shuffle(&mut rng::stream(seed, "folds", draw), &mut order);
    // The sort is stable, so each class keeps its random order. The count continues from class to class, so folds
    // have nearly equal sizes.
    order.sort_by_key(|&i| labels[i]);
    let mut of = vec![0; order.len()];
    for (place, i) in order.into_iter().enumerate() {
        of[i] = place as u32 % count;
    }
    of
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array2;

    use super::*;

    /// One of `d` features depends on the class, with noise. The others are noise only.
    fn problem(n: usize, d: usize, classes: usize) -> Problem {
        let mut random = rng::stream(9, "validated", 0);
        let labels: Vec<u32> = (0..n).map(|i| (i % classes) as u32).collect();
        let x = Array2::from_shape_fn((n, d), |(i, j)| {
            let centre = if j == 0 { f64::from(labels[i]) } else { 0.0 };
            (centre + 0.7 * rng::normal(&mut random)) as f32
        });
        Problem::new(Arc::new(Features::dense(x)), labels.into(), classes)
    }

    fn run(problem: Problem) -> Validated {
        run_by(Metric::Accuracy, problem)
    }

    fn run_by(metric: Metric, problem: Problem) -> Validated {
        let mut probe = Validated::new(problem, grid(), 5, true, 3).by(metric);
        let (mut last, mut iterations) = (0.0, 0);
        while let Some(progress) = probe.step() {
            assert!(probe.done() >= last && progress.iteration >= iterations);
            (last, iterations) = (probe.done(), progress.iteration);
        }
        assert!(probe.finished() && probe.done() == 1.0);
        probe
    }

    #[test]
    fn noise_is_regularised_away() {
        let few = run(problem(60, 80, 2));
        let many = run(problem(3000, 80, 2));
        assert!(few.c() < 0.1, "{}", few.c());
        let held_out = few.held_out();
        let of = |c: f64| held_out.iter().find(|(of, ..)| *of == c).unwrap().1;
        assert!(held_out.iter().all(|(c, ..)| of(few.c()) >= of(*c)), "{held_out:?}");
        let linear = many.linear();
        assert!((1..80).all(|j| linear.of_feature(j)[0].abs() < 0.3 * linear.of_feature(0)[0]));
    }

    #[test]
    fn the_metric_scores_the_held_out_answers() {
        let mut probe = Validated::new(problem(40, 2, 2), vec![0.01, 1.0], 5, true, 3);
        // Always the large class; or more mistakes, and half of the small class recognised.
        probe.answers = vec![(vec![vec![36, 0], vec![4, 0]], 10.0), (vec![vec![33, 3], vec![2, 2]], 10.0)];
        assert_eq!(Metric::ALL.map(|metric| best(&probe.scores(metric), 20.0)), [0, 1, 1, 1]);
    }

    /// One document of eight is of the second class. A strong regularisation hardly ever answers with it.
    #[test]
    fn the_metric_of_the_recipe_chooses() {
        let differs = |seed: u64| {
            let mut random = rng::stream(seed, "imbalanced", 0);
            let labels: Vec<u32> = (0..64).map(|i| u32::from(i % 8 == 0)).collect();
            let x = Array2::from_shape_fn((64, 6), |(i, j)| {
                let centre = if j == 0 { 1.5 * f64::from(labels[i]) } else { 0.0 };
                (centre + rng::normal(&mut random)) as f32
            });
            let problem = Problem::new(Arc::new(Features::dense(x)), labels.into(), 2);
            let [plain, by_f1] =
                [Metric::Accuracy, Metric::MacroF1].map(|metric| run_by(metric, problem.clone()));
            // The held-out answers are the same; what is made of them is not.
            assert_eq!(plain.answers, by_f1.answers);
            let score = |probe: &Validated| {
                let place = grid().iter().position(|&c| c == probe.c()).unwrap();
                by_f1.scores(Metric::MacroF1)[place].0
            };
            assert!(score(&by_f1) >= score(&plain));
            score(&by_f1) > score(&plain)
        };
        assert!((0..8).any(differs));
    }

    #[test]
    fn folds_hold_every_class_and_fit_the_smallest() {
        let labels = problem(47, 1, 3).labels;
        let folds = stratified(&labels, 5, 1, 0);
        assert_ne!(folds, stratified(&labels, 5, 1, 1));
        for fold in 0..5 {
            for class in 0..3 {
                let n = (0..47).filter(|&i| folds[i] == fold && i % 3 == class).count();
                assert!((3..=4).contains(&n), "{n}");
            }
        }
        assert_eq!([47, 9, 4].map(|n| fold_count(&problem(n, 1, 3).labels, 3, 5)), [5, 3, 2]);
        assert!(run(problem(7, 2, 3)).c() > 0.0);
    }

    #[test]
    fn the_highest_score_is_best_and_then_the_least_loss() {
        let scores = [(5.0, 2.0), (7.0, 3.0), (7.0, 1.0), (6.0, 0.5), (7.0, 1.0), (8.0, 9.0)];
        assert_eq!(best(&scores, 8.0), 2);
        assert_eq!(best(&scores, 10.0), 5);
        assert_eq!(best(&scores, 0.1), 3);
    }
}
