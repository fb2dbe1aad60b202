//! Convolution over the words of a text with max-over-time pooling: y = max(0, max over t of b + sum over k of W_k
//! x_(t+k)).
//!
//! Kim 2014, "Convolutional neural networks for sentence classification". In PyTorch: for each width w one `Conv1d(D,
//! filters, w)`, then `relu`, then `amax` over time. A text shorter than the widest filter is padded at its end with
//! zero vectors to that filter's width. No text is padded to the length of another.
//!
//! The product of W_k with a word's vector is the same for each occurrence of the word. So it is computed once for
//! each distinct word, and a window of w words is the sum of w of its rows. A few filters are computed at a time, so that
//! their products of all words stay in the cache while the windows read them. In the backward pass only the window with
//! a filter's maximum has a gradient, which touches w rows.

use std::ops::Range;

use crate::dispatched;
use crate::kernel::{Panels, Real, view, view_mut};
use crate::nn::flops::Flops;
use crate::nn::recurrent::Input;
use crate::nn::room;
use crate::session::convolution::Widths;

/// From `(B, T, D)` to `(B, F)`, where T is the length of each document and F is the number of widths times the
/// number of filters. Its weights: for each width w `weight (w, filters, D)`, which is PyTorch's `(filters, D, w)`
/// with its axes permuted; then for each width `bias (filters)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextConvolution {
    /// The dimension D of a word's vector.
    pub input: usize,
    /// The widths of the filters, in words.
    pub widths: Widths,
    /// Filters of each width.
    pub filters: usize,
}

/// What the layer keeps of its forward pass, and its buffers. They grow when needed and never shrink.
#[derive(Debug, Clone, Default)]
pub struct Tape<T> {
    /// The weights of a few filters, and the same prepared for the matmul.
    weights: Vec<T>,
    panels: Panels<T>,
    /// The products of the distinct words with these filters.
    projected: Vec<T>,
    /// The row of these products for each word of the batch, if some were computed before.
    rows: Vec<u32>,
    /// The first word, in its document, of the window that gave each feature, `(B, F)`; [`NONE`] if the maximum is
    /// not above 0.
    chosen: Vec<u32>,
}

/// No window: the feature is 0 and has no gradient.
const NONE: u32 = u32::MAX;

/// The number of filters whose sums fill one vector of the widest registers.
const LANES: usize = 16;

/// The number of filters that are computed at a time; the last ones may be some more.
const TOGETHER: usize = 32;

impl TextConvolution {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let weight = |(place, width)| (format!("{place}.weight"), vec![width, self.filters, self.input]);
        let bias = |place| (format!("{place}.bias"), vec![self.filters]);
        let weights = self.widths.iter().enumerate().map(weight);
        weights.chain((0..self.widths.count()).map(bias)).collect()
    }

    /// For each tensor, the number of values that a filter reads (fan-in). PyTorch draws initial values uniformly
    /// within ±1/sqrt(fan-in).
    pub fn fans(&self) -> Vec<usize> {
        let fans = self.widths.iter().map(|width| width * self.input);
        fans.clone().chain(fans).collect()
    }

    /// The number of features F.
    pub fn features(&self) -> usize {
        self.widths.count() * self.filters
    }

    /// The number of products of a word: one for each filter and each position in it.
    pub fn width(&self) -> usize {
        self.widths.sum() * self.filters
    }

    /// The floating-point operations for a document of `words` words. Backward, each filter has the one window that was
    /// the largest (none, if its value is not above 0: then it is fewer).
    pub fn flops(&self, words: usize) -> Flops {
        let window = self.widths.iter().map(|width| width.min(words)).sum::<usize>() * self.filters;
        let Flops { backward, input, .. } = Flops::product(window * self.input);
        let Flops { forward, .. } = Flops::product(words * self.width() * self.input);
        Flops { forward, backward, input }
    }

    /// Computes the products `projected (U, width)` of words with the vectors `x (U, D)`. `panels` is a buffer.
    pub fn project<T: Real>(&self, weights: &[T], x: &[T], panels: &mut Panels<T>, projected: &mut [T]) {
        let (words, width) = (x.len() / self.input, self.width());
        panels.lay(view(&weights[..width * self.input], width, self.input).reversed_axes());
        panels.set_matmul(view(x, words, self.input), view_mut(projected, words, width));
    }

    /// Computes `features (B, F)` of documents with these lengths. The rows of `input` are the documents' words,
    /// document after document. `input.start` is not used.
    pub fn forward<T: Real>(
        &self,
        weights: &[T],
        lengths: impl Iterator<Item = usize> + Clone,
        input: Input<T>,
        tape: &mut Tape<T>,
        features: &mut [T],
    ) {
        let (dim, width) = (self.input, self.width());
        let (first, rows) = match input.known {
            None => (&[][..], input.rows),
            Some(known) => {
                // The known words come first, then the others in their order.
                let mut next = (known.projected.len() / width) as u32;
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
                (known.projected, &tape.rows[distinct..])
            }
        };
        let (weights, biases) = weights.split_at(width * dim);
        let words = input.x.len() / dim;
        let chosen = room(&mut tape.chosen, features.len());
        let mut column = 0;
        for (place, (span, biases)) in self.widths.iter().zip(biases.chunks_exact(self.filters)).enumerate() {
            for filters in together(self.filters) {
                let count = filters.len();
                let own = room(&mut tape.projected, words * span * count);
                if words > 0 {
                    tape.weights.clear();
                    for k in 0..span {
                        let at = (column + k * self.filters + filters.start) * dim;
                        tape.weights.extend_from_slice(&weights[at..at + count * dim]);
                    }
                    tape.panels.lay(view(&tape.weights, span * count, dim).reversed_axes());
                    tape.panels.set_matmul(view(input.x, words, dim), view_mut(own, words, span * count));
                }
                let products = Products {
                    first: Table { values: first, width, column: column + filters.start, step: self.filters },
                    known: first.len() / width,
                    then: Table { values: own, width: span * count, column: 0, step: count },
                };
                let of_documents =
                    features.chunks_exact_mut(self.features()).zip(chosen.chunks_exact_mut(self.features()));
                let mut rows = rows;
                for (length, (features, chosen)) in lengths.clone().zip(of_documents) {
                    let (words, others) = rows.split_at(length);
                    rows = others;
                    let padded = length.max(self.widths.widest());
                    let these = place * self.filters + filters.start..place * self.filters + filters.end;
                    let (y, chosen) = (&mut features[these.clone()], &mut chosen[these]);
                    largest(products, words, span, padded + 1 - span, y, chosen);
                    for ((y, chosen), &bias) in y.iter_mut().zip(chosen).zip(&biases[filters.clone()]) {
                        *y += bias;
                        // NaN stays NaN, so that it is noticed.
                        if *y <= T::zero() {
                            (*y, *chosen) = (T::zero(), NONE);
                        }
                    }
                }
            }
            column += span * self.filters;
        }
    }

    /// From the gradient of the features, `d_features (B, F)`: adds to `gradient` and, if it is given, to `dx (U,
    /// D)`, the gradient of the distinct vectors. `input` is that of the forward pass, without known words.
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

/// The filters, some at a time.
fn together(filters: usize) -> impl Iterator<Item = Range<usize>> {
    let blocks = (filters / TOGETHER).max(1);
    (0..blocks).map(move |block| {
        let end = if block + 1 == blocks { filters } else { (block + 1) * TOGETHER };
        block * TOGETHER..end
    })
}

/// Products of words with some filters at each position: row by row those of a word. Those of position k begin at `column + k *
/// step`.
#[derive(Debug, Clone, Copy)]
struct Table<'a, T> {
    values: &'a [T],
    width: usize,
    column: usize,
    step: usize,
}

/// The products of all words: first those that were computed before, then those of this batch.
#[derive(Debug, Clone, Copy)]
struct Products<'a, T> {
    first: Table<'a, T>,
    /// The rows of the first.
    known: usize,
    then: Table<'a, T>,
}

impl<'a, T> Products<'a, T> {
    /// The products of a word at position k with `filters` filters.
    #[inline(always)]
    fn part(&self, row: u32, k: usize, filters: usize) -> &'a [T] {
        let row = row as usize;
        let (table, row) = if row < self.known { (&self.first, row) } else { (&self.then, row - self.known) };
        &table.values[row * table.width + table.column + k * table.step..][..filters]
    }
}

dispatched! {
    /// For each filter, the largest sum over the windows of `width` words that begin at the first `windows` words.
    /// Writes the sums to `best (filters)` and the start of the first window with this sum to `chosen`. Words beyond
    /// the end are zero.
    fn largest<T>(
        products: Products<T>,
        words: &[u32],
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
                *part = products.part(words[start + k], k, filters);
            }
            let parts = &parts[..there];
            if filters < LANES {
                for filter in 0..filters {
                    take::<T, 1>(parts, filter, start, best, chosen);
                }
                continue;
            }
            // The last vector may repeat some filters. The result is the same.
            for filter in (0..filters).step_by(LANES) {
                take::<T, LANES>(parts, filter.min(filters - LANES), start, best, chosen);
            }
        }
    }

    /// From the gradient `dy (filters)` of one document: adds to `d_weights (width, filters, D)`, to `d_bias
    /// (filters)` and, unless it is empty, to `dx (U, D)`.
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

/// For N filters from `filter` on: the sum of `parts` for the window that begins at `start`, stored if it is the
/// largest so far.
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
        // NaN counts as the largest value, so that it is noticed.
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
            // Words that occur several times.
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
            // Without the gradient of the vectors, the gradient of the weights is the same.
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
                // The products of words 4 and 1 are known, in that order.
                let known_x = [&x[4 * 7..5 * 7], &x[7..2 * 7]].concat();
                let mut projected = vec![0.0; 2 * layer.width()];
                layer.project(&weights, &known_x, &mut Panels::default(), &mut projected);
                let places = [None, Some(1), None, None, Some(0), None];
                let others = [&x[..7], &x[2 * 7..4 * 7], &x[5 * 7..]].concat();
                let known = Known { projected: &projected, rows: &places };
                assert_eq!(features(&others, Some(known)), whole);
                // Without fused multiply-add, the matmul gives other bits.
                if level > Level::Baseline {
                    assert_eq!(*first.get_or_insert_with(|| whole.clone()), whole, "{level:?}");
                }
            });
        }
    }
}
