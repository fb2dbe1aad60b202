//! `load.py`: the program that answers in Python with numpy alone, put together from the parts that a model needs.
//!
//! It computes in f64 what the program computes in f32, and finds the words of a text as the program does where spaces divide
//! them. There is none for models of images: networks go to Python as ONNX.

use crate::models::text_classifier::ClassifierBody;
use crate::nn::recurrent::Recurrent;
use crate::session::text_transfer::Head;

use super::config::{Config, Kind, SubwordConfig, TextHead};

/// The name of the file.
pub const FILE: &str = "load.py";

const RNN: &str = include_str!("python/rnn.py");
const LSTM: &str = include_str!("python/lstm.py");
const GRU: &str = include_str!("python/gru.py");
const STATES: &str = include_str!("python/states.py");
const SCORES: &str = include_str!("python/scores.py");

/// What reads the model of this configuration; `None` for a model of images.
pub fn load_py(config: &Config) -> Option<String> {
    let Kind::Text(text) = &config.model else { return None };
    let mut parts = vec![include_str!("python/begin.py")];
    match &text.head {
        TextHead::Classifier { body, subwords, .. } => {
            parts.push(vector(subwords.as_ref()));
            parts.extend(features(body));
            parts.push(include_str!("python/classifier.py"));
        }
        TextHead::DocumentVectors { subwords, .. } => {
            parts.push(vector(subwords.as_ref()));
            parts.extend([SCORES, include_str!("python/document_vectors.py")]);
        }
        TextHead::TfIdf => parts.extend([SCORES, include_str!("python/tfidf.py")]),
        TextHead::Nbsvm => parts.extend([SCORES, include_str!("python/nbsvm.py")]),
        TextHead::Constant => parts.push(include_str!("python/constant.py")),
    }
    parts.push(include_str!("python/end.py"));
    Some(parts.concat())
}

/// What gives the vector of a word.
fn vector(subwords: Option<&SubwordConfig>) -> &'static str {
    match subwords {
        Some(_) => include_str!("python/subwords.py"),
        None => include_str!("python/vectors.py"),
    }
}

/// What makes features of the vectors of a text's words.
fn features(body: &ClassifierBody) -> Vec<&'static str> {
    let one = |step| vec![step, STATES, include_str!("python/one_layer.py")];
    match body {
        ClassifierBody::Head(Head::Average | Head::Transferred(_)) => vec![include_str!("python/average.py")],
        ClassifierBody::Head(Head::Cnn(_)) => vec![include_str!("python/cnn.py")],
        ClassifierBody::Head(Head::Rnn(_)) => one(RNN),
        ClassifierBody::Head(Head::Lstm(_)) => one(LSTM),
        ClassifierBody::Head(Head::Gru(_)) => one(GRU),
        ClassifierBody::Stacked { layers, .. } => {
            // The layers of a language model are all of one kind.
            let step = match layers.first() {
                Some(Recurrent::Rnn(_)) | None => RNN,
                Some(Recurrent::Lstm(_)) => LSTM,
                Some(Recurrent::Gru(_)) => GRU,
            };
            vec![step, STATES, include_str!("python/stacked.py")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::gru::Gru;
    use crate::nn::lstm::Lstm;
    use crate::session::convolution::Convolution;
    use crate::session::language_model::Features;
    use crate::session::text_transfer::{Pooling, RecurrentShape};

    /// The longest that it may be, in lines.
    const LONGEST: usize = 80;

    #[test]
    fn it_is_short_for_every_body_and_has_what_that_needs() {
        let shape = RecurrentShape { hidden: 3, bidirectional: true, pooling: Pooling::Concat };
        let layers = vec![Recurrent::Lstm(Lstm { input: 3, hidden: 3 }); 2];
        let stacked = |layers| ClassifierBody::Stacked { layers, features: Features::LayerMeans };
        let [begin, classifier] = [include_str!("python/begin.py"), include_str!("python/classifier.py")];
        for (body, needs) in [
            (ClassifierBody::Head(Head::Average), "x.mean(0)"),
            (ClassifierBody::Head(Head::Cnn(Convolution::default())), "convs."),
            (ClassifierBody::Head(Head::Rnn(shape)), "np.tanh(word + past)"),
            (ClassifierBody::Head(Head::Lstm(shape)), "np.split(word + past, 4)"),
            (ClassifierBody::Head(Head::Gru(shape)), "np.split(past, 3)"),
            (stacked(layers), "np.split(word + past, 4)"),
            (stacked(vec![Recurrent::Gru(Gru { input: 3, hidden: 3 })]), "np.split(past, 3)"),
        ] {
            let subwords = SubwordConfig { shortest: 3, longest: 6, buckets: 9 };
            let parts = [&[begin, vector(Some(&subwords))][..], &features(&body), &[classifier]].concat();
            let text = [parts.concat(), include_str!("python/end.py").into()].concat();
            assert!(text.contains(needs), "{body:?}");
            let lines = text.lines().count();
            assert!(lines <= LONGEST, "{body:?}: {lines} lines");
        }
    }
}
