//! What the list of screens declares: names, numbers, states and actions.

use crate::tui::key::{Key, key};

macro_rules! tabs {
    ($($tab:ident in $module:ident: $holds:literal;)+) => {
        /// The screens, in the order of their number keys.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Tab {
            $(
                #[doc = concat!("The screen of ", $holds, ".")]
                $tab,
            )+
        }

        impl Tab {
            /// All screens, in the order of their number keys.
            pub const ALL: [Tab; [$(Tab::$tab),+].len()] = [$(Tab::$tab),+];

            /// The title in the top line.
            pub fn title(self) -> &'static str {
                match self {
                    $(Tab::$tab => stringify!($tab),)+
                }
            }

            /// One sentence for somebody who sees the screen for the first time.
            pub fn about(self) -> &'static str {
                match self {
                    $(Tab::$tab => super::$module::state::ABOUT,)+
                }
            }

            /// The description of "Go to" in the help.
            pub const fn go_to(self) -> &'static str {
                match self {
                    $(Tab::$tab => concat!("Go to ", stringify!($tab), ": ", $holds),)+
                }
            }
        }

        /// The states of all screens.
        #[derive(Debug, Default)]
        pub struct Screens {
            $(
                #[doc = concat!("State of the screen of ", $holds, ".")]
                pub $module: super::$module::state::$tab,
            )+
        }

        /// The actions of the keys of all screens.
        #[derive(Debug, Clone)]
        pub enum ScreenAction {
            $(
                #[doc = concat!("A key of the screen of ", $holds, ".")]
                $tab(super::$module::state::ScreenAction),
            )+
        }
    };
}
screens!(tabs);

/// The letters of the screens after the ninth. They have no other meaning on any screen.
const LETTERS: [char; 4] = ['Y', 'V', 'I', 'Q'];

// The tour, which comes last, has a letter of its own.
const _: () = assert!(Tab::ALL.len() <= 9 + LETTERS.len() + 1 && Tab::Tour as usize == Tab::ALL.len() - 1);

impl Tab {
    /// The number of the screen: its place in the list, from 1.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The key of the screen as a character: its number, or a letter where there is no number key.
    pub const fn letter(self) -> char {
        match (self, self.number()) {
            (Tab::Tour, _) => 'G',
            (_, number @ ..=9) => (b'0' + number) as char,
            (_, number) => LETTERS[number as usize - 10],
        }
    }

    /// The key of the screen.
    pub const fn key(self) -> Key {
        key(self.letter())
    }

    /// All screens but the tour.
    pub fn numbered() -> impl Iterator<Item = Tab> {
        Tab::ALL.into_iter().filter(|tab| *tab != Tab::Tour)
    }
}

/// Sentences refer to a screen by its key: "screen 1".
impl std::fmt::Display for Tab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "screen {}", self.letter())
    }
}
