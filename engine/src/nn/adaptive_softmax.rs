//! A softmax over a vocabulary that costs little for rare words (Grave et al., *Efficient softmax approximation for
//! GPUs*, 2017). The head holds the most frequent words and one entry for each tail. The tails hold the other words.
//!
//! The probability of a word in a tail is p(entry of the tail, in the head) times p(word, within the tail). So the
//! probabilities of all words add up to one, and the perplexity is exact. Only the rows whose target is in a tail are
//! computed for that tail. By a projection, a tail reads fewer features the rarer its words are. If the weights are
//! the word vectors (tied weights), every tail reads all features, because projecting the vectors would cost more
//! than it saves. Without tails this is a [`WordSoftmax`].
//!
//! The weights are stored one after another in the order of [`AdaptiveSoftmax::tensors`]. The rows of the tails'
//! entries come before those of the words, so that the head is one matrix.

use std::ops::Range;

use crate::kernel::{Real, axpy, matmul, view, view_mut};
use crate::nn::flops::Flops;
use crate::nn::room as buffer;
use crate::nn::word_softmax::{Gradients, WordSoftmax};

/// The cuts of a vocabulary: the first word of each tail, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cuts {
    at: [usize; Cuts::MOST],
    tails: usize,
}

impl Cuts {
    /// The largest number of tails.
    pub const MOST: usize = 4;

    /// Cuts at these words, ascending. Cuts at or beyond `words` are dropped, because no word would be in their tail.
    ///
    /// # Panics
    /// If they do not ascend from 1, or are too many.
    pub fn new(at: &[usize], words: usize) -> Cuts {
        assert!(at.first() != Some(&0) && at.is_sorted_by(|a, b| a < b) && at.len() <= Cuts::MOST, "{at:?}");
        let mut cuts = Cuts::default();
        for &at in at.iter().filter(|&&at| at < words) {
            cuts.at[cuts.tails] = at;
            cuts.tails += 1;
        }
        cuts
    }

    /// The first word of each tail.
    pub fn as_slice(&self) -> &[usize] {
        &self.at[..self.tails]
    }
}

/// A linear layer and an adaptive softmax, from F features to V words. The most frequent words come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveSoftmax {
    /// F, the number of features of a position.
    pub features: usize,
    /// V, the number of words.
    pub words: usize,
    /// The words at which the head ends and each tail begins.
    pub cuts: Cuts,
    /// If true, tail i reads F / 4^(i + 1) features, by a projection. Otherwise it reads all F, as the head does.
    pub reduced: bool,
}

/// One tail: its words, and where its parameters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The ids of its words. An id is the word's rank by frequency.
    pub words: Range<usize>,
    /// The number of features that it reads, d.
    pub features: usize,
    /// `(d, F)` among the weights; empty if nothing is projected.
    pub projection: Range<usize>,
    /// `(words, d)` among the weights.
    pub weight: Range<usize>,
    /// `(words)` among the biases.
    pub bias: Range<usize>,
}

impl Tail {
    fn softmax(&self) -> WordSoftmax {
        WordSoftmax { features: self.features, words: self.words.len() }
    }
}

/// Buffers for a forward and backward pass. They grow to the size of the largest batch.
#[derive(Debug, Clone, Default)]
pub struct Room<T> {
    logits: Vec<T>,
    /// The targets of the head.
    head: Vec<u32>,
    /// Of one tail: the rows whose target is in it, and these targets, counted from the tail's first word.
    rows: Vec<u32>,
    targets: Vec<u32>,
    /// The input rows of the tail `(n, F)`, the same after projection `(n, d)`, and the gradients of both.
    x: Vec<T>,
    projected: Vec<T>,
    dx: Vec<T>,
    d_projected: Vec<T>,
}

impl AdaptiveSoftmax {
    /// The number of words in the head.
    pub fn frequent(&self) -> usize {
        self.cuts.as_slice().first().map_or(self.words, |&first| first)
    }

    fn tail_count(&self) -> usize {
        self.cuts.tails
    }

    /// The softmax over the tails' entries and the head's words.
    fn head(&self) -> WordSoftmax {
        WordSoftmax { features: self.features, words: self.tail_count() + self.frequent() }
    }

    /// The tails, the most frequent words first.
    pub fn tails(&self) -> Vec<Tail> {
        let (entries, cuts) = (self.tail_count(), self.cuts.as_slice());
        let mut end = self.head().words * self.features;
        let mut next = |size: usize| {
            end += size;
            end - size..end
        };
        let tail = |(place, &from): (usize, &usize)| {
            let words = from..cuts.get(place + 1).copied().unwrap_or(self.words);
            let features =
                if self.reduced { (self.features >> (2 * (place + 1))).max(1) } else { self.features };
            let projection = next(if self.reduced { features * self.features } else { 0 });
            let weight = next(words.len() * features);
            let bias = entries + words.start..entries + words.end;
            Tail { words, features, projection, weight, bias }
        };
        cuts.iter().enumerate().map(tail).collect()
    }

    /// Names and shapes of the weights, in the order in which they are stored. If tails are not reduced, the words of
    /// the head and of all tails share one tensor, `words`.
    pub fn tensors(&self, words: &str) -> Vec<(String, Vec<usize>)> {
        let mut all = Vec::new();
        if self.tail_count() > 0 {
            all.push(("tails.weight".to_string(), vec![self.tail_count(), self.features]));
        }
        let together = if self.reduced { self.frequent() } else { self.words };
        all.push((words.to_string(), vec![together, self.features]));
        if self.reduced {
            for (place, tail) in self.tails().into_iter().enumerate() {
                all.push((format!("tails.{place}.projection"), vec![tail.features, self.features]));
                all.push((format!("tails.{place}.weight"), vec![tail.words.len(), tail.features]));
            }
        }
        all
    }

    /// The number of weights and the number of biases. The tails' entries come first, then the words.
    pub fn sizes(&self) -> (usize, usize) {
        let head = self.head().words * self.features;
        (self.tails().last().map_or(head, |tail| tail.weight.end), self.tail_count() + self.words)
    }

    /// The floating-point operations for rows with these targets: the head for each row, and the tail of its target.
    pub fn flops(&self, targets: &[u32]) -> Flops {
        let of_tail = |tail: Tail| {
            let rows = targets.iter().filter(|&&word| tail.words.contains(&(word as usize))).count();
            let projected = if self.reduced { self.features * tail.features } else { 0 };
            Flops::product(rows * projected) + tail.softmax().flops(rows)
        };
        self.head().flops(targets.len()) + self.tails().into_iter().map(of_tail).sum()
    }

    /// The sum of -ln p(target) over the rows of `x (N, F)`, in nats.
    ///
    /// # Panics
    /// If the number of targets is not the number of rows, or a target is not a word.
    pub fn loss<T: Real>(
        &self,
        (weight, bias): (&[T], &[T]),
        x: &[T],
        targets: &[u32],
        room: &mut Room<T>,
    ) -> f64 {
        self.take(targets, &mut room.head);
        let mut sum = self.head().loss(self.head_of(weight, bias), x, &room.head, &mut room.logits);
        for tail in self.tails() {
            self.gather(&tail, weight, x, targets, room);
            let Room { logits, targets, x, projected, .. } = &mut *room;
            let read = if self.reduced { &projected[..] } else { &x[..] };
            let weights = (&weight[tail.weight.clone()], &bias[tail.bias.clone()]);
            sum += tail.softmax().loss(weights, read, targets, logits);
        }
        sum
    }

    /// As [`loss`](Self::loss), and also writes the gradient of `scale` times the loss.
    ///
    /// # Panics
    /// As [`loss`](Self::loss).
    pub fn loss_and_gradient<T: Real>(
        &self,
        (weight, bias): (&[T], &[T]),
        x: &[T],
        targets: &[u32],
        scale: T,
        to: Gradients<T>,
        room: &mut Room<T>,
    ) -> f64 {
        self.take(targets, &mut room.head);
        let (head, features) = (self.head(), self.features);
        let Gradients { x: dx, weight: d_weight, bias: d_bias } = to;
        let d_head = Gradients {
            x: &mut *dx,
            weight: &mut d_weight[..head.words * features],
            bias: &mut d_bias[..head.words],
        };
        let weights = self.head_of(weight, bias);
        let mut sum = head.loss_and_gradient(weights, x, &room.head, scale, d_head, &mut room.logits);
        for tail in self.tails() {
            self.gather(&tail, weight, x, targets, room);
            let Room { logits, rows, targets, x, projected, dx: d_rows, d_projected, .. } = &mut *room;
            let (n, d) = (rows.len(), tail.features);
            let read = if self.reduced { &projected[..] } else { &x[..] };
            let d_rows = buffer(d_rows, n * features);
            let d_read = if self.reduced { buffer(d_projected, n * d) } else { &mut *d_rows };
            let d_tail = Gradients {
                x: &mut *d_read,
                weight: &mut d_weight[tail.weight.clone()],
                bias: &mut d_bias[tail.bias.clone()],
            };
            let weights = (&weight[tail.weight.clone()], &bias[tail.bias.clone()]);
            sum += tail.softmax().loss_and_gradient(weights, read, targets, scale, d_tail, logits);
            if self.reduced {
                let d_read = view(&d_projected[..n * d], n, d);
                let d_projection = &mut d_weight[tail.projection.clone()];
                if n == 0 {
                    d_projection.fill(T::zero());
                }
                let (x, d_projection) = (view(x, n, features), view_mut(d_projection, d, features));
                matmul(T::one(), d_read.reversed_axes(), x, T::zero(), d_projection);
                let projection = view(&weight[tail.projection.clone()], d, features);
                matmul(T::one(), d_read, projection, T::zero(), view_mut(d_rows, n, features));
            }
            for (&row, from) in rows.iter().zip(d_rows.chunks_exact(features)) {
                axpy(T::one(), from, &mut dx[row as usize * features..][..features]);
            }
        }
        sum
    }

    /// The logits `(V)` of one row of features. The logits of a tail are shifted so that their log-sum-exp equals the
    /// logit of the tail's entry in the head.
    pub fn logits<T: Real>(
        &self,
        (weight, bias): (&[T], &[T]),
        x: &[T],
        logits: &mut [T],
        room: &mut Room<T>,
    ) {
        let entries = self.tail_count();
        let head = buffer(&mut room.logits, self.head().words);
        self.head().logits(self.head_of(weight, bias), x, head);
        logits[..self.frequent()].copy_from_slice(&head[entries..]);
        for (place, tail) in self.tails().iter().enumerate() {
            let entry = head[place];
            let logits = &mut logits[tail.words.clone()];
            let weights = (&weight[tail.weight.clone()], &bias[tail.bias.clone()]);
            if self.reduced {
                let read = buffer(&mut room.projected, tail.features);
                project(&weight[tail.projection.clone()], x, self.features, read);
                tail.softmax().logits(weights, read, logits);
            } else {
                tail.softmax().logits(weights, x, logits);
            }
            let shift = entry - T::of(log_sum(logits));
            logits.iter_mut().for_each(|logit| *logit += shift);
        }
    }

    fn head_of<'a, T>(&self, weight: &'a [T], bias: &'a [T]) -> (&'a [T], &'a [T]) {
        let head = self.head();
        (&weight[..head.words * self.features], &bias[..head.words])
    }

    /// The targets of the head. For a word of a tail, the target is the tail's entry.
    fn take(&self, targets: &[u32], head: &mut Vec<u32>) {
        let (entries, cuts) = (self.tail_count() as u32, self.cuts.as_slice());
        head.clear();
        head.extend(targets.iter().map(|&word| {
            assert!((word as usize) < self.words, "word {word} of {}", self.words);
            let tails = cuts.partition_point(|&cut| cut <= word as usize) as u32;
            if tails == 0 { entries + word } else { tails - 1 }
        }));
    }

    /// Collects the rows whose target is in the tail, and projects them if the tail is reduced.
    fn gather<T: Real>(&self, tail: &Tail, weight: &[T], from: &[T], words: &[u32], to: &mut Room<T>) {
        let Room { rows, targets, x, projected, .. } = to;
        rows.clear();
        targets.clear();
        x.clear();
        for (row, &word) in words.iter().enumerate() {
            if tail.words.contains(&(word as usize)) {
                rows.push(row as u32);
                targets.push(word - tail.words.start as u32);
                x.extend_from_slice(&from[row * self.features..][..self.features]);
            }
        }
        projected.clear();
        if self.reduced {
            projected.resize(rows.len() * tail.features, T::zero());
            project(&weight[tail.projection.clone()], x, self.features, projected);
        }
    }
}

/// Multiplies `x (n, F)` by a projection `(d, F)`; writes `(n, d)`.
fn project<T: Real>(projection: &[T], x: &[T], features: usize, to: &mut [T]) {
    let (n, d) = (x.len() / features, projection.len() / features);
    let projection = view(projection, d, features).reversed_axes();
    matmul(T::one(), view(x, n, features), projection, T::zero(), view_mut(to, n, d));
}

/// The logarithm of the sum of the exponentials of `logits` (log-sum-exp).
pub fn log_sum<T: Real>(logits: &[T]) -> f64 {
    let top = logits.iter().fold(f64::NEG_INFINITY, |top, logit| top.max(logit.wide()));
    top + logits.iter().map(|logit| (logit.wide() - top).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
