//! How a text becomes tokens: by rules for every text, or by the tokeniser of a published model.

use std::sync::Arc;

use crate::session::text_transfer::Tokens;

use super::model_tokeniser::ModelTokeniser;
use super::tokenise::for_each_token;

/// Cuts texts into tokens.
#[derive(Debug, Clone)]
pub enum Tokeniser {
    /// By rules.
    Rules(Tokens),
    /// Into the tokens of a published model.
    Model(Arc<ModelTokeniser>),
}

impl Tokeniser {
    /// Calls `each` with every token of `text`, in their order. A text that the tokeniser of a model cannot cut has no
    /// tokens here; [`ModelTokeniser::for_each`] says why. (Its file was refused if it cannot cut unknown characters.)
    pub fn for_each(&self, text: &str, each: impl FnMut(&str)) {
        match self {
            Tokeniser::Rules(how) => for_each_token(*how, text, each),
            Tokeniser::Model(tokeniser) => tokeniser.for_each(text, each).unwrap_or_default(),
        }
    }

    /// The tokens of `text`, owned.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        let mut all = Vec::new();
        self.for_each(text, |token| all.push(token.to_owned()));
        all
    }

    /// The rules; the usual ones for the tokeniser of a model.
    pub fn rules(&self) -> Tokens {
        match self {
            Tokeniser::Rules(how) => *how,
            Tokeniser::Model(_) => Tokens::default(),
        }
    }

    /// The tokeniser of a model, if it is one.
    pub fn model(&self) -> Option<&Arc<ModelTokeniser>> {
        match self {
            Tokeniser::Rules(_) => None,
            Tokeniser::Model(tokeniser) => Some(tokeniser),
        }
    }
}

impl Default for Tokeniser {
    fn default() -> Tokeniser {
        Tokeniser::Rules(Tokens::default())
    }
}

impl From<Tokens> for Tokeniser {
    fn from(how: Tokens) -> Tokeniser {
        Tokeniser::Rules(how)
    }
}
