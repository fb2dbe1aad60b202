//! Actions: everything that can happen to the front end; effects: everything it can ask of the world.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::session::follow::News;
use crate::session::recipe::Recipe;
use crate::session::record::Entry;
use crate::train::protocol::command::Command;
use crate::train::protocol::event::Event;

use super::folders::Completion;
use super::screens::cell::Cell;
use super::screens::lab::state::Found;
use super::screens::tab::{ScreenAction, Tab};

/// Something that happened, or that a key of the keymap stands for.
#[derive(Debug, Clone)]
pub enum Action {
    // --- from outside ---
    /// A key went down.
    Key(KeyEvent),
    /// The mouse moved, was pressed or turned its wheel.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// Time goes by: seconds since the front end started.
    Tick(f64),
    /// News from the training thread.
    News(Box<Event>),
    /// The folders were looked through.
    Found(Found),
    /// A session's log was read, to be looked at again.
    Loaded {
        /// The name that the screens show.
        name: String,
        /// Where it is.
        folder: PathBuf,
        /// Its records, in order.
        entries: Vec<Entry>,
        /// Whether models of its runs are kept there.
        models: bool,
    },
    /// A session that another process writes comes to the front; [`Action::Followed`] tells what it tells.
    Watching {
        /// The name that the screens show.
        name: String,
        /// Where it is.
        folder: PathBuf,
    },
    /// Something is new of the session that is watched.
    Followed {
        /// What it is.
        news: Box<News>,
        /// Whether models of its runs are kept.
        models: bool,
    },
    /// A file was written.
    Written(PathBuf),
    /// Paths of files that go on with what was typed.
    Completed(Completion),
    /// An effect failed; a sentence for the user.
    Failed(String),

    // --- what a question may have been asked about ---
    /// Tell the training thread.
    Command(Command),
    /// Start a new session, with a name for it.
    Begin {
        /// What is to be done.
        recipe: Box<Recipe>,
        /// The folder's name, to which a number is added if it is taken.
        name: String,
    },
    /// Go on with the session in this folder.
    Resume(PathBuf),
    /// Look at the session in this folder again.
    Open(PathBuf),
    /// Watch the session in this folder, which another process writes.
    Watch(PathBuf),

    /// Show the examples of a cell, on the screen that shows examples.
    Examples(Cell),

    // --- of the keymap, on every screen ---
    /// Leave, after a question if training is under way.
    Quit,
    /// Leave without a question.
    QuitNow,
    /// Give the terminal back to the shell for a while (ctrl-Z).
    Suspend,
    /// Show a screen.
    Show(Tab),
    /// Show the screen after this one; after the last the first.
    NextTab,
    /// Show the screen before this one; before the first the last.
    PreviousTab,
    /// Show all keys.
    Help,
    /// Show all actions, to be found by name.
    Palette,
    /// Close what is open, stop typing, or let the time cursor go.
    Back,
    /// Pause or go on; in a replay, play.
    Pause,
    /// Move the time cursor by so many hundredths of the session.
    Time(i8),
    /// Let the time cursor go: show what is known now.
    Live,
    /// Show or hide the explanations.
    Explain,
    /// Copy the command that prints this view.
    CopyCommand,
    /// Take the light theme instead of the dark one, or back.
    SwitchTheme,

    /// Of the keymap, on one screen.
    Screen(ScreenAction),
}

/// Something the loop does for the core, which itself touches nothing.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Tell the training thread.
    Send(Command),
    /// Put text on the clipboard (OSC 52).
    Copy(String),
    /// Look through the folders; `Action::Found` follows.
    Scan,
    /// Start a session in the first free folder of this name.
    Begin {
        /// What is to be done.
        recipe: Box<Recipe>,
        /// The folder's name, to which a number is added if it is taken.
        name: String,
    },
    /// Read a session's log; `Action::Loaded` follows.
    Load(PathBuf),
    /// Follow the log of a session that another process writes; `Action::Watching` follows.
    Watch(PathBuf),
    /// Write text to a new file of about this name; `Action::Written` follows.
    Write {
        /// The file's name, to which a number is added if it is taken.
        name: String,
        /// Its content.
        text: String,
    },
    /// Copy a recipe's file to a new one of about this name; `Action::Written` follows.
    CopyFile {
        /// The recipe's file.
        from: PathBuf,
        /// The new file's name, to which a number is added if it is taken.
        name: String,
    },
    /// Look for files whose paths go on with this; `Action::Completed` follows.
    Complete(String),
    /// Do this next. `update` goes on with it by itself, so that no part of it calls the whole.
    Act(Box<Action>),
    /// Stop like any program on ctrl-Z.
    Suspend,
    /// End the front end.
    Quit,
}
