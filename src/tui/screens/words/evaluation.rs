//! Evaluation: the scores of the vectors on the recipe's benchmarks, during training and after fine-tuning.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::error::{decimal, signed};
use crate::plot::columns::Spread;
use crate::plot::track::{Along, Track};
use crate::session::quality::{Forgetting, Name};
use crate::session::record::{Benchmark, Quality};
use crate::session::timed::Timed;
use crate::tui::screens::commands::quoted;
use crate::tui::state::State;
use crate::tui::theme::{Dash, Theme};
use crate::tui::widgets::chart::{self, Chart, Curve};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, short, wrap};

use super::sentence::sentence;

/// Markers and dash patterns that distinguish curves without colours.
const LOOKS: [(&str, Dash); 4] =
    [("●", Dash::Solid), ("▲", Dash::Dashed), ("■", Dash::Dotted), ("◆", Dash::DashDot)];

fn look(place: usize, theme: Theme) -> (&'static str, Dash, Style) {
    let (marker, dash) = LOOKS[place % LOOKS.len()];
    let style = [theme.accent(), theme.good(), theme.warning(), theme.bad()][place % LOOKS.len()];
    (marker, dash, style)
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let names = state.history.benchmarks(state.until());
    if names.is_empty() {
        let asked = state
            .history
            .recipe
            .as_ref()
            .and_then(|recipe| recipe.text())
            .is_some_and(|text| !text.benchmarks.is_empty());
        let text = if asked {
            "The vectors are measured as soon as there are any."
        } else {
            "The recipe names nothing to measure the vectors by. With a line such as \
             benchmarks: (similarity: [\"EN-WS-353-ALL.txt\"], analogies: \"questions-words.txt\") \
             they are measured while they are pre-trained and after each fine-tuning."
        };
        return sentence(state, frame, area, text);
    }
    let width = usize::from(area.width);
    let forgetting = state.history.forgetting(state.history.source(), state.until());
    let mut lines = table(state, &names, &forgetting, width);
    let note = if forgetting.is_empty() {
        "Pairs: how well cosines agree with people's scores (Spearman, 1 is in full). Analogies: the fraction that is \
         answered rightly, of those within the first 30,000 words."
    } else {
        "After fine-tuning: the mean change over the runs of a label budget. Below 0 the vectors forgot something \
         that pre-training had taught them."
    };
    lines.extend(wrap(note, width).into_iter().map(|line| Line::styled(line, theme.dim())));
    let below = (lines.len() as u16).min(area.height);
    let chart = Rect { height: area.height - below, ..area };
    if chart.height >= 5 {
        curves(state, frame, chart);
    }
    let place = Rect { y: chart.bottom(), height: below, ..area };
    frame.put(lines, place);
}

fn curves(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let told = |track: &Track| track.series().told(state.until());
    let tracks = || state.curves.quality.iter().map(|(.., track)| track);
    let extent = chart::extent(tracks().map(|track| (track.series(), told(track))), Along::Step);
    let Some(window) = extent.filter(|(from, to)| from < to) else {
        let text = match state.history.measured_last() {
            Some(0) => "These vectors came from a file: there is one measurement, and no curve.",
            _ => "The first measurement is made; with the second there is a curve.",
        };
        return sentence(state, frame, area, text);
    };
    let mut curves = Vec::new();
    for (place, (.., track)) in state.curves.quality.iter().enumerate() {
        // The table below lists the benchmarks in the same order.
        let (marker, dash, style) = look(place, theme);
        let told = told(track);
        if told > 0 {
            curves.push(Curve {
                members: vec![(track.series(), told)],
                style,
                dash,
                marker,
                label: String::new(),
                strong: false,
                spread: Spread::None,
            });
        }
    }
    let chart = Chart {
        curves,
        along: Along::Step,
        powers: false,
        unit: "words",
        window,
        log_x: false,
        log: false,
        range: None,
        fit_all: true,
        cursor: None,
        marks: &[],
        theme,
    };
    chart.view(frame.buffer_mut(), area);
}

/// One line for each benchmark: the first score, the current one, and the one after fine-tuning.
fn table(state: &State, names: &[Name], forgetting: &[Forgetting], width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut budgets: Vec<_> = forgetting.iter().map(|each| each.budget).collect();
    budgets.sort_unstable();
    budgets.dedup();
    let name_width = (width.saturating_sub(44 + 9 * budgets.len())).clamp(8, 28);
    let mut head = format!("  {} {:<11} {:>6} {:>6}", fit("benchmark", name_width), "", "first", "now");
    if width >= name_width + 44 {
        head.push_str(&format!(" {:>15}", "used"));
    }
    for budget in &budgets {
        head.push_str(&fit_right(&format!("{budget} lab."), 9));
    }
    let mut lines = vec![Line::styled(head, theme.dim())];
    for (place, name) in names.iter().enumerate() {
        let (marker, _, style) = look(place, theme);
        let mut told = state.history.measured(None, *name, state.until());
        let last = told.next_back();
        let figure = |told: Option<&Timed<Quality>>| {
            let text =
                told.and_then(|told| told.value.known()).map_or("–".into(), |score| decimal(score, 3));
            fit_right(&text, 7)
        };
        let first = told.next();
        let mut spans = vec![
            Span::styled(format!("{marker} "), style),
            Span::raw(fit(name.0, name_width)),
            Span::styled(fit(&format!(" {}", name.1.figure()), 12), theme.dim()),
            Span::raw(figure(first)),
            Span::styled(figure(last), theme.strong()),
        ];
        if width >= name_width + 44
            && let Some(last) = last
        {
            let used = format!("{} of {}", short(last.value.used as f64), short(last.value.of as f64));
            spans.push(Span::styled(fit_right(&used, 16), theme.dim()));
        }
        for budget in &budgets {
            let found = forgetting.iter().find(|each| each.name == *name && each.budget == *budget);
            let style = match found.map(Forgetting::mean) {
                Some(change) if change <= -0.0005 => theme.bad(),
                Some(change) if change >= 0.0005 => theme.good(),
                _ => theme.text(),
            };
            let text = found.map_or("–".into(), |each| signed(each.mean(), 3));
            spans.push(Span::styled(fit_right(&text, 9), style));
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// The scores of a run's own vectors beside those of the pre-trained ones, in one line.
pub fn of_run(state: &State, run: usize) -> Option<String> {
    let history = &state.history;
    let parts = history.benchmarks(state.until()).into_iter().filter_map(|name| {
        let before = history.measured(None, name, state.until()).next_back()?.value.score;
        let after = history.measured(Some(run), name, state.until()).next_back()?.value.score;
        let kind = if name.1 == Benchmark::Similarity { "pairs" } else { "analogies" };
        let change = signed(after - before, 3);
        Some(format!("{} {kind} {} → {} ({change})", name.0, decimal(before, 3), decimal(after, 3)))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("forgetting: {}", parts.join(" · ")))
}

/// The command line that evaluates the same vectors.
pub fn command(state: &State, file: &str) -> Option<String> {
    let evaluation = &state.history.recipe.as_ref()?.text()?.benchmarks;
    if evaluation.is_empty() {
        return None;
    }
    let list = |path: &std::path::PathBuf| quoted(&path.display().to_string());
    let mut text = format!("warmstart evaluate {file}");
    if !evaluation.similarity.is_empty() {
        let lists: Vec<String> = evaluation.similarity.iter().map(list).collect();
        text.push_str(&format!(" --similarity {}", lists.join(" ")));
    }
    if let Some(path) = &evaluation.analogies {
        text.push_str(&format!(" --analogies {}", list(path)));
    }
    Some(text)
}
