//! The records: everything that a session tells, one a line of its log and one an event.
//!
//! What is on a screen, in a table or in an export is a fold over these. Records are plain owned data.
//! Loss is the mean cross-entropy in nats; shares and accuracies go from 0 to 1; times are seconds.

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::budget::Budget;
use super::calibration::Calibration;
use super::comparison::Comparison;
use super::coverage::{ByCoverage, Coverage};
use super::method::{Baseline, Method};
use super::recipe::Recipe;
use super::source_name::SourceName;

/// The version of the log's format. A session of another version is refused with a sentence.
pub const VERSION: u32 = 3;

/// A record and when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Seconds of work since the session began (pauses and the time between a kill and a resume
    /// are left out).
    pub at: f64,
    /// What happened.
    pub record: Record,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The first record of every log.
    Opened {
        /// The version of the log's format, [`VERSION`].
        version: u32,
        /// The program and its version.
        program: String,
        /// The kind of processor and system; results have the same bits on all of one kind. Empty in sessions that
        /// did not keep it.
        #[serde(default)]
        machine: String,
        /// What was asked, with its defaults.
        recipe: Box<Recipe>,
    },
    /// A part of the work began.
    Stage(Stage),
    /// The labelled data was read.
    Data(DataSummary),
    /// The corpus was counted.
    Vocabulary {
        /// Distinct words of the vocabulary.
        words: usize,
        /// Words of the corpus,
        tokens: u64,
        /// and those of them that the vocabulary has.
        kept_tokens: u64,
        /// Seconds that counting took.
        seconds: f64,
        /// Epochs, where the size of the corpus decided on them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epochs: Option<usize>,
    },
    /// A point of pre-training.
    Pretrain(PretrainPoint),
    /// How well a network does on images like those that it is pre-trained on.
    SourceTest(SourceTest),
    /// A network for images is there, trained or read.
    Network {
        /// Which public network it is of.
        architecture: Architecture,
        /// How many parameters it has.
        parameters: u64,
        /// Where it comes from, in words.
        origin: String,
        /// Seconds that training or reading it took.
        seconds: f64,
    },
    /// How well a language model guesses what was held out of its text.
    HeldOut(HeldOut),
    /// What a language model says.
    GeneratedText(GeneratedText),
    /// The neighbours of a probe word, after so many tokens of pre-training.
    Neighbours {
        /// The probe word.
        word: String,
        /// Tokens of pre-training before it was asked.
        tokens: u64,
        /// The nearest words, the nearest first.
        list: Vec<Neighbour>,
    },
    /// Word vectors are there, trained or read.
    Vectors {
        /// How many words have one.
        words: usize,
        /// Dimensions of a vector.
        dim: usize,
        /// Where they come from, in words.
        origin: String,
        /// Seconds that training or reading them took.
        seconds: f64,
    },
    /// How much of the task's vocabulary the vectors have.
    Coverage(Coverage),
    /// How word vectors did on a benchmark.
    Quality(Quality),
    /// A run of the experiment is planned.
    Run(RunStart),
    /// One step of a run.
    Step(StepPoint),
    /// A run was evaluated.
    Evaluation(Evaluation),
    /// How far a run's probabilities can be believed on a test set.
    Calibration(Calibration),
    /// How right a run is on documents with many and with few words that have vectors.
    ByCoverage(ByCoverage),
    /// A run ended.
    RunEnd(RunEnd),
    /// Somebody or something intervened.
    Note(Note),
    /// The comparison of all runs.
    Comparison(Box<Comparison>),
    /// The session went on from its checkpoints: what the log says of `run` after `step` (of
    /// pre-training after `tokens`) was lost and is done again.
    Resumed {
        /// Tokens of pre-training that were there already; `None` where no pre-training goes on.
        tokens: Option<u64>,
        /// Runs that go on, each with its step.
        runs: Vec<(usize, u64)>,
        /// Pre-training had no checkpoint: nothing that the log says of it counts.
        #[serde(default)]
        pretraining_anew: bool,
        /// Nor what it says of these runs.
        #[serde(default)]
        anew: Vec<usize>,
    },
}

/// The parts of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Reading the labelled data.
    Reading,
    /// Counting the corpus.
    Counting,
    /// Training word vectors, or reading them.
    Pretraining,
    /// Training the runs.
    Training,
    /// Everything asked for is done.
    Finished,
    /// The user stopped; `resume` goes on.
    Stopped,
}

/// The labelled data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// The classes, in the order of all confusion matrices.
    pub classes: Vec<String>,
    /// Labelled documents to draw budgets from.
    pub train: usize,
    /// Documents of a validation part of its own.
    pub validation: usize,
    /// The test sets: name and documents.
    pub tests: Vec<(String, usize)>,
    /// Distinct words of the training part.
    pub words: usize,
    /// Mean words a document.
    pub mean_tokens: f64,
    /// What was taken for examples and labels, a sentence for each part (columns or folders, and the first example).
    #[serde(default)]
    pub read: Vec<String>,
    /// What a reader should know (bytes that were not UTF-8, documents left out).
    pub remarks: Vec<String>,
    /// Where the examples are images: width, height and channels as the networks see them; `None` for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<(u32, u32, u8)>,
}

/// A point of pre-training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainPoint {
    /// Tokens of the corpus seen, over all epochs.
    pub tokens: u64,
    /// Tokens there are to see, over all epochs.
    pub of: u64,
    /// Mean loss a true pair with its noise words, since the last point.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f32,
    /// Tokens a second since the last point.
    pub tokens_per_second: f64,
}

/// How well a network does on images like those that it is pre-trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceTest {
    /// Images of pre-training seen.
    pub samples: u64,
    /// Whether these images were held out to look at on the way; otherwise they are those of a test.
    pub held_out: bool,
    /// The set's name.
    pub set: String,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The fraction that was right.
    pub accuracy: f64,
}

/// How well a language model guesses the words that were held out of its text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Tokens of pre-training seen.
    pub tokens: u64,
    /// Words that were guessed.
    pub words: u64,
    /// Mean loss a word, in nats.
    pub loss: f64,
}

impl HeldOut {
    /// Among how many words, all as likely, guessing would be as hard.
    pub fn perplexity(&self) -> f64 {
        self.loss.exp()
    }

    /// Bits that are needed to tell a word.
    pub fn bits(&self) -> f64 {
        self.loss / std::f64::consts::LN_2
    }
}

/// What a language model says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratedText {
    /// Tokens of pre-training seen.
    pub tokens: u64,
    /// What it was to go on after; nothing for the start of a document.
    pub prompt: String,
    /// What was generated, behind the prompt.
    pub text: String,
}

/// A word near another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The word.
    pub word: String,
    /// The cosine of the angle between the two vectors.
    pub similarity: f32,
}

/// What word vectors are measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Benchmark {
    /// Pairs of words that people scored: Spearman's rank correlation with the cosines.
    Similarity,
    /// Analogies: the fraction that 3CosAdd answers rightly.
    Analogies,
}

/// How word vectors did on a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The fine-tuned run whose own vectors were measured; `None` for the pre-trained ones.
    pub run: Option<usize>,
    /// Tokens of pre-training seen; 0 for vectors from a file.
    pub tokens: u64,
    /// The list's name.
    pub set: String,
    /// Pairs of words, or analogies.
    pub kind: Benchmark,
    /// From -1 to 1, or from 0 to 1.
    pub score: f64,
    /// Pairs or questions all of whose words have a vector,
    pub used: usize,
    /// of so many.
    pub of: usize,
}

impl Quality {
    /// The score; `None` where too little of the list could be used for one.
    pub fn known(&self) -> Option<f64> {
        let least = if self.kind == Benchmark::Similarity { 2 } else { 1 };
        (self.used >= least).then_some(self.score)
    }
}

/// A planned run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStart {
    /// Its number in the session, from 0.
    pub run: usize,
    /// Which side of the comparison it is.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// The budget as asked for.
    pub budget: Budget,
    /// Labels it sees in training and validation.
    pub labels: usize,
    /// Of these, the ones kept for validation.
    pub validation: usize,
    /// Its repetition, from 0. Runs with the same one are paired.
    pub seed: u32,
    /// Parameters that are learned.
    pub trainable_parameters: u64,
    /// All parameters that the model uses.
    pub total_parameters: u64,
    /// Documents a step (0 where a solver takes all at once).
    pub batch: usize,
    /// Steps at the most; of a solver, about so many.
    pub planned_steps: u64,
    /// How it learns, in words: "Adam 0.001" or "L-BFGS".
    pub optimizer: String,
}

impl RunStart {
    /// Whether it goes down batch by batch, and not as a solver, whose steps are of another kind.
    pub fn descends(&self) -> bool {
        self.batch > 0
    }
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepPoint {
    /// The number of the run.
    pub run: usize,
    /// Updates made, counting from 1.
    pub step: u64,
    /// Epochs over the data, with fractions.
    pub epoch: f64,
    /// Documents seen.
    pub samples: u64,
    /// Mean loss of the batch.
    pub loss: f64,
    /// Norm of the gradient before clipping.
    pub gradient: f64,
    /// The learning rate.
    pub learning_rate: f32,
    /// Seconds of training of this run.
    pub seconds: f64,
}

/// The name of the set that images are learned from.
pub const TRAINING: &str = "training";
/// The name of the set that early stopping looks at.
pub const VALIDATION: &str = "validation";
/// The name of the set that decides the comparison.
pub const TEST: &str = "test";

/// How a run did on a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The number of the run.
    pub run: usize,
    /// Updates before it.
    pub step: u64,
    /// [`VALIDATION`], [`TEST`], or the name of a further test set.
    pub set: String,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The fraction that was right.
    pub accuracy: f64,
    /// Documents by `[true class][guessed class]`.
    pub confusion: Vec<Vec<u64>>,
    /// Seconds of training of this run so far.
    pub seconds: f64,
}

impl Evaluation {
    /// The class that a run of `method` guessed for every example, where there are examples of several classes and the
    /// method is not meant to do so.
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

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The number of the run.
    pub run: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Updates made.
    pub steps: u64,
    /// The step whose parameters were kept (the best on validation).
    pub best_step: u64,
    /// Seconds of training, evaluation left out.
    pub seconds: f64,
    /// What happened to the transferred parameters.
    pub audit: Audit,
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It went through all planned steps, or its problem was trained to convergence.
    Completed,
    /// The validation loss got no better.
    EarlyStop,
    /// A number was not finite; the last good parameters were kept.
    Diverged {
        /// Which number, and in which step.
        what: String,
    },
    /// The user ended it.
    Stopped,
}

/// What happened to the transferred parameters, by their bytes before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Audit {
    /// There were none.
    NothingTransferred,
    /// The bytes are the same: frozen stayed frozen.
    Unchanged {
        /// Rows, or numbers of a network, that were compared.
        rows: usize,
        /// The hash of their bytes.
        hash: String,
    },
    /// So many of the rows differ.
    Changed {
        /// Rows that differ,
        rows: usize,
        /// of so many.
        of: usize,
    },
}

/// An intervention, or something to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Note {
    /// Training was paused by the user.
    Paused,
    /// It went on.
    Continued,
    /// The user took a single step.
    SingleStep,
    /// The user changed the learning rate of a run, or of all.
    LearningRate {
        /// The number of the run; `None` for everything under way.
        run: Option<usize>,
        /// What it was multiplied by.
        factor: f32,
    },
    /// The user ended one run.
    RunStopped {
        /// The number of the run.
        run: usize,
    },
    /// Something a reader should know.
    Remark(String),
}

impl Record {
    /// The same record with everything set to 0 that a clock decides: what is left is a function of
    /// recipe and seed alone.
    pub fn without_times(&self) -> Record {
        let mut record = self.clone();
        match &mut record {
            Record::Vocabulary { seconds, .. }
            | Record::Vectors { seconds, .. }
            | Record::Network { seconds, .. } => *seconds = 0.0,
            Record::Pretrain(point) => point.tokens_per_second = 0.0,
            Record::Step(point) => point.seconds = 0.0,
            Record::Evaluation(evaluation) => evaluation.seconds = 0.0,
            Record::RunEnd(end) => end.seconds = 0.0,
            Record::Comparison(comparison) => {
                comparison.pretrain_seconds = 0.0;
                comparison.rows.iter_mut().for_each(|row| row.seconds = 0.0);
            }
            _ => {}
        }
        record
    }

    /// The run this record belongs to.
    pub fn run(&self) -> Option<usize> {
        match self {
            Record::Run(start) => Some(start.run),
            Record::Step(point) => Some(point.run),
            Record::Evaluation(evaluation) => Some(evaluation.run),
            Record::RunEnd(end) => Some(end.run),
            Record::Quality(quality) => quality.run,
            Record::ByCoverage(found) => Some(found.run),
            Record::Calibration(found) => Some(found.run),
            _ => None,
        }
    }
}
