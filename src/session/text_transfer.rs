//! What a recipe says of transfer between texts: source, task and head.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::convolution::Convolution;
use super::language_model::{Direction, Dropouts, GivenVectors, LanguageModelling, Transferred};
use super::pretraining::{Corpus, Pretraining};

/// From unlabelled text or ready vectors to a task of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextTransfer {
    /// Where the word vectors come from.
    pub source: TextSource,
    /// The labelled task that they are carried to.
    pub task: TextTask,
    /// How every text of the session is cut into tokens.
    #[serde(default, skip_serializing_if = "Tokens::is_usual")]
    pub tokens: Tokens,
    /// What stands between the vectors and the classes.
    pub head: Head,
    /// Tokens of a document that are read; the rest is cut off. Left out: the whole document for `Average`, 300 for
    /// the other heads.
    #[serde(default)]
    pub max_tokens: Option<usize>,
    /// Fraction of the pooled features that is dropped while a run trains.
    #[serde(default)]
    pub dropout: f32,
    /// Fractions that are dropped within the layers of a language model while a run trains them, as in their pre-training:
    /// words, values of the input, values between layers, recurrent weights. (`dropout` acts behind the last of them.)
    #[serde(default, skip_serializing_if = "Dropouts::is_none")]
    pub layer_dropout: Dropouts,
    /// The word vectors of runs from scratch.
    #[serde(default)]
    pub scratch: ScratchVectors,
    /// Words whose neighbours are followed while vectors are pre-trained.
    #[serde(default)]
    pub probe_words: Vec<String>,
    /// Benchmarks of the vectors: measured while they are pre-trained, and after each fine-tuning.
    #[serde(default, skip_serializing_if = "BenchmarkFiles::is_empty")]
    pub benchmarks: BenchmarkFiles,
}

/// The word vectors of runs from scratch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScratchVectors {
    /// Dimensions of a vector. Left out: as many as the source has.
    pub dim: Option<usize>,
    /// Rarer words of the training labels share the vector of the unknown word.
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
    /// Whether it need not be said.
    pub fn is_usual(&self) -> bool {
        *self == Tokens::default()
    }
}

/// What word vectors are measured by. Where no file is called `demo`, that is the built-in demo's own list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BenchmarkFiles {
    /// Lists of word pairs with a score, such as WordSim-353.
    pub similarity: Vec<PathBuf>,
    /// A list of analogies, such as questions-words.
    pub analogies: Option<PathBuf>,
}

impl BenchmarkFiles {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.similarity.is_empty() && self.analogies.is_none()
    }
}

/// Where word vectors come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TextSource {
    /// Skip-gram with negative sampling on a text (Mikolov et al. 2013).
    SkipGram(Pretraining),
    /// Continuous bag of words with negative sampling.
    Cbow(Pretraining),
    /// A file of ready word vectors.
    Vectors {
        /// word2vec text or binary, GloVe text, a fastText model or safetensors.
        file: PathBuf,
        /// Read only the first so many rows.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// A recurrent language model: its word vectors, and with [`Head::Transferred`] its layers too.
    LanguageModel(LanguageModelling),
}

impl TextSource {
    /// The way in which texts are read with its layers.
    pub fn direction(&self) -> Direction {
        match self {
            TextSource::LanguageModel(model) => model.direction,
            _ => Direction::Forward,
        }
    }

    /// Whether it is trained here, and so has a curve and a learning rate.
    pub fn is_trained(&self) -> bool {
        !matches!(self, TextSource::Vectors { .. })
    }

    /// The texts that it learns from.
    pub fn corpora(&self) -> Vec<&Corpus> {
        match self {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => vec![&asked.corpus],
            TextSource::LanguageModel(asked) => std::iter::once(&asked.corpus).chain(&asked.adapt).collect(),
            TextSource::Vectors { .. } => Vec::new(),
        }
    }
}

/// A labelled task of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TextTask {
    /// The built-in review world, with the reviews written by hand as a second test set.
    Demo {
        /// Labelled reviews drawn for training.
        #[serde(default = "defaults::demo_train")]
        train: usize,
        /// Labelled reviews drawn for the test.
        #[serde(default = "defaults::demo_test")]
        test: usize,
    },
    /// Labelled text in files.
    Files {
        /// The training part; or all there is, if there is no `test`.
        train: TextFiles,
        /// A validation part of its own; left out, one is split off the budget.
        #[serde(default)]
        validation: Option<TextFiles>,
        /// The test part; left out, the one that lies beside the training part in the same folder or
        /// archive is taken, or else a fifth of `train` is held out.
        #[serde(default)]
        test: Option<TextFiles>,
        /// The column with the text, for CSV, TSV, JSON lines and Parquet.
        #[serde(default)]
        text: Option<String>,
        /// The column with the label.
        #[serde(default)]
        label: Option<String>,
        /// Leave out what stands before the first empty line of a text: the head of a mail or a news article,
        /// which may name the class.
        #[serde(default)]
        bodies: bool,
    },
}

/// One file with labels, or a file for each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextFiles {
    /// CSV, TSV, JSON lines, `label text` lines, `__label__x text` lines, or a folder or archive
    /// with a folder a class.
    One(PathBuf),
    /// `[("negative", "rt-polarity.neg"), ("positive", "rt-polarity.pos")]`: one text a line.
    Classes(Vec<(String, PathBuf)>),
}

/// What stands between the word vectors and the classes.
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
    /// Convolutions over words, and the largest value of each filter (Kim 2014).
    Cnn(Convolution),
    /// The layers of the language model that is the source: their last state, largest and mean values decide.
    Transferred(Transferred),
}

impl Head {
    /// What it is, for a sentence: "an LSTM with 128 units, both ways".
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

    /// What it does with a text, for somebody who sees it for the first time.
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

    /// Weights between the vectors, of `dim` dimensions, and the features that the classes are told by; biases are not
    /// counted, nor what comes over from the source.
    pub fn weights(&self, dim: usize) -> u128 {
        match self {
            Head::Average | Head::Transferred(_) => 0,
            Head::Rnn(shape) => shape.weights(1, dim),
            Head::Lstm(shape) => shape.weights(4, dim),
            Head::Gru(shape) => shape.weights(3, dim),
            Head::Cnn(shape) => shape.weights(dim),
        }
    }

    /// What it takes over of the layers of a language model, if it is made of them.
    pub fn transferred(&self) -> Option<&Transferred> {
        if let Head::Transferred(head) = self { Some(head) } else { None }
    }

    /// Whether its values can be, on this source: what is wrong and what to do, otherwise.
    fn check(&self, source: &TextSource) -> Result<(), (String, String)> {
        match self {
            Head::Average => Ok(()),
            Head::Rnn(shape) | Head::Lstm(shape) | Head::Gru(shape) => shape.check(),
            Head::Cnn(shape) => shape.check(),
            Head::Transferred(head) => match source {
                TextSource::LanguageModel(model) => head.check(model),
                _ => Err((
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
    /// Units, of each direction.
    #[serde(default = "defaults::hidden")]
    pub hidden: usize,
    /// Read backwards too.
    #[serde(default)]
    pub bidirectional: bool,
    /// How the states of all time steps become one vector.
    #[serde(default)]
    pub pooling: Pooling,
}

/// How the states of all true time steps become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pooling {
    /// The state after the last word (of each direction).
    Last,
    /// The largest value of each unit.
    #[default]
    Max,
    /// The mean of each unit.
    Mean,
    /// The state after the last word, the largest values and the means, one behind the other (Howard & Ruder 2018).
    Concat,
}

impl Pooling {
    /// The parts that it consists of.
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
        let pooling = match self.pooling {
            Pooling::Last => "what it knows after the last word",
            Pooling::Max => "the largest value of each unit",
            Pooling::Mean => "the mean of each unit",
            Pooling::Concat => "the last state, the largest values and the means",
        };
        format!("{cell} of {} units reads word by word{both}; {pooling} decides", self.hidden)
    }

    /// Weights of a cell with so many gates on vectors of `dim` dimensions; of a size that no machine has, the largest
    /// number.
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
    /// Hands every path to `place`, which may make it absolute; lists that come with the program are no paths.
    pub(super) fn each_path(&mut self, folder: &Path, place: &mut dyn FnMut(&mut PathBuf)) {
        let corpus = |corpus: &mut Corpus, place: &mut dyn FnMut(&mut PathBuf)| match corpus {
            Corpus::Demo { .. } => {}
            Corpus::File(file) | Corpus::Table { file, .. } => place(file),
            Corpus::Files(files) => files.iter_mut().for_each(place),
        };
        match &mut self.source {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => corpus(&mut asked.corpus, place),
            TextSource::Vectors { file, .. } => place(file),
            TextSource::LanguageModel(model) => {
                corpus(&mut model.corpus, place);
                model.adapt.iter_mut().for_each(|adapt| corpus(adapt, place));
                model.vectors.iter_mut().map(GivenVectors::file_mut).for_each(&mut *place);
            }
        }
        let lists = self.benchmarks.similarity.iter_mut().chain(&mut self.benchmarks.analogies);
        lists.filter(|list| list.as_os_str() != "demo" || folder.join(list).is_file()).for_each(&mut *place);
        if let TextTask::Files { train, validation, test, .. } = &mut self.task {
            for files in [Some(train), validation.as_mut(), test.as_mut()].into_iter().flatten() {
                match files {
                    TextFiles::One(file) => place(file),
                    TextFiles::Classes(classes) => classes.iter_mut().for_each(|(_, file)| place(file)),
                }
            }
        }
    }

    /// Whether the values can be: what is wrong and what to do, otherwise.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        match &self.source {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => asked.check()?,
            TextSource::LanguageModel(model) => model.check()?,
            TextSource::Vectors { .. } => {}
        }
        self.head.check(&self.source)?;
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
