//! `export`: writes the figures of a session as files for other programs, and exports its models ([`export_model`]).
//! Each file is written completely or not at all.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::files;
use crate::session::calibration::{Bin, Calibration, FittedOn};
use crate::session::comparison::Covers;
use crate::session::coverage::{ByCoverage, Coverage, CoverageGroup};
use crate::session::figures;
use crate::session::history::History;
use crate::session::recipe::Recipe;
use crate::session::record::{
    Benchmark, DataSummary, Evaluation, GeneratedText, HeldOut, PretrainPoint, Quality, RunEnd, RunStart,
    SourceTest, StepPoint, Trial, VALIDATION,
};
use crate::session::source_history::Probe;
use crate::session::source_name::SourceName;

use super::global::Global;
use super::out::{self, Out};
use super::session_json::Judged;
use super::{export_model, projector, sessions, table, tensorboard};

/// What `export` takes.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "warmstart export <SESSION> [--csv] [--json] [--tensorboard] <DIR>\n       warmstart export [OPTIONS] <SESSION> [--model <DIR>] [--onnx <FILE>]"
)]
pub struct Args {
    /// The session: its folder, or its name in the folder of sessions; for --model and --onnx also a model that was kept
    pub session: PathBuf,
    /// The folder for the files of figures; it is created if needed
    pub dir: Option<PathBuf>,
    /// Write a CSV file for each kind of figure
    #[arg(long)]
    pub csv: bool,
    /// Write event files for TensorBoard, a folder for each run, and the word vectors for its Embedding Projector
    #[arg(long)]
    pub tensorboard: bool,
    #[command(flatten)]
    pub model: export_model::ModelExport,
}

/// Exports a session or a model. If the command names a folder, the global option `--json` also writes a JSON file
/// there.
///
/// # Errors
/// When the session cannot be read or a file cannot be written.
pub fn export(args: Args, global: &Global) -> Result<ExitCode> {
    if let Some(problem) = misused(&args, global) {
        out::tell(&format!("warmstart: {problem}"));
        return Ok(ExitCode::from(2));
    }
    let mut written = Vec::new();
    if let Some(dir) = &args.dir {
        let found = sessions::find(&args.session, &global.sessions)?;
        figures_of(&found, dir, &args, global, &mut written)?;
    }
    if args.model.is_asked() {
        export_model::export(&args.session, &args.model, global, &mut written)?;
    }
    let mut out = Out::new();
    if global.json {
        #[derive(Serialize)]
        struct Written {
            written: Vec<PathBuf>,
        }
        out.json(&Written { written })?;
    } else {
        for path in written {
            out.line(&format!("wrote {}", path.display()))?;
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// An error message if the options do not fit together.
fn misused(args: &Args, global: &Global) -> Option<&'static str> {
    let figures = args.csv || args.tensorboard;
    let model = args.model.is_asked();
    match &args.dir {
        None if figures => Some("export --csv and --tensorboard need a folder for the files"),
        None if !model => {
            Some("export needs a format: --csv, --json or --tensorboard with a folder, --model or --onnx")
        }
        Some(_) if !(figures || global.json) => Some("export needs a format: --csv, --json or --tensorboard"),
        _ if !model && args.model.chooses() => {
            Some("--method and --labels choose a model for --model or --onnx")
        }
        _ => None,
    }
}

/// Writes the figures of a session to the folder `dir`.
fn figures_of(
    found: &sessions::Found,
    dir: &Path,
    args: &Args,
    global: &Global,
    written: &mut Vec<PathBuf>,
) -> Result<()> {
    let history = &sessions::history(found)?;
    fs::create_dir_all(dir).map_err(|e| Error::io("create", dir, e))?;
    if args.csv {
        csv(history, dir, written)?;
    }
    if global.json {
        let path = dir.join("session.json");
        let text = out::json(&Whole::new(history))?;
        files::save(&path, |to| to.write_all(text.as_bytes()))?;
        written.push(path);
    }
    if args.tensorboard {
        tensorboard::export(history, dir, written)?;
        projector::export(found, history, dir, global, written)?;
    }
    Ok(())
}

/// A session as one JSON document.
#[derive(Serialize)]
struct Whole<'a> {
    program: &'a str,
    recipe: Option<&'a Recipe>,
    data: Option<&'a DataSummary>,
    coverage: Option<&'a Coverage>,
    pretraining: Vec<&'a PretrainPoint>,
    held_out: Vec<&'a HeldOut>,
    source_tests: Vec<&'a SourceTest>,
    said: Vec<&'a GeneratedText>,
    neighbours: Vec<Neighbours<'a>>,
    quality: Vec<&'a Quality>,
    runs: Vec<Run<'a>>,
    comparison: Option<Judged>,
}

/// The neighbours of a probe word after `tokens` tokens of pre-training.
#[derive(Serialize)]
struct Neighbours<'a> {
    word: &'a str,
    tokens: u64,
    list: &'a [crate::session::record::Neighbour],
}

/// A run with all of its points.
#[derive(Serialize)]
struct Run<'a> {
    /// Its seed, counted from 1 as everywhere in the user interface.
    start: RunStart,
    /// The settings that it tried; left out without tuning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trials: Vec<&'a Trial>,
    steps: Vec<&'a StepPoint>,
    evaluations: Vec<&'a Evaluation>,
    by_coverage: Option<&'a ByCoverage>,
    calibrations: &'a [Calibration],
    end: Option<&'a RunEnd>,
}

impl<'a> Whole<'a> {
    fn new(history: &'a History) -> Whole<'a> {
        Whole {
            program: &history.program,
            recipe: history.recipe.as_deref(),
            data: history.data.as_ref(),
            coverage: history.source().coverage.as_ref(),
            pretraining: history.source().pretraining.iter().map(|point| &point.value).collect(),
            held_out: history.source().held_out.iter().map(|figure| &figure.value).collect(),
            source_tests: history.source().source_tests.iter().map(|test| &test.value).collect(),
            said: history.source().generated.iter().map(|said| &said.value).collect(),
            neighbours: history.source().probes.iter().flat_map(neighbours).collect(),
            quality: history.quality().map(|quality| &quality.value).collect(),
            runs: history
                .runs
                .iter()
                .map(|run| Run {
                    start: RunStart { seed: run.start.seed + 1, ..run.start.clone() },
                    trials: run.tried(f64::INFINITY),
                    steps: run.steps.iter().map(|step| &step.value).collect(),
                    evaluations: run.evaluations.iter().map(|evaluation| &evaluation.value).collect(),
                    by_coverage: run.by_coverage.as_ref(),
                    calibrations: &run.calibrations,
                    end: run.end.as_ref().map(|end| &end.value),
                })
                .collect(),
            comparison: history.comparison.as_deref().map(Judged::new),
        }
    }
}

fn neighbours(probe: &Probe) -> impl Iterator<Item = Neighbours<'_>> {
    probe.looks.iter().map(|look| Neighbours { word: &probe.word, tokens: look.value.0, list: &look.value.1 })
}

/// Writes every figure as CSV: one file for each kind of figure, with unformatted numbers.
fn csv(history: &History, folder: &Path, written: &mut Vec<PathBuf>) -> Result<()> {
    let mut file = |name: &str, heads: &[&str], rows: &mut dyn Iterator<Item = Vec<String>>| {
        // A file is not written if it would have a header and no rows.
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let path = folder.join(name);
        files::save(&path, |to| {
            let mut table = csv::Writer::from_writer(to);
            table.write_record(heads).map_err(io::Error::other)?;
            for row in rows {
                table.write_record(row).map_err(io::Error::other)?;
            }
            table.flush()
        })?;
        written.push(path);
        Ok::<(), Error>(())
    };
    let points = history.source().pretraining.iter().map(|p| (p.at, &p.value));
    file(
        "pretraining.csv",
        &["at", "tokens", "of", "loss", "rate", "tokens_per_second"],
        &mut points
            .map(|(at, p)| cells(&[&at, &p.tokens, &p.of, &p.loss, &p.learning_rate, &p.tokens_per_second])),
    )?;
    file(
        "held_out.csv",
        &["at", "tokens", "words", "loss", "perplexity", "bits"],
        &mut history.source().held_out.iter().map(|told| {
            let h = &told.value;
            cells(&[&told.at, &h.tokens, &h.words, &h.loss, &h.perplexity(), &h.bits()])
        }),
    )?;
    file(
        "source_tests.csv",
        &["at", "images", "set", "loss", "accuracy"],
        &mut history.source().source_tests.iter().map(|told| {
            let test = &told.value;
            cells(&[&told.at, &test.samples, &test.set, &test.loss, &test.accuracy])
        }),
    )?;
    let looks = history.source().probes.iter().flat_map(neighbours);
    file(
        "neighbours.csv",
        &["word", "tokens", "rank", "neighbour", "similarity"],
        &mut looks.flat_map(|look| {
            let ranked = look.list.iter().enumerate();
            let row = |(rank, near): (usize, &crate::session::record::Neighbour)| {
                cells(&[&look.word, &look.tokens, &(rank + 1), &near.word, &near.similarity])
            };
            ranked.map(row).collect::<Vec<_>>()
        }),
    )?;
    file(
        "quality.csv",
        &["at", "run", "tokens", "set", "kind", "score", "used", "of"],
        &mut history.quality().map(|told| {
            let q = &told.value;
            let kind = match q.kind {
                Benchmark::Similarity => "similarity",
                Benchmark::Analogies => "analogies",
            };
            // The pre-trained vectors belong to no run, so the cell is empty.
            let run = q.run.map_or(String::new(), |run| run.to_string());
            cells(&[&told.at, &run, &q.tokens, &q.set, &kind, &cell(q.known()), &q.used, &q.of])
        }),
    )?;
    let forgetting = history.forgetting(f64::INFINITY);
    file(
        "forgetting.csv",
        &["set", "figure", "labels", "before", "change", "least", "most", "runs"],
        &mut forgetting.iter().map(|f| {
            let (least, most) = f.range();
            let figure = f.name.1.figure();
            cells(&[&f.name.0, &figure, &f.budget, &f.before, &f.mean(), &least, &most, &f.changes.len()])
        }),
    )?;
    let trials = history.runs.iter().flat_map(|run| run.tried(f64::INFINITY));
    file(
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
        &mut trials.map(|t| {
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
    file(
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
        &mut history.runs.iter().map(|run| {
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
            row.extend([
                of(|e| e.seconds.to_string()),
                of(|e| super::table::outcome(&e.outcome).to_string()),
            ]);
            row
        }),
    )?;
    file(
        "steps.csv",
        &["run", "step", "epoch", "samples", "loss", "gradient", "rate", "seconds"],
        &mut history.runs.iter().flat_map(|run| &run.steps).map(|step| {
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
    file(
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
        &mut evaluations().map(|e| {
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
    file(
        "by_coverage.csv",
        &["run", "set", "from", "to", "documents", "correct"],
        &mut tested.flat_map(|found| {
            let row = |g: &CoverageGroup| {
                cells(&[&found.run, &found.set, &g.from, &g.to, &g.documents, &g.correct])
            };
            found.groups.iter().map(row).collect::<Vec<_>>()
        }),
    )?;
    let of_runs = history.runs.iter().flat_map(|run| &run.calibrations);
    file(
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
        &mut of_runs.flat_map(|found| {
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
    file(
        "classes.csv",
        &["run", "step", "set", "class", "documents", "precision", "recall", "f1"],
        &mut last.flat_map(|e| {
            let row = |place: usize| {
                let found = figures::figures(&e.confusion, place);
                let mut row = cells(&[&e.run, &e.step, &e.set, &class(place), &found.documents]);
                row.extend([found.precision, found.recall, found.f1].map(cell));
                row
            };
            (0..e.confusion.len()).map(row).collect::<Vec<_>>()
        }),
    )?;
    file(
        "confusion.csv",
        &["run", "step", "set", "truth", "guess", "documents"],
        &mut evaluations().flat_map(|e| {
            let mut rows = Vec::new();
            for (truth, row) in e.confusion.iter().enumerate() {
                for (guess, documents) in row.iter().enumerate() {
                    rows.push(cells(&[&e.run, &e.step, &e.set, &class(truth), &class(guess), documents]));
                }
            }
            rows
        }),
    )?;
    let Some(comparison) = &history.comparison else { return Ok(()) };
    file(
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
        &mut comparison.rows.iter().map(|r| {
            let mut row =
                cells(&[&r.method, &source(&r.source), &r.labels, &r.values.len(), &r.mean, &r.deviation]);
            row.extend(cells(&[&r.trainable_parameters, &r.total_parameters, &r.seconds, &r.steps]));
            row.push(cell(r.steps_to_scratch));
            row.extend([cell(r.interval.map(|i| i.0)), cell(r.interval.map(|i| i.1))]);
            row.push(covers(r.covers).into());
            row
        }),
    )?;
    file(
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
        &mut comparison.differences.iter().map(|d| {
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

/// The name of a source; empty if there is none.
fn source(name: &Option<SourceName>) -> &str {
    name.as_ref().map_or("", SourceName::as_str)
}

/// A cell for a number that may be missing.
fn cell(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn cells(values: &[&dyn std::fmt::Display]) -> Vec<String> {
    values.iter().map(|value| value.to_string()).collect()
}
