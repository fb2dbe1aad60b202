//! A line of the key table, and the macro that writes such tables.

use super::action::Action;
use super::key::Key;
use super::marks::Marks;
use super::state::State;

/// A line of the key table: keys and their action.
#[derive(Debug)]
pub struct Binding {
    /// Each of these keys performs the action.
    pub keys: &'static [Key],
    pub action: Action,
    /// One or two words for the footer.
    pub label: &'static str,
    /// A description for the help and the palette.
    pub help: &'static str,
    /// Whether the footer shows it (the help and the palette show all).
    pub footer: bool,
    /// Whether the key has an effect in this state.
    pub when: fn(&State) -> bool,
    /// Whether `when` can be false. Such a line of a screen may have the same key as a line that works on every screen,
    /// and goes first (esc closes what the screen opened before it returns to the present).
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

    /// Hides the binding from the footer.
    pub const fn quiet(mut self) -> Binding {
        self.footer = false;
        self
    }

    /// Makes the binding work, and be shown, only while `when` is true.
    pub const fn when(mut self, when: fn(&State) -> bool) -> Binding {
        self.when = when;
        self.conditional = true;
        self
    }

    /// The keys: those of the table, or the user's own.
    pub fn keys<'a>(&self, state: &'a State) -> &'a [Key] {
        state.keys.keys(self.keys, || self.name())
    }

    /// Whether `key` is one of the keys.
    pub fn has(&self, state: &State, key: Key) -> bool {
        self.keys(state).contains(&key)
    }

    /// The name of the first key, for display.
    pub fn key_name(&self, state: &State) -> String {
        self.keys(state).first().map(|key| told(*key, state)).unwrap_or_default()
    }

    /// The names of all keys, for display.
    pub fn key_names(&self, state: &State) -> String {
        self.keys(state).iter().map(|key| told(*key, state)).collect::<Vec<_>>().join(" ")
    }

    /// The name of the action, as a configuration writes it: `quit`, `show.train`, `train.select(-1)`.
    pub fn name(&self) -> String {
        action_name(&format!("{:?}", self.action))
    }
}

/// The name of a key. In ASCII, arrows would look like the letter v and the signs < and >.
fn told(key: Key, state: &State) -> String {
    let name = key.name();
    match state.marks {
        Marks::Ascii => {
            let arrows = [("↑", "up"), ("↓", "down"), ("←", "left"), ("→", "right")];
            arrows.iter().fold(name, |name, (arrow, word)| name.replace(arrow, word))
        }
        Marks::Braille | Marks::Blocks => name,
    }
}

fn always(_: &State) -> bool {
    true
}

/// The name of an action: `Screen(Train(NextMetric))` is `train.next-metric`, `Time(-10)` is `time(-10)`.
fn action_name(written: &str) -> String {
    let inner = written.strip_prefix("Screen(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(written);
    let Some((head, arguments)) = inner.split_once('(') else {
        return match inner.split_once(" { ") {
            Some((head, fields)) => format!("{}({})", kebab(head), fields.trim_end_matches(" }")),
            None => kebab(inner),
        };
    };
    let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
    if arguments.starts_with(|c: char| c.is_ascii_uppercase()) {
        format!("{}.{}", kebab(head), action_name(arguments))
    } else {
        format!("{}({arguments})", kebab(head))
    }
}

/// `NextMetric` as `next-metric`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

/// Writes a table of keys, one binding per line:
///
/// ```text
/// of Lab;
/// [Down, 'j'] => ScreenAction::Select(1), "select", "Select the next", if has_choice;
/// [(ctrl 'p')] => ScreenAction::Scan, quiet "reread", "Look through the folders again";
/// ```
///
/// The brackets hold the keys: characters, optionally with `ctrl` before them, and names of `KeyCode`. After the arrow
/// come the action (a `ScreenAction` for one screen, an [`Action`] for every screen), the label for the footer (`quiet`
/// hides it there), the description for the help, and optionally the condition under which the key works.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_names_that_can_be_written() {
        for (written, name) in [
            ("Quit", "quit"),
            ("Time(-10)", "time(-10)"),
            ("Show(Train)", "show.train"),
            ("Filter(History(-1))", "filter.history(-1)"),
            ("Screen(Train(NextMetric))", "train.next-metric"),
            ("Screen(Train(Select(-1)))", "train.select(-1)"),
            ("Screen(Words(Save { table: true }))", "words.save(table: true)"),
        ] {
            assert_eq!(action_name(written), name);
        }
    }
}
