//! Activation functions, applied elementwise.

use crate::dispatched;
use crate::kernel::target::Baseline;
use crate::kernel::{Limits, Real};

dispatched! {
    fn relu<T>(x: &mut [T]) {
        for x in x {
            *x = if *x < T::zero() { T::zero() } else { *x };
        }
    }

    fn relu6<T>(x: &mut [T]) {
        let six = T::of(6.0);
        for x in x {
            let low = if *x < T::zero() { T::zero() } else { *x };
            *x = if low > six { six } else { low };
        }
    }
}

/// The function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// min(max(x, 0), 6)
    Relu6,
    /// x / (1 + e^-x) (Ramachandran et al. 2017)
    Swish,
}

impl Activation {
    /// Writes `y`, the function of `x`. NaN stays NaN.
    pub fn forward<T: Real>(self, x: &[T], y: &mut [T]) {
        let (zero, six) = (T::zero(), T::of(6.0));
        for (&x, y) in x.iter().zip(y) {
            *y = match self {
                Activation::Relu if x < zero => zero,
                Activation::Relu6 if x < zero => zero,
                Activation::Relu6 if x > six => six,
                Activation::Relu | Activation::Relu6 => x,
                Activation::Swish => x * x.sigmoid_at::<Baseline>(),
            };
        }
    }

    /// Replaces each value of `x` by the function of it.
    pub fn forward_in_place<T: Real>(self, x: &mut [T]) {
        match self {
            Activation::Relu => relu(x),
            Activation::Relu6 => relu6(x),
            Activation::Swish => x.iter_mut().for_each(|x| *x *= x.sigmoid_at::<Baseline>()),
        }
    }

    /// The limits of the values, if the function does nothing else than to keep them.
    pub fn limits<T: Real>(self) -> Option<Limits<T>> {
        let most = match self {
            Activation::Relu => f64::INFINITY,
            Activation::Relu6 => 6.0,
            Activation::Swish => return None,
        };
        Some(Limits { least: T::zero(), most: T::of(most) })
    }

    /// Whether [`backward`](Self::backward) gives the same result from the output `y` as from the input `x`.
    pub fn knows_by_result(self) -> bool {
        !matches!(self, Activation::Swish)
    }

    /// Turns the gradient of the output, in `dx`, into that of the input `x`. The slope at a corner is zero, as in
    /// PyTorch.
    pub fn backward<T: Real>(self, x: &[T], dx: &mut [T]) {
        let (zero, six) = (T::zero(), T::of(6.0));
        for (&x, dx) in x.iter().zip(dx) {
            *dx = match self {
                Activation::Relu if x <= zero => zero,
                Activation::Relu6 if x <= zero || x >= six => zero,
                Activation::Relu | Activation::Relu6 => *dx,
                Activation::Swish => {
                    let fraction = x.sigmoid_at::<Baseline>();
                    *dx * fraction * (T::one() + x * (T::one() - fraction))
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;

    #[test]
    fn gradients_are_those_of_finite_differences_and_zero_at_corners() {
        let x = [-8.0, -0.4, 0.3, 5.9, 6.2, 1.0];
        for activation in [Activation::Relu, Activation::Relu6, Activation::Swish] {
            let mut dx = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
            activation.backward(&x, &mut dx);
            let loss = |x: &[f64]| {
                let mut y = [0.0; 6];
                activation.forward(x, &mut y);
                y.iter().zip(1..).map(|(y, k)| y * f64::from(k)).sum()
            };
            assert!(worst(&x, &dx, 1e-3, loss) < 1e-6, "{activation:?}");
        }
        let mut dx = [1.0_f32, 1.0];
        Activation::Relu6.backward(&[0.0, 6.0], &mut dx);
        assert_eq!(dx, [0.0, 0.0]);
    }
}
