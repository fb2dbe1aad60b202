//! The session of a report: its history, its comparison (so far, if the session is not finished) and the names of its
//! methods.

use std::borrow::Cow;
use std::path::Path;

use crate::plot::series::Style;
use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, ComparisonRow};
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::record::Stage;
use crate::session::source_name::SourceName;
use crate::transfer::statistics;

use super::super::number;
use super::super::sessions::Found;

/// A method, and the source of its pre-trained parameters if it has one.
pub type Side<'a> = (Method, Option<&'a SourceName>);

/// The session of a report.
pub struct Subject<'a> {
    /// The name of the session.
    pub name: &'a str,
    /// The folder of the session.
    pub folder: &'a Path,
    pub history: &'a History,
    /// The comparison of the methods. If the session is not finished, it has only the runs that were tested so far.
    pub comparison: Cow<'a, Comparison>,
    /// All pairs of method and source in the session, in the order of the tables.
    sides: Vec<Side<'a>>,
}

impl<'a> Subject<'a> {
    pub fn new(found: &'a Found, history: &'a History) -> Subject<'a> {
        let comparison = statistics::comparison(history);
        let mut sides: Vec<Side> =
            history.runs.iter().map(|run| (run.start.method, run.start.source.as_ref())).collect();
        sides.sort_unstable();
        sides.dedup();
        Subject { name: &found.name, folder: &found.folder, history, comparison, sides }
    }

    /// The title of the recipe; the name of the session if there is no recipe.
    pub fn title(&self) -> &str {
        self.history.recipe.as_ref().map_or(self.name, |recipe| &recipe.title)
    }

    /// Whether the session has done all its work, so that its log has the final comparison.
    pub fn is_finished(&self) -> bool {
        self.history.comparison.is_some()
    }

    /// The warning that the figures are not those of the whole session; `None` if the session is finished.
    pub fn unfinished(&self) -> Option<String> {
        if self.is_finished() {
            return None;
        }
        let ended = self.history.runs.iter().filter(|run| run.end.is_some()).count();
        // The history may not have all runs yet, because they are planned budget by budget. The recipe gives the total
        // number.
        let asked = self
            .history
            .recipe
            .as_ref()
            .map_or(0, |recipe| recipe.methods.len() * recipe.labels.len() * recipe.seeds as usize);
        let planned = asked.max(self.history.runs.len());
        let of = number::counted(planned as u64, "planned run", "planned runs");
        let how = match self.history.stage() {
            Some(Stage::Stopped) => "was stopped by the user",
            _ => "is not finished",
        };
        let runs = match (ended, self.history.runs.len()) {
            (_, 0) => "No run has begun.".to_string(),
            (0, _) => format!("None of {of} has ended, so nothing can be compared yet."),
            (ended, _) => {
                format!("{} of {of} have ended; all figures are of those.", number::count(ended as u64))
            }
        };
        Some(format!("This session {how}. {runs}"))
    }

    /// All pairs of method and source in the session, in the order of the tables.
    pub fn sides(&self) -> &[Side<'a>] {
        &self.sides
    }

    /// The name of a method. If the session has several sources, the name of the source is added.
    pub fn side(&self, (method, source): Side) -> String {
        let several = {
            let mut sources: Vec<&SourceName> = self.sides.iter().filter_map(|side| side.1).collect();
            sources.sort_unstable();
            sources.dedup();
            sources.len() > 1
        };
        match source {
            Some(source) if several => format!("{} · {source}", method.name()),
            _ => method.name().to_string(),
        }
    }

    /// The style of the series of a method. It is the same in all charts.
    pub fn style(&self, side: Side) -> Style {
        Style(self.sides.iter().position(|other| *other == side).unwrap_or(0))
    }

    /// The budgets of the runs, ascending.
    pub fn budgets(&self) -> Vec<Budget> {
        let mut budgets: Vec<Budget> = self.history.runs.iter().map(|run| run.start.budget).collect();
        budgets.sort_unstable();
        budgets.dedup();
        budgets
    }

    /// The runs of a method at a budget.
    pub fn runs(&self, side: Side<'a>, budget: Budget) -> impl Iterator<Item = &'a RunHistory> {
        self.history.runs.iter().filter(move |run| {
            (run.start.method, run.start.source.as_ref()) == side && run.start.budget == budget
        })
    }

    /// A budget in words: "100 labels", "all 6,920 labels".
    pub fn budget(&self, budget: Budget) -> String {
        let run = self.history.runs.iter().find(|run| run.start.budget == budget);
        match (budget, run) {
            (Budget::Labels(labels), _) => number::counted(labels as u64, "label", "labels"),
            (Budget::All, Some(run)) => format!("all {} labels", number::count(run.start.labels as u64)),
            (Budget::All, None) => "all labels".into(),
        }
    }

    /// The row with the highest mean accuracy at a budget. Among equals, the first row.
    pub fn best(&self, budget: Budget) -> Option<&ComparisonRow> {
        let rows = self.comparison.rows.iter().filter(|row| row.budget == budget);
        rows.reduce(|best, row| if row.mean > best.mean { row } else { best })
    }
}
