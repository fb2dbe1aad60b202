//! The processor's limit: multiply-adds whose operands stay in registers. No matrix product can be faster.

use std::hint::black_box;

use super::dispatch::{Level, level};
use super::lanes::{self, Baseline, Lanes};

/// Sums that do not wait for each other: enough for two multiply-adds a cycle of six cycles each.
const SUMS: usize = 12;

/// Runs `rounds` times twelve multiply-adds of whole registers on this thread, at its level, and returns the number of
/// floating-point operations: 2 for each float.
pub fn multiply_adds(rounds: usize) -> u64 {
    // SAFETY: `level` never exceeds what the machine supports, and only registers are used.
    let width = unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512(rounds),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2(rounds),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => run::<lanes::Neon>(rounds),
            Level::Baseline => run::<Baseline>(rounds),
        }
    };
    (2 * SUMS * width * rounds) as u64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512(rounds: usize) -> usize {
    // SAFETY: passed on to our caller.
    unsafe { run::<lanes::Avx512>(rounds) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(rounds: usize) -> usize {
    // SAFETY: passed on to our caller.
    unsafe { run::<lanes::Avx2>(rounds) }
}

/// Returns the floats of a register.
#[inline(always)]
unsafe fn run<L: Lanes>(rounds: usize) -> usize {
    // SAFETY: passed on to our caller.
    unsafe {
        let (a, b) = (L::splat(black_box(0.5)), L::splat(black_box(1e-3)));
        // Different values: equal sums would be computed once.
        let mut sums = [L::zero(); SUMS];
        for (number, sum) in sums.iter_mut().enumerate() {
            *sum = L::splat(number as f32);
        }
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.mul_add(a, b);
            }
        }
        let mut all = L::zero();
        for sum in sums {
            all = all.plus(sum);
        }
        let mut out = [0.0_f32; 16];
        all.store(out.as_mut_ptr());
        black_box(out);
        L::WIDTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_counts_two_operations_a_float() {
        for level in Level::all() {
            level.force(|| {
                let (one, ten) = (multiply_adds(1), multiply_adds(10));
                assert!(one >= 2 * 8 * SUMS as u64, "{level:?}: {one}");
                assert_eq!(ten, 10 * one, "{level:?}");
            });
        }
    }
}
