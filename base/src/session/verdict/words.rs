//! Names and numbers of the verdict in words.

use crate::error::grouped;
use crate::session::budget::Budget;
use crate::session::comparison::{self, Comparison, ComparisonRow, Covers, Difference};
use crate::session::method::Method;
use crate::session::source_name::SourceName;

/// The difference as a question: "frozen − scratch", with the names of the sources if there are several.
pub fn question(comparison: &Comparison, difference: &Difference) -> String {
    let Difference { left, left_source, right, right_source, .. } = difference;
    if left == right && left_source != right_source {
        let name = |source: &Option<SourceName>| source.as_ref().map_or(String::new(), SourceName::to_string);
        return format!("{left}: {} − {}", name(left_source), name(right_source));
    }
    let side = |method: Method, source: &Option<SourceName>| comparison.side(method, source.as_ref());
    format!("{} − {}", side(*left, left_source), side(*right, right_source))
}

/// `text` with a capital letter at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The method of a row, with its source if there are several.
pub(super) fn named(comparison: &Comparison, row: &ComparisonRow) -> String {
    comparison.side(row.method, row.source.as_ref())
}

pub(super) fn with_labels(row: &ComparisonRow) -> String {
    let labels = grouped(row.labels as u64);
    if row.budget == Budget::All {
        format!("With all {labels} labels")
    } else {
        format!("With {labels} labels")
    }
}

/// The difference as text, with its interval and the seeds in which the left side was ahead.
pub fn figures(comparison: &Comparison, difference: &Difference) -> String {
    let question = question(comparison, difference);
    let sides = format!("{question}: {} points", comparison::points(difference.mean));
    let Some((low, high)) = difference.interval else {
        return match difference.seeds {
            1 => sides + " in the one seed that was run",
            seeds => format!("{sides} in each of {seeds} seeds"),
        };
    };
    let interval =
        format!("{sides}, 95 % interval {} to {}", comparison::bound(low), comparison::bound(high));
    let covers = match difference.covers {
        Covers::SeedsAndExamples | Covers::SeedsAndSplits => "",
        Covers::Examples => return interval + " for this one training",
        Covers::Seeds => " over seeds only",
    };
    let Difference { wins, ties, seeds, .. } = difference;
    let ahead = match (wins, ties) {
        (_, ties) if ties == seeds => format!("equal in all {seeds} seeds"),
        (wins, 0) => format!("ahead in {wins} of {seeds} seeds"),
        (wins, ties) => format!("ahead in {wins} of {seeds} seeds, equal in {ties}"),
    };
    format!("{interval}{covers}, {ahead}")
}

/// A fraction in percent: "80.1 %".
pub fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

/// A fraction in percentage points: "1.0 points".
pub fn points(fraction: f64) -> String {
    format!("{:.1} points", 100.0 * fraction)
}

pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        short if short < 0.095 => format!("{:.2} s", short),
        middle if middle < 10.0 => format!("{middle:.1} s"),
        long if long < 120.0 => format!("{long:.0} s"),
        long => format!("{:.0} min", long / 60.0),
    }
}

/// Rounds to two significant digits; a crossing interpolated between two budgets is not more precise.
pub(super) fn two_digits(value: f64) -> u64 {
    let unit = 10_f64.powf((value.max(1.0).log10().floor() - 1.0).max(0.0));
    ((value / unit).round() * unit) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(6920), "6,920");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(two_digits(641.3), 640);
        assert_eq!(two_digits(7.6), 8);
        assert_eq!([0.012, 2.34, 61.7, 600.0].map(seconds), ["0.01 s", "2.3 s", "62 s", "10 min"]);
    }
}
