//! From the encoder's vectors of tokens to static ones: principal components, times the weights of SIF.

use ndarray::Array2;

use super::pca;

/// The weights of `tokens` tokens that are sorted by frequency, with the constant `a`.
pub fn zipf_weights(tokens: usize, a: f64) -> Vec<f64> {
    let of_rank = |rank: usize| 1.0 / (rank + 2) as f64;
    let total: f64 = (0..tokens).map(of_rank).sum();
    (0..tokens).map(|rank| a / (a + of_rank(rank) / total)).collect()
}

/// The weights of tokens that occur so many times in a text, with the constant `a`.
pub fn counted_weights(counts: &[u64], a: f64) -> Vec<f64> {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    counts.iter().map(|&count| a / (a + count as f64 / total)).collect()
}

/// Static vectors `(N, k)`.
pub struct Reduced {
    /// In the order of the tokens.
    pub vectors: Array2<f32>,
    /// The fraction of the variance that the principal components keep; `None` without PCA.
    pub explained: Option<f64>,
}

/// The static vectors of N tokens with the encoder's vectors `tokens (N, D)`: the scores on `dim` principal components,
/// times `weights (N)`. Without `dim` the vectors are weighted only. As in model2vec, k is at most D, and there is no
/// PCA if `dim` is N or more.
pub fn static_vectors(tokens: Array2<f32>, dim: Option<usize>, weights: &[f64]) -> Reduced {
    let dim = dim.map(|dim| dim.min(tokens.ncols())).filter(|&dim| dim < tokens.nrows());
    let (mut out, explained) = match dim {
        Some(dim) => {
            let found = pca::scores(&tokens, dim);
            (found.scores, Some(found.explained))
        }
        None => (tokens.mapv(f64::from), None),
    };
    drop(tokens);
    for (mut row, &weight) in out.rows_mut().into_iter().zip(weights) {
        row *= weight;
    }
    Reduced { vectors: out.mapv(|x| x as f32), explained }
}
