//! The items that can be selected on the screen Lab.

use std::path::Path;

use crate::session::recipe::Recipe;
use crate::tui::state::State;

use super::state::{BuiltIn, Session};

/// An item that can be selected.
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    /// A recipe that comes with the program.
    BuiltIn(&'a BuiltIn),
    /// A recipe file.
    File(&'a Path, &'a Result<Recipe, String>),
    Session(&'a Session),
}

/// All items: first recipes, those of the user before those that come with the program; then sessions.
pub fn items(state: &State) -> Vec<Item<'_>> {
    let files = state.screens.lab.found.recipes.iter().map(|(path, recipe)| Item::File(path, recipe));
    let built_in = state.recipes.iter().map(Item::BuiltIn);
    let sessions = state.screens.lab.found.sessions.iter().map(Item::Session);
    built_in.chain(files).chain(sessions).collect()
}

pub fn selected(state: &State) -> Option<Item<'_>> {
    let items = items(state);
    let last = items.len().checked_sub(1)?;
    items.get(state.screens.lab.selected.min(last)).copied()
}

pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
