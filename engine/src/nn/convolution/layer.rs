//! A convolution as a layer: its sizes, its tensors, and the way it is computed.

use crate::kernel::WHOLE;
use crate::nn::flops::Flops;

use super::shape::{Shape, Window};

/// The least number of channels on both sides of a convolution by tiles. With fewer, the transforms take longer than the saved
/// products.
const LEAST: usize = WHOLE;

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One matrix product with the image as it is stored.
    Pointwise,
    /// The windows are copied side by side and multiplied (*im2col*).
    Columns,
    /// Tiles of the output, by Winograd's method.
    Tiles,
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
            (1, Window { size: 3, .. })
                if self.keeps_size() && self.from.channels.min(self.to.channels) >= LEAST =>
            {
                Kind::Tiles
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
        let (taps, inputs) = (self.window.size * self.window.size, self.from.channels / self.groups);
        let outputs = self.to.channels / self.groups;
        for group in 0..self.groups {
            for input in 0..inputs {
                for output in 0..outputs {
                    let at = ((group * outputs + output) * inputs + input) * taps;
                    let place = (group * taps * inputs + input) * outputs + output;
                    for tap in 0..taps {
                        work(at + tap, place + tap * inputs * outputs);
                    }
                }
            }
        }
    }

    /// Whether the output has the size of the input, pixel by pixel.
    pub(super) fn keeps_size(&self) -> bool {
        let same = (self.from.height, self.from.width) == (self.to.height, self.to.width);
        self.window.stride == 1 && self.window.before < self.window.size && same
    }

    /// The convolution of the output's gradient that is the gradient of the input, if this one keeps the size.
    pub(super) fn turned(&self) -> Convolution {
        let Window { size, before, .. } = self.window;
        let window = Window { size, stride: 1, before: size - 1 - before };
        Convolution { from: self.to, to: self.from, window, groups: 1, bias: false }
    }

    /// As [`each`](Self::each), for a convolution in one group: with the index of each weight in the order of the loops of
    /// [`turned`](Self::turned).
    pub(super) fn each_turned(&self, mut work: impl FnMut(usize, usize)) {
        let (inputs, outputs, taps) =
            (self.from.channels, self.to.channels, self.window.size * self.window.size);
        for output in 0..outputs {
            for input in 0..inputs {
                let (at, place) = ((output * inputs + input) * taps, output * inputs + input);
                for tap in 0..taps {
                    work(at + tap, place + (taps - 1 - tap) * inputs * outputs);
                }
            }
        }
    }
}
