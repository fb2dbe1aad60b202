//! A random sample of the passages of a corpus, by a reservoir (algorithm R, Vitter 1985): every passage has the same
//! chance, whatever the size of the corpus, and the memory is bounded by the size of the sample.
//!
//! A passage is a document, or a part of at most [`LONGEST`] bytes of a longer one. Long documents are cut after a sentence
//! where there is one, and otherwise between words.

use crate::rng::{self, Stream};
use crate::session::text_transfer::Tokens;

use super::passage::{Pattern, cleaned};

/// The most bytes of a passage.
pub const LONGEST: usize = 1_000;
/// The usual number of passages in a sample. At most, they take 20 MB.
pub const USUAL: usize = 20_000;
/// The usual number of passages in a sample of those that have a word.
pub const SEARCHED: usize = 2_000;

/// A passage of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Its number in the corpus, from 0.
    pub number: u64,
    /// Its text, in one line.
    pub text: String,
}

/// Takes a corpus in pieces and keeps a sample of its passages.
#[derive(Debug)]
pub struct Sampler {
    size: usize,
    rng: Stream,
    /// What a passage must have to be kept, if not all may be.
    search: Option<Search>,
    /// The sample, in no order.
    kept: Vec<Passage>,
    /// How many passages there were, and how many of them might be kept.
    read: u64,
    fitting: u64,
    /// The passage that is not complete yet.
    open: String,
}

/// Words that passages must have.
#[derive(Debug)]
struct Search {
    how: Tokens,
    patterns: Vec<Pattern>,
    /// How often each occurs in the corpus.
    occurrences: Vec<u64>,
}

impl Sampler {
    /// A sampler of all passages, which keeps `size` of them at most.
    pub fn new(size: usize, seed: u64) -> Sampler {
        Sampler {
            size: size.max(1),
            rng: rng::stream(seed, "concordance", 0),
            search: None,
            kept: Vec::new(),
            read: 0,
            fitting: 0,
            open: String::new(),
        }
    }

    /// A sampler of the passages that have one of `words`.
    pub fn of_words(words: &[String], how: Tokens, size: usize, seed: u64) -> Sampler {
        let patterns: Vec<Pattern> = words.iter().map(|word| Pattern::new(how, word)).collect();
        let occurrences = vec![0; patterns.len()];
        let rng = rng::stream(seed, "concordance of words", 0);
        Sampler { search: Some(Search { how, patterns, occurrences }), rng, ..Sampler::new(size, seed) }
    }

    /// Takes the next piece of the corpus. Pieces end between words; a newline ends a document.
    pub fn take(&mut self, piece: &str) {
        for (n, line) in piece.split('\n').enumerate() {
            if n > 0 {
                self.end_document();
            }
            let mut line = line;
            // Whole passages are not copied before it is clear that they are kept.
            while self.open.is_empty() && line.len() > LONGEST {
                let (passage, rest) = line.split_at(place_to_cut(line));
                self.passage(passage);
                line = rest;
            }
            while !line.is_empty() {
                let enough = (LONGEST + 1).saturating_sub(self.open.len());
                let end = (enough..line.len()).find(|&end| line.is_char_boundary(end)).unwrap_or(line.len());
                self.open.push_str(&line[..end]);
                line = &line[end..];
                if self.open.len() > LONGEST {
                    let rest = self.open.split_off(place_to_cut(&self.open));
                    let passage = std::mem::replace(&mut self.open, rest);
                    self.passage(&passage);
                }
            }
        }
    }

    /// Ends the corpus.
    pub fn end(&mut self) {
        self.end_document();
    }

    fn end_document(&mut self) {
        let passage = std::mem::take(&mut self.open);
        self.passage(&passage);
    }

    fn passage(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let number = self.read;
        self.read += 1;
        if let Some(search) = &mut self.search
            && !search.finds(text)
        {
            return;
        }
        let place = self.fitting as usize;
        self.fitting += 1;
        if place < self.size {
            self.kept.push(Passage { number, text: cleaned(text) });
            return;
        }
        let place = rng::below(&mut self.rng, place + 1);
        if let Some(kept) = self.kept.get_mut(place) {
            *kept = Passage { number, text: cleaned(text) };
        }
    }

    /// The number of passages so far.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// The number of passages so far that might be kept: all, or those that have a word.
    pub fn fitting(&self) -> u64 {
        self.fitting
    }

    /// How often each of the words occurs so far; empty if all passages may be kept.
    pub fn occurrences(&self) -> &[u64] {
        self.search.as_ref().map_or(&[], |search| &search.occurrences)
    }

    /// The sample so far, in the order of the corpus.
    pub fn sample(&self) -> Vec<Passage> {
        let mut sample = self.kept.clone();
        sample.sort_unstable_by_key(|passage| passage.number);
        sample
    }
}

impl Search {
    /// Counts the words in a passage. Returns whether it has one.
    fn finds(&mut self, text: &str) -> bool {
        let text = cleaned(text);
        let tokens = crate::text::tokenise::tokens(self.how, &text);
        let mut found = false;
        for (pattern, occurrences) in self.patterns.iter().zip(&mut self.occurrences) {
            let count = pattern.places(&tokens).count() as u64;
            *occurrences += count;
            found |= count > 0;
        }
        found
    }
}

/// The end of the first passage of a text that is longer than one.
fn place_to_cut(text: &str) -> usize {
    let end = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(text.len());
    let head = &text[..end];
    let sentence = head.char_indices().rev().take_while(|(at, _)| *at >= LONGEST / 2).find(|(at, c)| {
        ".!?。！？".contains(*c) && !head[at + c.len_utf8()..].starts_with(|c: char| !c.is_whitespace())
    });
    if let Some((at, c)) = sentence {
        return at + c.len_utf8();
    }
    let in_a_tag = |at: usize| at >= 3 && head.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"<br");
    let space = head.char_indices().rev().find(|(at, c)| *at > 0 && c.is_whitespace() && !in_a_tag(*at));
    space.map_or(end, |(at, _)| at)
}
