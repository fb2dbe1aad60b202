//! The keys of a configuration: which action gets which keys, and whether they are free.

use ron::Value;

use crate::tui::binding::Binding;
use crate::tui::key::Key;
use crate::tui::keymap;
use crate::tui::rebound::Rebound;
use crate::tui::screens::tab::Tab;

use super::problems::{Problems, nearest};

/// The action that leaves the program in any state: it must keep a key.
const ALWAYS: &str = "quit-now";

/// An action that has keys: a line of a key table.
pub struct Line {
    /// The name.
    pub name: String,
    /// Its screen; `None` for every screen.
    pub tab: Option<Tab>,
    pub binding: &'static Binding,
}

/// All actions, those of every screen first.
pub fn actions() -> Vec<Line> {
    let line = |tab| move |binding: &'static Binding| Line { name: binding.name(), tab, binding };
    let own = Tab::ALL.into_iter().flat_map(|tab| tab.page().keys().iter().map(line(Some(tab))));
    keymap::global().map(line(None)).chain(own).collect()
}

/// The text of a string.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Char(letter) => Some(letter.to_string()),
        _ => None,
    }
}

/// The user's keys, without those that are not understood or not free.
pub fn rebound(value: &Value, problems: &mut Problems) -> Rebound {
    let lines = actions();
    let mut wished: Vec<(String, Vec<Key>)> = Vec::new();
    let Value::Map(map) = value else {
        problems.tell(
            "keys",
            1,
            "keys is a map from actions to keys: {\"quit\": [\"q\"]}; the usual keys are used",
        );
        return Rebound::default();
    };
    for (action, keys) in map.iter() {
        let Some(action) = text(action) else {
            problems.tell("keys", 1, "an action is a name in quotes");
            continue;
        };
        let Some(line) = lines.iter().find(|line| line.name == action) else {
            let near = nearest(&action, lines.iter().map(|line| line.name.as_str()));
            let near = match near {
                Some(near) => format!("do you mean {near:?}?"),
                None => "`warmstart config` lists all.".into(),
            };
            problems.tell(&action, 2, &format!("there is no action {action:?}: {near}"));
            continue;
        };
        match parsed(keys) {
            Ok(keys) if keys.is_empty() && action == ALWAYS => {
                problems.tell(&action, 2, "\"quit-now\" needs a key, so that there is always a way out");
            }
            Ok(keys) if keys == line.binding.keys => {}
            Ok(keys) => wished.push((action, keys)),
            Err(why) => problems.tell(&action, 2, &format!("{action:?}: {why}; its usual keys are used")),
        }
    }
    // Those who come first in the file are served first.
    wished.sort_by_key(|(action, _)| problems.line_of(action));
    let mut rebound = Rebound::default();
    wished.into_iter().for_each(|(action, keys)| rebound.set(action, keys));
    // An action that is refused has its usual keys again, which another may want.
    while let Some((action, why)) = conflict(&lines, &rebound, problems) {
        problems.tell(&action, 2, &why);
        rebound.unset(&action);
    }
    rebound
}

/// The keys of an action: a string or a list of strings.
fn parsed(value: &Value) -> Result<Vec<Key>, String> {
    let one = |value: &Value| {
        let text = text(value).ok_or("a key is a text in quotes")?;
        Key::parse(&text).ok_or(format!(
            "{text:?} is no key: write a character, \"ctrl-x\", \"F5\", or a name such as \"space\", \"enter\", \"up\" or \"pgdn\""
        ))
    };
    match value {
        Value::Seq(keys) => keys.iter().map(one).collect(),
        key => one(key).map(|key| vec![key]),
    }
}

/// The last action of the file with a key that another action has on the same screen, and the sentence about it.
fn conflict(lines: &[Line], rebound: &Rebound, problems: &Problems) -> Option<(String, String)> {
    let keys = |line: &Line| rebound.keys(line.binding.keys, || line.name.clone()).to_vec();
    let mut found: Vec<(u64, String, String)> = Vec::new();
    for line in lines.iter().filter(|line| rebound.has(&line.name)) {
        for other in lines.iter().filter(|other| other.name != line.name) {
            let meet = line.tab == other.tab || line.tab.is_none() || other.tab.is_none();
            // In the tables these two share a key: one works while the other does not.
            let takes_turns = line.binding.keys.iter().any(|key| other.binding.keys.contains(key));
            if !meet || takes_turns {
                continue;
            }
            let theirs = keys(other);
            let Some(key) = keys(line).into_iter().find(|key| theirs.contains(key)) else { continue };
            let place = match other.tab.or(line.tab) {
                Some(tab) => format!("on {}", tab.title()),
                None => "on every screen".into(),
            };
            let why = format!(
                "{:?} cannot have the key {:?}: {:?} has it {place}; give that one another key first, or choose another. The usual keys are used",
                line.name,
                key.written(),
                other.name
            );
            found.push((problems.line_of(&line.name), line.name.clone(), why));
        }
    }
    // Of those on one line, the first that was found.
    found.into_iter().rev().max_by_key(|(line, _, _)| *line).map(|(_, name, why)| (name, why))
}
