//! The vectors of texts from a fixed sentence encoder, as features for a linear probe.

use std::borrow::Cow;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::session::record::Audit;
use crate::session::text_transfer::Tokens;
use crate::text::documents::Documents;
use crate::text::words::Words;
use crate::train::learner::Inside;
use crate::train::read_encoder::ReadEncoder;
use crate::train::sentence_vectors::SentenceVectors;
use crate::train::task::Workspace;
use crate::transfer::audit;
use crate::transfer::calibration::Temperature;
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::encoder::{EncoderLayers, EncoderModel};
use crate::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};
use crate::transfer::probe::Linear;

use super::constant;
use super::linear_probe::{Features, Under};

/// How many documents a task has.
const CHUNK: usize = 128;

/// Documents and their vectors.
pub struct Sentences {
    documents: Arc<Documents>,
    read: ReadEncoder,
    vectors: SentenceVectors,
    /// The number of the encoder's parameters and their hash, before training.
    fixed: (usize, u64),
}

impl Sentences {
    /// The vectors of `documents`.
    pub fn new(documents: Arc<Documents>, read: ReadEncoder, vectors: SentenceVectors) -> Sentences {
        Sentences { fixed: audit::hash_values(&read.model.dense), documents, read, vectors }
    }
}

/// A predictor with an encoder. Its words, for explanations, are what stands between white space.
pub fn predictor<'a>(documents: &'a Documents, model: EncoderModel<'a>) -> Predictor<'a> {
    Predictor::from(TextPredictor {
        classes: Cow::Borrowed(&documents.classes),
        tokens: Tokens::Whitespace.into(),
        phrases: KnownPhrases::Nowhere,
        words: Cow::Owned(Words::default()),
        model: TextModel::Encoder(Box::new(model)),
        temperature: Temperature::default(),
    })
}

impl Features for Sentences {
    fn width(&self) -> usize {
        self.read.model.features()
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn steps(&self) -> usize {
        0
    }

    fn features(&self, documents: &[ExampleId], _workspace: &mut Workspace, rows: &mut Vec<f32>) {
        self.vectors.write(&self.read, documents, rows);
    }

    fn flops(&self, documents: &[ExampleId]) -> u64 {
        // The vectors were computed before, but each run would have to.
        let lengths = documents.iter().map(|&document| self.read.ids[document as usize].len());
        lengths.map(|length| self.read.model.operations(length) as u64).sum()
    }
}

impl Under for Sentences {
    fn examples(&self) -> &dyn Examples {
        &*self.documents
    }

    fn parameters(&self) -> u64 {
        self.read.model.parameters() as u64
    }

    fn predictor<'a>(&'a self, linear: Option<&'a Linear>) -> Predictor<'a> {
        let documents = &*self.documents;
        let Some(linear) = linear else {
            return Predictor::from(constant::of_texts(documents, constant::even(documents.classes.len())));
        };
        let layers = EncoderLayers::Linear(self.read.model.clone(), Cow::Borrowed(linear));
        predictor(documents, EncoderModel { reader: self.read.reader.clone(), layers })
    }

    fn audit(&self) -> Audit {
        audit::fixed(self.fixed, audit::hash_values(&self.read.model.dense))
    }

    fn inside(&self) -> Inside<'_> {
        Inside::Nothing
    }
}
