//! How many floating-point operations a layer takes, from its shapes alone.
//!
//! A multiplication whose result is added counts 2, an addition by itself 1. Counted are products with weights, sums of
//! vectors into a mean, and the gradients of both. Not counted are activations, softmax, normalisation, maxima, biases,
//! dropout and the update of the optimizer: they are few per word or pixel. A word counts at each of its occurrences,
//! although the program multiplies its vector once in a shard. Padding counts like any other input.

use std::iter::Sum;
use std::ops::{Add, Mul};

/// The floating-point operations of a layer.
///
/// ```
/// use warmstart_engine::nn::flops::Flops;
/// use warmstart_engine::nn::linear::Linear;
///
/// // y = x Wᵀ, dW = dyᵀ x and dx = dy W have 3 · 2 multiply-adds each.
/// let layer = Linear { features: 3, outputs: 2 };
/// assert_eq!(layer.flops(), Flops { forward: 12, backward: 12, input: 12 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flops {
    /// Of the forward pass.
    pub forward: u64,
    /// Of the backward pass, if the layer is trained: the gradient of its weights, and all that this needs.
    pub backward: u64,
    /// What the gradient of its input adds, if something below the layer is trained.
    pub input: u64,
}

impl Flops {
    /// A product of an input with a matrix, `multiply_adds` in all: each pass repeats it once.
    pub fn product(multiply_adds: usize) -> Flops {
        let flops = 2 * multiply_adds as u64;
        Flops { forward: flops, backward: flops, input: flops }
    }

    /// The mean of `vectors` vectors of dimension `dim`: additions; its gradient is added to each vector with a factor.
    pub fn mean(vectors: usize, dim: usize) -> Flops {
        let additions = (vectors * dim) as u64;
        Flops { forward: additions, backward: 0, input: 2 * additions }
    }
}

impl Add for Flops {
    type Output = Flops;

    fn add(self, other: Flops) -> Flops {
        Flops {
            forward: self.forward + other.forward,
            backward: self.backward + other.backward,
            input: self.input + other.input,
        }
    }
}

impl Mul<usize> for Flops {
    type Output = Flops;

    fn mul(self, times: usize) -> Flops {
        let times = times as u64;
        Flops { forward: self.forward * times, backward: self.backward * times, input: self.input * times }
    }
}

impl Sum for Flops {
    fn sum<I: Iterator<Item = Flops>>(all: I) -> Flops {
        all.fold(Flops::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::adaptive_softmax::{AdaptiveSoftmax, Cuts};
    use crate::nn::convolution::{Convolution, Shape, Window};
    use crate::nn::encoder::Encoder;
    use crate::nn::gru::Gru;
    use crate::nn::lstm::Lstm;
    use crate::nn::recurrent::Recurrent;
    use crate::nn::rnn::Rnn;
    use crate::nn::text_convolution::TextConvolution;
    use crate::nn::word_softmax::WordSoftmax;
    use crate::session::convolution::Widths;
    use crate::session::text_transfer::Pooling;

    fn flops(forward: u64, backward: u64, input: u64) -> Flops {
        Flops { forward, backward, input }
    }

    // Words of dimension 3, 2 units, 5 words. A gate has 3 · 2 multiply-adds for each word, and 2 · 2 for the previous
    // state from the second word on: 5 · 6 + 4 · 4 = 46. The gradient of the weights repeats both, and that of the
    // previous states the second: 46 + 16.
    #[test]
    fn recurrent_layers_multiply_each_word_and_each_previous_state() {
        let (input, hidden) = (3, 2);
        let layers = [
            (Recurrent::Rnn(Rnn { input, hidden }), 1),
            (Recurrent::Gru(Gru { input, hidden }), 3),
            (Recurrent::Lstm(Lstm { input, hidden }), 4),
        ];
        for (layer, gates) in layers {
            assert_eq!(layer.flops(5, false), flops(92 * gates, 124 * gates, 60 * gates), "{layer:?}");
            // With a state before the first word there is one more product, but no gradient of that state.
            assert_eq!(layer.flops(5, true), flops(100 * gates, 132 * gates, 60 * gates), "{layer:?}");
            assert_eq!([0, 1].map(|words| layer.flops(words, false).forward), [0, 12 * gates]);
        }
    }

    #[test]
    fn an_encoder_has_two_directions_and_a_mean() {
        let layer = Recurrent::Rnn(Rnn { input: 3, hidden: 2 });
        let encoder = |bidirectional, pooling| Encoder { layer, bidirectional, pooling };
        assert_eq!(encoder(true, Pooling::Last).flops(5), flops(184, 248, 120));
        assert_eq!(encoder(true, Pooling::Max).flops(5), flops(184, 248, 120));
        // 5 states of 2 units, in two directions: 20 additions, and 20 multiply-adds for the gradient.
        assert_eq!(encoder(true, Pooling::Mean).flops(5), flops(204, 288, 120));
        assert_eq!(encoder(false, Pooling::Concat).flops(5), flops(102, 144, 60));
    }

    // 3 + 4 positions of 2 filters on vectors of dimension 5: 70 multiply-adds for each word. Backward, each filter
    // has one window in a document.
    #[test]
    fn a_text_convolution_multiplies_each_word_forward_and_one_window_backward() {
        let widths = Widths::try_from(vec![3, 4]).unwrap();
        let layer = TextConvolution { input: 5, widths, filters: 2 };
        assert_eq!(layer.flops(10), flops(1_400, 140, 140));
        // A window is at most as long as the document: 2 + 2 positions of 2 filters.
        assert_eq!(layer.flops(2), flops(280, 80, 80));
    }

    // 4 × 4 outputs of 6 channels, each of 3 × 3 × 2 inputs.
    #[test]
    fn a_convolution_multiplies_each_window() {
        let shape = |channels| Shape { height: 4, width: 4, channels };
        let window = Window { size: 3, stride: 1, before: 1 };
        let layer = Convolution { from: shape(2), to: shape(6), window, groups: 1, bias: true };
        assert_eq!(layer.flops(), Flops::product(16 * 6 * 18));
        // Depthwise: each output channel reads one input channel.
        let layer = Convolution { from: shape(6), to: shape(6), window, groups: 6, bias: false };
        assert_eq!(layer.flops(), Flops::product(16 * 6 * 9));
    }

    #[test]
    fn a_softmax_over_words_multiplies_all_words_and_an_adaptive_one_the_tail_of_the_target() {
        let whole = WordSoftmax { features: 8, words: 100 };
        assert_eq!(whole.flops(3), Flops::product(2_400));
        // 20 words and 2 tails in the head; the tails have 30 words of 2 features and 50 words of 1 (8 / 4 and 8 / 16,
        // but at least 1).
        let adaptive =
            AdaptiveSoftmax { features: 8, words: 100, cuts: Cuts::new(&[20, 50], 100), reduced: true };
        let (head, first, second) = (22 * 8, 8 * 2 + 2 * 30, 8 + 50);
        assert_eq!(adaptive.flops(&[5, 19]), Flops::product(2 * head));
        assert_eq!(adaptive.flops(&[20, 49, 99]), Flops::product(3 * head + 2 * first + second));
        let alike = AdaptiveSoftmax { reduced: false, ..adaptive };
        assert_eq!(alike.flops(&[20, 99]), Flops::product(2 * head + 8 * 30 + 8 * 50));
        let none = AdaptiveSoftmax { cuts: Cuts::new(&[], 100), ..adaptive };
        assert_eq!(none.flops(&[1, 2, 3]), whole.flops(3));
    }

    #[test]
    fn counts_add_up() {
        let one = Flops::mean(4, 3);
        assert_eq!(one, flops(12, 0, 24));
        assert_eq!([one, one].into_iter().sum::<Flops>(), one * 2);
    }
}
