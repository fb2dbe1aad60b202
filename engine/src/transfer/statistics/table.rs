//! The values of several runs on a test set, and the spread that their interval comes from.
//!
//! If all runs were tested on the same examples, it is that of seeds × examples (`two_way.rs`). If each seed was tested on
//! another part of the data, it is that of `drawn_splits.rs`.

use crate::session::comparison::Covers;

use super::drawn_splits;
use super::rows::Row;
use super::two_way::{Spread, Values};

/// The number of different examples in `rows`.
pub fn examples(rows: &[Row]) -> usize {
    let drawn: Option<Vec<&[u32]>> = rows.iter().map(|row| Some(&row.drawn.as_ref()?.examples[..])).collect();
    let Some(drawn) = drawn else { return rows.first().map_or(0, |row| row.values.len()) };
    let mut all = drawn.concat();
    all.sort_unstable();
    all.dedup();
    all.len()
}

/// The spread of the mean of `rows`, and what it covers. `None` if they do not fit together: runs that were tested on the same
/// number of examples, or each on its own.
pub fn spread(rows: &[Row]) -> Option<(Spread, Covers)> {
    let first = rows.first()?;
    let one = rows.len() == 1;
    if first.drawn.is_none() {
        let fits = |row: &Row| row.drawn.is_none() && row.values.len() == first.values.len();
        let weight = rows.iter().map(|row| row.weight).fold(0.0, f64::max);
        let mut table = Values::new(first.values.len()).weighing(weight);
        rows.iter().for_each(|row| table.push(row.values.iter().copied()));
        let covers = if one { Covers::Examples } else { Covers::SeedsAndExamples };
        return rows.iter().all(fits).then(|| table.spread()).flatten().map(|spread| (spread, covers));
    }
    let covers = if one { Covers::Examples } else { Covers::SeedsAndSplits };
    drawn_splits::spread(rows).map(|spread| (spread, covers))
}

/// [`spread`], or if the rows are not known, the spread over the seeds of one value for each.
pub fn spread_or_seeds(rows: Option<&[Row]>, values: &[f64]) -> (Option<Spread>, Covers) {
    match rows.and_then(spread) {
        Some((spread, covers)) => (Some(spread), covers),
        None => (Spread::of_seeds(values), Covers::Seeds),
    }
}
