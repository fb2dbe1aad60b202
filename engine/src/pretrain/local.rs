//! A shard's own copies of the rows that it changes.

use std::ops::Range;

use crate::kernel::{Aligned, rows};

/// Copies of some rows of a table. The copies (slots) are numbered from 0 in the order in which the rows were
/// requested.
#[derive(Debug, Default)]
pub struct LocalRows {
    /// A hash table with open addressing: row + 1 (0 is free) and slot.
    map: Vec<(u32, u32)>,
    /// The row of each slot.
    rows: Vec<u32>,
    /// The number of uses of each slot in the block.
    uses: Vec<u32>,
    /// `(slots, stride)`
    pub data: Aligned,
    /// Rows and slots, sorted by the range that the row is in.
    sorted: Vec<(u32, u32)>,
    /// Where each range begins in `sorted`.
    starts: Vec<u32>,
    /// The range of each slot's row.
    ranges: Vec<u16>,
}

impl LocalRows {
    /// Removes all rows. At most `most` rows will be requested.
    pub fn clear(&mut self, most: usize) {
        let size = (most * 2).next_power_of_two().max(16);
        self.map.clear();
        self.map.resize(size, (0, 0));
        self.rows.clear();
        self.uses.clear();
    }

    /// The slot of `row`. Counts one use of it.
    #[inline]
    pub fn slot(&mut self, row: u32) -> u32 {
        let mask = self.map.len() - 1;
        let mut at = (row.wrapping_mul(0x9e37_79b9) >> 7) as usize & mask;
        loop {
            match self.map[at] {
                (0, _) => {
                    let slot = self.rows.len() as u32;
                    self.map[at] = (row + 1, slot);
                    self.rows.push(row);
                    self.uses.push(1);
                    return slot;
                }
                (taken, slot) if taken == row + 1 => {
                    self.uses[slot as usize] += 1;
                    return slot;
                }
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Counts one more use of a slot.
    #[inline]
    pub fn use_again(&mut self, slot: u32) {
        self.uses[slot as usize] += 1;
    }

    /// Copies the values of the rows from `table` `(rows, stride)`.
    pub fn gather(&mut self, table: &[f32], stride: usize) {
        const AHEAD: usize = 12;
        self.data.resize(self.rows.len() * stride);
        let row = |r: u32| &table[r as usize * stride..][..stride];
        self.rows.iter().take(AHEAD).for_each(|&r| rows::prefetch(row(r)));
        for (slot, (&r, copy)) in self.rows.iter().zip(self.data.chunks_exact_mut(stride)).enumerate() {
            if let Some(&later) = self.rows.get(slot + AHEAD) {
                rows::prefetch(row(later));
            }
            copy.copy_from_slice(row(r));
        }
    }

    /// Sorts the rows by range; `ends` holds the ends of the ranges, ascending.
    pub fn sort(&mut self, ends: &[usize]) {
        let range = |row: u32| ends.partition_point(|&end| end <= row as usize) as u16;
        self.ranges.clear();
        self.ranges.extend(self.rows.iter().map(|&row| range(row)));
        self.starts.clear();
        self.starts.resize(ends.len() + 1, 0);
        for &range in &self.ranges {
            self.starts[usize::from(range) + 1] += 1;
        }
        for r in 1..self.starts.len() {
            self.starts[r] += self.starts[r - 1];
        }
        self.sorted.resize(self.rows.len(), (0, 0));
        for (slot, (&row, &range)) in self.rows.iter().zip(&self.ranges).enumerate() {
            let at = &mut self.starts[usize::from(range)];
            self.sorted[*at as usize] = (row, slot as u32);
            *at += 1;
        }
        // Each start has advanced to the end of its range, which is the start of the next range.
        self.starts.rotate_right(1);
        self.starts[0] = 0;
    }

    /// The rows and slots of a range.
    pub fn in_range(&self, range: usize) -> &[(u32, u32)] {
        let Range { start, end } = self.starts[range] as usize..self.starts[range + 1] as usize;
        &self.sorted[start..end]
    }

    /// The copy in a slot.
    pub fn copy(&self, slot: u32, stride: usize) -> &[f32] {
        &self.data[slot as usize * stride..][..stride]
    }

    /// The row of a slot.
    pub fn row(&self, slot: u32) -> usize {
        self.rows[slot as usize] as usize
    }

    /// The number of uses of a slot.
    pub fn uses(&self, slot: u32) -> u32 {
        self.uses[slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_copied_once_counted_and_sorted_into_ranges() {
        let table: Vec<f32> = (0..100 * 16).map(|i| (i / 16) as f32).collect();
        let mut local = LocalRows::default();
        for _ in 0..2 {
            local.clear(8);
            let slots: Vec<u32> = [90, 3, 90, 50, 4, 3, 90].iter().map(|&row| local.slot(row)).collect();
            assert_eq!(slots, [0, 1, 0, 2, 3, 1, 0]);
            assert_eq!((0..4).map(|slot| local.uses(slot)).collect::<Vec<_>>(), [3, 2, 1, 1]);
            local.gather(&table, 16);
            assert_eq!(local.data.iter().step_by(16).copied().collect::<Vec<_>>(), [90.0, 3.0, 50.0, 4.0]);
            local.sort(&[4, 50, 51, 100]);
            let ranges: Vec<_> = (0..4).map(|r| local.in_range(r).to_vec()).collect();
            assert_eq!(ranges, [vec![(3, 1)], vec![(4, 3)], vec![(50, 2)], vec![(90, 0)]]);
        }
    }
}
