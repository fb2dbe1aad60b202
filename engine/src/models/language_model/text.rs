//! A text as ids of a language model's vocabulary.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::nn::adaptive_softmax::Cuts;
use crate::pretrain::Corpus;
use crate::session::language_model::Softmax;
use crate::session::text_transfer::Tokens;
use crate::text::tokenise::for_each_token;
use crate::text::vocabulary::Counter;
use crate::text::words::Words;

/// The token for words that are not in the vocabulary,
pub const UNKNOWN: &str = "<unk>";
/// and the token after each document.
pub const END: &str = "<eos>";
/// The number of special tokens. They come before all words.
pub const MARKS: usize = 2;

/// The tails of an adaptive softmax begin where the words before them make up these fractions of the text. The head
/// then has few enough words to be cheap, and covers enough of the text that tails are rarely needed.
const TAILS: [f64; 2] = [0.85, 0.95];

/// The vocabulary of a model: the unknown token, the end-of-document token, then the words, the most frequent first.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    words: Words,
    counts: Vec<u64>,
    /// How texts are split into tokens. If tokens are separated by white space, a token spelled like a special token
    /// is one.
    pub how: Tokens,
    /// The number of tokens in the text, without special tokens.
    pub tokens: u64,
}

impl Lexicon {
    /// The words that occur at least `min_count` times, up to `most` including the special tokens.
    ///
    /// # Errors
    /// If the text cannot be read, or `going_on` returns an error.
    pub fn count(
        corpus: &dyn Corpus,
        how: Tokens,
        min_count: u64,
        most: usize,
        going_on: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Lexicon> {
        let mut counter = Counter::new(Counter::LIMIT);
        each_token(corpus, how, going_on, &mut |token| match token {
            UNKNOWN | END => {}
            word => counter.add(word),
        })?;
        let vocabulary = counter.finish(min_count.max(1));
        let words = vocabulary.words().iter().take(most.saturating_sub(MARKS)).map(String::from);
        let counts = vocabulary.counts()[..words.len()].to_vec();
        // The words of a vocabulary are distinct.
        Ok(Lexicon::of(words, counts, vocabulary.tokens()).unwrap_or_default().cut_by(how))
    }

    /// A vocabulary from its saved words, without the special tokens, and their counts. `None` if a word occurs twice
    /// or the lengths differ.
    pub fn of(words: impl IntoIterator<Item = String>, mut counts: Vec<u64>, tokens: u64) -> Option<Lexicon> {
        let mut all = Words::default();
        for word in [UNKNOWN.to_string(), END.to_string()].into_iter().chain(words) {
            if !all.insert(&word).1 {
                return None;
            }
        }
        counts.splice(0..0, [0; MARKS]);
        (counts.len() == all.len()).then_some(Lexicon { words: all, counts, how: Tokens::default(), tokens })
    }

    /// The same vocabulary for texts that are split into other tokens than words.
    pub fn cut_by(self, how: Tokens) -> Lexicon {
        Lexicon { how, ..self }
    }

    /// The words and special tokens by id.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// The count of each word in the text, without the special tokens.
    pub fn counts(&self) -> &[u64] {
        &self.counts[MARKS.min(self.counts.len())..]
    }

    /// The first words of the tails of a softmax over this vocabulary.
    pub fn cuts(&self, softmax: &Softmax) -> Cuts {
        let words = self.words.len();
        match softmax {
            Softmax::Full => Cuts::default(),
            Softmax::Adaptive { cutoffs } if !cutoffs.is_empty() => Cuts::new(cutoffs, words),
            Softmax::Adaptive { .. } => {
                let all = self.counts().iter().sum::<u64>() as f64;
                let mut before = self.counts().iter().scan(0, |sum, count| {
                    *sum += count;
                    Some(*sum as f64)
                });
                let mut at = Vec::new();
                let mut end = MARKS;
                for fraction in TAILS {
                    // The words that were skipped come before the tail.
                    end += before.by_ref().take_while(|&sum| sum < fraction * all).count() + 1;
                    at.push(end);
                }
                Cuts::new(&at, words)
            }
        }
    }

    /// The id of the unknown token.
    pub fn unknown(&self) -> u32 {
        0
    }

    /// The id of the end-of-document token.
    pub fn end(&self) -> u32 {
        1
    }

    /// The id of a token; the id of the unknown token if it is not in the vocabulary.
    pub fn number(&self, token: &str) -> u32 {
        self.words.id(token).map_or(0, |id| id as u32)
    }

    /// The ids of a whole text.
    ///
    /// # Errors
    /// If the text cannot be read, or `going_on` returns an error.
    pub fn numbers(&self, corpus: &dyn Corpus, going_on: &mut dyn FnMut() -> Result<()>) -> Result<Vec<u32>> {
        let mut numbers = Vec::new();
        each_token(corpus, self.how, going_on, &mut |token| numbers.push(self.number(token)))?;
        Ok(numbers)
    }
}

/// Passes on the tokens of a text, and [`END`] after each document that has any. Calls `going_on` from time to time.
fn each_token(
    corpus: &dyn Corpus,
    how: Tokens,
    going_on: &mut dyn FnMut() -> Result<()>,
    each: &mut dyn FnMut(&str),
) -> Result<()> {
    let (mut open, mut ended) = (false, Ok(()));
    corpus.read(&mut |piece| {
        for part in piece.split_inclusive('\n') {
            for_each_token(how, part, |token| {
                each(token);
                open = true;
            });
            if part.ends_with('\n') && std::mem::take(&mut open) {
                each(END);
            }
        }
        ended = going_on();
        if ended.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    ended?;
    if open {
        each(END);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretrain::Documents;

    #[test]
    fn documents_end_with_a_mark_and_rare_words_are_unknown() {
        let text = Documents(|| ["The cat, the dog", "", "the <unk> CAT"].into_iter().map(String::from));
        let mut going_on = || Ok(());
        let lexicon = Lexicon::count(&text, Tokens::Words, 2, 10, &mut going_on).unwrap();
        assert_eq!(lexicon.words().iter().collect::<Vec<_>>(), [UNKNOWN, END, "the", "cat"]);
        assert_eq!((lexicon.counts(), lexicon.tokens), (&[3, 2][..], 7));
        let numbers = lexicon.numbers(&text, &mut going_on).unwrap();
        assert_eq!(numbers, [2, 3, 2, 0, 1, 2, 0, 3, 1]);
        let lexicon = Lexicon::count(&text, Tokens::Whitespace, 1, 4, &mut going_on).unwrap();
        assert_eq!(lexicon.words().iter().collect::<Vec<_>>(), [UNKNOWN, END, "the", "CAT"]);
        // Of 100 tokens, 50 are the first word, 86 are among the first five words, 95 among the first eight.
        let counts = vec![50, 20, 10, 3, 3, 3, 3, 3, 2, 1, 1, 1];
        let words = (0..counts.len()).map(|word| word.to_string());
        let lexicon = Lexicon::of(words, counts, 100).unwrap();
        let cuts = |softmax: &Softmax| lexicon.cuts(softmax).as_slice().to_vec();
        assert!(cuts(&Softmax::Full).is_empty());
        assert_eq!(cuts(&Softmax::Adaptive { cutoffs: vec![] }), [7, 10]);
        assert_eq!(cuts(&Softmax::Adaptive { cutoffs: vec![3, 9, 20] }), [3, 9]);
        assert!(Lexicon::of(["a".into(), "a".into()], vec![1, 1], 2).is_none());
        assert!(Lexicon::of(["<eos>".into()], vec![1], 1).is_none());
    }

    #[test]
    fn whoever_has_enough_is_heard() {
        let text = Documents(|| std::iter::repeat_n("a b".to_string(), 1_000));
        let mut pieces = 0;
        let mut going_on = || {
            pieces += 1;
            if pieces > 3 { Err(crate::error::Error::Interrupted) } else { Ok(()) }
        };
        assert!(Lexicon::count(&text, Tokens::Words, 1, 10, &mut going_on).is_err());
        assert_eq!(pieces, 4);
    }
}
