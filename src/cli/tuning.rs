//! The table of what tuning tried, chose and brought.

use crate::session::comparison::{Comparison, TuningRow};
use crate::session::tuned;

use super::number;

/// The numbers of trials whose expected best score is shown: 1, 2, 4, 8, …, and the last.
fn shown(most: u32) -> Vec<u32> {
    let mut shown: Vec<u32> = (0..).map(|power| 1 << power).take_while(|&trials| trials < most).collect();
    shown.push(most);
    shown
}

/// The expected best score after `trials` trials, with its standard deviation: "78.1 ± 2.0".
pub fn expected(row: &TuningRow, trials: u32) -> String {
    let point = row.expected.iter().find(|point| point.trials == trials);
    point.map_or("–".into(), |point| {
        format!("{} ± {}", number::percent(point.mean), number::percent(point.deviation))
    })
}

/// The cells of a table.
pub struct Cells {
    pub title: String,
    /// A head that begins with `>` makes its column right-aligned.
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// The table of a comparison; `None` without tuning.
pub fn cells(comparison: &Comparison) -> Option<Cells> {
    let most = comparison.tuning.iter().filter_map(|row| row.expected.last()).map(|point| point.trials).max();
    let shown = shown(most?);
    let mut heads = vec![">labels".to_string(), String::new(), ">trials".into(), ">seconds".into()];
    heads.extend(shown.iter().map(|trials| format!(">best of {trials}")));
    heads.push(String::new());
    let mut rows = Vec::new();
    let mut before = None;
    for row in &comparison.tuning {
        let labels = if before == Some(row.budget) { String::new() } else { row.budget.to_string() };
        before = Some(row.budget);
        let mut cells = vec![labels, comparison.side(row.method, row.source.as_ref())];
        if row.trials == 0.0 {
            cells.extend(["0".to_string(), "–".into()]);
            cells.extend(shown.iter().map(|_| "–".to_string()));
            cells.push("nothing to tune".into());
        } else {
            cells.push(number::mean(row.trials));
            cells.push(format!("{:.1}", row.seconds));
            cells.extend(shown.iter().map(|&trials| expected(row, trials)));
            cells.push(String::new());
        }
        rows.push(cells);
    }
    let title = format!(
        "Tuning: expected best validation {} in % after so many trials, ± standard deviation; seconds of all trials of a run",
        comparison.metric.name()
    );
    Some(Cells { title, heads, rows })
}

/// The table of the settings that were chosen, a row for each different choice; `None` without tuning.
pub fn choices(comparison: &Comparison) -> Option<Cells> {
    let mut rows = Vec::new();
    let mut before = None;
    for row in &comparison.tuning {
        let mut side = vec![if before == Some(row.budget) { String::new() } else { row.budget.to_string() }];
        side.push(comparison.side(row.method, row.source.as_ref()));
        for choice in tuned::chosen(row) {
            before = Some(row.budget);
            let name = std::mem::replace(&mut side, vec![String::new(); 2]);
            rows.push([name, vec![choice]].concat());
        }
    }
    let heads = [">labels", "", "settings"].map(String::from).to_vec();
    let title = "The settings that each seed chose".to_string();
    (!rows.is_empty()).then_some(Cells { title, heads, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::comparison::{ChosenSettings, ExpectedBest};
    use crate::session::method::{Baseline, Strategy};
    use crate::session::tuning::TrialSettings;

    #[test]
    fn every_method_has_a_row_with_its_settings_or_says_that_it_has_none() {
        let row = TuningRow {
            method: Strategy::Scratch.into(),
            source: None,
            budget: Budget::Labels(500),
            trials: 6.0,
            seconds: 12.34,
            chosen: vec![ChosenSettings {
                seed: 0,
                trial: 2,
                score: Some(0.8),
                settings: TrialSettings { learning_rate: Some(0.002), ..TrialSettings::default() },
            }],
            own: Some(0.7),
            expected: (1..=6)
                .map(|trials| ExpectedBest { trials, mean: 0.7 + 0.01 * f64::from(trials), deviation: 0.02 })
                .collect(),
        };
        let nothing = TuningRow {
            method: Baseline::Majority.into(),
            trials: 0.0,
            chosen: Vec::new(),
            own: None,
            expected: Vec::new(),
            ..row.clone()
        };
        let comparison = Comparison { tuning: vec![row, nothing], ..Comparison::default() };
        let found = cells(&comparison).unwrap();
        assert_eq!(choices(&comparison).unwrap().rows, [["500", "scratch", "lr 0.002"]]);
        let heads =
            ["labels", "", "trials", "seconds", "best of 1", "best of 2", "best of 4", "best of 6", ""];
        let plain: Vec<&str> = found.heads.iter().map(|head| head.trim_start_matches('>')).collect();
        assert_eq!(plain, heads);
        let values =
            ["500", "scratch", "6", "12.3", "71.0 ± 2.0", "72.0 ± 2.0", "74.0 ± 2.0", "76.0 ± 2.0", ""];
        assert_eq!(found.rows[0], values);
        assert_eq!(found.rows[1], ["", "majority", "0", "–", "–", "–", "–", "–", "nothing to tune"]);
        assert!(cells(&Comparison::default()).is_none());
    }
}
