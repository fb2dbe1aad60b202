//! The screen Images: the images of a session, feature maps of networks, and a pad to draw on.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::data::image::Image;
use crate::session::checkpoint;
use crate::session::image_transfer::ImageSource;
use crate::train::protocol::command::{Id, Learned};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::binding::Binding;
use crate::tui::folders::{Completion, expanded};
use crate::tui::modality::Modality;
use crate::tui::state::State;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

use super::cell::Cell;
use super::commands::quoted;
use super::frame::{body, explained};
use super::page::Only;
use super::tab::Tab;
use super::try_::model::order;

mod draw;
mod keys;
mod model;
mod pad;
mod questions;
pub mod state;

use model::{is_images, is_pad, learned, sets, sight, size, whole_body};
use questions::TOP;
#[cfg(test)]
mod tests;

use state::{Images, ScreenAction, View};

use keys::{KEYS, TYPING};
use pad::Pad;
use questions::{ask, take};

/// Seconds without a stroke until the runs are asked about the drawing.
const PAUSE: f64 = 0.1;

/// Forgets what was shown of another source's network, and asks about the one that is shown now.
pub fn other_network(state: &mut State) {
    state.screens.images.tiles.clear();
    state.screens.images.layers.clear();
    state.screens.images.asking.complete = true;
    state.screens.images.asking.change(state.now);
}

/// Applies `action` to the state.
pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
    if !is_images(state) {
        return Vec::new();
    }
    match action {
        ScreenAction::Show(view) => return show(state, view),
        ScreenAction::Look => {
            let Some(sight) = sight(state) else { return Vec::new() };
            state.screens.images.seen = Some(sight);
            state.screens.images.came = (state.screens.images.view, state.screens.images.selected);
            if let (View::Mistakes, Some(cell)) = (state.screens.images.view, &state.screens.images.cell) {
                // Use the network of the run that made the mistake.
                state.screens.images.run = Some(cell.run);
            }
            return show(state, View::Maps);
        }
        ScreenAction::Move(right, down) if state.screens.images.view == View::Pad => {
            drawn_on(state).go(i32::from(right), i32::from(down));
        }
        ScreenAction::Move(right, down) => {
            let columns = draw::gallery(state, whole_body(state)).columns as isize;
            return select(state, isize::from(right) + isize::from(down) * columns);
        }
        ScreenAction::Page(by) if state.screens.images.view == View::Pad => {
            let (rows, count) = draw::judges(state, whole_body(state));
            let first = moved(state.screens.images.judge, isize::from(by) * rows as isize, count);
            state.screens.images.judge = first.min(count.saturating_sub(rows));
            return Vec::new();
        }
        ScreenAction::Page(by) => {
            let page = draw::gallery(state, whole_body(state)).capacity() as isize;
            return select(state, isize::from(by) * page);
        }
        ScreenAction::Set => {
            state.screens.images.set = (state.screens.images.set + 1) % sets(state).len().max(1);
            state.screens.images.selected = 0;
            return ask(state);
        }
        ScreenAction::Class => {
            let classes = state.history.data.as_ref().map_or(0, |data| data.classes.len());
            let next = state.screens.images.class.map_or(0, |class| class + 1);
            state.screens.images.class = (next < classes).then_some(next);
            state.screens.images.selected = 0;
            return ask(state);
        }
        ScreenAction::Run(by) => {
            // The pre-trained network comes before the runs.
            let order: Vec<usize> = order(&state.history).iter().map(|run| run.start.run).collect();
            let at =
                order.iter().position(|run| Some(*run) == state.screens.images.run).map_or(0, |at| at + 1);
            let at = moved(at, isize::from(by), order.len() + 1);
            state.screens.images.run = at.checked_sub(1).and_then(|at| order.get(at).copied());
            return ask(state);
        }
        ScreenAction::Layer(by) => {
            let count = state.screens.images.layers.len();
            state.screens.images.layer = moved(state.screens.images.layer, isize::from(by), count);
            state.screens.images.selected = 0;
            return ask(state);
        }
        ScreenAction::Paint => drawn_on(state).paint(),
        ScreenAction::Wipe => drawn_on(state).wipe(),
        ScreenAction::Brush => {
            let pad = drawn_on(state);
            pad.brush = (pad.brush + 1) % 3;
            return Vec::new();
        }
        ScreenAction::Clear => drawn_on(state).clear(),
        ScreenAction::Shift(right, down) => drawn_on(state).shift(i32::from(right), i32::from(down)),
        ScreenAction::Judge => {
            state.screens.images.path.active = state.screens.images.path.is_empty();
            return ask(state);
        }
        ScreenAction::Path => {
            state.screens.images.path.active = true;
            return show(state, View::File);
        }
        ScreenAction::Complete => return vec![Effect::Complete(state.screens.images.path.text())],
    }
    if matches!(
        action,
        ScreenAction::Paint | ScreenAction::Wipe | ScreenAction::Clear | ScreenAction::Shift(..)
    ) {
        drawn(state);
    }
    Vec::new()
}

/// Handles completions of the typed path: the text becomes the longest common prefix of the matching paths.
pub fn completed(state: &mut State, completion: Completion) {
    let own = &mut state.screens.images;
    if own.path.text() != completion.typed {
        own.path.set(&completion.typed);
        drop_answer(own);
    }
    own.offers = if completion.paths.len() > 1 { completion } else { Completion::default() };
}

/// Drops the answer, because it is about the path that was in the field before.
fn drop_answer(own: &mut Images) {
    own.tiles.clear();
    own.top.clear();
    own.total = 0;
    own.asking.drop_it();
    own.asking.complete = true;
}

fn show(state: &mut State, view: View) -> Vec<Effect> {
    let own = &mut state.screens.images;
    own.view = view;
    (own.selected, own.first, own.total) = (0, 0, 0);
    own.tiles.clear();
    own.top.clear();
    own.asking.why = None;
    ask(state)
}

fn drawn_on(state: &mut State) -> &mut Pad {
    let size = size(state);
    state.screens.images.pad.get_or_insert_with(|| Pad::new(size))
}

fn drawn(state: &mut State) {
    let empty = drawn_on(state).is_empty();
    let now = state.now;
    let asking = &mut state.screens.images.asking;
    if empty { asking.drop_it() } else { asking.change(now) }
}

fn select(state: &mut State, by: isize) -> Vec<Effect> {
    let page = draw::gallery(state, whole_body(state)).capacity();
    let own = &mut state.screens.images;
    own.selected = moved(own.selected, by, own.total);
    let there = own.first..own.first + own.tiles.len();
    let first = own.selected / page * page;
    // Only the view of a set requests its pages one by one.
    if own.view == View::Set && (own.first != first || !there.contains(&own.selected)) {
        return ask(state);
    }
    Vec::new()
}

/// The screen Images.
pub struct Page;

impl super::page::Page for Page {
    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn only(&self) -> Option<Only> {
        Some(Only { of: Modality::Images, otherwise: draw::without_images })
    }

    fn several(&self) -> Option<&'static str> {
        Some(
            "Images of several sessions are not shown together: each session has images and networks of its own. Open one session on screen 1.",
        )
    }

    fn table(&self, _state: &State) -> Option<Vec<Vec<String>>> {
        None
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn images<'a>(&self, state: &'a State, area: Rect) -> Vec<(&'a Image, Rect)> {
        draw::images(state, body(state, area))
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        ask(state)
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        let learning = matches!(state.screens.images.view, View::Filters | View::Maps | View::Pad)
            && state.is_learning();
        // If a file cannot be read, the user corrects the path and asks again, so the question is not repeated.
        let waits = state.screens.images.view != View::File
            && state.can_ask()
            && state.screens.images.asking.may_be_known_now(state.now);
        if waits || state.screens.images.asking.is_due(state.now, PAUSE, learning) {
            ask(state)
        } else {
            Vec::new()
        }
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        if state.screens.images.asking.is(id) {
            take(state, answer);
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        if !is_images(state) {
            return Vec::new();
        }
        let area = body(state, area);
        let place = Position::new(event.column, event.row);
        if let MouseEventKind::Up(_) = event.kind {
            state.screens.images.pen_down = false;
        }
        let (down, wipe) = match event.kind {
            MouseEventKind::ScrollDown if !is_pad(state) => return update(state, ScreenAction::Move(0, 1)),
            MouseEventKind::ScrollUp if !is_pad(state) => return update(state, ScreenAction::Move(0, -1)),
            MouseEventKind::ScrollDown => return update(state, ScreenAction::Page(1)),
            MouseEventKind::ScrollUp => return update(state, ScreenAction::Page(-1)),
            MouseEventKind::Down(button) => (true, button == MouseButton::Right),
            MouseEventKind::Drag(button) => (false, button == MouseButton::Right),
            _ => return Vec::new(),
        };
        if is_pad(state) {
            let pixel = draw::pixel_at(state, area, place);
            let begins = down || !state.screens.images.pen_down;
            state.screens.images.pen_down = pixel.is_some();
            if let Some(pixel) = pixel {
                let pad = drawn_on(state);
                if begins {
                    pad.at = pixel;
                }
                pad.stroke(pixel, wipe);
                drawn(state);
            }
            return Vec::new();
        }
        if down && let Some(number) = draw::tile_at(state, area, place) {
            if state.screens.images.selected == number {
                return update(state, ScreenAction::Look);
            }
            state.screens.images.selected = number;
        }
        Vec::new()
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.screens.images.path).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.screens.images.path).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        state.screens.images.offers = Completion::default();
        drop_answer(&mut state.screens.images);
        Vec::new()
    }

    fn back(&self, state: &mut State) -> bool {
        (state.screens.images.view, state.screens.images.selected) = match state.screens.images.view {
            View::Set => return false,
            View::Maps => state.screens.images.came,
            View::Mistakes => {
                state.tab = Tab::Confusion;
                (View::Set, 0)
            }
            _ => (View::Set, 0),
        };
        state.screens.images.tiles.clear();
        state.screens.images.asking.complete = true;
        // The content that is shown again is requested in a moment.
        state.screens.images.asking.change(state.now);
        true
    }

    fn examples(&self, state: &mut State, cell: &Cell) -> Option<Vec<Effect>> {
        // A confusion matrix exists, so the data have been read; `size` is `None` if they are not images.
        size(state)?;
        state.screens.images.cell = Some(cell.clone());
        state.tab = Tab::Images;
        Some(show(state, View::Mistakes))
    }

    fn command(&self, state: &State) -> Option<String> {
        let own = &state.screens.images;
        let pretrained = own.view == View::File && learned(state) == Learned::Pretrained;
        if !pretrained || own.path.is_empty() {
            return None;
        }
        let weights = match state.history.image_source()? {
            ImageSource::Network(file) => file.clone(),
            ImageSource::Classifier(_) | ImageSource::Session(_) | ImageSource::Run(_) => {
                state.folder.as_ref()?.join(checkpoint::NETWORK)
            }
        };
        let photo = expanded(&own.path.text()).display().to_string();
        let weights = weights.display().to_string();
        Some(format!("warmstart predict --count {TOP} --weights {} {}", quoted(&weights), quoted(&photo)))
    }

    fn no_command(&self, _state: &State) -> &'static str {
        "No command prints this. One tells what the pre-trained network takes the image in a file (/) for."
    }

    fn forget(&self, state: &mut State) {
        state.screens.images = Images::default();
    }
}
