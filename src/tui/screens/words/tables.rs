//! What the views show as tables, for files.

use crate::session::record::Neighbour;
use crate::tui::state::State;

use super::model::near;
use super::side::{Side, is_shared};
use super::view::View;
use super::{axes, beside, moments, occurrences};

/// The figures of the current view as a table with a head; `None` if it has none.
pub fn table(state: &State) -> Option<Vec<Vec<String>>> {
    let asked = &state.screens.words.asked;
    match state.screens.words.view {
        View::Neighbours if moments::is_shown(state) => Some(side_by_side(&moments::lists(state))),
        View::Neighbours if beside::is_shown(state) => Some(side_by_side(&beside::lists(state))),
        View::Neighbours => near(state).ok().flatten().map(|looks| neighbours(&looks.list)),
        View::Occurrences => occurrences::table(state),
        View::Axes => axes::table(state),
        View::Analogy => asked.analogy.found.as_ref().map(|looks| neighbours(&looks.list)),
        View::Drift => {
            let moved = asked.drift.found.as_ref()?;
            let head = ["word", "cosine", "distance"].map(String::from).to_vec();
            let rows = moved
                .iter()
                .map(|moved| vec![moved.word.clone(), moved.cosine.to_string(), moved.distance.to_string()]);
            Some(std::iter::once(head).chain(rows).collect())
        }
        // Clusters and the map have keys of their own for their tables.
        View::Sentences | View::Coverage | View::Map | View::Clusters | View::Evaluation => None,
    }
}

fn neighbours(list: &[Neighbour]) -> Vec<Vec<String>> {
    let head = ["rank", "word", "similarity"].map(String::from).to_vec();
    let row = |(rank, near): (usize, &Neighbour)| {
        vec![(rank + 1).to_string(), near.word.clone(), near.similarity.to_string()]
    };
    std::iter::once(head).chain(list.iter().enumerate().map(row)).collect()
}

/// The lists of sources or moments, each with its name, and whether another list has a word too.
fn side_by_side(lists: &[Side]) -> Vec<Vec<String>> {
    let head = ["list", "rank", "word", "similarity", "in another list"].map(String::from).to_vec();
    let mut rows = vec![head];
    for (place, list) in lists.iter().enumerate() {
        for (rank, near) in list.list.iter().flatten().enumerate() {
            let shared = if is_shared(lists, place, &near.word) { "yes" } else { "no" };
            let [name, word] = [&list.name, &near.word].map(String::clone);
            rows.push(vec![name, (rank + 1).to_string(), word, near.similarity.to_string(), shared.into()]);
        }
    }
    rows
}
