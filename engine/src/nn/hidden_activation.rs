//! The activation function of a transformer's feed-forward layers: GELU in its forms, ReLU, SiLU.
//!
//! The bias of the layer before is added in the same sweep; so large rows are read once.

use serde::{Deserialize, Serialize};

use crate::dispatched;
use crate::kernel::Real;
use crate::kernel::target::Target;

/// The function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HiddenActivation {
    /// x Φ(x), with the distribution function Φ of the standard normal distribution (Hendrycks & Gimpel 2016).
    Gelu,
    /// Its approximation by a hyperbolic tangent: 0.5 x (1 + tanh(sqrt(2/π) (x + 0.044715 x³))).
    GeluTanh,
    /// Its approximation by a sigmoid: x σ(1.702 x).
    QuickGelu,
    /// max(x, 0)
    Relu,
    /// x σ(x)
    Silu,
}

impl HiddenActivation {
    /// The function that `name` stands for in a `config.json` of Hugging Face's transformers.
    pub fn named(name: &str) -> Option<HiddenActivation> {
        Some(match name {
            "gelu" | "gelu_python" => HiddenActivation::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" | "gelu_accurate" | "gelu_python_tanh" => {
                HiddenActivation::GeluTanh
            }
            "quick_gelu" => HiddenActivation::QuickGelu,
            "relu" => HiddenActivation::Relu,
            "silu" | "swish" => HiddenActivation::Silu,
            _ => return None,
        })
    }

    /// Adds `bias (I)` to the rows `x (N, I)`, and writes the function of each value to `y (N, I)`.
    pub fn forward<T: Real>(self, bias: &[T], x: &mut [T], y: &mut [T]) {
        match self {
            HiddenActivation::Gelu => gelu(bias, x, y),
            HiddenActivation::GeluTanh => gelu_tanh(bias, x, y),
            HiddenActivation::QuickGelu => quick_gelu(bias, x, y),
            HiddenActivation::Relu => relu(bias, x, y),
            HiddenActivation::Silu => silu(bias, x, y),
        }
    }

    /// From the rows `x` that [`forward`](Self::forward) left, writes the function of each value to `y` again, and turns
    /// the gradient of the output, in `dx`, into that of `x`.
    pub fn backward<T: Real>(self, x: &[T], y: &mut [T], dx: &mut [T]) {
        match self {
            HiddenActivation::Gelu => gelu_back(x, y, dx),
            HiddenActivation::GeluTanh => gelu_tanh_back(x, y, dx),
            HiddenActivation::QuickGelu => quick_gelu_back(x, y, dx),
            HiddenActivation::Relu => relu_back(x, y, dx),
            HiddenActivation::Silu => silu_back(x, y, dx),
        }
    }
}

/// The value of a function and its slope.
trait Function {
    fn at<T: Real, L: Target>(x: T) -> (T, T);
}

struct Gelu;

impl Function for Gelu {
    #[inline(always)]
    fn at<T: Real, L: Target>(x: T) -> (T, T) {
        let (below, density) = x.normal_at::<L>();
        (x * below, L::mul_add(x, density, below))
    }
}

/// sqrt(2/π)
const WIDTH: f64 = 0.797_884_560_802_865_4;
const CUBIC: f64 = 0.044_715;

struct GeluTanh;

impl Function for GeluTanh {
    #[inline(always)]
    fn at<T: Real, L: Target>(x: T) -> (T, T) {
        let (half, one, square) = (T::of(0.5), T::one(), x * x);
        let t = (T::of(WIDTH) * x * L::mul_add(T::of(CUBIC), square, one)).tanh_at::<L>();
        let inner = T::of(WIDTH) * L::mul_add(T::of(3.0 * CUBIC), square, one);
        let fraction = half * (one + t);
        (x * fraction, L::mul_add(half * x * inner, one - t * t, fraction))
    }
}

/// x σ(factor x)
#[inline(always)]
fn gated<T: Real, L: Target>(factor: T, x: T) -> (T, T) {
    let fraction = (factor * x).sigmoid_at::<L>();
    let y = x * fraction;
    (y, L::mul_add(factor * y, T::one() - fraction, fraction))
}

struct QuickGelu;

impl Function for QuickGelu {
    #[inline(always)]
    fn at<T: Real, L: Target>(x: T) -> (T, T) {
        gated::<T, L>(T::of(1.702), x)
    }
}

struct Silu;

impl Function for Silu {
    #[inline(always)]
    fn at<T: Real, L: Target>(x: T) -> (T, T) {
        gated::<T, L>(T::one(), x)
    }
}

struct Relu;

impl Function for Relu {
    /// NaN stays NaN. The slope at zero is zero, as in PyTorch.
    #[inline(always)]
    fn at<T: Real, L: Target>(x: T) -> (T, T) {
        (if x < T::zero() { T::zero() } else { x }, if x <= T::zero() { T::zero() } else { T::one() })
    }
}

/// The two sweeps of one function, compiled for every processor.
macro_rules! sweeps {
    ($($forward:ident, $backward:ident: $function:ident;)*) => {
        dispatched! {$(
            fn $forward<T>(bias: &[T], x: &mut [T], y: &mut [T]) {
                ahead::<T, L, $function>(bias, x, y);
            }

            fn $backward<T>(x: &[T], y: &mut [T], dx: &mut [T]) {
                back::<T, L, $function>(x, y, dx);
            }
        )*}
    };
}

sweeps! {
    gelu, gelu_back: Gelu;
    gelu_tanh, gelu_tanh_back: GeluTanh;
    quick_gelu, quick_gelu_back: QuickGelu;
    relu, relu_back: Relu;
    silu, silu_back: Silu;
}

/// The number of values that are read before the first is written, so that the compiler sees no overlap.
const LANES: usize = 16;

#[inline(always)]
fn ahead<T: Real, L: Target, F: Function>(bias: &[T], x: &mut [T], y: &mut [T]) {
    let width = bias.len().max(1);
    for (x, y) in x.chunks_exact_mut(width).zip(y.chunks_exact_mut(width)) {
        let ((xs, x), (ys, y)) = (x.as_chunks_mut::<LANES>(), y.as_chunks_mut::<LANES>());
        let (biases, bias) = bias.as_chunks::<LANES>();
        for ((x, y), bias) in xs.iter_mut().zip(ys).zip(biases) {
            for i in 0..LANES {
                x[i] += bias[i];
            }
            for i in 0..LANES {
                y[i] = F::at::<T, L>(x[i]).0;
            }
        }
        for ((x, y), &bias) in x.iter_mut().zip(y).zip(bias) {
            *x += bias;
            *y = F::at::<T, L>(*x).0;
        }
    }
}

#[inline(always)]
fn back<T: Real, L: Target, F: Function>(x: &[T], y: &mut [T], dx: &mut [T]) {
    let ((xs, x), (ys, y)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    let (dxs, dx) = dx.as_chunks_mut::<LANES>();
    for ((x, y), dx) in xs.iter().zip(ys).zip(dxs) {
        let mut slopes = [T::zero(); LANES];
        for i in 0..LANES {
            (y[i], slopes[i]) = F::at::<T, L>(x[i]);
        }
        for i in 0..LANES {
            dx[i] *= slopes[i];
        }
    }
    for ((&x, y), dx) in x.iter().zip(y).zip(dx) {
        let (value, slope) = F::at::<T, L>(x);
        *y = value;
        *dx *= slope;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use crate::nn::gradient_check::worst;

    const ALL: [HiddenActivation; 5] = [
        HiddenActivation::Gelu,
        HiddenActivation::GeluTanh,
        HiddenActivation::QuickGelu,
        HiddenActivation::Relu,
        HiddenActivation::Silu,
    ];

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let at: Vec<f64> = (0..38).map(|k| f64::from(k) * 0.27 - 5.03).collect();
        let weights: Vec<f64> = (0..38).map(|k| 1.0 + f64::from(k % 5)).collect();
        for function in ALL {
            let bias = [0.25; 19];
            let run = |at: &[f64]| {
                let (mut x, mut y) = (at.to_vec(), vec![0.0; 38]);
                function.forward(&bias, &mut x, &mut y);
                (x, y)
            };
            let (x, y) = run(&at);
            let (mut dx, mut again) = (weights.clone(), vec![0.0; 38]);
            function.backward(&x, &mut again, &mut dx);
            assert_eq!(again, y);
            let loss = |at: &[f64]| run(at).1.iter().zip(&weights).map(|(y, w)| y * w).sum();
            let error = worst(&at, &dx, 1e-3, loss);
            assert!(error < 1e-6, "{function:?}: {error:e}");
        }
    }

    /// `x = torch.tensor([-9, -3, -0.7, 0, 1e-3, 0.5, 2.5, 30.])`, then `F.gelu(x)`, `F.gelu(x, approximate="tanh")`,
    /// `x * torch.sigmoid(1.702 * x)`, `F.relu(x)` and `F.silu(x)` in double precision.
    #[test]
    fn values_are_those_of_pytorch_at_every_level() {
        let x = [-9.0_f32, -3.0, -0.7, 0.0, 1e-3, 0.5, 2.5, 30.0];
        for (function, expected) in ALL.into_iter().zip(EXPECTED) {
            for level in Level::all() {
                // Three times, so that the vectorised part is reached.
                let mut at = [x, x, x].concat();
                let mut y = vec![0.0; 24];
                level.force(|| function.forward(&[0.0; 24], &mut at, &mut y));
                for (&y, &e) in y.iter().zip(expected.iter().cycle()) {
                    assert!(
                        (f64::from(y) - e).abs() < 3e-7 * e.abs().max(0.3),
                        "{function:?} {level:?}: {y} {e}"
                    );
                }
            }
        }
    }

    const EXPECTED: [[f64; 8]; 5] = [
        [
            0.0,
            -0.00404969409489,
            -0.169374556277,
            0.0,
            0.000500398966001,
            0.345731230637,
            2.48447583669,
            30.0,
        ],
        [0.0, -0.00363739208177, -0.169429865013, 0.0, 0.000500398966, 0.345714009825, 2.48491573391, 30.0],
        [
            -2.00317798656e-06,
            -0.0180713097078,
            -0.163106048037,
            0.0,
            0.000500425523686,
            0.350388436606,
            2.46501383495,
            30.0,
        ],
        [0.0, 0.0, 0.0, 0.0, 0.0010000000475, 0.5, 2.5, 30.0],
        [
            -0.00111055118388,
            -0.142277619533,
            -0.232268557377,
            0.0,
            0.000500250023752,
            0.311229665601,
            2.31035454995,
            30.0,
        ],
    ];

    #[test]
    fn what_is_no_number_stays_none() {
        for function in ALL {
            for level in Level::all() {
                let (mut x, mut y) = ([f32::NAN; 17], [0.0; 17]);
                level.force(|| function.forward(&[0.0; 17], &mut x, &mut y));
                assert!(y.iter().all(|y| y.is_nan()), "{function:?} {level:?}");
            }
        }
    }
}
