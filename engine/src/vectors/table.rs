//! The values of a table of vectors: in memory, or in a mapped file, where they are read when they are used.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis, s};

use crate::kernel::mapped::{self, Mapped};
use crate::kernel::rows;

/// A table `(words, dim)`.
#[derive(Debug)]
pub enum VectorTable {
    /// All in memory.
    Held(Array2<f32>),
    /// In a mapped file. Unused rows take no memory, and the system can free the memory of other rows.
    Filed(Filed),
}

/// Rows of little-endian f32 in a file.
#[derive(Debug, Clone)]
pub struct Filed {
    bytes: Arc<Mapped>,
    starts: Starts,
    dim: usize,
}

/// The start of each row in bytes.
#[derive(Debug, Clone)]
enum Starts {
    /// Contiguous rows: the start of the first row, and the number of rows.
    Even(usize, usize),
    Each(Vec<u64>),
}

impl PartialEq for Filed {
    /// Whether both hold the same values.
    fn eq(&self, other: &Filed) -> bool {
        (self.rows(), self.dim) == (other.rows(), other.dim)
            && (0..self.rows()).all(|id| self.row(id) == other.row(id))
    }
}

impl Filed {
    /// Contiguous rows from byte `first` on. `None` if they reach beyond the end of the file.
    pub fn even(bytes: Arc<Mapped>, first: usize, rows: usize, dim: usize) -> Option<Filed> {
        let end = rows.checked_mul(dim)?.checked_mul(4)?.checked_add(first)?;
        (end <= bytes.len()).then_some(Filed { bytes, starts: Starts::Even(first, rows), dim })
    }

    /// Rows that begin at these bytes. `None` if one reaches beyond the end of the file.
    pub fn scattered(bytes: Arc<Mapped>, starts: Vec<u64>, dim: usize) -> Option<Filed> {
        let last = starts.iter().copied().max().unwrap_or(0);
        let end = last.checked_add(4 * dim as u64)?;
        (starts.is_empty() || end <= bytes.len() as u64).then_some(Filed {
            bytes,
            starts: Starts::Each(starts),
            dim,
        })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        match &self.starts {
            Starts::Even(_, rows) => *rows,
            Starts::Each(starts) => starts.len(),
        }
    }

    /// Row `id`.
    pub fn row(&self, id: usize) -> Cow<'_, [f32]> {
        let start = match &self.starts {
            Starts::Even(first, _) => first + 4 * id * self.dim,
            Starts::Each(starts) => starts[id] as usize,
        };
        let bytes = &self.bytes[start..start + 4 * self.dim];
        match mapped::as_floats(bytes) {
            Some(floats) => floats.into(),
            None => bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect(),
        }
    }

    /// All rows as one array, if the file has the byte order and alignment of this machine.
    fn array(&self) -> Option<ArrayView2<'_, f32>> {
        let Starts::Even(first, rows) = self.starts else { return None };
        let floats = mapped::as_floats(&self.bytes[first..first + 4 * rows * self.dim])?;
        ArrayView2::from_shape((rows, self.dim), floats).ok()
    }
}

impl VectorTable {
    /// A view of the table.
    pub fn view(&self) -> TableView<'_> {
        match self {
            VectorTable::Held(array) => TableView::Array(array.view()),
            VectorTable::Filed(filed) => filed.array().map_or(TableView::Filed(filed), TableView::Array),
        }
    }
}

/// A borrowed table `(words, dim)`.
#[derive(Debug, Clone, Copy)]
pub enum TableView<'a> {
    /// Each row is contiguous; there may be gaps between rows.
    Array(ArrayView2<'a, f32>),
    /// The rows are in a mapped file.
    Filed(&'a Filed),
}

impl<'a> TableView<'a> {
    /// The number of rows, and the dimension.
    pub fn dim(&self) -> (usize, usize) {
        match self {
            TableView::Array(array) => array.dim(),
            TableView::Filed(filed) => (filed.rows(), filed.dim),
        }
    }

    /// The same view with a shorter lifetime.
    pub fn reborrow(&self) -> TableView<'_> {
        match self {
            TableView::Array(array) => TableView::Array(array.view()),
            TableView::Filed(filed) => TableView::Filed(filed),
        }
    }

    /// Row `id`.
    pub fn row(&self, id: usize) -> Cow<'a, [f32]> {
        match self {
            TableView::Array(array) => array.index_axis_move(Axis(0), id).to_slice().unwrap_or(&[]).into(),
            TableView::Filed(filed) => filed.row(id),
        }
    }

    /// The dot products of `point` with `rows`.
    pub fn dots(&self, point: &[f32], rows: Range<usize>, sums: &mut [f32]) {
        if let TableView::Array(array) = self
            && let Some(table) = array.slice(s![rows.clone(), ..]).to_slice()
            && !point.is_empty()
        {
            return rows::dots(point, table, sums);
        }
        rows.zip(sums).for_each(|(id, sum)| *sum = rows::dot(point, &self.row(id)));
    }

    /// A copy of some rows.
    pub fn to_array(&self, rows: Range<usize>) -> Array2<f32> {
        let (_, dim) = self.dim();
        let mut array = Array2::zeros((rows.len(), dim));
        for (mut to, id) in array.rows_mut().into_iter().zip(rows) {
            to.iter_mut().zip(&*self.row(id)).for_each(|(to, from)| *to = *from);
        }
        array
    }
}
