//! Where words stand in the corpus that a source was pre-trained on, or in the texts of the task.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::pretrain::Corpus;
use crate::session::history::History;
use crate::session::parent::Parent;
use crate::session::pretraining;
use crate::session::recipe::Recipe;
use crate::session::source_name::SourceName;
use crate::session::text_source::TextSource;
use crate::session::text_transfer::Tokens;

use super::corpus::corpus;

pub mod beside;

/// The usual number of context words on each side that count.
pub const WINDOW: usize = 5;

/// A corpus in which words are looked for.
pub struct Opened {
    /// The text.
    pub corpus: Arc<dyn Corpus>,
    /// Its name.
    pub name: String,
    /// How it is tokenised.
    pub tokens: Tokens,
    /// The number of context words on each side that training looked at.
    pub window: usize,
}

/// Opens the corpus that the source `source` of `recipe` was trained on: that of a session from which it was taken, if it was.
/// A source without one has the texts of the task, without those of the test.
///
/// # Errors
/// When the session is one of images, or a file cannot be opened.
pub fn open(recipe: &Recipe, source: Option<&SourceName>, parents: &[Parent]) -> Result<Opened> {
    let own = source.map_or_else(|| recipe.clone(), |name| recipe.with_source(name));
    let Some(text) = own.text() else {
        return Err(Error::request(
            "this session is of images",
            "words stand in the corpus of a session of texts",
        ));
    };
    let parent = parents.iter().find(|parent| source.is_none_or(|name| *name == parent.name));
    if let Some(parent) = parent
        && let Some(there) = History::read(&parent.session)?.recipe
    {
        let root = there.with_source(&parent.source);
        if let Some(found) = root.text_source().and_then(of_source) {
            return opened(found, &root);
        }
    }
    let found = of_source(text.source());
    let task = (pretraining::Corpus::Task { and: Vec::new() }, WINDOW);
    opened(found.unwrap_or(task), &own)
}

fn opened((asked, window): (pretraining::Corpus, usize), recipe: &Recipe) -> Result<Opened> {
    let tokens = recipe.text().map(|text| text.tokens).unwrap_or_default();
    let demo = match asked {
        pretraining::Corpus::Demo { .. } => Some("the demo's unlabelled reviews".to_string()),
        pretraining::Corpus::File(_)
        | pretraining::Corpus::Files(_)
        | pretraining::Corpus::Task { .. }
        | pretraining::Corpus::Table { .. } => None,
    };
    let corpus = corpus(&asked, recipe)?;
    let name = demo.unwrap_or_else(|| corpus.name());
    Ok(Opened { corpus, name, tokens, window })
}

/// The corpus that a source was trained on, and its window; `None` if there is none.
fn of_source(source: &TextSource) -> Option<(pretraining::Corpus, usize)> {
    match source {
        TextSource::SkipGram(asked) | TextSource::Cbow(asked) => Some((asked.corpus.clone(), asked.window)),
        TextSource::LanguageModel(asked) => Some((asked.corpus.clone(), WINDOW)),
        TextSource::Distilled(asked) => asked.corpus.clone().map(|corpus| (corpus, WINDOW)),
        TextSource::Vectors { .. } | TextSource::Encoder(_) | TextSource::Session(_) | TextSource::Run(_) => {
            None
        }
    }
}
