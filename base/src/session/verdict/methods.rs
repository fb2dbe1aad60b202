//! The sentences that compare methods: with scratch, with baselines, with the untrained network, and between sources.

use crate::session::budget::Budget;
use crate::session::comparison::{self, Comparison, ComparisonRow, Difference, Finding};
use crate::session::method::{Baseline, Method, Strategy};
use crate::session::record::TEST;
use crate::session::source_name::SourceName;

use super::headlines::{finding, needed};
use super::words::{figures, named, percent, points, seconds, with_labels};

/// The row with the best mean among the methods that transfer at a budget.
pub(super) fn best(comparison: &Comparison, budget: Budget) -> Option<&ComparisonRow> {
    comparison::best(&comparison.rows, budget, Method::transfers)
}

/// The baseline with the best mean at a budget.
pub(super) fn best_baseline(comparison: &Comparison, budget: Budget) -> Option<(Baseline, &ComparisonRow)> {
    let best = comparison::best(&comparison.rows, budget, |method| method.baseline().is_some())?;
    Some((best.method.baseline()?, best))
}

pub(super) fn row(comparison: &Comparison, method: Method, budget: Budget) -> Option<&ComparisonRow> {
    comparison.rows.iter().find(|row| row.method == method && row.budget == budget)
}

/// The difference `left` minus `right` at their budget, if the comparison has it.
pub(super) fn difference<'a>(
    comparison: &'a Comparison,
    left: &ComparisonRow,
    right: &ComparisonRow,
) -> Option<&'a Difference> {
    comparison.differences.iter().find(|d| {
        (d.left, &d.left_source) == (left.method, &left.source)
            && (d.right, &d.right_source) == (right.method, &right.source)
            && d.budget == left.budget
    })
}

/// The sentence for a baseline that is ahead of the best transfer; `None` if none is.
pub(super) fn baseline_wins(comparison: &Comparison, budget: Budget) -> Option<String> {
    let transfer = best(comparison, budget)?;
    let (which, baseline) = best_baseline(comparison, budget)?;
    let (name, what, doing, remedy) = (baseline.method, which.describe(), which.does(), which.remedy());
    let difference = difference(comparison, transfer, baseline)?;
    if difference.mean >= 0.0 {
        return None;
    }
    let (with, method) = (with_labels(transfer), named(comparison, transfer));
    let (theirs, ours, ahead) = (percent(baseline.mean), percent(transfer.mean), points(-difference.mean));
    let figures = figures(comparison, difference);
    Some(match finding(comparison, difference) {
        Finding::Worse => format!(
            "{with}, {doing} beats the best transfer: {what} gets {theirs}, {method} {ours}, {ahead} less \
             ({figures}). Use {name} there, or {remedy}."
        ),
        Finding::Same => format!(
            "{with}, {doing} and the best transfer are the same within {}: {name} {theirs}, {method} {ours} \
             ({figures}). {name} is the cheaper choice there.",
            points(comparison.margin)
        ),
        _ => format!(
            "{with}, the best transfer has not shown that it beats {doing}: {method} {ours}, {name} {theirs} \
             ({figures}). {name} is the cheaper choice there.{}",
            needed(comparison, difference)
        ),
    })
}

/// The sentence for the best transfer that is ahead of all baselines, or equal to the best; `None` if it is not.
pub(super) fn baseline_loses(comparison: &Comparison, budget: Budget) -> Option<String> {
    let transfer = best(comparison, budget)?;
    let (which, baseline) = best_baseline(comparison, budget)?;
    let difference = difference(comparison, transfer, baseline)?;
    if difference.mean < 0.0 {
        return None;
    }
    let (how, more) = match finding(comparison, difference) {
        Finding::Better => ("beats", String::new()),
        Finding::Same => ("does as well as", String::new()),
        _ if difference.mean == 0.0 => ("is exactly as good so far as", needed(comparison, difference)),
        _ => ("is ahead, but not for sure, of", needed(comparison, difference)),
    };
    Some(format!(
        "{}, {} {how} {}: {} against {} for {} ({}).{more}",
        with_labels(transfer),
        named(comparison, transfer),
        which.does(),
        percent(transfer.mean),
        percent(baseline.mean),
        baseline.method,
        figures(comparison, difference)
    ))
}

/// Compares the best transfer with the zero-shot network.
pub(super) fn before_labels(comparison: &Comparison, budget: Budget) -> Option<String> {
    let transfer = best(comparison, budget)?;
    let zero_shot = row(comparison, Method::Strategy(Strategy::ZeroShot), budget)?;
    let difference = difference(comparison, transfer, zero_shot)?;
    let (method, now, then) = (named(comparison, transfer), percent(transfer.mean), percent(zero_shot.mean));
    let with = with_labels(transfer);
    let figures = figures(comparison, difference);
    Some(match finding(comparison, difference) {
        Finding::Better => format!(
            "The network as it is gets {then} before one label is seen. {with}, {method} gets {now} ({figures})."
        ),
        Finding::Worse => format!(
            "{with}, the best transfer is worse than the network as it is: {method} gets {now}, zero-shot {then} \
             ({figures}). Use it as it is, or give more labels."
        ),
        Finding::Same => format!(
            "The network as it is gets {then} before one label is seen. {with}, {method} gets {now}: labels gained \
             less than {} ({figures}).",
            points(comparison.margin)
        ),
        Finding::NotKnown => format!(
            "The network as it is gets {then} before one label is seen. {with}, {method} gets {now}: that labels gain \
             anything has not been shown ({figures}).{}",
            needed(comparison, difference)
        ),
    })
}

/// Compares the best transfer with scratch.
pub(super) fn against_scratch(comparison: &Comparison, budget: Budget) -> Option<String> {
    let transfer = best(comparison, budget)?;
    let scratch = row(comparison, Method::Strategy(Strategy::Scratch), budget)?;
    let difference = difference(comparison, transfer, scratch)?;
    let (with, method) = (with_labels(transfer), named(comparison, transfer));
    let both = format!("{method} {}, scratch {}", percent(transfer.mean), percent(scratch.mean));
    let size = points(difference.mean.abs());
    let figures = figures(comparison, difference);
    Some(match finding(comparison, difference) {
        Finding::Better => format!("{with}, pre-training bought {size}: {both} ({figures})."),
        Finding::Worse => {
            format!("{with}, pre-training cost {size}: {both} ({figures}). Train from scratch there.")
        }
        Finding::Same => format!(
            "{with}, {method} and scratch are the same within {}: {both} ({figures}).",
            points(comparison.margin)
        ),
        Finding::NotKnown => format!(
            "{with}, it is not known yet whether pre-training helps: {both} ({figures}).{}",
            needed(comparison, difference)
        ),
    })
}

/// The sentence about another transfer strategy that certainly loses to scratch; `None` if none does.
pub(super) fn other_method(comparison: &Comparison, budget: Budget) -> Option<String> {
    [
        Method::Strategy(Strategy::FineTuned),
        Method::Strategy(Strategy::GradualUnfreezing),
        Method::Strategy(Strategy::LinearProbeThenFineTune),
        Method::Strategy(Strategy::Frozen),
    ]
    .into_iter()
    .find_map(|other| loses_to_scratch(comparison, other, budget))
}

fn loses_to_scratch(comparison: &Comparison, other: Method, budget: Budget) -> Option<String> {
    let best = best(comparison, budget).filter(|best| best.method != other)?;
    let scratch = row(comparison, Method::Strategy(Strategy::Scratch), budget)?;
    let other_row = (comparison.rows.iter())
        .filter(|row| row.method == other && row.budget == budget)
        .reduce(|best, row| if row.mean > best.mean { row } else { best })?;
    let other_name = named(comparison, other_row);
    let against_scratch = difference(comparison, other_row, scratch)?;
    let against_best = difference(comparison, best, scratch)?;
    if finding(comparison, against_scratch) != Finding::Worse
        || finding(comparison, against_best) == Finding::Worse
    {
        return None;
    }
    // "So many labels" is said only at the largest budget.
    let largest = comparison.rows.iter().map(|row| row.budget).max() == Some(budget);
    let remedy = match other {
        Method::Strategy(Strategy::Frozen) if largest => "With so many labels, let the vectors learn",
        Method::Strategy(Strategy::Frozen) => "There, let the vectors learn",
        _ => "Keep the vectors fixed there",
    };
    Some(format!(
        "{}, {other_name} loses {} to scratch ({}). {remedy}.",
        with_labels(best),
        points(-against_scratch.mean),
        figures(comparison, against_scratch)
    ))
}

/// The sentence for a comparison without transfer.
pub(super) fn without_transfer(comparison: &Comparison, budget: Budget) -> Option<String> {
    let scratch = row(comparison, Method::Strategy(Strategy::Scratch), budget)?;
    let (_, baseline) = best_baseline(comparison, budget)?;
    let difference = difference(comparison, scratch, baseline)?;
    Some(format!(
        "{}, nothing was transferred: scratch {}, {} {} ({}). Add Frozen or FineTuned to `methods` to see \
         what pre-training buys.",
        with_labels(scratch),
        percent(scratch.mean),
        baseline.method,
        percent(baseline.mean),
        figures(comparison, difference)
    ))
}

/// The sentence about the source that bought most, against the best other one.
pub(super) fn which_source(comparison: &Comparison, budget: Budget) -> Option<String> {
    let best = best(comparison, budget)?;
    let other = comparison::best_other_source(&comparison.rows, best)?;
    let headline = comparison.headlines.iter().find(|headline| {
        let Difference { left, left_source, right, right_source, budget: of, .. } = &headline.difference;
        headline.set == TEST
            && *of == budget
            && (*left, left_source) == (best.method, &best.source)
            && (*right, right_source) == (other.method, &other.source)
    })?;
    let (with, source, against) = (with_labels(best), best.source.as_ref()?, other.source.as_ref()?);
    let cost = |name: &SourceName| {
        let spent =
            comparison.seconds_of_sources.iter().find(|known| known.0 == *name).map_or(0.0, |known| known.1);
        let encoded = comparison.seconds_of_encoding.iter().find(|known| known.0 == *name);
        match encoded {
            _ if spent > 0.0 => format!("{} of pre-training", seconds(spent)),
            Some((_, spent)) => format!("{} for the vectors of texts", seconds(*spent)),
            None => "no pre-training".into(),
        }
    };
    let both = format!(
        "{} {} ({}), {} {} ({})",
        named(comparison, best),
        percent(best.mean),
        cost(source),
        named(comparison, other),
        percent(other.mean),
        cost(against)
    );
    let figures = figures(comparison, &headline.difference);
    Some(match headline.finding {
        Finding::Better => format!("{with}, the source {source} bought most: {both} ({figures})."),
        Finding::Same => format!(
            "{with}, the sources {source} and {against} are the same within {}: {both} ({figures}).",
            points(comparison.margin)
        ),
        _ => format!(
            "{with}, {source} is ahead of the other sources, but not for sure: {both} ({figures}).{}",
            needed(comparison, &headline.difference)
        ),
    })
}
