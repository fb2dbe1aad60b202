//! The plan of an image network: its layers in the order of computation, and the places of their parameters.
//!
//! A plan is a list of nodes. Value 0 is the image, and node i computes value i + 1. A node may read any earlier
//! values, so branches need no special case. All shapes are known when the plan is made.

use std::ops::Range;

use crate::nn::activation::Activation;
use crate::nn::batch_norm::BatchNorm;
use crate::nn::blocks::Blocks;
use crate::nn::convolution::{Convolution, Shape, Window};
use crate::nn::flops::Flops;
use crate::nn::image_pooling::{AveragePool, MaxPool};
use crate::nn::linear::Linear;
use crate::session::architecture::Architecture;

/// The operation of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// A convolution over height and width.
    Convolution {
        /// Its shapes and window.
        layer: Convolution,
        /// The range of its weights in the network's parameters.
        weights: Range<usize>,
    },
    /// Batch normalisation per channel.
    BatchNorm {
        /// Its channels and epsilon.
        layer: BatchNorm,
        /// The range of its weights in the network's parameters.
        weights: Range<usize>,
        /// The range of running mean and variance in the network's statistics.
        statistics: Range<usize>,
    },
    /// An elementwise function.
    Activation(Activation),
    /// The maximum of each window.
    MaxPool(MaxPool),
    /// The mean of each window.
    AveragePool(AveragePool),
    /// The mean of each channel.
    GlobalAverage,
    /// A linear layer on all values of an image, in the order in which they are stored.
    Dense {
        /// The numbers of features and outputs.
        layer: Linear,
        /// The range of its weights in the network's parameters.
        weights: Range<usize>,
    },
    /// The sum of two values.
    Add,
    /// The concatenated channels of several values.
    Concat,
    /// Drops this fraction of the values during training.
    Dropout(f32),
}

/// A step of the computation.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// The values that it reads.
    pub reads: Vec<usize>,
    /// The shape of its output.
    pub shape: Shape,
}

/// The distribution of the initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Uniform within ±1 / sqrt(fan-in): PyTorch's default for its layers.
    Even,
    /// Convolutions: normal with variance 2 / fan-out (He et al. 2015), without bias.
    Normal,
}

/// The layers of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The public architecture, if the plan is one.
    pub architecture: Option<Architecture>,
    /// The shape of the input images.
    pub input: Shape,
    /// The number of classes, which is the number of outputs of the last layer.
    pub classes: usize,
    /// The distribution of the initial parameters.
    pub start: Start,
    /// The nodes. Each comes after those that it reads.
    pub nodes: Vec<Node>,
    /// The names of the blocks with their first nodes. A block is frozen or trained as a whole.
    pub blocks: Vec<(String, usize)>,
    /// The places of the trained parameters.
    pub parameters: Blocks,
    /// The places of the running statistics.
    pub statistics: Blocks,
}

impl Plan {
    /// A plan without a layer.
    pub fn new(input: Shape, classes: usize, start: Start) -> Plan {
        Plan {
            architecture: None,
            input,
            classes,
            start,
            nodes: Vec::new(),
            blocks: Vec::new(),
            parameters: Blocks::default(),
            statistics: Blocks::default(),
        }
    }

    /// The shape of a value.
    pub fn shape(&self, value: usize) -> Shape {
        value.checked_sub(1).map_or(self.input, |node| self.nodes[node].shape)
    }

    fn push(&mut self, op: Op, reads: Vec<usize>, shape: Shape) -> usize {
        self.nodes.push(Node { op, reads, shape });
        self.nodes.len()
    }

    /// Starts a new block with the next node.
    pub fn block(&mut self, name: impl Into<String>) {
        self.blocks.push((name.into(), self.nodes.len()));
    }

    /// Adds a convolution. `padding` is the total number of padding pixels along each axis; the window's `before`
    /// come first.
    pub fn convolution(&mut self, name: &str, x: usize, to: Filters) -> usize {
        let from = self.shape(x);
        let window = Window { size: to.size, stride: to.stride, before: to.padding / 2 };
        let shape = Shape {
            height: window.places(from.height, to.padding),
            width: window.places(from.width, to.padding),
            channels: to.channels,
        };
        let layer = Convolution { from, to: shape, window, groups: to.groups, bias: to.bias };
        let weights = self.parameters.push(name, &layer.tensors(), "");
        self.push(Op::Convolution { layer, weights }, vec![x], shape)
    }

    /// Adds a batch normalisation.
    pub fn batch_norm(&mut self, name: &str, x: usize, epsilon: f64, momentum: f64) -> usize {
        let shape = self.shape(x);
        let layer = BatchNorm { channels: shape.channels, epsilon, momentum };
        let weights = self.parameters.push(name, &layer.tensors(), "");
        let statistics = self.statistics.push(name, &layer.statistics(), "");
        self.push(Op::BatchNorm { layer, weights, statistics }, vec![x], shape)
    }

    /// Adds an elementwise function.
    pub fn activation(&mut self, x: usize, activation: Activation) -> usize {
        self.push(Op::Activation(activation), vec![x], self.shape(x))
    }

    /// Adds a max pooling; `padding` as for convolutions.
    pub fn max_pool(&mut self, x: usize, size: usize, stride: usize, padding: usize) -> usize {
        let (from, to, window) = self.pooled(x, size, stride, padding);
        self.push(Op::MaxPool(MaxPool { from, to, window }), vec![x], to)
    }

    /// Adds an average pooling; `padding` as for convolutions, and padding counts in the divisor.
    pub fn average_pool(&mut self, x: usize, size: usize, stride: usize, padding: usize) -> usize {
        let (from, to, window) = self.pooled(x, size, stride, padding);
        self.push(Op::AveragePool(AveragePool { from, to, window }), vec![x], to)
    }

    /// The input shape, output shape and window of a pooling.
    fn pooled(&self, x: usize, size: usize, stride: usize, padding: usize) -> (Shape, Shape, Window) {
        let from = self.shape(x);
        let window = Window { size, stride, before: padding / 2 };
        let to = Shape {
            height: window.places(from.height, padding),
            width: window.places(from.width, padding),
            channels: from.channels,
        };
        (from, to, window)
    }

    /// Adds global average pooling: the mean of each channel.
    pub fn global_average(&mut self, x: usize) -> usize {
        let channels = self.shape(x).channels;
        self.push(Op::GlobalAverage, vec![x], Shape { height: 1, width: 1, channels })
    }

    /// Adds a linear layer on all values of an image.
    pub fn dense(&mut self, name: &str, x: usize, outputs: usize) -> usize {
        let layer = Linear { features: self.shape(x).size(), outputs };
        let weights = self.parameters.push(name, &layer.tensors(), "");
        let shape = Shape { height: 1, width: 1, channels: outputs };
        self.push(Op::Dense { layer, weights }, vec![x], shape)
    }

    /// Adds the sum of two values.
    pub fn add(&mut self, x: usize, y: usize) -> usize {
        self.push(Op::Add, vec![x, y], self.shape(x))
    }

    /// Adds the concatenation of the channels of several values.
    pub fn concat(&mut self, values: Vec<usize>) -> usize {
        let channels = values.iter().map(|&value| self.shape(value).channels).sum();
        let shape = Shape { channels, ..self.shape(values[0]) };
        self.push(Op::Concat, values, shape)
    }

    /// Adds dropout of this fraction.
    pub fn dropout(&mut self, x: usize, fraction: f32) -> usize {
        self.push(Op::Dropout(fraction), vec![x], self.shape(x))
    }

    /// The convolutions and linear layers: the nodes that are counted as layers.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let counts = |op: &Op| matches!(op, Op::Convolution { .. } | Op::Dense { .. });
        (0..self.nodes.len()).filter(move |&node| counts(&self.nodes[node].op))
    }

    /// The node at which the last `count` layers begin, including dropout before them. If the network cannot be cut
    /// there, because the node is within a branch, an earlier node.
    pub fn last_layers(&self, count: usize) -> usize {
        let mut node = self.layers().rev().nth(count.max(1) - 1).unwrap_or(0);
        while node > 0 && (self.cut(node).is_none() || matches!(self.nodes[node - 1].op, Op::Dropout(_))) {
            node -= 1;
        }
        node
    }

    /// The first node of block `block`; after the last block, the number of nodes.
    pub fn block_start(&self, block: usize) -> usize {
        self.blocks.get(block).map_or(self.nodes.len(), |&(_, node)| node)
    }

    /// The only value from before `node` that the nodes from `node` on read. `None` if they read several, so that the
    /// network cannot be cut there.
    pub fn cut(&self, node: usize) -> Option<usize> {
        let mut read = self.nodes[node..].iter().flat_map(|node| &node.reads).filter(|&&value| value <= node);
        let first = *read.next()?;
        read.all(|&value| value == first).then_some(first)
    }

    /// The index of the first parameter of the nodes from `node` on.
    pub fn parameters_from(&self, node: usize) -> usize {
        let start = |node: &Node| match &node.op {
            Op::Convolution { weights, .. } | Op::BatchNorm { weights, .. } | Op::Dense { weights, .. } => {
                Some(weights.start)
            }
            _ => None,
        };
        self.nodes[node..].iter().find_map(start).unwrap_or(self.parameters.size())
    }

    /// The index of the first statistic of the nodes from `node` on.
    pub fn statistics_from(&self, node: usize) -> usize {
        let start = |node: &Node| match &node.op {
            Op::BatchNorm { statistics, .. } => Some(statistics.start),
            _ => None,
        };
        self.nodes[node..].iter().find_map(start).unwrap_or(self.statistics.size())
    }

    /// The number of nodes that read each value.
    pub fn readers(&self) -> Vec<usize> {
        let mut readers = vec![0; self.nodes.len() + 1];
        for &value in self.nodes.iter().flat_map(|node| &node.reads) {
            readers[value] += 1;
        }
        readers
    }

    /// The floating-point operations of each node for one image.
    pub fn flops(&self) -> Vec<Flops> {
        let of = |node: &Node| match &node.op {
            Op::Convolution { layer, .. } => layer.flops(),
            Op::Dense { layer, .. } => layer.flops(),
            _ => Flops::default(),
        };
        self.nodes.iter().map(of).collect()
    }

    /// The number of multiplications for one image in the nodes from `node` on.
    pub fn cost(&self, node: usize) -> usize {
        let of = |node: &Node| match &node.op {
            Op::Convolution { layer, .. } => layer.cost(),
            Op::Dense { layer, .. } => layer.features * layer.outputs,
            _ => 0,
        };
        self.nodes[node..].iter().map(of).sum()
    }
}

/// The settings of a convolution.
#[derive(Debug, Clone, Copy)]
pub struct Filters {
    /// Output channels.
    pub channels: usize,
    /// Height and width of a filter, in pixels.
    pub size: usize,
    /// Pixels from one output to the next, on both axes.
    pub stride: usize,
    /// The total number of padding pixels along an axis. If it is odd, the extra pixel is at the end.
    pub padding: usize,
    /// The number of groups of channels that are computed independently; 1 for an ordinary convolution.
    pub groups: usize,
    /// Whether a bias is added to every output channel.
    pub bias: bool,
}

impl Filters {
    /// `channels` filters of `size` by `size`, padded so that a stride of 1 keeps the size.
    pub fn new(channels: usize, size: usize) -> Filters {
        Filters { channels, size, stride: 1, padding: size - 1, groups: 1, bias: false }
    }
}
