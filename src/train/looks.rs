//! Looks at the neighbours of probe words.

use crate::session::record::{Neighbour, Record};
use crate::vectors::{Near, View};

/// Neighbours of a look.
const NEIGHBOURS: usize = 10;

/// The places in the vocabulary of the probe words, where the recipe names none: neither so frequent
/// that they mean little, nor so rare that they are hardly learned.
const PROBES: [usize; 6] = [100, 150, 220, 320, 470, 700];

/// The neighbours of the probe words now.
pub fn looks(whole: View<'_>, probes: &[String], tokens: u64) -> Vec<Record> {
    let words: Vec<&str> = if probes.is_empty() {
        PROBES
            .iter()
            .filter(|&&place| place < whole.words().len())
            .map(|&place| whole.words().get(place))
            .collect()
    } else {
        probes.iter().map(String::as_str).collect()
    };
    let norms = whole.norms();
    let table = whole.table();
    let view = View::of(whole.words(), table.reborrow()).with_norms(&norms);
    let looks = words.into_iter().filter_map(|word| {
        let list = named(&view, view.neighbours(word, NEIGHBOURS).ok()?);
        Some(Record::Neighbours { word: word.to_string(), tokens, list })
    });
    looks.collect()
}

/// Neighbours with their words.
pub fn named(view: &View<'_>, near: Vec<Near>) -> Vec<Neighbour> {
    let word = |id| view.words().get(id).to_string();
    near.into_iter().map(|near| Neighbour { word: word(near.id), similarity: near.similarity }).collect()
}
