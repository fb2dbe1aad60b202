//! The screen Images: the images of a session, what networks see of them, and a pad to draw on.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::checkpoint;
use crate::session::image_transfer::ImageSource;
use crate::session::record::{TEST, TRAINING, VALIDATION};
use crate::train::command::{Id, Learned, Sight};
use crate::train::event::{Answer, Image};
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::folders::{Completion, expanded};
use crate::tui::keymap::Binding;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

use super::asking::Asking;
use super::try_::model;
use super::{Tab, body, explained, quoted};

mod draw;
mod keys;
mod pad;
mod questions;
#[cfg(test)]
mod tests;

pub use keys::Do;
use keys::{KEYS, TYPING, is_images, is_pad};
use pad::Pad;
use questions::{ask, learned, sight, take};

/// Seconds without a stroke before what is drawn is asked about.
const PAUSE: f64 = 0.1;
/// Images of a confusion cell, and classes of an image, that are asked for.
const MISTAKES: usize = 60;
const TOP: usize = 5;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Images {
    view: View,
    /// The place of the set among [`sets`].
    set: usize,
    /// Images of this class only.
    class: Option<usize>,
    /// The number of the selected image, over all pages.
    selected: usize,
    /// Whose filters, maps and opinions are shown; `None` is the pre-trained network.
    run: Option<usize>,
    /// The number of the layer whose maps are shown, the layers' names once they are known, and the image.
    layer: usize,
    layers: Vec<String>,
    seen: Option<Sight>,
    /// What was shown before the maps, and the number of the image that was selected.
    came: (View, usize),
    /// The cell of a confusion matrix whose images are shown.
    cell: Option<Cell>,
    /// The question about it; from the runs about what is drawn.
    asking: Asking,
    /// What is shown: images from the one numbered `first`, out of so many.
    tiles: Vec<Tile>,
    first: usize,
    total: usize,
    pad: Option<Pad>,
    /// The mouse draws: its button is down, and it was on the pad when it last moved.
    pen_down: bool,
    /// The first run of those that judge what is drawn, as they are listed.
    judge: usize,
    path: Input,
    /// Paths that go on with what was typed.
    offers: Completion,
    /// Classes of the image in the file, with their probabilities.
    top: Vec<(String, f32)>,
}

/// What the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Set,
    Filters,
    Maps,
    Mistakes,
    Pad,
    File,
}

/// A cell of a run's confusion matrix on a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub run: usize,
    pub set: String,
    pub truth: usize,
    pub guess: usize,
}

/// An image with what is written below it.
#[derive(Debug, Clone, PartialEq)]
struct Tile {
    image: Image,
    caption: String,
    /// Its name or file.
    name: String,
    /// Where it is of the data.
    sight: Option<Sight>,
}

/// The sets with images, by name: tests first.
fn sets(state: &State) -> Vec<String> {
    let Some(data) = &state.history.data else { return Vec::new() };
    let mut sets: Vec<String> = data.tests.iter().map(|(name, _)| name.clone()).collect();
    if sets.is_empty() {
        sets.push(TEST.into());
    }
    sets.push(TRAINING.into());
    if data.validation > 0 {
        sets.push(VALIDATION.into());
    }
    sets
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    if !is_images(state) {
        return Vec::new();
    }
    match action {
        Do::Show(view) => return show(state, view),
        Do::Look => {
            let Some(sight) = sight(state) else { return Vec::new() };
            state.images.seen = Some(sight);
            state.images.came = (state.images.view, state.images.selected);
            if let (View::Mistakes, Some(cell)) = (state.images.view, &state.images.cell) {
                // What the run saw that was mistaken.
                state.images.run = Some(cell.run);
            }
            return show(state, View::Maps);
        }
        Do::Move(right, down) if state.images.view == View::Pad => {
            pad(state).go(i32::from(right), i32::from(down));
        }
        Do::Move(right, down) => {
            let columns = draw::gallery(state, whole_body(state)).columns as isize;
            return select(state, isize::from(right) + isize::from(down) * columns);
        }
        Do::Page(by) if state.images.view == View::Pad => {
            let (rows, count) = draw::judges(state, whole_body(state));
            let first = moved(state.images.judge, isize::from(by) * rows as isize, count);
            state.images.judge = first.min(count.saturating_sub(rows));
            return Vec::new();
        }
        Do::Page(by) => {
            let page = draw::gallery(state, whole_body(state)).capacity() as isize;
            return select(state, isize::from(by) * page);
        }
        Do::Set => {
            state.images.set = (state.images.set + 1) % sets(state).len().max(1);
            state.images.selected = 0;
            return ask(state);
        }
        Do::Class => {
            let classes = state.history.data.as_ref().map_or(0, |data| data.classes.len());
            let next = state.images.class.map_or(0, |class| class + 1);
            state.images.class = (next < classes).then_some(next);
            state.images.selected = 0;
            return ask(state);
        }
        Do::Run(by) => {
            // The pre-trained network stands before the runs.
            let order: Vec<usize> = model::order(&state.history).iter().map(|run| run.start.run).collect();
            let at = order.iter().position(|run| Some(*run) == state.images.run).map_or(0, |at| at + 1);
            let at = moved(at, isize::from(by), order.len() + 1);
            state.images.run = at.checked_sub(1).and_then(|at| order.get(at).copied());
            return ask(state);
        }
        Do::Layer(by) => {
            let count = state.images.layers.len();
            state.images.layer = moved(state.images.layer, isize::from(by), count);
            state.images.selected = 0;
            return ask(state);
        }
        Do::Paint => pad(state).paint(),
        Do::Wipe => pad(state).wipe(),
        Do::Brush => {
            let pad = pad(state);
            pad.brush = (pad.brush + 1) % 3;
            return Vec::new();
        }
        Do::Clear => pad(state).clear(),
        Do::Shift(right, down) => pad(state).shift(i32::from(right), i32::from(down)),
        Do::Path if state.images.path.active => {
            state.images.path.active = state.images.path.is_empty();
            return ask(state);
        }
        Do::Path => {
            state.images.path.active = true;
            return show(state, View::File);
        }
        Do::Complete => return vec![Effect::Complete(state.images.path.text())],
    }
    if matches!(action, Do::Paint | Do::Wipe | Do::Clear | Do::Shift(..)) {
        drawn(state);
    }
    Vec::new()
}

/// Paths came that go on with what was typed: what they have in common is typed.
pub fn completed(state: &mut State, completion: Completion) {
    let own = &mut state.images;
    if own.path.text() != completion.typed {
        own.path.set(&completion.typed);
        drop_answer(own);
    }
    own.offers = if completion.paths.len() > 1 { completion } else { Completion::default() };
}

/// What was said of the path that stood in the field is not about this one.
fn drop_answer(own: &mut Images) {
    own.tiles.clear();
    own.top.clear();
    own.total = 0;
    own.asking.drop_it();
    own.asking.complete = true;
}

/// Shows the images of a cell of a confusion matrix.
pub fn open(state: &mut State, cell: Cell) -> Vec<Effect> {
    state.images.cell = Some(cell);
    state.tab = Tab::Images;
    show(state, View::Mistakes)
}

fn show(state: &mut State, view: View) -> Vec<Effect> {
    let own = &mut state.images;
    own.view = view;
    (own.selected, own.first, own.total) = (0, 0, 0);
    own.tiles.clear();
    own.top.clear();
    own.asking.why = None;
    ask(state)
}

fn whole_body(state: &State) -> Rect {
    body(state, crate::tui::chrome::layout(state).body)
}

fn pad(state: &mut State) -> &mut Pad {
    let size = state.images();
    state.images.pad.get_or_insert_with(|| Pad::new(size))
}

fn drawn(state: &mut State) {
    let empty = pad(state).is_empty();
    let now = state.now;
    let asking = &mut state.images.asking;
    if empty { asking.drop_it() } else { asking.change(now) }
}

fn select(state: &mut State, by: isize) -> Vec<Effect> {
    let page = draw::gallery(state, whole_body(state)).capacity();
    let own = &mut state.images;
    own.selected = moved(own.selected, by, own.total);
    let there = own.first..own.first + own.tiles.len();
    let first = own.selected / page * page;
    // Only the pages of a set are asked for one by one.
    if own.view == View::Set && (own.first != first || !there.contains(&own.selected)) {
        return ask(state);
    }
    Vec::new()
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Images"
    }

    fn about(&self) -> &'static str {
        "The images of the data, what a network sees of them, and a pad: draw, and every run judges at once."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn there(&self, state: &State) -> bool {
        state.is_of_images()
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
        let learns = matches!(state.images.view, View::Filters | View::Maps | View::Pad);
        // What is wrong with a file the user mends, and asks again.
        let waits = state.images.view != View::File && state.images.asking.may_be_known_now(state);
        if waits || state.images.asking.is_due(state, PAUSE, learns) { ask(state) } else { Vec::new() }
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        if state.images.asking.is(id) {
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
            state.images.pen_down = false;
        }
        let (down, wipe) = match event.kind {
            MouseEventKind::ScrollDown if !is_pad(state) => return update(state, Do::Move(0, 1)),
            MouseEventKind::ScrollUp if !is_pad(state) => return update(state, Do::Move(0, -1)),
            MouseEventKind::ScrollDown => return update(state, Do::Page(1)),
            MouseEventKind::ScrollUp => return update(state, Do::Page(-1)),
            MouseEventKind::Down(button) => (true, button == MouseButton::Right),
            MouseEventKind::Drag(button) => (false, button == MouseButton::Right),
            _ => return Vec::new(),
        };
        if is_pad(state) {
            let pixel = draw::pixel_at(state, area, place);
            let begins = down || !state.images.pen_down;
            state.images.pen_down = pixel.is_some();
            if let Some(pixel) = pixel {
                let pad = pad(state);
                if begins {
                    pad.at = pixel;
                }
                pad.stroke(pixel, wipe);
                drawn(state);
            }
            return Vec::new();
        }
        if down && let Some(number) = draw::tile_at(state, area, place) {
            if state.images.selected == number {
                return update(state, Do::Look);
            }
            state.images.selected = number;
        }
        Vec::new()
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        Some(&mut state.images.path).filter(|input| input.active)
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        Some(&state.images.path).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        state.images.offers = Completion::default();
        drop_answer(&mut state.images);
        Vec::new()
    }

    fn back(&self, state: &mut State) -> bool {
        (state.images.view, state.images.selected) = match state.images.view {
            View::Set => return false,
            View::Maps => state.images.came,
            View::Mistakes => {
                state.tab = Tab::Confusion;
                (View::Set, 0)
            }
            _ => (View::Set, 0),
        };
        state.images.tiles.clear();
        state.images.asking.complete = true;
        // What is shown now is asked for again in a moment.
        state.images.asking.change(state.now);
        true
    }

    fn command(&self, state: &State) -> Option<String> {
        let own = &state.images;
        let pretrained = own.view == View::File && learned(state) == Learned::Pretrained;
        if !pretrained || own.path.is_empty() {
            return None;
        }
        let weights = match &state.history.recipe.as_ref()?.images()?.source {
            ImageSource::Network(file) => file.clone(),
            ImageSource::Classifier(_) => state.folder.as_ref()?.join(checkpoint::NETWORK),
        };
        let photo = expanded(&own.path.text()).display().to_string();
        let weights = weights.display().to_string();
        Some(format!("warmstart predict --count {TOP} --weights {} {}", quoted(&weights), quoted(&photo)))
    }

    fn no_command(&self, _state: &State) -> &'static str {
        "No command prints this. One tells what the pre-trained network takes the image in a file (/) for."
    }

    fn forget(&self, state: &mut State) {
        state.images = Images::default();
    }
}
