//! y = x W^T + b.

use crate::kernel::{Real, axpy, product, view, view_mut};

/// A linear layer from F features to C outputs. Its weights: `weight (C, F)`, then `bias (C)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    pub features: usize,
    pub outputs: usize,
}

impl Linear {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("weight", vec![self.outputs, self.features]), ("bias", vec![self.outputs])]
    }

    /// `y (B, C)` of `x (B, F)`.
    pub fn forward<T: Real>(&self, weights: &[T], x: &[T], y: &mut [T]) {
        let (weight, bias) = weights.split_at(self.outputs * self.features);
        let rows = y.len() / self.outputs;
        for row in y.chunks_exact_mut(self.outputs) {
            row.copy_from_slice(bias);
        }
        product(
            T::one(),
            view(x, rows, self.features),
            view(weight, self.outputs, self.features).reversed_axes(),
            T::one(),
            view_mut(y, rows, self.outputs),
        );
    }

    /// From the gradient `dy (B, C)`: adds to the layer's `gradient`, and writes `dx (B, F)` if it is asked for.
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
        let rows = dy.len() / self.outputs;
        let dy_view = view(dy, rows, self.outputs);
        let d_weight = view_mut(d_weight, self.outputs, self.features);
        product(T::one(), dy_view.reversed_axes(), view(x, rows, self.features), T::one(), d_weight);
        for row in dy.chunks_exact(self.outputs) {
            axpy(T::one(), row, d_bias);
        }
        if let Some(dx) = dx {
            let weight = view(weight, self.outputs, self.features);
            product(T::one(), dy_view, weight, T::zero(), view_mut(dx, rows, self.features));
        }
    }
}
