//! Tests of a classifier on several recurrent layers: its features, and its gradients, with and without a frozen part
//! and dropout.

use ndarray::Array2;

use crate::nn::gradient::Gradient;
use crate::nn::gradient_check;
use crate::rng::{Moment, stream};
use crate::session::language_model::Dropouts;

use super::*;
use crate::nn::gru::Gru;
use crate::nn::lstm::Lstm;

fn table(rows: usize, dim: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, "test table", 0);
    Array2::from_shape_fn((rows, dim), |_| 0.7 * rng::normal(&mut rng))
}

fn stack(layers: usize) -> Vec<Recurrent> {
    let (first, then) = (Recurrent::Lstm(Lstm { input: 4, hidden: 5 }), Gru { input: 5, hidden: 3 });
    let last = Recurrent::Lstm(Lstm { input: 3, hidden: 4 });
    [first, Recurrent::Gru(then), last].into_iter().take(layers).collect()
}

fn shapes() -> impl Iterator<Item = (usize, Features)> {
    (1..=3).flat_map(|layers| [Features::Concat, Features::LayerMeans].map(|features| (layers, features)))
}

#[test]
fn levels_are_the_means_of_words_and_of_each_layers_states() {
    let documents: [&[u32]; 3] = [&[1, 4, 7, 4], &[], &[8, 2]];
    let stacked = |layers: usize| {
        let base = Arc::new(table(9, 4, 1));
        TextClassifier::<f64>::stacked(&stack(layers), Features::LayerMeans, 2, table(0, 4, 2), base, 7)
    };
    let features = |model: &TextClassifier<f64>| {
        let mut out = vec![f64::NAN; 3 * model.feature_count()];
        model.features(&documents, &mut Workspace::default(), &mut out);
        out
    };
    let (two, all) = (stacked(2), features(&stacked(2)));
    // The features are 3 values of the top layer, 4 of the words and 5 of the first layer. In a model of the first
    // layer alone, its 5 values come first, then the 4 of the words.
    let mut one = stacked(1);
    let layer = one.layer(0);
    one.dense_mut()[layer.clone()].copy_from_slice(&two.dense()[layer]);
    let lower = features(&one);
    for (document, words) in documents.iter().enumerate() {
        let (all, lower) = (&all[document * 12..][..12], &lower[document * 9..][..9]);
        assert_eq!((&all[3..7], &all[7..]), (&lower[5..], &lower[..5]));
        let mean = words.iter().map(|&word| two.vector(word)[1]).sum::<f64>() / words.len().max(1) as f64;
        assert!((all[4] - mean).abs() < 1e-12);
    }
}

#[test]
fn gradients_agree_with_finite_differences_and_stop_where_nothing_moves() {
    let documents: [&[u32]; 5] = [&[1, 4, 7], &[], &[8, 8, 2, 0, 3, 1], &[5], &[6, 1, 1]];
    let labels = [0, 2, 1, 1, 0];
    for (layers, features) in shapes() {
        for own in [0, 5] {
            let base = Arc::new(table(9 - own, 4, 1));
            let own_table = table(own, 4, 2);
            let mut model = TextClassifier::<f64>::stacked(&stack(layers), features, 3, own_table, base, 7);
            let hidden: Vec<usize> = stack(layers).iter().map(Recurrent::hidden).collect();
            let expected = match features {
                Features::Concat => 3 * hidden[layers - 1],
                Features::LayerMeans => 4 + hidden.iter().sum::<usize>(),
            };
            assert_eq!((model.layers(), model.feature_count()), (layers, expected));
            assert_eq!((model.layer(0).start, model.layer(layers).end), (0, model.dense.len()));
            let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
            let run = |model: &TextClassifier<f64>, gradient: &mut Gradient<f64>, workspace: &mut _| {
                gradient.clear();
                let loss = model.loss_and_gradient(&documents, &labels, 0.2, None, gradient, workspace).sum;
                gradient.sum(&[]);
                loss
            };
            let flat = |gradient: &Gradient<f64>| {
                let mut rows = vec![0.0; own * 4];
                for (row, dx) in gradient.rows.iter() {
                    rows[row as usize * 4..][..4].copy_from_slice(dx);
                }
                [gradient.dense.clone(), rows].concat()
            };
            run(&model, &mut gradient, &mut workspace);
            let at = [model.dense.clone(), model.trainable.clone()].concat();
            let (analytic, split) = (flat(&gradient), model.dense.len());
            let error = gradient_check::worst(&at, &analytic, 1e-4, |point| {
                model.dense.copy_from_slice(&point[..split]);
                model.trainable.copy_from_slice(&point[split..]);
                run(&model, &mut gradient, &mut workspace) * 0.2
            });
            assert!(error < 1e-5, "{layers} layers, {features:?}, {own} words: {error:e}");
            model.dense.copy_from_slice(&at[..split]);
            model.trainable.copy_from_slice(&at[split..]);
            // Freezing a part does not change the gradient of the other parameters.
            for frozen in 0..=layers {
                model.freeze(FrozenPart { layers: frozen, words: true });
                run(&model, &mut gradient, &mut workspace);
                let from = if frozen == 0 { 0 } else { model.layer(frozen - 1).end };
                assert_eq!(gradient.dense[from..], analytic[from..split], "{frozen} of {layers} frozen");
                assert!(gradient.dense[..from].iter().all(|&x| x == 0.0));
                assert_eq!(gradient.rows.iter().count(), 0);
            }
        }
    }
}

#[test]
fn with_something_dropped_gradients_agree_with_finite_differences() {
    let documents: [&[u32]; 5] = [&[1, 4, 7], &[], &[8, 8, 2, 0, 3, 1], &[5], &[6, 1, 1]];
    let labels = [0, 2, 1, 1, 0];
    let weighted = (&labels[..], Some(&[0.4, 2.5, 1.0][..]));
    let dropouts = Dropouts { embedding: 0.2, input: 0.3, hidden: 0.3, output: 0.0, weights: 0.4 };
    let none = Dropouts::default();
    for (layers, features) in shapes() {
        let base = Arc::new(table(4, 4, 1));
        let mut model = TextClassifier::<f64>::stacked(&stack(layers), features, 3, table(5, 4, 2), base, 7);
        let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
        let run = |model: &TextClassifier<f64>,
                   within: Option<&Within>,
                   gradient: &mut Gradient<f64>,
                   w: &mut _| {
            gradient.clear();
            let loss =
                model.loss_and_gradient_within(&documents, weighted, 0.2, (None, within), gradient, w).sum;
            gradient.sum(&[]);
            loss
        };
        let flat = |gradient: &Gradient<f64>| {
            let mut rows = vec![0.0; 5 * 4];
            for (row, dx) in gradient.rows.iter() {
                rows[row as usize * 4..][..4].copy_from_slice(dx);
            }
            [gradient.dense.clone(), rows].concat()
        };
        let within = |dropouts, step| Within { dropouts, moment: Moment { seed: 3, step, part: 1 } };
        // With dropout fractions of 0, loss and gradient are those without dropout.
        let plain = run(&model, None, &mut gradient, &mut workspace);
        let expected = flat(&gradient);
        let same = run(&model, Some(&within(none, 0)), &mut gradient, &mut workspace);
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!((plain - same).abs() < 1e-12 && near(&expected, &flat(&gradient)));
        let dropping = within(dropouts, 5);
        let loss = run(&model, Some(&dropping), &mut gradient, &mut workspace);
        let analytic = flat(&gradient);
        assert!(
            loss != plain && loss != run(&model, Some(&within(dropouts, 6)), &mut gradient, &mut workspace)
        );
        let (at, split) = ([model.dense.clone(), model.trainable.clone()].concat(), model.dense.len());
        let error = gradient_check::worst(&at, &analytic, 1e-4, |point| {
            model.dense.copy_from_slice(&point[..split]);
            model.trainable.copy_from_slice(&point[split..]);
            run(&model, Some(&dropping), &mut gradient, &mut workspace) * 0.2
        });
        assert!(error < 1e-5, "{layers} layers, {features:?}: {error:e}");
        model.dense.copy_from_slice(&at[..split]);
        model.trainable.copy_from_slice(&at[split..]);
        for frozen in 0..=layers {
            model.freeze(FrozenPart { layers: frozen, words: true });
            run(&model, Some(&dropping), &mut gradient, &mut workspace);
            let from = if frozen == 0 { 0 } else { model.layer(frozen - 1).end };
            assert_eq!(gradient.dense[from..], analytic[from..split], "{frozen} of {layers} frozen");
            assert!(gradient.dense[..from].iter().all(|&x| x == 0.0));
            assert_eq!(gradient.rows.iter().count(), 0);
        }
    }
}

#[test]
fn what_is_known_beforehand_changes_nothing() {
    let documents: [&[u32]; 3] = [&[1, 4, 7, 1], &[8, 8, 2], &[0]];
    for (layers, features) in shapes() {
        let base = Arc::new(table(9, 4, 1));
        let model = TextClassifier::<f64>::stacked(&stack(layers), features, 2, table(0, 4, 2), base, 7);
        let predict = |known: Option<&Known<f64>>| {
            let (mut workspace, mut out) = (Workspace::default(), vec![0.0; 6]);
            model.predict(&documents, known, &mut workspace, &mut out);
            out
        };
        let plain = predict(None);
        for words in [&[1, 8][..], &[0, 1, 2, 3, 4, 5, 6, 7, 8]] {
            let near = predict(Some(&model.know(words)));
            assert!(near.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-12));
        }
        let vectors = table(9, 4, 1);
        let (mut workspace, mut out) = (Workspace::default(), vec![0.0; 6]);
        model.reading(vectors).predict(&documents, None, &mut workspace, &mut out);
        assert_eq!(out, plain);
    }
}

#[test]
fn operations_of_a_stack_stop_where_nothing_moves() {
    let base = Arc::new(table(9, 4, 1));
    let mut model =
        TextClassifier::<f64>::stacked(&stack(2), Features::LayerMeans, 3, table(0, 4, 2), base, 7);
    // Three words. An LSTM from 4 to 5: 20 columns. A GRU from 5 to 3: 9 columns.
    let (first, states) = (2 * 3 * 20 * 4, 2 * 2 * 20 * 5);
    let (second, above) = (2 * 3 * 9 * 5, 2 * 2 * 9 * 3);
    // The means of the words, of the first layer's states and of the second's. The linear layer reads all of them.
    let (means, linear) = (3 * 4 + 3 * 5 + 3 * 3, 2 * 12 * 3);
    assert_eq!(model.feature_flops(3), first + states + second + above + means);
    let forward = model.feature_flops(3) + linear;
    // All layers: the gradient of both means of states, of the second layer's input, but not of the words.
    let lower = first + 2 * states;
    let upper = second + 2 * above + 2 * 9;
    assert_eq!(model.training_flops(3), forward + 2 * linear + upper + second + 2 * 15 + lower);
    model.freeze(FrozenPart { layers: 1, words: true });
    assert_eq!(model.training_flops(3), forward + 2 * linear + upper);
    model.freeze(FrozenPart { layers: 2, words: true });
    assert_eq!(model.training_flops(3), forward + linear);
}
