//! Tensors of models and optimizers as those of a checkpoint.

use crate::nn::blocks::{Tensor, Values};
use crate::session::checkpoint::{Kept, Numbers};

/// Converts tensors of a model or an optimizer to those of a checkpoint.
pub fn kept(tensors: Vec<Tensor<'_, f32>>) -> Vec<Kept<'_>> {
    let numbers = |values| match values {
        Values::Real(values) => Numbers::Real(values.into()),
        Values::Count(values) => Numbers::Count(values.into()),
    };
    tensors.into_iter().map(|t| Kept { name: t.name, shape: t.shape, numbers: numbers(t.values) }).collect()
}

/// Finds a tensor of a checkpoint by its name.
pub fn find<'a>(tensors: &'a [Kept<'_>], name: &str) -> Option<Values<'a, f32>> {
    let tensor = tensors.iter().find(|tensor| tensor.name == name)?;
    Some(match &tensor.numbers {
        Numbers::Real(values) => Values::Real(values),
        Numbers::Count(values) => Values::Count(values),
    })
}
