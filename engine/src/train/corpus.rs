//! The text that a recipe names for pre-training.

use std::path::PathBuf;
use std::sync::Arc;

use crate::data::demo;
use crate::error::{Error, Result};
use crate::pretrain::{self, Files};
use crate::session::pretraining::Corpus;
use crate::session::recipe::Recipe;

use super::task_texts::TaskTexts;

/// Opens a text that `recipe` names.
///
/// # Errors
/// When a file cannot be opened.
pub fn corpus(corpus: &Corpus, recipe: &Recipe) -> Result<Arc<dyn pretrain::Corpus>> {
    let seed = recipe.seed;
    let files =
        |paths: Vec<PathBuf>| Files::new(paths).map(|files| Arc::new(files) as Arc<dyn pretrain::Corpus>);
    match corpus {
        Corpus::Task { and } => {
            let Some(text) = recipe.text() else {
                return Err(Error::request("a corpus of the task's texts, but the task has images", ""));
            };
            let more = if and.is_empty() { None } else { Some(Files::new(and.clone())?) };
            Ok(Arc::new(TaskTexts::new(text.task().clone(), seed, more)))
        }
        Corpus::Demo { reviews } => {
            let reviews = *reviews;
            Ok(Arc::new(pretrain::Documents(move || demo::unlabelled(seed).take(reviews))))
        }
        Corpus::File(path) => files(vec![path.clone()]),
        Corpus::Files(paths) => files(paths.clone()),
        Corpus::Table { file, column } => Ok(Arc::new(pretrain::Column::new(file, column)?)),
    }
}
