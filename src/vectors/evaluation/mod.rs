//! How good vectors are by two public benchmarks: lists of word pairs that people have scored, and
//! analogies (`: section` lines and four words a line, as in questions-words).
//!
//! The lists are read by [`lists`]; [`BenchmarkRun`] asks them bit by bit, so that it can be done while training waits.

mod benchmark_run;
mod columns;
mod cosines;
mod finder;
pub mod lists;

use std::path::Path;

use crate::error::Result;

use super::query::View;

pub use benchmark_run::{BenchmarkRun, Benchmarks};
pub use cosines::mean_cosine;
use lists::{Pairs, Questions};

/// How well similarities agree with people's scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// Spearman's rank correlation over the pairs used; `None` where it is not defined, as for fewer than two pairs.
    pub spearman: Option<f64>,
    /// Pairs in the list.
    pub pairs: usize,
    /// Pairs of which both words have a vector; the others are left out.
    pub used: usize,
    /// Words that were found in another case than the list's, and not in lower case, such as "Paris" for "paris".
    pub other_case: usize,
}

/// How many analogies were solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Analogies {
    pub sections: Vec<Section>,
    /// Words that were found in another case, as with [`Similarity::other_case`].
    pub other_case: usize,
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
    Ok(compare(view, &Pairs::read(path)?))
}

/// Compares the cosines of pairs of words with their scores.
pub fn compare(view: View, pairs: &Pairs) -> Similarity {
    benchmark_run::similarity(view.words(), &|id| view.row(id), &|word| view.of_word(word), pairs)
}

/// Answers a [list](Questions::read) of analogies by 3CosAdd over the first `first` words; the three given words are
/// left out.
///
/// # Errors
/// When the list cannot be read.
pub fn analogies(view: View, path: &Path, first: usize) -> Result<Analogies> {
    let questions = Questions::read(path)?;
    let mut asking = benchmark_run::Asking::new(view.words(), &|id| view.row(id), &questions, first);
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

    /// The fraction of right answers; `None` if nothing was asked.
    pub fn accuracy(&self) -> Option<f64> {
        (self.asked() > 0).then(|| self.correct() as f64 / self.asked() as f64)
    }
}

/// Spearman's rank correlation: Pearson's over ranks, equals having the mean of their ranks. `None` where it is not
/// defined: of fewer than two values, or where all of one side are equal.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let dot_product =
        |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let correlation = dot_product(&a, &b) / (dot_product(&a, &a) * dot_product(&b, &b)).sqrt();
    correlation.is_finite().then_some(correlation)
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
        let spearman = |a: &[f64], b: &[f64]| super::spearman(a, b).unwrap_or(f64::NAN);
        assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 15.0]) - 0.5).abs() < 1e-12);
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 9]).statistic
        assert!(
            (spearman(&[1.0, 2.0, 2.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 3.0, 9.0]) - 0.763_157_894_736_842).abs()
                < 1e-9
        );
        assert_eq!(super::spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!((super::spearman(&[], &[]), super::spearman(&[1.0], &[2.0])), (None, None));
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
    fn cased_vectors_answer_lists_in_lower_case() {
        let folder = tempfile::tempdir().unwrap();
        let [pairs, questions] = ["pairs.txt", "questions.txt"].map(|name| folder.path().join(name));
        fs::write(&pairs, "king queen 9\nman king 8\nman apple 1.5\n").unwrap();
        fs::write(&questions, "man king woman queen\n").unwrap();
        let plain = vectors();
        let cased = ["Man", "woman", "King", "QUEEN", "apple"].into_iter().collect();
        let cased = WordVectors::new(cased, plain.table().to_array(0..5), None).unwrap();
        let (found, other) =
            (similarity(plain.view(), &pairs).unwrap(), similarity(cased.view(), &pairs).unwrap());
        assert_eq!((found.other_case, other.other_case), (0, 3));
        assert_eq!((other.spearman, other.used), (found.spearman, 3));
        let found = analogies(cased.view(), &questions, 100).unwrap();
        assert_eq!((found.correct(), found.asked(), found.other_case), (1, 1, 3));
    }

    #[test]
    fn pairs_without_vectors_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.txt");
        fs::write(&path, "word1,word2,score\nKing,queen,9\nman\tking\t8\nman apple 1.5\nman unicorn 7\n")
            .unwrap();
        let found = similarity(vectors().view(), &path).unwrap();
        assert_eq!((found.pairs, found.used), (4, 3));
        assert!((found.spearman.unwrap() - 0.5).abs() < 1e-9, "{found:?}");
        fs::write(&path, "king-n queen-n 9\nman-n king-n 8\nman-n apple-n 1.5\n").unwrap();
        let marked = similarity(vectors().view(), &path).unwrap();
        assert_eq!((marked.spearman, marked.pairs, marked.used), (found.spearman, 3, 3));
        fs::write(&path, "x y 1\ny z 2\n").unwrap();
        let none = similarity(vectors().view(), &path).unwrap();
        assert_eq!((none.spearman, none.used), (None, 0));
        fs::write(&path, "a b 1\nc d x\n").unwrap();
        let error = similarity(vectors().view(), &path).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
