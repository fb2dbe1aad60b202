//! The screen Lab: what this is about, recipes to start from, sessions to go on with or look at again.

use std::path::PathBuf;

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::recipe::Recipe;
use crate::session::text_transfer::TextSource;
use crate::train::command::Command;
use crate::tui::action::{Action, Effect};
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};
use crate::tui::screens::Tab;

mod describe;
mod view;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Lab {
    /// What was found in the folders.
    pub found: Found,
    /// A recipe that was written and is to be selected when it is found.
    pub written: Option<PathBuf>,
    /// A place in the items.
    selected: usize,
    /// The first line of what is to be known of the selected one that is seen.
    first: usize,
}

/// A recipe that comes with the program.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    pub name: String,
    pub recipe: Recipe,
    /// What is written for somebody who wants the same with their own data.
    pub template: Template,
}

/// A recipe in which every setting is explained, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    pub file: &'static str,
    pub text: &'static str,
}

/// What was found in the sessions folder and in the folder where the program runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub sessions: Vec<Session>,
    /// Recipe files: name, and the recipe or what is wrong with it.
    pub recipes: Vec<(PathBuf, std::result::Result<Recipe, String>)>,
}

/// A session in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub name: String,
    pub folder: PathBuf,
    /// The recipe's title.
    pub title: String,
    pub finished: bool,
    /// It came with the program: a recording, without checkpoints to go on from.
    pub recorded: bool,
    /// It is finished and its checkpoints are there: its models can be asked again.
    pub models: bool,
    /// How long ago its log was written last, in words.
    pub age: String,
    /// What it is of, if its recipe can be read.
    pub kind: Option<Kind>,
    /// The first two sentences of its verdict, if it has one.
    pub verdict: Option<String>,
}

/// What an experiment is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Vectors,
    LanguageModel,
    Images,
}

impl Kind {
    /// What a recipe is of.
    pub fn of(recipe: &Recipe) -> Kind {
        match recipe.text_source() {
            Some(TextSource::LanguageModel(_)) => Kind::LanguageModel,
            Some(_) => Kind::Vectors,
            None => Kind::Images,
        }
    }
}

/// Something that can be selected.
#[derive(Debug, Clone, Copy)]
enum Item<'a> {
    /// A recipe that comes with the program.
    BuiltIn(&'a BuiltIn),
    /// A recipe file.
    File(&'a std::path::Path, &'a std::result::Result<Recipe, String>),
    Session(&'a Session),
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    Select(i8),
    /// What is to be known of the selected item, so many pages further.
    Page(i8),
    /// Start, resume or look again: what the selected item is for.
    Enter,
    /// Look at a session again without going on.
    Look,
    /// Load a finished session's models, to ask them again.
    Models,
    /// Write a recipe to a file, to be edited: of a built-in one its explained template, of a file its copy.
    Copy,
    /// Look through the folders again.
    Scan,
}

const KEYS: &[Binding] = &[
    Binding::new(
        &[special(KeyCode::Enter)],
        Action::Lab(Do::Enter),
        "start or open",
        "Start the recipe; resume or replay the session",
    ),
    Binding::new(
        &[special(KeyCode::Down), key('j')],
        Action::Lab(Do::Select(1)),
        "select",
        "Select the next",
    )
    .when(has_choice),
    Binding::new(&[special(KeyCode::Up), key('k')], Action::Lab(Do::Select(-1)), "", "Select the one before")
        .quiet()
        .when(has_choice),
    Binding::new(
        &[key('n')],
        Action::Lab(Do::Copy),
        "new recipe",
        "Write a recipe of this kind to a file here, to edit it: every setting is explained",
    )
    .when(has_recipe),
    Binding::new(
        &[key('m')],
        Action::Lab(Do::Models),
        "load models",
        "Load the finished session's models: Words and Try answer again",
    )
    .when(has_models),
    Binding::new(
        &[key('v')],
        Action::Lab(Do::Look),
        "only look",
        "Look at the session again, without training",
    )
    .when(has_session),
    Binding::new(
        &[special(KeyCode::PageDown)],
        Action::Lab(Do::Page(1)),
        "read on",
        "Read on in what is said of the selected one",
    )
    .when(view::has_more),
    Binding::new(
        &[special(KeyCode::PageUp)],
        Action::Lab(Do::Page(-1)),
        "back",
        "Back in what is said of the selected one",
    )
    .quiet()
    .when(view::is_scrolled),
    Binding::new(&[key('r')], Action::Lab(Do::Scan), "reread", "Look through the folders again"),
];

/// Recipes first, those of the user before those that come with the program; then sessions.
fn items(state: &State) -> Vec<Item<'_>> {
    let files = state.lab.found.recipes.iter().map(|(path, recipe)| Item::File(path, recipe));
    let built_in = state.recipes.iter().map(Item::BuiltIn);
    let sessions = state.lab.found.sessions.iter().map(Item::Session);
    built_in.chain(files).chain(sessions).collect()
}

fn selected(state: &State) -> Option<Item<'_>> {
    let items = items(state);
    let last = items.len().checked_sub(1)?;
    items.get(state.lab.selected.min(last)).copied()
}

fn has_choice(state: &State) -> bool {
    items(state).len() > 1
}

fn has_recipe(state: &State) -> bool {
    matches!(selected(state), Some(Item::BuiltIn(..) | Item::File(_, Ok(_))))
}

fn has_session(state: &State) -> bool {
    matches!(selected(state), Some(Item::Session(_)))
}

fn has_models(state: &State) -> bool {
    state.trains && matches!(selected(state), Some(Item::Session(Session { models: true, .. })))
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    let count = items(state).len();
    match action {
        Do::Select(step) => {
            let at = state.lab.selected.min(count.saturating_sub(1));
            state.lab.selected = at.saturating_add_signed(isize::from(step)).min(count.saturating_sub(1));
            state.lab.first = 0;
            Vec::new()
        }
        Do::Page(by) => {
            view::scroll(state, by);
            Vec::new()
        }
        Do::Scan => vec![Effect::Scan],
        Do::Copy => match selected(state) {
            Some(Item::BuiltIn(BuiltIn { template, .. })) => {
                vec![Effect::Write { name: template.file.into(), text: template.text.into() }]
            }
            Some(Item::File(path, Ok(_))) => {
                let name = format!("my-{}.ron", stem(path).trim_start_matches("my-"));
                vec![Effect::CopyFile { from: path.to_path_buf(), name }]
            }
            _ => Vec::new(),
        },
        Do::Look => match selected(state) {
            Some(Item::Session(session)) => {
                let load = Action::Open(session.folder.clone());
                instead(state, load, "look at that one")
            }
            _ => Vec::new(),
        },
        Do::Models => match selected(state) {
            Some(Item::Session(session)) if has_models(state) => {
                let load = Action::Resume(session.folder.clone());
                instead(state, load, "load the models of that one")
            }
            _ => Vec::new(),
        },
        Do::Enter => enter(state),
    }
}

fn enter(state: &mut State) -> Vec<Effect> {
    let begin = |recipe: &Recipe, name: String| Action::Begin { recipe: Box::new(recipe.clone()), name };
    let (action, what) = match selected(state) {
        None => return Vec::new(),
        Some(Item::BuiltIn(BuiltIn { name, recipe, .. })) => {
            (begin(recipe, name.clone()), "start the new one")
        }
        Some(Item::File(path, Ok(recipe))) => (begin(recipe, stem(path)), "start the new one"),
        Some(Item::File(_, Err(problem))) => {
            let problem = problem.clone();
            state.complain(problem);
            return Vec::new();
        }
        Some(Item::Session(session)) if session.finished || session.recorded || !state.trains => {
            (Action::Open(session.folder.clone()), "look at that one")
        }
        Some(Item::Session(session)) => (Action::Resume(session.folder.clone()), "go on with that one"),
    };
    if !state.trains && !matches!(action, Action::Open(_)) {
        state.complain("This workbench only looks at recordings. Leave, and run `warmstart` to train.");
        return Vec::new();
    }
    instead(state, action, what)
}

/// Does `action` at once, or after a question if something is being trained.
fn instead(state: &mut State, action: Action, what: &str) -> Vec<Effect> {
    if state.is_training() {
        state.confirm(format!("Save and stop the session under way, and {what}?"), action);
        Vec::new()
    } else {
        crate::tui::app::update(state, action)
    }
}

fn stem(path: &std::path::Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The folders were looked through; a recipe that was just written is selected.
pub fn found(state: &mut State, found: Found) {
    state.lab.found = found;
    let Some(path) = &state.lab.written else { return };
    let is_it = |item: &Item| matches!(item, Item::File(file, _) if file == path);
    if let Some(place) = items(state).iter().position(is_it) {
        (state.lab.selected, state.lab.first, state.lab.written) = (place, 0, None);
    }
}

/// Stops what is under way, if anything is.
pub fn stop_first(state: &State) -> Option<Effect> {
    state.is_training().then_some(Effect::Send(Command::Stop))
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Lab"
    }

    fn about(&self) -> &'static str {
        "Start here: choose a recipe and press enter, then watch it on screen 2."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        view::view(state, frame, area);
    }

    fn shown(&self, _state: &mut State) -> Vec<Effect> {
        vec![Effect::Scan]
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let list = view::parts(state, area).list;
        if !list.contains(Position::new(event.column, event.row)) {
            return Vec::new();
        }
        match event.kind {
            MouseEventKind::ScrollDown => update(state, Do::Select(1)),
            MouseEventKind::ScrollUp => update(state, Do::Select(-1)),
            MouseEventKind::Down(MouseButton::Left) => {
                match view::item_at(state, list, event.row) {
                    // A second press on the same does it.
                    Some(item) if item == state.lab.selected => return enter(state),
                    Some(item) => (state.lab.selected, state.lab.first) = (item, 0),
                    None => {}
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn command(&self, state: &State) -> Option<String> {
        let quoted = |path: &std::path::Path| super::quoted(&path.display().to_string());
        Some(match selected(state)? {
            Item::BuiltIn(built_in) => format!("warmstart run {}", built_in.name),
            Item::File(path, _) => format!("warmstart run {}", quoted(path)),
            Item::Session(session) if session.finished => {
                format!("warmstart compare {}", quoted(&session.folder))
            }
            Item::Session(session) => format!("warmstart resume {}", quoted(&session.folder)),
        })
    }
}

/// The screen that a started, resumed or opened session is watched on.
pub const WATCH: Tab = Tab::Train;

#[cfg(test)]
mod tests;
