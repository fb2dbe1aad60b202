//! What the screen Images knows, and what its keys stand for.

use crate::data::image::Image;
use crate::train::protocol::command::Sight;
use crate::tui::folders::Completion;
use crate::tui::screens::asking::Asking;
use crate::tui::screens::cell::Cell;
use crate::tui::widgets::input::Input;

use super::pad::Pad;

/// For somebody who sees the screen for the first time.
pub const ABOUT: &str =
    "The images of the data, what a network sees of them, and a pad: draw, and every run judges at once.";

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Images {
    pub(super) view: View,
    /// The place of the set among those of the session.
    pub(super) set: usize,
    /// Images of this class only.
    pub(super) class: Option<usize>,
    /// The number of the selected image, over all pages.
    pub(super) selected: usize,
    /// Whose filters, maps and opinions are shown; `None` is the pre-trained network.
    pub(super) run: Option<usize>,
    /// The number of the layer whose maps are shown, the layers' names once they are known, and the image.
    pub(super) layer: usize,
    pub(super) layers: Vec<String>,
    pub(super) seen: Option<Sight>,
    /// What was shown before the maps, and the number of the image that was selected.
    pub(super) came: (View, usize),
    /// The cell of a confusion matrix whose images are shown.
    pub(super) cell: Option<Cell>,
    /// The question about it; from the runs about what is drawn.
    pub(super) asking: Asking,
    /// What is shown: images from the one numbered `first`, out of so many.
    pub(super) tiles: Vec<Tile>,
    pub(super) first: usize,
    pub(super) total: usize,
    pub(super) pad: Option<Pad>,
    /// The mouse draws: its button is down, and it was on the pad when it last moved.
    pub(super) pen_down: bool,
    /// The first run of those that judge what is drawn, as they are listed.
    pub(super) judge: usize,
    pub(super) path: Input,
    /// Paths that go on with what was typed.
    pub(super) offers: Completion,
    /// Classes of the image in the file, with their probabilities.
    pub(super) top: Vec<(String, f32)>,
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

/// An image with what is written below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    pub(super) image: Image,
    pub(super) caption: String,
    /// Its name or file.
    pub(super) name: String,
    /// Where it is of the data.
    pub(super) sight: Option<Sight>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
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
