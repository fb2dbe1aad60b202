//! Clusters of documents, found without labels.
//!
//! [`kmeans`] puts dense rows together; [`reduction`] makes such rows of sparse counts; [`telling`] says which
//! words a cluster has more than the others, and [`agreement`] how far clusters and classes agree.

pub mod agreement;
mod eigen;
pub mod kmeans;
pub mod reduction;
pub mod telling;

use ndarray::Array2;
use rayon::prelude::*;

/// Makes every row that is not zeros one of length 1.
pub fn unit_rows(rows: &mut Array2<f32>) {
    let width = rows.ncols().max(1);
    let Some(values) = rows.as_slice_mut() else { return };
    values.par_chunks_mut(width).for_each(|row| {
        let length = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        }
    });
}
