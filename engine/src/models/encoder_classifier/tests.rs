use super::*;
use crate::models::sentence_encoder::config::EncoderConfig;
use crate::models::sentence_encoder::family::Family;
use crate::models::sentence_encoder::{Output, TokenTable};
use crate::nn::attention::Attention;
use crate::nn::gradient_check::worst;
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::token_pooling::TokenPooling;
use crate::nn::transformer_layer::TransformerLayer;
use crate::session::ron_dialect::ron_options;

fn encoder<T: Real>(width: usize, positions: usize) -> SentenceEncoder<T> {
    let config = EncoderConfig {
        family: Family::Bert,
        vocabulary: 9,
        layers: 2,
        layer: TransformerLayer {
            attention: Attention { heads: 2, width },
            hidden: 6,
            activation: HiddenActivation::Gelu,
            epsilon: 1e-3,
        },
        positions,
        segments: 2,
        padding: Some(0),
        relative: None,
    };
    let output = Output { poolings: vec![TokenPooling::Mean], normalise: true };
    let mut encoder = SentenceEncoder::zeros(config, output);
    let values = |i: usize| T::of((i as f64 * 0.37).sin() * 0.7);
    encoder.dense.iter_mut().enumerate().for_each(|(i, x)| *x = values(i));
    let tokens = (0..9 * width).map(|i| values(i + 5)).collect();
    encoder.tokens = TokenTable::all_trained(tokens, width).into_fixed();
    encoder
}

fn head(text: &str) -> Head {
    ron_options().from_str(text).unwrap()
}

const NOW: Moment = Moment { seed: 1, step: 0, part: 0 };

#[test]
fn gradients_agree_with_finite_differences_for_every_head() {
    let texts: [&[u32]; 3] = [&[1, 5, 3, 2], &[7, 4], &[3, 3, 8]];
    let (labels, weights) = ([0, 2, 1], [0.5, 2.0, 1.5]);
    let heads =
        ["Average", "Lstm(hidden: 3)", "Gru(hidden: 2, bidirectional: true)", "Cnn(widths: [2], filters: 3)"];
    for name in heads {
        let mut encoder = encoder::<f64>(4, 5);
        encoder.tokens = encoder.tokens.training([1, 3, 4, 5].into_iter());
        let mut model = EncoderClassifier::new(encoder, head(name), 3, 7);
        let groups = model.encoder.groups().len();
        for frozen in 0..=groups {
            model.freeze(frozen);
            let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
            let labelled = (&labels[..], Some(&weights[..]));
            model.loss_and_gradient(&texts, labelled, 3, (0.0, NOW), &mut gradient, &mut workspace);
            gradient.rows.sum(&[]);
            let rows = model.encoder.tokens.trained.len();
            let mut analytic = vec![0.0; rows];
            for (row, d) in gradient.rows.iter() {
                analytic[row as usize * 4..][..4].copy_from_slice(d);
            }
            analytic.extend(&gradient.dense);
            let at: Vec<f64> =
                model.encoder.tokens.trained.iter().chain(&model.encoder.dense).copied().collect();
            let loss = |at: &[f64]| {
                let mut model = model.clone();
                model.encoder.tokens.trained.copy_from_slice(&at[..rows]);
                model.encoder.dense.copy_from_slice(&at[rows..]);
                let mut out = vec![0.0; 9];
                model.predict(&texts, &mut Workspace::default(), &mut out);
                let loss = |(p, (&label, weight)): (&[f64], (&u32, f64))| -weight * p[label as usize].ln();
                let weights = labels.iter().map(|&label| weights[label as usize]);
                out.chunks_exact(3).zip(labels.iter().zip(weights)).map(loss).sum::<f64>() / 3.0
            };
            // What is frozen has no gradient.
            let groups = model.encoder.groups();
            let first = groups.get(frozen).map_or(model.head_range().start, |group| group.dense.start);
            let first = if frozen == 0 { 0 } else { rows + first };
            assert!(analytic[..first].iter().all(|&g| g == 0.0), "{name} {frozen}");
            let above = |at: &[f64]| loss(&[&model_values(&model)[..first], at].concat());
            let error = worst(&at[first..], &analytic[first..], 1e-4, above);
            assert!(error < 1e-5, "{name} {frozen}: {error:e}");
        }
    }
}

fn model_values(model: &EncoderClassifier<f64>) -> Vec<f64> {
    model.encoder.tokens.trained.iter().chain(&model.encoder.dense).copied().collect()
}

#[test]
fn a_long_batch_is_computed_in_pieces_with_the_same_values() {
    let mut encoder = encoder::<f32>(32, 1_500);
    encoder.tokens = encoder.tokens.training(0..9);
    let model = EncoderClassifier::new(encoder, Head::Average, 2, 3);
    let texts: Vec<Vec<u32>> = (0..9).map(|n| (0..n * 150 + 1).map(|i| i % 9).collect()).collect();
    let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
    assert!(pieces(&texts).len() > 2);
    let (mut together, mut apart) = (vec![0.0; 18], Vec::new());
    model.predict(&texts, &mut Workspace::default(), &mut together);
    for text in &texts {
        let mut out = vec![0.0; 2];
        model.predict(&[text], &mut Workspace::default(), &mut out);
        apart.extend(out);
    }
    assert_eq!(together, apart);
}

#[test]
fn tensors_come_back_and_the_head_has_the_initial_values_of_other_heads() {
    let mut encoder = encoder::<f32>(4, 5);
    encoder.tokens = encoder.tokens.training([2].into_iter());
    let model = EncoderClassifier::new(encoder.clone(), Head::Average, 3, 7);
    let none: Array2<f32> = Array2::zeros((0, 4));
    let other = TextClassifier::new(Head::Average, 4, 3, none.clone(), Arc::new(none), 7, 0);
    assert_eq!(model.encoder.dense[model.head_range()], *other.dense());
    let mut again = EncoderClassifier::new(encoder, Head::Average, 3, 8);
    assert_ne!(model.encoder.dense, again.encoder.dense);
    let tensors = model.tensors();
    again
        .load(|name| {
            tensors.iter().find(|t| t.name == name).map(|t| match t.values {
                Values::Real(values) => Values::Real(values),
                Values::Count(values) => Values::Count(values),
            })
        })
        .unwrap();
    assert_eq!(model.encoder.dense, again.encoder.dense);
    assert_eq!(model.encoder.tokens.trained, again.encoder.tokens.trained);
    assert!(again.load(|_| None).is_err());
}
