//! The result of a session as the JSON that `run`, `resume`, `replay` and `compare` print.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::session::calibration::Calibration;
use crate::session::comparison::Comparison;
use crate::session::coverage::Bare;
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::metric::Metric;
use crate::session::parent::Parent;
use crate::session::record::{Quality, TEST};
use crate::session::source_history::SourceHistory;
use crate::session::source_name::SourceName;
use crate::session::verdict;
use crate::transfer::statistics;
use crate::transfer::statistics::cells::{CellDifferences, of_headlines};

/// The result of a session.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Its folder.
    pub session: PathBuf,
    /// The sources that were taken from other sessions; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Lineage>,
    pub runs: Vec<RunReport>,
    /// The verdict and the figures behind it; null if the session is not finished.
    pub comparison: Option<Judged>,
    /// The differences of the confusion matrices of the best transfer and scratch, cell by cell, for each budget and test
    /// set; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confusion_differences: Vec<CellDifferences>,
    /// Documents without any word that has a vector, set by set; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_vectors: Vec<WithoutVectors>,
    /// The scores of the vectors on the benchmarks; left out if the recipe names no benchmark.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<Quality>,
    /// What the user changed while it ran and changes results; left out if there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done_by_hand: Vec<DoneByHand>,
}

/// An act of the user.
#[derive(Debug, Serialize)]
pub struct DoneByHand {
    /// Seconds of the session.
    pub at: f64,
    /// What was done, as a sentence.
    pub what: String,
}

/// Documents without any word that has a vector.
#[derive(Debug, Serialize)]
pub struct WithoutVectors {
    /// The source of the vectors, if the session has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
    #[serde(flatten)]
    pub bare: Bare,
}

/// A source that was taken from another session.
#[derive(Debug, Serialize)]
pub struct Lineage {
    /// Its name in this session.
    pub source: SourceName,
    /// The folder of the other session, and the name of the source there.
    pub session: PathBuf,
    pub source_there: SourceName,
    /// The run whose model was taken, as a phrase; null for what was pre-trained.
    pub model: Option<String>,
    /// The hash of the parameters; null for a file.
    pub hash: Option<String>,
    /// Seconds of the pre-training there.
    pub seconds: f64,
}

impl Lineage {
    fn new(parent: &Parent) -> Lineage {
        let Parent { name, session, source, run, hash, seconds, .. } = parent.clone();
        let model = run.map(|_| parent.phrase());
        Lineage { source: name, session, source_there: source, model, hash, seconds }
    }
}

/// A comparison and its verdict.
#[derive(Debug, Serialize)]
pub struct Judged {
    /// What pre-training gained, in sentences, the most important first.
    pub verdict: Vec<String>,
    #[serde(flatten)]
    pub figures: Comparison,
}

impl Judged {
    /// The comparison with its sentences.
    pub fn new(comparison: &Comparison) -> Judged {
        Judged { verdict: verdict::sentences(comparison), figures: comparison.clone() }
    }
}

/// The result of a run.
#[derive(Debug, Serialize)]
pub struct RunReport {
    pub method: Method,
    /// The source of its transferred parameters; null if it has none.
    pub source: Option<SourceName>,
    pub labels: usize,
    /// Its repetition, counted from 1 as on the screens.
    pub seed: u32,
    /// Accuracy on the test set; null before the test.
    pub accuracy: Option<f64>,
    /// The other metrics, by their keys.
    #[serde(flatten)]
    pub metrics: BTreeMap<&'static str, Option<f64>>,
    pub loss: Option<f64>,
    pub confusion: Option<Vec<Vec<u64>>>,
    /// How far its probabilities can be believed on the test set.
    pub calibration: Option<CalibrationReport>,
    pub trainable_parameters: u64,
    pub total_parameters: u64,
    pub train_seconds: f64,
    /// The seconds of the pre-training of its source; 0 if it has none.
    pub pretrain_seconds: f64,
    pub steps: u64,
}

/// The calibration of a run.
#[derive(Debug, Serialize)]
pub struct CalibrationReport {
    /// What the logits are divided by.
    pub temperature: f32,
    /// The expected calibration error as trained,
    pub ece_as_trained: f64,
    /// and with the temperature.
    pub ece: f64,
    /// The mean log loss with the temperature.
    pub log_loss: f64,
}

impl CalibrationReport {
    fn new(found: &Calibration) -> Option<CalibrationReport> {
        let (ece_as_trained, ece) = found.errors()?;
        Some(CalibrationReport { temperature: found.temperature, ece_as_trained, ece, log_loss: found.loss })
    }
}

impl Report {
    /// The report of the session in `folder`.
    pub fn new(folder: &Path, history: &History) -> Report {
        let of_runs = history.tuned_quality.iter().map(|told| told.value.clone());
        Report {
            session: folder.to_path_buf(),
            parents: history.parents.iter().map(Lineage::new).collect(),
            runs: history.runs.iter().map(|run| RunReport::new(run, history.comparison.as_deref())).collect(),
            comparison: history.comparison.as_deref().map(Judged::new),
            confusion_differences: of_headlines(history, &statistics::comparison(history)),
            without_vectors: history.sources().iter().flat_map(without_vectors).collect(),
            quality: history.sources().iter().flat_map(quality).chain(of_runs).collect(),
            done_by_hand: (history.done_by_hand(f64::INFINITY).into_iter())
                .map(|(at, what)| DoneByHand { at, what })
                .collect(),
        }
    }
}

fn without_vectors(source: &SourceHistory) -> impl Iterator<Item = WithoutVectors> {
    let bare = source.coverage.iter().flat_map(|coverage| &coverage.bare);
    bare.map(|bare| WithoutVectors { source: source.name.clone(), bare: bare.clone() })
}

/// The scores of a source's vectors, with its name.
fn quality(source: &SourceHistory) -> impl Iterator<Item = Quality> {
    source.quality.iter().map(|told| Quality { source: source.name.clone(), ..told.value.clone() })
}

impl RunReport {
    fn new(run: &RunHistory, comparison: Option<&Comparison>) -> RunReport {
        let test = run.last_evaluation(TEST);
        let end = run.end.as_ref().map(|end| &end.value);
        let last = run.steps.last().map(|step| &step.value);
        RunReport {
            method: run.start.method,
            source: run.start.source.clone(),
            labels: run.start.labels,
            seed: run.start.seed + 1,
            accuracy: test.map(|test| test.accuracy),
            metrics: Metric::FURTHER
                .map(|metric| (metric.id(), test.map(|test| metric.of(&test.confusion))))
                .into(),
            loss: test.map(|test| test.loss),
            confusion: test.map(|test| test.confusion.clone()),
            calibration: run
                .calibrations
                .iter()
                .find(|known| known.set == TEST)
                .and_then(CalibrationReport::new),
            trainable_parameters: run.start.trainable_parameters,
            total_parameters: run.start.total_parameters,
            train_seconds: end.map(|e| e.seconds).or(last.map(|s| s.seconds)).unwrap_or(0.0),
            pretrain_seconds: match (&run.start.source, comparison) {
                (source @ Some(_), Some(comparison)) => comparison.seconds_of(source.as_ref()),
                _ => 0.0,
            },
            steps: end.map(|e| e.steps).or(last.map(|s| s.step)).unwrap_or(0),
        }
    }
}
