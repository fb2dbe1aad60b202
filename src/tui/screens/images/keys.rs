//! The keys of the screen Images, and when they work.

use crate::tui::binding::{Binding, keys};
use crate::tui::state::State;

use super::model::{is_images, is_pad, sight};
use super::state::{ScreenAction, View};

pub const KEYS: &[Binding] = keys! {
    of Images;
    // Keys that work only in the current view come first, then those that change the view: the footer has room for few.
    ['m', Enter] => ScreenAction::Look, "see", "What layers see of the image", if has_image;
    [' '] => ScreenAction::Paint, "paint", "On the pad: paint under the cursor", if is_pad;
    ['e'] => ScreenAction::Wipe, "wipe", "On the pad: wipe under the cursor", if is_pad;
    ['b'] => ScreenAction::Brush, "brush", "On the pad: the next size of the brush", if is_pad;
    ['x'] => ScreenAction::Clear, "clear", "On the pad: wipe everything", if is_pad;
    ['L'] => ScreenAction::Shift(1, 0), "shift", "On the pad: shift the drawing (HJKL: all ways)", if is_pad;
    ['H'] => ScreenAction::Shift(-1, 0), quiet "left", "On the pad: shift it left", if is_pad;
    ['J'] => ScreenAction::Shift(0, 1), quiet "down", "On the pad: shift it down", if is_pad;
    ['K'] => ScreenAction::Shift(0, -1), quiet "up", "On the pad: shift it up", if is_pad;
    ['l'] => ScreenAction::Layer(1), "layer", "Of the maps: the next layer", if is_maps;
    ['h'] => ScreenAction::Layer(-1), quiet "layer before", "Of the maps: the layer before", if is_maps;
    ['r'] => ScreenAction::Run(1), "run", "The next run's filters, maps or opinion", if is_of_run;
    ['R'] => ScreenAction::Run(-1), quiet "run before", "Those of the run before, or as pre-trained", if is_of_run;
    ['w'] => ScreenAction::Show(View::Pad), "draw", "Draw an image, and every run judges it", if is_no_pad;
    ['/'] => ScreenAction::Path, "file", "Type the path of an image, to have it judged", if is_images;
    ['c'] => ScreenAction::Class, "class", "Images of the next class only, then of all", if is_set;
    ['s'] => ScreenAction::Set, "set", "The next set: test, further tests, training, validation", if is_set;
    ['f'] => ScreenAction::Show(View::Filters), "filters", "The filters of the first layer", if is_images;
    ['d'] => ScreenAction::Show(View::Set), "data", "The images of the data", if is_no_set;
    [Right] => ScreenAction::Move(1, 0), quiet "right", "The image or pixel at the right", if is_images;
    [Left] => ScreenAction::Move(-1, 0), quiet "left", "The image or pixel at the left", if is_images;
    [Down] => ScreenAction::Move(0, 1), quiet "below", "The image or pixel below", if is_images;
    [Up] => ScreenAction::Move(0, -1), quiet "above", "The image or pixel above", if is_images;
    [PageDown] => ScreenAction::Page(1), quiet "page", "The next page, or runs", if is_images;
    [PageUp] => ScreenAction::Page(-1), quiet "page before", "The page or the runs before", if is_images;
    [Enter] => ScreenAction::Judge, quiet "judge", "Have the image in the file judged", if is_typing;
    [Tab] => ScreenAction::Complete, quiet "complete", "Complete the file's name", if is_typing;
};

pub const TYPING: &[Binding] = keys! {
    of Images;
    [Enter] => ScreenAction::Judge, "judge", "Have the image judged";
    [Tab] => ScreenAction::Complete, "complete", "Complete the file's name";
};

fn is_no_pad(state: &State) -> bool {
    is_images(state) && !is_pad(state)
}

fn is_set(state: &State) -> bool {
    is_images(state) && state.screens.images.view == View::Set
}

fn is_no_set(state: &State) -> bool {
    is_images(state) && !is_set(state)
}

fn is_maps(state: &State) -> bool {
    is_images(state) && state.screens.images.view == View::Maps
}

fn is_of_run(state: &State) -> bool {
    is_images(state) && matches!(state.screens.images.view, View::Filters | View::Maps | View::File)
}

fn is_typing(state: &State) -> bool {
    state.screens.images.path.active
}

fn has_image(state: &State) -> bool {
    is_images(state) && !is_typing(state) && sight(state).is_some()
}
