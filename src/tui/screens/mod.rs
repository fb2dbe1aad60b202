//! The screens. Each is a file with its own state, actions, keys, update and view, and a line in the list below.
//!
//! How to write one, `toy`: a module `state` with its state `Toy`; `ScreenAction`, the actions that its keys stand for;
//! and `ABOUT`, a sentence for newcomers. Beside it `update(&mut State, ScreenAction)`, pure, returning effects, and a
//! unit struct `Page` that is its `page::Page`. It reads what it shows from `state.history` up to `state.until()`. It asks the
//! training thread through `state.ask`, and keeps the number to recognise the answer. Drawing remembers nothing: what can
//! be clicked is computed from the area.
//!
//! Imports run one way: a screen's `state` knows nothing of `State`; [`tab`] gathers the states and
//! the actions, `State` holds them, the screens read and change `State`, and `pages` gathers what the screens do.

/// The only list of the screens, in the order of their number keys and of the tab key; it is handed to the macro `with`.
/// A line has the name, which is the title and the name of the state; the module; and what "Go to" says of it in the help.
macro_rules! screens {
    ($with:ident) => {
        $with! {
            Lab in lab: "recipes and sessions";
            Train in train: "the curves";
            Words in words: "neighbours of words";
            Confusion in confusion: "what is mistaken for what";
            Compare in compare: "what pre-training bought";
            Try in try_: "let the runs judge your own text";
            Images in images: "images, what networks see of them, and a pad to draw on";
        }
    };
}

mod compare;
pub(crate) mod confusion;
#[cfg(test)]
mod fixtures;
pub(crate) mod images;
pub(crate) mod lab;
mod train;
mod try_;
mod words;

mod asking;
pub(crate) mod cell;
pub(crate) mod commands;
mod frame;
pub(crate) mod page;
pub(crate) mod pages;
pub mod tab;
