//! The tables of the comparison: one row for each method and budget, with intervals; and the paired differences.

use crate::error::decimal;
use crate::plot::differences::{self, Row};
use crate::plot::scale::Scale;
use crate::session::arithmetic::{Costs, flops};
use crate::session::comparison::{ByClass, ComparisonRow, Difference, bound, points};
use crate::session::metric::Metric;
use crate::session::record::TEST;
use crate::session::verdict;

use super::super::{arithmetic, number, table};
use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, words};
use super::subject::Subject;

/// The maximum number of rows in a chart of differences. The table has all rows.
const DRAWN: usize = 30;

/// The tables that `report --markdown` and `report --latex` give.
pub fn sheets(subject: &Subject) -> Vec<Sheet> {
    let mut sheets = vec![rows(subject)];
    if !subject.comparison.differences.is_empty() {
        sheets.push(paired(subject));
    }
    sheets
}

/// The table of methods and budgets. If no run was tested yet, a table of the runs so far.
pub fn section(subject: &Subject) -> Section {
    if subject.comparison.rows.is_empty() {
        let mut body = html::paragraph("No run has been tested yet. These are the runs so far:");
        body.push_str(&html::table(&runs(subject)));
        return Section::new("comparison", "Comparison", body);
    }
    let mut body = html::table(&rows(subject));
    body.push_str(&html::remark(
        "Values are means over the seeds on the test set, ± the standard deviation. The interval shows how much the mean \
         would vary with other labels, another training order and other test examples. Seconds are training time only. \
         Click a column header to sort.",
    ));
    if subject.comparison.pretrain_seconds > 0.0 {
        body.push_str(&html::paragraph(&format!(
            "Pre-training took {}.",
            verdict::costs::spent_on_sources(&subject.comparison, subject.comparison.pretrain_seconds)
        )));
    }
    if let Some(encoding) = verdict::costs::spent_on_encoding(&subject.comparison) {
        body.push_str(&html::paragraph(&encoding));
    }
    if let Some(costs) = &subject.comparison.arithmetic {
        body.push_str("<h3>Arithmetic</h3>\n");
        body.push_str(&html::table(&operations(subject, costs)));
        body.push_str(&html::paragraph(&arithmetic::explained(costs)));
    }
    let savings = table::savings(&subject.comparison);
    if !savings.is_empty() {
        body.push_str("<h3>Label savings</h3>\n");
        body.push_str(&html::list(savings.iter().map(|line| html::sentence(line))));
    }
    if !subject.is_finished() {
        body.push_str("<h3>Runs so far</h3>\n");
        body.push_str(&html::table(&runs(subject)));
    }
    Section::new("comparison", "Comparison", body)
}

/// The paired differences, as charts and as a table. `None` if there are none.
pub fn differences(subject: &Subject) -> Option<Section> {
    let all = &subject.comparison.differences;
    let ends = |difference: &Difference| {
        let (low, high) = difference.interval.unwrap_or((difference.mean, difference.mean));
        [100.0 * low, 100.0 * high]
    };
    let scale = Scale::linear(all.iter().flat_map(ends).chain([0.0]), 4).filter(|_| !all.is_empty())?;
    let mut body = "<div class=\"grid\">\n".to_string();
    for budget in subject.budgets() {
        let of = all.iter().filter(|difference| difference.budget == budget).take(DRAWN);
        let rows: Vec<Row> = of
            .map(|difference| Row {
                name: pair(subject, difference),
                mean: 100.0 * difference.mean,
                interval: difference.interval.map(|(low, high)| (100.0 * low, 100.0 * high)),
            })
            .collect();
        if !rows.is_empty() {
            let title = subject.budget(budget);
            let unit = &format!("difference in {} (points)", subject.comparison.metric.name());
            body.push_str(&format!("<figure>{}</figure>\n", differences::svg(&title, unit, &rows, &scale)));
        }
    }
    body.push_str("</div>\n");
    body.push_str(&html::remark(&format!(
        "Every seed gives both methods the same labels and the same order, and both answer the same test examples, so \
         differences are taken seed by seed and example by example. Bars are 95 % intervals {}, \
         each by itself. A filled dot means that the interval excludes 0. A hollow dot means that the \
         interval includes 0, or that there is no interval because there is one seed.",
        subject.comparison.covers().phrase()
    )));
    body.push_str(&html::table(&paired(subject)));
    if let Some(by_class) = &subject.comparison.by_class {
        body.push_str("<h3>By class</h3>\n");
        body.push_str(&html::table(&classes(subject, by_class)));
    }
    Some(Section::new("differences", "Differences", body))
}

fn pair(subject: &Subject, difference: &Difference) -> String {
    let left = subject.side((difference.left, difference.left_source.as_ref()));
    let right = subject.side((difference.right, difference.right_source.as_ref()));
    format!("{left} − {right}")
}

/// The interval of a mean over seeds, in percent.
fn interval(bounds: Option<(f64, f64)>) -> Cell {
    bounds.map_or(Cell::none(), |(low, high)| {
        Cell::number(format!("{} to {}", decimal(100.0 * low, 1), decimal(100.0 * high, 1)), low)
    })
}

/// The metrics beside the one that decides.
fn beside(subject: &Subject) -> impl Iterator<Item = Metric> {
    let decides = subject.comparison.metric;
    Metric::ALL.into_iter().filter(move |metric| *metric != decides)
}

fn rows(subject: &Subject) -> Sheet {
    let comparison = &subject.comparison;
    let mut others: Vec<&str> = Vec::new();
    for (name, _) in comparison.rows.iter().flat_map(|row| &row.others) {
        if !others.contains(&name.as_str()) {
            others.push(name);
        }
    }
    let mut columns = vec![
        words("method"),
        numbers("labels", "labelled examples that a run used, including validation"),
        numbers(
            format!("{} (%)", comparison.metric.name()),
            "mean ± standard deviation over the seeds, on the test set",
        ),
        numbers("95 % interval", comparison.covers().phrase()),
        numbers("seeds", "runs that were tested"),
    ];
    for metric in beside(subject) {
        columns.push(numbers(format!("{} (%)", metric.name()), metric.explained()));
        columns.push(numbers(format!("{}: 95 %", metric.name()), comparison.covers().phrase()));
    }
    columns.extend(
        others.iter().map(|name| numbers(format!("{name} (%)"), "the same metric on a further test set")),
    );
    columns.extend([
        numbers("trained parameters", "parameters that a run trains"),
        numbers("all parameters", "all parameters that the model computes with"),
        numbers("seconds", "mean seconds of training"),
        numbers("steps", "mean number of optimizer steps"),
        numbers(
            "to scratch's best",
            "mean steps until the best validation accuracy of scratch is reached (seeds that reached it)",
        ),
    ]);
    let caption = match subject.is_finished() {
        true => "Test accuracy by method and labels",
        false => "Test accuracy by method and labels, of the runs so far",
    };
    let mut sheet = Sheet::new(caption, columns);
    sheet.rows = comparison.rows.iter().map(|row| cells(subject, row, &others)).collect();
    sheet
}

fn cells(subject: &Subject, row: &ComparisonRow, others: &[&str]) -> Vec<Cell> {
    let percent = |fraction: f64| Cell::number(number::percent(fraction), fraction);
    let count = |n: u64| Cell::number(number::count(n), n as f64);
    let seeds = row.values.len();
    let mut cells = vec![
        Cell::text(subject.side((row.method, row.source.as_ref()))),
        count(row.labels as u64),
        Cell::number(table::accuracy(row), row.mean),
        interval(row.interval),
        count(seeds as u64),
    ];
    for metric in beside(subject) {
        cells.push(row.metrics.get(metric.id()).map_or(Cell::none(), |value| percent(*value)));
        cells.push(interval(row.intervals.get(metric.id()).copied()));
    }
    cells.extend(others.iter().map(|name| {
        let other = row.others.iter().find(|(other, _)| other == name);
        other.map_or(Cell::none(), |(_, accuracy)| percent(*accuracy))
    }));
    cells.extend([
        count(row.trainable_parameters),
        count(row.total_parameters),
        Cell::number(format!("{:.1$}", row.seconds, if row.seconds < 10.0 { 2 } else { 1 }), row.seconds),
        Cell::number(number::mean(row.steps), row.steps),
        row.steps_to_scratch.map_or(Cell::none(), |steps| {
            Cell::number(format!("{} ({}/{seeds})", number::mean(steps), row.reached_scratch), steps)
        }),
    ]);
    cells
}

fn paired(subject: &Subject) -> Sheet {
    let columns = vec![
        words("methods"),
        numbers("labels", ""),
        numbers("points", "mean difference, in percentage points"),
        numbers("95 % interval", subject.comparison.covers().phrase()),
        numbers("wins", "seeds in which the first method was better"),
        numbers(
            "better next time",
            "the probability that the first method is the better one on a new training",
        ),
    ];
    let caption = format!("Paired differences in test {}", subject.comparison.metric.name());
    let mut sheet = Sheet::new(caption, columns);
    for difference in &subject.comparison.differences {
        let row = subject.comparison.rows.iter().find(|row| row.budget == difference.budget);
        let labels = row.map_or(0, |row| row.labels);
        sheet.rows.push(vec![
            Cell::text(pair(subject, difference)),
            Cell::number(number::count(labels as u64), labels as f64),
            Cell::number(points(difference.mean), difference.mean),
            difference.interval.map_or(Cell::text("one seed"), |(low, high)| {
                Cell::number(format!("{} to {}", bound(low), bound(high)), low)
            }),
            Cell::number(difference.ahead(), difference.wins as f64),
            Cell::number(difference.better_next_time(), difference.probability_of_better.unwrap_or(f64::NAN)),
        ]);
    }
    sheet
}

/// The recall of the best transfer and of scratch, class by class.
fn classes(subject: &Subject, by_class: &ByClass) -> Sheet {
    let left = subject.side((by_class.left, by_class.left_source.as_ref()));
    let columns = vec![
        words("class"),
        numbers("test examples", ""),
        numbers(format!("{left} (%)"), "recall, mean over the seeds"),
        numbers(format!("{} (%)", by_class.right), "recall, mean over the seeds"),
        numbers("points", "the difference of the recalls"),
        numbers(
            "95 % interval",
            "over seeds and the test examples of the class, corrected for all classes (Holm)",
        ),
        words("shown"),
    ];
    let mut sheet = Sheet::new(format!("Recall by class, {}", subject.budget(by_class.budget)), columns);
    for class in &by_class.classes {
        let difference = class.left - class.right;
        sheet.rows.push(vec![
            Cell::text(class.class.clone()),
            Cell::number(number::count(class.examples as u64), class.examples as f64),
            Cell::number(number::percent(class.left), class.left),
            Cell::number(number::percent(class.right), class.right),
            Cell::number(points(difference), difference),
            class.interval.map_or(Cell::none(), |(low, high)| {
                Cell::number(format!("{} to {}", bound(low), bound(high)), low)
            }),
            Cell::text(class.finding.name()),
        ]);
    }
    sheet
}

/// The floating-point operations of each method and budget.
fn operations(subject: &Subject, costs: &Costs) -> Sheet {
    let columns = vec![
        words("method"),
        numbers("labels", "label budget"),
        numbers("training", "mean floating-point operations of a whole training"),
        numbers(
            "to scratch's best",
            "mean operations until the best validation accuracy of scratch is reached",
        ),
        numbers("scratch", "mean operations of scratch until then, over the same seeds"),
        numbers("seeds", "how many reach it"),
        numbers("runs to pay", "runs after which the operations saved are more than those of pre-training"),
        numbers("tasks to pay", "the same in tasks with as many seeds as this session"),
    ];
    let mut sheet = Sheet::new("Floating-point operations", columns);
    for cost in &costs.methods {
        let counted = |count: f64| Cell::number(flops(count), count);
        let whole = |n: Option<u64>| n.map_or(Cell::none(), |n| Cell::number(number::count(n), n as f64));
        let to_score = cost.to_score;
        sheet.rows.push(vec![
            Cell::text(subject.side((cost.method, cost.source.as_ref()))),
            Cell::text(cost.budget.to_string()),
            counted(cost.training),
            to_score.map_or(Cell::none(), |found| counted(found.method)),
            to_score.map_or(Cell::none(), |found| counted(found.scratch)),
            to_score.map_or(Cell::none(), |found| {
                Cell::number(format!("{}/{}", found.reached, found.seeds), found.reached as f64)
            }),
            whole(to_score.and_then(|found| found.runs_to_pay)),
            whole(to_score.and_then(|found| found.tasks_to_pay)),
        ]);
    }
    sheet
}

/// A table of all runs with their present state.
fn runs(subject: &Subject) -> Sheet {
    let columns = vec![
        words("run"),
        numbers("steps", "optimizer steps so far"),
        numbers("validation (%)", "accuracy of the parameters that are kept"),
        numbers("test (%)", "accuracy on the test set"),
        numbers("seconds", "training time"),
        words("ended"),
    ];
    let mut sheet = Sheet::new("Runs as far as they got", columns);
    for run in &subject.history.runs {
        let last = run.steps.last().map(|step| &step.value);
        let end = run.end.as_ref().map(|end| &end.value);
        let steps = end.map(|e| e.steps).or(last.map(|s| s.step)).unwrap_or(0);
        let seconds = end.map(|e| e.seconds).or(last.map(|s| s.seconds)).unwrap_or(0.0);
        let accuracy = |found: Option<f64>| {
            found.map_or(Cell::none(), |accuracy| Cell::number(number::percent(accuracy), accuracy))
        };
        sheet.rows.push(vec![
            Cell::text(subject.history.name_of(run)),
            Cell::number(number::count(steps), steps as f64),
            accuracy(run.kept_validation(f64::INFINITY).map(|e| e.accuracy)),
            accuracy(run.last_evaluation(TEST).map(|e| e.accuracy)),
            Cell::number(format!("{seconds:.2}"), seconds),
            Cell::text(end.map_or("not yet", |end| table::outcome(&end.outcome))),
        ]);
    }
    sheet
}
