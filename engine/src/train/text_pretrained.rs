//! Word vectors, or a language model, with the documents of a task: makes the learner of a run from its method.

use std::sync::Arc;

use crate::data::examples::Examples;
use crate::error::Result;
use crate::models::text_classifier::{ClassifierBody, TextClassifier};
use crate::nn::recurrent::Recurrent;
use crate::rng;
use crate::session::language_model::{Direction, Transferred};
use crate::session::method::{Baseline, DocumentVector, Method, Strategy};
use crate::session::text_transfer::{Head, TextTransfer};
use crate::text::documents::Documents;
use crate::transfer::baselines::{machine, tfidf};
use crate::transfer::lookup::{Lookup, TransferTable};
use crate::vectors::WordVectors;

use super::data::Data;
use super::layered::Layered;
use super::learners::baseline::BaselineLearner;
use super::learners::descent::Descent;
use super::learners::majority::Majority;
use super::learners::pooled::Pooled;
use super::learners::settings::Settings;
use super::learners::solved::Solved;
use super::learners::texts::{Reader, Texts, transferred};
use super::pretrained::{Drawn, Prepared, Pretrained, not_for, solved};
use super::tunable::Tunable;

/// The vectors of a task's words, and the layers of the language model that they belong to, if they belong to one.
#[derive(Clone)]
pub struct TextPretrained {
    asked: TextTransfer,
    pub documents: Arc<Documents>,
    pub table: Arc<TransferTable>,
    /// What the vectors belong to, if the source is a language model or the layers of one.
    pub layered: Option<Layered>,
}

impl TextPretrained {
    /// Prepares runs of `asked` on `documents` that start from `vectors`, and from the layers that these belong to.
    pub fn new(
        asked: TextTransfer,
        documents: Arc<Documents>,
        vectors: Arc<WordVectors>,
        layered: Option<Layered>,
    ) -> TextPretrained {
        let table = match &layered {
            Some(layered) => TransferTable::with_layers(vectors, layered.layers(), &documents),
            None => TransferTable::new(vectors, &documents),
        };
        TextPretrained { asked, documents, table: Arc::new(table), layered }
    }

    /// Prepares a baseline. It counts the words as they are written, not the vectors' phrases.
    fn baseline(&self, which: Baseline, drawn: Drawn) -> Result<Prepared> {
        let documents = self.documents.apart().clone();
        let class_weight = drawn.settings.class_weight;
        let learner =
            BaselineLearner::new(documents, drawn.all(), which, drawn.settings.solving(), drawn.seed)
                .ok_or_else(|| not_for(which, "texts"))?;
        let (parameters, steps) = (learner.parameters(), learner.planned_steps());
        let optimizer = class_weight.beside(learner.optimizer());
        Ok(Prepared::solver(learner, parameters, steps, &optimizer))
    }

    /// Whether the frozen strategy trains a linear classifier only.
    fn only_linear_is_new(&self) -> bool {
        match self.asked.head {
            Head::Transferred(head) => {
                head.carry.of(self.table.layers.all.len()) == self.table.layers.all.len()
            }
            head => head.reads_mean(),
        }
    }

    fn document_vector(&self, kind: DocumentVector, drawn: Drawn) -> Prepared {
        let all = drawn.all();
        let pooled = Pooled::new(kind, self.documents.clone(), self.table.clone(), &all);
        Prepared::probe(Box::new(pooled), all, &drawn)
    }

    fn strategy(&self, strategy: Strategy, drawn: Drawn) -> Prepared {
        let (model, reader, carried) = self.model(strategy, &drawn);
        let fixed = if strategy == Strategy::Frozen { transferred(&model, carried).len() } else { 0 };
        let trainable = (model.trainable_parameters() - fixed) as u64;
        let parameters = (trainable, model.total_parameters() as u64);
        if strategy == Strategy::Frozen && carried == model.layers() {
            debug_assert!(self.only_linear_is_new());
            // Only the linear classifier is trained. This is a convex problem.
            let (documents, table) = (self.documents.clone(), self.table.clone());
            let Settings { class_weight, c, .. } = drawn.settings;
            let solving = drawn.settings.solving();
            let learner = Solved::new(documents, model, reader, table, drawn.all(), solving, drawn.seed);
            let steps = learner.planned_steps();
            return Prepared::solver(learner, parameters, steps, &class_weight.beside(solved(c)));
        }
        let Drawn { train, settings, seed, .. } = drawn;
        let planned_steps = Descent::planned_steps(&settings, train.len());
        let (documents, table) = (self.documents.clone(), self.table.clone());
        let texts = Texts::new(documents, strategy, model, reader, table, settings.dropout);
        let texts = Box::new(texts.carrying(carried).dropping(self.asked.layer_dropout));
        let batch_size = settings.batch_size;
        let descent = Descent::by_strategy(texts, settings, train, seed, strategy, settings.discriminative);
        let optimizer = descent.optimizer();
        Prepared { learner: Box::new(descent), parameters, planned_steps, batch_size, optimizer }
    }

    /// The model before training, how it reads texts, and how many of its layers were transferred.
    fn model(&self, strategy: Strategy, drawn: &Drawn) -> (TextClassifier<f32>, Reader, usize) {
        let (text, table) = (&self.asked, &self.table);
        let head = match text.head {
            Head::Transferred(head) => Some(head),
            _ => None,
        };
        let dim = text.scratch.dim.filter(|_| head.is_none()).unwrap_or(table.dim());
        let (lookup, learned) = Lookup::new(
            strategy,
            &self.documents,
            &drawn.train,
            Some(table),
            dim,
            text.scratch.min_count,
            &mut rng::stream(drawn.seed, "scratch vectors", 0),
        );
        let dim = lookup.base.ncols();
        let (classes, base) = (self.documents.classes.len(), lookup.base.clone());
        let max_tokens = drawn.settings.max_tokens;
        let Some(Transferred { carry, features }) = head else {
            let head = drawn.settings.hidden.map_or(text.head, |units| text.head.with_units(units));
            let body = ClassifierBody::of(head, table.vectors.unit_means());
            let model = TextClassifier::new(body, dim, classes, learned, base, drawn.seed, 0);
            return (model, Reader { lookup, max_tokens, direction: Direction::Forward }, 0);
        };
        let shapes: Vec<Recurrent> = table.layers.all.iter().map(|layer| layer.shape).collect();
        let mut model = TextClassifier::stacked(&shapes, features, classes, learned, base, drawn.seed);
        let carried = if strategy == Strategy::Scratch { 0 } else { carry.of(shapes.len()) };
        for (place, layer) in table.layers.all.iter().enumerate().take(carried) {
            let range = model.layer(place);
            model.dense_mut()[range].copy_from_slice(&layer.weights);
        }
        // Texts are read in the direction of the transferred layers.
        (model, Reader { lookup, max_tokens, direction: table.layers.direction }, carried)
    }
}

impl Pretrained for TextPretrained {
    fn examples(&self) -> Arc<dyn Examples> {
        self.documents.clone()
    }

    fn tunable(&self, method: Method) -> Tunable {
        match method {
            Method::Baseline(Baseline::TfIdf) => Tunable::fixed_c(tfidf::C),
            Method::Baseline(Baseline::Nbsvm) => Tunable::fixed_c(machine::C),
            Method::Baseline(_) | Method::Strategy(Strategy::ZeroShot) => Tunable::Nothing,
            Method::DocumentVector(_) => Tunable::SOLVED,
            Method::Strategy(Strategy::Frozen) if self.only_linear_is_new() => Tunable::SOLVED,
            Method::Strategy(_) => Tunable::Descent { dropout: true, units: self.asked.head.units() },
        }
    }

    fn prepare(&mut self, method: Method, drawn: Drawn) -> Result<Prepared> {
        match method {
            Method::Strategy(strategy) => Ok(self.strategy(strategy, drawn)),
            Method::DocumentVector(kind) => Ok(self.document_vector(kind, drawn)),
            Method::Baseline(Baseline::Majority) => {
                Ok(Majority::prepare(Data::Text(self.documents.clone()), &drawn))
            }
            Method::Baseline(which) => self.baseline(which, drawn),
        }
    }
}
