//! Clusters of documents, found without labels.
//!
//! [`kmeans`] clusters dense rows. [`reduction`] makes such rows from sparse counts. [`telling`] finds the words that
//! are more frequent in a cluster than in the others. [`agreement`] compares clusters with classes.

pub mod agreement;
pub mod eigen;
pub mod kmeans;
pub mod reduction;
pub mod telling;

use ndarray::Array2;
use rayon::prelude::*;

/// Scales each row to length 1; rows of zeros stay zero.
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
