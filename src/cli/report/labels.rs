//! The section on accuracy against the number of labels: one line for each method, with intervals over the seeds.

use crate::plot::lines::{Axis, Chart, Point, Series, Spread};
use crate::plot::scale::Scale;
use crate::session::comparison::ComparisonRow;
use crate::session::metric::FURTHER;
use crate::session::record::TEST;
use crate::transfer::statistics;

use super::html::{self, Section};
use super::subject::Subject;

/// The section; `None` if no run was tested.
pub fn section(subject: &Subject) -> Option<Section> {
    let mut charts = vec![chart(subject, "Accuracy", "accuracy", &|row| row.accuracies.clone(), true)?];
    for metric in FURTHER {
        let values = |row: &ComparisonRow| {
            let runs = subject.runs((row.method, row.source.as_ref()), row.budget);
            runs.filter_map(|run| run.last_evaluation(TEST)).map(metric.of).collect()
        };
        charts.extend(chart(subject, metric.name, metric.name, &values, false));
    }
    let tested = |side: &&super::subject::Side| {
        subject.comparison.rows.iter().any(|row| (row.method, row.source.as_ref()) == **side)
    };
    let entries: Vec<_> = (subject.sides().iter().filter(tested))
        .map(|&side| (subject.style(side), subject.side(side)))
        .collect();
    let mut body = html::legend(&entries);
    body.push_str("<div class=\"grid\">\n");
    body.extend(charts.iter().map(|chart| format!("<figure>{}</figure>\n", chart.svg())));
    body.push_str("</div>\n");
    body.push_str(&html::remark(
        "Values are means over the seeds, on the test set. Bars are 95 % intervals of the mean: those of accuracy cover other \
         seeds and other test examples, those of the other metrics other seeds only. The label axis is logarithmic. Markers for the same \
         number of labels are drawn side by side.",
    ));
    Some(Section::new("labels", "Accuracy against labels", body))
}

fn chart(
    subject: &Subject,
    title: &str,
    name: &str,
    values: &dyn Fn(&ComparisonRow) -> Vec<f64>,
    is_accuracy: bool,
) -> Option<Chart> {
    let mut series = Vec::new();
    for &side in subject.sides() {
        let mut points: Vec<Point> = Vec::new();
        for row in subject.comparison.rows.iter().filter(|row| (row.method, row.source.as_ref()) == side) {
            let values = values(row);
            if values.is_empty() {
                continue;
            }
            let mean = statistics::mean(&values);
            let known = if is_accuracy { row.interval } else { statistics::over_seeds(&values) };
            let (low, high) = known.unwrap_or((mean, mean));
            // A symmetric interval may go beyond 0 or 1, where no accuracy can be. It is cut there.
            let spread = (100.0 * low.max(0.0), 100.0 * high.min(1.0));
            points.push(Point { x: row.labels as f64, y: 100.0 * mean, spread });
        }
        points.retain(|point| point.y.is_finite());
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        if !points.is_empty() {
            series.push(Series { name: subject.side(side), style: subject.style(side), points });
        }
    }
    let points = || series.iter().flat_map(|series| &series.points);
    let x = Scale::logarithmic(points().map(|point| point.x))?;
    let y = Scale::linear(points().flat_map(|p| [p.y, p.spread.0, p.spread.1]), 5)?;
    Some(Chart {
        title: title.into(),
        x: Axis { title: "labels (logarithmic)".into(), scale: x },
        y: Axis { title: format!("{name} (%)"), scale: y },
        spread: Spread::Whiskers,
        series,
    })
}
