//! A session as one JSON document.

use serde::Serialize;

use crate::session::calibration::Calibration;
use crate::session::coverage::{ByCoverage, Coverage};
use crate::session::history::History;
use crate::session::layer_drift::LayerDrift;
use crate::session::recipe::Recipe;
use crate::session::record::{
    DataSummary, Evaluation, GeneratedText, HeldOut, Neighbour, PretrainPoint, Quality, RunEnd, RunStart,
    SourceTest, StepPoint, Trial,
};
use crate::session::source_history::{Probe, SourceHistory};
use crate::session::source_name::SourceName;

use super::super::session_json::Judged;

/// All that a session has recorded.
#[derive(Serialize)]
pub struct Whole<'a> {
    program: &'a str,
    recipe: Option<&'a Recipe>,
    data: Option<&'a DataSummary>,
    sources: Vec<Source<'a>>,
    quality: Vec<&'a Quality>,
    runs: Vec<Run<'a>>,
    comparison: Option<Judged>,
}

/// A source: how it was pre-trained and how it fits the task.
#[derive(Serialize)]
struct Source<'a> {
    /// Its name; `null` in a session with one source.
    name: Option<&'a SourceName>,
    coverage: Option<&'a Coverage>,
    pretraining: Vec<&'a PretrainPoint>,
    held_out: Vec<&'a HeldOut>,
    source_tests: Vec<&'a SourceTest>,
    generated: Vec<&'a GeneratedText>,
    neighbours: Vec<Neighbours<'a>>,
}

/// The neighbours of a probe word after `tokens` tokens of pre-training.
#[derive(Serialize)]
struct Neighbours<'a> {
    word: &'a str,
    tokens: u64,
    list: &'a [Neighbour],
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layer_drift: Vec<&'a LayerDrift>,
    calibrations: &'a [Calibration],
    end: Option<&'a RunEnd>,
}

impl<'a> Whole<'a> {
    pub fn new(history: &'a History) -> Whole<'a> {
        Whole {
            program: &history.program,
            recipe: history.recipe.as_deref(),
            data: history.data.as_ref(),
            sources: history.sources().iter().map(Source::new).collect(),
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
                    layer_drift: run.layer_drift.iter().map(|known| &known.value).collect(),
                    calibrations: &run.calibrations,
                    end: run.end.as_ref().map(|end| &end.value),
                })
                .collect(),
            comparison: history.comparison.as_deref().map(Judged::new),
        }
    }
}

impl<'a> Source<'a> {
    fn new(source: &'a SourceHistory) -> Source<'a> {
        Source {
            name: source.name.as_ref(),
            coverage: source.coverage.as_ref(),
            pretraining: source.pretraining.iter().map(|point| &point.value).collect(),
            held_out: source.held_out.iter().map(|figure| &figure.value).collect(),
            source_tests: source.source_tests.iter().map(|test| &test.value).collect(),
            generated: source.generated.iter().map(|text| &text.value).collect(),
            neighbours: source.probes.iter().flat_map(neighbours).collect(),
        }
    }
}

fn neighbours(probe: &Probe) -> impl Iterator<Item = Neighbours<'_>> {
    probe.looks.iter().map(|look| Neighbours { word: &probe.word, tokens: look.value.0, list: &look.value.1 })
}
