//! The screen Images: the pictures of a session, what networks see of them, and a pad to draw on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::try_::model;
use super::{Tab, body, explained};
use crate::session::record::{TEST, VALIDATION};
use crate::train::command::{Id, Learned, Question, Sight};
use crate::train::event::{Answer, Guess, Picture, State as Work};
use crate::tui::action::{Action, Effect};
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

mod draw;
mod pad;
#[cfg(test)]
mod tests;

use pad::Pad;

/// Seconds without a stroke before what is drawn is asked about.
const PAUSE: f64 = 0.1;
/// Seconds after which is asked again while the runs go on learning.
const AGAIN: f64 = 3.0;
/// Pictures of a confusion cell, and classes of a picture, that are asked for.
const MISTAKES: usize = 60;
const TOP: usize = 5;

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Images {
    view: View,
    /// The place of the set among [`sets`].
    set: usize,
    /// Pictures of this class only.
    class: Option<usize>,
    /// The number of the selected picture, over all pages.
    selected: usize,
    /// Whose filters, maps and opinions are shown; `None` is the pre-trained network.
    run: Option<usize>,
    /// The number of the layer whose maps are shown, the layers' names once they are known, and the picture.
    layer: usize,
    layers: Vec<String>,
    seen: Option<Sight>,
    /// The cell of a confusion matrix whose pictures are shown.
    cell: Option<Cell>,
    /// The question under way or answered last, and when it was asked.
    asked: Option<(Id, f64)>,
    /// Whether its last answer came.
    complete: bool,
    /// What is shown: pictures from the one numbered `first`, out of so many.
    tiles: Vec<Tile>,
    first: usize,
    total: usize,
    /// Why there is nothing.
    why: Option<String>,
    pad: Option<Pad>,
    /// When the pad was changed, if it was not asked about since.
    changed: Option<f64>,
    /// What each run says of the pad; those that answered the last question.
    guesses: BTreeMap<usize, Guess>,
    fresh: Vec<usize>,
    path: Input,
    /// File names that go on with what was typed.
    offers: Vec<String>,
    /// Classes of the picture in the file, with their probabilities.
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

/// A picture with what is written below it.
#[derive(Debug, Clone, PartialEq)]
struct Tile {
    picture: Picture,
    caption: String,
    /// Its name or file.
    name: String,
    /// Its number in the set, where it is of one.
    number: Option<usize>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    Show(View),
    /// So many pictures or pixels to the right and down.
    Move(i8, i8),
    Page(i8),
    Set,
    Class,
    Run(i8),
    Layer(i8),
    /// What the layers see of the selected picture.
    Look,
    Paint,
    Wipe,
    Brush,
    Clear,
    Shift(i8, i8),
    /// Type a path; while typing, ask about it.
    Path,
    Complete,
}

const fn act(what: Do) -> Action {
    Action::Images(what)
}

const KEYS: &[Binding] = &[
    Binding::new(&[key('d')], act(Do::Show(View::Set)), "data", "The pictures of the data").when(is_pictures),
    Binding::new(&[key('f')], act(Do::Show(View::Filters)), "filters", "The filters of the first layer")
        .when(is_pictures),
    Binding::new(
        &[key('m'), special(KeyCode::Enter)],
        act(Do::Look),
        "see",
        "What layers see of the picture",
    )
    .when(has_picture),
    Binding::new(&[key('w')], act(Do::Show(View::Pad)), "draw", "Draw a picture, and every run judges it")
        .when(is_pictures),
    Binding::new(&[key('/')], act(Do::Path), "file", "Type the path of a picture, to have it judged")
        .when(is_pictures),
    Binding::new(&[key(' ')], act(Do::Paint), "paint", "Paint under the cursor").when(is_pad),
    Binding::new(&[key('e')], act(Do::Wipe), "wipe", "Wipe under the cursor").when(is_pad),
    Binding::new(&[key('b')], act(Do::Brush), "brush", "The next size of the brush").when(is_pad),
    Binding::new(&[key('x')], act(Do::Clear), "clear", "Empty the pad").when(is_pad),
    Binding::new(&[key('L')], act(Do::Shift(1, 0)), "shift", "Shift the drawing (HJKL: all ways)")
        .when(is_pad),
    Binding::new(&[key('H')], act(Do::Shift(-1, 0)), "left", "Shift the drawing left").quiet().when(is_pad),
    Binding::new(&[key('J')], act(Do::Shift(0, 1)), "down", "Shift the drawing down").quiet().when(is_pad),
    Binding::new(&[key('K')], act(Do::Shift(0, -1)), "up", "Shift the drawing up").quiet().when(is_pad),
    Binding::new(&[key('c')], act(Do::Class), "class", "Pictures of the next class only, then of all")
        .when(is_set),
    Binding::new(&[key('s')], act(Do::Set), "set", "The next set: test, further tests, training, validation")
        .when(is_set),
    Binding::new(&[key('r')], act(Do::Run(1)), "run", "The next run's filters, maps or opinion")
        .when(is_of_run),
    Binding::new(&[key('R')], act(Do::Run(-1)), "run before", "Those of the run before, or as pre-trained")
        .quiet()
        .when(is_of_run),
    Binding::new(&[key('l')], act(Do::Layer(1)), "layer", "The next layer").when(is_maps),
    Binding::new(&[key('h')], act(Do::Layer(-1)), "layer before", "The layer before").quiet().when(is_maps),
    Binding::new(
        &[special(KeyCode::Right)],
        act(Do::Move(1, 0)),
        "right",
        "The picture or pixel at the right",
    )
    .quiet()
    .when(is_pictures),
    Binding::new(&[special(KeyCode::Left)], act(Do::Move(-1, 0)), "left", "The picture or pixel at the left")
        .quiet()
        .when(is_pictures),
    Binding::new(&[special(KeyCode::Down)], act(Do::Move(0, 1)), "below", "The picture or pixel below")
        .quiet()
        .when(is_pictures),
    Binding::new(&[special(KeyCode::Up)], act(Do::Move(0, -1)), "above", "The picture or pixel above")
        .quiet()
        .when(is_pictures),
    Binding::new(&[special(KeyCode::PageDown)], act(Do::Page(1)), "page", "The next page")
        .quiet()
        .when(is_pictures),
    Binding::new(&[special(KeyCode::PageUp)], act(Do::Page(-1)), "page before", "The page before")
        .quiet()
        .when(is_pictures),
    Binding::new(&[special(KeyCode::Enter)], act(Do::Path), "judge", "Have the picture in the file judged")
        .quiet()
        .when(is_typing),
    Binding::new(&[special(KeyCode::Tab)], act(Do::Complete), "complete", "Complete the file's name")
        .quiet()
        .when(is_typing),
];

const TYPING: &[Binding] = &[
    Binding::new(&[special(KeyCode::Enter)], act(Do::Path), "judge", "Have the picture judged"),
    Binding::new(&[special(KeyCode::Tab)], act(Do::Complete), "complete", "Complete the file's name"),
];

fn is_pictures(state: &State) -> bool {
    state.pictures().is_some()
}

fn is_pad(state: &State) -> bool {
    is_pictures(state) && state.images.view == View::Pad
}

fn is_set(state: &State) -> bool {
    is_pictures(state) && state.images.view == View::Set
}

fn is_maps(state: &State) -> bool {
    is_pictures(state) && state.images.view == View::Maps
}

fn is_of_run(state: &State) -> bool {
    is_pictures(state) && matches!(state.images.view, View::Filters | View::Maps | View::File)
}

fn is_typing(state: &State) -> bool {
    state.images.path.active
}

fn has_picture(state: &State) -> bool {
    is_pictures(state) && !is_typing(state) && sight(state).is_some()
}

/// The sets with pictures, by name: tests first.
fn sets(state: &State) -> Vec<String> {
    let Some(data) = &state.history.data else { return Vec::new() };
    let mut sets: Vec<String> = data.tests.iter().map(|(name, _)| name.clone()).collect();
    if sets.is_empty() {
        sets.push(TEST.into());
    }
    sets.push("train".into());
    if data.validation > 0 {
        sets.push(VALIDATION.into());
    }
    sets
}

/// The picture that layers would be shown of: the selected one of a set, what is drawn, or the file.
fn sight(state: &State) -> Option<Sight> {
    let own = &state.images;
    match own.view {
        View::Set => {
            let tile = own.tiles.get(own.selected.checked_sub(own.first)?)?;
            Some(Sight::Nth { set: sets(state).get(own.set)?.clone(), number: tile.number? })
        }
        View::Pad => {
            own.pad.as_ref().filter(|pad| !pad.is_empty()).map(|pad| Sight::Drawn(pad.picture.clone()))
        }
        View::File if !own.path.is_empty() => Some(Sight::File(PathBuf::from(own.path.text().trim()))),
        _ => None,
    }
}

/// Whose filters, maps and opinions are shown.
fn learned(state: &State) -> Learned {
    match state.images.run.filter(|run| state.history.run(*run).is_some()) {
        Some(run) => Learned::Run(run),
        None => Learned::Pretrained,
    }
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    if !is_pictures(state) {
        return Vec::new();
    }
    match action {
        Do::Show(view) => return show(state, view),
        Do::Look => {
            let Some(sight) = sight(state) else { return Vec::new() };
            state.images.seen = Some(sight);
            return show(state, View::Maps);
        }
        Do::Move(right, down) if state.images.view == View::Pad => {
            pad(state).go(i32::from(right), i32::from(down));
        }
        Do::Move(right, down) => {
            let columns = draw::gallery(state, whole_body(state)).columns as isize;
            return select(state, isize::from(right) + isize::from(down) * columns);
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

/// File names came that go on with what was typed: what they have in common is typed.
pub fn completed(state: &mut State, offers: Vec<String>) {
    if let Some(first) = offers.first() {
        let common = offers.iter().skip(1).fold(first.as_str(), |common, offer| {
            let same = common.char_indices().zip(offer.chars()).find(|((_, a), b)| a != b);
            let end = same.map_or(common.len().min(offer.len()), |((at, _), _)| at);
            &common[..end]
        });
        state.images.path.set(common);
    }
    state.images.offers = if offers.len() > 1 { offers } else { Vec::new() };
}

/// Shows the pictures of a cell of a confusion matrix.
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
    own.why = None;
    ask(state)
}

fn whole_body(state: &State) -> Rect {
    body(state, crate::tui::chrome::layout(crate::tui::app::whole(state)).body)
}

fn pad(state: &mut State) -> &mut Pad {
    let size = state.pictures();
    state.images.pad.get_or_insert_with(|| Pad::new(size))
}

fn drawn(state: &mut State) {
    let empty = pad(state).is_empty();
    let now = state.now;
    let own = &mut state.images;
    own.changed = (!empty).then_some(now);
    if empty {
        // What is still on its way is about another drawing.
        own.asked = None;
        own.guesses.clear();
        own.fresh.clear();
        own.why = None;
    }
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

/// Asks for what is shown.
fn ask(state: &mut State) -> Vec<Effect> {
    if !is_pictures(state) || !state.can_ask() {
        return Vec::new();
    }
    let gallery = draw::gallery(state, whole_body(state));
    let own = &state.images;
    let question = match own.view {
        View::Set => {
            let count = gallery.capacity();
            let first = own.selected / count * count;
            sets(state).get(own.set).map(|set| Question::Pictures {
                set: set.clone(),
                class: own.class,
                first,
                count,
            })
        }
        View::Filters => Some(Question::Filters { of: learned(state) }),
        View::Maps => own.seen.clone().map(|picture| Question::FeatureMaps {
            of: learned(state),
            layer: own.layer,
            picture,
        }),
        View::Mistakes => own.cell.clone().map(|Cell { run, set, truth, guess }| Question::Mistakes {
            run,
            set,
            truth,
            guess,
            count: MISTAKES,
        }),
        View::Pad => (own.pad.as_ref())
            .filter(|pad| !pad.is_empty())
            .map(|pad| Question::ClassifyPicture { picture: pad.picture.clone() }),
        View::File => {
            let path = own.path.text().trim().to_string();
            (!path.is_empty()).then(|| Question::Top { of: learned(state), path: path.into(), count: TOP })
        }
    };
    let Some(question) = question else { return Vec::new() };
    let (id, effect) = state.ask(question);
    let now = state.now;
    let own = &mut state.images;
    own.asked = Some((id, now));
    own.changed = None;
    own.complete = false;
    own.fresh.clear();
    vec![effect]
}

/// Takes an answer to the last question in.
fn take(state: &mut State, answer: &Answer) {
    let class = |class: usize| state.history.class_name(class);
    let plain = |(at, picture): (usize, &Picture)| Tile {
        picture: picture.clone(),
        caption: format!("{}", at + 1),
        name: String::new(),
        number: None,
    };
    let (first, total, tiles): (usize, usize, Vec<Tile>) = match answer {
        Answer::Pictures { of, first, list } => {
            let tile = |shown: &crate::train::event::Shown| Tile {
                picture: shown.picture.clone(),
                caption: class(shown.class),
                name: shown.name.clone(),
                number: Some(shown.number),
            };
            (*first, *of, list.iter().map(tile).collect())
        }
        Answer::Filters(list) => (0, list.len(), list.iter().enumerate().map(plain).collect()),
        Answer::FeatureMaps { layers, maps } => {
            state.images.layers = layers.clone();
            (0, maps.len(), maps.iter().enumerate().map(plain).collect())
        }
        Answer::Mistakes(list) => {
            let tile = |mistake: &crate::train::event::Mistake| Tile {
                picture: mistake.picture.clone(),
                caption: format!("{:.0} % sure", mistake.confidence * 100.0),
                name: mistake.name.clone(),
                number: None,
            };
            (0, list.len(), list.iter().map(tile).collect())
        }
        Answer::Top { picture, list } => {
            state.images.top = list.clone();
            (0, 1, vec![plain((0, picture))])
        }
        Answer::Classified { run, guess, last } => {
            let own = &mut state.images;
            own.guesses.insert(*run, guess.clone());
            own.fresh.push(*run);
            own.complete |= *last;
            own.why = None;
            if *last {
                let fresh = &own.fresh;
                own.guesses.retain(|run, _| fresh.contains(run));
            }
            return;
        }
        Answer::Unknown(sentence) => {
            let own = &mut state.images;
            own.why = Some(sentence.clone());
            own.complete = true;
            own.tiles.clear();
            own.top.clear();
            own.guesses.clear();
            return;
        }
        _ => return,
    };
    let own = &mut state.images;
    (own.first, own.total, own.tiles, own.complete, own.why) = (first, total, tiles, true, None);
    own.selected = own.selected.min(total.saturating_sub(1));
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Images"
    }

    fn about(&self) -> &'static str {
        "The pictures of the data, what a network sees of them, and a pad: draw, and every run judges at once."
    }

    fn keys(&self) -> &'static [Binding] {
        KEYS
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        draw::view(state, frame, area);
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        ask(state)
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        let own = &state.images;
        let since = |at: f64| state.now - at;
        let free = own.complete || own.asked.is_none_or(|(_, at)| since(at) > AGAIN);
        let changed = own.changed.is_some_and(|at| since(at) >= PAUSE);
        let learns = matches!(own.view, View::Filters | View::Maps | View::Pad);
        let learning = learns && state.is_training() && state.status.state == Work::Running;
        let old = learning && own.asked.is_some_and(|(_, at)| since(at) > AGAIN);
        if free && (changed || old) { ask(state) } else { Vec::new() }
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        if state.images.asked.is_some_and(|(asked, _)| asked == id) {
            take(state, answer);
        }
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        if !is_pictures(state) {
            return Vec::new();
        }
        let area = body(state, area);
        let place = Position::new(event.column, event.row);
        let (down, wipe) = match event.kind {
            MouseEventKind::ScrollDown if !is_pad(state) => return update(state, Do::Move(0, 1)),
            MouseEventKind::ScrollUp if !is_pad(state) => return update(state, Do::Move(0, -1)),
            MouseEventKind::Down(button) => (true, button == MouseButton::Right),
            MouseEventKind::Drag(button) => (false, button == MouseButton::Right),
            _ => return Vec::new(),
        };
        if is_pad(state) {
            if let Some(pixel) = draw::pixel_at(state, area, place) {
                let pad = pad(state);
                if down {
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
        state.images.offers.clear();
        Vec::new()
    }

    fn back(&self, state: &mut State) -> bool {
        match state.images.view {
            View::Set => return false,
            View::Mistakes => state.tab = Tab::Confusion,
            _ => {}
        }
        state.images.view = View::Set;
        state.images.tiles.clear();
        state.images.complete = true;
        // The pages of the set are asked for again in a moment.
        state.images.changed = Some(state.now);
        true
    }

    fn forget(&self, state: &mut State) {
        state.images = Images::default();
    }
}
