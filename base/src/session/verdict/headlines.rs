//! The headlines of the verdict: one line for each budget and question, and what would show a difference that is not known yet.

use crate::error::grouped;
use crate::session::comparison::{self, Comparison, Difference, Finding, Headline};
use crate::session::record::TEST;

use super::words::{capital, points, question, two_digits};

/// A headline as text, in the columns of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadlineText {
    /// The label budget; on a further test set, its name.
    pub labels: String,
    /// "frozen − scratch".
    pub question: String,
    /// The difference in points.
    pub points: String,
    /// "[+8.4, +21.1]"; "one seed" where there is no interval.
    pub interval: String,
    /// What the corrected interval shows.
    pub finding: Finding,
}

/// The headlines as text, in their order.
pub fn headlines(comparison: &Comparison) -> Vec<HeadlineText> {
    (comparison.headlines.iter())
        .map(|Headline { set, difference, finding, .. }| HeadlineText {
            labels: if set == TEST { difference.budget.to_string() } else { set.clone() },
            question: question(comparison, difference),
            points: comparison::points(difference.mean),
            interval: difference.interval.map_or("one seed".into(), |(low, high)| {
                format!("[{}, {}]", comparison::bound(low), comparison::bound(high))
            }),
            finding: *finding,
        })
        .collect()
}

/// The headline of a difference on the test set, if it is one.
pub(super) fn headline<'a>(comparison: &'a Comparison, difference: &Difference) -> Option<&'a Headline> {
    let sides = |d: &Difference| (d.left, d.left_source.clone(), d.right, d.right_source.clone(), d.budget);
    comparison
        .headlines
        .iter()
        .find(|known| known.set == TEST && sides(&known.difference) == sides(difference))
}

/// What a difference shows. In a headline, the interval is corrected for the number of headlines.
pub fn finding(comparison: &Comparison, difference: &Difference) -> Finding {
    let alone = || Finding::of(difference.interval, comparison.margin);
    headline(comparison, difference).map_or_else(alone, |headline| headline.finding)
}

/// What would show a difference that is not known yet, as a sentence.
pub(super) fn needed(comparison: &Comparison, difference: &Difference) -> String {
    let alone = Finding::of(difference.interval, comparison.margin);
    let mut out = String::new();
    if matches!(alone, Finding::Better | Finding::Worse) {
        let count = comparison.headlines.len();
        out = format!(" Alone, this interval excludes 0; among {count} comparisons, that may be chance.");
    }
    if difference.seeds == 1 {
        return out + " Run 3 seeds or more: one training does not show how much trainings differ.";
    }
    let asked = headline(comparison, difference).and_then(|headline| headline.needed);
    let Some(needed) = asked.filter(|needed| needed.size > 0.0) else {
        return out + " Run more seeds, or do not count on it.";
    };
    let size = format!("a difference of {}", points(needed.size));
    let more = |count: usize, one: &str, many: &str| {
        let count = if count < 10 { count } else { two_digits(count as f64) as usize };
        format!("about {} more {}", grouped(count as u64), if count == 1 { one } else { many })
    };
    let seeds = needed.seeds.map(|count| more(count.max(1), "seed", "seeds"));
    let examples = needed.examples.map(|count| more(count.max(1), "test example", "test examples"));
    out + &match (seeds, examples) {
        (Some(seeds), Some(examples)) => format!(" {}, or {examples}, would show {size}.", capital(&seeds)),
        (Some(seeds), None) => format!(" {} would show {size}.", capital(&seeds)),
        (None, Some(examples)) => {
            format!(" More seeds alone would not show {size}; {examples} would.")
        }
        (None, None) => format!(" It takes more seeds and more test examples to show {size}."),
    }
}
