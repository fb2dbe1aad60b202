//! Makes a run from a planned run: draws its labels and prepares its learner.

use std::collections::HashMap;

use crate::data::examples::{ExampleId, Examples, VALIDATION_SET};
use crate::data::split::Draw;
use crate::data::splits::Splits;
use crate::error::Result;
use crate::session::recipe::Recipe;
use crate::session::record::{RunStart, Trial};
use crate::session::trials;
use crate::session::tuning::{TrialSettings, Tuning};
use crate::transfer::experiment::{self, Planned};
use crate::transfer::probe::validated::stratified;

use super::learners::settings::Settings;
use super::pretrained::{Drawn, Pretrained};
use super::run::{InTrial, Run};
use super::tunable::Tunable;

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
    let source = recipe.source_names().swap_remove(recipe.source_place(planned.source.as_ref()));
    let labels = train.len() + validation.len();
    let settings = Settings::new(&recipe.with_source(&source), planned.method, labels);
    Ok(Drawn { train, validation, settings, seed: experiment::seed_of(recipe, planned.seed) })
}

/// The examples of the budget without those of a fold, and those of the fold. All methods of a repetition have the same
/// folds. They have the classes in the proportions of the budget, or examples of one group on the same side.
fn apart(
    drawn: &Drawn,
    groups: Option<Vec<u32>>,
    examples: &dyn Examples,
    fold: u32,
    folds: u32,
) -> (Vec<ExampleId>, Vec<ExampleId>) {
    let all = drawn.all();
    let fold_of = match groups {
        Some(groups) => grouped(&groups, folds),
        None => {
            let labels: Vec<u32> = all.iter().map(|&example| examples.labels()[example as usize]).collect();
            stratified(&labels, folds, drawn.seed, 0)
        }
    };
    let of = |held: bool| -> Vec<ExampleId> {
        let those = all.iter().zip(&fold_of).filter(|&(_, &of)| (of == fold) == held);
        those.map(|(&example, _)| example).collect()
    };
    (of(false), of(true))
}

/// The fold of each example. Each group goes, in the order in which it is met, to the fold with the fewest examples.
fn grouped(groups: &[u32], folds: u32) -> Vec<u32> {
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    groups.iter().for_each(|&group| *sizes.entry(group).or_insert(0) += 1);
    let (mut full, mut of) = (vec![0; folds as usize], HashMap::new());
    for group in groups {
        of.entry(group).or_insert_with(|| {
            let fold = (0..full.len()).min_by_key(|&fold| full[fold]).unwrap_or(0);
            full[fold] += sizes[group];
            fold as u32
        });
    }
    groups.iter().map(|group| of[group]).collect()
}

/// Makes a run that is ready to begin, with the recipe's settings.
///
/// # Errors
/// When the budget does not fit the data, or the source does not allow the method.
pub fn make(
    recipe: &Recipe,
    planned: &Planned,
    splits: &Splits,
    pretrained: &mut dyn Pretrained,
) -> Result<Run> {
    make_for(recipe, planned, Purpose::Run, splits, pretrained)
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
    splits: &Splits,
    pretrained: &mut dyn Pretrained,
) -> Result<Run> {
    let tuning = recipe.tune.filter(|_| pretrained.tunable(planned.method) != Tunable::Nothing);
    let purpose = match tuning {
        None => Purpose::Run,
        Some(tuning) => {
            // The task's own validation part judges better than folds.
            let folds = tuning.folds.filter(|_| !splits.has_own_validation(planned.seed, planned.budget));
            let tuning = Tuning { folds, ..tuning };
            match (trials::next(tuning, trials), trials::chosen(&trials::whole(trials))) {
                (Some((trial, fold)), _) => Purpose::Trial(tuning, trial, fold),
                (None, Some(chosen)) => Purpose::Tuned(chosen.trial, chosen.settings),
                (None, None) => Purpose::Run,
            }
        }
    };
    make_for(recipe, planned, purpose, splits, pretrained)
}

/// What a run is made for.
#[derive(Clone, Copy)]
enum Purpose {
    /// The run of the experiment, with the recipe's settings.
    Run,
    /// The trial with this index, judged by this fold or by the validation part.
    Trial(Tuning, u32, Option<u32>),
    /// The run of the experiment, with the settings of this trial.
    Tuned(u32, TrialSettings),
}

fn make_for(
    recipe: &Recipe,
    planned: &Planned,
    purpose: Purpose,
    splits: &Splits,
    pretrained: &mut dyn Pretrained,
) -> Result<Run> {
    let examples = pretrained.examples();
    let mut drawn = drawn(recipe, planned, splits, &*examples)?;
    let labels = drawn.train.len() + drawn.validation.len();
    let mut validation = drawn.validation.clone();
    let trial = match purpose {
        Purpose::Run => None,
        Purpose::Trial(tuning, trial, fold) => {
            let settings = pretrained.tunable(planned.method).settings(&drawn.settings, drawn.seed, trial);
            drawn.settings = drawn.settings.with(settings);
            if let (Some(fold), Some(folds)) = (fold, tuning.folds) {
                (drawn.train, validation) =
                    apart(&drawn, splits.groups_of(planned.seed, &drawn.all()), &*examples, fold, folds);
            }
            // These examples judge the trials of every method, so no trial learns from them.
            drawn.validation = Vec::new();
            Some(InTrial::new(tuning, trial, fold, settings))
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
        groups: prepared.learner.layer_groups().into_iter().map(|group| group.name).collect(),
    };
    Ok(match trial {
        Some(trial) => Run::new(start, examples, prepared.learner, validation).trying(trial),
        None => {
            let run = Run::new(start, examples, prepared.learner, own_validation);
            match splits.test(planned.seed) {
                Some(test) => run.tested_on(test.to_vec()),
                None => run,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_in_one_fold_and_folds_have_similar_sizes() {
        let groups: Vec<u32> = (0..60).map(|i| i * i % 17).collect();
        let folds = grouped(&groups, 4);
        for (i, j) in (0..60).flat_map(|i| (0..i).map(move |j| (i, j))) {
            assert!(groups[i] != groups[j] || folds[i] == folds[j]);
        }
        let sizes: Vec<usize> = (0..4).map(|fold| folds.iter().filter(|&&of| of == fold).count()).collect();
        assert!(sizes.iter().all(|size| (10..=20).contains(size)), "{sizes:?}");
    }
}
