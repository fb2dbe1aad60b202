//! What the screen Lab knows, and what its keys stand for.

use std::path::PathBuf;

use crate::session::recipe::Recipe;
use crate::session::text_transfer::TextSource;
use crate::tui::modality::Modality;

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str = "Start here: choose a recipe and press enter, then watch it on Train.";

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Lab {
    /// What was found in the folders.
    pub found: Found,
    /// A recipe that was written and is to be selected when it is found.
    pub written: Option<PathBuf>,
    /// A place in the items.
    pub(super) selected: usize,
    /// The first line of what is to be known of the selected one that is seen.
    pub(super) first: usize,
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
    /// Another process is writing it.
    pub running: bool,
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

    /// What the examples of such an experiment are.
    pub fn modality(self) -> Modality {
        match self {
            Kind::Vectors | Kind::LanguageModel => Modality::Text,
            Kind::Images => Modality::Images,
        }
    }
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
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
