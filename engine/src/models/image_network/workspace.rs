//! The buffers for a forward and backward pass through an image network, allocated once and reused.

use std::ops::{Deref, DerefMut};

use crate::kernel::{Real, axpy};
use crate::nn::batch_norm::Moments;
use crate::nn::convolution::Scratch;

/// A buffer that keeps what lies beyond its length, so that nothing is zeroed when it serves for a longer value again.
#[derive(Debug, Clone, Default)]
pub(super) struct Buffer<T> {
    all: Vec<T>,
    length: usize,
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.all[..self.length]
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all[..self.length]
    }
}

/// Buffers for the values of a forward pass, and for the gradients of the backward pass.
#[derive(Debug, Clone)]
pub struct Workspace<T> {
    /// The outputs of the nodes, by value.
    pub(super) values: Vec<Buffer<T>>,
    /// The indices of the maxima of a max pooling, by node.
    pub(super) best: Vec<Vec<u32>>,
    /// By node.
    pub(super) moments: Vec<Moments>,
    pub(super) masks: Vec<Vec<T>>,
    /// The gradients of the values; empty if there is none yet.
    pub(super) gradients: Vec<Buffer<T>>,
    pub(super) scratch: Scratch<T>,
    /// The running statistics of a layer during their update.
    pub(super) running: Vec<T>,
    /// Buffers that are not in use.
    spare: Vec<Buffer<T>>,
    /// Images, prepared as network input.
    pub input: Vec<T>,
}

impl<T: Real> Default for Workspace<T> {
    fn default() -> Self {
        Workspace {
            values: Vec::new(),
            best: Vec::new(),
            moments: Vec::new(),
            masks: Vec::new(),
            gradients: Vec::new(),
            scratch: Scratch::default(),
            running: Vec::new(),
            spare: Vec::new(),
            input: Vec::new(),
        }
    }
}

impl<T: Real> Workspace<T> {
    /// Prepares the workspace for a network of `nodes` nodes.
    pub(super) fn begin(&mut self, nodes: usize) {
        for buffers in [&mut self.values, &mut self.gradients] {
            buffers.resize_with(nodes + 1, Buffer::default);
        }
        self.masks.resize_with(nodes + 1, Vec::new);
        self.best.resize_with(nodes, Vec::new);
        self.moments.resize_with(nodes, Moments::default);
        self.clear();
    }

    /// Moves the buffers of all values and gradients to the spare buffers.
    pub(super) fn clear(&mut self) {
        let used = self.values.iter_mut().chain(&mut self.gradients);
        for buffer in used.filter(|buffer| !buffer.all.is_empty()) {
            self.spare.push(std::mem::take(buffer));
        }
    }

    /// A buffer of this length with unspecified content.
    pub(super) fn take(&mut self, length: usize) -> Buffer<T> {
        // The smallest buffer that is large enough, or else the largest.
        let fits = |buffer: &Buffer<T>| (buffer.all.len() < length, buffer.all.len().abs_diff(length));
        let best = (0..self.spare.len()).min_by_key(|&at| fits(&self.spare[at]));
        let mut buffer = best.map(|at| self.spare.swap_remove(at)).unwrap_or_default();
        if buffer.all.len() < length {
            buffer.all.resize(length, T::zero());
        }
        buffer.length = length;
        buffer
    }

    /// Returns a buffer to the spare buffers.
    pub(super) fn give(&mut self, buffer: Buffer<T>) {
        if !buffer.all.is_empty() {
            self.spare.push(buffer);
        }
    }

    /// Adds what `write` writes to the gradient of `value`.
    pub(super) fn deposit(&mut self, value: usize, length: usize, write: impl FnOnce(&mut Self, &mut [T])) {
        let mut buffer = self.take(length);
        write(self, &mut buffer);
        if self.gradients[value].is_empty() {
            self.gradients[value] = buffer;
        } else {
            axpy(T::one(), &buffer, &mut self.gradients[value]);
            self.give(buffer);
        }
    }
}
