//! A moment that the user keeps, to see later ones beside it.

use crate::tui::widgets::text::{duration, short};

/// A moment of the session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// When it was, in seconds of the session.
    pub at: f64,
    /// How many words had been trained on by then, if the log has it.
    pub tokens: Option<u64>,
}

impl Kept {
    /// "after 3.20M words", or "at 1:20".
    pub fn told(&self) -> String {
        match self.tokens {
            Some(tokens) => format!("after {} words", short(tokens as f64)),
            None => format!("at {}", duration(self.at)),
        }
    }
}
