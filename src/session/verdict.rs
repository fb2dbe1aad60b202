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

use crate::error::{counted, grouped};

use super::arithmetic::flops;
use super::budget::Budget;
use super::comparison::{
    self, ByHand, ChangedRuns, ClassDifference, Collapsed, Comparison, ComparisonRow, Covers, Difference,
    Finding, FurtherSet, Headline, LabelSaving, PaidBack, SavingInterval,
};
use super::coverage::Bare;
use super::method::{Baseline, Method, Strategy};
use super::metric::Metric;
use super::quality;
use super::record::TEST;
use super::source_name::SourceName;
use super::tuned;

/// The largest number of runs that one sentence names.
const NAMED: usize = 4;

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
    let minus = |text: String| text.replace('-', "−");
    (comparison.headlines.iter())
        .map(|Headline { set, difference, finding, .. }| HeadlineText {
            labels: if set == TEST { difference.budget.to_string() } else { set.clone() },
            question: question(comparison, difference),
            points: minus(comparison::points(difference.mean)),
            interval: difference.interval.map_or("one seed".into(), |(low, high)| {
                minus(format!("[{}, {}]", comparison::bound(low), comparison::bound(high)))
            }),
            finding: *finding,
        })
        .collect()
}

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

/// The headline of a difference on the test set, if it is one.
fn headline<'a>(comparison: &'a Comparison, difference: &Difference) -> Option<&'a Headline> {
    let sides = |d: &Difference| (d.left, d.left_source.clone(), d.right, d.right_source.clone(), d.budget);
    comparison
        .headlines
        .iter()
        .find(|known| known.set == TEST && sides(&known.difference) == sides(difference))
}

/// What a difference shows. In a headline, the interval is corrected for the number of headlines.
fn finding(comparison: &Comparison, difference: &Difference) -> Finding {
    let alone = || Finding::of(difference.interval, comparison.margin);
    headline(comparison, difference).map_or_else(alone, |headline| headline.finding)
}

/// What would show a difference that is not known yet, as a sentence.
fn needed(comparison: &Comparison, difference: &Difference) -> String {
    let alone = Finding::of(difference.interval, comparison.margin);
    let mut out = String::new();
    if matches!(alone, Finding::Better | Finding::Worse) {
        let count = comparison.headlines.len();
        out = format!(" Alone, this interval excludes 0; among {count} comparisons, that may be chance.");
    }
    if difference.seeds == 1 {
        return out + " Run 3 seeds or more: one training does not show how much trainings differ.";
    }
    let Some(needed) = difference.needed.filter(|needed| needed.size > 0.0) else {
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

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// All sentences about a comparison.
pub fn sentences(comparison: &Comparison) -> Vec<String> {
    let mut out = by_hand(&comparison.by_hand);
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

/// The sentences about learning rates that were changed by hand.
pub fn by_hand(changed: &ByHand) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(runs) = &changed.runs {
        let whose = match runs {
            ChangedRuns::One(run) => format!(" of {run}"),
            ChangedRuns::Several => String::new(),
        };
        out.push(format!(
            "The learning rate{whose} was changed by hand while runs were training (see the notes on \
             Train): their figures are not of one learning rate."
        ));
    }
    if changed.pretraining {
        out.push(
            "The learning rate of the pre-training was changed by hand (see the notes on Train): the \
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

/// The row with the best mean among the methods that transfer at a budget.
fn best(comparison: &Comparison, budget: Budget) -> Option<&ComparisonRow> {
    comparison::best(&comparison.rows, budget, Method::transfers)
}

/// The baseline with the best mean at a budget.
fn best_baseline(comparison: &Comparison, budget: Budget) -> Option<(Baseline, &ComparisonRow)> {
    let best = comparison::best(&comparison.rows, budget, |method| method.baseline().is_some())?;
    Some((best.method.baseline()?, best))
}

fn row(comparison: &Comparison, method: Method, budget: Budget) -> Option<&ComparisonRow> {
    comparison.rows.iter().find(|row| row.method == method && row.budget == budget)
}

/// The difference `left` minus `right` at their budget, if the comparison has it.
fn difference<'a>(
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
fn baseline_wins(comparison: &Comparison, budget: Budget) -> Option<String> {
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
fn baseline_loses(comparison: &Comparison, budget: Budget) -> Option<String> {
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
fn before_labels(comparison: &Comparison, budget: Budget) -> Option<String> {
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
fn against_scratch(comparison: &Comparison, budget: Budget) -> Option<String> {
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
fn other_method(comparison: &Comparison, budget: Budget) -> Option<String> {
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

/// The sentence about the labels that the best transfer saved, at the smallest budget where it is better than scratch.
fn saved_labels(comparison: &Comparison) -> Option<String> {
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
fn saved_parameters(comparison: &Comparison) -> Option<String> {
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
fn spent_time(comparison: &Comparison) -> Option<String> {
    let transfer = comparison.rows.last().and_then(|row| best(comparison, row.budget))?;
    let scratch = row(comparison, Method::Strategy(Strategy::Scratch), transfer.budget)?;
    let pretraining = match comparison.pretrain_seconds {
        none if none <= 0.0 => String::new(),
        spent => {
            format!(" Pre-training took {}{}.", spent_on_sources(comparison, spent), paid_back(comparison))
        }
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

/// The sentence for a comparison without transfer.
fn without_transfer(comparison: &Comparison, budget: Budget) -> Option<String> {
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

/// The method of a row, with its source if there are several.
fn named(comparison: &Comparison, row: &ComparisonRow) -> String {
    comparison.side(row.method, row.source.as_ref())
}

/// The sentence about the source that bought most, against the best other one.
fn which_source(comparison: &Comparison, budget: Budget) -> Option<String> {
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
        if spent > 0.0 { format!("{} of pre-training", seconds(spent)) } else { "no pre-training".into() }
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

fn with_labels(row: &ComparisonRow) -> String {
    let labels = grouped(row.labels as u64);
    if row.budget == Budget::All {
        format!("With all {labels} labels")
    } else {
        format!("With {labels} labels")
    }
}

/// The difference as text, with its interval and the seeds in which the left side was ahead.
fn figures(comparison: &Comparison, difference: &Difference) -> String {
    let question = question(comparison, difference).replace('−', "-");
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

fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

fn points(fraction: f64) -> String {
    format!("{:.1} points", 100.0 * fraction)
}

fn seconds(seconds: f64) -> String {
    match seconds {
        short if short < 0.095 => format!("{:.2} s", short),
        middle if middle < 10.0 => format!("{middle:.1} s"),
        long if long < 120.0 => format!("{long:.0} s"),
        long => format!("{:.0} min", long / 60.0),
    }
}

/// Rounds to two significant digits; a crossing interpolated between two budgets is not more precise.
fn two_digits(value: f64) -> u64 {
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
