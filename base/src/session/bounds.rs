//! The bounds of a recipe's values, and the memory that the recipe needs before its files are read.
//!
//! Memory for the content of files (texts, words and images) is not counted, because it depends on what is read. So
//! [`needs`] is a lower bound, and no recipe that would fit is refused.

use super::budget::Budget;
use super::language_model::{Cell, LanguageModelling};
use super::method::{Method, Strategy};
use super::parent::Parent;
use super::pretraining::Corpus;
use super::recipe::{Recipe, Transfer};
use super::text_transfer::{TextTask, TextTransfer};
use super::training::OptimizerChoice;

/// The largest number of runs in an experiment.
const RUNS: u128 = 100_000;
/// Bytes that a labelled review of the built-in data takes in memory: its text and its word ids.
const REVIEW: u128 = 900;
/// Approximate bytes of a run besides its parameters: curves, predictions, the order of its examples.
const RUN: u128 = 10_000;
/// Bytes of a trainable parameter: its value, its gradient, and the two moments of Adam.
const LEARNED: u128 = 16;

type Checked = Result<(), (String, String)>;

/// Checks that the values lie within sensible bounds. The error is the problem and the remedy. (The sizes of sources
/// are checked with the sources.)
pub(super) fn check(recipe: &Recipe) -> Checked {
    let t = &recipe.training;
    let mut numbers: Vec<(&str, u128, u128, u128)> = Vec::new();
    let mut add = |name, value: Option<usize>, least: u128, most: u128| {
        numbers.extend(value.map(|value| (name, value as u128, least, most)));
    };
    if let Transfer::Text(text) = &recipe.transfer {
        for task in text.all_tasks() {
            if let TextTask::Demo { train, test } = *task {
                add("train", Some(train), 4, 10_000_000);
                add("test", Some(test), 1, 10_000_000);
            }
        }
        for (_, source) in text.named_sources() {
            for corpus in source.corpora() {
                if let Corpus::Demo { reviews } = corpus {
                    add("reviews", Some(*reviews), 1, 100_000_000);
                }
            }
            add("limit", source.limit(), 1, 1_000_000_000);
        }
        add("max_tokens", text.max_tokens, 1, 100_000_000);
        add("scratch.dim", text.scratch.dim, 1, 10_000);
        add("scratch.min_count", Some(text.scratch.min_count), 0, 1_000_000_000);
    }
    for budget in &recipe.labels {
        if let Budget::Labels(labels) = budget {
            add("labels", Some(*labels), 4, 1_000_000_000);
        }
    }
    add("training.batch_size", t.batch_size, 1, 1_000_000);
    add("training.epochs", t.epochs, 1, 1_000_000);
    add("training.patience", t.patience, 0, 1_000_000_000);
    for (name, value, least, most) in numbers {
        if value < least || value > most {
            return Err((format!("`{name}` is {value}"), format!("it goes from {least} to {most}")));
        }
    }
    if !(t.max_grad_norm.is_finite() && t.max_grad_norm >= 0.0) {
        return Err((
            "`training.max_grad_norm` is not a length".into(),
            "5.0 is usual, 0 is no limit".into(),
        ));
    }
    match t.optimizer {
        OptimizerChoice::Sgd { momentum } if !(0.0..1.0).contains(&momentum) => {
            return Err((format!("`momentum` is {momentum}"), "it goes from 0 up to 1; 0.9 is usual".into()));
        }
        OptimizerChoice::AdamW { weight_decay } if !(0.0..=1_000.0).contains(&weight_decay) => {
            return Err((
                format!("`weight_decay` is {weight_decay}"),
                "it goes from 0 up; 0.01 is usual".into(),
            ));
        }
        _ => {}
    }
    let (together, budgets) = runs(recipe);
    let trials = recipe.tune.map_or(0, |tuning| u128::from(tuning.trainings()));
    let all = together * budgets * (1 + trials);
    if all > RUNS {
        let with = if trials > 0 { ", trials included" } else { "" };
        return Err((
            format!("the recipe asks for {all} runs{with}"),
            format!("{RUNS} are the most: give fewer `seeds`, `labels` or methods"),
        ));
    }
    Ok(())
}

/// The number of runs that train side by side, and the number of label budgets, which are run one after another. What a
/// recipe names twice counts once.
fn runs(recipe: &Recipe) -> (u128, u128) {
    let sources = recipe.source_names().len() as u128;
    let of = |method: &Method| if method.takes_source() { sources } else { 1 };
    let (mut methods, mut labels) = (recipe.methods.clone(), recipe.labels.clone());
    methods.sort_unstable();
    methods.dedup();
    labels.sort_unstable();
    labels.dedup();
    (methods.iter().map(of).sum::<u128>() * u128::from(recipe.seeds), labels.len() as u128)
}

/// The number of runs that the recipe plans.
pub fn planned_runs(recipe: &Recipe) -> usize {
    if recipe.fork.is_some() {
        return 1;
    }
    let (together, budgets) = runs(recipe);
    usize::try_from(together * budgets).unwrap_or(usize::MAX)
}

/// One part of the memory that a recipe needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// What needs the memory, as a phrase for messages.
    pub what: &'static str,
    /// The size in bytes.
    pub bytes: u128,
}

/// The memory that a recipe needs at least, largest part first. `parents` are the sources that other sessions pre-trained.
pub fn needs(recipe: &Recipe, parents: &[Parent]) -> Vec<Need> {
    let (together, _) = runs(recipe);
    let mut needs = vec![Need { what: "runs side by side", bytes: together * RUN }];
    if let Transfer::Text(text) = &recipe.transfer {
        needs.extend(needs_of_text(recipe, text, parents));
    }
    needs.sort_by_key(|need| std::cmp::Reverse(need.bytes));
    needs
}

fn needs_of_text(recipe: &Recipe, text: &TextTransfer, parents: &[Parent]) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |what, bytes| needs.push(Need { what, bytes });
    if let TextTask::Demo { train, test } = *text.task() {
        add("labelled reviews", (train as u128 + test as u128) * REVIEW);
    }
    let of_strategies = |learn: &dyn Fn(Strategy) -> bool| {
        recipe.strategies().filter(|&strategy| learn(strategy)).count() as u128 * u128::from(recipe.seeds)
    };
    for (name, own) in text.named_sources() {
        let inherited =
            parents.iter().find(|parent| parent.name == name).and_then(|parent| parent.root.text());
        let source = inherited.unwrap_or(own);
        if let Some(model) = source.language_model() {
            // The size of the vocabulary is not counted: it depends on the text.
            // One that was trained elsewhere has no gradients and no moments.
            add("the language model", layers(model) * if inherited.is_some() { 4 } else { LEARNED });
        }
        // Every strategy trains a head.
        match text.head.weights(source.least_dim()) {
            0 => {}
            weights => add("the heads of the runs", of_strategies(&|_| true) * weights * LEARNED),
        }
        if let (Some(_), Some(model)) = (text.head.transferred(), source.language_model()) {
            let tuned = of_strategies(&|strategy| strategy != Strategy::Frozen);
            add("the layers of the runs", tuned * layers(model) * LEARNED);
        }
    }
    needs
}

/// The number of parameters of a language model's recurrent layers.
fn layers(model: &LanguageModelling) -> u128 {
    let (hidden, dim) = (model.hidden as u128, model.dim as u128);
    let gates = if model.cell == Cell::Lstm { 4 } else { 3 };
    let sizes = |place: usize| {
        let before = if place == 0 { dim } else { hidden };
        let own = if model.tied && place + 1 == model.layers { dim } else { hidden };
        gates * own * (own + before)
    };
    (0..model.layers).map(sizes).sum()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn recipe(changes: &[(&str, &str)]) -> crate::error::Result<Recipe> {
        let mut text = String::from(
            "(title: \"t\", transfer: Text(source: SkipGram(corpus: Demo(reviews: 300), dim: 50),
              task: Demo(train: 1000, test: 100), head: Lstm(hidden: 32), max_tokens: 9),
              labels: [100], seeds: 3, training: (max_grad_norm: 5.0))",
        );
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        Recipe::parse(&text, Path::new("/r.ron"))
    }

    #[test]
    fn absurd_numbers_are_refused_with_their_bounds() {
        recipe(&[]).unwrap();
        for (from, to, told) in [
            (
                "train: 1000",
                "train: 9223372036854775807",
                "`train` is 9223372036854775807; it goes from 4 to 10000000",
            ),
            ("test: 100", "test: 0", "`test` is 0; it goes from 1"),
            (
                "reviews: 300",
                "reviews: 18446744073709551615",
                "`reviews` is 18446744073709551615; it goes from 1",
            ),
            ("[100]", "[18446744073709551615]", "`labels` is"),
            ("seeds: 3", "seeds: 100000000", "the recipe asks for 500000000 runs; 100000 are the most"),
            ("Lstm(hidden: 32)", "Cnn(widths: [])", "`widths` is empty: give 1 to 8 of them"),
            (
                "Lstm(hidden: 32)",
                "Cnn(widths: [3, 0])",
                "`widths` contains 0: a width goes from 1 to 32 words",
            ),
            (
                "Lstm(hidden: 32)",
                "Cnn(widths: [33])",
                "`widths` contains 33: a width goes from 1 to 32 words",
            ),
            (
                "Lstm(hidden: 32)",
                "Cnn(widths: [1, 2, 3, 4, 5, 6, 7, 8, 9])",
                "`widths` has 9 entries: 8 are the most",
            ),
            ("Lstm(hidden: 32)", "Cnn(filters: 0)", "`filters` is 0; it goes from 1 to 65536"),
            ("Lstm(hidden: 32)", "Cnn(filters: 18446744073709551615)", "`filters` is 18446744073709551615;"),
            ("max_grad_norm: 5.0", "batch_size: 18446744073709551615", "`training.batch_size` is"),
            ("max_grad_norm: 5.0", "epochs: 18446744073709551615", "`training.epochs` is"),
            ("max_grad_norm: 5.0", "patience: 18446744073709551615", "`training.patience` is"),
            ("max_tokens: 9", "max_tokens: 18446744073709551615", "`max_tokens` is"),
            ("max_tokens: 9", "scratch: (dim: 18446744073709551615)", "`scratch.dim` is"),
            ("max_tokens: 9", "scratch: (min_count: 18446744073709551615)", "`scratch.min_count` is"),
            ("max_grad_norm: 5.0", "max_grad_norm: -1.0", "`training.max_grad_norm` is not a length"),
            ("max_grad_norm: 5.0", "max_grad_norm: NaN", "`training.max_grad_norm` is not a length"),
            ("max_grad_norm: 5.0", "optimizer: Sgd(momentum: 1.5)", "`momentum` is 1.5"),
            ("max_grad_norm: 5.0", "optimizer: AdamW(weight_decay: inf)", "`weight_decay` is inf"),
        ] {
            let sentence = recipe(&[(from, to)]).unwrap_err().to_string();
            assert!(sentence.contains(told), "{to}: {sentence}");
        }
    }

    #[test]
    fn what_a_recipe_needs_follows_its_numbers() {
        let of = |changes: &[(&str, &str)], what| {
            let needs = needs(&recipe(changes).unwrap(), &[]);
            assert!(needs.is_sorted_by(|a, b| a.bytes >= b.bytes));
            needs.into_iter().find(|need| need.what == what).unwrap().bytes
        };
        assert_eq!(of(&[], "labelled reviews"), 1_100 * REVIEW);
        // Three strategies with three seeds each; an LSTM has four gates.
        let heads = 9 * 4 * 32 * (32 + 50) * LEARNED;
        assert_eq!(of(&[], "the heads of the runs"), heads);
        assert_eq!(
            of(&[("hidden: 32", "hidden: 32, bidirectional: true")], "the heads of the runs"),
            2 * heads
        );
        assert_eq!(
            of(&[("Lstm(hidden: 32)", "Cnn(widths: [2, 5], filters: 30)")], "the heads of the runs"),
            9 * 7 * 30 * 50 * LEARNED
        );
        assert_eq!(of(&[], "runs side by side"), 15 * RUN);
    }
}
