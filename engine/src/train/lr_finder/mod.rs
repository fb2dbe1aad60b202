//! The learning-rate finder: the range test of Smith (2017, *Cyclical Learning Rates for Training Neural Networks*).
//!
//! An untrained model gets about a hundred updates on real batches, while the learning rate grows from a tiny to a
//! much too large value. The losses show at which learning rates the model learns. Then the model is dropped. A test
//! has its own model and does not touch the runs of a session; its bits depend only on the recipe and the seed.

pub mod finder;
mod of_method;
mod tested;

use crate::error::Result;
use crate::train::protocol::curve::{Curve, End, Sweep};

pub use tested::{Tested, source};

/// Trains a model with the learning rates of `sweep`. `seen` gets the curve after each update; an error that it
/// returns ends the test.
///
/// # Errors
/// When data cannot be read, and the errors of `seen`.
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
