//! Evaluation of vectors on two kinds of public benchmarks: lists of word pairs that people have scored, and
//! analogies (`: section` lines and lines of four words, as in questions-words).
//!
//! The lists are read by [`lists`]. [`BenchmarkRun`] works in small steps, so that it can run while training waits.

mod benchmark_run;
mod columns;
mod cosines;
mod finder;
pub mod lists;
mod outcome;

use std::path::Path;

use crate::error::Result;

use super::query::View;

pub use benchmark_run::{BenchmarkRun, Benchmarks};
pub use cosines::mean_cosine;
use lists::{Pairs, Questions};
pub use outcome::{Analogies, Section, Similarity, spearman};

/// Compares the cosines of pairs of words with the scores of a [list](Pairs::read).
///
/// # Errors
/// If the list cannot be read.
pub fn similarity(view: View, path: &Path) -> Result<Similarity> {
    Ok(compare(view, &Pairs::read(path)?))
}

/// Compares the cosines of pairs of words with their scores.
pub fn compare(view: View, pairs: &Pairs) -> Similarity {
    benchmark_run::similarity(view.words(), &|id| view.row(id), &|word| view.of_word(word), pairs)
}

/// Answers a [list](Questions::read) of analogies by 3CosAdd over the first `first` words, without the three given
/// words.
///
/// # Errors
/// If the list cannot be read.
pub fn analogies(view: View, path: &Path, first: usize) -> Result<Analogies> {
    let questions = Questions::read(path)?;
    let mut asking = benchmark_run::Asking::new(view.words(), &|id| view.row(id), &questions, first);
    while !asking.step(usize::MAX) {}
    Ok(asking.finish(&questions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::WordVectors;
    use std::fs;

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
