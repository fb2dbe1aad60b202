//! What the screens of the list do.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::action::{Action, Effect};
use crate::tui::binding::Binding;
use crate::tui::state::State;

use super::frame::{explained, show_text};
use super::page::Page;
use super::tab::{ScreenAction, Tab};

macro_rules! pages {
    ($($tab:ident in $module:ident: $holds:literal;)+) => {
        impl Tab {
            /// What the screen does.
            pub fn page(self) -> &'static dyn Page {
                match self {
                    $(Tab::$tab => &super::$module::Page,)+
                }
            }
        }

        /// What an action of a screen changes.
        pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
            match action {
                $(ScreenAction::$tab(action) => super::$module::update(state, action),)+
            }
        }

        /// The number keys.
        pub const NUMBERS: &[Binding] = &[$(
            Binding::new(&[Tab::$tab.key()], Action::Show(Tab::$tab), stringify!($tab), Tab::$tab.go_to())
                .quiet()
                .when(|state| Tab::$tab.is_of(state)),
        )+];
    };
}
screens!(pages);

impl Tab {
    /// Those that the session in front has.
    pub fn of(state: &State) -> impl Iterator<Item = Tab> {
        Tab::ALL.into_iter().filter(|tab| tab.is_of(state))
    }

    /// Whether the session in front has it.
    pub fn is_of(self, state: &State) -> bool {
        self.page().only().is_none_or(|only| only.of == state.modality())
    }

    /// The screen so many to the right, around the end.
    pub fn beside(self, steps: isize, state: &State) -> Tab {
        let count = Tab::of(state).count() as isize;
        let before = Tab::ALL.into_iter().take_while(|tab| *tab != self);
        let at = before.filter(|tab| tab.is_of(state)).count() as isize;
        Tab::of(state).nth((at + steps).rem_euclid(count) as usize).unwrap_or(Tab::Lab)
    }
}

/// Draws the screen in front; where the session in front has no such screen, a sentence.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let page = state.tab.page();
    match page.only().filter(|only| only.of != state.modality()) {
        None => page.view(state, frame, area),
        Some(only) => {
            let area = explained(state, frame, area);
            show_text(state, frame, area, &(only.otherwise)(state));
        }
    }
}
