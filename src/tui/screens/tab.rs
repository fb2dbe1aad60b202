//! What the list of the screens says before any screen does anything: names and numbers, states and actions.

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

            /// The name in the top line.
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

            /// What "Go to" says in the help.
            pub const fn go_to(self) -> &'static str {
                match self {
                    $(Tab::$tab => concat!("Go to ", stringify!($tab), ": ", $holds),)+
                }
            }
        }

        /// Each screen's own state.
        #[derive(Debug, Default)]
        pub struct Screens {
            $(
                #[doc = concat!("State of the screen of ", $holds, ".")]
                pub $module: super::$module::state::$tab,
            )+
        }

        /// What the keys of a screen stand for.
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

// There are no more number keys.
const _: () = assert!(Tab::ALL.len() <= 9);

impl Tab {
    /// Its number: its place in the list, from 1.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Its number key.
    pub const fn key(self) -> Key {
        key((b'0' + self.number()) as char)
    }
}

/// The number is how the screen is called in sentences: "screen 1".
impl std::fmt::Display for Tab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "screen {}", self.number())
    }
}
