//! The norms of each layer's parameters, and of what one update changes. They are measured at a few of a run's updates,
//! because measuring copies the parameters.

use crate::nn::blocks::{Tensor, Values};
use crate::session::record::LayerNorms;

/// At how many updates of a run norms are measured, about.
const TIMES: u64 = 64;
/// The table of word vectors, of which only the rows of a batch are up to date.
const TABLE: &str = "embedding.weight";

/// Whether norms are measured at the update after `step`, of `planned` updates.
pub fn are_due(step: u64, planned: u64) -> bool {
    step.is_multiple_of((planned / TIMES).max(1))
}

/// The parameters before an update.
pub struct Before(Vec<(String, Vec<f32>)>);

/// The parameters of `tensors` that count: running statistics are none, and of word vectors only `rows` are up to date.
fn counted<'a>(tensors: &'a [Tensor<'_, f32>], rows: &'a [u32]) -> impl Iterator<Item = (&'a str, Vec<f32>)> {
    tensors.iter().filter(|tensor| !tensor.name.contains("running_")).filter_map(|tensor| {
        let Values::Real(values) = tensor.values else { return None };
        if tensor.name != TABLE {
            return Some((tensor.name.as_str(), values.to_vec()));
        }
        let dim = tensor.shape.get(1).copied().unwrap_or(0);
        let row = |row: &u32| values.get(*row as usize * dim..(*row as usize + 1) * dim);
        Some((TABLE, rows.iter().filter_map(row).flatten().copied().collect()))
    })
}

impl Before {
    /// Keeps the parameters before an update. `rows` are the word vectors that the batch uses.
    pub fn of(tensors: &[Tensor<'_, f32>], rows: &[u32]) -> Before {
        Before(counted(tensors, rows).map(|(name, values)| (name.to_string(), values)).collect())
    }

    /// The norms of each layer after the update, in the order of the tensors.
    pub fn norms(self, tensors: &[Tensor<'_, f32>], rows: &[u32]) -> Vec<LayerNorms> {
        let mut sums: Vec<(&str, f64, f64)> = Vec::new();
        for ((name, before), (_, after)) in self.0.iter().zip(counted(tensors, rows)) {
            let name = layer(name);
            let place = sums.iter().position(|sum| sum.0 == name).unwrap_or_else(|| {
                sums.push((name, 0.0, 0.0));
                sums.len() - 1
            });
            for (before, after) in before.iter().zip(&after) {
                let (before, after) = (f64::from(*before), f64::from(*after));
                sums[place].1 += after * after;
                sums[place].2 += (after - before) * (after - before);
            }
        }
        let norms = |(name, weights, update): (&str, f64, f64)| LayerNorms {
            layer: name.to_string(),
            weights: weights.sqrt() as f32,
            update: update.sqrt() as f32,
        };
        sums.into_iter().map(norms).collect()
    }
}

/// The layer that a tensor belongs to: its name up to the first number, or else up to the last dot.
fn layer(name: &str) -> &str {
    let mut end = 0;
    for part in name.split('.') {
        end += part.len();
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && end < name.len() {
            return &name[..end];
        }
        end += 1;
    }
    name.rsplit_once('.').map_or(name, |(layer, _)| layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_of_layers_and_of_the_rows_that_a_batch_used() {
        let tensors = |dense: [f32; 2], table: [f32; 4]| {
            let (dense, table) = (dense.to_vec(), table.to_vec());
            (dense, table)
        };
        let named = |values: &'static (Vec<f32>, Vec<f32>)| {
            vec![
                Tensor::real("linear.weight", &[1, 1], &values.0[..1]),
                Tensor::real("linear.bias", &[1], &values.0[1..]),
                Tensor::real("bn.running_mean", &[1], &values.0[..1]),
                Tensor::real(TABLE, &[2, 2], &values.1),
            ]
        };
        let leak = |values| -> &'static (Vec<f32>, Vec<f32>) { Box::leak(Box::new(values)) };
        let first = leak(tensors([3.0, 4.0], [1.0, 1.0, 5.0, 5.0]));
        let then = leak(tensors([3.0, 4.5], [9.0, 9.0, 6.0, 8.0]));
        let norms = Before::of(&named(first), &[1]).norms(&named(then), &[1]);
        let of = |layer: &str, weights: f32, update: f32| LayerNorms { layer: layer.into(), weights, update };
        let linear = (9.0_f32 + 4.5 * 4.5).sqrt();
        assert_eq!(norms, [of("linear", linear, 0.5), of("embedding", 10.0, 10.0_f32.sqrt())]);
    }

    #[test]
    fn tensors_of_one_block_are_one_layer() {
        let layers =
            ["lstm.weight_ih", "features.0.weight", "encoder.layer.11.attention.query.bias", "bias", "a.0"];
        assert_eq!(layers.map(layer), ["lstm", "features.0", "encoder.layer.11", "bias", "a"]);
    }

    #[test]
    fn long_runs_are_measured_about_as_often_as_short_ones() {
        let times = |planned: u64| (0..planned).filter(|step| are_due(*step, planned)).count();
        assert_eq!([0, 10, 64, 1000, 1_000_000].map(times), [0, 10, 64, 67, 64]);
    }
}
