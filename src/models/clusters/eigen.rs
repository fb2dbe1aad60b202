//! Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi rotations.

use ndarray::Array2;

/// The maximum number of sweeps over all pairs; about ten are usual.
const SWEEPS: usize = 60;

/// The eigenvalues of the symmetric `matrix (n, n)`, largest first, and the eigenvectors as columns `(n, n)`.
/// Each rotation makes a pair of elements off the diagonal 0 (Golub & Van Loan, *Matrix Computations*, 8.5).
///
/// # Panics
/// If the matrix is not square.
pub fn symmetric(matrix: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let n = matrix.nrows();
    assert_eq!(n, matrix.ncols(), "a symmetric matrix is square");
    // Rows of `a` and of `vectors` (one eigenvector per row) are contiguous in memory.
    let mut a: Vec<Vec<f64>> = matrix.rows().into_iter().map(|row| row.to_vec()).collect();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect();
    let size: f64 = matrix.iter().map(|x| x * x).sum::<f64>();
    for _ in 0..SWEEPS {
        let off: f64 = (0..n).map(|i| (i + 1..n).map(|j| a[i][j] * a[i][j]).sum::<f64>()).sum();
        if off <= 1e-30 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
    let values = order.iter().map(|&i| a[i][i]).collect();
    (values, Array2::from_shape_fn((n, n), |(i, j)| vectors[order[j]][i]))
}

/// Rotates in the plane of `p` < `q` so that `a[p][q]` becomes 0.
fn rotate(a: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let off = a[p][q];
    if off == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    let (pp, qq) = (a[p][p] - t * off, a[q][q] + t * off);
    turn(a, p, q, c, s);
    turn(vectors, p, q, c, s);
    // The matrix stays symmetric, so the columns get the same change as the rows.
    let (row_p, row_q) = (std::mem::take(&mut a[p]), std::mem::take(&mut a[q]));
    for (i, row) in a.iter_mut().enumerate().filter(|(i, _)| *i != p && *i != q) {
        (row[p], row[q]) = (row_p[i], row_q[i]);
    }
    (a[p], a[q]) = (row_p, row_q);
    (a[p][p], a[q][q], a[p][q], a[q][p]) = (pp, qq, 0.0, 0.0);
}

/// Replaces rows `p` and `q` by c p - s q and s p + c q.
fn turn(rows: &mut [Vec<f64>], p: usize, q: usize, c: f64, s: f64) {
    let (before, after) = rows.split_at_mut(q);
    for (x, y) in before[p].iter_mut().zip(&mut after[0]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_orthonormal_and_make_the_matrix_again() {
        for n in [1, 2, 7, 30] {
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
    }
}
