//! A convolution as a layer: its sizes, its tensors, and the way it is computed.

use crate::nn::flops::Flops;

use super::shape::{Shape, Window};

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One matrix product with the image as it is stored.
    Pointwise,
    /// The windows are copied side by side and multiplied (*im2col*).
    Columns,
    /// Depthwise: one filter per channel, all channels of a pixel at once.
    Depthwise,
    /// Other groups: one pixel after another.
    Grouped,
}

/// A convolution of I channels to O. Its weights: `weight (O, I / groups, size, size)`, then `bias (O)` if it has
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// The shape of an input image.
    pub from: Shape,
    /// The shape of an output image.
    pub to: Shape,
    /// The window under each output pixel.
    pub window: Window,
    /// The number of groups that the input channels and the output channels are divided into.
    pub groups: usize,
    /// Whether the layer has a bias per output channel.
    pub bias: bool,
}

impl Convolution {
    /// Names and shapes of its tensors, in order.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let size = self.window.size;
        let mut all = vec![("weight", vec![self.to.channels, self.from.channels / self.groups, size, size])];
        if self.bias {
            all.push(("bias", vec![self.to.channels]));
        }
        all
    }

    /// The number of values of `weight`.
    pub(super) fn numbers(&self) -> usize {
        self.to.channels * self.from.channels / self.groups * self.window.size * self.window.size
    }

    /// The number of multiplications for one image.
    pub fn cost(&self) -> usize {
        self.to.height * self.to.width * self.numbers()
    }

    /// The floating-point operations for one image.
    pub fn flops(&self) -> Flops {
        Flops::product(self.cost())
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.groups, self.window) {
            (1, Window { size: 1, stride: 1, before: 0 })
                if self.from == (Shape { channels: self.from.channels, ..self.to }) =>
            {
                Kind::Pointwise
            }
            (1, _) => Kind::Columns,
            (groups, _) if groups == self.from.channels && groups == self.to.channels => Kind::Depthwise,
            _ => Kind::Grouped,
        }
    }

    /// Calls `work` for each weight with its index in PyTorch's layout and its index in the order of the loops:
    /// group, window row, window column, input, output; for a depthwise convolution window row, window column,
    /// channel.
    pub(super) fn each(&self, mut work: impl FnMut(usize, usize)) {
        if self.kind() == Kind::Depthwise {
            let taps = self.window.size * self.window.size;
            for at in 0..self.numbers() {
                work(at, at % taps * self.to.channels + at / taps);
            }
            return;
        }
        let (size, inputs) = (self.window.size, self.from.channels / self.groups);
        let outputs = self.to.channels / self.groups;
        for output in 0..self.to.channels {
            let (group, out) = (output / outputs, output % outputs);
            for input in 0..inputs {
                for tap in 0..size * size {
                    let at = (output * inputs + input) * size * size + tap;
                    work(at, ((group * size * size + tap) * inputs + input) * outputs + out);
                }
            }
        }
    }
}
