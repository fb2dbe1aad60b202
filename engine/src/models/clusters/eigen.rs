//! Eigenvalues and eigenvectors of a symmetric matrix: Householder reflections make it tridiagonal, and the implicit QL
//! method makes that diagonal (Golub & Van Loan, *Matrix Computations*, 8.3).
//!
//! Threads share rows or blocks of columns, each of which is computed by one of them, so the bits do not depend on the
//! number of threads.

use ndarray::Array2;
use rayon::prelude::*;

use crate::kernel::{axpy, dot};

/// The maximum number of steps for one eigenvalue; two are usual.
const STEPS: usize = 60;
/// Rows that are too few for more than one thread.
const ROWS: usize = 64;
/// The columns in a block of eigenvectors.
const BLOCK: usize = 64;

/// The eigenvalues of the symmetric `matrix (n, n)`, largest first, and the eigenvectors as columns `(n, n)`.
///
/// # Panics
/// If the matrix is not square.
pub fn symmetric(matrix: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let n = matrix.nrows();
    assert_eq!(n, matrix.ncols(), "a symmetric matrix is square");
    let Tridiagonal { mut diagonal, mut beside, basis } = tridiagonal(matrix);
    // Row i of a block has its part of the eigenvector of number i.
    let blocks = n.div_ceil(BLOCK);
    let mut vectors = vec![0.0; blocks * n * BLOCK];
    for (k, row) in basis.chunks_exact(n.max(1)).enumerate() {
        for (i, &x) in row.iter().enumerate() {
            vectors[((k / BLOCK) * n + i) * BLOCK + k % BLOCK] = x;
        }
    }
    diagonalise(&mut diagonal, &mut beside, &mut vectors);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| diagonal[j].total_cmp(&diagonal[i]));
    let values = order.iter().map(|&i| diagonal[i]).collect();
    let at = |k: usize, i: usize| vectors[((k / BLOCK) * n + i) * BLOCK + k % BLOCK];
    (values, Array2::from_shape_fn((n, n), |(k, j)| at(k, order[j])))
}

/// A symmetric tridiagonal matrix T, and the orthogonal Q with A = Q T Qᵀ.
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// The elements beside the diagonal, and a last one of 0.
    beside: Vec<f64>,
    /// Q, row by row.
    basis: Vec<f64>,
}

fn tridiagonal(matrix: &Array2<f64>) -> Tridiagonal {
    let n = matrix.nrows();
    let mut a: Vec<f64> = matrix.iter().copied().collect();
    let mut beside = vec![0.0; n];
    // The reflections I - β v vᵀ, from the first to the last.
    let mut reflections: Vec<(Vec<f64>, f64)> = Vec::new();
    for k in 0..n.saturating_sub(1) {
        let mut v = a[k * n + k + 1..(k + 1) * n].to_vec();
        let largest = v.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        if v.len() == 1 || largest == 0.0 {
            beside[k] = v[0];
            reflections.push((v, 0.0));
            continue;
        }
        v.iter_mut().for_each(|x| *x /= largest);
        let length = dot(&v, &v).sqrt().copysign(v[0]);
        v[0] += length;
        beside[k] = -length * largest;
        let beta = 2.0 / dot(&v, &v);
        let below = &mut a[(k + 1) * n..];
        let product = |row: &[f64]| beta * dot(&row[k + 1..], &v);
        let mut w: Vec<f64> = below.par_chunks_exact(n).with_min_len(ROWS).map(product).collect();
        let half = -0.5 * beta * dot(&w, &v);
        axpy(half, &v, &mut w);
        below.par_chunks_exact_mut(n).with_min_len(ROWS).enumerate().for_each(|(i, row)| {
            axpy(-v[i], &w, &mut row[k + 1..]);
            axpy(-w[i], &v, &mut row[k + 1..]);
        });
        reflections.push((v, beta));
    }
    let mut basis = vec![0.0; n * n];
    (0..n).for_each(|i| basis[i * n + i] = 1.0);
    for (k, (v, beta)) in reflections.iter().enumerate().rev().filter(|(_, (_, beta))| *beta > 0.0) {
        let below = &mut basis[(k + 1) * n..];
        let mut u = vec![0.0; v.len()];
        below.chunks_exact(n).zip(v).for_each(|(row, &x)| axpy(x, &row[k + 1..], &mut u));
        below
            .par_chunks_exact_mut(n)
            .with_min_len(ROWS)
            .zip(v)
            .for_each(|(row, &x)| axpy(-beta * x, &u, &mut row[k + 1..]));
    }
    Tridiagonal { diagonal: (0..n).map(|i| a[i * n + i]).collect(), beside, basis }
}

/// A rotation of the eigenvectors `i` and `i + 1` by its cosine and its sine.
type Rotation = (usize, f64, f64);

/// Makes the matrix with this diagonal and these elements `beside` it diagonal, and rotates the `vectors` with it.
fn diagonalise(diagonal: &mut [f64], beside: &mut [f64], vectors: &mut [f64]) {
    let n = diagonal.len();
    let mut rotations: Vec<Rotation> = Vec::new();
    for first in 0..n {
        for _ in 0..STEPS {
            let negligible = |m: usize| {
                let size = diagonal[m].abs() + diagonal[m + 1].abs();
                beside[m].abs() <= f64::EPSILON * size
            };
            let last = (first..n - 1).find(|&m| negligible(m)).unwrap_or(n - 1);
            if last == first {
                break;
            }
            rotations.clear();
            step(diagonal, beside, first, last, &mut rotations);
            vectors.par_chunks_exact_mut(n * BLOCK).for_each(|block| turn(block, &rotations));
        }
    }
}

/// A step of the implicit QL method on the rows `first` to `last`.
fn step(d: &mut [f64], e: &mut [f64], first: usize, last: usize, rotations: &mut Vec<Rotation>) {
    let g = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let mut g = d[last] - d[first] + e[first] / (g + g.hypot(1.0).copysign(g));
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[last] = 0.0;
            return;
        }
        (s, c) = (f / r, g / r);
        let before = d[i + 1] - p;
        let t = (d[i] - before) * s + 2.0 * c * b;
        p = s * t;
        d[i + 1] = before + p;
        g = c * t - b;
        rotations.push((i, c, s));
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0.0;
}

fn turn(block: &mut [f64], rotations: &[Rotation]) {
    for &(i, c, s) in rotations {
        let (before, after) = block[i * BLOCK..(i + 2) * BLOCK].split_at_mut(BLOCK);
        for (x, y) in before.iter_mut().zip(after) {
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_orthonormal_and_make_the_matrix_again() {
        for n in [1, 2, 7, 30, 150] {
            let mut matrix =
                Array2::from_shape_fn((n, n), |(i, j)| ((i * 7 + j * 13) % 11) as f64 / (1 + i + j) as f64);
            matrix = (&matrix + &matrix.t()) * 0.5;
            let (values, vectors) = symmetric(&matrix);
            assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
            let unit = vectors.t().dot(&vectors);
            assert!(unit.indexed_iter().all(|((i, j), x)| (x - f64::from(i == j)).abs() < 1e-12), "{unit}");
            let again = (&vectors * &ndarray::Array1::from(values.clone())).dot(&vectors.t());
            assert!(again.iter().zip(&matrix).all(|(a, b)| (a - b).abs() < 1e-10), "{n}");
        }
        let (values, _) = symmetric(&ndarray::array![[2.0, 1.0], [1.0, 2.0]]);
        assert!((values[0] - 3.0).abs() < 1e-14 && (values[1] - 1.0).abs() < 1e-14);
        assert_eq!(symmetric(&Array2::zeros((3, 3))).0, [0.0; 3]);
        assert_eq!(symmetric(&Array2::zeros((0, 0))).1.dim(), (0, 0));
    }

    #[test]
    fn equal_tiny_and_separate_values_are_found() {
        // An eigenvalue of many, in two blocks that do not touch, at sizes whose squares underflow.
        for scale in [1.0, 1e-160, 1e150] {
            let mut matrix = Array2::zeros((90, 90));
            for i in 0..90 {
                matrix[[i, i]] = 2.0 * scale;
            }
            (matrix[[3, 80]], matrix[[80, 3]]) = (scale, scale);
            let (values, vectors) = symmetric(&matrix);
            assert!((values[0] / scale - 3.0).abs() < 1e-13 && (values[89] / scale - 1.0).abs() < 1e-13);
            assert!(values[1..89].iter().all(|value| (value / scale - 2.0).abs() < 1e-13));
            let unit = vectors.t().dot(&vectors);
            assert!(unit.indexed_iter().all(|((i, j), x)| (x - f64::from(i == j)).abs() < 1e-12));
        }
    }

    #[test]
    fn threads_do_not_change_the_bits() {
        let matrix = Array2::from_shape_fn((200, 200), |(i, j)| ((i * j + i + j) % 17) as f64);
        let of = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| symmetric(&matrix))
        };
        assert!(of(1) == of(3));
    }
}
