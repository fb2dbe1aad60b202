//! What an index says of one word or of two.

use crate::session::concordance::{Coming, Concordance, Extent};

use super::index::Index;
use super::lines::{self, Places};
use super::passage::Pattern;
use super::shared::{self, Shared};

/// What is asked about an index.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// One word, or two.
    pub words: &'a [String],
    /// The number of context words on each side that count.
    pub window: usize,
    /// The largest number of lines of each word.
    pub count: usize,
}

/// Where the words stand in the sample of an index. `common` is the index that knows how frequent words are in the corpus; one of
/// passages that have certain words does not.
pub fn find(index: &Index, asked: &Asked<'_>, common: &Index, corpus: &str) -> Concordance {
    let patterns: Vec<Pattern> = asked.words.iter().map(|word| Pattern::new(index.how, word)).collect();
    let places: Vec<Places> =
        patterns.iter().map(|pattern| Places::find(index, pattern, asked.window)).collect();
    let shared = match &places[..] {
        [one, other] => shared::shared([one, other], &patterns, index, common),
        _ => Shared::default(),
    };
    Concordance {
        corpus: corpus.to_string(),
        words: asked.words.to_vec(),
        extent: Extent::Whole,
        coming: Coming::Nothing,
        passages: index.len() as u64,
        of: index.len() as u64,
        occurrences: places.iter().map(|places| places.occurrences).collect(),
        window: asked.window,
        cosine: shared.cosine,
        lines: lines::lines(index, &places, &shared.contexts, asked.count),
        shared: shared.contexts,
    }
}
