//! `compare`: the comparison of one session, or of several side by side with the settings that differ.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::session::budget::Budget;
use crate::session::history::History;
use crate::session::method::Method;
use crate::session::recipe::Recipe;
use crate::session::verdict;

use super::global::Global;
use super::out::Out;
use super::over_tasks::{self, Study};
use super::session_json::Report;
use super::table::{self, Table};
use super::{cells, number, quality, sessions};

/// What `compare` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The sessions: their folders, or their names in the folder of sessions
    #[arg(required = true, value_name = "SESSION")]
    pub wishes: Vec<PathBuf>,
}

/// A setting whose value differs between the sessions.
#[derive(Debug, PartialEq, Serialize)]
struct Setting {
    setting: String,
    /// One value per session; null if the setting does not exist there.
    values: Vec<Value>,
}

#[derive(Serialize)]
struct SideBySide {
    sessions: Vec<Report>,
    differing: Vec<Setting>,
    /// What a pre-training brought that all sessions share, if each has another task; left out if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    over_tasks: Vec<Study>,
}

/// Compares sessions.
///
/// # Errors
/// When one of them cannot be found or read.
pub fn compare(args: Args, global: &Global) -> Result<ExitCode> {
    let found: Vec<sessions::Found> =
        args.wishes.iter().map(|wish| sessions::find(wish, &global.sessions)).collect::<Result<_>>()?;
    print(&found, global)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the comparison of sessions.
///
/// # Errors
/// When one of them cannot be read.
pub fn print(found: &[sessions::Found], global: &Global) -> Result<()> {
    let histories: Vec<History> = found.iter().map(sessions::history).collect::<Result<_>>()?;
    let studies = over_tasks::studies(found, &histories);
    let recipes: Vec<Option<&Recipe>> = histories.iter().map(|history| history.recipe.as_deref()).collect();
    let mut differing = differing(&recipes);
    differing.extend(learning_rates_by_hand(&histories));
    differing.extend(machines(&histories));
    let mut out = Out::new();
    if global.json {
        let sessions =
            found.iter().zip(&histories).map(|(f, history)| Report::new(&f.folder, history)).collect();
        out.json(&SideBySide { sessions, differing, over_tasks: studies })?;
    } else if let ([found], [history]) = (found, &histories[..]) {
        out.lines(&one(&found.name, history))?;
    } else {
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        out.lines(&several(&names, &histories, &differing))?;
        for study in &studies {
            out.line("")?;
            out.lines(&over_tasks::lines(study, &histories))?;
        }
    }
    out.finish()
}

fn one(name: &str, history: &History) -> Vec<String> {
    let title = history.recipe.as_ref().map_or(name, |recipe| &recipe.title);
    let mut lines = vec![title.to_string(), String::new()];
    match &history.comparison {
        Some(comparison) => lines.extend(table::comparison(comparison)),
        None => {
            lines.extend(verdict::by_hand(&history.by_hand(f64::INFINITY), history.several_sources()));
            lines.push("This session is not finished; its runs so far:".into());
            lines.extend(table::runs(history));
        }
    }
    for part in [
        history.parents.iter().map(|parent| format!("{}.", parent.sentence())).collect(),
        cells::differing(history),
        quality::forgetting(history),
        quality::by_coverage(history),
        quality::calibration(history),
    ] {
        if !part.is_empty() {
            lines.push(String::new());
            lines.extend(part);
        }
    }
    lines
}

/// Sessions side by side. Each session gets a letter; the first lines say which.
fn several(names: &[&str], histories: &[History], differing: &[Setting]) -> Vec<String> {
    let letters: Vec<String> = (0..names.len()).map(letter).collect();
    let mut lines = Vec::new();
    for ((letter, name), history) in letters.iter().zip(names).zip(histories) {
        let title = history.recipe.as_ref().map_or("", |recipe| &recipe.title);
        let unfinished = if history.comparison.is_none() { " (not finished)" } else { "" };
        lines.push(format!("{letter}  {name}{unfinished}: {title}"));
    }
    lines.push(String::new());
    let heads = |first: &[&str]| -> Vec<String> {
        first.iter().map(|head| head.to_string()).chain(letters.iter().map(|l| format!(">{l}"))).collect()
    };
    if differing.is_empty() {
        lines.push("All settings are the same.".into());
    } else {
        lines.push("Settings that differ".into());
        let mut table = Table::new(&heads(&["setting"]));
        for setting in differing {
            table.row(std::iter::once(setting.setting.clone()).chain(setting.values.iter().map(shown)));
        }
        lines.extend(table.lines());
    }
    let mut sides: Vec<(Budget, Method)> = histories
        .iter()
        .filter_map(|history| history.comparison.as_ref())
        .flat_map(|comparison| comparison.rows.iter().map(|row| (row.budget, row.method)))
        .collect();
    sides.sort_unstable();
    sides.dedup();
    lines.push(String::new());
    lines.push("Test accuracy in %".into());
    let mut table = Table::new(&heads(&[">labels", ""]));
    for (budget, method) in sides {
        let cells = histories.iter().map(|history| {
            let rows = history.comparison.iter().flat_map(|comparison| &comparison.rows);
            let row = rows.into_iter().find(|row| (row.budget, row.method) == (budget, method));
            row.map_or("–".into(), table::accuracy)
        });
        table.row([budget.to_string(), method.name().to_string()].into_iter().chain(cells));
    }
    lines.extend(table.lines());
    for (letter, history) in letters.iter().zip(histories) {
        if let Some(comparison) = &history.comparison {
            lines.push(String::new());
            lines.extend(
                verdict::sentences(comparison).iter().map(|sentence| format!("{letter} • {sentence}")),
            );
        }
    }
    for (letter, history) in letters.iter().zip(histories) {
        let forgetting = quality::forgetting(history);
        if !forgetting.is_empty() {
            lines.push(String::new());
            let mut forgetting = forgetting.into_iter();
            lines.extend(forgetting.next().map(|title| format!("{letter} · {title}")));
            lines.extend(forgetting);
        }
    }
    lines
}

/// A, B … Z, AA, AB …
fn letter(place: usize) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    if place < 26 { last.to_string() } else { format!("{}{last}", letter(place / 26 - 1)) }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.clone(),
        // Settings with fractions are f32. The shortest form of the f32 is what the user wrote.
        Value::Number(number) if number.is_f64() => {
            let value = number.as_f64().unwrap_or(f64::NAN);
            let single = value as f32;
            if f64::from(single) == value { single.to_string() } else { value.to_string() }
        }
        other => other.to_string(),
    }
}

/// The settings whose values are not the same in all recipes.
fn differing(recipes: &[Option<&Recipe>]) -> Vec<Setting> {
    let flat: Vec<Vec<(String, Value)>> = recipes
        .iter()
        .map(|recipe| {
            let mut settings = Vec::new();
            let value = recipe.and_then(|recipe| serde_json::to_value(recipe).ok()).unwrap_or(Value::Null);
            flatten("", &value, &mut settings);
            settings
        })
        .collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in flat.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
        .into_iter()
        .filter(|name| *name != "title")
        .map(|name| {
            let value = |settings: &Vec<(String, Value)>| {
                settings
                    .iter()
                    .find(|(other, _)| other == name)
                    .map_or(Value::Null, |(_, value)| value.clone())
            };
            Setting { setting: name.clone(), values: flat.iter().map(value).collect() }
        })
        .filter(|setting| setting.values.windows(2).any(|pair| pair[0] != pair[1]))
        .collect()
}

/// The learning-rate changes that the user made during training, if there were any. They are settings too.
fn learning_rates_by_hand(histories: &[History]) -> Option<Setting> {
    let told = |history: &History| -> Value {
        let changes = history.learning_rates_by_hand(f64::INFINITY).into_iter().map(|(at, run, factor)| {
            let whose =
                run.and_then(|run| history.run(run)).map(|run| format!(" of {}", history.name_of(run)));
            format!("×{factor}{} at {}", whose.unwrap_or_default(), number::seconds(at))
        });
        let changes: Vec<String> = changes.collect();
        if changes.is_empty() { Value::Null } else { changes.join(", ").into() }
    };
    let values: Vec<Value> = histories.iter().map(told).collect();
    let any = values.iter().any(|value| !value.is_null());
    any.then(|| Setting { setting: "learning rate changed by hand".into(), values })
}

/// The kinds of machine, if they differ: results may then differ in their bits.
fn machines(histories: &[History]) -> Option<Setting> {
    let mut kept = histories.iter().map(|history| &history.machine).filter(|machine| !machine.is_empty());
    let first = kept.next()?;
    let value = |history: &History| match &history.machine {
        unknown if unknown.is_empty() => Value::Null,
        machine => machine.as_str().into(),
    };
    kept.any(|machine| machine != first)
        .then(|| Setting { setting: "machine".into(), values: histories.iter().map(value).collect() })
}

/// Flattens a tree of settings into names with dots. An enum becomes a value under its own name: its variant.
fn flatten(name: &str, value: &Value, settings: &mut Vec<(String, Value)>) {
    let below = |inner: &str| if name.is_empty() { inner.to_string() } else { format!("{name}.{inner}") };
    match value {
        Value::Object(fields) => {
            let variant = fields
                .iter()
                .next()
                .filter(|(key, _)| fields.len() == 1 && key.starts_with(|c: char| c.is_ascii_uppercase()));
            match variant {
                Some((key, inner)) => {
                    settings.push((name.to_string(), Value::String(key.clone())));
                    match inner {
                        Value::Object(_) => flatten(name, inner, settings),
                        _ => flatten(&below(&key.to_lowercase()), inner, settings),
                    }
                }
                None => fields.iter().for_each(|(key, inner)| flatten(&below(key), inner, settings)),
            }
        }
        other => settings.push((name.to_string(), other.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn recipe(source: &str, head: &str) -> Recipe {
        let text = format!(
            "(title: \"t\", transfer: Text(source: {source}, task: Demo(), head: {head}), labels: [50, \"all\"])"
        );
        Recipe::parse(&text, Path::new("/r.ron")).unwrap()
    }

    #[test]
    fn only_settings_that_differ_are_shown() {
        let (a, b) = (
            recipe("SkipGram(corpus: Demo(reviews: 9), dim: 50)", "Average"),
            recipe("Vectors(file: \"v.txt\")", "Lstm(hidden: 8)"),
        );
        assert_eq!(differing(&[Some(&a), Some(&a)]), []);
        let found = differing(&[Some(&a), Some(&b)]);
        let of = |name: &str| found.iter().find(|setting| setting.setting == name).map(|s| s.values.clone());
        assert_eq!(of("transfer.source"), Some(vec!["SkipGram".into(), "Vectors".into()]));
        assert_eq!(of("transfer.source.dim"), Some(vec![50.into(), Value::Null]));
        assert_eq!(of("transfer.source.corpus.reviews"), Some(vec![9.into(), Value::Null]));
        assert_eq!(of("transfer.head"), Some(vec!["Average".into(), "Lstm".into()]));
        assert_eq!(of("transfer.head.hidden"), Some(vec![Value::Null, 8.into()]));
        assert_eq!(of("labels"), None);
    }

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!([0, 25, 26, 701, 702].map(letter), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn side_by_side_shows_every_row_of_either() {
        let mut left = History::default();
        let mut right = History::default();
        left.comparison = Some(Box::new(table::tests::example()));
        let mut other = table::tests::example();
        other.rows.remove(2);
        right.comparison = Some(Box::new(other));
        let text = several(&["one", "two"], &[left, right], &[]).join("\n");
        assert!(text.contains("81.0 ± 1.4  81.0 ± 1.4") && text.contains("90.0 ± 1.4           –"), "{text}");
    }

    #[test]
    fn fractions_are_shown_as_they_were_written() {
        let (a, b) = (
            recipe("SkipGram(corpus: Demo(reviews: 9), learning_rate: 0.05)", "Average"),
            recipe("SkipGram(corpus: Demo(reviews: 9))", "Average"),
        );
        let found = differing(&[Some(&a), Some(&b)]);
        assert_eq!(found[0].values.iter().map(shown).collect::<Vec<_>>(), ["0.05", "–"]);
    }

    #[test]
    fn rates_changed_by_hand_are_settings_that_differ() {
        use crate::session::record::{Entry, Note, Record, Stage};
        let note = Record::Note(Note::LearningRate { run: None, factor: 0.5 });
        let entries = [Record::Stage(Stage::Training), note].map(|record| Entry { at: 3.0, record });
        let (plain, changed) = (History::default(), History::of(entries));
        assert_eq!(learning_rates_by_hand(&[History::default()]), None);
        let setting = learning_rates_by_hand(&[plain, changed]).unwrap();
        assert_eq!(setting.values, [Value::Null, "×0.5 at 3.0 s".into()]);
    }

    #[test]
    fn machines_of_two_kinds_are_a_setting_that_differs() {
        let on = |machine: &str| History { machine: machine.into(), ..History::default() };
        assert_eq!(machines(&[on("a"), on("a"), on("")]), None);
        let setting = machines(&[on("a"), on(""), on("b")]).unwrap();
        assert_eq!(setting.values, ["a".into(), Value::Null, "b".into()]);
    }
}
