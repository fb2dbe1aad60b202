//! The sections of the screen as lines, the most important section first.

use crate::tui::state::State;

use super::table::{self, Row};
use super::{curve, filtered, several, tuning};

mod checks;
mod costs;
mod differences;
mod scores;
pub(super) mod section;
mod told;

use checks::{audits, differing, forgetting};
use costs::{arithmetic, cost};
use differences::{differences, savings};
use scores::{accuracy, heading};
use told::{by_hand, told};

pub use section::Section;

/// The results that the screen shows, for a file.
pub fn table(state: &State) -> Option<Vec<Vec<String>>> {
    let head = [
        "session",
        "labels",
        "method",
        "source",
        "set",
        "runs",
        "mean",
        "deviation",
        "seconds",
        "steps",
        "parameters",
    ];
    let mut table = vec![head.map(str::to_string).to_vec()];
    let mut add = |session: &str, rows: Vec<Row>| {
        table.extend(rows.into_iter().filter(|row| row.mean.is_finite()).map(|row| {
            vec![
                session.to_string(),
                row.budget.to_string(),
                row.method.name().to_string(),
                row.source.as_ref().map(ToString::to_string).unwrap_or_default(),
                row.set.clone(),
                row.values.len().to_string(),
                row.mean.to_string(),
                row.deviation.map(|deviation| deviation.to_string()).unwrap_or_default(),
                row.seconds.to_string(),
                row.steps.to_string(),
                row.trainable.to_string(),
            ]
        }));
    };
    match &state.several {
        Some(sessions) => {
            sessions.parts.iter().for_each(|part| add(&part.name, several::rows(state, part)));
        }
        None => add(&state.replay.clone().unwrap_or_default(), rows(state)),
    }
    Some(table)
}

/// The results of the comparison or, before there is one, those known so far, that the filter keeps.
fn rows(state: &State) -> Vec<Row> {
    let rows = match state.comparison() {
        Some(comparison) => table::of_comparison(comparison),
        None => table::provisional(&state.history, state.until()),
    };
    rows.into_iter().filter(|row| filtered::keeps(state, row)).collect()
}

/// All sections that have content.
pub fn all(state: &State, width: usize) -> Vec<Section> {
    if let Some(sessions) = &state.several {
        return several::sections(state, sessions, width);
    }
    let comparison = state.comparison();
    let rows = rows(state);
    let theme = state.theme;
    let known: Vec<Row> = rows.iter().filter(|row| row.mean.is_finite()).cloned().collect();
    let chart = curve::lines(&known, width.saturating_sub(2), theme);
    [
        told(state, comparison, &known, width),
        accuracy(state, comparison.is_none(), &rows, width),
        Section {
            title: format!("{} against labels (whiskers: ± 1 standard deviation)", heading(state)),
            lines: chart,
        },
        by_hand(state, width),
        differences(comparison, width, theme),
        savings(comparison, width),
        Section {
            title: "Tuning: settings that each run tried on its validation examples".into(),
            lines: comparison.map_or(Vec::new(), |comparison| tuning::lines(comparison, width, theme)),
        },
        cost(state, comparison, &rows, width),
        arithmetic(comparison, width, theme),
        audits(state, width),
        forgetting(state, width),
        differing(state, width),
    ]
    .into_iter()
    .filter(|section| !section.lines.is_empty())
    .collect()
}
