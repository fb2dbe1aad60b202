//! Optimizers: SGD with momentum, Adam and AdamW, for dense tensors and for tables of which only a few rows have a
//! gradient.
//!
//! A step costs time for the rows that the batch touched, not for the whole table, and gives the result of the dense
//! algorithm. The dense algorithm moves every row in every step: a row without a gradient still moves by its
//! momentum. Here each row stores the last step that it took. Before the row is used again ([`Optimizer::prepare`],
//! [`Optimizer::settle`]) it takes the missed steps one by one, with the arithmetic of the dense algorithm, until its
//! momentum is below the rounding error of the weights (158 steps for Adam in f32). After that only the second moment
//! decays, which has a closed form.
//!
//! The table stores the square root of the second moment. Without a gradient this root decays by a constant factor,
//! so a missed step needs no square root, which would be half of its arithmetic. AdamW's weight decay never ends, so
//! with AdamW every missed step costs one more multiplication.
//!
//! The result does not depend on when a row takes its missed steps. So showing a run or saving it does not change it.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernel::Real;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::row_set::RowSet;

mod algorithm;
mod restored;
mod rows;

use algorithm::{Factors, move_down};
use restored::{ROOTS, take_counts, take_roots};
use rows::{Course, Rows};

pub use algorithm::Algorithm;
pub use restored::take_reals;

/// The number of dense parameters that one thread updates at a time.
const PIECE: usize = 1 << 17;

/// The learning rates of the parameter groups in one step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupRates {
    /// The ranges of the dense parameters that are trained.
    pub dense: Vec<(Range<usize>, RateFactor)>,
    /// The learning rate of the table's rows; `None` if they are frozen.
    pub rows: Option<RateFactor>,
}

impl GroupRates {
    /// Sets the gradient of frozen parameters to zero, so that it does not count in the norm.
    pub fn still<T: Real>(&self, gradient: &mut [T]) {
        let mut ranges: Vec<&Range<usize>> = self.dense.iter().map(|(range, _)| range).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut from = 0;
        for range in ranges {
            gradient[from..range.start.max(from)].fill(T::zero());
            from = from.max(range.end);
        }
        gradient[from..].fill(T::zero());
    }
}

/// The learning rate of a parameter group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateFactor {
    /// The factor of the learning rate.
    pub factor: f32,
    /// The number of steps before the group began to train. Adam's bias correction counts steps from there.
    pub since: u64,
}

/// The optimizer of one model with its state.
#[derive(Debug, Clone)]
pub struct Optimizer<T> {
    algorithm: Algorithm,
    /// [`Algorithm::glide`].
    glide: u32,
    /// The number of steps taken.
    steps: u32,
    /// Moments of the dense parameters: the first (for SGD the velocity), and the square root of the second.
    first: Vec<T>,
    second: Vec<T>,
    dim: usize,
    /// The same for the table.
    row_first: Vec<T>,
    row_second: Vec<T>,
    /// The last step in which the row had a gradient; 0 for none.
    touched: Vec<u32>,
    /// The last step that the row's weights have taken.
    reached: Vec<u32>,
    /// The factors of the steps after step `settled`.
    history: Vec<Factors<T>>,
    /// The last step at which all rows were brought up to date.
    settled: u32,
    /// The rows of a batch as a set, and as a list of (row, index).
    named: RowSet,
    list: Vec<(u32, u32)>,
}

impl<T: Real> Optimizer<T> {
    /// The initial state, for `dense` parameters and a table of shape `(rows, dim)`.
    pub fn new(algorithm: Algorithm, dense: usize, rows: usize, dim: usize) -> Self {
        let second =
            |n| if matches!(algorithm, Algorithm::Adam { .. }) { vec![T::zero(); n] } else { Vec::new() };
        Optimizer {
            algorithm,
            glide: algorithm.glide::<T>(),
            steps: 0,
            first: vec![T::zero(); dense],
            second: second(dense),
            dim,
            row_first: vec![T::zero(); rows * dim],
            row_second: second(rows * dim),
            touched: vec![0; rows],
            reached: vec![0; rows],
            history: Vec::new(),
            settled: 0,
            named: RowSet::new(rows),
            list: Vec::new(),
        }
    }

    /// The number of steps taken.
    pub fn steps(&self) -> u64 {
        u64::from(self.steps)
    }

    /// Applies the missed steps of the given rows, so that they are as in the dense algorithm. Call it before the
    /// rows are used. A row may occur several times.
    pub fn prepare(&mut self, table: &mut [T], rows: impl Iterator<Item = u32>) {
        rows.for_each(|row| self.named.insert(row));
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        self.named.drain(|row| list.push((row, 0)));
        let (course, rows) = self.rows(table);
        rows.each(&list, &|rows, row, _| course.make_up(rows, row, course.steps));
        self.list = list;
    }

    /// Takes one step against the gradient, with the learning rate `learning_rate`.
    pub fn step(&mut self, dense: &mut [T], table: &mut [T], gradient: &Gradient<T>, learning_rate: f32) {
        self.steps += 1;
        let factors = self.algorithm.factors(f64::from(learning_rate), self.steps);
        self.step_dense(0..dense.len(), dense, &gradient.dense, factors);
        self.step_rows(table, gradient, factors);
    }

    /// Takes one step in which parameter groups have their own learning rates. Parameters that `group_rates` does not
    /// name do not change, and neither do their moments. A frozen table must have no gradient.
    ///
    /// # Panics
    /// If a group's `since` is not before this step.
    pub fn step_at(
        &mut self,
        dense: &mut [T],
        table: &mut [T],
        gradient: &Gradient<T>,
        learning_rate: f32,
        group_rates: &GroupRates,
    ) {
        self.steps += 1;
        let factors = |algorithm: Algorithm, steps: u32, rate_factor: &RateFactor| {
            let own = u64::from(steps).checked_sub(rate_factor.since).filter(|&own| own > 0);
            assert!(
                own.is_some(),
                "parameters move since step {}, and this is step {steps}",
                rate_factor.since
            );
            algorithm.factors(f64::from(learning_rate * rate_factor.factor), own.unwrap_or(1) as u32)
        };
        for (range, rate_factor) in &group_rates.dense {
            let factors = factors(self.algorithm, self.steps, rate_factor);
            self.step_dense(
                range.clone(),
                &mut dense[range.clone()],
                &gradient.dense[range.clone()],
                factors,
            );
        }
        let still = Factors { keep: T::one(), learning_rate: T::zero(), spread: T::one() };
        let factors = group_rates
            .rows
            .as_ref()
            .map_or(still, |rate_factor| factors(self.algorithm, self.steps, rate_factor));
        debug_assert!(group_rates.rows.is_some() || gradient.rows.iter().next().is_none());
        self.step_rows(table, gradient, factors);
    }

    /// The step of the table's rows that have a gradient.
    fn step_rows(&mut self, table: &mut [T], gradient: &Gradient<T>, factors: Factors<T>) {
        self.history.push(factors);
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        list.extend(gradient.rows.touched().iter().copied().zip(0..));
        let (course, rows) = self.rows(table);
        rows.each(&list, &|rows, row, place| {
            course.make_up(rows, row, course.steps - 1);
            course.fade(rows, row);
            let g = gradient.rows.values_at(place);
            let (w, first, second) = rows.state(row);
            move_down(course.algorithm, factors, w, g, first, second);
            rows.touched[row] = course.steps;
            rows.reached[row] = course.steps;
        });
        self.list = list;
    }

    /// The step of the dense parameters in `range`. If there are many, threads share them; each parameter is updated
    /// independently.
    fn step_dense(&mut self, range: Range<usize>, dense: &mut [T], gradient: &[T], factors: Factors<T>) {
        let algorithm = self.algorithm;
        let first = &mut self.first[range.clone()];
        let second = if self.second.is_empty() { &mut [][..] } else { &mut self.second[range] };
        if dense.len() <= PIECE || rayon::current_num_threads() == 1 {
            return move_down(algorithm, factors, dense, gradient, first, second);
        }
        let pieces = dense.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE));
        let pieces = pieces.zip(first.par_chunks_mut(PIECE));
        if second.is_empty() {
            pieces.for_each(|((w, g), first)| move_down(algorithm, factors, w, g, first, &mut []));
        } else {
            let pieces = pieces.zip(second.par_chunks_mut(PIECE));
            pieces.for_each(|(((w, g), first), second)| move_down(algorithm, factors, w, g, first, second));
        }
    }

    /// Applies the missed steps of all rows, so that the table is as in the dense algorithm. Call it before the whole
    /// table is read and before [`tensors`](Optimizer::tensors) are saved. It does not change the result of the
    /// training.
    pub fn settle(&mut self, table: &mut [T]) {
        let all: Vec<(u32, u32)> = (0..self.touched.len() as u32).map(|row| (row, 0)).collect();
        let (course, rows) = self.rows(table);
        rows.each(&all, &|rows, row, _| course.make_up(rows, row, course.steps));
        self.history.clear();
        self.settled = self.steps;
    }

    /// Frees the memory of the state once the rows are [settled](Optimizer::settle). No step may follow.
    pub fn release(&mut self) {
        (self.first, self.second) = (Vec::new(), Vec::new());
        (self.row_first, self.row_second) = (Vec::new(), Vec::new());
        (self.touched, self.reached) = (Vec::new(), Vec::new());
    }

    /// The state that is common to all rows, and the rows.
    fn rows<'a>(&'a mut self, table: &'a mut [T]) -> (Course<'a, T>, Rows<'a, T>) {
        let course = Course {
            algorithm: self.algorithm,
            glide: self.glide,
            steps: self.steps,
            history: &self.history,
            settled: self.settled,
        };
        let rows = Rows {
            start: 0,
            dim: self.dim,
            table,
            first: &mut self.row_first,
            second: &mut self.row_second,
            touched: &mut self.touched,
            reached: &mut self.reached,
        };
        (course, rows)
    }

    /// The state to save in a checkpoint; the rows must be [settled](Optimizer::settle). The moments of all dense
    /// tensors are one tensor each, in the order of the model's parameters.
    pub fn tensors(&self) -> Vec<Tensor<'_, T>> {
        let rows = self.touched.len();
        let mut all = vec![Tensor {
            name: "optimizer.steps".into(),
            shape: vec![1],
            values: Values::Count(std::slice::from_ref(&self.steps)),
        }];
        all.push(Tensor::real("optimizer.first", &[self.first.len()], &self.first));
        all.push(Tensor::real(ROOTS[0], &[self.second.len()], &self.second));
        if rows > 0 {
            let seconds = self.row_second.len() / self.dim.max(1);
            all.push(Tensor::real("optimizer.embedding.first", &[rows, self.dim], &self.row_first));
            all.push(Tensor::real(ROOTS[1], &[seconds, self.dim], &self.row_second));
            for (name, values) in [("touched", &self.touched), ("reached", &self.reached)] {
                let name = format!("optimizer.embedding.{name}");
                all.push(Tensor { name, shape: vec![rows], values: Values::Count(values) });
            }
        }
        all
    }

    /// Restores the state that [`tensors`](Optimizer::tensors) returned. `find` looks up a tensor by its name.
    ///
    /// # Errors
    /// If a tensor is missing, or its size or type does not fit this model. The optimizer must not be used then.
    pub fn load<'a>(&mut self, find: impl Fn(&str) -> Option<Values<'a, T>>) -> Result<()>
    where
        T: 'a,
    {
        take_counts(&find, "optimizer.steps", std::slice::from_mut(&mut self.steps))?;
        take_reals(&find, "optimizer.first", &mut self.first)?;
        take_roots(&find, 0, &mut self.second)?;
        if !self.touched.is_empty() {
            take_reals(&find, "optimizer.embedding.first", &mut self.row_first)?;
            take_roots(&find, 1, &mut self.row_second)?;
            take_counts(&find, "optimizer.embedding.touched", &mut self.touched)?;
            take_counts(&find, "optimizer.embedding.reached", &mut self.reached)?;
            self.check_rows()?;
        }
        self.history.clear();
        self.settled = self.steps;
        Ok(())
    }
}

impl<T: Real> Optimizer<T> {
    /// Checks that the step counts of the rows are those that [settling](Optimizer::settle) leaves. Missed steps
    /// cannot be applied later, because the checkpoint does not hold their factors.
    fn check_rows(&self) -> Result<()> {
        for (&touched, &reached) in self.touched.iter().zip(&self.reached) {
            let glides = if touched == 0 { 0 } else { touched.saturating_add(self.glide).min(self.steps) };
            let needed = if self.algorithm.decays() { self.steps } else { glides };
            if touched > self.steps || reached > self.steps || reached < needed {
                return Err(Error::request(
                    "the counts of the optimizer's steps in the checkpoint cannot be",
                    "the checkpoint is damaged",
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
