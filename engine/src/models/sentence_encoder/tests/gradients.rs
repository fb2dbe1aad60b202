//! Gradients against finite differences, and bits with any number of threads.

use crate::models::sentence_encoder::config::EncoderConfig;
use crate::models::sentence_encoder::family::Family;
use crate::models::sentence_encoder::{Output, SentenceEncoder, Tape};
use crate::nn::attention::Attention;
use crate::nn::gradient::Gradient;
use crate::nn::gradient_check::worst;
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::relative_bias::RelativeBias;
use crate::nn::token_pooling::TokenPooling;
use crate::nn::transformer_layer::TransformerLayer;
use crate::rng::{stream, unit64};

fn small(family: Family, layers: usize) -> EncoderConfig {
    let heads = 2;
    EncoderConfig {
        family,
        vocabulary: 6,
        layers,
        layer: TransformerLayer {
            attention: Attention { heads, width: 4 },
            hidden: 5,
            activation: HiddenActivation::Gelu,
            epsilon: 1e-3,
        },
        positions: 8,
        segments: if family.has_segments() { 2 } else { 0 },
        padding: Some(1),
        relative: (family == Family::MpNet).then_some(RelativeBias { buckets: 32, heads }),
    }
}

/// The encoder with all parameters in `at`: the token table, then the others.
fn with(config: EncoderConfig, output: &Output, at: &[f64]) -> SentenceEncoder<f64> {
    let mut encoder = SentenceEncoder::zeros(config, output.clone());
    let (tokens, dense) = at.split_at(encoder.tokens.trained.len());
    encoder.tokens.trained.copy_from_slice(tokens);
    encoder.dense.copy_from_slice(dense);
    encoder
}

/// The gradient of all parameters in the order of [`with`].
fn flat(gradient: &mut Gradient<f64>) -> Vec<f64> {
    gradient.rows.sum(&[]);
    let (rows, width) = gradient.rows.shape();
    let mut all = vec![0.0; rows * width];
    for (row, values) in gradient.rows.iter() {
        all[row as usize * width..][..width].copy_from_slice(values);
    }
    all.extend(&gradient.dense);
    all
}

#[test]
fn gradients_agree_with_finite_differences_for_every_family_and_frozen_part() {
    let texts: [&[u32]; 4] = [&[2, 5, 3, 2], &[], &[0, 4, 2, 5, 3], &[3]];
    let every = TokenPooling::ALL.map(|(pooling, _)| pooling).to_vec();
    for family in [Family::Bert, Family::DistilBert, Family::Roberta, Family::MpNet] {
        let output = match family {
            Family::Bert => Output { poolings: every.clone(), normalise: false },
            _ => Output { poolings: vec![TokenPooling::Mean], normalise: true },
        };
        let config = small(family, 2);
        let empty = SentenceEncoder::<f64>::zeros(config, output.clone());
        let mut rng = stream(6, "encoder test", 0);
        let mut draw = |n: usize| (0..n).map(|_| 1.6 * unit64(&mut rng) - 0.8).collect::<Vec<f64>>();
        let (at, slopes) = (draw(empty.parameters()), draw(4 * empty.features()));
        let mut tape = Tape::default();
        let mut run = |at: &[f64]| {
            let mut vectors = vec![f64::NAN; slopes.len()];
            with(config, &output, at).encode(&texts, &mut tape, &mut vectors);
            vectors.iter().zip(&slopes).map(|(v, s)| v * s).sum::<f64>()
        };
        let encoder = with(config, &output, &at);
        let mut whole = Vec::new();
        for frozen in 0..=3 {
            let mut tape = Tape::default();
            let mut vectors = vec![f64::NAN; slopes.len()];
            encoder.forward(&texts, frozen, &mut tape, &mut vectors);
            let mut gradient = encoder.gradient();
            encoder.backward(&texts, &slopes, &mut tape, &mut gradient);
            let analytic = flat(&mut gradient);
            if frozen == 0 {
                let error = worst(&at, &analytic, 1e-3, &mut run);
                assert!(error < 1e-6, "{family:?}: {error:e}");
                whole = analytic;
                continue;
            }
            // What is frozen has no gradient; the others have the same as before.
            let groups = encoder.groups();
            let first = groups.get(frozen).map_or(encoder.dense.len(), |group| group.dense.start);
            let first = encoder.tokens.trained.len() + first;
            assert!(analytic[..first].iter().all(|&g| g == 0.0), "{family:?} {frozen}");
            assert_eq!(analytic[first..], whole[first..], "{family:?} {frozen}");
        }
    }
}

#[test]
fn states_and_their_gradients_are_those_of_single_texts() {
    let config = small(Family::Bert, 1);
    let output = Output { poolings: vec![TokenPooling::Cls], normalise: false };
    let empty = SentenceEncoder::<f64>::zeros(config, output.clone());
    let at: Vec<f64> = (0..empty.parameters()).map(|i| (i as f64 * 0.7).sin()).collect();
    let encoder = with(config, &output, &at);
    let texts: [&[u32]; 2] = [&[2, 5, 3], &[4, 2]];
    let (mut tape, mut vectors) = (Tape::default(), vec![0.0; 8]);
    encoder.forward(&texts, 0, &mut tape, &mut vectors);
    assert_eq!(tape.states(1).len(), 8);
    assert_eq!(tape.states(1)[..4], vectors[4..]);
    let (mut by_vectors, mut by_states) = (encoder.gradient(), encoder.gradient());
    let slopes: Vec<f64> = (0..8).map(f64::from).collect();
    encoder.backward(&texts, &slopes, &mut tape, &mut by_vectors);
    encoder.forward(&texts, 0, &mut tape, &mut vectors);
    for text in 0..2 {
        tape.d_states_mut(text).fill(0.0);
        tape.d_states_mut(text)[..4].copy_from_slice(&slopes[text * 4..][..4]);
    }
    encoder.backward_states(&texts, &mut tape, &mut by_states);
    assert_eq!(flat(&mut by_vectors), flat(&mut by_states));
}

#[test]
fn the_bits_do_not_depend_on_threads_or_on_the_texts_around() {
    let mut config = small(Family::MpNet, 2);
    config.positions = 300;
    config.layer.attention.width = 32;
    config.layer.hidden = 48;
    let output = Output { poolings: vec![TokenPooling::Mean], normalise: true };
    let mut encoder = SentenceEncoder::<f32>::zeros(config, output);
    let mut rng = stream(7, "encoder test", 0);
    let mut draw = || unit64(&mut rng) as f32 - 0.5;
    encoder.tokens.trained.iter_mut().chain(&mut encoder.dense).for_each(|x| *x = draw());
    let texts: Vec<Vec<u32>> = (0..40).map(|n| (0..=n * 7 % 131).map(|i| i * 5 % 6).collect()).collect();
    let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (mut tape, mut vectors) = (Tape::default(), vec![0.0; 40 * 32]);
            // A longer batch before leaves nothing behind.
            encoder.encode(&[texts[18], texts[37]].repeat(9), &mut tape, &mut vec![0.0; 18 * 32]);
            encoder.forward(&texts, 0, &mut tape, &mut vectors);
            let mut gradient = encoder.gradient();
            encoder.backward(&texts, &vectors, &mut tape, &mut gradient);
            gradient.rows.sum(&[]);
            let rows: Vec<f32> = gradient.rows.iter().flat_map(|(_, values)| values.to_vec()).collect();
            (vectors, gradient.dense, rows)
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads}");
    }
}
