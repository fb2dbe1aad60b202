//! The settings of a run: values that the recipe leaves out are filled in by the size of the budget and by the head.

use crate::session::encoder_source::EncoderSource;
use crate::session::image_transfer::ImagePretraining;
use crate::session::method::{Method, Strategy};
use crate::session::metric::Metric;
use crate::session::recipe::{Recipe, Transfer};
use crate::session::text_source::TextSource;
use crate::session::text_transfer::TextTransfer;
use crate::session::training::{ClassWeight, OptimizerChoice, Schedule, TrainingOptions};
use crate::session::tuning::TrialSettings;
use crate::transfer::solving::Solving;

/// All settings of a run's training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub optimizer: OptimizerChoice,
    pub learning_rate: f32,
    /// The learning rate of the new layers, as a multiple of that; `None` if it is the same.
    pub head: Option<f32>,
    pub schedule: Schedule,
    pub warm_up: f32,
    /// Batch size.
    pub batch_size: usize,
    /// The largest number of epochs.
    pub epochs: u64,
    /// The number of epochs without a better validation loss after which a run ends.
    pub patience: u64,
    /// The gradient norm above which gradients are clipped; 0 means no clipping.
    pub max_grad_norm: f32,
    /// The factor by which the learning rate of a layer is lower than that of the layer above it, if the recipe gives
    /// it.
    pub discriminative: Option<f32>,
    pub dropout: f32,
    /// How much the loss of an example counts, by its class.
    pub class_weight: ClassWeight,
    /// The number of tokens of a document that are read.
    pub max_tokens: usize,
    /// The units of the head, if they are not the recipe's.
    pub hidden: Option<usize>,
    /// The regularisation C of a solver, if it is not the usual one.
    pub c: Option<f64>,
    /// The metric that a solver chooses by.
    pub metric: Metric,
}

/// The learning rate of a layer of an encoder divided by that of the layer below it, under gradual unfreezing.
const SLOWER_LAYERS: f32 = 1.2;
/// The number of tokens that recurrent heads read, if the recipe does not say.
const RECURRENT_TOKENS: usize = 300;

impl Settings {
    /// The settings of a run of `method` on texts or images with a budget of `labels` examples (validation included).
    pub fn new(recipe: &Recipe, method: Method, labels: usize) -> Settings {
        let (training, metric) = (&recipe.training, recipe.metric.unwrap_or_default());
        let text = match &recipe.transfer {
            Transfer::Text(text) => text,
            Transfer::Images(_) => return Settings { metric, ..Settings::of_images(training, labels) },
        };
        if let (TextSource::Encoder(asked), Some(strategy)) = (text.source(), method.strategy())
            && strategy != Strategy::Frozen
        {
            return Settings { metric, ..Settings::of_encoder(training, asked, text, strategy, labels) };
        }
        let average = text.head.reads_mean();
        let (batch, epochs, patience) = match (labels, average) {
            (..=200, true) => (16, 200, 15),
            (..=200, false) => (16, 60, 8),
            (..=1_000, true) => (32, 100, 10),
            (..=1_000, false) => (32, 40, 8),
            (..=10_000, true) => (64, 20, 3),
            (..=10_000, false) => (64, 20, 3),
            (_, true) => (64, 15, 2),
            (_, false) => (64, 6, 2),
        };
        Settings {
            optimizer: training.optimizer,
            learning_rate: training.learning_rate.unwrap_or(if average { 0.005 } else { 0.001 }),
            head: None,
            schedule: training.schedule,
            warm_up: training.warm_up,
            batch_size: training.batch_size.unwrap_or(batch),
            epochs: training.epochs.unwrap_or(epochs) as u64,
            patience: training.patience.unwrap_or(patience) as u64,
            max_grad_norm: training.max_grad_norm,
            discriminative: training.discriminative,
            dropout: text.dropout,
            class_weight: training.class_weight,
            max_tokens: text.max_tokens.unwrap_or(if average { usize::MAX } else { RECURRENT_TOKENS }),
            hidden: None,
            c: None,
            metric,
        }
    }

    /// The settings of a run that trains a sentence encoder, with a budget of `labels` examples.
    fn of_encoder(
        training: &TrainingOptions,
        asked: &EncoderSource,
        text: &TextTransfer,
        strategy: Strategy,
        labels: usize,
    ) -> Settings {
        let (batch, epochs) = match labels {
            ..=200 => (16, 20),
            201..=1_000 => (16, 10),
            1_001..=10_000 => (32, 4),
            _ => (32, 2),
        };
        let own = asked.learning_rate.or(training.learning_rate).unwrap_or(0.000_05);
        let learning_rate = match strategy {
            Strategy::LinearProbeThenFineTune => asked.after_probe.unwrap_or(own),
            _ => own,
        };
        let gradual = strategy == Strategy::GradualUnfreezing;
        let head = asked.head_learning_rate.or(gradual.then_some(EncoderSource::HEAD));
        Settings {
            optimizer: training.optimizer,
            learning_rate,
            head: head.map(|head| head / learning_rate),
            schedule: training.schedule,
            warm_up: training.warm_up,
            batch_size: training.batch_size.unwrap_or(batch),
            epochs: asked.epochs.or(training.epochs).unwrap_or(epochs) as u64,
            patience: training.patience.unwrap_or(4) as u64,
            max_grad_norm: training.max_grad_norm,
            discriminative: training.discriminative.or(gradual.then_some(SLOWER_LAYERS)),
            dropout: text.dropout,
            class_weight: training.class_weight,
            metric: Metric::default(),
            max_tokens: usize::MAX,
            hidden: None,
            c: None,
        }
    }

    /// The settings of a run on images, with a budget of `labels` examples.
    fn of_images(training: &TrainingOptions, labels: usize) -> Settings {
        let (batch, epochs, patience) = match labels {
            ..=200 => (16, 100, 20),
            201..=1_000 => (32, 60, 10),
            1_001..=10_000 => (64, 30, 5),
            _ => (64, 10, 3),
        };
        Settings {
            optimizer: training.optimizer,
            learning_rate: training.learning_rate.unwrap_or(0.001),
            head: None,
            schedule: training.schedule,
            warm_up: training.warm_up,
            batch_size: training.batch_size.unwrap_or(batch),
            epochs: training.epochs.unwrap_or(epochs) as u64,
            patience: training.patience.unwrap_or(patience) as u64,
            max_grad_norm: training.max_grad_norm,
            discriminative: training.discriminative,
            dropout: 0.0,
            class_weight: training.class_weight,
            max_tokens: usize::MAX,
            hidden: None,
            c: None,
            metric: Metric::default(),
        }
    }

    /// The settings of pre-training an image network. It has no early stopping.
    pub fn of_pretraining(asked: &ImagePretraining) -> Settings {
        Settings {
            optimizer: asked.optimizer,
            learning_rate: asked.learning_rate,
            head: None,
            schedule: asked.schedule,
            warm_up: 0.0,
            batch_size: asked.batch_size,
            epochs: asked.epochs as u64,
            patience: u64::MAX,
            max_grad_norm: 5.0,
            discriminative: None,
            dropout: 0.0,
            class_weight: ClassWeight::None,
            max_tokens: usize::MAX,
            hidden: None,
            c: None,
            metric: Metric::default(),
        }
    }

    /// The same settings, but for those of a trial.
    pub fn with(self, trial: TrialSettings) -> Settings {
        Settings {
            learning_rate: trial.learning_rate.unwrap_or(self.learning_rate),
            epochs: trial.epochs.unwrap_or(self.epochs),
            dropout: trial.dropout.unwrap_or(self.dropout),
            hidden: trial.hidden.or(self.hidden),
            c: trial.c.or(self.c),
            ..self
        }
    }

    /// The settings of a solver.
    pub fn solving(&self) -> Solving {
        Solving { class_weight: self.class_weight, c: self.c, metric: self.metric }
    }

    /// The optimizer, the learning rate and class weights if there are any, as a phrase: "Adam 0.001", "SGD, momentum 0.9,
    /// 0.01", "Adam 0.001, balanced class weights".
    pub fn optimizer(&self) -> String {
        let name = self.optimizer.to_string();
        let comma = if name.contains(',') { "," } else { "" };
        self.class_weight.beside(format!("{name}{comma} {}", self.learning_rate))
    }
}
