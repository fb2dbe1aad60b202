//! Measures a sentence encoder of the size of MiniLM (6 layers of 384 values, 12 heads): from token ids to vectors, and steps
//! of fine-tuning with a linear classifier on top.

use crate::models::sentence_encoder::config::EncoderConfig;
use crate::models::sentence_encoder::family::Family;
use crate::models::sentence_encoder::{Output, SentenceEncoder, Tape};
use crate::nn::attention::Attention;
use crate::nn::cross_entropy::loss_and_gradient;
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::linear::Linear;
use crate::nn::optimizer::{Algorithm, Optimizer};
use crate::nn::token_pooling::TokenPooling;
use crate::nn::transformer_layer::TransformerLayer;
use crate::rng;

use super::{Speed, timed};

/// Texts in a batch.
const BATCH: usize = 32;
const WIDTH: usize = 384;
const VOCABULARY: usize = 30_522;
const UNIT: &str = "texts";

/// The lengths of the texts of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lengths {
    /// 64 tokens each.
    Equal,
    /// From 5 to 128 tokens.
    Mixed,
}

impl Lengths {
    fn of(self, text: usize) -> usize {
        match self {
            Lengths::Equal => 64,
            Lengths::Mixed => 5 + text * 123 / (BATCH - 1),
        }
    }
}

/// Texts a second whose vectors are computed, in batches of 32.
pub fn infer(lengths: Lengths, pool: &rayon::ThreadPool, seconds: f64) -> Speed {
    let (encoder, texts) = (encoder(), texts(lengths));
    let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
    let (mut tape, mut vectors) = (Tape::default(), vec![0.0; BATCH * WIDTH]);
    let rates = timed(seconds, BATCH, || pool.install(|| encoder.encode(&texts, &mut tape, &mut vectors)));
    Speed::new(UNIT, rates).counted(Some(operations(&encoder, &texts)))
}

/// Texts a second in fine-tuning of all parameters with AdamW, in batches of 32.
pub fn finetune(lengths: Lengths, pool: &rayon::ThreadPool, seconds: f64) -> Speed {
    let (mut encoder, texts) = (encoder(), texts(lengths));
    let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
    let labels: Vec<u32> = (0..BATCH as u32).map(|text| text % 2).collect();
    let operations = operations(&encoder, &texts);
    let head = Linear { features: WIDTH, outputs: 2 };
    let mut weights = vec![0.01; 2 * WIDTH + 2];
    let mut d_weights = vec![0.0; weights.len()];
    let algorithm = Algorithm::Adam { decay: 0.01 };
    let mut optimizer = Optimizer::new(algorithm, encoder.dense.len(), VOCABULARY, WIDTH);
    let mut gradient = encoder.gradient();
    let (mut tape, mut logits) = (Tape::default(), vec![0.0; 2 * BATCH]);
    let (mut vectors, mut d_vectors) = (vec![0.0; BATCH * WIDTH], vec![0.0; BATCH * WIDTH]);
    let step = || {
        optimizer.prepare(&mut encoder.tokens.trained, texts.iter().flat_map(|text| text.iter().copied()));
        encoder.forward(&texts, 0, &mut tape, &mut vectors);
        head.forward(&weights, &vectors, &mut logits);
        loss_and_gradient(&mut logits, &labels, 2, 1.0 / BATCH as f32);
        d_weights.fill(0.0);
        head.backward(&weights, &vectors, &logits, Some(&mut d_vectors), &mut d_weights);
        gradient.clear();
        encoder.backward(&texts, &d_vectors, &mut tape, &mut gradient);
        gradient.sum(&[]);
        optimizer.step(&mut encoder.dense, &mut encoder.tokens.trained, &gradient, 2e-5);
        weights.iter_mut().zip(&d_weights).for_each(|(w, d)| *w -= 1e-3 * d);
    };
    let mut step = step;
    let rates = timed(seconds, BATCH, || pool.install(&mut step));
    // A backward pass takes twice as many as a forward pass.
    Speed::new(UNIT, rates).counted(Some(3.0 * operations))
}

/// The operations of the forward pass of a text, on average.
fn operations(encoder: &SentenceEncoder<f32>, texts: &[&[u32]]) -> f64 {
    texts.iter().map(|text| encoder.operations(text.len())).sum::<f64>() / texts.len() as f64
}

/// An encoder with random parameters.
fn encoder() -> SentenceEncoder<f32> {
    let config = EncoderConfig {
        family: Family::Bert,
        vocabulary: VOCABULARY,
        layers: 6,
        layer: TransformerLayer {
            attention: Attention { heads: 12, width: WIDTH },
            hidden: 1_536,
            activation: HiddenActivation::Gelu,
            epsilon: 1e-12,
        },
        positions: 512,
        segments: 2,
        padding: Some(0),
        relative: None,
    };
    let output = Output { poolings: vec![TokenPooling::Mean], normalise: true };
    let mut encoder = SentenceEncoder::zeros(config, output);
    let mut stream = rng::stream(1, "bench encoder", 0);
    let mut draw = || 0.1 * (rng::unit(&mut stream) - 0.5);
    encoder.tokens.trained.iter_mut().for_each(|x| *x = draw());
    for block in encoder.blocks().clone().iter() {
        let centre = if block.name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        encoder.dense[block.range.clone()].iter_mut().for_each(|x| *x = centre + draw());
    }
    encoder
}

fn texts(lengths: Lengths) -> Vec<Vec<u32>> {
    let mut stream = rng::stream(1, "bench encoder texts", 0);
    let mut text =
        |text| (0..lengths.of(text)).map(|_| 1 + rng::below(&mut stream, VOCABULARY - 1) as u32).collect();
    (0..BATCH).map(&mut text).collect()
}
