//! Draws the attention of the typed text: a map of who reads whom, and what the selected token reads as a list.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::train::protocol::event::Attention;
use crate::tui::screens::frame::show_text;
use crate::tui::state::State;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::run;
use crate::tui::widgets::text::{fit, fit_right, fitting};

use super::map::Map;

/// The width of the list beside the map, in narrow and in wide terminals.
const LIST: [u16; 2] = [26, 44];
/// From this width on, the list is wide.
const WIDE: u16 = 120;
/// Lines above the map and below it.
const HEADINGS: u16 = 2;
const LEGEND: u16 = 1;

/// The place of the text, and of the attention; `None` if the view is not open.
pub fn parts(state: &State, area: Rect) -> Option<(Rect, Rect)> {
    if !super::is_open(state) {
        return None;
    }
    let height = if area.height >= 36 { 6 } else { 3 }.min(area.height);
    let rest = Rect { y: area.y + height, height: area.height - height, ..area };
    Some((Rect { height, ..area }, rest))
}

/// The places of the headings, the map, the list and the legend.
fn places(area: Rect) -> [Rect; 4] {
    let area = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let headings = Rect { height: HEADINGS.min(area.height), ..area };
    let left = area.height.saturating_sub(HEADINGS);
    let legend = LEGEND.min(left);
    let middle = Rect { y: area.y + headings.height, height: left - legend, ..area };
    let list = LIST[usize::from(area.width >= WIDE)].min(area.width / 2);
    [
        headings,
        Rect { width: area.width - list - 2.min(area.width - list), ..middle },
        Rect { x: area.right() - list, width: list, ..middle },
        Rect { y: middle.bottom(), height: legend, ..area },
    ]
}

fn map_of(state: &State, area: Rect, found: &Attention) -> Option<Map> {
    let view = state.screens.try_.attention.as_ref()?;
    Some(Map::new(area, &found.tokens, view.row, view.column))
}

/// The row of the map at a position.
pub fn row_at(state: &State, area: Rect, place: Position) -> Option<usize> {
    let map = places(area)[1];
    let found = state.screens.try_.attention.as_ref()?.asked.found.as_ref()?;
    map.contains(place).then(|| map_of(state, map, found)?.row_at(place.y)).flatten()
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let Some(view) = &state.screens.try_.attention else { return };
    let sentence = |frame: &mut Frame, text: &str| show_text(state, frame, area, text);
    if state.screens.try_.input.text().trim().is_empty() {
        return sentence(
            frame,
            "Press / and type a text: which token reads which appears here, layer by layer.",
        );
    }
    let Some(shown) = super::run(state) else {
        return sentence(frame, "None of the listed runs has a sentence encoder: f filters the runs.");
    };
    let Some(found) = &view.asked.found else {
        let why = view.asked.why.as_deref().unwrap_or("The encoder is reading …");
        return sentence(frame, why);
    };
    let [headings, place, list, legend] = places(area);
    let mut title = vec![Span::styled("Attention in ", state.theme.strong())];
    title.extend(run::title(&shown.start, state.history.several_sources(), state.theme));
    if state.is_back() {
        title.push(Span::styled(" · as it is now", state.theme.dim()));
    }
    frame.put(vec![Line::from(title), which(state, found, headings.width)], headings);
    let Some(map) = map_of(state, place, found) else { return };
    draw_map(state, frame, place, (&map, found), view.row);
    read(state, frame, list, found, view.row);
    frame.put(explained(state, found, &map), legend);
}

/// Layer and head.
fn which(state: &State, found: &Attention, width: u16) -> Line<'static> {
    let ((layer, layers), (head, heads)) = (found.layer, found.head);
    let head = match head {
        None => format!("mean of {heads} heads"),
        Some(head) => format!("head {} of {heads}", head + 1),
    };
    let text = format!("layer {} of {layers} (l L) · {head} (h H m)", layer + 1);
    let whole = match found.tokens.len() >= found.longest {
        true => format!("{text} · the first {} tokens are read", found.longest),
        false => format!("{text} · % of what a row reads, blank under 0.5"),
    };
    Line::styled(fitting([whole, text], usize::from(width)), state.theme.text())
}

/// The name of a row: the vector of the text, or a token with its number.
fn row_name(found: &Attention, row: usize) -> String {
    let digits = found.tokens.len().to_string().len();
    match row.checked_sub(1) {
        None => format!("{:digits$} text", ""),
        Some(token) => format!("{:>digits$} {}", token + 1, found.tokens[token]),
    }
}

/// How much a row reads of each token.
fn values(found: &Attention, row: usize) -> &[f32] {
    let length = found.tokens.len();
    match row.checked_sub(1) {
        None => &found.pooled,
        Some(token) => &found.probabilities[token * length..][..length],
    }
}

/// The largest value of the map.
fn largest(found: &Attention) -> f32 {
    found.probabilities.iter().copied().fold(1e-6, f32::max)
}

/// A probability in per cent; empty if it is below half a per cent.
fn percents(p: f32) -> String {
    let percents = (f64::from(p) * 100.0).round();
    if percents >= 1.0 { format!("{percents:.0}") } else { String::new() }
}

fn draw_map(state: &State, frame: &mut Frame, area: Rect, (map, found): (&Map, &Attention), selected: usize) {
    let theme = state.theme;
    let columns = map.first.1..map.first.1 + map.seen.1;
    let mut head = vec![Span::raw(" ".repeat(map.name))];
    for column in columns.clone() {
        let name = if map.numbered { (column + 1).to_string() } else { found.tokens[column].clone() };
        let style = if selected == column + 1 { theme.accent() } else { theme.dim() };
        head.push(Span::styled(fit_right(&cut(&name, map.cell - 1), map.cell), style));
    }
    let mut lines = vec![Line::from(head)];
    let largest = largest(found);
    for row in map.first.0..map.first.0 + map.seen.0 {
        let style = if row == selected { theme.selected() } else { theme.text() };
        let name = fit(&row_name(found, row), map.name.saturating_sub(1));
        let mut spans = vec![Span::styled(name, style), Span::raw(" ")];
        for &p in &values(found, row)[columns.clone()] {
            let shade = theme.shade(f64::from(p / largest));
            spans.push(Span::styled(fit_right(&percents(p), map.cell), shade));
        }
        lines.push(Line::from(spans));
    }
    frame.put(lines, area);
}

/// What the selected row reads, the most first.
fn read(state: &State, frame: &mut Frame, area: Rect, found: &Attention, row: usize) {
    let theme = state.theme;
    let width = usize::from(area.width);
    let title = match row.checked_sub(1) {
        None => fitting(
            [
                format!("the text ({}) reads", found.pooling),
                "the vector of the text reads".into(),
                "the text reads".into(),
            ],
            width,
        ),
        Some(token) => format!("{} reads", cut(&found.tokens[token], width.saturating_sub(6))),
    };
    let mut order: Vec<(usize, f32)> = values(found, row).iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let largest = order.first().map_or(1e-6, |first| first.1.max(1e-6));
    let digits = found.tokens.len().to_string().len();
    let name = (width / 2).clamp(1, 20);
    let room = width.saturating_sub(digits + 1 + name + 8);
    let mut lines = vec![Line::styled(cut(&title, width), theme.strong())];
    for (token, p) in order.into_iter().take(usize::from(area.height).saturating_sub(1)) {
        let text = format!("{:>digits$} {}", token + 1, fit(&found.tokens[token], name));
        let figure = fit_right(&format!("{:.1} %", f64::from(p) * 100.0), 7);
        lines.push(Line::from(vec![
            Span::raw(text),
            Span::raw(figure),
            Span::raw(" "),
            Span::styled(bar(f64::from(p / largest), room).replace('░', " "), theme.accent()),
        ]));
    }
    frame.put(lines, area);
}

/// What the shades mean, and which columns are not seen.
fn explained(state: &State, found: &Attention, map: &Map) -> Line<'static> {
    let theme = state.theme;
    let largest = f64::from(largest(found)) * 100.0;
    let shade = |fraction: f64| Span::styled(format!(" {:.0} ", fraction * largest), theme.shade(fraction));
    let mut spans = vec![Span::styled("shades from", theme.dim())];
    spans.extend([0.1, 0.33, 0.66].map(shade));
    spans.push(Span::styled(format!(" up to {largest:.0} %"), theme.dim()));
    let count = found.tokens.len();
    if map.seen.1 < count {
        let (from, to) = (map.first.1 + 1, map.first.1 + map.seen.1);
        spans.push(Span::raw(format!(" · columns {from} to {to} of {count}: ← →")));
    }
    Line::from(spans)
}
