//! A sentence encoder with a head, as a model that gradient descent trains, with its documents.
//!
//! The encoder uses all threads by itself, so a batch is one task.

use std::borrow::Cow;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET};
use crate::error::Result;
use crate::models::encoder_classifier::EncoderClassifier;
use crate::nn::blocks::{Tensor, Values};
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::{GroupRates, Optimizer, RateFactor};
use crate::session::method::Strategy;
use crate::session::record::Audit;
use crate::session::training::OptimizerChoice;
use crate::text::documents::{Documents, TaskWord};
use crate::train::learner::{Evaluate, Inside, Inspect};
use crate::train::read_encoder::ReadEncoder;
use crate::train::sentence_vectors::SentenceVectors;
use crate::train::task::Workspace;
use crate::train::text_pretrained::TextPretrained;
use crate::transfer::audit;
use crate::transfer::layer_drift::{self, Encoders};
use crate::transfer::lookup::TableRow;
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::encoder::{EncoderLayers, EncoderModel};
use crate::transfer::unfreezing::{Groups, Rows};

use super::by_hand::LayerGroup;
use super::fit::Scaling;
use super::sentences;
use super::subject::{BatchShard, LinearTop, Parameters, Subject};

/// How many documents a task computes the features of.
const CHUNK: usize = 128;
/// The number of multiplications that count as one sequential step.
const STEP_WORK: f64 = 400_000.0;

/// A sentence encoder with a head, and its documents.
pub struct EncoderSubject {
    documents: Arc<Documents>,
    read: ReadEncoder,
    /// The vectors of texts from the published encoder.
    vectors: SentenceVectors,
    model: EncoderClassifier<f32>,
    strategy: Strategy,
    /// The trained tokens that the documents have: the row of each in the table of the task's words, and its id.
    rows: Vec<(TableRow, u32)>,
    /// The number of the encoder's groups that are never trained, from the embeddings up.
    fixed: usize,
    dropout: f32,
    /// The number of the parameters in these groups and their hash, before training.
    before: (usize, u64),
}

impl EncoderSubject {
    /// A model that never trains the first `fixed` groups of its encoder.
    pub fn new(
        words: &TextPretrained,
        (read, vectors): (ReadEncoder, SentenceVectors),
        mut model: EncoderClassifier<f32>,
        strategy: Strategy,
        fixed: usize,
        dropout: f32,
    ) -> EncoderSubject {
        model.freeze(fixed);
        let (documents, rows) = (words.documents.clone(), rows_of_tokens(words, &model));
        let mut subject = EncoderSubject {
            documents,
            read,
            vectors,
            model,
            strategy,
            rows,
            fixed,
            dropout,
            before: (0, 0),
        };
        subject.before = audit::hash_values(subject.fixed_values());
        subject
    }

    /// The number of trainable parameters, and of all parameters.
    pub fn parameters(&self) -> (u64, u64) {
        let (trained, all) = self.model.parameters();
        ((trained - self.fixed_values().len()) as u64, all as u64)
    }

    /// The dense parameters that are never trained.
    fn fixed_values(&self) -> &[f32] {
        let groups = self.model.encoder.groups();
        let end =
            self.fixed.checked_sub(1).and_then(|last| groups.get(last)).map_or(0, |group| group.dense.end);
        &self.model.encoder.dense[..end]
    }

    fn ids<'a>(&'a self, examples: &[ExampleId]) -> Vec<&'a [u32]> {
        examples.iter().map(|&example| &self.read.ids[example as usize][..]).collect()
    }
}

impl Subject for EncoderSubject {
    fn examples(&self) -> &dyn Examples {
        &*self.documents
    }

    fn shard(&self, _train: &[ExampleId]) -> usize {
        usize::MAX
    }

    fn prepare(&mut self, optimizer: &mut Optimizer<f32>, batch: &[ExampleId]) {
        let ids: Vec<&[u32]> = batch.iter().map(|&example| &self.read.ids[example as usize][..]).collect();
        self.model.prepare(optimizer, &ids);
    }

    fn loss_and_gradient(
        &self,
        shard: BatchShard,
        gradient: &mut Gradient<f32>,
        workspace: &mut Workspace,
    ) -> f64 {
        let BatchShard { examples, batch, weights, moment } = shard;
        let labels: Vec<u32> = examples.iter().map(|&d| self.documents.labels[d as usize]).collect();
        let (labels, dropped) = ((&labels[..], Some(weights)), (self.dropout, moment));
        let texts = self.ids(examples);
        self.model.loss_and_gradient(&texts, labels, batch, dropped, gradient, &mut workspace.encoder).sum
    }

    fn flops(&self, examples: &[ExampleId], _fresh: bool) -> u64 {
        self.ids(examples).iter().map(|ids| self.model.training_flops(ids.len())).sum()
    }

    fn groups(&self) -> Groups {
        let groups = self.model.encoder.groups();
        let trained = groups[self.fixed..].iter().rev().map(|group| vec![group.dense.clone()]);
        let dense: Vec<_> = std::iter::once(vec![self.model.head_range()]).chain(trained).collect();
        let tokens = self.model.encoder.tokens.trained_rows() > 0;
        Groups { dense, rows: if tokens { Rows::WithLast } else { Rows::None } }
    }

    fn move_groups(&mut self, moving: usize) {
        let still = self.groups().len().saturating_sub(moving);
        self.model.freeze(self.fixed + still);
    }

    fn layer_groups(&self) -> Vec<LayerGroup> {
        let tokens = self.model.encoder.tokens.trained_rows() > 0;
        let head = vec![self.model.head_range()];
        let head = LayerGroup { name: "head".into(), part_of: 0, dense: head, rows: false };
        let groups = self.model.encoder.groups().split_off(self.fixed);
        let last = groups.len();
        let below = groups.into_iter().rev().zip(1..).map(|(group, part_of)| LayerGroup {
            name: group.name,
            part_of,
            dense: vec![group.dense],
            // The rows belong to the strategy's last group, whichever that is.
            rows: tokens && part_of == last,
        });
        std::iter::once(head).chain(below).collect()
    }
}

impl Parameters for EncoderSubject {
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
        // Layers that are never trained have no gradient, and no decay of their weights either.
        let trained = self.fixed_values().len()..self.model.encoder.dense.len();
        match group_rates {
            None if trained.start > 0 => {
                let rates =
                    GroupRates { dense: vec![(trained, RateFactor { factor: 1.0, since: 0 })], rows: None };
                self.model.step(optimizer, gradient, learning_rate, Some(&rates));
            }
            rates => self.model.step(optimizer, gradient, learning_rate, rates),
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
}

impl LinearTop for EncoderSubject {
    fn only_linear_is_new(&self) -> Option<(usize, usize)> {
        let linear = self.strategy != Strategy::Scratch && self.model.is_linear();
        linear.then(|| (self.model.encoder.features(), CHUNK))
    }

    fn features(&self, examples: &[ExampleId], _workspace: &mut Workspace, rows: &mut Vec<f32>) {
        self.vectors.write(&self.read, examples, rows);
    }

    fn scaling(&self) -> Scaling {
        Scaling::Together
    }

    fn feature_flops(&self, examples: &[ExampleId]) -> u64 {
        self.ids(examples).iter().map(|ids| self.model.forward_flops(ids.len())).sum()
    }

    fn set_linear(&mut self, linear: &[f32]) {
        self.model.set_head(linear);
    }
}

impl Evaluate for EncoderSubject {
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        self.model.predict(&self.ids(examples), &mut workspace.encoder, out);
    }

    fn steps_through(&self, example: ExampleId) -> usize {
        let length = self.read.ids[example as usize].len();
        ((self.model.encoder.operations(length) / STEP_WORK) as usize).max(1)
    }
}

impl Inspect for EncoderSubject {
    fn predictor(&mut self) -> Predictor<'_> {
        let layers = EncoderLayers::Trained(Cow::Borrowed(&self.model));
        sentences::predictor(&self.documents, EncoderModel { reader: self.read.reader.clone(), layers })
    }

    fn audit(&self) -> Audit {
        if self.strategy == Strategy::Scratch {
            return Audit::NothingTransferred;
        }
        if self.fixed == self.model.encoder.groups().len() {
            return audit::fixed(self.before, audit::hash_values(self.fixed_values()));
        }
        let (own, published) = (&self.model.encoder, &self.read.model);
        let moved = |(own, published): (&f32, &f32)| own.to_bits() != published.to_bits();
        let layers = published.dense.iter().zip(&own.dense).filter(|&(p, o)| moved((o, p))).count();
        let rows = own.tokens.trained_ids().map(|id| (own.tokens.row(id), published.tokens.row(id)));
        let tokens: usize =
            rows.map(|(own, row)| own.iter().zip(row).filter(|&pair| moved(pair)).count()).sum();
        Audit::Changed { rows: layers + tokens, of: published.parameters() }
    }

    fn inside(&self) -> Inside<'_> {
        if !self.strategy.tunes() {
            return Inside::Nothing;
        }
        let (now, published, train) = (&self.model.encoder, &*self.read.model, self.documents.set(TRAIN_SET));
        let text = |place: usize| &self.read.ids[train.start + place][..];
        let texts = layer_drift::sample(train.len(), |place| text(place).len()).into_iter().map(text);
        let encoders = Encoders { now, published, texts: texts.collect(), states: &self.read.states };
        Inside::Encoder(self.rows.iter().map(|&(row, id)| (row, now.tokens.row(id))).collect(), encoders)
    }
}

/// The trained tokens that the documents have: the row of each in the table of the task's words, and its id.
fn rows_of_tokens(words: &TextPretrained, model: &EncoderClassifier<f32>) -> Vec<(TableRow, u32)> {
    let Some(tokeniser) = words.documents.how.model() else { return Vec::new() };
    let row = |(number, name): (usize, &str)| {
        let id = tokeniser.subwords().id(name)?;
        model.encoder.tokens.place(id)?;
        Some((words.table.row(TaskWord(number as u32))?, id))
    };
    words.documents.words.iter().enumerate().filter_map(row).collect()
}
