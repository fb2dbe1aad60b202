//! Pictures as features that never change: their pixels, or what the fixed part of a network gives of them.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::session::record::Audit;
use crate::train::task::Workspace;
use crate::transfer::network::{self, Body};

use super::pictures::Origin;
use super::probed::Featured;

/// Pictures of a task: what the fixed part of a large network gives of one takes several milliseconds.
const CHUNK: usize = 4;

/// What a probe reads of pictures.
pub struct PictureFeatures {
    body: Arc<Body>,
    /// `None` for pixels.
    origin: Option<Origin>,
}

impl PictureFeatures {
    /// What `body` gives, which comes from `origin`.
    pub fn new(body: Arc<Body>, origin: Option<Origin>) -> PictureFeatures {
        PictureFeatures { body, origin }
    }
}

impl Featured for PictureFeatures {
    fn examples(&self) -> &dyn Examples {
        &**self.body.pictures()
    }

    fn width(&self) -> usize {
        self.body.width()
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn features(&self, examples: &[ExampleId], workspace: &mut Workspace, rows: &mut Vec<f32>) {
        self.body.of(examples, rows, &mut workspace.image);
    }

    fn parameters(&self) -> u64 {
        self.body.parameters() as u64
    }

    fn body(&self) -> Option<&Arc<Body>> {
        Some(&self.body)
    }

    fn audit(&self) -> Audit {
        let Some(origin) = &self.origin else { return Audit::NothingTransferred };
        let source = &origin.source.network;
        network::audit(origin.regime, origin.hash, source, source, origin.fixed, origin.anew)
    }
}
