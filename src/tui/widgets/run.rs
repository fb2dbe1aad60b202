//! The label of a run in lists: marker, method, budget and repetition, in columns.

use ratatui::text::Span;

use crate::session::record::RunStart;
use crate::tui::theme::Theme;

use super::text::{fit, fit_right};

/// The width of a method's name in a list, without and with the name of its source.
const NAMES: [usize; 2] = [10, 20];

/// The width of a [`label`], in cells. With `several` sources it has the name of the source.
pub fn width(several: bool) -> usize {
    11 + NAMES[usize::from(several)]
}

/// The head of a list of [`label`]s, as wide as they are.
pub fn head(several: bool) -> String {
    format!("  {:<width$}labels·seed", "run", width = NAMES[usize::from(several)] - 2)
}

/// A method's name, with that of its source if there are `several`.
pub fn name(start: &RunStart, several: bool) -> String {
    match &start.source {
        Some(source) if several => format!("{}·{source}", start.method.name()),
        _ => start.method.name().to_string(),
    }
}

/// The name that tells runs apart in a narrow list, where the marker says the method: that of the source if there are
/// `several`, else that of the method.
pub fn short_name(start: &RunStart, several: bool) -> String {
    match &start.source {
        Some(source) if several => source.to_string(),
        _ => start.method.name().to_string(),
    }
}

/// "■ frozen       100·2": marker and method in the method's colour, then the number of labels and the repetition.
pub fn label(start: &RunStart, several: bool, theme: Theme) -> Vec<Span<'static>> {
    let style = theme.method(start.method);
    let name = fit(&name(start, several), NAMES[usize::from(several)]);
    vec![
        Span::styled(format!("{} {name} ", start.method.marker()), style),
        Span::raw(fit_right(&start.budget.to_string(), 5)),
        Span::styled(format!("·{:<2}", start.seed + 1), theme.dim()),
    ]
}

/// "■ 100·2": the label without the method's name.
pub fn short(start: &RunStart, theme: Theme) -> Vec<Span<'static>> {
    let text = format!("{} {}·{}", start.method.marker(), start.budget, start.seed + 1);
    vec![Span::styled(text, theme.method(start.method))]
}

/// "■ frozen · 100 labels · seed 2": the label for headings.
pub fn title(start: &RunStart, several: bool, theme: Theme) -> Vec<Span<'static>> {
    let style = theme.method(start.method);
    vec![
        Span::styled(format!("{} {}", start.method.marker(), name(start, several)), style),
        Span::raw(format!(" · {} labels · seed {}", start.budget, start.seed + 1)),
    ]
}
