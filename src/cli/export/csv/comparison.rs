//! The comparison of the methods.

use crate::error::Result;
use crate::session::comparison::Covers;
use crate::session::history::History;

use super::tables::{Tables, cell, cells, source};

pub fn write(history: &History, tables: &mut Tables) -> Result<()> {
    let Some(comparison) = &history.comparison else { return Ok(()) };
    tables.write(
        "comparison.csv",
        &[
            "method",
            "source",
            "labels",
            "seeds",
            "accuracy",
            "deviation",
            "trainable_parameters",
            "total_parameters",
            "seconds",
            "steps",
            "steps_to_scratch",
            "low",
            "high",
            "interval_covers",
        ],
        comparison.rows.iter().map(|r| {
            let mut row =
                cells(&[&r.method, &source(&r.source), &r.labels, &r.values.len(), &r.mean, &r.deviation]);
            row.extend(cells(&[&r.trainable_parameters, &r.total_parameters, &r.seconds, &r.steps]));
            row.push(cell(r.steps_to_scratch));
            row.extend([cell(r.interval.map(|i| i.0)), cell(r.interval.map(|i| i.1))]);
            row.push(covers(r.covers).into());
            row
        }),
    )?;
    tables.write(
        "differences.csv",
        &[
            "left",
            "left_source",
            "right",
            "right_source",
            "labels",
            "difference",
            "low",
            "high",
            "wins",
            "seeds",
            "ties",
            "interval_covers",
            "p_value",
            "probability_of_better",
        ],
        comparison.differences.iter().map(|d| {
            let mut row = cells(&[
                &d.left,
                &source(&d.left_source),
                &d.right,
                &source(&d.right_source),
                &d.budget,
                &d.mean,
            ]);
            row.extend([
                cell(d.interval.map(|i| i.0)),
                cell(d.interval.map(|i| i.1)),
                d.wins.to_string(),
                d.seeds.to_string(),
                d.ties.to_string(),
                covers(d.covers).to_string(),
                cell(d.p_value),
                cell(d.probability_of_better),
            ]);
            row
        }),
    )
}

/// What an interval covers, in words that a program reads.
fn covers(covers: Covers) -> &'static str {
    match covers {
        Covers::Seeds => "seeds",
        Covers::Examples => "examples",
        Covers::SeedsAndExamples => "seeds and examples",
        Covers::SeedsAndSplits => "seeds and splits",
    }
}
