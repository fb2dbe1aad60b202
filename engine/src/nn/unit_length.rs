//! Rows of length one: y = x / max(|x|, 1e-12), as PyTorch's `normalize`.

use crate::kernel::{Real, axpy, dot, scale};

/// The shortest length that is divided by.
const SHORTEST: f64 = 1e-12;

/// Divides each row of `x (B, F)` by its length, and writes the factors to `factors (B)`.
pub fn forward<T: Real>(width: usize, x: &mut [T], factors: &mut [T]) {
    for (x, factor) in x.chunks_exact_mut(width).zip(factors) {
        let length = dot(x, x).sqrt();
        *factor = T::one() / if length < T::of(SHORTEST) { T::of(SHORTEST) } else { length };
        scale(*factor, x);
    }
}

/// From the rows `y (B, F)` and the factors that [`forward`] left: turns the gradient of the output, in `dx`, into that of
/// the input.
pub fn backward<T: Real>(width: usize, y: &[T], factors: &[T], dx: &mut [T]) {
    for ((y, dx), &factor) in y.chunks_exact(width).zip(dx.chunks_exact_mut(width)).zip(factors) {
        // The part of the gradient along the row changes its length only. A row that is too short has no such part.
        if factor < T::of(1.0 / SHORTEST) {
            axpy(-dot(y, dx), y, dx);
        }
        scale(factor, dx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;

    #[test]
    fn rows_have_length_one_and_the_gradient_of_finite_differences() {
        let at = [0.3, -2.0, 0.7, 1e-2, 2e-2, -1e-2];
        let slopes = [1.0, 2.0, -1.0, 0.5, 0.25, 3.0];
        let run = |at: &[f64]| {
            let (mut y, mut factors) = (at.to_vec(), [0.0; 2]);
            forward(3, &mut y, &mut factors);
            (y, factors)
        };
        let (y, factors) = run(&at);
        assert!(y.chunks(3).all(|y| (dot(y, y) - 1.0).abs() < 1e-12));
        let mut dx = slopes;
        backward(3, &y, &factors, &mut dx);
        let loss = |at: &[f64]| run(at).0.iter().zip(slopes).map(|(y, s)| y * s).sum();
        assert!(worst(&at, &dx, 1e-3, loss) < 1e-6);
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let (mut y, mut factors) = ([0.0_f32; 2], [0.0]);
        forward(2, &mut y, &mut factors);
        assert_eq!(y, [0.0, 0.0]);
        let mut dx = [1.0, 0.0];
        backward(2, &y, &factors, &mut dx);
        assert!(dx[0].is_finite() && dx[0] > 1e11);
    }
}
