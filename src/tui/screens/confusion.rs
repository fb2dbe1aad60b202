//! The screen Confusion: confusion matrices of every evaluation of every run.

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::train::command::{Id, Question};
use crate::train::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};
use crate::tui::widgets::window::moved;

use super::{explained, images, quoted};

mod draw;
mod examples;
mod model;
#[cfg(test)]
mod tests;

use examples::{Examples, Found};
use model::Looked;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Confusion {
    /// The number of the run that is looked at.
    run: usize,
    /// The set; `None` is the most telling one there is.
    set: Option<String>,
    /// The step of the evaluation; `None` is the last one.
    step: Option<u64>,
    /// The run that is subtracted.
    marked: Option<usize>,
    /// True class and guessed class of the selected cell.
    cell: (usize, usize),
    /// Whether shares come first where only one figure fits.
    fractions: bool,
    /// The examples that are open.
    examples: Option<Examples>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    /// The run so many below; while examples are open, scroll.
    Run(i8),
    /// The evaluation so many later.
    Evaluation(i8),
    /// The next set.
    Set,
    /// The cell so many rows and columns away.
    Cell(i8, i8),
    /// The examples in the cell.
    Open,
    Close,
    /// Subtract this run's matrix from those looked at from now on, or stop that.
    Mark,
    /// Counts or shares, where only one fits.
    Figure,
    /// Scroll by a page.
    Page(i8),
}

const KEYS: &[Binding] = &[
    Binding::new(
        &[special(KeyCode::Esc)],
        Action::Confusion(Do::Close),
        "close",
        "Close the examples and return to the matrix",
    )
    .when(is_open),
    Binding::new(
        &[special(KeyCode::Down)],
        Action::Confusion(Do::Run(1)),
        "run",
        "The next run, or scroll the examples",
    )
    .when(has_runs),
    Binding::new(
        &[special(KeyCode::Up)],
        Action::Confusion(Do::Run(-1)),
        "run",
        "The run before, or scroll the examples",
    )
    .quiet()
    .when(has_runs),
    Binding::new(
        &[special(KeyCode::Left)],
        Action::Confusion(Do::Evaluation(-1)),
        "evaluation",
        "The evaluation before: the matrix at an earlier step",
    )
    .when(has_evaluations),
    Binding::new(
        &[special(KeyCode::Right)],
        Action::Confusion(Do::Evaluation(1)),
        "later",
        "The next evaluation",
    )
    .quiet()
    .when(has_evaluations),
    Binding::new(
        &[key('s')],
        Action::Confusion(Do::Set),
        "set",
        "The next set: test, further tests, validation",
    )
    .when(has_sets),
    Binding::new(
        &[key('j')],
        Action::Confusion(Do::Cell(1, 0)),
        "cell",
        "Select the cell below (hjkl: all ways)",
    )
    .when(has_matrix),
    Binding::new(&[key('k')], Action::Confusion(Do::Cell(-1, 0)), "up", "Select the cell above")
        .quiet()
        .when(has_matrix),
    Binding::new(&[key('h')], Action::Confusion(Do::Cell(0, -1)), "left", "Select the cell at the left")
        .quiet()
        .when(has_matrix),
    Binding::new(&[key('l')], Action::Confusion(Do::Cell(0, 1)), "right", "Select the cell at the right")
        .quiet()
        .when(has_matrix),
    Binding::new(
        &[special(KeyCode::Enter)],
        Action::Confusion(Do::Open),
        "examples",
        "The examples in the selected cell, most confident first",
    )
    .when(has_matrix),
    Binding::new(
        &[key('m')],
        Action::Confusion(Do::Mark),
        "mark",
        "Subtract this run from those looked at next, or stop that",
    )
    .when(has_matrix),
    Binding::new(
        &[key('v')],
        Action::Confusion(Do::Figure),
        "figure",
        "Counts or shares, where the cells have room for one figure only",
    )
    .quiet()
    .when(draw::has_one_figure),
    Binding::new(&[special(KeyCode::PageDown)], Action::Confusion(Do::Page(1)), "page", "Scroll by a page")
        .quiet(),
    Binding::new(
        &[special(KeyCode::PageUp)],
        Action::Confusion(Do::Page(-1)),
        "page",
        "Scroll back by a page",
    )
    .quiet(),
];

fn has_runs(state: &State) -> bool {
    state.history.runs.len() > 1
}

fn has_matrix(state: &State) -> bool {
    looked(state).is_some()
}

fn has_evaluations(state: &State) -> bool {
    looked(state).is_some_and(|looked| looked.of > 1)
}

fn has_sets(state: &State) -> bool {
    looked(state).is_some_and(|looked| model::sets(looked.run, state.until()).len() > 1)
}

fn is_open(state: &State) -> bool {
    state.confusion.examples.is_some()
}

/// What is looked at.
fn looked(state: &State) -> Option<Looked<'_>> {
    let own = &state.confusion;
    model::look(&state.history, own.run, own.set.as_deref(), own.step, state.until())
}

/// What is subtracted: the marked run at the same step, or its last one where the last is looked at.
fn subtracted<'a>(state: &'a State, looked: &Looked) -> Option<Looked<'a>> {
    let own = &state.confusion;
    let run = own.marked?;
    let other = model::look(&state.history, run, Some(&looked.evaluation.set), own.step, state.until())?;
    (other.evaluation.set == looked.evaluation.set && run != own.run).then_some(other)
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    match action {
        Do::Run(by) if is_open(state) => scroll(state, isize::from(by)),
        Do::Page(by) if is_open(state) => {
            let page = usize::from(state.size.1.saturating_sub(10)).max(1);
            scroll(state, isize::from(by) * page as isize);
        }
        Do::Run(by) => select_run(state, isize::from(by)),
        Do::Page(by) => select_run(state, isize::from(by) * 10),
        Do::Evaluation(by) => select_evaluation(state, isize::from(by)),
        Do::Set => next_set(state),
        Do::Cell(down, right) => {
            let classes = looked(state).map_or(0, |looked| looked.evaluation.confusion.len());
            let (row, column) = state.confusion.cell;
            state.confusion.cell =
                (moved(row, isize::from(down), classes), moved(column, isize::from(right), classes));
            state.confusion.examples = None;
        }
        Do::Open if is_open(state) => state.confusion.examples = None,
        Do::Open => return open(state),
        Do::Close => state.confusion.examples = None,
        Do::Mark => {
            let run = state.confusion.run;
            let own = &mut state.confusion;
            own.marked = if own.marked == Some(run) { None } else { Some(run) };
            if own.marked.is_some() && state.history.run(run).is_some() {
                state.toast("Marked: the runs you look at now are shown as a difference to this one.");
            }
        }
        Do::Figure => state.confusion.fractions ^= true,
    }
    Vec::new()
}

fn select_run(state: &mut State, by: isize) {
    let runs = &state.history.runs;
    let at = runs.iter().position(|run| run.start.run == state.confusion.run).unwrap_or(0);
    if let Some(run) = runs.get(moved(at, by, runs.len())) {
        state.confusion.run = run.start.run;
        state.confusion.examples = None;
    }
}

fn select_evaluation(state: &mut State, by: isize) {
    let Some(looked) = looked(state) else { return };
    let all = model::evaluations(looked.run, &looked.evaluation.set, state.until());
    let place = moved(looked.place, by, all.len());
    let step = (place + 1 < all.len()).then(|| all[place].step);
    state.confusion.step = step;
    state.confusion.examples = None;
}

fn next_set(state: &mut State) {
    let Some(looked) = looked(state) else { return };
    let sets = model::sets(looked.run, state.until());
    let at = sets.iter().position(|set| *set == looked.evaluation.set).unwrap_or(0);
    let next = sets.get((at + 1) % sets.len().max(1)).map(|set| set.to_string());
    state.confusion.set = next;
    state.confusion.examples = None;
}

fn open(state: &mut State) -> Vec<Effect> {
    let Some(looked) = looked(state) else { return Vec::new() };
    let (truth, guess) = state.confusion.cell;
    let (run, set) = (looked.run.start.run, looked.evaluation.set.clone());
    if state.images().is_some() {
        return images::open(state, images::Cell { run, set, truth, guess });
    }
    let mut open = Examples { truth, guess, id: None, found: Found::Waiting, first: 0 };
    let mut effects = Vec::new();
    if state.can_ask() {
        let question = Question::Examples { run, set, truth, guess, count: examples::COUNT };
        let (id, effect) = state.ask(question);
        open.id = Some(id);
        effects.push(effect);
    } else {
        open.found = Found::Nothing(
            "A recording holds figures only, not the texts: the examples of a run can be opened while its session \
             trains, and until it is left."
                .into(),
        );
    }
    state.confusion.examples = Some(open);
    effects
}

fn scroll(state: &mut State, by: isize) {
    let (width, rows) = draw::examples_room(state);
    let theme = state.theme;
    if let Some(open) = &mut state.confusion.examples {
        let last = open.lines(width, theme).len().saturating_sub(usize::from(rows));
        open.first = moved(open.first, by, last + 1);
    }
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Confusion"
    }

    fn about(&self) -> &'static str {
        "Rows: true classes. Columns: guesses. What is off the diagonal was mistaken."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        if let Some(open) = &mut state.confusion.examples {
            open.answer(id, answer);
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let place = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollDown => return update(state, Do::Run(1)),
            MouseEventKind::ScrollUp => return update(state, Do::Run(-1)),
            MouseEventKind::Down(MouseButton::Left) => {}
            _ => return Vec::new(),
        }
        match draw::target(state, super::body(state, area), place) {
            Some(draw::Target::Run(run)) => {
                state.confusion.run = run;
                state.confusion.examples = None;
            }
            Some(draw::Target::Cell(cell)) if cell == state.confusion.cell => return update(state, Do::Open),
            Some(draw::Target::Cell(cell)) => state.confusion.cell = cell,
            None => {}
        }
        Vec::new()
    }

    fn forget(&self, state: &mut State) {
        state.confusion = Confusion::default();
    }

    fn command(&self, state: &State) -> Option<String> {
        let folder = state.folder.as_ref()?;
        Some(format!("warmstart compare {} --json", quoted(&folder.display().to_string())))
    }
}
