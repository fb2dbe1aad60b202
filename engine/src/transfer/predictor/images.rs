//! Predictor for images: from an image to the probabilities of its classes.

use std::borrow::Cow;
use std::ops::Range;

use crate::data::image::Image;
use crate::models::image_network::{ImageNetwork, Ready, Workspace};
use crate::nn::cross_entropy::softmax;
use crate::transfer::calibration::Temperature;
use crate::transfer::probe::Linear;
use crate::vision::Preparation;

/// The most values of a batch at the network's largest layer output. So a batch stays in the processor's cache.
const TOGETHER: usize = 1 << 18;

/// A predictor that reads images.
#[derive(Clone)]
pub struct ImagePredictor<'a> {
    /// The names of the classes.
    pub classes: Cow<'a, [String]>,
    /// How an image is resized and normalised for the network.
    pub preparation: Cow<'a, Preparation>,
    /// The layers that read the prepared image.
    pub model: ImageModel<'a>,
    /// What the logits of the classes are divided by.
    pub temperature: Temperature,
}

/// A model of images.
#[derive(Clone)]
pub enum ImageModel<'a> {
    /// A network whose last layer gives the classes. Its pieces follow each other; the frozen piece comes from the
    /// source's network.
    Network(Vec<Piece<'a>>),
    /// A linear classifier on features: the output of a piece of a network, or pixels.
    Linear {
        /// The piece that computes the features; `None` for pixels.
        features: Option<Piece<'a>>,
        /// Without a network, a feature is the mean of a square of pixels. This is the side of the square, in pixels.
        square: usize,
        /// The classifier on the features.
        linear: Cow<'a, Linear>,
    },
    /// A pre-trained network with more classes than the task.
    ZeroShot {
        /// The whole network.
        network: Piece<'a>,
        /// For each class of the task the output of the network.
        outputs: Cow<'a, [usize]>,
    },
    /// The same probabilities for every image: the majority-class baseline, and models that have not learned anything
    /// yet.
    Constant(Vec<f32>),
}

/// Consecutive nodes of a network, prepared for inference.
#[derive(Clone)]
pub struct Piece<'a> {
    /// The network that has the nodes.
    pub network: Cow<'a, ImageNetwork<f32>>,
    /// The weights of `nodes`, prepared for inference.
    pub ready: Cow<'a, Ready<f32>>,
    /// The range of the nodes.
    pub nodes: Range<usize>,
}

impl<'a> Piece<'a> {
    /// The piece with these nodes of a network.
    pub fn of(network: &'a ImageNetwork<f32>, nodes: Range<usize>) -> Piece<'a> {
        let ready = Cow::Owned(network.ready(nodes.clone()));
        Piece { network: Cow::Borrowed(network), ready, nodes }
    }

    /// The number of values that the piece reads per image.
    pub fn reads(&self) -> usize {
        let plan = self.network.plan();
        plan.nodes.get(self.nodes.start).map_or(0, |node| plan.shape(node.reads[0]).size())
    }

    /// The number of values that the piece outputs per image.
    pub fn gives(&self) -> usize {
        self.network.plan().shape(self.nodes.end).size()
    }

    /// Computes the output of the piece for `input`, one image after another, and writes it to `out`.
    pub fn answer(&self, input: &[f32], out: &mut Vec<f32>, workspace: &mut Workspace<f32>) {
        let (reads, gives) = (self.reads().max(1), self.gives());
        let together = together(&self.network);
        out.resize(input.len() / reads * gives, 0.0);
        for (input, out) in input.chunks(together * reads).zip(out.chunks_mut(together * gives)) {
            let count = input.len() / reads;
            out.copy_from_slice(self.network.answer(
                &self.ready,
                self.nodes.clone(),
                input,
                count,
                workspace,
            ));
        }
    }
}

/// The number of images in one batch of inference.
pub fn together(network: &ImageNetwork<f32>) -> usize {
    let plan = network.plan();
    let largest = plan.nodes.iter().map(|node| node.shape.size()).max().unwrap_or(1);
    (TOGETHER / largest.max(1)).clamp(1, 32)
}

impl ImagePredictor<'_> {
    /// The probabilities of the classes of an image, `(C)`.
    pub fn probabilities(&self, image: &Image, workspace: &mut Workspace<f32>) -> Vec<f32> {
        let mut prepared = vec![0.0; self.preparation.len()];
        self.preparation.prepare(image, &mut prepared);
        self.of_prepared(&prepared, workspace)
    }

    /// The probabilities `(B, C)`, row by row, of prepared images `(B, H, W, C)`.
    pub fn of_prepared(&self, prepared: &[f32], workspace: &mut Workspace<f32>) -> Vec<f32> {
        let mut out = Vec::new();
        match &self.model {
            ImageModel::Network(pieces) => {
                let mut input = Cow::Borrowed(prepared);
                for piece in pieces {
                    piece.answer(&input, &mut out, workspace);
                    input = Cow::Owned(std::mem::take(&mut out));
                }
                out = input.into_owned();
                softmax(&mut out, self.classes.len());
            }
            ImageModel::Linear { features, square, linear } => {
                let width = match features {
                    Some(piece) => piece.gives(),
                    None => squares(&self.preparation, *square),
                };
                let mut rows = Vec::new();
                match features {
                    Some(piece) => piece.answer(prepared, &mut rows, workspace),
                    None if *square == 1 => rows.extend_from_slice(prepared),
                    None => {
                        rows.resize(prepared.len() / self.preparation.len() * width, 0.0);
                        means(&self.preparation, *square, prepared, &mut rows);
                    }
                }
                rows.chunks_exact(width.max(1)).for_each(|row| linear.append(row, &mut out));
            }
            ImageModel::ZeroShot { network, outputs } => {
                let mut logits = Vec::new();
                network.answer(prepared, &mut logits, workspace);
                for logits in logits.chunks_exact(network.gives().max(1)) {
                    out.extend(outputs.iter().map(|&output| logits[output]));
                }
                softmax(&mut out, outputs.len());
            }
            ImageModel::Constant(probabilities) => {
                let images = prepared.len() / self.preparation.len().max(1);
                (0..images).for_each(|_| out.extend(probabilities));
            }
        }
        self.temperature.apply(&mut out, self.classes.len());
        out
    }
}

/// The number of features of an image if each feature is the mean of a square with `square` pixels along a side.
pub fn squares(preparation: &Preparation, square: usize) -> usize {
    preparation.height.div_ceil(square) * preparation.width.div_ceil(square) * preparation.channels
}

/// Writes to `rows` the means of squares of pixels of prepared images.
pub fn means(preparation: &Preparation, square: usize, prepared: &[f32], rows: &mut [f32]) {
    let (width, channels) = (preparation.width, preparation.channels);
    let across = width.div_ceil(square);
    let images = prepared.chunks_exact(preparation.len());
    for (image, row) in images.zip(rows.chunks_exact_mut(squares(preparation, square))) {
        row.fill(0.0);
        let mut counts = vec![0.0_f32; row.len() / channels];
        for (place, pixel) in image.chunks_exact(channels).enumerate() {
            let at = place / width / square * across + place % width / square;
            counts[at] += 1.0;
            row[at * channels..][..channels].iter_mut().zip(pixel).for_each(|(sum, p)| *sum += p);
        }
        for (sums, count) in row.chunks_exact_mut(channels).zip(counts) {
            sums.iter_mut().for_each(|sum| *sum /= count);
        }
    }
}
