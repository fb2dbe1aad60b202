//! Gradients against finite differences with all kinds of dropout, loss and gradients against PyTorch, and equal bits
//! on any number of threads.
//!
//! `pytorch.ron` is what this prints, with PyTorch 2.x:
//!
//! ```python
//! import torch, torch.nn as nn, torch.nn.functional as F
//!
//! def wave(n, k):  # numbers that both sides can make
//!     return (0.5 * torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + k)).float()
//!
//! V, D, H, S, T = 11, 3, 4, 3, 5
//! words = (torch.arange(S * T) * 7 + 2).view(S, T) % V
//! targets = (torch.arange(S * T) * 5 + 1).view(S, T) % V
//! print("{")
//! for name, tied in [("LSTM", False), ("GRU", False), ("LSTM", True)]:
//!     top = D if tied else H
//!     layers = [getattr(nn, name)(D, H, batch_first=True), getattr(nn, name)(H, top, batch_first=True)]
//!     E, W, b = (wave(n, k).requires_grad_() for n, k in [(V * D, 30), (V * top, 31), (V, 32)])
//!     k = 0
//!     for layer in layers:
//!         for p in layer.parameters():
//!             p.data = wave(p.numel(), k).view_as(p)
//!             k += 1
//!     W = E if tied else W
//!     states, total = [None, None], 0
//!     for _ in range(2):  # the second batch goes on from the states of the first
//!         for p in [E, W, b, *(p for layer in layers for p in layer.parameters())]:
//!             p.grad = None
//!         x = F.embedding(words, E.view(V, D))
//!         for i, layer in enumerate(layers):
//!             x, state = layer(x, states[i])
//!             states[i] = tuple(s.detach() for s in state) if name == "LSTM" else state.detach()
//!         logits = x @ W.view(V, top).T + b
//!         loss = F.cross_entropy(logits.reshape(S * T, V), targets.reshape(-1))
//!         loss.backward()
//!     results = {"loss": loss, "d_embedding": E.grad, "d_bias": b.grad}
//!     results |= {} if tied else {"d_output": W.grad}
//!     results |= {f"d_{i}.{n}": p.grad for i, layer in enumerate(layers) for n, p in layer.named_parameters()}
//!     for key, value in results.items():
//!         numbers = " ".join(f"{v:.8g}," for v in value.detach().reshape(-1).tolist())
//!         print(f'    "{name.lower()}{".tied" if tied else ""}.{key}": [{numbers}],')
//! print("}")
//! ```

use std::collections::HashMap;

use crate::nn::adaptive_softmax::Cuts;
use crate::nn::gradient_check;
use crate::nn::optimizer::Algorithm;
use crate::nn::recurrent::Recurrent;
use crate::rng::Moment;
use crate::session::language_model::{Cell, Dropouts};

use super::*;

fn shape(cell: Cell, layers: usize, tied: bool) -> Shape {
    Shape { words: 11, dim: 3, hidden: 4, layers, cell, tied, cuts: Cuts::default() }
}

fn texts(streams: usize, steps: usize) -> (Vec<u32>, Vec<u32>) {
    let n = (streams * steps) as u32;
    ((0..n).map(|i| (i * 7 + 2) % 11).collect(), (0..n).map(|i| (i * 5 + 1) % 11).collect())
}

/// All values of a gradient: the dense ones, then those of the word vectors.
fn flat<T: Real>(model: &LanguageModel<T>, gradient: &Gradient<T>) -> Vec<T> {
    let mut all = gradient.dense.clone();
    let start = all.len();
    all.resize(start + model.vectors.len(), T::zero());
    for (row, dx) in gradient.rows.iter() {
        all[start + row as usize * model.shape.dim..][..model.shape.dim].copy_from_slice(dx);
    }
    all
}

#[test]
fn gradients_agree_with_finite_differences_whatever_is_dropped() {
    let everything = Dropouts { embedding: 0.2, input: 0.3, hidden: 0.25, output: 0.4, weights: 0.3 };
    let (words, targets) = texts(9, 3);
    let batch = Batch { words: &words, targets: &targets, streams: 9 };
    for (cell, layers, tied, cuts) in [
        (Cell::Lstm, 1, false, &[][..]),
        (Cell::Lstm, 2, true, &[]),
        (Cell::Gru, 3, false, &[]),
        (Cell::Gru, 1, true, &[]),
        (Cell::Lstm, 1, false, &[3, 7]),
        (Cell::Gru, 1, true, &[4, 6]),
    ] {
        for dropout in [Dropouts::default(), Dropouts { input: 0.0, ..everything }, everything] {
            let shape = Shape { cuts: Cuts::new(cuts, 11), ..shape(cell, layers, tied) };
            let mut model = LanguageModel::<f64>::new(shape, 3);
            model.bias_mut().iter_mut().enumerate().for_each(|(i, b)| *b = 0.1 * i as f64);
            let chance = Chance { dropout, moment: Moment { seed: 5, step: 2, part: 0 } };
            let mut workspace = Workspace::default();
            // States that are not zero: the states after a batch.
            let mut start = model.states(9);
            model.loss(batch, &mut start, &mut workspace);
            let mut gradient = model.gradient();
            let mut states = start.clone();
            model.loss_and_gradient(batch, Some(&chance), &mut states, &mut gradient, &mut workspace);
            assert_ne!(states, start);
            let analytic = flat(&model, &gradient);
            let at = [&model.dense[..], &model.vectors[..]].concat();
            let mut at_point = model.clone();
            let error = gradient_check::worst(&at, &analytic, 1e-4, |point| {
                let (dense, vectors) = point.split_at(model.dense.len());
                at_point.dense.copy_from_slice(dense);
                at_point.vectors.copy_from_slice(vectors);
                let (mut states, mut gradient) = (start.clone(), model.gradient());
                let chance = Some(&chance);
                let loss =
                    at_point.loss_and_gradient(batch, chance, &mut states, &mut gradient, &mut workspace);
                loss / words.len() as f64
            });
            assert!(error < 1e-6, "{cell:?} {layers} {tied} {cuts:?} {dropout:?}: {error:e}");
        }
    }
}

/// Values that both sides can compute.
fn wave(n: usize, k: usize) -> Vec<f32> {
    (0..n).map(|i| (0.5 * (i as f64 * 1.3 + k as f64).sin()) as f32).collect()
}

/// PyTorch's two biases in the form of the layers here.
fn biases(layer: &Recurrent, ih: &[f32], hh: &[f32]) -> Vec<f32> {
    let summed = layer.doubled_biases(".bias");
    let summed_biases = ih.iter().zip(hh).map(|(a, b)| a + b);
    summed_biases
        .take(summed)
        .chain(ih[summed..].iter().copied())
        .chain(hh[summed..].iter().copied())
        .collect()
}

#[track_caller]
fn near(what: &str, got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (place, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{what}[{place}]: {got}, not {want}");
    }
}

#[test]
fn loss_and_gradients_are_those_of_pytorch() {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("pytorch.ron")).unwrap();
    let (words, targets) = texts(3, 5);
    let batch = Batch { words: &words, targets: &targets, streams: 3 };
    for (name, cell, tied) in
        [("lstm", Cell::Lstm, false), ("gru", Cell::Gru, false), ("lstm.tied", Cell::Lstm, true)]
    {
        let mut model = LanguageModel::<f32>::new(shape(cell, 2, tied), 1);
        let gates = if cell == Cell::Gru { 3 } else { 4 };
        let mut k = 0;
        for place in 0..2 {
            let layer = model.layers[place];
            let (d, h) = (layer.input(), layer.hidden());
            let mut next = |n| {
                k += 1;
                wave(n, k - 1)
            };
            let (ih, hh) = (next(gates * h * d), next(gates * h * h));
            let biases = biases(&layer, &next(gates * h), &next(gates * h));
            model.dense[model.ranges[place].clone()].copy_from_slice(&[ih, hh, biases].concat());
        }
        let output = wave(model.output.len(), if tied { 30 } else { 31 });
        model.dense[model.output.clone()].copy_from_slice(&output);
        model.bias_mut().copy_from_slice(&wave(11, 32));
        model.vectors_mut().copy_from_slice(&wave(33, 30));
        let (mut states, mut gradient) = (model.states(3), model.gradient());
        let mut workspace = Workspace::default();
        let mut loss = 0.0;
        for _ in 0..2 {
            loss = model.loss_and_gradient(batch, None, &mut states, &mut gradient, &mut workspace);
        }
        let at = |key: &str| &golden[&format!("{name}.{key}")][..];
        near(name, &[(loss / 15.0) as f32], at("loss"));
        let all = flat(&model, &gradient);
        near("bias", &all[model.bias.clone()], at("d_bias"));
        let output = &all[model.output.clone()];
        if tied {
            near("embedding", output, at("d_embedding"));
        } else {
            near("output", output, at("d_output"));
            near("embedding", &all[model.dense.len()..], at("d_embedding"));
        }
        for place in 0..2 {
            let of = |tensor: &str| at(&format!("d_{place}.{tensor}_l0"));
            // Each of PyTorch's two biases has the gradient of their sum.
            let (ih, hh) = (of("bias_ih"), of("bias_hh"));
            let extra = if cell == Cell::Gru { &hh[2 * hh.len() / 3..] } else { &[] };
            let want = [of("weight_ih"), of("weight_hh"), ih, extra].concat();
            near(&format!("{name} layer {place}"), &all[model.ranges[place].clone()], &want);
        }
    }
}

#[test]
fn threads_change_no_bits_and_a_model_is_saved_whole() {
    for (tied, cuts) in [(false, &[][..]), (false, &[40, 120]), (true, &[40, 120])] {
        check_threads_and_tensors(tied, cuts);
    }
}

fn check_threads_and_tensors(tied: bool, cuts: &[usize]) {
    let cuts = Cuts::new(cuts, 300);
    let shape = Shape { words: 300, dim: 8, hidden: 12, layers: 2, cell: Cell::Lstm, tied, cuts };
    let dropout = Dropouts { embedding: 0.1, input: 0.2, hidden: 0.2, output: 0.2, weights: 0.2 };
    let (streams, steps) = (40, 6);
    let words: Vec<u32> = (0..streams * steps).map(|i| (i * i % 300) as u32).collect();
    let targets: Vec<u32> = words.iter().map(|word| (word * 7 + 1) % 300).collect();
    let batch = Batch { words: &words, targets: &targets, streams };
    let train = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut model = LanguageModel::<f32>::new(shape, 1);
        let mut optimizer = model.optimizer(Algorithm::Adam { decay: 0.0 });
        let (mut states, mut gradient) = (model.states(streams), model.gradient());
        let mut workspace = Workspace::default();
        let mut losses = Vec::new();
        pool.install(|| {
            for step in 0..4 {
                let chance = Chance { dropout, moment: Moment { seed: 1, step, part: 0 } };
                model.prepare(&mut optimizer, &words);
                let chance = Some(&chance);
                losses.push(model.loss_and_gradient(
                    batch,
                    chance,
                    &mut states,
                    &mut gradient,
                    &mut workspace,
                ));
                gradient.clip(1.0);
                model.step(&mut optimizer, &gradient, 0.01);
            }
        });
        model.settle(&mut optimizer);
        (losses, states, model)
    };
    let (losses, states, model) = train(1);
    assert!(losses[3] < losses[0], "{losses:?}");
    for threads in [2, 4] {
        let other = train(threads);
        assert!((&losses, &states) == (&other.0, &other.1), "{threads} threads");
        assert!(model.tensors() == other.2.tensors(), "{threads} threads");
    }
    let mut again = LanguageModel::<f32>::new(shape, 2);
    let tensors = model.tensors();
    again.load(|name| tensors.iter().find(|t| t.name == name).map(|t| t.values)).unwrap();
    assert!(again.tensors() == tensors);
    // Reading word by word gives the same loss as reading all words at once.
    let (mut one, mut logits) = (model.states(1), vec![0.0; 300]);
    let (mut workspace, mut sum) = (Workspace::default(), 0.0);
    for (&word, &target) in words[..steps].iter().zip(&targets) {
        model.next(word, &mut one, &mut workspace, &mut logits);
        crate::nn::cross_entropy::softmax(&mut logits, 300);
        sum -= f64::from(logits[target as usize]).ln();
    }
    let stream = Batch { words: &words[..steps], targets: &targets[..steps], streams: 1 };
    let mut states = model.states(1);
    assert!((model.loss(stream, &mut states, &mut workspace) - sum).abs() < 1e-4);
    assert!(
        states
            .layers
            .iter()
            .flatten()
            .flatten()
            .zip(one.layers.iter().flatten().flatten())
            .all(|(a, b)| (a - b).abs() < 1e-6)
    );
}

#[test]
fn operations_of_a_step_are_those_of_layers_and_softmax() {
    let shape = Shape {
        words: 11,
        dim: 3,
        hidden: 4,
        layers: 1,
        cell: Cell::Lstm,
        tied: false,
        cuts: Cuts::new(&[], 11),
    };
    let mut model = LanguageModel::<f64>::new(shape, 1);
    let words: Vec<u32> = (0..10).collect();
    let batch = Batch { words: &words, targets: &words, streams: 2 };
    // In each stream 5 words: 16 columns on 3 dimensions and, with the states before the batch, on 4 units. The gradient
    // goes to 4 previous states. The softmax has 4 · 11 weights for 10 words.
    let (of_words, of_states, between) = (2 * 5 * 16 * 3, 2 * 5 * 16 * 4, 2 * 4 * 16 * 4);
    let softmax = 3 * 2 * 10 * 4 * 11;
    let fixed = 2 * (2 * of_words + 2 * of_states + between) + softmax;
    assert_eq!(model.training_flops(batch), fixed + 2 * of_words);
    model.hold_vectors(true);
    assert_eq!(model.training_flops(batch), fixed);
}
