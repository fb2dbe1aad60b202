//! Images as features that never change: their pixels, or what the fixed part of a network gives of them.
//!
//! Of large images the pixels are means of squares, so that there are no more than [`SIDE`] along a side: a linear
//! classifier of single pixels of a photo has more weights than there are photos, takes minutes, and is no better.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::models::image_network::ImageNetwork;
use crate::session::record::Audit;
use crate::train::task::Workspace;
use crate::transfer::network::{self, Body};

use super::images::{CHUNK, Origin, steps};
use super::linear_probe::Featured;

/// Pixels along a side that a probe sees, at the most.
const SIDE: usize = 32;

/// What a probe reads of images.
pub struct ImageFeatures {
    body: Arc<Body>,
    /// `None` for pixels.
    origin: Option<Origin>,
    /// Of how many pixels along a side a feature is the mean.
    square: usize,
}

impl ImageFeatures {
    /// What `body` gives, which comes from `origin`.
    pub fn new(body: Arc<Body>, origin: Origin) -> ImageFeatures {
        ImageFeatures { body, origin: Some(origin), square: 1 }
    }

    /// The pixels of what `body` gives, which are the images as they are.
    pub fn pixels(body: Arc<Body>) -> ImageFeatures {
        let preparation = &body.images().preparation;
        let square = preparation.height.max(preparation.width).div_ceil(SIDE);
        ImageFeatures { body, origin: None, square }
    }

    /// Means of squares of prepared images.
    fn means(&self, prepared: &[f32], rows: &mut [f32]) {
        let preparation = &self.body.images().preparation;
        let (width, channels) = (preparation.width, preparation.channels);
        let across = width.div_ceil(self.square);
        let images = prepared.chunks_exact(preparation.len()).zip(rows.chunks_exact_mut(self.width()));
        for (image, row) in images {
            row.fill(0.0);
            let mut counts = vec![0.0_f32; row.len() / channels];
            for (place, pixel) in image.chunks_exact(channels).enumerate() {
                let at = place / width / self.square * across + place % width / self.square;
                counts[at] += 1.0;
                row[at * channels..][..channels].iter_mut().zip(pixel).for_each(|(sum, p)| *sum += p);
            }
            for (sums, count) in row.chunks_exact_mut(channels).zip(counts) {
                sums.iter_mut().for_each(|sum| *sum /= count);
            }
        }
    }
}

impl Featured for ImageFeatures {
    fn examples(&self) -> &dyn Examples {
        &**self.body.images()
    }

    fn width(&self) -> usize {
        if self.square == 1 {
            return self.body.width();
        }
        let preparation = &self.body.images().preparation;
        let side = |pixels: usize| pixels.div_ceil(self.square);
        side(preparation.height) * side(preparation.width) * preparation.channels
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn steps(&self) -> usize {
        steps(self.body.cost())
    }

    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>) {
        if self.square == 1 {
            return self.body.of(examples, rows, &mut workspace.image);
        }
        self.body.of(examples, &mut workspace.input, &mut workspace.image);
        rows.resize(examples.len() * self.width(), 0.0);
        self.means(&workspace.input, rows);
    }

    fn of_prepared(&self, prepared: &[f32], workspace: &mut Workspace) -> Option<Vec<f32>> {
        let mut row = vec![0.0; self.width()];
        if self.square == 1 {
            self.body.of_prepared(prepared, &mut row, &mut workspace.image);
        } else {
            self.means(prepared, &mut row);
        }
        Some(row)
    }

    fn parameters(&self) -> u64 {
        self.body.parameters() as u64
    }

    fn network(&self) -> Option<&ImageNetwork<f32>> {
        self.body.network()
    }

    fn audit(&self) -> Audit {
        let Some(origin) = &self.origin else { return Audit::NothingTransferred };
        let source = &origin.source.network;
        network::audit(origin.strategy, origin.hash, source, source, origin.fixed, origin.anew)
    }
}
