//! A suggestion for a word that has no vector: the known word with the nearest spelling.

use rayon::prelude::*;

use crate::text::words::Words;

/// The number of first words that are compared. Files have the frequent words first, and the answer must be quick.
const LOOKED_AT: usize = 100_000;

/// The word whose spelling is nearest to `word`: the same word in another case, or else the word with the fewest
/// changes (letters inserted, deleted, replaced or swapped), with at most one change per four letters. The first if
/// several are equally near.
pub fn near<'a>(words: &'a Words, word: &str) -> Option<&'a str> {
    let mut capital = word.chars();
    let capital = capital.next().map(|first| first.to_uppercase().chain(capital).collect::<String>());
    for other in [Some(word.to_lowercase()), capital, Some(word.to_uppercase())].into_iter().flatten() {
        if let Some(id) = words.id(&other) {
            return Some(words.get(id));
        }
    }
    let length = word.chars().count();
    let allowed = (length / 4).clamp(usize::from(length > 2), 3);
    let known = (0..words.len().min(LOOKED_AT)).into_par_iter().with_min_len(4_096);
    let distance = |id: usize| {
        let known = words.get(id);
        // A character has at most four bytes, so most words are skipped by their length in bytes.
        let apart = known.len().abs_diff(word.len());
        if known.is_empty() || apart > 4 * allowed || known.chars().count().abs_diff(length) > allowed {
            return None;
        }
        let distance = strsim::osa_distance(known, word);
        (distance <= allowed).then_some((distance, id))
    };
    known.filter_map(distance).min().map(|(_, id)| words.get(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_changes_and_the_first_of_equals() {
        let words: Words = ["king", "kings", "Paris", "delicious", "nasa", "a"].into_iter().collect();
        for (word, expected) in [
            ("knig", Some("king")),
            ("kingss", Some("kings")),
            ("paris", Some("Paris")),
            ("NASA", Some("nasa")),
            ("delishious", Some("delicious")),
            ("xx", None),
            ("", None),
            ("completely", None),
        ] {
            assert_eq!(near(&words, word), expected, "{word}");
        }
    }
}
