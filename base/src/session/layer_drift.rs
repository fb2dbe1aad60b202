//! How far fine-tuning moved the layers of a sentence encoder.

use serde::{Deserialize, Serialize};

/// How far a run has moved each layer of its sentence encoder from where it was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerDrift {
    /// The index of the run.
    pub run: usize,
    /// The step whose parameters were compared.
    pub step: u64,
    /// Whether these are the parameters that are kept, after training.
    #[serde(default)]
    pub kept: bool,
    /// The number of texts whose states were compared, and of their tokens.
    pub texts: (usize, usize),
    /// The embeddings, then each layer, from the bottom up.
    pub layers: Vec<MovedLayer>,
}

/// How far a layer has moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedLayer {
    /// Its name: "embeddings", "layer 1".
    pub layer: String,
    /// The Euclidean norm of the change of its parameters, over that of the published ones. Of the token table, the vectors
    /// of tokens count that the run trains.
    pub change: f32,
    /// The mean cosine between the states of tokens after this layer, before training and now.
    pub cosine: f32,
}
