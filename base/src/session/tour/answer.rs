//! What the runs of a chapter say about its question, with intervals. It is read from the session's comparison, as the
//! verdict is; a chapter has no answer of its own.

use crate::error::grouped;
use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, ComparisonRow, Difference, Finding};
use crate::session::record::TEST;
use crate::session::verdict::headlines::finding;
use crate::session::verdict::words::{capital, figures, percent, points};

use super::question::{Asked, Question, Side};

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The place of the choice that holds; `None` if the interval leaves several open.
    pub choice: Option<usize>,
    /// The places of the choices that the intervals leave open.
    pub open: Vec<usize>,
    /// What was measured, in sentences.
    pub sentences: Vec<String>,
}

/// Computes a difference that the comparison does not list: left minus right at a budget.
pub type Measure<'a> = &'a dyn Fn(&ComparisonRow, &ComparisonRow) -> Option<Difference>;

impl Answer {
    /// The answer by the comparison of a session; `None` if not all sides were tested.
    pub fn of(question: &Question, comparison: &Comparison, measure: Measure<'_>) -> Option<Answer> {
        let rows: Option<Vec<&ComparisonRow>> =
            question.sides().iter().map(|side| row_of(comparison, side, question.labels())).collect();
        let rows = rows?;
        match &question.answer {
            Asked::Points { limits, .. } => {
                points_of(question, comparison, [rows.first()?, rows.get(1)?], limits, measure)
            }
            _ => best_of(comparison, &rows, measure),
        }
    }

    /// What became of the guess, as a sentence.
    pub fn judged(&self, question: &Question, guess: Option<usize>) -> String {
        let choices = question.choices();
        let name = |place: usize| choices.get(place).map_or("", |choice| &choice.name);
        match (guess, self.choice) {
            (None, Some(choice)) => format!("Measured: {}.", name(choice)),
            (None, None) => "Not known yet: the interval leaves several answers open.".into(),
            (Some(guess), Some(choice)) if guess == choice => format!("You guessed right: {}.", name(choice)),
            (Some(guess), Some(choice)) => {
                format!("You guessed: {}. Measured: {}.", name(guess), name(choice))
            }
            (Some(guess), None) if self.open.contains(&guess) => {
                format!(
                    "Not known yet. Your guess, {}, is among the answers that the interval leaves open.",
                    name(guess)
                )
            }
            (Some(guess), None) => {
                format!("Not known yet; but the interval excludes your guess, {}.", name(guess))
            }
        }
    }
}

/// The row of a side.
fn row_of<'a>(comparison: &'a Comparison, side: &Side, budget: Budget) -> Option<&'a ComparisonRow> {
    comparison.rows.iter().find(|row| {
        row.method == side.method
            && row.budget == budget
            && (side.source.is_none() || row.source == side.source)
    })
}

/// Left minus right, and what it shows by the rules of the verdict.
fn between(
    comparison: &Comparison,
    left: &ComparisonRow,
    right: &ComparisonRow,
    measure: Measure<'_>,
) -> Option<(Difference, Finding)> {
    let is = |difference: &Difference, [a, b]: [&ComparisonRow; 2]| {
        (difference.left, &difference.left_source) == (a.method, &a.source)
            && (difference.right, &difference.right_source) == (b.method, &b.source)
            && difference.budget == a.budget
    };
    // Headlines come first: among them are pairs that the other differences do not have.
    let headlines = comparison.headlines.iter().filter(|headline| headline.set == TEST);
    let known = || headlines.clone().map(|headline| &headline.difference).chain(&comparison.differences);
    if let Some(found) = known().find(|difference| is(difference, [left, right])) {
        return Some((found.clone(), finding(comparison, found)));
    }
    if let Some(found) = known().find(|difference| is(difference, [right, left])) {
        return Some((found.reversed(), finding(comparison, found).reversed()));
    }
    let measured = measure(left, right)?;
    let finding = Finding::of(measured.interval, comparison.margin);
    Some((measured, finding))
}

/// "With 100 labels: frozen 80.1 %, scratch 54.8 %.", the best first.
fn means(comparison: &Comparison, rows: &[&ComparisonRow]) -> String {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let told: Vec<String> =
        rows.iter().map(|row| format!("{} {}", named(comparison, row), percent(row.mean))).collect();
    let labels = rows.first().map_or(String::new(), |row| match row.budget {
        Budget::All => "all".to_string(),
        Budget::Labels(count) => grouped(count as u64),
    });
    format!("With {labels} labels: {}.", told.join(", "))
}

fn named(comparison: &Comparison, row: &ComparisonRow) -> String {
    comparison.side(row.method, row.source.as_ref())
}

/// Which side is ahead of all others.
fn best_of(comparison: &Comparison, rows: &[&ComparisonRow], measure: Measure<'_>) -> Option<Answer> {
    let first =
        rows.iter().enumerate().reduce(|best, row| if row.1.mean > best.1.mean { row } else { best })?;
    let (leader, best) = (first.0, *first.1);
    let name = named(comparison, best);
    let mut sentences = vec![means(comparison, rows)];
    let mut open = vec![leader];
    for (place, row) in rows.iter().enumerate().filter(|(place, _)| *place != leader) {
        let (difference, finding) = between(comparison, best, row, measure)?;
        let (other, figures) = (named(comparison, row), figures(comparison, &difference));
        sentences.push(match finding {
            Finding::Better => format!("{} is better than {other} ({figures}).", capital(&name)),
            Finding::Same => format!(
                "{} and {other} are the same within {} ({figures}).",
                capital(&name),
                points(comparison.margin)
            ),
            Finding::Worse | Finding::NotKnown => {
                format!("Whether {name} is better than {other} is not known yet ({figures}).")
            }
        });
        if finding != Finding::Better {
            open.push(place);
        }
    }
    open.sort_unstable();
    // The choice after the sides is that none is clearly ahead.
    let choice = if open.len() == 1 { leader } else { rows.len() };
    let open = if open.len() == 1 { open } else { vec![rows.len()] };
    Some(Answer { choice: Some(choice), open, sentences })
}

/// In which range of points the difference is.
fn points_of(
    question: &Question,
    comparison: &Comparison,
    [left, right]: [&ComparisonRow; 2],
    limits: &[f64],
    measure: Measure<'_>,
) -> Option<Answer> {
    let (difference, _) = between(comparison, left, right, measure)?;
    let mut sentences = vec![
        means(comparison, &[left, right]),
        format!("The difference: {}.", figures(comparison, &difference)),
    ];
    let range = |fraction: f64| limits.iter().filter(|limit| 100.0 * fraction >= **limit).count();
    let open: Vec<usize> = match difference.interval {
        Some((low, high)) => (range(low)..=range(high)).collect(),
        None => (0..=limits.len()).collect(),
    };
    let choices = question.choices();
    let names: Vec<&str> = open.iter().filter_map(|place| Some(&choices.get(*place)?.name[..])).collect();
    if names.len() > 1 {
        sentences.push(format!(
            "The interval leaves {} answers open: {}. More seeds make it narrower.",
            names.len(),
            names.join("; ")
        ));
    }
    let choice = if open.len() == 1 { open.first().copied() } else { None };
    Some(Answer { choice, open, sentences })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::comparison::{Covers, Headline};
    use crate::session::method::{Baseline, Method, Strategy};
    use crate::session::ron_dialect::ron_options;

    const FROZEN: Method = Method::Strategy(Strategy::Frozen);
    const SCRATCH: Method = Method::Strategy(Strategy::Scratch);
    const TF_IDF: Method = Method::Baseline(Baseline::TfIdf);

    fn row(method: Method, mean: f64) -> ComparisonRow {
        let text = format!(
            "(method: {}, source: None, budget: 100, labels: 100, values: [{mean}], mean: {mean}, deviation: 0.01, \
             others: [], trainable_parameters: 1, total_parameters: 1, seconds: 1, steps: 1, steps_to_scratch: None, \
             reached_scratch: 0)",
            method.id()
        );
        ron_options().from_str(&text).unwrap()
    }

    fn difference(left: Method, right: Method, mean: f64, half: f64) -> Difference {
        Difference {
            left,
            left_source: None,
            right,
            right_source: None,
            budget: Budget::Labels(100),
            mean,
            interval: Some((mean - half, mean + half)),
            covers: Covers::SeedsAndExamples,
            p_value: None,
            probability_of_better: None,
            wins: 5,
            ties: 0,
            seeds: 5,
        }
    }

    fn question(answer: &str) -> Question {
        ron_options().from_str(&format!("(ask: \"?\", answer: {answer})")).unwrap()
    }

    fn nothing(_: &ComparisonRow, _: &ComparisonRow) -> Option<Difference> {
        None
    }

    fn compared(half: f64) -> Comparison {
        Comparison {
            rows: vec![row(SCRATCH, 0.6), row(FROZEN, 0.7), row(TF_IDF, 0.75)],
            differences: vec![
                difference(FROZEN, SCRATCH, 0.1, half),
                difference(FROZEN, TF_IDF, -0.05, half),
                difference(SCRATCH, TF_IDF, -0.15, half),
            ],
            margin: 0.01,
            ..Comparison::default()
        }
    }

    #[test]
    fn the_best_is_known_if_it_is_ahead_of_every_other() {
        let asked = question("Best(of: [Scratch, Frozen, TfIdf], labels: 100)");
        let answer = Answer::of(&asked, &compared(0.03), &nothing).unwrap();
        assert_eq!((answer.choice, &answer.open[..]), (Some(2), &[2][..]));
        assert_eq!(answer.sentences[0], "With 100 labels: TF-IDF 75.0 %, frozen 70.0 %, scratch 60.0 %.");
        assert!(
            answer.sentences[1]
                .starts_with("TF-IDF is better than scratch (TF-IDF − scratch: +15.0 points, 95 %")
        );
        assert!(answer.sentences[2].contains("interval +2.0 to +8.0, ahead in 0 of 5 seeds"), "{answer:?}");
        assert_eq!(answer.judged(&asked, Some(2)), "You guessed right: TF-IDF.");
        assert_eq!(answer.judged(&asked, Some(0)), "You guessed: scratch. Measured: TF-IDF.");
        assert_eq!(answer.judged(&asked, None), "Measured: TF-IDF.");
        // A wider interval leaves it open against frozen.
        let answer = Answer::of(&asked, &compared(0.07), &nothing).unwrap();
        assert_eq!(answer.choice, Some(3));
        assert!(answer.sentences[2].starts_with("Whether TF-IDF is better than frozen is not known yet ("));
        assert_eq!(answer.judged(&asked, Some(3)), "You guessed right: no clear winner.");
        assert_eq!(answer.judged(&asked, Some(2)), "You guessed: TF-IDF. Measured: no clear winner.");
        let mut same = compared(0.001);
        same.differences[1].mean = -0.002;
        same.differences[1].interval = Some((-0.004, 0.001));
        let answer = Answer::of(&asked, &same, &nothing).unwrap();
        assert!(
            answer.sentences[2].starts_with("TF-IDF and frozen are the same within 1.0 points ("),
            "{answer:?}"
        );
    }

    #[test]
    fn the_corrected_finding_of_a_headline_counts() {
        let asked = question("Best(of: [Scratch, Frozen], labels: 100)");
        let mut comparison = compared(0.03);
        assert_eq!(Answer::of(&asked, &comparison, &nothing).unwrap().choice, Some(1));
        comparison.headlines = vec![Headline {
            set: TEST.into(),
            difference: comparison.differences[0].clone(),
            corrected: Some((-0.01, 0.2)),
            finding: Finding::NotKnown,
            needed: None,
        }];
        assert_eq!(Answer::of(&asked, &comparison, &nothing).unwrap().choice, Some(2));
    }

    #[test]
    fn a_pair_that_the_comparison_does_not_list_is_measured() {
        let asked = question("Best(of: [Scratch, Frozen], labels: 100)");
        let mut comparison = compared(0.03);
        comparison.differences.clear();
        assert_eq!(Answer::of(&asked, &comparison, &nothing), None);
        let measure = |left: &ComparisonRow, right: &ComparisonRow| {
            Some(difference(left.method, right.method, left.mean - right.mean, 0.01))
        };
        assert_eq!(Answer::of(&asked, &comparison, &measure).unwrap().choice, Some(1));
        comparison.rows.pop();
        let asked = question("Best(of: [Scratch, TfIdf], labels: 100)");
        assert_eq!(Answer::of(&asked, &comparison, &measure), None, "TF-IDF was not tested");
    }

    #[test]
    fn a_range_of_points_is_known_if_the_interval_lies_within_it() {
        let asked = question("Points(left: Frozen, right: Scratch, labels: 100, limits: [5, 15])");
        let answer = Answer::of(&asked, &compared(0.03), &nothing).unwrap();
        assert_eq!((answer.choice, &answer.open[..]), (Some(1), &[1][..]));
        assert_eq!(answer.judged(&asked, Some(1)), "You guessed right: 5 to 15 points.");
        let answer = Answer::of(&asked, &compared(0.08), &nothing).unwrap();
        assert_eq!((answer.choice, &answer.open[..]), (None, &[0, 1, 2][..]));
        let answer = Answer::of(&asked, &compared(0.051), &nothing).unwrap();
        assert_eq!(answer.open, [0, 1, 2]);
        let mut narrow = compared(0.04);
        narrow.differences[0].mean = 0.13;
        narrow.differences[0].interval = Some((0.09, 0.17));
        let answer = Answer::of(&asked, &narrow, &nothing).unwrap();
        assert_eq!((answer.choice, &answer.open[..]), (None, &[1, 2][..]));
        assert!(answer.sentences[2].contains("leaves 2 answers open: 5 to 15 points; more than 15 points"));
        assert!(answer.judged(&asked, Some(2)).contains("is among the answers"));
        assert!(answer.judged(&asked, Some(0)).contains("excludes your guess, less than 5 points"));
        // The same from the other side.
        let asked = question("Points(left: Scratch, right: Frozen, labels: 100, limits: [0])");
        assert_eq!(Answer::of(&asked, &compared(0.03), &nothing).unwrap().choice, Some(0));
        narrow.differences[0].interval = None;
        let asked = question("Points(left: Frozen, right: Scratch, labels: 100, limits: [5])");
        assert_eq!(Answer::of(&asked, &narrow, &nothing).unwrap().choice, None, "one seed has no interval");
    }
}
