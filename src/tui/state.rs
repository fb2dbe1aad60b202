//! The state of the front end.

use std::path::PathBuf;

use crate::session::comparison::Comparison;
use crate::session::follow::Writer;
use crate::session::history::History;
use crate::session::joined::Joined;
use crate::session::record::Stage;
use crate::train::protocol::command::{Command, Id, Question};
use crate::train::protocol::event::{self, Status};

use super::action::{Action, Effect};
use super::curves::Curves;
use super::depth::Depth;
use super::filter::Filters;
use super::marks::Marks;
use super::modality::Modality;
use super::notice::Notice;
use super::rebound::Rebound;
use super::screens::lab::begin::state::Dialog;
use super::screens::lab::state::BuiltIn;
use super::screens::tab::{Screens, Tab};
use super::theme::Theme;
use super::theme::choice::Themes;
use super::widgets::input::Input;

/// The smallest terminal that the screens support: columns, rows.
pub const SMALLEST: (u16, u16) = (80, 24);

/// How long a toast stays, in seconds.
const TOAST: f64 = 6.0;

/// The whole state of the front end.
#[derive(Debug)]
pub struct State {
    /// The size of the terminal: columns, rows.
    pub size: (u16, u16),
    /// Seconds since the front end started.
    pub now: f64,
    /// The colours, or none.
    pub theme: Theme,
    /// The themes that a key goes through.
    pub themes: Themes,
    /// The characters that charts and frames are drawn with.
    pub marks: Marks,
    /// The keys that the user has chosen.
    pub keys: Rebound,
    /// The screen that shows a session first.
    pub first: Option<Tab>,
    /// What the user wants to hear when a training ends.
    pub notice: Notice,
    /// How many colours the terminal has for images.
    pub depth: Depth,
    /// Whether the terminal's own graphics show the images.
    pub graphics: bool,
    /// Whether explanations are shown.
    pub explain: bool,
    /// The current screen.
    pub tab: Tab,
    /// The window that covers the screen and takes its keys.
    pub overlay: Overlay,
    /// Messages that are shown for a few seconds, the oldest first.
    pub toasts: Vec<Toast>,

    /// The records of the session so far.
    pub history: History,
    /// The curves of the session's records.
    pub curves: Curves,
    /// What the training thread is doing.
    pub status: Status,
    /// The name of the replayed session; `None` for a live one.
    pub replay: Option<String>,
    /// What has become of the process that writes the session, if that is another one and its log is followed.
    pub watch: Option<Writer>,
    /// The sessions that are shown together. Their runs are in `history`.
    pub several: Option<Joined>,
    /// The session whose log is being read.
    pub reading: Option<Reading>,
    /// Whether what was told before anybody watched is still being read.
    pub is_catching_up: bool,
    /// Whether the replay is playing.
    pub playing: bool,
    /// The folder of the current session.
    pub folder: Option<PathBuf>,
    /// Whether the folder of the replayed session keeps models.
    pub models: bool,
    /// The time cursor in session seconds; `None` shows the present.
    pub cursor: Option<f64>,

    /// Whether there is a training thread.
    pub trains: bool,
    /// Whether the user has done anything yet.
    pub(super) touched: bool,

    /// The folder of the sessions.
    pub sessions: PathBuf,
    /// Recipes that come with the program.
    pub recipes: Vec<BuiltIn>,

    /// Whether the saved view of the session in front was read.
    pub view_read: bool,
    /// The filters of the lists.
    pub filters: Filters,
    /// The state of each screen.
    pub screens: Screens,

    /// Whether anything changed since the last frame.
    pub changed: bool,
    next: Id,
}

/// How far the reading of a session is.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The session's name.
    pub name: String,
    /// The fraction of its log that was read.
    pub done: f64,
    /// The seconds that this took.
    pub seconds: f64,
}

/// A sentence shown for a few seconds, as long as its screen is the current one.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// One sentence.
    pub text: String,
    /// The screen on which it appeared. `None` is for messages about the whole session: they stay for their full time
    /// on every screen.
    pub tab: Option<Tab>,
    /// Whether it reports an error.
    pub bad: bool,
    /// When it disappears, in seconds since the front end started.
    pub until: f64,
}

impl State {
    /// The state before anything happened.
    pub fn new(sessions: PathBuf, recipes: Vec<BuiltIn>, theme: Theme) -> State {
        State {
            size: SMALLEST,
            now: 0.0,
            theme,
            themes: Themes::default(),
            marks: Marks::Braille,
            keys: Rebound::default(),
            first: None,
            notice: Notice::None,
            depth: Depth::Indexed,
            graphics: false,
            explain: true,
            tab: Tab::Lab,
            overlay: Overlay::None,
            toasts: Vec::new(),
            history: History::default(),
            curves: Curves::default(),
            status: Status::default(),
            replay: None,
            watch: None,
            several: None,
            reading: None,
            is_catching_up: false,
            playing: false,
            folder: None,
            models: false,
            cursor: None,
            trains: true,
            touched: false,
            sessions,
            recipes,
            view_read: false,
            filters: Filters::default(),
            screens: Screens::default(),
            changed: true,
            next: 1,
        }
    }

    /// The time up to which screens show records, in session seconds; infinity if the present is shown.
    pub fn until(&self) -> f64 {
        self.cursor.unwrap_or(f64::INFINITY)
    }

    /// Whether the screens show a time in the past.
    pub fn is_back(&self) -> bool {
        self.cursor.is_some()
    }

    /// Whether the session has a past to show.
    pub fn has_time(&self) -> bool {
        self.history.now > 0.0
    }

    /// Whether the key `p` has an effect.
    pub fn can_pause(&self) -> bool {
        match self.replay {
            Some(_) if self.watch == Some(Writer::Running) => self.is_back(),
            Some(_) => self.has_time(),
            None => matches!(self.status.state, event::State::Running | event::State::Paused),
        }
    }

    /// What the session's examples are.
    pub fn modality(&self) -> Modality {
        Modality::of(&self.history)
    }

    /// Whether training is under way, also if it is paused.
    pub fn is_training(&self) -> bool {
        self.replay.is_none() && matches!(self.status.state, event::State::Running | event::State::Paused)
    }

    /// Whether somebody trains the session in front: this process or, where it is watched, another.
    pub fn is_under_way(&self) -> bool {
        self.is_training() || self.watch == Some(Writer::Running)
    }

    /// Whether training is under way and not paused.
    pub fn is_learning(&self) -> bool {
        self.is_training() && self.status.state == event::State::Running
    }

    /// Whether the training thread can answer questions. In a replay it cannot: no models are loaded.
    pub fn can_ask(&self) -> bool {
        self.replay.is_none() && self.status.state != event::State::Idle
    }

    /// Asks the training thread a question. Returns the number that comes back with the answer, and the effect that
    /// asks. Check [`State::can_ask`] first: otherwise no answer comes.
    pub fn ask(&mut self, question: Question) -> (Id, Effect) {
        let id = self.next;
        self.next += 1;
        (id, Effect::Send(Command::Ask { id, question }))
    }

    /// The comparison, if it existed at the time that is shown. It is made at the end of the session.
    pub fn comparison(&self) -> Option<&Comparison> {
        let finished = self.history.stages.iter().rev().find(|stage| stage.value == Stage::Finished);
        let at = finished.map_or(self.history.now, |stage| stage.at);
        self.history.comparison.as_deref().filter(|_| at <= self.until() || !self.is_back())
    }

    /// Shows a message for a few seconds.
    pub fn toast(&mut self, text: impl Into<String>) {
        self.add_toast(text.into(), false, Some(self.tab));
    }

    /// Shows an error message, for longer than [`State::toast`] does.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.add_toast(text.into(), true, Some(self.tab));
    }

    pub(super) fn add_toast(&mut self, text: String, bad: bool, tab: Option<Tab>) {
        self.toasts.retain(|toast| toast.text != text);
        self.toasts.push(Toast { text, tab, bad, until: self.now + if bad { 2.0 * TOAST } else { TOAST } });
        if self.toasts.len() > 3 {
            self.toasts.remove(0);
        }
    }

    /// Opens a question; a yes performs `action`.
    pub fn confirm(&mut self, question: impl Into<String>, action: Action) {
        let behind = Box::new(std::mem::take(&mut self.overlay));
        self.overlay = Overlay::Confirm { question: question.into(), action: Box::new(action), behind };
    }
}

/// The window over the screen.
#[derive(Debug, Default)]
pub enum Overlay {
    /// No window is open.
    #[default]
    None,
    /// All keys.
    Help {
        /// The index of the first visible line, from 0.
        first: usize,
        /// What the user searches for.
        input: Input,
    },
    /// The palette: search for an action by name.
    Palette {
        /// What the user has typed.
        input: Input,
        /// The index, among the matches, of the action that enter performs.
        selected: usize,
    },
    /// A question before an action.
    Confirm {
        /// A question to be answered with yes or no.
        question: String,
        /// The action after a yes.
        action: Box<Action>,
        /// The window that is open again after a no.
        behind: Box<Overlay>,
    },
    /// Sentences that the user reads once.
    Told {
        /// What they are about.
        title: &'static str,
        /// The sentences.
        sentences: Vec<String>,
    },
    /// The dialog that starts an experiment on the user's own examples.
    Begin(Box<Dialog>),
    /// A line that the user types, such as what to add to the experiment.
    Ask {
        /// What it is about.
        about: About,
        /// What the user has typed.
        input: Input,
        /// Why what was typed is not possible.
        why: Option<String>,
    },
}

/// What a line is about that the user types in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Seeds or a label budget to add to the experiment.
    Addition,
    /// The layer group of this run to freeze or unfreeze.
    Group(usize),
    /// The settings with which this run is forked at the kept state that is nearest to this step.
    Fork(usize, u64),
}

impl Overlay {
    /// The help, scrolled to its first line.
    pub fn help() -> Overlay {
        Overlay::Help { first: 0, input: Input::active() }
    }

    /// The palette with an empty line.
    pub fn palette() -> Overlay {
        Overlay::Palette { input: Input::active(), selected: 0 }
    }

    /// The line that the user types into, if there is one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self {
            Overlay::Palette { input, .. } | Overlay::Help { input, .. } | Overlay::Ask { input, .. } => {
                Some(input)
            }
            Overlay::Begin(dialog) => dialog.input(),
            _ => None,
        }
    }
}
