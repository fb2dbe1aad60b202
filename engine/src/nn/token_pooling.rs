//! From the states of a text's tokens to the features of the text, as sentence-transformers pools them.

use serde::{Deserialize, Serialize};

use crate::kernel::{Real, axpy};

/// How the states `(L, D)` become `(D)`. A text without tokens becomes zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenPooling {
    /// The state of the first token.
    Cls,
    /// The largest value of each column.
    Max,
    /// The mean.
    Mean,
    /// The sum over the square root of the number of tokens.
    MeanSqrtLength,
    /// The mean in which token i counts i times, from 1 on.
    WeightedMean,
    /// The state of the last token.
    LastToken,
}

impl TokenPooling {
    /// All of them, in the order in which sentence-transformers concatenates them, with the names of its settings.
    pub const ALL: [(TokenPooling, &'static str); 6] = [
        (TokenPooling::Cls, "cls_token"),
        (TokenPooling::Max, "max_tokens"),
        (TokenPooling::Mean, "mean_tokens"),
        (TokenPooling::MeanSqrtLength, "mean_sqrt_len_tokens"),
        (TokenPooling::WeightedMean, "weightedmean_tokens"),
        (TokenPooling::LastToken, "lasttoken"),
    ];

    /// The factor of the state of token `place` of `length`; `None` if it depends on the states.
    fn factor<T: Real>(self, place: usize, length: usize) -> Option<T> {
        let n = length as f64;
        Some(T::of(match self {
            TokenPooling::Cls => f64::from(place == 0),
            TokenPooling::LastToken => f64::from(place + 1 == length),
            TokenPooling::Mean => 1.0 / n,
            TokenPooling::MeanSqrtLength => 1.0 / n.sqrt(),
            TokenPooling::WeightedMean => (place + 1) as f64 / (n * (n + 1.0) / 2.0),
            TokenPooling::Max => return None,
        }))
    }

    /// How much each of `length` tokens counts in the features, as fractions that sum to 1. For the largest value of each
    /// column, which depends on the states, all count alike.
    pub fn fractions(self, length: usize) -> Vec<f32> {
        let factors: Vec<f32> =
            (0..length).map(|place| self.factor::<f32>(place, length).unwrap_or(1.0)).collect();
        let sum: f32 = factors.iter().sum();
        factors.into_iter().map(|factor| factor / sum).collect()
    }

    /// What the features are, as a phrase.
    pub fn explained(self) -> &'static str {
        match self {
            TokenPooling::Cls => "the first token",
            TokenPooling::Max => "the largest values of all tokens",
            TokenPooling::Mean | TokenPooling::MeanSqrtLength => "the mean of all tokens",
            TokenPooling::WeightedMean => "the mean in which later tokens count more",
            TokenPooling::LastToken => "the last token",
        }
    }

    /// Writes the features `y (D)` of the states `x (L, D)`.
    pub fn forward<T: Real>(self, x: &[T], y: &mut [T]) {
        let width = y.len().max(1);
        let length = x.len() / width;
        y.fill(T::zero());
        if self == TokenPooling::Max {
            if let Some(first) = x.get(..width) {
                y.copy_from_slice(first);
            }
            for x in x.chunks_exact(width) {
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = if x > *y { x } else { *y });
            }
            return;
        }
        for (place, x) in x.chunks_exact(width).enumerate() {
            if let Some(factor) = self.factor::<T>(place, length).filter(|&factor| factor != T::zero()) {
                axpy(factor, x, y);
            }
        }
    }

    /// From the states and the gradient `dy (D)` of the features: adds to `dx (L, D)`. Of equal largest values the first
    /// one has the gradient.
    pub fn backward<T: Real>(self, x: &[T], dy: &[T], dx: &mut [T]) {
        let width = dy.len().max(1);
        let length = x.len() / width;
        if self == TokenPooling::Max {
            for (column, &dy) in dy.iter().enumerate() {
                let values = x.iter().skip(column).step_by(width).enumerate();
                let best = values.fold(None, |best: Option<(usize, T)>, (place, &x)| match best {
                    Some((_, most)) if x <= most => best,
                    _ => Some((place, x)),
                });
                if let Some((place, _)) = best {
                    dx[place * width + column] += dy;
                }
            }
            return;
        }
        for (place, dx) in dx.chunks_exact_mut(width).enumerate() {
            if let Some(factor) = self.factor::<T>(place, length).filter(|&factor| factor != T::zero()) {
                axpy(factor, dy, dx);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gradient_check::worst;

    #[test]
    fn values_are_those_of_the_definitions() {
        let x = [1.0_f64, 8.0, 3.0, 2.0, 2.0, -4.0];
        let expected = [
            [1.0, 8.0],
            [3.0, 8.0],
            [2.0, 2.0],
            [6.0 / 3_f64.sqrt(), 6.0 / 3_f64.sqrt()],
            [13.0 / 6.0, 0.0],
            [2.0, -4.0],
        ];
        for ((pooling, name), expected) in TokenPooling::ALL.into_iter().zip(expected) {
            let mut y = [f64::NAN; 2];
            pooling.forward(&x, &mut y);
            assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-12), "{name} {y:?}");
            pooling.forward(&[], &mut y);
            assert_eq!(y, [0.0, 0.0], "{name}");
        }
    }

    #[test]
    fn fractions_say_how_much_each_token_counts() {
        let expected = [
            [1.0, 0.0, 0.0],
            [1.0 / 3.0; 3],
            [1.0 / 3.0; 3],
            [1.0 / 3.0; 3],
            [1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0],
            [0.0, 0.0, 1.0],
        ];
        for ((pooling, name), expected) in TokenPooling::ALL.into_iter().zip(expected) {
            let found = pooling.fractions(3);
            assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-6), "{name} {found:?}");
            assert!(pooling.fractions(0).is_empty());
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let at: Vec<f64> = (0..20).map(|i| (f64::from(i) * 1.7).sin()).collect();
        let slopes = [0.5, -1.0, 2.0, 3.0];
        for (pooling, name) in TokenPooling::ALL {
            let mut dx = vec![0.0; 20];
            pooling.backward(&at, &slopes, &mut dx);
            let loss = |at: &[f64]| {
                let mut y = [0.0; 4];
                pooling.forward(at, &mut y);
                y.iter().zip(slopes).map(|(y, s)| y * s).sum()
            };
            assert!(worst(&at, &dx, 1e-3, loss) < 1e-6, "{name}");
            pooling.backward(&[], &slopes, &mut []);
        }
    }
}
