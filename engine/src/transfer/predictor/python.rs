//! `load.py`: a Python program that needs only numpy and predicts with an exported model. It is put together from the
//! parts that the model needs. A model that reads the tokens of a published model also needs the package `tokenizers`.
//!
//! It computes in f64 what warmstart computes in f32. It finds the same words in a text as warmstart if the script
//! separates words by spaces. For an image model, it computes the nodes of the network that `network.json` lists.

use serde::Serialize;

use crate::models::image_network::plan::{Op, Plan};
use crate::models::text_classifier::ClassifierBody;
use crate::nn::activation::Activation;
use crate::nn::convolution::Window;

use super::Predictor;
use super::bodies::exported;
use super::config::{Config, Kind, OnEncoder, SubwordConfig, TextHead};
use super::images::ImageModel;

/// The name of the Python file.
pub const FILE: &str = "load.py";
/// The name of the file that lists the nodes of a network.
pub const NETWORK: &str = "network.json";

const SCORES: &str = include_str!("python/scores.py");
const WORDS: &str = include_str!("python/words.py");
const TOKENISER: &str = include_str!("python/tokeniser.py");

/// The text of `load.py` for a model with this configuration.
pub fn load_py(config: &Config) -> String {
    let Kind::Text(text) = &config.model else { return include_str!("python/images.py").into() };
    let tokens = match text.head {
        TextHead::Encoder { .. } => include_str!("python/encoder.py"),
        _ if text.tokeniser.is_some() => TOKENISER,
        _ => WORDS,
    };
    let mut parts = vec![include_str!("python/begin.py"), tokens];
    match &text.head {
        TextHead::Classifier { body, subwords, .. } => {
            parts.push(vector(subwords.as_ref()));
            parts.extend(exported(body).python());
            parts.push(include_str!("python/classifier.py"));
        }
        TextHead::DocumentVectors { subwords, .. } => {
            parts.push(vector(subwords.as_ref()));
            parts.extend([SCORES, include_str!("python/document_vectors.py")]);
        }
        TextHead::TfIdf => parts.extend([SCORES, include_str!("python/tfidf.py")]),
        TextHead::Nbsvm => parts.extend([SCORES, include_str!("python/nbsvm.py")]),
        TextHead::Encoder { head: OnEncoder::Linear, .. } => {
            parts.extend([SCORES, include_str!("python/encoder_linear.py")]);
        }
        TextHead::Encoder { head: OnEncoder::Trained(head), .. } => {
            parts.extend(exported(&ClassifierBody::Head(*head)).python());
            parts.push(include_str!("python/encoder_head.py"));
        }
        TextHead::Constant => parts.push(include_str!("python/constant.py")),
    }
    parts.push(include_str!("python/end.py"));
    parts.concat()
}

/// A node of a network, as `network.json` describes it.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    operator: &'static str,
    /// The values that the node reads: 0 is the image, i + 1 is the output of node i.
    reads: Vec<usize>,
    /// The prefix of the names of its tensors, without the dot; empty if the node has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    /// Height and width of its output, in pixels.
    gives: [usize; 2],
    #[serde(flatten)]
    window: Option<Under>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epsilon: Option<f64>,
}

/// The window of a convolution or a pooling layer.
#[derive(Debug, Clone, Serialize)]
struct Under {
    size: usize,
    stride: usize,
    /// The padding above and on the left, in pixels.
    before: usize,
}

/// The nodes of the network that an image model computes; empty if the model has no network. `None` for a text model.
pub fn nodes(predictor: &Predictor<'_>) -> Option<Vec<Node>> {
    let Predictor::Images(images) = predictor else { return None };
    Some(match &images.model {
        // The network of the last piece is complete: the layers of the pieces before it are in it too.
        ImageModel::Network(pieces) => {
            pieces.last().map_or_else(Vec::new, |last| first_nodes(last.network.plan(), last.network.nodes()))
        }
        ImageModel::Linear { features: Some(piece), .. } => {
            first_nodes(piece.network.plan(), piece.nodes.end)
        }
        ImageModel::ZeroShot { network: piece, .. } => {
            first_nodes(piece.network.plan(), piece.network.nodes())
        }
        ImageModel::Linear { features: None, .. } | ImageModel::Constant(_) => Vec::new(),
    })
}

fn first_nodes(plan: &Plan, count: usize) -> Vec<Node> {
    let name = |start: usize| {
        let name = plan.parameters.name_at(start);
        name.rsplit_once('.').map_or(name, |(name, _)| name).to_string()
    };
    let under = |window: Window| {
        let Window { size, stride, before } = window;
        Some(Under { size, stride, before })
    };
    let node = |node: &crate::models::image_network::plan::Node| {
        let plain = |operator| Node {
            operator,
            reads: node.reads.clone(),
            name: String::new(),
            gives: [node.shape.height, node.shape.width],
            window: None,
            groups: None,
            epsilon: None,
        };
        match &node.op {
            Op::Convolution { layer, weights } => Node {
                name: name(weights.start),
                window: under(layer.window),
                groups: Some(layer.groups),
                ..plain("convolution")
            },
            Op::BatchNorm { layer, weights, .. } => {
                Node { name: name(weights.start), epsilon: Some(layer.epsilon), ..plain("batch norm") }
            }
            Op::Activation(Activation::Relu) => plain("relu"),
            Op::Activation(Activation::Relu6) => plain("relu6"),
            Op::Activation(Activation::Swish) => plain("swish"),
            Op::MaxPool(layer) => Node { window: under(layer.window), ..plain("max pool") },
            Op::AveragePool(layer) => Node { window: under(layer.window), ..plain("average pool") },
            Op::GlobalAverage => plain("global average"),
            Op::Dense { weights, .. } => Node { name: name(weights.start), ..plain("linear") },
            Op::Add => plain("add"),
            Op::Concat => plain("concat"),
            Op::Dropout(_) => plain("dropout"),
        }
    };
    plan.nodes[..count].iter().map(node).collect()
}

/// The part that computes the vector of a word.
fn vector(subwords: Option<&SubwordConfig>) -> &'static str {
    match subwords {
        Some(_) => include_str!("python/subwords.py"),
        None => include_str!("python/vectors.py"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::text_classifier::ClassifierBody;
    use crate::nn::gru::Gru;
    use crate::nn::lstm::Lstm;
    use crate::nn::recurrent::Recurrent;
    use crate::session::convolution::Convolution;
    use crate::session::language_model::Features;
    use crate::session::text_transfer::{Head, Pooling, RecurrentShape};

    /// The largest number of lines of `load.py`.
    const LONGEST: usize = 80;

    #[test]
    fn it_is_short_for_every_body_and_has_what_that_needs() {
        let shape = RecurrentShape { hidden: 3, bidirectional: true, pooling: Pooling::Concat };
        let layers = vec![Recurrent::Lstm(Lstm { input: 3, hidden: 3 }); 2];
        let stacked = |layers| ClassifierBody::Stacked { layers, features: Features::LayerMeans };
        assert!(include_str!("python/images.py").lines().count() <= LONGEST);
        let [begin, classifier] = [include_str!("python/begin.py"), include_str!("python/classifier.py")];
        for (body, needs) in [
            (ClassifierBody::Head(Head::Average), "x.mean(0)"),
            (ClassifierBody::UnitAverage, "np.linalg.norm(mean)"),
            (ClassifierBody::Head(Head::Cnn(Convolution::default())), "convs."),
            (ClassifierBody::Head(Head::Rnn(shape)), "np.tanh(word + past)"),
            (ClassifierBody::Head(Head::Lstm(shape)), "np.split(word + past, 4)"),
            (ClassifierBody::Head(Head::Gru(shape)), "np.split(past, 3)"),
            (stacked(layers), "np.split(word + past, 4)"),
            (stacked(vec![Recurrent::Gru(Gru { input: 3, hidden: 3 })]), "np.split(past, 3)"),
        ] {
            let subwords = SubwordConfig { shortest: 3, longest: 6, buckets: 9 };
            let parts =
                [&[begin, WORDS, vector(Some(&subwords))][..], &exported(&body).python(), &[classifier]]
                    .concat();
            // Vectors of the tokens of a model have no subwords.
            let of_tokens =
                [&[begin, TOKENISER, vector(None)][..], &exported(&body).python(), &[classifier]].concat();
            for parts in [parts, of_tokens] {
                let text = [parts.concat(), include_str!("python/end.py").into()].concat();
                assert!(text.contains(needs), "{body:?}");
                let lines = text.lines().count();
                assert!(lines <= LONGEST, "{body:?}: {lines} lines");
            }
        }
    }
}
