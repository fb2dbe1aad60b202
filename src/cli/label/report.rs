//! What a simulated labelling found: a table, and a sentence for each strategy that says whether it helps.

use serde::Serialize;

use crate::cli::global::Global;
use crate::cli::number;
use crate::cli::out::{self, Out};
use crate::cli::table::Table;
use crate::error::Result;
use crate::session::comparison::points;
use crate::session::query_strategy::QueryStrategy;
use crate::train::labelling::parts::Parts;
use crate::transfer::active_learning::learning::Point;
use crate::transfer::active_learning::simulation::Simulated;
use crate::transfer::statistics::paired::{Paired, fraction, paired};

/// The simulations of a strategy, one for each seed.
pub struct Curves {
    /// The strategy.
    pub strategy: QueryStrategy,
    /// The simulations.
    pub seeds: Vec<Simulated>,
}

#[derive(Serialize)]
struct Report {
    classes: Vec<String>,
    /// The number of texts in the pool, and of those that the classifiers were tested on.
    pool: usize,
    tested_on: usize,
    /// Whether these are a test part; otherwise they are the validation part.
    test_part: bool,
    seeds: usize,
    rows: Vec<Row>,
    verdict: Vec<String>,
    curves: Vec<Curve>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    strategy: QueryStrategy,
    labels: usize,
    accuracy: f64,
    interval: Option<(f64, f64)>,
    /// Null for random choice itself.
    minus_random: Option<Difference>,
}

#[derive(Serialize)]
struct Difference {
    mean: f64,
    interval: Option<(f64, f64)>,
    wins: usize,
    ties: usize,
}

#[derive(Serialize)]
struct Curve {
    strategy: QueryStrategy,
    /// The index of the repetition, from 0.
    repetition: usize,
    /// Numbers of labels, each with the validation accuracy.
    points: Vec<(usize, f64)>,
}

/// What each seed's classifier predicts rightly after the budget at this place; `None` if a seed has none.
fn rights(curves: &Curves, place: usize) -> Option<Vec<Vec<bool>>> {
    curves.seeds.iter().map(|seed| Some(seed.snapshots.get(place)?.right.clone())).collect()
}

fn rows(all: &[Curves]) -> Vec<(Row, Option<Paired>)> {
    let Some(random) = all.iter().find(|curves| curves.strategy == QueryStrategy::Random) else {
        return Vec::new();
    };
    let places = random.seeds.first().map_or(0, |seed| seed.snapshots.len());
    let mut rows = Vec::new();
    for place in 0..places {
        for curves in all {
            let (Some(mine), Some(theirs)) = (rights(curves, place), rights(random, place)) else { continue };
            let Some((accuracy, interval)) = fraction(&mine) else { continue };
            let is_random = curves.strategy == QueryStrategy::Random;
            let difference = if is_random { None } else { paired(&mine, &theirs) };
            let labels =
                curves.seeds.first().and_then(|seed| seed.snapshots.get(place)).map_or(0, |at| at.labels);
            let minus_random = difference.map(|found| Difference {
                mean: found.mean,
                interval: found.interval,
                wins: found.wins,
                ties: found.ties,
            });
            rows.push((
                Row { strategy: curves.strategy, labels, accuracy, interval, minus_random },
                difference,
            ));
        }
    }
    rows
}

/// Whether a strategy helps, at all its budgets, as a sentence.
fn sentence(strategy: QueryStrategy, rows: &[(Row, Option<Paired>)]) -> Option<String> {
    let mine = rows.iter().filter(|(row, _)| row.strategy == strategy);
    let (mut better, mut worse, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (row, difference) in mine {
        let (Some(found), labels) = (difference, row.labels.to_string()) else { continue };
        match found.interval {
            Some((low, _)) if low > 0.0 => better.push(labels),
            Some((_, high)) if high < 0.0 => worse.push(labels),
            _ => open.push(labels),
        }
    }
    let with = |labels: &[String]| format!("with {} labels", listed(labels));
    let name = strategy.name();
    let mut parts = Vec::new();
    if !better.is_empty() {
        parts.push(format!("{name} is better than random choice {}", with(&better)));
    }
    if !worse.is_empty() {
        parts.push(format!("{name} is worse than random choice {}", with(&worse)));
    }
    if !open.is_empty() {
        parts.push(format!(
            "{} no difference from random choice is shown: the interval includes 0",
            with(&open)
        ));
    }
    if parts.is_empty() {
        return None;
    }
    let helps = match (better.is_empty(), worse.is_empty()) {
        (false, _) => String::new(),
        (true, false) => format!("{name} does not help here: "),
        (true, true) => format!("{name} is not shown to help here: "),
    };
    let text = format!("{helps}{}.", parts.join("; "));
    let mut letters = text.chars();
    let first = letters.next()?.to_uppercase().to_string();
    Some(first + letters.as_str())
}

/// "50", "50 and 100", "50, 100 and 200".
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn interval((low, high): (f64, f64)) -> String {
    format!("[{}, {}]", points(low), points(high))
}

/// Prints the table and the sentences, or the JSON document. `asked` are the strategies that the user named.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(parts: &Parts, all: &[Curves], asked: &[QueryStrategy], global: &Global) -> Result<()> {
    let rows = rows(all);
    let seeds = all.first().map_or(0, |curves| curves.seeds.len());
    let test_part = !parts.test.is_empty();
    let tested_on = if test_part { parts.test.len() } else { parts.task.validation.len() };
    let mut verdict: Vec<String> = all.iter().filter_map(|curves| sentence(curves.strategy, &rows)).collect();
    let has = |strategy: QueryStrategy| all.iter().any(|curves| curves.strategy == strategy);
    let wanted = |strategy: QueryStrategy| asked.is_empty() || asked.contains(&strategy);
    for (left_out, twin) in [
        (QueryStrategy::Uncertainty, QueryStrategy::Margin),
        (QueryStrategy::Margin, QueryStrategy::Uncertainty),
    ] {
        if wanted(left_out) && !has(left_out) && has(twin) {
            verdict.push(format!("With two classes, {left_out} chooses the same texts as {twin}."));
        }
    }
    let mut out = Out::new();
    if global.json {
        let curves = all.iter().flat_map(|curves| {
            let points =
                |points: &[Point]| points.iter().map(|point| (point.labels, point.accuracy)).collect();
            curves.seeds.iter().enumerate().map(move |(repetition, seed)| Curve {
                strategy: curves.strategy,
                repetition,
                points: points(&seed.curve),
            })
        });
        out.json(&Report {
            classes: parts.classes.clone(),
            pool: parts.task.pool.len(),
            tested_on,
            test_part,
            seeds,
            rows: rows.into_iter().map(|(row, _)| row).collect(),
            verdict,
            curves: curves.collect(),
            remarks: parts.remarks.clone(),
        })?;
        return out.finish();
    }
    parts.remarks.iter().for_each(|remark| out::tell(remark));
    out.line(&format!(
        "{} in the pool, {} {}, {}",
        number::counted(parts.task.pool.len() as u64, "text", "texts"),
        number::counted(tested_on as u64, "text", "texts"),
        if test_part { "in the test set" } else { "for validation, which test here" },
        number::counted(seeds as u64, "paired seed", "paired seeds"),
    ))?;
    out.line("")?;
    let heads = [
        ">labels",
        "strategy",
        ">accuracy, %",
        "95 % interval",
        ">minus random",
        "95 % interval",
        ">better in",
    ];
    let mut table = Table::new(&heads);
    let mut before = None;
    for (row, difference) in &rows {
        let labels =
            if before == Some(row.labels) { String::new() } else { number::count(row.labels as u64) };
        before = Some(row.labels);
        let around = row.interval.map_or(String::new(), |(low, high)| {
            format!("[{}, {}]", number::percent(low), number::percent(high))
        });
        let mut cells = vec![labels, row.strategy.to_string(), number::percent(row.accuracy), around];
        if let Some(found) = difference {
            cells.push(points(found.mean));
            cells.push(found.interval.map_or(String::new(), interval));
            cells.push(format!("{} of {}", found.wins, found.seeds));
        }
        table.row(cells);
    }
    out.lines(&table.lines())?;
    out.line("")?;
    for sentence in verdict {
        out.line(&format!("• {sentence}"))?;
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(strategy: QueryStrategy, labels: usize, low: f64, high: f64) -> (Row, Option<Paired>) {
        let mean = (low + high) / 2.0;
        let found = Paired { mean, interval: Some((low, high)), wins: 1, ties: 0, seeds: 3 };
        (Row { strategy, labels, accuracy: 0.5, interval: None, minus_random: None }, Some(found))
    }

    #[test]
    fn a_sentence_says_plainly_where_a_strategy_helps_and_where_not() {
        let margin = QueryStrategy::Margin;
        let rows = [
            found(margin, 50, -0.01, 0.02),
            found(margin, 100, 0.001, 0.02),
            found(margin, 200, 0.01, 0.02),
            found(QueryStrategy::Diversity, 50, -0.03, -0.01),
            found(QueryStrategy::Diversity, 100, -0.03, 0.01),
        ];
        assert_eq!(
            sentence(margin, &rows).unwrap(),
            "Margin is better than random choice with 100 and 200 labels; with 50 labels no difference from random \
             choice is shown: the interval includes 0."
        );
        assert_eq!(
            sentence(QueryStrategy::Diversity, &rows).unwrap(),
            "Diversity does not help here: diversity is worse than random choice with 50 labels; with 100 labels no \
             difference from random choice is shown: the interval includes 0."
        );
        assert!(
            sentence(margin, &rows[..1]).unwrap().starts_with("Margin is not shown to help here: with 50")
        );
        assert_eq!(sentence(QueryStrategy::Random, &rows), None);
    }
}
