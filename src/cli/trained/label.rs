//! The prediction for an example: its most probable classes.

use serde::Serialize;

/// A class and its probability.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    pub label: String,
    pub probability: f32,
}

/// The prediction if no class is probable enough.
pub const UNDECIDED: &str = "undecided";

/// Adds [`UNDECIDED`] at the front of `labels` if the probability of the first label is below `threshold`. The new
/// label gets that probability. `labels` are sorted, the most probable first.
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
