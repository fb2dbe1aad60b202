//! Optimizers: SGD with momentum, Adam and AdamW, for dense tensors and for tables of which few rows have a gradient.
//!
//! A step costs time for the rows that the batch touched, not for the whole table, and gives the result of the dense
//! algorithm. The dense algorithm moves every row in every step: a row without a gradient still moves by its momentum.
//! Here each row knows the last step that it took. Before the row is used next ([`Optimizer::prepare`],
//! [`Optimizer::settle`]) it takes the missed steps one by one, with the arithmetic of the dense algorithm, until its
//! momentum is below the rounding of the numbers (158 steps for Adam in f32). After that only the second moment fades,
//! which has a closed form.
//!
//! The table keeps the root of the second moment. Without a gradient the root fades by a constant factor, so a missed step
//! needs no square root, which is half of its arithmetic. AdamW's weight decay never ends, so there every missed step
//! costs one more multiplication.
//!
//! The result does not depend on when a row takes its missed steps. So looking at a run, or saving it, does not change it.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernel::Real;
use crate::kernel::rows::prefetch;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::row_set::RowSet;
use crate::session::training::OptimizerChoice;
use crate::{dispatched, in_lanes};

/// Decay of Adam's first moment, of its second, and what keeps it from dividing by zero: PyTorch's defaults.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;
/// The tensors of a checkpoint with the roots of second moments, dense and of the table; and those of the time when the
/// moments themselves were kept.
const ROOTS: [&str; 2] = ["optimizer.second_root", "optimizer.embedding.second_root"];
const SQUARES: [&str; 2] = ["optimizer.second", "optimizer.embedding.second"];

/// The optimizer with all its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Algorithm {
    /// u = momentum u + g; w -= learning rate u.
    Sgd {
        /// The factor by which the velocity u fades per step, from 0 (none) to below 1.
        momentum: f64,
    },
    /// Adam (Kingma & Ba 2015); with a decay of w by `learning_rate * decay` in each step, AdamW (Loshchilov & Hutter
    /// 2019).
    Adam {
        /// The weight decay per step and unit of the learning rate; 0 is plain Adam.
        decay: f64,
    },
}

impl From<OptimizerChoice> for Algorithm {
    fn from(optimizer: OptimizerChoice) -> Algorithm {
        match optimizer {
            OptimizerChoice::Sgd { momentum } => Algorithm::Sgd { momentum: f64::from(momentum) },
            OptimizerChoice::Adam => Algorithm::Adam { decay: 0.0 },
            OptimizerChoice::AdamW { weight_decay } => Algorithm::Adam { decay: f64::from(weight_decay) },
        }
    }
}

impl Algorithm {
    /// After how many steps without a gradient what is left of the momentum is below half of the rounding of `T`.
    fn glide<T: Real>(self) -> u32 {
        let kept = match self {
            Algorithm::Sgd { momentum } => momentum,
            Algorithm::Adam { .. } => BETA1,
        };
        if kept <= 0.0 { 0 } else { ((T::epsilon().wide() / 2.0).ln() / kept.ln()).ceil() as u32 }
    }

    /// Whether rows shrink in every step, touched or not.
    fn decays(self) -> bool {
        matches!(self, Algorithm::Adam { decay } if decay > 0.0)
    }

    /// What a step multiplies by: see [`Factors`].
    fn factors<T: Real>(self, learning_rate: f64, step: u32) -> Factors<T> {
        match self {
            Algorithm::Sgd { .. } => {
                Factors { keep: T::one(), learning_rate: T::of(learning_rate), spread: T::one() }
            }
            Algorithm::Adam { decay } => Factors {
                keep: T::of(1.0 - learning_rate * decay),
                learning_rate: T::of(learning_rate / (1.0 - BETA1.powi(step as i32))),
                spread: T::of(1.0 / (1.0 - BETA2.powi(step as i32)).sqrt()),
            },
        }
    }
}

/// What depends on a step's number and learning rate alone.
#[derive(Debug, Clone, Copy)]
struct Factors<T> {
    /// The weight is multiplied by this first.
    keep: T,
    /// The learning rate, for Adam over 1 - beta1^step.
    learning_rate: T,
    /// For Adam 1 / sqrt(1 - beta2^step).
    spread: T,
}

/// The learning rates of groups of parameters in one step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupRates {
    /// Ranges of the dense parameters that move.
    pub dense: Vec<(Range<usize>, RateFactor)>,
    /// The rows of the table, if they move.
    pub rows: Option<RateFactor>,
}

impl GroupRates {
    /// Sets the gradient of all parameters that do not move to zero, so that it does not count in the norm.
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

/// How some parameters move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateFactor {
    /// The learning rate is multiplied by it.
    pub factor: f32,
    /// The steps after which they began to move: the moments of Adam are corrected as if it had begun there.
    pub since: u64,
}

/// The optimizer of one model, with its moments.
#[derive(Debug, Clone)]
pub struct Optimizer<T> {
    algorithm: Algorithm,
    /// [`Algorithm::glide`].
    glide: u32,
    /// Steps taken.
    steps: u32,
    /// Moments of the dense numbers: the first (or the velocity of SGD), and the root of the second.
    first: Vec<T>,
    second: Vec<T>,
    dim: usize,
    /// And those of the table.
    row_first: Vec<T>,
    row_second: Vec<T>,
    /// The last step that had a gradient for the row; 0 for none.
    touched: Vec<u32>,
    /// The step up to which the row has moved.
    reached: Vec<u32>,
    /// The factors of the steps after `settled`.
    history: Vec<Factors<T>>,
    /// The step at which every row was settled last.
    settled: u32,
    /// The rows of a batch, and their list with a number for each.
    named: RowSet,
    list: Vec<(u32, u32)>,
}

impl<T: Real> Optimizer<T> {
    /// At the start, for `dense` numbers and a table of shape `(rows, dim)`.
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

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        u64::from(self.steps)
    }

    /// Brings the given rows to where the dense algorithm would have them now: to be done before they are used. Rows may
    /// come several times.
    pub fn prepare(&mut self, table: &mut [T], rows: impl Iterator<Item = u32>) {
        rows.for_each(|row| self.named.insert(row));
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        self.named.drain(|row| list.push((row, 0)));
        let (course, rows) = self.rows(table);
        rows.each(&list, &|rows, row, _| course.make_up(rows, row, course.steps));
        self.list = list;
    }

    /// Takes a step of `learning_rate` down the gradient.
    pub fn step(&mut self, dense: &mut [T], table: &mut [T], gradient: &Gradient<T>, learning_rate: f32) {
        self.steps += 1;
        let factors = self.algorithm.factors(f64::from(learning_rate), self.steps);
        self.step_dense(0..dense.len(), dense, &gradient.dense, factors);
        self.step_rows(table, gradient, factors);
    }

    /// Takes a step in which groups of parameters have learning rates of their own. Parameters that `group_rates` does not
    /// name stay as they are, and so do their moments. A table that stays must have no gradient.
    ///
    /// # Panics
    /// If a part begins to move after this step.
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

    /// The step of the rows that have a gradient.
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

    /// The step of the dense numbers in `range`; many of them are shared out, each is moved by itself.
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

    /// Brings every row to where the dense algorithm would have it now. To be done before the table is looked at as a
    /// whole, and before [`tensors`](Optimizer::tensors) are saved; the course of the run stays the same.
    pub fn settle(&mut self, table: &mut [T]) {
        let all: Vec<(u32, u32)> = (0..self.touched.len() as u32).map(|row| (row, 0)).collect();
        let (course, rows) = self.rows(table);
        rows.each(&all, &|rows, row, _| course.make_up(rows, row, course.steps));
        self.history.clear();
        self.settled = self.steps;
    }

    /// What all rows share, and the rows.
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

    /// Everything that a checkpoint needs, once the rows are [settled](Optimizer::settle). Moments of dense tensors
    /// are one tensor each, in the order of the model's parameters.
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

    /// Takes the state that [`tensors`](Optimizer::tensors) gave; `find` looks a tensor up by its name.
    ///
    /// # Errors
    /// When a tensor is missing, or has another size or kind than this model's; the state is then of no use.
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
    /// Whether the rows' counts are such as [settling](Optimizer::settle) leaves: steps that are missing and whose
    /// history is gone cannot be made up for.
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

/// The steps so far, which are the same for all rows.
#[derive(Clone, Copy)]
struct Course<'a, T> {
    algorithm: Algorithm,
    glide: u32,
    steps: u32,
    history: &'a [Factors<T>],
    settled: u32,
}

impl<T: Real> Course<'_, T> {
    /// Moves a row through the steps that it missed, up to step `to`.
    fn make_up(&self, rows: &mut Rows<T>, row: usize, to: u32) {
        let touched = rows.touched[row];
        let end = if touched == 0 { 0 } else { touched.saturating_add(self.glide) };
        let glides = end.min(to);
        let from = rows.reached[row];
        let steps =
            |from: u32, to: u32| &self.history[(from - self.settled) as usize..(to - self.settled) as usize];
        let (w, first, second) = rows.state(row);
        if from < glides {
            glide(self.algorithm, steps(from, glides), w, first, second);
            rows.reached[row] = glides;
        }
        if self.algorithm.decays() && from.max(glides) < to {
            shrink(steps(from.max(glides), to), rows.state(row).0);
            rows.reached[row] = to;
        }
    }

    /// Takes the moments of a row past its glide to the step before the present one.
    fn fade(&self, rows: &mut Rows<T>, row: usize) {
        let end = rows.touched[row].saturating_add(self.glide);
        if rows.touched[row] == 0 || end >= self.steps - 1 {
            return;
        }
        let (_, first, second) = rows.state(row);
        first.fill(T::zero());
        crate::kernel::scale(T::of(BETA2.powf(f64::from(self.steps - 1 - end) / 2.0)), second);
    }
}

/// Consecutive rows of the table with their state. Threads share a table by splitting it between two rows; what
/// becomes of a row does not depend on where.
struct Rows<'a, T> {
    /// The number of the first row.
    start: usize,
    dim: usize,
    table: &'a mut [T],
    first: &'a mut [T],
    /// Empty for SGD.
    second: &'a mut [T],
    touched: &'a mut [u32],
    reached: &'a mut [u32],
}

/// Dense numbers that one thread moves by itself.
const PIECE: usize = 1 << 17;
/// Rows that one thread does by itself: fewer are not worth waking another.
const ALONE: usize = 1_024;
/// Rows that are asked for ahead of their use.
const AHEAD: usize = 3;

impl<T: Real> Rows<'_, T> {
    /// Weights and moments of a row, counted from the first of these.
    fn state(&mut self, row: usize) -> (&mut [T], &mut [T], &mut [T]) {
        let range = row * self.dim..(row + 1) * self.dim;
        let second = if self.second.is_empty() { &mut [][..] } else { &mut self.second[range.clone()] };
        (&mut self.table[range.clone()], &mut self.first[range], second)
    }

    /// Does `work` with each of the listed rows, which ascend, and the number beside it, on as many threads as there
    /// are.
    fn each(mut self, list: &[(u32, u32)], work: &(impl Fn(&mut Self, usize, u32) + Sync)) {
        if list.len() > ALONE && rayon::current_num_threads() > 1 {
            let (before, after) = list.split_at(list.len() / 2);
            let (low, high) = self.split(after[0].0 as usize);
            rayon::join(|| low.each(before, work), || high.each(after, work));
            return;
        }
        for (at, &(row, number)) in list.iter().enumerate() {
            if let Some(&(later, _)) = list.get(at + AHEAD) {
                let (w, first, second) = self.state(later as usize - self.start);
                prefetch(w);
                prefetch(first);
                prefetch(second);
            }
            let row = row as usize - self.start;
            work(&mut self, row, number);
        }
    }

    /// The rows before the one with this number, and those from it on.
    fn split(self, row: usize) -> (Self, Self) {
        let at = row - self.start;
        let numbers = at * self.dim;
        let second = if self.second.is_empty() { 0 } else { numbers };
        let (table, first) = (self.table.split_at_mut(numbers), self.first.split_at_mut(numbers));
        let (second, touched) = (self.second.split_at_mut(second), self.touched.split_at_mut(at));
        let reached = self.reached.split_at_mut(at);
        let dim = self.dim;
        let low = Rows {
            start: self.start,
            dim,
            table: table.0,
            first: first.0,
            second: second.0,
            touched: touched.0,
            reached: reached.0,
        };
        let high = Rows {
            start: row,
            dim,
            table: table.1,
            first: first.1,
            second: second.1,
            touched: touched.1,
            reached: reached.1,
        };
        (low, high)
    }
}

/// Copies the tensor called `name` into `to`.
///
/// # Errors
/// When there is none, or it is not as many reals.
pub fn take_reals<'a, T: Real>(
    find: &impl Fn(&str) -> Option<Values<'a, T>>,
    name: &str,
    to: &mut [T],
) -> Result<()> {
    match find(name) {
        Some(Values::Real(values)) if values.len() == to.len() => to.copy_from_slice(values),
        other => return Err(misfit(name, to.len(), other.is_some())),
    }
    Ok(())
}

/// Takes the roots of second moments, or the roots of those that an older checkpoint has.
///
/// # Errors
/// When there are neither, or not as many.
fn take_roots<'a, T: Real>(
    find: &impl Fn(&str) -> Option<Values<'a, T>>,
    which: usize,
    to: &mut [T],
) -> Result<()> {
    if find(ROOTS[which]).is_none() && find(SQUARES[which]).is_some() {
        take_reals(find, SQUARES[which], to)?;
        to.iter_mut().for_each(|moment| *moment = moment.sqrt());
        return Ok(());
    }
    take_reals(find, ROOTS[which], to)
}

/// Copies the tensor called `name` into `to`.
///
/// # Errors
/// When there is none, or it is not as many counts.
fn take_counts<'a, T: Real>(
    find: &impl Fn(&str) -> Option<Values<'a, T>>,
    name: &str,
    to: &mut [u32],
) -> Result<()> {
    match find(name) {
        Some(Values::Count(values)) if values.len() == to.len() => to.copy_from_slice(values),
        other => return Err(misfit(name, to.len(), other.is_some())),
    }
    Ok(())
}

fn misfit(name: &str, wanted: usize, found: bool) -> Error {
    let problem = if found {
        format!("the checkpoint's tensor {name} has not the {wanted} numbers that this model has there")
    } else {
        format!("the checkpoint has no tensor {name}")
    };
    Error::request(problem, "resume with the recipe that the checkpoint was made with")
}

dispatched! {
    /// One step of the algorithm for weights `w` with gradient `g`. `second` is empty for SGD.
    fn move_down<T>(algorithm: Algorithm, factors: Factors<T>, w: &mut [T], g: &[T], first: &mut [T], second: &mut [T]) {
        match algorithm {
            Algorithm::Sgd { momentum } => {
                let momentum = T::of(momentum);
                for ((w, &g), u) in w.iter_mut().zip(g).zip(first) {
                    *u = momentum * *u + g;
                    *w -= factors.learning_rate * *u;
                }
            }
            Algorithm::Adam { .. } => in_lanes!(adam_step::<T>([factors], mut w, g, mut first, mut second)),
        }
    }

    /// The steps of the algorithm for weights whose gradient is zero.
    fn glide<T>(algorithm: Algorithm, steps: &[Factors<T>], w: &mut [T], first: &mut [T], second: &mut [T]) {
        match algorithm {
            Algorithm::Sgd { momentum } => {
                let momentum = T::of(momentum);
                for factors in steps {
                    for (w, u) in w.iter_mut().zip(&mut *first) {
                        *u *= momentum;
                        *w -= factors.learning_rate * *u;
                    }
                }
            }
            Algorithm::Adam { .. } => in_lanes!(adam_glide::<T>([steps], mut w, mut first, mut second)),
        }
    }

    /// What is left of `w` after the decay of these steps.
    fn shrink<T>(steps: &[Factors<T>], w: &mut [T]) {
        for factors in steps {
            for w in &mut *w {
                *w *= factors.keep;
            }
        }
    }
}

/// A step of Adam for N weights; `s` are the roots of the second moments.
#[inline(always)]
fn adam_step<T: Real, const N: usize>(
    factors: Factors<T>,
    w: &mut [T; N],
    g: &[T; N],
    m: &mut [T; N],
    s: &mut [T; N],
) {
    let (beta1, beta2, epsilon) = (T::of(BETA1), T::of(BETA2), T::of(EPSILON));
    let (rest1, rest2) = (T::of(1.0 - BETA1), T::of(1.0 - BETA2));
    for k in 0..N {
        m[k] = beta1 * m[k] + rest1 * g[k];
        s[k] = (beta2 * s[k] * s[k] + rest2 * g[k] * g[k]).sqrt();
        w[k] = factors.keep * w[k] - factors.learning_rate * m[k] / (s[k] * factors.spread + epsilon);
    }
}

/// Steps of Adam for N weights whose gradient is zero.
#[inline(always)]
fn adam_glide<T: Real, const N: usize>(steps: &[Factors<T>], w: &mut [T; N], m: &mut [T; N], s: &mut [T; N]) {
    let (beta1, fading, epsilon) = (T::of(BETA1), T::of(BETA2.sqrt()), T::of(EPSILON));
    let (mut w_now, mut m_now, mut s_now) = (*w, *m, *s);
    for factors in steps {
        for k in 0..N {
            m_now[k] *= beta1;
            s_now[k] *= fading;
            w_now[k] = factors.keep * w_now[k]
                - factors.learning_rate * m_now[k] / (s_now[k] * factors.spread + epsilon);
        }
    }
    (*w, *m, *s) = (w_now, m_now, s_now);
}

#[cfg(test)]
mod tests;
