//! Inverted dropout (Srivastava et al. 2014): values that are kept are scaled up, so that prediction needs no
//! scaling.

use crate::kernel::Real;
use crate::rng::{Stream, unit};

/// The fraction of features to drop, and the random stream.
#[derive(Debug)]
pub struct Dropout {
    /// In `[0, 1)`.
    pub fraction: f32,
    /// A random stream that is used by this step and this shard only.
    pub stream: Stream,
}

impl Dropout {
    /// Draws a mask of zeros and `1 / (1 - fraction)`, and multiplies `x` by it.
    pub fn forward<T: Real>(&mut self, x: &mut [T], mask: &mut [T]) {
        let kept = T::of(1.0 / (1.0 - f64::from(self.fraction)));
        for (x, mask) in x.iter_mut().zip(mask) {
            *mask = if unit(&mut self.stream) < self.fraction { T::zero() } else { kept };
            *x *= *mask;
        }
    }
}

/// Turns the gradient of the output into that of the input.
pub fn backward<T: Real>(mask: &[T], dx: &mut [T]) {
    for (dx, &mask) in dx.iter_mut().zip(mask) {
        *dx *= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn the_share_is_dropped_the_mean_stays_and_equal_streams_drop_alike() {
        let n = 20_000;
        let draw = |step| {
            let (mut x, mut mask) = (vec![1.0_f32; n], vec![0.0; n]);
            Dropout { fraction: 0.25, stream: stream(5, "dropout", step) }.forward(&mut x, &mut mask);
            assert_eq!(x, mask);
            x
        };
        let x = draw(0);
        let dropped = x.iter().filter(|&&x| x == 0.0).count() as f64 / n as f64;
        assert!((dropped - 0.25).abs() < 0.02, "{dropped}");
        assert!((x.iter().sum::<f32>() / n as f32 - 1.0).abs() < 0.02);
        assert!(x == draw(0) && x != draw(1));
    }
}
