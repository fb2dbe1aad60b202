//! The differences of the confusion matrices of the best transfer and scratch, cell by cell.

use crate::session::comparison::points;
use crate::transfer::statistics::cells::{CellDifferences, of_headlines};

use super::super::{cells, number};
use super::html;
use super::sheet::{Cell, Sheet, numbers, words};
use super::subject::Subject;

/// The tables of all cells, for each budget and test set; empty if nothing is compared.
pub fn body(subject: &Subject) -> String {
    let all = of_headlines(subject.history, &subject.comparison);
    if all.is_empty() {
        return String::new();
    }
    let mut body = String::from("<h3>Differences, cell by cell</h3>\n");
    for found in &all {
        body.push_str(&html::table(&sheet(subject, found)));
    }
    body.push_str(&html::remark(
        "Runs of the same seed are paired, and so are the answers to each test example. The intervals of a table are \
         corrected together (Holm); a cell differs if its interval excludes 0 and at least six examples differ. Cells that \
         no run uses are left out.",
    ));
    body
}

fn sheet(subject: &Subject, found: &CellDifferences) -> Sheet {
    let left = subject.side((found.left, found.left_source.as_ref()));
    let right = subject.side((found.right, found.right_source.as_ref()));
    let columns = vec![
        words("true class"),
        words("predicted"),
        numbers(format!("{left} (%)"), "of the examples of the true class, mean over the seeds"),
        numbers(format!("{right} (%)"), "of the examples of the true class, mean over the seeds"),
        numbers("points", "the difference"),
        numbers("95 % interval", "of the difference, corrected for all cells of the table (Holm)"),
        words("differs"),
    ];
    let mut sheet = Sheet::new(cells::title(found), columns);
    for cell in &found.cells {
        let difference = cell.left - cell.right;
        sheet.rows.push(vec![
            Cell::text(cell.true_class.clone()),
            Cell::text(cell.predicted_class.clone()),
            Cell::number(number::percent(cell.left), cell.left),
            Cell::number(number::percent(cell.right), cell.right),
            Cell::number(points(difference), difference),
            cell.corrected.map_or(Cell::none(), |(low, _)| Cell::number(cells::interval(cell), low)),
            Cell::text(if cell.differs { "yes" } else { "not shown" }),
        ]);
    }
    sheet
}
