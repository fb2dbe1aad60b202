//! The words of a text that get static vectors beside the tokens of the encoder, and how often each token occurs in it.
//!
//! Words are those that reach the encoder's model: normalised and split by its own tokeniser. Each can be a token of its
//! own, and a word that is none is cut into the encoder's tokens, as before.

use std::collections::HashSet;
use std::ops::ControlFlow;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::pretrain::Corpus;
use crate::session::distillation::Distillation;
use crate::text::subword_tokeniser::SubwordTokeniser;
use crate::text::vocabulary::{Counter, Vocabulary};

/// Stretches between white space of more bytes are normalised and split where they occur: whole sentences, in scripts
/// without spaces. Shorter ones are counted first, so that each different one is split once.
const LONG: usize = 48;
/// The number of bytes of long stretches that are split side by side.
const LONG_BYTES: usize = 1 << 20;
/// The number of different short stretches that are split side by side.
const SIDE_BY_SIDE: usize = 1 << 16;

/// What a text says about the tokens of static vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfText {
    /// The words of the text that are no token of the encoder, the most frequent first.
    pub words: Vec<String>,
    /// How often each token occurs: first the encoder's, then the words.
    pub counts: Vec<u64>,
    /// The number of words that were counted.
    pub total: u64,
}

/// The words of `text`, normalised and split by `tokeniser`, with their counts. `going_on` gets the bytes so far.
///
/// # Errors
/// When the text cannot be read or has no words; also the errors of `going_on`.
pub fn words(
    text: &dyn Corpus,
    tokeniser: &SubwordTokeniser,
    going_on: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Vocabulary> {
    let (mut stretches, mut words) = (Counter::new(Counter::LIMIT), Counter::new(Counter::LIMIT));
    let (mut long, mut long_bytes, mut bytes) = (Vec::new(), 0, 0);
    let mut outcome = Ok(());
    text.read(&mut |piece| {
        let mut take = || -> Result<()> {
            bytes += piece.len() as u64;
            going_on(bytes)?;
            for stretch in piece.split_whitespace() {
                if stretch.len() <= LONG {
                    stretches.add(stretch);
                    continue;
                }
                long_bytes += stretch.len();
                long.push((stretch.to_string(), 1));
                if long_bytes >= LONG_BYTES {
                    count(&long, tokeniser, &mut words)?;
                    (long_bytes, long) = (0, Vec::new());
                }
            }
            Ok(())
        };
        if let Err(error) = take() {
            outcome = Err(error);
        }
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    outcome?;
    count(&long, tokeniser, &mut words)?;
    let stretches = stretches.finish(1);
    let all: Vec<(&str, u64)> = stretches.words().iter().zip(stretches.counts().iter().copied()).collect();
    for some in all.chunks(SIDE_BY_SIDE) {
        going_on(bytes)?;
        count(some, tokeniser, &mut words)?;
    }
    let words = words.finish(1);
    if words.is_empty() {
        let problem = format!("{} has no words", text.name());
        return Err(Error::request(problem, "name a text with words"));
    }
    Ok(words)
}

/// Adds the words of stretches, each of which occurs so many times.
fn count<T: AsRef<str> + Sync>(
    stretches: &[(T, u64)],
    tokeniser: &SubwordTokeniser,
    words: &mut Counter,
) -> Result<()> {
    let split: Vec<Vec<String>> =
        stretches.par_iter().map(|(stretch, _)| tokeniser.words(stretch.as_ref())).collect::<Result<_>>()?;
    for (found, (_, times)) in split.iter().zip(stretches) {
        found.iter().for_each(|word| words.add_times(word, *times));
    }
    Ok(())
}

/// The words of `all` that get a vector of their own: those that occur often enough, are no token of `tokeniser`, and
/// whose tokens it knows.
///
/// # Errors
/// When the tokeniser cannot cut a word.
pub fn chosen(all: &Vocabulary, tokeniser: &SubwordTokeniser, asked: &Distillation) -> Result<Vec<String>> {
    let unknown = tokeniser.unknown();
    let frequent = all.counts().partition_point(|&count| count >= asked.min_count.max(1));
    let tokens: HashSet<String> = tokeniser.tokens().map(|(token, _)| token).collect();
    let mut words = Vec::new();
    for word in all.words().iter().take(frequent).filter(|word| !tokens.contains(*word)) {
        if words.len() == asked.max_vocabulary {
            break;
        }
        let ids = tokeniser.ids_of_word(word)?;
        if !ids.is_empty() && !ids.iter().any(|id| Some(*id) == unknown) {
            words.push(word.to_string());
        }
    }
    Ok(words)
}

/// How often each token of `tokeniser` occurs in a text with the words `all`.
///
/// # Errors
/// When the tokeniser cannot cut a word.
pub fn token_counts(all: &Vocabulary, tokeniser: &SubwordTokeniser) -> Result<Vec<u64>> {
    let mut counts = vec![0; tokeniser.ids_end()];
    let words: Vec<(&str, u64)> = all.words().iter().zip(all.counts().iter().copied()).collect();
    for some in words.chunks(SIDE_BY_SIDE) {
        let cut: Vec<Vec<u32>> =
            some.par_iter().map(|(word, _)| tokeniser.ids_of_word(word)).collect::<Result<_>>()?;
        for (ids, (_, times)) in cut.iter().zip(some) {
            ids.iter().for_each(|&id| counts[id as usize] += times);
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretrain::Documents;
    use crate::session::ron_dialect::ron_options;
    use crate::text::model_tokeniser::tests::small;

    fn counted(text: &'static str) -> Vocabulary {
        words(&Documents(move || [text.to_string()].into_iter()), &small(), &mut |_| Ok(())).unwrap()
    }

    #[test]
    fn words_are_counted_as_the_tokeniser_sees_them() {
        let long = "start.start.start.start.start.start.start.start.start.Warmer";
        assert!(long.len() > LONG);
        let all = counted(
            "Warmer, the FILM! warmer-the start.start.start.start.start.start.start.start.start.Warmer",
        );
        let found: Vec<(&str, u64)> = all.words().iter().zip(all.counts().iter().copied()).collect();
        let expected =
            [(".", 9), ("start", 9), ("warmer", 3), ("the", 2), ("!", 1), (",", 1), ("-", 1), ("film", 1)];
        assert_eq!(found, expected);
        // Tokens of the tokeniser are no new words; what it cannot cut is none either.
        let asked = |more: &str| -> Distillation {
            ron_options().from_str(&format!("(encoder: \"e\", min_count: 1{more})")).unwrap()
        };
        assert_eq!(chosen(&all, &small(), &asked("")).unwrap(), ["warmer"]);
        let all = counted("warmstart warmer warmer starter");
        assert_eq!(chosen(&all, &small(), &asked(", max_vocabulary: 1")).unwrap(), ["warmer"]);
        assert_eq!(chosen(&all, &small(), &asked("")).unwrap(), ["warmer", "starter"]);
        assert_eq!(token_counts(&all, &small()).unwrap(), [0, 1, 2, 1, 3, 0, 0, 0, 0]);
    }

    #[test]
    fn a_text_without_words_is_refused_and_reading_can_be_ended() {
        let empty = Documents(|| [" \n ".to_string()].into_iter());
        let told = words(&empty, &small(), &mut |_| Ok(())).unwrap_err().to_string();
        assert!(told.contains("has no words"), "{told}");
        let endless = Documents(|| std::iter::repeat("warm ".to_string()));
        let mut left = 3;
        let ended = words(&endless, &small(), &mut |_| {
            left -= 1;
            if left > 0 { Ok(()) } else { Err(Error::Interrupted) }
        });
        assert!(matches!(ended, Err(Error::Interrupted)));
    }
}
