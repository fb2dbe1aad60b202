//! A shared table of vectors, and how the shards' copies of its rows are merged into it.
//!
//! All shards of a block start from the same values. A row that one shard touched takes that shard's values. A row
//! that several shards touched moves by the sum of their changes, in the order of the shards, damped where the sum
//! would overshoot. Changes to a rare row hardly depend on each other, so they can be added. But each shard may have
//! moved a frequent row nearly all the way to its optimum, and then the sum of S changes overshoots by S - 1 times
//! that way. Assume that `n` uses move a row by the fraction `f(n) = 1 - 1/(1 + λn) = λn / (1 + λn)` of its way.
//! Shards with `n_s` uses each, one after another, would move it by `f(Σ n_s)`, and the sum of their changes moves it
//! by `Σ f(n_s)`. So the sum is multiplied by the quotient `f(Σ n_s) / Σ f(n_s)`. The quotient goes from 1 (a sum)
//! for rare rows to 1/S (a mean) for very frequent rows.

use ndarray::{ArrayView2, ShapeBuilder};

use crate::kernel::{self, Aligned, rows};

use super::local::LocalRows;

/// The number of ranges of rows that are merged in parallel.
const RANGES: usize = 16;

/// Vectors in padded rows.
#[derive(Debug)]
pub struct SharedTable {
    /// `(rows, stride)`; the padding is 0.
    pub data: Aligned,
    pub dim: usize,
    pub stride: usize,
    /// The end of each range of rows. About the same number of rows of each range are touched in a block.
    pub ends: Vec<usize>,
    ranges: Vec<Merger>,
}

impl SharedTable {
    /// A table of zeros. `weights` are proportional to the probability that a block touches the row.
    pub fn new(rows: usize, dim: usize, weights: &[f64]) -> Self {
        let stride = rows::stride(dim);
        let total: f64 = weights.iter().sum();
        let mut ends = Vec::with_capacity(RANGES);
        let mut sum = 0.0;
        for (row, weight) in weights.iter().enumerate() {
            sum += weight;
            if sum >= total * (ends.len() + 1) as f64 / RANGES as f64 && ends.len() + 1 < RANGES {
                ends.push(row + 1);
            }
        }
        ends.push(rows);
        let ranges = ends.iter().map(|_| Merger::default()).collect();
        SharedTable { data: Aligned::zeros(rows * stride), dim, stride, ends, ranges }
    }

    /// Changes the number of rows to `rows`, with unspecified values, all equally likely to be touched.
    pub fn resize(&mut self, rows: usize) {
        self.data.resize(rows * self.stride);
        self.ends.clear();
        self.ends.extend((1..=RANGES).map(|range| rows * range / RANGES));
        self.ranges.resize_with(RANGES, Merger::default);
    }

    /// The vectors without the padding: `(rows, dim)`.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        self.like(&self.data)
    }

    /// The same view of other rows that have the layout of this table.
    pub fn like<'a>(&self, data: &'a [f32]) -> ArrayView2<'a, f32> {
        let rows = data.len() / self.stride;
        ArrayView2::from_shape((rows, self.dim).strides((self.stride, 1)), data)
            .expect("rows of `stride` floats hold `dim`")
    }

    /// Tasks that merge the shards' copies. They change different rows and can run in any order.
    pub fn merges(&mut self) -> Vec<Merge<'_>> {
        let mut rest = &mut self.data[..];
        let mut start = 0;
        let ends = self.ends.iter().zip(&mut self.ranges).enumerate();
        ends.map(|(range, (&end, merger))| {
            let (rows, after) = std::mem::take(&mut rest).split_at_mut((end - start) * self.stride);
            rest = after;
            let first = std::mem::replace(&mut start, end);
            Merge { range, first, rows, stride: self.stride, merger }
        })
        .collect()
    }
}

/// How the changes of rows are merged.
#[derive(Debug, Clone, Copy)]
pub struct Merging<'a> {
    /// λ of the module's documentation, for a row with a rate of 1.
    pub damping: f32,
    /// The learning rate of each row as a multiple of the usual one; `None` if all are 1.
    pub rates: Option<&'a [f32]>,
    /// Where the rows are pulled to, if they are.
    pub anchor: Option<Anchor<'a>>,
}

/// Where rows are pulled to.
#[derive(Debug, Clone, Copy)]
pub struct Anchor<'a> {
    /// The same rows as in the table: `(rows, stride)`.
    pub rows: &'a [f32],
    /// The strength of the pull for each use of a row with a rate of 1.
    pub pull: f32,
}

impl Merging<'_> {
    /// A merge of rows that all have the usual learning rate.
    pub fn alike(damping: f32) -> Merging<'static> {
        Merging { damping, rates: None, anchor: None }
    }

    /// The learning rate of a row, as a multiple of the usual one.
    #[inline]
    pub fn rate(&self, row: usize) -> f32 {
        self.rates.map_or(1.0, |rates| rates[row])
    }

    /// Pulls `vector`, which is the row `row` and was used `uses` times, to its anchor. This is the minimum of
    /// `½ ‖w - vector‖² + ½ c ‖w - anchor‖²` with `c = uses · pull`, so that no pull goes too far.
    #[inline]
    pub fn pull(&self, row: usize, uses: f32, vector: &mut [f32]) {
        if let Some(Anchor { rows, pull }) = self.anchor {
            let c = pull * self.rate(row) * uses;
            let fraction = c / (1.0 + c);
            let anchor = &rows[row * vector.len()..][..vector.len()];
            vector.iter_mut().zip(anchor).for_each(|(x, anchor)| *x += fraction * (anchor - *x));
        }
    }
}

/// The merge of one range of rows.
pub struct Merge<'a> {
    range: usize,
    /// The index of the first row.
    first: usize,
    rows: &'a mut [f32],
    stride: usize,
    merger: &'a mut Merger,
}

/// The buffers for merging a range, kept between blocks.
#[derive(Debug, Default)]
struct Merger {
    /// For each row of the range the index of its group + 1; 0 if it is not touched.
    group: Vec<u32>,
    /// For each touched row: its index in the range, and its first and last entry.
    groups: Vec<(u32, u32, u32)>,
    /// Shard, slot, and the index of the row's next entry (0 for none, because entry 0 is always a first entry).
    entries: Vec<(u32, u32, u32)>,
    change: Vec<f32>,
}

impl Merge<'_> {
    /// Runs the merge. A row with a rate of 0 keeps its bits.
    pub fn run(self, shards: &[&LocalRows], how: &Merging) {
        let Merger { group, groups, entries, change } = self.merger;
        group.resize(self.rows.len() / self.stride, 0);
        groups.clear();
        entries.clear();
        for (shard, local) in shards.iter().enumerate() {
            for &(row, slot) in local.in_range(self.range) {
                let row = row - self.first as u32;
                let entry = entries.len() as u32;
                entries.push((shard as u32, slot, 0));
                let group = &mut group[row as usize];
                if *group == 0 {
                    groups.push((row, entry, entry));
                    *group = groups.len() as u32;
                } else {
                    let last = &mut groups[*group as usize - 1].2;
                    entries[*last as usize].2 = entry;
                    *last = entry;
                }
            }
        }
        const AHEAD: usize = 8;
        for (n, &(row, first, last)) in groups.iter().enumerate() {
            if let Some(&(later, entry, _)) = groups.get(n + AHEAD) {
                let (shard, slot, _) = entries[entry as usize];
                rows::prefetch(&self.rows[later as usize * self.stride..][..self.stride]);
                rows::prefetch(shards[shard as usize].copy(slot, self.stride));
            }
            group[row as usize] = 0;
            let index = self.first + row as usize;
            let rate = how.rate(index);
            if rate == 0.0 {
                continue;
            }
            let damping = how.damping * rate;
            let shared = &mut self.rows[row as usize * self.stride..][..self.stride];
            let copy = |shard: u32, slot: u32| shards[shard as usize].copy(slot, self.stride);
            if first == last {
                let (shard, slot, _) = entries[first as usize];
                shared.copy_from_slice(copy(shard, slot));
                how.pull(index, shards[shard as usize].uses(slot) as f32, shared);
                continue;
            }
            change.clear();
            change.resize(self.stride, 0.0);
            let (mut uses, mut ways) = (0.0, 0.0);
            let mut entry = first;
            loop {
                let (shard, slot, next) = entries[entry as usize];
                let n = shards[shard as usize].uses(slot) as f32;
                uses += n;
                ways += n / (1.0 + damping * n);
                kernel::add_difference(copy(shard, slot), shared, change);
                if entry == last {
                    break;
                }
                entry = next;
            }
            let scale = uses / (1.0 + damping * uses) / ways;
            kernel::axpy(scale, change, shared);
            how.pull(index, uses, shared);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two shards touch row 1, one shard touches row 0 and one row 2. No shard touches row 3.
    fn merged(damping: f32, uses: usize) -> Vec<f32> {
        merged_as(&Merging::alike(damping), uses)
    }

    fn merged_as(how: &Merging, uses: usize) -> Vec<f32> {
        let mut table = SharedTable::new(4, 16, &[1.0; 4]);
        table.data.fill(1.0);
        let mut shards: Vec<LocalRows> = Vec::new();
        for rows in [[0, 1], [1, 2]] {
            let mut local = LocalRows::default();
            local.clear(2);
            for row in rows {
                for _ in 0..uses {
                    local.slot(row);
                }
            }
            local.gather(&table.data, 16);
            local.data.iter_mut().for_each(|x| *x += 0.5);
            local.sort(&table.ends);
            shards.push(local);
        }
        let shards: Vec<&LocalRows> = shards.iter().collect();
        table.merges().into_iter().for_each(|merge| merge.run(&shards, how));
        table.data.iter().step_by(16).copied().collect()
    }

    #[test]
    fn changes_add_up_and_are_averaged_for_very_frequent_rows() {
        assert_eq!(merged(0.0, 1), [1.5, 2.0, 1.5, 1.0]);
        let damped = merged(1.0, 1_000_000);
        assert_eq!((damped[0], damped[2], damped[3]), (1.5, 1.5, 1.0));
        assert!((damped[1] - 1.5).abs() < 1e-5);
    }

    #[test]
    fn a_row_with_a_rate_of_zero_keeps_its_bits_and_an_anchor_pulls_each_touched_row() {
        let rates = [1.0, 0.0, 1.0, 1.0];
        let still = Merging { damping: 0.0, rates: Some(&rates), anchor: None };
        assert_eq!(merged_as(&still, 1), [1.5, 1.0, 1.5, 1.0]);
        // A small rate damps less: λ = 1 and 3 uses by each shard move row 1 by (6 / 7) / (2 · 3 / 4) of the sum, and
        // with a tenth of the rate by (6 / 1.6) / (2 · 3 / 1.3).
        for (rate, lambda) in [(1.0, 1.0), (0.1, 0.1)] {
            let rates = [rate; 4];
            let found = merged_as(&Merging { damping: 1.0, rates: Some(&rates), anchor: None }, 3)[1];
            let part = 6.0 / (1.0 + lambda * 6.0) / (2.0 * 3.0 / (1.0 + lambda * 3.0));
            assert!((found - 1.0 - part).abs() < 1e-6, "{found} {part}");
        }
        // One use is pulled by c / (1 + c) of the way to 0, two by 2c / (1 + 2c).
        let zeros = [0.0; 4 * 16];
        let anchored =
            Merging { damping: 0.0, rates: None, anchor: Some(Anchor { rows: &zeros, pull: 0.25 }) };
        let expected = [1.5 / 1.25, 2.0 / 1.5, 1.5 / 1.25, 1.0];
        merged_as(&anchored, 1)
            .iter()
            .zip(expected)
            .for_each(|(x, y)| assert!((x - y).abs() < 1e-6, "{x} {y}"));
    }

    #[test]
    fn every_row_lies_in_one_range_and_the_view_has_no_padding() {
        for rows in [1, 5, 16, 1000] {
            let mut table = SharedTable::new(rows, 20, &vec![1.0; rows]);
            assert_eq!(table.merges().iter().map(|m| m.rows.len()).sum::<usize>(), rows * 32);
            assert_eq!(table.view().dim(), (rows, 20));
        }
    }
}
