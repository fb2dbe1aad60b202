//! The schema of a kept model's `config.json`.

use serde::{Deserialize, Serialize};

use crate::models::sentence_encoder::config::EncoderConfig;
use crate::models::sentence_encoder::{Output, Reading};
use crate::models::text_classifier::ClassifierBody;
use crate::session::architecture::Architecture;
use crate::session::language_model::Direction;
use crate::session::method::Method;
use crate::session::text_transfer::{Head, Tokens};
use crate::text::model_tokeniser::TokenReading;
use crate::transfer::calibration::Temperature;
use crate::vision::Preparation;

/// The value of the field `format`.
pub const FORMAT: &str = "warmstart model";
/// The version of the format that is written.
pub const VERSION: u32 = 3;
/// The oldest version that is read. It has no field `word_vectors`: all word vectors are F32.
pub const OLDEST: u32 = 2;

/// The content of `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// [`FORMAT`].
    pub format: String,
    /// From [`OLDEST`] to [`VERSION`].
    pub version: u32,
    /// Where the model comes from.
    pub about: About,
    /// The names of the classes, in the order of the probabilities.
    pub classes: Vec<String>,
    /// What the logits of the classes are divided by before the softmax.
    pub temperature: Temperature,
    /// The kind of examples that the model reads, and its layers.
    pub model: Kind,
}

/// Where a kept model comes from. These fields are for information only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The program that wrote the model.
    pub program: String,
    /// The title of the recipe.
    pub title: String,
    /// The method, as recipes write it: `FineTuned`.
    pub method: String,
    /// The label budget, as recipes write it: `500`, or `all`.
    pub budget: String,
    /// The number of labels that it learned from, including the validation part.
    pub labels: usize,
    /// The repetition, from 1.
    pub seed: u32,
}

/// The kind of examples that a model reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "a model has one, and it is not moved about")]
pub enum Kind {
    /// The model reads texts.
    Text(TextConfig),
    /// The model reads images.
    Images(ImageConfig),
}

/// A model that reads texts. Its words are in `vocabulary.json`, in the order of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// How a text is cut into tokens, unless it is cut by a `tokeniser`.
    pub tokens: Tokens,
    /// How the tokens of `tokenizer.json` are read, if the model reads these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokeniser: Option<TokenReading>,
    /// Whether neighbouring words are joined to a phrase if the phrase is in the vocabulary (`new_york`).
    pub phrases: bool,
    /// The number of words with a pre-trained vector that were left out of the vocabulary.
    pub words_left_out: usize,
    /// How the word vectors are stored; `None` for models without word vectors.
    #[serde(default)]
    pub word_vectors: Option<Stored>,
    /// The layers that read the tokens.
    pub head: TextHead,
}

/// How `embedding.weight` is stored, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The type of its values.
    pub dtype: Precision,
    /// The reason as a sentence, for information only.
    pub why: String,
}

/// The type of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    /// 16 bits. The model computes with the rounded values.
    F16,
    /// 32 bits: the values as they were trained.
    F32,
}

impl Stored {
    /// Stored as trained.
    pub fn unrounded(why: impl Into<String>) -> Stored {
        Stored { dtype: Precision::F32, why: why.into() }
    }
}

/// The layers of a text model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TextHead {
    /// `embedding.weight (1 + n, D)` and the layers. The first row is that of unknown words; the others are those of
    /// the first n words of the vocabulary.
    Classifier {
        /// The layers between the word vectors and the linear layer.
        body: ClassifierBody,
        /// The number of tokens that are read, from the beginning of a text; `None` for all.
        max_tokens: Option<usize>,
        /// The end of a text at which reading starts.
        direction: Direction,
        /// How words that are not in the vocabulary get a vector, if they do.
        subwords: Option<SubwordConfig>,
    },
    /// `embedding.weight (words, D)`, the weights of the words, and a linear classifier.
    DocumentVectors {
        /// The method's name: `TfIdfMean`.
        vectors: Method,
        /// Whether the mean is scaled to length 1.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unit_means: bool,
        /// How words that are not in the vocabulary get a vector, if they do.
        subwords: Option<SubwordConfig>,
    },
    /// `idf (words)` and a linear classifier.
    TfIdf,
    /// The features of words and pairs of words, and their weights.
    Nbsvm,
    /// The model returns the same `probabilities` for every text.
    Constant,
    /// A sentence encoder, whose tensors have BERT's names, and a classifier.
    Encoder {
        /// The sizes of the encoder.
        encoder: EncoderConfig,
        /// How the states of tokens become the vector of a text.
        output: Output,
        /// How a text becomes the ids of tokens, by `tokenizer.json`.
        reading: Reading,
        /// The classifier.
        head: OnEncoder,
    },
}

/// A classifier on a sentence encoder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum OnEncoder {
    /// A linear classifier on the vectors of texts. The encoder is as it was published, and in a file of its own.
    Linear,
    /// A head that was trained together with the encoder. Both are in one file.
    Trained(Head),
}

/// How a word that is not in the vocabulary gets a vector: the mean of the rows of its character n-grams, which are
/// hashed as in fastText. `subwords.safetensors` has `subwords.weight (n, D)`, and `subwords.bucket (n)` with the
/// bucket of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubwordConfig {
    /// The number of characters of the shortest n-gram.
    pub shortest: usize,
    /// The number of characters of the longest n-gram.
    pub longest: usize,
    /// The number of buckets: the hash of an n-gram is taken modulo this number.
    pub buckets: u32,
}

/// A model that reads images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// How an image is resized and normalised for the network.
    pub preparation: Preparation,
    /// The layers that read the prepared image.
    pub head: ImageHead,
}

/// The layers of an image model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageHead {
    /// A network in two pieces: the nodes before `cut`, and the rest.
    Network {
        /// The architecture of the network.
        architecture: Architecture,
        /// The first node of the second piece; 0 if there is only one piece.
        cut: usize,
    },
    /// A linear classifier on the output of the nodes of a network before `nodes`.
    Features {
        /// The architecture of the network.
        architecture: Architecture,
        /// The number of nodes that are computed.
        nodes: usize,
        /// The number of outputs of the network's own last layer.
        classes: usize,
    },
    /// A linear classifier on pixels. A feature is the mean of a square of pixels.
    Pixels {
        /// The side of the square, in pixels.
        square: usize,
    },
    /// A pre-trained network without changes, and the one of its `classes` outputs for each class of the task.
    ZeroShot {
        /// The architecture of the network.
        architecture: Architecture,
        /// The number of outputs of the network.
        classes: usize,
        /// For each class of the task the output of the network.
        outputs: Vec<usize>,
    },
    /// The model returns the same `probabilities` for every image.
    Constant,
}
