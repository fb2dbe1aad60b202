//! The screen Twin: two runs side by side in lockstep, or one run at two moments.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::plot::track::Along;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::binding::{Binding, keys};
use crate::tui::modality::Modality;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

use super::commands::{compare_command, quoted};
use super::confusion;
use super::frame::{body, explained};

mod curves;
mod draw;
mod examples;
mod matrices;
mod model;
pub mod state;
#[cfg(test)]
mod tests;
mod view;
mod words;

use state::{Kept, ScreenAction, Twin};
use view::View;

const KEYS: &[Binding] = keys! {
    of Twin;
    [Down] => ScreenAction::Run(1), "run", "Compare the next run of the list with the marked one", if has_pair;
    [Up] => ScreenAction::Run(-1), quiet "run before", "Compare the run before", if has_pair;
    ['m'] => ScreenAction::Mark, "mark", "Mark this run: the runs you select next are compared with it", if has_pair;
    ['r'] => ScreenAction::Exchange, "exchange", "Exchange the two runs", if has_two;
    ['M'] => ScreenAction::Moment, "moment",
        "Keep this run as it is at this step, to compare later steps and other runs with it; again: with the marked run",
        if has_pair;
    [Left] => ScreenAction::Step(-1), "step", "Both runs one evaluation earlier", if has_steps;
    [Right] => ScreenAction::Step(1), quiet "step after", "Both runs one evaluation later", if has_steps;
    ['c'] => ScreenAction::Show(View::Curves), quiet "curves", "The curves of both runs, and their difference", if has_pair;
    ['d'] => ScreenAction::Show(View::Differences), quiet "matrices",
        "The difference of the confusion matrices, cell by cell with intervals", if has_pair;
    ['a'] => ScreenAction::Show(View::Examples), quiet "examples",
        "The examples on which the runs disagree, with the explanations of both", if has_pair;
    ['w'] => ScreenAction::Show(View::Words), quiet "words", "The neighbours of a word in the vectors of both runs", if has_words;
    ['n'] => ScreenAction::Metric, "metric", "The next metric of the curves", if has_pair;
    ['x'] => ScreenAction::Along, quiet "x axis", "Steps, epochs, documents or seconds along x", if has_pair;
    ['s'] => ScreenAction::Set, "set", "The next set of examples: test, further tests, validation", if has_sets;
    ['g'] => ScreenAction::Seeds, "seeds", "Matrices of these two runs, or of all seeds of both methods", if has_two;
    ['j'] => ScreenAction::Cell(1, 0), quiet "cell", "Select the cell below (hjkl: all ways)", if has_pair;
    ['k'] => ScreenAction::Cell(-1, 0), quiet "up", "Select the cell above", if has_pair;
    ['h'] => ScreenAction::Cell(0, -1), quiet "left", "Select the cell at the left", if has_pair;
    ['l'] => ScreenAction::Cell(0, 1), quiet "right", "Select the cell at the right", if has_pair;
    [PageDown] => ScreenAction::Example(1), "example", "The next example on which they disagree", if has_examples;
    [PageUp] => ScreenAction::Example(-1), quiet "example before", "The example before", if has_examples;
    [Enter] => ScreenAction::Enter, quiet "ask", "Ask about the typed word", if is_typing;
    ['/'] => ScreenAction::Type, "word", "Type a word: its neighbours in both runs", if has_words;
};

const TYPING: &[Binding] = keys! {
    of Twin;
    [Enter] => ScreenAction::Enter, "ask", "Ask about the word";
};

fn has_pair(state: &State) -> bool {
    model::pair(state).is_some()
}

/// Whether two runs are compared, and not one with itself.
fn has_two(state: &State) -> bool {
    has_pair(state) && state.screens.twin.kept.is_none()
}

fn has_steps(state: &State) -> bool {
    model::steps(state).len() > 1
}

fn has_sets(state: &State) -> bool {
    model::pair(state).is_some_and(|pair| model::sets(pair).len() > 1)
}

fn has_words(state: &State) -> bool {
    has_pair(state) && model::is_of(state, View::Words)
}

fn is_typing(state: &State) -> bool {
    state.screens.twin.word.active
}

fn has_examples(state: &State) -> bool {
    examples::count(state) > 1
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    match action {
        ScreenAction::Run(by) => {
            let Some([run, _]) = model::pair(state).map(|pair| pair.runs()) else { return Vec::new() };
            let numbers: Vec<usize> = model::listed(state).iter().map(|run| run.start.run).collect();
            let at = numbers.iter().position(|number| *number == run).unwrap_or(0);
            // The marked run stays, also where it was not chosen by hand.
            fix(state);
            state.screens.twin.run = numbers.get(moved(at, isize::from(by), numbers.len())).copied();
            state.screens.twin.other();
        }
        ScreenAction::Mark => {
            if let Some([run, _]) = model::pair(state).map(|pair| pair.runs()) {
                let own = &mut state.screens.twin;
                (own.run, own.base, own.kept) = (Some(run), Some(run), None);
                own.other();
                state.toast("Marked: the runs you select now are compared with this one.");
            }
        }
        ScreenAction::Exchange => {
            if let Some([left, right]) = model::pair(state).map(|pair| pair.runs()) {
                let own = &mut state.screens.twin;
                (own.run, own.base) = (Some(right), Some(left));
                own.other();
            }
        }
        ScreenAction::Moment => return moment(state),
        ScreenAction::Step(by) => {
            let steps = model::steps(state);
            let last = steps.len().saturating_sub(1);
            let own = &mut state.screens.twin;
            let at = own.step.map_or(last, |step| steps.partition_point(|known| *known < step));
            let to = moved(at, isize::from(by), steps.len());
            // At the last step, both are shown as they are now.
            own.step = steps.get(to).copied().filter(|_| to < last);
        }
        ScreenAction::Show(view) => state.screens.twin.view = view,
        ScreenAction::Metric => {
            let Some(pair) = model::pair(state) else { return Vec::new() };
            let all = curves::metrics(state, pair);
            let at = all.iter().position(|metric| *metric == state.screens.twin.metric).unwrap_or(0);
            if let Some(next) = all.get((at + 1) % all.len().max(1)).copied() {
                state.screens.twin.metric = next;
            }
            state.screens.twin.view = View::Curves;
        }
        ScreenAction::Along => {
            let own = &mut state.screens.twin;
            let at = Along::ALL.iter().position(|along| *along == own.along).unwrap_or(0);
            own.along = Along::ALL[(at + 1) % Along::ALL.len()];
        }
        ScreenAction::Set => {
            let Some(pair) = model::pair(state) else { return Vec::new() };
            let (all, now) = (model::sets(pair), model::set(state, pair));
            let at = all.iter().position(|set| Some(set) == now.as_ref()).unwrap_or(0);
            let next = all.get((at + 1) % all.len().max(1)).cloned();
            state.screens.twin.set = next;
            state.screens.twin.other();
        }
        ScreenAction::Seeds => {
            let own = &mut state.screens.twin;
            own.all_seeds ^= true;
            own.view = View::Differences;
        }
        ScreenAction::Cell(down, right) => {
            confusion::move_cell(state, (isize::from(down), isize::from(right)), model::classes(state));
        }
        ScreenAction::Example(by) => {
            let count = examples::count(state);
            let own = &mut state.screens.twin;
            own.example = moved(own.example, isize::from(by), count);
        }
        ScreenAction::Type => {
            let own = &mut state.screens.twin;
            own.word.set("");
            own.word.active = true;
            own.view = View::Words;
            return Vec::new();
        }
        ScreenAction::Enter => {
            state.screens.twin.word.active = false;
            words::changed(state);
        }
    }
    ask(state, false)
}

/// Writes down which run is marked, so that it stays when another one is selected.
fn fix(state: &mut State) {
    if let Some([_, right]) = model::pair(state).map(|pair| pair.runs()) {
        state.screens.twin.base = Some(right);
    }
}

/// Keeps the selected run as it is at this step, or drops the kept moment.
fn moment(state: &mut State) -> Vec<Effect> {
    let Some(pair) = model::pair(state) else { return Vec::new() };
    if state.screens.twin.kept.is_some() {
        state.screens.twin.kept = None;
        state.screens.twin.other();
        return ask(state, false);
    }
    let (run, step) = (pair.left.run.start.run, model::step(pair.left));
    let present = state.screens.twin.step.is_none() && !state.is_back();
    let own = &mut state.screens.twin;
    (own.run, own.kept) = (Some(run), Some(Kept { run, step, present }));
    own.other();
    state.toast(format!("Kept: step {step} of this run. → and later training show what changes."));
    if !state.can_ask() || !present {
        return ask(state, false);
    }
    // What is past is in the log only; answers and vectors are those of the present.
    let (id, answers) = state.ask(Question::KeepAnswers { run });
    state.screens.twin.asked.kept.ask(id, state.now);
    let mut effects = vec![answers];
    if state.modality() == Modality::Text {
        effects.push(state.ask(Question::KeepMoment { run: Some(run) }).1);
    }
    effects
}

/// Asks what the views that are shown need. With `again`, what may have changed meanwhile is asked again.
fn ask(state: &mut State, again: bool) -> Vec<Effect> {
    let shown = draw::shown(state);
    let mut effects = Vec::new();
    if shown.contains(&View::Examples) {
        effects.extend(examples::ask(state, again));
    }
    if shown.contains(&View::Words) && model::is_of(state, View::Words) && !state.screens.twin.word.active {
        effects.extend(words::ask(state));
    }
    effects
}

/// The screen Twin.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn several(&self) -> Option<&'static str> {
        None
    }

    fn table(&self, state: &State) -> Option<Vec<Vec<String>>> {
        let pair = model::pair(state)?;
        match state.screens.twin.view {
            View::Differences => matrices::table(state, pair),
            View::Curves | View::Examples | View::Words => curves::table(state, pair),
        }
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        ask(state, false)
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        ask(state, true)
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        if state.screens.twin.asked.kept.takes(id) {
            if let Answer::Unknown(why) = answer {
                state.complain(format!("No answers are kept: {why}."));
            }
            return Vec::new();
        }
        examples::answer(state, id, answer);
        words::answer(state, id, answer);
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown => return update(state, ScreenAction::Run(1)),
            MouseEventKind::ScrollUp => return update(state, ScreenAction::Run(-1)),
            MouseEventKind::Down(MouseButton::Left) => {}
            _ => return Vec::new(),
        }
        match draw::target(state, body(state, area), Position::new(event.column, event.row)) {
            Some(draw::Target::View(view)) => update(state, ScreenAction::Show(view)),
            Some(draw::Target::Run(run)) => {
                fix(state);
                state.screens.twin.run = Some(run);
                state.screens.twin.other();
                ask(state, false)
            }
            None => Vec::new(),
        }
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.screens.twin.word).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.screens.twin.word).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        TYPING
    }

    fn back(&self, state: &mut State) -> bool {
        let own = &mut state.screens.twin;
        let open = own.step.is_some();
        own.step = None;
        open
    }

    fn forget(&self, state: &mut State) {
        state.screens.twin = Twin::default();
    }

    fn command(&self, state: &State) -> Option<String> {
        let (command, pair) = (compare_command(state)?, model::pair(state)?);
        let own = &state.screens.twin;
        // Several sessions have no common numbers of runs, and a kept moment has a step of its own.
        if state.several.is_some() || own.kept.is_some() {
            return Some(format!("{command} --json"));
        }
        let [left, right] = pair.runs();
        let set = model::set(state, pair).map_or(String::new(), |set| format!(" --set {}", quoted(&set)));
        let step = own.step.map_or(String::new(), |step| format!(" --step {step}"));
        Some(format!("{command} --runs {left},{right}{set}{step}"))
    }
}
