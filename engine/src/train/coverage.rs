//! Why words of a task have no vector, for example because of case or tokenisation, as far as this can be determined.

use std::collections::{HashMap, HashSet};

use icu_properties::props::Script;
use icu_properties::{CodePointMapData, PropertyNamesLong};

use crate::session::coverage::{Cause, Missing};
use crate::text::spelling::loose;
use crate::text::words::Words;

/// How many example words are given for each cause.
const EXAMPLES: usize = 6;
/// The smallest number of letters of a part of a word.
const PART: usize = 3;
/// A part counts only if it is among this many most frequent words, because rare words occur as parts of anything.
const COMMON: usize = 50_000;

/// How many of the known words are compared with missing ones. Files have the frequent words first.
const LOOKED_AT: usize = 200_000;

/// The causes for which words are missing, ordered by their fraction of the text. `missing` has every word without a
/// vector with its count, frequent ones first; `known` are the words with vectors, `tokens` is the number of words in
/// the text.
pub fn causes(missing: &[(String, u64)], known: &Words, tokens: u64) -> Vec<Missing> {
    let empty = |cause| Missing { cause, by_token: 0.0, types: 0, examples: Vec::new() };
    let mut causes = [
        Cause::Case,
        Cause::Accents,
        Cause::Form,
        Cause::Script,
        Cause::Tokenisation,
        Cause::Parts,
        Cause::Number,
        Cause::Unknown,
    ]
    .map(empty);
    if missing.is_empty() {
        return Vec::new();
    }
    let others = Others::of(known);
    for (word, count) in missing {
        let (cause, instead) = cause(word, known, &others);
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

/// An index of the known words, to find one that is written differently.
struct Others {
    /// The index of the first word with each [loose] spelling: with accents kept, and with accents removed.
    loose: [HashMap<String, usize>; 2],
    /// The scripts of the known words.
    scripts: HashSet<Script>,
}

impl Others {
    fn of(known: &Words) -> Others {
        let mut others = Others { loose: Default::default(), scripts: HashSet::new() };
        for (id, word) in known.iter().take(LOOKED_AT).enumerate() {
            others.scripts.extend(script(word));
            // Lower-case ASCII words need no entry: they are found directly in the vocabulary.
            if !word.is_ascii() || word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                for (by, accents) in others.loose.iter_mut().zip([true, false]) {
                    by.entry(loose(word, accents)).or_insert(id);
                }
            }
        }
        others
    }

    /// A known word that differs from `word` only in case, accents or equivalent characters, and in which of these.
    fn like(&self, word: &str, known: &Words) -> Option<(Cause, String)> {
        for (by, accents) in self.loose.iter().zip([true, false]) {
            let key = loose(word, accents);
            let Some(id) = known.id(&key).or_else(|| by.get(&key).copied()) else { continue };
            let other = known.get(id);
            let folded = |word: &str| word.to_uppercase().to_lowercase();
            let cause = match accents {
                false => Cause::Accents,
                true if folded(word) == folded(other) => Cause::Case,
                true => Cause::Form,
            };
            return (other != word).then(|| (cause, other.to_string()));
        }
        None
    }
}

/// The script of the first letter of `word` whose script is neither common nor inherited.
fn script(word: &str) -> Option<Script> {
    let scripts = CodePointMapData::<Script>::new();
    let script = |c| scripts.get(c);
    word.chars()
        .filter(|c| c.is_alphabetic())
        .map(script)
        .find(|s| !matches!(*s, Script::Common | Script::Inherited))
}

/// Why a word has no vector, and which similar word has one.
fn cause(word: &str, known: &Words, others: &Others) -> (Cause, String) {
    let mut letters = word.chars();
    let capital: String = letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect());
    for other in [capital, word.to_uppercase()] {
        if other != word && known.id(&other).is_some() {
            return (Cause::Case, other);
        }
    }
    if let Some(found) = others.like(word, known) {
        return found;
    }
    if word.chars().any(char::is_numeric) {
        return (Cause::Number, String::new());
    }
    // Endings that this tokeniser separates and the tokeniser of the vectors may not have separated.
    let whole = match word {
        "n't" => ["don't", "can't"],
        _ if word.starts_with('\'') => ["it's", "I'm"],
        _ => ["", ""],
    };
    if let Some(whole) = whole.into_iter().find(|whole| !whole.is_empty() && known.id(whole).is_some()) {
        return (Cause::Tokenisation, whole.to_string());
    }
    if let Some(script) = script(word).filter(|script| !others.scripts.contains(script)) {
        let name = PropertyNamesLong::<Script>::new().get(script).unwrap_or("another script");
        return (Cause::Script, name.replace('_', " "));
    }
    let common = |part: &str| known.id(part).is_some_and(|id| id < COMMON);
    let long = |part: &str| part.chars().count() >= PART;
    let parts = word.char_indices().map(|(at, _)| word.split_at(at));
    let parts = parts.filter(|(a, b)| long(a) && long(b) && common(a) && common(b));
    // Of several splits, the one whose shorter part is longest is used.
    match parts.max_by_key(|(a, b)| a.len().min(b.len())) {
        Some((a, b)) => (Cause::Parts, format!("{a} + {b}")),
        None => (Cause::Unknown, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_forms_and_scripts_are_told_apart() {
        let known: Words = ["cafe", "Straße", "ısparta", "naïve", "ｆｉｌｍ", "the"].into_iter().collect();
        for (word, cause, instead) in [
            ("café", Cause::Accents, "cafe"),
            ("naive", Cause::Accents, "naïve"),
            ("strasse", Cause::Case, "Straße"),
            ("isparta", Cause::Case, "ısparta"),
            ("film", Cause::Form, "ｆｉｌｍ"),
            ("фильм", Cause::Script, "Cyrillic"),
            ("मिल्क", Cause::Script, "Devanagari"),
            ("zorblax", Cause::Unknown, ""),
        ] {
            let found = causes(&[(word.to_string(), 2)], &known, 4);
            assert_eq!((found.len(), found[0].cause), (1, cause), "{word}");
            assert_eq!(found[0].examples, [(word.to_string(), instead.to_string())]);
        }
    }

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
