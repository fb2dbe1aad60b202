//! A sentence encoder with the documents of a task: makes the learner of a run from its method.

use std::sync::Arc;

use crate::data::examples::Examples;
use crate::error::Result;
use crate::models::encoder_classifier::EncoderClassifier;
use crate::models::sentence_encoder::SentenceEncoder;
use crate::session::encoder_source::EncoderSource;
use crate::session::method::{Method, Strategy};
use crate::session::text_transfer::Head;

use super::learners::descent::Descent;
use super::learners::encoders::EncoderSubject;
use super::learners::sentences::Sentences;
use super::pretrained::{Drawn, Prepared, Pretrained};
use super::read_encoder::ReadEncoder;
use super::sentence_vectors::SentenceVectors;
use super::text_pretrained::TextPretrained;
use super::tunable::Tunable;

/// A sentence encoder, its token vectors with the documents as its tokens, and the vectors of the documents.
#[derive(Clone)]
pub struct EncoderPretrained {
    asked: EncoderSource,
    head: Head,
    /// The token vectors, before positions and layers. Document vectors are made of these.
    pub words: TextPretrained,
    pub read: ReadEncoder,
    vectors: SentenceVectors,
}

impl EncoderPretrained {
    /// Prepares runs with `head` that start from an encoder.
    pub fn new(
        asked: EncoderSource,
        head: Head,
        words: TextPretrained,
        read: ReadEncoder,
        vectors: SentenceVectors,
    ) -> EncoderPretrained {
        EncoderPretrained { asked, head, words, read, vectors }
    }

    /// The vectors of texts from the published encoder that were computed for the runs.
    pub fn vectors(&self) -> &SentenceVectors {
        &self.vectors
    }

    /// Whether the frozen strategy trains a linear classifier only.
    fn only_linear_is_new(&self) -> bool {
        self.head.reads_mean()
    }

    fn strategy(&self, strategy: Strategy, drawn: Drawn) -> Prepared {
        if strategy == Strategy::Frozen && self.only_linear_is_new() {
            let sentences =
                Sentences::new(self.words.documents.clone(), self.read.clone(), self.vectors.clone());
            return Prepared::probe(Box::new(sentences), drawn.all(), &drawn);
        }
        let Drawn { train, settings, seed, .. } = drawn;
        let (documents, published) = (&self.words.documents, &self.read.model);
        let mut encoder = match strategy {
            Strategy::Scratch => SentenceEncoder::random(published.config, published.output.clone(), seed),
            _ => SentenceEncoder::clone(published),
        };
        // The first groups that no run trains, from the embeddings up.
        let fixed = match (strategy, self.asked.frozen_layers) {
            (Strategy::Scratch, _) | (_, None) => 0,
            (_, Some(layers)) => (1 + layers).min(encoder.groups().len()),
        };
        let fixed = if strategy == Strategy::Frozen { encoder.groups().len() } else { fixed };
        if fixed == 0 {
            let met = train.iter().flat_map(|&example| self.read.ids[example as usize].iter().copied());
            encoder.tokens = encoder.tokens.training(met);
        }
        let head = settings.hidden.map_or(self.head, |units| self.head.with_units(units));
        let model = EncoderClassifier::new(encoder, head, documents.classes.len(), seed);
        let subject = EncoderSubject::new(
            &self.words,
            (self.read.clone(), self.vectors.clone()),
            model,
            strategy,
            fixed,
            settings.dropout,
        );
        let parameters = subject.parameters();
        let planned_steps = Descent::planned_steps(&settings, train.len());
        let batch_size = settings.batch_size;
        let slower = settings.discriminative;
        let descent = Descent::by_strategy(Box::new(subject), settings, train, seed, strategy, slower);
        let optimizer = descent.optimizer();
        Prepared { learner: Box::new(descent), parameters, planned_steps, batch_size, optimizer }
    }
}

impl Pretrained for EncoderPretrained {
    fn examples(&self) -> Arc<dyn Examples> {
        self.words.documents.clone()
    }

    fn tunable(&self, method: Method) -> Tunable {
        match method {
            Method::Strategy(Strategy::Frozen) if self.only_linear_is_new() => Tunable::SOLVED,
            _ => self.words.tunable(method),
        }
    }

    fn prepare(&mut self, method: Method, drawn: Drawn) -> Result<Prepared> {
        match method {
            Method::Strategy(strategy) => Ok(self.strategy(strategy, drawn)),
            _ => self.words.prepare(method, drawn),
        }
    }
}
