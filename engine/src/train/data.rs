//! The labelled examples of a task: texts or images.

use std::sync::Arc;

use crate::data::examples::Examples;
use crate::data::splits::Splits;
use crate::text::documents::Documents;
use crate::vision::Images;

/// The labelled examples of a task.
#[derive(Clone)]
pub enum Data {
    Text(Arc<Documents>),
    Images(Arc<Images>),
}

impl Data {
    /// The examples through their common interface.
    pub fn examples(&self) -> Arc<dyn Examples> {
        match self {
            Data::Text(documents) => documents.clone(),
            Data::Images(images) => images.clone(),
        }
    }
}

/// A task of an experiment: its labelled examples, and which of them each seed learns from and is tested on.
#[derive(Clone)]
pub struct Task {
    pub data: Data,
    pub splits: Splits,
}
