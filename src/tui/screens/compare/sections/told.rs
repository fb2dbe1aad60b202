//! The verdict: its headlines with their intervals, and its sentences; before the end, who leads.

use ratatui::text::{Line, Span};

use crate::plot::strip::{self, Axis};
use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, Finding, Headline};
use crate::session::record::{TEST, VALIDATION};
use crate::session::verdict;
use crate::tui::screens::compare::table::{self, Row};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{duration, fit, fit_right};

use super::section::{ROOMY, Section, bullet, wrapped};

pub fn told(state: &State, comparison: Option<&Comparison>, known: &[Row], width: usize) -> Section {
    let theme = state.theme;
    let mut lines = Vec::new();
    if let Some(comparison) = comparison {
        lines.extend(headlines(comparison, width, theme));
        for (i, sentence) in verdict::sentences(comparison).iter().enumerate() {
            let style = if i == 0 && comparison.headlines.is_empty() { theme.strong() } else { theme.text() };
            lines.extend(bullet(sentence, style, width));
        }
        return Section { title: "Verdict".into(), lines };
    }
    let (done, all) = table::done(&state.history, state.until());
    if all == 0 {
        let sentence = "Nothing is compared yet: the runs begin when the source is ready. The verdict \
                        stands here at the end, provisional figures before.";
        return Section { title: "Verdict".into(), lines: wrapped(sentence, width) };
    }
    lines.extend(wrapped(
        &format!(
            "Provisional: {done} of {all} runs are done. Means are of what is known so far; the verdict, \
             paired differences and label savings come at the end."
        ),
        width,
    ));
    for sentence in &verdict::by_hand(&state.history.by_hand(state.until()), state.history.several_sources())
    {
        lines.extend(bullet(sentence, theme.warning(), width));
    }
    let mut budgets: Vec<Budget> = known.iter().map(|row| row.budget).collect();
    budgets.dedup();
    for sentence in budgets.into_iter().filter_map(|budget| leads(known, budget)) {
        lines.extend(bullet(&sentence, theme.text(), width));
    }
    Section { title: "Verdict · provisional".into(), lines }
}

/// What was done by hand up to the time shown.
pub fn by_hand(state: &State, width: usize) -> Section {
    let done = state.history.done_by_hand(state.until());
    let told = |(at, what): &(f64, String)| {
        bullet(&format!("at {}: {what}", duration(*at)), state.theme.text(), width)
    };
    Section { title: "Done by hand".into(), lines: done.iter().flat_map(told).collect() }
}

/// The least and the largest width of the drawn intervals of the headlines.
const DRAWN: (usize, usize) = (9, 60);

/// One line for each budget and question, with the interval drawn; then an empty line.
fn headlines(comparison: &Comparison, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let texts = verdict::headlines::headlines(comparison);
    let widest = |of: fn(&verdict::headlines::HeadlineText) -> &str| {
        texts.iter().map(|text| of(text).chars().count()).max()
    };
    let [labels, question, interval] =
        [widest(|text| &text.labels), widest(|text| &text.question), widest(|text| &text.interval)]
            .map(Option::unwrap_or_default);
    let labels = labels.clamp("labels".len(), 14);
    let interval = interval.max("95 % interval".len());
    let left = |gap: usize| width.saturating_sub(2 + labels + question + 6 + interval + 9 + 5 * gap);
    // A narrow screen has no room to waste: the interval is drawn first of all.
    let gap = if left(2) >= ROOMY { 2 } else { 1 };
    let (room, gap) = (left(gap), " ".repeat(gap));
    let ends = comparison.headlines.iter().flat_map(|Headline { difference: d, .. }| {
        let (low, high) = d.interval.unwrap_or((d.mean, d.mean));
        [low, high, d.mean, 0.0]
    });
    let axis = Axis::over(ends, 4);
    let head = format!(
        "{}{gap}{}{gap}points{gap}{}",
        fit("labels", labels),
        fit("", question),
        fit("95 % interval", interval)
    );
    let mut lines = Vec::new();
    for (Headline { difference, .. }, text) in comparison.headlines.iter().zip(&texts) {
        let style = match text.finding {
            Finding::Better => theme.good(),
            Finding::Worse => theme.bad(),
            Finding::Same | Finding::NotKnown => theme.text(),
        };
        let mut spans = vec![
            Span::styled(fit(&text.labels, labels) + &gap, theme.strong()),
            Span::raw(fit(&text.question, question) + &gap),
            Span::styled(fit_right(&text.points, 6) + &gap, style.patch(theme.strong())),
            Span::raw(fit(&text.interval, interval) + &gap),
            Span::styled(fit(text.finding.name(), 9) + &gap, style.patch(theme.strong())),
        ];
        if room >= DRAWN.0 {
            let (interval, mean) = (difference.interval, Some((difference.mean, '●')));
            let drawn = strip::Row { interval, mean, line: Some(0.0), ..strip::Row::default() };
            spans.push(Span::styled(strip::row(axis, room.min(DRAWN.1), drawn), style));
        }
        lines.push(Line::from(spans));
    }
    if !lines.is_empty() {
        lines.insert(0, Line::styled(head, theme.dim()));
        lines.push(Line::default());
    }
    lines
}

/// The leading method at a budget, as a sentence. It compares the methods that have results on the same set: on the
/// test set or the validation part, whichever has more methods; the test set if both have the same number. `None` for a
/// single method.
fn leads(known: &[Row], budget: Budget) -> Option<String> {
    let on = |set: &str| -> Vec<&Row> {
        known.iter().filter(|row| row.budget == budget && row.set == set).collect()
    };
    let (test, validation) = (on(TEST), on(VALIDATION));
    let (set, rows) = if validation.len() > test.len() { (VALIDATION, validation) } else { (TEST, test) };
    let best = rows.iter().max_by(|a, b| a.mean.total_cmp(&b.mean)).filter(|_| rows.len() > 1)?;
    let beside: Vec<String> =
        rows.iter().filter(|row| row.name() != best.name()).map(|row| row.name()).collect();
    Some(format!(
        "With {budget} labels {} leads so far: {:.1} % on the {set} part (beside {}).",
        best.name(),
        best.mean * 100.0,
        beside.join(", ")
    ))
}
