//! Makes a run from a planned run: draws its labels and prepares its learner.

use crate::data::examples::{ExampleId, Examples, TRAIN_SET, VALIDATION_SET};
use crate::data::split::{Draw, Pool};
use crate::error::Result;
use crate::session::recipe::Recipe;
use crate::session::record::RunStart;
use crate::transfer::experiment::{self, Planned};

use super::learners::settings::Settings;
use super::pretrained::{Drawn, Pretrained};
use super::run::Run;

/// Draws the labels of a planned run. They are the same for every method with the same budget and repetition.
///
/// # Errors
/// When the budget does not fit the data.
pub fn draw(recipe: &Recipe, pool: &Pool, planned: &Planned) -> Result<Draw> {
    pool.draw(planned.budget, f64::from(recipe.training.validation), recipe.seed, planned.seed)
}

/// Draws the examples of a planned run, with the settings to train on them.
fn drawn(recipe: &Recipe, planned: &Planned, pool: &Pool, examples: &dyn Examples) -> Result<Drawn> {
    let draw = draw(recipe, pool, planned)?;
    let base = examples.set(TRAIN_SET).start as ExampleId;
    let place = |numbers: &[u32]| numbers.iter().map(|&n| base + n).collect::<Vec<ExampleId>>();
    let train = place(&draw.train);
    let validation = if draw.own_validation {
        examples.set(VALIDATION_SET).map(|example| example as ExampleId).collect()
    } else {
        place(&draw.validation)
    };
    let settings = Settings::new(&recipe.training, &recipe.transfer, train.len() + validation.len());
    Ok(Drawn { train, validation, settings, seed: experiment::seed_of(recipe, planned.seed) })
}

/// Makes a run that is ready to begin.
///
/// # Errors
/// When the budget does not fit the data, or the source does not allow the method.
pub fn make(recipe: &Recipe, planned: &Planned, pool: &Pool, pretrained: &mut dyn Pretrained) -> Result<Run> {
    let examples = pretrained.examples();
    let drawn = drawn(recipe, planned, pool, &*examples)?;
    let labels = drawn.train.len() + drawn.validation.len();
    let validation = drawn.validation.clone();
    let prepared = pretrained.prepare(planned.method, drawn)?;
    // A learner without early stopping trains on all labels of the budget, so there is no validation part.
    let validation = if prepared.descends() { validation } else { Vec::new() };
    let (trainable_parameters, total_parameters) = prepared.parameters;
    debug_assert!(total_parameters >= trainable_parameters);
    let start = RunStart {
        run: planned.run,
        method: planned.method,
        source: planned.source.clone(),
        budget: planned.budget,
        labels,
        validation: validation.len(),
        seed: planned.seed,
        trainable_parameters,
        total_parameters,
        batch: prepared.batch_size,
        planned_steps: prepared.planned_steps,
        optimizer: prepared.optimizer,
        metric: recipe.metric,
    };
    Ok(Run::new(start, examples, prepared.learner, validation))
}
