//! The user's configuration: a small RON file. What is wrong in it is named with its line, and the default is used.

use std::path::{Path, PathBuf};

use ron::Value;

use crate::error::printable;
use crate::files::{self, encoding};
use crate::session::ron_dialect::from_ron;

use super::marks::Marks;
use super::notice::{self, Notice};
use super::rebound::Rebound;
use super::screens::tab::Tab;
use super::theme::palette::Palette;
use super::theme::{BUILT_IN, Theme};
use super::window::{self, Progress};
use problems::{Problems, nearest};

mod defaults;
mod keys;
mod lines;
mod problems;
#[cfg(test)]
mod tests;

pub use defaults::text as defaults;
pub use keys::actions;

/// The environment variable that names the file.
pub const VARIABLE: &str = "WARMSTART_CONFIG";
/// The largest file, in bytes.
const LONGEST: usize = 1 << 18;

/// What the user has chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The name of a theme, or `auto`.
    pub theme: String,
    /// The user's own theme and its name, if `theme` names one.
    pub own_theme: Option<(String, Palette)>,
    /// The characters of charts; `None` is what suits the terminal.
    pub marks: Option<Marks>,
    /// The screen that shows a session first.
    pub start: Option<Tab>,
    /// How the end of a training is told.
    pub notice: Notice,
    /// Whether the terminal's title says what is being trained.
    pub title: bool,
    /// When the terminal's window shows the progress.
    pub progress: Progress,
    /// The keys of the user's own.
    pub keys: Rebound,
    /// What is wrong in the file: a sentence each.
    pub problems: Vec<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            theme: "auto".into(),
            own_theme: None,
            marks: None,
            start: None,
            notice: Notice::None,
            title: true,
            progress: Progress::Auto,
            keys: Rebound::default(),
            problems: Vec::new(),
        }
    }
}

/// The path of the file, for these values of the environment's variables; `None` if there is no place for it.
pub fn path(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let named = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = named(VARIABLE) {
        return Some(path);
    }
    let home = || Some(named("HOME").or_else(|| named("USERPROFILE"))?.join(".config"));
    // The specification of the XDG folders says that relative paths are ignored.
    let folder = named("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or_else(home)?;
    Some(folder.join("warmstart").join("config.ron"))
}

/// The user's configuration: the file that the environment names, or the usual one if there is one.
pub fn from_environment() -> Config {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(path) = path(variable) else { return Config::default() };
    let is_named = variable(VARIABLE).is_some_and(|value| !value.is_empty());
    if !is_named && !path.exists() { Config::default() } else { read(&path) }
}

/// Reads a configuration.
pub fn read(path: &Path) -> Config {
    let told = |problem: String| Config { problems: vec![problem], ..Config::default() };
    match files::read(path, LONGEST) {
        Err(error) => told(format!("{error}. The defaults are used.")),
        Ok(bytes) => match String::from_utf8(encoding::in_utf8(&bytes).into_owned()) {
            Ok(text) => parse(&text, path),
            Err(_) => {
                let path = printable(&path.display().to_string());
                told(format!("{path}: this is not UTF-8 text, so the defaults are used."))
            }
        },
    }
}

/// The names of the settings.
const SETTINGS: [&str; 7] = ["theme", "marks", "start", "notice", "title", "progress", "keys"];

/// Understands the text of a configuration.
pub fn parse(text: &str, path: &Path) -> Config {
    let mut config = Config::default();
    let mut problems = Problems::new(path);
    let value = match from_ron::<Value>(text) {
        Ok(value) => value,
        Err(error) => {
            let place = error.span.start;
            let what = format!("{}; the whole file is left out and the defaults are used", error.code);
            problems.tell_at(place.line as u64, Some(place.col as u64), &what);
            return Config { problems: problems.all(), ..config };
        }
    };
    problems.names = lines::names(text);
    let settings: Vec<(String, Value)> = match value {
        Value::Map(map) => {
            map.into_iter().map(|(name, value)| (keys::text(&name).unwrap_or_default(), value)).collect()
        }
        // Brackets without anything in them are a configuration, a name is not.
        Value::Unit if text.contains('(') => Vec::new(),
        _ => {
            problems.tell_at(1, None, "a configuration is a list of settings in brackets: (theme: \"dark\")");
            Vec::new()
        }
    };
    for (name, value) in settings {
        let said = keys::text(&value);
        let said = said.as_deref();
        match name.as_str() {
            "theme" => choose_theme(&mut config, said, path, &mut problems),
            "marks" => {
                let names = [
                    ("auto", None),
                    ("braille", Some(Marks::Braille)),
                    ("blocks", Some(Marks::Blocks)),
                    ("ascii", Some(Marks::Ascii)),
                ];
                config.marks = one_of(&names, said, &name, &mut problems).unwrap_or(config.marks);
            }
            "start" => {
                let mut names = vec![("auto".to_string(), None)];
                names.extend(Tab::numbered().map(|tab| (tab.title().to_lowercase(), Some(tab))));
                let names: Vec<_> = names.iter().map(|(name, tab)| (name.as_str(), *tab)).collect();
                config.start = one_of(&names, said, &name, &mut problems).unwrap_or(config.start);
            }
            "notice" => {
                config.notice = one_of(&notice::NAMES, said, &name, &mut problems).unwrap_or(config.notice);
            }
            "progress" => {
                let progress = one_of(&window::NAMES, said, &name, &mut problems);
                config.progress = progress.unwrap_or(config.progress);
            }
            "title" => match value {
                Value::Bool(title) => config.title = title,
                _ => problems.tell(&name, 1, "title is true or false; the default, true, is used"),
            },
            "keys" => config.keys = keys::rebound(&value, &mut problems),
            other => {
                let near =
                    nearest(other, SETTINGS).map_or(String::new(), |near| format!(": do you mean {near}?"));
                let known = format!(" The settings are {}", SETTINGS.join(", "));
                let end = if near.is_empty() { format!(".{known}") } else { near };
                problems.tell(other, 1, &format!("there is no setting {other:?}{end}"));
            }
        }
    }
    config.problems = problems.all();
    config
}

/// The value that a name stands for; `None`, and a problem, if there is none of this name.
fn one_of<T: Copy>(
    names: &[(&str, T)],
    said: Option<&str>,
    setting: &str,
    problems: &mut Problems,
) -> Option<T> {
    let found = names.iter().find(|(name, _)| Some(*name) == said).map(|(_, value)| *value);
    if found.is_none() {
        let known = names.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let said = said.map_or("another kind of value".to_string(), |said| format!("{said:?}"));
        let default = names.first().map_or("", |(name, _)| name);
        let what = format!("{setting} is one of {known}, not {said}; the default, {default:?}, is used");
        problems.tell(setting, 1, &what);
    }
    found
}

/// The theme: a name, or a file beside the configuration.
fn choose_theme(config: &mut Config, said: Option<&str>, path: &Path, problems: &mut Problems) {
    let names = || std::iter::once("auto").chain(BUILT_IN.map(|(name, _)| name));
    let Some(said) = said else {
        return problems.tell(
            "theme",
            1,
            "theme is the name of a theme or of a file, in quotes; \"auto\" is used",
        );
    };
    if names().any(|name| name == said) {
        config.theme = said.into();
    } else if said.ends_with(".ron") {
        let file = path.parent().unwrap_or(Path::new("")).join(said);
        match own_theme(&file) {
            Ok((palette, remarks)) => {
                // Its name is what the configuration says.
                (config.theme, config.own_theme) = (said.into(), Some((said.into(), palette)));
                problems.add(remarks);
            }
            Err(problem) => problems.add([format!("{problem} The theme \"auto\" is used.")]),
        }
    } else {
        let near = nearest(said, names()).map_or(String::new(), |near| format!(" (do you mean {near:?}?)"));
        let known = names().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let what = format!(
            "there is no theme {said:?}{near}: name {known}, or a file that ends in .ron; \"auto\" is used"
        );
        problems.tell("theme", 1, &what);
    }
}

/// Reads a theme file of the user's own. The remarks name colours that are hard to read.
fn own_theme(file: &Path) -> Result<(Palette, Vec<String>), String> {
    let shown = printable(&file.display().to_string());
    let bytes = files::read(file, LONGEST).map_err(|error| format!("{error}."))?;
    let text = String::from_utf8(encoding::in_utf8(&bytes).into_owned())
        .map_err(|_| format!("{shown}: this is not UTF-8 text."))?;
    let known = |name: &str| Theme::built_in(name).and_then(Theme::palette);
    let palette = Palette::parse(&text, known)
        .map_err(|(line, why)| format!("{shown}, line {line}: {}.", printable(&why)))?;
    let remark = |(name, contrast): (&str, f64)| {
        format!(
            "{shown}: {name} is hard to read: its contrast with the background is {contrast:.1}, and 4.5 is needed. It is used."
        )
    };
    Ok((palette, palette.unreadable().into_iter().map(remark).collect()))
}
