//! A gradient of few rows of a large table: what a batch touches, not what the vocabulary holds.

use crate::kernel::{Real, axpy, scale, squares};

/// Gradients of the rows that were touched, in the order of their first touch.
#[derive(Debug, Clone, Default)]
pub struct RowGradient<T> {
    dim: usize,
    /// For each row of the table one more than its place in `touched`, or 0.
    places: Vec<u32>,
    touched: Vec<u32>,
    values: Vec<T>,
}

impl<T: Real> RowGradient<T> {
    /// For a table of shape `(rows, dim)`. Takes four bytes a row, and `dim` numbers for each touched one.
    pub fn new(rows: usize, dim: usize) -> Self {
        RowGradient { dim, places: vec![0; rows], touched: Vec::new(), values: Vec::new() }
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

    /// Adds another gradient of the same table, row by row in its order.
    pub fn add(&mut self, other: &RowGradient<T>) {
        for (row, dx) in other.iter() {
            self.add_row(row, T::one(), dx);
        }
    }

    /// Rows and their gradients, in the order of their first touch.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[T])> {
        self.touched.iter().copied().zip(self.values.chunks_exact(self.dim.max(1)))
    }

    /// The gradient of the row that was touched first, second, and so on.
    pub fn values_at(&self, place: u32) -> &[T] {
        &self.values[place as usize * self.dim..][..self.dim]
    }

    /// The sum of all squares.
    pub fn squares(&self) -> f64 {
        squares(&self.values)
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
        a.clear();
        assert_eq!(a.iter().count(), 0);
        a.add_row(4, 1.0, &[1.0, 0.0]);
        assert_eq!(a.iter().next(), Some((4, &[1.0_f32, 0.0][..])));
    }
}
