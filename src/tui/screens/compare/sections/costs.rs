//! What methods cost: time, steps, parameters and floating-point operations.

use ratatui::text::{Line, Span};

use crate::session::arithmetic::{Cost, flops};
use crate::session::comparison::Comparison;
use crate::session::verdict;
use crate::tui::screens::compare::table::Row;
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{duration, fit, fit_right, short};

use super::section::{Section, budget, name_width, side, wrapped};

pub fn cost(state: &State, comparison: Option<&Comparison>, rows: &[Row], width: usize) -> Section {
    let theme = state.theme;
    let mut lines = Vec::new();
    if rows.is_empty() {
        return Section { title: String::new(), lines };
    }
    let names = name_width(rows) + 2;
    let head = format!(
        "{:>6} {:<names$}{:>10}{:>8}{:>19}{:>10}{:>9}",
        "labels", "", "training", "steps", "to scratch's best", "learned", "of all"
    );
    lines.push(Line::styled(head, theme.dim()));
    for (at, row) in rows.iter().enumerate() {
        let reached = match row.to_scratch {
            None => "at the end".into(),
            Some((None, _)) => "–".into(),
            Some((Some(steps), seeds)) => format!("{} ({seeds}/{})", short(steps.round()), row.planned),
        };
        lines.push(Line::from(vec![
            budget(rows, at, theme),
            side(row, rows, theme),
            Span::raw(fit_right(&duration(row.seconds), 10)),
            Span::raw(fit_right(&short(row.steps.round()), 8)),
            Span::raw(fit_right(&reached, 19)),
            Span::raw(fit_right(&short(row.trainable as f64), 10)),
            Span::raw(fit_right(&short(row.total as f64), 9)),
        ]));
    }
    let mut text = String::from(
        "training: mean time of a run, evaluation left out · to scratch's best: mean steps to the best \
         validation accuracy that scratch reached, and how many seeds got there",
    );
    if let Some(comparison) = comparison {
        text = format!(
            "pre-training: {} · {text}",
            verdict::costs::spent_on_sources(comparison, comparison.pretrain_seconds)
        );
    }
    lines.extend(wrapped(&text, width).into_iter().map(|line| line.style(theme.dim())));
    Section { title: "What it cost: time, steps, parameters".into(), lines }
}

/// The floating-point operations of each method, and when pre-training is paid for by those that it saves.
pub fn arithmetic(comparison: Option<&Comparison>, width: usize, theme: Theme) -> Section {
    let title = "What it cost in arithmetic (floating-point operations)".to_string();
    let Some((comparison, costs)) = comparison.and_then(|known| Some((known, known.arithmetic.as_ref()?)))
    else {
        return Section { title, lines: Vec::new() };
    };
    let name = |cost: &Cost| comparison.side(cost.method, cost.source.as_ref());
    let names = costs.methods.iter().map(|cost| name(cost).chars().count()).max().unwrap_or(0).clamp(10, 24);
    let head = format!(
        "{:>6}   {:<names$}{:>12}{:>19}{:>12}{:>8}",
        "labels", "", "training", "to scratch's best", "scratch", "paid by"
    );
    let mut lines = vec![Line::styled(head, theme.dim())];
    let mut before = None;
    for cost in &costs.methods {
        let labels = if before == Some(cost.budget) { String::new() } else { cost.budget.to_string() };
        before = Some(cost.budget);
        let found = cost.to_score;
        let text = |value: Option<String>| value.unwrap_or_else(|| "–".into());
        let reached =
            found.map(|found| format!("{} ({}/{})", flops(found.method), found.reached, found.seeds));
        let runs = found.and_then(|found| found.runs_to_pay).map(|runs| short(runs as f64));
        lines.push(Line::from(vec![
            Span::styled(fit_right(&labels, 6) + " ", theme.strong()),
            Span::styled(
                format!("{} {}", cost.method.marker(), fit(&name(cost), names)),
                theme.method(cost.method),
            ),
            Span::raw(fit_right(&flops(cost.training), 12)),
            Span::raw(fit_right(&text(reached), 19)),
            Span::raw(fit_right(&text(found.map(|found| flops(found.scratch))), 12)),
            Span::raw(fit_right(&text(runs), 8)),
        ]));
    }
    let pretraining = match costs.pretraining {
        Some(spent) => format!("pre-training: {}, once · ", flops(spent as f64)),
        None => String::new(),
    };
    let text = format!(
        "{pretraining}a multiplication and an addition count as one each · scratch: its own operations to its best \
         validation accuracy, over the same seeds · paid by: after so many runs the operations saved are more than those \
         of pre-training"
    );
    lines.extend(wrapped(&text, width).into_iter().map(|line| line.style(theme.dim())));
    Section { title, lines }
}
