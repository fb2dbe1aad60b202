//! The state of the screen Lab, and the actions of its keys.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::session::fork::Fork;
use crate::session::recipe::Recipe;
use crate::tui::modality::Modality;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Start here: choose a recipe and press enter, then watch it on Train.";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Lab {
    /// The recipes and sessions found in the folders.
    pub found: Found,
    /// A recipe that was just written. It is selected when it is found in the folder.
    pub written: Option<PathBuf>,
    /// The folders of the sessions that are marked, to be shown together.
    pub marked: BTreeSet<PathBuf>,
    /// The selected item, if one was chosen.
    pub(super) key: Option<Key>,
    /// Its index in the list: what is selected in its place if it is not there any more.
    pub(super) selected: usize,
    /// The index of the first visible line of the selected item's details.
    pub(super) first: usize,
}

/// What tells an item of the list from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A recipe that comes with the program, by its name.
    BuiltIn(String),
    /// A recipe file.
    File(PathBuf),
    /// The folder of a session.
    Session(PathBuf),
}

/// A recipe that comes with the program.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    pub name: String,
    pub recipe: Recipe,
    /// The explained template, for somebody who wants to use the recipe with their own data.
    pub template: Template,
}

/// The text of a recipe in which every setting is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    pub file: &'static str,
    pub text: &'static str,
}

/// The contents of the sessions folder and of the folder where the program runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub sessions: Vec<Session>,
    /// Recipe files: the name, and the recipe or why it cannot be read.
    pub recipes: Vec<(PathBuf, std::result::Result<Recipe, String>)>,
    /// The names of everything in the sessions folder. A new session gets another one.
    pub taken: BTreeSet<String>,
}

/// A session in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub name: String,
    pub folder: PathBuf,
    /// The recipe's title.
    pub title: String,
    pub finished: bool,
    /// Whether another process is writing it.
    pub running: bool,
    /// Whether it came with the program: a recorded log, without checkpoints to resume from.
    pub recorded: bool,
    /// Whether it is finished and has its checkpoints, so that its models can be loaded.
    pub models: bool,
    /// How long ago its log was last written, in words.
    pub age: String,
    /// The kind of its experiment, if its recipe can be read.
    pub kind: Option<Kind>,
    /// The folders of the sessions whose pre-training it takes.
    pub parents: Vec<PathBuf>,
    /// The state of another session from which its run begins.
    pub fork: Option<Fork>,
    /// How many sessions it descends from by forks, as far as these are in the list: it stands below them.
    pub depth: usize,
    /// The first two sentences of its verdict, if it has one.
    pub verdict: Option<String>,
}

/// The kind of an experiment: what is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Vectors,
    LanguageModel,
    Images,
}

impl Kind {
    /// The kind of a recipe's experiment.
    pub fn of(recipe: &Recipe) -> Kind {
        match recipe.text_source() {
            Some(source) if source.language_model().is_some() => Kind::LanguageModel,
            Some(_) => Kind::Vectors,
            None => Kind::Images,
        }
    }

    /// Whether the examples of such an experiment are texts or images.
    pub fn modality(self) -> Modality {
        match self {
            Kind::Vectors | Kind::LanguageModel => Modality::Text,
            Kind::Images => Modality::Images,
        }
    }
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    Select(i8),
    /// Scroll the details of the selected item by this many pages.
    Page(i8),
    /// Start, resume or replay, depending on the selected item.
    Enter,
    /// Replay a session without resuming it.
    Look,
    /// Load the models of a finished session, to ask them questions.
    Models,
    /// Start an experiment on a file of the user, in a dialog.
    New,
    /// Begin the tour, or come back to it.
    Tour,
    /// Write a recipe to a file for editing: the explained template of a built-in recipe, or a copy of a file.
    Copy,
    /// Search the folders again.
    Scan,
    /// Filter the list.
    Filter,
    /// Mark a session, or take the mark away.
    Mark,
    /// Show the marked sessions together.
    Together,
}
