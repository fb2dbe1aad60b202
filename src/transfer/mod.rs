//! What is carried over and what it bought.

pub mod probe;
#[cfg(test)]
mod real;
pub mod rival;
pub mod statistics;
