//! The sections of the screen as lines, the most important section first.

use crate::tui::state::State;

use super::table::{self, Row};
use super::{curve, filtered, tuning};

mod checks;
mod costs;
mod differences;
mod scores;
mod section;
mod told;

use checks::{audits, differing, forgetting};
use costs::{arithmetic, cost};
use differences::{differences, savings};
use scores::{accuracy, heading};
use told::told;

pub use section::Section;

/// All sections that have content.
pub fn all(state: &State, width: usize) -> Vec<Section> {
    let comparison = state.comparison();
    let rows = match comparison {
        Some(comparison) => table::of_comparison(comparison),
        None => table::provisional(&state.history, state.until()),
    };
    let rows: Vec<Row> = rows.into_iter().filter(|row| filtered::keeps(state, row)).collect();
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
