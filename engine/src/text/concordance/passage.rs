//! The tokens of a passage with their places in its text, and words as patterns of tokens.

use std::ops::Range;

use crate::session::text_transfer::Tokens;
use crate::text::phrases::JOINT;
use crate::text::tokenise::{for_each_token, tokens};

/// A text in one line, without HTML line breaks.
pub fn cleaned(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        clean.push_str(before);
        let lower = |end: usize| tag.get(..end).map(str::to_ascii_lowercase);
        let breaks = [("<br />", 6), ("<br/>", 5), ("<br>", 4)];
        let found = breaks.into_iter().find(|(written, end)| lower(*end).as_deref() == Some(*written));
        let length = match found {
            Some((_, length)) => {
                clean.push(' ');
                length
            }
            None => {
                clean.push('<');
                1
            }
        };
        rest = &tag[length..];
    }
    clean.push_str(rest);
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ")
}

/// A token of a passage, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub place: Range<usize>,
}

/// The tokens of a text with their places. Where a token is written in another way than it is spelled in the text, its place
/// is all between two spaces.
pub fn placed(how: Tokens, text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut at = 0;
    for chunk in text.split(char::is_whitespace) {
        let start = at;
        at += chunk.len() + text[at + chunk.len()..].chars().next().map_or(0, char::len_utf8);
        let mut cursor = 0;
        for_each_token(how, chunk, |token| {
            let found = find(&chunk[cursor..], token);
            let place = match found {
                Some(found) => {
                    let place = start + cursor + found.start..start + cursor + found.end;
                    cursor += found.end;
                    place
                }
                None => start..start + chunk.len(),
            };
            all.push(Token { text: token.to_owned(), place });
        });
    }
    all
}

/// The first place at which `text` is written like `token`, in upper or lower case.
fn find(text: &str, token: &str) -> Option<Range<usize>> {
    if let Some(at) = text.find(token) {
        return Some(at..at + token.len());
    }
    let starts = text.char_indices().map(|(at, _)| at);
    starts.filter_map(|at| Some(at..at + prefix(&text[at..], token)?)).next()
}

/// The length of the prefix of `text` that is written like `token`.
fn prefix(text: &str, token: &str) -> Option<usize> {
    let mut wanted = token.chars().peekable();
    for (at, c) in text.char_indices() {
        if wanted.peek().is_none() {
            return Some(at);
        }
        let c = if c == '\u{2019}' { '\'' } else { c };
        for lower in c.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

/// A word as the tokens that it is in a text: `new_york` may be one token or two.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The ways to write it.
    ways: Vec<Vec<String>>,
}

impl Pattern {
    /// The pattern of a word that the user typed.
    pub fn new(how: Tokens, word: &str) -> Pattern {
        let mut ways = vec![tokens(how, word.trim())];
        let apart = tokens(how, &word.trim().replace(JOINT, " "));
        if !ways.contains(&apart) {
            ways.push(apart);
        }
        ways.retain(|way| !way.is_empty());
        Pattern { ways }
    }

    /// The ways to write it, each as its tokens.
    pub fn ways(&self) -> &[Vec<String>] {
        &self.ways
    }

    /// Where the pattern stands in `tokens`: the first token of each place, and the number of tokens.
    pub fn places<'a>(&'a self, tokens: &'a [impl AsRef<str>]) -> impl Iterator<Item = (usize, usize)> + 'a {
        (0..tokens.len()).filter_map(move |at| {
            let stands = |way: &&Vec<String>| {
                let there = tokens[at..].iter().map(AsRef::as_ref);
                way.len() <= tokens.len() - at && way.iter().map(String::as_str).eq(there.take(way.len()))
            };
            self.ways.iter().find(stands).map(|way| (at, way.len()))
        })
    }
}

impl AsRef<str> for Token {
    fn as_ref(&self) -> &str {
        &self.text
    }
}
