//! Coverage: how many of the task's words have a vector, and which have none.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::draw::sentence;
use crate::tui::app::State;
use crate::tui::chrome::bar;
use crate::tui::widgets::text::{fit, fit_right, percent, wrap};
use crate::tui::widgets::window;

/// Draws it.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let there = state.history.vectors.as_ref().is_some_and(|vectors| vectors.at <= state.until());
    let Some(coverage) = state.history.coverage.as_ref().filter(|_| there) else {
        let text = "Coverage is counted when the word vectors are there.";
        return sentence(state, frame, area, text);
    };
    let width = usize::from(area.width);
    let room = width.saturating_sub(36).min(50);
    let share = |name: &str, share: f64| {
        Line::from(vec![
            Span::raw(fit(name, 26)),
            Span::styled(bar(share, room), theme.accent()),
            Span::styled(fit_right(&percent(share), 9), theme.strong()),
        ])
    };
    let mut lines = vec![
        Line::styled("Of the words of the task's training part, so many have a vector:", theme.text()),
        share("of all words in the texts", coverage.by_token),
        share("of the distinct words", coverage.by_type),
    ];
    if let Some(made) = coverage.made {
        lines.push(Line::styled(
            "Of these, made from parts, for pre-training never saw the word:",
            theme.text(),
        ));
        lines.push(share("of all words in the texts", made.by_token));
        lines.push(share("of the distinct words", made.by_type));
    }
    let note = "What is missing cannot be transferred. A text of missing words only looks the same to a frozen run, \
                whatever it says.";
    lines.extend(wrap(note, width).into_iter().map(|line| Line::styled(line, theme.dim())));
    lines.push(Line::default());
    let missing = &coverage.missing;
    if missing.is_empty() {
        lines.push(Line::raw("No word is missing."));
    } else {
        lines.push(Line::styled(
            "The most frequent words without a vector, and how often they occur",
            theme.strong(),
        ));
        let columns = (width / 28).max(1);
        let rows = usize::from(area.height).saturating_sub(lines.len() + 1).max(1);
        let selected = state.words.selected.unwrap_or(0);
        let all = missing.len().div_ceil(columns);
        let first = window::around(selected / columns, all, rows);
        for row in missing.chunks(columns).enumerate().skip(first).take(rows) {
            let spans = row.1.iter().enumerate().flat_map(|(i, (word, count))| {
                let chosen = state.words.selected == Some(row.0 * columns + i);
                let style = if chosen { theme.selected() } else { theme.text() };
                [
                    Span::styled(fit(word, 18), style),
                    Span::styled(fit_right(&count.to_string(), 7) + "   ", theme.dim()),
                ]
            });
            lines.push(Line::from(spans.collect::<Vec<_>>()));
        }
        lines.extend(window::rest(first, all, rows).map(|rest| Line::styled(rest, theme.dim())));
    }
    frame.render_widget(Paragraph::new(lines), area);
}
