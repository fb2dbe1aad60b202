//! The keys of the screen Words, and when they work.

use crossterm::event::KeyCode;

use crate::tui::action::Action;
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};

use super::{Do, View, has_lines, only_told};

/// What is used most comes first.
pub const KEYS: &[Binding] = &[
    Binding::new(
        &[special(KeyCode::Tab)],
        Action::Words(Do::Complete),
        "complete",
        "Complete the typed word",
    )
    .when(can_complete),
    Binding::new(
        &[key('/')],
        Action::Words(Do::Type),
        "type a word",
        "Type a word; waiter - man + woman; a, b, c for the odd one out; or word: a, b to choose among these",
    ),
    Binding::new(
        &[special(KeyCode::Enter)],
        Action::Words(Do::Enter),
        "ask",
        "Ask; with a line selected, go on to its word",
    )
    .quiet(),
    Binding::new(
        &[key('n')],
        Action::Words(Do::Show(View::Neighbours)),
        "neighbours",
        "The words nearest to a word",
    )
    .quiet(),
    Binding::new(&[key('a')], Action::Words(Do::Show(View::Analogy)), "analogy", "a is to b as c is to …")
        .quiet(),
    Binding::new(
        &[key('d')],
        Action::Words(Do::Show(View::Drift)),
        "drift",
        "The words that fine-tuning moved most",
    )
    .quiet(),
    Binding::new(
        &[key('c')],
        Action::Words(Do::Show(View::Coverage)),
        "coverage",
        "How much of the task's vocabulary has vectors; again: how right runs are by that",
    )
    .quiet(),
    Binding::new(
        &[key('m')],
        Action::Words(Do::Show(View::Map)),
        "map",
        "The neighbours and probe words in two dimensions",
    )
    .quiet(),
    Binding::new(
        &[key('k')],
        Action::Words(Do::Show(View::Clusters)),
        "clusters",
        "The task's texts put together without a look at their labels, and how far that agrees with them",
    )
    .quiet(),
    Binding::new(
        &[key('e')],
        Action::Words(Do::Show(View::Evaluation)),
        "evaluation",
        "How well vectors do by word pairs and analogies, while they learn and after fine-tuning",
    )
    .quiet(),
    Binding::new(
        &[key('b')],
        Action::Words(Do::Measure),
        "cosine/dot",
        "What makes words near: the cosine or the dot product of their vectors",
    )
    .when(asks_neighbours),
    Binding::new(
        &[key('b')],
        Action::Words(Do::NextGrouped),
        "by what",
        "What texts are clustered by: document vectors of several kinds, or word counts (tfidf)",
    )
    .when(is_clusters),
    Binding::new(&[key('+'), key('=')], Action::Words(Do::Clusters(1)), "more clusters", "A cluster more")
        .when(is_clusters),
    Binding::new(&[key('-')], Action::Words(Do::Clusters(-1)), "fewer", "A cluster less").when(is_clusters),
    Binding::new(
        &[key('w')],
        Action::Words(Do::Save { table: true }),
        "write CSV",
        "Write a table with the cluster of every text",
    )
    .when(has_clusters),
    Binding::new(
        &[key('x')],
        Action::Words(Do::NextAnalogyScore),
        "add/multiply",
        "How analogies are answered: by adding cosines (3CosAdd) or multiplying them (3CosMul)",
    )
    .when(is_analogy),
    Binding::new(
        &[key('t')],
        Action::Words(Do::NextLayout),
        "PCA/t-SNE",
        "How the map is laid out: principal components, or t-SNE, which keeps near words together",
    )
    .when(is_map),
    Binding::new(
        &[key('f')],
        Action::Words(Do::Choose),
        "which words",
        "What the map shows: the word and its neighbours, probe words alone, or the most frequent words",
    )
    .when(is_map),
    Binding::new(
        &[key('w')],
        Action::Words(Do::Save { table: false }),
        "write SVG",
        "Write the map as an image",
    )
    .when(has_map),
    Binding::new(&[key('W')], Action::Words(Do::Save { table: true }), "CSV", "Write the map as a table")
        .when(has_map),
    Binding::new(
        &[key('r')],
        Action::Words(Do::Table(1)),
        "vectors",
        "Beside the pre-trained vectors, those of the next fine-tuned run",
    ),
    Binding::new(
        &[key('R')],
        Action::Words(Do::Table(-1)),
        "vectors before",
        "Those of the fine-tuned run before",
    )
    .quiet(),
    Binding::new(
        &[special(KeyCode::Down)],
        Action::Words(Do::Line(1)),
        "select",
        "Select the next line; on the map, look further down",
    )
    .when(has_lines),
    Binding::new(
        &[special(KeyCode::Up)],
        Action::Words(Do::Line(-1)),
        "line above",
        "Select the line above; on the map, look further up",
    )
    .quiet()
    .when(has_lines),
    Binding::new(&[special(KeyCode::Left)], Action::Words(Do::Side(-1)), "left", "Look further to the left")
        .quiet()
        .when(is_map),
    Binding::new(
        &[special(KeyCode::Right)],
        Action::Words(Do::Side(1)),
        "right",
        "Look further to the right",
    )
    .quiet()
    .when(is_map),
    Binding::new(&[key('+'), key('=')], Action::Words(Do::Zoom(1)), "nearer", "Look nearer").when(is_map),
    Binding::new(&[key('-')], Action::Words(Do::Zoom(-1)), "farther", "Look from farther").when(is_map),
    Binding::new(&[key('0')], Action::Words(Do::Whole), "whole map", "Show the whole map").when(is_map),
    Binding::new(
        &[special(KeyCode::PageDown)],
        Action::Words(Do::Page(1)),
        "more",
        "More probe words, or a page of lines",
    )
    .quiet(),
    Binding::new(
        &[special(KeyCode::PageUp)],
        Action::Words(Do::Page(-1)),
        "back",
        "Back to the probe words before",
    )
    .quiet(),
];

/// The keys that work while a line is typed into.
pub const TYPING: &[Binding] = &[
    Binding::new(&[special(KeyCode::Enter)], Action::Words(Do::Enter), "ask", "Ask"),
    Binding::new(
        &[special(KeyCode::Tab)],
        Action::Words(Do::Complete),
        "complete",
        "Complete the typed word",
    )
    .when(can_complete),
];

pub fn is_map(state: &State) -> bool {
    state.words.view == View::Map
}

fn can_complete(state: &State) -> bool {
    state.words.word.active && !state.words.asked.completions.is_empty()
}

fn has_map(state: &State) -> bool {
    is_map(state) && state.words.asked.map.found.as_ref().is_some_and(|map| !map.is_empty())
}

fn is_clusters(state: &State) -> bool {
    state.words.view == View::Clusters
}

fn has_clusters(state: &State) -> bool {
    is_clusters(state) && state.words.asked.clusters.found.is_some()
}

/// Whether neighbours are asked for: those that the session told are by their cosine.
fn asks_neighbours(state: &State) -> bool {
    state.words.view == View::Neighbours && !state.words.word.is_empty() && !only_told(state)
}

fn is_analogy(state: &State) -> bool {
    state.words.view == View::Analogy
}
