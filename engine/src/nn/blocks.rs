//! The place of each named tensor in the one slice that holds a model's dense parameters.

use std::ops::Range;

/// A named tensor: a range of the parameters, and its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name, in PyTorch's style: `lstm.weight_ih`.
    pub name: String,
    /// The length of each axis, the slowest first.
    pub shape: Vec<usize>,
    /// Its place in the slice of all parameters.
    pub range: Range<usize>,
}

/// All dense tensors of a model, in order and without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks(Vec<Block>);

impl Blocks {
    /// Adds a layer's tensors. Each name is put between `prefix` and `suffix`. Returns the range of all of them
    /// together.
    pub fn push(&mut self, prefix: &str, tensors: &[(&str, Vec<usize>)], suffix: &str) -> Range<usize> {
        let start = self.size();
        for (name, shape) in tensors {
            self.add(format!("{prefix}.{name}{suffix}"), shape.clone());
        }
        start..self.size()
    }

    /// Adds one tensor under its full name.
    pub fn add(&mut self, name: String, shape: Vec<usize>) {
        let start = self.size();
        let range = start..start + shape.iter().product::<usize>();
        self.0.push(Block { name, shape, range });
    }

    /// The total number of parameters.
    pub fn size(&self) -> usize {
        self.0.last().map_or(0, |block| block.range.end)
    }

    /// The tensors in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Block> {
        self.0.iter()
    }

    /// The name of the tensor that the parameter at `index` belongs to.
    pub fn name_at(&self, index: usize) -> &str {
        self.0.iter().find(|block| block.range.contains(&index)).map_or("", |block| &block.name)
    }
}

/// A named tensor to be saved in a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<'a, T> {
    /// The name in the checkpoint.
    pub name: String,
    /// The length of each axis, the slowest first.
    pub shape: Vec<usize>,
    /// Its values, row after row.
    pub values: Values<'a, T>,
}

/// The values of a tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values<'a, T> {
    /// Parameters and moments.
    Real(&'a [T]),
    /// Counts of steps.
    Count(&'a [u32]),
}

impl<'a, T> Tensor<'a, T> {
    /// A tensor of reals.
    pub fn real(name: impl Into<String>, shape: &[usize], values: &'a [T]) -> Self {
        Tensor { name: name.into(), shape: shape.to_vec(), values: Values::Real(values) }
    }
}
