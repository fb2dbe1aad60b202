//! The learning rates of a continued training, group by group: words that the file has, new words, output weights.
//!
//! The length of vectors decides how fast they turn, and published vectors may be many times longer than those of
//! skip-gram. Therefore each step takes place on vectors that are multiplied by [`scale`], so that all are about [`LENGTH`]
//! long, and its change is divided by it. The scale is a power of two, so vectors that are eight times as long are trained
//! to the same ones, eight times as long, bit by bit; and what does not move keeps its bits.

use super::parts::Parts;
use super::start::Start;
use super::table::{Anchor, Merging, SharedTable};
use crate::kernel::Aligned;
use crate::text::vocabulary::Vocabulary;

/// The length at which vectors begin, about that of skip-gram's vectors in the middle of their training. It was measured;
/// `docs/word-vectors.md` has the figures.
const LENGTH: f64 = 1.0;

/// The learning rates of the rows, and the vectors to which they are pulled.
#[derive(Debug)]
pub struct Groups {
    /// For each learned row, of words and of n-grams, its learning rate as a multiple of the usual one.
    rows: Vec<f32>,
    /// With subwords: the mean of the rates of each word's rows, and those of the words of a block.
    words: Vec<f32>,
    block: Vec<f32>,
    /// Where the rows began `(rows, stride)`, and the strength of the pull.
    anchor: Option<(Aligned, f32)>,
    /// The factor of the vectors in a step.
    pub scale: f32,
}

/// The power of two that makes vectors of this root mean square length about [`LENGTH`] long.
fn scale(length: f64) -> f32 {
    match (LENGTH / length).log2().round() {
        exponent if exponent.is_finite() => 2.0_f32.powi(exponent.clamp(-20.0, 20.0) as i32),
        _ => 1.0,
    }
}

impl Groups {
    /// The groups of a training that begins with `start`.
    pub fn new(start: &Start, vocabulary: &Vocabulary, parts: Option<&Parts>, table: &SharedTable) -> Groups {
        let rows = start.rates(vocabulary, parts);
        let mean = |word| {
            let of_word = parts.map_or(&[][..], |parts: &Parts| parts.of(word));
            of_word.iter().map(|&row| rows[row as usize]).sum::<f32>() / of_word.len() as f32
        };
        let words = parts.map_or(Vec::new(), |parts| (0..parts.words()).map(mean).collect());
        let anchor = (start.asked.anchor > 0.0).then(|| {
            let mut began = SharedTable::new(table.data.len() / table.stride, table.dim, &[]);
            start.fill(vocabulary, parts, &mut began);
            (began.data, start.asked.anchor)
        });
        Groups { words, block: Vec::new(), anchor, scale: scale(start.length(vocabulary)), rows }
    }

    /// Looks up the rates of a block's words, if these have subwords.
    pub fn enter(&mut self, words: &[u32]) {
        self.block.clear();
        self.block.extend(words.iter().map(|&word| self.words[word as usize]));
    }

    /// The rates of the rows that shards change: the words, or the composed words of the block.
    pub fn of_inputs(&self) -> &[f32] {
        if self.words.is_empty() { &self.rows } else { &self.block }
    }

    /// How changes of learned rows are merged; `damping` and `pull` are those of a use of a row.
    pub fn merging(&self, damping: f32, pull: f32) -> Merging<'_> {
        let anchor = self.anchor.as_ref().map(|(rows, strength)| Anchor { rows, pull: strength * pull });
        Merging { damping, rates: Some(&self.rows), anchor }
    }

    /// How changes of the composed words of a block are merged, before they are handed on to learned rows.
    pub fn merging_composed(&self, damping: f32) -> Merging<'_> {
        Merging { damping, rates: Some(&self.block), anchor: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_a_power_of_two() {
        for (length, factor) in
            [(1.0, 1.0), (4.0, 0.25), (5.0, 0.25), (0.55, 2.0), (0.0, 1.0), (f64::NAN, 1.0)]
        {
            assert_eq!(scale(length * LENGTH), factor, "{length}");
        }
    }
}
