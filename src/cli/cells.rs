//! The cells of the confusion matrices in which the best transfer and scratch differ, as text.

use crate::session::comparison::{bound, points};
use crate::session::history::History;
use crate::session::record::TEST;
use crate::transfer::statistics::cells::{CellDifference, CellDifferences, of_headlines};
use crate::transfer::statistics::comparison;

use super::number;
use super::table::Table;

/// The largest number of cells that are listed; the JSON has all.
const LISTED: usize = 20;

/// The differing cells on each set and budget; empty if there is nothing to compare.
pub fn differing(history: &History) -> Vec<String> {
    let all = of_headlines(history, &comparison(history));
    let mut lines = Vec::new();
    for found in &all {
        let mut differing: Vec<&CellDifference> = found.differing().collect();
        let size = |cell: &CellDifference| (cell.left - cell.right).abs();
        differing.sort_by(|a, b| size(b).total_cmp(&size(a)));
        lines.push(title(found));
        let mut table = Table::new(&[
            "true class".to_string(),
            "predicted".into(),
            format!(">{}", found.left),
            format!(">{}", found.right),
            ">points".into(),
            ">95 % interval".into(),
        ]);
        for cell in differing.iter().take(LISTED) {
            table.row([
                cell.true_class.clone(),
                cell.predicted_class.clone(),
                number::percent(cell.left),
                number::percent(cell.right),
                points(cell.left - cell.right),
                interval(cell),
            ]);
        }
        if !differing.is_empty() {
            lines.extend(table.lines());
        }
        if differing.len() > LISTED {
            lines.push(format!("  and {} more", differing.len() - LISTED));
        }
    }
    lines
}

/// "Confusion, 100 labels: frozen minus scratch differs in 2 of 4 cells, for sure".
pub fn title(found: &CellDifferences) -> String {
    let set = if found.set == TEST { String::new() } else { format!(" on {}", found.set) };
    format!(
        "Confusion matrix in % of the true class, {} labels{set}: {} − {} differs in {} of {}; intervals {}, corrected for \
         all cells",
        found.left_budget,
        found.left,
        found.right,
        found.differing().count(),
        number::counted(found.cells.len() as u64, "cell", "cells"),
        found.covers.phrase()
    )
}

/// The corrected interval.
pub fn interval(cell: &CellDifference) -> String {
    let told = |(low, high): (f64, f64)| format!("{} to {}", bound(low), bound(high));
    cell.corrected.map_or("–".into(), told)
}
