//! The part of a recipe about a language model: its text, its sizes, its training, and which of its layers are
//! transferred.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pretraining::Corpus;
use super::training::Schedule;
use crate::error::counted;

/// A language model, and the text that it is trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelling {
    /// The text to train on; the general one, if there is also one in `adapt`.
    pub corpus: Corpus,
    /// The task's own text, without labels. The model is trained further on it after `corpus`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<Corpus>,
    /// Word vectors for the embedding layer. Left out: all are initialised at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<GivenVectors>,
    /// Dimensions of the word vectors.
    #[serde(default = "defaults::dim")]
    pub dim: usize,
    /// Units of a recurrent layer. If `tied`, the last layer has `dim` units instead.
    #[serde(default = "defaults::hidden")]
    pub hidden: usize,
    /// The number of recurrent layers, 1 to 3.
    #[serde(default = "defaults::layers")]
    pub layers: usize,
    /// The kind of the recurrent layers.
    #[serde(default)]
    pub cell: Cell,
    /// Whether the softmax shares its weights with the embedding layer.
    #[serde(default = "defaults::tied")]
    pub tied: bool,
    /// How the probabilities of the next word are computed.
    #[serde(default, skip_serializing_if = "Softmax::is_full")]
    pub softmax: Softmax,
    /// Whether the model predicts the next word, or, reading backwards, the word before.
    #[serde(default, skip_serializing_if = "Direction::is_forward")]
    pub direction: Direction,
    /// The dropout probabilities in training.
    #[serde(default = "defaults::dropout")]
    pub dropout: Dropouts,
    /// Epochs over the corpus.
    #[serde(default = "defaults::epochs")]
    pub epochs: usize,
    /// Epochs over the text in `adapt`. Left out: the same as `epochs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt_epochs: Option<usize>,
    /// The number of parallel streams that the text is divided into.
    #[serde(default = "defaults::batch_size")]
    pub batch_size: usize,
    /// Words of each stream in a batch. Gradients are truncated there (truncated backpropagation through time).
    #[serde(default = "defaults::bptt")]
    pub bptt: usize,
    /// The learning rate of Adam.
    #[serde(default = "defaults::learning_rate")]
    pub learning_rate: f32,
    /// How the learning rate changes over the epochs; it starts again for each text.
    #[serde(default)]
    pub schedule: Schedule,
    /// The gradient norm above which gradients are clipped; 0 means no clipping.
    #[serde(default = "defaults::max_grad_norm")]
    pub max_grad_norm: f32,
    /// Words that occur less often are replaced by the unknown word.
    #[serde(default = "defaults::min_count")]
    pub min_count: u64,
    /// The largest size of the vocabulary, the two special tokens included. The most frequent words are kept.
    #[serde(default = "defaults::max_vocabulary")]
    pub max_vocabulary: usize,
    /// The prompt of the texts that the model generates during training.
    #[serde(default)]
    pub prompt: String,
}

/// A file of word vectors that a language model takes over: word2vec, GloVe, fastText or safetensors. They must have
/// `dim` dimensions. Words that are not in the file get the mean vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GivenVectors {
    /// As initial values, which are trained further.
    Initial(PathBuf),
    /// As fixed values. The softmax must have weights of its own then.
    Fixed(PathBuf),
}

impl GivenVectors {
    /// The path of the file.
    pub fn file(&self) -> &Path {
        match self {
            GivenVectors::Initial(file) | GivenVectors::Fixed(file) => file,
        }
    }

    /// The path of the file, to be changed.
    pub(super) fn file_mut(&mut self) -> &mut PathBuf {
        match self {
            GivenVectors::Initial(file) | GivenVectors::Fixed(file) => file,
        }
    }
}

/// How a language model computes the probabilities of the next word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Softmax {
    /// One softmax over all words.
    #[default]
    Full,
    /// Adaptive softmax (Grave et al. 2017): a softmax over the frequent words and one entry for each tail of rarer
    /// words. A tail is computed only where the next word is in it.
    Adaptive {
        /// The index of the first word of each tail, in a vocabulary ordered by frequency that begins with the two
        /// special tokens. If this is empty, tails begin after the words that make up 85 % and 95 % of the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cutoffs: Vec<usize>,
    },
}

impl Softmax {
    /// Whether it is the default.
    pub fn is_full(&self) -> bool {
        *self == Softmax::Full
    }

    /// The largest number of tails.
    pub const TAILS: usize = 4;

    /// Checks the values. The error is the problem and the remedy.
    fn check(&self) -> Result<(), (String, String)> {
        let Softmax::Adaptive { cutoffs } = self else { return Ok(()) };
        if cutoffs.len() > Softmax::TAILS {
            let problem = format!("`cutoffs` are {}", cutoffs.len());
            return Err((problem, format!("give {} at the most, or none", Softmax::TAILS)));
        }
        if cutoffs.first().is_some_and(|&first| first < 3) || !cutoffs.is_sorted_by(|a, b| a < b) {
            let problem = format!("`cutoffs` {cutoffs:?} do not ascend from 3 or more");
            return Err((problem, "4000 and 20000 suit 60000 words; none are chosen by frequency".into()));
        }
        Ok(())
    }
}

/// A classification head that consists of the layers of a language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transferred {
    /// Which layers are transferred. The other layers exist too and are initialised anew.
    pub carry: Carry,
    /// Which of the layers' states are the features of the classifier.
    #[serde(skip_serializing_if = "Features::is_usual")]
    pub features: Features,
}

impl Transferred {
    /// A short description for use within a sentence.
    pub(super) fn name(&self) -> String {
        match self.carry {
            Carry::Embedding => "its layers, of which the word vectors go over".into(),
            Carry::First(layers) => {
                format!("its layers, of which the word vectors and the first {layers} go over")
            }
            Carry::All => "its layers, which all go over".into(),
        }
    }

    /// Describes how it processes a text.
    pub(super) fn explained(&self) -> String {
        let over = match self.carry {
            Carry::Embedding => "its word vectors go over, its layers begin anew".to_string(),
            Carry::First(layers) => format!("its word vectors and first {layers} go over"),
            Carry::All => "all of it but the softmax goes over".into(),
        };
        let decide = match self.features {
            Features::Concat => "the last state, the largest values and the means decide",
            Features::LayerMeans => "the means of the words and of each layer decide",
        };
        format!("the language model's layers; {over}; {decide}")
    }

    /// Checks that `model` has the layers that are to be transferred. The error is the problem and the remedy.
    pub(super) fn check(&self, model: &LanguageModelling) -> Result<(), (String, String)> {
        match self.carry {
            Carry::First(layers) if layers > model.layers => Err((
                format!("`First({layers})` of a language model of {} layers", model.layers),
                "`All` takes all of them".into(),
            )),
            _ => Ok(()),
        }
    }
}

/// The features of a text that the classifier gets from the layers of a language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Features {
    /// The last state of the uppermost layer, with its maximum and its mean over the text (Howard & Ruder 2018).
    #[default]
    Concat,
    /// The means over the text of the word vectors and of each layer's states.
    LayerMeans,
}

impl Features {
    /// Whether it is the default, which is not written.
    fn is_usual(&self) -> bool {
        *self == Features::default()
    }
}

/// Which layers of a language model are transferred to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Carry {
    /// Only the word vectors.
    Embedding,
    /// The word vectors and this many recurrent layers, from the lowest up.
    First(usize),
    /// All layers except the softmax.
    #[default]
    All,
}

impl Carry {
    /// The number of recurrent layers that are transferred, of a model with `layers` of them.
    pub fn of(self, layers: usize) -> usize {
        match self {
            Carry::Embedding => 0,
            Carry::First(first) => first.min(layers),
            Carry::All => layers,
        }
    }
}

/// The kind of a recurrent layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cell {
    /// Long short-term memory.
    #[default]
    Lstm,
    /// Gated recurrent units.
    Gru,
}

/// The reading direction. A classifier with a language model's layers reads in the same direction as the language
/// model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Direction {
    /// From the beginning to the end.
    #[default]
    Forward,
    /// From the end to the beginning.
    Backward,
}

impl Direction {
    /// Whether it is the default.
    pub fn is_forward(&self) -> bool {
        *self == Direction::Forward
    }

    /// Joins `prompt` and the text generated after it, in reading order.
    pub fn joined(self, prompt: &str, said: &str) -> String {
        let space = if prompt.is_empty() || said.is_empty() { "" } else { " " };
        match self {
            Direction::Forward => format!("{prompt}{space}{said}"),
            Direction::Backward => format!("{said}{space}{prompt}"),
        }
    }
}

/// The dropout probabilities while a language model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dropouts {
    /// Of whole words: all occurrences of a word in a batch are zero.
    pub embedding: f32,
    /// Of the word vectors' dimensions, for each stream.
    pub input: f32,
    /// Of the states between layers, for each stream.
    pub hidden: f32,
    /// Of the values before the softmax, for each stream.
    pub output: f32,
    /// Of the recurrent weights (state to state).
    pub weights: f32,
}

impl Dropouts {
    /// Whether there is no dropout.
    pub fn is_none(&self) -> bool {
        *self == Dropouts::default()
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let fractions = [self.embedding, self.input, self.hidden, self.output, self.weights];
        if fractions.iter().any(|fraction| !(0.0..1.0).contains(fraction)) {
            return Err(("a dropout is not a fraction".into(), "give numbers from 0 up to 1".into()));
        }
        Ok(())
    }
}

mod defaults {
    use super::Dropouts;

    pub fn dim() -> usize {
        200
    }
    pub fn hidden() -> usize {
        256
    }
    pub fn layers() -> usize {
        1
    }
    pub fn tied() -> bool {
        true
    }
    pub fn dropout() -> Dropouts {
        Dropouts { input: 0.3, output: 0.3, ..Dropouts::default() }
    }
    pub fn epochs() -> usize {
        5
    }
    pub fn batch_size() -> usize {
        20
    }
    pub fn bptt() -> usize {
        35
    }
    pub fn learning_rate() -> f32 {
        1e-3
    }
    pub fn max_grad_norm() -> f32 {
        1.0
    }
    pub fn min_count() -> u64 {
        2
    }
    pub fn max_vocabulary() -> usize {
        60_000
    }
}

impl LanguageModelling {
    /// Its texts in training order, each with its number of epochs.
    pub fn texts(&self) -> impl Iterator<Item = (&Corpus, usize)> {
        let adapt = self.adapt.as_ref().map(|corpus| (corpus, self.adapt_epochs.unwrap_or(self.epochs)));
        std::iter::once((&self.corpus, self.epochs)).chain(adapt)
    }

    /// Whether its word vectors are fixed.
    pub fn fixes_vectors(&self) -> bool {
        matches!(self.vectors, Some(GivenVectors::Fixed(_)))
    }

    /// Describes it, for a reader who does not know it.
    pub(super) fn explained(&self) -> String {
        let cell = match self.cell {
            Cell::Lstm => "LSTM",
            Cell::Gru => "GRU",
        };
        let mut texts = self.texts().map(|(corpus, epochs)| {
            format!("{}, {}", corpus.explained(), counted(epochs, "epoch", "epochs"))
        });
        let (layers, first) = (counted(self.layers, "layer", "layers"), texts.next().unwrap_or_default());
        // With tied weights (the softmax uses the word vectors), the last layer has the size of the vectors.
        let units = match (self.tied, self.layers) {
            (false, _) => format!("of {} units", self.hidden),
            (true, 1) => format!("of {} units", self.dim),
            (true, _) => format!("of {} units, the last of {},", self.hidden, self.dim),
        };
        let then = texts.next().map(|text| format!("; then from {text}")).unwrap_or_default();
        let begins = match &self.vectors {
            Some(GivenVectors::Initial(file)) => format!(" from {}", file.display()),
            Some(GivenVectors::Fixed(file)) => format!(", those of {}, which stay,", file.display()),
            None => String::new(),
        };
        format!(
            "a language model ({cell}, {layers} {units} on {} dimensions{begins}{}) learns from {first}{then}",
            self.dim,
            if self.softmax.is_full() { "" } else { ", adaptive softmax" }
        )
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        if self.tied && self.fixes_vectors() {
            let problem = "`vectors: Fixed` are to stay, and with `tied` they are what the softmax learns";
            return Err((problem.into(), "write `tied: false`, or `vectors: Initial`".into()));
        }
        for (name, value, most) in [
            ("dim", self.dim, 10_000),
            ("hidden", self.hidden, 65_536),
            ("layers", self.layers, 3),
            ("epochs", self.epochs, 100_000),
            ("adapt_epochs", self.adapt_epochs.unwrap_or(1), 100_000),
            ("batch_size", self.batch_size, 4_096),
            ("bptt", self.bptt, 4_096),
        ] {
            if value == 0 || value > most {
                return Err((format!("`{name}` is {value}"), format!("it goes from 1 to {most}")));
            }
        }
        if self.max_vocabulary < 3 || self.max_vocabulary > 1_000_000 {
            return Err((
                format!("`max_vocabulary` is {}", self.max_vocabulary),
                "it goes from 3 to 1000000".into(),
            ));
        }
        self.softmax.check()?;
        self.dropout.check()?;
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(("`learning_rate` is not above 0".into(), "0.001 is usual for Adam".into()));
        }
        if !(self.max_grad_norm.is_finite() && self.max_grad_norm >= 0.0) {
            return Err(("`max_grad_norm` is not a length".into(), "1.0 is usual, 0 is no limit".into()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(softmax: &str) -> LanguageModelling {
        ron::from_str(&format!("(corpus: Demo(reviews: 5), softmax: {softmax})")).unwrap()
    }

    #[test]
    fn units_are_those_that_the_layers_have() {
        for (more, expected) in [
            ("tied: false", "1 layer of 50 units on 20 dimensions)"),
            ("layers: 1", "1 layer of 20 units on 20 dimensions)"),
            ("layers: 2", "2 layers of 50 units, the last of 20, on 20 dimensions)"),
            ("softmax: Adaptive()", "1 layer of 20 units on 20 dimensions, adaptive softmax)"),
        ] {
            let recipe = format!("(corpus: Demo(reviews: 5), dim: 20, hidden: 50, {more})");
            let asked: LanguageModelling = ron::from_str(&recipe).unwrap();
            let said = asked.explained();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn cutoffs_ascend_behind_the_marks_and_the_usual_softmax_is_not_written() {
        for softmax in ["Full", "Adaptive()", "Adaptive(cutoffs: [3, 20])"] {
            let asked = asked(softmax);
            asked.check().unwrap();
            let written = ron::to_string(&asked).unwrap();
            assert_eq!(written.contains("softmax"), softmax != "Full", "{written}");
            assert_eq!(ron::from_str::<LanguageModelling>(&written).unwrap(), asked);
        }
        for (cutoffs, expected) in [
            ("[2, 20]", "`cutoffs` [2, 20] do not ascend from 3 or more"),
            ("[20, 20]", "`cutoffs` [20, 20] do not ascend from 3 or more"),
            ("[3, 4, 5, 6, 7]", "`cutoffs` are 5"),
        ] {
            let (problem, _) = asked(&format!("Adaptive(cutoffs: {cutoffs})")).check().unwrap_err();
            assert_eq!(problem, expected);
        }
    }
    #[test]
    fn fixed_vectors_are_not_those_of_a_softmax_that_learns() {
        for (vectors, tied, fits) in [("Fixed", true, false), ("Fixed", false, true), ("Initial", true, true)]
        {
            let text = format!("(corpus: Demo(reviews: 5), vectors: {vectors}(\"v.txt\"), tied: {tied})");
            let options =
                ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
            let asked: LanguageModelling = options.from_str(&text).unwrap();
            assert_eq!(asked.check().is_ok(), fits, "{text}");
        }
    }
}
