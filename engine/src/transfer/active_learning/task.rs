//! The examples of a labelling: their vectors, and what each is for.

use std::sync::Arc;

use ndarray::Array2;

use crate::transfer::probe::Features;

/// An example with its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labelled {
    /// The row of the example's vector.
    pub example: u32,
    /// The index of its class.
    pub class: u32,
}

/// The examples of a labelling. N of them, each with a vector of D values from a frozen model.
#[derive(Debug, Clone)]
pub struct Task {
    /// The vectors, `(N, D)`.
    pub vectors: Arc<Features>,
    /// C, the number of classes.
    pub classes: usize,
    /// The examples that may be chosen.
    pub pool: Vec<u32>,
    /// Examples whose labels were known before.
    pub start: Vec<Labelled>,
    /// Labelled examples that nothing is learned from: accuracy is measured on them. May be empty.
    pub validation: Vec<Labelled>,
}

impl Task {
    /// The examples with the vectors `(N, D)`, whose rows the other lists name.
    ///
    /// # Panics
    /// If a list names a row that does not exist, or a class that is not below `classes`.
    pub fn new(
        vectors: Array2<f32>,
        classes: usize,
        pool: Vec<u32>,
        start: Vec<Labelled>,
        validation: Vec<Labelled>,
    ) -> Task {
        let rows = vectors.nrows();
        assert!(pool.iter().all(|&example| (example as usize) < rows), "the pool names rows that are there");
        let fits = |known: &Labelled| (known.example as usize) < rows && (known.class as usize) < classes;
        assert!(start.iter().chain(&validation).all(fits), "labels name rows and classes that are there");
        Task { vectors: Arc::new(Features::dense(vectors)), classes, pool, start, validation }
    }

    /// N, the number of examples.
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether there are no examples.
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// The vector of an example.
    pub fn row(&self, example: u32) -> &[f32] {
        match &*self.vectors {
            Features::Dense(matrix) => {
                let width = matrix.ncols();
                let all = matrix.as_slice().unwrap_or(&[]);
                all.get(example as usize * width..(example as usize + 1) * width).unwrap_or(&[])
            }
            // `new` makes dense features.
            Features::Sparse { .. } => &[],
        }
    }

    /// The vectors of some examples, `(n, D)`.
    pub fn rows(&self, examples: impl ExactSizeIterator<Item = u32>) -> Array2<f32> {
        let shape = (examples.len(), self.vectors.width());
        let values: Vec<f32> = examples.flat_map(|example| self.row(example).iter().copied()).collect();
        Array2::from_shape_vec(shape, values).unwrap_or_default()
    }
}
