//! Sessions side by side: the settings that differ, the results of the same method at the same budget, and what changed
//! from one recipe to another.

use serde::Serialize;
use serde_json::Value;

use super::budget::Budget;
use super::comparison::ComparisonRow;
use super::history::History;
use super::method::Method;
use super::recipe::Recipe;
use super::source_name::SourceName;

/// A setting whose value differs between the sessions.
#[derive(Debug, PartialEq, Serialize)]
pub struct Setting {
    /// The name, with dots between the levels of the recipe.
    pub setting: String,
    /// One value per session; null if the setting does not exist there.
    pub values: Vec<Value>,
}

/// All settings that differ: those of the recipes, what the users did by hand, and the machines. `seconds` writes a
/// time.
pub fn settings(histories: &[&History], seconds: fn(f64) -> String) -> Vec<Setting> {
    let recipes: Vec<Option<&Recipe>> = histories.iter().map(|history| history.recipe.as_deref()).collect();
    let mut settings = differing(&recipes);
    settings.extend(learning_rates_by_hand(histories, seconds));
    settings.extend(machines(histories));
    settings
}

/// A, B … Z, AA, AB …
pub fn letter(place: usize) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    if place < 26 { last.to_string() } else { format!("{}{last}", letter(place / 26 - 1)) }
}

/// A value as text.
pub fn shown(value: &Value) -> String {
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

/// A result of a method at a budget.
pub trait Placed {
    /// The budget and the method.
    fn place(&self) -> (Budget, Method);
    /// The source.
    fn source(&self) -> Option<&SourceName>;
}

impl Placed for &ComparisonRow {
    fn place(&self) -> (Budget, Method) {
        (self.budget, self.method)
    }

    fn source(&self) -> Option<&SourceName> {
        self.source.as_ref()
    }
}

/// The results of one method at one budget in each session.
#[derive(Debug)]
pub struct Side<'a, R> {
    /// The label budget.
    pub budget: Budget,
    /// The method.
    pub method: Method,
    /// The source, if a session has the method with several.
    pub source: Option<SourceName>,
    /// One result per session; `None` if the session has none.
    pub rows: Vec<Option<&'a R>>,
}

impl<R> Side<'_, R> {
    /// The name of the method, with its source if there are several.
    pub fn name(&self) -> String {
        match &self.source {
            Some(source) => format!("{} · {source}", self.method.name()),
            None => self.method.name().to_string(),
        }
    }
}

/// The results of a finished session; empty for others.
pub fn results(history: &History) -> Vec<&ComparisonRow> {
    history.comparison.iter().flat_map(|comparison| &comparison.rows).collect()
}

/// The results of sessions, by budget and method. A method that every session has with one source is one line, whatever
/// the sources are.
pub fn sides<R: Placed>(sessions: &[Vec<R>]) -> Vec<Side<'_, R>> {
    let mut places: Vec<(Budget, Method)> = sessions.iter().flatten().map(Placed::place).collect();
    places.sort_unstable();
    places.dedup();
    let mut sides = Vec::new();
    for (budget, method) in places {
        let here = |rows| -> Vec<&R> {
            let rows: &Vec<R> = rows;
            rows.iter().filter(|row| row.place() == (budget, method)).collect()
        };
        let found: Vec<Vec<&R>> = sessions.iter().map(here).collect();
        if found.iter().all(|rows| rows.len() < 2) {
            let rows = found.iter().map(|rows| rows.first().copied()).collect();
            sides.push(Side { budget, method, source: None, rows });
            continue;
        }
        let mut sources: Vec<Option<&SourceName>> = found.iter().flatten().map(|row| row.source()).collect();
        sources.sort();
        sources.dedup();
        for source in sources {
            let rows = found.iter().map(|rows| rows.iter().copied().find(|row| row.source() == source));
            sides.push(Side { budget, method, source: source.cloned(), rows: rows.collect() });
        }
    }
    sides
}

/// What the program writes into the recipe of a fork, so that it can be repeated to the same bits.
const INTERNAL: [&str; 3] = ["fork.hash", "fork.continues", "fork.own_rate"];

/// The settings whose values are not the same in all recipes. Where two things are of another kind (a source, a head), their
/// own settings come last: they differ for that reason alone.
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
    let mut settings: Vec<Setting> = names
        .into_iter()
        .filter(|name| *name != "title" && !INTERNAL.contains(&name.as_str()))
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
        .collect();
    let kinds: Vec<String> = settings.iter().map(|setting| format!("{}.", setting.setting)).collect();
    settings.sort_by_key(|setting| kinds.iter().any(|kind| setting.setting.starts_with(kind)));
    settings
}

/// The learning-rate changes that the user made during training, if there were any. They are settings too.
fn learning_rates_by_hand(histories: &[&History], seconds: fn(f64) -> String) -> Option<Setting> {
    let told = |history: &History| -> Value {
        let changes = history.learning_rates_by_hand(f64::INFINITY).into_iter().map(|(at, run, factor)| {
            let whose =
                run.and_then(|run| history.run(run)).map(|run| format!(" of {}", history.name_of(run)));
            format!("×{factor}{} at {}", whose.unwrap_or_default(), seconds(at))
        });
        let changes: Vec<String> = changes.collect();
        if changes.is_empty() { Value::Null } else { changes.join(", ").into() }
    };
    let values: Vec<Value> = histories.iter().copied().map(told).collect();
    let any = values.iter().any(|value| !value.is_null());
    any.then(|| Setting { setting: "learning rate changed by hand".into(), values })
}

/// The kinds of machine, if they differ: results may then differ in their bits.
fn machines(histories: &[&History]) -> Option<Setting> {
    let mut kept = histories.iter().map(|history| &history.machine).filter(|machine| !machine.is_empty());
    let first = kept.next()?;
    let value = |history: &History| match &history.machine {
        unknown if unknown.is_empty() => Value::Null,
        machine => machine.as_str().into(),
    };
    kept.any(|machine| machine != first).then(|| Setting {
        setting: "machine".into(),
        values: histories.iter().copied().map(value).collect(),
    })
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

/// A line of the difference of two recipes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It stands around what differs.
    Around(String),
    /// Only the first has it.
    Without(String),
    /// Only the second has it.
    With(String),
}

/// The most lines of a recipe that are compared. The table of the comparison has their product.
const LINES: usize = 2_000;

/// What changes from one recipe to another, line by line, with the lines that open the brackets around it.
pub fn changes(from: &Recipe, to: &Recipe) -> Vec<Change> {
    let (from, to) = (from.to_ron(), to.to_ron());
    let lines = |text: &'_ str| text.lines().take(LINES).map(str::to_string).collect::<Vec<_>>();
    let all = compared(&lines(&from), &lines(&to));
    let mut kept: Vec<Change> = Vec::new();
    // The lines that opened the brackets around this place, with their indentation.
    let mut around: Vec<(usize, String)> = Vec::new();
    for change in all {
        let (Change::Around(line) | Change::Without(line) | Change::With(line)) = &change;
        let indent = line.len() - line.trim_start().len();
        around.retain(|(above, _)| *above < indent);
        if matches!(change, Change::Around(_)) {
            around.push((indent, line.clone()));
        } else {
            kept.extend(around.drain(..).map(|(_, line)| Change::Around(line)));
            kept.push(change);
        }
    }
    // The brackets around everything say nothing.
    kept.retain(|change| !matches!(change, Change::Around(line) if !line.starts_with(' ')));
    kept
}

/// The lines of both, in an order that keeps as many in common as possible.
fn compared(from: &[String], to: &[String]) -> Vec<Change> {
    // The length of the longest common part of the lines from here on.
    let width = to.len() + 1;
    let mut common = vec![0_u16; (from.len() + 1) * width];
    for i in (0..from.len()).rev() {
        for j in (0..to.len()).rev() {
            common[i * width + j] = if from[i] == to[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::new();
    while i < from.len() || j < to.len() {
        if i < from.len() && j < to.len() && from[i] == to[j] {
            changes.push(Change::Around(from[i].clone()));
            (i, j) = (i + 1, j + 1);
        } else if j == to.len() || i < from.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            changes.push(Change::Without(from[i].clone()));
            i += 1;
        } else {
            changes.push(Change::With(to[j].clone()));
            j += 1;
        }
    }
    changes
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
        // The settings of two kinds of sources follow all others.
        let names: Vec<&str> = found.iter().map(|setting| setting.setting.as_str()).collect();
        assert_eq!(names[..2], ["transfer.source", "transfer.head"]);
    }

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!([0, 25, 26, 701, 702].map(letter), ["A", "Z", "AA", "ZZ", "AAA"]);
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
        let note = Record::Note(Note::LearningRate { run: None, factor: 0.5, at: Vec::new() });
        let seconds = |at: f64| format!("{at:.1} s");
        let entries = [Record::Stage(Stage::Training), note].map(|record| Entry { at: 3.0, record });
        let (plain, changed) = (History::default(), History::of(entries));
        assert_eq!(learning_rates_by_hand(&[&History::default()], seconds), None);
        let setting = learning_rates_by_hand(&[&plain, &changed], seconds).unwrap();
        assert_eq!(setting.values, [Value::Null, "×0.5 at 3.0 s".into()]);
    }

    #[test]
    fn machines_of_two_kinds_are_a_setting_that_differs() {
        let on = |machine: &str| History { machine: machine.into(), ..History::default() };
        assert_eq!(machines(&[&on("a"), &on("a"), &on("")]), None);
        let setting = machines(&[&on("a"), &on(""), &on("b")]).unwrap();
        assert_eq!(setting.values, ["a".into(), Value::Null, "b".into()]);
    }

    #[test]
    fn a_method_with_several_sources_has_a_line_for_each() {
        use crate::session::method::Strategy;
        struct Row(SourceName);
        impl Placed for Row {
            fn place(&self) -> (Budget, Method) {
                (Budget::All, Method::Strategy(Strategy::Frozen))
            }

            fn source(&self) -> Option<&SourceName> {
                Some(&self.0)
            }
        }
        let row = |source: &str| Row(source.into());
        let single = [vec![row("glove")], vec![row("own")]];
        let single = sides(&single);
        assert_eq!(single.len(), 1);
        assert_eq!(single[0].name(), "frozen");
        assert!(single[0].rows.iter().all(Option::is_some));
        let several = [vec![row("glove")], vec![row("glove"), row("own")]];
        let several = sides(&several);
        let names: Vec<String> = several.iter().map(Side::name).collect();
        assert_eq!(names, ["frozen · glove", "frozen · own"]);
        assert!(several[1].rows[0].is_none() && several[1].rows[1].is_some());
    }

    #[test]
    fn changes_stand_in_their_brackets() {
        let (a, b) = (
            recipe("SkipGram(corpus: Demo(reviews: 9), dim: 50)", "Average"),
            recipe("SkipGram(corpus: Demo(reviews: 8), dim: 50)", "Average"),
        );
        assert_eq!(changes(&a, &a), []);
        let text = |change: &Change| match change {
            Change::Around(line) => format!(" {}", line.trim_start()),
            Change::Without(line) => format!("-{}", line.trim_start()),
            Change::With(line) => format!("+{}", line.trim_start()),
        };
        let found: Vec<String> = changes(&a, &b).iter().map(text).collect();
        let expected =
            [" transfer: Text(", " source: SkipGram(", " corpus: Demo(", "-reviews: 9,", "+reviews: 8,"];
        assert_eq!(found, expected);
    }
}
