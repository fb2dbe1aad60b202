//! The tour: chapters to read, with a question to guess, a run that answers it, and one thing to try. It is offered while a
//! tour is under way; the other screens then show a strip that leads back to it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::tour::chapter::Chapter;
use crate::tui::action::{Action, Effect};
use crate::tui::binding::{Binding, keys};
use crate::tui::state::State;

use super::commands::quoted;
use super::lab;
use super::lab::starting::{instead, only_looks};
use super::tab::{self, Tab};

mod draw;
pub mod model;
pub mod state;
pub mod strip;
#[cfg(test)]
mod tests;

use model::{Stage, stage};
use state::{ScreenAction, Starting};

const KEYS: &[Binding] = keys! {
    of Tour;
    [Enter] => ScreenAction::Enter, "run it", "Run the chapter and see which guess holds", if |state| is_at(state, Stage::Asking);
    [Enter] => ScreenAction::Enter, "watch it", "Watch the chapter's run on Train", if |state| is_at(state, Stage::Running);
    [Enter] => ScreenAction::Enter, "go on", "Go on with the chapter's run where it was stopped",
        if |state| is_at(state, Stage::Stopped);
    [Enter] => ScreenAction::Enter, "answer", "Bring the chapter's session to the front again, with its answer",
        if |state| is_at(state, Stage::Kept);
    [Enter] => ScreenAction::Enter, "next chapter", "Go to the next chapter", if has_next;
    ['s'] => ScreenAction::Look, "see it", "The screen that shows the answer", if has_session;
    ['a'] => ScreenAction::Guess(0), "guess", "Guess the first answer", if |state| has_choice(state, 0);
    ['b'] => ScreenAction::Guess(1), quiet "second", "Guess the second answer", if |state| has_choice(state, 1);
    ['c'] => ScreenAction::Guess(2), quiet "third", "Guess the third answer", if |state| has_choice(state, 2);
    ['d'] => ScreenAction::Guess(3), quiet "fourth", "Guess the fourth answer", if |state| has_choice(state, 3);
    ['n'] => ScreenAction::GuessNone, quiet "none", "Guess that there is no clear winner", if has_none;
    [PageUp] => ScreenAction::Scroll(-5), quiet "back", "Back in the text", if draw::is_scrolled;
    [Down, 'j'] => ScreenAction::Scroll(1), quiet "down", "A row down in the text", if draw::has_more;
    [Up, 'k'] => ScreenAction::Scroll(-1), quiet "up", "A row up in the text", if draw::is_scrolled;
    [Right, 'l'] => ScreenAction::Chapter(1), "chapters", "The next chapter, also before this one was run", if has_after;
    [Left, 'h'] => ScreenAction::Chapter(-1), quiet "chapter before", "The chapter before", if has_before;
    ['r'] => ScreenAction::AskAgain, "again", "Guess and run the chapter once more, in a new session", if was_run;
    ['x'] => ScreenAction::Leave, "leave", "Leave the tour; t on Lab comes back to this chapter", if is_open;
    [PageDown, ' '] => ScreenAction::Scroll(5), "read on", "Read on in the text", if draw::has_more;
};

fn is_at(state: &State, at: Stage) -> bool {
    model::chapter(state).is_some() && stage(state) == at
}

fn is_open(state: &State) -> bool {
    state.screens.tour.is_open
}

fn has_session(state: &State) -> bool {
    is_at(state, Stage::Running) || is_at(state, Stage::Answered)
}

fn was_run(state: &State) -> bool {
    [Stage::Stopped, Stage::Kept, Stage::Answered].into_iter().any(|at| is_at(state, at))
}

fn has_choice(state: &State, place: usize) -> bool {
    is_at(state, Stage::Asking)
        && model::choices(state)
            .get(place)
            .is_some_and(|choice| choice.key == [b'a', b'b', b'c', b'd'][place] as char)
}

fn has_none(state: &State) -> bool {
    is_at(state, Stage::Asking) && model::choices(state).last().is_some_and(|choice| choice.key == 'n')
}

fn has_after(state: &State) -> bool {
    state.screens.tour.place + 1 < model::count(state)
}

fn has_before(state: &State) -> bool {
    state.screens.tour.place > 0 && model::chapter(state).is_some()
}

fn has_next(state: &State) -> bool {
    is_at(state, Stage::Answered) && has_after(state)
}

/// Whether there is a tour, and this workbench can run it.
pub fn can_begin(state: &State) -> bool {
    state.trains && state.screens.tour.lecture.is_some()
}

/// Begins the tour, or comes back to it.
pub fn open(state: &mut State) -> Vec<Effect> {
    if !can_begin(state) {
        let why = only_looks(state);
        state.complain(format!("{why}. Leave, and run `warmstart tour`."));
        return Vec::new();
    }
    state.screens.tour.is_open = true;
    vec![Effect::Act(Box::new(Action::Show(Tab::Tour)))]
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    let act = |action| vec![Effect::Act(Box::new(action))];
    match action {
        ScreenAction::Enter => return enter(state),
        ScreenAction::Guess(place) => guess(state, usize::from(place)),
        ScreenAction::GuessNone => guess(state, model::choices(state).len().saturating_sub(1)),
        ScreenAction::Look => {
            if let Some(chapter) = model::chapter(state) {
                return act(Action::Show(model::screen(chapter)));
            }
        }
        ScreenAction::Chapter(by) => {
            let last = model::count(state).saturating_sub(1);
            let tour = &mut state.screens.tour;
            tour.place = tour.place.saturating_add_signed(isize::from(by)).min(last);
            tour.first = 0;
            if let Some(name) = model::chapter(state).map(|chapter| chapter.name.clone()) {
                state.screens.tour.progress.chapter = name;
            }
        }
        ScreenAction::Scroll(by) => draw::scroll(state, isize::from(by)),
        ScreenAction::AskAgain => {
            let again = Action::Screen(tab::ScreenAction::Tour(ScreenAction::Again));
            state.confirm(
                "Forget the guess and the answer of this chapter, to run it once more? Its session stays.",
                again,
            );
        }
        ScreenAction::Again => {
            if let Some(name) = model::chapter(state).map(|chapter| chapter.name.clone()) {
                let tour = &mut state.screens.tour;
                tour.progress.chapters.remove(&name);
                (tour.answer, tour.first) = (None, 0);
            }
        }
        ScreenAction::Leave => {
            state.screens.tour.is_open = false;
            state.tab = Tab::Lab;
            state.toast(format!("The tour waits: t on {} comes back to this chapter.", Tab::Lab));
            return vec![Effect::Scan];
        }
        ScreenAction::Start => return start(state),
        ScreenAction::Continue => return go_on(state),
    }
    Vec::new()
}

/// Does what comes next in the chapter.
fn enter(state: &mut State) -> Vec<Effect> {
    let own = |action| Action::Screen(tab::ScreenAction::Tour(action));
    match stage(state) {
        _ if model::chapter(state).is_none() => Vec::new(),
        Stage::Asking if model::guess(state).is_none() => {
            let keys: Vec<String> =
                model::choices(state).iter().map(|choice| choice.key.to_string()).collect();
            state.toast(format!("Guess first: {}. A wrong guess teaches more than none.", keys.join(", ")));
            Vec::new()
        }
        Stage::Asking => instead(state, own(ScreenAction::Start), "run this chapter"),
        Stage::Running => vec![Effect::Act(Box::new(Action::Show(lab::WATCH)))],
        Stage::Stopped => instead(state, own(ScreenAction::Continue), "go on with this chapter's"),
        Stage::Kept => instead(state, own(ScreenAction::Continue), "show this chapter's"),
        Stage::Answered => update(state, ScreenAction::Chapter(1)),
    }
}

fn guess(state: &mut State, place: usize) {
    let is_choice = is_at(state, Stage::Asking) && place < model::choices(state).len();
    if let Some(name) = model::chapter(state).filter(|_| is_choice).map(|chapter| chapter.name.clone()) {
        let tour = &mut state.screens.tour;
        tour.progress.chapters.entry(name.clone()).or_default().guess = Some(place);
        tour.progress.chapter = name;
    }
}

/// Starts the chapter's run.
fn start(state: &mut State) -> Vec<Effect> {
    let Some(Chapter { recipe, .. }) = model::chapter(state) else { return Vec::new() };
    let (recipe, name) = (Box::new(recipe.clone()), model::chapter(state).map(Chapter::session_name));
    let place = state.screens.tour.place;
    state.screens.tour.starting = Some(Starting { place, is_new: true, has_begun: false });
    state.screens.tour.first = 0;
    vec![Effect::Act(Box::new(Action::Begin { recipe, name: name.unwrap_or_default() }))]
}

/// Brings the chapter's session to the front: to go on with it, or to see its answer.
fn go_on(state: &mut State) -> Vec<Effect> {
    let Some(folder) = model::folder(state) else { return Vec::new() };
    let is_done = model::progress(state).done;
    let place = state.screens.tour.place;
    state.screens.tour.starting = Some(Starting { place, is_new: false, has_begun: false });
    let resume = Effect::Act(Box::new(Action::Resume(folder)));
    // What is trained further is watched; an answer that is only read again is shown where the reader is.
    let stay = is_done.then(|| Effect::Act(Box::new(Action::Show(Tab::Tour))));
    std::iter::once(resume).chain(stay).collect()
}

/// The tour.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn is_offered(&self, state: &State) -> bool {
        state.screens.tour.is_open
    }

    fn several(&self) -> Option<&'static str> {
        None
    }

    fn table(&self, _state: &State) -> Option<Vec<Vec<String>>> {
        None
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        draw::view(state, frame, area);
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        // The page says how far the run is.
        state.changed |= stage(state) == Stage::Running;
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        let place = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollDown => update(state, ScreenAction::Scroll(1)),
            MouseEventKind::ScrollUp => update(state, ScreenAction::Scroll(-1)),
            MouseEventKind::Down(MouseButton::Left) => {
                let hit = draw::targets(state, area).into_iter().find(|(area, _)| area.contains(place));
                match hit {
                    // A click on the guess runs the chapter.
                    Some((_, choice)) if model::guess(state) == Some(choice) => enter_if_asking(state),
                    Some((_, choice)) => {
                        guess(state, choice);
                        Vec::new()
                    }
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn forget(&self, state: &mut State) {
        state.screens.tour.answer = None;
    }

    fn command(&self, state: &State) -> Option<String> {
        let from = &state.screens.tour.lecture.as_ref()?.from;
        let from = from.as_ref().map(|path| format!(" {}", quoted(&path.display().to_string())));
        let chapter = state.screens.tour.place + 1;
        Some(format!("warmstart tour{} --plain --chapter {chapter}", from.unwrap_or_default()))
    }
}

fn enter_if_asking(state: &mut State) -> Vec<Effect> {
    if stage(state) == Stage::Asking { enter(state) } else { Vec::new() }
}
