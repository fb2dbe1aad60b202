//! A pre-trained network as it is, asked for the classes that it knows already: what a task is worth before one label of
//! it was seen.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::{Error, Result};
use crate::models::image_network::ImageNetwork;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome};
use crate::train::protocol::event::Guess;
use crate::train::run::{Advice, Learned, LearnedVectors, Learner};
use crate::train::task::{Task, Workspace};
use crate::transfer::network::{self, Body};

use super::images::{Origin, steps};

/// A network that learns nothing.
pub struct ZeroShot {
    body: Arc<Body>,
    /// For each class of the task, the network's.
    class: Vec<usize>,
    origin: Origin,
}

impl ZeroShot {
    /// The network behind `origin`, of which `body` gives what its last node gives.
    ///
    /// # Errors
    /// When the task has a class that the network does not know.
    pub fn new(body: Arc<Body>, origin: Origin) -> Result<ZeroShot> {
        let known = origin.source.classes.as_deref().unwrap_or(&[]);
        let place = |name: &String| {
            known.iter().position(|known| known == name).ok_or_else(|| {
                Error::request(
                    format!("the strategy ZeroShot: the pre-trained network has no class \"{name}\""),
                    "leave ZeroShot out of `methods`: it needs a network that knows the task's classes",
                )
            })
        };
        let class = body.images().classes().iter().map(place).collect::<Result<_>>()?;
        Ok(ZeroShot { body, class, origin })
    }
}

impl Learner for ZeroShot {
    fn plan(&mut self, _tasks: &mut Vec<Task>) {}

    fn compute(&self, _task: &mut Task, _workspace: &mut Workspace) {}

    fn absorb(&mut self, _tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        Learned::Ended(None, Outcome::Completed)
    }

    fn validated(&mut self, _loss: f64) -> Advice {
        Advice::GoOn
    }

    fn settle(&mut self) -> u64 {
        0
    }

    fn refresh(&mut self) {}

    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        let mut logits = Vec::new();
        self.body.of(examples, &mut logits, &mut workspace.image);
        probabilities.clear();
        for logits in logits.chunks_exact(self.body.width()) {
            probabilities.extend(self.class.iter().map(|&class| logits[class]));
        }
        crate::nn::cross_entropy::softmax(probabilities, self.class.len());
    }

    fn steps_through(&self, _example: ExampleId) -> usize {
        steps(self.body.cost())
    }

    fn explain(&self, _words: &[String], _workspace: &mut Workspace) -> Option<Guess> {
        None
    }

    fn classify_prepared(&self, prepared: &[f32], workspace: &mut Workspace) -> Option<Vec<f32>> {
        let mut logits = vec![0.0; self.body.width()];
        self.body.of_prepared(prepared, &mut logits, &mut workspace.image);
        let mut out: Vec<f32> = self.class.iter().map(|&class| logits[class]).collect();
        crate::nn::cross_entropy::softmax(&mut out, self.class.len());
        Some(out)
    }

    fn network(&self) -> Option<&ImageNetwork<f32>> {
        self.body.network()
    }

    fn audit(&self) -> Audit {
        let Origin { source, strategy, fixed, anew, hash, .. } = &self.origin;
        network::audit(*strategy, *hash, &source.network, &source.network, *fixed, *anew)
    }

    fn steps(&self) -> u64 {
        0
    }

    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        Some((String::new(), Vec::new()))
    }

    fn restore(&mut self, _state: &str, _tensors: Tensors) -> Result<()> {
        Ok(())
    }

    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        None
    }
}
