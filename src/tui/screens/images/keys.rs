//! The keys of the screen Images, and when they work.

use crossterm::event::KeyCode;

use crate::tui::action::Action;
use crate::tui::app::State;
use crate::tui::keymap::{Binding, key, special};

use super::View;
use super::questions::sight;

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    Show(View),
    /// So many images or pixels to the right and down.
    Move(i8, i8),
    Page(i8),
    Set,
    Class,
    Run(i8),
    Layer(i8),
    /// What the layers see of the selected image.
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

pub const KEYS: &[Binding] = &[
    // What only works in the view that is shown stands first, then where to go: the footer has room for few.
    Binding::new(&[key('m'), special(KeyCode::Enter)], act(Do::Look), "see", "What layers see of the image")
        .when(has_image),
    Binding::new(&[key(' ')], act(Do::Paint), "paint", "On the pad: paint under the cursor").when(is_pad),
    Binding::new(&[key('e')], act(Do::Wipe), "wipe", "On the pad: wipe under the cursor").when(is_pad),
    Binding::new(&[key('b')], act(Do::Brush), "brush", "On the pad: the next size of the brush").when(is_pad),
    Binding::new(&[key('x')], act(Do::Clear), "clear", "On the pad: wipe everything").when(is_pad),
    Binding::new(
        &[key('L')],
        act(Do::Shift(1, 0)),
        "shift",
        "On the pad: shift the drawing (HJKL: all ways)",
    )
    .when(is_pad),
    Binding::new(&[key('H')], act(Do::Shift(-1, 0)), "left", "On the pad: shift it left")
        .quiet()
        .when(is_pad),
    Binding::new(&[key('J')], act(Do::Shift(0, 1)), "down", "On the pad: shift it down").quiet().when(is_pad),
    Binding::new(&[key('K')], act(Do::Shift(0, -1)), "up", "On the pad: shift it up").quiet().when(is_pad),
    Binding::new(&[key('l')], act(Do::Layer(1)), "layer", "Of the maps: the next layer").when(is_maps),
    Binding::new(&[key('h')], act(Do::Layer(-1)), "layer before", "Of the maps: the layer before")
        .quiet()
        .when(is_maps),
    Binding::new(&[key('r')], act(Do::Run(1)), "run", "The next run's filters, maps or opinion")
        .when(is_of_run),
    Binding::new(&[key('R')], act(Do::Run(-1)), "run before", "Those of the run before, or as pre-trained")
        .quiet()
        .when(is_of_run),
    Binding::new(&[key('w')], act(Do::Show(View::Pad)), "draw", "Draw an image, and every run judges it")
        .when(is_no_pad),
    Binding::new(&[key('/')], act(Do::Path), "file", "Type the path of an image, to have it judged")
        .when(is_images),
    Binding::new(&[key('c')], act(Do::Class), "class", "Images of the next class only, then of all")
        .when(is_set),
    Binding::new(&[key('s')], act(Do::Set), "set", "The next set: test, further tests, training, validation")
        .when(is_set),
    Binding::new(&[key('f')], act(Do::Show(View::Filters)), "filters", "The filters of the first layer")
        .when(is_images),
    Binding::new(&[key('d')], act(Do::Show(View::Set)), "data", "The images of the data").when(is_no_set),
    Binding::new(&[special(KeyCode::Right)], act(Do::Move(1, 0)), "right", "The image or pixel at the right")
        .quiet()
        .when(is_images),
    Binding::new(&[special(KeyCode::Left)], act(Do::Move(-1, 0)), "left", "The image or pixel at the left")
        .quiet()
        .when(is_images),
    Binding::new(&[special(KeyCode::Down)], act(Do::Move(0, 1)), "below", "The image or pixel below")
        .quiet()
        .when(is_images),
    Binding::new(&[special(KeyCode::Up)], act(Do::Move(0, -1)), "above", "The image or pixel above")
        .quiet()
        .when(is_images),
    Binding::new(&[special(KeyCode::PageDown)], act(Do::Page(1)), "page", "The next page, or runs")
        .quiet()
        .when(is_images),
    Binding::new(
        &[special(KeyCode::PageUp)],
        act(Do::Page(-1)),
        "page before",
        "The page or the runs before",
    )
    .quiet()
    .when(is_images),
    Binding::new(&[special(KeyCode::Enter)], act(Do::Path), "judge", "Have the image in the file judged")
        .quiet()
        .when(is_typing),
    Binding::new(&[special(KeyCode::Tab)], act(Do::Complete), "complete", "Complete the file's name")
        .quiet()
        .when(is_typing),
];

pub const TYPING: &[Binding] = &[
    Binding::new(&[special(KeyCode::Enter)], act(Do::Path), "judge", "Have the image judged"),
    Binding::new(&[special(KeyCode::Tab)], act(Do::Complete), "complete", "Complete the file's name"),
];

/// Whether there is anything to look at: a recording holds no images.
pub fn is_images(state: &State) -> bool {
    state.images().is_some() && state.replay.is_none()
}

pub fn is_pad(state: &State) -> bool {
    is_images(state) && state.images.view == View::Pad
}

fn is_no_pad(state: &State) -> bool {
    is_images(state) && !is_pad(state)
}

fn is_set(state: &State) -> bool {
    is_images(state) && state.images.view == View::Set
}

fn is_no_set(state: &State) -> bool {
    is_images(state) && !is_set(state)
}

fn is_maps(state: &State) -> bool {
    is_images(state) && state.images.view == View::Maps
}

fn is_of_run(state: &State) -> bool {
    is_images(state) && matches!(state.images.view, View::Filters | View::Maps | View::File)
}

fn is_typing(state: &State) -> bool {
    state.images.path.active
}

fn has_image(state: &State) -> bool {
    is_images(state) && !is_typing(state) && sight(state).is_some()
}
