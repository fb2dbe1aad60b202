//! The occurrences of a word in a sample, and the lines that show them.

use std::collections::HashMap;
use std::ops::Range;

use crate::session::concordance::{ConcordanceLine, SharedContext};

use super::index::Index;
use super::passage::{Pattern, placed};

/// The most passages of a word whose tokens are looked at. Of more, evenly spaced ones are.
const PASSAGES: usize = 4_000;
/// The most bytes of the text on each side of a word.
const SIDE: usize = 160;
/// The least number of lines of each word that are shown with each shared context.
const EACH: usize = 3;

/// An occurrence of a word.
#[derive(Debug)]
struct Occurrence {
    /// The place of the passage in the index.
    passage: u32,
    /// The word in the passage's text.
    place: Range<usize>,
    /// The ids of the words within the window.
    around: Vec<u32>,
}

/// Where a word stands.
#[derive(Debug, Default)]
pub struct Places {
    found: Vec<Occurrence>,
    /// The number of occurrences in all passages, those that were not looked at estimated from the others.
    pub occurrences: u64,
}

impl Places {
    /// Looks for a pattern in the passages of an index.
    pub fn find(index: &Index, pattern: &Pattern, window: usize) -> Places {
        let having = index.having(pattern);
        let looked = having.len().min(PASSAGES);
        let mut found = Vec::new();
        for n in 0..looked {
            let place = having[n * having.len() / looked];
            let tokens = placed(index.how, &index.passages[place as usize].text);
            for (at, count) in pattern.places(&tokens) {
                let near = at.saturating_sub(window)..(at + count + window).min(tokens.len());
                let own = at..at + count;
                let others = near.filter(|near| !own.contains(near));
                let around = others.filter_map(|near| index.words.id(&tokens[near].text).map(|id| id as u32));
                found.push(Occurrence {
                    passage: place,
                    place: tokens[at].place.start..tokens[at + count - 1].place.end,
                    around: around.collect(),
                });
            }
        }
        let occurrences = (found.len() * having.len()).div_ceil(looked.max(1)) as u64;
        Places { found, occurrences }
    }

    /// How often each word of the index stands within the window.
    pub fn contexts(&self, index: &Index) -> HashMap<String, u64> {
        let mut counts: HashMap<u32, u64> = HashMap::new();
        for id in self.found.iter().flat_map(|occurrence| &occurrence.around) {
            *counts.entry(*id).or_insert(0) += 1;
        }
        counts.into_iter().map(|(id, count)| (index.words.get(id as usize).to_string(), count)).collect()
    }
}

/// The lines of all words: up to `count` of each, evenly spaced over its occurrences, and some of each shared context.
pub fn lines(
    index: &Index,
    places: &[Places],
    shared: &[SharedContext],
    count: usize,
) -> Vec<ConcordanceLine> {
    let ids: Vec<Option<u32>> =
        shared.iter().map(|context| index.words.id(&context.word).map(|id| id as u32)).collect();
    let mut lines = Vec::new();
    for (word, places) in places.iter().enumerate() {
        let contexts = |occurrence: &Occurrence| -> Vec<usize> {
            let has = |at: &usize| ids[*at].is_some_and(|id| occurrence.around.contains(&id));
            (0..ids.len()).filter(has).collect()
        };
        let all = places.found.len();
        let mut shown = vec![all <= count; all];
        (0..count.min(all)).for_each(|n| shown[n * all / count.min(all)] = true);
        let mut seen = vec![0; ids.len()];
        let chosen = places.found.iter().zip(&shown).filter(|(_, shown)| **shown);
        chosen.flat_map(|(occurrence, _)| contexts(occurrence)).for_each(|context| seen[context] += 1);
        for (shown, occurrence) in shown.iter_mut().zip(&places.found).filter(|(shown, _)| !**shown) {
            let contexts = contexts(occurrence);
            *shown = contexts.iter().any(|context| seen[*context] < EACH);
            if *shown {
                contexts.iter().for_each(|context| seen[*context] += 1);
            }
        }
        let shown = places.found.iter().zip(&shown).filter(|(_, shown)| **shown);
        lines.extend(shown.map(|(occurrence, _)| {
            let passage = &index.passages[occurrence.passage as usize];
            let (left, right) =
                (&passage.text[..occurrence.place.start], &passage.text[occurrence.place.end..]);
            ConcordanceLine {
                word,
                passage: passage.number,
                left: last(left).to_string(),
                keyword: passage.text[occurrence.place.clone()].to_string(),
                right: first(right).to_string(),
                contexts: contexts(occurrence),
            }
        }));
    }
    lines
}

/// The end of a text, of at most [`SIDE`] bytes.
fn last(text: &str) -> &str {
    let start = text.len().saturating_sub(SIDE);
    let start = (start..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    &text[start..]
}

/// The beginning of a text, of at most [`SIDE`] bytes.
fn first(text: &str) -> &str {
    let end = text.len().min(SIDE);
    let end = (0..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
