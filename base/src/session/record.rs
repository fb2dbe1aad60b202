//! The records: everything that a session reports. Each is one line of the log and is sent to the front end in an
//! event.
//!
//! Screens, tables and exports show a fold over the records. Records are plain owned data. Losses are mean
//! cross-entropies in nats; fractions and accuracies go from 0 to 1; times are in seconds.

use serde::{Deserialize, Serialize};

use super::answers::{Answers, TrueClasses};
use super::architecture::Architecture;
use super::budget::Budget;
use super::calibration::Calibration;
use super::comparison::Comparison;
use super::continued::Continued;
use super::coverage::{ByCoverage, Coverage};
use super::layer_drift::LayerDrift;
use super::method::{Baseline, Method};
use super::metric::Metric;
use super::parent::Parent;
use super::recipe::Recipe;
use super::source_name::SourceName;
use super::tuning::TrialSettings;

pub use super::note::{Note, Rerun};

/// The version of the log's format. A session of another version is refused with a message.
pub const VERSION: u32 = 3;

/// A record and the time when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Seconds of work since the session began (pauses and the time between a kill and a resume
    /// are left out).
    pub at: f64,
    /// What happened.
    pub record: Record,
}

/// An event in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The first record of every log.
    Opened {
        /// The version of the log's format, [`VERSION`].
        version: u32,
        /// The program and its version.
        program: String,
        /// The kind of processor and system. Results have the same bits on all machines of one kind. Empty in
        /// sessions that did not record it.
        #[serde(default)]
        machine: String,
        /// The recipe, with its defaults filled in.
        recipe: Box<Recipe>,
    },
    /// The session repeats another one.
    Rerun(Rerun),
    /// A stage of the work began.
    Stage(Stage),
    /// The labelled data was read.
    Data(DataSummary),
    /// The true classes of a test set.
    TrueClasses(TrueClasses),
    /// A source is prepared, of several: the records about pre-training, vectors and coverage that follow are about it.
    Source(SourceName),
    /// A source is taken from another session.
    Parent(Parent),
    /// The words of the corpus were counted.
    Vocabulary {
        /// Distinct words of the vocabulary.
        words: usize,
        /// The number of words in the corpus.
        tokens: u64,
        /// How many of them are in the vocabulary.
        kept_tokens: u64,
        /// Seconds that the counting took.
        seconds: f64,
        /// Epochs, where they were chosen from the size of the corpus.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epochs: Option<usize>,
    },
    /// A point of the pre-training curve.
    Pretrain(PretrainPoint),
    /// How accurate an image network is on images of the kind that it is pre-trained on.
    SourceTest(SourceTest),
    /// The image network is ready: it was trained or read.
    Network {
        /// Its architecture.
        architecture: Architecture,
        /// The number of its parameters.
        parameters: u64,
        /// Where it comes from, as a phrase.
        origin: String,
        /// Seconds that it took to train or to read it.
        seconds: f64,
    },
    /// The loss of a language model on the held-out part of its text.
    HeldOut(HeldOut),
    /// A text that a language model generated.
    GeneratedText(GeneratedText),
    /// The neighbours of a probe word at a point of pre-training.
    Neighbours {
        /// The probe word.
        word: String,
        /// The number of tokens of pre-training before this.
        tokens: u64,
        /// The nearest words, nearest first.
        list: Vec<Neighbour>,
    },
    /// How far training moved the published vectors from which it began.
    Continued(Box<Continued>),
    /// The word vectors are ready: they were trained or read.
    Vectors {
        /// The number of words that have a vector.
        words: usize,
        /// Dimensions of a vector.
        dim: usize,
        /// Where they come from, as a phrase.
        origin: String,
        /// Seconds that it took to train or to read them.
        seconds: f64,
    },
    /// The sentence encoder is ready: it was read, and the vectors of texts that runs need are computed.
    Encoder(EncoderSummary),
    /// How many of the task's words the vectors cover.
    Coverage(Coverage),
    /// The result of word vectors on a benchmark.
    Quality(Quality),
    /// A run of the experiment is planned.
    Run(RunStart),
    /// A run in tuning has tried settings.
    Trial(Trial),
    /// One step of a run.
    Step(StepPoint),
    /// A run was evaluated.
    Evaluation(Evaluation),
    /// The floating-point operations of a training so far.
    Arithmetic(Arithmetic),
    /// What a run answered for every example of a test set.
    Answers(Answers),
    /// How far a run's probabilities can be believed on a test set.
    Calibration(Calibration),
    /// The accuracy of a run by the coverage of documents.
    ByCoverage(ByCoverage),
    /// How far a run has moved the layers of its sentence encoder.
    LayerDrift(LayerDrift),
    /// A run ended.
    RunEnd(RunEnd),
    /// An action of the user, or a remark.
    Note(Note),
    /// The comparison of all runs.
    Comparison(Box<Comparison>),
    /// The session continued from its checkpoints. Records of a run in `runs` after its step, and records of
    /// pre-training after `tokens`, no longer count, because that work is done again.
    Resumed {
        /// Tokens of pre-training that the checkpoint has; `None` where pre-training does not continue from a
        /// checkpoint.
        tokens: Option<u64>,
        /// The runs that continue from a checkpoint, each with its step.
        runs: Vec<(usize, u64)>,
        /// Pre-training had no checkpoint and begins again: none of its earlier records count.
        #[serde(default)]
        pretraining_anew: bool,
        /// The runs that begin again: none of their earlier records count.
        #[serde(default)]
        anew: Vec<usize>,
    },
}

/// The stages of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Reading the labelled data.
    Reading,
    /// Counting the corpus.
    Counting,
    /// Pre-training the source.
    Pretraining,
    /// Computing the vectors of texts with a sentence encoder.
    Encoding,
    /// Training the runs.
    Training,
    /// The session is complete.
    Finished,
    /// The user stopped the session; `resume` continues it.
    Stopped,
}

/// A summary of the labelled data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// The classes, in the order of the rows and columns of all confusion matrices.
    pub classes: Vec<String>,
    /// Labelled documents (or images) from which the label budgets are drawn.
    pub train: usize,
    /// Documents of the separate validation part; 0 where there is none.
    pub validation: usize,
    /// The test sets: name and number of documents.
    pub tests: Vec<(String, usize)>,
    /// Distinct words of the training part.
    pub words: usize,
    /// Mean number of words in a document.
    pub mean_tokens: f64,
    /// How the files were interpreted, one sentence for each part (the columns or folders used, and the first
    /// example).
    #[serde(default)]
    pub read: Vec<String>,
    /// Remarks for the reader (bytes that were not UTF-8, documents left out).
    pub remarks: Vec<String>,
    /// For images: width, height and channels of the networks' input; `None` for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<(u32, u32, u8)>,
}

/// A sentence encoder, and what was computed with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderSummary {
    /// The number of transformer layers.
    pub layers: usize,
    /// The size of a token's state.
    pub width: usize,
    /// The number of all parameters.
    pub parameters: u64,
    /// The number of texts whose vectors were computed once for runs with a fixed encoder.
    pub texts: usize,
    /// The number of tokens of these texts.
    pub tokens: u64,
    /// Seconds that it took to compute them.
    pub seconds: f64,
}

/// A point of the pre-training curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainPoint {
    /// Tokens of the corpus seen, over all epochs; for an image network, images.
    pub tokens: u64,
    /// The total number of tokens or images, over all epochs.
    pub of: u64,
    /// Mean loss since the last point: per true pair with its negative samples (word vectors), per word (language
    /// model), or of the batches (image network).
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f32,
    /// Tokens or images per second since the last point.
    pub tokens_per_second: f64,
}

/// How accurate an image network is on images of the kind that it is pre-trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceTest {
    /// Images of pre-training seen before this, over all epochs.
    pub samples: u64,
    /// Whether the images are the held-out part that is evaluated during training; otherwise they are a test set.
    pub held_out: bool,
    /// The set's name.
    pub set: String,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The fraction that was classified correctly.
    pub accuracy: f64,
}

/// The loss of a language model on the held-out part of its text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Tokens of pre-training seen before this.
    pub tokens: u64,
    /// The number of words that were predicted.
    pub words: u64,
    /// Mean loss per word, in nats.
    pub loss: f64,
}

impl HeldOut {
    /// The perplexity: the exponential of the loss.
    pub fn perplexity(&self) -> f64 {
        self.loss.exp()
    }

    /// The loss per word in bits.
    pub fn bits(&self) -> f64 {
        self.loss / std::f64::consts::LN_2
    }
}

/// A text that a language model generated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratedText {
    /// Tokens of pre-training seen before this.
    pub tokens: u64,
    /// The prompt; empty where the text starts a document.
    pub prompt: String,
    /// The generated text, without the prompt.
    pub text: String,
}

/// A neighbour of a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The word.
    pub word: String,
    /// The cosine of the angle between the two vectors.
    pub similarity: f32,
}

/// The kinds of benchmarks for word vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Benchmark {
    /// Pairs of words with scores by people. The result is Spearman's rank correlation of the scores with the
    /// cosines.
    Similarity,
    /// Analogies. The result is the fraction that 3CosAdd answers correctly.
    Analogies,
}

/// The result of word vectors on a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The fine-tuned run whose vectors were measured; `None` for the pre-trained vectors.
    pub run: Option<usize>,
    /// The source whose pre-trained vectors were measured, if it is not the one that is being prepared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
    /// Tokens of pre-training seen before this; 0 for vectors from a file.
    pub tokens: u64,
    /// The name of the list.
    pub set: String,
    /// The kind of the benchmark.
    pub kind: Benchmark,
    /// The score: -1 to 1 for pairs, 0 to 1 for analogies.
    pub score: f64,
    /// The number of pairs or questions all of whose words have a vector.
    pub used: usize,
    /// The number of pairs or questions in the list.
    pub of: usize,
}

impl Quality {
    /// Whether `other` is the result of the same measurement, which was made again after a kill.
    pub fn is_again(&self, other: &Quality) -> bool {
        let key = |quality: &Quality| (quality.run, quality.tokens, quality.set.clone(), quality.kind);
        key(self) == key(other)
    }

    /// The score; `None` where too few pairs or questions could be used.
    pub fn known(&self) -> Option<f64> {
        let least = if self.kind == Benchmark::Similarity { 2 } else { 1 };
        (self.used >= least).then_some(self.score)
    }
}

/// A planned run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStart {
    /// The index of the run in the session, from 0.
    pub run: usize,
    /// The method of the run.
    pub method: Method,
    /// The source that it is transferred from; `None` where the method uses none.
    pub source: Option<SourceName>,
    /// The label budget of the recipe.
    pub budget: Budget,
    /// The number of labels in training and validation together.
    pub labels: usize,
    /// How many of these are for validation.
    pub validation: usize,
    /// The index of its repetition, from 0. Runs with the same index are paired.
    pub seed: u32,
    /// The number of trainable parameters.
    pub trainable_parameters: u64,
    /// The number of all parameters of the model.
    pub total_parameters: u64,
    /// Batch size; 0 for a solver, which uses all examples at once.
    pub batch: usize,
    /// The largest number of steps; an estimate for a solver.
    pub planned_steps: u64,
    /// The optimizer and the learning rate, as a phrase: "Adam 0.001" or "L-BFGS".
    pub optimizer: String,
    /// The metric on the validation part that decides which parameters are kept; `None`: the loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// The trial whose settings it has; `None` without tuning, and before the choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuned: Option<u32>,
    /// The layer groups that can be frozen and unfrozen by hand, from the top down; empty where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// What a run achieved with settings that it tried. A trial is trained like the run, but not tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The index of the run.
    pub run: usize,
    /// The index of the trial, from 0. Trial 0 has the recipe's own settings.
    pub trial: u32,
    /// The fold of the budget that judged it, from 0; `None` if the validation part of the run did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<u32>,
    /// The settings.
    pub settings: TrialSettings,
    /// The deciding metric (accuracy, if the recipe names none) on the examples that judge it, of the parameters that would be
    /// kept; `None` if it ended before the first validation.
    pub score: Option<f64>,
    /// The mean loss of the same parameters on the same examples.
    pub loss: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
    /// The number of updates.
    pub steps: u64,
    /// Seconds of training, without evaluations.
    pub seconds: f64,
}

impl Trial {
    /// Whether it ended normally and has a score, so that its settings may be chosen.
    pub fn ended_well(&self) -> bool {
        matches!(self.outcome, Outcome::Completed | Outcome::EarlyStop) && self.score.is_some()
    }
}

impl RunStart {
    /// Whether it is trained by gradient descent in batches, and not by a solver, whose steps are of another kind.
    pub fn descends(&self) -> bool {
        self.batch > 0
    }
}

/// A training step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepPoint {
    /// The index of the run.
    pub run: usize,
    /// The number of updates so far, this one included.
    pub step: u64,
    /// The number of epochs so far, with a fraction.
    pub epoch: f64,
    /// Documents seen so far.
    pub samples: u64,
    /// Mean loss of this batch.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub gradient: f64,
    /// The learning rate.
    pub learning_rate: f32,
    /// Seconds of training of this run.
    pub seconds: f64,
    /// The norms of each layer that is trained; empty for most steps, and for solvers.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub layers: Box<[LayerNorms]>,
}

/// The norms of a layer at a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerNorms {
    /// The name of the layer: its tensors' names up to the last dot.
    pub layer: String,
    /// The Euclidean norm of its parameters after the step.
    pub weights: f32,
    /// The Euclidean norm of what the step changed. Of word vectors, only those that the batch used count.
    pub update: f32,
}

/// The name of the set that an image network is pre-trained on.
pub const TRAINING: &str = "training";
/// The name of the set that early stopping uses.
pub const VALIDATION: &str = "validation";
/// The name of the set that the comparison uses.
pub const TEST: &str = "test";

/// The result of a run on a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The index of the run.
    pub run: usize,
    /// The step whose parameters were evaluated.
    pub step: u64,
    /// [`VALIDATION`], [`TEST`], or the name of a further test set.
    pub set: String,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The fraction that was classified correctly.
    pub accuracy: f64,
    /// Numbers of documents, indexed `[true class][predicted class]`.
    pub confusion: Vec<Vec<u64>>,
    /// Seconds of training of this run so far.
    pub seconds: f64,
}

impl Evaluation {
    /// What early stopping minimises on the validation part: the loss, or the negative of the deciding metric.
    pub fn cost(&self, metric: Option<Metric>) -> f64 {
        metric.map_or(self.loss, |metric| -metric.of(&self.confusion))
    }

    /// The class that a run of `method` predicts for every example. `None` where predictions differ, where all
    /// examples are of one class, and for the majority baseline, which is meant to do so.
    pub fn collapsed(&self, method: Method) -> Option<usize> {
        if method == Method::Baseline(Baseline::Majority) {
            return None;
        }
        let truths = self.confusion.iter().filter(|row| row.iter().any(|&count| count > 0)).count();
        let guessed = |class: usize| self.confusion.iter().any(|row| row.get(class).is_some_and(|&n| n > 0));
        let mut classes = (0..self.confusion.len()).filter(|&class| guessed(class));
        let only = classes.next()?;
        (classes.next().is_none() && truths > 1).then_some(only)
    }
}

/// The floating-point operations of a training so far: an addition or a multiplication counts as one. What is counted:
/// `nn/flops.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arithmetic {
    /// The index of the run; `None` for the pre-training.
    pub run: Option<usize>,
    /// The step after which they were counted; for the pre-training, the tokens or images seen.
    pub step: u64,
    /// Their number.
    pub flops: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The index of the run.
    pub run: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// The number of updates.
    pub steps: u64,
    /// The step whose parameters were kept: the one with the best validation loss.
    pub best_step: u64,
    /// Seconds of training, without evaluations.
    pub seconds: f64,
    /// What happened to the transferred parameters.
    pub audit: Audit,
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// All planned steps were made, or a solver converged.
    Completed,
    /// The validation loss had not improved for `patience` epochs.
    EarlyStop,
    /// A value was not finite; the last good parameters were kept.
    Diverged {
        /// Which value, and in which step.
        what: String,
    },
    /// The user stopped it.
    Stopped,
}

/// What happened to the transferred parameters: a comparison of their bytes before and after training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Audit {
    /// The method transfers no parameters.
    NothingTransferred,
    /// The bytes are the same.
    Unchanged {
        /// The number of table rows, or of a network's parameters, that were compared.
        rows: usize,
        /// The hash of their bytes.
        hash: String,
    },
    /// Some of the transferred rows or parameters differ.
    Changed {
        /// The number of table rows, or of a network's parameters, that differ.
        rows: usize,
        /// The number of transferred rows or parameters.
        of: usize,
    },
}

impl Record {
    /// A copy of the record in which every value that depends on a clock is 0. What remains depends only on the
    /// recipe and the seed.
    pub fn without_times(&self) -> Record {
        let mut record = self.clone();
        match &mut record {
            Record::Vocabulary { seconds, .. }
            | Record::Vectors { seconds, .. }
            | Record::Network { seconds, .. } => *seconds = 0.0,
            Record::Encoder(found) => found.seconds = 0.0,
            Record::Parent(parent) => parent.seconds = 0.0,
            Record::Pretrain(point) => point.tokens_per_second = 0.0,
            Record::Step(point) => point.seconds = 0.0,
            Record::Evaluation(evaluation) => evaluation.seconds = 0.0,
            Record::RunEnd(end) => end.seconds = 0.0,
            Record::Trial(trial) => trial.seconds = 0.0,
            Record::Comparison(comparison) => {
                comparison.pretrain_seconds = 0.0;
                comparison.seconds_of_sources.iter_mut().for_each(|source| source.1 = 0.0);
                comparison.seconds_of_encoding.iter_mut().for_each(|source| source.1 = 0.0);
                comparison.rows.iter_mut().for_each(|row| row.seconds = 0.0);
                comparison.paid_back = None;
                comparison.tuning.iter_mut().for_each(|row| row.seconds = 0.0);
            }
            _ => {}
        }
        record
    }

    /// The run that this record belongs to; `None` where it belongs to no run.
    pub fn run(&self) -> Option<usize> {
        match self {
            Record::Run(start) => Some(start.run),
            Record::Step(point) => Some(point.run),
            Record::Evaluation(evaluation) => Some(evaluation.run),
            Record::RunEnd(end) => Some(end.run),
            Record::Trial(trial) => Some(trial.run),
            Record::Quality(quality) => quality.run,
            Record::ByCoverage(found) => Some(found.run),
            Record::LayerDrift(found) => Some(found.run),
            Record::Calibration(found) => Some(found.run),
            Record::Answers(found) => Some(found.run),
            Record::Arithmetic(found) => found.run,
            _ => None,
        }
    }
}
