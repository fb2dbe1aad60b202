//! The text that a recipe names for pre-training.

use std::path::PathBuf;
use std::sync::Arc;

use crate::data::demo;
use crate::error::Result;
use crate::pretrain::{self, Files};
use crate::session::pretraining::Corpus;

/// Opens the text that a recipe names.
///
/// # Errors
/// When a file cannot be opened.
pub fn corpus(corpus: &Corpus, seed: u64) -> Result<Arc<dyn pretrain::Corpus>> {
    let files =
        |paths: Vec<PathBuf>| Files::new(paths).map(|files| Arc::new(files) as Arc<dyn pretrain::Corpus>);
    match corpus {
        Corpus::Demo { reviews } => {
            let reviews = *reviews;
            Ok(Arc::new(pretrain::Documents(move || demo::unlabelled(seed).take(reviews))))
        }
        Corpus::File(path) => files(vec![path.clone()]),
        Corpus::Files(paths) => files(paths.clone()),
        Corpus::Table { file, column } => Ok(Arc::new(pretrain::Column::new(file, column)?)),
    }
}
