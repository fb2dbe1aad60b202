//! The contexts that two words share.
//!
//! Each word is the vector of its positive pointwise mutual information (PMI) with the words within the window. Skip-gram with
//! negative sampling factorises such a matrix (Levy & Goldberg 2014), so the cosine of two of these vectors says why trained
//! vectors are near: each shared context contributes its product to it. As in Levy, Goldberg & Dagan (2015), the
//! probabilities of contexts are smoothed by the power 0.75. The weight of a context is its PMI with its count lowered by
//! the count's standard error √n, because few occurrences have a large PMI by chance; a single one has no weight.

use std::collections::HashMap;

use crate::session::concordance::SharedContext;

use super::index::Index;
use super::lines::Places;
use super::passage::Pattern;

/// The power of the smoothing of context probabilities.
const SMOOTHING: f64 = 0.75;
/// The most contexts that are listed.
const LISTED: usize = 60;

/// What two words share.
#[derive(Debug, Default)]
pub struct Shared {
    pub cosine: Option<f64>,
    pub contexts: Vec<SharedContext>,
}

/// A context of a word: how often it occurs, its PMI, and its weight.
struct Context {
    count: u64,
    pmi: f64,
    weight: f64,
}

/// The contexts that two words share, whose places are those in `index`. `common` knows how frequent words are.
pub fn shared(places: [&Places; 2], patterns: &[Pattern], index: &Index, common: &Index) -> Shared {
    let smoothed: f64 = common.counts.iter().map(|&count| (count as f64).powf(SMOOTHING)).sum();
    if smoothed == 0.0 {
        return Shared::default();
    }
    let probability = |word: &str| {
        let count = common.words.id(word).map_or(1, |id| common.counts[id]);
        (count as f64).powf(SMOOTHING) / smoothed
    };
    let [one, other] = places.map(|places| weighed(places.contexts(index), &probability));
    let length = |contexts: &HashMap<String, Context>| {
        let mut squares: Vec<f64> = contexts.values().map(|context| context.weight.powi(2)).collect();
        // A sum in a fixed order: that of a hash table changes.
        squares.sort_by(f64::total_cmp);
        squares.iter().sum::<f64>().sqrt()
    };
    let lengths = length(&one) * length(&other);
    if lengths == 0.0 {
        return Shared::default();
    }
    let own = |word: &str| patterns.iter().flat_map(Pattern::ways).flatten().any(|token| token == word);
    let mut all: Vec<(f64, SharedContext)> = one
        .iter()
        .filter_map(|(word, a)| {
            let b = other.get(word)?;
            let product = a.weight * b.weight / lengths;
            let counts = [a.count, b.count];
            let pmi = [a.pmi, b.pmi];
            (product > 0.0).then(|| (product, SharedContext { word: word.clone(), counts, pmi, share: 0.0 }))
        })
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.word.cmp(&b.1.word)));
    let cosine: f64 = all.iter().map(|(product, _)| product).sum();
    // The words themselves explain nothing, although they stand near each other.
    all.retain(|(_, context)| !own(&context.word));
    let contexts = all.into_iter().take(LISTED);
    let contexts = contexts.map(|(product, context)| SharedContext { share: product / cosine, ..context });
    Shared { cosine: Some(cosine), contexts: contexts.collect() }
}

/// The contexts of a word, by their words.
fn weighed(counts: HashMap<String, u64>, probability: &impl Fn(&str) -> f64) -> HashMap<String, Context> {
    let all: u64 = counts.values().sum();
    let contexts = counts.into_iter().map(|(word, count)| {
        let pmi = (count as f64 / all as f64 / probability(&word)).log2().max(0.0);
        let low = count as f64 - (count as f64).sqrt();
        let weight = (low / all as f64 / probability(&word)).log2().max(0.0);
        (word, Context { count, pmi, weight })
    });
    contexts.collect()
}
