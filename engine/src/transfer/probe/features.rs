//! Features of documents, dense or sparse, and the two matrix products that a linear model needs.
//!
//! N documents, D features, K outputs. In both products the order of additions depends on the shape alone, not on the
//! threads. Rows of the result are independent of each other. A sum over all rows of a dense matrix is divided into
//! shards, whose number depends on N.

use ndarray::Array2;

use crate::kernel::{matmul, view, view_mut};
use crate::text::counts::Rows;

use super::shards;

/// Features `(N, D)`.
#[derive(Debug, Clone)]
pub enum Features {
    /// A matrix in standard (row-major) layout.
    Dense(Array2<f32>),
    /// Sparse rows, and the same matrix by columns.
    Sparse {
        /// `(N, D)`: for each document its features.
        rows: Rows,
        /// `(D, N)`: for each feature the documents that have it.
        columns: Rows,
    },
}

/// Rows per task of a thread.
const ROWS: usize = 256;
/// Rows of a dense matrix that are converted to f64 at once. With a thousand features they fit into the L2 cache.
const BLOCK: usize = 64;
/// The most shards of a sum over all rows.
const SHARDS: usize = 64;

impl Features {
    /// Dense features.
    pub fn dense(matrix: Array2<f32>) -> Features {
        Features::Dense(matrix.as_standard_layout().into_owned())
    }

    /// Sparse features.
    pub fn sparse(rows: Rows) -> Features {
        let columns = rows.transposed();
        Features::Sparse { rows, columns }
    }

    /// N, the number of documents.
    pub fn len(&self) -> usize {
        match self {
            Features::Dense(matrix) => matrix.nrows(),
            Features::Sparse { rows, .. } => rows.len(),
        }
    }

    /// Whether there are no documents.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// D, the number of features.
    pub fn width(&self) -> usize {
        match self {
            Features::Dense(matrix) => matrix.ncols(),
            Features::Sparse { rows, .. } => rows.width,
        }
    }

    /// The number of stored values.
    fn size(&self) -> usize {
        match self {
            Features::Dense(matrix) => matrix.len(),
            Features::Sparse { rows, .. } => rows.values.len(),
        }
    }

    /// The floating-point operations of one product with K outputs: two for each stored value.
    pub fn flops(&self, outputs: usize) -> u64 {
        2 * (self.size() * outputs) as u64
    }

    /// `out (N, K) = features · weights (D, K) + bias (K)`.
    pub fn times(&self, weights: &[f64], bias: &[f64], out: &mut [f64]) {
        let k = bias.len();
        let width = self.width();
        if width == 0 {
            return out.chunks_exact_mut(k).for_each(|scores| scores.copy_from_slice(bias));
        }
        shards::each(out, k * ROWS, self.size() * k, |shard, out| {
            let first = shard * ROWS;
            match self {
                Features::Dense(matrix) if k == 1 => {
                    for (score, row) in out.iter_mut().zip(dense(matrix)[first * width..].chunks_exact(width))
                    {
                        *score = bias[0] + dot(row, weights);
                    }
                }
                Features::Dense(matrix) => {
                    let rows = &dense(matrix)[first * width..];
                    let mut wide = Vec::new();
                    for (scores, rows) in out.chunks_mut(BLOCK * k).zip(rows.chunks(BLOCK * width)) {
                        scores.chunks_exact_mut(k).for_each(|scores| scores.copy_from_slice(bias));
                        let n = scores.len() / k;
                        widen(&rows[..n * width], &mut wide);
                        let (x, w) = (view(&wide, n, width), view(weights, width, k));
                        matmul(1.0, x, w, 1.0, view_mut(scores, n, k));
                    }
                }
                Features::Sparse { rows, .. } => {
                    for (i, scores) in (first..).zip(out.chunks_exact_mut(k)) {
                        let (columns, values) = rows.row(i);
                        scores_of(columns, values, weights, bias, scores);
                    }
                }
            }
        });
    }

    /// `out (D, K) = featuresᵀ · residuals (N, K)`.
    pub fn transposed_times(&self, residuals: &[f64], k: usize, out: &mut [f64]) {
        let width = self.width();
        match self {
            Features::Dense(matrix) => {
                let shard_rows = ROWS.max(self.len().div_ceil(SHARDS));
                let rows = dense(matrix);
                let shards = shards::map(self.len().div_ceil(shard_rows), self.size() * k, |shard| {
                    let (first, end) = (shard * shard_rows, self.len().min((shard + 1) * shard_rows));
                    let mut sum = vec![0.0; width * k];
                    let rows = rows[first * width..end * width].chunks(BLOCK * width.max(1));
                    let mut wide = Vec::new();
                    for (rows, residuals) in rows.zip(residuals[first * k..].chunks(BLOCK * k)) {
                        let n = rows.len() / width;
                        if k == 1 {
                            for (row, &r) in rows.chunks_exact(width).zip(residuals) {
                                sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x) * r);
                            }
                            continue;
                        }
                        widen(rows, &mut wide);
                        let (x, r) = (view(&wide, n, width), view(&residuals[..n * k], n, k));
                        matmul(1.0, x.t(), r, 1.0, view_mut(&mut sum, width, k));
                    }
                    sum
                });
                out.fill(0.0);
                for shard in &shards {
                    out.iter_mut().zip(shard).for_each(|(out, value)| *out += value);
                }
            }
            Features::Sparse { columns, .. } => {
                shards::each(out, k * ROWS, self.size() * k, |shard, out| {
                    for (j, sum) in out.chunks_exact_mut(k).enumerate() {
                        let (documents, values) = columns.row(shard * ROWS + j);
                        sum.fill(0.0);
                        for (&i, &x) in documents.iter().zip(values) {
                            let r = &residuals[i as usize * k..(i as usize + 1) * k];
                            sum.iter_mut().zip(r).for_each(|(sum, r)| *sum += f64::from(x) * r);
                        }
                    }
                });
            }
        }
    }

    /// The mean square of every feature over the rows that are `included`.
    pub fn mean_squares(&self, included: &[bool]) -> Vec<f64> {
        let n = included.iter().filter(|&&is| is).count().max(1) as f64;
        let mut squares = vec![0.0; self.width()];
        self.each_value(included, &mut |j, x| squares[j] += x * x / n);
        squares
    }

    /// Calls `visit` with the index and the value of every stored feature, row by row.
    fn each_value(&self, included: &[bool], visit: &mut dyn FnMut(usize, f64)) {
        let width = self.width();
        for i in (0..self.len()).filter(|&i| included[i]) {
            match self {
                Features::Dense(matrix) => {
                    let row = &dense(matrix)[i * width..(i + 1) * width];
                    row.iter().enumerate().for_each(|(j, &x)| visit(j, f64::from(x)));
                }
                Features::Sparse { rows, .. } => {
                    let (columns, values) = rows.row(i);
                    columns.iter().zip(values).for_each(|(&j, &x)| visit(j as usize, f64::from(x)));
                }
            }
        }
    }

    /// The mean and the standard deviation of every feature over the rows that are `included`. A constant feature
    /// gets the deviation 1.
    pub fn moments(&self, included: &[bool]) -> (Vec<f64>, Vec<f64>) {
        let width = self.width();
        let n = included.iter().filter(|&&is| is).count().max(1) as f64;
        let (mut mean, mut square, mut seen) = (vec![0.0; width], vec![0.0; width], vec![0.0; width]);
        self.each_value(included, &mut |j, x| mean[j] += x / n);
        self.each_value(included, &mut |j, x| {
            square[j] += (x - mean[j]).powi(2);
            seen[j] += 1.0;
        });
        // Entries that a sparse row does not store are zeros.
        let deviation = |j: usize| ((square[j] + (n - seen[j]) * mean[j].powi(2)) / n).sqrt();
        let scale = |j: usize| match deviation(j) {
            small if small <= 1e-12 * mean[j].abs().max(1e-12) => 1.0,
            deviation => deviation,
        };
        let deviations = (0..width).map(scale).collect();
        (mean, deviations)
    }
}

fn dense(matrix: &Array2<f32>) -> &[f32] {
    // `Features::dense` made the layout standard. The fallback is never used.
    matrix.as_slice().unwrap_or(&[])
}

/// `wide` = `rows` in double precision.
fn widen(rows: &[f32], wide: &mut Vec<f64>) {
    wide.clear();
    wide.extend(rows.iter().map(|&x| f64::from(x)));
}

/// The scores of one sparse row.
fn scores_of(columns: &[u32], values: &[f32], weights: &[f64], bias: &[f64], scores: &mut [f64]) {
    let k = bias.len();
    let entries = columns.iter().zip(values).map(|(&j, &x)| (j as usize, f64::from(x)));
    scores.copy_from_slice(bias);
    if k == 1 {
        scores[0] += entries.map(|(j, x)| x * weights[j]).sum::<f64>();
    } else {
        for (j, x) in entries {
            let w = &weights[j * k..(j + 1) * k];
            scores.iter_mut().zip(w).for_each(|(score, w)| *score += x * w);
        }
    }
}

/// A dot product with eight partial sums, which the compiler can keep in one vector register.
fn dot(x: &[f32], w: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let (x8, w8) = (x.chunks_exact(8), w.chunks_exact(8));
    let rest: f64 = x8.remainder().iter().zip(w8.remainder()).map(|(&x, w)| f64::from(x) * w).sum();
    for (x, w) in x8.zip(w8) {
        for lane in 0..8 {
            sums[lane] += f64::from(x[lane]) * w[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    /// The same random features as a dense and as a sparse matrix.
    pub fn both(n: usize, d: usize) -> [Features; 2] {
        let mut random = rng::stream(1, "features", 0);
        let mut draw = || if rng::below(&mut random, 3) == 0 { rng::normal(&mut random) as f32 } else { 0.0 };
        let matrix = Array2::from_shape_simple_fn((n, d), &mut draw);
        let mut rows = Rows::new(d);
        for row in matrix.rows() {
            rows.push(row.iter().enumerate().filter(|(_, x)| **x != 0.0).map(|(j, &x)| (j as u32, x)));
        }
        [Features::dense(matrix), Features::sparse(rows)]
    }

    #[test]
    fn dense_and_sparse_products_are_the_naive_ones() {
        let (n, d) = (600, 21);
        for k in [1, 3] {
            let mut random = rng::stream(2, "w", 0);
            let mut numbers = |n: usize| (0..n).map(|_| rng::normal(&mut random)).collect::<Vec<f64>>();
            let (w, bias, r) = (numbers(d * k), numbers(k), numbers(n * k));
            let features = both(n, d);
            let Features::Dense(x) = &features[0] else { panic!("dense") };
            for features in &features {
                let (mut scores, mut gradient) = (vec![0.0; n * k], vec![0.0; d * k]);
                features.times(&w, &bias, &mut scores);
                features.transposed_times(&r, k, &mut gradient);
                for c in 0..k {
                    for i in 0..n {
                        let naive: f64 = (0..d).map(|j| f64::from(x[[i, j]]) * w[j * k + c]).sum();
                        assert!((scores[i * k + c] - naive - bias[c]).abs() < 1e-9);
                    }
                    for j in 0..d {
                        let naive: f64 = (0..n).map(|i| f64::from(x[[i, j]]) * r[i * k + c]).sum();
                        assert!((gradient[j * k + c] - naive).abs() < 1e-9);
                    }
                }
            }
        }
    }

    #[test]
    fn moments_count_the_zeros_and_only_what_is_included() {
        let included: Vec<bool> = (0..50).map(|i| i % 5 != 0).collect();
        let [dense, sparse] = both(50, 4);
        let Features::Dense(x) = &dense else { panic!("dense") };
        let column: Vec<f64> = (0..50).filter(|&i| included[i]).map(|i| f64::from(x[[i, 2]])).collect();
        let mean = column.iter().sum::<f64>() / 40.0;
        let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 40.0).sqrt();
        for features in [&dense, &sparse] {
            let (means, deviations) = features.moments(&included);
            assert!((means[2] - mean).abs() < 1e-12 && (deviations[2] - deviation).abs() < 1e-12);
        }
        let constant = Features::dense(Array2::from_elem((5, 1), 0.1));
        assert_eq!(constant.moments(&[true; 5]).1, [1.0]);
    }
}
