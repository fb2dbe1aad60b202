//! The gradient of a model: its dense tensors as one slice, and the rows of its embedding table that have a gradient.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernel::{Real, axpy, scale, squares};
use crate::nn::blocks::Blocks;
use crate::nn::rows::RowGradient;

/// The number of values whose squares one thread sums.
const PIECE: usize = 1 << 18;

/// A gradient. Each shard of a batch fills one; their [sum](Gradient::sum), in a fixed order, is the gradient of the
/// batch.
#[derive(Debug, Clone)]
pub struct Gradient<T> {
    blocks: Arc<Blocks>,
    /// The dense tensors, as [`Blocks`] places them.
    pub dense: Vec<T>,
    /// The trainable word vectors.
    pub rows: RowGradient<T>,
    /// The change of running statistics (batch normalisation). It is summed like a gradient, but not part of the
    /// norm.
    pub aside: Vec<T>,
}

impl<T: Real> Gradient<T> {
    /// Zero, for dense tensors and a table of shape `(rows, dim)`.
    pub fn new(blocks: Arc<Blocks>, rows: usize, dim: usize) -> Self {
        let dense = vec![T::zero(); blocks.size()];
        Gradient { blocks, dense, rows: RowGradient::new(rows, dim), aside: Vec::new() }
    }

    /// Zero, for dense tensors and `aside` running statistics.
    pub fn with_aside(blocks: Arc<Blocks>, aside: usize) -> Self {
        Gradient { aside: vec![T::zero(); aside], ..Gradient::new(blocks, 0, 0) }
    }

    /// Sets it to zero.
    pub fn clear(&mut self) {
        self.dense.fill(T::zero());
        self.rows.clear();
        self.aside.fill(T::zero());
    }

    /// Adds other gradients of the same model, in their order. The gradients of a batch's shards become the gradient of
    /// the batch.
    pub fn sum(&mut self, others: &[Gradient<T>]) {
        for other in others {
            axpy(T::one(), &other.dense, &mut self.dense);
            axpy(T::one(), &other.aside, &mut self.aside);
        }
        self.rows.sum(&others.iter().map(|other| &other.rows).collect::<Vec<_>>());
    }

    /// The Euclidean norm of the whole gradient (dense tensors and rows).
    pub fn norm(&self) -> f64 {
        // Threads share the work if there are many values. The pieces depend only on the number of values, so the sum
        // does not depend on the number of threads.
        let dense: f64 = if self.dense.len() <= PIECE {
            squares(&self.dense)
        } else {
            self.dense.par_chunks(PIECE).map(squares).collect::<Vec<f64>>().iter().sum()
        };
        (dense + self.rows.squares()).sqrt()
    }

    /// Multiplies the whole gradient by `factor`.
    pub fn scale(&mut self, factor: T) {
        scale(factor, &mut self.dense);
        self.rows.scale(factor);
    }

    /// Scales the gradient down to the norm `limit` if its norm is larger (gradient clipping, Pascanu et al. 2013); a
    /// limit of 0 means none. Returns the norm before clipping.
    pub fn clip(&mut self, limit: f32) -> f64 {
        let norm = self.norm();
        self.shorten(limit, norm);
        norm
    }

    /// [`clip`](Self::clip) with a norm that was computed before.
    pub fn shorten(&mut self, limit: f32, norm: f64) {
        if limit > 0.0 && norm > f64::from(limit) {
            self.scale(T::of(f64::from(limit) / norm));
        }
    }

    /// Returns the norm, after checking that every value is finite.
    ///
    /// # Errors
    /// [`Error::Diverged`], with the name of the tensor that holds a value that is not finite.
    pub fn check_finite(&self) -> Result<f64> {
        // The sum of squares is finite exactly if all values are finite: in f32, because the sum is taken in double
        // precision.
        let norm = self.norm();
        if norm.is_finite() {
            return Ok(norm);
        }
        let dense = self.dense.iter().position(|x| !x.is_finite());
        let what = match dense {
            Some(index) => format!("the gradient of {} is not finite", self.blocks.name_at(index)),
            None => match self.rows.iter().find(|(_, dx)| dx.iter().any(|x| !x.is_finite())) {
                Some((row, _)) => format!("the gradient of embedding.weight is not finite (row {row})"),
                None => "the gradient is too long for a double-precision number".to_string(),
            },
        };
        Err(Error::Diverged { what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient() -> Gradient<f32> {
        let mut blocks = Blocks::default();
        blocks.push("lstm", &[("weight_ih", vec![2, 2]), ("weight_hh", vec![2, 1])], "");
        Gradient::new(Arc::new(blocks), 3, 2)
    }

    #[test]
    fn clipping_shortens_to_the_limit_and_only_if_longer() {
        let mut g = gradient();
        g.dense[0] = 3.0;
        g.rows.add_row(1, 1.0, &[0.0, 4.0]);
        g.sum(&[]);
        assert_eq!(g.clip(0.0), 5.0);
        assert_eq!(g.clip(6.0), 5.0);
        assert_eq!(g.norm(), 5.0);
        assert_eq!(g.clip(1.0), 5.0);
        assert!((g.norm() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_finite_is_named() {
        let mut g = gradient();
        assert!(g.check_finite().is_ok());
        g.rows.add_row(2, 1.0, &[f32::INFINITY, 0.0]);
        g.sum(&[]);
        assert!(g.check_finite().unwrap_err().to_string().contains("embedding.weight"));
        g.dense[5] = f32::NAN;
        assert!(g.check_finite().unwrap_err().to_string().contains("lstm.weight_hh"));
    }
}
