//! A probe whose regularisation is chosen by cross-validation, an iteration a step.
//!
//! Stratified folds; in each, the grid is gone through from strong to weak, every solution being the
//! start of the next. The regularisation with the least mean loss on the documents held out (their
//! accuracy is too coarse for few labels) is then used for all documents.

use super::features::Features;
use super::logistic::{Linear, Problem};
use super::solver::{Progress, Solver};
use crate::rng;

/// Where the cross-validation is, and what it found.
#[derive(Debug)]
pub struct Validated {
    problem: Problem,
    grid: Vec<f64>,
    standardise: bool,
    /// The fold of each document.
    folds: Vec<u32>,
    count: u32,
    /// The fold and the place in the grid being solved; `None` once the choice is made.
    place: Option<(u32, usize)>,
    solver: Solver,
    /// Sum of held-out losses for each regularisation.
    losses: Vec<f64>,
    chosen: f64,
    iterations: u64,
}

/// C from 1e-4 to 100, three a decade. Features are standardised, so that this range reaches from
/// *nearly nothing learned* to *nearly not regularised* on any features.
pub fn grid() -> Vec<f64> {
    (0..19).map(|i| 10_f64.powf(-4.0 + f64::from(i) / 3.0)).collect()
}

impl Validated {
    /// Chooses among `grid` (ascending) with `folds` folds, or as many as the smallest class has
    /// documents, two at least.
    pub fn new(problem: Problem, grid: Vec<f64>, folds: u32, standardise: bool, seed: u64) -> Validated {
        let (folds, count) = stratified(&problem, folds, seed);
        let solver = fold_solver(&problem, &folds, 0, grid[0], standardise);
        let losses = vec![0.0; grid.len()];
        let chosen = grid[0];
        Validated { problem, grid, standardise, folds, count, place: Some((0, 0)), solver, losses, chosen, iterations: 0 }
    }

    /// One iteration; `None` if all is done.
    pub fn step(&mut self) -> Option<Progress> {
        if self.finished() {
            return None;
        }
        let progress = self.solver.step();
        self.iterations += u64::from(progress.is_some());
        if let (true, Some((fold, place))) = (self.solver.finished(), self.place) {
            self.losses[place] += self.solver.problem().held_out(self.solver.scores()).0;
            self.next(fold, place);
        }
        let now = Progress { iteration: self.iterations, loss: f64::NAN, gradient: f64::NAN };
        Some(progress.map_or(now, |progress| Progress { iteration: self.iterations, ..progress }))
    }

    /// Goes on to what follows the solution of `fold` at `place` of the grid.
    fn next(&mut self, fold: u32, place: usize) {
        if place + 1 < self.grid.len() {
            self.solver.set_c(self.grid[place + 1]);
            self.place = Some((fold, place + 1));
        } else if fold + 1 < self.count {
            self.solver = fold_solver(&self.problem, &self.folds, fold + 1, self.grid[0], self.standardise);
            self.place = Some((fold + 1, 0));
        } else {
            let best = (0..self.grid.len()).fold(0, |best, i| if self.losses[i] < self.losses[best] { i } else { best });
            self.chosen = self.grid[best];
            self.solver = Solver::new(self.problem.clone(), self.chosen, self.standardise);
            self.place = None;
        }
    }

    /// Whether regularisation is chosen and the problem solved.
    pub fn finished(&self) -> bool {
        self.place.is_none() && self.solver.finished()
    }

    /// Whether the folds are done and all documents are being solved for.
    pub fn choosing(&self) -> bool {
        self.place.is_some()
    }

    /// Share of the work that is done, roughly.
    pub fn done(&self) -> f64 {
        match self.place {
            Some((fold, place)) => {
                let whole = f64::from(self.count) * self.grid.len() as f64;
                0.95 * (f64::from(fold) * self.grid.len() as f64 + place as f64) / whole
            }
            None if self.solver.finished() => 1.0,
            None => 0.95,
        }
    }

    /// The regularisation that was chosen.
    pub fn c(&self) -> f64 {
        self.chosen
    }

    /// Mean held-out loss of each regularisation of the grid.
    pub fn held_out(&self) -> Vec<(f64, f64)> {
        self.grid.iter().zip(&self.losses).map(|(&c, loss)| (c, loss / f64::from(self.count))).collect()
    }

    /// The classifier.
    pub fn linear(&self) -> Linear {
        self.solver.linear()
    }

    /// The features it was solved on.
    pub fn features(&self) -> &Features {
        &self.problem.features
    }
}

fn fold_solver(problem: &Problem, folds: &[u32], fold: u32, c: f64, standardise: bool) -> Solver {
    let included = folds.iter().map(|&of| of != fold).collect();
    Solver::new(Problem { included, ..problem.clone() }, c, standardise)
}

/// A fold for each document, every class spread evenly; and how many folds there are.
fn stratified(problem: &Problem, folds: u32, seed: u64) -> (Vec<u32>, u32) {
    let mut sizes = vec![0_u32; problem.classes];
    problem.labels.iter().for_each(|&label| sizes[label as usize] += 1);
    let smallest = sizes.iter().copied().filter(|&size| size > 0).min().unwrap_or(0);
    let count = folds.min(smallest).max(2);
    let mut order: Vec<usize> = (0..problem.labels.len()).collect();
    rng::shuffle(&mut rng::stream(seed, "folds", 0), &mut order);
    // Stable, so each class keeps its random order; going on counting over classes evens sizes out.
    order.sort_by_key(|&i| problem.labels[i]);
    let mut of = vec![0; order.len()];
    for (place, i) in order.into_iter().enumerate() {
        of[i] = place as u32 % count;
    }
    (of, count)
}
