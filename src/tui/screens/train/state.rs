//! The state of the screen Train, and the actions of its keys.

use crate::plot::track::{Along, Track};
use crate::session::steering::Addition;
use crate::train::protocol::command::{Id, LrTarget};
use crate::train::protocol::event::LrTest;
use crate::tui::curves::Guessing;
use crate::tui::widgets::input::Input;

use super::choices::{Choices, Undo};

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
    /// Bands show one standard deviation of their runs to each side of the mean.
    Deviation,
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
    /// What can be undone, and is saved with the session.
    pub choices: Choices,
    pub(super) undo: Undo,
    /// The choices before the filter was opened.
    pub(super) before_filter: Option<Choices>,
    /// Whether a number key chooses the number of charts.
    pub(super) choosing: bool,
    /// The unit in which the loss of a language model is shown.
    pub(super) guessing: Guessing,
    pub along: Along,
    /// Whether x is logarithmic.
    pub log_x: bool,
    /// Whether y is logarithmic in the views of the pre-training and of the learning-rate finder.
    pub(super) log: bool,
    pub(super) fit_all: bool,
    /// An index into [`SMOOTHING`].
    pub smoothing: usize,
    pub envelope: Envelope,
    /// The index of the selected run in the history; `None` selects a group or all runs.
    pub(super) selected: Option<usize>,
    /// The key of the selected group of runs.
    pub(super) group: Option<String>,
    /// The cursor, a value of x.
    pub(super) cursor: Option<f64>,
    /// The other end of the span that is marked, a value of x.
    pub(super) anchor: Option<f64>,
    /// What the mouse drags.
    pub(super) drag: Option<Drag>,
    pub(super) generated: Generated,
    pub(super) lr_finder: LrFinder,
    /// What the user wants to add to the experiment, until the training thread has added it.
    pub adding: Option<Addition>,
}

impl Default for Train {
    fn default() -> Train {
        Train {
            view: None,
            choices: Choices::default(),
            undo: Undo::default(),
            before_filter: None,
            choosing: false,
            guessing: Guessing::default(),
            along: Along::default(),
            log_x: false,
            log: false,
            fit_all: true,
            smoothing: 2,
            envelope: Envelope::default(),
            selected: None,
            group: None,
            cursor: None,
            anchor: None,
            drag: None,
            generated: Generated::default(),
            lr_finder: LrFinder::default(),
            adding: None,
        }
    }
}

/// What the mouse drags, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drag {
    /// The index of the chart.
    pub panel: usize,
    /// Whether a box is drawn, to zoom into it; otherwise the curves are moved.
    pub is_box: bool,
    pub from: (u16, u16),
    pub to: (u16, u16),
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    Select(i8),
    Hide,
    Pin,
    Solo,
    Undo,
    Redo,
    Filter,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    Group,
    NextBudget,
    NextMetric,
    NextLayer,
    NextAlong,
    Log,
    LogX,
    Fit,
    Smooth,
    Envelope,
    SwitchView,
    /// Show more charts; a number key that follows says how many.
    Charts,
    /// Show this many charts.
    ShowCharts(u8),
    /// Move the focus by this many charts.
    Focus(i8),
    Expand,
    Cursor(i8),
    /// Zoom x in (1) or out (-1).
    Zoom(i8),
    /// Zoom y in (1) or out (-1).
    ZoomY(i8),
    /// Move along x by this many fifths of the window.
    Pan(i8),
    /// Move along y by this many fifths of the window.
    PanY(i8),
    ZoomOut,
    /// Mark one end of a span at the cursor; with a mark, zoom into the span.
    Span,
    Faster,
    Slower,
    Step,
    Stop,
    StopRun,
    /// Add seeds or a label budget to the experiment.
    Add,
    /// Freeze or unfreeze a layer group of the selected run.
    Freeze,
    /// Begin a session from the selected run, with other settings.
    Fork,
    /// Show the selected run beside another one.
    Twin,
    Prompt,
    /// Let the language model go on with what was typed.
    Generate,
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
        let track = self.track.series();
        let (first, last) = (track.point(0)?.x[0], track.point(track.len() - 1)?.x[0]);
        // At least one decade, so that the first points have a sensible position.
        Some((first, last.max(first + 1.0)))
    }
}
