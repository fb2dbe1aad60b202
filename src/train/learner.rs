//! What a run can learn with, as a few narrow traits.
//!
//! A [`Learner`] plans, computes and absorbs. What it knows so far it shows by [`Evaluate`] (the session's own
//! examples), [`Inspect`] (what was transferred, and a [`Predictor`] for new examples) and [`Resume`] (its state in a
//! checkpoint). Whether its examples are texts or images is not its business.

use crate::data::examples::ExampleId;
use crate::error::Result;
use crate::models::image_network::ImageNetwork;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::transfer::lookup::TableRow;
use crate::transfer::predictor::Predictor;

use super::task::{Task, Workspace};

/// What an update came to.
pub enum Learned {
    /// There is more to do.
    Going(StepPoint),
    /// An epoch is over: look at the validation examples.
    EpochOver(StepPoint),
    /// Work that is no update of the parameters (features, cross-validation).
    Preparing,
    /// Such work is over: look at the validation examples before the first update.
    Prepared,
    /// It is done, or cannot go on.
    Ended(Option<StepPoint>, Outcome),
}

/// What a validation means for the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    GoOn,
    /// No better for long enough, or planned epochs are over.
    Stop,
}

/// Something that learns from examples, a bounded piece at a time.
pub trait Learner: Evaluate + Inspect + Resume {
    /// The tasks of the next update, pushed to `tasks`; none if all is done in [`Learner::absorb`].
    fn plan(&mut self, tasks: &mut Vec<Task>);
    /// Does a task that [`Learner::plan`] made.
    fn compute(&self, task: &mut Task, workspace: &mut Workspace);
    /// Takes the tasks' results in, in their order, and updates.
    fn absorb(&mut self, tasks: &mut [Task], learning_rate_factor: f32) -> Learned;
    /// Takes note of a validation loss. A learner that does not stop by it goes on.
    fn validated(&mut self, _loss: f64) -> Advice {
        Advice::GoOn
    }
    /// Goes to the parameters to be kept; gives the step they are from.
    fn settle(&mut self) -> u64;
    /// Updates made.
    fn steps(&self) -> u64;
    /// What a cross-validation on the way said of the training examples; `None` of a learner that makes none, and after
    /// it was restored from a checkpoint.
    fn out_of_fold(&self) -> Option<&OutOfFold>;
}

/// Training examples, and what models that did not see them say.
#[derive(Debug, Clone, Default)]
pub struct OutOfFold {
    pub examples: Vec<ExampleId>,
    /// `(N, C)`, row by row.
    pub probabilities: Vec<f32>,
}

/// What answers about the session's own examples.
pub trait Evaluate: Send + Sync {
    /// Writes the probabilities `(B, C)` of these examples, row by row, to `out`.
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]);
    /// Steps that [`Evaluate::classify`] takes through an example, one after another; 0 where it takes none.
    fn steps_through(&self, example: ExampleId) -> usize;
    /// These examples will be classified, and nothing is learned until [`Evaluate::end_evaluation`]. Where something
    /// was put off, it is done; where something is worth being computed beforehand, it is.
    fn begin_evaluation(&mut self, _examples: &[ExampleId]) {}
    /// Lets go of what [`Evaluate::begin_evaluation`] made.
    fn end_evaluation(&mut self) {}
}

/// What can be looked at from outside.
pub trait Inspect: Send + Sync {
    /// What answers about new examples, as things are now.
    fn predictor(&mut self) -> Predictor<'_>;
    /// What became of the transferred parameters.
    fn audit(&self) -> Audit;
    /// What is inside that screens show.
    fn inside(&self) -> Inside<'_>;
}

/// What is inside a learner.
pub enum Inside<'a> {
    /// Word vectors that it learned: the word's row in the pre-trained table, and its vector now.
    WordVectors(Vec<(TableRow, &'a [f32])>),
    /// An image network.
    Network(&'a ImageNetwork<f32>),
    /// Nothing of these.
    Nothing,
}

impl<'a> Inside<'a> {
    /// The word vectors that were learned, if there are any.
    pub fn word_vectors(self) -> Option<Vec<(TableRow, &'a [f32])>> {
        match self {
            Inside::WordVectors(learned) => Some(learned),
            _ => None,
        }
    }

    /// The image network, if there is one.
    pub fn network(self) -> Option<&'a ImageNetwork<f32>> {
        match self {
            Inside::Network(network) => Some(network),
            _ => None,
        }
    }
}

/// A state that goes into a checkpoint.
pub trait Resume {
    /// The state as plain text, and its tensors; `None` where beginning again is as good.
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)>;
    /// Goes back to a saved state.
    ///
    /// # Errors
    /// When the state does not belong to this learner.
    fn restore(&mut self, state: &str, tensors: Tensors) -> Result<()>;
}
