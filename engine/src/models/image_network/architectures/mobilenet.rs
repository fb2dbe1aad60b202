//! MobileNetV2 (Sandler et al. 2018), with torchvision's tensor names.

use crate::models::image_network::plan::{Filters, Plan, Start};
use crate::nn::activation::Activation;
use crate::nn::convolution::Shape;

/// PyTorch's defaults.
const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Expansion, channels, number of blocks and stride of each group.
const GROUPS: [(usize, usize, usize, usize); 7] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
];

/// 3.5 million parameters for 1,000 classes.
pub fn plan(input: Shape, classes: usize) -> Plan {
    let mut plan = Plan::new(input, classes, Start::Normal);
    plan.block("features.0");
    let mut x = normal(&mut plan, "features.0", 0, 0, Filters { stride: 2, ..Filters::new(32, 3) });
    let mut number = 1;
    for (expansion, channels, blocks, stride) in GROUPS {
        for block in 0..blocks {
            let name = format!("features.{number}");
            plan.block(&name);
            x = inverted(&mut plan, &name, x, expansion, channels, if block == 0 { stride } else { 1 });
            number += 1;
        }
    }
    let name = format!("features.{number}");
    plan.block(&name);
    x = normal(&mut plan, &name, 0, x, Filters::new(1280, 1));
    plan.block("classifier");
    x = plan.global_average(x);
    x = plan.dropout(x, 0.2);
    plan.dense("classifier.1", x, classes);
    plan
}

/// Convolution number `at` of the sequence `name`, its batch normalisation, and the activation.
fn normal(plan: &mut Plan, name: &str, at: usize, x: usize, filters: Filters) -> usize {
    let y = plan.convolution(&format!("{name}.{at}"), x, filters);
    let y = plan.batch_norm(&format!("{name}.{}", at + 1), y, EPSILON, MOMENTUM);
    plan.activation(y, Activation::Relu6)
}

fn inverted(
    plan: &mut Plan,
    name: &str,
    x: usize,
    expansion: usize,
    channels: usize,
    stride: usize,
) -> usize {
    let before = plan.shape(x).channels;
    let hidden = before * expansion;
    let (mut y, mut part) = (x, 0);
    if expansion > 1 {
        y = normal(plan, &format!("{name}.conv.0"), 0, y, Filters::new(hidden, 1));
        part = 1;
    }
    let depthwise = Filters { stride, groups: hidden, ..Filters::new(hidden, 3) };
    y = normal(plan, &format!("{name}.conv.{part}"), 0, y, depthwise);
    y = plan.convolution(&format!("{name}.conv.{}", part + 1), y, Filters::new(channels, 1));
    y = plan.batch_norm(&format!("{name}.conv.{}", part + 2), y, EPSILON, MOMENTUM);
    if stride == 1 && before == channels { plan.add(x, y) } else { y }
}
