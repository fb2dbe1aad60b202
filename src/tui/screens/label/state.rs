//! The state of the screen Label, and the actions of its keys.

use std::path::PathBuf;

use crate::plot::track::{Point, STORED, Track};
use crate::session::query_strategy::QueryStrategy;
use crate::train::protocol::command::Id;
use crate::train::protocol::labelling::{LabelPoint, LabelQuery, LabelView};
use crate::tui::widgets::input::Input;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Which text is worth a label next? The workbench chooses, you answer, and the accuracy is measured \
                         after every label, beside random choice.";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Label {
    /// How texts are chosen; `None`: by margin.
    pub(super) strategy: Option<QueryStrategy>,
    /// The file with the user's texts.
    pub(super) input: Input,
    /// The paths that the typed one can become.
    pub(super) offers: Vec<String>,
    pub(super) work: Work,
    /// The first visible line of the text.
    pub(super) scroll: usize,
    /// Whether the texts of this labelling were chosen by more than one strategy.
    pub(super) is_mixed: bool,
    /// What the last simulation has shown, in sentences.
    pub(super) shown: Option<String>,
    /// The file with the texts of the last labelling that was begun, and the file of its labels.
    pub(super) files: Option<(PathBuf, PathBuf)>,
}

/// What is going on.
#[derive(Debug, Default)]
pub enum Work {
    /// Nothing was begun.
    #[default]
    Nothing,
    /// A labelling.
    Begun {
        /// The number of the question that began it.
        id: Id,
        /// The last view of it; boxed because it is large.
        view: Box<LabelView>,
        /// The curves of that view.
        curves: Box<Curves>,
        /// Whether the view after what the user did is still to come.
        waits: bool,
    },
    /// It cannot be done, or broke off. The sentence says why.
    Refused(String),
}

/// The curves of a labelling: of the strategy, and of random choice.
#[derive(Debug, Default)]
pub struct Curves {
    /// The accuracy by the number of labels.
    pub chosen: Track,
    /// The same of random choice.
    pub random: Track,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    /// Begin a simulation; while a path is typed, a labelling of the texts in that file.
    Begin,
    /// Type the path of a file with texts.
    Path,
    /// Complete the typed path.
    Complete,
    /// Label the text with the class at this place.
    Class(u8),
    /// Leave the text out.
    Skip,
    /// Take the last label or skip back.
    Undo,
    /// Choose texts by the next strategy.
    Strategy,
    /// Known labels answer so many times.
    LetKnown(u8),
    /// Scroll the text.
    Scroll(i8),
    /// End the labelling.
    End,
}

impl Label {
    /// How texts are chosen.
    pub fn strategy(&self) -> QueryStrategy {
        self.strategy.unwrap_or(QueryStrategy::Margin)
    }

    /// The number of the labelling in progress.
    pub fn id(&self) -> Option<Id> {
        match &self.work {
            Work::Begun { id, .. } => Some(*id),
            Work::Nothing | Work::Refused(_) => None,
        }
    }

    /// The last view of the labelling in progress.
    pub fn view(&self) -> Option<&LabelView> {
        match &self.work {
            Work::Begun { view, .. } => Some(view),
            Work::Nothing | Work::Refused(_) => None,
        }
    }

    /// Whether the labelling takes what the user does: it is ready, and has shown the last act.
    pub fn takes_acts(&self) -> bool {
        match &self.work {
            Work::Begun { view, waits, .. } => !waits && view.strategy.is_some(),
            Work::Nothing | Work::Refused(_) => false,
        }
    }

    /// The text that waits for an answer, and the number of its labelling.
    pub fn asked(&self) -> Option<(Id, &LabelQuery)> {
        let query = self.view()?.query.as_ref().filter(|_| self.takes_acts())?;
        Some((self.id()?, query))
    }

    /// The files of a labelling of the user's texts, in progress or typed.
    pub fn file(&self) -> Option<(PathBuf, PathBuf)> {
        self.files.clone().filter(|_| self.view().is_some_and(|view| view.file.is_some()))
    }

    /// Notes that a labelling was asked for.
    pub fn begun(&mut self, id: Id) {
        let (view, curves) = (Box::default(), Box::default());
        self.work = Work::Begun { id, view, curves, waits: true };
        (self.scroll, self.is_mixed, self.shown) = (0, false, None);
    }

    /// Notes that the user did something.
    pub fn sent(&mut self) {
        if let Work::Begun { waits, .. } = &mut self.work {
            *waits = true;
        }
    }

    /// Takes a view of the labelling in progress.
    pub fn take(&mut self, new: &LabelView) {
        let Work::Begun { view, curves, waits, .. } = &mut self.work else { return };
        let text = |view: &LabelView| view.query.as_ref().map(|query| query.example);
        if text(view) != text(new) {
            self.scroll = 0;
        }
        self.is_mixed |= view.given > 0 && view.strategy != new.strategy;
        if let Some(strategy) = new.strategy {
            self.strategy = Some(strategy);
        }
        **curves = Curves { chosen: track(&new.curve), random: track(&new.random) };
        **view = new.clone();
        *waits = false;
    }
}

/// A curve without smoothing.
fn track(points: &[LabelPoint]) -> Track {
    let mut track = Track::default();
    track.set_weight(0.0);
    for point in points {
        track.push(Point { at: 0.0, x: [point.labels as f64; STORED], y: point.accuracy });
    }
    track
}
