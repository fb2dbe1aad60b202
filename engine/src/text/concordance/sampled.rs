//! What is answered from the sample of a corpus, and what from a search through all of it.

use crate::session::concordance::{Concordance, Extent};
use crate::session::text_transfer::Tokens;

use super::find::{Asked, find};
use super::index::Index;
use super::sampler::Sampler;

/// If a word has fewer places in a sample, all of the corpus is searched for it: about a screenful.
const ENOUGH: u64 = 40;

/// The sample of a corpus, or of the part that was read so far.
#[derive(Debug, Default)]
pub struct Sampled {
    index: Index,
    /// The number of passages that were read.
    read: u64,
}

/// The sample of the passages that have certain words.
#[derive(Debug)]
pub struct Searched {
    words: Vec<String>,
    index: Index,
    read: u64,
    occurrences: Vec<u64>,
}

impl Sampled {
    /// The sample that `sampler` has taken so far.
    pub fn new(sampler: &Sampler, how: Tokens) -> Sampled {
        Sampled { index: Index::new(how, sampler.sample()), read: sampler.read() }
    }

    /// The number of passages that were read.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Whether the words are so rare in the sample that all of the corpus must be searched for them.
    pub fn lacks(&self, found: &Concordance) -> bool {
        found.extent == Extent::Sample && found.occurrences.iter().any(|&count| count < ENOUGH)
    }

    /// What the sample says.
    pub fn find(&self, asked: &Asked<'_>, corpus: &str) -> Concordance {
        let extent = if self.read > self.index.len() as u64 { Extent::Sample } else { Extent::Whole };
        Concordance { extent, of: self.read, ..find(&self.index, asked, &self.index, corpus) }
    }

    /// What a search for the same words says.
    pub fn find_in(&self, searched: &Searched, asked: &Asked<'_>, corpus: &str) -> Concordance {
        Concordance {
            extent: Extent::Searched,
            of: searched.read,
            occurrences: searched.occurrences.clone(),
            ..find(&searched.index, asked, &self.index, corpus)
        }
    }
}

impl Searched {
    /// The passages that `sampler` has taken, which has searched for `words`.
    pub fn new(words: &[String], sampler: &Sampler, how: Tokens) -> Searched {
        Searched {
            words: words.to_vec(),
            index: Index::new(how, sampler.sample()),
            read: sampler.read(),
            occurrences: sampler.occurrences().to_vec(),
        }
    }

    /// Whether these words were searched for.
    pub fn is_of(&self, words: &[String]) -> bool {
        self.words == words
    }
}
