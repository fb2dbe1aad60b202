//! The layout of the screen Confusion, and its drawing.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Block;
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::figures::figures;
use crate::session::record::Evaluation;
use crate::tui::layout;
use crate::tui::screens::frame::body;
use crate::tui::state::State;
use crate::tui::widgets::matrix::{Figures, Grid, Needs};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, fitting, percent, short, wrap};
use crate::tui::widgets::{run, window};

use super::model::{self, Looked, looked, subtracted};
use super::{reliability, suspects};

/// Something that can be clicked.
pub enum Target {
    Run(usize),
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
        let run = state.history.runs.get(first_run(state, parts.runs) + row)?;
        return Some(Target::Run(run.start.run));
    }
    if state.screens.confusion.examples.is_some() || state.screens.confusion.reliability {
        return None;
    }
    let looked = looked(state)?;
    let table = Table::new(state, &looked);
    table.grid(parts.main, state.screens.confusion.cell).at(place).map(Target::Cell)
}

fn first_run(state: &State, area: Rect) -> usize {
    let runs = &state.history.runs;
    let at = runs.iter().position(|run| run.start.run == state.screens.confusion.run).unwrap_or(0);
    window::around(at, runs.len(), usize::from(area.height).saturating_sub(1))
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
            let shown = matrix(state, frame, parts.main, &looked);
            foot(state, frame, parts.foot, &looked, shown);
        }
    }
}

fn runs(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let first = first_run(state, area);
    let rows = usize::from(area.height).saturating_sub(1);
    let count = state.history.runs.len();
    let set = looked(state).map(|looked| looked.evaluation.set.clone());
    let on = set.as_ref().map_or(String::new(), |set| format!(" on {}", cut(set, 12)));
    let title = match window::rest(first, count, rows) {
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
    for each in state.history.runs.iter().skip(first).take(rows) {
        let number = each.start.run;
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
        if number == own.run {
            line = line.style(theme.selected());
            line.spans.iter_mut().for_each(|span| span.style = span.style.add_modifier(Modifier::REVERSED));
        }
        lines.push(line);
    }
    frame.put(lines, area);
}

fn head(state: &State, frame: &mut Frame, area: Rect, looked: &Looked, other: Option<&Looked>) {
    let theme = state.theme;
    let evaluation = looked.evaluation;
    let first = run::title(&looked.run.start, state.history.several_sources(), theme);
    let minus = other.map(|other| {
        let mut spans = vec![Span::styled("minus ", theme.warning())];
        spans.extend(run::title(&other.run.start, state.history.several_sources(), theme));
        spans.push(Span::styled(format!(", step {}", other.evaluation.step), theme.dim()));
        spans
    });
    let documents: u64 = evaluation.confusion.iter().flatten().sum();
    let set = vec![
        Span::styled(cut(&evaluation.set, 24), theme.strong()),
        Span::raw(format!(" · step {} · ", evaluation.step)),
        Span::styled(format!("◂ {} of {} ▸", looked.place + 1, looked.of), theme.accent()),
    ];
    let (accuracy, loss) = (percent(evaluation.accuracy), short(evaluation.loss));
    let figures = match other {
        None => format!("accuracy {accuracy} · loss {loss} · {documents} {}", state.modality().examples()),
        Some(other) => format!(
            "accuracy {accuracy} ({:+.1}) · loss {loss} ({:+.3})",
            (evaluation.accuracy - other.evaluation.accuracy) * 100.0,
            evaluation.loss - other.evaluation.loss,
        ),
    };
    let mut lines = vec![Line::from(first), Line::from(set), Line::from(figures)];
    if let Some(minus) = minus {
        lines.insert(1, Line::from(minus));
    } else if let Some(only) = evaluation.collapsed(looked.run.start.method) {
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

/// Whether the cells of the matrix have room for one number only: counts or fractions.
pub fn has_one_figure(state: &State) -> bool {
    let area = parts(state, body(state, layout::layout(state).body)).main;
    let own = &state.screens.confusion;
    let open = own.examples.is_some() || own.reliability || own.suspects.open;
    let looked = looked(state).filter(|_| !open);
    looked.is_some_and(|looked| {
        Table::new(state, &looked).grid(area, state.screens.confusion.cell).figures == Figures::One
    })
}

/// The numbers of a matrix as text.
struct Table {
    names: Vec<String>,
    /// The two numbers and the style of each cell, by row and column.
    cells: Vec<Vec<(String, String, Style)>>,
    needs: Needs,
}

/// The width of precision, recall, F1 and the number of examples, in cells.
fn figures_width(state: &State) -> usize {
    6 * 3 + 1 + state.modality().examples_short().width().max(6)
}

/// The heads over the numbers of each class.
fn heads(state: &State) -> String {
    fit_right(&format!("  prec   rec    F1 {:>6}", state.modality().examples_short()), figures_width(state))
}

impl Table {
    fn new(state: &State, looked: &Looked) -> Table {
        let confusion = &looked.evaluation.confusion;
        let classes = confusion.len();
        let names = model::names(&state.history, classes);
        let other = subtracted(state, looked).map(|other| other.evaluation);
        let cells: Vec<Vec<_>> = (0..classes)
            .map(|row| {
                (0..classes).map(|column| cell(state, looked.evaluation, other, row, column)).collect()
            })
            .collect();
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).min(60) as u16;
        let name = widest(&mut names.iter().map(|name| cut(name, 60).width()));
        let needs = Needs {
            rows: classes,
            columns: classes,
            name,
            head: name.min(14),
            figures: (
                widest(&mut cells.iter().flatten().map(|cell| cell.0.width())),
                widest(&mut cells.iter().flatten().map(|cell| cell.1.width())),
            ),
            right: figures_width(state) as u16,
        };
        Table { names, cells, needs }
    }

    fn grid(&self, area: Rect, selected: (usize, usize)) -> Grid {
        // A line above the heads says what rows and columns are.
        let rest = Rect::new(area.x, area.y + 1.min(area.height), area.width, area.height.saturating_sub(1));
        Grid::new(rest, self.needs, selected)
    }
}

fn cell(
    state: &State,
    evaluation: &Evaluation,
    other: Option<&Evaluation>,
    row: usize,
    column: usize,
) -> (String, String, Style) {
    let theme = state.theme;
    let count = |e: &Evaluation| e.confusion.get(row).and_then(|r| r.get(column)).copied().unwrap_or(0);
    let fraction = model::fraction(&evaluation.confusion, row, column);
    let Some(other) = other else {
        return match count(evaluation) {
            0 => ("·".into(), String::new(), theme.dim()),
            n => (n.to_string(), format!("{:.0}%", fraction * 100.0), theme.shade(fraction)),
        };
    };
    let more = fraction - model::fraction(&other.confusion, row, column);
    let counts = i128::from(count(evaluation)) - i128::from(count(other));
    if counts == 0 && more == 0.0 {
        return ("·".into(), String::new(), theme.dim());
    }
    // An increase is good on the diagonal and bad elsewhere.
    let style = match (more.abs() < 0.005, (more > 0.0) == (row == column)) {
        (true, _) => theme.dim(),
        (_, true) => theme.good(),
        (_, false) => theme.bad(),
    };
    (format!("{counts:+}"), format!("{:+.0}%", more * 100.0), style)
}

/// Draws the matrix. Returns whether the numbers of all classes had room.
fn matrix(state: &State, frame: &mut Frame, area: Rect, looked: &Looked) -> bool {
    let theme = state.theme;
    let table = Table::new(state, looked);
    let cursor = state.screens.confusion.cell;
    let grid = table.grid(area, cursor);
    let (rows, columns) = (table.needs.rows, table.needs.columns);
    let mut caption = vec![Span::styled("true ↓ guessed →", theme.dim())];
    if grid.figures == Figures::One {
        let other = if state.screens.confusion.fractions { " · v counts" } else { " · v shares" };
        caption.push(Span::styled(other, theme.dim()));
    }
    let unseen = |first: usize, seen: usize, all: usize, name: &str| {
        (seen < all).then(|| format!(" {name} {}–{}/{all}", first + 1, first + seen))
    };
    caption.extend(unseen(grid.first.1, grid.seen.1, columns, "cols").map(Span::raw));
    caption.extend(unseen(grid.first.0, grid.seen.0, rows, "rows").map(Span::raw));
    frame.put(Line::from(caption), area);

    for column in grid.first.1..grid.first.1 + grid.seen.1 {
        if let Some(place) = grid.head(column) {
            let head = if grid.numbered { (column + 1).to_string() } else { table.names[column].clone() };
            let width = usize::from(place.width).saturating_sub(1);
            let style = if column == cursor.1 { theme.strong() } else { theme.dim() };
            frame.put(Span::styled(fit_right(&head, width), style), place);
        }
    }
    for row in grid.first.0..grid.first.0 + grid.seen.0 {
        if let Some(place) = grid.row(row) {
            let name = &table.names[row];
            let name = if grid.numbered { format!("{:>2} {name}", row + 1) } else { name.clone() };
            let style = if row == cursor.0 { theme.strong() } else { theme.text() };
            let width = usize::from(place.width).saturating_sub(1);
            frame.put(Span::styled(cut(&name, width), style), middle(place, &grid));
        }
        for column in grid.first.1..grid.first.1 + grid.seen.1 {
            let Some(place) = grid.cell(row, column) else { continue };
            let (first, second, style) = &table.cells[row][column];
            let width = usize::from(place.width).saturating_sub(1);
            let lines = match grid.figures {
                Figures::Beside => {
                    let rest = width.saturating_sub(usize::from(table.needs.figures.1) + 1);
                    let second = fit_right(second, usize::from(table.needs.figures.1));
                    vec![format!("{} {second} ", fit_right(first, rest))]
                }
                Figures::Stacked => {
                    vec![format!("{} ", fit_right(first, width)), format!("{} ", fit_right(second, width))]
                }
                // A cell with count zero shows a dot instead of both numbers.
                Figures::One if state.screens.confusion.fractions && !second.is_empty() => {
                    vec![format!("{} ", fit_right(second, width))]
                }
                Figures::One => vec![format!("{} ", fit_right(first, width))],
            };
            // A reversed shade could be confused with another shade, so the selected cell has no shade.
            let selected = theme.selected().add_modifier(Modifier::BOLD);
            let style = if (row, column) == cursor { selected } else { *style };
            let lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
            // An empty column at the right separates neighbouring cells.
            let place = Rect { width: place.width.saturating_sub(1), ..place };
            frame.render_widget(Block::new().style(style), place);
            frame.put(Text::from(lines).style(style), middle(place, &grid));
        }
    }
    classes(state, frame, &grid, &table, looked.evaluation);
    grid.right > 0 || figures_fit_below(&grid)
}

/// The line of a three-line cell that holds the numbers.
fn middle(place: Rect, grid: &Grid) -> Rect {
    if grid.lines == 3 && place.height == 3 { Rect { y: place.y + 1, height: 1, ..place } } else { place }
}

/// Draws precision, recall, F1 and the number of examples of each class: at the right of its row or, if there is no
/// room, below the matrix. If there is no room there either, the foot shows those of the selected row.
fn classes(state: &State, frame: &mut Frame, grid: &Grid, table: &Table, evaluation: &Evaluation) {
    let theme = state.theme;
    let rows = grid.first.0..grid.first.0 + grid.seen.0;
    if grid.right > 0 {
        if let Some(place) = grid.beside(None) {
            frame.put(Span::styled(heads(state), theme.dim()), place);
        }
        for row in rows {
            let Some(place) = grid.beside(Some(row)) else { continue };
            let line = Line::from(class_figures(state, evaluation, row));
            frame.put(line, middle(Rect { height: grid.lines, ..place }, grid));
        }
    } else if figures_fit_below(grid) {
        let name = usize::from(grid.name);
        let mut lines = vec![Line::default(), Line::styled(" ".repeat(name) + &heads(state), theme.dim())];
        for row in rows {
            let name = fit(&cut(&table.names[row], name.saturating_sub(1)), name);
            lines.push(Line::from(name + &class_figures(state, evaluation, row)));
        }
        frame.put(lines, grid.below());
    }
}

fn figures_fit_below(grid: &Grid) -> bool {
    grid.seen.0 + 2 <= usize::from(grid.below().height)
}

fn class_figures(state: &State, evaluation: &Evaluation, class: usize) -> String {
    let figures = figures(&evaluation.confusion, class);
    let fraction = |value: Option<f64>| value.map_or("     –".into(), |v| format!("{:>6.1}", v * 100.0));
    let (precision, recall, f1) =
        (fraction(figures.precision), fraction(figures.recall), fraction(figures.f1));
    let count = fit_right(&short(figures.documents as f64), figures_width(state) - 6 * 3);
    format!("{precision}{recall}{f1}{count}")
}

/// Draws the selected cell as a sentence.
fn foot(state: &State, frame: &mut Frame, area: Rect, looked: &Looked, shown: bool) {
    let theme = state.theme;
    let confusion = &looked.evaluation.confusion;
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
