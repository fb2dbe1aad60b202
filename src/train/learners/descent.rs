//! Learning by gradient descent: batches, early stopping, the best parameters kept.
//!
//! A batch is sorted by length and cut into shards of a fixed size; each shard's gradient is one task,
//! and the gradients are added in the order of the shards. So the bits depend on the recipe and the
//! data alone.

use std::cmp::Reverse;
use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::models::text_classifier::{Known, TextClassifier, Workspace};
use crate::nn::blocks::{Tensor, Values};
use crate::nn::distinct::Distinct;
use crate::nn::dropout::Dropout;
use crate::nn::gradient::Gradient;
use crate::nn::optimiser::Optimiser;
use crate::nn::schedule;
use crate::rng;
use crate::session::checkpoint::{Kept, Numbers, Tensors};
use crate::session::recipe::Regime;
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::text::documents::{DocId, Documents, Examples};
use crate::text::words::Words;
use crate::train::event::Guess;
use crate::train::run::{Advice, Learned, LearnedVectors, Learner};
use crate::train::task::{Kind, Task};
use crate::transfer::audit;
use crate::transfer::regime::{Found, Lookup, Table};

use super::explain;
use super::settings::Settings;

/// Words of a shard that are read one after another, about: long documents come in smaller shards, so that no task
/// takes long.
const SHARD_TOKENS: usize = 2_048;
/// Documents of a shard at the most.
const SHARD_DOCUMENTS: usize = 32;
/// Memory for what frequent words bring to a recurrent model, while documents are classified.
const KNOWN_BYTES: usize = 32 << 20;
/// Before the names of the tensors to be kept, in a checkpoint.
const BEST: &str = "best/";

/// What a descent starts from.
pub struct Setup {
    pub documents: Arc<Documents>,
    pub regime: Regime,
    pub settings: Settings,
    pub model: TextClassifier<f32>,
    pub lookup: Lookup,
    pub table: Option<Arc<Table>>,
    /// Documents to learn from.
    pub train: Vec<DocId>,
    /// The number that stands for this repetition in the names of random streams.
    pub seed: u64,
}

/// A model that learns by descent.
pub struct Descent {
    documents: Arc<Documents>,
    regime: Regime,
    settings: Settings,
    model: TextClassifier<f32>,
    optimiser: Optimiser<f32>,
    lookup: Reader,
    table: Option<Arc<Table>>,
    train: Vec<DocId>,
    seed: u64,
    /// Documents of a shard.
    shard: usize,
    place: Place,
    /// The order of the documents in this epoch; empty before it is drawn.
    order: Vec<DocId>,
    /// The size of the batch under way.
    batch: usize,
    /// The parameters to be kept.
    best: Option<Tensors>,
    gradients: Vec<Gradient<f32>>,
    /// What is known of the words while documents are classified.
    known: Option<Known>,
    /// The hash of the fixed rows before training.
    fixed: Option<(usize, u64)>,
}

/// Where the descent is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    epoch: u64,
    /// Documents of this epoch that were seen.
    seen: usize,
    step: u64,
    samples: u64,
    /// Passes without a better validation loss.
    waiting: u64,
    best_step: u64,
    best_loss: Option<f64>,
    over: bool,
}

/// What a model reads of a document.
pub struct Reader {
    pub lookup: Lookup,
    pub max_tokens: usize,
}

impl Reader {
    /// The model's rows of the documents, one after another, and where each begins.
    pub fn read<'a>(&self, documents: impl IntoIterator<Item = &'a [u32]>) -> (Vec<u32>, Vec<usize>) {
        let (mut rows, mut starts) = (Vec::new(), vec![0]);
        for document in documents {
            let read = &document[..document.len().min(self.max_tokens)];
            rows.extend(read.iter().map(|&word| self.lookup.rows[word as usize]));
            starts.push(rows.len());
        }
        (rows, starts)
    }
}

/// The documents that [`Reader::read`] laid one after another.
pub fn slices<'a>(rows: &'a [u32], starts: &[usize]) -> Vec<&'a [u32]> {
    starts.windows(2).map(|ends| &rows[ends[0]..ends[1]]).collect()
}

impl Descent {
    /// A descent that has not begun.
    pub fn new(setup: Setup) -> Descent {
        let Setup { documents, regime, settings, model, lookup, table, train, seed } = setup;
        let shard = if model.is_recurrent() {
            let read = |&d: &DocId| documents.tokens[d as usize].len().min(settings.max_tokens);
            let mean = train.iter().map(read).sum::<usize>().div_ceil(train.len().max(1)).max(1);
            let fit = (SHARD_TOKENS / mean).max(1);
            (1 << fit.ilog2()).clamp(4, SHARD_DOCUMENTS)
        } else {
            SHARD_DOCUMENTS
        };
        let optimiser = model.optimiser(settings.optimiser);
        let fixed = (regime == Regime::Frozen).then(|| audit::hash_rows(&lookup));
        Descent {
            documents,
            regime,
            settings,
            model,
            optimiser,
            lookup: Reader { lookup, max_tokens: settings.max_tokens },
            table,
            train,
            seed,
            shard,
            place: Place::default(),
            order: Vec::new(),
            batch: 0,
            best: None,
            gradients: Vec::new(),
            known: None,
            fixed,
        }
    }

    /// Updates there will be at the most, for so many documents.
    pub fn planned_steps(settings: &Settings, documents: usize) -> u64 {
        documents.div_ceil(settings.batch) as u64 * settings.epochs
    }

    /// Parameters that are learned, and all that the model reads.
    pub fn parameters(model: &TextClassifier<f32>) -> (u64, u64) {
        (model.trainable_parameters() as u64, model.total_parameters() as u64)
    }

    fn draw_order(&mut self) {
        self.order = self.train.clone();
        rng::shuffle(&mut rng::stream(self.seed, "order", self.place.epoch), &mut self.order);
    }

    fn point(&self, loss: f64, gradient: f64, rate: f32) -> StepPoint {
        let pass = self.place.seen as f64 / self.train.len().max(1) as f64;
        StepPoint {
            run: 0,
            step: self.place.step,
            epoch: self.place.epoch as f64 + pass,
            samples: self.place.samples,
            loss,
            gradient,
            rate,
            seconds: 0.0,
        }
    }

    fn keep_best(&mut self) {
        let tensors = kept(self.model.tensors()).into_iter().map(Kept::into_owned).collect();
        self.best = Some(tensors);
    }
}

/// A model's or optimiser's tensors as a checkpoint keeps them.
pub fn kept(tensors: Vec<Tensor<'_, f32>>) -> Vec<Kept<'_>> {
    let numbers = |values| match values {
        Values::Real(values) => Numbers::Real(values.into()),
        Values::Count(values) => Numbers::Count(values.into()),
    };
    tensors.into_iter().map(|t| Kept { name: t.name, shape: t.shape, numbers: numbers(t.values) }).collect()
}

/// Looks a kept tensor up by its name.
pub fn find<'a>(tensors: &'a [Kept<'_>], name: &str) -> Option<Values<'a, f32>> {
    let tensor = tensors.iter().find(|tensor| tensor.name == name)?;
    Some(match &tensor.numbers {
        Numbers::Real(values) => Values::Real(values),
        Numbers::Count(values) => Values::Count(values),
    })
}

impl Learner for Descent {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if self.place.over {
            return;
        }
        if self.order.is_empty() {
            self.draw_order();
        }
        let rest = &self.order[self.place.seen..];
        let mut batch = rest[..rest.len().min(self.settings.batch)].to_vec();
        batch.sort_by_key(|&d| std::cmp::Reverse(self.documents.tokens[d as usize].len()));
        self.batch = batch.len();
        for documents in batch.chunks(self.shard) {
            let mut task = Task::new(Kind::Learn, documents.to_vec());
            task.gradient = Some(self.gradients.pop().unwrap_or_else(|| self.model.gradient()));
            tasks.push(task);
        }
        if self.model.trainable_words() > 0 {
            let tokens = batch.iter().map(|&d| &self.documents.tokens[d as usize][..]);
            let (rows, starts) = self.lookup.read(tokens);
            self.model.prepare(&mut self.optimiser, &slices(&rows, &starts));
        }
    }

    fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        let Some(gradient) = task.gradient.as_mut() else { return };
        let documents = task.documents.iter().map(|&d| &self.documents.tokens[d as usize][..]);
        let (rows, starts) = self.lookup.read(documents);
        let labels: Vec<u32> = task.documents.iter().map(|&d| self.documents.labels[d as usize]).collect();
        let dropout = (self.settings.dropout > 0.0).then(|| {
            let number = self.place.step * 1_024 + task.part as u64;
            Dropout { share: self.settings.dropout, stream: rng::stream(self.seed, "dropout", number) }
        });
        gradient.clear();
        let scale = 1.0 / self.batch as f32;
        let loss = self.model.loss_and_gradient(
            &slices(&rows, &starts),
            &labels,
            scale,
            dropout,
            gradient,
            workspace,
        );
        task.loss = loss.sum;
    }

    fn absorb(&mut self, tasks: &mut [Task], rate_factor: f32) -> Learned {
        if self.place.over || tasks.is_empty() {
            return Learned::Ended(None, Outcome::Completed);
        }
        let mut gradients: Vec<Gradient<f32>> =
            tasks.iter_mut().filter_map(|task| task.gradient.take()).collect();
        let (first, rest) = gradients.split_at_mut(1);
        for other in rest.iter() {
            first[0].add(other);
        }
        let loss = tasks.iter().map(|task| task.loss).sum::<f64>() / self.batch as f64;
        let step = self.place.step + 1;
        let broken = match first[0].check_finite() {
            Err(Error::Diverged { what }) => Some(what),
            Err(other) => Some(other.to_string()),
            Ok(()) if !loss.is_finite() => Some("the loss is not finite".to_string()),
            Ok(()) => None,
        };
        if let Some(what) = broken {
            self.place.over = true;
            let what = format!("step {step}: {what}; a smaller learning rate may help");
            return Learned::Ended(None, Outcome::Diverged { what });
        }
        let norm = first[0].clip(self.settings.clip);
        let planned = Descent::planned_steps(&self.settings, self.train.len());
        let share = schedule::factor(self.settings.schedule, self.settings.warm_up, self.place.step, planned);
        let rate = self.settings.rate * share * rate_factor;
        self.model.step(&mut self.optimiser, &first[0], rate);
        self.gradients.append(&mut gradients);

        self.place.step = step;
        self.place.samples += self.batch as u64;
        self.place.seen += self.batch;
        let point = self.point(loss, norm, rate);
        if self.place.seen < self.order.len() {
            return Learned::Going(point);
        }
        self.place.epoch += 1;
        self.place.seen = 0;
        self.order.clear();
        self.refresh();
        if self.place.epoch >= self.settings.epochs {
            self.place.over = true;
            return Learned::Ended(Some(point), Outcome::Completed);
        }
        Learned::PassOver(point)
    }

    fn validated(&mut self, loss: f64) -> Advice {
        if self.place.best_loss.is_none_or(|best| loss < best) {
            self.place.best_loss = Some(loss);
            self.place.best_step = self.place.step;
            self.place.waiting = 0;
            self.keep_best();
        } else {
            self.place.waiting += 1;
        }
        if self.place.waiting >= self.settings.patience {
            self.place.over = true;
            return Advice::Stop;
        }
        Advice::GoOn
    }

    fn settle(&mut self) -> u64 {
        self.place.over = true;
        self.refresh();
        self.gradients.clear();
        self.known = None;
        match self.best.take() {
            Some(best) => {
                // The tensors are the model's own, so they fit.
                let fits = self.model.load(|name| find(&best, name));
                debug_assert!(fits.is_ok());
                self.place.best_step
            }
            None => self.place.step,
        }
    }

    fn refresh(&mut self) {
        self.model.settle(&mut self.optimiser);
    }

    fn classify(&self, documents: &[DocId], workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        let (rows, starts) =
            self.lookup.read(documents.iter().map(|&d| &self.documents.tokens[d as usize][..]));
        probabilities.clear();
        probabilities.resize(documents.len() * self.documents.classes.len(), 0.0);
        self.model.predict(&slices(&rows, &starts), self.known.as_ref(), workspace, probabilities);
    }

    fn begin_pass(&mut self, documents: &[DocId]) {
        let most = KNOWN_BYTES / self.model.bytes_to_know().max(1);
        if !self.model.is_recurrent() || most == 0 {
            return;
        }
        let (rows, _) = self.lookup.read(documents.iter().map(|&d| &self.documents.tokens[d as usize][..]));
        let (mut distinct, mut counts) = (Distinct::default(), Vec::new());
        distinct.clear(rows.len());
        for &row in &rows {
            let number = distinct.number(row) as usize;
            counts.resize(counts.len().max(number + 1), 0_u32);
            counts[number] += 1;
        }
        // What comes once is computed where it comes.
        let mut frequent: Vec<(u32, u32)> = distinct.words().iter().copied().zip(counts).collect();
        frequent.retain(|&(_, count)| count > 1);
        frequent.sort_unstable_by_key(|&(row, count)| (Reverse(count), row));
        frequent.truncate(most);
        let words: Vec<u32> = frequent.into_iter().map(|(row, _)| row).collect();
        self.known = Some(self.model.know(&words));
    }

    fn end_pass(&mut self) {
        self.known = None;
    }

    fn steps_through(&self, document: DocId) -> usize {
        if self.model.is_recurrent() {
            self.documents.length(document).min(self.settings.max_tokens)
        } else {
            0
        }
    }

    fn explain(&self, words: &[String], workspace: &mut Workspace) -> Guess {
        explain_model(&self.model, &self.lookup, self.table.as_deref(), &self.documents, words, workspace)
    }

    fn audit(&self) -> Audit {
        audit::audit(self.regime, self.fixed, &self.lookup.lookup, self.model.trainable())
    }

    fn steps(&self) -> u64 {
        self.place.step
    }

    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        self.refresh();
        let state = ron::to_string(&self.place).ok()?;
        let mut tensors = kept(self.model.tensors());
        if !self.place.over {
            tensors.extend(kept(self.optimiser.tensors()));
        }
        for tensor in self.best.iter().flatten() {
            tensors.push(Kept { name: format!("{BEST}{}", tensor.name), ..tensor.clone() });
        }
        Some((state, tensors))
    }

    fn restore(&mut self, state: &str, tensors: Tensors) -> Result<()> {
        self.place = ron::from_str(state).map_err(|e| {
            Error::request(
                format!("a checkpoint does not fit its run: {e}"),
                "remove the session's checkpoints folder to begin its runs again",
            )
        })?;
        let (mut best, rest): (Tensors, Tensors) =
            tensors.into_iter().partition(|t| t.name.starts_with(BEST));
        best.iter_mut().for_each(|tensor| tensor.name = tensor.name[BEST.len()..].to_string());
        self.model.load(|name| find(&rest, name))?;
        if !self.place.over {
            self.optimiser.load(|name| find(&rest, name))?;
        }
        self.best = (!best.is_empty()).then_some(best);
        self.order.clear();
        if self.place.seen > 0 {
            self.draw_order();
        }
        Ok(())
    }

    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        (self.regime == Regime::FineTuned).then_some(self as &dyn LearnedVectors)
    }
}

impl LearnedVectors for Descent {
    fn learned(&self) -> Vec<(u32, &[f32])> {
        learned_rows(&self.lookup.lookup, &self.model)
    }
}

/// The learned rows that began as a row of the pre-trained table.
fn learned_rows<'a>(lookup: &Lookup, model: &'a TextClassifier<f32>) -> Vec<(u32, &'a [f32])> {
    let rows = model.trainable().chunks_exact(model.dim().max(1));
    lookup.origin.iter().zip(rows).filter_map(|(origin, row)| Some(((*origin)?, row))).collect()
}

/// The model as it reads `words`, which the task may not have: their rows in it, and which of them it knows.
fn reading(
    model: &TextClassifier<f32>,
    reader: &Reader,
    table: Option<&Table>,
    documents: &Documents,
    words: &[String],
) -> (TextClassifier<f32>, Vec<u32>, Vec<bool>) {
    let mut distinct = Words::default();
    let (mut vectors, mut knows) = (Vec::new(), Vec::new());
    let (mut rows, mut known) = (Vec::new(), Vec::new());
    for word in words {
        let (row, new) = distinct.insert(word);
        if new {
            let found = reader.lookup.find(word, documents, table);
            knows.push(found != Found::Unknown);
            match &found {
                Found::Vector(vector) => vectors.extend_from_slice(vector),
                Found::Row(row) => vectors.extend_from_slice(model.vector(*row)),
                Found::Unknown => vectors.extend_from_slice(model.vector(reader.lookup.unknown)),
            }
        }
        rows.push(row as u32);
        known.push(knows[row]);
    }
    // A vector of the model's size was added for each distinct word, so the shape fits.
    let vectors = Array2::from_shape_vec((distinct.len(), model.dim()), vectors).unwrap_or_default();
    (model.reading(vectors), rows, known)
}

/// A model's probabilities for a text, and what each word contributes.
pub fn explain_model(
    model: &TextClassifier<f32>,
    reader: &Reader,
    table: Option<&Table>,
    documents: &Documents,
    words: &[String],
    workspace: &mut Workspace,
) -> Guess {
    let words = &words[..words.len().min(reader.max_tokens)];
    let (model, rows, known) = reading(model, reader, table, documents, words);
    let classes = documents.classes.len();
    explain::by_leaving_out(words, &known, classes, |texts| {
        let texts: Vec<Vec<u32>> =
            texts.iter().map(|text| text.iter().map(|&place| rows[place]).collect()).collect();
        let mut probabilities = vec![0.0; texts.len() * classes];
        for (texts, answers) in texts.chunks(16).zip(probabilities.chunks_mut(16 * classes)) {
            let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
            model.predict(&texts, None, workspace, answers);
        }
        probabilities
    })
}
