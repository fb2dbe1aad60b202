//! The keys of the screen Label, and when they work.

use crate::tui::action::Action;
use crate::tui::binding::{Binding, keys};
use crate::tui::key::Key;
use crate::tui::screens::tab;
use crate::tui::state::State;

use super::model::{
    can_begin, can_let_known, can_undo, has_class, is_asking, is_at_work, is_typing, may_choose,
};
use super::state::ScreenAction;

/// The keys of the screen. Those of the classes are letters without another meaning here or on every screen.
pub const KEYS: &[Binding] = keys! {
    of Label;
    [Enter] => ScreenAction::Begin, "simulate", "Begin a simulation: known labels of this session can answer", if can_begin;
    ['/'] => ScreenAction::Path, "your texts", "Type the path of a file with texts to label", if can_begin;
    ['u', Backspace] => ScreenAction::Undo, "undo", "Take the last label or skip back", if can_undo;
    ['s'] => ScreenAction::Skip, "skip", "Leave this text out", if is_asking;
    [' '] => ScreenAction::LetKnown(1), "known", "In a simulation: the known label answers", if can_let_known;
    [Enter] => ScreenAction::LetKnown(25), "25 known", "In a simulation: known labels answer 25 times", if can_let_known;
    ['t'] => ScreenAction::Strategy, "strategy",
        "Choose texts by margin, uncertainty, diversity, or at random", if may_choose;
    ['x'] => ScreenAction::End, "end", "End the labelling (the labels of your texts are in their file already), or the simulation", if is_at_work;
    [Tab] => ScreenAction::Complete, quiet "complete", "Complete the file's name", if is_typing;
    [Down] => ScreenAction::Scroll(1), quiet "scroll", "Scroll the text down", if is_asking;
    [Up] => ScreenAction::Scroll(-1), quiet "scroll up", "Scroll the text up", if is_asking;
    ['a'] => ScreenAction::Class(0), quiet "class 1", "The text is of class 1", if |state| has_class(state, 0);
    ['b'] => ScreenAction::Class(1), quiet "class 2", "The text is of class 2", if |state| has_class(state, 1);
    ['c'] => ScreenAction::Class(2), quiet "class 3", "The text is of class 3", if |state| has_class(state, 2);
    ['d'] => ScreenAction::Class(3), quiet "class 4", "The text is of class 4", if |state| has_class(state, 3);
    ['f'] => ScreenAction::Class(4), quiet "class 5", "The text is of class 5", if |state| has_class(state, 4);
    ['g'] => ScreenAction::Class(5), quiet "class 6", "The text is of class 6", if |state| has_class(state, 5);
    ['h'] => ScreenAction::Class(6), quiet "class 7", "The text is of class 7", if |state| has_class(state, 6);
    ['j'] => ScreenAction::Class(7), quiet "class 8", "The text is of class 8", if |state| has_class(state, 7);
    ['k'] => ScreenAction::Class(8), quiet "class 9", "The text is of class 9", if |state| has_class(state, 8);
    ['l'] => ScreenAction::Class(9), quiet "class 10", "The text is of class 10", if |state| has_class(state, 9);
    ['m'] => ScreenAction::Class(10), quiet "class 11", "The text is of class 11", if |state| has_class(state, 10);
    ['n'] => ScreenAction::Class(11), quiet "class 12", "The text is of class 12", if |state| has_class(state, 11);
    ['r'] => ScreenAction::Class(12), quiet "class 13", "The text is of class 13", if |state| has_class(state, 12);
    ['v'] => ScreenAction::Class(13), quiet "class 14", "The text is of class 14", if |state| has_class(state, 13);
    ['w'] => ScreenAction::Class(14), quiet "class 15", "The text is of class 15", if |state| has_class(state, 14);
    ['z'] => ScreenAction::Class(15), quiet "class 16", "The text is of class 16", if |state| has_class(state, 15);
    ['A'] => ScreenAction::Class(16), quiet "class 17", "The text is of class 17", if |state| has_class(state, 16);
    ['B'] => ScreenAction::Class(17), quiet "class 18", "The text is of class 18", if |state| has_class(state, 17);
    ['C'] => ScreenAction::Class(18), quiet "class 19", "The text is of class 19", if |state| has_class(state, 18);
    ['D'] => ScreenAction::Class(19), quiet "class 20", "The text is of class 20", if |state| has_class(state, 19);
};

/// The most classes that have a key.
pub const CLASSES: usize = 20;

/// The key of the class at this place: that of the table, or the user's own.
pub fn key_of(state: &State, class: usize) -> Option<String> {
    let is_its = |binding: &&Binding| match binding.action {
        Action::Screen(tab::ScreenAction::Label(ScreenAction::Class(of))) => usize::from(of) == class,
        _ => false,
    };
    let binding = KEYS.iter().find(is_its)?;
    binding.keys(state).first().map(|key: &Key| key.name())
}
