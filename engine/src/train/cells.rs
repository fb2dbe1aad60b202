//! The examples of a cell of a run's confusion matrix.

use super::job::Job;

/// The examples of a cell, each with the probability of the predicted class. The error says why there are none.
pub fn in_cell(
    job: &Job,
    number: usize,
    set: &str,
    (truth, guess): (usize, usize),
) -> std::result::Result<Vec<(f32, u32)>, String> {
    let run = job.training.run(number).ok_or("this run has not begun yet")?;
    let not_yet = || format!("this run was not evaluated on \"{set}\" yet: ask again when it was");
    run.in_cell(set, truth, guess).ok_or_else(not_yet)
}
