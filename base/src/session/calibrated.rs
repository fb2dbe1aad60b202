//! The calibration of each method, averaged over its runs.

use super::budget::Budget;
use super::history::History;
use super::method::Method;
use super::record::TEST;
use super::source_name::SourceName;

/// The calibration of a method at a budget on the test set, as means over its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// The label budget of the runs.
    pub budget: Budget,
    /// The method of the runs.
    pub method: Method,
    /// The pre-trained source of the method; `None` if it uses none.
    pub source: Option<SourceName>,
    /// The number of runs.
    pub runs: usize,
    /// The mean expected calibration error as trained, from 0 to 1.
    pub before: f64,
    /// The mean expected calibration error with the temperature.
    pub after: f64,
    /// The geometric mean of the temperatures.
    pub temperature: f64,
}

impl History {
    /// The calibration by budget, method and source, over the runs that ended at `until` or before, in seconds of the
    /// session.
    pub fn calibrated(&self, until: f64) -> Vec<Calibrated> {
        let mut all: Vec<Calibrated> = Vec::new();
        for run in self.runs.iter().filter(|run| run.end.as_ref().is_some_and(|end| end.at <= until)) {
            let Some(found) = run.calibrations.iter().find(|known| known.set == TEST) else { continue };
            let Some((before, after)) = found.errors() else { continue };
            let (budget, method, source) = (run.start.budget, run.start.method, run.start.source.clone());
            let same =
                |known: &Calibrated| (known.budget, known.method, &known.source) == (budget, method, &source);
            let place = all.iter().position(same).unwrap_or_else(|| {
                let (runs, before, after, temperature) = (0, 0.0, 0.0, 0.0);
                all.push(Calibrated { budget, method, source, runs, before, after, temperature });
                all.len() - 1
            });
            let sums = &mut all[place];
            sums.runs += 1;
            sums.before += before;
            sums.after += after;
            sums.temperature += f64::from(found.temperature).ln();
        }
        for sums in &mut all {
            let runs = sums.runs as f64;
            sums.before /= runs;
            sums.after /= runs;
            sums.temperature = (sums.temperature / runs).exp();
        }
        all.sort_by(|a, b| (a.budget, a.method, &a.source).cmp(&(b.budget, b.method, &b.source)));
        all
    }
}
