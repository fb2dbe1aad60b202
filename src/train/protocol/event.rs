//! What the training thread tells its front end.
//!
//! Entries of the log come in order. When the front end lags, steps and points of pre-training are
//! thinned (those kept hold the extremes, so that no spike is lost); every other entry, every answer
//! and every change of status gets through. The log on disk has them all.

use crate::data::image::Image;
use crate::session::choices::Grouped;
use crate::session::record::{Entry, Neighbour};

use super::command::{Id, LrTarget};
use super::curve::Curve;

/// News from the training thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Records, in order.
    Entries(Vec<Entry>),
    /// What the thread is doing; sent on every change and a few times a second.
    Status(Status),
    /// The answer to a question.
    Answer {
        /// The number that came with the question.
        id: Id,
        /// What was found.
        answer: Answer,
    },
    /// The session ended for a reason that the user must know, as one sentence.
    Failed(String),
    /// The thread ends; nothing follows.
    Bye,
}

/// What the thread is doing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    /// Whether the thread works, waits or is done.
    pub state: State,
    /// What is under way, in a few words: "pre-training skip-gram".
    pub doing: String,
    /// Fraction of the whole session done, 0 to 1; while vectors are read, of the reading.
    pub progress: f64,
    /// Tokens or documents a second.
    pub speed: f64,
    /// What `speed` counts: "words/s", "documents/s".
    pub unit: &'static str,
    /// Seconds left, if it can be told.
    pub left: Option<f64>,
    /// Runs that are training now.
    pub live: Vec<usize>,
    /// The session's folder.
    pub folder: std::path::PathBuf,
}

/// Whether anything moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// No session.
    #[default]
    Idle,
    /// Steps are being taken.
    Running,
    /// The user paused the session; questions are still answered.
    Paused,
    /// All done; questions are still answered.
    Finished,
}

/// The answer to a question; `Unknown` is a sentence that says why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To `Neighbours`, `Among` and `OddOneOut`.
    Neighbours {
        /// The word or expression that was asked about.
        word: String,
        /// The words with their closeness, in the order that was asked for.
        list: Vec<Neighbour>,
        /// Whether the word is in no vocabulary, and its vector was made from its parts.
        made: bool,
    },
    /// To `Analogy`: the best answers first.
    Analogy(Vec<Neighbour>),
    /// One for each run that can answer. They come one event a run, the last with `last`.
    Classified {
        /// The run that classified.
        run: usize,
        /// Its class, and how it came to it.
        guess: Guess,
        /// Whether no other run follows.
        last: bool,
    },
    /// To `Examples`: the most confident first.
    Examples(Vec<Example>),
    /// To `Drift`: the words that moved furthest first.
    Drift(Vec<Moved>),
    /// To `Map` and `MapFirst`: each word with its place, from left to right and from bottom to top.
    Map(Vec<(String, f32, f32)>),
    /// To `Complete`: words, the most frequent first.
    Complete(Vec<String>),
    /// To `Clusters`.
    Clusters(Box<Clusters>),
    /// A range test as far as it has come; the last has an end.
    LrFinder(Box<LrTest>),
    /// What the language model said after `prompt`.
    GeneratedText {
        /// The prompt as it was asked.
        prompt: String,
        /// The words that follow it.
        text: String,
    },
    /// How many there are in all, the number of the first, and as many as were asked for.
    Images {
        /// How many images the set has; of the asked class, if one was asked for.
        of: usize,
        /// The place of the first of `list` among them, from 0.
        first: usize,
        /// The images.
        list: Vec<Shown>,
    },
    /// Each scaled to its own extremes.
    Filters(Vec<Image>),
    /// The names of all layers, and the maps of the one asked for, each scaled to its own extremes.
    FeatureMaps {
        /// The names of all layers, from the pixels up.
        layers: Vec<String>,
        /// One grey image per channel of the asked layer.
        maps: Vec<Image>,
    },
    /// To `Mistakes`: the most confident first.
    Mistakes(Vec<Mistake>),
    /// The image as it was read, small, and its classes with their probabilities.
    Top {
        /// The image as it was read, made smaller.
        image: Image,
        /// Classes with their probabilities, the most likely first.
        list: Vec<(String, f32)>,
    },
    /// There is no answer: a sentence that says why.
    Unknown(String),
}

/// A run's opinion of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// A probability for each class.
    pub probabilities: Vec<f32>,
    /// The text as the model reads it: each word, whether it is known to the model, and its
    /// contribution: how much the log-odds of the guessed class fall without it.
    pub words: Vec<Word>,
}

/// A word of a classified text.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The word as the model reads it.
    pub text: String,
    /// Whether the model has a vector for it.
    pub known: bool,
    /// How far the log-odds of the guessed class fall without the word; below 0 it speaks against the class.
    pub contribution: f32,
}

/// A document of a confusion cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The document.
    pub text: String,
    /// Probability of the guessed class.
    pub confidence: f32,
}

/// A word that fine-tuning moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The word that moved.
    pub word: String,
    /// The cosine between the vector before and after.
    pub cosine: f32,
    /// The length of the way it went.
    pub distance: f32,
    /// Its nearest words before fine-tuning.
    pub before: Vec<Neighbour>,
    /// Its nearest words after fine-tuning.
    pub after: Vec<Neighbour>,
}

/// A range test, as far as it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct LrTest {
    /// What is tested.
    pub of: LrTarget,
    /// What is being done.
    pub doing: String,
    /// How the model learns, and the learning rate that its recipe gives it; nothing before its first update.
    pub optimizer: String,
    /// The learning rate of the recipe; 0 before the first update.
    pub own_learning_rate: f32,
    /// The losses so far.
    pub curve: Curve,
}

/// Clusters of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// What the texts are clustered by.
    pub by: Grouped,
    /// Texts that were clustered,
    pub documents: usize,
    /// and how many there are.
    pub of: usize,
    /// How far they agree with the labels, where there are any.
    pub purity: Option<f64>,
    /// How far clusters and classes agree: normalised mutual information, 0 to 1.
    pub nmi: Option<f64>,
    /// The largest first.
    pub clusters: Vec<Cluster>,
    /// A line for every text, as a file has it.
    pub table: String,
}

/// A cluster of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// How many texts it has.
    pub size: usize,
    /// The commonest class and its fraction.
    pub class: Option<(String, f64)>,
    /// The most telling words.
    pub words: Vec<String>,
    /// The beginnings of the texts nearest to its centre.
    pub nearest: Vec<String>,
}

/// An image of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The image, made smaller.
    pub image: Image,
    /// Its number in the set.
    pub number: usize,
    /// The number of its class.
    pub class: usize,
    /// Its file, or its number.
    pub name: String,
}

/// An image of a confusion cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// The image, made smaller.
    pub image: Image,
    /// Its file, or its number.
    pub name: String,
    /// The set of the data that it is of, and its number there.
    pub set: String,
    /// Its number in that set, from 0.
    pub number: usize,
    /// Probability of the guessed class.
    pub confidence: f32,
}
