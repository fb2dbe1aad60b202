//! Draws the screen Label: the text and its classes, the last answer, and the curve of accuracy.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::error::counted;
use crate::plot::cells::cut;
use crate::plot::columns::Spread;
use crate::plot::track::Along;
use crate::session::comparison::points;
use crate::session::query_strategy::QueryStrategy;
use crate::train::protocol::labelling::{LabelAnswered, LabelPoint, LabelView, Measured};
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::screens::frame::show_text;
use crate::tui::state::State;
use crate::tui::theme::Dash;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::chart::{Chart, Curve, extent};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{percent, wrap};
use crate::tui::widgets::window;

use super::keys::{CLASSES, key_of};
use super::model::{elsewhere, is_at_work};
use super::state::{Curves, Work};

/// From this width on, the chart is beside the text.
const WIDE: u16 = 120;
/// The empty rows around the text and its classes.
const EMPTY: usize = 3;
/// A shorter text is followed by empty rows, so that the classes keep their place.
const STEADY: usize = 6;
/// The most characters of a class's name.
const NAME: usize = 24;

/// What can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The class at this place.
    Class(u8),
    /// The line for the path of a file.
    Path,
}

/// The areas of the text with its classes, and of the chart.
fn parts(area: Rect) -> (Rect, Rect) {
    let area = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    if area.width >= WIDE {
        let left = area.width / 2;
        let right = Rect { x: area.x + left + 2, width: area.width - left - 2, ..area };
        (Rect { width: left, ..area }, Rect { height: right.height.min(30), ..right })
    } else {
        let above = area.height.saturating_sub((area.height * 3 / 10).max(5));
        let below = Rect { y: area.y + above, height: area.height - above, ..area };
        (Rect { height: above, ..area }, below)
    }
}

/// The number of rows of the text: those that the sentences and classes below it leave, within limits.
pub fn rows_of_text(state: &State, area: Rect) -> usize {
    let (left, _) = parts(area);
    let width = usize::from(left.width);
    let rest = state.screens.label.view().map_or(0, |view| {
        wrap(&head(view), width).len()
            + class_rows(state, view, width).0.len()
            + figures(state, view, width).len()
    });
    usize::from(left.height).saturating_sub(rest + EMPTY).clamp(3, 20)
}

/// The number of lines of the text that is asked about.
pub fn lines_of_text(state: &State, area: Rect) -> usize {
    let query = state.screens.label.view().and_then(|view| view.query.as_ref());
    query.map_or(0, |query| wrap(&query.text, usize::from(parts(area).0.width)).len())
}

/// Draws the screen below its explanation.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let own = &state.screens.label;
    match &own.work {
        Work::Begun { view, curves, .. } if view.strategy.is_some() => {
            let (left, right) = parts(area);
            let (lines, _) = panel(state, view, left, rows_of_text(state, area));
            frame.put(lines, left);
            chart(state, curves, frame, right);
        }
        Work::Begun { view, .. } => working(state, view, frame, area),
        Work::Nothing | Work::Refused(_) => offer(state, frame, area),
    }
}

/// What is being prepared, and how far it is.
fn working(state: &State, view: &LabelView, frame: &mut Frame, area: Rect) {
    let (doing, done) = view.doing.clone().unwrap_or_else(|| ("reading the texts".into(), 0.0));
    let lines = vec![
        Line::default(),
        Line::from(format!(" {doing}: {}. x ends it.", percent(done))),
        Line::styled(format!(" {}", bar(done, 40)), state.theme.accent()),
    ];
    frame.put(lines, area);
}

/// The row of the line for the path, below the top of the screen.
fn path_row(state: &State, area: Rect) -> u16 {
    offered(state, area).1 as u16
}

/// What can be begun, as lines, and the index of the line for the path.
fn offered(state: &State, area: Rect) -> (Vec<Line<'static>>, usize) {
    let (theme, own) = (state.theme, &state.screens.label);
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let say = |text: &str, lines: &mut Vec<Line<'static>>| {
        lines.extend(wrap(text, width).into_iter().map(|line| Line::from(format!(" {line}"))));
    };
    if let Work::Refused(why) = &own.work {
        let wrong = wrap(why, width).into_iter().map(|line| Line::styled(format!(" {line}"), theme.bad()));
        lines.extend(wrong);
        lines.push(Line::default());
    }
    if let Some(shown) = &own.shown {
        say(shown, &mut lines);
        lines.push(Line::default());
    }
    let strategy = own.strategy();
    lines.push(Line::from(vec![
        Span::styled(" strategy ", theme.dim()),
        Span::styled(strategy.name(), theme.strong()),
        Span::styled("  (t changes it)", theme.dim()),
    ]));
    say(strategy.explained(), &mut lines);
    lines.push(Line::default());
    lines.push(Line::styled(" Simulation: enter", theme.strong()));
    say(
        "A part of the training texts of this session becomes the pool. You label as if their labels were not known, or let \
         the known labels answer. Random choice gets as many labels, so the two curves can be compared.",
        &mut lines,
    );
    lines.push(Line::default());
    lines.push(Line::styled(" Your own texts: /", theme.strong()));
    say(
        "A table, or a file with a text on each line. Every label is appended to a CSV file beside it, and is on the disk \
         before the next text is shown. The classes are those of this session, whose labels are known from the start.",
        &mut lines,
    );
    let row = lines.len();
    (lines, row)
}

fn offer(state: &State, frame: &mut Frame, area: Rect) {
    if !state.can_ask() {
        let text = match state.replay {
            Some(_) => format!(
                "A {} has no models in memory, so it cannot make the vectors of texts: {}.",
                seen_as(state),
                models_again(state)
            ),
            None => format!(
                "There is no session in front whose source could make vectors of texts: {}.",
                elsewhere()
            ),
        };
        return show_text(state, frame, area, &text);
    }
    let (lines, row) = offered(state, area);
    frame.put(lines, area);
    let own = &state.screens.label;
    let line = Rect { x: area.x + 1, y: area.y + row as u16, width: area.width.saturating_sub(2), height: 1 };
    let line = line.intersection(area);
    if own.input.active || !own.input.is_empty() {
        frame.put(Line::styled("file ", state.theme.dim()), line);
        let room = Rect { x: line.x + 5.min(line.width), width: line.width.saturating_sub(5), ..line };
        own.input.view(frame, room, if own.input.active { state.theme.accent() } else { state.theme.text() });
    }
    let names: Vec<&str> = own
        .offers
        .iter()
        .map(|path| path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path))
        .collect();
    let below = Rect { y: line.y + 1, height: area.bottom().saturating_sub(line.y + 1).min(3), ..line }
        .intersection(area);
    let told = wrap(&names.join("  "), usize::from(below.width));
    let told =
        told.into_iter().take(usize::from(below.height)).map(|line| Line::styled(line, state.theme.dim()));
    if !names.is_empty() {
        frame.put(told.collect::<Vec<_>>(), below);
    }
}

/// The text with its classes and the last answer as lines; and the places of the classes: row, column, width.
fn panel(
    state: &State,
    view: &LabelView,
    area: Rect,
    rows: usize,
) -> (Vec<Line<'static>>, Vec<(u16, u16, u16)>) {
    let theme = state.theme;
    let width = usize::from(area.width);
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(wrap(&head(view), width).into_iter().map(Line::from));
    lines.push(Line::default());
    let mut classes = Vec::new();
    match &view.query {
        Some(query) => {
            let text = wrap(&query.text, width);
            let first = state.screens.label.scroll.min(text.len().saturating_sub(1));
            let hidden = text.len() > first + rows;
            let shown = text.iter().skip(first).take(if hidden { rows - 1 } else { rows });
            let count = shown.len();
            lines.extend(shown.map(|line| Line::styled(line.clone(), theme.strong())));
            if hidden {
                let rest = window::rest(first, text.len(), rows - 1).unwrap_or_default();
                lines.push(Line::styled(rest, theme.dim()));
            }
            let filled = count + usize::from(hidden);
            lines.extend(std::iter::repeat_n(Line::default(), rows.min(STEADY).saturating_sub(filled) + 1));
            let (rows, places) = class_rows(state, view, width);
            let top = lines.len() as u16;
            classes = places.into_iter().map(|(row, x, wide)| (top + row, x, wide)).collect();
            lines.extend(rows);
        }
        None => {
            let told = match (&view.doing, view.open) {
                (Some((doing, _)), _) => format!("… {doing}"),
                (None, 0) => "Every text has a label or was skipped.".to_string(),
                (None, _) => "…".to_string(),
            };
            lines.push(Line::styled(told, theme.dim()));
        }
    }
    lines.push(Line::default());
    lines.extend(figures(state, view, width));
    lines.truncate(usize::from(area.height));
    (lines, classes)
}

/// What was found so far, the most important first: where there is little room, the end is left out.
fn figures(state: &State, view: &LabelView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let style = match view.difference {
        Some((_, Some((low, _)))) if low > 0.0 => theme.good(),
        Some((_, Some((_, high)))) if high < 0.0 => theme.bad(),
        _ => theme.text(),
    };
    let mut told = vec![(compared(view), style), (measured(view), theme.text())];
    told.extend(view.last.as_ref().map(|last| (answered(view, last), theme.dim())));
    told.extend(view.remarks.iter().map(|remark| (remark.clone(), theme.dim())));
    let lines = |(text, style): (String, Style)| {
        wrap(&text, width).into_iter().map(move |line| Line::styled(line, style)).collect::<Vec<_>>()
    };
    told.into_iter().filter(|(text, _)| !text.is_empty()).flat_map(lines).collect()
}

/// What a simulation has shown, in sentences.
pub fn summary(view: &LabelView) -> String {
    format!("The simulation has ended. {} {}", measured(view), compared(view)).trim_end().to_string()
}

/// How far the labelling is, as a sentence.
fn head(view: &LabelView) -> String {
    let by = match (view.query.as_ref().map(|query| query.by), view.strategy) {
        (Some(QueryStrategy::Random), Some(QueryStrategy::Random)) | (None, _) => "Random choice".to_string(),
        (Some(QueryStrategy::Random), _) => "Chosen at random".to_string(),
        (Some(by), _) => format!("Chosen by {by}"),
    };
    let labels = counted(view.given, "label", "labels");
    let known = if view.known > 0 { format!(" and {} known before", view.known) } else { String::new() };
    let skipped = if view.skipped > 0 { format!(", {} skipped", view.skipped) } else { String::new() };
    let kind = if view.is_simulated() { "Simulation. " } else { "" };
    let by = if view.query.is_some() { format!("{by}. ") } else { String::new() };
    format!("{kind}{by}{labels}{known}; {} left{skipped}.", counted(view.open, "text", "texts"))
}

/// The classes with their keys in rows, and the place of each: row, column, width.
fn class_rows(state: &State, view: &LabelView, width: usize) -> (Vec<Line<'static>>, Vec<(u16, u16, u16)>) {
    let theme = state.theme;
    let ready = state.screens.label.takes_acts();
    let (mut rows, mut places, mut x) = (vec![Vec::new()], Vec::new(), 0);
    for (class, (name, count)) in view.classes.iter().zip(&view.counts).enumerate().take(CLASSES) {
        let key = key_of(state, class).unwrap_or_default();
        let name = format!(" {} ", cut(name, NAME));
        let count = format!("({count})");
        let wide = key.width() + name.width() + count.width();
        if x > 0 && x + wide > width {
            rows.push(Vec::new());
            x = 0;
        }
        places.push((rows.len() as u16 - 1, x as u16, wide as u16));
        if let Some(row) = rows.last_mut() {
            row.push(Span::styled(key, if ready { theme.accent() } else { theme.dim() }));
            row.push(Span::styled(name, if ready { theme.strong() } else { theme.dim() }));
            row.push(Span::styled(count, theme.dim()));
            row.push(Span::raw("   "));
        }
        x += wide + 3;
    }
    let mut rows: Vec<Line> = rows.into_iter().map(Line::from).collect();
    if view.classes.len() > CLASSES {
        let more = format!(
            "{} more classes have no key: `warmstart label` takes their names",
            view.classes.len() - CLASSES
        );
        rows.extend(wrap(&more, width).into_iter().map(|line| Line::styled(line, theme.dim())));
    }
    (rows, places)
}

/// The last answer beside what the model thought before it.
fn answered(view: &LabelView, last: &LabelAnswered) -> String {
    let name = |class: usize| view.classes.get(class).map_or("", |name| &name[..]);
    let mut told = format!("Last: {}", name(last.class));
    let best = (0..last.opinion.len()).max_by(|&a, &b| last.opinion[a].total_cmp(&last.opinion[b]));
    match best {
        None => told.push_str("; there was no model yet"),
        Some(best) => {
            let p = percent(f64::from(last.opinion[best]));
            told.push_str(&match best == last.class {
                true => format!("; the model expected it too ({p})"),
                false => format!("; the model expected {} ({p})", name(best)),
            });
        }
    }
    if let Some(known) = last.known.filter(|&known| known != last.class) {
        told.push_str(&format!("; the known label is {}", name(known)));
    }
    told + "."
}

/// The accuracy and what it is measured on, as a sentence.
fn measured(view: &LabelView) -> String {
    let Some(last) = view.curve.last() else {
        return match view.measured {
            Measured::Validation(_) => "There is no accuracy before two classes have a label.".into(),
            Measured::RandomLabels(_) => {
                "There is no accuracy before ten random texts and two classes have labels.".into()
            }
        };
    };
    let on = match view.measured {
        Measured::Validation(count) => {
            format!("on {}", counted(count, "validation text", "validation texts"))
        }
        Measured::RandomLabels(count) => {
            format!("on {}, each held out", counted(count, "random text", "random texts"))
        }
    };
    let seconds =
        if view.seconds < 0.0095 { "10 ms".into() } else { format!("{:.0} ms", 1000.0 * view.seconds) };
    let under = if view.seconds < 0.0095 { "under " } else { "" };
    format!(
        "Accuracy {} with {}, {on}; trained in {under}{seconds}.",
        percent(last.accuracy),
        counted(last.labels, "label", "labels")
    )
}

/// What the choice is worth beside random choice, as a sentence; empty while that is not known.
fn compared(view: &LabelView) -> String {
    if let Some((mean, interval)) = view.difference {
        let Some((low, high)) = interval else { return String::new() };
        let verdict = match (low > 0.0, high < 0.0) {
            (true, _) => "Better than random choice",
            (_, true) => "Worse than random choice",
            _ => "No difference from random choice is shown",
        };
        let differing = match view.differing {
            0 => String::new(),
            count => format!(
                " {} not the known {}, which random choice has.",
                counted(count, "of your labels is", "of your labels are"),
                if count == 1 { "one" } else { "ones" }
            ),
        };
        return format!(
            "{verdict}: {} points, 95 % interval {} to {}, in this one simulation; others differ.{differing}",
            points(mean),
            points(low),
            points(high)
        );
    }
    // With labels of the user, random choice has fewer: both are compared where both are known.
    let Some(random) = view.random.last() else { return String::new() };
    let mine = |point: &&LabelPoint| point.labels <= random.labels;
    let Some(mine) = view.curve.iter().rev().find(mine).filter(|_| !view.is_simulated()) else {
        return String::new();
    };
    format!(
        "With {} labels: {} as chosen, {} by the random texts alone.",
        random.labels,
        percent(mine.accuracy),
        percent(random.accuracy)
    )
}

fn chart(state: &State, curves: &Curves, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let own = &state.screens.label;
    let chosen = if own.is_mixed { "chosen" } else { own.strategy().name() };
    let known = [&curves.random, &curves.chosen].into_iter().map(|track| (track.series(), track.len()));
    let Some(window) = extent(known, Along::Step).filter(|(low, high)| low < high) else { return };
    if area.height < 4 {
        return;
    }
    let title = Line::styled(cut("accuracy by the number of labels", usize::from(area.width)), theme.dim());
    frame.put(title, Rect { height: 1, ..area });
    let curve = |is_chosen: bool| {
        let track = if is_chosen { &curves.chosen } else { &curves.random };
        Curve {
            members: vec![(track.series(), track.len())],
            style: if is_chosen { theme.accent() } else { theme.dim() },
            dash: if is_chosen { Dash::Solid } else { Dash::Dotted },
            marker: if is_chosen { "●" } else { "○" },
            label: if is_chosen { chosen } else { "random" }.to_string(),
            strong: is_chosen,
            spread: Spread::None,
        }
    };
    let mut drawn = vec![curve(false), curve(true)];
    drawn.retain(|curve| curve.members.iter().all(|(_, told)| *told > 0));
    let chart = Chart {
        curves: drawn,
        along: Along::Step,
        powers: false,
        unit: "labels",
        window,
        log_x: false,
        log: false,
        range: None,
        fit_all: true,
        cursor: None,
        marks: &[],
        theme,
    };
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    chart.view(frame.buffer_mut(), below);
}

/// What is at a place of the screen.
pub fn target(state: &State, area: Rect, place: Position) -> Option<Target> {
    if !is_at_work(state) {
        let row = area.y + path_row(state, area);
        return (state.can_ask() && place.y == row).then_some(Target::Path);
    }
    let view = state.screens.label.view().filter(|view| view.strategy.is_some())?;
    let (left, _) = parts(area);
    let (_, classes) = panel(state, view, left, rows_of_text(state, area));
    let hit = |&(row, x, wide): &(u16, u16, u16)| {
        Rect::new(left.x + x, left.y + row, wide, 1).intersection(left).contains(place)
    };
    classes.iter().position(hit).map(|class| Target::Class(class as u8))
}
