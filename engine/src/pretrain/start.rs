//! Continued training: published vectors from which training begins.
//!
//! A word that the file has begins at its vector. A new word begins at the vector that the file's n-grams give it, if
//! the file has n-grams; otherwise at the mean of all vectors, where it says nothing yet and is no nearer to one word
//! than to another. Words of the file that the corpus lacks follow the vocabulary with a count of 0. They are neither
//! contexts nor targets, so training leaves their rows alone.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Error, Place, Result, counted};
use crate::files::Meter;
use crate::session::pretraining::{Pretraining, Subwords};
use crate::session::published::Published;
use crate::text::vocabulary::Vocabulary;
use crate::vectors::{WordVectors, formats};

use super::parts::Parts;
use super::table::SharedTable;

/// The vectors from which training begins, and how they are trained further.
#[derive(Debug, Clone)]
pub struct Start {
    /// The file, and the settings.
    pub asked: Published,
    /// The vectors of the file.
    pub vectors: WordVectors,
    /// The n-grams of the file, if it has any.
    pub subwords: Option<Subwords>,
}

/// How many words of a corpus begin where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Words of the corpus that the file has.
    pub known: usize,
    /// Words of the corpus that it does not have.
    pub new: usize,
    /// Words of the file that the corpus does not have.
    pub others: usize,
    /// The fraction of the corpus' words that are known, occurrence by occurrence.
    pub fraction: f64,
}

impl Start {
    /// Reads the vectors from which the pre-training `asked` begins; `None` if it begins from random values.
    ///
    /// # Errors
    /// When the file cannot be read, is a model of tokens, or does not have the dimensions and subwords of `asked`.
    pub fn read(asked: &Pretraining, meter: &Arc<Meter>) -> Result<Option<Arc<Start>>> {
        let Some(from) = &asked.from else { return Ok(None) };
        let vectors = formats::read_metered(&from.file, from.limit, meter)?;
        Start::new(from.clone(), vectors, asked.dim, asked.subwords).map(|start| Some(Arc::new(start)))
    }

    /// A start from these vectors. `dim` and `subwords` are what the recipe gives, if it gives them.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn new(
        asked: Published,
        vectors: WordVectors,
        dim: Option<usize>,
        subwords: Option<Subwords>,
    ) -> Result<Start> {
        let refuse =
            |problem: String, remedy: &str| Err(Error::input(&asked.file, Place::Whole, problem, remedy));
        if vectors.static_model.is_some() {
            return refuse(
                "these are vectors of a tokeniser's tokens, and training goes from word to word".into(),
                "take a file of word vectors for `from`",
            );
        }
        let own = vectors.dim();
        if let Some(dim) = dim.filter(|&dim| dim != own) {
            let remedy = format!("leave `dim` out, or write `dim: {own}`");
            return refuse(format!("the vectors have {own} dimensions, and `dim` is {dim}"), &remedy);
        }
        let shape = vectors.subwords.as_ref().map(|subwords| subwords.shape());
        let shape = shape.filter(|&(_, max, buckets)| max > 0 && buckets > 0);
        let has = shape.map(|(min, max, buckets)| Subwords { min: min.max(1), max, buckets });
        match (subwords, has) {
            (Some(_), None) => refuse(
                "the file has no subwords, and `subwords` asks for some".into(),
                "leave `subwords` out, or begin from a fastText model (.bin)",
            ),
            (Some(asked_for), Some(has)) if asked_for != has => {
                let told =
                    |s: Subwords| format!("{} to {} characters in {} buckets", s.min, s.max, s.buckets);
                let problem = format!(
                    "the file's subwords are {}, and `subwords` asks for {}",
                    told(has),
                    told(asked_for)
                );
                refuse(problem, "leave `subwords` out")
            }
            _ => Ok(Start { asked, vectors, subwords: has }),
        }
    }

    /// Bytes that the vectors, their copies in training and their anchors need at the least.
    pub fn bytes(&self) -> u128 {
        let copies = u128::from(self.asked.keep_others) + u128::from(self.asked.anchor > 0.0);
        self.vectors.len() as u128 * self.vectors.dim() as u128 * 4 * copies
    }

    /// The words of the corpus, and after them those that only the file has, if they are kept.
    ///
    /// # Errors
    /// If the file has no word of the corpus.
    pub fn vocabulary(&self, counted_words: Vocabulary, corpus: &str) -> Result<Vocabulary> {
        let words = counted_words.len();
        if !counted_words.words().iter().any(|word| self.vectors.index_of(word).is_some()) {
            let problem =
                format!("none of the {} of {corpus} has a vector here", counted(words, "word", "words"));
            let remedy =
                "take vectors of the corpus' language whose words are written as `tokens` writes them";
            return Err(Error::input(&self.asked.file, Place::Whole, problem, remedy));
        }
        Ok(match self.asked.keep_others {
            true => counted_words.with_unseen(self.vectors.words.iter().filter(|word| !word.is_empty())),
            false => counted_words,
        })
    }

    /// How many words of `vocabulary` begin where.
    pub fn overlap(&self, vocabulary: &Vocabulary) -> Overlap {
        let seen = vocabulary.seen();
        let known = |&word: &usize| self.knows(vocabulary.word(word));
        let (mut words, mut tokens) = (0, 0);
        for word in (0..seen).filter(known) {
            words += 1;
            tokens += vocabulary.counts()[word];
        }
        let fraction = tokens as f64 / vocabulary.total().max(1) as f64;
        Overlap { known: words, new: seen - words, others: vocabulary.len() - seen, fraction }
    }

    /// A sentence about where the words begin.
    pub fn told(&self, vocabulary: &Vocabulary) -> String {
        let Overlap { known, new, others, fraction } = self.overlap(vocabulary);
        let begin = if self.subwords.is_some() { "their subwords" } else { "the mean" };
        let kept = match others {
            0 => String::new(),
            others => format!("; {} that only the file has are kept", counted(others, "word", "words")),
        };
        format!(
            "training begins with the vectors of {}: it has {} of the corpus ({:.1} % of the text); {new} new ones begin \
             at {begin}{kept}",
            self.asked.name(),
            counted(known, "word", "words"),
            100.0 * fraction,
        )
    }

    /// Whether the file has this word.
    pub fn knows(&self, word: &str) -> bool {
        self.vectors.index_of(word).is_some()
    }

    /// Writes the initial rows of the words, or of the words and their n-grams.
    pub(super) fn fill(&self, vocabulary: &Vocabulary, parts: Option<&Parts>, table: &mut SharedTable) {
        let (dim, stride, words) = (table.dim, table.stride, vocabulary.len());
        let mean = self.mean();
        let (own, ngrams) = table.data.split_at_mut(words * stride);
        if let (Some(parts), Some(subwords)) = (parts, &self.vectors.subwords) {
            let rows = ngrams.par_chunks_mut(stride).zip(parts.buckets());
            rows.for_each(|(row, &bucket)| subwords.add_bucket(bucket, &mut row[..dim]));
        }
        let ngrams = &*ngrams;
        own.par_chunks_mut(stride).enumerate().for_each(|(word, row)| {
            let row = &mut row[..dim];
            let vector = self.vectors.vector(vocabulary.word(word));
            let vector = vector.as_deref();
            // Its n-grams' rows come after the words' rows.
            let others = parts.map_or(&[][..], |parts| &parts.of(word)[1..]);
            if others.is_empty() {
                return row.copy_from_slice(vector.unwrap_or(&mean));
            }
            let mut sum = vec![0.0_f64; dim];
            for &other in others {
                let ngram = &ngrams[(other as usize - words) * stride..][..dim];
                sum.iter_mut().zip(ngram).for_each(|(sum, &x)| *sum += f64::from(x));
            }
            // The mean of all its rows is the vector of a known word. A new word's own row is the mean of its n-grams'.
            let n = others.len() as f64;
            for (i, x) in row.iter_mut().enumerate() {
                *x = match vector {
                    Some(vector) => ((n + 1.0) * f64::from(vector[i]) - sum[i]) as f32,
                    None => (sum[i] / n) as f32,
                };
            }
        });
    }

    /// The mean of the vectors.
    fn mean(&self) -> Vec<f32> {
        let table = self.vectors.table();
        let mut sum = vec![0.0_f64; self.vectors.dim()];
        for row in 0..self.vectors.len() {
            sum.iter_mut().zip(&*table.row(row)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        sum.iter().map(|sum| (sum / self.vectors.len().max(1) as f64) as f32).collect()
    }

    /// The root mean square length of the vectors of the corpus' words.
    pub(super) fn length(&self, vocabulary: &Vocabulary) -> f64 {
        let (mut squares, mut words) = (0.0_f64, 0_u32);
        for word in 0..vocabulary.seen() {
            if let Some(vector) = self.vectors.vector(vocabulary.word(word)) {
                squares += vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
                words += 1;
            }
        }
        (squares / f64::from(words.max(1))).sqrt()
    }

    /// For each row of words, and of their n-grams, its learning rate as a multiple of the usual one.
    pub(super) fn rates(&self, vocabulary: &Vocabulary, parts: Option<&Parts>) -> Vec<f32> {
        let Published { known_rate, new_rate, .. } = self.asked;
        let of_word = |word: &str| if self.knows(word) { known_rate } else { new_rate };
        let mut rates: Vec<f32> = vocabulary.words().iter().map(of_word).collect();
        rates.resize(parts.map_or(rates.len(), Parts::rows), known_rate);
        rates
    }

    /// The file, for messages.
    pub fn file(&self) -> &Path {
        &self.asked.file
    }
}
