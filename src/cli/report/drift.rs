//! Drift of words: the words whose vectors fine-tuning moved furthest. The saved models of the session give the
//! vectors: a frozen model has them as they were before fine-tuning, a fine-tuned model as they are after it.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::error::Result;
use crate::session::continued::MovedWord;
use crate::session::history::{History, RunHistory};
use crate::session::kept_models::model_folder;
use crate::session::method::{Method, Strategy};
use crate::text::words::Words;
use crate::transfer::drift::drift;
use crate::transfer::lookup::{Found, TableRow};
use crate::transfer::predictor::text::{TextModel, TextPredictor};
use crate::transfer::predictor::{Predictor, load};
use crate::vectors::View;

/// The maximum number of words in the table.
const TOLD: usize = 12;
/// The number of neighbours that are shown for a word, before and after.
const NEIGHBOURS: usize = 5;

/// The words that a fine-tuned run moved.
pub struct Moves {
    /// The name of the run.
    pub run: String,
    /// The words with the largest distances, in descending order.
    pub words: Vec<MovedWord>,
}

/// Compares the vectors of the fine-tuned run with the most labels with those of a frozen run from the same source.
/// `None` if the session in `folder` does not have both models saved, or if no word moved.
///
/// # Errors
/// When one of the models exists but cannot be read.
pub fn moves(folder: &Path, history: &History) -> Result<Option<Moves>> {
    let model = |run: &RunHistory| model_folder(folder, &run.start, history.several_sources());
    let kept = |run: &&RunHistory| model(run).is_dir();
    let tuned = history.runs.iter().filter(|run| run.start.method.tunes()).filter(kept);
    let Some(tuned) = tuned.reduce(|best, run| if run.start.budget > best.start.budget { run } else { best })
    else {
        return Ok(None);
    };
    let is_frozen = |run: &&RunHistory| {
        run.start.method == Method::Strategy(Strategy::Frozen) && run.start.source == tuned.start.source
    };
    let Some(frozen) = history.runs.iter().filter(is_frozen).find(kept) else { return Ok(None) };
    let (before, after) = (table(model(frozen))?, table(model(tuned))?);
    let words = before.zip(after).map(|(before, after)| furthest(&before, &after)).unwrap_or_default();
    Ok((!words.is_empty()).then(|| Moves { run: history.name_of(tuned), words }))
}

/// Words and the matrix of their vectors, shape (words, dimensions), in the same order.
type Table = (Words, Array2<f32>);

/// The words of a saved model that have vectors; `None` for a model without word vectors.
fn table(folder: PathBuf) -> Result<Option<Table>> {
    match load::load(&folder)?.predictor {
        Predictor::Text(predictor) => Ok(vectors(&predictor)),
        Predictor::Images(_) => Ok(None),
    }
}

fn vectors(predictor: &TextPredictor) -> Option<Table> {
    let TextModel::Classifier { model, rows, .. } = &predictor.model else { return None };
    let (mut words, mut values) = (Words::default(), Vec::new());
    let beyond = rows.beyond.iter().flat_map(|vectors| vectors.words.iter());
    for word in predictor.words.iter().chain(beyond) {
        let found = rows.find(&predictor.words, word);
        let vector = match &found {
            Found::Row(row) => model.vector(row.0),
            Found::Vector(vector) => vector,
            Found::Unknown => continue,
        };
        if words.insert(word).1 {
            values.extend_from_slice(vector);
        }
    }
    let matrix = Array2::from_shape_vec((words.len(), model.dim()), values).ok()?;
    Some((words, matrix))
}

/// The words of both tables with the largest distances between their vectors. Empty if the dimensions differ.
fn furthest((words, before): &Table, (learned, after): &Table) -> Vec<MovedWord> {
    if before.ncols() != after.ncols() {
        return Vec::new();
    }
    let both: Vec<(TableRow, usize)> = (words.iter().enumerate())
        .filter_map(|(row, word)| Some((TableRow(row as u32), learned.id(word)?)))
        .collect();
    let moved: Vec<(TableRow, &[f32])> =
        both.iter().filter_map(|&(row, now)| Some((row, after.row(now).to_slice()?))).collect();
    let view = |words, matrix: &'_ Array2<f32>| -> Vec<f32> { View::new(words, matrix.view()).norms() };
    let (norms_before, norms_after) = (view(words, before), view(learned, after));
    let old = View::new(words, before.view()).with_norms(&norms_before);
    let new = View::new(learned, after.view()).with_norms(&norms_after);
    let near = |view: &View, row: usize| -> Vec<String> {
        let near = view.nearest(&view.row(row), NEIGHBOURS, &[row]);
        near.into_iter().map(|near| view.words().get(near.id).to_string()).collect()
    };
    (drift(before, &moved).into_iter())
        .filter(|moved| moved.distance > 0.0)
        .take(TOLD)
        .filter_map(|moved| {
            let row = moved.row.0 as usize;
            let word = words.get(row);
            Some(MovedWord {
                word: word.to_string(),
                cosine: moved.cosine,
                distance: moved.distance,
                before: near(&old, row),
                after: near(&new, learned.id(word)?),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_furthest_come_first_and_words_of_one_table_are_left_out() {
        let before =
            (Words::from_iter(["a", "b", "c", "d"]), array![[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [5.0, 5.0]]);
        let after = (Words::from_iter(["c", "b", "a"]), array![[0.0, 1.0], [0.9, 0.2], [-0.1, 1.0]]);
        let moved = furthest(&before, &after);
        let words: Vec<&str> = moved.iter().map(|moved| moved.word.as_str()).collect();
        assert_eq!(words, ["a", "b"], "c did not move, and d is not in both");
        assert_eq!((&moved[0].before[0][..], &moved[0].after[0][..]), ("b", "c"));
        assert!((f64::from(moved[0].distance) - (1.1_f64 * 1.1 + 1.0).sqrt()).abs() < 1e-6);
        let wider = (Words::from_iter(["a"]), array![[1.0, 0.0, 0.0]]);
        assert!(furthest(&before, &wider).is_empty());
    }
}
