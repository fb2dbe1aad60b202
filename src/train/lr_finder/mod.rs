//! The learning-rate finder: Smith's range test (Smith 2017, *Cyclical Learning LrFinder for Training Neural Networks*).
//!
//! A model at its start takes about a hundred updates on real batches at learning rates that grow from hardly anything to far
//! too much; the losses on the way tell which learning rates teach it something. Then the model is thrown away. A test is made
//! of its own parts and touches nothing of a session's runs; its bits follow from recipe and seed alone.

pub mod finder;
mod of_method;
mod tested;

use crate::error::Result;
use crate::train::protocol::curve::{Curve, End, Sweep};

pub use tested::{Tested, source};

/// Takes a model through the learning rates of `sweep`. `seen` is shown the curve after each update, and an error of it ends
/// the test.
///
/// # Errors
/// When the data cannot be read on, and those of `seen`.
pub fn test(
    tested: &mut dyn Tested,
    sweep: Sweep,
    pool: &rayon::ThreadPool,
    seen: &mut dyn FnMut(&Curve) -> Result<()>,
) -> Result<Curve> {
    let mut curve = Curve::default();
    for update in 0..sweep.updates {
        let learning_rate = sweep.learning_rate(update);
        curve.push(learning_rate, tested.update(learning_rate as f32, pool)?);
        if curve.end.is_none() && update + 1 == sweep.updates {
            curve.end = Some(End::Tried);
        }
        seen(&curve)?;
        if curve.end.is_some() {
            break;
        }
    }
    Ok(curve)
}
