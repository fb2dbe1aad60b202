//! Filters over words against PyTorch 2.15: features and gradients over texts of mixed lengths, some shorter than the widest
//! filter, to 1e-5 in f32, at every dispatch level. `text_convolution.ron` is what this prints:
//!
//! ```python
//! import torch, torch.nn as nn, torch.nn.functional as F
//!
//! def wave(n, k):  # numbers that both sides can make
//!     return torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + k).float()
//!
//! D, filters, widths, lengths = 3, 18, [3, 1, 5], [7, 2, 0, 1, 4]
//! convs = nn.ModuleList(nn.Conv1d(D, filters, w) for w in widths)
//! for k, conv in enumerate(convs):
//!     conv.weight.data = wave(conv.weight.numel(), k).view_as(conv.weight)
//!     conv.bias.data = wave(filters, k + 3)
//! x = wave(sum(lengths) * D, 50).view(-1, D).requires_grad_()
//! rows = []
//! for text in torch.split(x, lengths):
//!     text = F.pad(text, (0, 0, 0, max(0, max(widths) - len(text)))).T[None]
//!     rows.append(torch.cat([F.relu(conv(text)).amax(2) for conv in convs], 1))
//! features = torch.cat(rows)
//! (features * wave(features.numel(), 60).view_as(features)).sum().backward()
//! results = {"features": features, "d_x": x.grad}
//! results |= {"d_" + n: p.grad for n, p in convs.named_parameters()}
//! print("{")
//! for key, value in results.items():
//!     print(f'    "{key}": [')
//!     rows = value.detach().reshape(-1).tolist()
//!     for at in range(0, len(rows), 8):
//!         print("        " + " ".join(f"{v:.8g}," for v in rows[at:at + 8]))
//!     print("    ],")
//! print("}")
//! ```

use std::collections::HashMap;

use crate::kernel::Level;
use crate::nn::recurrent::Input;
use crate::nn::text_convolution::{Tape, TextConvolution};
use crate::session::convolution::Widths;

use super::{near, wave};

const D: usize = 3;
const FILTERS: usize = 18;
const WIDTHS: [usize; 3] = [3, 1, 5];
const LENGTHS: [usize; 5] = [7, 2, 0, 1, 4];

/// Reorders PyTorch's `(filters, D, w)` to `(w, filters, D)`.
fn turned(weight: &[f32], width: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for k in 0..width {
        out.extend((0..FILTERS * D).map(|place| weight[place * width + k]));
    }
    out
}

#[test]
fn features_and_gradients_are_those_of_pytorch() {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("text_convolution.ron")).unwrap();
    let widths = Widths::try_from(WIDTHS.to_vec()).unwrap();
    let layer = TextConvolution { input: D, widths, filters: FILTERS };
    let weight = |(k, width)| turned(&wave(FILTERS * D * width, k), width);
    let mut weights: Vec<f32> = WIDTHS.into_iter().enumerate().flat_map(weight).collect();
    weights.extend((0..3).flat_map(|k| wave(FILTERS, k + 3)));
    let count: usize = LENGTHS.iter().sum();
    let rows: Vec<u32> = (0..count as u32).collect();
    let x = wave(count * D, 50);
    let input = Input { x: &x, rows: &rows, known: None, start: None };
    for level in Level::all() {
        level.force(|| {
            let mut tape = Tape::default();
            let mut features = vec![f32::NAN; LENGTHS.len() * layer.features()];
            layer.forward(&weights, LENGTHS.into_iter(), input, &mut tape, &mut features);
            near(&format!("{level:?} features"), &features, &golden["features"]);
            let (slopes, mut gradient) = (wave(features.len(), 60), vec![0.0; weights.len()]);
            let mut d_x = vec![0.0; x.len()];
            let lengths = LENGTHS.into_iter();
            layer.backward(&weights, lengths, input, &tape, &slopes, &mut gradient, Some(&mut d_x));
            near(&format!("{level:?} d_x"), &d_x, &golden["d_x"]);
            let mut rest = &gradient[..];
            for (name, shape) in layer.tensors() {
                let (got, others) = rest.split_at(shape.iter().product());
                rest = others;
                let want = &golden[&format!("d_{name}")];
                let want = if shape.len() == 3 { turned(want, shape[0]) } else { want.clone() };
                near(&format!("{level:?} d_{name}"), got, &want);
            }
        });
    }
}
