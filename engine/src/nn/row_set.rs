//! A set of rows of a table, in ascending order.

/// A set of rows, one bit per row of the table. Iterating reads all bits, 64 rows at a time, and gives the rows in
/// the order in which they are stored in memory.
#[derive(Debug, Clone, Default)]
pub struct RowSet {
    bits: Vec<u64>,
}

impl RowSet {
    /// An empty set for a table of `rows` rows.
    pub fn new(rows: usize) -> Self {
        RowSet { bits: vec![0; rows.div_ceil(64)] }
    }

    /// # Panics
    /// If the table has no such row.
    #[inline]
    pub fn insert(&mut self, row: u32) {
        self.bits[row as usize / 64] |= 1 << (row % 64);
    }

    /// Calls `with` for each row in ascending order, and leaves the set empty.
    pub fn drain(&mut self, mut with: impl FnMut(u32)) {
        for (first, bits) in (0..).step_by(64).zip(&mut self.bits) {
            let mut rest = std::mem::take(bits);
            while rest != 0 {
                with(first + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_once_and_ascending() {
        let mut set = RowSet::new(130);
        for _ in 0..2 {
            for row in [129, 0, 64, 63, 64, 0, 7] {
                set.insert(row);
            }
            let mut rows = Vec::new();
            set.drain(|row| rows.push(row));
            assert_eq!(rows, [0, 7, 63, 64, 129]);
        }
        set.drain(|row| panic!("{row} is still there"));
    }
}
