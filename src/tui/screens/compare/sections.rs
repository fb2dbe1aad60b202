//! The sections of the screen as lines, the most important section first.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::plot::strip::{self, Axis};
use crate::session::arithmetic::{Cost, flops};
use crate::session::budget::{Budget, Proportions};
use crate::session::comparison::{self, Comparison, Difference, Finding, Headline};
use crate::session::method::{Method, Strategy};
use crate::session::metric::Metric;
use crate::session::record::{TEST, VALIDATION};
use crate::session::text_transfer::TextTask;
use crate::session::{tuned, verdict};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{duration, fit, fit_right, short, wrap};

use super::table::{self, Row};
use super::{curve, settings, tuning};

/// The minimum width of the strip of dots, in cells. A further column is only added if this much is left.
const ROOMY: usize = 24;

/// A section with a heading.
pub struct Section {
    pub title: String,
    pub lines: Vec<Line<'static>>,
}

/// All sections that have content.
pub fn all(state: &State, width: usize) -> Vec<Section> {
    let comparison = state.comparison();
    let rows = match comparison {
        Some(comparison) => table::of_comparison(comparison),
        None => table::provisional(&state.history, state.until()),
    };
    let theme = state.theme;
    let known: Vec<Row> = rows.iter().filter(|row| row.mean.is_finite()).cloned().collect();
    let chart = curve::lines(&known, width.saturating_sub(2), theme);
    [
        told(state, comparison, &known, width),
        accuracy(state, comparison.is_none(), &rows, width),
        Section {
            title: format!("{} against labels (whiskers: ± 1 standard deviation)", heading(state)),
            lines: chart,
        },
        differences(comparison, width, theme),
        savings(comparison, width),
        Section {
            title: "Tuning: settings that each run tried on its validation examples".into(),
            lines: comparison.map_or(Vec::new(), |comparison| tuning::lines(comparison, width, theme)),
        },
        cost(state, comparison, &rows, width),
        arithmetic(comparison, width, theme),
        audits(state, width),
        forgetting(state, width),
        differing(state, width),
    ]
    .into_iter()
    .filter(|section| !section.lines.is_empty())
    .collect()
}

fn wrapped(text: &str, width: usize) -> Vec<Line<'static>> {
    wrap(text, width.saturating_sub(2)).into_iter().map(Line::from).collect()
}

/// A sentence after a bullet. Its further lines are indented.
fn bullet(sentence: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let parts = wrap(sentence, width.saturating_sub(4)).into_iter().enumerate();
    parts.map(|(i, line)| Line::styled(format!("{} {line}", if i == 0 { '•' } else { ' ' }), style)).collect()
}

/// Marker and name of a row's method, in its colour; with its source, if there are several.
fn side(row: &Row, rows: &[Row], theme: Theme) -> Span<'static> {
    let text = format!("{} {}", row.method.marker(), fit(&row.name(), name_width(rows)));
    Span::styled(text, theme.method(row.method))
}

/// The width of the names of `rows`.
fn name_width(rows: &[Row]) -> usize {
    rows.iter().map(|row| row.name().chars().count()).max().unwrap_or(0).clamp(10, 24)
}

/// The budget; empty if it is the same as in the line above.
fn budget(rows: &[Row], at: usize, theme: Theme) -> Span<'static> {
    let again = at > 0 && rows[at - 1].budget == rows[at].budget;
    let text = if again { String::new() } else { rows[at].budget.to_string() };
    Span::styled(fit_right(&text, 6) + " ", theme.strong())
}

fn told(state: &State, comparison: Option<&Comparison>, known: &[Row], width: usize) -> Section {
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
        let sentence = "Nothing is compared yet: the runs begin when the word vectors are there. The verdict \
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
    for sentence in &verdict::by_hand(&state.history.by_hand(state.until())) {
        lines.extend(bullet(sentence, theme.warning(), width));
    }
    let mut budgets: Vec<Budget> = known.iter().map(|row| row.budget).collect();
    budgets.dedup();
    for sentence in budgets.into_iter().filter_map(|budget| leads(known, budget)) {
        lines.extend(bullet(&sentence, theme.text(), width));
    }
    Section { title: "Verdict · provisional".into(), lines }
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

/// The metric that decides, and the one that is shown beside it.
fn metrics(state: &State) -> (Metric, Metric) {
    let decides = state.history.recipe.as_ref().and_then(|recipe| recipe.metric).unwrap_or_default();
    (decides, Comparison { metric: decides, ..Comparison::default() }.beside())
}

/// The name of the deciding metric, at the beginning of a heading.
fn heading(state: &State) -> String {
    let (first, rest) = metrics(state).0.name().split_at(1);
    first.to_uppercase() + rest
}

fn accuracy(state: &State, provisional: bool, rows: &[Row], width: usize) -> Section {
    let theme = state.theme;
    let mut others: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.others) {
        if !others.contains(name) {
            others.push(name.clone());
        }
    }
    others.truncate(4);
    let name = |set: &str| fit_right(&cut(set, 12), set.chars().count().clamp(7, 12) + 2);
    let heads: String = others.iter().map(|set| name(set)).collect();
    let seeds = if provisional { 10 } else { 0 };
    let names = name_width(rows) + 2;
    let mut used = 7 + names + 13 + heads.chars().count() + seeds + 2;
    // The metric beside the deciding one gets a column if the strip of dots keeps its minimum width.
    let (decides, beside) = metrics(state);
    let head = format!("  {}", beside.name());
    let beside = (used + head.len() + 3 + ROOMY <= width).then_some(head);
    used += beside.as_ref().map_or(0, String::len);
    let heads = beside.clone().unwrap_or_default() + &heads;
    let room = width.saturating_sub(used + 3).min(90);
    let spread = |row: &Row| row.deviation.unwrap_or(0.0);
    let values = rows.iter().flat_map(|row| {
        row.values.iter().copied().chain([row.mean - spread(row), row.mean + spread(row)]).collect::<Vec<_>>()
    });
    let ticks = (room / 8).clamp(4, 8);
    let axis =
        if decides.least() < 0.0 { Axis::over(values, ticks) } else { Axis::of_fractions(values, ticks) };
    let mut lines = Vec::new();
    if rows.is_empty() {
        return Section { title: String::new(), lines };
    }
    let scale = if room >= 12 { axis.scale(room, |v| format!("{:.0} %", v * 100.0)) } else { String::new() };
    let measured = if provisional { "of" } else { "" };
    let head = format!(
        "{:>6} {:<names$}{:>13}{heads}  {}{scale}",
        "labels",
        "",
        cut(&format!("{} %", decides.name()), 13),
        fit(measured, seeds)
    );
    lines.push(Line::styled(head, theme.dim()));
    for (at, row) in rows.iter().enumerate() {
        let mut spans = vec![budget(rows, at, theme), side(row, rows, theme)];
        let figure = match (row.mean.is_finite(), row.deviation) {
            (false, _) => "–".into(),
            (true, None) => format!("{:.1}      ", row.mean * 100.0),
            (true, Some(deviation)) => format!("{:.1} ± {:<3.1}", row.mean * 100.0, deviation * 100.0),
        };
        spans.push(Span::styled(fit_right(&figure, 13), theme.strong()));
        let figure =
            |value: f64| if value.is_finite() { format!("{:.1}", value * 100.0) } else { "–".into() };
        if let Some(head) = &beside {
            spans.push(Span::raw(fit_right(&figure(row.beside), head.len())));
        }
        for set in &others {
            let value = row.others.iter().find(|(name, _)| name == set).map(|(_, value)| *value);
            spans.push(Span::raw(fit_right(&figure(value.unwrap_or(f64::NAN)), name(set).chars().count())));
        }
        spans.push(Span::raw("  "));
        if provisional {
            let set = if row.set == VALIDATION { "val" } else { "test" };
            let of = format!("{set} {}/{}", row.values.len(), row.planned);
            spans.push(Span::styled(fit(&of, seeds), theme.dim()));
        }
        if room >= 12 {
            let marker = row.method.marker().chars().next().unwrap_or('•');
            let interval = row.deviation.map(|d| (row.mean - d, row.mean + d));
            let strip =
                strip::Row { dots: &row.values, interval, mean: Some((row.mean, marker)), line: None };
            spans.push(Span::styled(strip::row(axis, room, strip), theme.method(row.method)));
        }
        lines.push(Line::from(spans));
    }
    let mut about = sets(state);
    if provisional && rows.iter().any(|row| row.set == VALIDATION) {
        about = format!("val: on the validation part, until the run is tested · {about}");
    }
    lines.extend(wrapped(&about, width).into_iter().map(|line| line.style(theme.dim())));
    let tuned = state.comparison().map(tuned::title).unwrap_or_default().replacen("; ", " · ", 1);
    let title =
        format!("{} · mean ± standard deviation over the seeds · dots: single seeds{tuned}", heading(state));
    Section { title, lines }
}

/// Describes the test sets.
fn sets(state: &State) -> String {
    let demo = state
        .history
        .recipe
        .as_ref()
        .and_then(|recipe| recipe.text())
        .is_some_and(|text| matches!(text.task, TextTask::Demo { .. }));
    let tests = state.history.data.as_ref().map_or(&[][..], |data| &data.tests);
    let describe = |(name, documents): &(String, usize)| {
        let what = match (name == TEST, demo) {
            (true, true) => ", made by the grammar that made the training reviews",
            (false, true) => ", written one by one: no grammar made them",
            (true, false) => "",
            (false, false) => ", a further test set",
        };
        format!("{name}: {documents} {}{what}", state.modality().examples())
    };
    let balanced = state.history.recipe.as_ref().is_some_and(|recipe| {
        recipe.proportions() == Proportions::Balanced
            && recipe.labels.iter().any(|budget| *budget != Budget::All)
    });
    let mut described: Vec<String> = tests.iter().map(describe).collect();
    if balanced {
        described.push("budgets have the same number of labels of each class".into());
    }
    described.join(" · ")
}

/// The width of the column with the probability of being better on a new training.
const NEXT: usize = 18;

fn differences(comparison: Option<&Comparison>, width: usize, theme: Theme) -> Section {
    let mut lines = Vec::new();
    let differences = comparison.map_or(&[][..], |comparison| &comparison.differences);
    let sides = |d: &Difference| -> [String; 2] {
        let side = |method, source| comparison.map_or(String::new(), |known| known.side(method, source));
        [side(d.left, d.left_source.as_ref()), side(d.right, d.right_source.as_ref())]
    };
    let names =
        differences.iter().map(|d| sides(d).iter().map(|name| name.chars().count()).sum::<usize>() + 7);
    let names = names.max().unwrap_or(0).max(26);
    let width = width.saturating_sub(names - 26);
    // The probability has a column where the strip keeps its minimum width.
    let next = differences.iter().any(|d| d.probability_of_better.is_some()) && width >= 70 + NEXT + ROOMY;
    let room = width.saturating_sub(70 + if next { NEXT } else { 0 }).min(60);
    let ends = differences.iter().flat_map(|d| {
        let (low, high) = d.interval.unwrap_or((d.mean, d.mean));
        [low, high, d.mean, 0.0]
    });
    let axis = Axis::over(ends, 4);
    let mut last = None;
    for each in differences {
        let shown = if last == Some(each.budget) { String::new() } else { each.budget.to_string() };
        last = Some(each.budget);
        let points = |v: f64| comparison::points(v).replace('-', "−");
        let bound = |v: f64| comparison::bound(v).replace('-', "−");
        let interval = each
            .interval
            .map_or("one seed only".into(), |(low, high)| format!("{} to {}", bound(low), bound(high)));
        // An interval entirely on one side of 0 is a difference. One that contains 0 may be chance.
        let style = match each.interval {
            Some((low, _)) if low > 0.0 => theme.good(),
            Some((_, high)) if high < 0.0 => theme.bad(),
            _ => theme.text(),
        };
        let [left, right] = sides(each);
        let mut spans = vec![
            Span::styled(fit_right(&shown, 6) + " ", theme.strong()),
            Span::styled(format!("{} {left}", each.left.marker()), theme.method(each.left)),
            Span::raw(" − "),
            Span::styled(format!("{} {right}", each.right.marker()), theme.method(each.right)),
        ];
        let used = left.chars().count() + right.chars().count() + 7;
        spans.push(Span::raw(" ".repeat(names.saturating_sub(used))));
        spans.push(Span::styled(fit_right(&points(each.mean), 6), style.patch(theme.strong())));
        spans.push(Span::styled(format!("  {}", fit(&interval, 16)), style));
        let won = match each.ties == each.seeds {
            true => "equal".to_string(),
            false => format!("won {} of {}", each.wins, each.seeds),
        };
        spans.push(Span::raw(fit(&won, 13)));
        if next {
            spans.push(Span::raw(fit(&format!("next time {}", each.better_next_time()), NEXT)));
        }
        if room >= 12 {
            let strip = strip::Row {
                interval: each.interval,
                mean: Some((each.mean, '●')),
                line: Some(0.0),
                ..Default::default()
            };
            spans.push(Span::styled(strip::row(axis, room, strip), style));
        }
        lines.push(Line::from(spans));
    }
    let mut title = format!(
        "Differences in points, with their 95 % interval {}",
        comparison.map_or("", |comparison| comparison.covers().phrase())
    );
    if next {
        title.push_str(" · next time: the probability that the first is better on a new training");
    }
    Section { title, lines }
}

fn savings(comparison: Option<&Comparison>, width: usize) -> Section {
    let savings = comparison.map_or(&[][..], |comparison| &comparison.savings);
    let sentence =
        |saving| comparison.map_or(String::new(), |known| verdict::costs::saving(known, saving) + ".");
    let lines = savings.iter().flat_map(|saving| bullet(&sentence(saving), Style::new(), width)).collect();
    Section { title: "Label savings".into(), lines }
}

fn cost(state: &State, comparison: Option<&Comparison>, rows: &[Row], width: usize) -> Section {
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
fn arithmetic(comparison: Option<&Comparison>, width: usize, theme: Theme) -> Section {
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

/// How fine-tuning changed the scores of the vectors on the recipe's benchmarks.
fn forgetting(state: &State, width: usize) -> Section {
    let theme = state.theme;
    let found = state.history.forgetting(state.until());
    // A change that rounds to zero gets no sign.
    let signed = |change: f64| match change.abs() < 0.0005 {
        true => "0.000".to_string(),
        false => format!("{change:+.3}").replace('-', "−"),
    };
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
            Span::raw(format!("{:>8.3}", each.before).replace('-', "−")),
            Span::styled(fit_right(&signed(each.mean()), 9), style),
            Span::styled(
                format!("  {} ({} to {})", each.changes.len(), signed(least), signed(most)),
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

fn audits(state: &State, width: usize) -> Section {
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

fn differing(state: &State, width: usize) -> Section {
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
            let whose = run.map_or_else(|| "all under way".into(), |run| run.name().to_string());
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
