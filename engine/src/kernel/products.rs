//! The block products of the `gemm` crates, at the level of [`dispatch`](super::dispatch). Called through `matmul` only.
//!
//! The `gemm` crate itself would always take the widest registers that it finds. So its parts are called here instead: that
//! `WARMSTART_CPU` and the tests of the levels reach every product, and complex numbers are not compiled.

use std::any::TypeId;

use gemm_common::Parallelism;
use gemm_common::gemm::gemm_basic_generic;
use gemm_common::simd::{MixedSimd, Scalar};
#[cfg(target_arch = "x86_64")]
use gemm_common::simd::{V3, V4};

use super::Real;
use super::dispatch::{Level, level};

/// A matrix of values that need not be contiguous.
#[derive(Debug, Clone, Copy)]
pub struct Strided<P> {
    /// Its first value.
    pub start: P,
    /// The distance from a value to the one below it.
    pub row: isize,
    /// The distance from a value to the one on its right.
    pub column: isize,
}

impl<P> Strided<P> {
    fn transposed(self) -> Strided<P> {
        Strided { start: self.start, row: self.column, column: self.row }
    }
}

/// One product C = alpha A B + beta C.
struct Product<T> {
    m: usize,
    n: usize,
    k: usize,
    a: Strided<*const T>,
    b: Strided<*const T>,
    c: Strided<*mut T>,
    alpha: T,
    beta: T,
}

/// The product with the kernels of one set of instructions, whose registers have `$lanes` lanes.
macro_rules! run {
    ($product:ident, $crate_of_type:ident, $real:ident, $set:ident, $simd:ty, $lanes:literal) => {{
        use $crate_of_type::microkernel::$set::$real::{H_M, H_N, H_UKR, MR_DIV_N, NR, UKR};
        let Product { m, n, k, a, b, c, alpha, beta } = $product;
        let Some(simd) = <$simd as MixedSimd<$real, $real, $real, $real>>::try_new() else {
            unreachable!("`level` says no more than the CPU was found to have");
        };
        gemm_basic_generic::<_, $real, $lanes, { MR_DIV_N * $lanes }, NR, MR_DIV_N, H_M, H_N>(
            simd,
            m,
            n,
            k,
            c.start,
            c.column,
            c.row,
            beta != 0.0,
            a.start,
            a.column,
            a.row,
            b.start,
            b.column,
            b.row,
            // The crate takes the factor of C first and the factor of the product second.
            beta,
            alpha,
            false,
            false,
            false,
            |a, b, c| a * b + c,
            &UKR,
            &H_UKR,
            false,
            Parallelism::None,
        )
    }};
}

/// Defines the product of one type. The numbers are the lanes of NEON, AVX2 and AVX-512.
macro_rules! product_of {
    ($name:ident, $crate_of_type:ident, $real:ident, $neon:literal, $avx2:literal, $avx512:literal) => {
        /// # Safety
        /// As [`add`].
        unsafe fn $name(product: Product<$real>) {
            // SAFETY: the caller vouches for the memory, and `level` never says more than the CPU was found to have.
            unsafe {
                match level() {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => run!(product, $crate_of_type, $real, avx512f, V4, $avx512),
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => run!(product, $crate_of_type, $real, fma, V3, $avx2),
                    #[cfg(target_arch = "aarch64")]
                    Level::Neon => run!(product, $crate_of_type, $real, neon, Scalar, $neon),
                    Level::Baseline => run!(product, $crate_of_type, $real, scalar, Scalar, 1),
                }
            }
        }
    };
}

product_of!(of_f32, gemm_f32, f32, 4, 8, 16);
product_of!(of_f64, gemm_f64, f64, 2, 4, 8);

/// C = alpha A B + beta C, where A is `(m, k)`, B `(k, n)` and C `(m, n)`. If beta = 0, C is not read. False if the type is neither
/// `f32` nor `f64`; then nothing was computed.
///
/// # Safety
/// Every value of the three shapes can be read at these strides, and those of C written; C overlaps neither A nor B. Strides of
/// C are not negative.
pub unsafe fn add<T: Real>(
    (m, k, n): (usize, usize, usize),
    alpha: T,
    a: Strided<*const T>,
    b: Strided<*const T>,
    beta: T,
    c: Strided<*mut T>,
) -> bool {
    // The crate's kernels write along columns.
    let (m, n, a, b, c) = match c.column.abs() < c.row.abs() {
        true => (n, m, b.transposed(), a.transposed(), c.transposed()),
        false => (m, n, a, b, c),
    };
    let read = |of: Strided<*const T>| (of.start, of.row, of.column);
    let ((a, a_row, a_column), (b, b_row, b_column)) = (read(a), read(b));
    macro_rules! product {
        ($real:ty) => {
            Product {
                m,
                n,
                k,
                a: Strided { start: a.cast::<$real>(), row: a_row, column: a_column },
                b: Strided { start: b.cast::<$real>(), row: b_row, column: b_column },
                c: Strided { start: c.start.cast::<$real>(), row: c.row, column: c.column },
                alpha: alpha.wide() as $real,
                beta: beta.wide() as $real,
            }
        };
    }
    if TypeId::of::<T>() == TypeId::of::<f32>() {
        // SAFETY: the caller vouches for the memory, and `T` was found to be `f32`.
        unsafe { of_f32(product!(f32)) };
        true
    } else if TypeId::of::<T>() == TypeId::of::<f64>() {
        // SAFETY: as above, with `f64`.
        unsafe { of_f64(product!(f64)) };
        true
    } else {
        false
    }
}
