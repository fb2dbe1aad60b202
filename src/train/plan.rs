//! Makes a run from a planned run: draws its labels and prepares its learner.

use crate::data::examples::{ExampleId, Examples, TRAIN_SET, VALIDATION_SET};
use crate::data::split::{Draw, Pool};
use crate::error::Result;
use crate::session::recipe::Recipe;
use crate::session::record::{RunStart, Trial};
use crate::session::trials;
use crate::session::tuning::TrialSettings;
use crate::transfer::experiment::{self, Planned};

use super::learners::settings::Settings;
use super::pretrained::{Drawn, Pretrained};
use super::run::{InTrial, Run};
use super::tunable::Tunable;

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

/// Makes a run that is ready to begin, with the recipe's settings.
///
/// # Errors
/// When the budget does not fit the data, or the source does not allow the method.
pub fn make(recipe: &Recipe, planned: &Planned, pool: &Pool, pretrained: &mut dyn Pretrained) -> Result<Run> {
    make_for(recipe, planned, Purpose::Run, pool, pretrained)
}

/// Makes what comes next for a planned run that has tried settings in `trials`: its next trial, or the run itself with
/// the settings that were chosen. Without tuning, and for methods that have nothing to tune, it is the run itself.
///
/// # Errors
/// As those of [`make`].
pub fn next(
    recipe: &Recipe,
    planned: &Planned,
    trials: &[&Trial],
    pool: &Pool,
    pretrained: &mut dyn Pretrained,
) -> Result<Run> {
    let tuning = recipe.tune.filter(|_| pretrained.tunable(planned.method) != Tunable::Nothing);
    let purpose = match (tuning, trials::chosen(trials)) {
        (None, _) => Purpose::Run,
        (Some(tuning), chosen) => match (trials::next(tuning, trials), chosen) {
            (Some(trial), _) => Purpose::Trial(trial, tuning.trials),
            (None, Some(chosen)) => Purpose::Tuned(chosen.trial, chosen.settings),
            (None, None) => Purpose::Run,
        },
    };
    make_for(recipe, planned, purpose, pool, pretrained)
}

/// What a run is made for.
#[derive(Clone, Copy)]
enum Purpose {
    /// The run of the experiment, with the recipe's settings.
    Run,
    /// The trial with this index, of this many.
    Trial(u32, u32),
    /// The run of the experiment, with the settings of this trial.
    Tuned(u32, TrialSettings),
}

fn make_for(
    recipe: &Recipe,
    planned: &Planned,
    purpose: Purpose,
    pool: &Pool,
    pretrained: &mut dyn Pretrained,
) -> Result<Run> {
    let examples = pretrained.examples();
    let mut drawn = drawn(recipe, planned, pool, &*examples)?;
    let labels = drawn.train.len() + drawn.validation.len();
    let validation = drawn.validation.clone();
    let trial = match purpose {
        Purpose::Run => None,
        Purpose::Trial(trial, of) => {
            let settings = pretrained.tunable(planned.method).settings(&drawn.settings, drawn.seed, trial);
            drawn.settings = drawn.settings.with(settings);
            // Validation examples judge the trials of every method, so no trial learns from them.
            drawn.validation = Vec::new();
            Some(InTrial::new(trial, of, settings))
        }
        Purpose::Tuned(_, settings) => {
            drawn.settings = drawn.settings.with(settings);
            None
        }
    };
    let prepared = pretrained.prepare(planned.method, drawn)?;
    // A learner without early stopping trains on all labels of the budget, so there is no validation part.
    let own_validation = if prepared.descends() { validation.clone() } else { Vec::new() };
    let (trainable_parameters, total_parameters) = prepared.parameters;
    debug_assert!(total_parameters >= trainable_parameters);
    let start = RunStart {
        run: planned.run,
        method: planned.method,
        source: planned.source.clone(),
        budget: planned.budget,
        labels,
        validation: own_validation.len(),
        seed: planned.seed,
        trainable_parameters,
        total_parameters,
        batch: prepared.batch_size,
        planned_steps: prepared.planned_steps,
        optimizer: prepared.optimizer,
        metric: recipe.metric,
        tuned: if let Purpose::Tuned(trial, _) = purpose { Some(trial) } else { None },
    };
    Ok(match trial {
        Some(trial) => Run::new(start, examples, prepared.learner, validation).trying(trial),
        None => Run::new(start, examples, prepared.learner, own_validation),
    })
}
