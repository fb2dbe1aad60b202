//! The label of a run in lists: marker, method, budget and repetition, in columns.

use ratatui::text::Span;

use crate::session::record::RunStart;
use crate::tui::theme::Theme;

use super::text::fit_right;

/// The width of a [`label`], in cells.
pub const WIDTH: usize = 21;

/// The head of a list of [`label`]s, as wide as they are.
pub const HEAD: &str = "  run     labels·seed";

/// "■ frozen       100·2": marker and method in the method's colour, then the number of labels and the repetition.
pub fn label(start: &RunStart, theme: Theme) -> Vec<Span<'static>> {
    let style = theme.method(start.method);
    vec![
        Span::styled(format!("{} {:<10} ", start.method.marker(), start.method.name()), style),
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
pub fn title(start: &RunStart, theme: Theme) -> Vec<Span<'static>> {
    let style = theme.method(start.method);
    vec![
        Span::styled(format!("{} {}", start.method.marker(), start.method.name()), style),
        Span::raw(format!(" · {} labels · seed {}", start.budget, start.seed + 1)),
    ]
}
