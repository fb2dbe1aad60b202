//! A section with a heading, and what all sections are made of.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::screens::compare::table::Row;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{fit, fit_right, wrap};

/// The minimum width of the strip of dots, in cells. A further column is only added if this much is left.
pub const ROOMY: usize = 24;

/// A section with a heading.
pub struct Section {
    pub title: String,
    pub lines: Vec<Line<'static>>,
}

pub fn wrapped(text: &str, width: usize) -> Vec<Line<'static>> {
    wrap(text, width.saturating_sub(2)).into_iter().map(Line::from).collect()
}

/// A sentence after a bullet. Its further lines are indented.
pub fn bullet(sentence: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let parts = wrap(sentence, width.saturating_sub(4)).into_iter().enumerate();
    parts.map(|(i, line)| Line::styled(format!("{} {line}", if i == 0 { '•' } else { ' ' }), style)).collect()
}

/// Marker and name of a row's method, in its colour; with its source, if there are several.
pub fn side(row: &Row, rows: &[Row], theme: Theme) -> Span<'static> {
    let text = format!("{} {}", row.method.marker(), fit(&row.name(), name_width(rows)));
    Span::styled(text, theme.method(row.method))
}

/// The width of the names of `rows`.
pub fn name_width(rows: &[Row]) -> usize {
    rows.iter().map(|row| row.name().chars().count()).max().unwrap_or(0).clamp(10, 24)
}

/// The budget; empty if it is the same as in the line above.
pub fn budget(rows: &[Row], at: usize, theme: Theme) -> Span<'static> {
    let again = at > 0 && rows[at - 1].budget == rows[at].budget;
    let text = if again { String::new() } else { rows[at].budget.to_string() };
    Span::styled(fit_right(&text, 6) + " ", theme.strong())
}
