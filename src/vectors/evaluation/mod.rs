//! How good vectors are by two public yardsticks: lists of word pairs that people have scored, and
//! analogies (`: section` lines and four words a line, as in questions-words).
//!
//! The lists are read by [`lists`]; [`Gauge`] asks them bit by bit, so that it can be done while training waits.

mod gauge;
pub mod lists;

use std::path::Path;

use crate::error::Result;

use super::query::View;

pub use gauge::{Gauge, Yardsticks};
use lists::{Pairs, Questions};

/// How well similarities agree with people's scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// Spearman's rank correlation over the pairs used; 0 if it is not defined.
    pub spearman: f64,
    /// Pairs in the list.
    pub pairs: usize,
    /// Pairs of which both words have a vector; the others are left out.
    pub used: usize,
}

/// How many analogies were solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Analogies {
    pub sections: Vec<Section>,
}

/// A section of a list of analogies.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    pub name: String,
    pub correct: usize,
    /// Questions of which all four words are among those looked at.
    pub asked: usize,
    /// Questions that were left out.
    pub skipped: usize,
}

/// Compares the cosines of pairs of words with the scores of a [list](Pairs::read).
///
/// # Errors
/// When the list cannot be read.
pub fn similarity(view: View, path: &Path) -> Result<Similarity> {
    Ok(gauge::similarity(&|word| view.of_word(word), &Pairs::read(path)?))
}

/// Answers a [list](Questions::read) of analogies by 3CosAdd over the first `first` words; the three given words are
/// left out.
///
/// # Errors
/// When the list cannot be read.
pub fn analogies(view: View, path: &Path, first: usize) -> Result<Analogies> {
    let questions = Questions::read(path)?;
    let mut asking = gauge::Asking::new(view.words(), &|id| view.row(id), &questions, first);
    while !asking.step(usize::MAX) {}
    Ok(asking.finish(&questions))
}

impl Analogies {
    /// All questions that were asked.
    pub fn asked(&self) -> usize {
        self.sections.iter().map(|section| section.asked).sum()
    }

    /// All right answers.
    pub fn correct(&self) -> usize {
        self.sections.iter().map(|section| section.correct).sum()
    }

    /// The share of right answers; 0 if nothing was asked.
    pub fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.asked().max(1) as f64
    }
}

/// Spearman's rank correlation: Pearson's over ranks, equals having the mean of their ranks. 0 if it is
/// not defined.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let correlation = product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt();
    if correlation.is_finite() { correlation } else { 0.0 }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for equals in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // Ranks count from 1: those of start+1 ..= start+n have this mean.
        let rank = start as f64 + (equals.len() as f64 + 1.0) / 2.0;
        equals.iter().for_each(|&i| ranks[i] = rank);
        start += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::WordVectors;
    use std::fs;

    #[test]
    fn spearman_gives_equals_the_mean_of_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 15.0]) - 0.5).abs() < 1e-12);
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 9]).statistic
        assert!(
            (spearman(&[1.0, 2.0, 2.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 3.0, 9.0]) - 0.763_157_894_736_842).abs()
                < 1e-9
        );
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
        assert_eq!(spearman(&[], &[]), 0.0);
    }

    fn vectors() -> WordVectors {
        let words = ["man", "woman", "king", "queen", "apple"].into_iter().collect();
        let matrix = ndarray::arr2(&[
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [1.0, 0.0, 1.0],
            [0.0, 1.0, 1.0],
            [0.5, 0.5, -1.0],
        ]);
        WordVectors::new(words, matrix, None).unwrap()
    }

    #[test]
    fn analogies_are_counted_by_section() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.txt");
        fs::write(&path, ": royal\nMan King Woman Queen\nking man queen woman\nman king woman emperor\n: odd\nman king woman apple\n").unwrap();
        let vectors = vectors();
        let found = analogies(vectors.view(), &path, 100).unwrap();
        let section =
            |name: &str, correct, asked, skipped| Section { name: name.into(), correct, asked, skipped };
        assert_eq!(found.sections, [section("royal", 2, 2, 1), section("odd", 0, 1, 0)]);
        assert_eq!((found.asked(), found.correct()), (3, 2));
        assert_eq!(analogies(vectors.view(), &path, 3).unwrap().asked(), 0);
        fs::write(&path, ": a\none two three\n").unwrap();
        let error = analogies(vectors.view(), &path, 100).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("four words"), "{error}");
    }

    #[test]
    fn pairs_without_vectors_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.txt");
        fs::write(&path, "word1,word2,score\nKing,queen,9\nman\tking\t8\nman apple 1.5\nman unicorn 7\n")
            .unwrap();
        let found = similarity(vectors().view(), &path).unwrap();
        assert_eq!((found.pairs, found.used), (4, 3));
        assert!((found.spearman - 0.5).abs() < 1e-9, "{}", found.spearman);
        fs::write(&path, "a b 1\nc d x\n").unwrap();
        let error = similarity(vectors().view(), &path).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
