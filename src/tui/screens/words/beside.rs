//! The nearest words of one word in every source of the session, side by side. A word that another list has too is
//! marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::error::decimal;
use crate::plot::cells::cut;
use crate::session::choices::Closeness;
use crate::session::record::Neighbour;
use crate::session::source_history::Probe;
use crate::train::protocol::command::Question;
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, fitting};

use super::looks::Looks;
use super::model::{only_told, wish, word};
use super::moments;
use super::overlap;
use super::sentence::sentence;
use super::side::{SHOWN, Side, is_shared, marked};
use super::view::View;
use super::wish::WordQuery;

/// The least width of a list, in columns.
const WIDTH: u16 = 36;
/// Rows of a list: its title, the neighbours, and an empty row.
const HEIGHT: u16 = SHOWN as u16 + 2;

/// Whether the session has several sources to put side by side.
pub fn is_possible(state: &State) -> bool {
    state.screens.words.view == View::Neighbours && state.history.sources().len() > 1
}

/// Whether the lists of all sources are shown now.
pub fn is_shown(state: &State) -> bool {
    state.screens.words.beside && is_possible(state)
}

/// The question for all lists, if a word or an expression is typed.
pub fn question(state: &State) -> Option<Question> {
    let (by, count) = (state.screens.words.by, SHOWN);
    match wish(state) {
        WordQuery::Near(word) => Some(Question::NeighboursOfSources { word, by, count }),
        _ => None,
    }
}

/// The lists of all sources in their order, from the last answer or from the log.
pub fn lists(state: &State) -> Vec<Side> {
    let found = state.screens.words.asked.beside.found.as_ref();
    let of = |place: usize| -> Result<Vec<Neighbour>, String> {
        if !only_told(state) {
            let list = found.and_then(|found| found.get(place).cloned());
            return list.unwrap_or_else(|| Err("Looking …".into()));
        }
        let wanted = word(state).to_lowercase();
        let probe = |probe: &&Probe| probe.word == wanted;
        let looks = state.history.sources()[place].probes.iter().find(probe);
        let list = looks.and_then(|probe| Looks::of_probe(probe, state.until())).map(|looks| looks.list);
        list.ok_or_else(|| "The log has no neighbours of this word in this source.".to_string())
    };
    let name = |place: usize| {
        state.history.sources()[place].name.as_ref().map_or(String::new(), |name| name.to_string())
    };
    let all = 0..state.history.sources().len();
    marked(all.map(|place| Side { name: name(place), list: of(place), shared: 0 }).collect())
}

/// The lists that stand side by side.
fn shown(state: &State) -> Vec<Side> {
    if moments::is_shown(state) { marked(moments::lists(state)) } else { lists(state) }
}

/// The words of all these lists, one list after another: the lines that can be selected.
pub fn words(state: &State) -> Vec<String> {
    let words = |side: Side| side.list.unwrap_or_default().into_iter().take(SHOWN).map(|near| near.word);
    shown(state).into_iter().flat_map(words).collect()
}

/// The list of the selected line, and the rank of the line in it.
fn selected(state: &State, lists: &[Side]) -> Option<(usize, usize)> {
    let mut at = state.screens.words.selected?;
    lists.iter().enumerate().find_map(|(place, side)| {
        let count = side.list.as_ref().map_or(0, |list| list.len().min(SHOWN));
        if at < count {
            return Some((place, at));
        }
        at -= count;
        None
    })
}

/// Columns and rows of lists in an area.
fn grid(area: Rect) -> (u16, u16) {
    ((area.width / WIDTH).max(1), ((area.height + 1) / HEIGHT).max(1))
}

/// The first list that is shown. The last one is never left of an empty place, and the selected line is visible.
fn first(state: &State, area: Rect, lists: &[Side]) -> usize {
    let (columns, rows) = grid(area);
    let room = usize::from(columns) * usize::from(rows);
    let first = state.screens.words.first_source.min(lists.len().saturating_sub(room));
    selected(state, lists).map_or(first, |(place, _)| first.clamp((place + 1).saturating_sub(room), place))
}

/// Shows the lists that begin this many places later.
pub fn moved(state: &mut State, by: isize) {
    let most = state.history.sources().len().saturating_sub(1);
    let own = &mut state.screens.words;
    own.first_source = own.first_source.saturating_add_signed(by).min(most);
}

/// Draws the lists.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    if !matches!(wish(state), WordQuery::Near(_)) {
        let text = "Type a word, or a sum of words (waiter - man + woman): its nearest words in every source, or at two \
                    moments, appear side by side.";
        return sentence(state, frame, area, text);
    }
    let lists = shown(state);
    let by = if state.screens.words.by == Closeness::Dot && !only_told(state) { " · dot" } else { "" };
    let title = format!("nearest to {}{by}", word(state));
    frame.put(Span::styled(cut(&title, usize::from(area.width)), theme.strong()), area);
    let area = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(2), ..area };
    let ((columns, rows), first) = (grid(area), first(state, area, &lists));
    let shown = lists.len().saturating_sub(first).min(usize::from(columns) * usize::from(rows));
    // Fewer lists than there is room for use the whole width.
    let columns = columns.min(shown as u16).max(1);
    let (width, height) = (area.width / columns, HEIGHT.min(area.height));
    for (at, place) in (first..first + shown).enumerate() {
        let (x, y) = (at as u16 % columns, at as u16 / columns);
        let cell = Rect::new(area.x + x * width, area.y + y * height, width.saturating_sub(2), height)
            .intersection(area);
        one(state, frame, cell, &lists, place);
    }
    let (mark, overlap) = ("= in another list too", overlap::sentence(&lists));
    let more = match shown < lists.len() {
        true => format!("{}–{} of {} sources: ← →", first + 1, first + shown, lists.len()),
        false => String::new(),
    };
    // The shortest text that is left says most.
    let join = |parts: &[&str]| {
        let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    };
    let told = [join(&[&more, &overlap, mark]), join(&[&more, &overlap]), join(&[&more, mark])];
    let told = fitting(told, usize::from(area.width));
    let line = Rect { y: area.bottom(), height: 1, ..area };
    frame.put(Span::styled(cut(&told, usize::from(line.width)), theme.dim()), line);
}

/// Draws the list of one source.
fn one(state: &State, frame: &mut Frame, area: Rect, lists: &[Side], place: usize) {
    let theme = state.theme;
    let Side { name, list, shared } = &lists[place];
    let width = usize::from(area.width);
    let list = match list {
        Ok(list) => list,
        Err(why) => {
            frame.put(Span::styled(cut(name, width), theme.strong()), area);
            let rest = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
            return sentence(state, frame, rest, why);
        }
    };
    let told = if *shared > 0 { format!("  {shared} shared") } else { String::new() };
    let mut lines = vec![Line::from(vec![
        Span::styled(cut(name, width.saturating_sub(told.len())), theme.strong()),
        Span::styled(told, theme.dim()),
    ])];
    let chosen = selected(state, lists);
    let near = |(rank, near): (usize, &Neighbour)| {
        let line = line(rank, near, is_shared(lists, place, &near.word), width, theme);
        if chosen == Some((place, rank)) { line.patch_style(theme.selected()) } else { line }
    };
    lines.extend(list.iter().take(SHOWN).enumerate().map(near));
    frame.put(lines, area);
}

/// Rank, word, similarity, and a mark if another source has the word too.
fn line(rank: usize, near: &Neighbour, shared: bool, width: usize, theme: Theme) -> Line<'static> {
    let word = width.saturating_sub(12).clamp(6, 28);
    let style = if shared { theme.accent() } else { theme.text() };
    Line::from(vec![
        Span::styled(format!("{:>2} ", rank + 1), theme.dim()),
        Span::styled(fit(&near.word, word), style),
        Span::styled(fit_right(&decimal(near.similarity, 2), 7), theme.text()),
        Span::styled(if shared { " =" } else { "  " }, theme.accent()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terminals_have_two_columns_and_large_ones_room_for_all() {
        assert_eq!(grid(Rect::new(0, 0, 78, 17)), (2, 1));
        let (columns, rows) = grid(Rect::new(0, 0, 198, 53));
        assert!(columns * rows >= 20, "{columns} × {rows}");
    }
}
