//! The queries of the word field: a word or an expression, a list with an odd one out, or a choice among given words.

use crate::session::choices::Closeness;
use crate::train::protocol::command::Question;

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub enum WordQuery {
    Nothing,
    /// "king - man + woman": the nearest words.
    Near(String),
    /// "good: bad, fair, nice": which of these words is the nearest.
    Among(String, Vec<String>),
    /// "breakfast, cereal, dinner, lunch": which word does not belong.
    Odd(Vec<String>),
}

impl WordQuery {
    /// Parses the typed text.
    pub fn read(text: &str) -> WordQuery {
        let text = text.trim();
        let list = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(String::from).collect()
        };
        if text.is_empty() {
            return WordQuery::Nothing;
        }
        match text.split_once(": ").or_else(|| text.split_once(':').filter(|(_, rest)| rest.contains(','))) {
            Some((word, among)) if !word.trim().is_empty() && !among.trim().is_empty() => {
                WordQuery::Among(word.trim().to_string(), list(among))
            }
            _ if text.contains(',') => WordQuery::Odd(list(text)),
            _ => WordQuery::Near(text.to_string()),
        }
    }

    /// The query as text, which is also the name of its answer.
    pub fn text(&self) -> String {
        match self {
            WordQuery::Nothing => String::new(),
            WordQuery::Near(word) => word.clone(),
            WordQuery::Among(word, among) => format!("{word}: {}", among.join(", ")),
            WordQuery::Odd(words) => words.join(", "),
        }
    }

    /// The question to the training thread, if the query is complete.
    pub fn question(&self, run: Option<usize>, by: Closeness, count: usize) -> Option<Question> {
        match self {
            WordQuery::Nothing => None,
            WordQuery::Near(word) => Some(Question::Neighbours { word: word.clone(), run, by, count }),
            WordQuery::Among(word, among) => {
                Some(Question::Among { word: word.clone(), among: among.clone(), run, by })
            }
            WordQuery::Odd(words) if words.len() < 3 => None,
            WordQuery::Odd(words) => Some(Question::OddOneOut { words: words.clone(), run }),
        }
    }

    /// The title above a list of answers.
    pub fn title(&self, odd: Option<&str>) -> String {
        match (self, odd) {
            (WordQuery::Nothing, _) => String::new(),
            (WordQuery::Near(word), _) => format!("nearest to {word}"),
            (WordQuery::Among(word, among), _) => format!("nearest to {word} of these {}", among.len()),
            (WordQuery::Odd(words), Some(odd)) => format!("odd one out of {}: {odd}", words.len()),
            (WordQuery::Odd(words), None) => format!("odd one out of {}", words.len()),
        }
    }

    /// The single words in the query, for the map.
    pub fn words(&self) -> Vec<String> {
        let parts = |text: &str| -> Vec<String> {
            let number = |part: &&str| part.parse::<f32>().is_err() && !["+", "-", "−", "*"].contains(part);
            text.split_whitespace().filter(number).map(String::from).collect()
        };
        match self {
            WordQuery::Nothing => Vec::new(),
            WordQuery::Near(text) => parts(text),
            WordQuery::Among(text, among) => [parts(text), among.clone()].concat(),
            WordQuery::Odd(words) => words.clone(),
        }
    }
}

/// Splits the typed text into the finished part and the word that is being typed.
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
        assert_eq!(WordQuery::read("  "), WordQuery::Nothing);
        assert_eq!(WordQuery::read(" king - man "), WordQuery::Near("king - man".into()));
        assert_eq!(WordQuery::read("tea, coffee,car"), WordQuery::Odd(words(&["tea", "coffee", "car"])));
        assert_eq!(WordQuery::read("good: bad"), WordQuery::Among("good".into(), words(&["bad"])));
        assert_eq!(WordQuery::read("a + b:c, d"), WordQuery::Among("a + b".into(), words(&["c", "d"])));
        // Words can contain a colon.
        assert_eq!(WordQuery::read("10:30"), WordQuery::Near("10:30".into()));
        assert_eq!(WordQuery::read(":"), WordQuery::Near(":".into()));
        assert_eq!(WordQuery::read("2 king - man: a, b").words(), words(&["king", "man", "a", "b"]));
        assert!(WordQuery::read("a, b").question(None, Closeness::Cosine, 5).is_none());
    }

    #[test]
    fn the_last_word_is_the_one_being_typed() {
        assert_eq!(last_word("king - wo"), ("king - ", "wo"));
        assert_eq!(last_word("tea,cof"), ("tea,", "cof"));
        assert_eq!(last_word("so"), ("", "so"));
        assert_eq!(last_word("so "), ("so ", ""));
    }
}
