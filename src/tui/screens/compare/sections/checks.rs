//! What a comparison rests on: fixed parameters that stayed fixed, benchmarks before and after, settings that differ.

use ratatui::text::{Line, Span};

use crate::error::{decimal, signed};
use crate::session::method::{Method, Strategy};
use crate::tui::screens::compare::settings;
use crate::tui::state::State;
use crate::tui::widgets::text::{duration, fit, fit_right, wrap};

use super::section::{Section, wrapped};

/// How fine-tuning changed the scores of the vectors on the recipe's benchmarks.
pub fn forgetting(state: &State, width: usize) -> Section {
    let theme = state.theme;
    let found = state.history.forgetting(state.history.source(), state.until());
    let mut lines = Vec::new();
    if !found.is_empty() {
        let head = format!(
            "{:>6} {:<24}{:<12}{:>8}{:>9}  {}",
            "labels", "benchmark", "", "before", "change", "runs"
        );
        lines.push(Line::styled(head, theme.dim()));
    }
    for each in &found {
        let (least, most) = each.range();
        let style = if each.mean() <= -0.0005 { theme.bad() } else { theme.text() };
        lines.push(Line::from(vec![
            Span::styled(fit_right(&each.budget.to_string(), 6) + " ", theme.strong()),
            Span::raw(fit(each.name.0, 24)),
            Span::styled(fit(each.name.1.figure(), 12), theme.dim()),
            Span::raw(fit_right(&decimal(each.before, 3), 8)),
            Span::styled(fit_right(&signed(each.mean(), 3), 9), style),
            Span::styled(
                format!("  {} ({} to {})", each.changes.len(), signed(least, 3), signed(most, 3)),
                theme.dim(),
            ),
        ]));
    }
    if !found.is_empty() {
        let about =
            "below 0: fitted to this task, the vectors lost something that pre-training had taught them";
        lines.extend(wrapped(about, width).into_iter().map(|line| line.style(theme.dim())));
    }
    Section { title: "Forgetting: what fine-tuned vectors score, against the pre-trained".into(), lines }
}

pub fn audits(state: &State, width: usize) -> Section {
    let theme = state.theme;
    let mut lines = Vec::new();
    for method in [
        Method::Strategy(Strategy::Frozen),
        Method::Strategy(Strategy::FineTuned),
        Method::Strategy(Strategy::GradualUnfreezing),
        Method::Strategy(Strategy::LinearProbeThenFineTune),
    ] {
        if let Some((sentence, right)) = settings::audit(&state.history, method, state.until()) {
            let (mark, style) = if right { ("✓", theme.good()) } else { ("✗", theme.bad()) };
            let mut parts = wrap(&sentence, width.saturating_sub(4)).into_iter();
            lines.extend(
                parts.next().map(|l| Line::from(vec![Span::styled(format!("{mark} "), style), Span::raw(l)])),
            );
            lines.extend(parts.map(|l| Line::from(format!("  {l}"))));
        }
    }
    Section { title: "Audit of the transferred vectors".into(), lines }
}

pub fn differing(state: &State, width: usize) -> Section {
    let theme = state.theme;
    let mut lines = Vec::new();
    let tuned = state.history.recipe.as_ref().is_some_and(|recipe| recipe.tune.is_some());
    // Settings that tuning chose have their own section.
    let differing = settings::differing(&state.history).into_iter();
    for each in differing.filter(|each| !tuned || !settings::TUNED.contains(&each.name)) {
        let values: Vec<String> = each.values.iter().map(|(value, who)| format!("{value} ({who})")).collect();
        let mut parts = wrap(&values.join(" · "), width.saturating_sub(24)).into_iter();
        let first = parts.next().unwrap_or_default();
        lines.push(Line::from(vec![Span::styled(fit(each.name, 22), theme.dim()), Span::raw(first)]));
        lines.extend(parts.map(|line| Line::from(" ".repeat(22) + &line)));
    }
    let changes: Vec<String> = (state.history.learning_rates_by_hand(state.until()).into_iter())
        .map(|(at, run, factor)| {
            let run = run.and_then(|run| state.history.run(run));
            let whose = run.map_or_else(|| "all under way".into(), |run| state.history.name_of(run));
            format!("×{factor} at {} ({whose})", duration(at))
        })
        .collect();
    if !changes.is_empty() {
        let parts = wrap(&changes.join(" · "), width.saturating_sub(24)).into_iter().enumerate();
        lines.extend(parts.map(|(i, part)| {
            let name = if i == 0 { "learning rate by hand" } else { "" };
            Line::from(vec![Span::styled(fit(name, 22), theme.warning()), Span::raw(part)])
        }));
    }
    if state.history.runs.len() > 1 {
        let chosen = if tuned { "Tuning chose learning rates, epochs, dropout, units and C. " } else { "" };
        let sentence = format!(
            "{chosen}All else is the same; runs of one seed share labels, split, order and first head."
        );
        lines.extend(wrapped(&sentence, width).into_iter().map(|line| line.style(theme.dim())));
    }
    Section { title: "Settings that differ".into(), lines }
}
