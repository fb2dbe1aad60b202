//! The state of the screen Train, and the actions of its keys.

use std::collections::BTreeSet;

use crate::session::budget::Budget;
use crate::train::protocol::command::{Id, LrTarget};
use crate::train::protocol::event::LrTest;
use crate::tui::curves::{Guessing, Metric};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::track::{Along, Track};

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Pre-training comes first; then each curve is one run of the task.";

/// The views of the screen: the runs, the pre-training before them, or the learning-rate finder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Pretraining,
    Runs,
    LrFinder,
}

/// Which curves show an envelope from their minimum to their maximum values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    #[default]
    All,
    Selected,
    None,
}

/// The weights of the past in the moving average, from no smoothing to very strong, with their names.
pub const SMOOTHING: [(f64, &str); 5] =
    [(0.0, "no"), (0.6, "light"), (0.9, "medium"), (0.97, "strong"), (0.99, "very strong")];

/// The state of the screen.
#[derive(Debug)]
pub struct Train {
    /// The view that the user chose; `None` follows the session.
    pub(super) view: Option<View>,
    pub(super) metric: Metric,
    /// The unit in which the loss of a language model is shown.
    pub(super) guessing: Guessing,
    pub(super) along: Along,
    pub(super) log: bool,
    pub(super) fit_all: bool,
    /// An index into [`SMOOTHING`].
    pub(super) smoothing: usize,
    pub(super) envelope: Envelope,
    /// The index of the selected run in the history; `None` selects all runs.
    pub(super) selected: Option<usize>,
    pub(super) hidden: BTreeSet<usize>,
    pub(super) budget: Option<Budget>,
    /// The visible range of x; `None` shows the default range.
    pub(super) zoom: Option<(f64, f64)>,
    /// The cursor, a value of x.
    pub(super) cursor: Option<f64>,
    pub(super) generated: Generated,
    pub(super) lr_finder: LrFinder,
}

impl Default for Train {
    fn default() -> Train {
        Train {
            view: None,
            metric: Metric::default(),
            guessing: Guessing::default(),
            along: Along::default(),
            log: false,
            fit_all: true,
            smoothing: 2,
            envelope: Envelope::default(),
            selected: None,
            hidden: BTreeSet::new(),
            budget: None,
            zoom: None,
            cursor: None,
            generated: Generated::default(),
            lr_finder: LrFinder::default(),
        }
    }
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    Select(i8),
    Hide,
    NextBudget,
    NextMetric,
    NextAlong,
    Log,
    Fit,
    Smooth,
    Envelope,
    SwitchView,
    Cursor(i8),
    Zoom(i8),
    ZoomOut,
    Faster,
    Slower,
    Step,
    Stop,
    StopRun,
    Prompt,
    LrFinder,
}

/// The prompt and the answer to it.
#[derive(Debug, Default)]
pub struct Generated {
    pub prompt: Input,
    pub(super) asked: Option<Id>,
    /// How often the user asked. It is sent with the question, so that each answer is a different text.
    pub(super) draw: u64,
    /// The prompt and the generated text, or why there is none.
    pub(super) heard: Option<Result<(String, String), String>>,
}

/// The learning-rate finder that was started last.
#[derive(Debug, Default)]
pub struct LrFinder {
    pub of: Option<LrTarget>,
    pub(super) asked: Option<Id>,
    /// The result so far, or why there is none.
    pub(super) heard: Option<Result<Box<LrTest>, String>>,
    /// The losses against the base-10 logarithm of the learning rate.
    pub(super) track: Track,
    /// Whether y shows every loss, and not only the range of the descent.
    pub whole: bool,
}

impl LrFinder {
    /// The range of the base-10 logarithm of the learning rates that were tried.
    pub fn extent(&self) -> Option<(f64, f64)> {
        let track = &self.track;
        let (first, last) = (track.point(0)?.x[0], track.point(track.len() - 1)?.x[0]);
        // At least one decade, so that the first points have a sensible position.
        Some((first, last.max(first + 1.0)))
    }
}
