//! How runs are trained.

use serde::{Deserialize, Serialize};

use super::images::Augmentation;
use super::language_model::Dropouts;

/// How runs are trained. `None` follows the budget; the run's record says what it became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// The optimizer.
    pub optimizer: Optimizer,
    /// The learning rate. Left out: 0.001 for recurrent heads, 0.005 for `Average`.
    pub learning_rate: Option<f32>,
    /// How the learning rate changes over the planned steps.
    pub schedule: Schedule,
    /// The fraction of planned steps over which the learning rate rises from 0.
    pub warm_up: f32,
    /// Documents a step. Left out: 16 up to 200 labels, 32 up to 1,000, 64 above.
    pub batch: Option<usize>,
    /// Epochs over the training labels, at the most.
    pub epochs: Option<usize>,
    /// Epochs without a better validation loss before a run ends.
    pub patience: Option<usize>,
    /// The largest norm of a step's gradient; 0 is no limit.
    pub clip: f32,
    /// How many times slower than the layer above it a transferred layer is trained on. Left out: 2.6 for `GradualUnfreezing`, 1
    /// for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminative: Option<f32>,
    /// Fraction of the pooled features dropped while training.
    pub dropout: f32,
    /// Fractions dropped within the layers of a language model while a run learns on with them, as in its pre-training:
    /// words, values of the input, values between layers, recurrent weights. (`dropout` acts behind the last of them.)
    #[serde(skip_serializing_if = "Dropouts::is_none")]
    pub within: Dropouts,
    /// Words of a document that are read; what follows is cut off. Left out: 300 for recurrent heads,
    /// the whole document for `Average`.
    pub max_tokens: Option<usize>,
    /// The fraction of the budget that is kept for validation, where the task has no part of its own.
    pub validation: f32,
    /// Rarer words of the training labels share the unknown word's vector when training from scratch.
    pub scratch_min_count: usize,
    /// Dimensions of a vector when training from scratch. Left out: as many as the source has.
    pub scratch_dim: Option<usize>,
    /// How images are changed each time that a run from scratch or a fine-tuned one sees them. (What the fixed part of
    /// a frozen network gives is computed once, of the images as they are.)
    #[serde(skip_serializing_if = "Augmentation::is_none")]
    pub augmentation: Augmentation,
}

impl Default for Training {
    fn default() -> Self {
        Training {
            optimizer: Optimizer::Adam,
            learning_rate: None,
            schedule: Schedule::Constant,
            warm_up: 0.0,
            batch: None,
            epochs: None,
            patience: None,
            clip: 5.0,
            discriminative: None,
            dropout: 0.0,
            within: Dropouts::default(),
            max_tokens: None,
            validation: 0.2,
            scratch_min_count: 2,
            scratch_dim: None,
            augmentation: Augmentation::default(),
        }
    }
}

/// The optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd {
        /// Fraction of the last step kept in the next.
        #[serde(default)]
        momentum: f32,
    },
    /// Adam (Kingma & Ba 2015).
    Adam,
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW {
        /// Fraction of each weight taken away a unit of learning rate.
        weight_decay: f32,
    },
}

/// How the learning rate changes over the planned steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Schedule {
    /// It stays.
    #[default]
    Constant,
    /// It falls to 0 in a line.
    Linear,
    /// It falls to 0 as half a cosine.
    Cosine,
    /// It rises for a tenth of the steps and falls in a line to a 32nd (Howard & Ruder 2018).
    SlantedTriangular,
}
