//! The help: the keys of the screen and of every screen, and the search through them.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::Action;
use super::binding::Binding;
use super::keymap;
use super::screens::tab::Tab;
use super::state::State;
use super::widgets::text::{fit, wrap};

/// A section of the help: its title and its keys.
pub type Part = (String, Vec<&'static Binding>);

/// Whether a key, its label or its description has all the wanted words. One character alone is a key.
fn matches(state: &State, binding: &Binding, wanted: &str) -> bool {
    let wanted = wanted.trim();
    if wanted.chars().count() == 1 {
        return binding.keys(state).iter().any(|key| key.name() == wanted);
    }
    let text = format!("{} {} {}", binding.key_names(state), binding.label, binding.help).to_lowercase();
    wanted.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The keys that the help lists, in sections with titles: first what works now, on this screen and on every screen,
/// then what works at other times. Screens that the session does not have are left out.
pub fn parts(state: &State, wanted: &str) -> Vec<Part> {
    let works = |binding: &&'static Binding| (binding.when)(state);
    let own = keymap::own(state, state.tab);
    let there = |binding: &&'static Binding| match binding.action {
        Action::Show(tab) => tab.is_of(state),
        _ => true,
    };
    // A key whose action depends on the state, such as pause and continue, is listed once.
    let mut later: Vec<&'static Binding> = Vec::new();
    for binding in own.iter().chain(keymap::global()).filter(there).filter(|binding| !works(binding)) {
        let turns = |other: &&'static Binding| {
            other.keys == binding.keys && format!("{:?}", other.action) == format!("{:?}", binding.action)
        };
        if !later.iter().any(turns) && !keymap::bindings(state, state.tab).filter(works).any(|b| turns(&b)) {
            later.push(binding);
        }
    }
    let elsewhere = Tab::of(state).filter(|tab| !wanted.is_empty() && *tab != state.tab);
    let elsewhere =
        elsewhere.map(|tab| (format!("On {}", tab.title()), keymap::own(state, tab).iter().collect()));
    let parts = [
        (format!("On this screen ({})", state.tab.title()), own.iter().filter(works).collect()),
        ("On every screen".to_string(), keymap::global().filter(works).collect()),
        ("Not now: in another view, at another time, or in a live session".to_string(), later),
    ];
    let fits = |(title, bindings): Part| {
        let bindings: Vec<_> =
            bindings.into_iter().filter(|binding| matches(state, binding, wanted)).collect();
        (!bindings.is_empty()).then_some((title, bindings))
    };
    parts.into_iter().chain(elsewhere).filter_map(fits).collect()
}

/// The width of the column of key names, in cells.
fn keys_width(state: &State, parts: &[Part]) -> usize {
    let names = parts.iter().flat_map(|(_, bindings)| bindings.iter().map(|b| b.key_names(state).width()));
    names.max().unwrap_or(0)
}

/// The cells around the columns of the help: the frame and spaces.
const AIR: usize = 2 + 2 + 2 + 1;

/// The smallest width at which the help breaks no line.
pub fn width(state: &State) -> u16 {
    let parts = parts(state, "");
    let longest = parts.iter().flat_map(|(_, bindings)| bindings.iter().map(|b| b.help.width())).max();
    let titles = parts.iter().map(|(title, _)| title.width() + 3).max().unwrap_or(0);
    (AIR + keys_width(state, &parts) + longest.unwrap_or(0)).max(titles) as u16
}

/// The rows of the help in a window of this width: section titles, and keys with their descriptions.
pub fn rows(state: &State, wanted: &str, width: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let parts = parts(state, wanted);
    let keys = keys_width(state, &parts);
    let room = usize::from(width).saturating_sub(AIR + keys);
    let mut rows = Vec::new();
    for (title, bindings) in parts {
        rows.push(Line::styled(title, theme.strong()));
        for binding in bindings {
            for (i, help) in wrap(binding.help, room).into_iter().enumerate() {
                let names = if i == 0 { binding.key_names(state) } else { String::new() };
                let names = Span::styled(format!("  {}  ", fit(&names, keys)), theme.accent());
                rows.push(Line::from(vec![names, Span::raw(help)]));
            }
        }
    }
    if rows.is_empty() {
        rows.push(Line::styled(" no key is called so; backspace, or esc", theme.dim()));
    }
    rows
}
