//! Primitives: matrix products, sums over slices, exponentials. The code for the CPU is chosen at run time.
//!
//! Everything is generic over [`Real`]: the same layer code runs in f32, where it is fast, and in f64, where its
//! gradients are checked. This is the only module with `unsafe` code: calls of code that is compiled for this CPU
//! ([`dispatch`]), calls of the `gemm` crates ([`matmul()`]), and memory ([`pages`], [`mapped`]). Nothing here starts
//! a thread; callers divide the work.

#![allow(unsafe_code)]

mod aligned;
pub mod codes;
pub mod dispatch;
mod lanes;
pub mod mapped;
mod matmul;
pub mod pages;
mod panels;
mod peak;
mod products;
mod real;
pub mod rows;
#[cfg(test)]
mod same_bits;
pub mod target;
mod vector;
pub mod winograd;

pub use aligned::Aligned;
pub use dispatch::Level;
pub use matmul::{matmul, view, view_mut};
pub use panels::{Limits, Panels, Source, WHOLE, Windows, add_turned_matmul};
pub use peak::multiply_adds;
pub use real::Real;
pub(crate) use vector::dot_at;
pub use vector::{add_difference, axpy, dot, exp, scale, sigmoid, squares, tanh};
