//! A task: a piece of a run's round that any thread can do.

use crate::data::examples::ExampleId;
use crate::models::{image_network, text_classifier};
use crate::nn::gradient::Gradient;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The learner's own business.
    Learn,
    /// Probabilities of the documents.
    Classify,
}

/// What a thread computes in, taken once and used again.
#[derive(Default)]
pub struct Workspace {
    pub text: text_classifier::Workspace,
    pub image: image_network::Workspace<f32>,
    /// What the learned part of a network reads.
    pub input: Vec<f32>,
    /// Room for whatever is drawn.
    pub numbers: Vec<f32>,
}

/// A piece of work on a few documents, and its result.
pub struct Task {
    pub kind: Kind,
    /// Its place among the tasks of the round.
    pub part: usize,
    pub documents: Vec<ExampleId>,
    /// The gradient of these documents, where one is asked for.
    pub gradient: Option<Gradient<f32>>,
    /// Probabilities or features, row by row.
    pub values: Vec<f32>,
    /// Sum of the documents' losses.
    pub loss: f64,
    /// How long it took.
    pub seconds: f64,
}

impl Task {
    /// A task without results.
    pub fn new(kind: Kind, documents: Vec<ExampleId>) -> Task {
        Task { kind, part: 0, documents, gradient: None, values: Vec::new(), loss: 0.0, seconds: 0.0 }
    }
}
