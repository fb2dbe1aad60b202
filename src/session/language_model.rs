//! What a recipe says of a language model: its text, its sizes, how it learns, and what of it goes over.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pretraining::Corpus;
use super::training::Schedule;

/// A language model and the text that it learns from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelling {
    /// Where the text is: the general one first, if there are two.
    pub corpus: Corpus,
    /// The task's own text without labels, to which the model is adapted after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<Corpus>,
    /// Word vectors that its own begin as. Left out, all begin at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<GivenVectors>,
    /// Dimensions of a word vector.
    #[serde(default = "defaults::dim")]
    pub dim: usize,
    /// Units of a recurrent layer; the last one has `dim`, if tied.
    #[serde(default = "defaults::hidden")]
    pub hidden: usize,
    /// Recurrent layers, 1 to 3.
    #[serde(default = "defaults::layers")]
    pub layers: usize,
    /// Their kind.
    #[serde(default)]
    pub cell: Cell,
    /// The softmax's weights are the word vectors.
    #[serde(default = "defaults::tied")]
    pub tied: bool,
    /// How the probabilities of the next word are computed.
    #[serde(default, skip_serializing_if = "Softmax::is_full")]
    pub softmax: Softmax,
    /// Whether it guesses the word after those that it has read, or the word before.
    #[serde(default, skip_serializing_if = "Direction::is_forward")]
    pub direction: Direction,
    /// The fractions that are dropped while training.
    #[serde(default = "defaults::dropout")]
    pub dropout: Dropouts,
    /// Epochs over the corpus.
    #[serde(default = "defaults::epochs")]
    pub epochs: usize,
    /// Epochs over the text that it is adapted to; left out, as many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt_epochs: Option<usize>,
    /// Stretches of the text that are read side by side.
    #[serde(default = "defaults::batch_size")]
    pub batch_size: usize,
    /// Words of each of them in a batch: gradients go back no further.
    #[serde(default = "defaults::bptt")]
    pub bptt: usize,
    /// The learning rate, of Adam.
    #[serde(default = "defaults::learning_rate")]
    pub learning_rate: f32,
    /// How the learning rate changes, over the epochs of each text.
    #[serde(default)]
    pub schedule: Schedule,
    /// The largest norm of a step's gradient; 0 is no limit.
    #[serde(default = "defaults::max_grad_norm")]
    pub max_grad_norm: f32,
    /// Rarer words are the unknown one.
    #[serde(default = "defaults::min_count")]
    pub min_count: u64,
    /// Words at the most, the two marks counted: the most frequent.
    #[serde(default = "defaults::max_vocabulary")]
    pub max_vocabulary: usize,
    /// How the texts begin that it says as it learns.
    #[serde(default)]
    pub prompt: String,
}

/// A file of word vectors that a language model takes over: word2vec, GloVe, fastText or safetensors, of its `dim`
/// numbers. Words that the file does not have get the mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GivenVectors {
    /// As initial values, which it learns on from.
    Initial(PathBuf),
    /// As fixed values. Its softmax has weights of its own then.
    Fixed(PathBuf),
}

impl GivenVectors {
    /// Where they are.
    pub fn file(&self) -> &Path {
        match self {
            GivenVectors::Initial(file) | GivenVectors::Fixed(file) => file,
        }
    }

    /// The same, to be set.
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
    /// All words alike.
    #[default]
    Full,
    /// Frequent words together with an entry for each tail of rarer ones, which are computed only where the next word
    /// is in that tail (Grave et al. 2017).
    Adaptive {
        /// The first word of each tail, by frequency and the two marks counted; where there is none, tails begin
        /// behind the words that make up 85 and 95 % of the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cutoffs: Vec<usize>,
    },
}

impl Softmax {
    /// Whether it is the usual one.
    pub fn is_full(&self) -> bool {
        *self == Softmax::Full
    }

    /// Tails at the most.
    pub const TAILS: usize = 4;

    /// Whether the values can be: what is wrong and what to do, otherwise.
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

/// A head made of the layers of a language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transferred {
    /// What goes over; the other layers are there too, and begin anew.
    pub carry: Carry,
    /// What of them the classes are told by.
    #[serde(skip_serializing_if = "Features::is_usual")]
    pub features: Features,
}

impl Transferred {
    /// What it is, for a sentence.
    pub(super) fn name(&self) -> String {
        match self.carry {
            Carry::Embedding => "its layers, of which the word vectors go over".into(),
            Carry::First(layers) => {
                format!("its layers, of which the word vectors and the first {layers} go over")
            }
            Carry::All => "its layers, which all go over".into(),
        }
    }

    /// What it does with a text.
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

    /// Whether `model` has what is to go over: what is wrong and what to do, otherwise.
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

/// What a task's classes are told by, of the layers of a language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Features {
    /// The last state of the uppermost layer, its largest and its mean values (Howard and Ruder 2018).
    #[default]
    Concat,
    /// The means of all levels: of the word vectors, and of each layer's states.
    LayerMeans,
}

impl Features {
    /// Whether they need not be said.
    fn is_usual(&self) -> bool {
        *self == Features::default()
    }
}

/// How much of a language model goes over to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Carry {
    /// The word vectors alone.
    Embedding,
    /// These and so many recurrent layers, from the words up.
    First(usize),
    /// All of it but the softmax.
    #[default]
    All,
}

impl Carry {
    /// Of so many layers, those that go over.
    pub fn of(self, layers: usize) -> usize {
        match self {
            Carry::Embedding => 0,
            Carry::First(first) => first.min(layers),
            Carry::All => layers,
        }
    }
}

/// A recurrent layer's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cell {
    /// Long short-term memory.
    #[default]
    Lstm,
    /// Gated recurrent units.
    Gru,
}

/// Which way a text is read. A classifier with a language model's layers reads as that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Direction {
    /// From its beginning.
    #[default]
    Forward,
    /// From its end.
    Backward,
}

impl Direction {
    /// Whether it is the usual one.
    pub fn is_forward(&self) -> bool {
        *self == Direction::Forward
    }

    /// What was said after `prompt` in this direction, put together as people read it.
    pub fn joined(self, prompt: &str, said: &str) -> String {
        let space = if prompt.is_empty() || said.is_empty() { "" } else { " " };
        match self {
            Direction::Forward => format!("{prompt}{space}{said}"),
            Direction::Backward => format!("{said}{space}{prompt}"),
        }
    }
}

/// The fractions that are dropped while a language model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dropouts {
    /// Of the words, all of whose places are zero in a batch.
    pub embedding: f32,
    /// Of each stream's values of the word vectors.
    pub input: f32,
    /// Of each stream's values between layers.
    pub hidden: f32,
    /// Of each stream's values before the softmax.
    pub output: f32,
    /// Of the weights from state to state.
    pub weights: f32,
}

impl Dropouts {
    /// Whether nothing is dropped.
    pub fn is_none(&self) -> bool {
        *self == Dropouts::default()
    }

    /// Whether the fractions can be: what is wrong and what to do, otherwise.
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
    /// Its texts in the order in which they are learned from, each with its number of epochs.
    pub fn texts(&self) -> impl Iterator<Item = (&Corpus, usize)> {
        let adapt = self.adapt.as_ref().map(|corpus| (corpus, self.adapt_epochs.unwrap_or(self.epochs)));
        std::iter::once((&self.corpus, self.epochs)).chain(adapt)
    }

    /// Whether its word vectors stay as they were given.
    pub fn fixes_vectors(&self) -> bool {
        matches!(self.vectors, Some(GivenVectors::Fixed(_)))
    }

    /// Whether the values can be: what is wrong and what to do, otherwise.
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
