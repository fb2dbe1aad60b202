//! The screens. Each has its own state, actions, keys, update and view, and one line in the list below.
//!
//! To write a screen `toy`, write a module `state` with: its state `Toy`; `ScreenAction`, the actions of its keys; and
//! `ABOUT`, a sentence for newcomers. Beside it, write `update(&mut State, ScreenAction)`, which has no side effects
//! and returns effects, and a unit struct `Page` that implements `page::Page`. The screen reads its data from
//! `state.history` up to the time `state.until()`. It asks the training thread through `state.ask` and keeps the number
//! to recognise the answer. Drawing stores nothing: what can be clicked is computed from the area.
//!
//! Imports go in one direction: a screen's `state` does not use `State`. [`tab`] collects the states and the actions,
//! `State` contains them, the screens read and change `State`, and `pages` collects the screens' functions.

/// The only list of the screens, in the order of their number keys and of the tab key. It is passed to the macro
/// `with`. A line has the name, which is the title and the name of the state; the module; and the description of "Go
/// to" in the help.
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
            Label in label: "which text to label next";
            Twin in twin: "two runs side by side, or one run at two moments";
            Tour in tour: "chapters about transfer learning, each with something to guess";
        }
    };
}

mod compare;
pub(crate) mod confusion;
#[cfg(test)]
mod fixtures;
pub(crate) mod images;
pub(crate) mod lab;
pub(crate) mod label;
pub(crate) mod tour;
pub(crate) mod train;
mod try_;
pub(crate) mod twin;
pub(crate) mod words;

mod asked;
mod asking;
pub(crate) mod cell;
pub(crate) mod commands;
mod frame;
pub(crate) mod page;
pub(crate) mod pages;
pub mod tab;
