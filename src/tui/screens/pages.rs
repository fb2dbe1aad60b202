//! Collects the functions of the screens in the list.

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
            /// The functions of the screen.
            pub fn page(self) -> &'static dyn Page {
                match self {
                    $(Tab::$tab => &super::$module::Page,)+
                }
            }
        }

        /// Applies an action of a screen to the state.
        pub fn update(state: &mut State, action: ScreenAction) -> Vec<Effect> {
            match action {
                $(ScreenAction::$tab(action) => super::$module::update(state, action),)+
            }
        }

        /// The keys of the screens: numbers, and the letter of the tour.
        pub const NUMBERS: &[Binding] = &[$(
            Binding::new(&[Tab::$tab.key()], Action::Show(Tab::$tab), stringify!($tab), Tab::$tab.go_to())
                .quiet()
                .when(|state| Tab::$tab.is_of(state)),
        )+];
    };
}
screens!(pages);

impl Tab {
    /// The screens that the current session has.
    pub fn of(state: &State) -> impl Iterator<Item = Tab> {
        Tab::ALL.into_iter().filter(|tab| tab.is_of(state))
    }

    /// Whether the current session has this screen.
    pub fn is_of(self, state: &State) -> bool {
        let page = self.page();
        page.is_offered(state) && page.only().is_none_or(|only| only.of == state.modality())
    }

    /// Whether the screen has something to show of the current session, or of all sessions that are shown together.
    pub fn works(self, state: &State) -> bool {
        self.is_of(state) && (state.several.is_none() || self.page().several().is_none())
    }

    /// The screen this many places to the right; after the last comes the first.
    pub fn beside(self, steps: isize, state: &State) -> Tab {
        let count = Tab::of(state).count() as isize;
        let before = Tab::ALL.into_iter().take_while(|tab| *tab != self);
        let at = before.filter(|tab| tab.is_of(state)).count() as isize;
        Tab::of(state).nth((at + steps).rem_euclid(count) as usize).unwrap_or(Tab::Lab)
    }
}

/// Draws the current screen or, if the current session does not have it, a sentence that says why.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let page = state.tab.page();
    let otherwise = match page.only().filter(|only| only.of != state.modality()) {
        Some(only) => Some((only.otherwise)(state)),
        None => page.several().filter(|_| state.several.is_some()).map(str::to_string),
    };
    match otherwise {
        None => page.view(state, frame, area),
        Some(sentence) => {
            let area = explained(state, frame, area);
            show_text(state, frame, area, &sentence);
        }
    }
}
