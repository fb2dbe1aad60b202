//! The charts of the runs: their areas, their curves and bands, and what stands above each.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::plot::columns::{Horizontal, Spread};
use crate::plot::track::{Along, Series};
use crate::session::method::Method;
use crate::tui::grouping::Group;
use crate::tui::state::State;
use crate::tui::theme::{Dash, Theme, dash};
use crate::tui::widgets::chart::{self, Chart, Curve};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fitting, percent, short};

use super::charts::Panel;
use super::groups::{Row, current, groups, session_of};
use super::model::{along, curve, is_drawn, listed, log_x, window};
use super::state::{Envelope, View};
use super::{layout, model};

/// The smallest area of a chart in a grid, with its heading.
const LEAST: (u16, u16) = (24, 7);

/// The place of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The index of the chart.
    pub panel: usize,
    /// The row above the chart.
    pub title: Rect,
    pub chart: Rect,
}

impl Cell {
    /// The place of heading and chart together.
    pub fn whole(&self) -> Rect {
        self.title.union(self.chart)
    }
}

/// The places of the charts that have room in `area`, the area of the screen.
pub fn cells(state: &State, area: Rect) -> Vec<Cell> {
    let parts = layout::of(state, area);
    let charts = &state.screens.train.choices.charts;
    let single = |panel| vec![Cell { panel, title: parts.heading, chart: parts.chart }];
    if model::view(state) != View::Runs {
        return single(0);
    }
    let area = parts.chart;
    let most = (usize::from(area.width / LEAST.0), usize::from(area.height / LEAST.1));
    let (shown, columns, rows) = charts.shown(most);
    if columns * rows == 1 {
        return single(shown.start);
    }
    let part = |size: u16, of: usize, place: usize| (usize::from(size) * place / of) as u16;
    shown
        .enumerate()
        .map(|(place, panel)| {
            let (column, row) = (place % columns, place / columns);
            let (left, right) = (part(area.width, columns, column), part(area.width, columns, column + 1));
            let (top, bottom) = (part(area.height, rows, row), part(area.height, rows, row + 1));
            let whole = Rect::new(area.x + left, area.y + top, right - left, bottom - top);
            Cell {
                panel,
                title: Rect { height: whole.height.min(1), ..whole },
                chart: Rect {
                    y: whole.y + whole.height.min(1),
                    height: whole.height.saturating_sub(1),
                    ..whole
                },
            }
        })
        .collect()
}

/// The looks of groups that have no common method. Letters, because the symbols mean methods.
const LOOKS: [(&str, Dash); 8] = [
    ("a", Dash::Solid),
    ("b", Dash::Dashed),
    ("c", Dash::Dotted),
    ("d", Dash::DashDot),
    ("e", Dash::Solid),
    ("f", Dash::Dashed),
    ("g", Dash::Dotted),
    ("h", Dash::DashDot),
];

/// Marker, dash pattern and style of a group. Several sessions differ in their colours, and methods by their markers.
pub fn look(group: &Group, place: usize, theme: Theme) -> (&'static str, Dash, Style) {
    match group.method {
        Some(method) if group.session.is_some() => of_run(method, group.session, theme),
        Some(method) => of_method(method, theme),
        None => {
            let (marker, dash) = LOOKS[place % LOOKS.len()];
            let styles = [theme.accent(), theme.good(), theme.warning(), theme.bad()];
            (marker, dash, styles[place % styles.len()])
        }
    }
}

fn of_method(method: Method, theme: Theme) -> (&'static str, Dash, Style) {
    (method.marker(), dash(method), theme.method(method))
}

/// The looks of a run of one session, or of one of several.
pub fn of_run(method: Method, session: Option<usize>, theme: Theme) -> (&'static str, Dash, Style) {
    let (marker, dash, style) = of_method(method, theme);
    (marker, dash, session.map_or(style, |session| theme.of_several(session)))
}

/// What is stippled around a curve: `strong` for the selected one.
fn spread(state: &State, strong: bool) -> Spread {
    match state.screens.train.envelope {
        Envelope::All => Spread::Extremes,
        Envelope::Deviation => Spread::Deviation,
        Envelope::Selected if strong => Spread::Extremes,
        Envelope::Selected | Envelope::None => Spread::None,
    }
}

/// The bands and curves of a chart.
fn curves<'a>(state: &'a State, panel: &Panel) -> Vec<Curve<'a>> {
    let theme = state.theme;
    if let Some(track) = state.curves.of_machine(panel.metric) {
        let series = track.series();
        return vec![Curve {
            members: vec![(series, series.told(state.until()))],
            style: theme.accent(),
            dash: Dash::Solid,
            marker: "●",
            label: String::new(),
            strong: false,
            spread: Spread::None,
        }];
    }
    let groups = groups(state);
    let selected = current(state, &groups);
    let single = |i: usize, strong: bool, spread: Spread| -> Option<Curve<'a>> {
        let (_, series, told) = curve(state, i, panel)?;
        let start = &state.history.runs[i].start;
        let (marker, dash, style) = of_run(start.method, session_of(state, start), theme);
        let label = String::new();
        Some(Curve { members: vec![(series, told)], style, dash, marker, label, strong, spread })
    };
    if groups.is_empty() {
        let strong = |i: usize| selected == Row::Run(i);
        return listed(state).filter_map(|i| single(i, strong(i), spread(state, strong(i)))).collect();
    }
    let mut all = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        let members: Vec<(Series, usize)> = (group.members.iter())
            .filter_map(|i| curve(state, *i, panel))
            .filter(|(_, series, told)| series.len().min(*told) > 0)
            .map(|(_, series, told)| (series, told))
            .collect();
        let strong = selected == Row::Group(place);
        let (marker, dash, style) = look(group, place, theme);
        if !members.is_empty() {
            let (label, spread) = (group.label.clone(), spread(state, strong));
            all.push(Curve { members, style, dash, marker, label, strong, spread });
        }
        if strong {
            // The single runs of the selected group, over its band.
            all.extend(group.members.iter().filter_map(|i| single(*i, false, Spread::None)));
        }
    }
    let pinned = state.screens.train.choices.pinned.iter().copied().filter(|i| *i < state.history.runs.len());
    all.extend(pinned.filter_map(|i| single(i, false, Spread::None)));
    if let Row::Run(i) = selected {
        all.extend(single(i, true, spread(state, true)));
    }
    all
}

/// The chart of a panel; `None` before there is anything to draw.
pub fn chart(state: &State, panel: usize) -> Option<Chart<'_>> {
    let train = &state.screens.train;
    let panel = train.choices.charts.panels.get(panel)?;
    let machine = state.curves.of_machine(panel.metric);
    // The process is measured against the time of the session only.
    let along = if machine.is_some() { Along::Session } else { along(state) };
    let same_axis = machine.is_none() || along == model::along(state);
    let window = match machine.filter(|_| !same_axis).map(|track| track.series()) {
        Some(series) => {
            let (from, to) = chart::extent([(series, series.told(state.until()))].into_iter(), along)?;
            (from, if from < to { to } else { from + 1.0 })
        }
        None => window(state)?,
    };
    Some(Chart {
        curves: curves(state, panel),
        along,
        powers: false,
        unit: unit(state, along),
        window,
        log_x: log_x(state) && same_axis,
        log: panel.log,
        range: panel.range,
        fit_all: train.fit_all,
        cursor: train.cursor.filter(|_| same_axis),
        marks: &[],
        theme: state.theme,
    })
}

/// The unit of x.
pub fn unit(state: &State, along: Along) -> &'static str {
    match along {
        Along::Step => "steps",
        Along::Epoch => "epochs",
        Along::Samples => state.modality().examples(),
        Along::Seconds => "seconds",
        Along::Session => "s of session",
    }
}

/// A value of a metric, as text.
pub fn figure(panel: &Panel, value: f64) -> String {
    if panel.metric.is_fraction() { percent(value).replace(' ', "") } else { short(value) }
}

/// The values at the cursor in a chart: of the selected run, else the mean of the selected group, else the range of all
/// runs.
fn reading(state: &State, panel: &Panel) -> Option<String> {
    let x = state.screens.train.cursor?;
    let until = state.until();
    if let Some(track) = state.curves.of_machine(panel.metric).filter(|_| along(state) == Along::Session) {
        let series = track.series();
        let point = series.point(series.nearest(Along::Session, x, series.told(until))?)?;
        return Some(figure(panel, point.y));
    }
    let groups = groups(state);
    let drawn = |members: &[usize]| -> Vec<f64> {
        let drawn = members.iter().filter(|i| is_drawn(state, **i));
        drawn.filter_map(|i| value_at(state, *i, panel, x)).map(|found| found.value).collect()
    };
    match current(state, &groups) {
        Row::Run(i) => value_at(state, i, panel, x).map(|found| found.texts(panel)[0].clone()),
        Row::Group(place) => {
            let values = drawn(&groups[place].members);
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            (!values.is_empty()).then(|| format!("mean {}", figure(panel, mean)))
        }
        Row::All => {
            let values = drawn(&listed(state).collect::<Vec<_>>());
            let (low, high) = (
                values.iter().copied().fold(f64::INFINITY, f64::min),
                values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            );
            (low <= high).then(|| format!("{} to {}", figure(panel, low), figure(panel, high)))
        }
    }
}

/// The value of a run at the cursor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtCursor {
    pub value: f64,
    /// The last x of the curve, if the cursor is beyond it: the value is the one there.
    pub ended: Option<f64>,
}

impl AtCursor {
    /// As text, the longest first: "0.44 at 49" or "0.44 end", where the curve ended at 49.
    pub fn texts(self, panel: &Panel) -> [String; 2] {
        let value = figure(panel, self.value);
        match self.ended.map(short) {
            Some(x) => [format!("{value} at {x}"), format!("{value} end")],
            None => [value.clone(), value],
        }
    }
}

/// The value of a run at a value of x: the last one before it.
pub fn value_at(state: &State, i: usize, panel: &Panel, x: f64) -> Option<AtCursor> {
    let series = state.curves.of(&state.history, i, panel.metric, panel.layer.as_deref())?;
    let told = series.told(state.until());
    let nearest = series.nearest(along(state), x, told)?;
    let value = series.point(nearest).map(|point| point.y).filter(|value| value.is_finite())?;
    // The cursor moves in steps of the width of a column, so a smaller distance says nothing.
    let column = window(state).map_or(0.0, |(from, to)| 0.01 * (to - from));
    let last = series.x(along(state), nearest).filter(|last| nearest + 1 == told && x - last > column);
    Some(AtCursor { value, ended: last })
}

/// The name of what a chart shows; short if it must be.
pub fn name(panel: &Panel, width: usize) -> String {
    let layer = panel.layer.as_ref().map(|layer| format!(" · {layer}")).unwrap_or_default();
    fitting(
        [format!("{}{layer}", panel.metric.name()), format!("{}{layer}", panel.metric.short_name())],
        width,
    )
}

/// Draws the charts of a grid, each with its heading.
pub fn view(state: &State, frame: &mut Frame, cells: &[Cell], marks: &[f64]) {
    let theme = state.theme;
    let charts = &state.screens.train.choices.charts;
    for cell in cells {
        let panel = &charts.panels[cell.panel];
        let focus = cell.panel == charts.focus;
        let width = usize::from(cell.title.width).saturating_sub(2);
        let name = name(panel, width);
        let mut extra = String::new();
        for text in [
            reading(state, panel).map(|text| format!(" ┊ {text}")),
            panel.log.then(|| " · log y".to_string()),
            panel.range.map(|_| " · zoomed".to_string()),
        ] {
            extra.push_str(
                &text.filter(|text| name.width() + extra.width() + text.width() <= width).unwrap_or_default(),
            );
        }
        let mut style = theme.strong();
        if focus {
            style = style.add_modifier(Modifier::REVERSED);
        }
        let sign = if focus { "▸" } else { " " };
        let heading = Line::from(vec![
            Span::raw(sign),
            Span::styled(cut(&name, width), style),
            Span::styled(extra, theme.dim()),
        ]);
        frame.put(heading, cell.title);
        draw(state, frame, cell, marks);
    }
}

/// Draws the chart of a cell, and the box that the mouse draws there.
pub fn draw(state: &State, frame: &mut Frame, cell: &Cell, marks: &[f64]) {
    let train = &state.screens.train;
    let has_points = |chart: &Chart| chart.curves.iter().any(|curve| curve.members.iter().any(|m| m.1 > 0));
    let Some(mut chart) = chart(state, cell.panel).filter(has_points) else {
        let panel = &train.choices.charts.panels[cell.panel];
        let sentence = match panel.metric {
            _ if state.history.runs.is_empty() => "nothing told yet: the first points come soon",
            metric if metric.is_of_machine() => "measured only while this process trains",
            metric if metric.is_of_layers() => "not in this session's log",
            _ if listed(state).next().is_none() => "no run fits the filter",
            _ => "nothing told yet: the first points come soon",
        };
        let width = usize::from(cell.chart.width).saturating_sub(3);
        let lines = crate::tui::widgets::text::wrap(sentence, width.max(1));
        let line = |line: String| Line::styled(format!("   {line}"), state.theme.dim());
        return frame.put(lines.into_iter().map(line).collect::<Vec<_>>(), cell.chart);
    };
    chart.marks = if chart.along == along(state) { marks } else { &[] };
    let (cursor, along_runs) = (chart.cursor, chart.along == along(state));
    chart.view(frame.buffer_mut(), cell.chart);
    let plot = chart::plot(cell.chart);
    let mut marked = None;
    if let Some(drag) = train.drag.filter(|drag| drag.is_box && drag.panel == cell.panel) {
        let (left, right) = (drag.from.0.min(drag.to.0), drag.from.0.max(drag.to.0));
        let (top, bottom) = (drag.from.1.min(drag.to.1), drag.from.1.max(drag.to.1));
        marked = Some(Rect::new(left, top, right - left + 1, bottom - top + 1));
    } else if let (Some(anchor), Some(cursor), true) = (train.anchor, cursor, along_runs) {
        let now = Horizontal::new(chart.window, chart.log_x);
        let column = |x: f64| {
            plot.x + (now.dot(x, i32::from(plot.width) * 2).clamp(0, i32::from(plot.width) * 2) / 2) as u16
        };
        let (a, b) = (column(anchor), column(cursor));
        marked = Some(Rect { x: a.min(b), width: a.max(b) - a.min(b) + 1, ..plot });
    }
    if let Some(marked) = marked.map(|marked| marked.intersection(plot)) {
        frame.buffer_mut().set_style(marked, Style::new().add_modifier(Modifier::REVERSED));
    }
}
