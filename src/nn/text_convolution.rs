//! Filters over the words of a text, and the largest value of each: y = max(0, max over t of b + sum over k of W_k x_(t+k)).
//!
//! Kim 2014, "Convolutional neural networks for sentence classification". PyTorch has it as one `Conv1d(D, filters, w)` for
//! each width w, `relu`, and `amax` over time; a text shorter than the widest filter is padded at its end with zero vectors to
//! that filter's width, and no text is padded to the length of another.
//!
//! What W_k makes of a word's vector is the same wherever the word stands. So it is computed once for each distinct
//! word, as one matmul with all filters, and a window of w words adds up w of its rows. On the way back only the window
//! that gave a filter's largest value has a gradient: w rows, and none of the others.

use crate::dispatched;
use crate::kernel::{Panels, Real, Source, view, view_mut};
use crate::nn::recurrent::Input;
use crate::nn::room;
use crate::session::convolution::Widths;

/// From `(B, T, D)` to `(B, F)`, T being each document's own length and F the number of widths times that of filters. Its
/// weights: for each width w `weight (w, filters, D)`, PyTorch's `(filters, D, w)` with its axes turned; then for each
/// `bias (filters)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextConvolution {
    /// The dimension D of a word's vector.
    pub input: usize,
    /// How many words the filters see at a time.
    pub widths: Widths,
    /// Filters of each width.
    pub filters: usize,
}

/// What the layer keeps of its forward pass, and works in. Grown when needed, never shrunk.
#[derive(Debug, Clone, Default)]
pub struct Tape<T> {
    /// The weights, laid out for the matmul.
    panels: Panels<T>,
    /// What the distinct words bring, `(U, width)`.
    brought: Vec<T>,
    /// Which row of it each word of the batch reads, where some of the words are known already.
    rows: Vec<u32>,
    /// Where in its document the window of each feature begins, `(B, F)`; [`NONE`] where the largest value is not above 0.
    chosen: Vec<u32>,
}

/// No window: the feature is 0 and has no gradient.
const NONE: u32 = u32::MAX;

/// Filters whose sums are one vector of the widest registers.
const LANES: usize = 16;

impl TextConvolution {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let weight = |(place, width)| (format!("{place}.weight"), vec![width, self.filters, self.input]);
        let bias = |place| (format!("{place}.bias"), vec![self.filters]);
        let weights = self.widths.iter().enumerate().map(weight);
        weights.chain((0..self.widths.count()).map(bias)).collect()
    }

    /// Of each tensor how many values a filter reads: PyTorch draws it uniformly within 1 over the square root of that.
    pub fn fans(&self) -> Vec<usize> {
        let fans = self.widths.iter().map(|width| width * self.input);
        fans.clone().chain(fans).collect()
    }

    /// The number of features F.
    pub fn features(&self) -> usize {
        self.widths.count() * self.filters
    }

    /// How many values a word brings: one for each filter and each place under it.
    pub fn width(&self) -> usize {
        self.widths.sum() * self.filters
    }

    /// What words with the vectors `x (U, D)` bring: `brought (U, width)`. `panels` is what it works in.
    pub fn bring<T: Real>(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, brought: &mut [T]) {
        let (words, width) = (x.len() / self.input, self.width());
        panels.lay(view(&weights[..width * self.input], width, self.input).reversed_axes());
        panels.set_matmul(view(x, words, self.input), view_mut(brought, words, width));
    }

    /// `features (B, F)` of documents with these lengths. The rows of `input` are those of the documents' words, document
    /// after document; it starts from nothing.
    pub fn forward<T: Real>(
        &self,
        weights: &[T],
        lengths: impl Iterator<Item = usize>,
        input: Input<T>,
        tape: &mut Tape<T>,
        features: &mut [T],
    ) {
        let width = self.width();
        let own = room(&mut tape.brought, input.x.len() / self.input * width);
        self.bring(weights, input.x, &mut tape.panels, own);
        let (first, mut rows) = match input.known {
            None => (&[][..], input.rows),
            Some(known) => {
                // The known words come first, then the others in their order.
                let mut next = (known.brought.len() / width) as u32;
                tape.rows.clear();
                tape.rows.extend(known.rows.iter().map(|row| {
                    row.unwrap_or_else(|| {
                        next += 1;
                        next - 1
                    })
                }));
                let distinct = tape.rows.len();
                for &number in input.rows {
                    tape.rows.push(tape.rows[number as usize]);
                }
                (known.brought, &tape.rows[distinct..])
            }
        };
        let source = Source { first, then: own, width };
        let biases = &weights[width * self.input..];
        let chosen = room(&mut tape.chosen, features.len());
        let outputs =
            features.chunks_exact_mut(self.features()).zip(chosen.chunks_exact_mut(self.features()));
        for (length, (features, chosen)) in lengths.zip(outputs) {
            let (words, others) = rows.split_at(length);
            rows = others;
            let padded = length.max(self.widths.widest());
            let outputs = features.chunks_exact_mut(self.filters).zip(chosen.chunks_exact_mut(self.filters));
            let mut column = 0;
            for ((width, bias), (y, chosen)) in
                self.widths.iter().zip(biases.chunks_exact(self.filters)).zip(outputs)
            {
                largest(source, words, column, width, padded + 1 - width, y, chosen);
                column += width * self.filters;
                for ((y, chosen), &bias) in y.iter_mut().zip(chosen).zip(bias) {
                    *y += bias;
                    // Not a number stays one, so that it is noticed.
                    if *y <= T::zero() {
                        (*y, *chosen) = (T::zero(), NONE);
                    }
                }
            }
        }
    }

    /// From the gradient of the features, `d_features (B, F)`: adds to `gradient`, and to `dx (U, D)`, that of the
    /// distinct vectors, if it is asked for. `input` is that of the forward pass, of which no word was known.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Real>(
        &self,
        weights: &[T],
        lengths: impl Iterator<Item = usize>,
        input: Input<T>,
        tape: &Tape<T>,
        d_features: &[T],
        gradient: &mut [T],
        mut dx: Option<&mut [T]>,
    ) {
        let (d_weights, d_biases) = gradient.split_at_mut(self.width() * self.input);
        let of_documents =
            d_features.chunks_exact(self.features()).zip(tape.chosen.chunks_exact(self.features()));
        let mut rows = input.rows;
        for (length, (dy, chosen)) in lengths.zip(of_documents) {
            let (words, others) = rows.split_at(length);
            rows = others;
            let of_widths = dy.chunks_exact(self.filters).zip(chosen.chunks_exact(self.filters));
            let mut from = 0;
            for ((width, d_bias), (dy, chosen)) in
                self.widths.iter().zip(d_biases.chunks_exact_mut(self.filters)).zip(of_widths)
            {
                let range = from..from + width * self.filters * self.input;
                from = range.end;
                let (weights, d_weights) = (&weights[range.clone()], &mut d_weights[range]);
                let dx = dx.as_deref_mut().unwrap_or_default();
                spread(self.input, width, words, input.x, weights, dy, chosen, d_weights, d_bias, dx);
            }
        }
    }
}

dispatched! {
    /// Of all windows of `width` words, beginning with the first `windows` words, the largest sum of what their words bring
    /// from `column` on: `best (filters)`, and where the first window with that sum begins. Words behind the last are zero.
    fn largest<T>(
        source: Source<T>,
        words: &[u32],
        column: usize,
        width: usize,
        windows: usize,
        best: &mut [T],
        chosen: &mut [u32],
    ) {
        let filters = best.len();
        let mut parts: [&[T]; Widths::WIDEST] = [&[]; Widths::WIDEST];
        for start in 0..windows {
            let there = width.min(words.len().saturating_sub(start));
            for (k, part) in parts[..there].iter_mut().enumerate() {
                *part = &source.row(words[start + k])[column + k * filters..][..filters];
            }
            let parts = &parts[..there];
            if filters < LANES {
                for filter in 0..filters {
                    take::<T, 1>(parts, filter, start, best, chosen);
                }
                continue;
            }
            // The last vector may hold some filters for a second time, for which it changes nothing.
            for filter in (0..filters).step_by(LANES) {
                take::<T, LANES>(parts, filter.min(filters - LANES), start, best, chosen);
            }
        }
    }

    /// From the gradient `dy (filters)` of one document: adds to `d_weights (width, filters, D)`, `d_bias (filters)` and,
    /// unless it is empty, `dx (U, D)`.
    fn spread<T>(
        dim: usize,
        width: usize,
        words: &[u32],
        x: &[T],
        weights: &[T],
        dy: &[T],
        chosen: &[u32],
        d_weights: &mut [T],
        d_bias: &mut [T],
        dx: &mut [T],
    ) {
        let filters = dy.len();
        for (filter, (&dy, &start)) in dy.iter().zip(chosen).enumerate() {
            if start == NONE || dy == T::zero() {
                continue;
            }
            d_bias[filter] += dy;
            for (k, &word) in words.iter().skip(start as usize).take(width).enumerate() {
                let (of_weight, of_word) = ((k * filters + filter) * dim, word as usize * dim);
                let x = &x[of_word..][..dim];
                for (dw, &x) in d_weights[of_weight..][..dim].iter_mut().zip(x) {
                    *dw = L::mul_add(dy, x, *dw);
                }
                if !dx.is_empty() {
                    let w = &weights[of_weight..][..dim];
                    for (dx, &w) in dx[of_word..][..dim].iter_mut().zip(w) {
                        *dx = L::mul_add(dy, w, *dx);
                    }
                }
            }
        }
    }
}

/// N filters from `filter` on of the window that begins at `start`: the sum of its `parts`, where it is the largest so far.
#[inline(always)]
fn take<T: Real, const N: usize>(
    parts: &[&[T]],
    filter: usize,
    start: usize,
    best: &mut [T],
    chosen: &mut [u32],
) {
    let mut sum = [T::zero(); N];
    for part in parts {
        if let Some(part) = part[filter..].first_chunk::<N>() {
            for lane in 0..N {
                sum[lane] += part[lane];
            }
        }
    }
    let both = (best[filter..].first_chunk_mut::<N>(), chosen[filter..].first_chunk_mut::<N>());
    let (Some(best), Some(chosen)) = both else { return };
    for lane in 0..N {
        // What is not a number is larger than all, so that it is noticed.
        let larger = start == 0 || sum[lane] > best[lane] || sum[lane].is_nan();
        best[lane] = if larger { sum[lane] } else { best[lane] };
        chosen[lane] = if larger { start as u32 } else { chosen[lane] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use crate::nn::gradient_check;
    use crate::nn::recurrent::Known;
    use crate::rng::{stream, unit64};

    fn layer(widths: &[usize], filters: usize, input: usize) -> TextConvolution {
        TextConvolution { input, widths: Widths::try_from(widths.to_vec()).unwrap(), filters }
    }

    fn parameters(layer: &TextConvolution) -> usize {
        layer.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }

    #[test]
    fn gradients_of_all_weights_and_inputs_agree_with_finite_differences() {
        let shapes = [layer(&[3, 1, 2], 4, 3), layer(&[2, 2], 17, 2), layer(&[4], 1, 1)];
        for (lengths, layer) in
            [vec![1], vec![2, 7, 0, 1, 5], vec![4, 3]].iter().flat_map(|l| shapes.iter().map(move |s| (l, s)))
        {
            let count: usize = lengths.iter().sum();
            // Words that stand in several places.
            let distinct = count.div_ceil(2);
            let rows: Vec<u32> = (0..count).map(|place| (place * 3 % distinct) as u32).collect();
            let mut rng = stream(4, "text convolution test", 0);
            let mut draw = |n: usize| (0..n).map(|_| 1.6 * unit64(&mut rng) - 0.8).collect::<Vec<f64>>();
            let split = parameters(layer);
            let at = draw(split + distinct * layer.input);
            let slopes = draw(lengths.len() * layer.features());
            let run = |at: &[f64], tape: &mut Tape<f64>| {
                let (weights, x) = at.split_at(split);
                let mut features = vec![f64::NAN; slopes.len()];
                let input = Input { x, rows: &rows, known: None, start: None };
                layer.forward(weights, lengths.iter().copied(), input, tape, &mut features);
                features.iter().zip(&slopes).map(|(f, s)| f * s).sum::<f64>()
            };
            let mut tape = Tape::default();
            run(&at, &mut tape);
            let mut analytic = vec![0.0; at.len()];
            let (weights, x) = at.split_at(split);
            let input = Input { x, rows: &rows, known: None, start: None };
            let lengths = || lengths.iter().copied();
            let (gradient, dx) = analytic.split_at_mut(split);
            layer.backward(weights, lengths(), input, &tape, &slopes, gradient, Some(dx));
            let error = gradient_check::worst(&at, &analytic, 1e-4, |point| run(point, &mut tape));
            assert!(error < 1e-6, "{layer:?}: {error:e}");
            assert!(analytic[..split].iter().any(|&slope| slope != 0.0));
            // Without a gradient of the vectors that of the weights is the same.
            let mut alone = vec![0.0; split];
            run(&at, &mut tape);
            layer.backward(weights, lengths(), input, &tape, &slopes, &mut alone, None);
            assert_eq!(alone, analytic[..split]);
        }
    }

    #[test]
    fn words_that_are_known_bring_the_same_bits_at_every_level() {
        let layer = layer(&[3, 5], 21, 7);
        let mut rng = stream(5, "text convolution test", 0);
        let mut draw = |n: usize| (0..n).map(|_| unit64(&mut rng) as f32 - 0.5).collect::<Vec<f32>>();
        let (weights, x) = (draw(parameters(&layer)), draw(6 * 7));
        let rows = [0, 1, 2, 3, 4, 5, 1, 1, 4, 0, 2, 5, 5];
        let lengths = [9, 0, 4];
        let mut first: Option<Vec<f32>> = None;
        for level in Level::all() {
            level.force(|| {
                let features = |x: &[f32], known| {
                    let mut features = vec![f32::NAN; 3 * layer.features()];
                    let input = Input { x, rows: &rows, known, start: None };
                    layer.forward(&weights, lengths.into_iter(), input, &mut Tape::default(), &mut features);
                    features
                };
                let whole = features(&x, None);
                assert!(whole.iter().any(|&y| y > 0.0) && whole.iter().all(|&y| y >= 0.0));
                // Words 4 and 1 are known, in that order.
                let known_x = [&x[4 * 7..5 * 7], &x[7..2 * 7]].concat();
                let mut brought = vec![0.0; 2 * layer.width()];
                layer.bring(&weights, &known_x, &mut Panels::default(), &mut brought);
                let places = [None, Some(1), None, None, Some(0), None];
                let others = [&x[..7], &x[2 * 7..4 * 7], &x[5 * 7..]].concat();
                let known = Known { brought: &brought, rows: &places };
                assert_eq!(features(&others, Some(known)), whole);
                // Without fused multiplication the matmul has bits of its own.
                if level > Level::Baseline {
                    assert_eq!(*first.get_or_insert_with(|| whole.clone()), whole, "{level:?}");
                }
            });
        }
    }
}
