//! What a kept model's `config.json` says.

use serde::{Deserialize, Serialize};

use crate::models::text_classifier::ClassifierBody;
use crate::session::architecture::Architecture;
use crate::session::language_model::Direction;
use crate::session::method::Method;
use crate::session::text_transfer::Tokens;
use crate::transfer::calibration::Temperature;
use crate::vision::Preparation;

/// What the field `format` says.
pub const FORMAT: &str = "warmstart model";
/// The version of the format.
pub const VERSION: u32 = 1;

/// A kept model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Where it comes from.
    pub about: About,
    /// The names of the classes, in the order of the probabilities.
    pub classes: Vec<String>,
    /// What the logits of the classes are divided by before the softmax.
    pub temperature: Temperature,
    /// What it reads, and what that goes through.
    pub model: Kind,
}

/// Where a kept model comes from. Nothing is computed with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The program that wrote it.
    pub program: String,
    /// The title of the recipe.
    pub title: String,
    /// The method, as recipes write it: `FineTuned`.
    pub method: String,
    /// The label budget, as recipes write it: `500`, or `all`.
    pub budget: String,
    /// Labels that it has learned from, validation included.
    pub labels: usize,
    /// The repetition, from 1.
    pub seed: u32,
}

/// What it reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Kind {
    /// Texts.
    Text(TextConfig),
    /// Images.
    Images(ImageConfig),
}

/// A model of texts. Its words are in `vocabulary.json`, in the order of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// How a text is cut into tokens.
    pub tokens: Tokens,
    /// Whether neighbouring words are read as one where that is in the vocabulary (`new_york`).
    pub phrases: bool,
    /// Words with a pre-trained vector that were left out of the vocabulary.
    pub words_left_out: usize,
    /// What the tokens go through.
    pub head: TextHead,
}

/// What a text goes through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TextHead {
    /// `embedding.weight (1 + n, D)`, its first row that of unknown words, the others those of the first n words of the
    /// vocabulary; and the layers.
    Classifier {
        /// The layers between the vectors and the linear layer.
        body: ClassifierBody,
        /// Tokens that are read, from the beginning; all of them without a number.
        max_tokens: Option<usize>,
        /// Which end of a text is read first.
        direction: Direction,
        /// How other words get a vector, if they do.
        subwords: Option<SubwordConfig>,
    },
    /// `embedding.weight (words, D)`, the words' weights and a linear classifier.
    DocumentVectors {
        /// The method's name: `TfIdfMean`.
        vectors: Method,
        /// How other words get a vector, if they do.
        subwords: Option<SubwordConfig>,
    },
    /// `idf (words)` and a linear classifier.
    TfIdf,
    /// The features of words and pairs, and their weights.
    Nbsvm,
    /// The same `probabilities` for every text.
    Constant,
}

/// How a word that is not in the vocabulary gets a vector: the mean of the rows of its character n-grams, as fastText
/// numbers them. `subwords.safetensors` has `subwords.weight (n, D)`, and in `subwords.bucket (n)` the number of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubwordConfig {
    /// The shortest n-gram, in characters,
    pub shortest: usize,
    /// and the longest.
    pub longest: usize,
    /// The hash of an n-gram is taken modulo this number.
    pub buckets: u32,
}

/// A model of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// How an image is brought to the network's size and values.
    pub preparation: Preparation,
    /// What the values go through.
    pub head: ImageHead,
}

/// What an image goes through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ImageHead {
    /// A network, computed in two pieces: the nodes before `cut`, and the rest.
    Network {
        /// The public network that it is of.
        architecture: Architecture,
        /// The node that the second piece begins with; 0 for one piece.
        cut: usize,
    },
    /// What the nodes of a network before `nodes` give, under a linear classifier.
    Features {
        /// The public network that it is of.
        architecture: Architecture,
        /// How many nodes are computed.
        nodes: usize,
        /// Outputs of the network's own last layer.
        classes: usize,
    },
    /// Pixels under a linear classifier; of how many along a side a feature is the mean.
    Pixels {
        /// Pixels along a side.
        square: usize,
    },
    /// A network as it came, and which of its `classes` outputs each class is.
    ZeroShot {
        /// The public network that it is of.
        architecture: Architecture,
        /// Outputs of the network.
        classes: usize,
        /// For each class of the model the network's output.
        outputs: Vec<usize>,
    },
    /// The same `probabilities` for every image.
    Constant,
}
