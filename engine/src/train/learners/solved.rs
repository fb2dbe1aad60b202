//! A linear classifier on frozen text features, trained to convergence. The features are mean vectors, or the outputs
//! of frozen layers.
//!
//! With fixed vectors and no trainable layer in between, the features of a document never change and the loss is
//! convex in the classifier's weights. So the features are computed once, and L-BFGS minimises the loss, with a
//! regularisation chosen by cross-validation. All labels of the budget are used for training: early stopping is not
//! needed.

use std::sync::Arc;

use crate::data::examples::ExampleId;
use crate::error::{Error, Result};
use crate::models::text_classifier::TextClassifier;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::method::Strategy;
use crate::session::record::{Audit, Outcome};
use crate::text::documents::Documents;
use crate::train::learner::{Evaluate, Inside, Inspect, Learned, Learner, OutOfFold, Resume};
use crate::train::task::{Task, Workspace};
use crate::transfer::audit;
use crate::transfer::lookup::TransferTable;
use crate::transfer::predictor::Predictor;
use crate::transfer::solving::Solving;

use super::fit::{Fit, Fitted, ITERATIONS};
use super::tensors::{find, kept};
use super::texts::{Reader, chunk, slices, transferred};

/// A linear classifier in training, with the model below it.
pub struct Solved {
    documents: Arc<Documents>,
    model: TextClassifier<f32>,
    reader: Reader,
    table: Arc<TransferTable>,
    /// The solver; `None` once training is over.
    fit: Option<Fit>,
    iterations: u64,
    flops: u64,
    out_of_fold: Option<OutOfFold>,
    fixed: (usize, u64),
}

impl Solved {
    /// A classifier before training, on a model without trainable vectors. Without a C, cross-validation chooses it.
    pub fn new(
        documents: Arc<Documents>,
        model: TextClassifier<f32>,
        reader: Reader,
        table: Arc<TransferTable>,
        train: Vec<ExampleId>,
        solving: Solving,
        seed: u64,
    ) -> Solved {
        let fixed = audit::hash(&reader.lookup, transferred(&model, model.layers()));
        let shape = (model.feature_count(), chunk(&model));
        let fit = Some(Fit::new(train, &*documents, shape, solving, seed));
        Solved { documents, model, reader, table, fit, iterations: 0, flops: 0, out_of_fold: None, fixed }
    }

    /// An estimate of the number of iterations, for the progress bar.
    pub fn planned_steps(&self) -> u64 {
        ITERATIONS
    }
}

impl Learner for Solved {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if let Some(fit) = &self.fit {
            fit.plan(tasks);
        }
    }

    fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        let documents = task.documents.iter().map(|&d| &self.documents.tokens[d as usize][..]);
        let (rows, starts) = self.reader.read(documents);
        task.values.resize(task.documents.len() * self.model.feature_count(), 0.0);
        self.model.features(&slices(&rows, &starts), &mut workspace.text, &mut task.values);
    }

    fn absorb(&mut self, tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        let Some(fit) = &mut self.fit else { return Learned::Ended(None, Outcome::Completed) };
        let before = fit.flops();
        let fitted = fit.absorb(tasks, |rows| rows);
        let documents = tasks.iter().flat_map(|task| &task.documents);
        let words = documents.map(|&document| self.reader.words(&self.documents, document));
        let features: u64 = words.map(|words| self.model.feature_flops(words)).sum();
        self.flops = features + fit.flops() - before;
        self.iterations = fit.iterations();
        match fitted {
            Fitted::Preparing => Learned::Preparing,
            Fitted::Going(point) => Learned::Going(point),
            Fitted::Over(point, line, out_of_fold) => {
                self.out_of_fold = Some(out_of_fold);
                self.model.linear_mut().copy_from_slice(&line.as_layer());
                self.fit = None;
                Learned::Ended(point, Outcome::Completed)
            }
        }
    }

    fn settle(&mut self) -> u64 {
        self.fit = None;
        self.iterations
    }

    fn steps(&self) -> u64 {
        self.iterations
    }

    fn flops(&self) -> u64 {
        self.flops
    }

    fn out_of_fold(&self) -> Option<&OutOfFold> {
        self.out_of_fold.as_ref()
    }
}

impl Evaluate for Solved {
    fn classify(&self, documents: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        let documents = documents.iter().map(|&d| &self.documents.tokens[d as usize][..]);
        let (rows, starts) = self.reader.read(documents);
        self.model.predict(&slices(&rows, &starts), None, &mut workspace.text, out);
    }

    fn steps_through(&self, _document: ExampleId) -> usize {
        0
    }
}

impl Inspect for Solved {
    fn predictor(&mut self) -> Predictor<'_> {
        Predictor::from(self.reader.predictor(&self.documents, &self.model, &self.table.vectors))
    }

    fn audit(&self) -> Audit {
        let (lookup, layers) = (&self.reader.lookup, transferred(&self.model, self.model.layers()));
        audit::audit_all(Strategy::Frozen, Some(self.fixed), lookup, layers, self.model.trainable())
    }

    fn inside(&self) -> Inside<'_> {
        Inside::Nothing
    }
}

impl Resume for Solved {
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // During training there is no checkpoint: repeating the work reaches the same minimum, with the same bits.
        self.fit.is_none().then(|| (self.iterations.to_string(), kept(self.model.tensors())))
    }

    fn restore(&mut self, state: &str, tensors: Tensors) -> Result<()> {
        self.iterations = state
            .parse()
            .map_err(|_| Error::request("a checkpoint of a solved head does not fit its run", ""))?;
        self.model.load(|name| find(&tensors, name))?;
        self.fit = None;
        Ok(())
    }
}
