//! The gradient of a large table of which a batch touches only a few rows.
//!
//! The shards of a batch only record which vectors they add to which rows. The gradient of a mean of word vectors
//! adds one vector to the rows of all words of a document. [`RowGradient::sum`] then adds the records of all shards,
//! for each row in the order of shards and documents. Threads share the rows.

use rayon::prelude::*;

use crate::dispatched;
use crate::kernel::{Real, scale, squares};
use crate::nn::room;
use crate::nn::row_set::RowSet;

/// The number of rows that one thread takes at a time.
const PIECE: usize = 512;

/// What is added to the rows of a table and, after [`sum`](RowGradient::sum), the gradient of each row.
#[derive(Debug, Clone, Default)]
pub struct RowGradient<T> {
    rows: usize,
    dim: usize,
    /// The added vectors, and their uses: the row, and the index of the vector.
    vectors: Vec<T>,
    uses: Vec<(u32, u32)>,
    /// The rows with a gradient, ascending, and their gradients.
    touched: Vec<u32>,
    values: Vec<T>,
    /// The sum of the squares of `values`.
    squares: f64,
    summed: bool,
    gathering: Gathering,
}

/// The buffers of [`RowGradient::sum`].
#[derive(Debug, Clone, Default)]
struct Gathering {
    named: RowSet,
    /// For each row of the table the index of its first use plus one, or 0.
    first: Vec<u32>,
    uses: Vec<Use>,
    /// The first use of each touched row.
    heads: Vec<u32>,
    /// The sum of squares of each piece of rows.
    squares: Vec<f64>,
}

/// A vector that is added to a row.
#[derive(Debug, Clone, Copy)]
struct Use {
    /// The index of the row's next use plus one, or 0. Before the uses are linked, the row itself.
    next: u32,
    /// Which gradient it belongs to (0 is this one), and the index of its vector there.
    part: u32,
    vector: u32,
}

impl<T: Real> RowGradient<T> {
    /// For a table of shape `(rows, dim)`. Memory: nothing at first, then the recorded vectors. The sum takes four
    /// bytes and one bit per row of the table, and `dim` values per touched row.
    pub fn new(rows: usize, dim: usize) -> Self {
        RowGradient { rows, dim, summed: true, ..RowGradient::default() }
    }

    /// The number of rows and columns of the table.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.dim)
    }

    /// Sets it to zero.
    pub fn clear(&mut self) {
        self.vectors.clear();
        self.uses.clear();
        self.touched.clear();
        self.squares = 0.0;
        self.summed = true;
    }

    /// Adds `factor * dx` to a row.
    pub fn add_row(&mut self, row: u32, factor: T, dx: &[T]) {
        self.add_rows([row].into_iter(), factor, dx);
    }

    /// Adds `factor * dx` to each of the rows. A row that occurs n times gets it n times.
    #[inline]
    pub fn add_rows(&mut self, rows: impl Iterator<Item = u32>, factor: T, dx: &[T]) {
        let vector = (self.vectors.len() / self.dim.max(1)) as u32;
        self.vectors.extend(dx.iter().map(|&x| factor * x));
        self.uses.extend(rows.map(|row| (row, vector)));
        self.summed = false;
    }

    /// The records in order: each is a row and the vector that is added to it. A row may occur several times.
    pub fn added(&self) -> impl Iterator<Item = (u32, &[T])> {
        self.uses.iter().map(|&(row, vector)| (row, &self.vectors[vector as usize * self.dim..][..self.dim]))
    }

    /// Sums the records of this gradient and of others for the same table. For each row, the records of this gradient
    /// come first, then those of the first of the others, and so on.
    ///
    /// # Panics
    /// If a row is beyond the table.
    pub fn sum(&mut self, others: &[&RowGradient<T>]) {
        let RowGradient { rows, dim, vectors, uses, touched, values, gathering, .. } = self;
        let Gathering { named, first, uses: all, heads, squares: lengths } = gathering;
        let parts = std::iter::once(&uses[..]).chain(others.iter().map(|other| &other.uses[..]));
        if first.len() != *rows {
            *named = RowSet::new(*rows);
            *first = vec![0; *rows];
        }
        all.clear();
        for (part, uses) in (0..).zip(parts) {
            all.extend(uses.iter().map(|&(row, vector)| Use { next: row, part, vector }));
        }
        // Goes backwards, so that each row's list begins with its first use.
        for (at, one) in all.iter_mut().enumerate().rev() {
            let row = std::mem::replace(&mut one.next, 0);
            one.next = std::mem::replace(&mut first[row as usize], at as u32 + 1);
            named.insert(row);
        }
        touched.clear();
        heads.clear();
        named.drain(|row| {
            touched.push(row);
            heads.push(std::mem::take(&mut first[row as usize]) - 1);
        });
        let dim = (*dim).max(1);
        let values = room(values, touched.len() * dim);
        // The pieces depend only on the number of rows, so the sum of squares does not depend on the number of
        // threads.
        lengths.clear();
        lengths.resize(heads.len().div_ceil(PIECE), 0.0);
        let pieces = values.par_chunks_mut(PIECE * dim).zip(heads.par_chunks(PIECE));
        pieces.zip(lengths.par_iter_mut()).for_each(|((values, heads), length)| {
            add_up(vectors, others, all, heads, values);
            *length = squares(values);
        });
        self.squares = lengths.iter().sum();
        self.summed = true;
    }

    /// The rows with a gradient, ascending.
    ///
    /// # Panics
    /// If something was added since the last [sum](RowGradient::sum). The methods below panic in the same case.
    pub fn touched(&self) -> &[u32] {
        assert!(self.summed, "a gradient is read that was not summed");
        &self.touched
    }

    /// The touched rows and their gradients.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[T])> {
        self.touched().iter().copied().zip(self.values.chunks_exact(self.dim.max(1)))
    }

    /// The gradient of the touched row at index `place`.
    pub fn values_at(&self, place: u32) -> &[T] {
        &self.values[place as usize * self.dim..][..self.dim]
    }

    /// The sum of the squares of all gradients.
    pub fn squares(&self) -> f64 {
        assert!(self.summed, "a gradient is read that was not summed");
        self.squares
    }

    /// Multiplies the gradients by `factor`.
    pub fn scale(&mut self, factor: T) {
        let numbers = self.touched().len() * self.dim;
        scale(factor, &mut self.values[..numbers]);
        self.squares *= factor.wide() * factor.wide();
    }
}

dispatched! {
    /// Writes the sums `(heads, D)` of the rows whose first uses are `heads`.
    fn add_up<T>(own: &[T], others: &[&RowGradient<T>], uses: &[Use], heads: &[u32], sums: &mut [T]) {
        let dim = sums.len() / heads.len().max(1);
        let vector = |one: Use| {
            let vectors = one.part.checked_sub(1).map_or(own, |other| &others[other as usize].vectors);
            &vectors[one.vector as usize * dim..][..dim]
        };
        for (sum, &head) in sums.chunks_exact_mut(dim.max(1)).zip(heads) {
            let mut one = uses[head as usize];
            sum.copy_from_slice(vector(one));
            while let Some(next) = one.next.checked_sub(1) {
                one = uses[next as usize];
                for (sum, &x) in sum.iter_mut().zip(vector(one)) {
                    *sum += x;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(gradient: &RowGradient<f32>) -> Vec<(u32, Vec<f32>)> {
        gradient.iter().map(|(row, dx)| (row, dx.to_vec())).collect()
    }

    #[test]
    fn what_is_added_anywhere_is_summed_row_by_row() {
        let mut a = RowGradient::new(5, 2);
        assert_eq!(a.iter().count(), 0);
        a.add_row(3, 1.0, &[1.0_f32, 2.0]);
        a.add_rows([0, 3].into_iter(), 2.0, &[1.0, 1.0]);
        let mut b = RowGradient::new(5, 2);
        b.add_row(4, 1.0, &[9.0, 9.0]);
        b.add_row(0, 1.0, &[1.0, 1.0]);
        let added: Vec<(u32, Vec<f32>)> = a.added().map(|(row, dx)| (row, dx.to_vec())).collect();
        assert_eq!(added, [(3, vec![1.0, 2.0]), (0, vec![2.0, 2.0]), (3, vec![2.0, 2.0])]);
        a.sum(&[&b]);
        assert_eq!(sums(&a), [(0, vec![3.0, 3.0]), (3, vec![3.0, 4.0]), (4, vec![9.0, 9.0])]);
        assert_eq!(a.touched(), [0, 3, 4]);
        assert_eq!(a.values_at(1), [3.0, 4.0]);
        assert_eq!(a.squares(), 18.0 + 25.0 + 162.0);
        a.scale(2.0);
        assert_eq!(a.squares(), 4.0 * (18.0 + 25.0 + 162.0));
        assert_eq!(a.values_at(0), [6.0, 6.0]);
        a.clear();
        assert_eq!((a.iter().count(), a.squares()), (0, 0.0));
        a.add_row(4, 1.0, &[1.0, 0.0]);
        a.sum(&[]);
        assert_eq!(sums(&a), [(4, vec![1.0, 0.0])]);
    }

    #[test]
    fn many_rows_are_summed_in_the_order_of_what_was_added_at_every_level() {
        // Values whose sum depends on the order of additions.
        let x = |part: usize, row: usize| {
            ((part * 7 + row) as f32 * 0.37).sin() * 10_f32.powi(row as i32 % 5 - part as i32)
        };
        let parts: Vec<RowGradient<f32>> = (0..4)
            .map(|part| {
                let mut gradient = RowGradient::new(9_000, 3);
                for row in (0..9_000).rev().filter(|row| row % (part + 2) == 0) {
                    gradient.add_row(row as u32, 1.0, &[x(part, row), 1.0, 0.5]);
                }
                gradient
            })
            .collect();
        for level in crate::kernel::Level::all() {
            level.force(|| {
                let mut all = parts[0].clone();
                all.sum(&parts[1..].iter().collect::<Vec<_>>());
                let mut expected = Vec::new();
                for row in 0..9_000 {
                    let of = (0..4).filter(|part| row % (part + 2) == 0).collect::<Vec<usize>>();
                    if let [first, rest @ ..] = &of[..] {
                        let sum = rest.iter().fold(x(*first, row), |sum, &part| sum + x(part, row));
                        expected.push((row as u32, vec![sum, of.len() as f32, 0.5 * of.len() as f32]));
                    }
                }
                assert!(sums(&all) == expected, "{level:?}");
            });
        }
    }

    #[test]
    #[should_panic(expected = "not summed")]
    fn what_is_not_summed_is_not_read() {
        let mut gradient = RowGradient::new(2, 1);
        gradient.add_row(0, 1.0, &[1.0_f32]);
        gradient.iter().count();
    }
}
