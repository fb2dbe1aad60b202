//! The state of the screen Images, and the actions of its keys.

use crate::data::image::Image;
use crate::train::protocol::command::Sight;
use crate::tui::folders::Completion;
use crate::tui::screens::asking::Asking;
use crate::tui::screens::cell::Cell;
use crate::tui::widgets::input::Input;

use super::pad::Pad;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str =
    "The images of the data, what a network sees of them, and a pad: draw, and every run judges at once.";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Images {
    pub(super) view: View,
    /// The index of the selected set among those of the session.
    pub(super) set: usize,
    /// If set, only images of this class are shown.
    pub(super) class: Option<usize>,
    /// The number of the selected image, counted over all pages.
    pub(super) selected: usize,
    /// The run whose filters, feature maps and predictions are shown; `None` is the pre-trained network.
    pub(super) run: Option<usize>,
    /// The index of the layer whose feature maps are shown, the names of the layers once they are known, and the image.
    pub(super) layer: usize,
    pub(super) layers: Vec<String>,
    pub(super) seen: Option<Sight>,
    /// The view before the feature maps, and the number of the image that was selected there.
    pub(super) came: (View, usize),
    /// The cell of a confusion matrix whose images are shown.
    pub(super) cell: Option<Cell>,
    /// The question for the current view; on the pad, the question to the runs about the drawing.
    pub(super) asking: Asking,
    /// The images on the page, the number of the first, and how many there are in all.
    pub(super) tiles: Vec<Tile>,
    pub(super) first: usize,
    pub(super) total: usize,
    pub(super) pad: Option<Pad>,
    /// Whether the mouse is drawing: its button is down, and it was on the pad when it last moved.
    pub(super) pen_down: bool,
    /// The index of the first visible run in the list of those that classify the drawing.
    pub(super) judge: usize,
    pub(super) path: Input,
    /// Completions of the typed path.
    pub(super) offers: Completion,
    /// The classes of the image in the file, with their probabilities.
    pub(super) top: Vec<(String, f32)>,
}

/// The views of the screen.
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

/// An image with the text below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    pub(super) image: Image,
    pub(super) caption: String,
    /// The name of the image or its file.
    pub(super) name: String,
    /// Which image of the data it is.
    pub(super) sight: Option<Sight>,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    Show(View),
    /// Move by this many images or pixels: to the right, down.
    Move(i8, i8),
    Page(i8),
    Set,
    Class,
    Run(i8),
    Layer(i8),
    /// Show the feature maps of the selected image.
    Look,
    Paint,
    Wipe,
    Brush,
    Clear,
    Shift(i8, i8),
    /// Type a path; while typing, ask about the file.
    Path,
    /// Have the image in that file judged.
    Judge,
    Complete,
}
