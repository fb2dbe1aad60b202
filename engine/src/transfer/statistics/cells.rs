//! The difference of two confusion matrices, cell by cell: of two methods, or of one method at two moments.
//!
//! A cell is the fraction of a true class that is predicted as a class. Runs of the same seed are paired. Where the log
//! has the answer to every example, the interval of a cell is over the seeds and over the test examples of the true
//! class (see `two_way.rs`); otherwise it is over the seeds only. The intervals of all cells are corrected together
//! (Holm 1979). Cells that no run of either side uses can show nothing and are left out (Tarone 1990). The two cells of a
//! row that has no others say the same, so they are one comparison.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::session::answers::Packed;
use crate::session::budget::Budget;
use crate::session::comparison::{ClassDifference, Comparison, Covers, Finding};
use crate::session::history::{History, RunHistory};
use crate::session::method::{Method, Strategy};
use crate::session::record::Evaluation;
use crate::session::source_name::SourceName;

use super::headlines::holm;
use super::moments::mean;
use super::rows::{DrawnPart, Row};
use super::summary::Truths;
use super::table;
use super::two_way::{LEVEL, Spread};

/// Fewer examples than this, all of them different in the same direction, do not show a difference (exact McNemar).
pub const FEWEST: usize = 6;

/// The moment of a run at which its matrix is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// The last evaluation up to this step, or the first one if all are later; `None`: the last one.
    pub step: Option<u64>,
    /// Only evaluations that were recorded up to this time count, in seconds of the session.
    pub until: f64,
}

impl Moment {
    /// The last evaluation.
    pub const LAST: Moment = Moment { step: None, until: f64::INFINITY };

    /// The evaluation of a run on a set at this moment; `None` if there is none.
    pub fn of<'a>(self, run: &'a RunHistory, set: &str) -> Option<&'a Evaluation> {
        let by_then = run.evaluations.iter().take_while(|e| e.at <= self.until).map(|e| &e.value);
        let mut all = by_then.filter(|evaluation| evaluation.set == set);
        let Some(step) = self.step else { return all.last() };
        let first = all.next()?;
        Some(all.take_while(|evaluation| evaluation.step <= step).last().unwrap_or(first))
    }
}

/// The runs of a method at a budget, at a moment of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrices<'a> {
    /// Their method.
    pub method: Method,
    /// The source of their pre-trained parameters; `None` if they have none.
    pub source: Option<&'a SourceName>,
    /// Their label budget.
    pub budget: Budget,
    /// The moment.
    pub moment: Moment,
}

impl<'a> Matrices<'a> {
    /// The runs that have the method, the source and the budget of `run`.
    pub fn like(run: &'a RunHistory, moment: Moment) -> Matrices<'a> {
        let start = &run.start;
        Matrices { method: start.method, source: start.source.as_ref(), budget: start.budget, moment }
    }

    fn runs<'h>(&self, history: &'h History) -> impl Iterator<Item = &'h RunHistory> {
        let side = (self.method, self.source, self.budget);
        history
            .runs
            .iter()
            .filter(move |run| (run.start.method, run.start.source.as_ref(), run.start.budget) == side)
    }
}

/// The difference of two confusion matrices: left minus right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellDifferences {
    /// The method that is subtracted from, its source and its budget.
    pub left: Method,
    /// The source of the left side.
    pub left_source: Option<SourceName>,
    /// The budget of the left side.
    pub left_budget: Budget,
    /// The method that is subtracted.
    pub right: Method,
    /// The source of the right side.
    pub right_source: Option<SourceName>,
    /// The budget of the right side.
    pub right_budget: Budget,
    /// The set of examples.
    pub set: String,
    /// The number of seeds that both sides have.
    pub seeds: usize,
    /// What the intervals cover.
    pub covers: Covers,
    /// The number of comparisons that the intervals are corrected for.
    pub comparisons: usize,
    /// The cells that a run of either side uses, row by row.
    pub cells: Vec<CellDifference>,
    /// The recall of each class that has examples: the cells of the diagonal, corrected for the number of classes only.
    pub classes: Vec<ClassDifference>,
}

/// The difference of a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellDifference {
    /// True and predicted class, as indices.
    #[serde(skip)]
    pub place: (usize, usize),
    /// The name of the true class.
    pub true_class: String,
    /// The name of the predicted class.
    pub predicted_class: String,
    /// The fraction of the true class that the left side predicts as this class; mean over the seeds.
    pub left: f64,
    /// The same fraction of the right side.
    pub right: f64,
    /// The 95 % interval of the difference by itself.
    pub interval: Option<(f64, f64)>,
    /// The interval, corrected for the number of cells.
    pub corrected: Option<(f64, f64)>,
    /// Whether the corrected interval excludes 0.
    pub differs: bool,
}

impl CellDifferences {
    /// The cells whose corrected interval excludes 0.
    pub fn differing(&self) -> impl Iterator<Item = &CellDifference> {
        self.cells.iter().filter(|cell| cell.differs)
    }
}

/// The differences of the cells for the headlines that compare the best transfer with scratch.
pub fn of_headlines(history: &History, comparison: &Comparison) -> Vec<CellDifferences> {
    let scratch = Method::Strategy(Strategy::Scratch);
    let asked = comparison.headlines.iter().filter(|headline| headline.difference.right == scratch);
    let sides = asked.filter_map(|headline| {
        let found = &headline.difference;
        let side = |method, source| Matrices { method, source, budget: found.budget, moment: Moment::LAST };
        let left = side(found.left, found.left_source.as_ref());
        let right = side(found.right, found.right_source.as_ref());
        difference(history, left, right, &headline.set, comparison.margin)
    });
    sides.collect()
}

/// The differences of the cells on the set `set`. `None` if the sides have no seed in common that was evaluated on it.
/// Differences of recall within `margin`, a fraction, count as none.
pub fn difference(
    history: &History,
    left: Matrices,
    right: Matrices,
    set: &str,
    margin: f64,
) -> Option<CellDifferences> {
    let mut pairs: Vec<(&RunHistory, &RunHistory)> = left
        .runs(history)
        .filter_map(|a| Some((a, right.runs(history).find(|b| b.start.seed == a.start.seed)?)))
        .collect();
    pairs.sort_by_key(|pair| pair.0.start.seed);
    let truths: Vec<Truths> =
        history.true_classes.iter().filter(|known| known.set == set).filter_map(Truths::of).collect();
    let seen = |run: &RunHistory, moment: Moment| {
        let confusion = moment.of(run, set)?.confusion.clone();
        let truth = truths.iter().find(|truth| truth.is_of(run.start.seed));
        let answers = truth.and_then(|truth| answers(run, set, &truth.classes));
        Some(Seen { confusion, answers, drawn: truth.and_then(Truths::drawn) })
    };
    let pairs: Vec<(Seen, Seen)> = (pairs.into_iter())
        .filter_map(|(a, b)| Some((seen(a, left.moment)?, seen(b, right.moment)?)))
        .collect();
    let (measured, covers) = measure(&pairs);
    if measured.is_empty() {
        return None;
    }
    let name = |class: usize| history.class_name(class);
    let (cells, comparisons) = corrected(&measured, name);
    Some(CellDifferences {
        left: left.method,
        left_source: left.source.cloned(),
        left_budget: left.budget,
        right: right.method,
        right_source: right.source.cloned(),
        right_budget: right.budget,
        set: set.to_string(),
        seeds: pairs.len(),
        covers,
        classes: recalls(&measured, margin, name),
        comparisons,
        cells,
    })
}

/// True and predicted class of every example of a test set.
pub(super) fn answers(run: &RunHistory, set: &str, truth: &[u16]) -> Option<Vec<(u16, u16)>> {
    let predicted = run.answers.iter().find(|known| known.set == set).map(|known| &known.predicted);
    let predicted = predicted.and_then(Packed::values).filter(|known| known.len() == truth.len())?;
    Some(truth.iter().copied().zip(predicted).collect())
}

/// What is known of a run on a set.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Numbers of examples, `[true class][predicted class]`; not needed where the answers are known.
    pub confusion: Vec<Vec<u64>>,
    /// True and predicted class of every example.
    pub answers: Option<Vec<(u16, u16)>>,
    /// Which examples these are, if they were drawn for the seed.
    pub drawn: Option<DrawnPart>,
}

/// True and predicted class of every example, of the left and the right run of a seed.
type Sides<'a> = [&'a [(u16, u16)]; 2];

/// A cell as it was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    pub(super) place: (usize, usize),
    /// The number of examples of the true class.
    examples: usize,
    /// The fractions of the true class, mean over the seeds.
    pub(super) fractions: [f64; 2],
    pub(super) spread: Option<Spread>,
    /// The number of examples about which the two sides differ in at least one seed; `None` if it is not known.
    differing: Option<usize>,
}

/// Measures all cells that a run uses, and the diagonal of all classes that have examples, row by row.
pub fn measure(pairs: &[(Seen, Seen)]) -> (Vec<Measured>, Covers) {
    let answers: Option<Vec<Answered>> = pairs.iter().map(Answered::of).collect();
    match answers.filter(|known| fit(known)) {
        Some(answers) => {
            let covers = match (answers.len(), answers.iter().all(|known| known.drawn.is_some())) {
                (1, _) => Covers::Examples,
                (_, true) => Covers::SeedsAndSplits,
                (_, false) => Covers::SeedsAndExamples,
            };
            (of_answers(&answers), covers)
        }
        None => (of_counts(pairs), Covers::Seeds),
    }
}

/// The answers of both sides of a seed, about the same examples.
struct Answered<'a> {
    sides: Sides<'a>,
    drawn: Option<&'a DrawnPart>,
}

impl<'a> Answered<'a> {
    /// `None` if they are not known, or the sides were tested on different examples.
    fn of((a, b): &'a (Seen, Seen)) -> Option<Answered<'a>> {
        let sides = [a.answers.as_deref()?, b.answers.as_deref()?];
        let truths = |side: &'a [(u16, u16)]| side.iter().map(|answer| answer.0);
        let same = truths(sides[0]).eq(truths(sides[1])) && a.drawn == b.drawn;
        same.then_some(Answered { sides, drawn: a.drawn.as_ref() })
    }
}

/// Whether all seeds were tested on the same examples, or each on a part that was drawn for it.
fn fit(known: &[Answered]) -> bool {
    let Some(first) = known.first() else { return false };
    let truths = |answered: &Answered| answered.sides[0].iter().map(|answer| answer.0).collect::<Vec<_>>();
    let drawn = known.iter().all(|seed| seed.drawn.is_some());
    drawn || known.iter().all(|seed| seed.drawn.is_none() && truths(seed) == truths(first))
}

fn of_answers(answers: &[Answered]) -> Vec<Measured> {
    let mut truths: Vec<u16> =
        answers.iter().flat_map(|seed| seed.sides[0].iter().map(|answer| answer.0)).collect();
    truths.sort_unstable();
    truths.dedup();
    let mut measured = Vec::new();
    for truth in truths {
        // The places of the class's examples, for each seed.
        let places: Vec<Vec<usize>> = (answers.iter())
            .map(|seed| (0..seed.sides[0].len()).filter(|&place| seed.sides[0][place].0 == truth).collect())
            .collect();
        let seeds = || answers.iter().zip(&places);
        let guesses = seeds().flat_map(|(seed, places)| {
            seed.sides.into_iter().flat_map(move |side| places.iter().map(move |&place| side[place].1))
        });
        let mut columns: Vec<u16> = guesses.chain([truth]).collect();
        columns.sort_unstable();
        columns.dedup();
        let of_class: usize = places.iter().map(Vec::len).sum();
        for guess in columns {
            let value = |answer: (u16, u16)| f32::from(u8::from(answer.1 == guess));
            let (mut rows, mut differing, mut counts) = (Vec::new(), BTreeSet::new(), [0.0; 2]);
            for (Answered { sides: [left, right], drawn }, places) in seeds() {
                let at = |side: &[(u16, u16)]| {
                    places.iter().map(|&place| value(side[place])).collect::<Vec<f32>>()
                };
                let (left, right) = (at(left), at(right));
                for (count, side) in counts.iter_mut().zip([&left, &right]) {
                    *count += side.iter().map(|&value| f64::from(value)).sum::<f64>();
                }
                let values: Vec<f32> = left.iter().zip(&right).map(|(a, b)| a - b).collect();
                let example = |place: usize| drawn.map_or(place as u32, |part| part.examples[place]);
                let differ = places.iter().zip(&values).filter(|(_, value)| **value != 0.0);
                differing.extend(differ.map(|(&place, _)| example(place)));
                let drawn = drawn.map(|part| DrawnPart {
                    examples: places.iter().map(|&place| part.examples[place]).collect(),
                    ratio: part.ratio,
                });
                rows.push(Row { values, weight: 1.0, drawn });
            }
            measured.push(Measured {
                place: (usize::from(truth), usize::from(guess)),
                examples: table::examples(&rows),
                fractions: counts.map(|count| count / of_class as f64),
                spread: table::spread(&rows).map(|found| found.0),
                differing: Some(differing.len()),
            });
        }
    }
    measured
}

fn of_counts(pairs: &[(Seen, Seen)]) -> Vec<Measured> {
    let classes = pairs.iter().map(|(a, b)| a.confusion.len().max(b.confusion.len())).max().unwrap_or(0);
    let mut measured = Vec::new();
    for truth in 0..classes {
        let row = |seen: &Seen| seen.confusion.get(truth).cloned().unwrap_or_default();
        // A small validation part may have no example of a class.
        let rows: Vec<[Vec<u64>; 2]> = (pairs.iter().map(|(a, b)| [row(a), row(b)]))
            .filter(|sides| sides.iter().all(|row| row.iter().sum::<u64>() > 0))
            .collect();
        let examples = rows.iter().map(|[row, _]| row.iter().sum::<u64>()).max().unwrap_or(0) as usize;
        for guess in (0..classes).filter(|_| !rows.is_empty()) {
            let count = |row: &Vec<u64>| row.get(guess).copied().unwrap_or(0);
            if guess != truth && rows.iter().flatten().all(|row| count(row) == 0) {
                continue;
            }
            let fraction = |row: &Vec<u64>| count(row) as f64 / row.iter().sum::<u64>() as f64;
            let fractions: Vec<[f64; 2]> =
                rows.iter().map(|[left, right]| [fraction(left), fraction(right)]).collect();
            let differences: Vec<f64> = fractions.iter().map(|[left, right]| left - right).collect();
            measured.push(Measured {
                place: (truth, guess),
                examples,
                fractions: [0, 1].map(|side| mean(&fractions.iter().map(|f| f[side]).collect::<Vec<_>>())),
                spread: Spread::of_seeds(&differences),
                differing: None,
            });
        }
    }
    measured
}

/// The level of each cell of a family, by Holm's method.
fn levels<'a>(cells: impl Iterator<Item = &'a Measured>) -> Vec<f64> {
    let p_value = |cell: &Measured| {
        let spread = cell.spread?;
        let (low, high) = spread.interval(LEVEL)?;
        // Holm's method needs no exact p-value above the level: none of those is significant, in any order.
        if low <= 0.0 && high >= 0.0 { Some(1.0) } else { spread.p_value() }
    };
    holm(&cells.map(p_value).collect::<Vec<_>>())
}

/// The cells, and the number of comparisons that they make.
pub(super) fn corrected(
    measured: &[Measured],
    name: impl Fn(usize) -> String,
) -> (Vec<CellDifference>, usize) {
    // For each cell its comparison: none where the row has no other cell, that of the other cell where it has one.
    let mut compared: Vec<&Measured> = Vec::new();
    let mut comparisons: Vec<Option<usize>> = Vec::new();
    for row in measured.chunk_by(|a, b| a.place.0 == b.place.0) {
        match row {
            [_] => comparisons.push(None),
            [first, _] => {
                comparisons.extend([Some(compared.len()); 2]);
                compared.push(first);
            }
            many => {
                comparisons.extend((compared.len()..).take(many.len()).map(Some));
                compared.extend(many);
            }
        }
    }
    let count = compared.len();
    let levels = levels(compared.into_iter());
    // A difference of fractions is between -1 and 1.
    let possible = |(low, high): (f64, f64)| (low.max(-1.0), high.min(1.0));
    let cell = |(cell, comparison): (&Measured, Option<usize>)| {
        let level = comparison.and_then(|place| levels.get(place)).copied().unwrap_or(LEVEL);
        let interval = |level| cell.spread.and_then(|spread| spread.interval(level)).map(possible);
        let corrected = interval(level);
        let enough = cell.differing.is_none_or(|differing| differing >= FEWEST);
        let [left, right] = cell.fractions;
        CellDifference {
            place: cell.place,
            true_class: name(cell.place.0),
            predicted_class: name(cell.place.1),
            left,
            right,
            interval: interval(LEVEL),
            corrected,
            differs: enough && corrected.is_some_and(|(low, high)| low > 0.0 || high < 0.0),
        }
    };
    (measured.iter().zip(comparisons).map(cell).collect(), count)
}

/// The recall of each class: the cells of the diagonal, corrected for the number of classes. `name` gives the name of a
/// class.
pub fn recalls(measured: &[Measured], margin: f64, name: impl Fn(usize) -> String) -> Vec<ClassDifference> {
    let diagonal = || measured.iter().filter(|cell| cell.place.0 == cell.place.1);
    (diagonal().zip(levels(diagonal())))
        .map(|(cell, level)| {
            let interval = cell.spread.and_then(|spread| spread.interval(level));
            let enough = cell.differing.is_none() || cell.examples >= FEWEST;
            let finding = if enough { Finding::of(interval, margin) } else { Finding::NotKnown };
            let ([left, right], class) = (cell.fractions, name(cell.place.0));
            ClassDifference { class, examples: cell.examples, left, right, interval, finding }
        })
        .collect()
}

#[cfg(test)]
mod tests;
