//! Makes a run from a planned run: draws its labels and prepares its learner.

use crate::data::examples::{ExampleId, Examples, VALIDATION_SET};
use crate::data::split::Draw;
use crate::data::splits::Splits;
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
pub fn draw(recipe: &Recipe, splits: &Splits, planned: &Planned) -> Result<Draw> {
    splits.draw(planned.budget, f64::from(recipe.training.validation), recipe.seed, planned.seed)
}

/// Draws the examples of a planned run, with the settings to train on them.
fn drawn(recipe: &Recipe, planned: &Planned, splits: &Splits, examples: &dyn Examples) -> Result<Drawn> {
    let Draw { train, mut validation, own_validation } = draw(recipe, splits, planned)?;
    if own_validation {
        validation = examples.set(VALIDATION_SET).map(|example| example as ExampleId).collect();
    }
    let settings = Settings::new(&recipe.training, &recipe.transfer, train.len() + validation.len());
    Ok(Drawn { train, validation, settings, seed: experiment::seed_of(recipe, planned.seed) })
}

/// Makes a run that is ready to begin.
///
/// # Errors
/// When the budget does not fit the data, or the source does not allow the method.
pub fn make(
    recipe: &Recipe,
    planned: &Planned,
    splits: &Splits,
    pretrained: &mut dyn Pretrained,
) -> Result<Run> {
    let examples = pretrained.examples();
    let drawn = drawn(recipe, planned, splits, &*examples)?;
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
    let run = Run::new(start, examples, prepared.learner, validation);
    Ok(match splits.test(planned.seed) {
        Some(test) => run.tested_on(test.to_vec()),
        None => run,
    })
}
