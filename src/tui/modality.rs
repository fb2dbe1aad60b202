//! What the examples of a session are, and the words that differ by it.
//!
//! Which screens such a session has each screen says itself ([`super::screens::page::Page::only`]).

use crate::session::history::History;

/// What the examples of a session are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modality {
    Text,
    Images,
}

impl Modality {
    /// What a session is of: its recipe says it before the data is read. One that has told nothing counts as one of text.
    pub fn of(history: &History) -> Modality {
        let data = history.data.as_ref().is_some_and(|data| data.images.is_some());
        let recipe = history.recipe.as_ref().is_some_and(|recipe| recipe.images().is_some());
        if data || recipe { Modality::Images } else { Modality::Text }
    }

    /// Several examples.
    pub fn examples(self) -> &'static str {
        match self {
            Modality::Text => "documents",
            Modality::Images => "images",
        }
    }

    /// The same over a narrow column.
    pub fn examples_short(self) -> &'static str {
        match self {
            Modality::Text => "docs",
            Modality::Images => "images",
        }
    }

    /// What pre-training counts.
    pub fn read(self) -> &'static str {
        match self {
            Modality::Text => "words",
            Modality::Images => "images",
        }
    }

    /// What the loss of pre-training means, where it is no matter of how words are guessed.
    pub fn loss(self) -> Option<&'static str> {
        match self {
            Modality::Text => None,
            Modality::Images => Some("how badly images are told apart; it should fall"),
        }
    }

    /// What is seen beside the curves when a session is looked at again.
    pub fn seen_again(self) -> &'static str {
        match self {
            Modality::Text => "words, verdict",
            Modality::Images => "verdict",
        }
    }

    /// Which screens answer when its models are loaded.
    pub fn answers(self) -> &'static str {
        match self {
            Modality::Text => "Words and Try answer",
            Modality::Images => "Images answers",
        }
    }
}
