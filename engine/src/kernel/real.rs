//! The floating-point types of the layers: f32 for speed, f64 for checks.
//!
//! The exponentials of f32 are our own polynomials, so that loops over them vectorise. Those of f64 are the
//! platform's. NaN gives NaN: training depends on it to detect divergence.

use ndarray::NdFloat;

use super::target::Target;

/// f32 or f64.
pub trait Real: NdFloat + Default {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// This value as f64.
    fn wide(self) -> f64;
    /// This value, or zero if it is so small that products with it could be subnormal numbers: below 1.2e-30 in f32, 2.3e-300 in
    /// f64. On some processors a product with a subnormal number takes many times as long.
    #[inline(always)]
    fn or_zero(self) -> Self {
        if self.abs() < Self::TINY { Self::zero() } else { self }
    }
    /// The limit of [`or_zero`](Self::or_zero).
    const TINY: Self;
    /// e^x. f32: within 2 ulp if the result is a normal number.
    fn exp_at<L: Target>(self) -> Self;
    /// 1 / (1 + e^-x). f32: within 3 ulp for x above -87; below, the result does not decrease further.
    fn sigmoid_at<L: Target>(self) -> Self;
    /// The hyperbolic tangent. f32: within 3 ulp.
    fn tanh_at<L: Target>(self) -> Self;
    /// The distribution function and the density of the standard normal distribution. f32: both within 40 ulp for
    /// x above -9, where the argument of the exponential loses digits. f64: within 1e-10 of their size.
    fn normal_at<L: Target>(self) -> (Self, Self);
}

/// 1 / sqrt(2 pi)
const DENSITY_AT_ZERO: f64 = 0.398_942_280_401_432_7;

impl Real for f64 {
    const TINY: f64 = f64::MIN_POSITIVE * 1e8;
    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
    #[inline(always)]
    fn exp_at<L: Target>(self) -> f64 {
        self.exp()
    }
    #[inline(always)]
    fn sigmoid_at<L: Target>(self) -> f64 {
        1.0 / (1.0 + (-self).exp())
    }
    #[inline(always)]
    fn tanh_at<L: Target>(self) -> f64 {
        self.tanh()
    }
    #[inline(always)]
    fn normal_at<L: Target>(self) -> (f64, f64) {
        let below = 0.5 * statrs::function::erf::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        (below, DENSITY_AT_ZERO * (-0.5 * self * self).exp())
    }
}

impl Real for f32 {
    const TINY: f32 = f32::MIN_POSITIVE * 1e8;
    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn exp_at<L: Target>(self) -> f32 {
        // Beyond these bounds the result is infinite or zero.
        let (n, p) = reduced::<L>(bounded(self, -104.0, 89.0));
        // 2^n alone may be out of the range of f32, so it is multiplied in as two halves.
        let half = n >> 1;
        (p + 1.0) * power(half) * power(n.wrapping_sub(half))
    }
    #[inline(always)]
    fn sigmoid_at<L: Target>(self) -> f32 {
        let (n, p) = reduced::<L>(bounded(-self, -87.0, 87.0));
        let scale = power(n);
        1.0 / (1.0 + L::mul_add(scale, p, scale))
    }
    #[inline(always)]
    fn tanh_at<L: Target>(self) -> f32 {
        // tanh |x| = (e^2|x| - 1) / (e^2|x| + 1), computed from e^t - 1, which is precise near 0.
        let (n, p) = reduced::<L>(bounded(2.0 * self.abs(), 0.0, 20.0));
        let scale = power(n);
        let e = L::mul_add(scale, p, scale - 1.0);
        (e / (e + 2.0)).copysign(self)
    }
    #[inline(always)]
    fn normal_at<L: Target>(self) -> (f32, f32) {
        // The tail beyond |x| is e^(-x^2/2) t R(t) with t = 1 / (1 + 0.33 |x|). R is a polynomial of degree 8, fitted
        // to minimise the largest relative error (5e-8) for |x| up to 14.
        let size = self.abs();
        let bell = (-0.5 * size * size).exp_at::<L>();
        let t = 1.0 / L::mul_add(0.33, size, 1.0);
        let r = L::mul_add(-2.081_998_3e-2_f32, t, 0.123_138_93);
        let r = L::mul_add(r, t, -0.267_305_2);
        let r = L::mul_add(r, t, 0.224_763_02);
        let r = L::mul_add(r, t, -5.661_533e-2);
        let r = L::mul_add(r, t, 0.121_855_56);
        let r = L::mul_add(r, t, 0.111_056_96);
        let r = L::mul_add(r, t, 0.132_303_97);
        let r = L::mul_add(r, t, 0.131_622_09);
        let tail = bell * (t * r);
        (if self > 0.0 { 1.0 - tail } else { tail }, DENSITY_AT_ZERO as f32 * bell)
    }
}

/// Limits `x` to `low..=high`. Unlike `clamp` and `max`, it keeps NaN, and each of the two comparisons is one
/// instruction.
#[inline(always)]
fn bounded(x: f32, low: f32, high: f32) -> f32 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// `(n, e^r - 1)` with `x = n ln 2 + r` and `|r| <= ln 2 / 2`.
#[inline(always)]
fn reduced<L: Target>(x: f32) -> (i32, f32) {
    // Adding 1.5 * 2^23 rounds to an integer, which is then in the low bits.
    const ROUNDER: f32 = 12_582_912.0;
    // ln 2 in two parts. The first part has so few bits that its product with n is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let shifted = L::mul_add(x, std::f32::consts::LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = L::mul_add(n, -LN2_LOW, L::mul_add(n, -LN2_HIGH, x));
    // (e^r - 1 - r) / r^2: a polynomial of degree 5, fitted to minimise the largest relative error of e^r - 1 (4e-3
    // of an ulp before the coefficients are rounded).
    let q = L::mul_add(1.991_423e-4_f32, r, 1.394_105e-3);
    let q = L::mul_add(q, r, 8.333_273e-3);
    let q = L::mul_add(q, r, 4.166_635_5e-2);
    let q = L::mul_add(q, r, 0.166_666_67);
    let q = L::mul_add(q, r, 0.5);
    (shifted.to_bits() as i32, L::mul_add(q, r * r, r))
}

/// 2^n for `-126 <= n <= 127`; only the low nine bits of `n` are used.
#[inline(always)]
fn power(n: i32) -> f32 {
    f32::from_bits((n << 23).wrapping_add(0x3f80_0000) as u32)
}

#[cfg(test)]
mod tests {
    use super::Real;
    use crate::dispatched;
    use crate::kernel::target::Baseline;
    use crate::kernel::{Level, exp, sigmoid, tanh};

    /// The distance between `got` and `want` in units of the last place of `want`.
    fn ulps(got: f32, want: f64) -> f64 {
        let exponent = (want.abs().max(f64::from(f32::MIN_POSITIVE))).log2().floor();
        (f64::from(got) - want).abs() / (exponent - 23.0).exp2()
    }

    fn sweep(low: f32, high: f32) -> Vec<f32> {
        let n = 400_000;
        let mut xs: Vec<f32> = (0..=n).map(|i| low + (high - low) * (i as f32 / n as f32)).collect();
        // Also the smallest numbers, of both signs.
        for k in 0..120 {
            let small = 1.37_f32 * (-k as f32).exp2();
            xs.extend([small, -small].into_iter().filter(|x| (low..=high).contains(x)));
        }
        xs
    }

    fn worst(apply: fn(&mut [f32]), low: f32, high: f32, truth: fn(f64) -> f64) -> f64 {
        let xs = sweep(low, high);
        let mut ys = xs.clone();
        apply(&mut ys);
        xs.iter().zip(&ys).map(|(&x, &y)| ulps(y, truth(f64::from(x)))).fold(0.0, f64::max)
    }

    #[test]
    fn f32_is_within_the_ulps_it_promises_at_every_level() {
        for level in Level::all() {
            level.force(|| {
                let errors = [
                    worst(exp, -87.0, 88.7, f64::exp),
                    worst(sigmoid, -87.0, 100.0, |x| 1.0 / (1.0 + (-x).exp())),
                    worst(tanh, -12.0, 12.0, f64::tanh),
                ];
                assert!(errors[0] < 2.0 && errors[1] < 3.0 && errors[2] < 3.0, "{level:?} {errors:?}");
            });
        }
    }

    dispatched! {
        fn normal<T>(x: &[T], below: &mut [T], density: &mut [T]) {
            for ((&x, below), density) in x.iter().zip(below).zip(density) {
                (*below, *density) = x.normal_at::<L>();
            }
        }
    }

    #[test]
    fn the_normal_distribution_is_within_the_ulps_it_promises_at_every_level() {
        let mut xs = sweep(-9.0, 9.0);
        xs.extend([f32::NEG_INFINITY, f32::INFINITY, f32::NAN]);
        for level in Level::all() {
            let (mut below, mut density) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
            level.force(|| normal(&xs, &mut below, &mut density));
            let ends = xs.len() - 3;
            assert_eq!(below[ends..ends + 2], [0.0, 1.0]);
            assert_eq!(density[ends..ends + 2], [0.0, 0.0]);
            assert!(below[ends + 2].is_nan() && density[ends + 2].is_nan());
            for ((&x, &below), &density) in xs[..ends].iter().zip(&below).zip(&density) {
                let (want, slope) = f64::from(x).normal_at::<Baseline>();
                let errors = [ulps(below, want), ulps(density, slope)];
                assert!(errors.iter().all(|&error| error < 40.0), "{level:?} {x}: {errors:?}");
            }
        }
        // `scipy.stats.norm.cdf` and `scipy.stats.norm.pdf`
        for (x, below, density) in [
            (-3.0, 1.349_898_031_630_093_3e-3, 4.431_848_411_938_007_5e-3),
            (0.5, 0.691_462_461_274_013_1, 0.352_065_326_764_299_5),
        ] {
            let (got, slope) = f64::normal_at::<Baseline>(x);
            assert!((got / below - 1.0).abs() < 1e-10 && (slope / density - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_ends_of_the_range_and_what_is_no_number() {
        for level in Level::all() {
            level.force(|| {
                let mut x = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0, 89.0, -110.0];
                exp(&mut x);
                assert!(x[0] == f32::INFINITY && x[1] == 0.0 && x[2].is_nan() && x[3] == 1.0);
                assert!(x[4] == f32::INFINITY && x[5] == 0.0, "{level:?} {x:?}");
                let mut x = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0];
                sigmoid(&mut x);
                assert!(x[0] == 1.0 && x[1] < 2e-38 && x[2].is_nan() && x[3] == 0.5, "{level:?} {x:?}");
                let mut x = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -0.0];
                tanh(&mut x);
                assert!(x[0] == 1.0 && x[1] == -1.0 && x[2].is_nan() && x[3].to_bits() == 1 << 31);
            });
        }
    }
}
