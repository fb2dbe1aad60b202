//! A gradient of few rows of a large table: what a batch touches, not what the vocabulary holds.

use rayon::prelude::*;

use crate::kernel::{Real, axpy, scale, squares};

/// Rows that one thread takes at a time, where there are many.
const PIECE: usize = 512;

/// Gradients of the rows that were touched, in the order of their first touch.
#[derive(Debug, Clone, Default)]
pub struct RowGradient<T> {
    dim: usize,
    /// For each row of the table one more than its place in `touched`, or 0.
    places: Vec<u32>,
    touched: Vec<u32>,
    values: Vec<T>,
    /// While another gradient is added: for each touched row one more than its place in that one, or 0.
    others: Vec<u32>,
}

impl<T: Real> RowGradient<T> {
    /// For a table of shape `(rows, dim)`. Takes four bytes a row, and `dim` numbers for each touched one.
    pub fn new(rows: usize, dim: usize) -> Self {
        RowGradient {
            dim,
            places: vec![0; rows],
            touched: Vec::new(),
            values: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Rows and columns of the table.
    pub fn shape(&self) -> (usize, usize) {
        (self.places.len(), self.dim)
    }

    /// Forgets all rows, in time that goes with the number touched.
    pub fn clear(&mut self) {
        for &row in &self.touched {
            self.places[row as usize] = 0;
        }
        self.touched.clear();
        self.values.clear();
    }

    /// Adds `factor * dx` to a row.
    #[inline]
    pub fn add_row(&mut self, row: u32, factor: T, dx: &[T]) {
        let place = &mut self.places[row as usize];
        if *place == 0 {
            self.touched.push(row);
            *place = self.touched.len() as u32;
            self.values.extend(dx.iter().map(|&x| factor * x));
        } else {
            let start = (*place as usize - 1) * self.dim;
            axpy(factor, dx, &mut self.values[start..start + self.dim]);
        }
    }

    /// Adds another gradient of the same table; rows that this one does not have come behind its own, in the other's
    /// order. Threads share the rows of the sum.
    pub fn add(&mut self, other: &RowGradient<T>) {
        self.others.clear();
        self.others.resize(self.touched.len(), 0);
        for (&row, place) in other.touched.iter().zip(1..) {
            let own = &mut self.places[row as usize];
            if *own == 0 {
                self.touched.push(row);
                *own = self.touched.len() as u32;
                self.others.push(place);
            } else {
                self.others[*own as usize - 1] = place;
            }
        }
        self.values.resize(self.touched.len() * self.dim, T::zero());
        let dim = self.dim.max(1);
        let pieces = self.values.par_chunks_mut(PIECE * dim).zip(self.others.par_chunks(PIECE));
        pieces.for_each(|(values, others)| {
            for (row, &place) in values.chunks_exact_mut(dim).zip(others) {
                if let Some(place) = place.checked_sub(1) {
                    axpy(T::one(), other.values_at(place), row);
                }
            }
        });
    }

    /// Rows and their gradients, in the order of their first touch.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[T])> {
        self.touched.iter().copied().zip(self.values.chunks_exact(self.dim.max(1)))
    }

    /// The rows, in that order.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// Which of the touched rows a row of the table is, counted from 0.
    pub fn place(&self, row: u32) -> Option<u32> {
        self.places[row as usize].checked_sub(1)
    }

    /// The gradient of the row that was touched first, second, and so on.
    pub fn values_at(&self, place: u32) -> &[T] {
        &self.values[place as usize * self.dim..][..self.dim]
    }

    /// The sum of all squares.
    pub fn squares(&self) -> f64 {
        // The pieces depend on the number of rows alone.
        self.values.par_chunks(PIECE * self.dim.max(1)).map(squares).collect::<Vec<f64>>().iter().sum()
    }

    /// Multiplies all of it.
    pub fn scale(&mut self, factor: T) {
        scale(factor, &mut self.values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_summed_in_the_order_of_first_touch() {
        let mut a = RowGradient::new(5, 2);
        a.add_row(3, 1.0, &[1.0_f32, 2.0]);
        a.add_row(0, 2.0, &[1.0, 1.0]);
        a.add_row(3, 1.0, &[1.0, 1.0]);
        let mut b = RowGradient::new(5, 2);
        b.add_row(4, 1.0, &[9.0, 9.0]);
        b.add_row(0, 1.0, &[1.0, 1.0]);
        a.add(&b);
        let rows: Vec<(u32, Vec<f32>)> = a.iter().map(|(row, dx)| (row, dx.to_vec())).collect();
        assert_eq!(rows, [(3, vec![2.0, 3.0]), (0, vec![3.0, 3.0]), (4, vec![9.0, 9.0])]);
        assert_eq!(a.squares(), 4.0 + 9.0 + 18.0 + 162.0);
        // Many rows, of which a third is in both.
        let many = |step: usize| {
            let mut gradient = RowGradient::new(9_000, 3);
            (0..9_000)
                .step_by(step)
                .for_each(|row| gradient.add_row(row as u32, 1.0, &[row as f32, 1.0, 0.5]));
            gradient
        };
        let (mut both, three) = (many(2), many(3));
        both.add(&three);
        let rows: Vec<(u32, Vec<f32>)> = both.iter().map(|(row, dx)| (row, dx.to_vec())).collect();
        let odd = (3..9_000).step_by(6);
        let order: Vec<u32> = (0..9_000).step_by(2).chain(odd).collect();
        assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), order);
        for (row, dx) in rows {
            let times = if row.is_multiple_of(6) { 2.0 } else { 1.0 };
            assert_eq!(dx, [row as f32, 1.0, 0.5].map(|x| x * times), "{row}");
        }
        a.clear();
        assert_eq!(a.iter().count(), 0);
        a.add_row(4, 1.0, &[1.0, 0.0]);
        assert_eq!(a.iter().next(), Some((4, &[1.0_f32, 0.0][..])));
    }
}
