//! The rows of a table, each with the steps that it has taken. A row takes its missed steps when it is used.

use crate::kernel::Real;
use crate::kernel::rows::prefetch;

use super::algorithm::{Algorithm, BETA2, Factors, glide, shrink};

/// The steps so far, which are the same for all rows.
#[derive(Clone, Copy)]
pub(super) struct Course<'a, T> {
    pub(super) algorithm: Algorithm,
    pub(super) glide: u32,
    pub(super) steps: u32,
    pub(super) history: &'a [Factors<T>],
    pub(super) settled: u32,
}

impl<T: Real> Course<'_, T> {
    /// Applies the steps that a row missed, up to step `to`.
    pub(super) fn make_up(&self, rows: &mut Rows<T>, row: usize, to: u32) {
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

    /// Decays the moments of a row whose momentum has ended, up to the step before the current one.
    pub(super) fn fade(&self, rows: &mut Rows<T>, row: usize) {
        let end = rows.touched[row].saturating_add(self.glide);
        if rows.touched[row] == 0 || end >= self.steps - 1 {
            return;
        }
        let (_, first, second) = rows.state(row);
        first.fill(T::zero());
        crate::kernel::scale(T::of(BETA2.powf(f64::from(self.steps - 1 - end) / 2.0)), second);
    }
}

/// Consecutive rows of the table with their state. Threads share a table by splitting it between two rows. The result
/// of a row does not depend on where the table is split.
pub(super) struct Rows<'a, T> {
    /// The index of the first row.
    pub(super) start: usize,
    pub(super) dim: usize,
    pub(super) table: &'a mut [T],
    pub(super) first: &'a mut [T],
    /// Empty for SGD.
    pub(super) second: &'a mut [T],
    pub(super) touched: &'a mut [u32],
    pub(super) reached: &'a mut [u32],
}

/// Up to this many rows are updated by one thread: waking another would cost more.
pub(super) const ALONE: usize = 1_024;
/// The number of rows that are prefetched ahead of their use.
const AHEAD: usize = 3;

impl<T: Real> Rows<'_, T> {
    /// Weights and moments of a row; `row` counts from the first row of this part.
    pub(super) fn state(&mut self, row: usize) -> (&mut [T], &mut [T], &mut [T]) {
        let range = row * self.dim..(row + 1) * self.dim;
        let second = if self.second.is_empty() { &mut [][..] } else { &mut self.second[range.clone()] };
        (&mut self.table[range.clone()], &mut self.first[range], second)
    }

    /// Calls `work` with each of the listed rows, which ascend, and the index beside it. All threads of the pool
    /// share the work.
    pub(super) fn each(mut self, list: &[(u32, u32)], work: &(impl Fn(&mut Self, usize, u32) + Sync)) {
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

    /// Splits the rows into those before `row` and those from `row` on.
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
