//! The records: everything that a session tells, one a line of its log and one an event.
//!
//! What is on a screen, in a table or in an export is a fold over these. Records are plain owned data.
//! Loss is the mean cross-entropy in nats; shares and accuracies go from 0 to 1; times are seconds.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::budget::Budget;
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

/// How right a run is on documents by the fraction of their words that have vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByCoverage {
    /// The number of the run.
    pub run: usize,
    /// The set that was classified.
    pub set: String,
    /// Ascending; groups without documents are left out.
    pub groups: Vec<CoverageGroup>,
}

/// Documents of like coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageGroup {
    /// The fraction of words that have vectors is at least this,
    pub from: f64,
    /// and below this; 1 where it is whole.
    pub to: f64,
    /// How many there are,
    pub documents: u64,
    /// and how many of them were right.
    pub correct: u64,
}

/// How much of the task's words the vectors have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Fraction of the words of the training part, counted as often as they occur.
    pub by_token: f64,
    /// Fraction of its distinct words.
    pub by_type: f64,
    /// Of these, what has no vector of its own but one made from its parts; `None` where the vectors cannot do that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// What was read as one word since the vectors have it so; `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Joined>,
    /// The most frequent words without a vector, with their counts.
    pub missing: Vec<(String, u64)>,
    /// What words without a vector have in common, by their fraction of the text; older logs have none.
    #[serde(default)]
    pub causes: Vec<Missing>,
    /// Documents none of whose words has a vector, set by set; sets without such documents are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bare: Vec<Bare>,
    /// The mean cosine of random pairs of frequent words; near 1 the vectors are collapsed. Older logs have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_cosine: Option<f64>,
}

/// Documents of a set none of whose words has a vector: to what takes the vectors as they are, all look the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bare {
    /// The set's name.
    pub set: String,
    /// Documents none of whose words has a vector.
    pub documents: u64,
    /// All documents of the set.
    pub of: u64,
}

impl Bare {
    /// The fraction of the set.
    pub fn fraction(&self) -> f64 {
        self.documents as f64 / self.of.max(1) as f64
    }
}

/// Words that have no vector for the same reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The reason.
    pub cause: Cause,
    /// Fraction of all words of the training part.
    pub by_token: f64,
    /// Distinct words.
    pub types: usize,
    /// The most frequent, each with what of it has a vector.
    pub examples: Vec<(String, String)>,
}

/// Why a word has no vector, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The same word in other case has one.
    Case,
    /// The same word with other accents, or without any, has one.
    Accents,
    /// The same word in other characters that mean the same has one (full width, ligatures).
    Form,
    /// The vectors have no word of its script.
    Script,
    /// It is cut otherwise: a word that it is a part of has one ("don't" for "n't").
    Tokenisation,
    /// It is put together of parts that have vectors.
    Parts,
    /// It is a number, or has digits in it.
    Number,
    /// The vectors do not know it: too rare in their corpus, or of another world.
    Unknown,
}

/// Neighbouring words of the training part that were joined, for the vectors have such phrases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// Words that went into phrases.
    pub words: u64,
    /// All words of the training part, each by itself.
    pub of: u64,
    /// Phrases that came of them.
    pub phrases: u64,
    /// Distinct ones.
    pub types: u64,
    /// The most frequent, with their counts.
    pub examples: Vec<(String, u64)>,
}

/// Fractions of the words of the training part whose vectors were made from their parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Of all words,
    pub by_token: f64,
    /// and of the distinct ones.
    pub by_type: f64,
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

/// The comparison of all runs that were tested: the figures. What they say is made of them wherever it is shown
/// ([`verdict::sentences`](super::verdict::sentences)).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// One row a method, source and budget, budgets ascending.
    pub rows: Vec<ComparisonRow>,
    /// Paired differences at each budget.
    pub differences: Vec<Difference>,
    /// How many labels scratch needs to get where the method got with `labels`.
    pub savings: Vec<LabelSaving>,
    /// Seconds of pre-training that all transferred runs share.
    pub pretrain_seconds: f64,
    /// Runs that are compared.
    pub runs: usize,
    /// Of these, the ones that were stopped or diverged.
    pub cut: usize,
    /// Of these, the ones that gave one answer for every test example.
    pub collapsed: Vec<Collapsed>,
    /// Test sets beside [`TEST`].
    pub further_sets: Vec<FurtherSet>,
    /// Documents none of whose words has a vector, set by set; sets without such documents are left out.
    pub bare: Vec<Bare>,
    /// The mean cosine of random pairs of frequent words; `None` where the source has no word vectors.
    pub mean_cosine: Option<f64>,
    /// Learning rates that were changed by hand.
    pub by_hand: ByHand,
}

/// A run as people tell it from others: "frozen · 100 labels · seed 2".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunName {
    /// Its method.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// Its label budget.
    pub budget: Budget,
    /// Its repetition, from 0.
    pub seed: u32,
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} labels · seed {}", self.method, self.budget, self.seed + 1)
    }
}

/// A run that gave one answer for every test example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collapsed {
    /// Which run.
    pub run: RunName,
    /// Labels that it learned from.
    pub labels: usize,
    /// The class that it answered.
    pub class: String,
}

/// A test set beside [`TEST`], as far as no method decides it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FurtherSet {
    /// The set's name.
    pub set: String,
    /// The fraction of its commonest class.
    pub commonest: f64,
    /// How many examples it has.
    pub examples: u64,
}

/// Learning rates that were changed by hand while something was learned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByHand {
    /// Of which runs; `None` where of none.
    pub runs: Option<ChangedRuns>,
    /// Of the pre-training.
    pub pretraining: bool,
}

/// Runs whose learning rate was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangedRuns {
    /// One run.
    One(RunName),
    /// More than one.
    Several,
}

/// A method, with a source where it takes one over, at a budget, over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRow {
    /// The method.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// Labels that a run of it learned from, validation included.
    pub labels: usize,
    /// Test accuracy of each seed.
    pub accuracies: Vec<f64>,
    /// Mean of the accuracies.
    pub mean: f64,
    /// Sample standard deviation over the seeds; 0 where there is one seed only.
    pub deviation: f64,
    /// Means over the seeds of the metrics beside accuracy on the test set, by their keys.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Mean accuracy on the further test sets, by name.
    pub others: Vec<(String, f64)>,
    /// Parameters that a run learns,
    pub trainable_parameters: u64,
    /// and all that it computes with.
    pub total_parameters: u64,
    /// Mean seconds of training.
    pub seconds: f64,
    /// Mean steps.
    pub steps: f64,
    /// Mean steps to the best validation accuracy that scratch reached, over the seeds that got
    /// there; `None` where none did.
    pub steps_to_scratch: Option<f64>,
    /// Seeds that got there.
    pub reached_scratch: usize,
}

/// `left` minus `right`, seed by seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The method that is subtracted from,
    pub left: Method,
    /// The source that the left side takes over; `None` where it takes none.
    pub left_source: Option<SourceName>,
    /// and the one that is subtracted.
    pub right: Method,
    /// The source that the right side takes over.
    pub right_source: Option<SourceName>,
    /// The label budget of both.
    pub budget: Budget,
    /// Mean difference of the accuracies.
    pub mean: f64,
    /// 95 % interval of the mean (Student's t over the seeds); `None` where there is one seed only.
    pub interval: Option<(f64, f64)>,
    /// Seeds where the difference is above 0.
    pub wins: usize,
    /// How many seeds both have.
    pub seeds: usize,
}

/// Labels that transfer saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSaving {
    /// The method that needs fewer labels than scratch.
    pub method: Method,
    /// The source that it takes over; `None` where it takes none.
    pub source: Option<SourceName>,
    /// The labels that it had.
    pub labels: usize,
    /// Labels that scratch needs for the same mean accuracy, between the budgets that were run
    /// (log-linear); `None` where even its largest budget did not get there.
    pub scratch_labels: Option<f64>,
    /// Scratch got there with its smallest budget already: it needs at most `scratch_labels`, how few is not known.
    #[serde(default)]
    pub at_most: bool,
}

/// A difference of fractions in points, with its sign: "+3.4", "-0.1".
pub fn points(fraction: f64) -> String {
    let text = format!("{:+.1}", 100.0 * fraction);
    if text == "-0.0" { "+0.0".into() } else { text }
}

/// An end of an interval of a difference, in points: with a second digit where the first would hide on
/// which side of 0 it is.
pub fn bound(fraction: f64) -> String {
    if fraction != 0.0 && fraction.abs() < 0.0005 {
        format!("{:+.2}", 100.0 * fraction)
    } else {
        points(fraction)
    }
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
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_of_an_interval_says_on_which_side_of_0_it_is() {
        assert_eq!([-0.0001, 0.1149].map(points), ["+0.0", "+11.5"]);
        assert_eq!([-0.0003, 0.0, -0.02].map(bound), ["-0.03", "+0.0", "-2.0"]);
    }
}
