//! What a run learns with: the interface, as a few narrow traits.
//!
//! A [`Learner`] trains in rounds: it plans tasks, computes them and absorbs their results. Its state is available
//! through [`Evaluate`] (classifies the session's own examples), [`Inspect`] (what was transferred, and a
//! [`Predictor`] for new examples) and [`Resume`] (its state in a checkpoint). The traits do not depend on whether
//! examples are texts or images.

use crate::data::examples::ExampleId;
use crate::error::{Error, Result};
use crate::models::image_network::ImageNetwork;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::text::documents::TaskWord;
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::layer_drift::Encoders;
use crate::transfer::lookup::TableRow;
use crate::transfer::predictor::Predictor;

use super::task::{Task, Workspace};

/// The result of a call of [`Learner::absorb`].
pub enum Learned {
    /// An update was made; the epoch continues.
    Going(StepPoint),
    /// An update ended an epoch. The validation examples are evaluated next.
    EpochOver(StepPoint),
    /// Work was done that does not update the parameters (features, cross-validation).
    Preparing,
    /// Such work is complete. The validation examples are evaluated before the first update.
    Prepared,
    /// Training is complete, or cannot continue.
    Ended(Option<StepPoint>, Outcome),
}

/// What a learner concludes from the cost on the validation part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    GoOn,
    /// The cost has not improved for long enough, or the planned epochs are over.
    Stop,
}

/// A model in training. It works in small steps.
pub trait Learner: Evaluate + Inspect + Resume {
    /// Pushes the tasks of the next update to `tasks`; none if [`Learner::absorb`] does all the work.
    fn plan(&mut self, tasks: &mut Vec<Task>);
    /// Computes a task that [`Learner::plan`] made.
    fn compute(&self, task: &mut Task, workspace: &mut Workspace);
    /// Absorbs the results of the tasks, in their order, and updates the parameters.
    fn absorb(&mut self, tasks: &mut [Task], learning_rate_factor: f32) -> Learned;
    /// Receives the cost on the validation part: the loss, weighted by [`Learner::class_weights`], or the negative of the
    /// metric that decides. A learner without early stopping always continues.
    fn validated(&mut self, _cost: f64) -> Advice {
        Advice::GoOn
    }
    /// Ends training: restores the parameters to be kept, and returns their step.
    fn settle(&mut self) -> u64;
    /// The number of updates so far.
    fn steps(&self) -> u64;
    /// The floating-point operations of the last [`Learner::absorb`] and of the tasks that it absorbed (what is counted:
    /// [`crate::nn::flops`]). Outputs of fixed layers that are kept count once.
    fn flops(&self) -> u64;
    /// What a cross-validation on the way said of the training examples; `None` of a learner that makes none, and after
    /// it was restored from a checkpoint.
    fn out_of_fold(&self) -> Option<&OutOfFold>;
    /// The weights of the classes in the validation loss; `None` of a learner without early stopping.
    fn class_weights(&self) -> Option<&ClassWeights> {
        None
    }
    /// The layer groups that can be frozen and unfrozen by hand, from the top layer down; none of a learner that has no such
    /// groups.
    fn layer_groups(&self) -> Vec<GroupState> {
        Vec::new()
    }
    /// Freezes the layer group of this name from the next update on, or trains it. A name that is not known changes nothing.
    fn hold_group(&mut self, _name: &str, _frozen: bool) {}
    /// The current parameters, for a run of another session that begins with them; `None` of a learner that has none to begin
    /// with.
    fn carried(&mut self) -> Option<Carried> {
        None
    }
    /// Begins with the parameters of another learner. What that one did not train keeps its initial values.
    ///
    /// # Errors
    /// When a tensor has another shape.
    fn begin_with(&mut self, _carried: Carried) -> Result<()> {
        Err(Error::request("a solver begins with nothing", "fork what is trained by gradient descent"))
    }
}

/// Parameters that go over from one run to another one.
pub struct Carried {
    /// The tensors of the model, by name.
    pub tensors: Tensors,
    /// The trained vectors of the task's words, where these are rows of a table whose order depends on the labels.
    pub words: Vec<(TaskWord, Vec<f32>)>,
    /// The trained vector of the words without one of their own.
    pub unknown: Option<Vec<f32>>,
}

/// A layer group that can be frozen and unfrozen by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupState {
    pub name: String,
    /// Whether it is trained in the next update.
    pub trained: bool,
    /// Whether the strategy keeps it as it was before training, so that it cannot be unfrozen.
    pub fixed: bool,
}

/// Training examples, and what models that did not see them say.
#[derive(Debug, Clone, Default)]
pub struct OutOfFold {
    pub examples: Vec<ExampleId>,
    /// `(N, C)`, row by row.
    pub probabilities: Vec<f32>,
}

/// Classifies the session's own examples.
pub trait Evaluate: Send + Sync {
    /// Writes the class probabilities `(B, C)` of the examples to `out`, row by row.
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]);
    /// The number of sequential steps that [`Evaluate::classify`] takes for an example; 0 where it takes none.
    fn steps_through(&self, example: ExampleId) -> usize;
    /// Called before these examples are classified. Nothing is trained until [`Evaluate::end_evaluation`], so pending
    /// updates are applied here, and values that many examples share may be computed once.
    fn begin_evaluation(&mut self, _examples: &[ExampleId]) {}
    /// Frees what [`Evaluate::begin_evaluation`] computed.
    fn end_evaluation(&mut self) {}
}

/// Gives access to a learner's model.
pub trait Inspect: Send + Sync {
    /// A predictor for new examples, with the current parameters.
    fn predictor(&mut self) -> Predictor<'_>;
    /// Compares the transferred parameters with their initial values.
    fn audit(&self) -> Audit;
    /// The parts of the model that screens show.
    fn inside(&self) -> Inside<'_>;
}

/// The parts of a model that screens show.
pub enum Inside<'a> {
    /// The word vectors that it trains: the word's row in the pre-trained table, and its current vector.
    WordVectors(Vec<(TableRow, &'a [f32])>),
    /// A sentence encoder that is fine-tuned, and the token vectors that it trains, as for `WordVectors`.
    Encoder(Vec<(TableRow, &'a [f32])>, Encoders<'a>),
    /// An image network.
    Network(&'a ImageNetwork<f32>),
    /// None of these.
    Nothing,
}

impl<'a> Inside<'a> {
    /// The trained word vectors; `None` for other models.
    pub fn word_vectors(self) -> Option<Vec<(TableRow, &'a [f32])>> {
        match self {
            Inside::WordVectors(learned) => Some(learned),
            // With fixed embeddings, only the layers above them are trained.
            Inside::Encoder(learned, _) => Some(learned).filter(|learned| !learned.is_empty()),
            _ => None,
        }
    }

    /// The sentence encoder that is fine-tuned; `None` for other models.
    pub fn encoder(self) -> Option<Encoders<'a>> {
        match self {
            Inside::Encoder(_, encoders) => Some(encoders),
            _ => None,
        }
    }

    /// The image network; `None` for other models.
    pub fn network(self) -> Option<&'a ImageNetwork<f32>> {
        match self {
            Inside::Network(network) => Some(network),
            _ => None,
        }
    }
}

/// State that is saved in a checkpoint.
pub trait Resume {
    /// The state as text, and its tensors; `None` where repeating the work is as good as a checkpoint.
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)>;
    /// Restores a saved state.
    ///
    /// # Errors
    /// When the state does not belong to this learner.
    fn restore(&mut self, state: &str, tensors: Tensors) -> Result<()>;
}
