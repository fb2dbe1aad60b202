//! What the word field asks for: a word or an expression, a list for the odd one out, or a choice among given words.

use crate::session::choices::By;
use crate::train::protocol::command::Question;

/// What is typed, understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    Nothing,
    /// "king - man + woman": what is near it.
    Near(String),
    /// "good: bad, fair, nice": which of these is nearest to it.
    Among(String, Vec<String>),
    /// "breakfast, cereal, dinner, lunch": which does not belong.
    Odd(Vec<String>),
}

impl Wish {
    /// Reads what is typed.
    pub fn read(text: &str) -> Wish {
        let text = text.trim();
        let list = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(String::from).collect()
        };
        if text.is_empty() {
            return Wish::Nothing;
        }
        match text.split_once(": ").or_else(|| text.split_once(':').filter(|(_, rest)| rest.contains(','))) {
            Some((word, among)) if !word.trim().is_empty() && !among.trim().is_empty() => {
                Wish::Among(word.trim().to_string(), list(among))
            }
            _ if text.contains(',') => Wish::Odd(list(text)),
            _ => Wish::Near(text.to_string()),
        }
    }

    /// The wish as text: what the answer to it is called.
    pub fn text(&self) -> String {
        match self {
            Wish::Nothing => String::new(),
            Wish::Near(word) => word.clone(),
            Wish::Among(word, among) => format!("{word}: {}", among.join(", ")),
            Wish::Odd(words) => words.join(", "),
        }
    }

    /// The question, if it can be asked.
    pub fn question(&self, run: Option<usize>, by: By, count: usize) -> Option<Question> {
        match self {
            Wish::Nothing => None,
            Wish::Near(word) => Some(Question::Neighbours { word: word.clone(), run, by, count }),
            Wish::Among(word, among) => {
                Some(Question::Among { word: word.clone(), among: among.clone(), run, by })
            }
            Wish::Odd(words) if words.len() < 3 => None,
            Wish::Odd(words) => Some(Question::OddOneOut { words: words.clone(), run }),
        }
    }

    /// Over a list of answers.
    pub fn title(&self, odd: Option<&str>) -> String {
        match (self, odd) {
            (Wish::Nothing, _) => String::new(),
            (Wish::Near(word), _) => format!("nearest to {word}"),
            (Wish::Among(word, among), _) => format!("nearest to {word} of these {}", among.len()),
            (Wish::Odd(words), Some(odd)) => format!("odd one out of {}: {odd}", words.len()),
            (Wish::Odd(words), None) => format!("odd one out of {}", words.len()),
        }
    }

    /// The single words in it, for a map.
    pub fn words(&self) -> Vec<String> {
        let parts = |text: &str| -> Vec<String> {
            let number = |part: &&str| part.parse::<f32>().is_err() && !["+", "-", "−", "*"].contains(part);
            text.split_whitespace().filter(number).map(String::from).collect()
        };
        match self {
            Wish::Nothing => Vec::new(),
            Wish::Near(text) => parts(text),
            Wish::Among(text, among) => [parts(text), among.clone()].concat(),
            Wish::Odd(words) => words.clone(),
        }
    }
}

/// What is typed, cut into what stands and the word that is being typed.
pub fn last_word(text: &str) -> (&str, &str) {
    let start = text.char_indices().rev().find(|(_, c)| c.is_whitespace() || ",:".contains(*c));
    text.split_at(start.map_or(0, |(at, c)| at + c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_make_a_list_and_a_colon_a_choice() {
        let words = |list: &[&str]| list.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        assert_eq!(Wish::read("  "), Wish::Nothing);
        assert_eq!(Wish::read(" king - man "), Wish::Near("king - man".into()));
        assert_eq!(Wish::read("tea, coffee,car"), Wish::Odd(words(&["tea", "coffee", "car"])));
        assert_eq!(Wish::read("good: bad"), Wish::Among("good".into(), words(&["bad"])));
        assert_eq!(Wish::read("a + b:c, d"), Wish::Among("a + b".into(), words(&["c", "d"])));
        // Vectors may have words with a colon.
        assert_eq!(Wish::read("10:30"), Wish::Near("10:30".into()));
        assert_eq!(Wish::read(":"), Wish::Near(":".into()));
        assert_eq!(Wish::read("2 king - man: a, b").words(), words(&["king", "man", "a", "b"]));
        assert!(Wish::read("a, b").question(None, By::Cosine, 5).is_none());
    }

    #[test]
    fn the_last_word_is_the_one_being_typed() {
        assert_eq!(last_word("king - wo"), ("king - ", "wo"));
        assert_eq!(last_word("tea,cof"), ("tea,", "cof"));
        assert_eq!(last_word("so"), ("", "so"));
        assert_eq!(last_word("so "), ("so ", ""));
    }
}
