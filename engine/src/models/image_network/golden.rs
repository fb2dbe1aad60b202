//! Whole networks against their public definitions: torchvision 0.29's, and for EfficientNet-Lite the package
//! `efficientnet-lite-pytorch` 0.1.0, which its published weights are for. The weights are made by a formula. The logits
//! are what this prints, under PyTorch 2.15:
//!
//! ```python
//! import numpy as np, torch, torchvision
//! from efficientnet_lite_pytorch import EfficientNet
//!
//! def numbers(n, k):  # numbers from -1 to 1 that both sides can make: splitmix64 of their places
//!     x = (np.uint64(k) << np.uint64(32)) + np.arange(n, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
//!     x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
//!     x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
//!     x = x ^ (x >> np.uint64(31))
//!     return torch.from_numpy((x >> np.uint64(40)).astype(np.float64) / 2**23 - 1).float()
//!
//! lite = EfficientNet.from_name("efficientnet-lite0", num_classes=10, image_size=64)
//! models = {n: getattr(torchvision.models, n)(num_classes=10) for n in
//!           ["resnet18", "resnet34", "squeezenet1_0", "squeezenet1_1", "mobilenet_v2"]} | {"efficientnet_lite0": lite}
//! for name, model in models.items():
//!     for k, p in enumerate(model.parameters()):
//!         wide = (6 / p[0].numel()) ** 0.5 if p.dim() > 1 else 0.1
//!         p.data = (wide * numbers(p.numel(), k)).view_as(p)
//!     for k, layer in enumerate(m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)):
//!         layer.weight.data += 1
//!         layer.running_mean = 0.1 * numbers(layer.num_features, 1000 + k)
//!         layer.running_var = 1 + 0.5 * numbers(layer.num_features, 2000 + k)
//!     image = numbers(64 * 64 * 3, 3000).view(1, 64, 64, 3).permute(0, 3, 1, 2)
//!     print(name, [float(f"{x:.7g}") for x in model.eval()(image)[0].tolist()])
//! ```

use std::sync::Arc;

use crate::nn::convolution::Shape;
use crate::session::architecture::Architecture::{self, *};

use super::{ImageNetwork, Workspace, architectures};

const GOLDEN: [(Architecture, [f64; 10]); 6] = [
    (
        ResNet18,
        [
            -1.138077, -2.881453, -43.51652, -34.74862, 34.08644, -31.34646, 15.93163, 21.99479, -3.546774,
            21.64443,
        ],
    ),
    (
        ResNet34,
        [
            -261.4555, -290.5825, -297.5157, -672.7018, 536.6503, -265.2342, 303.2923, 284.8585, 284.0739,
            -125.7516,
        ],
    ),
    (
        SqueezeNet10,
        [0.702875, 0.1800551, 0.6974782, 0.1160069, 0.01339793, 0.04413487, 0.0, 0.04011529, 0.2171963, 0.0],
    ),
    (SqueezeNet11, [0.5111212, 0.2684225, 0.8972488, 0.0, 0.003559748, 0.0, 0.0, 0.0644303, 0.3304486, 0.0]),
    (
        MobileNetV2,
        [
            1.777124, 0.1174205, -1.24915, -2.804992, 5.438616, -2.242727, 1.646755, 0.1915311, -6.926289,
            -4.035571,
        ],
    ),
    (
        EfficientNetLite0,
        [
            -1.946291, -4.531982, 1.13359, -0.1155777, 0.9938378, 1.889566, -2.332979, -1.975079, -3.487274,
            1.760894,
        ],
    ),
];

/// Numbers from -1 to 1 that both sides can make.
fn numbers(n: usize, k: usize) -> impl Iterator<Item = f32> {
    (0..n).map(move |place| {
        let mut x = (((k as u64) << 32) + place as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        ((x >> 40) as f64 / f64::from(1 << 23) - 1.0) as f32
    })
}

#[test]
fn networks_are_those_of_their_public_definitions() {
    for (architecture, expected) in GOLDEN {
        let input = Shape { height: 64, width: 64, channels: 3 };
        let plan = Arc::new(architectures::plan(architecture, input, 10));
        let mut network = ImageNetwork::<f32>::new(plan.clone(), 1);
        for (k, block) in plan.parameters.iter().enumerate() {
            let (matrix, weight) = (block.shape.len() > 1, block.name.ends_with("weight"));
            let wide =
                if matrix { (6.0 / block.shape[1..].iter().product::<usize>() as f64).sqrt() } else { 0.1 };
            let near = if weight && !matrix { 1.0 } else { 0.0 };
            let own = &mut network.parameters[block.range.clone()];
            for (own, number) in own.iter_mut().zip(numbers(block.range.len(), k)) {
                *own = near + wide as f32 * number;
            }
        }
        for (place, block) in plan.statistics.iter().enumerate() {
            // Mean and variance of each normalisation.
            let (near, wide, k) = [(0.0, 0.1, 1_000), (1.0, 0.5, 2_000)][place % 2];
            let own = &mut network.statistics[block.range.clone()];
            for (own, number) in own.iter_mut().zip(numbers(block.range.len(), k + place / 2)) {
                *own = near + wide * number;
            }
        }
        let image: Vec<f32> = numbers(input.size(), 3_000).collect();
        let nodes = 0..network.nodes();
        let ready = network.ready(nodes.clone());
        let mut workspace = Workspace::default();
        let logits = network.answer(&ready, nodes, &image, 1, &mut workspace);
        let largest = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for (class, (&logit, expected)) in logits.iter().zip(expected).enumerate() {
            let off = (f64::from(logit) - expected).abs() / largest;
            assert!(off < 2e-5, "{}: logit {class} is {logit}, not {expected}", architecture.name());
        }
    }
}
