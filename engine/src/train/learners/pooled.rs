//! Document vectors as features. The word vectors are fixed, and word order is ignored.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::Array2;

use crate::data::examples::{ExampleId, Examples};
use crate::session::method::{DocumentVector, Strategy};
use crate::session::record::Audit;
use crate::text::documents::Documents;
use crate::train::learner::Inside;
use crate::train::task::Workspace;
use crate::transfer::audit;
use crate::transfer::calibration::Temperature;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::lookup::{Lookup, TransferTable, WordRows};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};
use crate::transfer::probe::Linear;

use super::constant;
use super::linear_probe::{Features, Under};

/// How many documents a task computes the vectors of.
const CHUNK: usize = 128;

/// Documents and their vectors.
pub struct Pooled {
    documents: Arc<Documents>,
    table: Arc<TransferTable>,
    vectors: DocumentVectors,
    /// The row of the table for each word of the task.
    lookup: Lookup,
    fixed: (usize, u64),
}

impl Pooled {
    /// The vectors of the documents, where those in `train` will be used for training.
    pub fn new(
        kind: DocumentVector,
        documents: Arc<Documents>,
        table: Arc<TransferTable>,
        train: &[ExampleId],
    ) -> Pooled {
        let own = train.iter().map(|&d| &documents.tokens[d as usize][..]);
        let vectors = DocumentVectors::new(kind, table.dim(), documents.words.len(), own);
        let vectors = vectors.with_unit_means(table.vectors.unit_means());
        let (lookup, _) = Lookup::frozen(&table);
        Pooled { fixed: audit::hash_rows(&lookup), documents, table, vectors, lookup }
    }
}

impl Features for Pooled {
    fn width(&self) -> usize {
        self.vectors.width()
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn steps(&self) -> usize {
        0
    }

    fn features(&self, documents: &[ExampleId], _workspace: &mut Workspace, rows: &mut Vec<f32>) {
        let width = self.vectors.width();
        rows.resize(documents.len() * width, 0.0);
        for (&document, row) in documents.iter().zip(rows.chunks_exact_mut(width)) {
            self.vectors.of(&self.table, &self.documents.tokens[document as usize], row);
        }
    }

    fn flops(&self, documents: &[ExampleId]) -> u64 {
        let words = documents.iter().map(|&document| self.documents.tokens[document as usize].len());
        words.map(|words| self.vectors.flops(words)).sum()
    }

    fn gathered(&mut self, rows: Array2<f32>) -> Array2<f32> {
        self.vectors.take_out(rows)
    }

    fn has_common(&self) -> bool {
        self.vectors.needs_common()
    }
}

impl Under for Pooled {
    fn examples(&self) -> &dyn Examples {
        &*self.documents
    }

    fn parameters(&self) -> u64 {
        self.table.base.len() as u64
    }

    fn predictor<'a>(&'a self, linear: Option<&'a Linear>) -> Predictor<'a> {
        let documents = &*self.documents;
        let Some(linear) = linear else {
            return Predictor::from(constant::of_texts(documents, constant::even(documents.classes.len())));
        };
        let rows = WordRows::of(&self.lookup, &self.table.vectors);
        Predictor::from(TextPredictor {
            classes: Cow::Borrowed(&documents.classes),
            tokens: documents.how.clone(),
            phrases: KnownPhrases::of(&documents.how, &self.table.vectors.words),
            words: Cow::Borrowed(&documents.words),
            model: TextModel::DocumentVectors {
                vectors: Cow::Borrowed(&self.vectors),
                table: Cow::Borrowed(&*self.table.base),
                rows,
                linear: Cow::Borrowed(linear),
            },
            temperature: Temperature::default(),
        })
    }

    fn audit(&self) -> Audit {
        audit::audit(Strategy::Frozen, Some(self.fixed), &self.lookup, &[])
    }

    fn inside(&self) -> Inside<'_> {
        Inside::Nothing
    }
}
