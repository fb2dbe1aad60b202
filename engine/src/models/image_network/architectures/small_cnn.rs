//! A small network for images of 28 × 28 or 32 × 32 pixels: two convolutions, each with pooling, and two linear
//! layers.

use crate::models::image_network::plan::{Filters, Plan, Start};
use crate::nn::activation::Activation;
use crate::nn::convolution::Shape;

/// It has 421,642 parameters for grey images of 28 × 28 pixels and 10 classes.
pub fn plan(input: Shape, classes: usize) -> Plan {
    let mut plan = Plan::new(input, classes, Start::Even);
    let mut x = 0;
    for (name, channels) in [("conv1", 32), ("conv2", 64)] {
        plan.block(name);
        x = plan.convolution(name, x, Filters { bias: true, ..Filters::new(channels, 3) });
        x = plan.activation(x, Activation::Relu);
        x = plan.max_pool(x, 2, 2, 0);
    }
    plan.block("fc1");
    x = plan.dense("fc1", x, 128);
    x = plan.activation(x, Activation::Relu);
    plan.block("fc2");
    plan.dense("fc2", x, classes);
    plan
}
