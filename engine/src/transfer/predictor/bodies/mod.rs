//! The bodies of a text classifier for other programs: in numpy, for `load.py`, and as nodes of an ONNX graph. One file
//! for each body; [`ExportedBody`] is their interface.

mod average;
pub mod body;
mod convolution;
mod layer;
mod recurrent;
mod stacked;
mod unit_average;
pub mod weights;

use crate::models::text_classifier::ClassifierBody;
use crate::session::text_transfer::Head;

use average::Average;
use body::ExportedBody;
use convolution::Convolved;
use layer::{GRU, LSTM, RNN};
use recurrent::Encoded;
use stacked::Stacked;
use unit_average::UnitAverage;

/// The body in the languages of other programs.
pub fn exported(body: &ClassifierBody) -> Box<dyn ExportedBody + '_> {
    match body {
        // A classifier with the layers of a language model has the body `Stacked`.
        ClassifierBody::Head(Head::Average | Head::Transferred(_)) => Box::new(Average),
        ClassifierBody::UnitAverage => Box::new(UnitAverage),
        ClassifierBody::Head(Head::Rnn(shape)) => Box::new(Encoded { name: "rnn", cell: RNN, shape: *shape }),
        ClassifierBody::Head(Head::Lstm(shape)) => {
            Box::new(Encoded { name: "lstm", cell: LSTM, shape: *shape })
        }
        ClassifierBody::Head(Head::Gru(shape)) => Box::new(Encoded { name: "gru", cell: GRU, shape: *shape }),
        ClassifierBody::Head(Head::Cnn(shape)) => Box::new(Convolved(*shape)),
        ClassifierBody::Stacked { layers, features } => Box::new(Stacked { layers, features: *features }),
    }
}
