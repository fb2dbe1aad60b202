//! ONNX graphs of image models: networks node by node, and linear classifiers of features or pixels.
//!
//! The layout of images is `(B, C, H, W)` in ONNX and `(B, H, W, C)` in this crate. A linear layer of this crate reads
//! the values of an image in the order `(H, W, C)`, so the graph transposes an image before it is flattened.

use crate::models::image_network::ImageNetwork;
use crate::models::image_network::plan::Op;
use crate::nn::activation::Activation;
use crate::nn::blocks::Values;
use crate::nn::convolution::{Shape, Window};
use crate::transfer::predictor::images::{ImageModel, ImagePredictor, squares};
use crate::transfer::probe::Linear;
use crate::vision::Preparation;

use super::counts::the_same;
use super::graph::{Attribute, Axis, BATCH, Graph, Kind};
use super::words::linear;

use Attribute::{Float, Int, Ints};

/// The logits `(B, C)` of an image model, from the input `pixels (B, channels, H, W)`.
pub fn logits(graph: &mut Graph, predictor: &ImagePredictor) -> String {
    let Preparation { height, width, channels, .. } = *predictor.preparation;
    let axes = [BATCH, Axis::Of(channels), Axis::Of(height), Axis::Of(width)];
    let pixels = graph.input("pixels", Kind::Float, &axes);
    let input = Shape { height, width, channels };
    match &predictor.model {
        // The network of the last piece is complete: the layers of the pieces before it are in it too.
        ImageModel::Network(pieces) => match pieces.last() {
            Some(last) => {
                let nodes = last.network.nodes();
                network(graph, &last.network, nodes, pixels)
            }
            None => pixels,
        },
        ImageModel::Linear { features: Some(piece), linear, .. } => {
            let features = network(graph, &piece.network, piece.nodes.end, pixels);
            classes(graph, &features, linear)
        }
        ImageModel::Linear { features: None, square, linear } => {
            let row = flat(graph, &pixels, input);
            classes(graph, &row, &of_pixels(linear, &predictor.preparation, *square))
        }
        ImageModel::ZeroShot { network: piece, outputs } => {
            let all = network(graph, &piece.network, piece.network.nodes(), pixels);
            let outputs: Vec<i64> = outputs.iter().map(|&output| output as i64).collect();
            let outputs = graph.ints(&outputs);
            graph.node("Gather", &[&all, &outputs], &[Int("axis", 1)])
        }
        ImageModel::Constant(probabilities) => {
            let batch = graph.node("Shape", &[&pixels], &[Int("start", 0), Int("end", 1)]);
            the_same(graph, probabilities, &batch)
        }
    }
}

/// A linear classifier of the means of squares of pixels, rewritten as an equal classifier of the pixels. The weight of
/// a pixel is that of its square, divided by the number of pixels in the square.
fn of_pixels(linear: &Linear, preparation: &Preparation, square: usize) -> Linear {
    let Preparation { height, width, channels, .. } = *preparation;
    let across = width.div_ceil(square);
    let of = |y: usize, x: usize| y / square * across + x / square;
    let mut counts = vec![0_usize; squares(preparation, square) / channels];
    (0..height).for_each(|y| (0..width).for_each(|x| counts[of(y, x)] += 1));
    let mut weights = Vec::with_capacity(height * width * channels * linear.outputs());
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let at = of(y, x);
        for channel in 0..channels {
            let own = linear.of_feature(at * channels + channel);
            weights.extend(own.iter().map(|weight| weight / counts[at] as f64));
        }
    }
    Linear { classes: linear.classes, weights, bias: linear.bias.clone() }
}

fn classes(graph: &mut Graph, features: &str, classifier: &Linear) -> String {
    let layer = classifier.as_layer();
    let (weight, bias) = layer.split_at(layer.len() - classifier.classes);
    let shape = [classifier.classes, weight.len() / classifier.classes];
    let weight = graph.floats("head.weight", &shape, weight.to_vec());
    let bias = graph.floats("head.bias", &[classifier.classes], bias.to_vec());
    linear(graph, features, &weight, &bias)
}

/// Flattens each image of `x (B, C, H, W)` to a row in the order `(H, W, C)`: `(B, H · W · C)`.
fn flat(graph: &mut Graph, x: &str, shape: Shape) -> String {
    let turned = match (shape.height, shape.width) {
        (1, 1) => x.to_string(),
        _ => graph.node("Transpose", &[x], &[Ints("perm", &[0, 2, 3, 1])]),
    };
    graph.node("Flatten", &[&turned], &[])
}

/// The output of the first `nodes` nodes of a network, one row for each image.
fn network(graph: &mut Graph, network: &ImageNetwork<f32>, nodes: usize, pixels: String) -> String {
    let plan = network.plan();
    let tensors = network.tensors(true);
    // Adds a tensor of a layer to the graph: a weight, or a running statistic.
    let put = |graph: &mut Graph, prefix: &str, tensor: &str| {
        let name = format!("{prefix}.{tensor}");
        let found = tensors.iter().find(|tensor| tensor.name == name);
        let (shape, values) = match found.map(|tensor| (&tensor.shape, &tensor.values)) {
            Some((shape, Values::Real(values))) => (shape.clone(), values.to_vec()),
            _ => (vec![0], Vec::new()),
        };
        graph.floats(&name, &shape, values)
    };
    let prefix = |start: usize| {
        let name = plan.parameters.name_at(start);
        name.rsplit_once('.').map_or(name, |(prefix, _)| prefix).to_string()
    };
    let mut values = vec![pixels];
    // Whether a value is flattened already, `(B, F)`.
    let mut is_row = vec![false];
    for node in &plan.nodes[..nodes] {
        let (x, from) = (values[node.reads[0]].clone(), plan.shape(node.reads[0]));
        let mut row = is_row[node.reads[0]];
        let value = match &node.op {
            Op::Convolution { layer, weights } => {
                let name = prefix(weights.start);
                let mut inputs = vec![x, put(graph, &name, "weight")];
                if layer.bias {
                    inputs.push(put(graph, &name, "bias"));
                }
                let inputs: Vec<&str> = inputs.iter().map(|input| &input[..]).collect();
                let sides = Sides::new(layer.window, layer.from, layer.to);
                graph.node(
                    "Conv",
                    &inputs,
                    &[&sides.attributes()[..], &[Int("group", layer.groups as i64)]].concat(),
                )
            }
            Op::BatchNorm { layer, weights, .. } => {
                let name = prefix(weights.start);
                let [weight, bias, mean, variance] =
                    ["weight", "bias", "running_mean", "running_var"].map(|tensor| put(graph, &name, tensor));
                let epsilon = Float("epsilon", layer.epsilon as f32);
                graph.node("BatchNormalization", &[&x, &weight, &bias, &mean, &variance], &[epsilon])
            }
            Op::Activation(Activation::Relu) => graph.node("Relu", &[&x], &[]),
            Op::Activation(Activation::Relu6) => {
                let (least, most) = (graph.float(0.0), graph.float(6.0));
                graph.node("Clip", &[&x, &least, &most], &[])
            }
            Op::Activation(Activation::Swish) => {
                let gate = graph.node("Sigmoid", &[&x], &[]);
                graph.node("Mul", &[&x, &gate], &[])
            }
            Op::MaxPool(layer) => {
                let sides = Sides::new(layer.window, layer.from, layer.to);
                graph.node("MaxPool", &[&x], &sides.attributes())
            }
            Op::AveragePool(layer) => {
                let sides = Sides::new(layer.window, layer.from, layer.to);
                let padding_counts = Int("count_include_pad", 1);
                graph.node("AveragePool", &[&x], &[&sides.attributes()[..], &[padding_counts]].concat())
            }
            Op::GlobalAverage => graph.node("GlobalAveragePool", &[&x], &[]),
            Op::Dense { weights, .. } => {
                let name = prefix(weights.start);
                let x = if row { x } else { flat(graph, &x, from) };
                row = true;
                let (weight, bias) = (put(graph, &name, "weight"), put(graph, &name, "bias"));
                linear(graph, &x, &weight, &bias)
            }
            Op::Add => graph.node("Add", &[&x, &values[node.reads[1]]], &[]),
            Op::Concat => {
                let parts: Vec<&str> = node.reads.iter().map(|&value| &values[value][..]).collect();
                graph.node("Concat", &parts, &[Int("axis", 1)])
            }
            Op::Dropout(_) => x,
        };
        values.push(value);
        is_row.push(row);
    }
    let (last, row) = (values.pop().unwrap_or_default(), is_row.pop().unwrap_or_default());
    if row { last } else { flat(graph, &last, plan.shape(nodes)) }
}

/// A window with the attributes of ONNX, which has separate padding at the beginning and at the end of each axis.
struct Sides {
    size: [i64; 2],
    strides: [i64; 2],
    padding: [i64; 4],
}

impl Sides {
    fn new(window: Window, from: Shape, to: Shape) -> Sides {
        let Window { size, stride, before } = window;
        // The padding at the end: what the last window needs beyond the image; 0 if that window ends within it.
        let behind = |from: usize, to: usize| {
            (to.saturating_sub(1) * stride + size).saturating_sub(before + from) as i64
        };
        let before = before as i64;
        Sides {
            size: [size as i64; 2],
            strides: [stride as i64; 2],
            padding: [before, before, behind(from.height, to.height), behind(from.width, to.width)],
        }
    }

    fn attributes(&self) -> [Attribute<'_>; 3] {
        [Ints("kernel_shape", &self.size), Ints("strides", &self.strides), Ints("pads", &self.padding)]
    }
}
