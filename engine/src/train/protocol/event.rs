//! The events that the training thread sends to its front end.
//!
//! Entries of the log come in order. When the front end lags, steps and points of pre-training are thinned; the
//! extremes are kept, so that no spike is lost. All other entries, all answers and the last status are sent. The log
//! on the disk has every entry.

use crate::data::image::Image;
use crate::session::audited::AuditedLabel;
use crate::session::choices::Grouped;
use crate::session::concordance::Concordance;
use crate::session::method::Method;
use crate::session::record::{Entry, Neighbour};
use crate::session::starter::{Preview, Survey};
use std::sync::Arc;

use super::command::{Id, LrTarget};
use super::curve::Curve;
use super::labelling::LabelView;

/// An event from the training thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Records, in order.
    Entries(Vec<Entry>),
    /// The state of the thread; sent on every change and a few times a second.
    Status(Status),
    /// The answer to a question.
    Answer {
        /// The number of the question.
        id: Id,
        /// The answer.
        answer: Answer,
    },
    /// A command was not obeyed. The text says why.
    Refused(String),
    /// The session ended because of an error. The text is a message for the user.
    Failed(String),
    /// The thread ends. This is the last event.
    Bye,
}

/// The state of the training thread.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    /// Whether the thread trains, waits or is done.
    pub state: State,
    /// The current work, as a short phrase: "pre-training skip-gram".
    pub doing: String,
    /// The fraction of the whole session that is done, 0 to 1; while vectors are read, the fraction that is read.
    pub progress: f64,
    /// The speed, in the unit of `unit`.
    pub speed: f64,
    /// The unit of `speed`: "words/s", "documents/s".
    pub unit: &'static str,
    /// The estimated number of seconds left, if it is known.
    pub left: Option<f64>,
    /// The indices of the runs that are training.
    pub live: Vec<usize>,
    /// The session's folder.
    pub folder: std::path::PathBuf,
}

/// Whether training goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// No session.
    #[default]
    Idle,
    /// Training goes on.
    Running,
    /// The user paused the session; questions are still answered.
    Paused,
    /// The session is complete; questions are still answered.
    Finished,
}

/// The answer to a question; `Unknown` says why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The answer to `Neighbours`, `Among` and `OddOneOut`.
    Neighbours {
        /// The word or expression of the question.
        word: String,
        /// The words with their similarities, in the requested order.
        list: Vec<Neighbour>,
        /// Whether the word is in no vocabulary, so that its vector was composed of subwords.
        made: bool,
    },
    /// The answer to `Analogy`: the best candidates first.
    Analogy(Vec<Neighbour>),
    /// The answer to `Classify` and `ClassifyImage`: one event for each run that can answer; the last one has `last`.
    Classified {
        /// The run that classified.
        run: usize,
        /// The prediction, and the words that it depends on.
        guess: Guess,
        /// Whether no other run follows.
        last: bool,
    },
    /// The answer to `Sentences`, as far as the vectors of texts are known.
    Sentences(Box<NearSentences>),
    /// The answer to `Attention`.
    Attention(Box<Attention>),
    /// The answer to `Examples`: the most confident predictions first.
    Examples(Vec<Example>),
    /// The answer to `Drift`: the words that moved furthest first.
    Drift(Vec<Moved>),
    /// The answer to `Map` and `MapFirst`: each word with its coordinates; x grows to the right, y upwards.
    Map(Vec<(String, f32, f32)>),
    /// The answer to `Complete`: the most frequent words first.
    Complete(Vec<String>),
    /// The answer to `Clusters`.
    Clusters(Box<Clusters>),
    /// The answer to `Survey` so far: the number of examples that were read.
    Reading(usize),
    /// The last answer to `Survey`.
    Surveyed(Box<Surveyed>),
    /// The answer to `SourceFile`: the file can be read.
    SourceFile {
        /// The absolute path.
        path: std::path::PathBuf,
        /// A short description of the content.
        told: String,
        /// Whether it is the folder of a sentence encoder.
        encoder: bool,
    },
    /// The answer to `LrFinder`: the range test so far. The curve of the last such event has an end.
    LrFinder(Box<LrTest>),
    /// The answer to `AuditLabels`: how far the work is, and at last the list.
    LabelAudit(Box<LabelAudit>),
    /// The answer to `Label`: a view of the labelling after each change.
    Labelling(Box<LabelView>),
    /// The answer to `Generate`: the text that the language model generated.
    GeneratedText {
        /// The prompt of the question.
        prompt: String,
        /// The words generated after it.
        text: String,
    },
    /// The answer to `Images`.
    Images {
        /// The number of images in the set; of the requested class only, if one was requested.
        of: usize,
        /// The index of the first image of `list` among them, from 0.
        first: usize,
        /// The images.
        list: Vec<Shown>,
    },
    /// The answer to `Filters`: each filter as an image, scaled to its own minimum and maximum.
    Filters(Vec<Image>),
    /// The answer to `FeatureMaps`.
    FeatureMaps {
        /// The names of all layers, from the input to the output.
        layers: Vec<String>,
        /// One grey image for each channel of the requested layer, scaled to its own minimum and maximum.
        maps: Vec<Image>,
    },
    /// The answer to `Mistakes`: the most confident predictions first.
    Mistakes(Vec<Mistake>),
    /// The answer to `Top`.
    Top {
        /// The image that was read, reduced in size.
        image: Image,
        /// Classes with their probabilities, the most likely first.
        list: Vec<(String, f32)>,
    },
    /// The answer to `NeighboursOfSources`: the nearest words in each source, in their order; or why there are none.
    NeighboursOfSources(Vec<Result<Vec<Neighbour>, String>>),
    /// The answer to `KeepMoment`: how many words were kept with their vectors.
    MomentKept(usize),
    /// The answer to `KeepAnswers`: the names of the sets whose predictions were kept.
    AnswersKept(Vec<String>),
    /// The answer to `NeighboursOfMoments`: the nearest words at the kept moment and now; or why there are none.
    NeighboursOfMoments(Box<[Result<Vec<Neighbour>, String>; 2]>),
    /// The answer to `Concordance`.
    Concordance(Box<Concordance>),
    /// The answer to `Axes`.
    Axes(Box<Axes>),
    /// The answer to `Disagreements`.
    Disagreements(Box<Disagreements>),
    /// There is no answer; the text says why.
    Unknown(String),
}

/// Words on two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// The expressions of the horizontal and of the vertical axis.
    pub axes: [String; 2],
    /// The cosine between the axes: at 0 they are independent of each other.
    pub cosine: f32,
    /// The words, each with its cosines with the axes; x grows to the right, y upwards.
    pub places: Vec<(String, f32, f32)>,
    /// The words that have no vector.
    pub missing: Vec<String>,
}

/// The examples on which two runs predict different classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreements {
    /// The two runs.
    pub runs: [usize; 2],
    /// The set.
    pub set: String,
    /// How many examples both runs were evaluated on.
    pub of: usize,
    /// How many examples only the first run predicts correctly, and how many only the second.
    pub only: [usize; 2],
    /// How many examples the runs predict differently and both wrongly.
    pub neither: usize,
    /// The examples, the surest different predictions first.
    pub list: Vec<Disagreement>,
}

/// An example on which two runs disagree.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// The text, or the name of the image.
    pub text: String,
    /// The image, reduced in size, if it is one.
    pub image: Option<Image>,
    /// The true class, as an index.
    pub truth: usize,
    /// The class that each run predicts.
    pub guesses: [usize; 2],
    /// The probability of each prediction.
    pub confidences: [f32; 2],
}

/// The prediction of a run for a text or an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// A probability for each class.
    pub probabilities: Vec<f32>,
    /// The words of the text as the model reads them, each with its contribution to the prediction; empty for an
    /// image.
    pub words: Vec<Word>,
}

/// A word of a classified text.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The word as the model reads it.
    pub text: String,
    /// Whether the model has a vector for it.
    pub known: bool,
    /// How far the log-odds of the predicted class fall if the word is left out; below 0 it speaks against the class.
    pub contribution: f32,
}

/// The training texts nearest to a typed one.
#[derive(Debug, Clone, PartialEq)]
pub struct NearSentences {
    /// The run whose encoder made the vectors; `None` for the published one.
    pub run: Option<usize>,
    /// The text of the question.
    pub text: String,
    /// The nearest texts, the nearest first.
    pub list: Vec<NearSentence>,
    /// How many texts have a vector, of how many that get one.
    pub done: usize,
    /// The number of texts that get a vector: all that are known, or a sample.
    pub sample: usize,
    /// The number of texts in the training part.
    pub of: usize,
    /// The first and the last step of the run from which the vectors are; `None` stands for the parameters that are kept
    /// after training. For the published encoder there are no steps.
    pub steps: Option<[Option<u64>; 2]>,
}

/// A training text near to a typed one.
#[derive(Debug, Clone, PartialEq)]
pub struct NearSentence {
    /// Its beginning.
    pub text: String,
    /// The name of its class.
    pub class: String,
    /// The cosine between the vectors.
    pub similarity: f32,
}

/// How much the tokens of a text read of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// The run whose encoder it is.
    pub run: usize,
    /// The index of the layer, and the number of layers.
    pub layer: (usize, usize),
    /// The index of the head, `None` for the mean over all heads; and the number of heads.
    pub head: (Option<usize>, usize),
    /// The tokens, special ones included; L is their number.
    pub tokens: Vec<String>,
    /// The attention probabilities `(L, L)`: row i is how much token i reads of each token.
    pub probabilities: Vec<f32>,
    /// The rows `(L)` as they count in the vector of the text.
    pub pooled: Vec<f32>,
    /// What the vector of the text is, as a phrase: "the mean of all tokens".
    pub pooling: &'static str,
    /// The largest number of tokens that the encoder reads.
    pub longest: usize,
}

/// A document of a cell of the confusion matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The document.
    pub text: String,
    /// The probability of the predicted class.
    pub confidence: f32,
}

/// A word whose vector was moved by fine-tuning.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The word.
    pub word: String,
    /// The cosine of the angle between the vectors before and after.
    pub cosine: f32,
    /// The Euclidean distance between the vectors before and after.
    pub distance: f32,
    /// Its nearest words before fine-tuning.
    pub before: Vec<Neighbour>,
    /// Its nearest words after fine-tuning.
    pub after: Vec<Neighbour>,
}

/// What a survey of labelled examples found.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// The absolute path of the examples.
    pub data: std::path::PathBuf,
    /// The absolute path of the separate test set, if there is one.
    pub test: Option<std::path::PathBuf>,
    /// The columns and the first rows, if the examples are a table that can be read so far.
    pub preview: Option<Preview>,
    /// What the examples are; or why they cannot be used, as a sentence.
    pub survey: std::result::Result<Survey, String>,
}

/// The state of a range test.
#[derive(Debug, Clone, PartialEq)]
pub struct LrTest {
    /// What the test trains.
    pub of: LrTarget,
    /// The current work, as a phrase.
    pub doing: String,
    /// The optimizer and the batch size, as a phrase; empty before the first update.
    pub optimizer: String,
    /// The recipe's learning rate; 0 before the first update.
    pub own_learning_rate: f32,
    /// The losses so far.
    pub curve: Curve,
}

/// The state of an audit of the training labels.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelAudit {
    /// The method that is trained on folds.
    pub method: Method,
    /// The current work, as a phrase.
    pub doing: String,
    /// The fraction of the work that is done, from 0 to 1.
    pub done: f64,
    /// The number of folds; 0 before the end.
    pub folds: u32,
    /// At the end all training examples, the most doubtful label first.
    pub list: Option<Arc<Vec<AuditedLabel>>>,
}

/// Clusters of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The representation by which the texts are clustered.
    pub by: Grouped,
    /// The number of texts that were clustered.
    pub documents: usize,
    /// The number of texts in the training part.
    pub of: usize,
    /// The purity: the fraction of texts that have the most frequent class of their cluster; `None` without labels.
    pub purity: Option<f64>,
    /// The normalised mutual information of clusters and classes, 0 to 1; `None` without labels.
    pub nmi: Option<f64>,
    /// The clusters, largest first.
    pub clusters: Vec<Cluster>,
    /// A table with one line for each text, to be saved as a file.
    pub table: String,
}

/// A cluster of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The number of texts.
    pub size: usize,
    /// The most frequent class, and its fraction of the cluster.
    pub class: Option<(String, f64)>,
    /// The words that are most typical of the cluster.
    pub words: Vec<String>,
    /// The beginnings of the texts nearest to the cluster's centre.
    pub nearest: Vec<String>,
}

/// An image of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The image, reduced in size.
    pub image: Image,
    /// Its index in the set.
    pub number: usize,
    /// The index of its class.
    pub class: usize,
    /// Its file name, or its number.
    pub name: String,
}

/// An image of a cell of the confusion matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// The image, reduced in size.
    pub image: Image,
    /// Its file name, or its number.
    pub name: String,
    /// The name of the set that it belongs to.
    pub set: String,
    /// Its index in that set, from 0.
    pub number: usize,
    /// The probability of the predicted class.
    pub confidence: f32,
}
