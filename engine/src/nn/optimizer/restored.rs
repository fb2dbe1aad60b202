//! The tensors of a checkpoint, by their names.

use crate::error::{Error, Result};
use crate::kernel::Real;
use crate::nn::blocks::Values;

/// Names of the checkpoint tensors with the square roots of the second moments, dense and of the table; and the names
/// of older checkpoints, which hold the second moments themselves.
pub(super) const ROOTS: [&str; 2] = ["optimizer.second_root", "optimizer.embedding.second_root"];
const SQUARES: [&str; 2] = ["optimizer.second", "optimizer.embedding.second"];

/// Copies the tensor called `name` into `to`.
///
/// # Errors
/// If there is none, or it has another type or length.
pub fn take_reals<'a, T: Real>(
    find: &impl Fn(&str) -> Option<Values<'a, T>>,
    name: &str,
    to: &mut [T],
) -> Result<()> {
    match find(name) {
        Some(Values::Real(values)) if values.len() == to.len() => to.copy_from_slice(values),
        other => return Err(misfit(name, to.len(), other.is_some())),
    }
    Ok(())
}

/// Copies the square roots of the second moments, or computes them from the second moments of an older checkpoint.
///
/// # Errors
/// If neither is there, or the length is another.
pub(super) fn take_roots<'a, T: Real>(
    find: &impl Fn(&str) -> Option<Values<'a, T>>,
    which: usize,
    to: &mut [T],
) -> Result<()> {
    if find(ROOTS[which]).is_none() && find(SQUARES[which]).is_some() {
        take_reals(find, SQUARES[which], to)?;
        to.iter_mut().for_each(|moment| *moment = moment.sqrt());
        return Ok(());
    }
    take_reals(find, ROOTS[which], to)
}

/// Copies the tensor called `name` into `to`.
///
/// # Errors
/// If there is none, or it has another type or length.
pub(super) fn take_counts<'a, T: Real>(
    find: &impl Fn(&str) -> Option<Values<'a, T>>,
    name: &str,
    to: &mut [u32],
) -> Result<()> {
    match find(name) {
        Some(Values::Count(values)) if values.len() == to.len() => to.copy_from_slice(values),
        other => return Err(misfit(name, to.len(), other.is_some())),
    }
    Ok(())
}

fn misfit(name: &str, wanted: usize, found: bool) -> Error {
    let problem = if found {
        format!("the checkpoint's tensor {name} has not the {wanted} numbers that this model has there")
    } else {
        format!("the checkpoint has no tensor {name}")
    };
    Error::request(problem, "resume with the recipe that the checkpoint was made with")
}
