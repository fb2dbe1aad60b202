//! The mean cosine of random pairs of words. If it is near 1, all vectors point in the same direction and cannot
//! distinguish words.

use crate::rng;

use super::super::query::View;

/// The number of random pairs.
const PAIRS: u64 = 1_000;
/// Pairs are drawn from this many of the first words; in files the most frequent words come first.
const FIRST: usize = 5_000;

/// The mean cosine of 1,000 random pairs of different words among the first 5,000. The same vectors give the same
/// value. `None` if there are fewer than two words. A pair with a vector of zeros counts as 0.
pub fn mean_cosine(view: View) -> Option<f64> {
    let words = view.words().len().min(FIRST);
    if words < 2 {
        return None;
    }
    let mut rng = rng::stream(1, "pairs of words", 0);
    let cosine = |_| {
        let a = rng::below(&mut rng, words);
        let b = (a + 1 + rng::below(&mut rng, words - 1)) % words;
        cosine(&view.row(a), &view.row(b))
    };
    Some((0..PAIRS).map(cosine).sum::<f64>() / PAIRS as f64)
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}
