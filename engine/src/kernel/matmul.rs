//! Matrix products. All of them are called through this file, except those with a prepared right factor (`panels`).
//!
//! Every sum over k has one order on every processor: fused multiply-adds in the order of k, in blocks of at most
//! [`DEPTH`], whose sums are then added. If both factors are contiguous along k and the result is small, the sum uses
//! the fixed lanes of [`dot`] instead. The `gemm` crates alone would cut k by the sizes of the processor's caches, and
//! would sum small matrix products in as many lanes as the processor's registers have.

use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::products::{self, Strided};
use super::{Real, dot};

/// A matrix product with more than [`TALL`] rows and at most this many columns is computed as dot products, because
/// the crate takes twice as long. For fewer rows or more columns the crate is as fast or faster.
const NARROW: usize = 4;
const TALL: usize = 64;

/// For results of up to this size, the crate sums across its lanes if both factors are contiguous along k.
const SMALL: usize = 16 * 16;

/// The largest k that the crate computes in one block on every processor.
const DEPTH: usize = 512;

/// C = alpha A B + beta C, on the calling thread. A is `(m, k)`, B `(k, n)`, C `(m, n)`, with any strides. If beta =
/// 0, C is not read. The order of additions depends only on shapes and strides: equal calls give equal bits on every
/// processor with fused multiply-add (all with AVX2).
///
/// # Panics
/// If the shapes do not match.
pub fn matmul<T: Real>(alpha: T, a: ArrayView2<T>, b: ArrayView2<T>, beta: T, mut c: ArrayViewMut2<T>) {
    let ((m, k), n) = (a.dim(), b.ncols());
    assert!(
        b.nrows() == k && c.dim() == (m, n),
        "product of shapes {:?} and {:?} into {:?}",
        a.dim(),
        b.dim(),
        c.dim()
    );
    if m == 0 || n == 0 {
        return;
    }
    let along = k > 0 && a.strides()[1] == 1 && b.strides()[0] == 1;
    if along && (n <= NARROW && m > TALL || m * n <= SMALL || m == 1 || n == 1) {
        for (a, mut c) in a.rows().into_iter().zip(c.rows_mut()) {
            let Some(a) = a.to_slice() else { continue };
            for (b, c) in b.columns().into_iter().zip(&mut c) {
                let Some(b) = b.to_slice() else { continue };
                let sum = alpha * dot(a, b);
                *c = if beta == T::zero() { sum } else { sum + beta * *c };
            }
        }
        return;
    }
    let mut beta = beta;
    let blocks = k.div_ceil(DEPTH).max(1);
    for block in 0..blocks {
        let within = s![.., k * block / blocks..k * (block + 1) / blocks];
        add_block(
            alpha,
            a.slice(within),
            b.slice(s![k * block / blocks..k * (block + 1) / blocks, ..]),
            beta,
            &mut c,
        );
        beta = T::one();
    }
}

/// [`matmul()`] for k of at most [`DEPTH`].
fn add_block<T: Real>(alpha: T, a: ArrayView2<T>, b: ArrayView2<T>, beta: T, c: &mut ArrayViewMut2<T>) {
    let ((m, k), n) = (a.dim(), b.ncols());
    let overwrite = beta == T::zero();
    let of = |view: &ArrayView2<T>| {
        let &[row, column] = view.strides() else { unreachable!("a matrix has two strides") };
        Strided { start: view.as_ptr(), row, column }
    };
    let &[row, column] = c.strides() else { unreachable!("a matrix has two strides") };
    // A reversed result is rare, and the kernels do not write backwards.
    let forward = row >= 0 && column >= 0;
    // SAFETY: the views vouch for every element of the three shapes at these strides, and C is borrowed mutably and so
    // overlaps neither A nor B.
    let done = forward
        && unsafe {
            let c = Strided { start: c.as_mut_ptr(), row, column };
            products::add((m, k, n), alpha, of(&a), of(&b), beta, c)
        };
    if !done {
        ndarray::linalg::general_mat_mul(alpha, &a, &b, if overwrite { T::zero() } else { beta }, c);
    }
}

/// `values` as a matrix with `rows` rows, stored row after row.
///
/// # Panics
/// If there are not `rows * columns` values.
#[inline]
pub fn view<T>(values: &[T], rows: usize, columns: usize) -> ArrayView2<'_, T> {
    match ArrayView2::from_shape((rows, columns), values) {
        Ok(view) => view,
        Err(_) => panic!("{} values seen as {rows} rows of {columns}", values.len()),
    }
}

/// As [`view`], but mutable.
///
/// # Panics
/// If there are not `rows * columns` values.
#[inline]
pub fn view_mut<T>(values: &mut [T], rows: usize, columns: usize) -> ArrayViewMut2<'_, T> {
    let length = values.len();
    match ArrayViewMut2::from_shape((rows, columns), values) {
        Ok(view) => view,
        Err(_) => panic!("{length} values seen as {rows} rows of {columns}"),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn random<T: Real>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
        let mut rng = crate::rng::stream(seed, "product test", 0);
        Array2::from_shape_fn((rows, columns), |_| T::of(crate::rng::unit64(&mut rng) - 0.5))
    }

    fn check<T: Real>(tolerance: f64) {
        for (m, k, n) in [
            (1, 1, 1),
            (3, 5, 2),
            (32, 128, 2),
            (7, 0, 4),
            (33, 70, 65),
            (64, 2, 128),
            (2, 40, 30),
            (70, 33, 3),
        ] {
            for turned in [false, true] {
                let (mut a, mut b) = (random::<T>(m, k, 1), random::<T>(k, n, 2));
                if turned {
                    a = random::<T>(k, m, 1).reversed_axes();
                    b = random::<T>(n, k, 2).reversed_axes();
                }
                for (alpha, beta) in [(1.0, 0.0), (1.0, 1.0), (-2.0, 0.5)] {
                    // beta = 0 overwrites C, so C may hold any values.
                    let old = if beta == 0.0 { T::nan() } else { T::of(0.25) };
                    let mut c = Array2::from_elem((m, n), old);
                    matmul(T::of(alpha), a.view(), b.view(), T::of(beta), c.view_mut());
                    for ((i, j), &got) in c.indexed_iter() {
                        let sum: f64 = (0..k).map(|l| a[(i, l)].wide() * b[(l, j)].wide()).sum();
                        let want = alpha * sum + if beta == 0.0 { 0.0 } else { beta * 0.25 };
                        assert!((got.wide() - want).abs() < tolerance, "{m} {k} {n}: {got} {want}");
                    }
                }
            }
        }
    }

    #[test]
    fn products_agree_with_plain_sums() {
        check::<f32>(1e-5);
        check::<f64>(1e-13);
    }
}
