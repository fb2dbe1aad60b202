//! The curves of all runs.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::record::Note;
use crate::tui::state::State;
use crate::tui::theme::dash;
use crate::tui::widgets::chart::{Chart, Curve};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{duration, short};
use crate::tui::widgets::track::Along;

use super::layout::Parts;
use super::model::{along, drawn, selected, window};
use super::run_list;
use super::state::{Envelope, SMOOTHING};

/// Draws the curves, the list and the details.
pub fn view(state: &State, frame: &mut Frame, parts: &Parts) {
    let theme = state.theme;
    let train = &state.screens.train;
    let mut heading = vec![Span::styled(format!(" {}", train.metric.name()), theme.strong())];
    let room = usize::from(parts.heading.width).saturating_sub(train.metric.name().len() + 2);
    let flags = [(train.log, " · log y"), (train.zoom.is_some(), " · zoomed")];
    let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, text)| *text).collect();
    let mut extra = String::new();
    if let Some(cursor) = train.cursor {
        extra.push_str(&format!(" · ┊ at {} {}", short(cursor), unit(state, along(state))));
    }
    if train.metric.noisy() && SMOOTHING[train.smoothing].0 > 0.0 {
        let smoothing = format!(" · {} smoothing", SMOOTHING[train.smoothing].1);
        // Shown as a whole or not at all.
        if extra.width() + smoothing.width() + flags.width() <= room {
            extra.push_str(&smoothing);
        }
    }
    extra.push_str(&flags);
    if state.explain && train.cursor.is_none() {
        // If there is no room for the whole sentence, its last part is shown, which says what is good. It comes before
        // the settings that are changed less often, but only where it pushes none of them out.
        let sentence = train.metric.explained();
        let mut texts = [Some(sentence), sentence.split("; ").nth(1)].into_iter().flatten();
        let said = texts.find(|text| extra.width() + 3 + text.width() <= room);
        extra = said.map_or(extra.clone(), |text| format!(" · {text}{extra}"));
    }
    heading.push(Span::styled(cut(&extra, room), theme.dim()));
    frame.put(Line::from(heading), parts.heading);

    let marks = marks(state);
    let places: Vec<f64> = marks.iter().filter_map(|(_, place)| *place).collect();
    let chosen = selected(state);
    let curves: Vec<Curve> = drawn(state)
        .into_iter()
        .map(|(i, track, told)| {
            let method = state.history.runs[i].start.method;
            let envelope = match train.envelope {
                Envelope::All => true,
                Envelope::Selected => chosen == Some(i),
                Envelope::None => false,
            };
            Curve {
                track,
                told,
                style: theme.method(method),
                dash: dash(method),
                marker: method.marker(),
                strong: chosen == Some(i),
                envelope,
            }
        })
        .collect();
    match window(state) {
        Some(window) => Chart {
            curves,
            along: along(state),
            powers: false,
            unit: unit(state, along(state)),
            window,
            log: train.log,
            fit_all: train.fit_all,
            cursor: train.cursor,
            marks: &places,
            theme,
        }
        .view(frame.buffer_mut(), parts.chart),
        None => {
            let text = "   nothing told yet: the first points come soon";
            frame.put(Line::styled(text, theme.dim()), parts.chart);
        }
    }

    let notes: Vec<String> = marks.into_iter().map(|(text, _)| text).collect();
    if !notes.is_empty() {
        // The newest come first, because they are the most interesting.
        let newest: Vec<String> = notes.into_iter().rev().collect();
        let text = cut(&newest.join(" · "), usize::from(parts.notes.width).saturating_sub(3));
        let line = Line::from(vec![Span::styled(" ▲ ", theme.warning()), Span::styled(text, theme.dim())]);
        frame.put(line, parts.notes);
    }
    run_list::view(state, frame, parts.list);
    run_list::details(state, frame, parts.details);
}

/// The unit of x.
fn unit(state: &State, along: Along) -> &'static str {
    match along {
        Along::Step => "steps",
        Along::Seconds => "seconds",
        Along::Samples => state.modality().examples(),
    }
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
        let last = |(_, track, _): &(usize, &crate::tui::widgets::track::Track, usize)| {
            track.told(at).checked_sub(1).and_then(|i| track.point(i)).map(|point| point.x[along as usize])
        };
        curves.iter().filter(|(i, _, _)| of(*i)).filter_map(last).max_by(f64::total_cmp)
    };
    let name = |run: usize| {
        state.history.run(run).map_or_else(|| format!("run {run}"), |run| run.name().to_string())
    };
    let notes = state.history.notes.iter().take_while(|note| note.at <= state.until());
    notes
        .filter_map(|note| {
            let (text, run) = match &note.value {
                Note::LearningRate { run: None, factor } => (format!("learning rate ×{factor}"), None),
                Note::LearningRate { run: Some(run), factor } => {
                    (format!("learning rate ×{factor} of {}", name(*run)), Some(*run))
                }
                Note::RunStopped { run } => (format!("{} stopped", name(*run)), Some(*run)),
                Note::Paused => ("paused".into(), None),
                Note::Continued => ("continued".into(), None),
                Note::SingleStep => ("single step".into(), None),
                // Remarks are shown as messages when they arrive, and on Lab.
                Note::Remark(_) => return None,
            };
            Some((format!("{text} at {}", duration(note.at)), place(note.at, run)))
        })
        .collect()
}
