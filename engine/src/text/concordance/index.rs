//! An index over a sample of passages: which of them have a word.

use crate::session::text_transfer::Tokens;
use crate::text::tokenise::for_each_token;
use crate::text::words::Words;

use super::passage::Pattern;
use super::sampler::Passage;

/// A sample of passages, and for each word the passages that have it.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) how: Tokens,
    pub(super) passages: Vec<Passage>,
    pub(super) words: Words,
    /// For each word the places in `passages`, ascending.
    postings: Vec<Vec<u32>>,
    /// How often each word occurs.
    pub(super) counts: Vec<u64>,
    pub(super) tokens: u64,
}

impl Index {
    /// The index of a sample, which is in the order of the corpus.
    pub fn new(how: Tokens, passages: Vec<Passage>) -> Index {
        let mut index = Index { how, passages, ..Index::default() };
        for (place, passage) in index.passages.iter().enumerate() {
            let (words, postings) = (&mut index.words, &mut index.postings);
            let (counts, all) = (&mut index.counts, &mut index.tokens);
            for_each_token(how, &passage.text, |token| {
                let (id, new) = words.insert(token);
                if new {
                    postings.push(Vec::new());
                    counts.push(0);
                }
                *all += 1;
                counts[id] += 1;
                if postings[id].last() != Some(&(place as u32)) {
                    postings[id].push(place as u32);
                }
            });
        }
        index
    }

    /// The number of passages.
    pub fn len(&self) -> usize {
        self.passages.len()
    }

    /// Whether there are no passages.
    pub fn is_empty(&self) -> bool {
        self.passages.is_empty()
    }

    /// The places of the passages that may have a pattern: those that have all tokens of one way to write it.
    pub(super) fn having(&self, pattern: &Pattern) -> Vec<u32> {
        let mut all: Vec<u32> = Vec::new();
        for way in pattern.ways() {
            let ids = way.iter().map(|token| self.words.id(token)).collect::<Option<Vec<usize>>>();
            let rarest = ids.into_iter().flatten().min_by_key(|id| self.postings[*id].len());
            all.extend(rarest.iter().flat_map(|id| &self.postings[*id]));
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
