//! Figures of the runs.

use crate::error::Result;
use crate::session::calibration::{Bin, FittedOn};
use crate::session::coverage::CoverageGroup;
use crate::session::figures;
use crate::session::history::History;
use crate::session::layer_drift::MovedLayer;
use crate::session::record::{RunEnd, VALIDATION};

use super::super::super::table;
use super::tables::{Tables, cell, cells, source};

pub fn write(history: &History, tables: &mut Tables) -> Result<()> {
    let trials = history.runs.iter().flat_map(|run| run.tried(f64::INFINITY));
    tables.write(
        "trials.csv",
        &[
            "run",
            "trial",
            "fold",
            "learning_rate",
            "epochs",
            "dropout",
            "hidden",
            "c",
            "score",
            "loss",
            "steps",
            "seconds",
            "outcome",
        ],
        trials.map(|t| {
            let s = &t.settings;
            cells(&[
                &t.run,
                &t.trial,
                &t.fold.map_or(String::new(), |fold| fold.to_string()),
                &s.learning_rate.map_or(String::new(), |value| value.to_string()),
                &s.epochs.map_or(String::new(), |value| value.to_string()),
                &s.dropout.map_or(String::new(), |value| value.to_string()),
                &s.hidden.map_or(String::new(), |value| value.to_string()),
                &cell(s.c),
                &cell(t.score),
                &cell(t.loss),
                &t.steps,
                &t.seconds,
                &table::outcome(&t.outcome),
            ])
        }),
    )?;
    tables.write(
        "runs.csv",
        &[
            "run",
            "method",
            "source",
            "labels",
            "validation_labels",
            "seed",
            "optimizer",
            "trainable_parameters",
            "total_parameters",
            "steps",
            "best_step",
            "seconds",
            "outcome",
        ],
        history.runs.iter().map(|run| {
            let s = &run.start;
            let end = run.end.as_ref().map(|end| &end.value);
            let of = |pick: fn(&RunEnd) -> String| end.map_or(String::new(), pick);
            let mut row = cells(&[
                &s.run,
                &s.method,
                &source(&s.source),
                &s.labels,
                &s.validation,
                &(s.seed + 1),
                &s.optimizer,
            ]);
            row.extend(cells(&[&s.trainable_parameters, &s.total_parameters]));
            row.extend([of(|e| e.steps.to_string()), of(|e| e.best_step.to_string())]);
            row.extend([of(|e| e.seconds.to_string()), of(|e| table::outcome(&e.outcome).to_string())]);
            row
        }),
    )?;
    tables.write(
        "steps.csv",
        &["run", "step", "epoch", "samples", "loss", "gradient", "rate", "seconds"],
        history.runs.iter().flat_map(|run| &run.steps).map(|step| {
            let p = &step.value;
            cells(&[
                &p.run,
                &p.step,
                &p.epoch,
                &p.samples,
                &p.loss,
                &p.gradient,
                &p.learning_rate,
                &p.seconds,
            ])
        }),
    )?;
    let evaluations = || history.runs.iter().flat_map(|run| &run.evaluations).map(|e| &e.value);
    tables.write(
        "evaluations.csv",
        &[
            "run",
            "step",
            "set",
            "loss",
            "accuracy",
            "seconds",
            "documents",
            "low",
            "high",
            "precision",
            "recall",
            "f1",
        ],
        evaluations().map(|e| {
            let all: u64 = e.confusion.iter().flatten().sum();
            let right = (0..e.confusion.len()).filter_map(|class| e.confusion[class].get(class)).sum();
            let sure = figures::interval(right, all);
            let [precision, recall, f1] =
                figures::means(&e.confusion).map_or([None; 3], |means| means.map(Some)).map(cell);
            let mut row = cells(&[&e.run, &e.step, &e.set, &e.loss, &e.accuracy, &e.seconds, &all]);
            row.extend([cell(sure.map(|i| i.0)), cell(sure.map(|i| i.1)), precision, recall, f1]);
            row
        }),
    )?;
    let tested = history.runs.iter().filter_map(|run| run.by_coverage.as_ref());
    tables.write(
        "by_coverage.csv",
        &["run", "set", "from", "to", "documents", "correct"],
        tested.flat_map(|found| {
            let row = |g: &CoverageGroup| {
                cells(&[&found.run, &found.set, &g.from, &g.to, &g.documents, &g.correct])
            };
            found.groups.iter().map(row).collect::<Vec<_>>()
        }),
    )?;
    let moved = history.runs.iter().flat_map(|run| &run.layer_drift).map(|known| &known.value);
    tables.write(
        "layer_drift.csv",
        &["run", "step", "kept", "layer", "change", "cosine"],
        moved.flat_map(|found| {
            let row = |layer: &MovedLayer| {
                cells(&[&found.run, &found.step, &found.kept, &layer.layer, &layer.change, &layer.cosine])
            };
            found.layers.iter().map(row).collect::<Vec<_>>()
        }),
    )?;
    let of_runs = history.runs.iter().flat_map(|run| &run.calibrations);
    tables.write(
        "calibration.csv",
        &[
            "run",
            "set",
            "temperature",
            "fitted_on",
            "calibrated",
            "from",
            "to",
            "examples",
            "confidence",
            "accuracy",
        ],
        of_runs.flat_map(|found| {
            let fitted = match found.fitted_on {
                FittedOn::Validation(_) => "validation",
                FittedOn::OutOfFold(_) => "out of fold",
                FittedOn::Nothing => "nothing",
            };
            let row = |calibrated: bool, bin: &Bin| {
                let mut row = cells(&[&found.run, &found.set, &found.temperature, &fitted, &calibrated]);
                row.extend(cells(&[&bin.from, &bin.to, &bin.examples, &bin.confidence, &bin.accuracy]));
                row
            };
            let before = found.before.iter().map(|bin| row(false, bin));
            before.chain(found.after.iter().map(|bin| row(true, bin))).collect::<Vec<_>>()
        }),
    )?;
    let class = |place: usize| {
        let classes = history.data.as_ref().map(|data| &data.classes);
        classes.and_then(|classes| classes.get(place)).cloned().unwrap_or(place.to_string())
    };
    // The last evaluation of each run on each test set: it measures the parameters that are kept.
    let last = history.runs.iter().flat_map(|run| {
        let mut sets: Vec<&str> = Vec::new();
        run.evaluations.iter().rev().map(|e| &e.value).filter(move |e| {
            let first = e.set != VALIDATION && !sets.contains(&e.set.as_str());
            sets.push(&e.set);
            first
        })
    });
    tables.write(
        "classes.csv",
        &["run", "step", "set", "class", "documents", "precision", "recall", "f1"],
        last.flat_map(|e| {
            let row = |place: usize| {
                let found = figures::figures(&e.confusion, place);
                let mut row = cells(&[&e.run, &e.step, &e.set, &class(place), &found.documents]);
                row.extend([found.precision, found.recall, found.f1].map(cell));
                row
            };
            (0..e.confusion.len()).map(row).collect::<Vec<_>>()
        }),
    )?;
    tables.write(
        "confusion.csv",
        &["run", "step", "set", "truth", "guess", "documents"],
        evaluations().flat_map(|e| {
            let mut rows = Vec::new();
            for (truth, row) in e.confusion.iter().enumerate() {
                for (guess, documents) in row.iter().enumerate() {
                    rows.push(cells(&[&e.run, &e.step, &e.set, &class(truth), &class(guess), documents]));
                }
            }
            rows
        }),
    )
}
