use ndarray::Array2;

use crate::kernel::Level;
use crate::nn::dropout::Dropout;
use crate::nn::gradient::Gradient;
use crate::nn::gradient_check;
use crate::nn::optimizer::Optimizer;
use crate::rng::{Stream, stream};
use crate::session::convolution::Convolution;
use crate::session::text_transfer::{Head, Pooling, RecurrentShape as Shape};
use crate::session::training::OptimizerChoice;

use super::*;

fn table<T: Real>(rows: usize, dim: usize, seed: u64) -> Array2<T> {
    let mut rng = stream(seed, "test table", 0);
    Array2::from_shape_fn((rows, dim), |_| T::of(0.7 * rng::normal(&mut rng)))
}

/// Documents of the given lengths over `words` words.
fn documents(lengths: &[usize], words: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut rng = stream(seed, "test documents", 0);
    lengths.iter().map(|&length| (0..length).map(|_| rng::below(&mut rng, words) as u32).collect()).collect()
}

fn slices(documents: &[Vec<u32>]) -> Vec<&[u32]> {
    documents.iter().map(Vec::as_slice).collect()
}

fn bodies() -> Vec<ClassifierBody> {
    heads().into_iter().map(ClassifierBody::Head).chain([ClassifierBody::UnitAverage]).collect()
}

fn heads() -> Vec<Head> {
    let cnn = |widths: &[usize], filters| {
        Head::Cnn(Convolution { widths: widths.to_vec().try_into().unwrap(), filters })
    };
    let mut heads = vec![Head::Average];
    for pooling in [Pooling::Last, Pooling::Max, Pooling::Mean] {
        for bidirectional in [false, true] {
            let shape = Shape { hidden: 5, bidirectional, pooling };
            heads.extend([Head::Rnn(shape), Head::Lstm(shape), Head::Gru(shape)]);
        }
    }
    heads.extend([cnn(&[2, 3], 6), cnn(&[1, 4], 5)]);
    heads
}

fn drop_stream() -> Stream {
    stream(3, "dropout", 0)
}

#[test]
fn gradients_of_every_head_agree_with_finite_differences() {
    for level in Level::all() {
        level.force(check_gradients);
    }
}

fn check_gradients() {
    let (dim, classes, own, shared) = (4, 3, 5, 4);
    let labels = [0, 2, 1, 1, 0];
    for (n, body) in bodies().into_iter().enumerate() {
        for lengths in [[3, 1, 0, 6, 3], [1; 5]] {
            let documents = documents(&lengths, own + shared, n as u64);
            let documents = slices(&documents);
            let base = Arc::new(table::<f64>(shared, dim, 1));
            let mut model =
                TextClassifier::new(body.clone(), dim, classes, table(own, dim, 2), base, 7, n as u64);
            let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
            let scale = 0.2;
            let dropout = || Some(Dropout { fraction: 0.3, stream: drop_stream() });
            // Documents of one length each come with class weights.
            let weights = (lengths[0] == 1).then_some(&[0.4, 2.5, 1.0][..]);
            let labels = (&labels[..], weights);
            let run = |model: &TextClassifier<f64>, gradient: &mut _, workspace: &mut _| {
                let dropped = (dropout(), None);
                model.loss_and_gradient_within(&documents, labels, scale, dropped, gradient, workspace).sum
            };
            run(&model, &mut gradient, &mut workspace);
            gradient.sum(&[]);
            let mut rows = vec![0.0; own * dim];
            for (row, dx) in gradient.rows.iter() {
                rows[row as usize * dim..][..dim].copy_from_slice(dx);
            }
            let at = [model.dense.clone(), model.trainable.clone()].concat();
            let analytic = [gradient.dense.clone(), rows].concat();
            let split = model.dense.len();
            let error = gradient_check::worst(&at, &analytic, 1e-4, |point| {
                model.dense.copy_from_slice(&point[..split]);
                model.trainable.copy_from_slice(&point[split..]);
                gradient.clear();
                run(&model, &mut gradient, &mut workspace) * f64::from(scale)
            });
            assert!(error < 1e-5, "{body:?} {lengths:?}: {error:e}");
        }
    }
}

#[test]
fn every_head_learns_a_small_task_from_scratch_and_level_does_not_matter() {
    // The class is 1 if the document contains word 1. All heads can learn this.
    let mut rng = stream(1, "task", 0);
    let all: Vec<Vec<u32>> = (0..64)
        .map(|n| {
            (0..5)
                .map(|i| if n % 2 == 1 && i == n % 5 { 1 } else { 2 * rng::below(&mut rng, 5) as u32 })
                .collect()
        })
        .collect();
    let labels: Vec<u32> = (0..64).map(|n| n % 2).collect();
    for level in Level::all() {
        level.force(|| {
            for body in bodies() {
                let empty = Arc::new(Array2::zeros((0, 8)));
                let mut model = TextClassifier::<f32>::new(body.clone(), 8, 2, table(10, 8, 4), empty, 5, 0);
                let mut optimizer = model.optimizer(OptimizerChoice::Adam);
                let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
                for _ in 0..150 {
                    gradient.clear();
                    model.prepare(&mut optimizer, &slices(&all));
                    model.loss_and_gradient(
                        &slices(&all),
                        &labels,
                        1.0 / 64.0,
                        None,
                        &mut gradient,
                        &mut workspace,
                    );
                    gradient.sum(&[]);
                    model.step(&mut optimizer, &gradient, 0.02);
                }
                model.settle(&mut optimizer);
                let loss = model.loss(&slices(&all), &labels, &mut workspace);
                assert!(loss.correct == 64 && loss.sum / 64.0 < 0.2, "{body:?}: {loss:?}");
                let mut probabilities = vec![0.0; 128];
                model.predict(&slices(&all), None, &mut workspace, &mut probabilities);
                // Predictions do not depend on which words are known in advance: some, all or none.
                for words in [&[1_u32, 4, 9][..], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[]] {
                    let known = model.know(words);
                    let mut others = vec![0.0; 128];
                    model.predict(&slices(&all), Some(&known), &mut workspace, &mut others);
                    assert!(probabilities.iter().zip(&others).all(|(a, b)| (a - b).abs() < 1e-6), "{body:?}");
                }
                let sum: f64 = labels
                    .iter()
                    .enumerate()
                    .map(|(n, &l)| -f64::from(probabilities[2 * n + l as usize]).ln())
                    .sum();
                assert!((sum - loss.sum).abs() < 1e-3);
            }
        });
    }
}

#[test]
fn frozen_has_no_rows_and_starts_as_the_other_strategies_do() {
    let shape = Shape { hidden: 6, bidirectional: true, pooling: Pooling::Max };
    let base = Arc::new(table::<f32>(9, 4, 1));
    let nothing = || Array2::zeros((0, 4));
    let frozen = TextClassifier::new(Head::Lstm(shape), 4, 2, nothing(), Arc::clone(&base), 1, 3);
    let tuned = TextClassifier::new(Head::Lstm(shape), 4, 2, table(5, 4, 9), Arc::clone(&base), 1, 3);
    let other = TextClassifier::new(Head::Lstm(shape), 4, 2, nothing(), base, 1, 4);
    assert!(frozen.dense == tuned.dense && frozen.dense != other.dense);
    assert_eq!(frozen.trainable_parameters() + 20, tuned.trainable_parameters());
    assert_eq!(frozen.total_parameters() - frozen.trainable_parameters(), 36);
    let (mut gradient, mut workspace) = (frozen.gradient(), Workspace::default());
    let documents = documents(&[4, 2], 9, 1);
    frozen.loss_and_gradient(&slices(&documents), &[0, 1], 0.5, None, &mut gradient, &mut workspace);
    gradient.sum(&[]);
    assert!(gradient.norm() > 0.0 && gradient.rows.iter().next().is_none());
    let names: Vec<_> = tuned.tensors().into_iter().map(|t| t.name).collect();
    assert_eq!(
        names,
        [
            "lstm.weight_ih",
            "lstm.weight_hh",
            "lstm.bias",
            "lstm.weight_ih_reverse",
            "lstm.weight_hh_reverse",
            "lstm.bias_reverse",
            "linear.weight",
            "linear.bias",
            "embedding.weight"
        ]
    );
}

#[test]
fn a_document_does_not_see_its_company() {
    let lengths = [7, 0, 3, 1, 12];
    for head in heads() {
        let base = Arc::new(table::<f32>(20, 6, 1));
        let model = TextClassifier::new(head, 6, 3, Array2::zeros((0, 6)), base, 2, 0);
        let documents = documents(&lengths, 20, 5);
        let mut workspace = Workspace::default();
        let mut together = vec![0.0; 5 * model.feature_count()];
        model.features(&slices(&documents), &mut workspace, &mut together);
        for (document, together) in documents.iter().zip(together.chunks(model.feature_count())) {
            let mut alone = vec![0.0; model.feature_count()];
            model.features(&[document], &mut workspace, &mut alone);
            assert!(alone.iter().zip(together).all(|(a, b)| (a - b).abs() < 1e-6), "{head:?}");
            // An empty document has zero features, except for a CNN: its filters read zero vectors and add a bias.
            let zero = alone.iter().all(|&x| x == 0.0);
            assert!(!document.is_empty() || zero != matches!(head, Head::Cnn(_)), "{head:?}");
        }
    }
}

#[test]
fn a_restored_run_goes_on_to_the_same_bits() {
    let lstm = Head::Lstm(Shape { hidden: 8, bidirectional: false, pooling: Pooling::Last });
    let cnn = Head::Cnn(Convolution { filters: 6, ..Convolution::default() });
    for (algorithm, head, missing) in [
        (OptimizerChoice::Adam, lstm, "lstm.bias"),
        (OptimizerChoice::Sgd { momentum: 0.9 }, lstm, "lstm.bias"),
        (OptimizerChoice::AdamW { weight_decay: 0.1 }, lstm, "lstm.bias"),
        (OptimizerChoice::Adam, cnn, "convs.1.bias"),
    ] {
        let build = || {
            let base = Arc::new(table::<f32>(30, 6, 1));
            TextClassifier::new(head, 6, 2, table(200, 6, 2), base, 2, 0)
        };
        let train =
            |model: &mut TextClassifier, optimizer: &mut Optimizer<f32>, steps: Range<u64>, look: u64| {
                let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
                for step in steps {
                    if step % look == 0 {
                        model.settle(optimizer);
                    }
                    gradient.clear();
                    let documents = documents(&[3, 2, 5], 230, step);
                    model.prepare(optimizer, &slices(&documents));
                    let dropout = Some(Dropout { fraction: 0.2, stream: stream(1, "dropout", step) });
                    model.loss_and_gradient(
                        &slices(&documents),
                        &[0, 1, 1],
                        1.0 / 3.0,
                        dropout,
                        &mut gradient,
                        &mut workspace,
                    );
                    gradient.sum(&[]);
                    model.step(optimizer, &gradient, 0.01);
                }
                model.settle(optimizer);
            };
        let mut whole = build();
        let mut optimizer = whole.optimizer(algorithm);
        train(&mut whole, &mut optimizer, 0..60, 1000);

        let mut first = build();
        let mut first_optimizer = first.optimizer(algorithm);
        train(&mut first, &mut first_optimizer, 0..23, 7);
        let saved: Vec<_> = [first.tensors(), first_optimizer.tensors()].concat();
        let find = |name: &str| saved.iter().find(|t| t.name == name).map(|t| t.values);
        let mut second = build();
        let mut second_optimizer = second.optimizer(algorithm);
        second.load(find).unwrap();
        second_optimizer.load(find).unwrap();
        train(&mut second, &mut second_optimizer, 23..60, 5);
        assert!(whole.tensors() == second.tensors(), "{algorithm:?}");
        assert!(optimizer.tensors() == second_optimizer.tensors(), "{algorithm:?}");

        let error = second.load(|name| find(name).filter(|_| name != missing)).unwrap_err();
        assert!(error.to_string().contains(&format!("no tensor {missing}")), "{error}");
    }
}

#[test]
fn what_is_no_number_is_noticed_and_named() {
    for head in heads() {
        let mut base = table::<f32>(9, 4, 1);
        base[(3, 2)] = f32::NAN;
        let model = TextClassifier::new(head, 4, 2, Array2::zeros((0, 4)), Arc::new(base), 1, 0);
        let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
        let documents: [&[u32]; 2] = [&[1, 2], &[4, 3, 5]];
        let loss = model.loss_and_gradient(&documents, &[0, 1], 0.5, None, &mut gradient, &mut workspace);
        assert!(loss.sum.is_nan(), "{head:?}");
        let error = gradient.check_finite().unwrap_err().to_string();
        assert!(error.starts_with("diverged: the gradient of "), "{error}");
    }
}

#[test]
fn models_can_be_shared_between_threads() {
    fn check<X: Send + Sync>() {}
    check::<TextClassifier>();
    check::<Workspace>();
}

#[test]
fn a_used_workspace_gives_the_bits_of_a_fresh_one() {
    for head in heads() {
        let base = Arc::new(table::<f32>(20, 6, 1));
        let model = TextClassifier::new(head, 6, 3, table(10, 6, 2), base, 2, 0);
        let mut used = (model.gradient(), Workspace::default());
        for (n, lengths) in [[9, 2, 3], [0, 1, 0], [3, 3, 3], [2, 5, 8], [0, 0, 0]].iter().enumerate() {
            let documents = documents(lengths, 30, n as u64);
            let mut fresh = (model.gradient(), Workspace::default());
            let run = |(gradient, workspace): &mut (Gradient<f32>, Workspace)| {
                gradient.clear();
                let dropout = Some(Dropout { fraction: 0.4, stream: drop_stream() });
                model.loss_and_gradient(&slices(&documents), &[0, 1, 2], 0.3, dropout, gradient, workspace)
            };
            assert!(run(&mut used) == run(&mut fresh));
            used.0.sum(&[]);
            fresh.0.sum(&[]);
            assert!(used.0.dense == fresh.0.dense, "{head:?} {n}");
            assert!(used.0.rows.iter().eq(fresh.0.rows.iter()), "{head:?} {n}");
        }
    }
}

#[test]
fn operations_of_a_step_are_those_of_what_is_trained() {
    let count = |head: Head, own: usize, frozen: FrozenPart| {
        let base = Arc::new(table::<f32>(9 - own, 4, 1));
        let mut model = TextClassifier::<f32>::new(head, 4, 3, table(own, 4, 2), base, 7, 0);
        model.freeze(frozen);
        (model.feature_flops(5), model.training_flops(5))
    };
    let words = FrozenPart { layers: 0, words: true };
    // 5 vectors of dimension 4 are added; the linear layer has 4 · 3 multiply-adds forward, and for the gradient of its
    // weights. If words are trained, for the gradient of its input too, and each vector changes by a multiply-add.
    assert_eq!(count(Head::Average, 0, FrozenPart::default()), (20, 20 + 24 + 24));
    assert_eq!(count(Head::Average, 3, FrozenPart::default()), (20, 20 + 24 + 24 + 24 + 40));
    assert_eq!(count(Head::Average, 3, words), (20, 20 + 24 + 24));
    // An LSTM of 2 units: 8 columns on 4 dimensions and on 2 units. Words 5 · 32, states 4 · 16 multiply-adds.
    let lstm = Head::Lstm(Shape { hidden: 2, bidirectional: false, pooling: Pooling::Last });
    let (of_words, of_states, linear) = (2 * 160, 2 * 64, 2 * 6);
    let whole = 2 * of_words + 3 * of_states + 3 * linear;
    assert_eq!(count(lstm, 0, FrozenPart::default()), (of_words + of_states, whole));
    assert_eq!(count(lstm, 3, FrozenPart::default()).1, whole + of_words);
    let frozen = FrozenPart { layers: 1, words: true };
    assert_eq!(count(lstm, 0, frozen).1, of_words + of_states + 2 * linear);
}
