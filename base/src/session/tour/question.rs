//! The question of a chapter: what the reader guesses, and which comparison answers it.

use serde::Deserialize;

use crate::error::grouped;
use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::recipe::Recipe;
use crate::session::source_name::SourceName;

/// The keys of the choices. [`NONE`] is the last choice of a question about the best.
const KEYS: [char; MOST] = ['a', 'b', 'c', 'd'];
/// The most characters of a question, and of a choice: all of them stand in a terminal of 80 columns and 24 rows.
const LONGEST_QUESTION: usize = 240;
const LONGEST_CHOICE: usize = 70;
/// The most methods, sources or ranges of a question.
const MOST: usize = 4;
/// The key of the choice that no side is clearly ahead.
const NONE: char = 'n';

/// A question, and what answers it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question, as the reader sees it.
    pub ask: String,
    /// The comparison that answers it.
    pub answer: Asked,
    /// The choices in the chapter's own words, in the order of `answer`. Left out: the names of the methods or sources,
    /// or the ranges of points.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// The comparison that answers a question.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Asked {
    /// Which of these methods is ahead of all others.
    Best {
        /// The methods.
        of: Vec<Method>,
        /// The label budget.
        labels: Budget,
    },
    /// Which of these sources is ahead of all others, by one method.
    BestSource {
        /// The method.
        method: Method,
        /// The names of the sources.
        of: Vec<SourceName>,
        /// The label budget.
        labels: Budget,
    },
    /// By how many points the left method is ahead of the right one.
    Points {
        /// The method that is subtracted from.
        left: Method,
        /// The method that is subtracted.
        right: Method,
        /// The label budget.
        labels: Budget,
        /// Where one range of points ends and the next begins, ascending.
        limits: Vec<f64>,
    },
}

/// A method, and the source that it is transferred from where the question names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The method.
    pub method: Method,
    /// The source.
    pub source: Option<SourceName>,
}

/// A choice of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The key that chooses it.
    pub key: char,
    /// What it is called in a sentence.
    pub name: String,
    /// What it is called in the list of choices.
    pub text: String,
}

impl Question {
    /// The label budget that it is about.
    pub fn labels(&self) -> Budget {
        match &self.answer {
            Asked::Best { labels, .. } | Asked::BestSource { labels, .. } | Asked::Points { labels, .. } => {
                *labels
            }
        }
    }

    /// What is compared. In a question about points, the left side comes first.
    pub fn sides(&self) -> Vec<Side> {
        let alone = |method: &Method| Side { method: *method, source: None };
        match &self.answer {
            Asked::Best { of, .. } => of.iter().map(alone).collect(),
            Asked::BestSource { method, of, .. } => {
                of.iter().map(|source| Side { method: *method, source: Some(source.clone()) }).collect()
            }
            Asked::Points { left, right, .. } => [left, right].map(alone).to_vec(),
        }
    }

    /// The choices. The last one of a question about the best is that none is clearly ahead.
    pub fn choices(&self) -> Vec<Choice> {
        let named = |(at, key): (usize, char), name: String, text: String| match self.choices.get(at) {
            Some(own) => Choice { key, name: own.clone(), text: own.clone() },
            None => Choice { key, name, text },
        };
        let keys = KEYS.into_iter().enumerate();
        let mut choices: Vec<Choice> = match &self.answer {
            Asked::Best { of, .. } => (keys.zip(of))
                .map(|(place, method)| {
                    let name = method.name().to_string();
                    named(place, name.clone(), format!("{name}: {}", method.meaning().0))
                })
                .collect(),
            Asked::BestSource { of, .. } => keys
                .zip(of)
                .map(|(place, source)| named(place, source.to_string(), source.to_string()))
                .collect(),
            Asked::Points { limits, .. } => {
                let text =
                    |at: usize| match (at.checked_sub(1).and_then(|below| limits.get(below)), limits.get(at))
                    {
                        (None, Some(high)) => format!("less than {high} points"),
                        (Some(low), Some(high)) => format!("{low} to {high} points"),
                        (Some(low), None) => format!("more than {low} points"),
                        (None, None) => String::new(),
                    };
                let range = |(at, key)| named((at, key), text(at), text(at));
                return keys.take(limits.len() + 1).map(range).collect();
            }
        };
        let text = "no clear winner".to_string();
        choices.push(Choice { key: NONE, name: text.clone(), text });
        choices
    }

    /// Checks that the recipe can answer it. The error is the problem and the remedy.
    pub(super) fn check(&self, recipe: &Recipe) -> Result<(), (String, String)> {
        let wrong = |problem: String, remedy: String| Err((problem, remedy));
        let listed = |names: Vec<String>| names.join(", ");
        if self.ask.trim().is_empty() {
            return wrong("`ask` is empty".into(), "write the question that the reader guesses".into());
        }
        if self.ask.chars().count() > LONGEST_QUESTION {
            return wrong(
                format!("`ask` has more than {LONGEST_QUESTION} characters"),
                "ask one thing; what has to be explained belongs to `text`".into(),
            );
        }
        for (at, choice) in self.choices.iter().enumerate() {
            let length = choice.chars().count();
            if choice.trim().is_empty() || length > LONGEST_CHOICE || self.choices[..at].contains(choice) {
                return wrong(
                    format!(
                        "choice {} is empty, longer than {LONGEST_CHOICE} characters, or there twice",
                        at + 1
                    ),
                    "write a few words for each choice".into(),
                );
            }
        }
        let labels = self.labels();
        if !recipe.labels.contains(&labels) {
            let told = match labels {
                Budget::Labels(count) => grouped(count as u64),
                Budget::All => "all".into(),
            };
            let known = listed(recipe.labels.iter().map(Budget::to_string).collect());
            return wrong(
                format!("the question is about {told} labels, and no run of the recipe has so many"),
                format!("take one of the recipe's `labels`: {known}"),
            );
        }
        let sides = self.sides();
        if !(2..=MOST).contains(&sides.len()) {
            return wrong(
                format!("the question compares {}", sides.len()),
                format!("name two methods or sources at least, and {MOST} at most"),
            );
        }
        if let Some(twice) = sides.iter().enumerate().find(|(at, side)| sides[..*at].contains(side)) {
            let side = twice.1;
            let name = side.source.as_ref().map_or(side.method.name().to_string(), SourceName::to_string);
            return wrong(format!("the question names {name} twice"), "name each side once".into());
        }
        for Side { method, .. } in &sides {
            if !recipe.methods.contains(method) {
                let known = listed(recipe.methods.iter().map(|method| method.id().to_string()).collect());
                return wrong(
                    format!("the question is about `{}`, which the recipe does not run", method.id()),
                    format!("its `methods` are {known}"),
                );
            }
        }
        let sources = recipe.source_names();
        match &self.answer {
            Asked::BestSource { method, .. } if !method.takes_source() => {
                return wrong(
                    format!("`{}` takes no source", method.id()),
                    "name a method that does, such as Frozen".into(),
                );
            }
            Asked::BestSource { of, .. } => {
                if let Some(unknown) = of.iter().find(|name| !sources.contains(name)) {
                    let known = listed(sources.iter().map(SourceName::to_string).collect());
                    return wrong(
                        format!("the recipe has no source \"{unknown}\""),
                        format!("its sources are {known}"),
                    );
                }
            }
            Asked::Best { .. } | Asked::Points { .. } if sources.len() > 1 => {
                return wrong(
                    "the recipe has several sources, so a method alone is no answer".into(),
                    "ask for the `BestSource`, or write one `source`".into(),
                );
            }
            Asked::Points { limits, .. } => {
                let ascend = limits.windows(2).all(|pair| pair[0] < pair[1]);
                let finite = limits.iter().all(|limit| limit.abs() <= 100.0);
                if !(1..MOST).contains(&limits.len()) || !ascend || !finite {
                    return wrong(
                        "`limits` are not one to three ascending numbers of points, from -100 to 100".into(),
                        "write `limits: [5, 15]` for three ranges".into(),
                    );
                }
            }
            Asked::Best { .. } => {}
        }
        let expected = match &self.answer {
            Asked::Points { limits, .. } => limits.len() + 1,
            _ => sides.len(),
        };
        if !self.choices.is_empty() && self.choices.len() != expected {
            return wrong(
                format!("{} `choices` where the answer has {expected}", self.choices.len()),
                "write one for each, in the order of `answer`, or leave `choices` out".into(),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::session::ron_dialect::ron_options;

    fn question(text: &str) -> Question {
        ron_options().from_str(text).unwrap()
    }

    fn recipe(sources: &str) -> Recipe {
        let text = format!(
            "(title: \"t\", transfer: Text({sources}, task: Demo(), head: Average), labels: [50, \"all\"], \
             methods: [Scratch, Frozen, TfIdf])"
        );
        Recipe::parse(&text, Path::new("r.ron")).unwrap()
    }

    #[test]
    fn choices_have_keys_names_and_texts() {
        let told = |text: &str| {
            let choices = question(text).choices().into_iter();
            choices.map(|choice| format!("{} {}", choice.key, choice.text)).collect::<Vec<_>>()
        };
        assert_eq!(
            told("(ask: \"?\", answer: Best(of: [Scratch, TfIdf], labels: 50))"),
            ["a scratch: starts from nothing", "b TF-IDF: baseline: only counts words", "n no clear winner"]
        );
        assert_eq!(
            told(
                "(ask: \"?\", answer: BestSource(method: Frozen, of: [\"x\", \"y\"], labels: 50), choices: [\"few\", \"many\"])"
            ),
            ["a few", "b many", "n no clear winner"]
        );
        assert_eq!(
            told(
                "(ask: \"?\", answer: Points(left: Frozen, right: Scratch, labels: \"all\", limits: [-2.5, 5]))"
            ),
            ["a less than -2.5 points", "b -2.5 to 5 points", "c more than 5 points"]
        );
    }

    #[test]
    fn a_question_that_the_recipe_cannot_answer_is_refused() {
        let one = recipe("source: SkipGram(corpus: Demo(reviews: 9))");
        let two = recipe(
            "sources: {\"x\": SkipGram(corpus: Demo(reviews: 9)), \"y\": Cbow(corpus: Demo(reviews: 9))}",
        );
        let check = |text: &str, recipe: &Recipe| {
            question(&format!("(ask: \"?\", answer: {text})"))
                .check(recipe)
                .map_err(|why| format!("{}; {}", why.0, why.1))
        };
        check("Best(of: [Scratch, Frozen], labels: 50)", &one).unwrap();
        check("Points(left: Frozen, right: TfIdf, labels: \"all\", limits: [1])", &one).unwrap();
        check("BestSource(method: Frozen, of: [\"x\", \"y\"], labels: 50)", &two).unwrap();
        for (text, recipe, told) in [
            ("Best(of: [Scratch, Frozen], labels: 60)", &one, "take one of the recipe's `labels`: 50, all"),
            ("Best(of: [Scratch], labels: 50)", &one, "two methods or sources at least"),
            ("Best(of: [Scratch, Scratch], labels: 50)", &one, "names scratch twice"),
            ("Best(of: [Scratch, FineTuned], labels: 50)", &one, "its `methods` are Scratch, Frozen, TfIdf"),
            ("Best(of: [Scratch, Frozen], labels: 50)", &two, "ask for the `BestSource`"),
            ("BestSource(method: TfIdf, of: [\"x\", \"y\"], labels: 50)", &two, "`TfIdf` takes no source"),
            ("BestSource(method: Frozen, of: [\"x\", \"z\"], labels: 50)", &two, "its sources are x, y"),
            ("Points(left: Frozen, right: Scratch, labels: 50, limits: [5, 5])", &one, "ascending numbers"),
            ("Points(left: Frozen, right: Scratch, labels: 50, limits: [])", &one, "`limits: [5, 15]`"),
            (
                "Best(of: [Scratch, Frozen], labels: 50), choices: [\"one\"]",
                &one,
                "1 `choices` where the answer has 2",
            ),
        ] {
            let why = check(text, recipe).unwrap_err();
            assert!(why.contains(told), "{text}: {why}");
        }
        let empty = question("(ask: \" \", answer: Best(of: [Scratch, Frozen], labels: 50))");
        assert!(empty.check(&one).unwrap_err().0.contains("`ask` is empty"));
    }
}
