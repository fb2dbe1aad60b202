//! The kind of examples of a session (text or images), and the words on the screens that depend on it.
//!
//! Each screen itself says in which sessions it appears ([`super::screens::page::Page::only`]).

use crate::session::history::History;

/// The kind of examples of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modality {
    Text,
    Images,
}

impl Modality {
    /// The modality of a session. The recipe states it before the data are read. A session without records counts as
    /// text.
    pub fn of(history: &History) -> Modality {
        let data = history.data.as_ref().is_some_and(|data| data.images.is_some());
        let recipe = history.recipe.as_ref().is_some_and(|recipe| recipe.images().is_some());
        if data || recipe { Modality::Images } else { Modality::Text }
    }

    /// The plural of "example".
    pub fn examples(self) -> &'static str {
        match self {
            Modality::Text => "documents",
            Modality::Images => "images",
        }
    }

    /// A short form, for the head of a narrow column.
    pub fn examples_short(self) -> &'static str {
        match self {
            Modality::Text => "docs",
            Modality::Images => "images",
        }
    }

    /// The unit that pre-training counts.
    pub fn read(self) -> &'static str {
        match self {
            Modality::Text => "words",
            Modality::Images => "images",
        }
    }

    /// An explanation of the pre-training loss; `None` for text, where the curve's unit explains it.
    pub fn loss(self) -> Option<&'static str> {
        match self {
            Modality::Text => None,
            Modality::Images => Some("how badly images are told apart; it should fall"),
        }
    }

    /// What a replay shows besides the curves.
    pub fn seen_again(self) -> &'static str {
        match self {
            Modality::Text => "words, verdict",
            Modality::Images => "verdict",
        }
    }

    /// The screens that can answer questions once the session's models are loaded.
    pub fn answers(self) -> &'static str {
        match self {
            Modality::Text => "Words and Try answer",
            Modality::Images => "Images answers",
        }
    }
}
