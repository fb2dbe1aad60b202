//! Distillation of an encoder into static token vectors, as model2vec does it: the vectors that the encoder gives for
//! each token alone are reduced by PCA and weighted by SIF, and written as a folder that model2vec reads.
//!
//! The files of a vocabulary are sorted by frequency, so by Zipf's law the token of rank r (from 0) has the probability
//! p = 1 / (r + 2), divided by the sum over all tokens. Its weight is a / (a + p) (Arora, Liang & Ma 2017).

mod folder;
pub mod pca;
pub mod vocabulary;

use ndarray::Array2;

pub use folder::{About, save};

/// The usual constant a of the weights.
pub const SIF: f64 = 1e-4;

/// The weights of `tokens` tokens, sorted by frequency; 1 for each without a constant `a`.
pub fn sif_weights(tokens: usize, a: Option<f64>) -> Vec<f64> {
    let Some(a) = a else { return vec![1.0; tokens] };
    let of_rank = |rank: usize| 1.0 / (rank + 2) as f64;
    let total: f64 = (0..tokens).map(of_rank).sum();
    (0..tokens).map(|rank| a / (a + of_rank(rank) / total)).collect()
}

/// The static vectors `(N, k)` of N tokens with the encoder's vectors `tokens (N, D)`: the scores on `dim` principal
/// components, times the weights with the constant `a`. Without `dim` the vectors are weighted only. As in model2vec, k
/// is at most D, and there is no PCA if `dim` is N or more.
pub fn static_vectors(tokens: &Array2<f32>, dim: Option<usize>, a: Option<f64>) -> Array2<f32> {
    let weights = sif_weights(tokens.nrows(), a);
    let dim = dim.map(|dim| dim.min(tokens.ncols())).filter(|&dim| dim < tokens.nrows());
    let mut out = match dim {
        Some(dim) => pca::scores(tokens, dim),
        None => tokens.mapv(f64::from),
    };
    for (mut row, weight) in out.rows_mut().into_iter().zip(weights) {
        row *= weight;
    }
    out.mapv(|x| x as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    // import numpy as np
    // r = 1 / np.arange(2, 8); print((1e-4 / (1e-4 + r / r.sum())).tolist())
    #[test]
    fn weights_are_those_of_model2vec() {
        let found = sif_weights(6, Some(SIF));
        for (found, golden) in found.iter().zip(GOLDEN) {
            assert!((found - golden).abs() < 1e-15, "{found} {golden}");
        }
        assert_eq!(sif_weights(3, None), [1.0; 3]);
    }

    const GOLDEN: [f64; 6] = [
        0.0003184699731371292,
        0.0004776289044735052,
        0.0006367371646065507,
        0.0007957947777305932,
        0.0009548017680245594,
        0.001113758159651988,
    ];

    #[test]
    fn there_is_no_pca_for_as_many_components_as_tokens() {
        let tokens = Array2::from_shape_fn((4, 6), |(i, j)| (i * 6 + j) as f32);
        assert_eq!(static_vectors(&tokens, Some(4), None), tokens);
        assert_eq!(static_vectors(&tokens, Some(3), None).dim(), (4, 3));
        let weighted = static_vectors(&tokens, None, Some(0.5));
        let first = sif_weights(4, Some(0.5))[0];
        assert!((f64::from(weighted[[0, 5]]) - 5.0 * first).abs() < 1e-6);
    }
}
