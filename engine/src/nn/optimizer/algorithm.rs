//! SGD and Adam: the arithmetic of a step, with and without a gradient.

use crate::kernel::Real;
use crate::session::training::OptimizerChoice;
use crate::{dispatched, in_lanes};

/// Adam's decay rates of the first and second moment, and the epsilon against division by zero: PyTorch's defaults.
const BETA1: f64 = 0.9;
pub(super) const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The optimizer with its hyperparameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Algorithm {
    /// u = momentum u + g; w -= learning rate u.
    Sgd {
        /// The factor by which the velocity u decays per step, from 0 (no momentum) to below 1.
        momentum: f64,
    },
    /// Adam (Kingma & Ba 2015). With weight decay it is AdamW (Loshchilov & Hutter 2019): each step also shrinks w by
    /// `learning_rate * decay` of its value.
    Adam {
        /// The weight decay, which is multiplied by the learning rate in each step; 0 is plain Adam.
        decay: f64,
    },
}

impl From<OptimizerChoice> for Algorithm {
    fn from(optimizer: OptimizerChoice) -> Algorithm {
        match optimizer {
            OptimizerChoice::Sgd { momentum } => Algorithm::Sgd { momentum: f64::from(momentum) },
            OptimizerChoice::Adam => Algorithm::Adam { decay: 0.0 },
            OptimizerChoice::AdamW { weight_decay } => Algorithm::Adam { decay: f64::from(weight_decay) },
        }
    }
}

impl Algorithm {
    /// The number of steps without a gradient after which the momentum is below half the rounding error of `T`.
    pub(super) fn glide<T: Real>(self) -> u32 {
        let kept = match self {
            Algorithm::Sgd { momentum } => momentum,
            Algorithm::Adam { .. } => BETA1,
        };
        if kept <= 0.0 { 0 } else { ((T::epsilon().wide() / 2.0).ln() / kept.ln()).ceil() as u32 }
    }

    /// Whether rows shrink in every step, also without a gradient.
    pub(super) fn decays(self) -> bool {
        matches!(self, Algorithm::Adam { decay } if decay > 0.0)
    }

    /// The factors of one step: see [`Factors`].
    pub(super) fn factors<T: Real>(self, learning_rate: f64, step: u32) -> Factors<T> {
        match self {
            Algorithm::Sgd { .. } => {
                Factors { keep: T::one(), learning_rate: T::of(learning_rate), spread: T::one() }
            }
            Algorithm::Adam { decay } => Factors {
                keep: T::of(1.0 - learning_rate * decay),
                learning_rate: T::of(learning_rate / (1.0 - BETA1.powi(step as i32))),
                spread: T::of(1.0 / (1.0 - BETA2.powi(step as i32)).sqrt()),
            },
        }
    }
}

/// Factors that depend only on the step and its learning rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors<T> {
    /// The factor of the weight decay, applied to the weight first.
    pub(super) keep: T,
    /// The learning rate; for Adam divided by 1 - beta1^step.
    pub(super) learning_rate: T,
    /// For Adam: 1 / sqrt(1 - beta2^step).
    pub(super) spread: T,
}

dispatched! {
    /// One step of the algorithm for the weights `w` with gradient `g`. `second` is empty for SGD.
    pub(super) fn move_down<T>(algorithm: Algorithm, factors: Factors<T>, w: &mut [T], g: &[T], first: &mut [T], second: &mut [T]) {
        match algorithm {
            Algorithm::Sgd { momentum } => {
                let momentum = T::of(momentum);
                for ((w, &g), u) in w.iter_mut().zip(g).zip(first) {
                    *u = momentum * *u + g;
                    *w -= factors.learning_rate * *u;
                }
            }
            Algorithm::Adam { .. } => in_lanes!(adam_step::<T>([factors], mut w, g, mut first, mut second)),
        }
    }

    /// Steps of the algorithm for weights whose gradient is zero.
    pub(super) fn glide<T>(algorithm: Algorithm, steps: &[Factors<T>], w: &mut [T], first: &mut [T], second: &mut [T]) {
        match algorithm {
            Algorithm::Sgd { momentum } => {
                let momentum = T::of(momentum);
                for factors in steps {
                    for (w, u) in w.iter_mut().zip(&mut *first) {
                        *u *= momentum;
                        *w -= factors.learning_rate * *u;
                    }
                }
            }
            Algorithm::Adam { .. } => in_lanes!(adam_glide::<T>([steps], mut w, mut first, mut second)),
        }
    }

    /// Applies the weight decay of these steps to `w`.
    pub(super) fn shrink<T>(steps: &[Factors<T>], w: &mut [T]) {
        for factors in steps {
            for w in &mut *w {
                *w *= factors.keep;
            }
        }
    }
}

/// One step of Adam for N weights; `s` are the square roots of the second moments.
#[inline(always)]
fn adam_step<T: Real, const N: usize>(
    factors: Factors<T>,
    w: &mut [T; N],
    g: &[T; N],
    m: &mut [T; N],
    s: &mut [T; N],
) {
    let (beta1, beta2, epsilon) = (T::of(BETA1), T::of(BETA2), T::of(EPSILON));
    let (rest1, rest2) = (T::of(1.0 - BETA1), T::of(1.0 - BETA2));
    for k in 0..N {
        m[k] = beta1 * m[k] + rest1 * g[k];
        s[k] = (beta2 * s[k] * s[k] + rest2 * g[k] * g[k]).sqrt();
        w[k] = factors.keep * w[k] - factors.learning_rate * m[k] / (s[k] * factors.spread + epsilon);
    }
}

/// Steps of Adam for N weights whose gradient is zero.
#[inline(always)]
fn adam_glide<T: Real, const N: usize>(steps: &[Factors<T>], w: &mut [T; N], m: &mut [T; N], s: &mut [T; N]) {
    let (beta1, fading, epsilon) = (T::of(BETA1), T::of(BETA2.sqrt()), T::of(EPSILON));
    let (mut w_now, mut m_now, mut s_now) = (*w, *m, *s);
    for factors in steps {
        for k in 0..N {
            m_now[k] *= beta1;
            s_now[k] *= fading;
            w_now[k] = factors.keep * w_now[k]
                - factors.learning_rate * m_now[k] / (s_now[k] * factors.spread + epsilon);
        }
    }
    (*w, *m, *s) = (w_now, m_now, s_now);
}
