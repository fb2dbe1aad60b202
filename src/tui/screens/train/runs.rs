//! The curves of all runs.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::plot::track::{Along, Series};
use crate::session::record::Note;
use crate::tui::grouping::Grouping;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{duration, fitting, short};

use super::charts::Panel;
use super::grid::{self, Cell};
use super::groups::grouping;
use super::layout::{self, Parts};
use super::model::{along, drawn, selected};
use super::run_details;
use super::run_list;
use super::state::SMOOTHING;

/// Draws the charts, the list and the details.
pub fn view(state: &State, frame: &mut Frame, parts: &Parts) {
    let theme = state.theme;
    let marks = marks(state);
    let places: Vec<f64> = marks.iter().filter_map(|(_, place)| *place).collect();
    let cells = grid::cells(state, layout::screen(state));
    let single = match cells[..] {
        [cell] if cell.title == parts.heading => Some(cell),
        _ => None,
    };
    match single {
        Some(cell) => {
            heading(state, frame, parts.heading, &state.screens.train.choices.charts.panels[cell.panel]);
            grid::draw(state, frame, &cell, &places);
        }
        None => {
            grid_heading(state, frame, parts.heading, &cells);
            grid::view(state, frame, &cells, &places);
        }
    }

    let notes: Vec<String> = marks.into_iter().map(|(text, _)| text).collect();
    if state.screens.train.choosing {
        let text = " v more charts · 1 to 9: so many charts · esc: it stays so";
        let text = fitting([text, " v more · 1 to 9 charts · esc"], usize::from(parts.notes.width));
        frame.put(Line::styled(text, theme.accent()), parts.notes);
    } else if !notes.is_empty() {
        // The newest come first, because they are the most interesting.
        let newest: Vec<String> = notes.into_iter().rev().collect();
        let text = cut(&newest.join(" · "), usize::from(parts.notes.width).saturating_sub(3));
        let line = Line::from(vec![Span::styled(" ▲ ", theme.warning()), Span::styled(text, theme.dim())]);
        frame.put(line, parts.notes);
    }
    run_list::view(state, frame, parts.list);
    run_details::details(state, frame, parts.details);
}

/// The heading of a single chart.
fn heading(state: &State, frame: &mut Frame, area: Rect, panel: &Panel) {
    let (theme, train) = (state.theme, &state.screens.train);
    let name = grid::name(panel, usize::from(area.width).saturating_sub(2));
    let mut heading = vec![Span::styled(format!(" {name}"), theme.strong())];
    let room = usize::from(area.width).saturating_sub(name.width() + 2);
    let zoomed = train.choices.zoom.is_some() || panel.range.is_some();
    let set = [(panel.log, " · log y"), (train.log_x, " · log x"), (zoomed, " · zoomed")];
    let set: Vec<&str> = set.into_iter().filter(|(on, _)| *on).map(|(_, text)| text).collect();
    let flags = set.concat();
    let mut extra = String::new();
    if let Some(cursor) = train.cursor {
        let at = format!(" · ┊ at {}", short(cursor));
        // The unit stands under the axis too.
        let unit = format!(" {}", grid::unit(state, along(state)));
        let fits = at.width() + unit.width() + flags.width() <= room;
        extra = if fits { at + &unit } else { at };
    }
    let grouping = grouping(state);
    if grouping != Grouping::Nothing && !panel.metric.is_of_machine() {
        let bands = format!(" · {}", grouping.name());
        if extra.width() + bands.width() + flags.width() <= room {
            extra.push_str(&bands);
        }
    }
    if panel.metric.noisy() && SMOOTHING[train.smoothing].0 > 0.0 {
        let smoothing = format!(" · {} smoothing", SMOOTHING[train.smoothing].1);
        // Shown as a whole or not at all.
        if extra.width() + smoothing.width() + flags.width() <= room {
            extra.push_str(&smoothing);
        }
    }
    // Shown as wholes, as many as there is room for.
    for flag in set {
        if extra.width() + flag.width() <= room {
            extra.push_str(flag);
        }
    }
    if state.explain && train.cursor.is_none() {
        // If there is no room for the whole sentence, its last part is shown, which says what is good. It comes before
        // the settings that are changed less often, but only where it pushes none of them out.
        let sentence = panel.metric.explained();
        let mut texts = [Some(sentence), sentence.split("; ").nth(1)].into_iter().flatten();
        let said = texts.find(|text| extra.width() + 3 + text.width() <= room);
        extra = said.map_or(extra.clone(), |text| format!(" · {text}{extra}"));
    }
    heading.push(Span::styled(cut(&extra, room), theme.dim()));
    frame.put(Line::from(heading), area);
}

/// The heading over a grid of charts: what they have in common, as much as there is room for.
fn grid_heading(state: &State, frame: &mut Frame, area: Rect, cells: &[Cell]) {
    let (theme, train) = (state.theme, &state.screens.train);
    let count = train.choices.charts.count;
    let shown = match (cells.first(), cells.last()) {
        (Some(first), Some(last)) if cells.len() < count => {
            format!(" charts {}–{} of {count}", first.panel + 1, last.panel + 1)
        }
        _ => format!(" {count} charts"),
    };
    let at = train.cursor.map(|x| format!(" · ┊ at {} {}", short(x), grid::unit(state, along(state))));
    let smoothing = SMOOTHING[train.smoothing];
    let texts = [
        at,
        train.choices.zoom.map(|_| " · zoomed".to_string()),
        train.log_x.then(|| " · log x".to_string()),
        Some(format!(" · {}", grouping(state).name())),
        (smoothing.0 > 0.0).then(|| format!(" · {} smoothing", smoothing.1)),
    ];
    let mut extra = String::new();
    for text in texts.into_iter().flatten() {
        if shown.width() + extra.width() + text.width() <= usize::from(area.width) {
            extra.push_str(&text);
        }
    }
    let heading = Line::from(vec![Span::styled(shown, theme.strong()), Span::styled(extra, theme.dim())]);
    frame.put(heading, area);
}

/// The interventions up to the time shown, and their position on x: the last x that was reached then by the run that
/// was changed, else by the selected run, else by the run that was farthest.
fn marks(state: &State) -> Vec<(String, Option<f64>)> {
    let along = along(state);
    let curves = drawn(state);
    let place = |at: f64, run: Option<usize>| {
        let number = |i: usize| state.history.runs[i].start.run;
        let wanted = run.or(selected(state).map(number));
        let of = |i: usize| wanted.is_none_or(|wanted| number(i) == wanted);
        let last = |(_, track, _): &(usize, Series, usize)| {
            track.told(at).checked_sub(1).and_then(|i| track.x(along, i))
        };
        curves.iter().filter(|(i, _, _)| of(*i)).filter_map(last).max_by(f64::total_cmp)
    };
    let fork = state.history.recipe.as_ref().and_then(|recipe| recipe.fork.as_ref());
    let forked = fork.map(|fork| {
        let session = fork.session.file_name().unwrap_or_default().to_string_lossy();
        let place = (fork.continues && along == Along::Step).then_some(fork.step as f64);
        (format!("forked from step {} of {session}", fork.step), place)
    });
    let name = |run: usize| {
        state.history.run(run).map_or_else(|| format!("run {}", run + 1), |run| state.history.name_of(run))
    };
    // Shorter than the sentences of `told_of`, and with the act first: the line is often cut.
    let notes = state.history.notes.iter().take_while(|note| note.at <= state.until());
    let told = notes.filter_map(|note| {
        let text = match &note.value {
            Note::LearningRate { run: None, factor, .. } => format!("learning rate ×{factor}"),
            Note::LearningRate { run: Some(run), factor, .. } => {
                format!("learning rate ×{factor} of {}", name(*run))
            }
            Note::RunStopped { run, .. } => format!("stopped {}", name(*run)),
            Note::Group { run, group, frozen, .. } => {
                let done = if *frozen { "froze" } else { "unfroze" };
                format!("{done} {group} of {}", name(*run))
            }
            Note::Added { addition, .. } => format!("added {}", addition.phrase()),
            Note::Paused => "paused".into(),
            Note::Continued => "continued".into(),
            Note::SingleStep => "single step".into(),
            // Remarks are shown as messages when they arrive, and on Lab.
            Note::Remark(_) => return None,
        };
        Some((format!("{text} at {}", duration(note.at)), place(note.at, note.value.run())))
    });
    forked.into_iter().chain(told).collect()
}
