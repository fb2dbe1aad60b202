//! What word vectors can belong to: a language model, or the layers of one.

use std::sync::Arc;

use crate::models::language_model::generator::Generator;
use crate::transfer::lookup::SourceLayers;

/// A language model, or its layers alone.
#[derive(Debug, Clone)]
pub enum Layered {
    /// As it was pre-trained: it can generate text.
    Model(Arc<Generator>),
    /// The layers that a classifier trained further. Its words have no output vectors any more.
    Layers(SourceLayers),
}

impl Layered {
    /// The whole model, if it is there.
    pub fn generator(&self) -> Option<&Arc<Generator>> {
        match self {
            Layered::Model(generator) => Some(generator),
            Layered::Layers(_) => None,
        }
    }

    /// The layers.
    pub fn layers(&self) -> SourceLayers {
        match self {
            Layered::Model(generator) => SourceLayers::of(generator),
            Layered::Layers(layers) => layers.clone(),
        }
    }
}

impl From<Generator> for Layered {
    fn from(generator: Generator) -> Layered {
        Layered::Model(Arc::new(generator))
    }
}
