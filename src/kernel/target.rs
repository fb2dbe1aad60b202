//! A level of the CPU as a type, for what a body must know when it is compiled.

use ndarray::NdFloat;

/// A level of the CPU as a type.
pub trait Target {
    /// Whether a multiplication and an addition are one instruction. Where they are not, `mul_add` would be
    /// a slow function call.
    const FMA: bool;

    /// `a * b + c`, fused where the CPU fuses it.
    #[inline(always)]
    fn mul_add<T: NdFloat>(a: T, b: T, c: T) -> T {
        if Self::FMA { a.mul_add(b, c) } else { a * b + c }
    }
}

/// See [`Level::Baseline`](super::Level::Baseline).
#[derive(Debug, Clone, Copy)]
pub struct Baseline;

/// See [`Level::Avx2`](super::Level::Avx2).
#[derive(Debug, Clone, Copy)]
pub struct Avx2;

/// See [`Level::Avx512`](super::Level::Avx512).
#[derive(Debug, Clone, Copy)]
pub struct Avx512;

impl Target for Baseline {
    const FMA: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));
}

impl Target for Avx2 {
    const FMA: bool = true;
}

impl Target for Avx512 {
    const FMA: bool = true;
}
