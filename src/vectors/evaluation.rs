//! How good vectors are by two public yardsticks: lists of word pairs that people have scored, and
//! analogies (`: section` lines and four words a line, as in questions-words).

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use crate::error::{Error, Place, Result};
use crate::files;
use crate::kernel;

use super::query::View;

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

/// Lines longer than this are in no such list.
const LONGEST: u64 = 1 << 16;

/// Questions answered by one product of matrices.
const BATCH: usize = 128;

/// Compares the cosines of pairs of words with the scores in `path`: two words and a score a line,
/// separated by white space, commas or semicolons. Words are looked up in lower case. Lines that begin
/// with `#` and a first line of headings are passed over.
///
/// # Errors
/// When the file cannot be read, or a line is something else.
pub fn similarity(view: View, path: &Path) -> Result<Similarity> {
    let (mut ours, mut theirs, mut pairs) = (Vec::new(), Vec::new(), 0);
    for_each_line(path, |number, line| {
        let fields: Vec<&str> = line.split([' ', '\t', ',', ';']).filter(|field| !field.is_empty()).collect();
        let score =
            fields.get(2).and_then(|field| field.parse::<f64>().ok()).filter(|score| score.is_finite());
        let Some(score) = score else {
            return if number == 1 { Ok(()) } else { Err("two words and a score are expected") };
        };
        pairs += 1;
        let id = |word: &str| view.words().id(&word.to_lowercase());
        if let (Some(a), Some(b)) = (id(fields[0]), id(fields[1])) {
            ours.push(f64::from(view.similarity(a, b)));
            theirs.push(score);
        }
        Ok(())
    })?;
    Ok(Similarity { spearman: spearman(&ours, &theirs), pairs, used: ours.len() })
}

/// Answers analogies by 3CosAdd over the first `first` words; the three given words are left out.
///
/// # Errors
/// When the file cannot be read, or a line is neither a section's name nor four words.
pub fn analogies(view: View, path: &Path, first: usize) -> Result<Analogies> {
    let mut sections: Vec<Section> = Vec::new();
    let mut questions: Vec<(usize, [usize; 4])> = Vec::new();
    let rows = view.words().len().min(first);
    let section = |name: &str| Section { name: name.trim().to_string(), correct: 0, asked: 0, skipped: 0 };
    for_each_line(path, |_, line| {
        if let Some(name) = line.strip_prefix(':') {
            sections.push(section(name));
            return Ok(());
        }
        if sections.is_empty() {
            sections.push(section(""));
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[a, b, c, d] = &words[..] else { return Err("four words are expected") };
        let id = |word: &str| view.words().id(&word.to_lowercase()).filter(|&id| id < rows);
        let current = sections.len() - 1;
        if let (Some(a), Some(b), Some(c), Some(d)) = (id(a), id(b), id(c), id(d)) {
            questions.push((current, [a, b, c, d]));
            sections[current].asked += 1;
        } else {
            sections[current].skipped += 1;
        }
        Ok(())
    })?;
    let mut table = view.matrix().slice(s![..rows, ..]).to_owned();
    table.rows_mut().into_iter().for_each(|mut row| {
        let length = row.dot(&row).sqrt();
        if length > 0.0 {
            row /= length;
        }
    });
    let right: Vec<bool> = questions
        .par_chunks(BATCH)
        .flat_map_iter(|questions| answer(view, table.view(), questions))
        .collect();
    for ((section, _), right) in questions.iter().zip(right) {
        sections[*section].correct += usize::from(right);
    }
    Ok(Analogies { sections })
}

/// Which of these questions are answered rightly. `table` has rows of length 1.
fn answer(view: View, table: ArrayView2<f32>, questions: &[(usize, [usize; 4])]) -> Vec<bool> {
    let mut points = Array2::zeros((questions.len(), table.ncols()));
    for (mut point, (_, [a, b, c, _])) in points.rows_mut().into_iter().zip(questions) {
        view.analogy_point([*a, *b, *c]).iter().zip(&mut point).for_each(|(from, to)| *to = *from);
    }
    const ROWS: usize = 2_048;
    let mut best = vec![(f32::NEG_INFINITY, usize::MAX); questions.len()];
    let mut scores = Array2::zeros((questions.len(), ROWS));
    for start in (0..table.nrows()).step_by(ROWS) {
        let rows = table.slice(s![start..(start + ROWS).min(table.nrows()), ..]);
        let mut scores = scores.slice_mut(s![.., ..rows.nrows()]);
        kernel::product(1.0, points.view(), rows.t(), 0.0, scores.view_mut());
        for ((scores, best), (_, question)) in scores.rows().into_iter().zip(&mut best).zip(questions) {
            for (n, &score) in scores.iter().enumerate() {
                if score > best.0 && !question[..3].contains(&(start + n)) {
                    *best = (score, start + n);
                }
            }
        }
    }
    best.iter().zip(questions).map(|(best, (_, question))| best.1 == question[3]).collect()
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

fn for_each_line(
    path: &Path,
    mut each: impl FnMut(u64, &str) -> std::result::Result<(), &'static str>,
) -> Result<()> {
    let mut input = BufReader::new(files::open(path)?);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        number += 1;
        let got = input.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if got.map_err(|e| Error::io("read", path, e))? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if !text.is_empty() && !text.starts_with('#') {
            each(number, text).map_err(|problem| {
                let shown: String = text.chars().take(60).collect();
                Error::input(path, Place::Line(number), format!("{shown:?}: {problem}"), "")
            })?;
        }
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
