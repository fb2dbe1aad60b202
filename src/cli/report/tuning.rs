//! The section on tuning: what more trials bring, and which settings were chosen.

use crate::plot::lines::{Axis, Chart, Point, Series, Spread};
use crate::plot::scale::Scale;
use crate::session::budget::Budget;
use crate::session::comparison::TuningRow;
use crate::session::tuned;

use super::super::number;
use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, prose, words};
use super::subject::Subject;

/// The section; `None` without tuning.
pub fn section(subject: &Subject) -> Option<Section> {
    let all = &subject.comparison.tuning;
    let sentence = tuned::sentence(&subject.comparison)?;
    let mut body = html::paragraph(&sentence);
    let entries: Vec<_> = (subject.sides().iter())
        .filter(|&&side| all.iter().any(|row| of(row) == side && row.trials > 0.0))
        .map(|&side| (subject.style(side), subject.side(side)))
        .collect();
    body.push_str(&html::legend(&entries));
    body.push_str("<div class=\"grid\">\n");
    let charts = subject.budgets().into_iter().filter_map(|budget| chart(subject, budget));
    body.extend(charts.map(|chart| format!("<figure>{}</figure>\n", chart.svg())));
    body.push_str("</div>\n");
    body.push_str(&html::remark(
        "The line is the expected best validation score after so many trials (Dodge et al. 2019); the first trial has the \
         recipe's own settings. The band is one standard deviation on both sides, over draws of settings and over seeds. The \
         best of several scores is too high for new examples: compare methods by their test results.",
    ));
    body.push_str(&html::table(&sheet(subject)));
    Some(Section::new("tuning", "Tuning", body))
}

fn of(row: &TuningRow) -> super::subject::Side<'_> {
    (row.method, row.source.as_ref())
}

fn chart(subject: &Subject, budget: Budget) -> Option<Chart> {
    let rows = subject.comparison.tuning.iter().filter(|row| row.budget == budget && row.trials > 0.0);
    let series: Vec<Series> = rows
        .map(|row| Series {
            name: subject.side(of(row)),
            style: subject.style(of(row)),
            points: (row.expected.iter())
                .map(|point| {
                    let [y, spread] = [point.mean, point.deviation].map(|value| 100.0 * value);
                    Point { x: f64::from(point.trials), y, spread: (y - spread, y + spread) }
                })
                .collect(),
        })
        .collect();
    let points = || series.iter().flat_map(|series| &series.points);
    let x = Scale::linear(points().map(|point| point.x), 6)?;
    let y = Scale::linear(points().flat_map(|p| [p.y, p.spread.0, p.spread.1]), 5)?;
    let unit = format!("validation {} (%)", subject.comparison.metric.name());
    Some(Chart {
        title: format!("Expected best, {}", subject.budget(budget)),
        x: Axis { title: "trials".into(), scale: x },
        y: Axis { title: unit, scale: y },
        spread: Spread::Band,
        series,
    })
}

fn sheet(subject: &Subject) -> Sheet {
    let mut sheet = Sheet::new(
        "Tuning of each method, means over the seeds",
        vec![
            words("method"),
            numbers("labels", "The label budget."),
            numbers("trials", "The settings that each run tried."),
            numbers("seconds", "Seconds of training of all trials of a run."),
            numbers("recipe's own (%)", "Validation score of the recipe's own settings."),
            numbers("best (%)", "Validation score of the chosen settings."),
            prose("chosen settings"),
        ],
    );
    let fraction =
        |value: Option<f64>| value.map_or(Cell::none(), |value| Cell::number(number::percent(value), value));
    for row in &subject.comparison.tuning {
        let labels = subject.budget(row.budget);
        let chosen = match row.trials > 0.0 {
            true => tuned::chosen(row).join("; "),
            false => "nothing to tune".into(),
        };
        sheet.rows.push(vec![
            Cell::text(subject.side(of(row))),
            Cell::text(labels.trim_end_matches(" labels").to_string()),
            Cell::number(number::mean(row.trials), row.trials),
            Cell::number(format!("{:.1}", row.seconds), row.seconds),
            fraction(row.own),
            fraction(row.expected.last().map(|last| last.mean)),
            Cell::text(chosen),
        ]);
    }
    sheet
}
