//! What a model says of an example, the most probable class first.

use serde::Serialize;

/// A class, and how probable it is.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    pub label: String,
    pub probability: f32,
}

/// The most probable of the classes, so many, the most probable first; of equals the first.
pub fn top(classes: &[String], probabilities: &[f32], count: usize) -> Vec<Label> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let label = |&class: &usize| Label { label: classes[class].clone(), probability: probabilities[class] };
    order.iter().take(count).map(label).collect()
}
