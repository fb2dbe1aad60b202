//! The text classifier, as a model that gradient descent trains, with its documents.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::models::text_classifier::{FrozenPart, Known, TextClassifier, Within};
use crate::nn::blocks::{Tensor, Values};
use crate::nn::distinct::Distinct;
use crate::nn::dropout::Dropout;
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{GroupRates, Optimizer};
use crate::session::checkpoint::{Kept, Numbers, Tensors};
use crate::session::language_model::{Direction, Dropouts};
use crate::session::method::Strategy;
use crate::session::record::Audit;
use crate::session::training::OptimizerChoice;
use crate::text::documents::{Documents, TaskWord};
use crate::train::learner::{Carried, Evaluate, Inside, Inspect};
use crate::train::task::Workspace;
use crate::transfer::audit;
use crate::transfer::calibration::Temperature;
use crate::transfer::lookup::{Lookup, TransferTable, WordRows};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};
use crate::transfer::unfreezing::{Groups, Rows};
use crate::vectors::WordVectors;

use super::by_hand::LayerGroup;
use super::fit::Scaling;
use super::subject::{BatchShard, LinearTop, Parameters, Subject};
use super::tensors::{find, kept};

/// The approximate number of words of a shard that are read one after another. Long documents come in smaller shards,
/// so that no task takes long.
const SHARD_TOKENS: usize = 2_048;
/// The largest number of documents in a shard.
const SHARD_DOCUMENTS: usize = 32;
/// How many documents a task computes the features of.
const CHUNK: usize = 128;
/// The same for models that read documents word by word.
const FEW: usize = 8;
/// The memory in bytes for precomputed values of frequent words in a recurrent model, during an evaluation.
const KNOWN_BYTES: usize = 32 << 20;

/// The name of the tensor with the trained word vectors.
const EMBEDDING: &str = "embedding.weight";

/// A text classifier and its documents.
pub struct Texts {
    documents: Arc<Documents>,
    strategy: Strategy,
    model: TextClassifier<f32>,
    /// The number of transferred layers, counted from the word vectors up.
    carried: usize,
    reader: Reader,
    table: Arc<TransferTable>,
    dropout: f32,
    /// The dropout within transferred layers; `None` if there is none.
    within: Option<Dropouts>,
    /// The precomputed values of frequent words, during an evaluation.
    known: Option<Known>,
    /// The number of fixed rows and the hash of the fixed parameters before training, for the frozen strategy.
    fixed: Option<(usize, u64)>,
}

impl Texts {
    /// A model that reads `documents` with `reader`.
    pub fn new(
        documents: Arc<Documents>,
        strategy: Strategy,
        model: TextClassifier<f32>,
        reader: Reader,
        table: Arc<TransferTable>,
        dropout: f32,
    ) -> Texts {
        let carried = 0;
        let mut texts = Texts {
            documents,
            strategy,
            model,
            carried,
            reader,
            table,
            dropout,
            within: None,
            known: None,
            fixed: None,
        };
        texts.begin();
        texts
    }

    /// The same with `carried` transferred layers, counted from the word vectors up.
    pub fn carrying(self, carried: usize) -> Texts {
        let mut texts = Texts { carried, ..self };
        texts.begin();
        texts
    }

    /// The same with dropout within its layers, which are those of a language model.
    pub fn dropping(self, within: Dropouts) -> Texts {
        Texts { within: (within != Dropouts::default()).then_some(within), ..self }
    }

    fn begin(&mut self) {
        self.fixed = (self.strategy == Strategy::Frozen)
            .then(|| audit::hash(&self.reader.lookup, self.fixed_layers()));
    }

    /// The weights of the layers that are fixed under the frozen strategy.
    fn fixed_layers(&self) -> &[f32] {
        transferred(&self.model, self.carried)
    }

    /// The number of words that are read of a document.
    fn words(&self, document: ExampleId) -> usize {
        self.reader.words(&self.documents, document)
    }

    fn tokens<'a>(&'a self, documents: &'a [ExampleId]) -> impl Iterator<Item = &'a [u32]> {
        documents.iter().map(|&d| &self.documents.tokens[d as usize][..])
    }
}

impl Subject for Texts {
    fn examples(&self) -> &dyn Examples {
        &*self.documents
    }

    fn shard(&self, train: &[ExampleId]) -> usize {
        if !self.model.reads_words() {
            return SHARD_DOCUMENTS;
        }
        let read = |tokens: &[u32]| tokens.len().min(self.reader.max_tokens);
        let mean = self.tokens(train).map(read).sum::<usize>().div_ceil(train.len().max(1)).max(1);
        let fit = (SHARD_TOKENS / mean).max(1);
        (1 << fit.ilog2()).clamp(4, SHARD_DOCUMENTS)
    }

    fn prepare(&mut self, optimizer: &mut Optimizer<f32>, batch: &[ExampleId]) {
        if self.model.trainable_words() > 0 {
            let (rows, starts) = self.reader.read(self.tokens(batch));
            self.model.prepare(optimizer, &slices(&rows, &starts));
        }
    }

    fn loss_and_gradient(
        &self,
        shard: BatchShard,
        gradient: &mut Gradient<f32>,
        workspace: &mut Workspace,
    ) -> f64 {
        let BatchShard { examples, batch, weights, moment } = shard;
        let (rows, starts) = self.reader.read(self.tokens(examples));
        let labels: Vec<u32> = examples.iter().map(|&d| self.documents.labels[d as usize]).collect();
        let dropout = (self.dropout > 0.0)
            .then(|| Dropout { fraction: self.dropout, stream: moment.of_part("dropout") });
        let scale = 1.0 / batch as f32;
        let texts = slices(&rows, &starts);
        let within = self.within.map(|dropouts| Within { dropouts, moment });
        let dropped = (dropout, within.as_ref());
        let workspace = &mut workspace.text;
        let labels = (&labels[..], Some(weights));
        self.model.loss_and_gradient_within(&texts, labels, scale, dropped, gradient, workspace).sum
    }

    fn flops(&self, examples: &[ExampleId], _fresh: bool) -> u64 {
        examples.iter().map(|&document| self.model.training_flops(self.words(document))).sum()
    }

    fn groups(&self) -> Groups {
        let range = |place| self.model.layer(place);
        let new = (self.carried..=self.model.layers()).map(range).filter(|range| !range.is_empty());
        let carried = (0..self.carried).rev().map(|place| vec![range(place)]);
        Groups {
            dense: std::iter::once(new.collect()).chain(carried).collect(),
            rows: if self.model.trainable_words() > 0 { Rows::Own } else { Rows::None },
        }
    }

    fn move_groups(&mut self, moving: usize) {
        self.model.freeze(FrozenPart {
            layers: (self.carried + 1).saturating_sub(moving),
            words: moving < self.groups().len() && self.model.trainable_words() > 0,
        });
    }

    fn layer_groups(&self) -> Vec<LayerGroup> {
        let group = |name: &str, part_of, dense: Vec<Range<usize>>, rows| LayerGroup {
            name: name.into(),
            part_of,
            dense,
            rows,
        };
        let (layers, carried) = (self.model.layers(), self.carried);
        let body: Vec<Range<usize>> =
            (carried..layers).map(|place| self.model.layer(place)).filter(|r| !r.is_empty()).collect();
        let mut groups = vec![group("head", 0, vec![self.model.layer(layers)], false)];
        if !body.is_empty() {
            groups.push(group("body", 0, body, false));
        }
        for place in (0..carried).rev() {
            let name = format!("layer {}", place + 1);
            groups.push(group(&name, carried - place, vec![self.model.layer(place)], false));
        }
        if self.model.trainable_words() > 0 {
            groups.push(group("embedding", carried + 1, Vec::new(), true));
        }
        groups
    }
}

impl Parameters for Texts {
    fn optimizer(&self, algorithm: OptimizerChoice) -> Optimizer<f32> {
        self.model.optimizer(algorithm)
    }

    fn gradient(&self) -> Gradient<f32> {
        self.model.gradient()
    }

    fn step(
        &mut self,
        optimizer: &mut Optimizer<f32>,
        gradient: &Gradient<f32>,
        learning_rate: f32,
        group_rates: Option<&GroupRates>,
    ) {
        match group_rates {
            Some(group_rates) => self.model.step_at(optimizer, gradient, learning_rate, group_rates),
            None => self.model.step(optimizer, gradient, learning_rate),
        }
    }

    fn settle(&mut self, optimizer: &mut Optimizer<f32>) {
        self.model.settle(optimizer);
    }

    fn tensors(&self) -> Vec<Tensor<'_, f32>> {
        self.model.tensors()
    }

    fn load<'a>(&mut self, find: &dyn Fn(&str) -> Option<Values<'a, f32>>) -> Result<()> {
        self.model.load(find)
    }

    fn carried(&self) -> Carried {
        let mut tensors: Tensors = kept(self.model.tensors()).into_iter().map(Kept::into_owned).collect();
        // Which row a word has depends on the labels.
        tensors.retain(|tensor| tensor.name != EMBEDDING);
        let (dim, trained) = (self.model.dim().max(1), self.model.trainable());
        let lookup = &self.reader.lookup;
        let vector = |row: usize| Some(trained.get(row * dim..(row + 1) * dim)?.to_vec());
        let words = (0..self.documents.words.len() as u32).map(TaskWord);
        let words = words.filter_map(|word| Some((word, vector(lookup.trained(word)?)?)));
        let unknown = lookup.trained_unknown().and_then(vector);
        Carried { words: words.collect(), unknown, tensors }
    }

    fn adopt(&mut self, carried: &Carried) -> Result<()> {
        let mut own: Tensors = kept(self.model.tensors()).into_iter().map(Kept::into_owned).collect();
        let dim = self.model.dim();
        if let Some(Numbers::Real(rows)) =
            own.iter_mut().find(|tensor| tensor.name == EMBEDDING).map(|tensor| &mut tensor.numbers)
        {
            let rows = rows.to_mut();
            let lookup = &self.reader.lookup;
            let of_words = carried.words.iter().map(|(word, vector)| (lookup.trained(*word), vector));
            let unknown = carried.unknown.iter().map(|vector| (lookup.trained_unknown(), vector));
            for (row, vector) in of_words.chain(unknown) {
                if let Some(row) = row
                    && vector.len() == dim
                {
                    rows[row * dim..(row + 1) * dim].copy_from_slice(vector);
                }
            }
        }
        self.model.load(|name| find(&carried.tensors, name).or_else(|| find(&own, name)))
    }
}

impl LinearTop for Texts {
    fn only_linear_is_new(&self) -> Option<(usize, usize)> {
        let all = self.strategy != Strategy::Scratch && self.carried == self.model.layers();
        all.then(|| (self.model.feature_count(), chunk(&self.model)))
    }

    fn features(&self, documents: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>) {
        let (read, starts) = self.reader.read(self.tokens(documents));
        rows.resize(documents.len() * self.model.feature_count(), 0.0);
        self.model.features(&slices(&read, &starts), &mut workspace.text, rows);
    }

    fn scaling(&self) -> Scaling {
        Scaling::Each
    }

    fn feature_flops(&self, documents: &[ExampleId]) -> u64 {
        documents.iter().map(|&document| self.model.feature_flops(self.words(document))).sum()
    }

    fn set_linear(&mut self, linear: &[f32]) {
        self.model.linear_mut().copy_from_slice(linear);
    }
}

impl Evaluate for Texts {
    fn classify(&self, documents: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        let (rows, starts) = self.reader.read(self.tokens(documents));
        let texts = slices(&rows, &starts);
        self.model.predict(&texts, self.known.as_ref(), &mut workspace.text, out);
    }

    fn steps_through(&self, document: ExampleId) -> usize {
        if self.model.reads_words() { self.documents.length(document).min(self.reader.max_tokens) } else { 0 }
    }

    fn begin_evaluation(&mut self, documents: &[ExampleId]) {
        let most = KNOWN_BYTES / self.model.bytes_to_know().max(1);
        if !self.model.reads_words() || most == 0 {
            return;
        }
        let (rows, _) = self.reader.read(self.tokens(documents));
        let (mut distinct, mut counts) = (Distinct::default(), Vec::new());
        distinct.clear(rows.len());
        for &row in &rows {
            let number = distinct.number(row) as usize;
            counts.resize(counts.len().max(number + 1), 0_u32);
            counts[number] += 1;
        }
        // The values of a word that occurs once are not precomputed.
        let mut frequent: Vec<(u32, u32)> = distinct.words().iter().copied().zip(counts).collect();
        frequent.retain(|&(_, count)| count > 1);
        frequent.sort_unstable_by_key(|&(row, count)| (Reverse(count), row));
        frequent.truncate(most);
        let words: Vec<u32> = frequent.into_iter().map(|(row, _)| row).collect();
        self.known = Some(self.model.know(&words));
    }

    fn end_evaluation(&mut self) {
        self.known = None;
    }
}

impl Inspect for Texts {
    fn predictor(&mut self) -> Predictor<'_> {
        Predictor::from(self.reader.predictor(&self.documents, &self.model, &self.table.vectors))
    }

    fn audit(&self) -> Audit {
        let layers = self.fixed_layers();
        audit::audit_all(self.strategy, self.fixed, &self.reader.lookup, layers, self.model.trainable())
    }

    fn inside(&self) -> Inside<'_> {
        if !self.strategy.tunes() {
            return Inside::Nothing;
        }
        // The trained rows whose initial values are a row of the pre-trained table.
        let rows = self.model.trainable().chunks_exact(self.model.dim().max(1));
        let origins = self.reader.lookup.origin.iter().zip(rows);
        Inside::WordVectors(origins.filter_map(|(origin, row)| Some(((*origin)?, row))).collect())
    }
}

/// How many documents a task computes the features of.
pub fn chunk(model: &TextClassifier<f32>) -> usize {
    if model.reads_words() { FEW } else { CHUNK }
}

/// The weights of the first `layers` layers of a model, counted from the word vectors up.
pub fn transferred(model: &TextClassifier<f32>, layers: usize) -> &[f32] {
    &model.dense()[..layers.checked_sub(1).map_or(0, |last| model.layer(last).end)]
}

/// How a model reads a document.
pub struct Reader {
    pub lookup: Lookup,
    /// The largest number of words that are read, from the beginning of a document.
    pub max_tokens: usize,
    /// The direction in which these words are read.
    pub direction: Direction,
}

impl Reader {
    /// The number of words that are read of a document.
    pub fn words(&self, documents: &Documents, document: ExampleId) -> usize {
        documents.tokens[document as usize].len().min(self.max_tokens)
    }

    /// The model's rows for the words of the documents, concatenated, and the start of each document in them.
    pub fn read<'a>(&self, documents: impl IntoIterator<Item = &'a [u32]>) -> (Vec<u32>, Vec<usize>) {
        let (mut rows, mut starts) = (Vec::new(), vec![0]);
        for document in documents {
            let read = &document[..document.len().min(self.max_tokens)];
            rows.extend(read.iter().map(|&word| self.lookup.row(TaskWord(word)).0));
            let start = starts[starts.len() - 1];
            self.turn(&mut rows[start..]);
            starts.push(rows.len());
        }
        (rows, starts)
    }

    /// A predictor for new texts with `model`, which was trained on `documents`. Words that these do not have are
    /// looked up in the pre-trained `vectors`.
    pub fn predictor<'a>(
        &'a self,
        documents: &'a Documents,
        model: &'a TextClassifier<f32>,
        vectors: &'a WordVectors,
    ) -> TextPredictor<'a> {
        TextPredictor {
            classes: Cow::Borrowed(&documents.classes),
            tokens: documents.how.clone(),
            phrases: KnownPhrases::of(&documents.how, &vectors.words),
            words: Cow::Borrowed(&documents.words),
            model: TextModel::Classifier {
                model: Cow::Borrowed(model),
                rows: WordRows::of(&self.lookup, vectors),
                max_tokens: self.max_tokens,
                direction: self.direction,
            },
            temperature: Temperature::default(),
        }
    }

    /// Puts a document's rows into reading order.
    fn turn(&self, rows: &mut [u32]) {
        if self.direction == Direction::Backward {
            rows.reverse();
        }
    }
}

/// Splits the concatenated documents of [`Reader::read`].
pub fn slices<'a>(rows: &'a [u32], starts: &[usize]) -> Vec<&'a [u32]> {
    starts.windows(2).map(|ends| &rows[ends[0]..ends[1]]).collect()
}
