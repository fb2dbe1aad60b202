//! Actions: everything that can happen to the front end. Effects: everything that the front end asks the loop to do.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::session::follow::News;
use crate::session::forking::Changes;
use crate::session::history::History;
use crate::session::recipe::Recipe;
use crate::train::protocol::command::Command;
use crate::train::protocol::event::Event;

use super::filter::filter_box::FilterAction;
use super::folders::Completion;
use super::notice::Notice;
use super::screens::cell::Cell;
use super::screens::lab::state::Found;
use super::screens::tab::{ScreenAction, Tab};

/// An event from outside, or the meaning of a key in the keymap.
#[derive(Debug, Clone)]
pub enum Action {
    // --- events from outside ---
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse moved, a button was pressed, or the wheel turned.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal now has this many columns and rows.
    Resize(u16, u16),
    /// The time, in seconds since the front end started.
    Tick(f64),
    /// An event from the training thread.
    News(Box<Event>),
    /// The search through the folders is done.
    Found(Found),
    /// A session's log was read, for a replay.
    Loaded {
        /// The name that the screens show.
        name: String,
        /// The session's folder.
        folder: PathBuf,
        /// Everything that it recorded.
        history: Box<History>,
        /// Whether the folder keeps models of the session's runs.
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
    /// Sessions come to the front together; [`Action::Joined`] tells what each tells.
    Joining(Vec<PathBuf>),
    /// Something is new in one of several sessions.
    Joined {
        /// Its place among them.
        place: usize,
        /// What it is.
        news: Box<News>,
    },
    /// A file was written.
    Written(PathBuf),
    /// What the screen shows was written to these files.
    Exported(Vec<PathBuf>),
    /// The paths that complete what the user typed.
    Completed(Completion),
    /// An effect failed. The text is a sentence for the user.
    Failed(String),

    /// Show the next source, of several.
    NextSource,

    // --- actions that may need the user's confirmation ---
    /// Send a command to the training thread.
    Command(Command),
    /// Start a new session under this name.
    Begin {
        /// The recipe that the session trains.
        recipe: Box<Recipe>,
        /// The folder's name. A number is added if it exists already.
        name: String,
    },
    /// Begin a session from a state of a run of another one.
    Fork(Box<Forking>),
    /// The fork is not possible, and why: the user types again.
    ForkRefused(Box<Forking>, String),
    /// Resume the session in this folder.
    Resume(PathBuf),
    /// A session is about to begin in this folder.
    Begun(PathBuf),
    /// Replay the session in this folder.
    Open(PathBuf),
    /// Watch the session in this folder, which another process writes.
    Watch(PathBuf),

    /// Show the sessions in these folders together.
    Together(Vec<PathBuf>),

    /// Begin the tour, or come back to it.
    OpenTour,

    /// Show the examples of a cell of the confusion matrix, on the screen that shows examples.
    Examples(Cell),

    // --- actions of the keymap on every screen ---
    /// Quit; ask first if training is under way.
    Quit,
    /// Quit without a question.
    QuitNow,
    /// Suspend the program and return to the shell (ctrl-Z).
    Suspend,
    /// Show a screen.
    Show(Tab),
    /// Show the next screen; after the last comes the first.
    NextTab,
    /// Show the previous screen; before the first comes the last.
    PreviousTab,
    /// Show all keys.
    Help,
    /// Show the palette: a list of all actions that can be searched by name.
    Palette,
    /// Close what is open, stop typing, or return from the time cursor to the present.
    Back,
    /// Pause or continue training; in a replay, play or stop.
    Pause,
    /// Move the time cursor by this many hundredths of the session's length.
    Time(i8),
    /// Leave the time cursor and show the present.
    Live,
    /// Show or hide the explanations.
    Explain,
    /// Copy the command that prints what this screen shows.
    CopyCommand,
    /// Choose the next theme.
    SwitchTheme,
    /// Write what the screen shows to files.
    Export,

    /// An action of the filter box of the list on the screen.
    Filter(FilterAction),

    /// An action of one screen's keymap.
    Screen(ScreenAction),
}

/// A session that begins from a state of a run of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Forking {
    /// The folder of the other session.
    pub folder: PathBuf,
    /// The index of its run.
    pub run: usize,
    /// The step; the nearest kept state is taken.
    pub step: u64,
    /// The settings that differ.
    pub changes: Changes,
    /// What the user typed of them.
    pub text: String,
}

/// Something that the loop does for the core. The core itself has no side effects.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Send a command to the training thread.
    Send(Command),
    /// Put text on the clipboard (OSC 52).
    Copy(String),
    /// Tell the user, who may look elsewhere, this sentence in this way.
    Notice(Notice, String),
    /// Search the folders. `Action::Found` follows.
    Scan,
    /// Start a session in the first free folder with this name.
    Begin {
        /// The recipe that the session trains.
        recipe: Box<Recipe>,
        /// The folder's name. A number is added if it exists already.
        name: String,
    },
    /// Begin a session from a state of a run of another one, in the first free folder.
    Fork(Box<Forking>),
    /// Read a session's log; `Action::Loaded` follows.
    Load(PathBuf),
    /// Follow the log of a session that another process writes; `Action::Watching` follows.
    Watch(PathBuf),
    /// Follow the logs of several sessions; `Action::Joining` follows.
    Together(Vec<PathBuf>),
    /// Write text to a new file. `Action::Written` follows.
    Write {
        /// The file's name. A number is added if it exists already.
        name: String,
        /// Its content.
        text: String,
    },
    /// Write files into a folder for exports. `Action::Exported` follows.
    Export {
        /// The session's folder; `None` if the session is not one to write to.
        session: Option<PathBuf>,
        /// The names of the files and their contents. Where a name is taken, a number is added.
        files: Vec<(String, String)>,
    },
    /// Copy a recipe file to a new file. `Action::Written` follows.
    CopyFile {
        /// The recipe's file.
        from: PathBuf,
        /// The new file's name. A number is added if it exists already.
        name: String,
    },
    /// Search for files whose paths begin with this text. `Action::Completed` follows.
    Complete(String),
    /// Perform this action next. The loop calls `update` with it, so `update` never has to call itself.
    Act(Box<Action>),
    /// Suspend the process, as ctrl-Z does for any program.
    Suspend,
    /// End the front end.
    Quit,
}
