//! The verdict: what pre-training gained, in sentences that lead to a decision.
//!
//! The verdict is computed from the figures of a comparison wherever it is shown; the log does not contain its
//! sentences. First come the headlines, one line a budget and question, for the reader who has five seconds. The
//! sentences follow: what a reader must know before all figures (learning rates changed by hand, collapsed vectors or
//! runs, no method above the largest class), whether a baseline is better than the best transfer, then for each budget
//! whether transfer beats training from scratch, and last what transfer saved.
//!
//! A sentence claims what the interval of the paired difference shows, corrected for the number of headlines: better,
//! worse, the same within the margin, or not known yet; then it says what it would take to know.

pub mod costs;
pub mod headlines;
mod methods;
pub mod words;

use crate::error::{counted, grouped};
use crate::session::budget::Budget;
use crate::session::comparison::{
    self, ByHand, ChangedRuns, ClassDifference, Collapsed, Comparison, ComparisonRow, Covers, Difference,
    Finding, FurtherSet, Headline,
};
use crate::session::coverage::Bare;
use crate::session::method::{Method, Strategy};
use crate::session::metric::Metric;
use crate::session::quality;
use crate::session::tuned;

use costs::{saved_labels, saved_parameters, spent_time};
use methods::{
    against_scratch, baseline_loses, baseline_wins, before_labels, best, best_baseline, other_method, row,
    which_source, without_transfer,
};
use words::{figures, named, percent, with_labels};

/// The largest number of runs that one sentence names.
const NAMED: usize = 4;

/// All sentences about a comparison.
pub fn sentences(comparison: &Comparison) -> Vec<String> {
    let mut out = by_hand(&comparison.by_hand, comparison.several_sources());
    out.extend(comparison.mean_cosine.and_then(quality::collapsed));
    out.extend(collapsed(&comparison.collapsed, comparison.runs));
    out.extend(nothing_learned(comparison));
    out.extend(of_methods(comparison));
    out.extend(by_class(comparison));
    out.extend(imbalanced(comparison));
    out.extend(same_labels(comparison));
    out.extend(splits(comparison));
    out.extend(tuned::sentence(comparison));
    out.extend(cut(comparison.cut));
    out.extend(other_sets(comparison));
    out.extend(bare(&comparison.bare));
    out
}

/// The sentences about learning rates and layer groups that were changed by hand. Runs are named with their source if the session has
/// `several`.
pub fn by_hand(changed: &ByHand, several: bool) -> Vec<String> {
    let mut out = Vec::new();
    let whose = |runs: &ChangedRuns| match runs {
        ChangedRuns::One(run) => format!(" of {}", run.told(several)),
        ChangedRuns::Several => String::new(),
    };
    if let Some(runs) = &changed.runs {
        let whose = whose(runs);
        out.push(format!(
            "The learning rate{whose} was changed by hand while runs were training: their figures are not of one \
             learning rate."
        ));
    }
    if let Some(runs) = &changed.held {
        out.push(format!(
            "Layers{} were frozen or unfrozen by hand while runs were training: their figures are \
             not those of their strategy alone.",
            whose(runs)
        ));
    }
    if changed.pretraining {
        out.push(
            "The learning rate of the pre-training was changed by hand: the \
             vectors are not those that the recipe alone gives."
                .into(),
        );
    }
    out
}

/// The sentence that names the runs which predict one class for every test example.
fn collapsed(found: &[Collapsed], runs: usize) -> Option<String> {
    let first = found.first()?;
    let same = found.iter().all(|collapsed| collapsed.class == first.class);
    let answer = if same { format!(": \"{}\"", first.class) } else { String::new() };
    let name = |Collapsed { run, labels, .. }: &Collapsed| {
        format!("{} with {} labels, seed {}", run.method, grouped(*labels as u64), run.seed + 1)
    };
    let mut names: Vec<String> = found.iter().take(NAMED).map(name).collect();
    if found.len() > NAMED {
        names.push(format!("and {} more", found.len() - NAMED));
    }
    Some(format!(
        "{} of {} gave one answer for every test example{answer} ({}). Their accuracy only says how common that class \
         is. Train longer, take a higher learning rate, or give more labels of the other classes.",
        found.len(),
        counted(runs, "run", "runs"),
        names.join("; ")
    ))
}

/// The sentence that no method is better than always answering the largest class.
fn nothing_learned(comparison: &Comparison) -> Option<String> {
    // What always answering one class gets is an accuracy.
    let asked = comparison.metric == Metric::Accuracy;
    let largest = comparison.largest_class.as_ref().filter(|largest| asked && !largest.beaten)?;
    Some(format!(
        "No method was shown to be better than always answering \"{}\", the most frequent class of the test set ({}).",
        largest.class,
        percent(largest.fraction)
    ))
}

/// The sentence about the classes in which transfer is better or worse than scratch.
fn by_class(comparison: &Comparison) -> Option<String> {
    let by_class = comparison.by_class.as_ref()?;
    let named = |finding: Finding| -> Option<String> {
        let mut found: Vec<&ClassDifference> =
            by_class.classes.iter().filter(|class| class.finding == finding).collect();
        let size = |class: &ClassDifference| (class.left - class.right).abs();
        found.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let more = found.len().saturating_sub(NAMED);
        let one = |class: &&ClassDifference| {
            format!("\"{}\" ({} points)", class.class, comparison::points(class.left - class.right))
        };
        let mut names: Vec<String> = found.iter().take(NAMED).map(one).collect();
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        let last = if names.len() > 1 && more == 0 { names.pop() } else { None };
        let first = names.join(", ");
        (!found.is_empty()).then(|| last.map_or(first.clone(), |last| format!("{first} and {last}")))
    };
    let how = match (named(Finding::Better), named(Finding::Worse)) {
        (None, None) => return None,
        (Some(better), None) => format!("finds more of {better}"),
        (None, Some(worse)) => format!("finds less of {worse}"),
        (Some(better), Some(worse)) => format!("finds more of {better}, and less of {worse}"),
    };
    Some(format!(
        "By class, with {} labels, {} {how} than {}: recall, with intervals that are corrected for {}.",
        by_class.budget,
        comparison.side(by_class.left, by_class.left_source.as_ref()),
        by_class.right,
        counted(by_class.classes.len(), "class", "classes")
    ))
}

/// The sentence about a test set of which one class has most examples.
fn imbalanced(comparison: &Comparison) -> Option<String> {
    let (largest, by_f1) = (comparison.largest_class.as_ref()?, comparison.by_macro_f1.as_ref()?);
    let mean = |method: Method| {
        let row = comparison.rows.iter().find(|row| row.method == method && row.budget == by_f1.budget)?;
        row.metrics.get(Metric::MacroF1.id()).copied()
    };
    Some(format!(
        "{} of the test examples are \"{}\", so accuracy says little about the other classes. By macro-F1, {} gets {} and {} \
         {} ({}). Write `metric: MacroF1` in the recipe to decide by it.",
        percent(largest.fraction),
        largest.class,
        by_f1.left,
        percent(mean(by_f1.left)?),
        by_f1.right,
        percent(mean(by_f1.right)?),
        figures(comparison, by_f1)
    ))
}

/// The sentence about what the intervals with all labels do not cover.
fn same_labels(comparison: &Comparison) -> Option<String> {
    let all = |headline: &Headline| {
        let Difference { budget, seeds, covers, .. } = &headline.difference;
        *budget == Budget::All && *seeds > 1 && *covers != Covers::SeedsAndSplits
    };
    comparison.headlines.iter().any(all).then(|| {
        "With all labels, every seed has the same labels: these intervals cover other trainings and other test \
         examples, but not other labels."
            .into()
    })
}

/// The sentence about seeds that have a split each.
fn splits(comparison: &Comparison) -> Option<String> {
    let drawn = |headline: &Headline| headline.difference.covers == Covers::SeedsAndSplits;
    comparison.headlines.iter().any(drawn).then(|| {
        "There is no test part, so each seed was tested on other examples: these intervals cover other splits too, and \
         are corrected for what the splits have in common (Nadeau & Bengio 2003)."
            .into()
    })
}

/// The sentences that compare methods.
fn of_methods(comparison: &Comparison) -> Vec<String> {
    let mut budgets: Vec<Budget> = comparison.rows.iter().map(|row| row.budget).collect();
    budgets.dedup();
    let mut out: Vec<String> = Vec::new();
    if !comparison.rows.iter().any(|row| row.method.transfers()) {
        out.extend(budgets.iter().filter_map(|&budget| without_transfer(comparison, budget)));
        return out;
    }
    out.extend(budgets.iter().filter_map(|&budget| baseline_wins(comparison, budget)));
    for &budget in &budgets {
        out.extend(which_source(comparison, budget));
        out.extend(before_labels(comparison, budget));
        out.extend(against_scratch(comparison, budget));
        out.extend(other_method(comparison, budget));
    }
    out.extend(budgets.iter().filter_map(|&budget| baseline_loses(comparison, budget)));
    out.extend(saved_labels(comparison));
    out.extend(saved_parameters(comparison));
    out.extend(spent_time(comparison));
    out
}

/// The sentence about runs that were stopped or diverged.
fn cut(runs: usize) -> Option<String> {
    match runs {
        0 => None,
        1 => Some("1 run was stopped or diverged; it counts with what it had learned.".into()),
        _ => Some(format!("{runs} runs were stopped or diverged; they count with what they had learned.")),
    }
}

/// The sentences about further test sets, at the largest budget.
fn other_sets(comparison: &Comparison) -> Vec<String> {
    // What always answering the commonest class gets is an accuracy.
    if comparison.metric != Metric::Accuracy {
        return Vec::new();
    }
    let Some(budget) = comparison.rows.last().map(|row| row.budget) else { return Vec::new() };
    let Some(transfer) = best(comparison, budget) else { return Vec::new() };
    let beside = [
        row(comparison, Method::Strategy(Strategy::Scratch), budget),
        best_baseline(comparison, budget).map(|found| found.1),
    ];
    let rows: Vec<&ComparisonRow> = std::iter::once(transfer).chain(beside.into_iter().flatten()).collect();
    let mut out = Vec::new();
    for FurtherSet { set, commonest, examples } in &comparison.further_sets {
        let of = |row: &ComparisonRow| row.others.iter().find(|other| other.0 == *set).map(|other| other.1);
        let figures: Vec<(String, f64)> =
            rows.iter().filter_map(|row| Some((named(comparison, row), of(row)?))).collect();
        let Some(most) = figures.iter().map(|figure| figure.1).reduce(f64::max) else { continue };
        // Two standard errors of a fraction of this many examples.
        let room = 2.0 * (commonest * (1.0 - commonest) / (*examples).max(1) as f64).sqrt();
        let judged = if most > commonest + room { "" } else { ", and no method was shown to do better" };
        let told: Vec<String> =
            figures.iter().map(|(name, value)| format!("{name} {}", percent(*value))).collect();
        let with = with_labels(transfer);
        out.push(format!(
            "On {set}, {}: {}; always answering its commonest class gets {}{judged}.",
            with.replacen("With", "with", 1),
            told.join(", "),
            percent(*commonest)
        ));
    }
    out
}

/// The fraction of documents without a known word above which a set is named.
const MANY_BARE: f64 = 0.05;

/// The sentence about sets in which many documents have no word with a vector.
fn bare(sets: &[Bare]) -> Option<String> {
    let figures = |bare: &Bare| {
        format!("{} of {} ({}) of the set {}", bare.documents, bare.of, percent(bare.fraction()), bare.set)
    };
    let named: Vec<String> = sets.iter().filter(|bare| bare.fraction() > MANY_BARE).map(figures).collect();
    (!named.is_empty()).then(|| {
        format!(
            "Documents without a single word that the vectors know look all the same to frozen runs and document \
             vectors: {}. Look at the coverage for the cause, or take other vectors.",
            named.join(", ")
        )
    })
}
