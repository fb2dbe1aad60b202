//! Residual networks (He et al. 2016): ResNet-20 for CIFAR, and those for ImageNet with torchvision's tensor names.

use crate::models::image_network::plan::{Filters, Plan, Start};
use crate::nn::activation::Activation;
use crate::nn::convolution::Shape;

/// PyTorch's defaults.
const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// ResNet-20: three groups of three blocks, 16, 32 and 64 channels; 0.27 million parameters.
pub fn cifar(input: Shape, classes: usize) -> Plan {
    let mut plan = Plan::new(input, classes, Start::Normal);
    plan.block("conv1");
    let mut x = plan.convolution("conv1", 0, Filters::new(16, 3));
    x = plan.batch_norm("bn1", x, EPSILON, MOMENTUM);
    x = plan.activation(x, Activation::Relu);
    groups(&mut plan, x, &[(16, 3), (32, 3), (64, 3)])
}

/// ResNet-18 or -34, by the number of blocks in the four groups.
pub fn imagenet(input: Shape, classes: usize, blocks: [usize; 4]) -> Plan {
    let mut plan = Plan::new(input, classes, Start::Normal);
    plan.block("conv1");
    let mut x = plan.convolution("conv1", 0, Filters { stride: 2, ..Filters::new(64, 7) });
    x = plan.batch_norm("bn1", x, EPSILON, MOMENTUM);
    x = plan.activation(x, Activation::Relu);
    x = plan.max_pool(x, 3, 2, 2);
    let channels = [64, 128, 256, 512];
    let groups_of: Vec<(usize, usize)> = channels.into_iter().zip(blocks).collect();
    groups(&mut plan, x, &groups_of)
}

/// The groups and the linear layer. Each group except the first begins with a stride of 2.
fn groups(plan: &mut Plan, mut x: usize, groups: &[(usize, usize)]) -> Plan {
    for (group, &(channels, blocks)) in groups.iter().enumerate() {
        for block in 0..blocks {
            let name = format!("layer{}.{block}", group + 1);
            plan.block(&name);
            let stride = if group > 0 && block == 0 { 2 } else { 1 };
            x = basic_block(plan, &name, x, channels, stride);
        }
    }
    plan.block("fc");
    x = plan.global_average(x);
    plan.dense("fc", x, plan.classes);
    plan.clone()
}

fn basic_block(plan: &mut Plan, name: &str, x: usize, channels: usize, stride: usize) -> usize {
    let shape = plan.shape(x);
    // `padding` is the total. With a stride of 2 and an even length, the last padded pixel is not read, as in
    // PyTorch.
    let mut y =
        plan.convolution(&format!("{name}.conv1"), x, Filters { stride, ..Filters::new(channels, 3) });
    y = plan.batch_norm(&format!("{name}.bn1"), y, EPSILON, MOMENTUM);
    y = plan.activation(y, Activation::Relu);
    y = plan.convolution(&format!("{name}.conv2"), y, Filters::new(channels, 3));
    y = plan.batch_norm(&format!("{name}.bn2"), y, EPSILON, MOMENTUM);
    let mut past = x;
    if stride > 1 || shape.channels != channels {
        let down = format!("{name}.downsample");
        past = plan.convolution(&format!("{down}.0"), x, Filters { stride, ..Filters::new(channels, 1) });
        past = plan.batch_norm(&format!("{down}.1"), past, EPSILON, MOMENTUM);
    }
    let sum = plan.add(y, past);
    plan.activation(sum, Activation::Relu)
}
