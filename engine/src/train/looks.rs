//! The neighbours of probe words, recorded during pre-training.

use crate::session::record::{Neighbour, Record};
use crate::vectors::{Near, View};

/// How many neighbours are recorded.
const NEIGHBOURS: usize = 10;

/// The vocabulary indices of the probe words, where the recipe names none. These words are neither so frequent that
/// they mean little, nor so rare that they are hardly trained.
const PROBES: [usize; 6] = [100, 150, 220, 320, 470, 700];

/// The current neighbours of the probe words.
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

/// Replaces the indices of neighbours by words.
pub fn named(view: &View<'_>, near: Vec<Near>) -> Vec<Neighbour> {
    let word = |id| view.words().get(id).to_string();
    near.into_iter().map(|near| Neighbour { word: word(near.id), similarity: near.similarity }).collect()
}
