//! The section on accuracy against the number of labels: one line for each method, with intervals over the seeds.

use crate::plot::lines::{Axis, Chart, Point, Series, Spread};
use crate::plot::scale::Scale;
use crate::session::metric::Metric;

use super::html::{self, Section};
use super::subject::Subject;

/// The section; `None` if no run was tested.
pub fn section(subject: &Subject) -> Option<Section> {
    let charts: Vec<Chart> = Metric::ALL.into_iter().filter_map(|metric| chart(subject, metric)).collect();
    if charts.is_empty() {
        return None;
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
        "Values are means over the seeds, on the test set. Bars are 95 % intervals of the mean: they cover other seeds and \
         other test examples. The label axis is logarithmic. Markers for the same \
         number of labels are drawn side by side.",
    ));
    Some(Section::new("labels", "Metrics against labels", body))
}

fn chart(subject: &Subject, metric: Metric) -> Option<Chart> {
    let mut series = Vec::new();
    for &side in subject.sides() {
        let mut points: Vec<Point> = Vec::new();
        for row in subject.comparison.rows.iter().filter(|row| (row.method, row.source.as_ref()) == side) {
            let Some(&mean) = row.metrics.get(metric.id()) else { continue };
            let (low, high) = row.intervals.get(metric.id()).copied().unwrap_or((mean, mean));
            let spread = (100.0 * low, 100.0 * high);
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
        title: metric.name().into(),
        x: Axis { title: "labels (logarithmic)".into(), scale: x },
        y: Axis { title: format!("{} (%)", metric.name()), scale: y },
        spread: Spread::Whiskers,
        series,
    })
}
