//! Poolings and batch normalisation against PyTorch 2.15, at every dispatch level: results, gradients, and where the
//! running statistics go. `images.ron` is what this prints:
//!
//! ```python
//! import torch, torch.nn as nn
//!
//! def wave(n, k):  # numbers that both sides can make
//!     return torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + k).float()
//!
//! print("{")
//! for name, layer in {
//!     "max": nn.MaxPool2d(3, 2, 1), "max.ceil": nn.MaxPool2d(3, 2, ceil_mode=True),
//!     "average": nn.AvgPool2d(2), "average.overlapping": nn.AvgPool2d(3, 2, 1), "average.same": nn.AvgPool2d(3, 1, 1),
//!     "average.global": nn.AdaptiveAvgPool2d(1), "norm": nn.BatchNorm2d(2),
//! }.items():
//!     for k, p in enumerate(layer.parameters()):
//!         p.data = wave(p.numel(), k).view_as(p)
//!     x = wave(2 * 5 * 4 * 2, 50).view(2, 5, 4, 2).requires_grad_()
//!     y = layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
//!     (y * wave(y.numel(), 60).view(y.shape)).sum().backward()
//!     results = {"y": y, "d_x": x.grad} | {"d_" + n: p.grad for n, p in layer.named_parameters()}
//!     results |= {n: b for n, b in layer.named_buffers() if b.is_floating_point()}
//!     for key, value in results.items():
//!         print(f'    "{name}.{key}": [')
//!         rows = value.detach().reshape(-1).tolist()
//!         for at in range(0, len(rows), 8):
//!             print("        " + " ".join(f"{v:.8g}," for v in rows[at:at + 8]))
//!         print("    ],")
//! print("}")
//! ```

use std::collections::HashMap;

use crate::kernel::Level;
use crate::nn::batch_norm::{BatchNorm, Moments};
use crate::nn::convolution::{Shape, Window};
use crate::nn::image_pooling::{AveragePool, MaxPool, global_average, global_average_backward};

use super::{near, wave};

const FROM: Shape = Shape { height: 5, width: 4, channels: 2 };

/// Checks that a layer gives PyTorch's results. `layer` is a function of `x` and `dy` that writes `y` and `dx`.
#[track_caller]
fn check(name: &str, layer: impl Fn(&[f32], &[f32], &mut [f32], &mut [f32])) {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("images.ron")).unwrap();
    let at = |key: &str| &golden[&format!("{name}.{key}")];
    for level in Level::all() {
        level.force(|| {
            let (x, dy) = (wave(2 * FROM.size(), 50), wave(at("y").len(), 60));
            let (mut y, mut dx) = (vec![9.0; dy.len()], vec![9.0; x.len()]);
            layer(&x, &dy, &mut y, &mut dx);
            near(&format!("{level:?} {name} y"), &y, at("y"));
            near(&format!("{level:?} {name} d_x"), &dx, at("d_x"));
        });
    }
}

#[test]
fn poolings_are_those_of_pytorch() {
    for (name, size, before, [height, width]) in [("max", 3, 1, [3, 2]), ("max.ceil", 3, 0, [2, 2])] {
        let window = Window { size, stride: 2, before };
        let layer = MaxPool { from: FROM, to: Shape { height, width, ..FROM }, window };
        check(name, |x, dy, y, dx| {
            let mut best = vec![0; y.len()];
            layer.forward(x, y, &mut best);
            layer.backward(&best, dy, dx);
        });
    }
    for (name, size, stride, before, [height, width]) in [
        ("average", 2, 2, 0, [2, 2]),
        ("average.overlapping", 3, 2, 1, [3, 2]),
        ("average.same", 3, 1, 1, [5, 4]),
    ] {
        let window = Window { size, stride, before };
        let layer = AveragePool { from: FROM, to: Shape { height, width, ..FROM }, window };
        check(name, |x, dy, y, dx| {
            layer.forward(x, y);
            layer.backward(dy, dx);
        });
    }
    check("average.global", |x, dy, y, dx| {
        global_average(FROM, x, y);
        global_average_backward(FROM, dy, dx);
    });
}

#[test]
fn batch_normalisation_is_that_of_pytorch() {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("images.ron")).unwrap();
    let layer = BatchNorm { channels: 2, epsilon: 1e-5, momentum: 0.1 };
    let weights = [wave(2, 0), wave(2, 1)].concat();
    check("norm", |x, dy, y, dx| {
        let (mut running, mut moments) = (vec![0.0, 0.0, 1.0, 1.0], Moments::default());
        layer.learn(&weights, &mut running, x, y, &mut moments);
        let mut gradient = vec![0.0; 4];
        layer.backward(&weights, &moments, x, dy, dx, &mut gradient);
        for (key, got) in [
            ("d_weight", &gradient[..2]),
            ("d_bias", &gradient[2..]),
            ("running_mean", &running[..2]),
            ("running_var", &running[2..]),
        ] {
            near(&format!("norm {key}"), got, &golden[&format!("norm.{key}")]);
        }
    });
}
