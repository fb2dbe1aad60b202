//! What a run is made of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::examples::{ExampleId, Examples};
use crate::session::calibration::{FittedOn, Reliability};
use crate::session::record::{Outcome, RunStart};
use crate::session::steering::RunAct;
use crate::session::tuning::{TrialSettings, Tuning};
use crate::train::learner::Learner;
use crate::train::task::Task;
use crate::transfer::calibration::Temperature;

/// The phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    Learning,
    /// Evaluating the validation documents.
    Validating,
    /// Training is over; predicting the validation documents with the kept parameters, to fit the temperature on them.
    Calibrating,
    /// Training is over; evaluating the test set at this index among all sets.
    Testing(usize),
    Ended,
}

/// The state of a run in a checkpoint, besides its learner's tensors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunState {
    pub(super) phase: Phase,
    pub(super) seconds: f64,
    pub(super) learning_rate_factor: f32,
    /// The rounds before it. Checkpoints of before they were counted do not have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rounds: Option<u64>,
    /// The factor on the learning rate by what was done by hand. The log has it too; a fork takes it from here.
    #[serde(default = "one")]
    pub(super) by_hand: f32,
    pub(super) outcome: Option<Outcome>,
    pub(super) best_step: u64,
    #[serde(default)]
    pub(super) temperature: Temperature,
    /// Checkpoints of before they were counted do not have them.
    #[serde(default)]
    pub(super) flops: Option<u64>,
    /// Of a trial: its best validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) best: Option<Best>,
    pub(super) learner: String,
}

fn one() -> f32 {
    1.0
}

/// An ended run whose model is in its checkpoint only.
pub struct Resting {
    pub start: RunStart,
    pub(super) opinions: Vec<(String, Vec<ExampleId>, Vec<Opinion>)>,
}

/// The validation of the parameters that a trial would keep.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Best {
    /// What early stopping minimises.
    pub(super) cost: f64,
    /// The deciding metric.
    pub(super) score: f64,
    pub(super) loss: f64,
}

/// What makes a run a trial of tuning: it is not tested, and records nothing but its result.
#[derive(Debug, Clone)]
pub struct InTrial {
    /// Its index, from 0.
    pub(super) trial: u32,
    pub(super) fold: Option<u32>,
    pub(super) tuning: Tuning,
    pub(super) settings: TrialSettings,
    pub(super) best: Option<Best>,
    pub(super) told: bool,
}

impl InTrial {
    /// The trial with the index `trial`, judged by a fold of the budget or by the validation part.
    pub fn new(tuning: Tuning, trial: u32, fold: Option<u32>, settings: TrialSettings) -> InTrial {
        InTrial { trial, fold, tuning, settings, best: None, told: false }
    }

    /// The number of trainings before it.
    pub(super) fn before(&self) -> u32 {
        self.trial * self.tuning.folds.unwrap_or(1) + self.fold.unwrap_or(0)
    }
}

/// A prediction for a document: the class and its probability.
pub type Opinion = (u16, f32);

/// The predictions for the examples of a set, in the order of the examples.
pub type Opinions = Vec<(ExampleId, Opinion)>;

/// A run.
pub struct Run {
    pub start: RunStart,
    pub(super) examples: Arc<dyn Examples>,
    pub learner: Box<dyn Learner>,
    pub(super) validation: Vec<ExampleId>,
    /// The examples of the first test set, ascending; `None` if they are those of the data.
    pub(super) test: Option<Vec<ExampleId>>,
    pub(super) phase: Phase,
    pub(super) under_way: UnderWay,
    /// Whether the user has stopped it.
    pub(super) stopping: bool,
    /// Seconds of training.
    pub(super) seconds: f64,
    /// Floating-point operations of training; `None` where they are not known from the beginning on.
    pub(super) flops: Option<u64>,
    /// The factor on the learning rate, besides that of the acts.
    pub learning_rate_factor: f32,
    /// The rounds so far; `None` where they are not known from the beginning on.
    pub(super) rounds: Option<u64>,
    /// The number of updates when it was last asked whether its state is due to be kept.
    pub(super) looked_at: u64,
    /// What was done to it by hand.
    pub(super) steered: Steered,
    pub(super) outcome: Option<Outcome>,
    pub(super) best_step: u64,
    /// The temperature, which divides the logits; 1 until training is over.
    pub(super) temperature: Temperature,
    /// The examples that the temperature was fitted on.
    pub(super) fitted_on: FittedOn,
    /// The newest predictions on each evaluated set: the set's name, its documents, the predictions.
    pub opinions: Vec<(String, Vec<ExampleId>, Vec<Opinion>)>,
    /// Of the newest evaluation: for each example, in the order of the set, the predicted class and the probability of
    /// the true class as [`Answers`] store it.
    pub(super) answers: Vec<(u16, u16)>,
    /// Of the newest evaluation: the bins of the reliability diagram without and with the temperature, and the mean
    /// loss with the temperature.
    pub(super) calibrated: ([Reliability; 2], f64),
    /// The set that is evaluated again, see [`Run::look_again`].
    pub(super) looking: Option<String>,
    /// The trial that it is; `None` for a run of the experiment.
    pub(super) trial: Option<InTrial>,
    /// The tasks of the current round.
    pub tasks: Vec<Task>,
}

/// An evaluation in progress.
#[derive(Default)]
pub(super) struct UnderWay {
    /// The documents, longest first, so that those of a task have similar lengths.
    pub(super) documents: Vec<ExampleId>,
    pub(super) next: usize,
    /// The sum of the losses, and of the weights with which they count.
    pub(super) loss: f64,
    pub(super) weight: f64,
    pub(super) confusion: Vec<Vec<u64>>,
    pub(super) opinions: Vec<Opinion>,
    /// The probability of the true class of each document, as [`Answers`] store it.
    pub(super) true_probabilities: Vec<u16>,
    /// The probabilities `(N, C)` that the temperature is fitted on; empty in other phases.
    pub(super) probabilities: Vec<f32>,
    /// The bins of the reliability diagram without and with the temperature.
    pub(super) reliability: [Reliability; 2],
    /// The sum of the losses with the temperature.
    pub(super) calibrated_loss: f64,
}

/// The acts on a run.
#[derive(Debug)]
pub(super) struct Steered {
    /// The acts, each with the round from which it counts, in this order.
    pub(super) acts: Vec<(u64, RunAct)>,
    /// How many of them count already.
    pub(super) done: usize,
    /// The product of the factors on the learning rate of those that do.
    pub(super) factor: f32,
}

impl Default for Steered {
    fn default() -> Steered {
        Steered { acts: Vec::new(), done: 0, factor: 1.0 }
    }
}
