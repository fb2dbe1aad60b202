//! Gradients against finite differences, loss and gradients against PyTorch, probabilities that add up to one, and
//! equal bits on any number of threads.
//!
//! `pytorch.ron` is what this prints, with PyTorch 2.x:
//!
//! ```python
//! import torch, torch.nn as nn
//!
//! def wave(n, k):  # numbers that both sides can make
//!     return (0.5 * torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + k)).float()
//!
//! F, V, N = 16, 23, 12
//! soft = nn.AdaptiveLogSoftmaxWithLoss(F, V, [5, 11], div_value=4.0, head_bias=True)
//! for i, (projection, words) in enumerate([(4, 6), (1, 12)]):
//!     soft.tail[i][1] = nn.Linear(projection, words)  # with biases, which it has not by itself
//! for k, p in enumerate(soft.parameters()):
//!     p.data = wave(p.numel(), k).view_as(p)
//! x = wave(N * F, 20).view(N, F).requires_grad_()
//! loss = soft(x, (torch.arange(N) * 7 + 3) % V).loss
//! loss.backward()
//! print("{")
//! results = {"loss": loss, "x": x.grad} | {n: p.grad for n, p in soft.named_parameters()}
//! for key, value in results.items():
//!     numbers = " ".join(f"{v:.8g}," for v in value.detach().reshape(-1).tolist())
//!     print(f'    "{key}": [{numbers}],')
//! print("}")
//! ```

use std::collections::HashMap;

use crate::nn::gradient_check;
use crate::rng::{stream, unit64};

use super::*;

fn draw(n: usize, name: &str) -> Vec<f64> {
    let mut rng = stream(2, name, 0);
    (0..n).map(|_| 2.0 * unit64(&mut rng) - 1.0).collect()
}

fn softmax(features: usize, words: usize, cuts: &[usize], reduced: bool) -> AdaptiveSoftmax {
    AdaptiveSoftmax { features, words, cuts: Cuts::new(cuts, words), reduced }
}

#[test]
fn gradients_agree_with_finite_differences() {
    // The first set of targets has words of every tail, the second has none of the last tail.
    for targets in [[3, 18, 0, 9, 7], [3, 0, 5, 9, 5]] {
        for reduced in [true, false] {
            let softmax = softmax(16, 19, &[4, 6, 11], reduced);
            let ((w, b), n) = (softmax.sizes(), targets.len());
            let at = draw(w + b + n * softmax.features, "adaptive");
            let run = |at: &[f64], to: Option<Gradients<f64>>| {
                let (weights, x) = at.split_at(w + b);
                let (weights, mut room) = (weights.split_at(w), Room::default());
                match to {
                    Some(to) => softmax.loss_and_gradient(weights, x, &targets, 0.5, to, &mut room),
                    None => softmax.loss(weights, x, &targets, &mut room),
                }
            };
            let mut analytic = vec![f64::NAN; at.len()];
            let (weights, x) = analytic.split_at_mut(w + b);
            let (weight, bias) = weights.split_at_mut(w);
            let whole = run(&at, Some(Gradients { x, weight, bias }));
            assert!((whole - run(&at, None)).abs() < 1e-12);
            let error = gradient_check::worst(&at, &analytic, 1e-4, |at| 0.5 * run(at, None));
            assert!(error < 1e-7, "{reduced}: {error:e}");
        }
    }
}

#[test]
fn probabilities_of_all_words_add_up_to_one_and_are_those_of_the_loss() {
    for (cuts, reduced) in [(&[4, 6, 11][..], true), (&[4, 30], false), (&[], true)] {
        let softmax = softmax(16, 19, cuts, reduced);
        let (w, b) = softmax.sizes();
        let (weights, x) = (draw(w + b, "weights"), draw(16, "x"));
        let weights = weights.split_at(w);
        let (mut logits, mut room) = (vec![f64::NAN; 19], Room::default());
        softmax.logits(weights, &x, &mut logits, &mut room);
        let whole = log_sum(&logits);
        let losses: Vec<f64> = (0..19).map(|word| softmax.loss(weights, &x, &[word], &mut room)).collect();
        let sum: f64 = losses.iter().map(|loss| (-loss).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        for (logit, loss) in logits.iter().zip(&losses) {
            assert!((whole - logit - loss).abs() < 1e-12);
        }
    }
}

#[test]
fn without_tails_it_is_the_softmax_over_all_words() {
    let adaptive = softmax(5, 19, &[19, 40], true);
    let whole = WordSoftmax { features: 5, words: 19 };
    assert_eq!((adaptive.sizes(), adaptive.tails()), ((95, 19), vec![]));
    let (weights, x) = (draw(95 + 19, "weights"), draw(10, "x"));
    let weights = weights.split_at(95);
    let got = adaptive.loss(weights, &x, &[3, 18], &mut Room::default());
    assert_eq!(got, whole.loss(weights, &x, &[3, 18], &mut Vec::new()));
}

fn wave(n: usize, k: usize) -> Vec<f32> {
    (0..n).map(|i| (0.5 * (i as f64 * 1.3 + k as f64).sin()) as f32).collect()
}

#[test]
fn loss_and_gradients_are_those_of_pytorch() {
    let golden: HashMap<String, Vec<f32>> = ron::from_str(include_str!("pytorch.ron")).unwrap();
    let (f, n) = (16, 12);
    let softmax = softmax(f, 23, &[5, 11], true);
    // PyTorch stores the head's words before the tails' entries.
    let turned = |head: &[f32], width: usize| [&head[5 * width..], &head[..5 * width]].concat();
    let of = |head: [&[f32]; 2], tails: [[&[f32]; 3]; 2]| {
        let [projections, weights, biases] = [0, 1, 2].map(|part| [tails[0][part], tails[1][part]]);
        let weight =
            [&turned(head[0], f)[..], projections[0], weights[0], projections[1], weights[1]].concat();
        (weight, [&turned(head[1], 1)[..], biases[0], biases[1]].concat())
    };
    let (head, head_bias) = (wave(7 * f, 0), wave(7, 1));
    let (first, second) = ([wave(4 * f, 2), wave(24, 3), wave(6, 4)], [wave(f, 5), wave(12, 6), wave(12, 7)]);
    let tails = [&first, &second].map(|tail| [&tail[0][..], &tail[1], &tail[2]]);
    let (weight, bias) = of([&head, &head_bias], tails);
    assert_eq!((weight.len(), bias.len()), softmax.sizes());
    let targets: Vec<u32> = (0..n as u32).map(|i| (i * 7 + 3) % 23).collect();
    let (mut dx, mut dw, mut db) = (vec![0.0; n * f], vec![0.0; weight.len()], vec![0.0; bias.len()]);
    let to = Gradients { x: &mut dx, weight: &mut dw, bias: &mut db };
    let (x, scale) = (wave(n * f, 20), 1.0 / n as f32);
    let loss = softmax.loss_and_gradient((&weight, &bias), &x, &targets, scale, to, &mut Room::default());
    let at = |key: &str| &golden[key][..];
    let tails =
        [0, 1].map(|i| ["0.weight", "1.weight", "1.bias"].map(|tensor| at(&format!("tail.{i}.{tensor}"))));
    let (want_weight, want_bias) = of([at("head.weight"), at("head.bias")], tails);
    let loss = [(loss / n as f64) as f32];
    for (what, got, want) in [
        ("loss", &loss[..], at("loss")),
        ("x", &dx, at("x")),
        ("weight", &dw, &want_weight),
        ("bias", &db, &want_bias),
    ] {
        assert_eq!(got.len(), want.len(), "{what}");
        for (place, (got, want)) in got.iter().zip(want).enumerate() {
            assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{what}[{place}]: {got}, not {want}");
        }
    }
}

#[test]
fn threads_change_no_bits() {
    let softmax = softmax(32, 9_000, &[1_500, 4_000], true);
    let ((w, b), n) = (softmax.sizes(), 600);
    let single = |values: Vec<f64>| values.into_iter().map(|x| x as f32).collect::<Vec<f32>>();
    let (weights, x) = (single(draw(w + b, "weights")), single(draw(n * 32, "x")));
    let targets: Vec<u32> = (0..n as u32).map(|i| i * 7_919 % 9_000).collect();
    let run = |threads: usize| {
        let (mut dx, mut dw) = (vec![f32::NAN; n * 32], vec![f32::NAN; w + b]);
        let (weight, bias) = dw.split_at_mut(w);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let to = Gradients { x: &mut dx, weight, bias };
        let weights = weights.split_at(w);
        let mut room = Room::default();
        let loss = pool.install(|| softmax.loss_and_gradient(weights, &x, &targets, 1.0, to, &mut room));
        (loss, dx, dw)
    };
    let one = run(1);
    assert!(one.1.iter().chain(&one.2).all(|x| x.is_finite()));
    assert!(one == run(2) && one == run(4));
}
