//! What a model says of a text, and which words it says it for.

/// What a model says of a text, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// A probability for each class.
    pub probabilities: Vec<f32>,
    /// The text as the model reads it.
    pub words: Vec<ExplainedWord>,
}

/// A word of an explained text.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedWord {
    /// The word as it was read: lower case, a phrase as one word.
    pub text: String,
    /// Whether the model knows it.
    pub known: bool,
    /// How much the log-odds of the guessed class fall when the word is left out.
    pub contribution: f32,
}

/// The place of the largest value; the first of equals.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}
