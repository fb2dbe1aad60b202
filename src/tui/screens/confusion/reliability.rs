//! The reliability diagram of a run on a test set: for predictions with similar probability, the fraction that is
//! correct, before and after temperature scaling.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::session::calibration::{Bin, Calibration, FittedOn};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit_right, wrap};

use super::model::Looked;

/// Terminal columns before the bar: the range of probabilities, the examples, the mean probability and the accuracy.
const FIGURES: usize = 34;
/// Terminal columns of the shortest bar that is drawn.
const SHORTEST: usize = 10;

/// The calibration on the set that the screen shows; `None` unless it is a test set of a run with calibration.
pub fn calibration<'a>(looked: &Looked<'a>) -> Option<&'a Calibration> {
    looked.run.calibrations.iter().find(|known| known.set == looked.evaluation.set)
}

/// Draws the reliability diagram. A wide area shows the diagrams before and after temperature scaling side by side, or
/// only the first if no temperature was fitted. A narrow area shows the one that `before` selects.
pub fn view(state: &State, frame: &mut Frame, area: Rect, looked: &Looked, before: bool) {
    let theme = state.theme;
    let Some(found) = calibration(looked) else {
        let sentence = "No reliability diagram yet: probabilities are calibrated when a run has ended, and shown for test \
                        sets (s chooses the set).";
        let lines = wrap(sentence, usize::from(area.width)).into_iter();
        frame.put(lines.map(|line| Line::styled(line, theme.dim())).collect::<Vec<_>>(), area);
        return;
    };
    let width = usize::from(area.width);
    let mut lines: Vec<Line> =
        wrap(&said(found), width).into_iter().map(|line| Line::styled(line, theme.strong())).collect();
    lines.push(Line::default());
    let top = lines.len() as u16;
    frame.put(lines, area);
    let area = Rect { y: area.y + top, height: area.height.saturating_sub(top), ..area };
    let half = area.width / 2;
    let (left, right) = (("as trained", &found.before), ("calibrated", &found.after));
    if usize::from(half) > FIGURES + 2 * SHORTEST && matches!(found.fitted_on, FittedOn::Nothing) {
        frame.put(diagram(theme, left, width), area);
    } else if usize::from(half) > FIGURES + 2 * SHORTEST {
        let of_half = usize::from(half) - 2;
        frame.put(diagram(theme, left, of_half), Rect { width: half - 2, ..area });
        let place = Rect { x: area.x + half, width: area.width - half, ..area };
        frame.put(diagram(theme, right, of_half), place);
    } else {
        frame.put(diagram(theme, if before { left } else { right }, width), area);
    }
}

/// A sentence with the expected calibration errors and the temperature.
pub fn said(found: &Calibration) -> String {
    let Some((before, after)) = found.errors() else { return "No example was tested.".into() };
    let points = |error: f64| format!("{:.1}", error * 100.0);
    let fitted = |count: usize, what: &str| {
        format!(
            "Probabilities are {} points off on average (ECE) as trained, and {} with temperature {:.2}, fitted on \
             {count} {what}.",
            points(before),
            points(after),
            found.temperature
        )
    };
    match found.fitted_on {
        FittedOn::Validation(count) => fitted(count, "validation examples"),
        FittedOn::OutOfFold(count) => fitted(count, "training examples by cross-validation"),
        FittedOn::Nothing => format!(
            "Probabilities are {} points off on average (ECE). No temperature was fitted: this method keeps no examples back.",
            points(before)
        ),
    }
}

/// The lines of a diagram, one for each bin. The length of the bar is the accuracy. The mark is at the mean
/// probability: the bar of a calibrated model ends there.
fn diagram(theme: Theme, (name, bins): (&str, &Vec<Bin>), width: usize) -> Vec<Line<'static>> {
    let bar = width.saturating_sub(FIGURES);
    let has_bar = bar >= SHORTEST;
    let head = "probability  examples  said right ";
    let mut lines = vec![Line::styled(name.to_string(), theme.accent())];
    let scale = if has_bar { format!("0{:>1$}", "100 %", bar - 1) } else { String::new() };
    lines.push(Line::styled(format!("{head}{scale}"), theme.dim()));
    for bin in bins {
        let figures = format!(
            "{:>5.1}–{:<5.1}{}{}{} ",
            bin.from * 100.0,
            bin.to * 100.0,
            fit_right(&bin.examples.to_string(), 10),
            fit_right(&format!("{:.0}", bin.confidence * 100.0), 6),
            fit_right(&format!("{:.0}", bin.accuracy * 100.0), 6),
        );
        let mut spans = vec![Span::raw(figures)];
        if has_bar {
            let place = |fraction: f64| (fraction * (bar - 1) as f64).round() as usize;
            let (right, said) = (place(bin.accuracy), place(bin.confidence));
            // Overconfidence is worse than underconfidence, so it is shown as a warning.
            let style = if said > right { theme.warning() } else { theme.good() };
            let cell = |column: usize| match (column < right, column == said) {
                (_, true) => "┃",
                (true, false) => "▬",
                (false, false) => " ",
            };
            let run: String = (0..bar).map(cell).collect();
            spans.push(Span::styled(run, style));
        }
        lines.push(Line::from(spans));
    }
    lines
}
