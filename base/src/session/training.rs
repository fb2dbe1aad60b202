//! How runs are trained.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How runs are trained. A `None` depends on the label budget; the run's record has the value that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingOptions {
    /// The optimizer.
    pub optimizer: OptimizerChoice,
    /// The learning rate. Left out: 0.001 for recurrent heads, 0.005 for `Average`.
    pub learning_rate: Option<f32>,
    /// How the learning rate changes over the planned steps.
    pub schedule: Schedule,
    /// The fraction of the planned steps over which the learning rate rises from 0.
    pub warm_up: f32,
    /// Batch size. Left out: 16 for up to 200 labels, 32 for up to 1,000, 64 above.
    pub batch_size: Option<usize>,
    /// The largest number of epochs over the training labels.
    pub epochs: Option<usize>,
    /// Early stopping: a run ends after this many epochs without a better validation loss.
    pub patience: Option<usize>,
    /// The gradient norm above which gradients are clipped; 0 means no clipping.
    pub max_grad_norm: f32,
    /// Discriminative fine-tuning: the factor by which the learning rate of a transferred layer is lower than that of
    /// the layer above it. Left out: 2.6 for `GradualUnfreezing`, 1 for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminative: Option<f32>,
    /// The fraction of the budget that is used for validation, where the task has no separate validation part.
    pub validation: f32,
    /// How much the loss of an example counts, by its class.
    #[serde(skip_serializing_if = "ClassWeight::is_none")]
    pub class_weight: ClassWeight,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        TrainingOptions {
            optimizer: OptimizerChoice::Adam,
            learning_rate: None,
            schedule: Schedule::Constant,
            warm_up: 0.0,
            batch_size: None,
            epochs: None,
            patience: None,
            max_grad_norm: 5.0,
            discriminative: None,
            validation: 0.2,
            class_weight: ClassWeight::None,
        }
    }
}

/// How much the loss of an example counts, by its class. The names are scikit-learn's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ClassWeight {
    /// All examples count the same.
    #[default]
    None,
    /// All classes count the same: the weight of a class is inversely proportional to the number of its training
    /// examples.
    Balanced,
}

impl ClassWeight {
    /// Whether all examples count the same.
    pub fn is_none(&self) -> bool {
        *self == ClassWeight::None
    }

    /// Names an optimizer or a solver together with the class weights, as a phrase: "Adam 0.001, balanced class weights".
    pub fn beside(self, optimizer: String) -> String {
        match self {
            ClassWeight::None => optimizer,
            ClassWeight::Balanced => format!("{optimizer}, balanced class weights"),
        }
    }
}

/// The optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum OptimizerChoice {
    /// Stochastic gradient descent.
    Sgd {
        /// The momentum: the fraction of the last step that is added to the next.
        #[serde(default)]
        momentum: f32,
    },
    /// Adam (Kingma & Ba 2015).
    Adam,
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW {
        /// The weight decay: each step subtracts this fraction of the weights times the learning rate.
        weight_decay: f32,
    },
}

impl fmt::Display for OptimizerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptimizerChoice::Sgd { momentum: 0.0 } => f.write_str("SGD"),
            OptimizerChoice::Sgd { momentum } => write!(f, "SGD, momentum {momentum}"),
            OptimizerChoice::Adam => f.write_str("Adam"),
            OptimizerChoice::AdamW { weight_decay } => write!(f, "AdamW, decay {weight_decay}"),
        }
    }
}

impl TrainingOptions {
    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        if self.learning_rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            return wrong("`training.learning_rate` is not above 0", "0.001 is usual for Adam");
        }
        if !(0.0..=1.0).contains(&self.warm_up) {
            return wrong("`training.warm_up` is not a fraction", "give a number from 0 to 1");
        }
        if self.discriminative.is_some_and(|slower| !(1.0..=1_000.0).contains(&slower)) {
            return wrong("`discriminative` is not a factor", "2.6 is usual, 1 trains all layers alike");
        }
        if !(self.validation >= 0.0 && self.validation < 1.0) {
            return wrong("`validation` is not a fraction", "0.2 keeps a fifth of the budget, 0 nothing");
        }
        if self.batch_size == Some(0) || self.epochs == Some(0) {
            return wrong("`batch_size` and `epochs` cannot be 0", "leave them out for the usual");
        }
        Ok(())
    }
}

/// How the learning rate changes over the planned steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Schedule {
    /// It is constant.
    #[default]
    Constant,
    /// It decreases linearly to 0.
    Linear,
    /// It decreases to 0 as half a cosine.
    Cosine,
    /// It rises linearly for a tenth of the steps, then decreases linearly to 1/32 (Howard & Ruder 2018).
    SlantedTriangular,
}
