//! From a planned run to a run: its labels, its lookup, its model, its way of learning.

use std::ops::Range;
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET, VALIDATION_SET};
use crate::data::split::{Draw, Pool};
use crate::error::Result;
use crate::models::text_classifier::TextClassifier;
use crate::nn::recurrent::Recurrent;
use crate::rng;
use crate::session::language_model::{Direction, Transferred};
use crate::session::method::{Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::record::{Bare, Coverage, Joined, Made, RunStart};
use crate::session::text_transfer::{Head, TextTransfer};
use crate::text::documents::{Documents, TaskWord};
use crate::text::phrases::JOINT;
use crate::transfer::experiment::{self, Planned};
use crate::transfer::lookup::{Lookup, Table};
use crate::vectors::evaluation;

use super::learners::baseline::BaselineLearner;
use super::learners::descent::Descent;
use super::learners::linear_probe::LinearProbe;
use super::learners::pooled::Pooled;
use super::learners::settings::Settings;
use super::learners::solved::Solved;
use super::learners::texts::{Reader, Texts, transferred};
use super::run::{Learner, Run};

/// Frequent words without a vector that are named.
const MISSING: usize = 20;
/// Frequent phrases that are named.
const PHRASES: usize = 6;

/// The labels of a planned run; the same for every method of its budget and repetition.
///
/// # Errors
/// When the budget does not fit the data.
pub fn draw(recipe: &Recipe, pool: &Pool, planned: &Planned) -> Result<Draw> {
    pool.draw(planned.budget, f64::from(recipe.training.validation), recipe.seed, planned.seed)
}

/// What a planned run learns from and is stopped by, and how.
pub struct Drawn {
    pub train: Vec<ExampleId>,
    pub validation: Vec<ExampleId>,
    pub settings: Settings,
    /// What is told of it, as far as its method does not matter.
    pub start: RunStart,
}

/// Draws the examples of a planned run.
///
/// # Errors
/// When the budget does not fit the data.
pub fn drawn(recipe: &Recipe, planned: &Planned, pool: &Pool, examples: &dyn Examples) -> Result<Drawn> {
    let draw = draw(recipe, pool, planned)?;
    let base = examples.set(TRAIN_SET).start as ExampleId;
    let place = |numbers: &[u32]| numbers.iter().map(|&n| base + n).collect::<Vec<ExampleId>>();
    let train = place(&draw.train);
    let validation = if draw.own_validation {
        examples.set(VALIDATION_SET).map(|example| example as ExampleId).collect()
    } else {
        place(&draw.validation)
    };
    let labels = train.len() + validation.len();
    let start = RunStart {
        run: planned.run,
        method: planned.method,
        budget: planned.budget,
        labels,
        validation: validation.len(),
        seed: planned.seed,
        trainable_parameters: 0,
        total_parameters: 0,
        batch: 0,
        planned_steps: 0,
        optimizer: String::new(),
    };
    let settings = Settings::new(&recipe.training, &recipe.transfer, labels);
    Ok(Drawn { train, validation, settings, start })
}

/// Makes a run, ready to begin.
///
/// # Errors
/// When the budget does not fit the data.
pub fn make(
    recipe: &Recipe,
    text: &TextTransfer,
    planned: &Planned,
    pool: &Pool,
    documents: &Arc<Documents>,
    table: &Arc<Table>,
) -> Result<Run> {
    let Drawn { train, validation, settings, mut start } = drawn(recipe, planned, pool, &**documents)?;
    let seed = experiment::seed_of(recipe, planned.seed);
    let (learner, validation): (Box<dyn Learner>, Vec<ExampleId>) = match planned.method {
        Method::Baseline(which) => {
            // A baseline has nothing to stop by, so it learns from all the labels of the budget. It counts words as they are
            // written: vectors are not its business, and so not the phrases that they have.
            let baseline =
                BaselineLearner::new(documents.apart().clone(), [train, validation].concat(), which, seed);
            start.validation = 0;
            start.planned_steps = baseline.planned_steps();
            (start.trainable_parameters, start.total_parameters) = baseline.parameters();
            start.optimizer = baseline.optimizer().into();
            (Box::new(baseline), Vec::new())
        }
        Method::DocumentVector(kind) => {
            let all = [train, validation].concat();
            let pooled = Pooled::new(kind, documents.clone(), table.clone(), &all);
            let probed = LinearProbe::new(Box::new(pooled), all, seed);
            start.validation = 0;
            start.planned_steps = probed.planned_steps();
            (start.trainable_parameters, start.total_parameters) = probed.parameters();
            start.optimizer = "L-BFGS, C by cross-validation".into();
            (Box::new(probed), Vec::new())
        }
        Method::Strategy(strategy) => {
            let head = match text.head {
                Head::Transferred(head) => Some(head),
                _ => None,
            };
            let carry = head.map(|head| head.carry);
            let dim = text.scratch.dim.filter(|_| carry.is_none()).unwrap_or(table.dim());
            let (lookup, learned) = Lookup::new(
                strategy,
                documents,
                &train,
                Some(table),
                dim,
                text.scratch.min_count,
                &mut rng::stream(seed, "scratch vectors", 0),
            );
            let dim = lookup.base.ncols();
            let (classes, base) = (documents.classes.len(), lookup.base.clone());
            let mut carried = 0;
            let model = if let Some(Transferred { carry, features }) = head {
                let shapes: Vec<Recurrent> = table.layers.iter().map(|layer| layer.shape).collect();
                let mut model = TextClassifier::stacked(&shapes, features, classes, learned, base, seed);
                carried = if strategy == Strategy::Scratch { 0 } else { carry.of(shapes.len()) };
                for (place, layer) in table.layers.iter().enumerate().take(carried) {
                    let range = model.layer(place);
                    model.dense_mut()[range].copy_from_slice(&layer.weights);
                }
                model
            } else {
                TextClassifier::new(text.head, dim, classes, learned, base, seed, 0)
            };
            let fixed = if strategy == Strategy::Frozen { transferred(&model, carried).len() } else { 0 };
            // With a language model's layers a text is read as it was read by them.
            let direction = carry.map_or(Direction::Forward, |_| recipe.direction());
            let reader = Reader { lookup, max_tokens: settings.max_tokens, direction };
            start.trainable_parameters = (model.trainable_parameters() - fixed) as u64;
            start.total_parameters = model.total_parameters() as u64;
            if strategy == Strategy::Frozen && carried == model.layers() {
                let solved = Solved::new(
                    documents.clone(),
                    model,
                    reader,
                    table.clone(),
                    [train, validation].concat(),
                    seed,
                );
                start.validation = 0;
                start.planned_steps = solved.planned_steps();
                start.optimizer = "L-BFGS, C by cross-validation".into();
                (Box::new(solved), Vec::new())
            } else {
                start.batch = settings.batch_size;
                start.planned_steps = Descent::planned_steps(&settings, train.len());
                let table = (strategy != Strategy::Scratch).then(|| table.clone());
                let texts = Texts::new(documents.clone(), strategy, model, reader, table, settings.dropout);
                let (texts, slower) = (
                    Box::new(texts.carrying(carried).dropping(text.layer_dropout)),
                    recipe.training.discriminative,
                );
                let descent = Descent::by_strategy(texts, settings, train, seed, strategy, slower);
                start.optimizer = descent.optimizer();
                (Box::new(descent), validation)
            }
        }
    };
    debug_assert!(start.method.baseline().is_some() || start.total_parameters >= start.trainable_parameters);
    Ok(Run::new(start, documents.clone(), learner, validation))
}

/// How much of the training part's words the vectors have.
pub fn coverage(documents: &Documents, table: &Table) -> Coverage {
    let counts = documents.counts(documents.set(TRAIN_SET).map(|d| d as ExampleId));
    let (mut tokens, mut types, mut known_tokens, mut known_types) = (0, 0_u64, 0, 0_u64);
    let (mut made_tokens, mut made_types) = (0, 0_u64);
    let mut missing = Vec::new();
    for (word, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        tokens += count;
        types += 1;
        let Some(origin) = table.origin(TaskWord(word as u32)) else {
            missing.push((documents.words.get(word).to_string(), count));
            continue;
        };
        known_tokens += count;
        known_types += 1;
        if origin.row.is_none() {
            made_tokens += count;
            made_types += 1;
        }
    }
    missing.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let causes = super::coverage::causes(&missing, &table.vectors.words, tokens);
    missing.truncate(MISSING);
    Coverage {
        by_token: known_tokens as f64 / tokens.max(1) as f64,
        by_type: known_types as f64 / types.max(1) as f64,
        made: table.vectors.subwords.is_some().then(|| Made {
            by_token: made_tokens as f64 / tokens.max(1) as f64,
            by_type: made_types as f64 / types.max(1) as f64,
        }),
        joined: joined(documents, &counts),
        missing,
        causes,
        bare: bare(documents, table),
        mean_cosine: evaluation::mean_cosine(table.vectors.view()),
    }
}

/// How many documents of each set have no word with a vector.
fn bare(documents: &Documents, table: &Table) -> Vec<Bare> {
    let is_known = |&word: &u32| table.origin(TaskWord(word)).is_some();
    let of_set = |(set, range): &(String, Range<usize>)| Bare {
        set: set.clone(),
        documents: range.clone().filter(|&d| !documents.tokens[d].iter().any(is_known)).count() as u64,
        of: range.len() as u64,
    };
    documents.sets.iter().map(of_set).filter(|bare| bare.documents > 0).collect()
}

/// What was joined of the training part, whose words occur so often.
fn joined(documents: &Documents, counts: &[u64]) -> Option<Joined> {
    let apart = documents.apart.as_ref()?.words.len();
    let phrase = |(word, &count): (usize, &u64)| (documents.words.get(word).to_string(), count);
    let mut found: Vec<(String, u64)> =
        counts.iter().enumerate().skip(apart).filter(|(_, count)| **count > 0).map(phrase).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let (types, phrases) = (found.len() as u64, found.iter().map(|(_, count)| count).sum());
    let words = found.iter().map(|(phrase, count)| count * phrase.split(JOINT).count() as u64).sum();
    found.truncate(PHRASES);
    let of = counts.iter().sum::<u64>() - phrases + words;
    Some(Joined { words, of, phrases, types, examples: found })
}
