//! Document vectors as features: the vectors of the words are fixed, and no sequence is looked at.

use std::sync::Arc;

use ndarray::Array2;

use crate::data::examples::{ExampleId, Examples};
use crate::session::method::{DocumentVector, Strategy};
use crate::session::record::Audit;
use crate::text::documents::Documents;
use crate::train::protocol::event::Guess;
use crate::train::task::Workspace;
use crate::transfer::audit;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::lookup::{Lookup, TransferTable};

use super::explain;
use super::linear_probe::Featured;

/// Documents of a task that makes vectors.
const CHUNK: usize = 128;

/// Documents as vectors.
pub struct Pooled {
    documents: Arc<Documents>,
    table: Arc<TransferTable>,
    vectors: DocumentVectors,
    fixed: (usize, u64),
}

impl Pooled {
    /// The vectors of documents of which those in `train` will be learned from.
    pub fn new(
        kind: DocumentVector,
        documents: Arc<Documents>,
        table: Arc<TransferTable>,
        train: &[ExampleId],
    ) -> Pooled {
        let own = train.iter().map(|&d| &documents.tokens[d as usize][..]);
        let vectors = DocumentVectors::new(kind, table.dim(), documents.words.len(), own);
        Pooled { fixed: hash(&documents, &table), documents, table, vectors }
    }
}

/// The hash of the vectors that the task's words read.
fn hash(documents: &Documents, table: &TransferTable) -> (usize, u64) {
    audit::hash_rows(&lookup(documents, table))
}

fn lookup(documents: &Documents, table: &TransferTable) -> Lookup {
    let mut nothing = crate::rng::stream(0, "nothing is drawn", 0);
    Lookup::new(Strategy::Frozen, documents, &[], Some(table), table.dim(), 0, &mut nothing).0
}

impl Featured for Pooled {
    fn examples(&self) -> &dyn Examples {
        &*self.documents
    }

    fn width(&self) -> usize {
        self.vectors.width()
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn features(&self, documents: &[ExampleId], _workspace: &mut Workspace, rows: &mut Vec<f32>) {
        let width = self.vectors.width();
        rows.resize(documents.len() * width, 0.0);
        for (&document, row) in documents.iter().zip(rows.chunks_exact_mut(width)) {
            self.vectors.of(&self.table, &self.documents.tokens[document as usize], row);
        }
    }

    fn gathered(&mut self, rows: Array2<f32>) -> Array2<f32> {
        self.vectors.take_out(rows)
    }

    fn has_common(&self) -> bool {
        self.vectors.needs_common()
    }

    fn parameters(&self) -> u64 {
        self.table.base.len() as u64
    }

    fn explain(&self, words: &[String], answer: &dyn Fn(&[f32], &mut Vec<f32>)) -> Option<Guess> {
        let entry = |word: &String| {
            let weight = self.vectors.weight(self.documents.word(word));
            (self.table.vector_of(word, &self.documents), weight)
        };
        let entries: Vec<_> = words.iter().map(entry).collect();
        let known: Vec<bool> = entries.iter().map(|(vector, _)| vector.is_some()).collect();
        let mut vector = vec![0.0; self.vectors.width()];
        let guess = explain::by_leaving_out(words, &known, self.documents.classes.len(), |texts| {
            let mut out = Vec::new();
            for text in texts {
                let read = text.iter().map(|&place| &entries[place]);
                let read = read.filter_map(|(vector, weight)| Some((vector.as_deref()?, *weight)));
                self.vectors.make(read, &mut vector);
                answer(&vector, &mut out);
            }
            out
        });
        Some(guess)
    }

    fn audit(&self) -> Audit {
        let lookup = lookup(&self.documents, &self.table);
        audit::audit(Strategy::Frozen, Some(self.fixed), &lookup, &[])
    }
}
