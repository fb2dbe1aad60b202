//! What the screen Images shows: the sets of the session, and the selected image and network.

use ratatui::layout::Rect;

use crate::session::record::{TEST, TRAINING, VALIDATION};
use crate::train::protocol::command::{Learned, Sight};
use crate::tui::folders::expanded;
use crate::tui::layout::layout;
use crate::tui::screens::frame::body;
use crate::tui::state::State;

use super::state::View;

/// Width, height and channels of the images, once the data have been read.
pub fn size(state: &State) -> Option<(u32, u32, u8)> {
    state.history.data.as_ref()?.images
}

/// The names of the sets with images: test sets first.
pub fn sets(state: &State) -> Vec<String> {
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

pub fn whole_body(state: &State) -> Rect {
    body(state, layout(state).body)
}

/// Whether there are images to show. A replay has none, because a log contains no images.
pub fn is_images(state: &State) -> bool {
    size(state).is_some() && state.replay.is_none()
}

pub fn is_pad(state: &State) -> bool {
    is_images(state) && state.screens.images.view == View::Pad
}

/// The image whose feature maps would be shown: the selected one of a set or a cell, the drawing, or the file.
pub fn sight(state: &State) -> Option<Sight> {
    let own = &state.screens.images;
    match own.view {
        View::Set | View::Mistakes => own.tiles.get(own.selected.checked_sub(own.first)?)?.sight.clone(),
        View::Pad => {
            own.pad.as_ref().filter(|pad| !pad.is_empty()).map(|pad| Sight::Drawn(pad.image.clone()))
        }
        View::File if !own.path.is_empty() => Some(Sight::File(expanded(&own.path.text()))),
        _ => None,
    }
}

/// The network whose filters, feature maps and predictions are shown.
pub fn learned(state: &State) -> Learned {
    match state.screens.images.run.filter(|run| state.history.run(*run).is_some()) {
        Some(run) => Learned::Run(run),
        None => Learned::Pretrained,
    }
}
