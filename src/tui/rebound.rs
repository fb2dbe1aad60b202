//! Keys of the user's own, in place of those in the key tables.

use std::collections::HashMap;

use super::key::Key;

/// The keys of actions that the user has chosen, by the names of the actions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rebound(HashMap<String, Vec<Key>>);

impl Rebound {
    /// Gives an action these keys.
    pub fn set(&mut self, action: String, keys: Vec<Key>) {
        self.0.insert(action, keys);
    }

    /// Gives an action the keys of the table again.
    pub fn unset(&mut self, action: &str) {
        self.0.remove(action);
    }

    /// The keys of an action whose keys in the table are `usual`. Its name is only needed if there are keys of the
    /// user's own.
    pub fn keys<'a>(&'a self, usual: &'a [Key], name: impl FnOnce() -> String) -> &'a [Key] {
        if self.0.is_empty() {
            return usual;
        }
        self.0.get(&name()).map_or(usual, Vec::as_slice)
    }

    /// Whether the action has keys of the user's own.
    pub fn has(&self, action: &str) -> bool {
        self.0.contains_key(action)
    }
}
