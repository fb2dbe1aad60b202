//! The state of the screen Twin, and the actions of its keys.

use crate::plot::track::Along;
use crate::session::record::Neighbour;
use crate::train::protocol::event::Disagreements;
use crate::tui::curves::Metric;
use crate::tui::screens::asked::Asked;
use crate::tui::screens::asking::Asking;
use crate::tui::widgets::input::Input;

use super::view::View;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Two runs side by side, or one run at two moments: what differs, and on which examples. m marks the run to compare with.";

/// The moment of a run that the user keeps, to see it beside later ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// The number of the run.
    pub run: usize,
    /// The step that it had made.
    pub step: u64,
    /// Whether it was the present: the vectors and answers of an earlier step are gone.
    pub present: bool,
}

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Twin {
    /// The number of the selected run; `None` selects the usual one.
    pub(super) run: Option<usize>,
    /// The number of the marked run, which is subtracted; `None` marks the usual one.
    pub(super) base: Option<usize>,
    /// The moment in place of the marked run.
    pub(super) kept: Option<Kept>,
    /// The step that both runs are shown at; `None` for what they have now.
    pub(super) step: Option<u64>,
    /// The set of examples; `None` for the usual one.
    pub(super) set: Option<String>,
    pub(super) metric: Metric,
    pub(super) along: Along,
    /// The view, where not all have room.
    pub(super) view: View,
    /// Whether matrices are those of all seeds of both methods, not of the two runs alone.
    pub(super) all_seeds: bool,
    /// The word whose neighbours are shown.
    pub(super) word: Input,
    /// The index of the selected example.
    pub(super) example: usize,
    pub(super) asked: Questions,
}

/// The questions of the screen.
#[derive(Debug, Default)]
pub struct Questions {
    pub examples: Asked<Disagreements>,
    /// The question that keeps the answers of a moment.
    pub kept: Asked<()>,
    /// The neighbours of the word: of the selected run, and of the marked one.
    pub near: [Asked<Vec<Neighbour>>; 2],
    /// Both lists, if the second one is of a kept moment.
    pub moments: Asked<[Result<Vec<Neighbour>, String>; 2]>,
    /// What each run says of the selected example.
    pub explaining: Asking,
    /// The runs and the text of that question.
    pub explained: (Vec<usize>, String),
}

impl Twin {
    /// Compares this run with the marked one, or with `base`.
    pub fn choose(&mut self, run: usize, base: Option<usize>) {
        self.run = Some(run);
        if base.is_some() {
            (self.base, self.kept) = (base, None);
        }
        self.other();
    }

    /// Drops the answers about another pair.
    pub(super) fn other(&mut self) {
        self.asked = Questions::default();
        self.example = 0;
    }
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// Select the run this many rows below.
    Run(i8),
    /// Mark the selected run.
    Mark,
    /// Exchange the selected and the marked run.
    Exchange,
    /// Keep the selected run as it is at this step, or drop that moment.
    Moment,
    /// Show both runs this many evaluations later.
    Step(i8),
    Show(View),
    /// Show the next metric.
    Metric,
    /// Show the curves along the next quantity.
    Along,
    /// Show the next set.
    Set,
    /// Compare these two runs, or all seeds of their methods.
    Seeds,
    /// Move the selected cell by this many rows and columns.
    Cell(i8, i8),
    /// Select the example this many places later.
    Example(i8),
    /// Type a word.
    Type,
    /// Ask about the typed word.
    Enter,
}
