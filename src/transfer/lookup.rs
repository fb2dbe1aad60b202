//! A strategy as a table: which row every word of the task reads, and which rows are learned.
//!
//! A model reads two matrices: its own trainable rows first, then the pre-trained vectors of the task's
//! words, shared by all runs. So *frozen* is a model without trainable rows (no gradient for the
//! table can exist), and *fine-tuned* is one whose trainable rows start as copies of the words of its
//! training labels: no other word can move, so no other row is held twice.
//!
//! A word that pre-training never saw has a vector made from its parts, where the vectors came with such.
//! Words without a vector share one *unknown* word: zeros where the table is fixed, and a row that is
//! learned (from zeros when fine-tuning, from random values from scratch) otherwise. Those that a language model does
//! not have begin with the mean of its vectors, each by itself where they are learned.
//!
//! Of a language model the layers go over too, as many as the recipe says ([`TransferTable::layers`]). What then moves, and
//! when, is said in [`unfreezing`](super::unfreezing).

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use crate::data::examples::ExampleId;
use crate::models::language_model::{LanguageModel, adaptation};
use crate::nn::recurrent::Recurrent;
use crate::rng::{self, Stream};
use crate::session::method::Strategy;
use crate::text::documents::{Documents, TaskWord};
use crate::text::words::Words;
use crate::vectors::WordVectors;

/// Standard deviation of vectors that start at random.
const SCRATCH_DEVIATION: f64 = 0.1;

/// The pre-trained vectors as the task sees them: a row for each of its words that has a vector, and no other. However
/// many vectors there are, a run holds those that it can read.
pub struct TransferTable {
    /// The vectors `(n + 1, D)`, in the order of the task's words; the last row is the unknown word's zeros.
    pub base: Arc<Array2<f32>>,
    /// The row of each word of the task; `n` for those without a vector.
    row: Vec<TableRow>,
    /// What is behind each row but the last.
    origins: Vec<Origin>,
    /// Where the vectors come from.
    pub vectors: Arc<WordVectors>,
    /// The layers of the language model that the vectors are from, from the words up; none of other vectors.
    pub layers: Vec<Layer>,
    /// Words without a vector begin with the mean of all, each by itself.
    mean: bool,
}

/// A transferred layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Its kind and sizes.
    pub shape: Recurrent,
    /// Its tensors one after another.
    pub weights: Vec<f32>,
}

/// A row of a [`TransferTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRow(pub u32);

/// A row of the pre-trained vectors that a [`TransferTable`] is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRow(pub usize);

/// A row of a model: its learned rows come first, then those of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelRow(pub u32);

/// Where a row of a [`TransferTable`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The word of the task.
    pub word: TaskWord,
    /// Its row among the vectors; `None` if its vector was made from its parts.
    pub row: Option<FileRow>,
}

impl TransferTable {
    /// The table of `vectors` for the words of `documents`.
    pub fn new(vectors: Arc<WordVectors>, documents: &Documents) -> TransferTable {
        let (mut numbers, mut origins, mut row) = (Vec::new(), Vec::new(), Vec::new());
        for (number, word) in documents.words.iter().enumerate() {
            // Those without a vector get the last row, once its number is known.
            row.push(TableRow(u32::MAX));
            if let Some(vector) = vectors.vector_or_made(word) {
                row[number] = TableRow(origins.len() as u32);
                let row = vectors.index_of(word).map(FileRow);
                origins.push(Origin { word: TaskWord(number as u32), row });
                numbers.extend_from_slice(&vector);
            }
        }
        let (known, dim) = (origins.len(), vectors.dim());
        row.iter_mut().for_each(|row| *row = (*row).min(TableRow(known as u32)));
        numbers.resize((known + 1) * dim, 0.0);
        // A row of `dim` numbers was added for each origin and for the unknown word, so the shape fits.
        let base = Array2::from_shape_vec((known + 1, dim), numbers).unwrap_or_default();
        TransferTable { base: Arc::new(base), row, origins, vectors, layers: Vec::new(), mean: false }
    }

    /// The same of a language model's vectors and layers: words that it does not have begin with the mean of its vectors.
    pub fn of_language_model(
        vectors: Arc<WordVectors>,
        model: &LanguageModel,
        documents: &Documents,
    ) -> TransferTable {
        let table = TransferTable::new(vectors, documents);
        let all = table.vectors.table();
        let rows: Vec<_> = (0..table.vectors.len()).map(|id| all.row(id)).collect();
        let mean = adaptation::mean(rows.iter().map(|row| &row[..]), table.dim());
        let mut base = Arc::unwrap_or_clone(table.base);
        if let Some(mut last) = base.rows_mut().into_iter().next_back() {
            last.assign(&ndarray::aview1(&mean));
        }
        let layers = model.layers().iter().enumerate();
        let layers = layers.map(|(place, &shape)| Layer { shape, weights: model.layer(place).to_vec() });
        TransferTable { base: Arc::new(base), layers: layers.collect(), mean: true, ..table }
    }

    /// The same with a run's learned rows in their places.
    pub fn with_learned(&self, learned: &[(TableRow, &[f32])]) -> TransferTable {
        let mut base = (*self.base).clone();
        for &(row, now) in learned {
            base.row_mut(row.0 as usize).iter_mut().zip(now).for_each(|(to, &from)| *to = from);
        }
        TransferTable {
            base: Arc::new(base),
            row: self.row.clone(),
            origins: self.origins.clone(),
            vectors: self.vectors.clone(),
            layers: self.layers.clone(),
            mean: self.mean,
        }
    }

    /// The row of a word of the task; `None` if it has no vector.
    pub fn row(&self, word: TaskWord) -> Option<TableRow> {
        let row = self.row[word.0 as usize];
        (row != self.unknown()).then_some(row)
    }

    /// The vector of a word of the task, if it has one.
    pub fn vector(&self, word: TaskWord) -> Option<&[f32]> {
        self.base.row(self.row(word)?.0 as usize).to_slice()
    }

    /// The vector of any word, of the task or not, if it has one: what a document with this word would get.
    pub fn vector_of<'a>(&'a self, word: &str, documents: &Documents) -> Option<Cow<'a, [f32]>> {
        match documents.word(word) {
            Some(number) => self.vector(number).map(Cow::Borrowed),
            None => self.vectors.vector_or_made(word),
        }
    }

    /// Where a row comes from; `None` for that of the unknown word.
    pub fn origin_of(&self, row: TableRow) -> Option<Origin> {
        self.origins.get(row.0 as usize).copied()
    }

    /// Where the vector of a word of the task comes from; `None` if it has none.
    pub fn origin(&self, word: TaskWord) -> Option<Origin> {
        self.origin_of(self.row(word)?)
    }

    /// Whether no word of the task has a vector.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// The row of the unknown word.
    pub fn unknown(&self) -> TableRow {
        TableRow(self.origins.len() as u32)
    }

    /// Dimensions of a vector.
    pub fn dim(&self) -> usize {
        self.base.ncols()
    }
}

/// What a model reads for each word of the task.
pub struct Lookup {
    /// The model's row of each word: below `learned` a learned one, else a row of the base.
    pub rows: Vec<ModelRow>,
    /// How many rows are learned.
    pub learned: usize,
    /// The fixed rows.
    pub base: Arc<Array2<f32>>,
    /// The model's row for words that have none.
    pub unknown: ModelRow,
    /// For each trainable row the base row that it started from, if it started from one.
    pub origin: Vec<Option<TableRow>>,
}

impl Lookup {
    /// The lookup of a strategy for a run that trains on `train`, and the learned rows as they start.
    ///
    /// `dim` and `min_count` are for scratch; `table` is needed by the other two.
    pub fn new(
        strategy: Strategy,
        documents: &Documents,
        train: &[ExampleId],
        table: Option<&TransferTable>,
        dim: usize,
        min_count: usize,
        random: &mut Stream,
    ) -> (Lookup, Array2<f32>) {
        match (strategy, table) {
            (Strategy::Frozen, Some(table)) => Lookup::frozen(table),
            (_, Some(table)) if strategy.tunes() => Lookup::fine_tuned(table, documents, train),
            _ => Lookup::scratch(documents, train, dim, min_count, random),
        }
    }

    fn scratch(
        documents: &Documents,
        train: &[ExampleId],
        dim: usize,
        min_count: usize,
        random: &mut Stream,
    ) -> (Lookup, Array2<f32>) {
        let counts = documents.counts(train.iter().copied());
        let unknown = ModelRow(0);
        let mut rows = vec![unknown; counts.len()];
        let mut next = 1;
        for (row, &count) in rows.iter_mut().zip(&counts) {
            if count >= min_count.max(1) as u64 {
                *row = ModelRow(next);
                next += 1;
            }
        }
        let trainable = Array2::from_shape_simple_fn((next as usize, dim), || {
            (rng::normal(random) * SCRATCH_DEVIATION) as f32
        });
        let learned = next as usize;
        let base = Arc::new(Array2::zeros((0, dim)));
        (Lookup { rows, learned, base, unknown, origin: vec![None; learned] }, trainable)
    }

    /// The lookup that reads the table as it is, for every word of the task.
    pub fn frozen(table: &TransferTable) -> (Lookup, Array2<f32>) {
        let lookup = Lookup {
            // Without learned rows those of the table are the first.
            rows: table.row.iter().map(|row| ModelRow(row.0)).collect(),
            learned: 0,
            base: table.base.clone(),
            unknown: ModelRow(table.unknown().0),
            origin: Vec::new(),
        };
        (lookup, Array2::zeros((0, table.dim())))
    }

    fn fine_tuned(
        table: &TransferTable,
        documents: &Documents,
        train: &[ExampleId],
    ) -> (Lookup, Array2<f32>) {
        let counts = documents.counts(train.iter().copied());
        let mut origin = vec![None];
        let unknown = ModelRow(0);
        let mut own = vec![unknown; counts.len()];
        for (word, &count) in counts.iter().enumerate() {
            let row = table.row(TaskWord(word as u32));
            if count > 0 && (row.is_some() || table.mean) {
                own[word] = ModelRow(origin.len() as u32);
                origin.push(row);
            }
        }
        let rows = (0..counts.len())
            .map(|word| match (own[word], table.row(TaskWord(word as u32))) {
                (own, Some(row)) if own == unknown => ModelRow(origin.len() as u32 + row.0),
                (own, _) => own,
            })
            .collect();
        let mut trainable = Array2::zeros((origin.len(), table.dim()));
        for (mut row, origin) in trainable.rows_mut().into_iter().zip(&origin) {
            row.assign(&table.base.row(origin.unwrap_or(table.unknown()).0 as usize));
        }
        let lookup = Lookup { rows, learned: origin.len(), base: table.base.clone(), unknown, origin };
        (lookup, trainable)
    }

    /// What the model reads for a word of the task.
    pub fn row(&self, word: TaskWord) -> ModelRow {
        self.rows[word.0 as usize]
    }

    /// The row of the table that a row of the model is, if it is fixed.
    pub fn fixed(&self, row: ModelRow) -> Option<TableRow> {
        row.0.checked_sub(self.learned as u32).map(TableRow)
    }

    /// The vector that a base row holds.
    pub fn base_row(&self, row: TableRow) -> ArrayView1<'_, f32> {
        self.base.row(row.0 as usize)
    }
}

/// Which row a model reads for a word.
#[derive(Clone)]
pub struct WordRows<'a> {
    /// The row of each numbered word; that of `unknown` for words without a vector.
    pub rows: Cow<'a, [ModelRow]>,
    /// The row that words without a vector share.
    pub unknown: ModelRow,
    /// The pre-trained vectors, for words that have no number.
    pub beyond: Option<WordVectors>,
}

/// What a model reads for a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// A row of the model.
    Row(ModelRow),
    /// A pre-trained vector of a word that has no number.
    Vector(Cow<'a, [f32]>),
    /// The row of words without a vector.
    Unknown,
}

impl<'a> WordRows<'a> {
    /// The rows of a strategy's lookup. Only where pre-trained vectors are read can `vectors` give those of words that the
    /// task does not have.
    pub fn of(lookup: &'a Lookup, vectors: &WordVectors) -> WordRows<'a> {
        WordRows {
            rows: Cow::Borrowed(&lookup.rows),
            unknown: lookup.unknown,
            beyond: (lookup.base.nrows() > 0).then(|| vectors.clone()),
        }
    }

    /// Rows one after another: the first `known` of all `words` have one, from row `first` on, before which stands that of
    /// the unknown words if there is one. `beyond` gives the vectors of words that have no number.
    pub fn numbered(
        known: usize,
        words: usize,
        first: usize,
        beyond: Option<WordVectors>,
    ) -> WordRows<'static> {
        let unknown = ModelRow(first.checked_sub(1).map_or(u32::MAX, |row| row as u32));
        let row = |word| if word < known { ModelRow((first + word) as u32) } else { unknown };
        WordRows { rows: (0..words).map(row).collect(), unknown, beyond }
    }

    /// What is read for any word; `words` are those that have a number.
    pub fn find(&self, words: &Words, word: &str) -> Found<'_> {
        match words.id(word) {
            Some(number) => match self.rows[number] {
                row if row == self.unknown => Found::Unknown,
                row => Found::Row(row),
            },
            None => self
                .beyond
                .as_ref()
                .and_then(|vectors| vectors.vector_or_made(word))
                .map_or(Found::Unknown, Found::Vector),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::fasttext;

    fn table() -> (Documents, TransferTable) {
        let mut documents = Documents::new(vec!["no".into(), "yes".into()]);
        documents.push_set("training", [("éone one é".to_string(), 0)]);
        documents.push_set("validation", []);
        documents.push_set("test", [("x".to_string(), 0)]);
        let table = TransferTable::new(Arc::new(fasttext::tests::with_parts()), &documents);
        (documents, table)
    }

    #[test]
    fn the_table_holds_the_words_of_the_task_and_no_other() {
        let (documents, table) = table();
        assert_eq!(documents.words.iter().collect::<Vec<_>>(), ["éone", "one", "é", "x"]);
        assert_eq!(table.row, [0, 1, 3, 2].map(TableRow));
        assert_eq!((table.unknown(), table.base.nrows()), (TableRow(3), 4));
        let origin = |word| table.origin(TaskWord(word)).map(|origin| origin.row);
        let (one, x) = (Some(FileRow(1)), Some(FileRow(4)));
        assert_eq!([0, 1, 2, 3].map(origin), [Some(None), Some(one), None, Some(x)]);
        let vector = |word| ndarray::aview1(&table.vectors.vector_or_made(word).unwrap()).to_owned();
        for (row, word) in ["éone", "one", "x"].into_iter().enumerate() {
            assert_eq!(table.base.row(row), vector(word));
        }
        assert!(table.base.row(3).iter().all(|&x| x == 0.0));
    }

    #[test]
    fn unseen_words_are_learned_and_found_like_others() {
        let (documents, table) = table();
        let mut random = rng::stream(1, "strategy test", 0);
        let mut lookup =
            |strategy| Lookup::new(strategy, &documents, &[0], Some(&table), table.dim(), 1, &mut random);
        let (frozen, _) = lookup(Strategy::Frozen);
        assert_eq!((frozen.learned, &frozen.rows[..]), (0, &[0, 1, 3, 2].map(ModelRow)[..]));
        let (tuned, learned) = lookup(Strategy::FineTuned);
        // The unknown word, and the training part's words that have a vector.
        assert_eq!(tuned.origin, [None, Some(TableRow(0)), Some(TableRow(1))]);
        assert_eq!(tuned.rows, [1, 2, 0, 3 + 2].map(ModelRow));
        assert_eq!(learned.row(1), table.base.row(0));
        let (scratch, _) = lookup(Strategy::Scratch);
        for (lookup, rows) in [(&frozen, [0, 1, 2]), (&tuned, [1, 2, 5])] {
            let word_rows = WordRows::of(lookup, &table.vectors);
            let find = |word| word_rows.find(&documents.words, word);
            assert_eq!(["éone", "one", "x"].map(find), rows.map(|row| Found::Row(ModelRow(row))));
            assert_eq!(find("é"), Found::Unknown);
            // Words that the task never had: one of the vectors', one of parts.
            for word in ["naïve", "noone"] {
                assert_eq!(find(word), Found::Vector(table.vectors.vector_or_made(word).unwrap()));
            }
        }
        let scratch = WordRows::of(&scratch, &table.vectors);
        assert_eq!(scratch.find(&documents.words, "one"), Found::Row(ModelRow(2)));
        assert_eq!(scratch.find(&documents.words, "naïve"), Found::Unknown);
    }
}
