//! Consecutive values in a register, and the choice of the registers.

use std::any::TypeId;

use super::super::Real;
use super::super::dispatch::{Level, level};
use super::super::lanes::{self, Baseline, Lanes};

/// Some consecutive values, one for each channel.
pub(super) trait Values<T>: Copy {
    const WIDTH: usize;
    unsafe fn load(from: *const T) -> Self;
    unsafe fn store(self, to: *mut T);
    unsafe fn plus(self, other: Self) -> Self;
    unsafe fn minus(self, other: Self) -> Self;
    unsafe fn half(self) -> Self;
    unsafe fn within(self, limits: [f64; 2]) -> Self;
}

impl<L: Lanes> Values<f32> for L {
    const WIDTH: usize = L::WIDTH;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: passed on to our caller, here and below.
        unsafe { <L as Lanes>::load(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: see `load`.
        unsafe { <L as Lanes>::store(self, to) }
    }
    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        // SAFETY: see `load`.
        unsafe { <L as Lanes>::plus(self, other) }
    }
    #[inline(always)]
    unsafe fn minus(self, other: Self) -> Self {
        // SAFETY: see `load`.
        unsafe { <L as Lanes>::minus(self, other) }
    }
    #[inline(always)]
    unsafe fn half(self) -> Self {
        // SAFETY: see `load`.
        unsafe { L::zero().mul_add(self, L::splat(0.5)) }
    }
    #[inline(always)]
    unsafe fn within(self, [least, most]: [f64; 2]) -> Self {
        // SAFETY: see `load`.
        unsafe { <L as Lanes>::within(self, L::splat(least as f32), L::splat(most as f32)) }
    }
}

/// One value of a type without registers of its own.
#[derive(Clone, Copy)]
struct Single<T>(T);

impl<T: Real> Values<T> for Single<T> {
    const WIDTH: usize = 1;
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller vouches for one value.
        Single(unsafe { *from })
    }
    unsafe fn store(self, to: *mut T) {
        // SAFETY: see `load`.
        unsafe { *to = self.0 }
    }
    unsafe fn plus(self, other: Self) -> Self {
        Single(self.0 + other.0)
    }
    unsafe fn minus(self, other: Self) -> Self {
        Single(self.0 - other.0)
    }
    unsafe fn half(self) -> Self {
        Single(self.0 * T::of(0.5))
    }
    unsafe fn within(self, [least, most]: [f64; 2]) -> Self {
        let above = if self.0 < T::of(least) { T::of(least) } else { self.0 };
        Single(if above > T::of(most) { T::of(most) } else { above })
    }
}

/// A transform whose slices were checked. They have values of type T.
pub(super) trait Transform<T> {
    unsafe fn run<V: Values<T>>(self);
}

/// Runs a transform at the level of this thread.
pub(super) unsafe fn at_level<T: Real>(work: impl Transform<T> + Transform<f32>) {
    // SAFETY: the caller vouches for the memory; `level` never exceeds what the machine supports.
    unsafe {
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            return Transform::<T>::run::<Single<T>>(work);
        }
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512(work),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2(work),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => Transform::<f32>::run::<lanes::Neon>(work),
            Level::Baseline => Transform::<f32>::run::<Baseline>(work),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512(work: impl Transform<f32>) {
    // SAFETY: passed on to our caller.
    unsafe { work.run::<lanes::Avx512>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(work: impl Transform<f32>) {
    // SAFETY: passed on to our caller.
    unsafe { work.run::<lanes::Avx2>() }
}

// Loops and arrays are written out instead of given to functions as closures: a closure is compiled without the wider instructions
// if it is not inlined early.

/// The index of every `width`-th of `count` values. The last one overlaps the one before it if the width does not divide the count.
#[derive(Clone, Copy)]
pub(super) struct Each {
    at: usize,
    count: usize,
    width: usize,
}

impl Iterator for Each {
    type Item = usize;
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let at = self.at.min(self.count - self.width);
        let more = self.at < self.count;
        self.at += self.width;
        more.then_some(at)
    }
}

#[inline(always)]
pub(super) fn each<T, V: Values<T>>(count: usize) -> Each {
    Each { at: 0, count, width: V::WIDTH }
}
