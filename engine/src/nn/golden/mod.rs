//! The recurrent layers against PyTorch 2.15: outputs and gradients of both directions over documents of mixed
//! lengths, to 1e-5 in f32, at every dispatch level. `pytorch.ron` is what this prints:
//!
//! ```python
//! import torch, torch.nn as nn
//! from torch.nn.utils.rnn import PackedSequence
//!
//! def wave(n, k):  # numbers that both sides can make
//!     return torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + k).float()
//!
//! D, H, sizes = 3, 4, torch.tensor([3, 2, 2, 1])
//! N = int(sizes.sum())
//! print("{")
//! for name in ["RNN", "LSTM", "GRU"]:
//!     layer = getattr(nn, name)(D, H, bidirectional=True)
//!     for k, p in enumerate(layer.parameters()):
//!         p.data = wave(p.numel(), k).view_as(p)
//!     x = wave(N * D, 50).view(N, D).requires_grad_()
//!     outputs = layer(PackedSequence(x, sizes))[0].data
//!     (outputs * wave(N * 2 * H, 60).view(N, 2 * H)).sum().backward()
//!     results = {"outputs": outputs, "d_x": x.grad}
//!     results |= {"d_" + n: p.grad for n, p in layer.named_parameters()}
//!     for key, value in results.items():
//!         print(f'    "{name.lower()}.{key}": [')
//!         for row in value.detach().reshape(-1, value.shape[-1]).tolist():
//!             print("        " + " ".join(f"{v:.8g}," for v in row))
//!         print("    ],")
//! print("}")
//! ```

mod images;
mod text_convolution;

use std::collections::HashMap;

use crate::kernel::Level;
use crate::nn::convolution::{Convolution, Scratch, Shape, Window};
use crate::nn::gru::Gru;
use crate::nn::lstm::Lstm;
use crate::nn::packed::Packed;
use crate::nn::recurrent::{Input, Keep, Recurrent, Tape};
use crate::nn::rnn::Rnn;

const D: usize = 3;
const H: usize = 4;
/// Documents of 4, 3 and 1 words.
const LENGTHS: [usize; 3] = [4, 3, 1];
const N: usize = 8;

/// Numbers that both sides can make.
fn wave(n: usize, k: usize) -> Vec<f32> {
    (0..n).map(|i| (i as f64 * 1.3 + k as f64).sin() as f32).collect()
}

fn layers() -> [(&'static str, usize, Recurrent); 3] {
    [
        ("rnn", 1, Recurrent::Rnn(Rnn { input: D, hidden: H })),
        ("lstm", 4, Recurrent::Lstm(Lstm { input: D, hidden: H })),
        ("gru", 3, Recurrent::Gru(Gru { input: D, hidden: H })),
    ]
}

/// PyTorch's two biases in the form of the layers here.
fn biases(name: &str, ih: &[f32], hh: &[f32]) -> Vec<f32> {
    let summed = if name == "gru" { 2 * H } else { ih.len() };
    let mut biases = ih.to_vec();
    for (bias, &other) in biases[..summed].iter_mut().zip(hh) {
        *bias += other;
    }
    biases.extend(&hh[summed..]);
    biases
}

/// The rows in the order of the other direction. Applied twice, it gives the original rows.
fn turned(batch: &Packed, rows: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows.len()];
    for (rank, _, length) in batch.ranks() {
        for step in 0..length {
            let (to, from) = (batch.row(length - 1 - step, rank), batch.row(step, rank));
            out[to * width..][..width].copy_from_slice(&rows[from * width..][..width]);
        }
    }
    out
}

#[track_caller]
fn near(what: &str, got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (place, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{what}[{place}]: {got}, not {want}");
    }
}

#[test]
fn outputs_and_gradients_are_those_of_pytorch() {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("pytorch.ron")).unwrap();
    let mut batch = Packed::default();
    batch.pack(LENGTHS.into_iter());
    for level in Level::all() {
        level.force(|| {
            for (name, gates, layer) in layers() {
                let at = |key: &str| &golden[&format!("{name}.{key}")];
                let mut d_x_sum = vec![0.0; N * D];
                for direction in 0..2 {
                    let suffix = ["_l0", "_l0_reverse"][direction];
                    let turn = |rows: &[f32], width| {
                        if direction == 0 { rows.to_vec() } else { turned(&batch, rows, width) }
                    };
                    let half = |rows: &[f32]| -> Vec<f32> {
                        rows.chunks(2 * H).flat_map(|row| &row[direction * H..][..H]).copied().collect()
                    };
                    let k = 4 * direction;
                    let biases_ = biases(name, &wave(gates * H, k + 2), &wave(gates * H, k + 3));
                    let weights = [wave(gates * H * D, k), wave(gates * H * H, k + 1), biases_].concat();
                    let x = turn(&wave(N * D, 50), D);
                    let mut tape = Tape::default();
                    let rows: Vec<u32> = (0..N as u32).collect();
                    let input = Input { x: &x, rows: &rows, known: None, start: None };
                    layer.forward(&weights, &batch, input, &mut tape, Keep::All);
                    let what = format!("{level:?} {name}{suffix}");
                    near(&what, &turn(&tape.hidden, H), &half(at("outputs")));

                    tape.d_hidden = turn(&half(&wave(N * 2 * H, 60)), H);
                    let (mut d_x, mut gradient) = (vec![0.0; N * D], vec![0.0; weights.len()]);
                    layer.backward(&weights, &batch, input, &mut tape, Some(&mut d_x), &mut gradient);
                    let d = |tensor| at(&format!("d_{tensor}{suffix}"));
                    let (d_ih, rest) = gradient.split_at(gates * H * D);
                    let (d_hh, d_biases) = rest.split_at(gates * H * H);
                    near(&format!("{what} d_weight_ih"), d_ih, d("weight_ih"));
                    near(&format!("{what} d_weight_hh"), d_hh, d("weight_hh"));
                    let mut want = d("bias_ih").clone();
                    if name == "gru" {
                        want.extend(&d("bias_hh")[2 * H..]);
                    }
                    near(&format!("{what} d_bias"), d_biases, &want);
                    for (sum, d_x) in d_x_sum.iter_mut().zip(turn(&d_x, D)) {
                        *sum += d_x;
                    }
                }
                near(&format!("{level:?} {name} d_x"), &d_x_sum, at("d_x"));
            }
        });
    }
}

/// `convolution.ron` is what this prints, under PyTorch 2.15:
///
/// ```python
/// import torch, torch.nn as nn
///
/// def wave(n, k):  # numbers that both sides can make
///     return torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + k).float()
///
/// print("{")
/// for name, (i, o, size, stride, padding, groups) in {
///     "plain": (2, 3, 3, 1, 1, 1), "grouped": (4, 6, 3, 2, 1, 2), "depthwise": (4, 4, 3, 2, 1, 4), "point": (3, 2, 1, 1, 0, 1),
/// }.items():
///     layer = nn.Conv2d(i, o, size, stride, padding, groups=groups)
///     for k, p in enumerate(layer.parameters()):
///         p.data = wave(p.numel(), k).view_as(p)
///     x = wave(2 * 5 * 4 * i, 50).view(2, 5, 4, i).requires_grad_()
///     y = layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
///     (y * wave(y.numel(), 60).view(y.shape)).sum().backward()
///     for key, value in {"y": y, "d_x": x.grad, "d_weight": layer.weight.grad, "d_bias": layer.bias.grad}.items():
///         print(f'    "{name}.{key}": [')
///         rows = value.detach().reshape(-1).tolist()
///         for at in range(0, len(rows), 8):
///             print("        " + " ".join(f"{v:.8g}," for v in rows[at:at + 8]))
///         print("    ],")
/// print("}")
/// ```
#[test]
fn convolutions_are_those_of_pytorch() {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("convolution.ron")).unwrap();
    for level in Level::all() {
        level.force(|| {
            for (name, [inputs, outputs, size, stride, padding, groups]) in [
                ("plain", [2, 3, 3, 1, 1, 1]),
                ("grouped", [4, 6, 3, 2, 1, 2]),
                ("depthwise", [4, 4, 3, 2, 1, 4]),
                ("point", [3, 2, 1, 1, 0, 1]),
            ] {
                let window = Window { size, stride, before: padding };
                let from = Shape { height: 5, width: 4, channels: inputs };
                let to = Shape {
                    height: window.places(5, 2 * padding),
                    width: window.places(4, 2 * padding),
                    channels: outputs,
                };
                let layer = Convolution { from, to, window, groups, bias: true };
                let at = |key: &str| &golden[&format!("{name}.{key}")];
                let numbers = outputs * inputs / groups * size * size;
                let weights = [wave(numbers, 0), wave(outputs, 1)].concat();
                let (x, dy) = (wave(2 * from.size(), 50), wave(2 * to.size(), 60));
                let (mut y, mut scratch) = (vec![0.0; dy.len()], Scratch::default());
                layer.forward(&weights, &x, &mut y, &mut scratch);
                near(&format!("{level:?} {name} y"), &y, at("y"));
                let (mut dx, mut gradient) = (vec![0.0; x.len()], vec![0.0; weights.len()]);
                layer.backward(&weights, &x, &dy, Some(&mut dx), &mut gradient, &mut scratch);
                near(&format!("{level:?} {name} d_x"), &dx, at("d_x"));
                near(&format!("{level:?} {name} d_weight"), &gradient[..numbers], at("d_weight"));
                near(&format!("{level:?} {name} d_bias"), &gradient[numbers..], at("d_bias"));
            }
        });
    }
}
