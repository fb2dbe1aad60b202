//! Pre-training: its loss, and how the neighbours of the probe words change.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::plot::columns::Spread;
use crate::plot::track::{Along, Series};
use crate::session::image_transfer::ImageSource;
use crate::session::parent::Parent;
use crate::session::record::{Neighbour, Stage};
use crate::session::source_history::Probe;
use crate::session::text_source::TextSource;
use crate::session::timed::Timed;
use crate::tui::modality::Modality;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::theme::Dash;
use crate::tui::widgets::chart::{Chart, Curve};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{duration, fit, fitting, percent, short, wrap};

use super::generated;
use super::layout::Parts;
use super::model::{guessing, log, window};
use super::state::Envelope;

/// Draws the loss and the neighbours. Before there is a loss, it says what is being done.
pub fn view(state: &State, frame: &mut Frame, parts: &Parts) {
    let theme = state.theme;
    let guessing = guessing(state);
    let (track, held) =
        (state.curves.pretraining(guessing).series(), state.curves.held_out(guessing).series());
    let (told, told_held) = (track.told(state.until()), held.told(state.until()));
    if told == 0 {
        let area = Rect { width: parts.heading.width + parts.list.width, ..parts.heading };
        let whole = Rect { height: parts.list.height, ..area };
        let text = waiting(state);
        let lines: Vec<Line> = wrap(&text, usize::from(whole.width).saturating_sub(4).min(90))
            .into_iter()
            .map(|line| Line::from(format!("  {line}")))
            .collect();
        frame.put([vec![Line::default()], lines].concat(), whole);
        return;
    }
    let train = &state.screens.train;
    let unit = state.modality().read();
    let point =
        |track: Series, told: usize, x: f64| track.nearest(Along::Step, x, told).and_then(|i| track.point(i));
    let name = guessing.name();
    let room = usize::from(parts.heading.width).saturating_sub(name.width() + 2);
    let log_y = if log(state) { " · log y" } else { "" };
    let mut extra = log_y.to_string();
    if train.cursor.is_some() || told_held > 0 {
        let x = train.cursor.unwrap_or(f64::INFINITY);
        let value = |track, told| short(point(track, told, x).map_or(f64::NAN, |point| point.y));
        // The position in the text is that of the point whose values are shown.
        let place = train.cursor.and_then(|x| point(track, told, x));
        let place = place.map(|point| short(point.x[Along::Step as usize]));
        let said = |unit: &str, held_out: &str, log_y: &str| {
            let place = place.as_ref().map_or(String::new(), |place| format!(" ┊ {place}{unit}:"));
            let held = match told_held {
                0 => String::new(),
                _ => format!(" · ◆ {held_out}{}", value(held, told_held)),
            };
            format!(" ·{place} ● {}{held}{log_y}", value(track, told))
        };
        // The values are always shown, their names as far as there is room.
        let unit = format!(" {unit}");
        let texts = [
            said(&unit, "held out ", log_y),
            said(&unit, "held out ", ""),
            said("", "held out ", ""),
            said("", "", ""),
        ];
        extra = fitting(texts, room);
    }
    if state.explain && train.cursor.is_none() {
        // As in the view of the runs: if there is no room for the whole sentence, its last part is shown.
        let sentence = state.modality().loss().unwrap_or_else(|| guessing.explained());
        let mut texts = [Some(sentence), sentence.split("; ").nth(1)].into_iter().flatten();
        let said = texts.find(|text| extra.width() + 3 + text.width() <= room);
        extra.push_str(&said.map_or(String::new(), |text| format!(" · {text}")));
    }
    let heading = Line::from(vec![
        Span::styled(format!(" {name}"), theme.strong()),
        Span::styled(cut(&extra, room), theme.dim()),
    ]);
    frame.put(heading, parts.heading);
    let curve = Curve {
        members: vec![(track, told)],
        style: theme.accent(),
        dash: Dash::Solid,
        marker: "●",
        label: String::new(),
        strong: false,
        spread: if train.envelope == Envelope::None { Spread::None } else { Spread::Extremes },
    };
    // Evaluations are few and not noisy, so their curve is not smoothed and has no envelope.
    let held_out = Curve {
        members: vec![(held, told_held)],
        style: theme.warning(),
        dash: Dash::Dashed,
        marker: "◆",
        label: String::new(),
        strong: false,
        spread: Spread::None,
    };
    if let Some(window) = window(state) {
        let chart = Chart {
            curves: if told_held > 0 { vec![curve, held_out] } else { vec![curve] },
            along: Along::Step,
            powers: false,
            unit,
            window,
            log_x: false,
            log: log(state),
            range: None,
            fit_all: train.fit_all,
            cursor: train.cursor,
            marks: &[],
            theme,
        };
        chart.view(frame.buffer_mut(), parts.chart);
    }
    if let Some(point) = state.history.source().pretraining.get(told - 1) {
        let (at, point) = (point.at, &point.value);
        let done = format!(" {} of {} {unit}", short(point.tokens as f64), short(point.of as f64));
        let parts_said = [
            format!("{}/s", short(point.tokens_per_second)),
            format!("lr {}", short(f64::from(point.learning_rate))),
            duration(at),
        ];
        // As many values as fit; none is cut.
        let width = usize::from(parts.notes.width);
        let text =
            parts_said.iter().fold(done, |text, part| match text.width() + 3 + part.width() <= width {
                true => format!("{text} · {part}"),
                false => text,
            });
        frame.put(Line::styled(text, theme.dim()), parts.notes);
    }
    match state.modality() {
        Modality::Text => neighbours(state, frame, parts.list),
        Modality::Images => source_tests(state, frame, parts.list),
    }
}

/// Draws the accuracy of the network on images of its own training task, one line per epoch.
fn source_tests(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let mut lines = vec![Line::styled(" right on its own classes", theme.strong())];
    let told: Vec<_> =
        state.history.source().source_tests.iter().filter(|test| test.at <= state.until()).collect();
    if told.is_empty() {
        let text = "told after each epoch, on images that were held out";
        let rows = wrap(text, usize::from(area.width).saturating_sub(3));
        lines.extend(rows.into_iter().map(|row| Line::styled(format!("  {row}"), theme.dim())));
    }
    for test in told {
        let test = &test.value;
        let set = if test.held_out { "held out" } else { "test" };
        let seen = format!("  {:>6} images  ", short(test.samples as f64));
        let right = format!("{:>7}", percent(test.accuracy));
        let rest = [format!("  {set}, loss {}", short(test.loss)), format!("  {set}"), String::new()];
        let room = usize::from(area.width).saturating_sub(seen.width() + right.width());
        let rest = rest.into_iter().find(|text| text.width() <= room).unwrap_or_default();
        lines.push(Line::from(vec![
            Span::styled(seen, theme.dim()),
            Span::raw(right),
            Span::styled(rest, theme.dim()),
        ]));
    }
    let from = lines.len().saturating_sub(usize::from(area.height));
    // The heading stays visible, followed by the newest lines.
    let heading = lines.remove(0);
    let shown = lines.split_off(from.min(lines.len()));
    frame.put([vec![heading], shown].concat(), area);
}

/// What is being done while there is no curve.
fn waiting(state: &State) -> String {
    let stages = state.history.stages.iter().rev();
    let stage = stages.map(|stage| (stage.at, stage.value)).find(|(at, _)| *at <= state.until());
    let source = state.history.text_source();
    let network = state.history.image_source();
    let inherited = |parent: &Parent| {
        format!("This session takes what {} pre-trained: nothing is pre-trained here.", parent.phrase())
    };
    match (stage.map(|(_, stage)| stage), source, network) {
        (None, ..) => "Nothing is trained yet. Press 1, choose a recipe and press enter: \
            the curves of pre-training and of every run are drawn here while they learn."
            .into(),
        (Some(Stage::Reading | Stage::Encoding | Stage::Counting), ..) if !state.is_under_way() && !state.is_back() => {
            format!("This session ended before anything was trained. {} has what can be done with it.", Tab::Lab)
        }
        (Some(Stage::Reading), ..) if state.status.doing.ends_with("vectors") => {
            "The labelled data is there; the word vectors are being read…".into()
        }
        (Some(Stage::Reading), ..) => "The labelled data is being read…".into(),
        (Some(Stage::Encoding), ..) => {
            "The encoder turns every text into a vector, once: the runs with a fixed encoder learn from these…".into()
        }
        (Some(Stage::Counting), ..) => {
            "The words of the corpus are being counted: the frequent ones get a vector each…".into()
        }
        (Some(_), ..) if state.history.parent().is_some() => {
            state.history.parent().map(inherited).unwrap_or_default()
        }
        (Some(_), _, Some(ImageSource::Network(file))) => {
            format!("This session takes a published network from {}: nothing is pre-trained.", file.display())
        }
        (Some(_), Some(source), _) if source.origin().published().is_some() => {
            let published = source.origin().published().unwrap_or_default();
            format!("This session takes {published}, as published: nothing is pre-trained.")
        }
        (Some(_), Some(TextSource::Distilled(asked)), _) => format!(
            "The static vectors are distilled from {}: its tokens go through it, one by one. This has no curve.",
            asked.encoder.display()
        ),
        (Some(_), ..) => "Pre-training begins: the first point comes soon…".into(),
    }
}

/// Draws, for each probe word, the newest list of neighbours at the time shown.
fn neighbours(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let looked = |probe: &Probe| probe.looks.partition_point(|look| look.at <= state.until());
    let probes: Vec<(&Probe, usize)> = state
        .history
        .source()
        .probes
        .iter()
        .map(|probe| (probe, looked(probe)))
        .filter(|(_, looks)| *looks > 0)
        .collect();
    let mut lines = generated::lines(state, usize::from(area.width));
    lines.push(Line::styled(" nearest words, live", theme.strong()));
    if probes.is_empty() {
        let text = "  no probe words were looked at yet";
        lines.push(Line::styled(text, theme.dim()));
        frame.put(lines, area);
        return;
    }
    if state.explain {
        lines.push(Line::styled(" ↑ ↓ against the look before", theme.dim()));
    }
    let used = lines.len();
    frame.put(lines, area);
    let columns = usize::from(area.width / 30).clamp(1, probes.len());
    let width = area.width / columns as u16;
    let rooms = probes.len().div_ceil(columns);
    let height = (usize::from(area.height).saturating_sub(used) / rooms).max(1);
    for (place, (probe, looks)) in probes.into_iter().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let y = area.y + (used + row * height) as u16;
        let room = Rect::new(area.x + column as u16 * width, y, width, height as u16).intersection(area);
        if room.is_empty() {
            break;
        }
        let now = &probe.looks[looks - 1];
        let before = looks.checked_sub(2).map(|i| &probe.looks[i]);
        let mut lines =
            vec![Line::styled(format!(" {}", cut(&probe.word, usize::from(width) - 2)), theme.accent())];
        for (rank, neighbour) in now.value.1.iter().take(height.saturating_sub(2)).enumerate() {
            lines.push(neighbour_line(state, usize::from(width), rank, neighbour, before));
        }
        frame.put(lines, room);
    }
}

fn neighbour_line(
    state: &State,
    width: usize,
    rank: usize,
    neighbour: &Neighbour,
    before: Option<&Timed<(u64, Vec<Neighbour>)>>,
) -> Line<'static> {
    let theme = state.theme;
    let (arrow, style) = match before {
        None => (String::new(), theme.dim()),
        Some(before) => match before.value.1.iter().position(|other| other.word == neighbour.word) {
            None => ("new".into(), theme.warning()),
            Some(was) if was > rank => (format!("↑{}", was - rank), theme.good()),
            Some(was) if was < rank => (format!("↓{}", rank - was), theme.bad()),
            Some(_) => ("=".into(), theme.dim()),
        },
    };
    Line::from(vec![
        Span::styled(format!("  {:>2} ", rank + 1), theme.dim()),
        Span::raw(fit(&neighbour.word, width.saturating_sub(16).min(24))),
        Span::raw(format!(" {:>5.2} ", neighbour.similarity)),
        Span::styled(arrow, style),
    ])
}
