//! The prediction for an example: its most probable classes.

use serde::Serialize;

/// A class and its probability.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    pub label: String,
    pub probability: f32,
}

/// What is predicted if no class is probable enough.
pub const UNDECIDED: &str = "undecided";

/// `labels`, the most probable first; before them [`UNDECIDED`], with the same probability as the first, if that is below
/// `threshold`.
pub fn decided(mut labels: Vec<Label>, threshold: Option<f32>) -> Vec<Label> {
    if let (Some(best), Some(threshold)) = (labels.first(), threshold)
        && best.probability < threshold
    {
        let probability = best.probability;
        labels.insert(0, Label { label: UNDECIDED.into(), probability });
    }
    labels
}

/// The `count` most probable classes, the most probable first. Among equals, the first class comes first.
pub fn top(classes: &[String], probabilities: &[f32], count: usize) -> Vec<Label> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let label = |&class: &usize| Label { label: classes[class].clone(), probability: probabilities[class] };
    order.iter().take(count).map(label).collect()
}
