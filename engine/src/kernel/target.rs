//! A dispatch level as a type, for what a function body must know at compile time.

use ndarray::NdFloat;

/// A dispatch level as a type.
pub trait Target {
    /// Whether a multiplication and an addition are one instruction. If not, `mul_add` of the standard library would
    /// be a slow function call.
    const FMA: bool;

    /// `a * b + c`, fused if the CPU has the instruction.
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
