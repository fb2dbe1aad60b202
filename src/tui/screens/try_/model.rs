//! The predictions for a text: their order, how far they agree, and the contribution of each word.

use std::collections::BTreeMap;

use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::train::protocol::event::{Guess, Word};
use crate::tui::filter;
use crate::tui::grouping::Grouping;
use crate::tui::state::State;

/// The runs in the order of the table: by budget, then by method, then by repetition.
pub fn order(history: &History) -> Vec<&RunHistory> {
    let mut runs: Vec<&RunHistory> = history.runs.iter().collect();
    runs.sort_by_key(|run| {
        (run.start.labels, run.start.budget, run.start.method, run.start.seed, run.start.run)
    });
    runs
}

/// The runs of the table: those that the filter keeps, in order.
pub fn listed(state: &State) -> Vec<&RunHistory> {
    let mut runs = order(&state.history);
    runs.retain(|run| filter::runs::keeps(state, run));
    runs
}

/// The predicted class and its probability; `None` if there are no probabilities.
pub fn guessed(guess: &Guess) -> Option<(usize, f32)> {
    let classes = guess.probabilities.iter().copied().enumerate().filter(|(_, p)| p.is_finite());
    classes.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The class with the second-highest probability; `None` if there are only two classes.
pub fn second(guess: &Guess) -> Option<(usize, f32)> {
    let (first, _) = guessed(guess)?;
    let classes = guess.probabilities.iter().copied().enumerate();
    let rest = classes.filter(|(class, p)| *class != first && p.is_finite());
    (guess.probabilities.len() > 2).then(|| rest.max_by(|a, b| a.1.total_cmp(&b.1))).flatten()
}

/// How far the runs agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// The class that most runs predict, and how many runs predict it.
    pub class: usize,
    pub votes: usize,
    pub of: usize,
    /// For each method: how many of its runs agree with the majority, and how many runs it has.
    pub methods: Vec<(Method, usize, usize)>,
}

/// How far these runs agree, as far as they answered.
pub fn agreement(runs: &[&RunHistory], guesses: &BTreeMap<usize, Guess>) -> Option<Agreement> {
    let votes: Vec<(Method, usize)> = (runs.iter())
        .filter_map(|run| Some((run.start.method, guessed(guesses.get(&run.start.run)?)?.0)))
        .collect();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, class) in &votes {
        *counts.entry(*class).or_default() += 1;
    }
    let (class, count) =
        counts.into_iter().max_by_key(|(class, count)| (*count, std::cmp::Reverse(*class)))?;
    let methods = Method::all().filter_map(|method| {
        let own: Vec<usize> = votes.iter().filter(|vote| vote.0 == method).map(|vote| vote.1).collect();
        let with = own.iter().filter(|vote| **vote == class).count();
        (!own.is_empty()).then_some((method, with, own.len()))
    });
    Some(Agreement { class, votes: count, of: votes.len(), methods: methods.collect() })
}

/// How many runs of a group agree with the majority.
#[derive(Debug, Clone, PartialEq)]
pub struct Votes {
    /// The name beside the method's marker; may be empty.
    pub label: String,
    /// The method, if all runs of the group have the same.
    pub method: Option<Method>,
    pub with: usize,
    pub of: usize,
}

/// How many runs of each group predict `class`, in the order of the runs; nothing if they are not grouped.
pub fn votes(
    runs: &[&RunHistory],
    guesses: &BTreeMap<usize, Guess>,
    class: usize,
    by: Grouping,
    several_sources: bool,
) -> Vec<Votes> {
    let mut all: Vec<(String, Votes)> = Vec::new();
    if by == Grouping::Nothing {
        return Vec::new();
    }
    for run in runs {
        let Some((guessed, _)) = guesses.get(&run.start.run).and_then(guessed) else { continue };
        let (name, label) = by.group_of(&run.start, several_sources);
        let place = all.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            all.push((name, Votes { label, method: Some(run.start.method), with: 0, of: 0 }));
            all.len() - 1
        });
        let votes = &mut all[place].1;
        votes.method = votes.method.filter(|method| *method == run.start.method);
        votes.with += usize::from(guessed == class);
        votes.of += 1;
    }
    all.into_iter().map(|(_, votes)| votes).collect()
}

/// How much a word contributed to the prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    StrongAgainst,
    Against,
    Little,
    For,
    StrongFor,
}

/// The largest absolute contribution in a text, as the reference for the others.
pub fn largest(words: &[Word]) -> f32 {
    words.iter().map(|word| word.contribution.abs()).filter(|c| c.is_finite()).fold(0.0, f32::max)
}

/// How much a word contributed, relative to the text's largest contribution.
pub fn weight(word: &Word, largest: f32) -> Weight {
    // If all contributions are tiny, even the largest must not look important: a contribution of 0.05 to the log-odds
    // changes a probability by about one percentage point at most.
    let fraction = word.contribution / largest.max(0.05);
    match fraction {
        s if s >= 0.5 => Weight::StrongFor,
        s if s >= 0.15 => Weight::For,
        s if s <= -0.5 => Weight::StrongAgainst,
        s if s <= -0.15 => Weight::Against,
        _ => Weight::Little,
    }
}

impl Weight {
    /// The sign of the weight, for screens without colours.
    pub fn mark(self) -> &'static str {
        match self {
            Weight::StrongAgainst => "−−",
            Weight::Against => "−",
            Weight::Little => "",
            Weight::For => "+",
            Weight::StrongFor => "++",
        }
    }
}

/// The words with the largest contributions. Each word appears once, with the sum of its contributions.
pub fn top(words: &[Word], count: usize) -> Vec<(&str, f32)> {
    let mut sums: Vec<(&str, f32)> = Vec::new();
    for word in words.iter().filter(|word| word.contribution.is_finite()) {
        match sums.iter_mut().find(|(text, _)| *text == word.text) {
            Some((_, sum)) => *sum += word.contribution,
            None => sums.push((&word.text, word.contribution)),
        }
    }
    sums.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    sums.truncate(count);
    sums
}

/// The run whose prediction is explained: the one that the user chose, or the last one in the table's order that
/// answered and is not a baseline (so one with the most labels, fine-tuned if there is one).
pub fn selected(state: &State) -> Option<usize> {
    let order = listed(state);
    let number = |run: &&RunHistory| run.start.run;
    let chosen = order.iter().map(number).find(|run| state.screens.try_.run == Some(*run));
    let answered = |run: &&&RunHistory| state.screens.try_.asking.guesses.contains_key(&run.start.run);
    let transferred = |run: &&&RunHistory| run.start.method.baseline().is_none();
    chosen
        .or_else(|| order.iter().filter(transferred).rfind(answered).map(number))
        .or_else(|| order.iter().rfind(answered).map(number))
        .or_else(|| order.first().map(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::Strategy;
    use crate::tui::testing;

    fn word(text: &str, contribution: f32) -> Word {
        Word { text: text.into(), known: true, contribution }
    }

    fn guess(first: f32) -> Guess {
        Guess { probabilities: vec![first, 1.0 - first], words: Vec::new() }
    }

    #[test]
    fn the_majority_and_who_is_with_it() {
        let history = History::of(testing::entries());
        let guesses: BTreeMap<usize, Guess> =
            (0..16).map(|run| (run, guess(if run % 4 == 1 { 0.9 } else { 0.2 }))).collect();
        let agreement = agreement(&order(&history), &guesses).unwrap();
        assert_eq!((agreement.class, agreement.votes, agreement.of), (1, 12, 16));
        assert_eq!(agreement.methods[1], (Method::Strategy(Strategy::Scratch), 0, 4));
        assert_eq!(super::agreement(&order(&history), &BTreeMap::new()), None);
    }

    #[test]
    fn votes_are_counted_by_method_and_budget() {
        let history = History::of(testing::entries());
        let guesses: BTreeMap<usize, Guess> =
            (0..16).map(|run| (run, guess(if run % 4 == 1 && run < 8 { 0.9 } else { 0.2 }))).collect();
        let of = |by| votes(&order(&history), &guesses, 1, by, false);
        let cells = of(Grouping::MethodAndBudget);
        assert_eq!(cells.len(), 8);
        let scratch: Vec<_> = (cells.iter())
            .filter(|votes| votes.method == Some(Method::Strategy(Strategy::Scratch)))
            .map(|votes| (votes.label.as_str(), votes.with, votes.of))
            .collect();
        assert_eq!(scratch, [("100", 0, 2), ("1000", 2, 2)], "budgets are not pooled");
        let budgets: Vec<_> =
            of(Grouping::Budget).iter().map(|votes| (votes.method, votes.with, votes.of)).collect();
        assert_eq!(budgets, [(None, 6, 8), (None, 8, 8)]);
        assert!(of(Grouping::Nothing).is_empty());
    }

    #[test]
    fn words_are_weighed_by_the_largest() {
        let words = [word("superb", 2.0), word("not", -0.5), word("the", 0.1), word("not", -0.6)];
        let largest = largest(&words);
        let weights: Vec<Weight> = words.iter().map(|word| weight(word, largest)).collect();
        assert_eq!(weights, [Weight::StrongFor, Weight::Against, Weight::Little, Weight::Against]);
        assert_eq!(top(&words, 2), [("superb", 2.0), ("not", -1.1)]);
        assert_eq!(weight(&word("x", f32::NAN), 1.0), Weight::Little);
    }

    #[test]
    fn odd_probabilities_are_no_fault() {
        let odd = Guess { probabilities: vec![f32::NAN, 0.3, 0.2], words: Vec::new() };
        assert_eq!((guessed(&odd), second(&odd)), (Some((1, 0.3)), Some((2, 0.2))));
        assert_eq!(guessed(&Guess { probabilities: Vec::new(), words: Vec::new() }), None);
        assert_eq!(second(&guess(0.3)), None);
    }
}
