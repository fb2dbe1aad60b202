//! The section on mistakes: the most frequent pairs of true and predicted class, and how to list the examples.

use super::super::number;
use super::confusion::{Summed, summed};
use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, words};
use super::subject::Subject;

/// The maximum number of pairs of true and predicted class that are listed for a budget.
const LISTED: usize = 10;

/// The section; `None` if no run was evaluated.
pub fn section(subject: &Subject) -> Option<Section> {
    let all = summed(subject);
    let columns = vec![
        words("true class"),
        words("predicted"),
        words("method"),
        numbers("labels", ""),
        numbers("mistakes", "examples, over all seeds"),
        numbers("of the class (%)", "the fraction of the examples of the true class"),
    ];
    let mut sheet =
        Sheet::new("The most frequent mistakes of the best method at each number of labels", columns);
    for budget in subject.budgets() {
        let best = subject.best(budget).map(|row| (row.method, row.source.as_ref()));
        let of = |each: &&Summed| each.budget == budget && best.is_none_or(|best| each.side == best);
        let Some(each) = all.iter().find(of) else { continue };
        let mut kinds: Vec<(usize, usize, u64)> = Vec::new();
        for (truth, row) in each.counts.iter().enumerate() {
            let wrong = row.iter().enumerate().filter(|&(guess, &count)| guess != truth && count > 0);
            kinds.extend(wrong.map(|(guess, &count)| (truth, guess, count)));
        }
        kinds.sort_by_key(|&(truth, guess, count)| (std::cmp::Reverse(count), truth, guess));
        for &(truth, guess, count) in kinds.iter().take(LISTED) {
            let fraction = count as f64 / each.counts[truth].iter().sum::<u64>().max(1) as f64;
            let run = subject.runs(each.side, budget).next();
            let labels = run.map_or(0, |run| run.start.labels);
            sheet.rows.push(vec![
                Cell::text(subject.history.class_name(truth)),
                Cell::text(subject.history.class_name(guess)),
                Cell::text(subject.side(each.side)),
                Cell::number(number::count(labels as u64), labels as f64),
                Cell::number(number::count(count), count as f64),
                Cell::number(number::percent(fraction), fraction),
            ]);
        }
    }
    if all.is_empty() {
        return None;
    }
    let mut body = match sheet.rows.is_empty() {
        true => html::paragraph("The best methods made no mistakes."),
        false => html::table(&sheet),
    };
    body.push_str(&html::remark(
        "A session records the number of mistakes of each kind, but not the examples. `warmstart test SESSION --data FILE \
         --mistakes mistakes.csv` lists the mistakes in a labelled file, the most confident first.",
    ));
    Some(Section::new("mistakes", "Mistakes", body))
}
