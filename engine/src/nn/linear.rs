//! y = x W^T + b.

use crate::kernel::{Real, axpy, dot, matmul, view, view_mut};
use crate::nn::flops::Flops;

/// For up to this many outputs, dot products of rows are used: they are as fast as a general matrix product for many
/// documents, several times as fast for few, and need no buffer.
const NARROW: usize = 20;

/// A linear layer from F features to C outputs. Its weights: `weight (C, F)`, then `bias (C)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// F, the length of an input row.
    pub features: usize,
    /// C, the length of an output row.
    pub outputs: usize,
}

impl Linear {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("weight", vec![self.outputs, self.features]), ("bias", vec![self.outputs])]
    }

    /// The floating-point operations for one row.
    pub fn flops(&self) -> Flops {
        Flops::product(self.features * self.outputs)
    }

    /// Writes `y (B, C)` from `x (B, F)`.
    pub fn forward<T: Real>(&self, weights: &[T], x: &[T], y: &mut [T]) {
        let (weight, bias) = weights.split_at(self.outputs * self.features);
        let rows = y.len() / self.outputs;
        if self.outputs <= NARROW {
            for (x, y) in x.chunks_exact(self.features).zip(y.chunks_exact_mut(self.outputs)) {
                for ((y, w), &b) in y.iter_mut().zip(weight.chunks_exact(self.features)).zip(bias) {
                    *y = dot(x, w) + b;
                }
            }
            return;
        }
        for row in y.chunks_exact_mut(self.outputs) {
            row.copy_from_slice(bias);
        }
        matmul(
            T::one(),
            view(x, rows, self.features),
            view(weight, self.outputs, self.features).reversed_axes(),
            T::one(),
            view_mut(y, rows, self.outputs),
        );
    }

    /// From the gradient `dy (B, C)`: adds to the layer's `gradient`, and writes `dx (B, F)` if one is given.
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        x: &[T],
        dy: &[T],
        dx: Option<&mut [T]>,
        gradient: &mut [T],
    ) {
        let (weight, _) = weights.split_at(self.outputs * self.features);
        let (d_weight, d_bias) = gradient.split_at_mut(self.outputs * self.features);
        for row in dy.chunks_exact(self.outputs) {
            axpy(T::one(), row, d_bias);
        }
        if self.outputs <= NARROW {
            for (x, dy) in x.chunks_exact(self.features).zip(dy.chunks_exact(self.outputs)) {
                for (&dy, dw) in dy.iter().zip(d_weight.chunks_exact_mut(self.features)) {
                    axpy(dy, x, dw);
                }
            }
            if let Some(dx) = dx {
                dx.fill(T::zero());
                for (dx, dy) in dx.chunks_exact_mut(self.features).zip(dy.chunks_exact(self.outputs)) {
                    for (&dy, w) in dy.iter().zip(weight.chunks_exact(self.features)) {
                        axpy(dy, w, dx);
                    }
                }
            }
            return;
        }
        let rows = dy.len() / self.outputs;
        let dy_view = view(dy, rows, self.outputs);
        let d_weight = view_mut(d_weight, self.outputs, self.features);
        matmul(T::one(), dy_view.reversed_axes(), view(x, rows, self.features), T::one(), d_weight);
        if let Some(dx) = dx {
            let weight = view(weight, self.outputs, self.features);
            matmul(T::one(), dy_view, weight, T::zero(), view_mut(dx, rows, self.features));
        }
    }
}
