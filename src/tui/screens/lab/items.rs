//! The items that can be selected on the screen Lab.

use std::path::Path;

use crate::session::recipe::Recipe;
use crate::tui::filter::items::COLUMNS;
use crate::tui::query::Queried;
use crate::tui::state::State;

use super::state::{BuiltIn, Key, Kind, Session};

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
    all(state).filter(|item| keeps(state, item)).collect()
}

/// Whether the filter of Lab keeps an item.
pub fn keeps(state: &State, item: &Item) -> bool {
    !state.filters.items.is_on() || state.filters.items.keeps(item)
}

impl Queried for Item<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.text(0), self.text(1))
    }

    fn text(&self, column: usize) -> String {
        let recipe = match self {
            Item::BuiltIn(built_in) => Some(&built_in.recipe),
            Item::File(_, recipe) => recipe.as_ref().ok(),
            Item::Session(_) => None,
        };
        let of = |kind: Kind| match kind {
            Kind::Vectors => "vectors",
            Kind::LanguageModel => "language model",
            Kind::Images => "images",
        };
        match (COLUMNS.get(column).map(|column| column.names[0]), self) {
            (Some("name"), Item::BuiltIn(built_in)) => built_in.name.clone(),
            (Some("name"), Item::File(path, _)) => path.display().to_string(),
            (Some("name"), Item::Session(session)) => session.name.clone(),
            (Some("title"), Item::Session(session)) => session.title.clone(),
            (Some("title"), _) => recipe.map(|recipe| recipe.title.clone()).unwrap_or_default(),
            (Some("kind"), Item::Session(_)) => "session".into(),
            (Some("kind"), _) => "recipe".into(),
            (Some("of"), Item::Session(session)) => session.kind.map(of).unwrap_or_default().into(),
            (Some("of"), _) => recipe.map(|recipe| of(Kind::of(recipe))).unwrap_or_default().into(),
            (Some("state"), Item::Session(session)) => match session {
                session if session.running => "running",
                session if session.recorded => "recorded",
                session if session.finished => "finished",
                _ => "stopped",
            }
            .into(),
            _ => String::new(),
        }
    }

    fn number(&self, _column: usize) -> Option<f64> {
        None
    }
}

pub fn selected(state: &State) -> Option<Item<'_>> {
    items(state).get(place(state)).copied()
}

/// The place of the selected item in the list. The list may have changed since it was selected.
pub fn place(state: &State) -> usize {
    let (items, own) = (items(state), &state.screens.lab);
    let known = own.key.as_ref().and_then(|key| items.iter().position(|item| item.key() == *key));
    known.unwrap_or(own.selected.min(items.len().saturating_sub(1)))
}

/// Selects the item at this place of the list.
pub fn select(state: &mut State, place: usize) {
    let key = items(state).get(place).map(Item::key);
    let own = &mut state.screens.lab;
    (own.selected, own.key, own.first) = (place, key, 0);
}

/// Keeps what is selected now, also when the filter changes.
pub fn settle(state: &mut State) {
    let (now, first) = (place(state), state.screens.lab.first);
    select(state, now);
    state.screens.lab.first = first;
}

impl Item<'_> {
    /// What tells it from the others.
    fn key(&self) -> Key {
        match self {
            Item::BuiltIn(built_in) => Key::BuiltIn(built_in.name.clone()),
            Item::File(path, _) => Key::File(path.to_path_buf()),
            Item::Session(session) => Key::Session(session.folder.clone()),
        }
    }
}

pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// All items, also those that the filter leaves out.
fn all(state: &State) -> impl Iterator<Item = Item<'_>> {
    let files = state.screens.lab.found.recipes.iter().map(|(path, recipe)| Item::File(path, recipe));
    let built_in = state.recipes.iter().map(Item::BuiltIn);
    built_in.chain(files).chain(state.screens.lab.found.sessions.iter().map(Item::Session))
}

/// How many items the filter keeps, and how many there are.
pub fn item_count(state: &State) -> (usize, usize) {
    (items(state).len(), all(state).count())
}

/// The values that items have in a column, each once.
pub fn item_values(state: &State, column: usize) -> Vec<String> {
    let mut values: Vec<String> =
        all(state).map(|item| item.text(column)).filter(|text| !text.is_empty()).collect();
    values.sort();
    values.dedup();
    values
}
