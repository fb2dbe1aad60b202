//! The details of the selected run below the list: what it learns from, how it was tuned, whether it overfits, and what became of
//! it; without a selected run, the methods.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::history::RunHistory;
use crate::session::method::Method;
use crate::session::record::{Audit, Outcome};
use crate::session::trials;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{duration, fitting, percent, short, wrap};

use super::model::selected;
use super::run_state::{Shape, collapsed, shape};

/// The methods and their descriptions. Short descriptions are used if the long ones do not all fit, so that none is
/// cut.
fn methods(state: &State, width: usize, height: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let texts = [" accuracy in % on validation and test set", " val, test: accuracy in %"];
    let mut lines = vec![Line::styled(fitting(texts, width), theme.dim())];
    if state.history.runs.iter().any(|run| collapsed(state, run)) {
        lines.push(Line::styled(" ! one answer for every example", theme.warning()));
    }
    let mut methods: Vec<Method> = state.history.runs.iter().map(|run| run.start.method).collect();
    methods.sort_unstable();
    methods.dedup();
    let name = |method: Method| format!(" {} {} ", method.marker(), method.name());
    let long = methods.iter().all(|method| name(*method).width() + method.meaning().0.width() <= width);
    // If there are more methods than lines, the last line says how many are left out.
    let room = height.saturating_sub(lines.len());
    let shown = if methods.len() > room { room.saturating_sub(1) } else { methods.len() };
    for method in &methods[..shown] {
        let meaning = if long { method.meaning().0 } else { method.meaning().1 };
        lines.push(Line::from(vec![
            Span::styled(name(*method), theme.method(*method)),
            Span::styled(meaning, theme.dim()),
        ]));
    }
    if shown < methods.len() {
        lines.push(Line::styled(format!("   and {} more", methods.len() - shown), theme.dim()));
    }
    lines
}

/// A validation loss that has risen by this factor above its lowest value is said to overfit.
const OVERFITS: f64 = 1.1;

/// The details of a run: each item as a sentence, and in a shorter form.
fn told(state: &State, run: &RunHistory) -> Vec<(String, String)> {
    let start = &run.start;
    let shape = shape(state, run);
    let words = shape.words();
    let validation = start.validation.min(start.labels);
    let learned = start.labels - validation;
    let (trainable, total) = (short(start.trainable_parameters as f64), short(start.total_parameters as f64));
    let optimizer = match shape {
        // The sign before the run's name shows the outcome already.
        Shape::Ended(Outcome::Completed) => start.optimizer.clone(),
        _ => format!("{} · {}", start.optimizer, words.split(':').next().unwrap_or_default()),
    };
    let mut told = vec![
        (format!("{} · {words}", start.optimizer), optimizer),
        match validation {
            0 => (
                format!("{learned} labels to learn, none to validate"),
                format!("{learned} labels, none to validate"),
            ),
            _ => (
                format!("{learned} labels to learn, {validation} to validate"),
                format!("{learned} labels + {validation} to validate"),
            ),
        },
        (
            format!("learns {trainable} of {total} parameters"),
            // If the model has collapsed, the warning that follows takes this line.
            match collapsed(state, run) {
                true => String::new(),
                false => format!("learns {trainable} of {total} weights"),
            },
        ),
    ];
    let frozen = state.history.frozen_by_hand(start.run, state.until()).join(", ");
    if !frozen.is_empty() {
        told.push((format!("frozen by hand: {frozen}"), format!("by hand: {frozen} frozen")));
    }
    let tried = trials::whole(&run.tried(state.until()));
    if let Some(chosen) = trials::chosen(&tried) {
        let score = chosen.score.map_or("–".into(), percent);
        let brief = format!("trial {}/{}: {}", chosen.trial + 1, tried.len(), chosen.settings.short());
        let settings = chosen.settings.phrase();
        told.push((format!("best of {} trials: {settings} ({score} on validation)", tried.len()), brief));
    }
    if collapsed(state, run) {
        told.push((
            "! gives one answer for every example: its accuracy only says how common that class is".into(),
            "! one answer for every example".into(),
        ));
    }
    if let Some((lowest, last)) =
        run.overfitting(state.until()).filter(|(lowest, last)| last.loss > OVERFITS * lowest.loss)
    {
        told.push((
            format!(
                "overfits: the validation loss was {} at step {} and is {} at step {}",
                short(lowest.loss),
                lowest.step,
                short(last.loss),
                last.step
            ),
            format!("overfits: {} to {}", short(lowest.loss), short(last.loss)),
        ));
    }
    if let (Shape::Ended(_), Some(end)) = (shape, &run.end) {
        let end = &end.value;
        let (best, steps, time) = (end.best_step, end.steps, duration(end.seconds));
        told.push((
            format!("best at step {best} of {steps}, {time}"),
            format!("best step {best}/{steps}, {time}"),
        ));
        told.extend(match &end.audit {
            Audit::NothingTransferred => None,
            Audit::Unchanged { .. } => {
                let same = "frozen stayed frozen: bytes are the same";
                Some((same.into(), "frozen: bytes are the same".into()))
            }
            Audit::Changed { rows, of } => {
                Some((format!("{rows} of {of} vectors moved"), format!("{rows}/{of} vectors moved")))
            }
        });
    } else if let Some(step) = run.steps.iter().rev().find(|step| step.at <= state.until()) {
        let (step, learning_rate) = (step.value.step, short(f64::from(step.value.learning_rate)));
        let text = match start.descends() {
            true => format!("step {step}/{}, learning rate {learning_rate}", start.planned_steps),
            false => format!("step {step} of about {}", start.planned_steps),
        };
        told.push((text.clone(), text));
    }
    told
}

/// Draws the details of the selected run, or the methods if no run is selected.
pub fn details(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let (width, height) = (usize::from(area.width).saturating_sub(1), usize::from(area.height));
    let lines = match selected(state) {
        None => methods(state, width, height),
        Some(i) => {
            let run = &state.history.runs[i];
            let method = run.start.method;
            let mut name = format!(" {} {}", method.marker(), state.history.name_of(run));
            if name.width() > width {
                name = name.replace(" labels", "");
            }
            let name = Line::styled(cut(&name, width), theme.method(method).add_modifier(Modifier::BOLD));
            let told = told(state, run);
            let rows = |texts: &mut dyn Iterator<Item = &String>| -> Vec<String> {
                texts.flat_map(|text| wrap(text, width.saturating_sub(2))).collect()
            };
            let mut rest = rows(&mut told.iter().map(|(long, _)| long));
            if rest.len() + 1 > height {
                rest = rows(&mut told.iter().map(|(_, brief)| brief).filter(|brief| !brief.is_empty()));
            }
            let rest = rest.into_iter().map(|row| Line::from(format!("   {row}")));
            std::iter::once(name).chain(rest).collect()
        }
    };
    frame.put(lines, area);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_method_means_fits_beside_its_name_in_the_narrowest_list() {
        for method in Method::all() {
            let width = format!(" {} {} {}", method.marker(), method.name(), method.meaning().1).width();
            assert!(width <= 31, "{method}: {width}");
        }
    }
}
