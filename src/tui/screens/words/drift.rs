//! Drift: the words that fine-tuning moved most, and their neighbours before and after it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::session::continued::Continued;
use crate::session::record::Neighbour;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, wrap};
use crate::tui::widgets::window;

use super::evaluation;
use super::model::fine_tuned;
use super::sentence::sentence;

/// Draws the drift of published vectors that were trained further, which the log has.
fn continued(state: &State, frame: &mut Frame, area: Rect, found: &Continued) {
    let width = usize::from(area.width);
    let word = (width / 5).clamp(8, 20);
    let room = width.saturating_sub(word + 2 + 8 + 8 + 3) / 2;
    let dim = |line: String| Line::styled(line, state.theme.dim());
    let mut lines: Vec<Line> = wrap(&found.told(), width).into_iter().map(Line::from).collect();
    lines.push(dim(format!(
        "{} {:>7} {:>7}  {} → after",
        fit("word", word),
        "cosine",
        "moved",
        fit("before", room)
    )));
    lines.extend(found.furthest.iter().map(|each| {
        let figures = format!(" {:>7.3} {:>7.3}  ", each.cosine, each.distance).replace('-', "−");
        Line::from(vec![
            Span::raw(fit(&each.word, word)),
            Span::raw(figures),
            Span::styled(fit(&each.before.join(" "), room), state.theme.dim()),
            Span::styled(" → ", state.theme.dim()),
            Span::raw(cut(&each.after.join(" "), room)),
        ])
    }));
    lines.truncate(usize::from(area.height));
    frame.put(lines, area);
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let asked = &state.screens.words.asked.drift;
    let recorded = state.history.source().continued.as_ref().filter(|found| found.at <= state.until());
    if let Some(found) = recorded.filter(|_| !state.can_ask() || fine_tuned(state).is_empty()) {
        return continued(state, frame, area, &found.value);
    }
    if !state.can_ask() {
        let again = models_again(state);
        let text =
            format!("Drift is told by the vectors themselves, and a {} has none: {again}.", seen_as(state));
        return sentence(state, frame, area, &text);
    }
    if fine_tuned(state).is_empty() {
        let text = "Only fine-tuning moves transferred vectors, and no fine-tuned run has begun yet.";
        return sentence(state, frame, area, text);
    }
    if let Some(why) = &asked.why {
        return sentence(state, frame, area, why);
    }
    let Some(moved) = &asked.found else {
        return sentence(state, frame, area, "Looking for the words that moved …");
    };
    if moved.is_empty() {
        return sentence(state, frame, area, "Nothing has moved yet.");
    }
    let width = usize::from(area.width);
    let detail = 6.min(area.height / 2);
    let list = Rect { height: area.height - detail, ..area };
    let rows = usize::from(list.height).saturating_sub(1);
    let selected = state.screens.words.selected.unwrap_or(0);
    let first = window::around(selected, moved.len(), rows);
    let word = (width / 5).clamp(8, 20);
    let room = width.saturating_sub(word + 2 + 8 + 8 + 3) / 2;
    let head =
        format!("{} {:>7} {:>7}  {} → after", fit("word", word), "cosine", "moved", fit("before", room));
    let mut lines = vec![Line::styled(head, theme.dim())];
    for (i, each) in moved.iter().enumerate().skip(first).take(rows) {
        let style = if i == selected { theme.selected() } else { theme.text() };
        let names = |list: &[Neighbour]| list.iter().map(|n| n.word.as_str()).collect::<Vec<_>>().join(" ");
        let figures = format!(" {:>7.3} {:>7.3}  ", each.cosine, each.distance).replace('-', "−");
        lines.push(Line::from(vec![
            Span::styled(fit(&each.word, word), style),
            Span::raw(figures),
            Span::styled(fit(&names(&each.before), room), theme.dim()),
            Span::styled(" → ", theme.dim()),
            Span::raw(cut(&names(&each.after), room)),
        ]));
    }
    frame.put(lines, list);

    let Some(chosen) = moved.get(selected) else { return };
    let full = |list: &[Neighbour]| {
        let each = |n: &Neighbour| format!("{} {:.2}", n.word, n.similarity).replace('-', "−");
        list.iter().map(each).collect::<Vec<_>>().join(" · ")
    };
    let mut lines =
        vec![Line::styled(window::rest(first, moved.len(), rows).unwrap_or_default(), theme.dim())];
    lines.push(Line::from(vec![
        Span::styled(cut(&chosen.word, word), theme.accent()),
        Span::raw(format!(
            ": cosine between before and after {:.3}, way {:.3}",
            chosen.cosine, chosen.distance
        )),
    ]));
    lines.push(Line::from(cut(&format!("before  {}", full(&chosen.before)), width)));
    lines.push(Line::from(cut(&format!("after   {}", full(&chosen.after)), width)));
    let hint = "Cosine 1: it still points the same way. enter: the word's neighbours";
    let forgetting = state.screens.words.run.and_then(|run| evaluation::of_run(state, run));
    lines.push(Line::styled(cut(&forgetting.unwrap_or(hint.into()), width), theme.dim()));
    let place = Rect { y: list.bottom(), height: detail, ..area };
    frame.put(lines, place);
}
