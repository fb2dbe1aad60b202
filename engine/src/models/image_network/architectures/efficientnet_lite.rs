//! EfficientNet-Lite (Tan & Le 2019, without squeeze-and-excitation and with ReLU6), with the tensor names of the
//! PyTorch port of its weights, and TensorFlow's padding.

use crate::models::image_network::plan::{Filters, Plan, Start};
use crate::nn::activation::Activation;
use crate::nn::convolution::Shape;

/// TensorFlow's values.
const EPSILON: f64 = 1e-3;
const MOMENTUM: f64 = 0.01;

/// Number of blocks, filter size, stride, expansion and channels of each group of the smallest network.
const GROUPS: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];

/// A network that is `width` times as wide and `depth` times as deep as the smallest one.
pub fn plan(input: Shape, classes: usize, width: f64, depth: f64, dropout: f32) -> Plan {
    let mut plan = Plan::new(input, classes, Start::Normal);
    plan.block("_conv_stem");
    // The stem and the head keep their width.
    let mut x = convolution(&mut plan, "_conv_stem", 0, Filters { stride: 2, ..Filters::new(32, 3) });
    x = norm(&mut plan, "_bn0", x, true);
    let mut number = 0;
    for (group, (blocks, size, stride, expansion, channels)) in GROUPS.into_iter().enumerate() {
        let ends = group == 0 || group + 1 == GROUPS.len();
        // The first and the last group keep their depth.
        let blocks = if ends { blocks } else { (depth * blocks as f64).ceil() as usize };
        for block in 0..blocks {
            let name = format!("_blocks.{number}");
            plan.block(&name);
            let stride = if block == 0 { stride } else { 1 };
            x = inverted(&mut plan, &name, x, expansion, rounded(channels, width), size, stride);
            number += 1;
        }
    }
    plan.block("_conv_head");
    x = convolution(&mut plan, "_conv_head", x, Filters::new(1280, 1));
    x = norm(&mut plan, "_bn1", x, true);
    plan.block("_fc");
    x = plan.global_average(x);
    x = plan.dropout(x, dropout);
    plan.dense("_fc", x, classes);
    plan
}

/// A multiple of 8 near `channels * width`, at most a tenth below it.
fn rounded(channels: usize, width: f64) -> usize {
    let wanted = channels as f64 * width;
    let near = ((wanted + 4.0) as usize / 8 * 8).max(8);
    if (near as f64) < 0.9 * wanted { near + 8 } else { near }
}

/// A convolution padded so that the output has 1 / stride of the input size, rounded up ("same").
fn convolution(plan: &mut Plan, name: &str, x: usize, filters: Filters) -> usize {
    let length = plan.shape(x).height;
    let places = length.div_ceil(filters.stride);
    let padding = ((places - 1) * filters.stride + filters.size).saturating_sub(length);
    plan.convolution(name, x, Filters { padding, ..filters })
}

fn norm(plan: &mut Plan, name: &str, x: usize, active: bool) -> usize {
    let y = plan.batch_norm(name, x, EPSILON, MOMENTUM);
    if active { plan.activation(y, Activation::Relu6) } else { y }
}

fn inverted(
    plan: &mut Plan,
    name: &str,
    x: usize,
    expansion: usize,
    channels: usize,
    size: usize,
    stride: usize,
) -> usize {
    let before = plan.shape(x).channels;
    let hidden = before * expansion;
    let mut y = x;
    if expansion > 1 {
        y = convolution(plan, &format!("{name}._expand_conv"), y, Filters::new(hidden, 1));
        y = norm(plan, &format!("{name}._bn0"), y, true);
    }
    let filters = Filters { stride, groups: hidden, ..Filters::new(hidden, size) };
    y = convolution(plan, &format!("{name}._depthwise_conv"), y, filters);
    y = norm(plan, &format!("{name}._bn1"), y, true);
    y = convolution(plan, &format!("{name}._project_conv"), y, Filters::new(channels, 1));
    y = norm(plan, &format!("{name}._bn2"), y, false);
    if stride == 1 && before == channels { plan.add(y, x) } else { y }
}
