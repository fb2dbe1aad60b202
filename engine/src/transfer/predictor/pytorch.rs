//! Converts the layers of a text classifier to PyTorch's names and layouts, so that PyTorch's modules can load them.
//!
//! | warmstart | PyTorch |
//! | --- | --- |
//! | `lstm.weight_ih`, `lstm.weight_hh` | `lstm.weight_ih_l0`, `lstm.weight_hh_l0` |
//! | `lstm.bias` | `lstm.bias_ih_l0`, and `lstm.bias_hh_l0` of zeros |
//! | `gru.bias`, `gru.bias_hn` | `gru.bias_ih_l0`, and `gru.bias_hh_l0`, whose last third is `bias_hn`; its other values are zeros |
//! | `convs.0.weight (w, filters, D)` | `convs.0.weight (filters, D, w)`, of a `Conv1d` |
//!
//! Names of the second direction end in `_reverse`, as in PyTorch. All other tensors keep their names and layouts.

use crate::nn::blocks::{Block, Blocks, Tensor, Values};

/// A tensor with PyTorch's name and layout.
pub struct Named {
    /// Its name in PyTorch.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values in row-major order.
    pub values: Vec<f32>,
}

/// How a tensor of a layer is converted.
enum Kind<'n> {
    /// `weight_ih` or `weight_hh`, with its new name.
    Weight(String),
    /// The bias of a recurrent layer: the name of the layer, and the suffix of the direction.
    Bias(&'n str, &'n str),
    /// `bias_hn` of a GRU, which is added to the hidden part of the new state: the name of the layer, and the suffix.
    BiasOfNew(&'n str, &'n str),
    /// The weight of a convolution.
    Convolution,
    Other,
}

impl Kind<'_> {
    /// The kind of the tensor `name` with `rank` axes. `is_there` says which tensors the model has.
    fn of(name: &str, rank: usize, is_there: impl Fn(&str) -> bool) -> Kind<'_> {
        let (bare, reverse) = match name.strip_suffix("_reverse") {
            Some(bare) => (bare, "_reverse"),
            None => (name, ""),
        };
        let Some((layer, tensor)) = bare.rsplit_once('.') else { return Kind::Other };
        match tensor {
            "weight_ih" | "weight_hh" => Kind::Weight(format!("{layer}.{tensor}_l0{reverse}")),
            "bias_hn" => Kind::BiasOfNew(layer, reverse),
            "bias" if is_there(&format!("{layer}.weight_hh{reverse}")) => Kind::Bias(layer, reverse),
            "weight" if rank == 3 => Kind::Convolution,
            _ => Kind::Other,
        }
    }
}

fn bias_name(layer: &str, of: &str, reverse: &str) -> String {
    format!("{layer}.bias_{of}_l0{reverse}")
}

/// Converts the tensors of a classifier to PyTorch's names and layouts.
pub fn to_pytorch(tensors: &[Tensor<'_, f32>]) -> Vec<Named> {
    let values = |tensor: &Tensor<'_, f32>| match tensor.values {
        Values::Real(values) => values.to_vec(),
        Values::Count(_) => Vec::new(),
    };
    let mut out = Vec::new();
    for tensor in tensors {
        let (name, shape, values) = (tensor.name.clone(), tensor.shape.clone(), values(tensor));
        let is_there = |name: &str| tensors.iter().any(|tensor| tensor.name == name);
        match Kind::of(&tensor.name, shape.len(), is_there) {
            Kind::Weight(name) => out.push(Named { name, shape, values }),
            Kind::Bias(layer, reverse) => {
                let hidden = vec![0.0; values.len()];
                out.push(Named { name: bias_name(layer, "ih", reverse), shape: shape.clone(), values });
                out.push(Named { name: bias_name(layer, "hh", reverse), shape, values: hidden });
            }
            // This tensor comes after the bias of its layer. It becomes the last third of that layer's second bias.
            Kind::BiasOfNew(layer, reverse) => {
                let name = bias_name(layer, "hh", reverse);
                if let Some(hidden) = out.iter_mut().find(|named| named.name == name) {
                    let start = hidden.values.len() - values.len();
                    hidden.values[start..].copy_from_slice(&values);
                }
            }
            Kind::Convolution => {
                let [width, filters, dim] = [shape[0], shape[1], shape[2]];
                let at = |place: usize| {
                    let (filter, rest) = (place / (dim * width), place % (dim * width));
                    values[(rest % width * filters + filter) * dim + rest / width]
                };
                let turned = (0..values.len()).map(at).collect();
                out.push(Named { name, shape: vec![filters, dim, width], values: turned });
            }
            Kind::Other => out.push(Named { name, shape, values }),
        }
    }
    out
}

/// The values of all `blocks`, in their order, converted from PyTorch's tensors. `read` returns the values of a
/// tensor with a given name and shape.
///
/// # Errors
/// The errors of `read`.
pub fn from_pytorch<E>(
    blocks: &Blocks,
    read: impl Fn(&str, &[usize]) -> Result<Vec<f32>, E>,
) -> Result<Vec<Vec<f32>>, E> {
    blocks.iter().map(|block| one_from_pytorch(block, blocks, &read)).collect()
}

fn one_from_pytorch<E>(
    block: &Block,
    blocks: &Blocks,
    read: &impl Fn(&str, &[usize]) -> Result<Vec<f32>, E>,
) -> Result<Vec<f32>, E> {
    let is_there = |name: &str| blocks.iter().any(|block| block.name == name);
    match Kind::of(&block.name, block.shape.len(), is_there) {
        Kind::Weight(name) => read(&name, &block.shape),
        Kind::Bias(layer, reverse) => {
            let mut bias = read(&bias_name(layer, "ih", reverse), &block.shape)?;
            let hidden = read(&bias_name(layer, "hh", reverse), &block.shape)?;
            // A GRU multiplies the last third of the second bias by its reset gate, so this third stays separate.
            let is_gru = is_there(&format!("{layer}.bias_hn{reverse}"));
            let both = if is_gru { bias.len() / 3 * 2 } else { bias.len() };
            bias.iter_mut().zip(&hidden[..both]).for_each(|(bias, hidden)| *bias += hidden);
            Ok(bias)
        }
        Kind::BiasOfNew(layer, reverse) => {
            let units = block.shape[0];
            let hidden = read(&bias_name(layer, "hh", reverse), &[3 * units])?;
            Ok(hidden[2 * units..].to_vec())
        }
        Kind::Convolution => {
            let [width, filters, dim] = [block.shape[0], block.shape[1], block.shape[2]];
            let turned = read(&block.name, &[filters, dim, width])?;
            let at = |place: usize| {
                let (k, rest) = (place / (filters * dim), place % (filters * dim));
                turned[(rest / dim * dim + rest % dim) * width + k]
            };
            Ok((0..turned.len()).map(at).collect())
        }
        Kind::Other => read(&block.name, &block.shape),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array2;

    use super::*;
    use crate::models::text_classifier::TextClassifier;
    use crate::session::convolution::Convolution;
    use crate::session::text_transfer::{Head, Pooling, RecurrentShape};

    #[test]
    fn layers_go_to_pytorch_and_come_back_with_the_same_bits() {
        let shape = RecurrentShape { hidden: 3, bidirectional: true, pooling: Pooling::Last };
        let filters = Convolution { filters: 2, ..Convolution::default() };
        for (head, expected) in [
            (Head::Average, &["linear.weight"][..]),
            (Head::Rnn(shape), &["rnn.weight_ih_l0", "rnn.bias_hh_l0_reverse"]),
            (Head::Lstm(shape), &["lstm.weight_hh_l0_reverse", "lstm.bias_ih_l0"]),
            (Head::Gru(shape), &["gru.bias_hh_l0", "gru.bias_hh_l0_reverse"]),
            (Head::Cnn(filters), &["convs.0.weight", "convs.2.bias"]),
        ] {
            let none = Array2::<f32>::zeros((0, 4));
            let model = TextClassifier::new(head, 4, 2, none.clone(), Arc::new(none), 5, 0);
            let named = to_pytorch(&model.tensors());
            for name in expected {
                assert!(named.iter().any(|named| named.name == *name), "{name}");
            }
            let read = |name: &str, shape: &[usize]| {
                let found = named.iter().find(|named| named.name == name && named.shape == shape);
                found.map(|named| named.values.clone()).ok_or(format!("{name} {shape:?}"))
            };
            let blocks = model.body().blocks(4, 2);
            let back = from_pytorch(&blocks, read).unwrap().concat();
            assert_eq!(back, model.dense(), "{head:?}");
        }
    }

    #[test]
    fn a_filter_lies_as_pytorch_has_it() {
        // weight[k][filter][d] = 100 k + 10 filter + d becomes conv1d.weight[filter][d][k].
        let values: Vec<f32> =
            (0..2 * 3 * 4).map(|i| (100 * (i / 12) + 10 * (i / 4 % 3) + i % 4) as f32).collect();
        let tensor = Tensor::real("convs.0.weight", &[2, 3, 4], &values);
        let turned = &to_pytorch(&[tensor])[0];
        assert_eq!(turned.shape, [3, 4, 2]);
        assert_eq!(turned.values[..4], [0.0, 100.0, 1.0, 101.0]);
        assert_eq!(turned.values[8..10], [10.0, 110.0]);
    }
}
