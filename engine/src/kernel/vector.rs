//! Loops over slices. Sums are taken in a fixed order of lanes on every CPU.

use crate::dispatched;

use super::Real;
use super::target::Target;

/// The number of partial sums of a reduction: enough to keep two 512-bit adders of f32 busy.
const LANES: usize = 64;
/// The remainder is added in pieces of one register, because the length of word vectors is seldom a multiple of 64.
const SHORT: usize = 16;

dispatched! {
    /// y += alpha x.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn axpy<T>(alpha: T, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "axpy of slices of different lengths");
        for (y, &x) in y.iter_mut().zip(x) {
            *y = L::mul_add(alpha, x, *y);
        }
    }

    /// sum += x - y.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add_difference<T>(x: &[T], y: &[T], sum: &mut [T]) {
        assert!(x.len() == y.len() && y.len() == sum.len(), "a difference of slices of different lengths");
        let one = T::one();
        for ((sum, &x), &y) in sum.iter_mut().zip(x).zip(y) {
            *sum = L::mul_add(one, x - y, *sum);
        }
    }

    /// The sum of x_i y_i.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn dot<T>(x: &[T], y: &[T]) -> T {
        assert_eq!(x.len(), y.len(), "dot of slices of different lengths");
        dot_at::<T, L>(x, y)
    }

    /// The sum of x_i^2, in double precision.
    pub fn squares<T>(x: &[T]) -> f64 {
        let mut sums = [0.0; 16];
        let mut chunks = x.chunks_exact(16);
        for chunk in &mut chunks {
            for (sum, &x) in sums.iter_mut().zip(chunk) {
                *sum = L::mul_add(x.wide(), x.wide(), *sum);
            }
        }
        sums.iter().sum::<f64>() + chunks.remainder().iter().map(|&x| x.wide() * x.wide()).sum::<f64>()
    }

    /// x *= factor.
    pub fn scale<T>(factor: T, x: &mut [T]) {
        for x in x {
            *x *= factor;
        }
    }

    /// e^x in place; see [`Real::exp_at`].
    pub fn exp<T>(x: &mut [T]) {
        for x in x {
            *x = x.exp_at::<L>();
        }
    }

    /// 1 / (1 + e^-x) in place; see [`Real::sigmoid_at`].
    pub fn sigmoid<T>(x: &mut [T]) {
        for x in x {
            *x = x.sigmoid_at::<L>();
        }
    }

    /// The hyperbolic tangent in place; see [`Real::tanh_at`].
    pub fn tanh<T>(x: &mut [T]) {
        for x in x {
            *x = x.tanh_at::<L>();
        }
    }
}

/// [`dot`], for use within other dispatched functions.
#[inline(always)]
pub(crate) fn dot_at<T: Real, L: Target>(x: &[T], y: &[T]) -> T {
    let mut sums = [T::zero(); LANES];
    let (xs, x_tail) = x.as_chunks::<LANES>();
    let (ys, y_tail) = y.as_chunks::<LANES>();
    for (x, y) in xs.iter().zip(ys) {
        for lane in 0..LANES {
            sums[lane] = L::mul_add(x[lane], y[lane], sums[lane]);
        }
    }
    let (xs, x_tail) = x_tail.as_chunks::<SHORT>();
    let (ys, y_tail) = y_tail.as_chunks::<SHORT>();
    for (x, y) in xs.iter().zip(ys) {
        for lane in 0..SHORT {
            sums[lane] = L::mul_add(x[lane], y[lane], sums[lane]);
        }
    }
    let mut rest = T::zero();
    for (&x, &y) in x_tail.iter().zip(y_tail) {
        rest = L::mul_add(x, y, rest);
    }
    // Adds the upper half to the lower half until one sum is left. Each half is whole registers while that is
    // possible.
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            let other = sums[lane + width];
            sums[lane] += other;
        }
        width /= 2;
    }
    sums[0] + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = crate::rng::stream(seed, "kernel test", 0);
        (0..n).map(|_| crate::rng::unit(&mut rng) - 0.5).collect()
    }

    #[test]
    fn sums_agree_with_plain_loops_at_every_level_and_length() {
        for level in Level::all() {
            level.force(|| {
                for n in [0, 1, 15, 16, 63, 64, 65, 100, 300] {
                    let (x, y) = (numbers(n, 1), numbers(n, 2));
                    let plain: f64 = x.iter().zip(&y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
                    assert!((f64::from(dot(&x, &y)) - plain).abs() < 1e-5, "{level:?} {n}");
                    let plain: f64 = x.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
                    assert!((squares(&x) - plain).abs() < 1e-9);
                    let mut z = y.clone();
                    axpy(0.5, &x, &mut z);
                    let mut sum = y.clone();
                    add_difference(&x, &y, &mut sum);
                    assert!(sum.iter().zip(&x).all(|(s, x)| (s - x).abs() < 1e-6));
                    assert!(z.iter().zip(&x).zip(&y).all(|((&z, &x), &y)| (z - (y + 0.5 * x)).abs() < 1e-6));
                }
            });
        }
    }
}
