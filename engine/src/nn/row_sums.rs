//! Sums over one row in sixteen lanes, so that AVX2 and AVX-512 give the same bits. For use within dispatched functions.

use crate::kernel::Real;
use crate::kernel::target::Target;

const LANES: usize = 16;

/// Adds the upper half to the lower half until one value is left, then what `rest` holds.
#[inline(always)]
fn folded<T: Real>(mut lanes: [T; LANES], rest: &[T], join: impl Fn(T, T) -> T) -> T {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    rest.iter().fold(lanes[0], |sum, &x| join(sum, x))
}

/// The sum of all values.
#[inline(always)]
pub(super) fn sum<T: Real>(x: &[T]) -> T {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += chunk[lane];
        }
    }
    folded(lanes, rest, |a, b| a + b)
}

/// Subtracts `mean` from all values, and returns the sum of their squares.
#[inline(always)]
pub(super) fn centre<T: Real, L: Target>(x: &mut [T], mean: T) -> T {
    let (chunks, rest) = x.as_chunks_mut::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            chunk[lane] -= mean;
            lanes[lane] = L::mul_add(chunk[lane], chunk[lane], lanes[lane]);
        }
    }
    let mut last = T::zero();
    for x in rest {
        *x -= mean;
        last = L::mul_add(*x, *x, last);
    }
    folded(lanes, &[last], |a, b| a + b)
}

/// The sum of x_i y_i.
#[inline(always)]
pub(super) fn dot<T: Real, L: Target>(x: &[T], y: &[T]) -> T {
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut lanes = [T::zero(); LANES];
    for (x, y) in xs.iter().zip(ys) {
        for lane in 0..LANES {
            lanes[lane] = L::mul_add(x[lane], y[lane], lanes[lane]);
        }
    }
    let last = x_rest.iter().zip(y_rest).fold(T::zero(), |sum, (&x, &y)| L::mul_add(x, y, sum));
    folded(lanes, &[last], |a, b| a + b)
}

/// The largest value. NaN is passed over, except that a row of nothing else has no largest value and gives -infinity.
#[inline(always)]
pub(super) fn largest<T: Real>(x: &[T]) -> T {
    let larger = |a: T, b: T| if b > a { b } else { a };
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [T::neg_infinity(); LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], chunk[lane]);
        }
    }
    folded(lanes, rest, larger)
}

/// Replaces each value by e^(x - `top`), and returns their sum.
#[inline(always)]
pub(super) fn exponentials<T: Real, L: Target>(x: &mut [T], top: T) -> T {
    let (chunks, rest) = x.as_chunks_mut::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            chunk[lane] = (chunk[lane] - top).exp_at::<L>();
            lanes[lane] += chunk[lane];
        }
    }
    let mut last = T::zero();
    for x in rest {
        *x = (*x - top).exp_at::<L>();
        last += *x;
    }
    folded(lanes, &[last], |a, b| a + b)
}
