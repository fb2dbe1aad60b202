//! The keys of the screen Words, and when they work.

use crate::tui::binding::{Binding, keys};
use crate::tui::state::State;

use super::beside;
use super::lines::has_lines;
use super::model::{has_lens, is_map, only_told};
use super::moments;
use super::state::ScreenAction;
use super::view::View;

/// The most used keys come first.
pub const KEYS: &[Binding] = keys! {
    of Words;
    [Tab] => ScreenAction::Complete, "complete", "Complete the typed word", if can_complete;
    ['/'] => ScreenAction::Type, "type a word",
        "Type a word; waiter - man + woman; a, b, c for the odd one out; or word: a, b to choose among these";
    [Enter] => ScreenAction::Enter, quiet "ask", "Ask; with a line selected, go on to its word";
    [Backspace] => ScreenAction::Return, "back", "Back along the trail: to the word before this one", if has_trail;
    ['n'] => ScreenAction::Show(View::Neighbours), quiet "neighbours", "The words nearest to a word";
    ['O'] => ScreenAction::Show(View::Occurrences), quiet "occurrences",
        "Where the word stands in the corpus; with a neighbour selected, the contexts that both share; again: the word alone";
    ['a'] => ScreenAction::Show(View::Analogy), quiet "analogy", "a is to b as c is to …";
    ['s'] => ScreenAction::Show(View::Sentences), quiet "sentences",
        "The training texts nearest to a text of yours, by a sentence encoder", if has_encoder;
    ['d'] => ScreenAction::Show(View::Drift), quiet "drift",
        "The words that fine-tuning moved most, and the layers of a sentence encoder; again: the other of these";
    ['c'] => ScreenAction::Show(View::Coverage), quiet "coverage",
        "How much of the task's vocabulary has vectors; again: how right runs are by that";
    ['m'] => ScreenAction::Show(View::Map), quiet "map", "The neighbours and probe words in two dimensions";
    ['X'] => ScreenAction::Show(View::Axes), quiet "axes",
        "Words on two axes, such as good - bad against film - meal";
    ['k'] => ScreenAction::Show(View::Clusters), quiet "clusters",
        "The task's texts put together without a look at their labels, and how far that agrees with them";
    ['E'] => ScreenAction::Show(View::Evaluation), quiet "evaluation",
        "How well vectors do by word pairs and analogies, while they learn and after fine-tuning";
    ['b'] => ScreenAction::Measure, "cosine/dot",
        "What makes words near: the cosine or the dot product of their vectors", if asks_neighbours;
    ['b'] => ScreenAction::NextGrouped, "by what",
        "What texts are clustered by: document vectors of several kinds, or word counts (tfidf)",
        if is_clusters;
    ['+', '='] => ScreenAction::Clusters(1), "more clusters", "A cluster more", if is_clusters;
    ['-'] => ScreenAction::Clusters(-1), "fewer", "A cluster less", if is_clusters;
    ['w'] => ScreenAction::SaveClusters, "write CSV",
        "Write a table with the cluster of every text", if has_clusters;
    ['x'] => ScreenAction::NextAnalogyScore, "add/multiply",
        "How analogies are answered: by adding cosines (3CosAdd) or multiplying them (3CosMul)",
        if is_analogy;
    ['t'] => ScreenAction::NextLayout, "PCA/t-SNE",
        "How the map is laid out: principal components, or t-SNE, which keeps near words together", if is_map;
    ['f'] => ScreenAction::Choose, "which words",
        "What the map shows: the word and its neighbours, probe words alone, or the most frequent words",
        if is_map;
    ['t'] => ScreenAction::NextSort, "sort",
        "The order of the lines: that of the corpus, by what follows the word, or by what stands before it",
        if is_occurrences;
    ['w'] => ScreenAction::Save { table: false }, "write SVG", "Write the map as an image", if has_map;
    ['W'] => ScreenAction::Save { table: true }, "CSV", "Write the map as a table", if has_map;
    ['S'] => ScreenAction::Beside, "side by side",
        "The nearest words in every source side by side, or those in one source", if beside::is_possible;
    ['M'] => ScreenAction::Moment, "moment",
        "Keep this moment: its nearest words beside later ones, with their overlap; again: one list",
        if moments::is_possible;
    [Left] => ScreenAction::Source(-1), quiet "source before", "Begin with the source before", if beside::is_shown;
    [Right] => ScreenAction::Source(1), quiet "next source", "Begin with the next source", if beside::is_shown;
    ['r'] => ScreenAction::Table(1), "vectors", "Beside the pre-trained vectors, those of the next fine-tuned run";
    ['R'] => ScreenAction::Table(-1), quiet "vectors before", "Those of the fine-tuned run before";
    [Down] => ScreenAction::Line(1), "select", "Select the next line; on the map, look further down", if has_lines;
    [Up] => ScreenAction::Line(-1), quiet "line above",
        "Select the line above; on the map, look further up", if has_lines;
    [Left] => ScreenAction::Side(-1), quiet "left", "Look further to the left", if has_lens;
    [Right] => ScreenAction::Side(1), quiet "right", "Look further to the right", if has_lens;
    ['+', '='] => ScreenAction::Zoom(1), "nearer", "Look nearer", if has_lens;
    ['-'] => ScreenAction::Zoom(-1), "farther", "Look from farther", if has_lens;
    ['0'] => ScreenAction::Whole, "whole map", "Show all of the map or the axes", if has_lens;
    [PageDown] => ScreenAction::Page(1), quiet "more", "More probe words, or a page of lines";
    [PageUp] => ScreenAction::Page(-1), quiet "back", "Back to the probe words before";
};

/// The keys that work while the user types into a line.
pub const TYPING: &[Binding] = keys! {
    of Words;
    [Enter] => ScreenAction::Enter, "ask", "Ask";
    [Tab] => ScreenAction::Complete, "complete", "Complete the typed word", if can_complete;
};

fn can_complete(state: &State) -> bool {
    state.screens.words.word.active && !state.screens.words.asked.completions.is_empty()
}

fn has_trail(state: &State) -> bool {
    !state.screens.words.trail.is_empty()
}

fn has_map(state: &State) -> bool {
    is_map(state) && state.screens.words.asked.map.found.as_ref().is_some_and(|map| !map.is_empty())
}

fn is_clusters(state: &State) -> bool {
    state.screens.words.view == View::Clusters
}

fn has_clusters(state: &State) -> bool {
    is_clusters(state) && state.screens.words.asked.clusters.found.is_some()
}

/// Whether the training thread is asked for neighbours. Those recorded in the log are always ranked by cosine.
fn asks_neighbours(state: &State) -> bool {
    state.screens.words.view == View::Neighbours && !state.screens.words.word.is_empty() && !only_told(state)
}

fn has_encoder(state: &State) -> bool {
    View::Sentences.is_of(state)
}

fn is_occurrences(state: &State) -> bool {
    state.screens.words.view == View::Occurrences
}

fn is_analogy(state: &State) -> bool {
    state.screens.words.view == View::Analogy
}
