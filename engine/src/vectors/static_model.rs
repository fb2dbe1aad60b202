//! Static token vectors: a table whose rows are the tokens of a published model, and how a word becomes these tokens.

use std::sync::Arc;

use crate::text::model_tokeniser::ModelTokeniser;
use crate::text::words::Words;

use super::table::TableView;

/// What a table of static token vectors is read with.
#[derive(Debug, Clone)]
pub struct StaticModel {
    /// Cuts a text into the tokens of the table.
    pub tokeniser: Arc<ModelTokeniser>,
    /// Whether the mean of a text's vectors is scaled to length 1.
    pub unit_means: bool,
}

impl StaticModel {
    /// The row of `word`: that of its token if it is one token, else that of a token with exactly this name.
    pub fn find(&self, words: &Words, word: &str) -> Option<usize> {
        match &self.names(word)[..] {
            [one] => words.id(one),
            _ => None,
        }
        .or_else(|| words.id(word))
    }

    /// The mean of the vectors of the tokens of `word`, as the model reads a text; `None` if it has none.
    pub fn made(&self, words: &Words, table: &TableView<'_>, word: &str) -> Option<Vec<f32>> {
        let rows: Vec<usize> = self.names(word).iter().filter_map(|name| words.id(name)).collect();
        let mut sum = vec![0.0; table.dim().1];
        for &row in &rows {
            sum.iter_mut().zip(&*table.row(row)).for_each(|(sum, x)| *sum += x);
        }
        sum.iter_mut().for_each(|sum| *sum /= rows.len() as f32);
        (!rows.is_empty()).then_some(sum)
    }

    /// The names of the tokens of `word`. A word that the tokeniser cannot cut has none.
    fn names(&self, word: &str) -> Vec<String> {
        let mut names = Vec::new();
        self.tokeniser.for_each(word, |name| names.push(name.to_string())).unwrap_or_default();
        names
    }
}
