//! A word near another word, and the arithmetic of similarity.

use crate::kernel::rows;

/// A word near another word or a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its row.
    pub id: usize,
    /// The cosine of the angle between the two vectors, from -1 to 1, and 0 if one of them is zero; or another score
    /// of the query, such as a dot product.
    pub similarity: f32,
}

/// The length of a vector.
pub(super) fn length(row: &[f32]) -> f32 {
    rows::dot(row, row).sqrt()
}

/// `a / b`, or 0 if that is not finite.
pub(super) fn over(a: f32, b: f32) -> f32 {
    let quotient = a / b;
    if quotient.is_finite() { quotient } else { 0.0 }
}
