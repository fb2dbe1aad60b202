//! SqueezeNet 1.0 and 1.1 (Iandola et al. 2016), with torchvision's tensor names.

use crate::models::image_network::plan::{Filters, Plan, Start};
use crate::nn::activation::Activation;
use crate::nn::convolution::Shape;

/// A stage: a pooling, or a fire module with the number of channels it squeezes to and expands to (twice).
enum Stage {
    Pool,
    Fire(usize, usize),
}
use Stage::{Fire, Pool};

/// SqueezeNet 1.0.
pub fn version_1_0(input: Shape, classes: usize) -> Plan {
    let first = Filters { stride: 2, padding: 0, bias: true, ..Filters::new(96, 7) };
    let stages = [
        Pool,
        Fire(16, 64),
        Fire(16, 64),
        Fire(32, 128),
        Pool,
        Fire(32, 128),
        Fire(48, 192),
        Fire(48, 192),
        Fire(64, 256),
        Pool,
        Fire(64, 256),
    ];
    network(input, classes, first, &stages)
}

/// SqueezeNet 1.1: as accurate, with 2.4 times fewer operations.
pub fn version_1_1(input: Shape, classes: usize) -> Plan {
    let first = Filters { stride: 2, padding: 0, bias: true, ..Filters::new(64, 3) };
    let stages = [
        Pool,
        Fire(16, 64),
        Fire(16, 64),
        Pool,
        Fire(32, 128),
        Fire(32, 128),
        Pool,
        Fire(48, 192),
        Fire(48, 192),
        Fire(64, 256),
        Fire(64, 256),
    ];
    network(input, classes, first, &stages)
}

fn network(input: Shape, classes: usize, first: Filters, stages: &[Stage]) -> Plan {
    let mut plan = Plan::new(input, classes, Start::Even);
    plan.block("features.0");
    let mut x = plan.convolution("features.0", 0, first);
    x = plan.activation(x, Activation::Relu);
    // The numbers begin after the first convolution and its activation.
    for (number, stage) in (2..).zip(stages) {
        match stage {
            Pool => {
                // As with torchvision's `ceil_mode`, the last window may reach beyond the edge if it begins inside.
                let ceil = |length: usize| length.saturating_sub(3) % 2;
                let shape = plan.shape(x);
                let padding = ceil(shape.height).max(ceil(shape.width));
                x = plan.max_pool(x, 3, 2, padding);
            }
            Fire(squeezed, expanded) => {
                let name = format!("features.{number}");
                plan.block(&name);
                let filters = |plan: &mut Plan, x, part: &str, channels, size| {
                    let filters = Filters { bias: true, ..Filters::new(channels, size) };
                    let y = plan.convolution(&format!("{name}.{part}"), x, filters);
                    plan.activation(y, Activation::Relu)
                };
                let squeeze = filters(&mut plan, x, "squeeze", *squeezed, 1);
                let one = filters(&mut plan, squeeze, "expand1x1", *expanded, 1);
                let three = filters(&mut plan, squeeze, "expand3x3", *expanded, 3);
                x = plan.concat(vec![one, three]);
            }
        }
    }
    plan.block("classifier");
    x = plan.dropout(x, 0.5);
    x = plan.convolution("classifier.1", x, Filters { bias: true, ..Filters::new(classes, 1) });
    x = plan.activation(x, Activation::Relu);
    plan.global_average(x);
    plan
}
