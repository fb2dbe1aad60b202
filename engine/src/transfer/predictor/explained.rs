//! The prediction for a text with the contribution of each word.

/// The prediction for a text, and its explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The probability of each class.
    pub probabilities: Vec<f32>,
    /// The words of the text as the model reads them.
    pub words: Vec<ExplainedWord>,
}

/// A word of an explained text.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedWord {
    /// The word as the model reads it: in lower case, and a phrase as one word.
    pub text: String,
    /// Whether the model knows it.
    pub known: bool,
    /// How much the log-odds of the predicted class fall when the word is left out.
    pub contribution: f32,
}

/// The index of the largest value; the first one among equals.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}
