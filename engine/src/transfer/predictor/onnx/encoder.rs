//! ONNX graphs of sentence encoders: from the ids of tokens, special ones included, to the states of the tokens and the
//! vector of the text.

use crate::models::sentence_encoder::SentenceEncoder;
use crate::models::sentence_encoder::config::EncoderConfig;
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::token_pooling::TokenPooling;

use super::super::bodies::exported;
use super::super::bodies::weights::Weights;
use super::super::encoder::{EncoderLayers, EncoderModel};
use super::counts;
use super::graph::{Attribute, Graph, Kind};
use super::words::{Texts, as_floats, joined, linear, sum, unit_length};

use Attribute::{Float, Int, Ints};

/// The score of a token that is padding.
const NEVER: f32 = -1e30;

/// The logits `(B, C)` of a model with a sentence encoder.
pub fn logits<'t>(graph: &mut Graph<'t>, model: &'t EncoderModel<'_>) -> String {
    let (encoder, longest) = (model.encoder(), model.reader.reading().longest);
    match &model.layers {
        EncoderLayers::Linear(_, classifier) => {
            let texts = Texts::new(graph, Some(longest), 1, None);
            let x = states(graph, encoder, &texts);
            let vector = pooled(graph, encoder, &texts, &x);
            counts::classes(graph, &vector, classifier, &[])
        }
        EncoderLayers::Trained(trained) => {
            let head = trained.head().upon_parameters(&trained.encoder.dense[trained.head_range()]);
            let (weights, body) = (Weights::of(&head), exported(head.body()));
            let texts = Texts::new(graph, Some(longest), body.least_words(), None);
            let x = states(graph, encoder, &texts);
            let features = match trained.is_linear() {
                true => pooled(graph, encoder, &texts, &x),
                false => body.onnx(graph, &weights, &texts, &x),
            };
            let (weight, bias) = (weights.put(graph, "linear.weight"), weights.put(graph, "linear.bias"));
            linear(graph, &features, &weight, &bias)
        }
    }
}

/// A graph with the tensors of an encoder.
struct Layers<'g, 't> {
    graph: &'g mut Graph<'t>,
    encoder: &'t SentenceEncoder<f32>,
}

impl<'t> Layers<'_, 't> {
    /// The tensor of this name, and its shape.
    fn tensor(&mut self, name: &str) -> String {
        let block = self.encoder.blocks().iter().find(|block| block.name == name);
        let (shape, values) = block
            .map_or((&[][..], &[][..]), |block| (&block.shape[..], &self.encoder.dense[block.range.clone()]));
        self.graph.floats(name, shape, values)
    }

    /// `x (.., in)` times the transposed weight `(out, in)`, plus the bias.
    fn linear(&mut self, x: &str, name: &str) -> String {
        let (weight, bias) = (self.tensor(&format!("{name}.weight")), self.tensor(&format!("{name}.bias")));
        let weight = self.graph.node("Transpose", &[&weight], &[Ints("perm", &[1, 0])]);
        let product = self.graph.node("MatMul", &[x, &weight], &[]);
        self.graph.node("Add", &[&product, &bias], &[])
    }

    fn norm(&mut self, x: &str, name: &str) -> String {
        let (weight, bias) = (self.tensor(&format!("{name}.weight")), self.tensor(&format!("{name}.bias")));
        let epsilon = self.encoder.config.layer.epsilon as f32;
        self.graph.node(
            "LayerNormalization",
            &[x, &weight, &bias],
            &[Int("axis", -1), Float("epsilon", epsilon)],
        )
    }

    /// The position of each token, `(B, T)` or `(T)`.
    fn positions(&mut self, texts: &Texts) -> String {
        let graph = &mut *self.graph;
        let EncoderConfig { family, padding, positions, .. } = self.encoder.config;
        let last = graph.int(positions as i64 - 1);
        let places = match padding.filter(|_| family.counts_from_padding()) {
            None => texts.places.clone(),
            Some(padding) => {
                // Tokens are counted from the padding id on, without padding.
                let padding = graph.int(i64::from(padding));
                let is_padding = graph.node("Equal", &[&texts.ids, &padding], &[]);
                let counts = graph.node("Not", &[&is_padding], &[]);
                let counts = graph.node("Cast", &[&counts], &[Int("to", Kind::Int64 as i64)]);
                let axis = graph.int(1);
                let number = graph.node("CumSum", &[&counts, &axis], &[]);
                let number = graph.node("Mul", &[&number, &counts], &[]);
                graph.node("Add", &[&number, &padding], &[])
            }
        };
        graph.node("Min", &[&places, &last], &[])
    }

    /// What is added to the attention scores, `(1, heads, T, T)`, if the encoder has relative positions.
    fn distances(&mut self, texts: &Texts) -> Option<String> {
        let relative = self.encoder.config.relative?;
        let (longest, mut biases) = (self.encoder.longest() + 1, Vec::new());
        let block = self.encoder.blocks().iter().find(|block| block.name.starts_with("encoder.relative"))?;
        relative.forward(&self.encoder.dense[block.range.clone()], longest, &mut biases);
        let graph = &mut *self.graph;
        let table = graph.floats("distances", &[relative.heads, 2 * longest - 1], biases);
        let (row, column) = (graph.ints(&[0]), graph.ints(&[1]));
        let read = graph.node("Unsqueeze", &[&texts.places, &row], &[]);
        let reads = graph.node("Unsqueeze", &[&texts.places, &column], &[]);
        let distance = graph.node("Sub", &[&read, &reads], &[]);
        let middle = graph.int(longest as i64 - 1);
        let place = graph.node("Add", &[&distance, &middle], &[]);
        let (least, most) = (graph.int(0), graph.int(2 * longest as i64 - 2));
        let place = graph.node("Max", &[&place, &least], &[]);
        let place = graph.node("Min", &[&place, &most], &[]);
        let biases = graph.node("Gather", &[&table, &place], &[Int("axis", 1)]);
        Some(graph.node("Unsqueeze", &[&biases, &row], &[]))
    }

    /// The states after attention of all heads, `(B, T, D)`.
    fn attention(&mut self, x: &str, name: &str, mask: &str, distances: Option<&str>) -> String {
        let (heads, width) = (self.encoder.config.layer.attention.heads, self.encoder.config.width());
        let apart = self.graph.ints(&[0, 0, heads as i64, (width / heads) as i64]);
        let mut split = |part: &str, perm: &[i64]| {
            let y = self.linear(x, &format!("{name}.self.{part}"));
            let y = self.graph.node("Reshape", &[&y, &apart], &[]);
            self.graph.node("Transpose", &[&y], &[Ints("perm", perm)])
        };
        let (query, value) = (split("query", &[0, 2, 1, 3]), split("value", &[0, 2, 1, 3]));
        let key = split("key", &[0, 2, 3, 1]);
        let graph = &mut *self.graph;
        let scores = graph.node("MatMul", &[&query, &key], &[]);
        let factor = graph.float(1.0 / ((width / heads) as f32).sqrt());
        let mut scores = graph.node("Mul", &[&scores, &factor], &[]);
        if let Some(distances) = distances {
            scores = graph.node("Add", &[&scores, distances], &[]);
        }
        let never = graph.float(NEVER);
        let scores = graph.node("Where", &[mask, &scores, &never], &[]);
        let p = graph.node("Softmax", &[&scores], &[Int("axis", -1)]);
        let mixed = graph.node("MatMul", &[&p, &value], &[]);
        let mixed = graph.node("Transpose", &[&mixed], &[Ints("perm", &[0, 2, 1, 3])]);
        let together = graph.ints(&[0, 0, width as i64]);
        graph.node("Reshape", &[&mixed, &together], &[])
    }

    fn activation(&mut self, x: &str) -> String {
        let graph = &mut *self.graph;
        let sigmoid = |graph: &mut Graph<'t>, factor: f32| {
            let factor = graph.float(factor);
            let z = graph.node("Mul", &[x, &factor], &[]);
            let gate = graph.node("Sigmoid", &[&z], &[]);
            graph.node("Mul", &[x, &gate], &[])
        };
        let gate = match self.encoder.config.layer.activation {
            HiddenActivation::Relu => return graph.node("Relu", &[x], &[]),
            HiddenActivation::Silu => return sigmoid(graph, 1.0),
            HiddenActivation::QuickGelu => return sigmoid(graph, 1.702),
            HiddenActivation::Gelu => {
                let root = graph.float(std::f32::consts::FRAC_1_SQRT_2);
                let z = graph.node("Mul", &[x, &root], &[]);
                graph.node("Erf", &[&z], &[])
            }
            HiddenActivation::GeluTanh => {
                let (cubed, slope) =
                    (graph.float(0.044_715), graph.float((2.0 / std::f32::consts::PI).sqrt()));
                let square = graph.node("Mul", &[x, x], &[]);
                let cube = graph.node("Mul", &[&square, x], &[]);
                let cube = graph.node("Mul", &[&cube, &cubed], &[]);
                let z = graph.node("Add", &[x, &cube], &[]);
                let z = graph.node("Mul", &[&z, &slope], &[]);
                graph.node("Tanh", &[&z], &[])
            }
        };
        let (one, half) = (graph.float(1.0), graph.float(0.5));
        let gate = graph.node("Add", &[&gate, &one], &[]);
        let gated = graph.node("Mul", &[x, &gate], &[]);
        graph.node("Mul", &[&gated, &half], &[])
    }
}

/// The states of the tokens after the last layer, `(B, T, D)`.
fn states<'t>(graph: &mut Graph<'t>, encoder: &'t SentenceEncoder<f32>, texts: &Texts) -> String {
    let mut layers = Layers { graph, encoder };
    let config = &encoder.config;
    let tokens = encoder.token_block();
    let table = layers.graph.floats(&tokens.name, &tokens.shape, encoder.tokens.values());
    let mut x = texts.rows(layers.graph, &table);
    let (positions, places) =
        (layers.tensor("embeddings.position_embeddings.weight"), layers.positions(texts));
    let at = layers.graph.node("Gather", &[&positions, &places], &[]);
    x = layers.graph.node("Add", &[&x, &at], &[]);
    if config.segments > 0 {
        let segments = layers.tensor("embeddings.token_type_embeddings.weight");
        let first = layers.graph.int(0);
        let segment = layers.graph.node("Gather", &[&segments, &first], &[]);
        x = layers.graph.node("Add", &[&x, &segment], &[]);
    }
    x = layers.norm(&x, "embeddings.LayerNorm");
    let axes = layers.graph.ints(&[1, 2]);
    let mask = layers.graph.node("Unsqueeze", &[&texts.is_word, &axes], &[]);
    let distances = layers.distances(texts);
    for layer in 0..config.layers {
        let name = format!("encoder.layer.{layer}");
        let attention = format!("{name}.attention");
        let mixed = layers.attention(&x, &attention, &mask, distances.as_deref());
        let mixed = layers.linear(&mixed, &format!("{attention}.output.dense"));
        let y = layers.graph.node("Add", &[&x, &mixed], &[]);
        x = layers.norm(&y, &format!("{attention}.output.LayerNorm"));
        let inner = layers.linear(&x, &format!("{name}.intermediate.dense"));
        let inner = layers.activation(&inner);
        let inner = layers.linear(&inner, &format!("{name}.output.dense"));
        let y = layers.graph.node("Add", &[&x, &inner], &[]);
        x = layers.norm(&y, &format!("{name}.output.LayerNorm"));
    }
    x
}

/// The vectors of the texts, `(B, F)`, pooled from the states `x`.
fn pooled(graph: &mut Graph, encoder: &SentenceEncoder<f32>, texts: &Texts, x: &str) -> String {
    let words = as_floats(graph, &texts.is_word);
    let parts: Vec<String> = (encoder.output.poolings.iter())
        .map(|pooling| match pooling {
            TokenPooling::Mean => texts.mean(graph, x),
            TokenPooling::Max => texts.max(graph, x),
            TokenPooling::Cls => {
                let first = graph.int(0);
                let first = graph.node("Gather", &[x, &first], &[Int("axis", 1)]);
                texts.or_zero(graph, &first)
            }
            TokenPooling::MeanSqrtLength => {
                let root = graph.node("Sqrt", &[&texts.divisor], &[]);
                let sum = sum(graph, x, &words);
                graph.node("Div", &[&sum, &root], &[])
            }
            TokenPooling::WeightedMean => {
                let (one, axis) = (graph.float(1.0), graph.ints(&[1]));
                let places = graph.node("Cast", &[&texts.places], &[Int("to", Kind::Float as i64)]);
                let number = graph.node("Add", &[&places, &one], &[]);
                let weights = graph.node("Mul", &[&words, &number], &[]);
                let total = graph.node("ReduceSum", &[&weights, &axis], &[]);
                let total = graph.node("Max", &[&total, &one], &[]);
                let sum = sum(graph, x, &weights);
                graph.node("Div", &[&sum, &total], &[])
            }
            TokenPooling::LastToken => {
                let (one, axis) = (graph.int(1), graph.ints(&[1]));
                let last = graph.node("Sub", &[&texts.lengths, &one], &[]);
                let last = graph.node("Unsqueeze", &[&last, &axis], &[]);
                let is_last = graph.node("Equal", &[&texts.places, &last], &[]);
                let is_last = as_floats(graph, &is_last);
                sum(graph, x, &is_last)
            }
        })
        .collect();
    let vector = joined(graph, &parts);
    if encoder.output.normalise { unit_length(graph, &vector) } else { vector }
}
