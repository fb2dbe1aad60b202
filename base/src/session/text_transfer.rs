//! The part of a recipe about transfer between texts: source, task and head.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::convolution::Convolution;
use super::language_model::{Dropouts, LanguageModelling, Transferred};
use super::pretraining::Corpus;
use super::source_name::SourceName;
use super::sources::Sources;
use super::text_source::{Origin, TextSource};

/// Transfer from unlabelled text, or from word vectors in a file, to a text classification task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextTransfer {
    /// Where the word vectors come from, if there is one source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<TextSource>,
    /// Several sources by name. Every transfer method runs for each of them, on the same labels.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub sources: Sources<TextSource>,
    /// The labelled task that the source is transferred to, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TextTask>,
    /// Several tasks by name, which share one pre-training. Each becomes a session of its own.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub tasks: Sources<TextTask>,
    /// How texts are tokenised, in the whole session.
    #[serde(default, skip_serializing_if = "Tokens::is_usual")]
    pub tokens: Tokens,
    /// The layers between the word vectors and the classes.
    pub head: Head,
    /// The number of tokens of a document that are read; the rest is cut off. Left out: the whole document for
    /// `Average`, 300 for the other heads.
    #[serde(default)]
    pub max_tokens: Option<usize>,
    /// Dropout probability of the pooled features while a run is trained.
    #[serde(default)]
    pub dropout: f32,
    /// Dropout probabilities within the layers of a language model while a run trains them, as in their pre-training:
    /// of words, of input values, of values between layers, of recurrent weights. (`dropout` applies after the last
    /// layer.)
    #[serde(default, skip_serializing_if = "Dropouts::is_none")]
    pub layer_dropout: Dropouts,
    /// The word vectors of runs from scratch.
    #[serde(default)]
    pub scratch: ScratchVectors,
    /// Words whose neighbours are recorded while vectors are pre-trained.
    #[serde(default)]
    pub probe_words: Vec<String>,
    /// Benchmarks of the vectors. They are measured during pre-training, and after each run that fine-tunes vectors.
    #[serde(default, skip_serializing_if = "BenchmarkFiles::is_empty")]
    pub benchmarks: BenchmarkFiles,
}

/// The word vectors of runs from scratch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScratchVectors {
    /// Dimensions of the vectors. Left out: the same as the source.
    pub dim: Option<usize>,
    /// Words that occur less often in the training labels share the vector of the unknown word.
    pub min_count: usize,
}

impl Default for ScratchVectors {
    fn default() -> Self {
        ScratchVectors { dim: None, min_count: 2 }
    }
}

/// How texts are cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
pub enum Tokens {
    /// Words by Unicode's rules, in English by those of the GloVe vectors (`do n't`), in lower case, without punctuation
    #[default]
    Words,
    /// What stands between white space, as it is written: for texts that are tokenised already
    Whitespace,
    /// Characters as people see them, in lower case, with punctuation and without white space
    Characters,
}

impl Tokens {
    /// Whether it is the default, which is not written.
    pub fn is_usual(&self) -> bool {
        *self == Tokens::default()
    }
}

/// The benchmarks for word vectors. The name `demo` means the built-in list, unless a file has that name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BenchmarkFiles {
    /// Lists of word pairs with scores, such as WordSim-353.
    pub similarity: Vec<PathBuf>,
    /// A list of analogies, such as questions-words.
    pub analogies: Option<PathBuf>,
}

impl BenchmarkFiles {
    /// Whether there are no benchmarks.
    pub fn is_empty(&self) -> bool {
        self.similarity.is_empty() && self.analogies.is_none()
    }
}

/// A labelled text classification task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TextTask {
    /// The built-in demo: generated reviews, and reviews written by hand as a second test set.
    Demo {
        /// The number of labelled reviews generated for training.
        #[serde(default = "defaults::demo_train")]
        train: usize,
        /// The number of labelled reviews generated for the test set.
        #[serde(default = "defaults::demo_test")]
        test: usize,
    },
    /// Labelled text in files.
    Files {
        /// The training part. Without a `test` it may hold all the data.
        train: TextFiles,
        /// A separate validation part. Left out: one is split off the budget.
        #[serde(default)]
        validation: Option<TextFiles>,
        /// The test part. Left out: the one beside the training part, in the same folder or archive, is used if there
        /// is one; otherwise a fifth of `train` is held out.
        #[serde(default)]
        test: Option<TextFiles>,
        /// The column with the text, for CSV, TSV, JSON lines and Parquet.
        #[serde(default)]
        text: Option<String>,
        /// The column with the label.
        #[serde(default)]
        label: Option<String>,
        /// Whether to remove everything before the first empty line of a text: the header of an e-mail or a news
        /// article, which may contain the class.
        #[serde(default)]
        bodies: bool,
    },
}

/// One file with labels, or one file for each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextFiles {
    /// CSV, TSV, JSON lines, `label text` lines, `__label__x text` lines, or a folder or archive with one folder for
    /// each class.
    One(PathBuf),
    /// One file for each class, with one text in each line:
    /// `[("negative", "rt-polarity.neg"), ("positive", "rt-polarity.pos")]`.
    Classes(Vec<(String, PathBuf)>),
}

/// The layers between the word vectors and the classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Head {
    /// The mean of the vectors, then a linear layer.
    Average,
    /// An Elman network.
    Rnn(RecurrentShape),
    /// Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates).
    Lstm(RecurrentShape),
    /// Gated recurrent unit (Cho et al. 2014, PyTorch's variant).
    Gru(RecurrentShape),
    /// Convolutions over words, followed by the maximum of each filter over the text (Kim 2014).
    Cnn(Convolution),
    /// The layers of the language model in the source.
    Transferred(Transferred),
}

impl Head {
    /// A short description for use within a sentence: "an LSTM with 128 units, both ways".
    pub fn name(&self) -> String {
        match self {
            Head::Average => "an average".into(),
            Head::Rnn(shape) => shape.name("an Elman network"),
            Head::Lstm(shape) => shape.name("an LSTM"),
            Head::Gru(shape) => shape.name("a GRU"),
            Head::Cnn(shape) => shape.name(),
            Head::Transferred(head) => head.name(),
        }
    }

    /// Describes how it processes a text, for a reader who does not know it.
    pub fn explained(&self) -> String {
        match self {
            Head::Average => "the mean of a text's vectors, and a linear classifier".into(),
            Head::Rnn(shape) => shape.explained("a plain recurrent network"),
            Head::Lstm(shape) => shape.explained("an LSTM"),
            Head::Gru(shape) => shape.explained("a GRU"),
            Head::Cnn(shape) => shape.explained(),
            Head::Transferred(head) => head.explained(),
        }
    }

    /// Whether it reads the mean of the vectors and has no weights of its own, so that only the linear classifier is new.
    pub fn reads_mean(&self) -> bool {
        match self {
            Head::Average => true,
            Head::Rnn(_) | Head::Lstm(_) | Head::Gru(_) | Head::Cnn(_) | Head::Transferred(_) => false,
        }
    }

    /// The number of weights between word vectors of `dim` dimensions and the features of the classifier. Biases and
    /// transferred layers are not counted.
    pub fn weights(&self, dim: usize) -> u128 {
        match self {
            Head::Average | Head::Transferred(_) => 0,
            Head::Rnn(shape) => shape.weights(1, dim),
            Head::Lstm(shape) => shape.weights(4, dim),
            Head::Gru(shape) => shape.weights(3, dim),
            Head::Cnn(shape) => shape.weights(dim),
        }
    }

    /// The units of a recurrent network in each direction, or the filters of each width of a convolution; `None` for the
    /// other heads.
    pub fn units(&self) -> Option<usize> {
        match self {
            Head::Rnn(shape) | Head::Lstm(shape) | Head::Gru(shape) => Some(shape.hidden),
            Head::Cnn(shape) => Some(shape.filters),
            Head::Average | Head::Transferred(_) => None,
        }
    }

    /// The same head with this number of [`Head::units`], if it has such.
    pub fn with_units(mut self, units: usize) -> Head {
        match &mut self {
            Head::Rnn(shape) | Head::Lstm(shape) | Head::Gru(shape) => shape.hidden = units,
            Head::Cnn(shape) => shape.filters = units,
            Head::Average | Head::Transferred(_) => {}
        }
        self
    }

    /// How it uses the layers of a language model; `None` for the other heads.
    pub fn transferred(&self) -> Option<&Transferred> {
        if let Head::Transferred(head) = self { Some(head) } else { None }
    }

    /// Checks the values, and that they fit the source, of which `model` is the language model.
    ///
    /// # Errors
    /// The problem and the remedy.
    pub fn check(&self, model: Option<&LanguageModelling>) -> Result<(), (String, String)> {
        match self {
            Head::Average => Ok(()),
            Head::Rnn(shape) | Head::Lstm(shape) | Head::Gru(shape) => shape.check(),
            Head::Cnn(shape) => shape.check(),
            Head::Transferred(head) => match model {
                Some(model) => head.check(model),
                None => Err((
                    "`Transferred` takes the layers of a language model".into(),
                    "name a `LanguageModel` as the source, or another head".into(),
                )),
            },
        }
    }
}

/// The shape of a recurrent head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrentShape {
    /// The number of units in each direction.
    #[serde(default = "defaults::hidden")]
    pub hidden: usize,
    /// Whether a second layer reads backwards.
    #[serde(default)]
    pub bidirectional: bool,
    /// How the states at all time steps are combined into one vector.
    #[serde(default)]
    pub pooling: Pooling,
}

/// How the states at all time steps, padding excluded, are combined into one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pooling {
    /// The state after the last word (of each direction).
    Last,
    /// The maximum of each unit over time.
    #[default]
    Max,
    /// The mean of each unit over time.
    Mean,
    /// The state after the last word, the maximum and the mean, concatenated (Howard & Ruder 2018).
    Concat,
}

impl Pooling {
    /// The poolings that this one concatenates.
    pub fn parts(self) -> &'static [Pooling] {
        match self {
            Pooling::Last => &[Pooling::Last],
            Pooling::Max => &[Pooling::Max],
            Pooling::Mean => &[Pooling::Mean],
            Pooling::Concat => &[Pooling::Last, Pooling::Max, Pooling::Mean],
        }
    }
}

impl RecurrentShape {
    fn name(&self, cell: &str) -> String {
        let ways = if self.bidirectional { "both ways" } else { "one way" };
        format!("{cell} with {} units, {ways}", self.hidden)
    }

    fn explained(&self, cell: &str) -> String {
        let both = if self.bidirectional { " in both directions" } else { "" };
        let decide = match self.pooling {
            Pooling::Last => "what it knows after the last word decides",
            Pooling::Max => "the largest value of each unit decides",
            Pooling::Mean => "the mean of each unit decides",
            Pooling::Concat => "the last state, the largest values and the means decide",
        };
        format!("{cell} of {} units reads word by word{both}; {decide}", self.hidden)
    }

    /// The number of weights of a recurrent layer with `gates` gates, on word vectors of `dim` dimensions. Saturates
    /// instead of overflowing.
    fn weights(&self, gates: u128, dim: usize) -> u128 {
        let hidden = self.hidden as u128;
        let of_gate = hidden.saturating_mul(hidden + dim as u128);
        of_gate.saturating_mul(gates * if self.bidirectional { 2 } else { 1 })
    }

    fn check(&self) -> Result<(), (String, String)> {
        match self.hidden {
            1..=65_536 => Ok(()),
            hidden => Err((format!("`hidden` is {hidden}"), "it goes from 1 to 65536".into())),
        }
    }
}

impl Default for RecurrentShape {
    fn default() -> Self {
        RecurrentShape { hidden: defaults::hidden(), bidirectional: false, pooling: Pooling::default() }
    }
}

impl TextTransfer {
    /// The sources with their names, in their order. A single source is named after its kind or its file.
    pub fn named_sources(&self) -> Vec<(SourceName, &TextSource)> {
        let named = self.sources.iter().map(|(name, source)| (name.clone(), source));
        self.source.iter().map(|source| (source.name(), source)).chain(named).collect()
    }

    /// The only source, or the first of several.
    ///
    /// # Panics
    /// If there is none: a recipe that was checked has one.
    pub fn source(&self) -> &TextSource {
        let first = self.source.as_ref().or_else(|| self.sources.iter().next().map(|known| known.1));
        first.expect("a checked recipe has a source")
    }

    /// The only task, or the first of several.
    ///
    /// # Panics
    /// If there is none: a recipe that was checked has one.
    pub fn task(&self) -> &TextTask {
        let first = self.task.as_ref().or_else(|| self.tasks.iter().next().map(|known| known.1));
        first.expect("a checked recipe has a task")
    }

    /// All tasks.
    pub fn all_tasks(&self) -> impl Iterator<Item = &TextTask> {
        self.task.iter().chain(self.tasks.iter().map(|known| known.1))
    }

    /// The same transfer from only the source with this name.
    pub fn with_source(&self, name: &SourceName) -> TextTransfer {
        let sources = self.sources.only(name);
        match sources.is_empty() {
            true => self.clone(),
            false => TextTransfer { sources, ..self.clone() },
        }
    }

    /// Takes the learning rate and the epochs of `training` for encoders too.
    pub fn forget_rates(&mut self) {
        for source in self.source.iter_mut().chain(self.sources.values_mut()) {
            source.forget_rates();
        }
    }

    /// Writes in the defaults that depend on other fields.
    pub(super) fn fill(&mut self) {
        for source in self.source.iter_mut().chain(self.sources.values_mut()) {
            source.fill();
        }
    }

    /// Calls `place` with every path, so that it can be made absolute. Built-in lists are not paths.
    pub(super) fn each_path(&mut self, folder: &Path, place: &mut dyn FnMut(&mut PathBuf)) {
        for source in self.source.iter_mut().chain(self.sources.values_mut()) {
            source.each_path(place);
        }
        let lists = self.benchmarks.similarity.iter_mut().chain(&mut self.benchmarks.analogies);
        lists.filter(|list| list.as_os_str() != "demo" || folder.join(list).is_file()).for_each(&mut *place);
        for task in self.task.iter_mut().chain(self.tasks.values_mut()) {
            let TextTask::Files { train, validation, test, .. } = task else { continue };
            for files in [Some(train), validation.as_mut(), test.as_mut()].into_iter().flatten() {
                match files {
                    TextFiles::One(file) => place(file),
                    TextFiles::Classes(classes) => classes.iter_mut().for_each(|(_, file)| place(file)),
                }
            }
        }
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        match (&self.source, self.sources.is_empty()) {
            (None, true) => {
                return wrong("no source is named", "write `source: Vectors(file: \"glove.txt\")`");
            }
            (Some(_), false) => return wrong("`source` and `sources`", "give one of both"),
            _ => self.sources.check("source")?,
        }
        match (&self.task, self.tasks.is_empty()) {
            (None, true) => {
                return wrong("no task is named", "write `task: Files(train: \"train.csv\")`");
            }
            (Some(_), false) => return wrong("`task` and `tasks`", "give one of both"),
            _ => self.tasks.check("task")?,
        }
        let of_task = |source: &&TextSource| {
            source.corpora().iter().any(|corpus| matches!(corpus, Corpus::Task { .. }))
        };
        if !self.tasks.is_empty() && self.named_sources().iter().any(|(_, source)| of_task(source)) {
            let remedy = "name the files of a corpus: one pre-training serves all tasks";
            return wrong("`Task()` as the corpus of several `tasks`", remedy);
        }
        for (_, source) in self.named_sources() {
            source.check()?;
            // Whether a session's source is a language model is known when the session is read.
            let of_session = matches!(source.origin(), Origin::Session(_) | Origin::Run(_));
            if of_session && self.head.transferred().is_some() {
                continue;
            }
            self.head.check(source.language_model())?;
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return wrong("`dropout` is not a fraction", "give a number from 0 up to 1");
        }
        self.layer_dropout.check()?;
        if !self.layer_dropout.is_none() && self.head.transferred().is_none() {
            return wrong(
                "`layer_dropout` acts in the layers of a language model",
                "it needs `head: Transferred()`",
            );
        }
        if self.layer_dropout.output > 0.0 {
            return wrong("`output` in `layer_dropout`", "`dropout` is the fraction before the classes");
        }
        if self.max_tokens == Some(0) || self.scratch.dim == Some(0) {
            return wrong("`max_tokens` and `scratch.dim` cannot be 0", "leave them out for the usual");
        }
        Ok(())
    }
}

mod defaults {
    pub fn demo_train() -> usize {
        4_000
    }
    pub fn demo_test() -> usize {
        2_000
    }
    pub fn hidden() -> usize {
        128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_says_what_it_is_and_how_large() {
        let head = |text: &str| -> Head { super::super::ron_dialect::ron_options().from_str(text).unwrap() };
        for (text, name, explained, weights) in [
            ("Average", "an average", "the mean of a text's vectors, and a linear classifier", 0),
            (
                "Lstm(hidden: 8, bidirectional: true)",
                "an LSTM with 8 units, both ways",
                "an LSTM of 8 units reads word by word in both directions; the largest value of each unit decides",
                2 * 4 * 8 * (8 + 50),
            ),
            (
                "Gru(hidden: 8, pooling: Mean)",
                "a GRU with 8 units, one way",
                "a GRU of 8 units reads word by word; the mean of each unit decides",
                3 * 8 * (8 + 50),
            ),
            (
                "Gru(hidden: 8, pooling: Concat)",
                "a GRU with 8 units, one way",
                "a GRU of 8 units reads word by word; the last state, the largest values and the means decide",
                3 * 8 * (8 + 50),
            ),
            (
                "Rnn(hidden: 8, pooling: Last)",
                "an Elman network with 8 units, one way",
                "a plain recurrent network of 8 units reads word by word; what it knows after the last word decides",
                8 * (8 + 50),
            ),
            (
                "Cnn(widths: [2, 3], filters: 7)",
                "a CNN with 7 filters of each width (2, 3 words)",
                "a CNN reads 2, 3 words at a time, with 7 filters of each width; the largest value of each filter decides",
                5 * 7 * 50,
            ),
            (
                "Transferred(carry: First(1))",
                "its layers, of which the word vectors and the first 1 go over",
                "the language model's layers; its word vectors and first 1 go over; the last state, the largest values \
                 and the means decide",
                0,
            ),
        ] {
            let head = head(text);
            assert_eq!((head.name().as_str(), head.explained().as_str()), (name, explained));
            assert_eq!(head.weights(50), weights, "{text}");
        }
    }
}
