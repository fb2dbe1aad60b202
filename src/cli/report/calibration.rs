//! The section on calibration: whether predicted probabilities agree with the accuracy.

use crate::plot::lines::{Axis, Chart, Point, Series, Spread};
use crate::plot::scale::Scale;
use crate::plot::series::Style;
use crate::session::budget::Budget;
use crate::session::calibration::{Bin, Calibration};
use crate::session::record::TEST;

use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, words};
use super::subject::{Side, Subject};

/// The section; `None` if no run was tested.
pub fn section(subject: &Subject) -> Option<Section> {
    let rows = subject.history.calibrated(f64::INFINITY);
    let last = rows.last()?.budget;
    let mut sheet = Sheet::new(
        "Expected calibration error on the test set, in percentage points",
        vec![
            numbers("labels", "The label budget."),
            words("method"),
            numbers("as trained", "The mean absolute difference between probability and accuracy."),
            numbers("calibrated", "The same after the logits are divided by the temperature."),
            numbers(
                "temperature",
                "The logits are divided by this value. It is fitted on held-out examples.",
            ),
        ],
    );
    for row in &rows {
        let labels = subject.budget(row.budget);
        let labels = labels.trim_end_matches(" labels").to_string();
        sheet.rows.push(vec![
            Cell::text(labels),
            Cell::text(subject.side((row.method, row.source.as_ref()))),
            Cell::number(format!("{:.1}", row.before * 100.0), row.before),
            Cell::number(format!("{:.1}", row.after * 100.0), row.after),
            Cell::number(format!("{:.2}", row.temperature), row.temperature),
        ]);
    }
    let best = subject.best(last).map(|row| (row.method, row.source.as_ref()));
    let mut body = html::paragraph(
        "If a model is calibrated, 80 % of the answers with probability 0.8 are correct. Each run fits a temperature on \
         labelled examples that it was not trained on. Calibration does not change the predicted classes.",
    );
    if let Some(chart) = best.and_then(|side| chart(subject, side, last)) {
        let entries = ["calibrated".to_string(), "as trained".into(), "probability = accuracy".into()];
        body.push_str(&html::legend(&(0..3).map(Style).zip(entries).collect::<Vec<_>>()));
        body.push_str(&format!("<div class=\"grid\">\n<figure>{}</figure>\n</div>\n", chart.svg()));
    }
    body.push_str(&html::table(&sheet));
    body.push_str(&html::remark(
        "The values are means over the seeds. Examples are divided into 15 bins by the probability of the predicted class. \
         With few test examples, the measured error is above 0 even for a perfectly calibrated model.",
    ));
    Some(Section::new("calibration", "Calibration", body))
}

/// The reliability diagram of a method at a budget, over all its seeds.
fn chart<'a>(subject: &Subject<'a>, side: Side<'a>, budget: Budget) -> Option<Chart> {
    let found: Vec<&Calibration> = (subject.runs(side, budget))
        .filter_map(|run| run.calibrations.iter().find(|known| known.set == TEST))
        .collect();
    let after = pooled(found.iter().flat_map(|found| &found.after));
    let before = pooled(found.iter().flat_map(|found| &found.before));
    let lowest = after.iter().chain(&before).map(|point| point.x).reduce(f64::min)?;
    let ideal = [lowest, 100.0].map(|p| Point { x: p, y: p, spread: (p, p) }).to_vec();
    let all = || [&after, &before, &ideal].into_iter().flatten();
    let x = Scale::linear(all().map(|point| point.x), 5)?;
    let y = Scale::linear(all().map(|point| point.y), 5)?;
    let series = |place: usize, name: &str, points: Vec<Point>| Series {
        name: name.into(),
        style: Style(place),
        points,
    };
    Some(Chart {
        title: format!("Reliability of {}, {}", subject.side(side), subject.budget(budget)),
        x: Axis { title: "probability of the predicted class (%)".into(), scale: x },
        y: Axis { title: "accuracy (%)".into(), scale: y },
        spread: Spread::Band,
        series: vec![
            series(2, "probability = accuracy", ideal),
            series(1, "as trained", before),
            series(0, "calibrated", after),
        ],
    })
}

/// A point for each bin: mean probability and accuracy over the examples of all seeds, in percent.
fn pooled<'a>(bins: impl Iterator<Item = &'a Bin>) -> Vec<Point> {
    let mut sums: Vec<(f64, f64, f64, f64)> = Vec::new();
    for bin in bins {
        let examples = bin.examples as f64;
        let more = (bin.from, examples, examples * bin.confidence, examples * bin.accuracy);
        match sums.iter_mut().find(|sum| sum.0 == bin.from) {
            Some(sum) => *sum = (sum.0, sum.1 + more.1, sum.2 + more.2, sum.3 + more.3),
            None => sums.push(more),
        }
    }
    sums.sort_by(|a, b| a.0.total_cmp(&b.0));
    let point = |(_, examples, confidence, right): (f64, f64, f64, f64)| {
        let y = 100.0 * right / examples;
        Point { x: 100.0 * confidence / examples, y, spread: (y, y) }
    };
    sums.into_iter().map(point).collect()
}
