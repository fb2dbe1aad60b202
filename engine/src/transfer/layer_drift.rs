//! How far fine-tuning moved the layers of a sentence encoder: their parameters, and the states of tokens after them on a
//! few texts.

use std::sync::OnceLock;

use crate::models::sentence_encoder::{SentenceEncoder, Tape};
use crate::session::layer_drift::MovedLayer;

/// The most texts whose states are compared, and the number of tokens after which no further text is taken.
const TEXTS: usize = 16;
const TOKENS: usize = 384;

/// Places of texts that stand for all `count` of them, evenly apart; `tokens` is the length of a text.
pub fn sample(count: usize, tokens: impl Fn(usize) -> usize) -> Vec<usize> {
    let (wanted, mut sum, mut chosen) = (count.min(TEXTS), 0, Vec::new());
    for i in 0..wanted {
        let place = i * count / wanted;
        if sum >= TOKENS {
            break;
        }
        sum += tokens(place);
        chosen.push(place);
    }
    chosen
}

/// A fine-tuned encoder beside the published one.
pub struct Encoders<'a> {
    /// As it is now.
    pub now: &'a SentenceEncoder<f32>,
    /// As it was published.
    pub published: &'a SentenceEncoder<f32>,
    /// The texts whose states are compared.
    pub texts: Vec<&'a [u32]>,
    /// Their states after each layer of the published encoder, once they were computed.
    pub states: &'a OnceLock<Vec<Vec<f32>>>,
}

impl Encoders<'_> {
    /// How far each layer has moved, from the embeddings up.
    pub fn moved(&self) -> Vec<MovedLayer> {
        let mut tape = Tape::default();
        let before = match self.states.get() {
            Some(before) => before,
            // Not computed within the lock: a thread that waits there may be one that the computation needs.
            None => {
                let before = self.published.states_by_layer(&self.texts, &mut tape);
                self.states.get_or_init(|| before)
            }
        };
        let now = self.now.states_by_layer(&self.texts, &mut tape);
        let width = self.now.config.width();
        let groups = self.published.groups().into_iter();
        let moved = groups.zip(before.iter().zip(&now)).map(|(group, (before, now))| {
            let mut sums = Sums::default();
            sums.add(&self.published.dense[group.dense.clone()], &self.now.dense[group.dense.clone()]);
            if group.tokens {
                for id in self.now.tokens.trained_ids() {
                    sums.add(self.published.tokens.row(id), self.now.tokens.row(id));
                }
            }
            let cosines = before.chunks_exact(width).zip(now.chunks_exact(width)).map(cosine);
            let tokens = (before.len() / width).max(1);
            let cosine = cosines.sum::<f64>() / tokens as f64;
            MovedLayer { layer: group.name, change: sums.change(), cosine: cosine as f32 }
        });
        moved.collect()
    }
}

/// Sums of squares: of published parameters, and of their changes.
#[derive(Default)]
struct Sums {
    before: f64,
    change: f64,
}

impl Sums {
    fn add(&mut self, before: &[f32], now: &[f32]) {
        for (&before, &now) in before.iter().zip(now) {
            let (before, change) = (f64::from(before), f64::from(now) - f64::from(before));
            self.before += before * before;
            self.change += change * change;
        }
    }

    fn change(&self) -> f32 {
        if self.before > 0.0 { (self.change / self.before).sqrt() as f32 } else { 0.0 }
    }
}

fn cosine((a, b): (&[f32], &[f32])) -> f64 {
    let (mut dot, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a), f64::from(b));
        dot += a * b;
        aa += a * a;
        bb += b * b;
    }
    // States of equal bits must have a cosine of exactly 1.
    if aa == dot && bb == dot { 1.0 } else { dot / (aa * bb).sqrt().max(f64::MIN_POSITIVE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::sentence_encoder::PublishedEncoder;
    use crate::models::sentence_encoder::tests::folders::folder;

    #[test]
    fn a_sample_is_spread_over_the_texts_and_bounded() {
        assert_eq!(sample(3, |_| 10), [0, 1, 2]);
        assert_eq!(sample(160, |_| 10), (0..16).map(|i| i * 10).collect::<Vec<_>>());
        assert_eq!(sample(160, |_| 200), [0, 10]);
        assert!(sample(0, |_| 1).is_empty());
    }

    #[test]
    fn only_what_changed_has_moved_and_only_states_above_it() {
        for family in ["bert", "mpnet"] {
            let published = PublishedEncoder::read(folder(family).path()).unwrap().model;
            let texts: [&[u32]; 2] = [&[2, 5, 9, 7, 3], &[2, 11, 4]];
            let moved = |now: &SentenceEncoder<f32>| {
                let states = OnceLock::new();
                Encoders { now, published: &published, texts: texts.to_vec(), states: &states }.moved()
            };
            let names: Vec<String> = moved(&published).into_iter().map(|layer| layer.layer).collect();
            assert_eq!(names, ["embeddings", "layer 1", "layer 2"]);
            assert!(moved(&published).iter().all(|layer| layer.change == 0.0 && layer.cosine == 1.0));

            // All parameters of the first layer grow by a tenth.
            let mut now = published.clone();
            let range = published.groups()[1].dense.clone();
            now.dense[range].iter_mut().for_each(|x| *x *= 1.1);
            let [embeddings, first, second] = &moved(&now)[..] else { panic!() };
            assert_eq!((embeddings.change, embeddings.cosine, second.change), (0.0, 1.0, 0.0));
            assert!((first.change - 0.1).abs() < 1e-5, "{}", first.change);
            assert!(first.cosine < 0.9999 && second.cosine < 0.9999, "{first:?} {second:?}");

            // Of the token table the trained rows count.
            let mut now = published.clone();
            now.tokens = now.tokens.training([5, 9].into_iter());
            assert_eq!(moved(&now)[0].change, 0.0);
            now.tokens.trained[3] += 1.0;
            let [embeddings, first, second] = &moved(&now)[..] else { panic!() };
            let squares = |values: &[f32]| values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
            let dense = squares(&published.dense[published.groups()[0].dense.clone()]);
            let all = dense + squares(published.tokens.row(5)) + squares(published.tokens.row(9));
            assert!((f64::from(embeddings.change) - (1.0 / all).sqrt()).abs() < 1e-6);
            assert!(embeddings.cosine < 1.0 && (first.change, second.change) == (0.0, 0.0));
        }
    }
}
