//! The list of runs beside the curves.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::history::RunHistory;
use crate::session::record::{RunStart, TEST};
use crate::session::side_by_side::letter;
use crate::tui::filter;
use crate::tui::filter::runs::{COLUMNS, RunRow};
use crate::tui::grouping::Group;
use crate::tui::query::Queried;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::run;
use crate::tui::widgets::text::{fit, fit_right, fitting, percent, short};
use crate::tui::widgets::window;

use super::grid::{figure, look, value_at};
use super::groups::{self, Row};
use super::model::{is_drawn, listed};
use super::run_state::{Shape, collapsed, shape, step_of};
use super::sorting;

/// The accuracies of a run at the time shown: on the validation part for the parameters that are kept, and the last one
/// on the test set.
fn accuracies(state: &State, run: &RunHistory) -> [Option<f64>; 2] {
    let kept = run.kept_validation(state.until()).map(|evaluation| evaluation.accuracy);
    let told = run.evaluations.iter().take_while(|evaluation| evaluation.at <= state.until());
    let test = told.map(|told| &told.value).filter(|told| told.set == TEST).last();
    [kept.filter(|_| run.start.validation > 0), test.map(|told| told.accuracy)]
}

/// The rows of the list that are visible in `area`: the first one, so that the selected row is visible; how many; and how
/// many there are. If not all fit, the last line says how many are left out.
fn window_of(rows: &[Row], current: Row, area: Rect) -> (usize, usize, usize) {
    let count = rows.len();
    let room = usize::from(area.height.saturating_sub(1));
    let visible = if count > room { room.saturating_sub(1) } else { room };
    let at = rows.iter().position(|row| *row == current).unwrap_or(0);
    ((at + 1).saturating_sub(visible), visible, count)
}

/// The row of the list at a row of the screen.
pub fn row_at(state: &State, area: Rect, row: u16) -> Option<Row> {
    let groups = groups::groups(state);
    let rows = groups::rows(state, &groups);
    let (first, visible, _) = window_of(&rows, groups::current(state, &groups), area);
    let at = usize::from(row.checked_sub(area.y + 1)?);
    rows.get(first + at).copied().filter(|_| at < visible)
}

/// The columns of the list, in cells. They fill its width together with the marks, the name, the labels and the seed.
struct Columns {
    /// Whether names have the source.
    full: bool,
    /// The steps; 0 if there is no room.
    steps: usize,
    /// The trainable parameters; 0 if there is no room.
    learns: usize,
    /// Accuracies on the validation part and the test set, or together the value at the cursor.
    values: [usize; 2],
}

impl Columns {
    fn of(state: &State, width: u16) -> Columns {
        let several = state.history.several_sources();
        let (full, steps, learns, values) = match width {
            60.. if several => (true, 11, 0, [9, 8]),
            60.. => (false, 10, 8, [12, 8]),
            // The names and numbers of other columns are longer than those of accuracies.
            44.. if sorted_column(state).is_some() => (false, 8, 0, [8, 6]),
            44.. => (false, 10, 0, [6, 6]),
            _ => (false, 0, 0, [5, 5]),
        };
        Columns { full, steps, learns, values }
    }
}

/// The column of runs whose heading stands at this column of the screen.
pub fn column_at(state: &State, area: Rect, x: u16) -> Option<usize> {
    let Columns { full, steps, learns, values } = Columns::of(state, area.width);
    let mut from_right = usize::from(area.right().checked_sub(x + 1)?);
    let first = sorted_column(state).or(sorting::column("acc"));
    // Under the chart's cursor, both columns on the right show the value there.
    let values = [(values[1], sorting::column("test")), (values[0], first)]
        .map(|(width, column)| (width, column.filter(|_| state.screens.train.cursor.is_none())));
    let others = [
        (learns, sorting::column("params")),
        (steps, sorting::column("step")),
        (11, sorting::column("labels")),
    ];
    for (width, column) in values.into_iter().chain(others) {
        if from_right < width {
            return column;
        }
        from_right -= width;
    }
    (usize::from(x - area.x) < run::width(full)).then(|| sorting::column("method")).flatten()
}

/// The columns that the list shows in any case.
const SHOWN: [&str; 6] = ["labels", "seed", "acc", "test", "step", "run"];

/// The column by which runs are sorted, if the list would not show it: it then takes the place of the validation accuracy.
fn sorted_column(state: &State) -> Option<usize> {
    let (column, _) = state.screens.train.choices.sort?;
    let of = COLUMNS.get(column)?;
    (of.is_number && !SHOWN.contains(&of.names[0])).then_some(column)
}

/// Draws the list.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let Columns { full, steps, learns, values } = Columns::of(state, area.width);
    let several = state.history.several_sources();
    let mut head = format!(" {}", run::head(full));
    if steps > 0 {
        head.push_str(&fit_right("step", steps));
    }
    if learns > 0 {
        head.push_str(&fit_right("learns", learns));
    }
    head.push_str(&match state.screens.train.cursor {
        Some(_) => fit_right("at ┊", values.iter().sum()),
        None => {
            let validation = if values[0] > 10 { "validation" } else { "val" };
            // The row of all runs has the whole name of the column.
            let first = match sorted_column(state).map(|column| COLUMNS[column].names[0]) {
                None => validation,
                Some(name) if name.width() < values[0] => name,
                Some(_) => state.screens.train.choices.sort.map_or("", |sort| if sort.1 { "↓" } else { "↑" }),
            };
            fit_right(first, values[0]) + &fit_right("test", values[1])
        }
    });
    let name = |start: &RunStart| match full {
        true => run::name(start, several),
        false => lettered(state, groups::session_of(state, start), &run::short_name(start, several)),
    };
    let mut lines = vec![Line::styled(cut(&head, usize::from(area.width)), theme.dim())];
    let groups = groups::groups(state);
    let (all, current) = (groups::rows(state, &groups), groups::current(state, &groups));
    let (first, rows, count) = window_of(&all, current, area);
    let choices = &state.screens.train.choices;
    for row in all.iter().copied().skip(first).take(rows) {
        let chosen = row == current;
        let base = if chosen { theme.selected() } else { Style::new() };
        let i = match row {
            Row::Run(i) => i,
            Row::Group(place) => {
                lines.push(group_line(state, &groups[place], place, (area.width, chosen)));
                continue;
            }
            Row::All => {
                let width = usize::from(area.width).saturating_sub(3);
                lines.push(Line::styled(format!("   {}", fit(&all_runs(state, width), width)), base));
                continue;
            }
        };
        let run = &state.history.runs[i];
        let start = &run.start;
        let hidden = !is_drawn(state, i);
        let pin = if choices.pinned.contains(&i) { "*" } else { " " };
        let method = if hidden { theme.dim() } else { theme.method(start.method) };
        let method = if chosen { method.add_modifier(Modifier::REVERSED) } else { method };
        let mark = if hidden { "–" } else { start.method.marker() };
        let mut text = format!(" {}·{:<2}", fit_right(&start.budget.to_string(), 5), start.seed + 1);
        if steps > 0 {
            let (step, planned) = (short(step_of(state, run) as f64), short(start.planned_steps as f64));
            // The number of a solver's steps is only known at its end.
            let progress = match (start.descends(), shape(state, run)) {
                (_, Shape::Tuning(done, of)) => format!("try {}/{of}", (done + 1).min(of as usize)),
                (true, _) => format!("{step}/{planned}"),
                (false, Shape::Ended(_)) => step,
                (false, _) => format!("{step}/~{planned}"),
            };
            text.push_str(&fit_right(&progress, steps));
        }
        if learns > 0 {
            text.push_str(&fit_right(&short(start.trainable_parameters as f64), learns));
        }
        match state.screens.train.cursor {
            Some(_) => {
                let panel = choices.charts.panel();
                let x = state.screens.train.cursor.unwrap_or(f64::INFINITY);
                let room = values.iter().sum();
                let value = value_at(state, i, panel, x).map(|found| fitting(found.texts(panel), room - 1));
                text.push_str(&fit_right(&value.unwrap_or_else(|| "—".into()), room));
            }
            None => {
                let [validation, test] = accuracies(state, run);
                let validation = validation.map(|value| fraction(value, values[0]));
                let test = test.map(|value| fraction(value, values[1]));
                let first = match sorted_column(state) {
                    Some(column) => RunRow::new(state, run).number(column).map(short),
                    None => validation,
                };
                for (value, width) in [first, test].into_iter().zip(values) {
                    text.push_str(&fit_right(&value.unwrap_or_else(|| "—".into()), width));
                }
            }
        }
        let sign = if collapsed(state, run) { "!" } else { shape(state, run).sign() };
        let used = run::width(full) - 8 + text.width();
        let text = fit(&text, text.width() + usize::from(area.width).saturating_sub(used));
        lines.push(Line::from(vec![
            Span::styled(sign, base),
            Span::styled(mark, method),
            Span::styled(pin, base),
            Span::styled(fit(&name(start), run::width(full) - 11), method),
            Span::styled(text, base),
        ]));
    }
    if let Some(rest) = window::rest(first, count, rows) {
        lines.push(Line::styled(format!("   {rest}"), theme.dim()));
    }
    frame.put(lines, area);
}

/// The row of all runs: how many of them, of which labels and in which order.
fn all_runs(state: &State, width: usize) -> String {
    let choices = &state.screens.train.choices;
    let (shown, all) = (listed(state).count(), state.history.runs.len());
    let (kept, _) = filter::runs::count(state);
    let name = match choices.budget {
        _ if kept < all => format!("{shown} of {all} runs"),
        None => "all runs".to_string(),
        Some(budget) => format!("all runs with {budget} labels"),
    };
    let drawn = listed(state).filter(|i| is_drawn(state, *i)).count();
    let marks = [
        choices.sort.map(|sort| format!(" · {}", sorting::name(sort))),
        (drawn < shown).then(|| format!(" · {drawn} drawn")),
    ];
    marks.into_iter().flatten().fold(name, |name, mark| match name.width() + mark.width() <= width {
        true => name + &mark,
        false => name,
    })
}

/// The row of a group: its name, how many runs it has, and the means of what the columns show.
fn group_line(state: &State, group: &Group, place: usize, (width, chosen): (u16, bool)) -> Line<'static> {
    let theme = state.theme;
    let base = if chosen { theme.selected() } else { Style::new() };
    let (marker, _, style) = look(group, place, theme);
    let is_shown = group.members.iter().any(|i| is_drawn(state, *i));
    let style = if is_shown { style } else { theme.dim() };
    let style = if chosen { style.add_modifier(Modifier::REVERSED) } else { style };
    let Columns { values, .. } = Columns::of(state, width);
    // A group has no steps and parameters beside its figures.
    let first_room = if width >= 60 { 12 } else { values[0] };
    let mean = |values: Vec<f64>| {
        let (mean, deviation) = (mean_of(&values), deviation_of(&values));
        (!values.is_empty()).then_some((mean, deviation))
    };
    let text = match state.screens.train.cursor {
        Some(x) => {
            let panel = state.screens.train.choices.charts.panel();
            let at: Vec<_> = group.members.iter().filter_map(|i| value_at(state, *i, panel, x)).collect();
            let ended = at.iter().filter(|found| found.ended.is_some()).count();
            let value = mean(at.iter().map(|found| found.value).collect());
            let value = value.map_or("—".into(), |(mean, _)| figure(panel, mean));
            let room = values.iter().sum();
            fit_right(&with_ended(&value, ended, at.len(), room - 1), room)
        }
        None => {
            let of = |column: usize| -> Vec<f64> {
                let all = group.members.iter().map(|i| accuracies(state, &state.history.runs[*i])[column]);
                all.flatten().collect()
            };
            let text = |column: usize, room: usize| match mean(of(column)) {
                None => "—".to_string(),
                Some((mean, deviation)) => {
                    let mean = fraction(mean, room);
                    match deviation {
                        Some(deviation) if room >= 12 => format!("{mean} ±{:.1}", 100.0 * deviation),
                        _ => mean,
                    }
                }
            };
            let first = match sorted_column(state) {
                Some(column) => sorting::mean_of_column(state, group, column).map_or("—".into(), short),
                None => text(0, first_room),
            };
            fit_right(&first, first_room) + &fit_right(&text(1, values[1]), values[1])
        }
    };
    let runs = format!(" {}×", group.members.len());
    // A narrow list has no room for the names of method and session: the marker says the method.
    let short = group.session.is_some() && width < 60 && group.method.is_some() && !group.label.is_empty();
    let name = if short { &lettered(state, group.session, &group.label) } else { &group.name };
    let room = usize::from(width).saturating_sub(3 + text.width() + runs.width());
    Line::from(vec![
        Span::styled(if chosen { "▾" } else { " " }, base),
        Span::styled(if is_shown { marker } else { "–" }, style),
        Span::styled(" ", base),
        Span::styled(fit(name, room), style),
        Span::styled(runs + &text, base),
    ])
}

/// A mean of `of` values at the cursor, and how many of them are the last ones of curves that ended before it.
fn with_ended(mean: &str, ended: usize, of: usize, room: usize) -> String {
    match ended {
        0 => mean.to_string(),
        _ if ended == of => format!("{mean} end"),
        _ => fitting([format!("{mean} · {ended} ended"), format!("{mean} {ended}end")], room),
    }
}

/// A name in which the letter of a session stands for its name, if several sessions are shown.
fn lettered(state: &State, session: Option<usize>, name: &str) -> String {
    let part = state
        .several
        .as_ref()
        .zip(session)
        .and_then(|(several, place)| several.parts.get(place).zip(Some(place)));
    part.map_or(name.to_string(), |(part, place)| name.replacen(&*part.name, &letter(place), 1))
}

/// The mean; NaN for an empty slice.
fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample standard deviation; `None` for fewer than two values.
fn deviation_of(values: &[f64]) -> Option<f64> {
    let mean = mean_of(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// An accuracy in a column of `room` cells, the first of which stays free. Without the percent sign if there is little room:
/// the head explains it.
fn fraction(value: f64, room: usize) -> String {
    let text = percent(value).replace(' ', "");
    match room {
        7.. => text,
        6 => text.trim_end_matches('%').into(),
        _ => text.trim_end_matches('%').replace("100.0", "100"),
    }
}
