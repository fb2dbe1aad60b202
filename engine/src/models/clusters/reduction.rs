//! Randomised truncated singular value decomposition: it turns sparse rows into short dense rows.
//!
//! This is latent semantic analysis: the rows X `(N, D)` become X V `(N, C)`, where V are the first C right-singular
//! vectors. A random subspace is multiplied by X and its transpose a few times; it then approximates the space of the
//! first singular vectors well (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1). Everything is in double
//! precision, random numbers come from one stream, and sums over all rows are added shard by shard, so the bits do
//! not depend on the number of threads.

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use crate::text::counts::Rows;
use crate::{kernel, rng};

use super::eigen;

/// The number of extra dimensions of the subspace beyond the requested ones,
const MORE: usize = 10;
/// and the number of multiplications with the matrix and its transpose: scikit-learn's defaults.
const ROUNDS: usize = 5;
/// The number of rows in a shard.
const ROWS: usize = 512;
/// Directions with less than this fraction of the largest squared singular value are dropped.
const NOTHING: f64 = 1e-20;

/// The result of a decomposition.
#[derive(Debug, Clone)]
pub struct Reduced {
    /// X V, `(N, C)`.
    pub rows: Array2<f32>,
    /// The singular values, largest first.
    pub values: Vec<f64>,
}

/// The first `components` components of `x`, or fewer if its rank is lower.
pub fn truncated(x: &Rows, components: usize, seed: u64) -> Reduced {
    let columns = x.transposed();
    let subspace = (components + MORE).min(x.len()).min(x.width);
    if subspace == 0 {
        return Reduced { rows: Array2::zeros((x.len(), 0)), values: Vec::new() };
    }
    let mut random = rng::stream(seed, "subspace", 0);
    let start = Array2::from_shape_simple_fn((x.width, subspace), || rng::normal(&mut random));
    let mut basis = orthonormal(times(x, &start));
    for _ in 0..ROUNDS {
        let back = orthonormal(times(&columns, &basis));
        basis = orthonormal(times(x, &back));
    }
    // X is nearly Q Qᵀ X; with Qᵀ X = U S Vᵀ, X V is Q U S.
    let (squares, left) = eigen::symmetric(&gram(&times(&columns, &basis)));
    let least = squares.first().copied().unwrap_or(0.0) * NOTHING;
    let count = squares.iter().take(components).filter(|&&square| square > least).count();
    let values: Vec<f64> = squares[..count].iter().map(|square| square.sqrt()).collect();
    let scaled = &left.slice(s![.., ..count]) * &ndarray::Array1::from(values.clone());
    let rows = matmul(&basis, scaled.view()).mapv(|value| value as f32);
    Reduced { rows, values }
}

/// Multiplies `rows (N, D)` by `by (D, L)`.
fn times(rows: &Rows, by: &Array2<f64>) -> Array2<f64> {
    let width = by.ncols();
    let mut out = Array2::zeros((rows.len(), width));
    if width == 0 {
        return out;
    }
    let (Some(by), Some(values)) = (by.as_slice(), out.as_slice_mut()) else { return out };
    values.par_chunks_mut(width * 64).enumerate().for_each(|(shard, out)| {
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            let (columns, values) = rows.row(shard * 64 + i);
            for (&j, &value) in columns.iter().zip(values) {
                kernel::axpy(f64::from(value), &by[j as usize * width..(j as usize + 1) * width], out);
            }
        }
    });
    out
}

/// An orthonormal basis of the space that the columns of `y (N, L)` span, `(N, at most L)`: with yᵀ y = V Λ Vᵀ it is
/// y V Λ^-½. It is computed twice, because the first result is not exact if columns are nearly equal.
fn orthonormal(y: Array2<f64>) -> Array2<f64> {
    let once = |y: Array2<f64>| {
        let (values, vectors) = eigen::symmetric(&gram(&y));
        let least = values.first().copied().unwrap_or(0.0) * NOTHING.sqrt() * 1e-4;
        let count = values.iter().filter(|&&value| value > least).count();
        let by: ndarray::Array1<f64> = values[..count].iter().map(|value| 1.0 / value.sqrt()).collect();
        matmul(&y, (&vectors.slice(s![.., ..count]) * &by).view())
    };
    once(once(y))
}

/// yᵀ y, `(L, L)`.
fn gram(y: &Array2<f64>) -> Array2<f64> {
    let width = y.ncols();
    let shards: Vec<Array2<f64>> = (0..y.nrows().div_ceil(ROWS))
        .into_par_iter()
        .map(|shard| {
            let rows = y.slice(s![shard * ROWS..y.nrows().min((shard + 1) * ROWS), ..]);
            let mut out = Array2::zeros((width, width));
            kernel::matmul(1.0, rows.t(), rows, 0.0, out.view_mut());
            out
        })
        .collect();
    shards.iter().fold(Array2::zeros((width, width)), |sum, shard| sum + shard)
}

/// Multiplies `y (N, L)` by `by (L, C)`.
fn matmul(y: &Array2<f64>, by: ArrayView2<f64>) -> Array2<f64> {
    let shards: Vec<Array2<f64>> = (0..y.nrows().div_ceil(ROWS))
        .into_par_iter()
        .map(|shard| {
            let rows = y.slice(s![shard * ROWS..y.nrows().min((shard + 1) * ROWS), ..]);
            let mut out = Array2::zeros((rows.nrows(), by.ncols()));
            kernel::matmul(1.0, rows, by, 0.0, out.view_mut());
            out
        })
        .collect();
    let mut out = Array2::zeros((y.nrows(), by.ncols()));
    for (shard, rows) in shards.iter().enumerate() {
        out.slice_mut(s![shard * ROWS..shard * ROWS + rows.nrows(), ..]).assign(rows);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sparse(n: usize, d: usize) -> Rows {
        let mut rows = Rows::new(d);
        for i in 0..n {
            let row = (0..d).filter(|j| (i * 7 + j * 5 + i * j) % 4 == 0);
            rows.push(row.map(|j| (j as u32, ((i * 3 + j * j) % 7) as f32 / 3.0 + 0.25)));
        }
        rows
    }

    // import numpy as np
    // X = np.array([[((i*3 + j*j) % 7)/3 + .25 if (i*7 + j*5 + i*j) % 4 == 0 else 0 for j in range(12)]
    //               for i in range(40)])
    // u, s, v = np.linalg.svd(X); print(s[:5]); Y = X @ v[:3].T; print(Y[0] @ Y[4], Y[2] @ Y[2], Y[6] @ Y[2])
    #[test]
    fn values_and_rows_are_those_of_numpy() {
        let rows = sparse(40, 12);
        let reduced = truncated(&rows, 3, 1);
        assert_eq!(reduced.rows.dim(), (40, 3));
        for (found, expected) in reduced.values.iter().zip(GOLDEN_VALUES) {
            assert!((found - expected).abs() < 1e-5, "{:?}", reduced.values);
        }
        // The sign of a direction is arbitrary, but dot products of rows are not.
        for ((i, j), expected) in [(0, 4), (2, 2), (6, 2)].into_iter().zip(GOLDEN_PRODUCTS) {
            let found = reduced.rows.row(i).dot(&reduced.rows.row(j));
            assert!((f64::from(found) - expected).abs() < 1e-4, "{found}");
        }
    }

    const GOLDEN_VALUES: [f64; 3] = [7.2517999, 7.1921776, 2.7137388];
    const GOLDEN_PRODUCTS: [f64; 3] = [2.6242431, 1.9530506, 2.4929269];

    #[test]
    fn small_and_dependent_rows_give_what_there_is() {
        let mut rows = Rows::new(6);
        for i in 0..5 {
            rows.push([(1, 1.0 + i as f32), (4, 2.0 + 2.0 * i as f32)]);
        }
        rows.push([]);
        let reduced = truncated(&rows, 4, 1);
        assert_eq!((reduced.rows.dim(), reduced.values.len()), ((6, 1), 1));
        assert!((reduced.values[0] - (55.0 * 5.0_f64).sqrt()).abs() < 1e-5);
        assert_eq!(truncated(&Rows::new(0), 3, 1).rows.dim(), (0, 0));
        let mut empty = Rows::new(3);
        empty.push([]);
        assert_eq!(truncated(&empty, 3, 1).rows.dim(), (1, 0));
    }

    #[test]
    fn threads_do_not_change_the_bits() {
        let rows = sparse(2000, 40);
        let of = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| truncated(&rows, 8, 3).rows)
        };
        assert_eq!(of(1), of(4));
    }
}
