//! What a session came to: its report, all that its log tells and its weights, without what a clock decides.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::kinds;
use crate::program::Ended;
use warmstart::session::history::History;
use warmstart::session::record::{Entry, Record};
use warmstart::session::ron_dialect::ron_options;

/// What a session came to.
#[derive(Clone)]
pub struct Outcome {
    report: Value,
    told: Vec<Record>,
    weights: Vec<(String, Vec<u8>)>,
    files: Vec<String>,
}

impl Outcome {
    /// That of the session at `folder`, which a program ended well; what is wrong, otherwise.
    pub fn of(ended: &Ended, folder: &Path) -> Result<Outcome, String> {
        if ended.code != Some(0) {
            return Err(format!("not ended well: {ended}"));
        }
        let mut report: Value =
            serde_json::from_str(&ended.out).map_err(|why| format!("{why} in the report: {ended}"))?;
        without_times(&mut report);
        let entries = entries(folder)?;
        let (mut weights, mut files) = (Vec::new(), Vec::new());
        for path in kinds::files(folder) {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_string();
            if name.ends_with(".safetensors") {
                weights.push((name.clone(), fs::read(path).unwrap()));
            }
            files.push(name);
        }
        Ok(Outcome { report, told: told(&History::of(entries)), weights, files })
    }

    /// Whether it is the same as `whole`; what is not, otherwise.
    pub fn same_as(&self, whole: &Outcome) -> Result<(), String> {
        if let Some(place) = differing(&self.report, &whole.report, "report") {
            return Err(place);
        }
        if let Some((mine, other)) = self.told.iter().zip(&whole.told).find(|(mine, other)| mine != other) {
            return Err(format!("its log tells {mine:?}, not {other:?}"));
        }
        if self.told.len() != whole.told.len() {
            return Err(format!("its log tells {} things, not {}", self.told.len(), whole.told.len()));
        }
        for (name, weights) in &whole.weights {
            match self.weights.iter().find(|(mine, _)| mine == name) {
                Some((_, mine)) if mine == weights => {}
                Some(_) => return Err(format!("other bits in {name}")),
                None => return Err(format!("there is no {name}")),
            }
        }
        match self.files.iter().find(|file| !whole.files.contains(file)) {
            Some(file) => Err(format!("{file} was left")),
            None => Ok(()),
        }
    }
}

/// The records of a log that ended well: every line is one.
fn entries(folder: &Path) -> Result<Vec<Entry>, String> {
    let log = fs::read_to_string(folder.join("log.ron")).map_err(|why| why.to_string())?;
    let read = |(number, line)| {
        ron_options().from_str(line).map_err(|why| format!("line {} of its log: {why}", number + 1))
    };
    log.lines().enumerate().map(read).collect()
}

/// Takes out what a clock decides, and where the session is.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !(name.ends_with("seconds") || name == "session" || name == "verdict"));
            fields.values_mut().for_each(without_times);
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}

/// The curves and figures of a session, as they stand once what was told twice is folded.
fn told(history: &History) -> Vec<Record> {
    let mut told: Vec<Record> = Vec::new();
    told.extend(history.data.iter().cloned().map(Record::Data));
    told.extend(history.source().coverage.iter().cloned().map(Record::Coverage));
    told.extend(history.source().pretraining.iter().map(|point| Record::Pretrain(point.value.clone())));
    told.extend(history.source().continued.iter().map(|found| Record::Continued(found.value.clone())));
    told.extend(history.source().held_out.iter().map(|figure| Record::HeldOut(figure.value)));
    told.extend(history.source().source_tests.iter().map(|test| Record::SourceTest(test.value.clone())));
    // A measurement of a run is told when it is made, between the others.
    let mut measured: Vec<_> = history.quality().map(|quality| quality.value.clone()).collect();
    measured.sort_by_key(|quality| quality.run);
    told.extend(measured.into_iter().map(Record::Quality));
    let mut runs: Vec<_> = history.runs.iter().collect();
    runs.sort_by_key(|run| run.start.run);
    for run in runs {
        told.push(Record::Run(run.start.clone()));
        told.extend(run.trials.iter().map(|trial| Record::Trial(trial.value.clone())));
        told.extend(run.steps.iter().map(|step| Record::Step(step.value.clone())));
        told.extend(run.evaluations.iter().map(|evaluation| Record::Evaluation(evaluation.value.clone())));
        told.extend(run.end.iter().map(|end| Record::RunEnd(end.value.clone())));
    }
    told.iter().map(Record::without_times).collect()
}

/// Where two values differ first.
fn differing(mine: &Value, other: &Value, place: &str) -> Option<String> {
    match (mine, other) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => a
            .iter()
            .find_map(|(key, a)| differing(a, b.get(key).unwrap_or(&Value::Null), &format!("{place}.{key}"))),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.into_iter().find_map(|(i, (a, b))| differing(a, b, &format!("{place}[{i}]")))
        }
        _ if mine == other => None,
        _ => {
            let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
            Some(format!("{place} is {}, not {}", short(mine), short(other)))
        }
    }
}
