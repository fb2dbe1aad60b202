//! What a text classifier is made of, and where the weights of its layers lie.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::nn::blocks::Blocks;
use crate::nn::encoder::Encoder;
use crate::nn::gru::Gru;
use crate::nn::linear::Linear;
use crate::nn::lstm::Lstm;
use crate::nn::recurrent::Recurrent;
use crate::nn::rnn::Rnn;
use crate::nn::text_convolution::TextConvolution;
use crate::session::convolution::Convolution;
use crate::session::language_model::Features;
use crate::session::text_transfer::{Head, Pooling, RecurrentShape};

use super::layer_means::LayerMeans;

/// What stands between the word vectors and the linear layer, as a file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ClassifierBody {
    /// That of a head.
    Head(Head),
    /// Recurrent layers, from the words up, and which of their states are features.
    Stacked {
        /// The layers.
        layers: Vec<Recurrent>,
        /// Which of their states the linear layer reads.
        features: Features,
    },
}

/// The layers of a classifier, and where their weights lie.
pub struct Layout {
    pub(super) encoder: Option<Encoder>,
    pub(super) convolution: Option<TextConvolution>,
    pub(super) below: Vec<(Recurrent, Range<usize>)>,
    pub(super) levels: LayerMeans,
    pub(super) linear: Linear,
    pub(super) directions: Vec<Range<usize>>,
    pub(super) output: Range<usize>,
    /// The tensors: their names and shapes.
    pub blocks: Blocks,
}

impl Layout {
    /// The layout of a body on vectors of `dim` numbers, for `classes` classes.
    ///
    /// # Panics
    /// If a stack has no layer.
    pub fn new(body: &ClassifierBody, dim: usize, classes: usize) -> Layout {
        let stacked;
        let (below, name, encoder, convolution, levels) = match body {
            ClassifierBody::Head(head) => {
                let (name, encoder) = encoder(*head, dim);
                let convolution = match *head {
                    Head::Cnn(Convolution { widths, filters }) => {
                        Some(TextConvolution { input: dim, widths, filters })
                    }
                    _ => None,
                };
                (&[][..], name, encoder, convolution, LayerMeans::default())
            }
            ClassifierBody::Stacked { layers, features } => {
                let Some((&layer, below)) = layers.split_last() else { panic!("a stack of no layers") };
                let pooling = match features {
                    Features::Concat => Pooling::Concat,
                    Features::LayerMeans => Pooling::Mean,
                };
                let encoder = Encoder { layer, bidirectional: false, pooling };
                let levels = match features {
                    Features::Concat => LayerMeans::default(),
                    Features::LayerMeans => LayerMeans::new(&encoder, below),
                };
                stacked = format!("layers.{}", below.len());
                (below, &stacked[..], Some(encoder), None, levels)
            }
        };
        let mut blocks = Blocks::default();
        let lay = |(place, layer): (usize, &Recurrent)| {
            (*layer, blocks.push(&format!("layers.{place}"), &layer.tensors(), ""))
        };
        let below: Vec<(Recurrent, Range<usize>)> = below.iter().enumerate().map(lay).collect();
        let mut directions = Vec::new();
        if let Some(encoder) = &encoder {
            for suffix in ["", "_reverse"].into_iter().take(encoder.directions()) {
                directions.push(blocks.push(name, &encoder.layer.tensors(), suffix));
            }
        }
        if let Some(convolution) = &convolution {
            let start = blocks.size();
            convolution
                .tensors()
                .into_iter()
                .for_each(|(tensor, shape)| blocks.add(format!("{name}.{tensor}"), shape));
            directions.push(start..blocks.size());
        }
        let read = encoder.map(|e| e.features()).or(convolution.map(|c| c.features()));
        let features = read.unwrap_or(dim) + levels.features();
        let linear = Linear { features, outputs: classes };
        let output = blocks.push("linear", &linear.tensors(), "");
        Layout { encoder, convolution, below, levels, linear, directions, output, blocks }
    }
}

/// The encoder of a head, and the name of its tensors.
fn encoder(head: Head, dim: usize) -> (&'static str, Option<Encoder>) {
    let build = |shape: RecurrentShape, layer| {
        Some(Encoder { layer, bidirectional: shape.bidirectional, pooling: shape.pooling })
    };
    match head {
        Head::Average => ("", None),
        Head::Cnn(_) => ("convs", None),
        Head::Transferred(_) => panic!("a head that is made of its layers"),
        Head::Rnn(shape) => ("rnn", build(shape, Recurrent::Rnn(Rnn { input: dim, hidden: shape.hidden }))),
        Head::Lstm(shape) => {
            ("lstm", build(shape, Recurrent::Lstm(Lstm { input: dim, hidden: shape.hidden })))
        }
        Head::Gru(shape) => ("gru", build(shape, Recurrent::Gru(Gru { input: dim, hidden: shape.hidden }))),
    }
}
