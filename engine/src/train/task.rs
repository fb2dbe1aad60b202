//! A task: a part of a run's round that any thread can do.

use crate::data::examples::ExampleId;
use crate::models::{encoder_classifier, image_network, text_classifier};
use crate::nn::gradient::Gradient;

/// The kind of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A part of training; the learner defines it.
    Learn,
    /// Class probabilities of the documents.
    Classify,
}

/// Buffers of a thread, allocated once and reused.
#[derive(Default)]
pub struct Workspace {
    pub text: text_classifier::Workspace,
    pub image: image_network::Workspace<f32>,
    pub encoder: encoder_classifier::Workspace,
    /// The input of the trained part of a network.
    pub input: Vec<f32>,
    /// A buffer for random numbers.
    pub numbers: Vec<f32>,
}

/// Work on a few documents, and its result.
pub struct Task {
    pub kind: Kind,
    /// The index of the task in its round.
    pub part: usize,
    pub documents: Vec<ExampleId>,
    /// The gradient of these documents' loss, where the task has to compute one.
    pub gradient: Option<Gradient<f32>>,
    /// Probabilities or features, row by row.
    pub values: Vec<f32>,
    /// The sum of the documents' losses.
    pub loss: f64,
    /// Seconds that the task took.
    pub seconds: f64,
}

impl Task {
    /// A task without results.
    pub fn new(kind: Kind, documents: Vec<ExampleId>) -> Task {
        Task { kind, part: 0, documents, gradient: None, values: Vec::new(), loss: 0.0, seconds: 0.0 }
    }
}
