//! Text tables, and the text form of a comparison.

use unicode_width::UnicodeWidthStr;

use crate::error::printable;
use crate::plot::strip::{self, Axis};
use crate::session::arithmetic::{Costs, flops};
use crate::session::budget::Budget;
use crate::session::comparison::{ByClass, Comparison, ComparisonRow, Headline, bound, points};
use crate::session::history::History;
use crate::session::record::{Evaluation, Outcome, TEST};
use crate::session::{tuned, verdict};

use super::{arithmetic, number, tuning};

/// A table. Each column is as wide as its widest cell.
pub struct Table {
    /// Whether each column is right-aligned.
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads. A head that begins with `>` makes its column right-aligned.
    pub fn new<S: AsRef<str>>(heads: &[S]) -> Table {
        let right = heads.iter().map(|head| head.as_ref().starts_with('>')).collect();
        let heads = heads.iter().map(|head| printable(head.as_ref().trim_start_matches('>'))).collect();
        Table { right, rows: vec![heads] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell)).collect());
    }

    /// The lines, heads first.
    pub fn lines(&self) -> Vec<String> {
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.right.len()).map(width).collect();
        self.rows
            .iter()
            .map(|row| {
                let mut line = String::new();
                for (column, cell) in row.iter().enumerate().take(widths.len()) {
                    let space = " ".repeat(widths[column].saturating_sub(cell.width()));
                    let (before, after) =
                        if self.right[column] { (&space[..], "") } else { ("", &space[..]) };
                    line.push_str(&format!("  {before}{cell}{after}"));
                }
                line.trim_end().to_string()
            })
            .collect()
    }
}

/// "81.2 ± 1.3", or "81.2" if there is one seed.
pub fn accuracy(row: &ComparisonRow) -> String {
    match row.values.len() {
        0 => "–".into(),
        1 => number::percent(row.mean),
        _ => format!("{} ± {}", number::percent(row.mean), number::percent(row.deviation)),
    }
}

/// The comparison of a session as text: the verdict, the figures, and the data behind them.
pub fn comparison(comparison: &Comparison) -> Vec<String> {
    let mut lines = headlines(comparison);
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(verdict::sentences(comparison).iter().map(|sentence| format!("• {sentence}")));
    lines.push(String::new());
    lines.extend(rows(comparison));
    if !comparison.differences.is_empty() {
        lines.push(String::new());
        lines.extend(differences(comparison));
    }
    if let Some(by_class) = comparison.by_class.as_ref().filter(|by_class| by_class.classes.len() <= CLASSES)
    {
        lines.push(String::new());
        lines.extend(classes(comparison, by_class));
    }
    for tuning::Cells { title, heads, rows } in
        [tuning::cells(comparison), tuning::choices(comparison)].into_iter().flatten()
    {
        let mut table = Table::new(&heads);
        rows.into_iter().for_each(|row| table.row(row));
        lines.extend([String::new(), title]);
        lines.extend(table.lines());
    }
    let savings = savings(comparison);
    if !savings.is_empty() {
        lines.push(String::new());
        lines.push("Label savings".into());
        lines.extend(savings);
    }
    if comparison.pretrain_seconds > 0.0 {
        lines.push(String::new());
        let spent = verdict::costs::spent_on_sources(comparison, comparison.pretrain_seconds);
        lines.push(format!("Pre-training took {spent}."));
    }
    if let Some(encoding) = verdict::costs::spent_on_encoding(comparison) {
        lines.push(String::new());
        lines.push(encoding);
    }
    if let Some(costs) = &comparison.arithmetic {
        lines.push(String::new());
        lines.extend(operations(comparison, costs));
    }
    lines
}

/// The width of the drawn intervals of the headlines.
const STRIP: usize = 17;

/// The headlines: one line for each budget and question, with the interval drawn around 0.
fn headlines(comparison: &Comparison) -> Vec<String> {
    let ends = comparison.headlines.iter().flat_map(|Headline { difference: d, .. }| {
        let (low, high) = d.interval.unwrap_or((d.mean, d.mean));
        [low, high, d.mean, 0.0]
    });
    let axis = Axis::over(ends, 4);
    let difference = format!("difference in {}", comparison.metric.name());
    let mut table = Table::new(&["labels", &difference, ">points", "95 % interval", "", ""]);
    for (headline, text) in comparison.headlines.iter().zip(verdict::headlines::headlines(comparison)) {
        let strip = strip::Row {
            interval: headline.difference.interval,
            mean: Some((headline.difference.mean, '●')),
            line: Some(0.0),
            ..strip::Row::default()
        };
        let drawn = strip::row(axis, STRIP, strip);
        table.row([
            text.labels,
            text.question,
            text.points,
            text.interval,
            text.finding.name().into(),
            drawn,
        ]);
    }
    if comparison.headlines.is_empty() { Vec::new() } else { table.lines() }
}

/// The largest number of classes that are listed; the JSON has all.
const CLASSES: usize = 30;

/// The recall of two methods, class by class.
fn classes(comparison: &Comparison, by_class: &ByClass) -> Vec<String> {
    let mut table = Table::new(&[
        "class",
        ">test examples",
        &format!(">{}", comparison.side(by_class.left, by_class.left_source.as_ref())),
        &format!(">{}", by_class.right),
        ">points",
        ">95 % interval",
        "",
    ]);
    for class in &by_class.classes {
        table.row([
            class.class.clone(),
            number::count(class.examples as u64),
            number::percent(class.left),
            number::percent(class.right),
            points(class.left - class.right),
            class.interval.map_or("–".into(), |(low, high)| format!("{} to {}", bound(low), bound(high))),
            class.finding.name().to_string(),
        ]);
    }
    let title =
        format!("Recall by class in %, {} labels; intervals are corrected for all classes", by_class.budget);
    std::iter::once(title).chain(table.lines()).collect()
}

/// One row for each method and budget.
fn rows(comparison: &Comparison) -> Vec<String> {
    let mut others: Vec<&str> = Vec::new();
    for (name, _) in comparison.rows.iter().flat_map(|row| &row.others) {
        if !others.contains(&name.as_str()) {
            others.push(name);
        }
    }
    let paired = comparison.rows.iter().any(|row| row.values.len() > 1);
    let spread = if paired { ", mean ± standard deviation over seeds" } else { "" };
    let few = |row: &ComparisonRow| row.budget != Budget::All;
    let balanced =
        if comparison.balanced && comparison.rows.iter().any(few) { "; budgets are balanced" } else { "" };
    let tuned = tuned::title(comparison);
    let title = format!("Test {} in %{spread}{balanced}{tuned}", comparison.metric.name());
    let beside = comparison.beside();
    let mut heads = vec![">labels".to_string(), String::new(), ">test".into()];
    heads.push(format!(">{}", beside.name()));
    heads.extend(others.iter().map(|name| format!(">{name}")));
    heads
        .extend([">learned", ">of parameters", ">seconds", ">steps", ">to scratch's best"].map(String::from));
    let mut table = Table::new(&heads);
    let mut before = None;
    for row in &comparison.rows {
        let labels =
            if before == Some(row.budget) { String::new() } else { number::count(row.labels as u64) };
        before = Some(row.budget);
        let mut cells = vec![labels, comparison.side(row.method, row.source.as_ref()), accuracy(row)];
        cells.push(row.metrics.get(beside.id()).map_or("–".into(), |value| number::percent(*value)));
        cells.extend(others.iter().map(|name| {
            let other = row.others.iter().find(|(other, _)| other == name);
            other.map_or("–".into(), |(_, accuracy)| number::percent(*accuracy))
        }));
        cells.push(number::count(row.trainable_parameters));
        cells.push(number::count(row.total_parameters));
        cells.push(format!("{:.1$}", row.seconds, if row.seconds < 10.0 { 2 } else { 1 }));
        cells.push(number::mean(row.steps));
        cells.push(match row.steps_to_scratch {
            Some(steps) => {
                format!("{} ({}/{})", number::mean(steps), row.reached_scratch, row.values.len())
            }
            None => "–".into(),
        });
        table.row(cells);
    }
    std::iter::once(title).chain(table.lines()).collect()
}

fn differences(comparison: &Comparison) -> Vec<String> {
    let mut table = Table::new(&[">labels", "", ">points", ">95 % interval", ">wins", ">better next time"]);
    let mut before = None;
    for difference in &comparison.differences {
        let budget = comparison.rows.iter().find(|row| row.budget == difference.budget);
        let labels = if before == Some(difference.budget) {
            String::new()
        } else {
            budget.map_or(difference.budget.to_string(), |row| number::count(row.labels as u64))
        };
        before = Some(difference.budget);
        table.row([
            labels,
            verdict::words::question(comparison, difference),
            points(difference.mean),
            difference
                .interval
                .map_or("one seed".into(), |(low, high)| format!("{} to {}", bound(low), bound(high))),
            difference.ahead(),
            difference.better_next_time(),
        ]);
    }
    let title = "Paired differences · better next time: the probability that the first method is the better one on a new training";
    std::iter::once(title.to_string()).chain(table.lines()).collect()
}

/// The floating-point operations: one row for each method and budget, and what pre-training cost.
fn operations(comparison: &Comparison, costs: &Costs) -> Vec<String> {
    let mut table = Table::new(&[
        ">labels",
        "",
        ">training",
        ">to scratch's best",
        ">scratch",
        ">seeds",
        ">paid for after",
    ]);
    let mut before = None;
    for cost in &costs.methods {
        let labels = if before == Some(cost.budget) { String::new() } else { cost.budget.to_string() };
        before = Some(cost.budget);
        let found = cost.to_score;
        let text = |value: Option<String>| value.unwrap_or_else(|| "–".into());
        table.row([
            labels,
            comparison.side(cost.method, cost.source.as_ref()),
            flops(cost.training),
            text(found.map(|found| flops(found.method))),
            text(found.map(|found| flops(found.scratch))),
            text(found.map(|found| format!("{}/{}", found.reached, found.seeds))),
            text(found.and_then(|found| found.runs_to_pay).map(|runs| number::counted(runs, "run", "runs"))),
        ]);
    }
    let title = "Arithmetic of a run (a multiplication and an addition count as one each)".to_string();
    std::iter::once(title).chain(table.lines()).chain([arithmetic::explained(costs)]).collect()
}

/// What each method saved in labels, one line each.
pub fn savings(comparison: &Comparison) -> Vec<String> {
    comparison
        .savings
        .iter()
        .map(|saving| format!("  {}", verdict::costs::saving(comparison, saving)))
        .collect()
}

/// The runs of a session that has no comparison yet, with their progress.
pub fn runs(history: &History) -> Vec<String> {
    let mut table = Table::new(&["run", ">steps", ">validation %", ">test %", ">seconds", "ended"]);
    for run in &history.runs {
        let fraction =
            |found: Option<&Evaluation>| found.map_or("–".into(), |e| number::percent(e.accuracy));
        let last = run.steps.last().map(|step| &step.value);
        let end = run.end.as_ref().map(|end| &end.value);
        let steps = end.map(|e| e.steps).or(last.map(|s| s.step)).unwrap_or(0);
        let seconds = end.map(|e| e.seconds).or(last.map(|s| s.seconds)).unwrap_or(0.0);
        table.row([
            history.name_of(run),
            number::count(steps),
            fraction(run.kept_validation(f64::INFINITY)),
            fraction(run.last_evaluation(TEST)),
            format!("{seconds:.2}"),
            end.map_or("not yet", |end| outcome(&end.outcome)).to_string(),
        ]);
    }
    table.lines()
}

/// An outcome in one or two words.
pub fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::EarlyStop => "early stop",
        Outcome::Diverged { .. } => "diverged",
        Outcome::Stopped => "stopped",
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use crate::session::comparison::{Covers, Difference, Finding, LabelSaving, SavingInterval};
    use crate::session::method::{Method, Strategy};

    /// A comparison with every kind of content.
    pub fn example() -> Comparison {
        let row = |method, budget, labels, mean: f64| ComparisonRow {
            method,
            source: method.takes_source().then(|| "skip-gram".into()),
            budget,
            labels,
            values: vec![mean - 0.01, mean + 0.01],
            mean,
            deviation: 0.014,
            interval: Some((mean - 0.03, mean + 0.03)),
            covers: Covers::SeedsAndExamples,
            metrics: [("macro_f1".to_string(), mean - 0.02)].into(),
            intervals: BTreeMap::new(),
            others: vec![("by \u{1b}hand".into(), mean - 0.1)],
            trainable_parameters: 12_802,
            total_parameters: 1_212_902,
            seconds: 1.234,
            steps: 150.5,
            steps_to_scratch: (method == Method::Strategy(Strategy::Frozen)).then_some(40.0),
            reached_scratch: usize::from(method == Method::Strategy(Strategy::Frozen)),
        };
        let difference = Difference {
            left: Method::Strategy(Strategy::Frozen),
            left_source: Some("skip-gram".into()),
            right: Method::Strategy(Strategy::Scratch),
            right_source: None,
            budget: Budget::Labels(100),
            mean: 0.21,
            interval: Some((-0.0002, 0.43)),
            covers: Covers::SeedsAndExamples,
            p_value: Some(0.051),
            probability_of_better: Some(0.97),
            wins: 2,
            ties: 0,
            seeds: 2,
        };
        Comparison {
            headlines: vec![Headline {
                set: TEST.into(),
                difference: difference.clone(),
                corrected: Some((-0.0002, 0.43)),
                finding: Finding::NotKnown,
                needed: None,
            }],
            margin: 0.01,
            rows: vec![
                row(Method::Strategy(Strategy::Scratch), Budget::Labels(100), 100, 0.6),
                row(Method::Strategy(Strategy::Frozen), Budget::Labels(100), 100, 0.81),
                row(Method::Strategy(Strategy::Scratch), Budget::All, 4_000, 0.9),
            ],
            differences: vec![difference],
            savings: vec![LabelSaving {
                method: Method::Strategy(Strategy::Frozen),
                source: Some("skip-gram".into()),
                labels: 100,
                scratch_labels: Some(823.4),
                at_most: false,
                interval: Some(SavingInterval { low: 300.0, high: None }),
            }],
            pretrain_seconds: 14.2,
            runs: 6,
            ..Comparison::default()
        }
    }

    #[test]
    fn a_comparison_begins_with_the_verdict_and_lines_up() {
        let lines = comparison(&example());
        assert!(lines[0].starts_with("  labels  difference in accuracy"), "{}", lines[0]);
        assert!(lines[1].contains("frozen − scratch") && lines[1].contains("[−0.02, +43.0]"), "{}", lines[1]);
        assert!(lines[1].contains("not known") && lines[1].ends_with("├───●────┤"), "{}", lines[1]);
        assert!(lines[3].starts_with("• With 100 labels, it is not known yet whether"), "{}", lines[3]);
        let text = lines.join("\n");
        for expected in [
            "81.0 ± 1.4",
            "12,802",
            "frozen − scratch",
            "−0.02 to +43.0",
            "about 823: 8.2 times as many (95 % interval 3.0 or more)",
            "97 %",
            "Pre-training took 14 s",
            "40 (1/2)",
            "by ␛hand",
            "4,000",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        let ends: Vec<usize> = lines
            .iter()
            .filter(|line| line.contains("12,802"))
            .map(|line| line.find("12,802").unwrap_or(0) - line.matches(['±']).count())
            .collect();
        assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
