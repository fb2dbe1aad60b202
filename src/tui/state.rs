//! Everything that the front end knows.

use std::path::PathBuf;

use crate::session::comparison::Comparison;
use crate::session::follow::Writer;
use crate::session::history::History;
use crate::session::record::Stage;
use crate::train::protocol::command::{Command, Id, Question};
use crate::train::protocol::event::{self, Status};

use super::action::{Action, Effect};
use super::curves::Curves;
use super::modality::Modality;
use super::screens::lab::state::BuiltIn;
use super::screens::tab::{Screens, Tab};
use super::theme::Theme;
use super::widgets::input::Input;
use super::widgets::pixels::Depth;

/// The smallest terminal that the screens are made for.
pub const SMALLEST: (u16, u16) = (80, 24);

/// Seconds that a toast stays.
const TOAST: f64 = 6.0;

/// Everything that the front end knows.
#[derive(Debug)]
pub struct State {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Seconds since the front end started.
    pub now: f64,
    /// Colours for dark or light terminals, or none.
    pub theme: Theme,
    /// How many colours images are drawn with.
    pub depth: Depth,
    /// Whether images are left to the terminal's own graphics.
    pub graphics: bool,
    /// Whether explanations are shown.
    pub explain: bool,
    /// The screen in front.
    pub tab: Tab,
    /// What lies over the screen and takes its keys.
    pub overlay: Overlay,
    /// Messages that are shown for a while, the oldest first.
    pub toasts: Vec<Toast>,

    /// What the session told.
    pub history: History,
    /// The curves of what the session told.
    pub curves: Curves,
    /// What the training thread is doing.
    pub status: Status,
    /// The name of the session that is looked at again, if this is no live one.
    pub replay: Option<String>,
    /// What has become of the process that writes the session, if that is another one and its log is followed.
    pub watch: Option<Writer>,
    /// Whether what was told before anybody watched is still being read.
    pub is_catching_up: bool,
    /// Whether a replay moves on by itself.
    pub playing: bool,
    /// The folder of the session in front.
    pub folder: Option<PathBuf>,
    /// Whether models are kept of the session that is looked at again.
    pub models: bool,
    /// The time cursor in session seconds; `None` shows what is known now.
    pub cursor: Option<f64>,

    /// Whether there is a training thread.
    pub trains: bool,
    /// Whether the user did anything yet.
    pub(super) touched: bool,

    /// The folder where sessions are.
    pub sessions: PathBuf,
    /// Recipes that come with the program.
    pub recipes: Vec<BuiltIn>,

    /// Each screen's own state.
    pub screens: Screens,

    /// Whether anything changed since the last drawing.
    pub changed: bool,
    next: Id,
}

/// A sentence shown for a few seconds, as long as its screen is in front.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// One sentence.
    pub text: String,
    /// The screen that it came on; one that tells what became of the whole session is of none, and stays its time
    /// wherever one goes.
    pub tab: Option<Tab>,
    /// Whether it tells of something that went wrong.
    pub bad: bool,
    /// When it goes away, in seconds since the front end started.
    pub until: f64,
}

impl State {
    /// The state before anything happened.
    pub fn new(sessions: PathBuf, recipes: Vec<BuiltIn>, theme: Theme) -> State {
        State {
            size: SMALLEST,
            now: 0.0,
            theme,
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
            is_catching_up: false,
            playing: false,
            folder: None,
            models: false,
            cursor: None,
            trains: true,
            touched: false,
            sessions,
            recipes,
            screens: Screens::default(),
            changed: true,
            next: 1,
        }
    }

    /// The moment up to which screens show what was told, in session seconds: infinity when live.
    pub fn until(&self) -> f64 {
        self.cursor.unwrap_or(f64::INFINITY)
    }

    /// Whether the time cursor is in the past.
    pub fn is_back(&self) -> bool {
        self.cursor.is_some()
    }

    /// Whether there is a past to look at.
    pub fn has_time(&self) -> bool {
        self.history.now > 0.0
    }

    /// Whether `p` means anything.
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

    /// Whether training is under way (paused or not).
    pub fn is_training(&self) -> bool {
        self.replay.is_none() && matches!(self.status.state, event::State::Running | event::State::Paused)
    }

    /// Whether somebody trains the session in front: this process or, where it is watched, another.
    pub fn is_under_way(&self) -> bool {
        self.is_training() || self.watch == Some(Writer::Running)
    }

    /// Whether runs learn at this moment.
    pub fn is_learning(&self) -> bool {
        self.is_training() && self.status.state == event::State::Running
    }

    /// Whether somebody can answer questions: a replay has no models at hand.
    pub fn can_ask(&self) -> bool {
        self.replay.is_none() && self.status.state != event::State::Idle
    }

    /// A question to the training thread: the number that comes back with the answer, and the effect
    /// that asks. Check [`State::can_ask`] first: otherwise no answer comes.
    pub fn ask(&mut self, question: Question) -> (Id, Effect) {
        let id = self.next;
        self.next += 1;
        (id, Effect::Send(Command::Ask { id, question }))
    }

    /// The comparison, if there was one at the time looked at. It is made at the session's end.
    pub fn comparison(&self) -> Option<&Comparison> {
        let finished = self.history.stages.iter().rev().find(|stage| stage.value == Stage::Finished);
        let at = finished.map_or(self.history.now, |stage| stage.at);
        self.history.comparison.as_deref().filter(|_| at <= self.until() || !self.is_back())
    }

    /// Shows a sentence for a few seconds.
    pub fn toast(&mut self, text: impl Into<String>) {
        self.add_toast(text.into(), false, Some(self.tab));
    }

    /// Shows a sentence about something that went wrong, for longer.
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

    /// Asks before `action` is done.
    pub fn confirm(&mut self, question: impl Into<String>, action: Action) {
        self.overlay = Overlay::Confirm { question: question.into(), action: Box::new(action) };
    }
}

/// What is open.
#[derive(Debug, Default)]
pub enum Overlay {
    /// Nothing lies over the screen.
    #[default]
    None,
    /// All keys, from this line on.
    Help {
        /// The first line that is shown, from 0.
        first: usize,
    },
    /// Actions by name.
    Palette {
        /// What is typed of the name.
        input: Input,
        /// The action that enter takes, as a place among those that fit.
        selected: usize,
    },
    /// A question before something is done.
    Confirm {
        /// The question, to be answered with yes or no.
        question: String,
        /// What is done after a yes.
        action: Box<Action>,
    },
}

impl Overlay {
    /// The help, from its first line on.
    pub fn help() -> Overlay {
        Overlay::Help { first: 0 }
    }

    /// The list of actions, with nothing typed yet.
    pub fn palette() -> Overlay {
        Overlay::Palette { input: Input::active(), selected: 0 }
    }

    /// The line that is typed into, if there is one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self {
            Overlay::Palette { input, .. } => Some(input),
            _ => None,
        }
    }
}
