//! The state of the tour, and the actions of its keys.

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::tour::answer::Answer;
use crate::session::tour::lecture::Lecture;
use crate::session::tour::progress::Progress;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "A tour of transfer learning: read, guess, run, and see what was measured.";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Tour {
    /// The chapters; `None` where the workbench has none to show.
    pub lecture: Option<Arc<Lecture>>,
    /// Whether the tour is under way, so that the screen is offered.
    pub is_open: bool,
    /// The place of the chapter that is read.
    pub place: usize,
    /// What is remembered of the reader.
    pub progress: Progress,
    /// Whether what is remembered was read.
    pub is_read: bool,
    /// Whether a session could not be brought to the front again, so that it may have been removed.
    pub is_missing: bool,
    /// The chapter whose session is about to come to the front, and whether it is a new one.
    pub starting: Option<Starting>,
    /// The answer to the question of the chapter at this place, by the session in this folder; `None` for no answer where
    /// not all sides were tested.
    pub answer: Option<(usize, PathBuf, Option<Answer>)>,
    /// The index of the first visible line of the text.
    pub first: usize,
}

/// A session that is about to come to the front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starting {
    /// The place of its chapter.
    pub place: usize,
    /// Whether it begins now; otherwise it goes on, or is only read again.
    pub is_new: bool,
    /// Whether a session began for it.
    pub has_begun: bool,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// What comes next in the chapter: run it, watch it, go on with it, or the next chapter.
    Enter,
    /// Guess the choice at this place.
    Guess(u8),
    /// Guess the last choice: that no side is clearly ahead.
    GuessNone,
    /// The screen that shows the answer.
    Look,
    /// Another chapter.
    Chapter(i8),
    /// Scroll the text by this many rows.
    Scroll(i8),
    /// Ask whether to guess and run the chapter once more.
    AskAgain,
    /// Do so, in a new session.
    Again,
    /// Leave the tour.
    Leave,
    /// Run the chapter, after a question if something else is trained.
    Start,
    /// Bring the chapter's session to the front again, after such a question.
    Continue,
}
