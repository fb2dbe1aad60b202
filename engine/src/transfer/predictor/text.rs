//! Predictor for texts: from a text to the probabilities of its classes.

use std::borrow::Cow;

use ndarray::Array2;

use crate::models::text_classifier::{TextClassifier, Workspace};
use crate::session::language_model::Direction;
use crate::text::documents::TaskWord;
use crate::text::phrases;
use crate::text::tokeniser::Tokeniser;
use crate::text::words::Words;
use crate::transfer::baselines::CountModel;
use crate::transfer::calibration::Temperature;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::lookup::{Found, WordRows};
use crate::transfer::probe::Linear;

use super::encoder::EncoderModel;
use super::explained::{Explained, ExplainedWord, argmax};
use super::leaving_out::by_leaving_out;

/// The number of texts in one batch. Texts of a batch share what is computed per word.
const TOGETHER: usize = 16;

/// A predictor that reads texts.
#[derive(Clone)]
pub struct TextPredictor<'a> {
    /// The names of the classes.
    pub classes: Cow<'a, [String]>,
    /// How a text is tokenised.
    pub tokens: Tokeniser,
    /// Which phrases (`new_york`) are known.
    pub phrases: KnownPhrases<'a>,
    /// The words that have ids.
    pub words: Cow<'a, Words>,
    /// The model that reads word ids.
    pub model: TextModel<'a>,
    /// What the logits of the classes are divided by.
    pub temperature: Temperature,
}

/// Where the known phrases are. Neighbouring words that form a known phrase are read as one word.
#[derive(Clone, Copy)]
pub enum KnownPhrases<'a> {
    /// No phrases: words are read one by one.
    Nowhere,
    /// Among the words with ids.
    Numbered,
    /// Among the words of this table.
    In(&'a Words),
}

impl<'a> KnownPhrases<'a> {
    /// Those of a table with the words `words`, for texts that are tokenised by `how`. The tokens of a model are never
    /// joined.
    pub fn of(how: &Tokeniser, words: &'a Words) -> KnownPhrases<'a> {
        if how.model().is_some() { KnownPhrases::Nowhere } else { KnownPhrases::In(words) }
    }
}

/// A model of texts.
#[derive(Clone)]
pub enum TextModel<'a> {
    /// A head on word vectors: averaged, recurrent or convolutional.
    Classifier {
        /// The layers, and the word vectors that they read.
        model: Cow<'a, TextClassifier<f32>>,
        /// Which vector each word reads.
        rows: WordRows<'a>,
        /// The most words of a text that are read, from its beginning.
        max_tokens: usize,
        /// The direction in which these words are read.
        direction: Direction,
    },
    /// A linear classifier on document vectors.
    DocumentVectors {
        /// How word vectors are pooled to a document vector.
        vectors: Cow<'a, DocumentVectors>,
        /// The word vectors `(any, D)` that contain the rows.
        table: Cow<'a, Array2<f32>>,
        /// Which vector each word reads.
        rows: WordRows<'a>,
        /// The classifier on the document vectors.
        linear: Cow<'a, Linear>,
    },
    /// A sentence encoder with a classifier.
    Encoder(Box<EncoderModel<'a>>),
    /// A count-based model.
    Counts(Cow<'a, CountModel>),
    /// The same probabilities for every text: the majority-class baseline, and models that have not learned anything
    /// yet.
    Constant(Vec<f32>),
}

impl TextPredictor<'_> {
    /// The words of a text as the model reads them.
    pub fn read(&self, text: &str) -> Vec<String> {
        let words = self.tokens.tokens(text);
        match self.phrases {
            KnownPhrases::Nowhere => words,
            KnownPhrases::Numbered => phrases::join(&words, &self.words),
            KnownPhrases::In(known) => phrases::join(&words, known),
        }
    }

    /// The probabilities of the classes of texts, `(B, C)`, row by row.
    pub fn probabilities(&self, texts: &[&str], workspace: &mut Workspace) -> Vec<f32> {
        let mut out = Vec::with_capacity(texts.len() * self.classes.len());
        for texts in texts.chunks(TOGETHER) {
            match &self.model {
                TextModel::Classifier { model, rows, .. } if self.reads_numbered_words(rows) => {
                    let read: Vec<Vec<u32>> = texts.iter().map(|text| self.rows_of(text, rows)).collect();
                    predict(model, &read, workspace, &mut out);
                }
                TextModel::Classifier { model, rows, .. } => {
                    let texts: Vec<Vec<String>> = texts.iter().map(|text| self.read(text)).collect();
                    let all: Vec<&String> = texts.iter().flat_map(|text| self.first_of(text)).collect();
                    let (model, numbers, _) = self.reading(model, rows, &all);
                    let mut rest = &numbers[..];
                    let mut read: Vec<Vec<u32>> = Vec::new();
                    for text in &texts {
                        let (own, others) = rest.split_at(self.first_of(text).len());
                        read.push(self.turned(own.to_vec()));
                        rest = others;
                    }
                    predict(&model, &read, workspace, &mut out);
                }
                TextModel::DocumentVectors { .. } => {
                    for text in texts {
                        let words = self.read(text);
                        let entries = self.entries(&words);
                        self.of_entries(entries.iter(), &mut out);
                    }
                }
                TextModel::Encoder(encoder) => encoder.append(texts, &mut out),
                TextModel::Counts(counts) => {
                    for text in texts {
                        let p = counts.probabilities(&self.numbers(&self.read(text)));
                        out.extend(p.into_iter().map(|p| p as f32));
                    }
                }
                TextModel::Constant(probabilities) => texts.iter().for_each(|_| out.extend(probabilities)),
            }
        }
        self.temperature.apply(&mut out, self.classes.len());
        out
    }

    /// The probabilities of a text's classes, and the contribution of each of its words.
    pub fn explain(&self, text: &str, workspace: &mut Workspace) -> Explained {
        let words = self.read(text);
        let classes = self.classes.len();
        match &self.model {
            TextModel::Classifier { model, rows, .. } => {
                let words = self.first_of(&words);
                let (model, numbers, known) = self.reading(model, rows, &words.iter().collect::<Vec<_>>());
                by_leaving_out(words, &known, classes, |texts| {
                    let kept = |text: &Vec<usize>| text.iter().map(|&place| numbers[place]).collect();
                    let texts: Vec<Vec<u32>> = texts.iter().map(|text| self.turned(kept(text))).collect();
                    let mut out = Vec::with_capacity(texts.len() * classes);
                    texts.chunks(TOGETHER).for_each(|texts| predict(&model, texts, workspace, &mut out));
                    self.temperature.apply(&mut out, classes);
                    out
                })
            }
            TextModel::DocumentVectors { .. } => {
                let entries = self.entries(&words);
                let known: Vec<bool> = entries.iter().map(|(vector, _)| vector.is_some()).collect();
                by_leaving_out(&words, &known, classes, |texts| {
                    let mut out = Vec::new();
                    for text in texts {
                        self.of_entries(text.iter().map(|&place| &entries[place]), &mut out);
                    }
                    self.temperature.apply(&mut out, classes);
                    out
                })
            }
            TextModel::Encoder(encoder) => {
                encoder.explain(&words, classes, |out| self.temperature.apply(out, classes))
            }
            TextModel::Counts(counts) => {
                let numbers = self.numbers(&words);
                let mut probabilities: Vec<f32> =
                    counts.probabilities(&numbers).into_iter().map(|p| p as f32).collect();
                self.temperature.apply(&mut probabilities, classes);
                let contributions = counts.contributions(&numbers, argmax(&probabilities));
                let word = |((text, number), contribution): ((String, u32), f64)| ExplainedWord {
                    text,
                    known: counts.knows(number),
                    contribution: contribution as f32,
                };
                let words = words.into_iter().zip(numbers).zip(contributions).map(word).collect();
                Explained { probabilities, words }
            }
            TextModel::Constant(probabilities) => {
                let unread = |text| ExplainedWord { text, known: false, contribution: 0.0 };
                Explained {
                    probabilities: probabilities.clone(),
                    words: words.into_iter().map(unread).collect(),
                }
            }
        }
    }

    /// Whether every word is read by itself and has an id or is unknown.
    fn reads_numbered_words(&self, rows: &WordRows) -> bool {
        matches!(self.phrases, KnownPhrases::Nowhere) && rows.beyond.is_none()
    }

    /// The words of a text that the model reads.
    fn first_of<'w>(&self, words: &'w [String]) -> &'w [String] {
        match self.model {
            TextModel::Classifier { max_tokens, .. } => &words[..words.len().min(max_tokens)],
            _ => words,
        }
    }

    /// The rows of a text in the order in which the model reads them.
    fn turned(&self, mut rows: Vec<u32>) -> Vec<u32> {
        if let TextModel::Classifier { direction: Direction::Backward, .. } = self.model {
            rows.reverse();
        }
        rows
    }

    /// The rows of a text if every word has an id or is unknown.
    fn rows_of(&self, text: &str, rows: &WordRows) -> Vec<u32> {
        let most = match self.model {
            TextModel::Classifier { max_tokens, .. } => max_tokens,
            _ => usize::MAX,
        };
        let mut read = Vec::new();
        self.tokens.for_each(text, |token| {
            if read.len() < most {
                read.push(self.words.id(token).map_or(rows.unknown, |number| rows.rows[number]).0);
            }
        });
        self.turned(read)
    }

    /// The classifier for these words, which may lack ids: a copy of the model with the vectors of these words, the
    /// row of each word in it, and which words the model knows.
    fn reading(
        &self,
        model: &TextClassifier<f32>,
        rows: &WordRows,
        words: &[&String],
    ) -> (TextClassifier<f32>, Vec<u32>, Vec<bool>) {
        let mut distinct = Words::default();
        let (mut vectors, mut knows) = (Vec::new(), Vec::new());
        let (mut numbers, mut known) = (Vec::new(), Vec::new());
        for word in words {
            let (number, new) = distinct.insert(word);
            if new {
                let found = rows.find(&self.words, word);
                knows.push(found != Found::Unknown);
                match &found {
                    Found::Vector(vector) => vectors.extend_from_slice(vector),
                    Found::Row(row) => vectors.extend_from_slice(model.vector(row.0)),
                    Found::Unknown => vectors.extend_from_slice(model.vector(rows.unknown.0)),
                }
            }
            numbers.push(number as u32);
            known.push(knows[number]);
        }
        // A vector of the model's size was added for each distinct word, so the shape fits.
        let vectors = Array2::from_shape_vec((distinct.len(), model.dim()), vectors).unwrap_or_default();
        (model.reading(vectors), numbers, known)
    }

    /// The vector of each word, if it has one, and its weight in the document vector.
    fn entries(&self, words: &[String]) -> Vec<(Option<Cow<'_, [f32]>>, f32)> {
        let TextModel::DocumentVectors { vectors, table, rows, .. } = &self.model else { return Vec::new() };
        let entry = |word: &String| {
            let number = self.words.id(word).map(|number| TaskWord(number as u32));
            let vector = match rows.find(&self.words, word) {
                Found::Vector(vector) => Some(vector),
                Found::Row(row) => table.row(row.0 as usize).to_slice().map(Cow::Borrowed),
                Found::Unknown => None,
            };
            (vector, vectors.weight(number))
        };
        words.iter().map(entry).collect()
    }

    /// Adds the probabilities of a document with these words to `out`.
    fn of_entries<'e>(
        &self,
        entries: impl Iterator<Item = &'e (Option<Cow<'e, [f32]>>, f32)>,
        out: &mut Vec<f32>,
    ) {
        let TextModel::DocumentVectors { vectors, linear, .. } = &self.model else { return };
        let mut vector = vec![0.0; vectors.width()];
        vectors.make(entries.filter_map(|(word, weight)| Some((word.as_deref()?, *weight))), &mut vector);
        linear.append(&vector, out);
    }

    /// The ids of words. Words without an id share an id that no word has.
    fn numbers(&self, words: &[String]) -> Vec<u32> {
        let none = self.words.len();
        words.iter().map(|word| self.words.id(word).unwrap_or(none) as u32).collect()
    }
}

/// Adds the probabilities of texts to `out`. A text is given as rows of `model`.
fn predict(model: &TextClassifier<f32>, texts: &[Vec<u32>], workspace: &mut Workspace, out: &mut Vec<f32>) {
    let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
    let start = out.len();
    out.resize(start + texts.len() * model.classes(), 0.0);
    model.predict(&texts, None, workspace, &mut out[start..]);
}
