//! What the screen Train knows, and what its keys stand for.

use std::collections::BTreeSet;

use crate::session::budget::Budget;
use crate::train::protocol::command::{Id, LrTarget};
use crate::train::protocol::event::LrTest;
use crate::tui::curves::{Guessing, Metric};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::track::{Along, Track};

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str = "Pre-training comes first; then each curve is one run of the task.";

/// What is in front: the runs, the pre-training before them, or a test of learning rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Pretraining,
    Runs,
    LrFinder,
}

/// Which curves have their least and greatest values shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    #[default]
    All,
    Selected,
    None,
}

/// Weights of the past in the moving average, from none to strong, with their names.
pub const SMOOTHING: [(f64, &str); 5] =
    [(0.0, "no"), (0.6, "light"), (0.9, "medium"), (0.97, "strong"), (0.99, "very strong")];

/// The screen's own state.
#[derive(Debug)]
pub struct Train {
    /// What the user chose; `None` follows the session.
    pub(super) view: Option<View>,
    pub(super) metric: Metric,
    /// How the loss of a language model is put.
    pub(super) guessing: Guessing,
    pub(super) along: Along,
    pub(super) log: bool,
    pub(super) fit_all: bool,
    /// A place in [`SMOOTHING`].
    pub(super) smoothing: usize,
    pub(super) envelope: Envelope,
    /// A place in the history's runs; `None` is all of them.
    pub(super) selected: Option<usize>,
    pub(super) hidden: BTreeSet<usize>,
    pub(super) budget: Option<Budget>,
    /// The part of x that is shown; `None` shows all.
    pub(super) zoom: Option<(f64, f64)>,
    /// A place on x.
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

/// What its keys stand for.
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

/// The prompt and its answer.
#[derive(Debug, Default)]
pub struct Generated {
    pub prompt: Input,
    pub(super) asked: Option<Id>,
    /// How often it was asked: another time, another text.
    pub(super) draw: u64,
    /// Prompt and text, or why there is none.
    pub(super) heard: Option<Result<(String, String), String>>,
}

/// The test that was asked for last.
#[derive(Debug, Default)]
pub struct LrFinder {
    pub of: Option<LrTarget>,
    pub(super) asked: Option<Id>,
    /// As far as it has come, or why there is none.
    pub(super) heard: Option<Result<Box<LrTest>, String>>,
    /// The losses along the logarithms of the learning rates.
    pub(super) track: Track,
    /// Whether y reaches up to every loss, and not only as far as the descent does.
    pub whole: bool,
}

impl LrFinder {
    /// The logarithms of the learning rates from the first to the last that was tried.
    pub fn extent(&self) -> Option<(f64, f64)> {
        let track = &self.track;
        let (first, last) = (track.point(0)?.x[0], track.point(track.len() - 1)?.x[0]);
        // A whole decade at the least, so that the first points stand somewhere.
        Some((first, last.max(first + 1.0)))
    }
}
