//! Confusion matrices and the metrics of each class. The reader chooses a method and a budget.

use crate::plot::markup::escaped;
use crate::plot::matrix;
use crate::session::budget::Budget;
use crate::session::figures::figures;
use crate::session::record::TEST;

use super::super::number;
use super::cells;
use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, words};
use super::subject::{Side, Subject};

/// The confusion matrix of a method at a budget.
pub struct Summed<'a> {
    pub side: Side<'a>,
    pub budget: Budget,
    /// Numbers of examples, indexed `[true class][predicted class]`, summed over the seeds.
    pub counts: Vec<Vec<u64>>,
    pub seeds: usize,
    /// Whether the examples are the test set; otherwise they are the validation part.
    pub tested: bool,
}

/// The matrices of all methods and budgets, on the test set. As long as no run was tested, they are those on the
/// validation part.
pub fn summed<'a>(subject: &Subject<'a>) -> Vec<Summed<'a>> {
    let tested = subject.history.runs.iter().any(|run| run.last_evaluation(TEST).is_some());
    let mut all = Vec::new();
    for budget in subject.budgets() {
        for &side in subject.sides() {
            let mut counts: Vec<Vec<u64>> = Vec::new();
            let mut seeds = 0;
            for run in subject.runs(side, budget) {
                let found =
                    if tested { run.last_evaluation(TEST) } else { run.kept_validation(f64::INFINITY) };
                let Some(found) = found.filter(|found| !found.confusion.is_empty()) else { continue };
                add(&mut counts, &found.confusion);
                seeds += 1;
            }
            if seeds > 0 {
                all.push(Summed { side, budget, counts, seeds, tested });
            }
        }
    }
    all
}

/// Adds the matrix `more` to `counts`, which grows if `more` has more classes.
fn add(counts: &mut Vec<Vec<u64>>, more: &[Vec<u64>]) {
    let classes = more.iter().map(Vec::len).max().unwrap_or(0).max(more.len()).max(counts.len());
    counts.resize(classes, Vec::new());
    counts.iter_mut().for_each(|row| row.resize(classes, 0));
    for (row, more) in counts.iter_mut().zip(more) {
        for (count, more) in row.iter_mut().zip(more) {
            *count += more;
        }
    }
}

/// The section; `None` if no run was evaluated.
pub fn section(subject: &Subject) -> Option<Section> {
    let all = summed(subject);
    let last = all.last()?;
    // The page first shows the best method at the largest budget.
    let first = subject.best(last.budget).map(|row| ((row.method, row.source.as_ref()), row.budget));
    let first = first.unwrap_or((last.side, last.budget));
    let mut body = String::from("<div class=\"choice\" hidden>\n");
    body.push_str(&choice(
        "method",
        "Method",
        subject
            .sides()
            .iter()
            .map(|&side| (subject.style(side).0.to_string(), subject.side(side), side == first.0)),
    ));
    body.push_str(&choice(
        "budget",
        "Labels",
        subject
            .budgets()
            .into_iter()
            .map(|budget| (budget.to_string(), subject.budget(budget), budget == first.1)),
    ));
    body.push_str(
        "</div>\n<p class=\"nothing\" hidden>There is no confusion matrix for this method with this number of \
         labels.</p>\n",
    );
    for each in &all {
        body.push_str(&format!(
            "<div class=\"confusion\" data-method=\"{}\" data-budget=\"{}\">\n<div class=\"grid\">\n",
            subject.style(each.side).0,
            each.budget
        ));
        let names: Vec<String> =
            (0..each.counts.len()).map(|class| subject.history.class_name(class)).collect();
        let seeds = number::counted(each.seeds as u64, "seed", "seeds");
        let title = format!("{} · {} · {seeds}", subject.side(each.side), subject.budget(each.budget));
        match matrix::svg(&title, &names, &each.counts) {
            Some(image) => body.push_str(&format!("<figure>{image}</figure>\n")),
            None => body.push_str(&html::remark(&format!(
                "The matrix is not drawn: {} classes are too many.",
                names.len()
            ))),
        }
        body.push_str(&html::table(&classes(&title, &names, &each.counts)));
        body.push_str("</div>\n</div>\n");
    }
    let set = if last.tested { "the test set" } else { "the validation part; no run has been tested yet" };
    body.push_str(&html::remark(&format!(
        "Examples are those of {set}, summed over the seeds. Rows are true classes, columns are predicted classes. The \
         stronger the colour of a cell, the larger is its fraction of the row (0 to 100 %)."
    )));
    body.push_str(&cells::body(subject));
    Some(Section::new("confusion", "Confusion matrices", body))
}

fn choice(id: &str, label: &str, options: impl Iterator<Item = (String, String, bool)>) -> String {
    let mut out = format!("<span><label for=\"choose-{id}\">{label}</label> <select id=\"choose-{id}\">");
    for (value, name, chosen) in options {
        let chosen = if chosen { " selected" } else { "" };
        out.push_str(&format!("<option value=\"{}\"{chosen}>{}</option>", escaped(&value), escaped(&name)));
    }
    out.push_str("</select></span>\n");
    out
}

/// Precision, recall and F1 of every class.
fn classes(title: &str, names: &[String], counts: &[Vec<u64>]) -> Sheet {
    let columns = vec![
        words("class"),
        numbers("precision (%)", "the fraction of the examples predicted as this class that belong to it"),
        numbers("recall (%)", "the fraction of the examples of this class that were predicted as it"),
        numbers("F1 (%)", "the harmonic mean of precision and recall"),
        numbers("examples", "examples of this class, over all seeds"),
    ];
    let mut sheet = Sheet::new(format!("Classes: {title}"), columns);
    for (class, name) in names.iter().enumerate() {
        let found = figures(counts, class);
        let cell = |value: Option<f64>| {
            value.map_or(Cell::none(), |value| Cell::number(number::percent(value), value))
        };
        sheet.rows.push(vec![
            Cell::text(name.clone()),
            cell(found.precision),
            cell(found.recall),
            cell(found.f1),
            Cell::number(number::count(found.documents), found.documents as f64),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_of_seeds_are_added_whatever_their_sizes() {
        let mut counts = Vec::new();
        add(&mut counts, &[vec![1, 2], vec![3, 4]]);
        add(&mut counts, &[vec![10, 0, 1], vec![0, 10, 0], vec![5, 0, 0]]);
        assert_eq!(counts, [[11, 2, 1], [3, 14, 0], [5, 0, 0]]);
    }
}
