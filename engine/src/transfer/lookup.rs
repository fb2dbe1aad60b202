//! Turns a strategy into a lookup table: which row every word of the task reads, and which rows are trained.
//!
//! A model reads two matrices: first its own trainable rows, then the pre-trained vectors of the task's words, which
//! all runs share. So *frozen* is a model without trainable rows: no gradient for the table can exist. *Fine-tuned*
//! is a model whose trainable rows start as copies of the pre-trained vectors of the words in its training documents.
//! No other word gets a gradient, so no other row is copied.
//!
//! If the vectors come with subwords, a word that pre-training never saw gets a vector made from its subwords. Words
//! without a vector share one *unknown* row. It is zero if the table is fixed. Otherwise it is trained: it starts at
//! zero in fine-tuning and at random values in scratch. If the vectors come from a language model, words that it does
//! not have start at the mean of its vectors; each has its own row if word vectors are trained.
//!
//! If the source is a language model, its layers are transferred too, as many as the recipe says
//! ([`TransferTable::layers`]). [`unfreezing`](super::unfreezing) says which parameters are trained in which epoch.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use crate::data::examples::ExampleId;
use crate::models::language_model::adaptation;
use crate::models::language_model::generator::Generator;
use crate::nn::recurrent::Recurrent;
use crate::rng::{self, Stream};
use crate::session::language_model::Direction;
use crate::session::method::Strategy;
use crate::text::documents::{Documents, TaskWord};
use crate::text::words::Words;
use crate::vectors::WordVectors;

/// The standard deviation of random initial vectors.
const SCRATCH_DEVIATION: f64 = 0.1;

/// The pre-trained vectors for the task: one row for each word of the task that has a vector, and no other. So the
/// memory of a run depends on the task's words, not on the size of the source.
pub struct TransferTable {
    /// The vectors `(n + 1, D)`, in the order of the task's words. The last row is that of the unknown word: zero, or
    /// the mean of a language model's vectors.
    pub base: Arc<Array2<f32>>,
    /// The row of each word of the task; `n` for words without a vector.
    row: Vec<TableRow>,
    /// The origin of each row except the last.
    origins: Vec<Origin>,
    /// The pre-trained vectors that the rows come from.
    pub vectors: Arc<WordVectors>,
    /// The layers of the source language model; none for other sources.
    pub layers: SourceLayers,
    /// Whether each word without a vector starts at the mean of all vectors, with its own row if rows are trained.
    mean: bool,
}

/// The recurrent layers of a language model, as it was pre-trained or as a classifier trained them further.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceLayers {
    /// From the lowest up.
    pub all: Vec<Layer>,
    /// The direction in which they read texts.
    pub direction: Direction,
}

impl SourceLayers {
    /// Those of a language model.
    pub fn of(generator: &Generator) -> SourceLayers {
        let model = &generator.model;
        let layers = model.layers().iter().enumerate();
        let layers = layers.map(|(place, &shape)| Layer { shape, weights: model.layer(place).to_vec() });
        SourceLayers { all: layers.collect(), direction: generator.direction }
    }
}

/// A transferred layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The kind and the sizes of the layer.
    pub shape: Recurrent,
    /// The parameters of the layer, one tensor after another.
    pub weights: Vec<f32>,
}

/// A row of a [`TransferTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRow(pub u32);

/// A row of the pre-trained vectors from which a [`TransferTable`] takes its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRow(pub usize);

/// A row of a model: the trained rows come first, then those of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelRow(pub u32);

/// Where a row of a [`TransferTable`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The word of the task.
    pub word: TaskWord,
    /// Its row in the pre-trained vectors; `None` if its vector was made from subwords.
    pub row: Option<FileRow>,
}

impl TransferTable {
    /// The table with the `vectors` of the words of `documents`.
    pub fn new(vectors: Arc<WordVectors>, documents: &Documents) -> TransferTable {
        let (mut numbers, mut origins, mut row) = (Vec::new(), Vec::new(), Vec::new());
        for (number, word) in documents.words.iter().enumerate() {
            // Words without a vector get the last row, once its index is known.
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
        // A row of `dim` values was added for each origin and for the unknown word, so the shape fits.
        let base = Array2::from_shape_vec((known + 1, dim), numbers).unwrap_or_default();
        TransferTable {
            base: Arc::new(base),
            row,
            origins,
            vectors,
            layers: SourceLayers::default(),
            mean: false,
        }
    }

    /// Like [`TransferTable::new`], with the vectors and the layers of a language model. Words that it does not have
    /// start at the mean of its vectors.
    pub fn with_layers(
        vectors: Arc<WordVectors>,
        layers: SourceLayers,
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
        TransferTable { base: Arc::new(base), layers, mean: true, ..table }
    }

    /// A copy of the table with a run's trained rows in place of the original ones.
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

    /// The vector of any word, of the task or not, if it has one: the vector that a document with this word would
    /// read.
    pub fn vector_of<'a>(&'a self, word: &str, documents: &Documents) -> Option<Cow<'a, [f32]>> {
        match documents.word(word) {
            Some(number) => self.vector(number).map(Cow::Borrowed),
            None => self.vectors.vector_or_made(word),
        }
    }

    /// The origin of a row; `None` for the row of the unknown word.
    pub fn origin_of(&self, row: TableRow) -> Option<Origin> {
        self.origins.get(row.0 as usize).copied()
    }

    /// The origin of the vector of a word of the task; `None` if it has no vector.
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

    /// The number of dimensions of a vector.
    pub fn dim(&self) -> usize {
        self.base.ncols()
    }
}

/// Which row a model reads for each word of the task.
pub struct Lookup {
    /// The model row of each word: below `learned` it is a trained row, otherwise a row of `base`.
    pub rows: Vec<ModelRow>,
    /// The number of trained rows.
    pub learned: usize,
    /// The fixed rows.
    pub base: Arc<Array2<f32>>,
    /// The model row that words without a row of their own share.
    pub unknown: ModelRow,
    /// For each trained row the row of `base` that it started from, if there is one.
    pub origin: Vec<Option<TableRow>>,
}

impl Lookup {
    /// The lookup of a strategy for a run that trains on `train`, and the initial values of the trained rows.
    ///
    /// Only scratch uses `dim` and `min_count`. All other strategies need `table`.
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

    /// The lookup in which every word of the task reads the table, and no row is trained.
    pub fn frozen(table: &TransferTable) -> (Lookup, Array2<f32>) {
        let lookup = Lookup {
            // Without trained rows, model rows equal table rows.
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

    /// The model row of a word of the task.
    pub fn row(&self, word: TaskWord) -> ModelRow {
        self.rows[word.0 as usize]
    }

    /// The trained row of a word of the task; `None` if it has none of its own.
    pub fn trained(&self, word: TaskWord) -> Option<usize> {
        let row = self.rows.get(word.0 as usize).filter(|&&row| row != self.unknown)?;
        Some(row.0 as usize).filter(|&row| row < self.learned)
    }

    /// The trained row of all words without one of their own, if they have one.
    pub fn trained_unknown(&self) -> Option<usize> {
        Some(self.unknown.0 as usize).filter(|&row| row < self.learned)
    }

    /// The table row of a model row; `None` if the model row is trained.
    pub fn fixed(&self, row: ModelRow) -> Option<TableRow> {
        row.0.checked_sub(self.learned as u32).map(TableRow)
    }

    /// The vector in a row of `base`.
    pub fn base_row(&self, row: TableRow) -> ArrayView1<'_, f32> {
        self.base.row(row.0 as usize)
    }
}

/// Which row a model reads for any word.
#[derive(Clone)]
pub struct WordRows<'a> {
    /// The row of each word by its id; `unknown` for words without a vector.
    pub rows: Cow<'a, [ModelRow]>,
    /// The row that words without a vector share.
    pub unknown: ModelRow,
    /// The pre-trained vectors for words without an id, if they may be used.
    pub beyond: Option<WordVectors>,
}

/// What a model reads for a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// A row of the model.
    Row(ModelRow),
    /// A pre-trained vector of a word that has no id.
    Vector(Cow<'a, [f32]>),
    /// The row that words without a vector share.
    Unknown,
}

impl<'a> WordRows<'a> {
    /// The rows of a strategy's lookup. Words that the task does not have get a vector from `vectors`, but only if
    /// the strategy reads pre-trained vectors.
    pub fn of(lookup: &'a Lookup, vectors: &WordVectors) -> WordRows<'a> {
        WordRows {
            rows: Cow::Borrowed(&lookup.rows),
            unknown: lookup.unknown,
            beyond: (lookup.base.nrows() > 0).then(|| vectors.clone()),
        }
    }

    /// Consecutive rows: of all `words` words, the first `known` have the rows from `first` on. If `first` is above
    /// 0, the row before it is that of the unknown word. `beyond` has the vectors of words without an id.
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

    /// What the model reads for any word; `words` are the words with ids.
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
        // The unknown word, and the words of the training documents that have a vector.
        assert_eq!(tuned.origin, [None, Some(TableRow(0)), Some(TableRow(1))]);
        assert_eq!(tuned.rows, [1, 2, 0, 3 + 2].map(ModelRow));
        assert_eq!(learned.row(1), table.base.row(0));
        let (scratch, _) = lookup(Strategy::Scratch);
        for (lookup, rows) in [(&frozen, [0, 1, 2]), (&tuned, [1, 2, 5])] {
            let word_rows = WordRows::of(lookup, &table.vectors);
            let find = |word| word_rows.find(&documents.words, word);
            assert_eq!(["éone", "one", "x"].map(find), rows.map(|row| Found::Row(ModelRow(row))));
            assert_eq!(find("é"), Found::Unknown);
            // Words that the task does not have: one is in the vectors, one is made from subwords.
            for word in ["naïve", "noone"] {
                assert_eq!(find(word), Found::Vector(table.vectors.vector_or_made(word).unwrap()));
            }
        }
        let scratch = WordRows::of(&scratch, &table.vectors);
        assert_eq!(scratch.find(&documents.words, "one"), Found::Row(ModelRow(2)));
        assert_eq!(scratch.find(&documents.words, "naïve"), Found::Unknown);
    }
}
