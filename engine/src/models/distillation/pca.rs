//! Principal component analysis by the covariance matrix, in double precision.
//!
//! Sums over rows are added shard by shard in a fixed order, so the bits do not depend on the number of threads.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::kernel;
use crate::models::clusters::eigen;

/// The number of rows in a shard.
const ROWS: usize = 512;

/// The scores of rows on principal components.
pub struct Components {
    /// `(N, k)`.
    pub scores: Array2<f64>,
    /// The fraction of the variance that the components have.
    pub explained: f64,
}

/// The scores `(N, k)` of the rows of `x (N, D)` on their first k principal components: X' V, where X' is X without its
/// mean, and V are the eigenvectors of X'ᵀ X' / (N - 1) with the largest eigenvalues. The sign of a component makes its
/// largest score positive. k is `components`, but at most D.
pub fn scores(x: &Array2<f32>, components: usize) -> Components {
    let (rows, dim) = x.dim();
    let mut mean = Array1::zeros(dim);
    for shard in of_shards(x, |shard| shard.sum_axis(Axis(0)), &Array1::zeros(dim)) {
        mean += &shard;
    }
    mean /= rows.max(1) as f64;
    let mut covariance = Array2::zeros((dim, dim));
    let gram = |shard: &Array2<f64>| {
        let mut out = Array2::zeros((dim, dim));
        kernel::matmul(1.0, shard.t(), shard.view(), 0.0, out.view_mut());
        out
    };
    for shard in of_shards(x, gram, &mean) {
        covariance += &shard;
    }
    covariance /= rows.saturating_sub(1).max(1) as f64;
    let (values, vectors) = eigen::symmetric(&covariance);
    let variance = |values: &[f64]| values.iter().map(|value| value.max(0.0)).sum::<f64>();
    let all = variance(&values);
    let kept = variance(&values[..components.min(dim)]);
    let vectors = vectors.slice(s![.., ..components.min(dim)]);
    let mut scores = Array2::zeros((rows, vectors.ncols()));
    let times = |shard: &Array2<f64>| {
        let mut out = Array2::zeros((shard.nrows(), vectors.ncols()));
        kernel::matmul(1.0, shard.view(), vectors, 0.0, out.view_mut());
        out
    };
    for (number, shard) in of_shards(x, times, &mean).enumerate() {
        scores.slice_mut(s![number * ROWS..number * ROWS + shard.nrows(), ..]).assign(&shard);
    }
    for mut column in scores.columns_mut() {
        let largest = column.iter().fold(0.0_f64, |most, x| if x.abs() > most.abs() { *x } else { most });
        if largest < 0.0 {
            column.mapv_inplace(|x| -x);
        }
    }
    Components { scores, explained: if all > 0.0 { kept / all } else { 1.0 } }
}

/// What `of` makes of each shard of `x` without `mean`, in the order of the shards. At most [`AT_ONCE`] shards are in
/// memory.
fn of_shards<T: Send>(
    x: &Array2<f32>,
    of: impl Fn(&Array2<f64>) -> T + Sync,
    mean: &Array1<f64>,
) -> impl Iterator<Item = T> {
    let shard = move |number: usize| {
        let rows: ArrayView2<f32> = x.slice(s![number * ROWS..x.nrows().min((number + 1) * ROWS), ..]);
        of(&(rows.mapv(f64::from) - mean))
    };
    let shards = x.nrows().div_ceil(ROWS);
    (0..shards).step_by(AT_ONCE).flat_map(move |first| {
        (first..shards.min(first + AT_ONCE)).into_par_iter().map(&shard).collect::<Vec<T>>()
    })
}

/// The number of shards that are computed before their results are used.
const AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize, d: usize) -> Array2<f32> {
        let value = |i: usize, j: usize| ((i * 7 + j * 13 + i * j) % 17) as f32 / 4.0 + (i % (j + 2)) as f32;
        Array2::from_shape_fn((n, d), |(i, j)| value(i, j))
    }

    // import numpy as np; from sklearn.decomposition import PCA
    // X = np.array([[((i*7 + j*13 + i*j) % 17)/4 + i % (j + 2) for j in range(5)] for i in range(1200)])
    // Y = PCA(3, svd_solver="full").fit_transform(X); Y *= np.sign(Y[np.abs(Y).argmax(0), range(3)])
    // print(np.round(Y[[0, 7, 700, 1199]], 9).tolist(), PCA(3, svd_solver="full").fit(X).explained_variance_ratio_.sum())
    #[test]
    fn scores_are_those_of_scikit_learn() {
        let Components { scores: found, explained } = scores(&rows(1_200, 5), 3);
        assert!((explained - EXPLAINED).abs() < 1e-8, "{explained}");
        assert_eq!(found.dim(), (1_200, 3));
        for (row, golden) in [0, 7, 700, 1_199].into_iter().zip(GOLDEN) {
            let close = found.row(row).iter().zip(golden).all(|(a, b)| (a - b).abs() < 1e-8);
            assert!(close, "{row}: {} {golden:?}", found.row(row));
        }
    }

    const EXPLAINED: f64 = 0.778154301;
    const GOLDEN: [[f64; 3]; 4] = [
        [5.497027202, -0.806374381, -0.170657569],
        [0.552822716, 0.159903895, 0.16200848],
        [3.011325078, -1.318210541, -3.940038461],
        [-4.910404465, 0.916209006, -0.672770905],
    ];

    #[test]
    fn bits_do_not_depend_on_the_threads_and_components_are_bounded() {
        let x = rows(20_000, 6);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| scores(&x, 9).scores)
        };
        let [one, three] = [with(1), with(3)];
        assert_eq!(one.dim(), (20_000, 6));
        assert!(one.iter().zip(&three).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(scores(&rows(1, 4), 2).scores, Array2::<f64>::zeros((1, 2)));
        assert_eq!(scores(&Array2::zeros((0, 3)), 2).scores.dim(), (0, 2));
    }
}
