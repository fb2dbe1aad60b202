//! Out-of-fold predictions. The labelled training part is divided into folds. For each fold, a method is trained on all
//! other folds and predicts the probabilities of the fold that it did not see. Repetitions use other folds and other
//! initial values, and the probabilities are averaged over all repetitions.

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET};
use crate::data::split::Pool;
use crate::error::Result;
use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::record::Outcome;
use crate::transfer::experiment;
use crate::transfer::probe::validated::{fold_count, stratified};

use super::ground::{Going, Ground};
use super::learner::{Advice, Learned, Learner};
use super::learners::settings::Settings;
use super::pretrained::Drawn;
use super::protocol::command::AUDIT_FOLDS;
use super::task::{Task, Workspace};

/// How many examples are classified together.
const CHUNK: usize = 32;

/// The labelled training part, with the out-of-fold probabilities of each example.
pub struct Answered {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The given class of each example, `(N)`, in the order of the data.
    pub labels: Vec<u32>,
    /// The probabilities of the classes for each example, `(N, C)`, row by row.
    pub probabilities: Vec<f32>,
    /// The name of each example: its text, or the file name of the image.
    pub names: Vec<String>,
    /// The number of folds.
    pub folds: u32,
}

/// Trains `method` for each fold of the whole training part of `ground`, `repeats` times.
///
/// # Errors
/// When the method cannot learn from these examples, or a class has too few of them; also the errors of `going`.
pub fn out_of_fold(
    ground: &mut Ground,
    method: Method,
    repeats: u32,
    threads: &ThreadPool,
    going: Going,
) -> Result<Answered> {
    let examples = ground.source.pretrained().examples();
    let range = examples.set(TRAIN_SET);
    let base = range.start as ExampleId;
    let labels: Vec<u32> = examples.labels()[range.clone()].to_vec();
    let classes = examples.classes().to_vec();
    let folds = fold_count(&labels, classes.len(), AUDIT_FOLDS);
    let mut probabilities = vec![0.0; labels.len() * classes.len()];
    let rounds = folds * repeats;
    for round in 0..rounds {
        let (repeat, fold) = (round / folds, round % folds);
        let fold_of = stratified(&labels, folds, ground.recipe.seed, u64::from(repeat));
        let of = |held: bool| -> Vec<ExampleId> {
            let those = fold_of.iter().zip(base..).filter(|&(&of, _)| (of == fold) == held);
            those.map(|(_, example)| example).collect()
        };
        let (held_out, train) = (of(true), of(false));
        let doing = format!("fold {} of {rounds}", round + 1);
        let mut at = |fraction: f64| going(&doing, (f64::from(round) + fraction) / f64::from(rounds));
        let mut learner = taught(ground, method, repeat, (&train, &*examples), threads, &mut at)?;
        let out = answers(&mut *learner, &held_out, classes.len(), threads);
        for (example, row) in held_out.iter().zip(out.chunks_exact(classes.len())) {
            let place = (example - base) as usize;
            let sums = &mut probabilities[place * classes.len()..][..classes.len()];
            sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += p / repeats as f32);
        }
    }
    let names = ground.source.names(range);
    Ok(Answered { classes, labels, probabilities, names, folds })
}

/// A learner of `method`, trained on `train` in the same way as a run of the recipe's repetition `repeat`: a part of
/// `train` is used for validation. `going` gets the fraction of the training that is done.
fn taught(
    ground: &mut Ground,
    method: Method,
    repeat: u32,
    (train, examples): (&[ExampleId], &dyn Examples),
    threads: &ThreadPool,
    going: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Box<dyn Learner>> {
    let recipe = &ground.recipe;
    let labels: Vec<u32> = train.iter().map(|&e| examples.labels()[e as usize]).collect();
    let pool = Pool::of_labels(&labels, examples.classes(), false);
    let drawn = pool.draw(Budget::All, f64::from(recipe.training.validation), recipe.seed, repeat)?;
    let place = |numbers: &[u32]| numbers.iter().map(|&n| train[n as usize]).collect::<Vec<ExampleId>>();
    let (train, validation) = (place(&drawn.train), place(&drawn.validation));
    let settings = Settings::new(recipe, method, train.len() + validation.len());
    let seed = experiment::seed_of(recipe, repeat);
    let drawn = Drawn { train, validation: validation.clone(), settings, seed };
    let prepared = ground.source.pretrained().prepare(method, drawn)?;
    let (descends, planned) = (prepared.descends(), prepared.planned_steps.max(1));
    let mut learner = prepared.learner;
    let mut workspaces = Vec::new();
    loop {
        going((learner.steps() as f64 / planned as f64).min(1.0))?;
        let mut tasks = Vec::new();
        learner.plan(&mut tasks);
        tasks.iter_mut().enumerate().for_each(|(part, task)| task.part = part);
        compute(&*learner, &mut tasks, &mut workspaces, threads);
        let look = match threads.install(|| learner.absorb(&mut tasks, 1.0)) {
            Learned::Preparing | Learned::Going(_) => continue,
            Learned::EpochOver(_) | Learned::Prepared => true,
            Learned::Ended(_, outcome) => {
                // A last validation decides whether the parameters of the last epoch are kept.
                if descends && outcome == Outcome::Completed && !validation.is_empty() {
                    let loss = loss(&mut *learner, &validation, examples, threads);
                    learner.validated(loss);
                }
                break;
            }
        };
        if look && descends && !validation.is_empty() {
            let loss = loss(&mut *learner, &validation, examples, threads);
            if learner.validated(loss) == Advice::Stop {
                break;
            }
        }
    }
    learner.settle();
    Ok(learner)
}

/// Computes the tasks on all threads.
fn compute(learner: &dyn Learner, tasks: &mut [Task], workspaces: &mut Vec<Workspace>, threads: &ThreadPool) {
    let count = threads.current_num_threads().max(1);
    workspaces.resize_with(count, Workspace::default);
    // Each thread gets consecutive tasks. The results do not depend on which thread computes which task.
    let size = tasks.len().div_ceil(count).max(1);
    threads.install(|| {
        tasks.par_chunks_mut(size).zip(workspaces.par_iter_mut()).for_each(|(tasks, workspace)| {
            tasks.iter_mut().for_each(|task| learner.compute(task, workspace));
        });
    });
}

/// The probabilities `(B, C)` of the classes for examples.
fn answers(
    learner: &mut dyn Learner,
    examples: &[ExampleId],
    classes: usize,
    threads: &ThreadPool,
) -> Vec<f32> {
    learner.begin_evaluation(examples);
    let mut out = vec![0.0; examples.len() * classes];
    let shared = &*learner;
    threads.install(|| {
        let parts = examples.par_chunks(CHUNK).zip(out.par_chunks_mut(CHUNK * classes));
        parts.for_each_init(Workspace::default, |workspace, (examples, out)| {
            shared.classify(examples, workspace, out);
        });
    });
    learner.end_evaluation();
    out
}

/// The mean cross-entropy of validation examples, in nats, weighted by the learner's class weights.
fn loss(
    learner: &mut dyn Learner,
    validation: &[ExampleId],
    examples: &dyn Examples,
    threads: &ThreadPool,
) -> f64 {
    let classes = examples.classes().len();
    let out = answers(learner, validation, classes, threads);
    let (mut sum, mut weights) = (0.0, 0.0);
    for (&example, row) in validation.iter().zip(out.chunks_exact(classes)) {
        let label = examples.labels()[example as usize];
        let weight = learner.class_weights().map_or(1.0, |weights| weights.of(label));
        sum -= weight * f64::from(row[label as usize].max(f32::MIN_POSITIVE)).ln();
        weights += weight;
    }
    sum / f64::max(weights, f64::MIN_POSITIVE)
}
