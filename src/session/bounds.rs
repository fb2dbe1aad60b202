//! The bounds of a recipe's numbers, and the memory that they ask for before anything is known of the data.
//!
//! What depends on files (their texts, words and images) is not counted: memory grows with what is read of them. So
//! [`needs`] is the least that a recipe takes, and nothing that would fit is refused.

use super::language_model::{Cell, LanguageModelling};
use super::recipe::{
    Budget, Corpus, Head, Optimizer, Pretraining, Recipe, Recurrent, Source, Strategy, Task,
};

/// Runs of an experiment, at the most.
const RUNS: u128 = 100_000;
/// Bytes of a labelled review of the built-in world as it is kept: its text, and its words as numbers.
const REVIEW: u128 = 900;
/// Bytes of a run beside its parameters, about: curves, opinions, the order of its examples.
const RUN: u128 = 10_000;
/// Bytes of a learned parameter: itself, its gradient, and two moments of Adam.
const LEARNED: u128 = 16;

type Checked = Result<(), (String, String)>;

/// Whether the numbers lie within what can be meant: what is wrong and what to do, otherwise. (Sizes of sources are
/// checked with them.)
pub(super) fn check(recipe: &Recipe) -> Checked {
    let t = &recipe.training;
    let mut numbers: Vec<(&str, u128, u128, u128)> = Vec::new();
    let mut add = |name, value: Option<usize>, least: u128, most: u128| {
        numbers.extend(value.map(|value| (name, value as u128, least, most)));
    };
    if let Task::Demo { train, test } = recipe.task {
        add("train", Some(train), 4, 10_000_000);
        add("test", Some(test), 1, 10_000_000);
    }
    for corpus in corpora(&recipe.source) {
        if let Corpus::Demo { reviews } = corpus {
            add("reviews", Some(*reviews), 1, 100_000_000);
        }
    }
    if let Source::Vectors { limit, .. } = recipe.source {
        add("limit", limit, 1, 1_000_000_000);
    }
    for budget in &recipe.labels {
        if let Budget::Labels(labels) = budget {
            add("labels", Some(*labels), 4, 1_000_000_000);
        }
    }
    add("training.batch", t.batch, 1, 1_000_000);
    add("training.epochs", t.epochs, 1, 1_000_000);
    add("training.patience", t.patience, 0, 1_000_000_000);
    add("training.max_tokens", t.max_tokens, 1, 100_000_000);
    add("training.scratch_dim", t.scratch_dim, 1, 10_000);
    add("training.scratch_min_count", Some(t.scratch_min_count), 0, 1_000_000_000);
    for (name, value, least, most) in numbers {
        if value < least || value > most {
            return Err((format!("`{name}` is {value}"), format!("it goes from {least} to {most}")));
        }
    }
    if !(t.clip.is_finite() && t.clip >= 0.0) {
        return Err(("`training.clip` is not a length".into(), "5.0 is usual, 0 is no limit".into()));
    }
    match t.optimizer {
        Optimizer::Sgd { momentum } if !(0.0..1.0).contains(&momentum) => {
            return Err((format!("`momentum` is {momentum}"), "it goes from 0 up to 1; 0.9 is usual".into()));
        }
        Optimizer::AdamW { weight_decay } if !(0.0..=1_000.0).contains(&weight_decay) => {
            return Err((
                format!("`weight_decay` is {weight_decay}"),
                "it goes from 0 up; 0.01 is usual".into(),
            ));
        }
        _ => {}
    }
    let (together, budgets) = runs(recipe);
    let all = together * budgets;
    if all > RUNS {
        return Err((
            format!("the recipe asks for {all} runs"),
            format!("{RUNS} are the most: give fewer `seeds`, `labels` or methods"),
        ));
    }
    Ok(())
}

/// Runs that train side by side, and the label budgets that come one after another.
fn runs(recipe: &Recipe) -> (u128, u128) {
    let methods = recipe.strategies.len() + recipe.documents.len() + recipe.baselines.len();
    (methods as u128 * u128::from(recipe.seeds), recipe.labels.len() as u128)
}

fn corpora(source: &Source) -> Vec<&Corpus> {
    match source {
        Source::SkipGram(asked) | Source::Cbow(asked) => vec![&asked.corpus],
        Source::LanguageModel(asked) => std::iter::once(&asked.corpus).chain(&asked.adapt).collect(),
        _ => Vec::new(),
    }
}

/// A part of what a recipe needs, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub what: &'static str,
    pub bytes: u128,
}

/// The memory that a recipe needs at the least, the largest part first.
pub fn needs(recipe: &Recipe) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |what, bytes| needs.push(Need { what, bytes });
    if let Task::Demo { train, test } = recipe.task {
        add("labelled reviews", (train as u128 + test as u128) * REVIEW);
    }
    let dim = match &recipe.source {
        Source::SkipGram(Pretraining { dim, .. }) | Source::Cbow(Pretraining { dim, .. }) => *dim,
        Source::LanguageModel(model) => {
            // Its words are as many as the text decides.
            add("the language model", layers(model) * LEARNED);
            model.dim
        }
        _ => 1,
    } as u128;
    let (together, _) = runs(recipe);
    add("runs side by side", together * RUN);
    if let Head::Rnn(shape) | Head::Lstm(shape) | Head::Gru(shape) = recipe.head {
        let gates = match recipe.head {
            Head::Lstm(_) => 4,
            Head::Gru(_) => 3,
            _ => 1,
        };
        // Heads are learned in every strategy.
        let of_strategies = recipe.strategies.len() as u128 * u128::from(recipe.seeds);
        add("the heads of the runs", of_strategies * head(shape, gates, dim) * LEARNED);
    }
    if let (Head::Transferred(_), Source::LanguageModel(model)) = (&recipe.head, &recipe.source) {
        let tuned =
            recipe.strategies.iter().filter(|&&strategy| strategy != Strategy::Frozen).count() as u128;
        add("the layers of the runs", tuned * u128::from(recipe.seeds) * layers(model) * LEARNED);
    }
    needs.sort_by_key(|need| std::cmp::Reverse(need.bytes));
    needs
}

/// Parameters of a recurrent head.
fn head(shape: Recurrent, gates: u128, dim: u128) -> u128 {
    let hidden = shape.hidden as u128;
    gates * hidden * (hidden + dim) * if shape.bidirectional { 2 } else { 1 }
}

/// Parameters of a language model's recurrent layers.
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
            "(title: \"t\", source: SkipGram(corpus: Demo(reviews: 300), dim: 50), task: Demo(train: 1000, test: 100),
              head: Lstm(hidden: 32), labels: [100], seeds: 3, training: (clip: 5.0))",
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
            ("seeds: 3", "seeds: 100000000", "the recipe asks for 400000000 runs; 100000 are the most"),
            ("clip: 5.0", "batch: 18446744073709551615", "`training.batch` is"),
            ("clip: 5.0", "epochs: 18446744073709551615", "`training.epochs` is"),
            ("clip: 5.0", "patience: 18446744073709551615", "`training.patience` is"),
            ("clip: 5.0", "max_tokens: 18446744073709551615", "`training.max_tokens` is"),
            ("clip: 5.0", "scratch_dim: 18446744073709551615", "`training.scratch_dim` is"),
            ("clip: 5.0", "scratch_min_count: 18446744073709551615", "`training.scratch_min_count` is"),
            ("clip: 5.0", "clip: -1.0", "`training.clip` is not a length"),
            ("clip: 5.0", "clip: NaN", "`training.clip` is not a length"),
            ("clip: 5.0", "optimizer: Sgd(momentum: 1.5)", "`momentum` is 1.5"),
            ("clip: 5.0", "optimizer: AdamW(weight_decay: inf)", "`weight_decay` is inf"),
        ] {
            let sentence = recipe(&[(from, to)]).unwrap_err().to_string();
            assert!(sentence.contains(told), "{to}: {sentence}");
        }
    }

    #[test]
    fn what_a_recipe_needs_follows_its_numbers() {
        let of = |changes: &[(&str, &str)], what| {
            let needs = needs(&recipe(changes).unwrap());
            assert!(needs.is_sorted_by(|a, b| a.bytes >= b.bytes));
            needs.into_iter().find(|need| need.what == what).unwrap().bytes
        };
        assert_eq!(of(&[], "labelled reviews"), 1_100 * REVIEW);
        // Three strategies of three seeds, of four gates.
        let heads = 9 * 4 * 32 * (32 + 50) * LEARNED;
        assert_eq!(of(&[], "the heads of the runs"), heads);
        assert_eq!(
            of(&[("hidden: 32", "hidden: 32, bidirectional: true")], "the heads of the runs"),
            2 * heads
        );
        assert_eq!(of(&[], "runs side by side"), 12 * RUN);
    }
}
