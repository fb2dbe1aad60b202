//! Benchmarks of a table of vectors, in steps of limited duration.

use std::borrow::Cow;
use std::collections::HashSet;

use ndarray::{Array2, s};
use rayon::prelude::*;

use crate::kernel::{self, rows};
use crate::text::words::Words;
use crate::vectors::near::{length, over};

use super::columns::without_mark;
use super::finder::Finder;
use super::lists::{Pairs, Questions};
use super::outcome::{Analogies, Section, Similarity, spearman};

/// The number of questions answered by one matrix product. It is fixed, so that sums do not depend on the threads.
const BATCH: usize = 16;
/// The approximate number of multiplications per step: some milliseconds.
const BIT: usize = 1 << 28;

/// Returns the row with this index.
type Rows<'a> = &'a (dyn Fn(usize) -> Cow<'a, [f32]> + Sync);

/// The vector of a word: its own, or one computed from its subwords.
type OfWord<'a> = &'a dyn Fn(&str) -> Option<Cow<'a, [f32]>>;

/// The lists that vectors are evaluated on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Benchmarks {
    /// Pairs of words with human scores.
    pub similarity: Vec<Pairs>,
    /// Analogy questions, if there are any.
    pub analogies: Option<Questions>,
    /// The number of most frequent words that questions and answers may use.
    pub first: usize,
}

impl Benchmarks {
    /// The number of lists.
    pub fn lists(&self) -> usize {
        self.similarity.len() + usize::from(self.analogies.is_some())
    }

    /// Whether there are no lists.
    pub fn is_empty(&self) -> bool {
        self.similarity.is_empty() && self.analogies.is_none()
    }
}

/// A running evaluation. It keeps its own copy of the parts of the table that it needs.
pub struct BenchmarkRun {
    similarity: Vec<Similarity>,
    asking: Option<Asking>,
}

impl BenchmarkRun {
    /// Evaluates the similarities at once, and prepares the analogies.
    pub fn begin<'a>(
        benchmarks: &Benchmarks,
        words: &Words,
        row: Rows<'a>,
        of_word: OfWord<'a>,
    ) -> BenchmarkRun {
        let similarity = benchmarks.similarity.iter();
        let similarity = similarity.map(|pairs| self::similarity(words, row, of_word, pairs)).collect();
        let asking =
            benchmarks.analogies.as_ref().map(|list| Asking::new(words, row, list, benchmarks.first));
        BenchmarkRun { similarity, asking }
    }

    /// Answers some more analogies. Returns true when all are answered.
    pub fn step(&mut self) -> bool {
        self.asking.as_mut().is_none_or(|asking| asking.step(BIT))
    }

    /// The results of the lists, in their order.
    pub fn finish(self, benchmarks: &Benchmarks) -> (Vec<Similarity>, Option<Analogies>) {
        let analogies = benchmarks.analogies.as_ref().zip(self.asking);
        (self.similarity, analogies.map(|(list, asking)| asking.finish(list)))
    }
}

/// Compares the cosines of pairs with their scores. `of_word` can compute the vector of a word that has no row.
pub fn similarity<'a>(words: &Words, row: Rows<'a>, of_word: OfWord<'a>, pairs: &Pairs) -> Similarity {
    // If the list's words have part-of-speech tags, the words of the vectors may have them too.
    let written = pairs.pairs.iter().flat_map(|(a, b, _)| [&**a, &**b]);
    let finder =
        Finder::new(words, words.len(), written.flat_map(|word| [Some(word), bare(word, pairs)]).flatten());
    let mut others = HashSet::new();
    let mut vector = |word: &str| {
        let found = finder.find(word).filter(|(_, other)| !(*other && pairs.marked));
        let plain = bare(word, pairs).unwrap_or(word);
        match found.or_else(|| finder.find(plain)) {
            Some((id, other)) => {
                if other {
                    others.insert(id);
                }
                Some(row(id))
            }
            None => of_word(&plain.to_lowercase()),
        }
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (a, b, score) in &pairs.pairs {
        if let (Some(a), Some(b)) = (vector(a), vector(b)) {
            ours.push(f64::from(over(rows::dot(&a, &b), length(&a) * length(&b))));
            theirs.push(*score);
        }
    }
    Similarity {
        spearman: spearman(&ours, &theirs),
        pairs: pairs.pairs.len(),
        used: ours.len(),
        other_case: others.len(),
    }
}

/// A word without its part-of-speech tag, if the list has tags.
fn bare<'b>(word: &'b str, pairs: &Pairs) -> Option<&'b str> {
    without_mark(word).filter(|_| pairs.marked)
}

/// Analogy questions that are being answered, by 3CosAdd.
pub struct Asking {
    /// The vectors of the first words, at length 1.
    table: Array2<f32>,
    /// The section and the four rows of each question whose words are all known.
    questions: Vec<(usize, [usize; 4])>,
    next: usize,
    right: Vec<bool>,
    /// The number of words that were found only with another case.
    other_case: usize,
}

impl Asking {
    /// Prepares `list` for the first `first` rows.
    pub fn new<'a>(words: &Words, row: Rows<'a>, list: &Questions, first: usize) -> Asking {
        let known = words.len().min(first);
        let asked = list.questions.iter().flat_map(|(_, words)| words).map(|word| &**word);
        let finder = Finder::new(words, known, asked);
        let mut others = HashSet::new();
        let mut ids = |question: &[String; 4]| -> Option<[usize; 4]> {
            let [a, b, c, d] = question.each_ref().map(|word| finder.find(word));
            let found = [a?, b?, c?, d?];
            others.extend(found.iter().filter(|(_, other)| *other).map(|(id, _)| *id));
            Some(found.map(|(id, _)| id))
        };
        let questions: Vec<(usize, [usize; 4])> =
            list.questions.iter().filter_map(|(section, words)| Some((*section, ids(words)?))).collect();
        let dim = if known > 0 { row(0).len() } else { 0 };
        // Without questions the table is not needed.
        let mut table = Array2::zeros((if questions.is_empty() { 0 } else { known }, dim));
        // A new array is contiguous.
        let numbers = table.as_slice_mut().unwrap_or_default();
        numbers.par_chunks_mut(dim.max(1)).with_min_len(1_024).enumerate().for_each(|(id, to)| {
            let from = row(id);
            let scale = over(1.0, length(&from));
            to.iter_mut().zip(&*from).for_each(|(to, from)| *to = scale * from);
        });
        Asking { table, questions, next: 0, right: Vec::new(), other_case: others.len() }
    }

    /// Answers questions with about `work` multiplications. Returns true when all are answered.
    pub fn step(&mut self, work: usize) -> bool {
        let batches = (work / BATCH / self.table.len().max(1)).clamp(2, 1 << 20);
        let count = (batches * BATCH).min(self.questions.len() - self.next);
        let asked = &self.questions[self.next..self.next + count];
        let right: Vec<bool> =
            asked.par_chunks(BATCH).flat_map_iter(|questions| answer(&self.table, questions)).collect();
        self.right.extend(right);
        self.next += count;
        self.next == self.questions.len()
    }

    /// The answers by section.
    pub fn finish(self, list: &Questions) -> Analogies {
        let section = |name: &String| Section { name: name.clone(), correct: 0, asked: 0, skipped: 0 };
        let mut sections: Vec<Section> = list.sections.iter().map(section).collect();
        for (section, _) in &list.questions {
            sections[*section].skipped += 1;
        }
        for ((section, _), right) in self.questions.iter().zip(self.right) {
            let section = &mut sections[*section];
            section.skipped -= 1;
            section.asked += 1;
            section.correct += usize::from(right);
        }
        Analogies { sections, other_case: self.other_case }
    }
}

/// Whether each of these questions is answered correctly. `table` has rows of length 1.
fn answer(table: &Array2<f32>, questions: &[(usize, [usize; 4])]) -> Vec<bool> {
    let mut points = Array2::zeros((questions.len(), table.ncols()));
    for (mut point, (_, [a, b, c, _])) in points.rows_mut().into_iter().zip(questions) {
        point -= &table.row(*a);
        point += &table.row(*b);
        point += &table.row(*c);
    }
    const ROWS: usize = 2_048;
    let mut best = vec![(f32::NEG_INFINITY, usize::MAX); questions.len()];
    let mut scores = Array2::zeros((questions.len(), ROWS));
    for start in (0..table.nrows()).step_by(ROWS) {
        let rows = table.slice(s![start..(start + ROWS).min(table.nrows()), ..]);
        let mut scores = scores.slice_mut(s![.., ..rows.nrows()]);
        kernel::matmul(1.0, points.view(), rows.t(), 0.0, scores.view_mut());
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
