//! Rules of descent: SGD with momentum, Adam, AdamW, for dense tensors and for tables of which few rows have a
//! gradient.
//!
//! A step's cost goes with the rows that the batch touched, not with the size of the table, and yet what comes out
//! is what the dense rule gives. The dense rule moves every row in every step: without a gradient a row still
//! glides along its moments. Here a row remembers the step it stands at, and before it is used next
//! ([`Optimiser::prepare`], [`Optimiser::settle`]) it makes up for the steps it missed, one by one with the arithmetic of the dense
//! rule, until its momentum is below the rounding of the numbers (158 steps for Adam in f32); what
//! is left is the fading of the second moment, taken in closed form. (The decay of AdamW goes on for ever, so there a
//! row also makes up one multiplication for each step missed.) When a row makes up does not change a bit of
//! what it becomes, so looking at a run, or saving it, does not change its course.

use crate::dispatched;
use crate::error::{Error, Result};
use crate::kernel::Real;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::session::recipe;

/// Decay of Adam's first moment, of its second, and what keeps it from dividing by nought: PyTorch's defaults.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The rule of descent with all its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// u = momentum u + g; w -= rate u.
    Sgd { momentum: f64 },
    /// Adam (Kingma & Ba 2015); with a decay of w by `rate * decay` in each step, AdamW (Loshchilov & Hutter
    /// 2019).
    Adam { decay: f64 },
}

impl From<recipe::Optimiser> for Rule {
    fn from(optimiser: recipe::Optimiser) -> Rule {
        match optimiser {
            recipe::Optimiser::Sgd { momentum } => Rule::Sgd { momentum: f64::from(momentum) },
            recipe::Optimiser::Adam => Rule::Adam { decay: 0.0 },
            recipe::Optimiser::AdamW { weight_decay } => Rule::Adam { decay: f64::from(weight_decay) },
        }
    }
}

impl Rule {
    /// After how many steps without a gradient what is left of the momentum is below half of the rounding of `T`.
    fn glide<T: Real>(self) -> u32 {
        let kept = match self {
            Rule::Sgd { momentum } => momentum,
            Rule::Adam { .. } => BETA1,
        };
        if kept <= 0.0 { 0 } else { ((T::epsilon().wide() / 2.0).ln() / kept.ln()).ceil() as u32 }
    }

    /// Whether rows shrink in every step, touched or not.
    fn decays(self) -> bool {
        matches!(self, Rule::Adam { decay } if decay > 0.0)
    }

    /// What a step multiplies by: see [`Factors`].
    fn factors<T: Real>(self, rate: f64, step: u32) -> Factors<T> {
        match self {
            Rule::Sgd { .. } => Factors { keep: T::one(), rate: T::of(rate), spread: T::one() },
            Rule::Adam { decay } => Factors {
                keep: T::of(1.0 - rate * decay),
                rate: T::of(rate / (1.0 - BETA1.powi(step as i32))),
                spread: T::of(1.0 / (1.0 - BETA2.powi(step as i32)).sqrt()),
            },
        }
    }
}

/// What depends on a step's number and rate alone.
#[derive(Debug, Clone, Copy)]
struct Factors<T> {
    /// The weight is multiplied by this first.
    keep: T,
    /// The rate, for Adam over 1 - beta1^step.
    rate: T,
    /// For Adam 1 / sqrt(1 - beta2^step).
    spread: T,
}

/// The state of descent of one model.
#[derive(Debug, Clone)]
pub struct Optimiser<T> {
    rule: Rule,
    /// [`Rule::glide`].
    glide: u32,
    /// Steps taken.
    steps: u32,
    first: Vec<T>,
    second: Vec<T>,
    dim: usize,
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
}

impl<T: Real> Optimiser<T> {
    /// At the start, for `dense` numbers and a table of shape `(rows, dim)`.
    pub fn new(rule: Rule, dense: usize, rows: usize, dim: usize) -> Self {
        let second = |n| if matches!(rule, Rule::Adam { .. }) { vec![T::zero(); n] } else { Vec::new() };
        Optimiser {
            rule,
            glide: rule.glide::<T>(),
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
        }
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        u64::from(self.steps)
    }

    /// Brings the given rows to where the dense rule would have them now: to be done before they are used. Rows may
    /// come several times.
    pub fn prepare(&mut self, table: &mut [T], rows: impl Iterator<Item = u32>) {
        for row in rows {
            self.make_up(row as usize, table, self.steps);
        }
    }

    /// Takes a step of `rate` down the gradient.
    pub fn step(&mut self, dense: &mut [T], table: &mut [T], gradient: &Gradient<T>, rate: f32) {
        self.steps += 1;
        let factors = self.rule.factors(f64::from(rate), self.steps);
        self.history.push(factors);
        move_down(self.rule, factors, dense, &gradient.dense, &mut self.first, &mut self.second);
        for (row, g) in gradient.rows.iter() {
            let row = row as usize;
            self.make_up(row, table, self.steps - 1);
            self.fade(row);
            let range = row * self.dim..(row + 1) * self.dim;
            let second =
                if self.row_second.is_empty() { &mut [][..] } else { &mut self.row_second[range.clone()] };
            move_down(self.rule, factors, &mut table[range.clone()], g, &mut self.row_first[range], second);
            self.touched[row] = self.steps;
            self.reached[row] = self.steps;
        }
    }

    /// Brings every row to where the dense rule would have it now. To be done before the table is looked at as a
    /// whole, and before [`tensors`](Optimiser::tensors) are saved; the course of the run stays the same.
    pub fn settle(&mut self, table: &mut [T]) {
        for row in 0..self.touched.len() {
            self.make_up(row, table, self.steps);
        }
        self.history.clear();
        self.settled = self.steps;
    }

    /// Moves a row through the steps that it missed, up to step `to`.
    fn make_up(&mut self, row: usize, table: &mut [T], to: u32) {
        let end = if self.touched[row] == 0 { 0 } else { self.touched[row].saturating_add(self.glide) };
        let glides = end.min(to);
        let from = self.reached[row];
        let range = row * self.dim..(row + 1) * self.dim;
        if from < glides {
            let w = &mut table[range.clone()];
            let second =
                if self.row_second.is_empty() { &mut [][..] } else { &mut self.row_second[range.clone()] };
            let steps = &self.history[(from - self.settled) as usize..(glides - self.settled) as usize];
            glide(self.rule, steps, w, &mut self.row_first[range.clone()], second);
            self.reached[row] = glides;
        }
        if self.rule.decays() && from.max(glides) < to {
            let start = from.max(glides);
            let steps = &self.history[(start - self.settled) as usize..(to - self.settled) as usize];
            shrink(steps, &mut table[range]);
            self.reached[row] = to;
        }
    }

    /// Takes the moments of a row past its glide to the step before the present one.
    fn fade(&mut self, row: usize) {
        let end = self.touched[row].saturating_add(self.glide);
        if self.touched[row] == 0 || end >= self.steps - 1 {
            return;
        }
        let range = row * self.dim..(row + 1) * self.dim;
        self.row_first[range.clone()].fill(T::zero());
        if !self.row_second.is_empty() {
            let left = T::of(BETA2.powf(f64::from(self.steps - 1 - end)));
            crate::kernel::scale(left, &mut self.row_second[range]);
        }
    }

    /// Everything that a checkpoint needs, once the rows are [settled](Optimiser::settle). Moments of dense tensors
    /// are one tensor each, in the order of the model's parameters.
    pub fn tensors(&self) -> Vec<Tensor<'_, T>> {
        let rows = self.touched.len();
        let mut all = vec![Tensor {
            name: "optimiser.steps".into(),
            shape: vec![1],
            values: Values::Count(std::slice::from_ref(&self.steps)),
        }];
        all.push(Tensor::real("optimiser.first", &[self.first.len()], &self.first));
        all.push(Tensor::real("optimiser.second", &[self.second.len()], &self.second));
        if rows > 0 {
            let seconds = self.row_second.len() / self.dim.max(1);
            all.push(Tensor::real("optimiser.embedding.first", &[rows, self.dim], &self.row_first));
            all.push(Tensor::real("optimiser.embedding.second", &[seconds, self.dim], &self.row_second));
            for (name, values) in [("touched", &self.touched), ("reached", &self.reached)] {
                let name = format!("optimiser.embedding.{name}");
                all.push(Tensor { name, shape: vec![rows], values: Values::Count(values) });
            }
        }
        all
    }

    /// Takes the state that [`tensors`](Optimiser::tensors) gave; `find` looks a tensor up by its name.
    ///
    /// # Errors
    /// When a tensor is missing, or has another size or kind than this model's; the state is then of no use.
    pub fn load<'a>(&mut self, find: impl Fn(&str) -> Option<Values<'a, T>>) -> Result<()>
    where
        T: 'a,
    {
        take_counts(&find, "optimiser.steps", std::slice::from_mut(&mut self.steps))?;
        take_reals(&find, "optimiser.first", &mut self.first)?;
        take_reals(&find, "optimiser.second", &mut self.second)?;
        if !self.touched.is_empty() {
            take_reals(&find, "optimiser.embedding.first", &mut self.row_first)?;
            take_reals(&find, "optimiser.embedding.second", &mut self.row_second)?;
            take_counts(&find, "optimiser.embedding.touched", &mut self.touched)?;
            take_counts(&find, "optimiser.embedding.reached", &mut self.reached)?;
        }
        self.history.clear();
        self.settled = self.steps;
        Ok(())
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
    /// One step of the rule for weights `w` with gradient `g`. `second` is empty for SGD.
    fn move_down<T>(rule: Rule, factors: Factors<T>, w: &mut [T], g: &[T], first: &mut [T], second: &mut [T]) {
        match rule {
            Rule::Sgd { momentum } => {
                let momentum = T::of(momentum);
                for ((w, &g), u) in w.iter_mut().zip(g).zip(first) {
                    *u = momentum * *u + g;
                    *w -= factors.rate * *u;
                }
            }
            Rule::Adam { .. } => {
                let (beta1, beta2, epsilon) = (T::of(BETA1), T::of(BETA2), T::of(EPSILON));
                let (rest1, rest2) = (T::of(1.0 - BETA1), T::of(1.0 - BETA2));
                for (((w, &g), m), v) in w.iter_mut().zip(g).zip(first).zip(second) {
                    *m = beta1 * *m + rest1 * g;
                    *v = beta2 * *v + rest2 * g * g;
                    *w = factors.keep * *w - factors.rate * *m / (v.sqrt() * factors.spread + epsilon);
                }
            }
        }
    }

    /// The steps of the rule for weights whose gradient is nought.
    fn glide<T>(rule: Rule, steps: &[Factors<T>], w: &mut [T], first: &mut [T], second: &mut [T]) {
        match rule {
            Rule::Sgd { momentum } => {
                let momentum = T::of(momentum);
                for factors in steps {
                    for (w, u) in w.iter_mut().zip(&mut *first) {
                        *u *= momentum;
                        *w -= factors.rate * *u;
                    }
                }
            }
            Rule::Adam { .. } => {
                let (beta1, beta2, epsilon) = (T::of(BETA1), T::of(BETA2), T::of(EPSILON));
                for factors in steps {
                    for ((w, m), v) in w.iter_mut().zip(&mut *first).zip(&mut *second) {
                        *m *= beta1;
                        *v *= beta2;
                        *w = factors.keep * *w - factors.rate * *m / (v.sqrt() * factors.spread + epsilon);
                    }
                }
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::nn::blocks::Blocks;
    use crate::rng;

    const RULES: [Rule; 4] = [
        Rule::Sgd { momentum: 0.0 },
        Rule::Sgd { momentum: 0.9 },
        Rule::Adam { decay: 0.0 },
        Rule::Adam { decay: 0.1 },
    ];

    /// The rows that have a gradient in a step: most are touched seldom, some not for hundreds of steps.
    fn touched(step: u64, rows: usize) -> Vec<usize> {
        let mut rng = rng::stream(8, "touched", step);
        (0..rows).filter(|&row| rng::unit64(&mut rng) < 0.5 / (1.0 + (row * row) as f64 / 4.0)).collect()
    }

    fn rate(step: u64) -> f32 {
        0.01 * (1.0 + (step % 7) as f32 / 3.0)
    }

    /// The table after so many steps with a gradient for each (row, step) that is touched.
    fn sparse<T: Real>(
        rule: Rule,
        steps: u64,
        rows: usize,
        dim: usize,
        settle_every: u64,
    ) -> (Vec<T>, Optimiser<T>) {
        let mut table: Vec<T> = (0..rows * dim).map(|i| T::of((i as f64 * 0.7).sin())).collect();
        let mut optimiser = Optimiser::new(rule, 0, rows, dim);
        let mut gradient = Gradient::new(Arc::new(Blocks::default()), rows, dim);
        for step in 0..steps {
            let touched = touched(step, rows);
            optimiser.prepare(&mut table, touched.iter().map(|&row| row as u32));
            gradient.clear();
            for row in touched {
                // The gradient depends on where the row is, as in life.
                let dx: Vec<T> = table[row * dim..][..dim]
                    .iter()
                    .map(|&w| T::of((w.wide() * 3.0 + step as f64).sin() * 0.1))
                    .collect();
                gradient.rows.add_row(row as u32, T::one(), &dx);
            }
            optimiser.step(&mut [], &mut table, &gradient, rate(step));
            if step % settle_every == 0 {
                optimiser.settle(&mut table);
            }
        }
        optimiser.settle(&mut table);
        (table, optimiser)
    }

    /// The same with every row moved in every step.
    fn dense<T: Real>(rule: Rule, steps: u64, rows: usize, dim: usize) -> Vec<T> {
        let mut table: Vec<T> = (0..rows * dim).map(|i| T::of((i as f64 * 0.7).sin())).collect();
        let mut optimiser = Optimiser::new(rule, rows * dim, 0, dim);
        let mut blocks = Blocks::default();
        blocks.push("all", &[("rows", vec![rows, dim])], "");
        let mut gradient = Gradient::new(Arc::new(blocks), 0, dim);
        for step in 0..steps {
            gradient.clear();
            for row in touched(step, rows) {
                for (dx, &w) in gradient.dense[row * dim..][..dim].iter_mut().zip(&table[row * dim..][..dim])
                {
                    *dx = T::of((w.wide() * 3.0 + step as f64).sin() * 0.1);
                }
            }
            optimiser.step(&mut table, &mut [], &gradient, rate(step));
        }
        table
    }

    #[test]
    fn few_rows_at_a_time_come_to_what_the_dense_rule_gives() {
        let (steps, rows, dim) = (900, 24, 5);
        for rule in RULES {
            let far = |a: f64, b: f64| (a - b).abs();
            let (lazy, _) = sparse::<f64>(rule, steps, rows, dim, 400);
            let whole = dense::<f64>(rule, steps, rows, dim);
            let worst = lazy.iter().zip(&whole).map(|(&a, &b)| far(a, b)).fold(0.0, f64::max);
            assert!(worst < 1e-11, "{rule:?} {worst:e}");
            let (lazy, _) = sparse::<f32>(rule, 300, rows, dim, 400);
            let whole = dense::<f32>(rule, 300, rows, dim);
            let worst = lazy.iter().zip(&whole).map(|(&a, &b)| far(a.wide(), b.wide())).fold(0.0, f64::max);
            assert!(worst < 1e-4, "{rule:?} {worst:e}");
        }
    }

    #[test]
    fn when_rows_are_settled_does_not_change_a_bit() {
        for rule in RULES {
            let (a, a_state) = sparse::<f32>(rule, 700, 24, 5, 10_000);
            for every in [1, 3, 50, 333] {
                let (b, b_state) = sparse::<f32>(rule, 700, 24, 5, every);
                assert!(a == b, "{rule:?} {every}");
                assert!(a_state.tensors() == b_state.tensors(), "{rule:?} {every}");
            }
        }
    }
}
