//! The bodies of a classifier: the layers between the word vectors and the linear layer, one file for each body.
//! [`Body`] is their interface; [`ClassifierBody`] lists them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::Real;
use crate::nn::blocks::Blocks;
use crate::nn::encoder::Encoder;
use crate::nn::gru::Gru;
use crate::nn::lstm::Lstm;
use crate::nn::recurrent::Recurrent;
use crate::nn::rnn::Rnn;
use crate::nn::text_convolution::TextConvolution;
use crate::session::language_model::Features;
use crate::session::text_transfer::{Head, RecurrentShape};

mod average;
pub mod body;
mod convolution;
mod dropped;
pub mod dropping;
mod layer_means;
mod recurrent;
mod stack;
pub mod tapes;
mod unit_average;
pub mod words;

use average::Average;
use body::Body;
use convolution::Convolved;
use recurrent::Encoded;
use stack::Stack;
use unit_average::UnitAverage;

/// The kind of a classifier's body, as it is written in the file of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ClassifierBody {
    /// The body of a head of the recipe.
    Head(Head),
    /// The mean of the word vectors, scaled to length 1.
    UnitAverage,
    /// A stack of recurrent layers.
    Stacked {
        /// The layers, from the words up.
        layers: Vec<Recurrent>,
        /// Which of their states the linear layer reads.
        features: Features,
    },
}

impl From<Head> for ClassifierBody {
    fn from(head: Head) -> ClassifierBody {
        ClassifierBody::Head(head)
    }
}

impl ClassifierBody {
    /// The body of a head on word vectors, whose means are scaled to length 1 if `unit_means`.
    pub fn of(head: Head, unit_means: bool) -> ClassifierBody {
        match head {
            Head::Average if unit_means => ClassifierBody::UnitAverage,
            head => ClassifierBody::Head(head),
        }
    }

    /// Makes the body for word vectors of dimension `dim`, and adds its tensors to `blocks`, which must be empty.
    ///
    /// # Panics
    /// If a stack has no layer.
    pub(super) fn build<T: Real>(&self, dim: usize, blocks: &mut Blocks) -> Arc<dyn Body<T>> {
        let mut encoded = |name, shape: RecurrentShape, layer| {
            let encoder = Encoder { layer, bidirectional: shape.bidirectional, pooling: shape.pooling };
            Arc::new(Encoded::new(encoder, name, blocks))
        };
        match self {
            ClassifierBody::Head(Head::Average) => Arc::new(Average { dim }),
            ClassifierBody::UnitAverage => Arc::new(UnitAverage { mean: Average { dim } }),
            ClassifierBody::Head(Head::Rnn(shape)) => {
                encoded("rnn", *shape, Recurrent::Rnn(Rnn { input: dim, hidden: shape.hidden }))
            }
            ClassifierBody::Head(Head::Lstm(shape)) => {
                encoded("lstm", *shape, Recurrent::Lstm(Lstm { input: dim, hidden: shape.hidden }))
            }
            ClassifierBody::Head(Head::Gru(shape)) => {
                encoded("gru", *shape, Recurrent::Gru(Gru { input: dim, hidden: shape.hidden }))
            }
            ClassifierBody::Head(Head::Cnn(shape)) => {
                let layer = TextConvolution { input: dim, widths: shape.widths, filters: shape.filters };
                Arc::new(Convolved::new(layer, blocks))
            }
            ClassifierBody::Head(Head::Transferred(_)) => panic!("a head that is made of its layers"),
            ClassifierBody::Stacked { layers, features } => Arc::new(Stack::new(layers, *features, blocks)),
        }
    }
}
