//! Words on two axes such as `good - bad` and `cheap - dear`: where they stand by the projection of their vectors.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::error::{decimal, signed};
use crate::plot::cells::cut;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::{Answer, Axes};
use crate::tui::screens::commands::{models_again, quoted, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::scatter::{self, Point};
use crate::tui::widgets::text::{fit, fit_right, wrap};
use crate::tui::widgets::window;

use super::looks::Looks;
use super::map;
use super::model::{only_told, word};
use super::sentence::sentence;
use super::wish::WordQuery;

/// How many neighbours of the word are placed if no words are given.
const NEIGHBOURS: usize = 18;
/// From this width on, a table of the places is beside the plot.
const TABLE: u16 = 110;
/// The width of that table.
const WIDTH: u16 = 48;
/// What stands in an empty line as an example.
pub const EXAMPLE: &str = "good - bad ; film - meal";

/// The axes and the words that the user typed: `good - bad ; cheap - dear ; film, meal`.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub axes: [String; 2],
    /// The words to place; none for the usual ones.
    pub words: Vec<String>,
}

impl Typed {
    /// Reads what was typed; `None` if an axis is missing.
    pub fn read(text: &str) -> Option<Typed> {
        let mut parts = text.split(';').map(str::trim);
        let mut axis = || parts.next().filter(|part| !part.is_empty()).map(String::from);
        let axes = [axis()?, axis()?];
        let words = parts.flat_map(|part| part.split([',', ' '])).filter(|word| !word.is_empty());
        Some(Typed { axes, words: words.map(String::from).collect() })
    }
}

fn typed(state: &State) -> Option<Typed> {
    Typed::read(&state.screens.words.axes.text())
}

/// The words that are placed: those of the axes, and the typed ones, or the word with its neighbours and the probe words.
fn words(state: &State, typed: &Typed) -> Vec<String> {
    let of_axes = typed.axes.iter().flat_map(|axis| WordQuery::Near(axis.clone()).words());
    let mut words: Vec<String> = of_axes.collect();
    if typed.words.is_empty() {
        let near =
            state.screens.words.asked.near.found.as_ref().filter(|near: &&Looks| near.word == word(state));
        words.extend(super::model::wish(state).words());
        words.extend(near.iter().flat_map(|near| near.list.iter().take(NEIGHBOURS)).map(|n| n.word.clone()));
        words.extend(map::probes(state).into_iter().map(String::from));
    }
    words.extend(typed.words.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
}

/// The question for the places; `None` while no axes are typed.
pub fn question(state: &State) -> Option<Question> {
    let typed = typed(state)?;
    let words = words(state, &typed);
    let [x, y] = typed.axes;
    Some(Question::Axes { x, y, words, run: state.screens.words.run })
}

/// The answer for the axes that are typed.
fn found(state: &State) -> Option<&Axes> {
    let typed = typed(state)?;
    state.screens.words.asked.axes.found.as_ref().filter(|found| found.axes == typed.axes)
}

/// Stores an answer.
pub fn answer(state: &mut State, answer: &Answer) {
    let asked = &mut state.screens.words.asked.axes;
    match answer {
        Answer::Axes(found) => asked.set((**found).clone()),
        Answer::Unknown(why) => asked.refuse(why),
        _ => {}
    }
}

/// The places, the largest on the horizontal axis first.
fn places(found: &Axes) -> Vec<&(String, f32, f32)> {
    let finite = |place: &&(String, f32, f32)| place.1.is_finite() && place.2.is_finite();
    let mut places: Vec<_> = found.places.iter().filter(finite).collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    places
}

/// The words that can be selected, in the order of the table.
pub fn lines(state: &State) -> Vec<String> {
    found(state).map_or(Vec::new(), |found| places(found).into_iter().map(|place| place.0.clone()).collect())
}

/// The command line that prints the same.
pub fn command(state: &State, file: &str) -> Option<String> {
    let typed = typed(state)?;
    let words: Vec<String> = words(state, &typed).iter().map(|word| quoted(word)).collect();
    let [x, y] = typed.axes.map(|axis| quoted(&axis));
    Some(format!("warmstart axis {file} --x {x} --y {y} {}", words.join(" ")))
}

/// The places as a table with a head.
pub fn table(state: &State) -> Option<Vec<Vec<String>>> {
    let found = found(state)?;
    let head = vec!["word".to_string(), found.axes[0].clone(), found.axes[1].clone()];
    let row = |place: &(String, f32, f32)| vec![place.0.clone(), place.1.to_string(), place.2.to_string()];
    Some(std::iter::once(head).chain(places(found).into_iter().map(row)).collect())
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if only_told(state) && !state.can_ask() {
        let text = format!(
            "Axes need the vectors themselves, and a {} has none: {}.",
            seen_as(state),
            models_again(state)
        );
        return sentence(state, frame, area, &text);
    }
    if typed(state).is_none() {
        let text = format!(
            "Two axes, each a difference of words: / and {EXAMPLE} . Words on the right are nearer to good, words above \
             nearer to film. After another ; come the words to place; without them, the word's neighbours and the probe \
             words are."
        );
        return sentence(state, frame, area, &text);
    }
    let asked = &state.screens.words.asked.axes;
    let Some(found) = found(state) else {
        return sentence(state, frame, area, asked.why.as_deref().unwrap_or("Looking …"));
    };
    let beside = area.width >= TABLE;
    let plot = Rect { width: if beside { area.width - WIDTH - 2 } else { area.width }, ..area };
    let foot = foot(state, found, usize::from(area.width));
    let height = (foot.len() as u16).min(area.height);
    let canvas = Rect { height: area.height - height, ..plot };
    points(state, frame, canvas, found);
    if beside {
        let x = plot.right() + 2;
        list(state, frame, Rect { x, width: WIDTH, height: canvas.height, ..area }, found);
    }
    frame.put(foot, Rect { y: canvas.bottom(), height, ..area });
}

/// What must be known to read the plot.
fn foot(state: &State, found: &Axes, width: usize) -> Vec<Line<'static>> {
    let mut text = format!("cosine between the axes {}", decimal(found.cosine, 2));
    if found.cosine.abs() > 0.5 {
        text.push_str(": they say much the same");
    }
    if !found.missing.is_empty() {
        text.push_str(&format!(" · without a vector: {}", found.missing.join(", ")));
    }
    if state.is_back() {
        text.push_str(" · as it is now");
    }
    let lines = wrap(&text, width).into_iter().take(2);
    lines.map(|line| Line::styled(line, state.theme.dim())).collect()
}

/// Draws the axes, and the words on them. Each axis has a scale of its own.
fn points(state: &State, frame: &mut Frame, area: Rect, found: &Axes) {
    let theme = state.theme;
    if area.width < 8 || area.height < 4 {
        return;
    }
    let selected = selected(state);
    let ends: Vec<String> =
        found.axes.iter().flat_map(|axis| WordQuery::Near(axis.clone()).words()).collect();
    let most = |value: fn(&(String, f32, f32)) -> f32| {
        found.places.iter().map(|place| value(place).abs()).fold(0.05, f32::max)
    };
    let (across, up) = (most(|place| place.1), most(|place| place.2));
    // The plot keeps the proportions of its points, so they are stretched to its own.
    let wide = 0.8 * f32::from(area.width - 1) / (1.8 * f32::from(area.height - 1));
    let mut points: Vec<Point> = Vec::new();
    for place in &found.places {
        let (marker, style) = if selected.as_ref() == Some(&place.0) {
            ("◉", theme.accent())
        } else if ends.contains(&place.0) {
            ("◇", theme.good())
        } else {
            ("•", theme.strong())
        };
        points.push(Point {
            name: place.0.clone(),
            x: place.1 / across * wide,
            y: place.2 / up,
            marker,
            style,
        });
    }
    points.sort_by_key(|point| (selected.as_ref() != Some(&point.name), !ends.contains(&point.name)));
    // The corners keep zero in the middle.
    for (x, y) in [(-wide, -1.0), (wide, 1.0)] {
        points.push(Point { name: String::new(), x, y, marker: " ", style: theme.dim() });
    }
    let lens = state.screens.words.lens;
    let zero = (
        f64::from(area.width - 1) * (0.45 - lens.shift.0),
        f64::from(area.height - 1) * (0.5 + lens.shift.1),
    );
    let inside =
        |value: f64, size: u16| (0.0..f64::from(size)).contains(&value.round()).then(|| value.round() as u16);
    if let Some(row) = inside(zero.1, area.height) {
        let line = "─".repeat(usize::from(area.width));
        frame.put(Span::styled(line, theme.line()), Rect { y: area.y + row, height: 1, ..area });
    }
    if let Some(column) = inside(zero.0, area.width) {
        let lines: Vec<Line> = (0..area.height).map(|_| Line::styled("│", theme.line())).collect();
        frame.put(lines, Rect { x: area.x + column, width: 1, ..area });
        let name = cut(&format!("↑ {}", found.axes[1]), usize::from(area.width - column).saturating_sub(2));
        let place = Rect {
            x: area.x + column + 2.min(area.width - column),
            height: 1,
            width: name.width() as u16,
            ..area
        };
        frame.put(Span::styled(name, theme.dim()), place.intersection(area));
    }
    scatter::view(frame, &points, area, lens);
    if let Some(row) = inside(zero.1, area.height) {
        let name = cut(&format!("{} →", found.axes[0]), usize::from(area.width) / 3);
        let width = name.width() as u16;
        // Below the line, at its right end.
        let y = area.y + (row + 1).min(area.height - 1);
        let place = Rect { x: area.right() - width, y, width, height: 1 };
        frame.put(Span::styled(name, theme.dim()), place.intersection(area));
    }
}

/// Draws the places as a table.
fn list(state: &State, frame: &mut Frame, area: Rect, found: &Axes) {
    let theme = state.theme;
    let all = places(found);
    let rows = usize::from(area.height).saturating_sub(1);
    let selected = state.screens.words.selected;
    let first = selected.map_or(0, |at| window::around(at, all.len(), rows));
    let word = usize::from(area.width).saturating_sub(28);
    let head =
        format!("{}{}{}", fit("word", word), fit_right(&found.axes[0], 14), fit_right(&found.axes[1], 14));
    let mut lines = vec![Line::styled(head, theme.dim())];
    lines.extend(all.into_iter().enumerate().skip(first).take(rows).map(|(at, place)| {
        let style = if selected == Some(at) { theme.selected() } else { theme.text() };
        let [x, y] = [place.1, place.2].map(|value| signed(value, 2));
        Line::from(vec![
            Span::styled(fit(&place.0, word), style),
            Span::raw(format!("{}{}", fit_right(&x, 14), fit_right(&y, 14))),
        ])
    }));
    frame.put(lines, area);
}

fn selected(state: &State) -> Option<String> {
    lines(state).get(state.screens.words.selected?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_axes_are_needed_and_words_may_follow() {
        let typed = Typed::read("good - bad ; cheap-dear; film, meal waiter").unwrap();
        assert_eq!(typed.axes, ["good - bad", "cheap-dear"]);
        assert_eq!(typed.words, ["film", "meal", "waiter"]);
        assert_eq!(Typed::read("a - b ; c").unwrap().words.len(), 0);
        for text in ["", "good - bad", "good - bad ;", " ; cheap - dear"] {
            assert_eq!(Typed::read(text), None, "{text}");
        }
    }
}
