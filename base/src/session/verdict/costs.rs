//! The sentences about what transfer saved and cost: labels, parameters, seconds and arithmetic.

use crate::error::{counted, grouped};
use crate::session::arithmetic::flops;
use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, Finding, LabelSaving, PaidBack, SavingInterval};
use crate::session::method::{Method, Strategy};
use crate::session::source_name::SourceName;

use super::headlines::finding;
use super::methods::{best, difference, row};
use super::words::{named, percent, seconds, two_digits, with_labels};

/// The sentence about the labels that the best transfer saved, at the smallest budget where it is better than scratch.
pub(super) fn saved_labels(comparison: &Comparison) -> Option<String> {
    let mut budgets: Vec<Budget> = comparison.rows.iter().map(|row| row.budget).collect();
    budgets.dedup();
    budgets.into_iter().find_map(|budget| {
        let transfer = best(comparison, budget)?;
        let scratch = row(comparison, Method::Strategy(Strategy::Scratch), budget)?;
        let difference = difference(comparison, transfer, scratch)?;
        if finding(comparison, difference) != Finding::Better {
            return None;
        }
        let own = |s: &&LabelSaving| (s.method, &s.source, s.labels) == (transfer.method, &transfer.source, transfer.labels);
        let saving = comparison.savings.iter().find(own)?;
        let (method, labels) = (named(comparison, transfer), grouped(transfer.labels as u64));
        match saving.scratch_labels {
            Some(needed) => {
                let times = needed / transfer.labels as f64;
                (times >= 1.05).then(|| {
                    format!(
                        "Scratch needs about {} labels to get where {method} got with {labels}: {times:.1} times as \
                         many{}.",
                        grouped(two_digits(needed)),
                        times_interval(saving)
                    )
                })
            }
            None => {
                let scratch = comparison.rows.iter().rev().find(|row| row.method == Method::Strategy(Strategy::Scratch))?;
                (scratch.labels > transfer.labels).then(|| {
                    format!(
                        "Even with {} labels, scratch did not get where {method} got with {labels}.",
                        grouped(scratch.labels as u64)
                    )
                })
            }
        }
    })
}

/// What a method saved in labels, as a sentence without its full stop.
pub fn saving(comparison: &Comparison, saving: &LabelSaving) -> String {
    let LabelSaving { labels, .. } = saving;
    let method = comparison.side(saving.method, saving.source.as_ref());
    let own = grouped(*labels as u64);
    let times = saving.scratch_labels.map(|needed| (needed, needed / (*labels).max(1) as f64));
    match times {
        Some((needed, _)) if saving.at_most => format!(
            "{method} with {own} labels: scratch was as good with its smallest budget of {}; no labels were saved",
            grouped(needed.round() as u64)
        ),
        Some((_, times)) if times < 1.05 => {
            format!("{method} with {own} labels: scratch is as good with as many; no labels were saved")
        }
        Some((needed, times)) => format!(
            "{method} with {own} labels is as good as scratch with about {}: {times:.1} times as many{}",
            grouped(needed.round() as u64),
            times_interval(saving)
        ),
        None => {
            format!(
                "{method} with {own} labels: scratch got there with none of its budgets{}",
                times_interval(saving)
            )
        }
    }
}

/// The interval of a saving, as "(95 % interval 1.2 to 3.4)"; empty where it is not known, or says nothing because scratch
/// has no larger budget.
fn times_interval(saving: &LabelSaving) -> String {
    let Some(SavingInterval { low, high }) = saving.interval else { return String::new() };
    let times = |labels: f64| format!("{:.1}", labels / saving.labels.max(1) as f64);
    match high {
        Some(high) => format!(" (95 % interval {} to {})", times(low), times(high)),
        None if low > 1.05 * saving.labels as f64 => format!(" (95 % interval {} or more)", times(low)),
        None => String::new(),
    }
}

/// The sentence about the parameters that the frozen strategy did not train.
pub(super) fn saved_parameters(comparison: &Comparison) -> Option<String> {
    let frozen = (comparison.rows.iter().rev())
        .filter(|row| row.method == Method::Strategy(Strategy::Frozen))
        .reduce(|best, row| if row.budget == best.budget && row.mean > best.mean { row } else { best })?;
    let scratch = row(comparison, Method::Strategy(Strategy::Scratch), frozen.budget)?;
    if frozen.trainable_parameters == 0 || frozen.trainable_parameters >= scratch.trainable_parameters {
        return None;
    }
    let times = scratch.trainable_parameters as f64 / frozen.trainable_parameters as f64;
    let fewer = match times {
        ..2.0 => format!("{} fewer", percent(1.0 - 1.0 / times)),
        ..10.0 => format!("{times:.1} times fewer"),
        _ => format!("{} times fewer", grouped(times.round() as u64)),
    };
    Some(format!(
        "Frozen learned {} parameters where scratch learned {}: {fewer}.",
        grouped(frozen.trainable_parameters),
        grouped(scratch.trainable_parameters)
    ))
}

/// The sentence about the seconds of training at the largest budget, and of pre-training.
pub(super) fn spent_time(comparison: &Comparison) -> Option<String> {
    let transfer = comparison.rows.last().and_then(|row| best(comparison, row.budget))?;
    let scratch = row(comparison, Method::Strategy(Strategy::Scratch), transfer.budget)?;
    let pretraining = match comparison.pretrain_seconds {
        none if none <= 0.0 => String::new(),
        spent => {
            format!(" Pre-training took {}{}.", spent_on_sources(comparison, spent), paid_back(comparison))
        }
    };
    let pretraining = match spent_on_encoding(comparison) {
        Some(encoding) => format!("{pretraining} {encoding}"),
        None => pretraining,
    };
    Some(format!(
        "{}, a run took {} {} and {} from scratch.{pretraining}",
        with_labels(transfer),
        seconds(transfer.seconds),
        named(comparison, transfer),
        seconds(scratch.seconds)
    ))
}

/// The seconds of pre-training, and for which runs: "36 s once, for all transferred runs", "36 s (own) and 5 s (cbow)".
pub fn spent_on_sources(comparison: &Comparison, spent: f64) -> String {
    let several = comparison.seconds_of_sources.iter().filter(|(_, spent)| *spent > 0.0);
    let mut each: Vec<String> =
        several.map(|(name, spent)| format!("{} ({name})", seconds(*spent))).collect();
    let last = each.pop();
    match last {
        None => format!("{} once, for all transferred runs", seconds(spent)),
        Some(last) if each.is_empty() => last,
        Some(last) => format!("{} and {last}", each.join(", ")),
    }
}

/// The seconds in which fixed encoders computed the vectors of texts, as a sentence.
pub fn spent_on_encoding(comparison: &Comparison) -> Option<String> {
    let of = |(name, spent): &(SourceName, f64)| format!("{} ({name})", seconds(*spent));
    let each: Vec<String> = comparison.seconds_of_encoding.iter().map(of).collect();
    let took = each.join(", ");
    (!each.is_empty())
        .then(|| format!("The vectors of texts took {took}, once for all runs with the fixed encoder."))
}

/// When pre-training has paid for itself, as the end of a sentence.
fn paid_back(comparison: &Comparison) -> String {
    let Some(found) = &comparison.paid_back else { return String::new() };
    let PaidBack { scratch_seconds, seconds: own, reached, .. } = found;
    let method = comparison.side(found.method, found.source.as_ref());
    let seeds = counted(*reached, "seed", "seeds");
    let [scratch, own] = [*scratch_seconds, *own].map(seconds);
    let arithmetic = in_arithmetic(comparison, found).unwrap_or_default();
    match found.runs(comparison.seconds_of(found.source.as_ref())) {
        Some(runs) => format!(
            "; {method} reaches scratch's best validation accuracy in {own} and scratch in {scratch} ({seeds}), so pre-training has \
             paid for itself after {}{arithmetic}",
            counted_runs(runs)
        ),
        None => format!(
            "; {method} reaches scratch's best validation accuracy in {own} and scratch in {scratch} ({seeds}), so it saves no \
             time{arithmetic}"
        ),
    }
}

fn counted_runs(runs: u64) -> String {
    format!("{} {}", grouped(runs), if runs == 1 { "run" } else { "runs" })
}

/// The same in floating-point operations.
fn in_arithmetic(comparison: &Comparison, found: &PaidBack) -> Option<String> {
    let costs = comparison.arithmetic.as_ref()?;
    let to_score = costs.of(found.method, found.source.as_ref(), found.budget)?.to_score?;
    let [own, scratch] = [to_score.method, to_score.scratch].map(flops);
    let pretraining = costs.pretraining.map(|spent| flops(spent as f64))?;
    Some(match to_score.runs_to_pay {
        Some(runs) => format!(
            "; in arithmetic, {own} against {scratch}, and the {pretraining} of pre-training are paid for after {}",
            counted_runs(runs)
        ),
        None => format!("; in arithmetic, {own} against {scratch}, so it saves none"),
    })
}
