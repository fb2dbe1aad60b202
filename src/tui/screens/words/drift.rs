//! Drift: the words that fine-tuning moved most, and their neighbours before and after it; the layers of an encoder; or
//! the words that training published vectors further moved.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::error::decimal;
use crate::plot::cells::cut;
use crate::session::continued::Continued;
use crate::session::history::RunHistory;
use crate::session::record::Neighbour;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, wrap};
use crate::tui::widgets::window;

use super::evaluation;
use super::layers;
use super::model::fine_tuned;
use super::sentence::sentence;

/// From this width on, layers and words are side by side.
const BESIDE: u16 = 110;
/// The least width of the layers beside the words.
const LAYERS: u16 = 58;
/// The least height of the words, below the layers.
const WORDS: u16 = 9;

/// Draws the drift of published vectors that were trained further, which the log has.
fn continued(state: &State, frame: &mut Frame, area: Rect, found: &Continued) {
    let width = usize::from(area.width);
    let word = (width / 5).clamp(8, 20);
    let room = width.saturating_sub(word + 2 + 8 + 8 + 3) / 2;
    let dim = |line: String| Line::styled(line, state.theme.dim());
    let mut lines: Vec<Line> = wrap(&found.told(), width).into_iter().map(Line::from).collect();
    if !fine_tuned(state).is_empty() {
        lines.push(dim("r: what fine-tuning moved after that".into()));
    }
    lines.push(dim(format!(
        "{} {:>7} {:>7}  {} → after",
        fit("word", word),
        "cosine",
        "moved",
        fit("before", room)
    )));
    lines.extend(found.furthest.iter().map(|each| {
        let figures = format!(" {:>7} {:>7.3}  ", decimal(each.cosine, 3), each.distance);
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

/// Whether the log says how far training moved the source's published vectors.
pub fn of_source(state: &State) -> bool {
    state.history.source().continued.as_ref().is_some_and(|found| found.at <= state.until())
}

/// The run whose drift is shown: the selected one, or the last one that was fine-tuned. `None`: that of the source, or
/// there is none.
fn run(state: &State) -> Option<&RunHistory> {
    let last = || if of_source(state) { None } else { fine_tuned(state).last().copied() };
    state.screens.words.run.or_else(last).and_then(|run| state.history.run(run))
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let recorded = state.history.source().continued.as_ref().filter(|_| of_source(state));
    let Some(run) = run(state) else {
        return match recorded {
            Some(found) => continued(state, frame, area, &found.value),
            None => {
                let text = "Only fine-tuning moves transferred vectors, and no fine-tuned run has begun yet.";
                sentence(state, frame, area, text);
            }
        };
    };
    let Some(found) = run.layers_moved(state.until()) else { return words(state, frame, area) };
    if area.width >= BESIDE {
        let left = Rect { width: (area.width * 2 / 5).max(LAYERS), ..area };
        let right = Rect { x: left.right() + 2, width: area.width - left.width - 2, ..area };
        layers::view(state, frame, left, run, found);
        return words(state, frame, right);
    }
    let height = (layers::lines(found, usize::from(area.width)) as u16).min(area.height);
    if area.height >= height + 1 + WORDS {
        layers::view(state, frame, Rect { height, ..area }, run, found);
        let y = area.y + height + 1;
        return words(state, frame, Rect { y, height: area.bottom() - y, ..area });
    }
    let hint = Rect { y: area.bottom().saturating_sub(1), height: 1.min(area.height), ..area };
    let rest = Rect { height: area.height - hint.height, ..area };
    let other = if state.screens.words.of_words {
        words(state, frame, rest);
        "d: the layers of the encoder that moved"
    } else {
        layers::view(state, frame, rest, run, found);
        "d: the tokens that moved"
    };
    frame.put(Line::styled(other, state.theme.dim()), hint);
}

/// Draws the words that moved.
fn words(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let asked = &state.screens.words.asked.drift;
    if !state.can_ask() {
        let again = models_again(state);
        let text =
            format!("Drift is told by the vectors themselves, and a {} has none: {again}.", seen_as(state));
        return sentence(state, frame, area, &text);
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
        let figures = format!(" {:>7} {:>7.3}  ", decimal(each.cosine, 3), each.distance);
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
        let each = |n: &Neighbour| format!("{} {}", n.word, decimal(n.similarity, 2));
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
