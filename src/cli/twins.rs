//! `compare SESSION --runs LEFT,RIGHT`: the difference of the confusion matrices of two runs.

use serde::Serialize;

use crate::error::{Error, Place, Result};
use crate::session::comparison::points;
use crate::session::history::{History, RunHistory};
use crate::session::recipe::Recipe;
use crate::session::record::{TEST, VALIDATION};
use crate::transfer::statistics::cells::{CellDifferences, Moment};
use crate::transfer::statistics::pair::{Side, difference};

use super::global::Global;
use super::out::Out;
use super::sessions::{self, Found};
use super::table::Table;
use super::{cells, number};

/// What is asked of two runs.
pub struct Asked<'a> {
    /// The numbers of the runs.
    pub runs: &'a [usize],
    /// The set; `None` for the test, or the validation part at a step.
    pub set: Option<&'a str>,
    /// The step of both runs; `None` for their last evaluations.
    pub step: Option<u64>,
}

#[derive(Serialize)]
struct Report<'a> {
    left: usize,
    right: usize,
    step: Option<u64>,
    /// The accuracies of the two runs.
    accuracies: [f64; 2],
    /// Whether only counts were known, so that the intervals are those of two independent samples.
    independent: bool,
    differences: &'a CellDifferences,
}

/// Prints the difference: left minus right.
///
/// # Errors
/// When the session cannot be read, or has no such runs or evaluations.
pub fn print(found: &Found, asked: &Asked<'_>, global: &Global) -> Result<()> {
    let history = sessions::history(found)?;
    let wrong = |problem: String, remedy: &str| Error::input(&found.folder, Place::Whole, problem, remedy);
    let &[left, right] = asked.runs else {
        return Err(Error::request("--runs names two runs", "such as --runs 2,0"));
    };
    let run = |number: usize| {
        let remedy = "`warmstart export --json` has the numbers of its runs";
        history.run(number).ok_or_else(|| wrong(format!("this session has no run {number}"), remedy))
    };
    let moment = Moment { step: asked.step, until: f64::INFINITY };
    let sides = [Side { run: run(left)?, moment }, Side { run: run(right)?, moment }];
    let usual = if asked.step.is_some() { VALIDATION } else { TEST };
    let set = asked.set.unwrap_or(usual);
    let margin = history.recipe.as_ref().map_or(Recipe::MARGIN, |recipe| recipe.margin) / 100.0;
    let found = difference(&history, sides[0], sides[1], set, margin).ok_or_else(|| {
        wrong(format!("not both runs were evaluated on \"{set}\""), "--set names another set")
    })?;
    let accuracies = sides.map(|side| side.moment.of(side.run, set).map_or(0.0, |known| known.accuracy));
    let mut out = Out::new();
    if global.json {
        out.json(&Report {
            left,
            right,
            step: asked.step,
            accuracies,
            independent: found.independent,
            differences: &found.cells,
        })?;
    } else {
        out.lines(&lines(&history, sides, accuracies, &found.cells, found.independent))?;
    }
    out.finish()
}

fn lines(
    history: &History,
    sides: [Side<'_>; 2],
    [left, right]: [f64; 2],
    found: &CellDifferences,
    independent: bool,
) -> Vec<String> {
    let name = |run: &RunHistory| history.name_of(run);
    let [a, b] = sides.map(|side| name(side.run));
    let mut lines = vec![format!(
        "{a} − {b} on {}: {} − {} = {} points",
        found.set,
        number::percent(left),
        number::percent(right),
        points(left - right)
    )];
    let kind = if independent { "of independent samples" } else { found.covers.phrase() };
    lines.push(format!("Confusion matrix in % of the true class; intervals {kind}, corrected for all cells"));
    let mut table =
        Table::new(&["true class", "predicted", ">left", ">right", ">points", ">95 % interval", "differs"]);
    for cell in &found.cells {
        table.row([
            cell.true_class.clone(),
            cell.predicted_class.clone(),
            number::percent(cell.left),
            number::percent(cell.right),
            points(cell.left - cell.right),
            cells::interval(cell),
            if cell.differs { "yes".into() } else { String::new() },
        ]);
    }
    lines.extend(table.lines());
    lines
}
