//! Runs as rows that a query can filter and that can be sorted by a column.

use crate::session::history::RunHistory;
use crate::session::metric::Metric;
use crate::session::record::{Outcome, TEST};
use crate::tui::query::{Column, Queried};
use crate::tui::state::State;

/// The columns of runs before those of the metrics,
const FIRST: [Column; 7] = [
    Column::text(&["method"]),
    Column::text(&["source"]),
    Column::count(&["labels", "budget"]),
    Column::count(&["seed"]),
    Column::text(&["state"]),
    Column::number(Metric::Accuracy.column_names()),
    Column::number(&["test"]),
];

/// and after them.
const LAST: [Column; 8] = [
    Column::number(&["loss"]),
    Column::number(&["valloss", "val_loss"]),
    Column::number(&["overfit", "overfitting"]),
    Column::number(&["step", "steps"]),
    Column::number(&["epoch", "epochs"]),
    Column::number(&["seconds"]),
    Column::number(&["params", "parameters"]),
    Column::count(&["run"]),
];

/// The columns of runs. Their places are those of [`RunRow::number`] and [`RunRow::text`].
pub const COLUMNS: &[Column] = &{
    let mut all = [FIRST[0]; FIRST.len() + Metric::FURTHER.len() + LAST.len()];
    let mut place = 0;
    while place < all.len() {
        all[place] = match place.checked_sub(FIRST.len()) {
            None => FIRST[place],
            Some(further) if further < Metric::FURTHER.len() => {
                Column::number(Metric::FURTHER[further].column_names())
            }
            Some(beyond) => LAST[beyond - Metric::FURTHER.len()],
        };
        place += 1;
    }
    all
};

/// A run at the time that is shown.
pub struct RunRow<'a> {
    run: &'a RunHistory,
    until: f64,
    /// Whether it tries settings.
    tunes: bool,
}

impl<'a> RunRow<'a> {
    pub fn new(state: &State, run: &'a RunHistory) -> RunRow<'a> {
        let until = state.until();
        RunRow { run, until, tunes: state.history.tunes(run, until) }
    }

    /// What the run is doing, in a word.
    fn doing(&self) -> &'static str {
        match self.run.end.as_ref().filter(|end| end.at <= self.until).map(|end| &end.value.outcome) {
            Some(Outcome::Completed) => "done",
            Some(Outcome::EarlyStop) => "early",
            Some(Outcome::Stopped) => "stopped",
            Some(Outcome::Diverged { .. }) => "diverged",
            None if self.run.steps.first().is_some_and(|step| step.at <= self.until) => "training",
            None if self.tunes => "tuning",
            None => "waiting",
        }
    }
}

impl Queried for RunRow<'_> {
    fn name(&self) -> String {
        self.run.name().told(true)
    }

    fn text(&self, column: usize) -> String {
        let start = &self.run.start;
        match COLUMNS.get(column).map(|column| column.names[0]) {
            Some("method") => start.method.name().into(),
            Some("source") => start.source.as_ref().map(ToString::to_string).unwrap_or_default(),
            Some("labels") => start.budget.to_string(),
            Some("state") => self.doing().into(),
            _ => self.number(column).map(|number| number.to_string()).unwrap_or_default(),
        }
    }

    fn number(&self, column: usize) -> Option<f64> {
        let (run, start) = (self.run, &self.run.start);
        let step = || {
            let told = run.steps.partition_point(|step| step.at <= self.until);
            told.checked_sub(1).map(|last| &run.steps[last].value)
        };
        let end = run.end.as_ref().filter(|end| end.at <= self.until).map(|end| &end.value);
        let kept = || run.kept_validation(self.until);
        match COLUMNS.get(column)?.names[0] {
            "labels" => Some(start.labels as f64),
            "seed" => Some(f64::from(start.seed) + 1.0),
            "acc" => kept().map(|kept| kept.accuracy),
            "test" => {
                let told = run.evaluations.iter().take_while(|evaluation| evaluation.at <= self.until);
                told.map(|told| &told.value).filter(|told| told.set == TEST).last().map(|told| told.accuracy)
            }
            "loss" => step().map(|step| step.loss),
            "valloss" => kept().map(|kept| kept.loss),
            "overfit" => run.overfitting(self.until).map(|(lowest, last)| last.loss - lowest.loss),
            "step" => end.map(|end| end.steps as f64).or_else(|| step().map(|step| step.step as f64)),
            "epoch" => step().map(|step| step.epoch),
            "seconds" => end.map(|end| end.seconds).or_else(|| step().map(|step| step.seconds)),
            "params" => Some(start.trainable_parameters as f64),
            "run" => Some(start.run as f64 + 1.0),
            name => {
                let metric = Metric::FURTHER.into_iter().find(|metric| metric.column_names()[0] == name)?;
                kept().map(|kept| metric.of(&kept.confusion))
            }
        }
    }
}

/// Whether the filter of runs keeps a run.
pub fn keeps(state: &State, run: &RunHistory) -> bool {
    !state.filters.runs.is_on() || state.filters.runs.keeps(&RunRow::new(state, run))
}

/// How many runs the filter keeps, and how many there are.
pub fn count(state: &State) -> (usize, usize) {
    let runs = &state.history.runs;
    (runs.iter().filter(|run| keeps(state, run)).count(), runs.len())
}

/// The values that runs have in a column, each once, in order.
pub fn values(state: &State, column: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for run in &state.history.runs {
        let value = RunRow::new(state, run).text(column);
        if !value.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn runs_are_found_by_what_they_are_and_by_what_they_reached() {
        let mut state = testing::replay(80, 24, testing::entries());
        let mut kept = |query: &str| {
            state.filters.runs.set(query, COLUMNS);
            assert_eq!(state.filters.runs.mistake, None, "{query}");
            count(&state).0
        };
        assert_eq!(kept(""), 16);
        assert_eq!(kept("frozen labels:100"), 2);
        assert_eq!(kept("frozen labels:100 seed:2"), 1);
        assert_eq!(kept("source:skip-gram"), 8);
        assert_eq!(kept("state:done"), 16);
        assert_eq!(kept("acc>0.75"), 12);
        assert_eq!(kept("!tf-idf test>0"), 12);
        assert_eq!(
            kept(
                "/fine.*1000.*seed 2/ step=120 epoch>0 seconds>1 params>100k f1>0.5 balanced>0.5 mcc>0 valloss>0 loss>0"
            ),
            1
        );
        assert_eq!(kept("run:1..4"), 4);
        assert_eq!(
            (kept("overfit>=0"), kept("overfit>0")),
            (kept("valloss>0"), 0),
            "no loss rises in this session"
        );
        state.filters.runs.set("run:1..4 acc>", COLUMNS);
        assert!(state.filters.runs.mistake.is_some());
        assert_eq!(count(&state).0, 4, "the terms before the unfinished one are in force");
        assert_eq!(values(&state, 0), ["TF-IDF", "scratch", "frozen", "fine-tuned"]);
    }

    #[test]
    fn in_the_past_only_what_was_known_counts() {
        let mut state = testing::replay(80, 24, testing::entries());
        state.filters.runs.set("test>0", COLUMNS);
        assert_eq!(count(&state).0, 16);
        state.cursor = Some(state.history.now * 0.8);
        assert_eq!(count(&state).0, 4, "the baselines alone are tested");
        state.filters.runs.set("state:training", COLUMNS);
        assert_eq!(count(&state).0, 12);
    }
}
