//! The section on loss and accuracy over epochs. Each method has a line, the mean over its seeds, and a band from the
//! lowest to the highest seed.

use crate::plot::lines::{Axis, Chart, Point, Series, Spread};
use crate::plot::markup::escaped;
use crate::plot::scale::Scale;
use crate::session::budget::Budget;
use crate::session::history::RunHistory;
use crate::session::record::{Evaluation, Outcome, StepPoint, VALIDATION};
use crate::session::timed::Timed;

use super::html::{self, Section};
use super::subject::Subject;

/// The approximate maximum number of points on a line.
const POINTS: usize = 120;
/// The maximum number of parts into which a run is divided. The loss of the batches is averaged within each part.
const PARTS: usize = 60;

/// The curve of one run: pairs of epoch and value, epochs ascending.
type Curve = Vec<(f64, f64)>;

/// The section; `None` if no run is trained by gradient descent or no values are recorded yet.
pub fn section(subject: &Subject) -> Option<Section> {
    let mut body = String::new();
    for budget in subject.budgets() {
        let charts: Vec<Chart> = [
            chart(subject, budget, "Validation accuracy", "accuracy (%)", &|run| {
                validation(run, |evaluation| 100.0 * evaluation.accuracy)
            }),
            chart(subject, budget, "Validation loss", "loss (nats)", &|run| validation(run, |e| e.loss)),
            chart(subject, budget, "Training loss", "loss (nats)", &training),
        ]
        .into_iter()
        .flatten()
        .collect();
        if charts.is_empty() {
            continue;
        }
        body.push_str(&format!("<h3>{}</h3>\n", escaped(&subject.budget(budget))));
        let drawn = |name: &str| charts.iter().flat_map(|c| &c.series).any(|series| series.name == name);
        let entries: Vec<_> = (subject.sides().iter())
            .map(|&side| (subject.style(side), subject.side(side)))
            .filter(|(_, name)| drawn(name))
            .collect();
        body.push_str(&html::legend(&entries));
        body.push_str("<div class=\"grid thirds\">\n");
        body.extend(charts.iter().map(|chart| format!("<figure>{}</figure>\n", chart.svg())));
        body.push_str("</div>\n");
    }
    if body.is_empty() {
        return None;
    }
    let diverged: Vec<String> = (subject.history.runs.iter())
        .filter_map(|run| match &run.end.as_ref()?.value.outcome {
            Outcome::Diverged { what } => {
                Some(html::paragraph(&format!("{} diverged: {what}", subject.history.name_of(run))))
            }
            _ => None,
        })
        .collect();
    body.push_str(&diverged.concat());
    body.push_str(&html::remark(
        "A line is the mean over the seeds. Its band goes from the lowest to the highest seed. A line ends where fewer than \
         half of the seeds are still training. The training loss is the loss of the batches, averaged over short parts of a \
         run. Methods that are trained to convergence, or not trained at all, have no curve.",
    ));
    Some(Section::new("curves", "Learning curves", body))
}

fn chart(
    subject: &Subject,
    budget: Budget,
    title: &str,
    unit: &str,
    curve: &dyn Fn(&RunHistory) -> Curve,
) -> Option<Chart> {
    let mut series = Vec::new();
    for &side in subject.sides() {
        let runs = subject.runs(side, budget).filter(|run| run.start.descends());
        let curves: Vec<Curve> = runs.map(curve).filter(|curve| !curve.is_empty()).collect();
        let points = band(&curves);
        if !points.is_empty() {
            series.push(Series { name: subject.side(side), style: subject.style(side), points });
        }
    }
    let points = || series.iter().flat_map(|series| &series.points);
    let x = Scale::linear(points().map(|point| point.x).chain([0.0]), 6)?;
    let y = Scale::linear(points().flat_map(|p| [p.y, p.spread.0, p.spread.1]), 5)?;
    (!series.is_empty()).then(|| Chart {
        title: title.into(),
        x: Axis { title: "epochs".into(), scale: x },
        y: Axis { title: unit.into(), scale: y },
        spread: Spread::Band,
        series,
    })
}

/// A value of each evaluation of a run on the validation part, over epochs.
fn validation(run: &RunHistory, of: impl Fn(&Evaluation) -> f64) -> Curve {
    let epoch = |step: u64| {
        let before = run.steps.partition_point(|point| point.value.step <= step);
        before.checked_sub(1).and_then(|at| run.steps.get(at)).map_or(0.0, |point| point.value.epoch)
    };
    let evaluations = run.evaluations.iter().map(|timed| &timed.value).filter(|e| e.set == VALIDATION);
    ascending(evaluations.map(|evaluation| (epoch(evaluation.step), of(evaluation))).collect())
}

/// The training loss of a run over epochs, averaged over short parts of the run.
fn training(run: &RunHistory) -> Curve {
    let size = run.steps.len().div_ceil(PARTS).max(1);
    let part = |part: &[Timed<StepPoint>]| {
        let mean = |of: fn(&StepPoint) -> f64| {
            part.iter().map(|point| of(&point.value)).sum::<f64>() / part.len() as f64
        };
        (mean(|point| point.epoch), mean(|point| point.loss))
    };
    ascending(run.steps.chunks(size).map(part).collect())
}

/// The finite points, by their epochs.
fn ascending(mut curve: Curve) -> Curve {
    curve.retain(|(x, y)| x.is_finite() && y.is_finite());
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    curve
}

/// The mean of the curves and the range from the lowest to the highest, at each epoch where at least half of the curves
/// have a value.
fn band(curves: &[Curve]) -> Vec<Point> {
    let mut places: Vec<f64> = curves.iter().flatten().map(|point| point.0).collect();
    places.sort_by(f64::total_cmp);
    places.dedup_by(|a, b| (*a - *b).abs() < 1e-6);
    let every = places.len().div_ceil(POINTS).max(1);
    let last = places.len().saturating_sub(1);
    let mut points = Vec::new();
    for (at, &x) in places.iter().enumerate() {
        if at % every != 0 && at != last {
            continue;
        }
        let values: Vec<f64> = curves.iter().filter_map(|curve| value(curve, x)).collect();
        if values.is_empty() || 2 * values.len() < curves.len() {
            continue;
        }
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        points.push(Point { x, y: values.iter().sum::<f64>() / values.len() as f64, spread: (low, high) });
    }
    points
}

/// The value of a curve at `x`, by linear interpolation. `None` before its first point and after its last.
fn value(curve: &[(f64, f64)], x: f64) -> Option<f64> {
    let after = curve.partition_point(|point| point.0 < x - 1e-6);
    let &(right, above) = curve.get(after)?;
    if right <= x + 1e-6 {
        return Some(above);
    }
    let &(left, below) = after.checked_sub(1).and_then(|before| curve.get(before))?;
    Some(below + (above - below) * (x - left) / (right - left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_goes_from_the_lowest_to_the_highest_and_ends_with_half_of_the_curves() {
        let curves = vec![
            vec![(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)],
            vec![(0.0, 2.0), (1.0, 5.0)],
            vec![(0.0, 3.0), (2.0, 1.0), (3.0, 9.0)],
        ];
        let points = band(&curves);
        let told: Vec<(f64, f64, (f64, f64))> = points.iter().map(|p| (p.x, p.y, p.spread)).collect();
        // At 1 the third curve is interpolated: 2, half-way from 3 to 1. At 3 only one of the three curves has a value.
        assert_eq!(told, [(0.0, 2.0, (1.0, 3.0)), (1.0, 10.0 / 3.0, (2.0, 5.0)), (2.0, 3.0, (1.0, 5.0))]);
        assert!(band(&[]).is_empty());
    }

    #[test]
    fn a_curve_says_nothing_beside_its_ends() {
        let curve = [(1.0, 2.0), (3.0, 4.0)];
        assert_eq!(
            [0.0, 1.0, 2.0, 3.0, 4.0].map(|x| value(&curve, x)),
            [None, Some(2.0), Some(3.0), Some(4.0), None]
        );
    }
}
