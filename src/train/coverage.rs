//! Why words of a task have no vector: whether case or tokenisation is to blame, as far as can be told.

use crate::session::record::{Cause, Missing};
use crate::text::words::Words;

/// Words that are named for each cause.
const EXAMPLES: usize = 6;
/// Letters of a part of a word, at the least.
const PART: usize = 3;
/// A part counts if it is among the first so many words: rare ones are part of anything.
const COMMON: usize = 50_000;

/// The causes for which words are missing, that of the largest share of the text first. `missing` has every word without
/// a vector with its count, the frequent first; `known` are the words with vectors, `tokens` all words of the text.
pub fn causes(missing: &[(String, u64)], known: &Words, tokens: u64) -> Vec<Missing> {
    let empty = |cause| Missing { cause, by_token: 0.0, types: 0, examples: Vec::new() };
    let mut causes =
        [Cause::Case, Cause::Tokenisation, Cause::Parts, Cause::Number, Cause::Unknown].map(empty);
    for (word, count) in missing {
        let (cause, instead) = cause(word, known);
        let Some(found) = causes.iter_mut().find(|missing| missing.cause == cause) else { continue };
        found.by_token += *count as f64;
        found.types += 1;
        if found.examples.len() < EXAMPLES {
            found.examples.push((word.clone(), instead));
        }
    }
    causes.iter_mut().for_each(|found| found.by_token /= tokens.max(1) as f64);
    let mut causes: Vec<Missing> = causes.into_iter().filter(|found| found.types > 0).collect();
    causes.sort_by(|a, b| b.by_token.total_cmp(&a.by_token));
    causes
}

/// Why a word has no vector, and what has one in its stead.
fn cause(word: &str, known: &Words) -> (Cause, String) {
    let mut letters = word.chars();
    let capital: String = letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect());
    for other in [capital, word.to_uppercase()] {
        if other != word && known.id(&other).is_some() {
            return (Cause::Case, other);
        }
    }
    if word.chars().any(char::is_numeric) {
        return (Cause::Number, String::new());
    }
    // Endings that stand by themselves here, and not where the vectors are from.
    let whole = match word {
        "n't" => ["don't", "can't"],
        _ if word.starts_with('\'') => ["it's", "I'm"],
        _ => ["", ""],
    };
    if let Some(whole) = whole.into_iter().find(|whole| !whole.is_empty() && known.id(whole).is_some()) {
        return (Cause::Tokenisation, whole.to_string());
    }
    let common = |part: &str| known.id(part).is_some_and(|id| id < COMMON);
    let long = |part: &str| part.chars().count() >= PART;
    let parts = word.char_indices().map(|(at, _)| word.split_at(at));
    let parts = parts.filter(|(a, b)| long(a) && long(b) && common(a) && common(b));
    // Of several ways to cut it that into the longest parts: the shorter of the two is longest.
    match parts.max_by_key(|(a, b)| a.len().min(b.len())) {
        Some((a, b)) => (Cause::Parts, format!("{a} + {b}")),
        None => (Cause::Unknown, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_tokenisation_and_numbers_are_told_from_words_that_nobody_knows() {
        let known: Words = ["Paris", "NASA", "don't", "film", "maker", "the"].into_iter().collect();
        let missing: Vec<(String, u64)> =
            [("n't", 50), ("paris", 30), ("filmmaker", 9), ("nasa", 8), ("1999", 7), ("zorblax", 1)]
                .map(|(word, count)| (word.to_string(), count))
                .to_vec();
        let found = causes(&missing, &known, 1_000);
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(
            found.iter().map(|m| m.cause).collect::<Vec<_>>(),
            [Cause::Tokenisation, Cause::Case, Cause::Parts, Cause::Number, Cause::Unknown]
        );
        assert_eq!(found[0].examples, [pair("n't", "don't")]);
        assert_eq!(found[2].examples, [pair("filmmaker", "film + maker")]);
        assert_eq!(found[1].examples, [pair("paris", "Paris"), pair("nasa", "NASA")]);
        assert!((found[1].by_token - 0.038).abs() < 1e-9 && found[1].types == 2);
        assert!(causes(&[], &known, 0).is_empty());
    }
}
