//! Several sessions side by side: their names, the settings that differ, their results, and what changes from one recipe to
//! another.

use std::path::Path;

use ratatui::text::{Line, Span};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::session::budget::Budget;
use crate::session::follow::{self, Writer};
use crate::session::history::{History, RunHistory};
use crate::session::joined::{Joined, Part};
use crate::session::method::Method;
use crate::session::record::TEST;
use crate::session::side_by_side::{Change, Placed, changes, letter, settings, shown, sides};
use crate::session::source_name::SourceName;
use crate::session::verdict;
use crate::tui::filter;
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{duration, fit, fit_right, percent, wrap};

use super::sections::section::{Section, bullet, wrapped};
use super::table::{self, Row};

/// The width of a session's column.
const COLUMN: usize = 13;

impl Placed for Row {
    fn place(&self) -> (Budget, Method) {
        (self.budget, self.method)
    }

    fn source(&self) -> Option<&SourceName> {
        self.source.as_ref()
    }
}

/// All sections that have content.
pub fn sections(state: &State, sessions: &Joined, width: usize) -> Vec<Section> {
    let theme = state.theme;
    let mut sections = vec![who(sessions, width, theme), results(state, sessions, width)];
    sections.extend(forks(sessions, width, theme));
    sections.push(differing(sessions, width, theme));
    let letters: Vec<String> = (0..sessions.parts.len()).map(letter).collect();
    sections.extend(verdicts(sessions, &letters, width, theme));
    sections.extend(recipes(sessions, &letters, width, theme));
    sections.into_iter().filter(|section| !section.lines.is_empty()).collect()
}

/// The sessions and their letters.
fn who(sessions: &Joined, width: usize, theme: Theme) -> Section {
    let mut lines = Vec::new();
    for (place, part) in sessions.parts.iter().enumerate() {
        let title = part.history.recipe.as_ref().map_or("", |recipe| &recipe.title);
        let text = format!("{}{}: {title}", part.name, doing(part));
        for (i, row) in wrap(&text, width.saturating_sub(4)).into_iter().enumerate() {
            let head = if i == 0 { letter(place) } else { String::new() };
            lines
                .push(Line::from(vec![Span::styled(fit(&head, 3), theme.of_several(place)), Span::raw(row)]));
        }
    }
    Section { title: "Sessions".into(), lines }
}

/// The runs that were forked, beside the runs of these sessions from which they come: a fork has one run, so its mean in the table says
/// nothing about that one.
fn forks(sessions: &Joined, width: usize, theme: Theme) -> Option<Section> {
    let mut lines = Vec::new();
    for (place, part) in sessions.parts.iter().enumerate() {
        let Some(fork) = part.history.recipe.as_ref().and_then(|recipe| recipe.fork.as_ref()) else {
            continue;
        };
        // Sessions that were moved together still know each other by name.
        let whole = |folder: &Path| std::path::absolute(folder).ok();
        let parts = || sessions.parts.iter().enumerate();
        let named = |other: &Part| other.folder.file_name() == fork.session.file_name();
        let found = parts().find(|(_, other)| whole(&other.folder) == whole(&fork.session));
        let Some((of, parent)) = found.or_else(|| parts().find(|(_, other)| named(other))) else { continue };
        let (Some(before), Some(after)) = (fork.run(&parent.history), part.history.runs.first()) else {
            continue;
        };
        let tested = |run: &RunHistory| {
            let mut all = run.evaluations.iter().map(|told| &told.value).filter(|told| told.set == TEST);
            all.next_back().map_or("not tested yet".to_string(), |told| {
                format!("{} on the test set", percent(told.accuracy))
            })
        };
        let sentence = format!(
            "{} is forked from {} of {} at step {}. That run: {}. The fork: {}.",
            letter(place),
            parent.history.name_of(before),
            letter(of),
            fork.step,
            tested(before),
            tested(after)
        );
        lines.extend(bullet(&sentence, theme.text(), width));
    }
    (!lines.is_empty()).then(|| Section { title: "Forks beside their parents".into(), lines })
}

/// What a session is doing, in brackets; empty if it is finished.
fn doing(part: &Part) -> String {
    match part.writer {
        None => " (still being read)".into(),
        Some(Writer::Finished) => String::new(),
        Some(Writer::Running) => format!(" (running: {})", follow::doing(&part.history).0),
        Some(Writer::Stopped) => " (stopped)".into(),
        Some(Writer::Gone) => " (killed)".into(),
        Some(Writer::Removed) => " (removed)".into(),
    }
}

fn histories(sessions: &Joined) -> Vec<&History> {
    sessions.parts.iter().map(|part| &part.history).collect()
}

/// The settings that differ, and only those.
fn differing(sessions: &Joined, width: usize, theme: Theme) -> Section {
    let title = "Settings that differ".to_string();
    if !sessions.is_read() {
        return Section { title, lines: wrapped("The sessions are still being read.", width) };
    }
    let found = settings(&histories(sessions), duration);
    if found.is_empty() {
        return Section { title, lines: wrapped("All settings are the same.", width) };
    }
    let has_gaps = found.iter().any(|one| one.values.iter().any(Value::is_null));
    let note = Line::styled("– is the usual value, or a setting that is not there", theme.dim());
    let note = has_gaps.then_some(note);
    let rows: Vec<(String, Vec<String>)> =
        found.iter().map(|one| (one.setting.clone(), one.values.iter().map(shown).collect())).collect();
    let names = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let widest = rows.iter().flat_map(|(_, values)| values).map(|value| value.width()).max().unwrap_or(0);
    let letters = (0..sessions.parts.len()).map(letter);
    if names + (widest.max(3) + 2) * sessions.parts.len() <= width {
        let row = |name: &str, values: &mut dyn Iterator<Item = String>| {
            let cells: String = values.map(|value| format!("  {}", fit(&value, widest.max(3)))).collect();
            format!("{}{cells}", fit(name, names)).trim_end().to_string()
        };
        let mut lines = vec![Line::styled(row("", &mut letters.clone()), theme.dim())];
        lines.extend(rows.iter().map(|(name, values)| Line::from(row(name, &mut values.iter().cloned()))));
        lines.extend(note);
        return Section { title, lines };
    }
    // Long values stand below each other.
    let mut lines = Vec::new();
    for (name, values) in rows {
        lines.push(Line::styled(name, theme.strong()));
        for (place, (letter, value)) in letters.clone().zip(values).enumerate() {
            for (i, row) in wrap(&value, width.saturating_sub(6)).into_iter().enumerate() {
                let head = if i == 0 { letter.as_str() } else { "" };
                lines.push(Line::from(vec![
                    Span::styled(format!("  {}", fit(head, 3)), theme.of_several(place)),
                    Span::raw(row),
                ]));
            }
        }
    }
    lines.extend(note);
    Section { title, lines }
}

/// The results of a session, of the comparison or, before there is one, those known so far, that the filter keeps.
pub fn rows(state: &State, part: &Part) -> Vec<Row> {
    let rows = match part.history.comparison.as_deref().filter(|_| !state.is_back()) {
        Some(comparison) => table::of_comparison(comparison),
        None => table::provisional(&part.history, state.until()),
    };
    rows.into_iter().filter(|row| row.mean.is_finite() && keeps(state, part, row)).collect()
}

/// The results of all sessions in one table.
fn results(state: &State, sessions: &Joined, width: usize) -> Section {
    let theme = state.theme;
    let rows: Vec<Vec<Row>> = sessions.parts.iter().map(|part| rows(state, part)).collect();
    let found = sides(&rows);
    let names = found.iter().map(|side| side.name().width() + 2).max().unwrap_or(0).max(12);
    let columns = (width.saturating_sub(names + 8) / COLUMN).max(1);
    let mut lines = Vec::new();
    let mut open = false;
    // Sessions that have no room beside the others come below them.
    for from in (0..rows.len()).step_by(columns) {
        let to = (from + columns).min(rows.len());
        if found.is_empty() {
            break;
        }
        let heads: String =
            (from..to).map(|place| fit_right(&letter(place), COLUMN - 2) + "  ").collect::<String>();
        lines.push(Line::styled(format!("{}{heads}", " ".repeat(names + 8)), theme.dim()));
        let mut before = None;
        for side in &found {
            let budget = if before == Some(side.budget) { String::new() } else { side.budget.to_string() };
            before = Some(side.budget);
            let mut spans = vec![
                Span::styled(fit_right(&budget, 6) + "  ", theme.strong()),
                Span::styled(
                    format!("{} {}", side.method.marker(), fit(&side.name(), names - 2)),
                    theme.method(side.method),
                ),
            ];
            let best = side.rows.iter().flatten().map(|row| row.mean).fold(f64::NEG_INFINITY, f64::max);
            for row in &side.rows[from..to] {
                let (text, style) = match row {
                    None => ("–".to_string(), theme.dim()),
                    Some(row) => {
                        let provisional = row.to_scratch.is_none();
                        open |= provisional;
                        let deviation =
                            row.deviation.map_or(String::new(), |by| format!(" ± {:.1}", 100.0 * by));
                        let sign = if provisional { "*" } else { "" };
                        let text = format!("{:.1}{deviation}{sign}", 100.0 * row.mean);
                        let best = row.mean >= best && side.rows.iter().flatten().count() > 1;
                        (text, if best { theme.strong() } else { theme.text() })
                    }
                };
                spans.push(Span::styled(fit_right(&text, COLUMN - 2) + "  ", style));
            }
            lines.push(Line::from(spans));
        }
    }
    if open {
        lines.push(Line::styled(
            "* so far: on the test set or, before that, on validation examples",
            theme.dim(),
        ));
    }
    Section { title: "Results on the test set, in %, mean ± standard deviation over seeds".into(), lines }
}

/// Whether the filter of runs keeps a result.
fn keeps(state: &State, part: &Part, row: &Row) -> bool {
    let of_row = |run: &&crate::session::history::RunHistory| {
        let start = &run.start;
        let source = start.source.as_ref().map(ToString::to_string).unwrap_or_default();
        let rest = source.strip_prefix(&part.name);
        let same_source = match &row.source {
            Some(wanted) => rest.and_then(|rest| rest.strip_prefix(": ")) == Some(wanted.as_str()),
            None => rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": ")),
        };
        same_source && (start.method, start.budget) == (row.method, row.budget)
    };
    let mut runs = state.history.runs.iter().filter(of_row).peekable();
    runs.peek().is_none() || runs.any(|run| filter::runs::keeps(state, run))
}

/// The first sentences of the verdict of each finished session.
fn verdicts(sessions: &Joined, letters: &[String], width: usize, theme: Theme) -> Option<Section> {
    const FIRST: usize = 2;
    let mut lines = Vec::new();
    for (part, letter) in sessions.parts.iter().zip(letters) {
        let Some(comparison) = &part.history.comparison else { continue };
        for sentence in verdict::sentences(comparison).iter().take(FIRST) {
            lines.extend(bullet(&format!("{letter}: {sentence}"), theme.text(), width));
        }
    }
    (!lines.is_empty()).then(|| Section { title: "The verdict of each".into(), lines })
}

/// What changes from the first recipe to each of the others.
fn recipes(sessions: &Joined, letters: &[String], width: usize, theme: Theme) -> Vec<Section> {
    let Some((first, others)) = sessions.parts.split_first().filter(|_| sessions.is_read()) else {
        return Vec::new();
    };
    let Some(from) = first.history.recipe.as_deref() else { return Vec::new() };
    let section = |(part, letter): (&Part, &String)| {
        let to = part.history.recipe.as_deref()?;
        let line = |change: Change| {
            let (sign, line, style) = match change {
                Change::Around(line) => (" ", line, theme.dim()),
                Change::Without(line) => ("−", line, theme.bad()),
                Change::With(line) => ("+", line, theme.good()),
            };
            // The outermost brackets are left out, and two spaces are enough for a level.
            let indent = (line.len() - line.trim_start().len()).saturating_sub(4) / 2;
            let room = width.saturating_sub(indent + 2).max(8);
            let rows = wrap(line.trim_start(), room).into_iter();
            rows.map(|row| Line::styled(format!("{sign} {}{row}", " ".repeat(indent)), style))
                .collect::<Vec<_>>()
        };
        Some(Section {
            title: format!("What changes from the recipe of {} to that of {letter}", letters[0]),
            lines: changes(from, to).into_iter().flat_map(line).collect(),
        })
    };
    others.iter().zip(&letters[1..]).filter_map(section).collect()
}
