//! Explains a prediction by the contribution of each word, which is measured by leaving the word out.
//!
//! The contribution of a word is how much the log-odds of the predicted class fall when the word is
//! left out (Li, Monroe & Jurafsky 2016, "Understanding neural networks through representation erasure"). It needs
//! only the model's predictions, so it is comparable between methods.

use super::explained::{Explained, ExplainedWord, argmax};

/// The most texts that one explanation classifies, besides the whole text. For a longer text, pieces of several words
/// are left out, and each word of a piece gets an equal part of the piece's contribution. So an explanation never
/// takes long.
const QUESTIONS: usize = 64;

/// The prediction for `words`, and the contribution of each word. `known` says which words the model knows.
/// `classify` returns the probabilities `(B, classes)` of texts; a text is given as the indices of the words that it
/// keeps.
pub fn by_leaving_out(
    words: &[String],
    known: &[bool],
    classes: usize,
    mut classify: impl FnMut(&[Vec<usize>]) -> Vec<f32>,
) -> Explained {
    let piece = words.len().div_ceil(QUESTIONS).max(1);
    let pieces: Vec<std::ops::Range<usize>> =
        (0..words.len()).step_by(piece).map(|start| start..(start + piece).min(words.len())).collect();
    let mut texts = vec![(0..words.len()).collect::<Vec<_>>()];
    texts.extend(pieces.iter().map(|left_out| (0..words.len()).filter(|w| !left_out.contains(w)).collect()));
    let answers = classify(&texts);
    let probabilities = answers[..classes].to_vec();
    let guess = argmax(&probabilities);
    let log_odds = |p: &[f32]| {
        let p = f64::from(p[guess]).clamp(1e-9, 1.0 - 1e-9);
        (p / (1.0 - p)).ln()
    };
    let whole = log_odds(&probabilities);
    let mut contributions = vec![0.0; words.len()];
    for (left_out, answer) in pieces.iter().zip(answers[classes..].chunks_exact(classes)) {
        let fraction = (whole - log_odds(answer)) / left_out.len() as f64;
        contributions[left_out.clone()].fill(fraction as f32);
    }
    let words = words
        .iter()
        .zip(known)
        .zip(contributions)
        .map(|((text, &known), contribution)| ExplainedWord { text: text.clone(), known, contribution })
        .collect();
    Explained { probabilities, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model that counts the word "good" and ignores all other words.
    fn answers(words: &[String], texts: &[Vec<usize>]) -> Vec<f32> {
        texts
            .iter()
            .flat_map(|text| {
                let good = text.iter().filter(|&&w| words[w] == "good").count();
                let p = 1.0 / (1.0 + (-(good as f32)).exp());
                [1.0 - p, p]
            })
            .collect()
    }

    #[test]
    fn the_word_that_decides_contributes_and_others_do_not() {
        let words: Vec<String> = ["a", "good", "film"].map(String::from).to_vec();
        let guess = by_leaving_out(&words, &[true, true, false], 2, |texts| answers(&words, texts));
        assert_eq!(argmax(&guess.probabilities), 1);
        assert!((guess.words[1].contribution - 1.0).abs() < 1e-5);
        assert!(guess.words[0].contribution.abs() < 1e-6 && !guess.words[2].known);
    }

    #[test]
    fn long_texts_are_asked_in_pieces_and_empty_ones_are_fine() {
        let words: Vec<String> =
            (0..1000).map(|i| if i == 500 { "good".into() } else { format!("w{i}") }).collect();
        let mut asked = 0;
        let guess = by_leaving_out(&words, &vec![true; 1000], 2, |texts| {
            asked = texts.len();
            answers(&words, texts)
        });
        assert!(asked <= QUESTIONS + 1);
        let sum: f32 = guess.words.iter().map(|w| w.contribution).sum();
        assert!((sum - 1.0).abs() < 1e-4 && guess.words[500].contribution > 0.0);
        assert!(by_leaving_out(&[], &[], 2, |texts| answers(&[], texts)).words.is_empty());
    }
}
