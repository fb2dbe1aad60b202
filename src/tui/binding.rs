//! A line of the key table, and how tables are written.

use super::action::Action;
use super::key::Key;
use super::state::State;

/// A line of the table.
#[derive(Debug)]
pub struct Binding {
    /// Any of these.
    pub keys: &'static [Key],
    pub action: Action,
    /// One or two words, for the footer.
    pub label: &'static str,
    /// What it does, for the help and the palette.
    pub help: &'static str,
    /// Whether the footer shows it (the help and the palette show all).
    pub footer: bool,
    /// Whether it means anything now.
    pub when: fn(&State) -> bool,
    /// Whether `when` says more than "always": such a line of a screen may stand before one of every
    /// screen with the same key (esc closes what the screen opened before it leaves the past).
    pub conditional: bool,
}

impl Binding {
    /// A binding that always works and is shown in the footer.
    pub const fn new(
        keys: &'static [Key],
        action: Action,
        label: &'static str,
        help: &'static str,
    ) -> Binding {
        Binding { keys, action, label, help, footer: true, when: always, conditional: false }
    }

    /// Not in the footer.
    pub const fn quiet(mut self) -> Binding {
        self.footer = false;
        self
    }

    /// Works, and is shown, only while `when` holds.
    pub const fn when(mut self, when: fn(&State) -> bool) -> Binding {
        self.when = when;
        self.conditional = true;
        self
    }

    /// The first key, as it is shown.
    pub fn key_name(&self) -> String {
        self.keys.first().map(|key| key.name()).unwrap_or_default()
    }

    /// All keys, as they are shown.
    pub fn key_names(&self) -> String {
        self.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(" ")
    }
}

fn always(_: &State) -> bool {
    true
}

/// A table of keys, a line a binding:
///
/// ```text
/// of Lab;
/// [Down, 'j'] => ScreenAction::Select(1), "select", "Select the next", if has_choice;
/// [(ctrl 'p')] => ScreenAction::Scan, quiet "reread", "Look through the folders again";
/// ```
///
/// In brackets stand the keys: characters, with `ctrl` before them or not, and names of `KeyCode`. Behind the arrow stand
/// what is done (of a screen its `ScreenAction`, of every screen an [`Action`]), the footer's label (`quiet`: the footer does
/// not show it), the sentence of the help, and when it means anything.
macro_rules! keys {
    (@key (ctrl $letter:literal)) => { $crate::tui::key::ctrl($letter) };
    (@key F1) => { $crate::tui::key::special(crossterm::event::KeyCode::F(1)) };
    (@key $letter:literal) => { $crate::tui::key::key($letter) };
    (@key $name:ident) => { $crate::tui::key::special(crossterm::event::KeyCode::$name) };
    (of every screen; $($lines:tt)*) => { $crate::tui::binding::keys!(@table [] $($lines)*) };
    (of $tab:ident; $($lines:tt)*) => { $crate::tui::binding::keys!(@table [$tab] $($lines)*) };
    (@action [] $action:expr) => { $action };
    (@action [$tab:ident] $action:expr) => {
        $crate::tui::action::Action::Screen($crate::tui::screens::tab::ScreenAction::$tab($action))
    };
    (@table $tab:tt $(
        [$($key:tt),+] => $action:expr, $($quiet:ident)? $label:literal, $help:literal $(, if $when:expr)?;
    )*) => {
        {
            const KEYS: &[$crate::tui::binding::Binding] = &[$(
                $crate::tui::binding::Binding::new(
                    &[$($crate::tui::binding::keys!(@key $key)),+],
                    $crate::tui::binding::keys!(@action $tab $action),
                    $label,
                    $help,
                )
                $(.$quiet())?
                $(.when($when))?
            ),*];
            KEYS
        }
    };
}
pub(super) use keys;
