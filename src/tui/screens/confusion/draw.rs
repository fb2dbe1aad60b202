//! The layout of the screen Confusion, and its drawing.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::error::{decimal, signed};
use crate::plot::cells::cut;
use crate::session::comparison::points;
use crate::session::figures::figures;
use crate::session::record::Evaluation;
use crate::tui::grouping::Group;
use crate::tui::layout;
use crate::tui::screens::frame::body;
use crate::tui::state::State;
use crate::tui::widgets::matrix::Figures;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, fitting, percent, short, wrap};
use crate::tui::widgets::{run, window};

use super::model::{self, Looked, Pooled, Row, looked, subtracted};
use super::table::{Beside, Table};
use super::{differences, reliability, suspects};

/// Something that can be clicked.
pub enum Target {
    Row(Row),
    Cell((usize, usize)),
}

/// The areas of the screen.
struct Parts {
    runs: Rect,
    /// The name of the selected evaluation, and its metrics.
    head: Rect,
    /// The matrix or the examples.
    main: Rect,
    /// The selected cell as a sentence.
    foot: Rect,
}

fn parts(state: &State, area: Rect) -> Parts {
    let wide = (run::width(state.history.several_sources()) as u16 + 8).min(area.width);
    let x = area.x + wide + 1;
    let width = area.width.saturating_sub(wide + 2);
    let head = 4.min(area.height);
    let foot = 3.min(area.height - head);
    Parts {
        runs: Rect::new(area.x, area.y, wide, area.height),
        head: Rect::new(x, area.y, width, head),
        main: Rect::new(x, area.y + head, width, area.height - head - foot),
        foot: Rect::new(x, area.bottom() - foot, width, foot),
    }
}

/// The size of the area for examples: columns, rows.
pub fn examples_room(state: &State) -> (u16, u16) {
    let main = parts(state, body(state, layout::layout(state).body)).main;
    (main.width, main.height)
}

/// What a click at this position hits.
pub fn target(state: &State, area: Rect, place: Position) -> Option<Target> {
    let parts = parts(state, area);
    if parts.runs.contains(place) {
        let row = usize::from(place.y - parts.runs.y).checked_sub(1)?;
        let groups = model::groups(state);
        let rows = model::rows(state, &groups);
        let first = first_row(&rows, model::current(state, &groups), parts.runs);
        return rows.get(first + row).copied().map(Target::Row);
    }
    if state.screens.confusion.examples.is_some() || state.screens.confusion.reliability {
        return None;
    }
    let looked = looked(state)?;
    let table = table(state, &looked, parts.main);
    table.grid(parts.main, state.screens.confusion.cell).at(place).map(Target::Cell)
}

fn first_row(rows: &[Row], current: Row, area: Rect) -> usize {
    let at = rows.iter().position(|row| *row == current).unwrap_or(0);
    window::around(at, rows.len(), usize::from(area.height).saturating_sub(1))
}

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if state.screens.confusion.suspects.open {
        return suspects::view(state, frame, area);
    }
    let theme = state.theme;
    let parts = parts(state, area);
    runs(state, frame, parts.runs);
    let Some(looked) = looked(state) else {
        let sentence = if state.history.runs.is_empty() {
            "No run has begun yet: its first matrix appears with its first evaluation."
        } else if state.is_back() {
            "This run was not evaluated yet at the time looked at; ] goes forward."
        } else {
            "This run was not evaluated yet: its first matrix appears in a moment."
        };
        let lines: Vec<Line> = wrap(sentence, usize::from(parts.main.width))
            .into_iter()
            .map(|l| Line::styled(l, theme.dim()))
            .collect();
        frame.put(lines, parts.main);
        return;
    };
    if state.screens.confusion.examples.is_none()
        && let Some(found) = differences::found(state, &looked)
    {
        return differences::view(state, frame, [parts.head, parts.main, parts.foot], found);
    }
    let other = subtracted(state, &looked);
    head(state, frame, parts.head, &looked, other.as_ref());
    match &state.screens.confusion.examples {
        Some(open) => {
            let lines = open.lines(parts.main.width, theme);
            let rest = window::rest(open.first, lines.len(), usize::from(parts.main.height));
            let seen: Vec<Line> =
                lines.into_iter().skip(open.first).take(usize::from(parts.main.height)).collect();
            frame.put(seen, parts.main);
            if let Some(rest) = rest {
                frame.put(Line::styled(rest, theme.dim()), parts.foot);
            }
        }
        None if state.screens.confusion.reliability => {
            let area = Rect { height: parts.main.height + parts.foot.height, ..parts.main };
            reliability::view(state, frame, area, &looked, state.screens.confusion.before);
        }
        None => {
            let shown = counts(state, &looked).draw(state, frame, parts.main);
            foot(state, frame, parts.foot, &looked, shown);
        }
    }
}

fn runs(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let groups = model::groups(state);
    let (listed, current) = (model::rows(state, &groups), model::current(state, &groups));
    let first = first_row(&listed, current, area);
    let rows = usize::from(area.height).saturating_sub(1);
    let count = model::listed(state).len();
    let set = looked(state).map(|looked| looked.evaluation.set.clone());
    let on = set.as_ref().map_or(String::new(), |set| format!(" on {}", cut(set, 12)));
    let title = match window::rest(first, listed.len(), rows) {
        Some(rest) => {
            format!(
                " {}{on} {}",
                crate::error::counted(count, "run", "runs"),
                rest.replace(" above", "").replace(" below", "").replace(" ·", "")
            )
        }
        None => format!(" {}{on}", crate::error::counted(count, "run", "runs")),
    };
    let mut lines = vec![Line::styled(fit(&title, usize::from(area.width)), theme.dim())];
    for row in listed.into_iter().skip(first).take(rows) {
        let number = match row {
            Row::Run(number) => number,
            Row::Group(place) => {
                let width = usize::from(area.width);
                lines.push(group_line(state, &groups[place], set.as_deref(), row == current, width));
                continue;
            }
        };
        let Some(each) = state.history.run(number) else { continue };
        let own = &state.screens.confusion;
        let mark = if own.marked == Some(number) { "−" } else { " " };
        // Accuracies on different sets must not be in the same column.
        let figure = model::look(&state.history, number, set.as_deref(), own.step, state.until())
            .filter(|looked| set.as_ref().is_none_or(|set| *set == looked.evaluation.set))
            .map_or("–".to_string(), |looked| format!("{:.1}", looked.evaluation.accuracy * 100.0));
        let mut spans = vec![Span::styled(mark, theme.warning())];
        spans.extend(run::label(&each.start, state.history.several_sources(), theme));
        spans.push(Span::raw(fit_right(&figure, 6)));
        let mut line = Line::from(spans);
        if row == current {
            line = line.style(theme.selected());
            line.spans.iter_mut().for_each(|span| span.style = span.style.add_modifier(Modifier::REVERSED));
        }
        lines.push(line);
    }
    frame.put(lines, area);
}

/// The row of a group: its name, how many runs it has, and their mean accuracy.
fn group_line(state: &State, group: &Group, set: Option<&str>, chosen: bool, width: usize) -> Line<'static> {
    let theme = state.theme;
    let own = &state.screens.confusion;
    let accuracy = |i: &usize| {
        let run = state.history.runs.get(*i)?.start.run;
        let looked = model::look(&state.history, run, set, own.step, state.until())?;
        set.is_none_or(|set| set == looked.evaluation.set).then_some(looked.evaluation.accuracy)
    };
    let known: Vec<f64> = group.members.iter().filter_map(accuracy).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let figure = if known.is_empty() { "–".to_string() } else { format!("{:.1}", mean * 100.0) };
    let runs = format!(" {}×", group.members.len());
    let room = width.saturating_sub(3 + runs.chars().count() + 6 + 1);
    let (marker, style) =
        group.method.map_or(("▪", theme.strong()), |method| (method.marker(), theme.method(method)));
    let base = if chosen { theme.selected() } else { Style::new() };
    let style = if chosen { style.add_modifier(Modifier::REVERSED) } else { style };
    Line::from(vec![
        Span::styled(" ", base),
        Span::styled(format!("{marker} {}", fit(&group.name, room)), style),
        Span::styled(format!("{runs}{} ", fit_right(&figure, 6)), base),
    ])
}

fn head(state: &State, frame: &mut Frame, area: Rect, looked: &Looked, other: Option<&Looked>) {
    let theme = state.theme;
    let evaluation = looked.evaluation;
    let pooled = model::pooled(state, looked);
    let first = match &pooled {
        None => run::title(&looked.run.start, state.history.several_sources(), theme),
        Some(pooled) => {
            let (marker, style) = pooled
                .method
                .map_or(("▪", theme.strong()), |method| (method.marker(), theme.method(method)));
            let runs = crate::error::counted(pooled.accuracies.len(), "run", "runs");
            vec![
                Span::styled(format!("{marker} {}", pooled.name), style),
                Span::raw(format!(" · {runs} added up")),
            ]
        }
    };
    let minus = other.map(|other| {
        let mut spans = vec![Span::styled("minus ", theme.warning())];
        spans.extend(run::title(&other.run.start, state.history.several_sources(), theme));
        spans.push(Span::styled(format!(", step {}", other.evaluation.step), theme.dim()));
        spans
    });
    let documents: u64 = evaluation.confusion.iter().flatten().sum();
    // The runs of a group keep the parameters of different steps.
    let steps = pooled.as_ref().map(|pooled| pooled.steps).filter(|(first, last)| first < last);
    let steps = steps.map(|(first, last)| format!("steps {first} to {last}"));
    let set = vec![
        Span::styled(cut(&evaluation.set, 24), theme.strong()),
        Span::raw(format!(" · {} · ", steps.unwrap_or_else(|| format!("step {}", evaluation.step)))),
        Span::styled(format!("◂ {} of {} ▸", looked.place + 1, looked.of), theme.accent()),
    ];
    let figures = match (other, &pooled) {
        (Some(other), _) => changes(state, evaluation, other.evaluation),
        (None, Some(pooled)) => means(state, pooled),
        (None, None) => {
            let beside = told(state, model::beside(&state.history).of(&evaluation.confusion));
            let accuracy = format!("accuracy {}", percent(evaluation.accuracy));
            let loss = format!(" · loss {}", short(evaluation.loss));
            let all = format!(" · {documents} {}", state.modality().examples());
            [accuracy, beside, loss, all]
        }
    };
    let figures = of_room(&figures, usize::from(area.width));
    let mut lines = vec![Line::from(first), Line::from(set), Line::from(figures)];
    if let Some(minus) = minus {
        lines.insert(1, Line::from(minus));
    } else if let Some(only) = evaluation.collapsed(looked.run.start.method).filter(|_| pooled.is_none()) {
        let names = model::names(&state.history, evaluation.confusion.len());
        let name = names.get(only).map_or(String::new(), |name| cut(name, 24));
        let texts = [
            format!("! It answers {name} to everything: the accuracy is the fraction of {name}"),
            format!("! It answers {name} to everything"),
            format!("! One answer: {name}"),
        ];
        lines.push(Line::styled(fitting(texts, usize::from(area.width)), theme.warning()));
    }
    if let Some(open) = &state.screens.confusion.examples {
        let names = model::names(&state.history, evaluation.confusion.len());
        let name = |class: usize| names.get(class).map_or(String::new(), |name| cut(name, 24));
        lines.truncate(2);
        let told = format!("truly {}, guessed {}: most confident first", name(open.truth), name(open.guess));
        let rows = wrap(&told, usize::from(area.width));
        lines.extend(rows.into_iter().map(|row| Line::styled(row, theme.strong())));
    }
    frame.put(lines, area);
}

/// The metric beside accuracy, with its name: " · macro-F1 81.2 %".
fn told(state: &State, value: f64) -> String {
    let metric = model::beside(&state.history);
    let value = if metric.is_fraction() { percent(value) } else { decimal(value, 3) };
    format!(" · {} {}", metric.name(), value.trim())
}

/// Accuracy, the metric beside it, the loss and the number of examples of a group: means over its runs.
fn means(state: &State, pooled: &Pooled) -> [String; 4] {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let accuracy = mean(&pooled.accuracies);
    let squares: f64 = pooled.accuracies.iter().map(|value| (value - accuracy).powi(2)).sum();
    let deviation = match pooled.accuracies.len() {
        0 | 1 => String::new(),
        count => format!(" ± {:.1}", 100.0 * (squares / (count - 1) as f64).sqrt()),
    };
    let all = pooled.confusion.iter().flatten().sum::<u64>();
    [
        format!("accuracy {:.1}{deviation} %", 100.0 * accuracy),
        told(state, mean(&pooled.others)),
        format!(" · loss {}", short(mean(&pooled.losses))),
        format!(" · {all} {}", state.modality().examples()),
    ]
}

/// The same of an evaluation, with its differences to another one.
fn changes(state: &State, evaluation: &Evaluation, other: &Evaluation) -> [String; 4] {
    let metric = model::beside(&state.history);
    let [here, there] = [evaluation, other].map(|of| metric.of(&of.confusion));
    let change = if metric.is_fraction() { points(here - there) } else { signed(here - there, 3) };
    [
        format!(
            "accuracy {} ({})",
            percent(evaluation.accuracy),
            points(evaluation.accuracy - other.accuracy)
        ),
        format!("{} ({change})", told(state, here)),
        format!(" · loss {} ({})", short(evaluation.loss), signed(evaluation.loss - other.loss, 3)),
        String::new(),
    ]
}

/// As many of the figures as there is room for; the number of examples goes first, then the loss.
fn of_room(figures: &[String; 4], width: usize) -> String {
    fitting((1..=figures.len()).rev().map(|count| figures[..count].concat()), width)
}

/// Whether the cells of the matrix have room for one number only: counts or fractions.
pub fn has_one_figure(state: &State) -> bool {
    let area = parts(state, body(state, layout::layout(state).body)).main;
    let own = &state.screens.confusion;
    let open = own.examples.is_some() || own.reliability || own.suspects.open || own.differences.is_some();
    let looked = looked(state).filter(|_| !open);
    looked.is_some_and(|looked| counts(state, &looked).grid(area, own.cell).figures == Figures::One)
}

/// The width of precision, recall, F1 and the number of examples, in cells.
fn figures_width(state: &State) -> usize {
    6 * 3 + 1 + state.modality().examples_short().width().max(6)
}

/// The heads over the numbers of each class.
fn heads(state: &State) -> String {
    fit_right(&format!("  prec   rec    F1 {:>6}", state.modality().examples_short()), figures_width(state))
}

/// The matrix of an evaluation, or its difference to that of the marked run.
fn counts(state: &State, looked: &Looked) -> Table {
    let classes = looked.evaluation.confusion.len();
    let other = subtracted(state, looked).map(|other| &other.evaluation.confusion[..]);
    let pooled = model::pooled(state, looked);
    let confusion = pooled.as_ref().map_or(&looked.evaluation.confusion, |pooled| &pooled.confusion);
    let row = |row| (0..classes).map(|column| cell(state, confusion, other, row, column)).collect();
    let beside = |row| (class_figures(state, confusion, row), state.theme.text());
    Table::new(
        model::names(&state.history, classes),
        (0..classes).map(row).collect(),
        Beside { heads: heads(state), rows: (0..classes).map(beside).collect() },
    )
}

/// The counts that the screen shows, for a file: a row for each true class, a column for each guess.
pub fn exported(state: &State) -> Option<Vec<Vec<String>>> {
    let looked = looked(state)?;
    let pooled = model::pooled(state, &looked);
    let confusion = pooled.as_ref().map_or(&looked.evaluation.confusion, |pooled| &pooled.confusion);
    let names = model::names(&state.history, confusion.len());
    let head = std::iter::once("true \\ guessed".to_string()).chain(names.iter().cloned()).collect();
    let row = |(name, counts): (&String, &Vec<u64>)| {
        std::iter::once(name.clone()).chain(counts.iter().map(u64::to_string)).collect()
    };
    Some(std::iter::once(head).chain(names.iter().zip(confusion).map(row)).collect())
}

/// The table that the screen shows.
fn table(state: &State, looked: &Looked, area: Rect) -> Table {
    let found = differences::found(state, looked).and_then(Result::ok);
    found.map_or_else(|| counts(state, looked), |found| differences::table(state, &found, area))
}

fn cell(
    state: &State,
    confusion: &[Vec<u64>],
    other: Option<&[Vec<u64>]>,
    row: usize,
    column: usize,
) -> (String, String, Style) {
    let theme = state.theme;
    let count = |counts: &[Vec<u64>]| counts.get(row).and_then(|r| r.get(column)).copied().unwrap_or(0);
    let fraction = model::fraction(confusion, row, column);
    let Some(other) = other else {
        return match count(confusion) {
            0 => ("·".into(), String::new(), theme.dim()),
            n => (n.to_string(), format!("{:.0}%", fraction * 100.0), theme.shade(fraction)),
        };
    };
    let more = fraction - model::fraction(other, row, column);
    let counts = i128::from(count(confusion)) - i128::from(count(other));
    if counts == 0 && more == 0.0 {
        return ("·".into(), String::new(), theme.dim());
    }
    // An increase is good on the diagonal and bad elsewhere.
    let style = match (more.abs() < 0.005, (more > 0.0) == (row == column)) {
        (true, _) => theme.dim(),
        (_, true) => theme.good(),
        (_, false) => theme.bad(),
    };
    (signed(counts as f64, 0), format!("{}%", signed(more * 100.0, 0)), style)
}

fn class_figures(state: &State, confusion: &[Vec<u64>], class: usize) -> String {
    let figures = figures(confusion, class);
    let fraction = |value: Option<f64>| value.map_or("     –".into(), |v| format!("{:>6.1}", v * 100.0));
    let (precision, recall, f1) =
        (fraction(figures.precision), fraction(figures.recall), fraction(figures.f1));
    let count = fit_right(&short(figures.documents as f64), figures_width(state) - 6 * 3);
    format!("{precision}{recall}{f1}{count}")
}

/// Draws the selected cell as a sentence.
fn foot(state: &State, frame: &mut Frame, area: Rect, looked: &Looked, shown: bool) {
    let theme = state.theme;
    let pooled = model::pooled(state, looked);
    let confusion = pooled.as_ref().map_or(&looked.evaluation.confusion, |pooled| &pooled.confusion);
    let (row, column) = state.screens.confusion.cell;
    let names = model::names(&state.history, confusion.len());
    let (Some(truth), Some(guess)) = (names.get(row), names.get(column)) else { return };
    let (truth, guess) = (&cut(truth, 24), &cut(guess, 24));
    let count = confusion.get(row).and_then(|r| r.get(column)).copied().unwrap_or(0);
    let all: u64 = confusion.get(row).map_or(0, |r| r.iter().sum());
    // Without the space, so that no line begins with the percent sign.
    let fraction = percent(model::fraction(confusion, row, column)).replace(' ', "");
    let sentence = if row == column {
        format!("{count} of the {all} that are {truth} were guessed right: {fraction}")
    } else {
        format!("{count} of the {all} that are {truth} were taken for {guess}: {fraction}")
    };
    let mut lines: Vec<Line> = wrap(&sentence, usize::from(area.width))
        .into_iter()
        .take(2)
        .map(|line| Line::styled(line, theme.strong()))
        .collect();
    if !shown {
        let figures = figures(confusion, row);
        let fraction = |value: Option<f64>| value.map_or("–".into(), |v| format!("{:.1}", v * 100.0));
        let (precision, recall, f1) =
            (fraction(figures.precision), fraction(figures.recall), fraction(figures.f1));
        let sentence = format!("{}: precision {precision} · recall {recall} · F1 {f1}", cut(truth, 9));
        lines.push(Line::from(cut(&sentence, usize::from(area.width))));
    }
    frame.put(lines, area);
}
