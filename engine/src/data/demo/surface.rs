//! The surface form of a review. First grammar (a/an, capitals, spaces), then habits that differ from writer to
//! writer (contractions, exclamation marks, no capitals at all), then typing errors.

use crate::rng::{Stream, below, unit};

/// The fraction of words with a typing error.
const TYPOS: f32 = 0.01;

/// The writing habits of one person.
struct Hand {
    /// No capital letters.
    small: bool,
    /// No apostrophes.
    bare: bool,
    /// "was not" for "wasn't".
    formal: bool,
    /// The probability that a full stop becomes an exclamation mark.
    loud: f32,
    /// The probability that a full stop becomes "...".
    trailing: f32,
    /// The probability that an emphatic word is written in capitals.
    shouting: f32,
    /// The last full stop is left out.
    open_ended: bool,
}

impl Hand {
    fn draw(rng: &mut Stream) -> Self {
        let mut chance = |share: f32| unit(rng) < share;
        Hand {
            small: chance(0.08),
            bare: chance(0.06),
            formal: chance(0.2),
            loud: if chance(0.15) { 0.35 } else { 0.02 },
            trailing: if chance(0.08) { 0.25 } else { 0.0 },
            shouting: if chance(0.1) { 0.4 } else { 0.0 },
            open_ended: chance(0.08),
        }
    }
}

/// Turns the raw text of an expansion into readable text.
pub fn finish(raw: &str, rng: &mut Stream) -> String {
    let hand = Hand::draw(rng);
    let mut out = String::with_capacity(raw.len() + 16);
    let mut words = raw.split_ascii_whitespace().peekable();
    let mut starts_sentence = true;
    while let Some(word) = words.next() {
        if !out.is_empty() {
            out.push(' ');
        }
        let next = words.peek().copied();
        let word = article(word, next);
        let (body, end) = split_end(word);
        let long = if hand.formal { expanded(body) } else { None };
        let slip = long.is_none() && unit(rng) < TYPOS;
        let shout = unit(rng) < hand.shouting && emphatic(body);
        let mut written = long.unwrap_or_else(|| if slip { mistyped(body, rng) } else { body.to_owned() });
        if hand.bare {
            written.retain(|c| c != '\'');
        }
        if shout {
            written = written.to_uppercase();
        }
        if hand.small {
            written = written.to_lowercase();
        } else if starts_sentence {
            capitalise(&mut written);
        }
        out.push_str(&written);
        out.push_str(ending(end, next.is_none(), &hand, rng));
        starts_sentence = end.contains(['.', '!', '?']);
    }
    out
}

/// "an" for "a" before a vowel.
fn article<'a>(word: &'a str, next: Option<&str>) -> &'a str {
    match (word, next) {
        ("a", Some(next)) if vowel_sound(next) => "an",
        ("A", Some(next)) if vowel_sound(next) => "An",
        _ => word,
    }
}

/// Whether a word is pronounced with a vowel at its start, for the words of the assets.
fn vowel_sound(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let spoken_with_consonant = ["one", "once", "uni", "use", "usu", "uru", "eu"];
    let silent_h = ["honest", "hour", "honour"];
    silent_h.iter().any(|start| word.starts_with(start))
        || (word.starts_with(['a', 'e', 'i', 'o', 'u'])
            && !spoken_with_consonant.iter().any(|start| word.starts_with(start))
            || word.starts_with("unim")
            || word.starts_with("unin"))
}

/// A word and the punctuation after it.
fn split_end(word: &str) -> (&str, &str) {
    word.split_at(word.trim_end_matches(['.', ',', '!', '?', ';', ':']).len())
}

/// The punctuation after a word in this person's style.
fn ending<'a>(end: &'a str, last: bool, hand: &Hand, rng: &mut Stream) -> &'a str {
    if end != "." {
        return end;
    }
    let u = unit(rng);
    if u < hand.loud {
        "!"
    } else if u < hand.loud + hand.trailing {
        "..."
    } else if last && hand.open_ended {
        ""
    } else {
        end
    }
}

fn capitalise(word: &mut String) {
    if let Some(first) = word.chars().next() {
        let capital: String = first.to_uppercase().collect();
        word.replace_range(..first.len_utf8(), &capital);
    }
}

/// Words that people write in capitals for emphasis.
fn emphatic(word: &str) -> bool {
    let words =
        ["so", "very", "really", "not", "never", "absolutely", "totally", "completely", "nothing", "no"];
    words.contains(&word)
}

/// The full form of a contraction.
fn expanded(word: &str) -> Option<String> {
    let whole = match word {
        "can't" => "cannot",
        "won't" => "will not",
        "it's" => "it is",
        "there's" => "there is",
        _ => "",
    };
    if !whole.is_empty() {
        return Some(whole.to_owned());
    }
    [("n't", " not"), ("'ve", " have"), ("'re", " are"), ("'ll", " will"), ("I'm", "I am")]
        .iter()
        .find_map(|(end, long)| word.strip_suffix(end).map(|stem| format!("{stem}{long}")))
}

/// A word with one typing error: two letters swapped, one left out, one doubled or one replaced by a neighbouring
/// key.
fn mistyped(word: &str, rng: &mut Stream) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 || !letters.iter().all(|c| c.is_ascii_lowercase()) {
        return word.to_owned();
    }
    // Typing errors hardly ever affect the first letter.
    let at = 1 + below(rng, letters.len() - 2);
    match below(rng, 4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = beside(letters[at], rng),
    }
    letters.into_iter().collect()
}

/// A letter next to `letter` in its row of the keyboard.
fn beside(letter: char, rng: &mut Stream) -> char {
    for row in ["qwertyuiop", "asdfghjkl", "zxcvbnm"] {
        if let Some(at) = row.find(letter) {
            let next = if at == 0 || (at + 1 < row.len() && below(rng, 2) == 0) { at + 1 } else { at - 1 };
            return char::from(row.as_bytes()[next]);
        }
    }
    letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn articles_agree_with_the_sound() {
        for word in ["apple", "honest", "uninspired", "ugly", "unimpressive", "hour", "unusable", "overlong"]
        {
            assert!(vowel_sound(word), "{word}");
        }
        for word in ["useful", "unique", "one-sided", "European", "charger", "usual", "university"] {
            assert!(!vowel_sound(word), "{word}");
        }
    }

    #[test]
    fn a_slip_changes_few_letters_and_keeps_the_first() {
        let mut rng = stream(1, "slips", 0);
        for _ in 0..200 {
            let slip = mistyped("charger", &mut rng);
            assert!(slip.starts_with('c') && slip.len().abs_diff(7) <= 1, "{slip}");
        }
        assert_eq!(mistyped("Ada", &mut rng), "Ada");
    }

    #[test]
    fn sentences_begin_with_capitals_unless_the_hand_is_small() {
        let text = "the soup was cold. a hour later, a friend left. I can't say why.";
        for index in 0..50 {
            let finished = finish(text, &mut stream(2, "surface", index));
            assert!(finished.to_lowercase().contains("an hour"), "{finished}");
            let first = finished.chars().next();
            assert!(first == Some('T') || finished == finished.to_lowercase(), "{finished}");
        }
    }
}
