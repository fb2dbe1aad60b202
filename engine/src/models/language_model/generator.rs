//! Text generation: a language model draws a text word by word.

use crate::nn::cross_entropy;
use crate::rng;
use crate::session::language_model::Direction;
use crate::text::tokenise::for_each_token;

use super::text::Lexicon;
use super::{LanguageModel, Workspace};

/// The most words of a text.
const LONGEST: usize = 1_000;

/// A language model with its vocabulary.
#[derive(Debug, Clone)]
pub struct Generator {
    /// The network with its parameters.
    pub model: LanguageModel,
    /// Its vocabulary, in the order of its outputs.
    pub lexicon: Lexicon,
    /// The direction in which it reads and generates words.
    pub direction: Direction,
}

/// The options of sampling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// The maximum number of words.
    pub words: usize,
    /// The logits are divided by it. A value below 1 makes likely words more likely, a value above 1 less likely.
    pub temperature: f32,
    /// The seed: the same seed and number give the same text.
    pub seed: u64,
    /// The number of the draw: with one seed, each number gives another text.
    pub number: u64,
}

impl Generator {
    /// See [`generate()`].
    pub fn generate(&self, prompt: &str, sampling: Sampling) -> String {
        generate(&self.model, &self.lexicon, self.direction, prompt, sampling)
    }
}

/// The text that follows `prompt` at the start of a document. It ends when the model ends the document. Words of the
/// prompt that are not in the vocabulary become the unknown token, which is never drawn. A backward model generates
/// the text before `prompt`.
pub fn generate(
    model: &LanguageModel,
    lexicon: &Lexicon,
    direction: Direction,
    prompt: &str,
    sampling: Sampling,
) -> String {
    let mut heard = vec![lexicon.end()];
    for_each_token(lexicon.how, prompt, |token| heard.push(lexicon.number(token)));
    if direction == Direction::Backward {
        heard[1..].reverse();
    }
    let (mut states, mut workspace) = (model.states(1), Workspace::default());
    let mut logits = vec![0.0; lexicon.words().len()];
    for &word in &heard {
        model.next(word, &mut states, &mut workspace, &mut logits);
    }
    let mut random = rng::stream(sampling.seed, "said", sampling.number);
    let mut said: Vec<&str> = Vec::new();
    for count in 0..sampling.words.min(LONGEST) {
        let cold = 1.0 / sampling.temperature.max(1e-3);
        logits.iter_mut().for_each(|logit| *logit *= cold);
        logits[lexicon.unknown() as usize] = f32::NEG_INFINITY;
        if count == 0 {
            // The text must have at least one word.
            logits[lexicon.end() as usize] = f32::NEG_INFINITY;
        }
        let words = logits.len();
        cross_entropy::softmax(&mut logits, words);
        let word = drawn(&logits, rng::unit64(&mut random));
        if word == lexicon.end() {
            break;
        }
        said.push(lexicon.words().get(word as usize));
        model.next(word, &mut states, &mut workspace, &mut logits);
    }
    if direction == Direction::Backward {
        said.reverse();
    }
    said.join(" ")
}

/// The index at which the cumulative probability exceeds `fraction`.
fn drawn(probabilities: &[f32], fraction: f64) -> u32 {
    let mut sum = 0.0;
    for (place, &probability) in probabilities.iter().enumerate() {
        sum += f64::from(probability);
        if sum > fraction {
            return place as u32;
        }
    }
    // Because of rounding, the sum is below `fraction`: take the last possible word.
    probabilities.iter().rposition(|&probability| probability > 0.0).unwrap_or(0) as u32
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::super::text::MARKS;
    use super::*;
    use crate::session::language_model::Cell;

    #[test]
    fn the_same_numbers_say_the_same_and_marks_are_never_said() {
        let names = ["a", "b", "c", "d"].map(String::from);
        let lexicon = Lexicon::of(names, vec![4, 3, 2, 1], 10).unwrap();
        let shape = Shape {
            words: 4 + MARKS,
            dim: 3,
            hidden: 4,
            layers: 1,
            cell: Cell::Gru,
            tied: false,
            cuts: Default::default(),
        };
        let mut model = LanguageModel::new(shape, 1);
        // The unknown token is the most probable one.
        model.bias_mut()[0] = 50.0;
        model.bias_mut()[5] = 3.0;
        let generator = Generator { model, lexicon, direction: Direction::Forward };
        let sampling = Sampling { words: 30, temperature: 1.0, seed: 1, number: 0 };
        let said = generator.generate("b nobody", sampling);
        assert_eq!(said, generator.generate("B, nobody", sampling));
        assert_ne!(said, generator.generate("b nobody", Sampling { number: 1, ..sampling }));
        assert!(
            !said.is_empty() && said.split(' ').all(|word| ["a", "b", "c", "d"].contains(&word)),
            "{said}"
        );
        // At temperature 0 the most probable word is drawn.
        let cold = generator.generate("", Sampling { words: 3, temperature: 0.0, ..sampling });
        assert_eq!(cold, "d d d");
    }

    #[test]
    fn what_cannot_be_is_not_drawn() {
        assert_eq!(
            [0.0, 0.49, 0.51, 1.0].map(|fraction| drawn(&[0.0, 0.5, 0.5, 0.0], fraction)),
            [1, 1, 2, 2]
        );
    }
}
