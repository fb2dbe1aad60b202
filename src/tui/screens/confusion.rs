//! The screen Confusion: the confusion matrices of all evaluations of all runs.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::{Action, Effect};
use crate::tui::binding::{Binding, keys};
use crate::tui::filter::filter_box::FilterAction;
use crate::tui::grouping::Grouping;
use crate::tui::state::State;
use crate::tui::widgets::window::moved;

use super::cell::Cell;
use super::commands::{quoted, seen_as};
use super::frame::explained;
use super::tab::Tab;

pub(super) mod differences;
mod draw;
mod examples;
mod model;
mod reliability;
pub mod state;
mod suspects;
mod table;

use model::looked;
#[cfg(test)]
mod tests;

use state::{Between, Confusion, ScreenAction};

use examples::{Examples, Found};

const KEYS: &[Binding] = keys! {
    of Confusion;
    [Esc] => ScreenAction::Close, "close", "Close the examples or the differences and return to the matrix", if has_closable;
    [Enter] => ScreenAction::Audit, "start", "Train on folds, and list the labels that are probably wrong",
        if suspects::is_offered;
    [Enter] => ScreenAction::Text, "text", "The whole text, or the list again", if suspects::has_list;
    ['f'] => ScreenAction::Pair, "filter", "Suspects of the next pair of given and suggested class, or all",
        if suspects::has_pairs;
    ['e'] => ScreenAction::Export, "export", "Write all of the list to a file (CSV)", if suspects::has_list;
    [Down] => ScreenAction::Run(1), "run", "The next run, or scroll the examples", if has_runs;
    [Up] => ScreenAction::Run(-1), quiet "run", "The run before, or scroll the examples", if has_runs;
    [Left] => ScreenAction::Evaluation(-1), "evaluation",
        "The evaluation before: the matrix at an earlier step", if has_evaluations;
    [Right] => ScreenAction::Evaluation(1), quiet "later", "The next evaluation", if has_evaluations;
    ['s'] => ScreenAction::Set, "set", "The next set: test, further tests, validation", if has_sets;
    ['j'] => ScreenAction::Cell(1, 0), "cell", "Select the cell below (hjkl: all ways)", if has_matrix;
    ['k'] => ScreenAction::Cell(-1, 0), quiet "up", "Select the cell above", if has_matrix;
    ['h'] => ScreenAction::Cell(0, -1), quiet "left", "Select the cell at the left", if has_matrix;
    ['l'] => ScreenAction::Cell(0, 1), quiet "right", "Select the cell at the right", if has_matrix;
    [Enter] => ScreenAction::Open, "examples", "The examples in the selected cell, most confident first", if is_single;
    ['g'] => ScreenAction::Group, "group",
        "One matrix for the runs of a method and budget, method, budget, source or seed; or single runs", if is_list;
    ['d'] => ScreenAction::Differences, "differences",
        "All seeds, cell by cell with intervals: this method minus scratch or the marked run's; then the end minus the moment looked at",
        if has_matrix;
    ['r'] => ScreenAction::Reliability, "reliability",
        "How far the probabilities can be believed: the reliability diagram, or the matrix again", if is_single;
    ['a'] => ScreenAction::Suspects, "suspects",
        "Audit the training labels: those that are probably wrong, or the matrix again", if has_evaluation;
    ['m'] => ScreenAction::Mark, "mark", "Subtract this run from those looked at next, or stop that", if is_single;
    ['t'] => ScreenAction::Twin, quiet "twin", "This run and the marked one side by side, on the screen Twin", if has_twins;
    ['v'] => ScreenAction::Figure, quiet "figure",
        "Counts or fractions, where the cells have room for one figure only", if draw::has_one_figure;
    ['v'] => ScreenAction::Before, quiet "before",
        "Before or after calibration, where one diagram has room only", if is_reliability;
    ['/'] => ScreenAction::Filter, "filter", "List only the runs that fit: frozen labels:100 acc>0.8 !seed:3 /regex/",
        if is_list;
    [PageDown] => ScreenAction::Page(1), quiet "page", "Scroll by a page";
    [PageUp] => ScreenAction::Page(-1), quiet "page", "Scroll back by a page";
};

fn has_runs(state: &State) -> bool {
    let open = state.screens.confusion.suspects.open;
    if open { suspects::has_list(state) } else { state.history.runs.len() > 1 }
}

/// Whether the list of runs is shown.
fn is_list(state: &State) -> bool {
    state.history.runs.len() > 1 && !is_open(state)
}

/// Whether there are runs to put side by side.
fn has_twins(state: &State) -> bool {
    state.history.runs.len() > 1 && !state.screens.confusion.suspects.open
}

fn has_evaluation(state: &State) -> bool {
    looked(state).is_some()
}

fn has_matrix(state: &State) -> bool {
    has_evaluation(state) && !state.screens.confusion.suspects.open
}

/// Whether the matrix is that of one run, and not of a group.
fn is_single(state: &State) -> bool {
    has_matrix(state) && state.screens.confusion.group.is_none()
}

fn has_evaluations(state: &State) -> bool {
    has_matrix(state) && looked(state).is_some_and(|looked| looked.of > 1)
}

fn has_sets(state: &State) -> bool {
    has_matrix(state) && looked(state).is_some_and(|looked| model::sets(looked.run, state.until()).len() > 1)
}

fn is_open(state: &State) -> bool {
    state.screens.confusion.examples.is_some() || state.screens.confusion.suspects.open
}

fn has_closable(state: &State) -> bool {
    is_open(state) || (state.screens.confusion.differences.is_some() && has_matrix(state))
}

fn is_reliability(state: &State) -> bool {
    state.screens.confusion.reliability && has_matrix(state)
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    match action {
        ScreenAction::Suspects => {
            state.screens.confusion.examples = None;
            suspects::toggle(state);
        }
        ScreenAction::Audit => return suspects::ask(state),
        ScreenAction::Filter => return vec![Effect::Act(Box::new(Action::Filter(FilterAction::Open)))],
        ScreenAction::Text => suspects::text(state),
        ScreenAction::Pair => suspects::next_pair(state),
        ScreenAction::Export => return suspects::export(state),
        ScreenAction::Run(by) if state.screens.confusion.suspects.open => {
            suspects::scroll(state, isize::from(by))
        }
        ScreenAction::Page(by) if state.screens.confusion.suspects.open => {
            suspects::page(state, isize::from(by))
        }
        ScreenAction::Close if state.screens.confusion.suspects.open => return suspects::close(state),
        ScreenAction::Run(by) if is_open(state) => scroll(state, isize::from(by)),
        ScreenAction::Page(by) if is_open(state) => {
            let page = usize::from(state.size.1.saturating_sub(10)).max(1);
            scroll(state, isize::from(by) * page as isize);
        }
        ScreenAction::Run(by) => select_run(state, isize::from(by)),
        ScreenAction::Page(by) => select_run(state, isize::from(by) * 10),
        ScreenAction::Evaluation(by) => select_evaluation(state, isize::from(by)),
        ScreenAction::Set => next_set(state),
        ScreenAction::Cell(down, right) => {
            let classes = looked(state).map_or(0, |looked| looked.evaluation.confusion.len());
            move_cell(state, (isize::from(down), isize::from(right)), classes);
        }
        ScreenAction::Twin => {
            let own = &state.screens.confusion;
            let run = model::selected_run(state);
            let base = own.marked.filter(|marked| *marked != run);
            state.screens.twin.choose(run, base);
            return vec![Effect::Act(Box::new(Action::Show(Tab::Twin)))];
        }
        ScreenAction::Open if is_open(state) => state.screens.confusion.examples = None,
        ScreenAction::Open => return open(state),
        ScreenAction::Close if is_open(state) => state.screens.confusion.examples = None,
        ScreenAction::Close => state.screens.confusion.differences = None,
        ScreenAction::Mark => {
            let run = model::selected_run(state);
            let own = &mut state.screens.confusion;
            own.marked = if own.marked == Some(run) { None } else { Some(run) };
            if own.marked.is_some() && state.history.run(run).is_some() {
                state.toast("Marked: the runs you look at now are shown as a difference to this one.");
            }
        }
        ScreenAction::Differences => {
            let own = &mut state.screens.confusion;
            own.differences = match own.differences {
                None => Some(Between::Methods),
                Some(Between::Methods) => Some(Between::Moments),
                Some(Between::Moments) => None,
            };
            (own.reliability, own.examples) = (false, None);
        }
        ScreenAction::Reliability => {
            state.screens.confusion.reliability ^= true;
            state.screens.confusion.differences = None;
            state.screens.confusion.examples = None;
        }
        ScreenAction::Before => state.screens.confusion.before ^= true,
        ScreenAction::Group => {
            let by = model::grouping(state).next();
            let own = &mut state.screens.confusion;
            (own.grouping, own.group, own.examples, own.marked) = (Some(by), None, None, None);
            own.reliability = false;
            // The group of the selected run is shown.
            let (groups, run) = (model::groups(state), model::selected_run(state));
            let has = |i: &usize| state.history.runs[*i].start.run == run;
            if let Some(place) = groups.iter().position(|group| group.members.iter().any(has)) {
                model::choose(state, model::Row::Group(place), &groups);
            }
            state.toast(match by {
                Grouping::Nothing => "Single runs.".to_string(),
                by => format!("Matrices {}.", by.name().replace("bands ", "")),
            });
        }
        ScreenAction::Figure => state.screens.confusion.fractions ^= true,
    }
    Vec::new()
}

/// Moves the selected cell of a matrix of so many classes.
pub fn move_cell(state: &mut State, (down, right): (isize, isize), classes: usize) {
    let (row, column) = state.screens.confusion.cell;
    state.screens.confusion.cell = (moved(row, down, classes), moved(column, right, classes));
    state.screens.confusion.examples = None;
}

fn select_run(state: &mut State, by: isize) {
    let groups = model::groups(state);
    let rows = model::rows(state, &groups);
    let current = model::current(state, &groups);
    let at = rows.iter().position(|row| *row == current);
    // A run that the filter leaves out has no place, so the first one comes after it.
    let to = at.map_or(0, |at| moved(at, by, rows.len()));
    if let Some(row) = rows.get(to) {
        model::choose(state, *row, &groups);
    }
}

fn select_evaluation(state: &mut State, by: isize) {
    let Some(looked) = looked(state) else { return };
    let all = model::evaluations(looked.run, &looked.evaluation.set, state.until());
    let place = moved(looked.place, by, all.len());
    let step = (place + 1 < all.len()).then(|| all[place].step);
    state.screens.confusion.step = step;
    state.screens.confusion.examples = None;
}

fn next_set(state: &mut State) {
    let Some(looked) = looked(state) else { return };
    let sets = model::sets(looked.run, state.until());
    let at = sets.iter().position(|set| *set == looked.evaluation.set).unwrap_or(0);
    let next = sets.get((at + 1) % sets.len().max(1)).map(|set| set.to_string());
    state.screens.confusion.set = next;
    state.screens.confusion.examples = None;
}

fn open(state: &mut State) -> Vec<Effect> {
    let Some(looked) = looked(state) else { return Vec::new() };
    let (truth, guess) = state.screens.confusion.cell;
    let (run, set) = (looked.run.start.run, looked.evaluation.set.clone());
    vec![Effect::Act(Box::new(Action::Examples(Cell { run, set, truth, guess })))]
}

/// Opens the list of a cell's examples in place of the matrix.
pub fn list(state: &mut State, cell: Cell) -> Vec<Effect> {
    let Cell { run, set, truth, guess } = cell;
    let mut open = Examples { truth, guess, id: None, found: Found::Waiting, first: 0 };
    let mut effects = Vec::new();
    if state.can_ask() {
        let question = Question::Examples { run, set, truth, guess, count: examples::COUNT };
        let (id, effect) = state.ask(question);
        open.id = Some(id);
        effects.push(effect);
    } else {
        open.found = Found::Nothing(format!(
            "A {} holds figures only, not the texts: the examples of a run can be opened in the workbench that trains \
             its session, until it is left.",
            seen_as(state)
        ));
    }
    state.screens.confusion.examples = Some(open);
    effects
}

fn scroll(state: &mut State, by: isize) {
    let (width, rows) = draw::examples_room(state);
    let theme = state.theme;
    if let Some(open) = &mut state.screens.confusion.examples {
        let last = open.lines(width, theme).len().saturating_sub(usize::from(rows));
        open.first = moved(open.first, by, last + 1);
    }
}

/// The screen Confusion.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn several(&self) -> Option<&'static str> {
        Some(
            "Confusion matrices of several sessions are not shown together: they may have other classes and other test examples. Open one session on screen 1.",
        )
    }

    fn table(&self, state: &State) -> Option<Vec<Vec<String>>> {
        draw::exported(state)
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        suspects::answer(state, id, answer);
        if let Some(open) = &mut state.screens.confusion.examples {
            open.answer(id, answer);
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let place = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollDown => return update(state, ScreenAction::Run(1)),
            MouseEventKind::ScrollUp => return update(state, ScreenAction::Run(-1)),
            MouseEventKind::Down(MouseButton::Left) if !state.screens.confusion.suspects.open => {}
            _ => return Vec::new(),
        }
        match draw::target(state, super::frame::body(state, area), place) {
            Some(draw::Target::Row(row)) => {
                let groups = model::groups(state);
                model::choose(state, row, &groups);
            }
            Some(draw::Target::Cell(cell)) if cell == state.screens.confusion.cell && is_single(state) => {
                return update(state, ScreenAction::Open);
            }
            Some(draw::Target::Cell(cell)) => state.screens.confusion.cell = cell,
            None => {}
        }
        Vec::new()
    }

    fn forget(&self, state: &mut State) {
        state.screens.confusion = Confusion::default();
    }

    fn command(&self, state: &State) -> Option<String> {
        if let Some(command) = suspects::command(state) {
            return Some(command);
        }
        let folder = state.folder.as_ref()?;
        Some(format!("warmstart compare {} --json", quoted(&folder.display().to_string())))
    }
}
