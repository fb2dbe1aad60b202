//! The defaults as the text of a configuration.

use std::collections::BTreeSet;

use crate::error::printable;
use crate::tui::notice;
use crate::tui::screens::tab::Tab;
use crate::tui::theme::BUILT_IN;
use crate::tui::window;

use super::keys::{Line, actions};

/// A configuration with all defaults. It is one itself: reading it changes nothing.
pub fn text(path: Option<&std::path::Path>) -> String {
    let listed = |names: &[&str]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let place = match path {
        Some(path) if path.exists() => format!("{} (it exists)", path.display()),
        Some(path) => format!("{} (it does not exist yet)", path.display()),
        None => "set WARMSTART_CONFIG or HOME to have one".into(),
    };
    let themes: Vec<&str> = std::iter::once("auto").chain(BUILT_IN.map(|(name, _)| name)).collect();
    let screens: Vec<String> = Tab::numbered().map(|tab| tab.title().to_lowercase()).collect();
    let screens: Vec<&str> = std::iter::once("auto").chain(screens.iter().map(String::as_str)).collect();
    let notices = notice::NAMES.map(|(name, _)| name);
    let progress = window::NAMES.map(|(name, _)| name);
    let mut text = format!(
        "// The configuration of warmstart: {}\n\
         // These are the defaults. Keep the lines that you change, and leave out the others.\n\
         (\n    \
             // {}, or a file beside this one that ends in .ron. \"auto\" is\n    \
             // dark or light, as the terminal says; NO_COLOR switches all colours off.\n    \
             theme: \"auto\",\n    \
             // What charts are drawn with: {}.\n    \
             marks: \"auto\",\n    \
             // The screen that shows a session first: {}.\n    \
             start: \"auto\",\n    \
             // How the end of a training is told: {}.\n    \
             notice: \"none\",\n    \
             // Whether the terminal's title says what is being trained.\n    \
             title: true,\n    \
             // The progress in the terminal's window (OSC 9;4): {}.\n    \
             // \"auto\" is where the terminal is known to show it.\n    \
             progress: \"auto\",\n    \
             // The keys of each action; an empty list is none. Keys are characters, \"ctrl-x\", \"F5\", \"space\",\n    \
             // \"enter\", \"esc\", \"tab\", \"shift-tab\", \"backspace\", \"delete\", \"insert\", \"home\", \"end\", \"pgup\",\n    \
             // \"pgdn\", \"up\", \"down\", \"left\" and \"right\".\n    \
             keys: {{\n",
        printable(&place),
        listed(&themes),
        listed(&["auto", "braille", "blocks", "ascii"]),
        listed(&screens),
        listed(&notices),
        listed(&progress),
    );
    let mut seen = BTreeSet::new();
    let mut before: Option<Option<Tab>> = None;
    for Line { name, tab, binding } in actions() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if before != Some(tab) {
            let title = tab.map_or("On every screen".to_string(), |tab| format!("On {}", tab.title()));
            text.push_str(&format!("        // {title}\n"));
            before = Some(tab);
        }
        let keys: Vec<String> = binding.keys.iter().map(|key| key.written()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        text.push_str(&format!("        {name:?}: [{}], // {}\n", listed(&keys), binding.help));
    }
    text.push_str("    },\n)\n");
    text
}
