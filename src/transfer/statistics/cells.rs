//! The difference of two confusion matrices, cell by cell: of two methods, or of one method at two moments.
//!
//! A cell is the fraction of a true class that is predicted as a class. Runs of the same seed are paired. Where the log
//! has the answer to every example, the interval of a cell is over the seeds and over the test examples of the true
//! class (see `two_way.rs`); otherwise it is over the seeds only. The intervals of all cells are corrected together
//! (Holm 1979). Cells that no run of either side uses can show nothing and are left out (Tarone 1990). The two cells of a
//! row that has no others say the same, so they are one comparison.

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
use super::two_way::{LEVEL, Spread, Values};

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

    fn of<'a>(self, run: &'a RunHistory, set: &str) -> Option<&'a Evaluation> {
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
    let truth = history.true_classes.iter().find(|known| known.set == set);
    let truth = truth.and_then(|known| known.classes.values());
    let seen = |run: &RunHistory, moment: Moment| {
        let confusion = moment.of(run, set)?.confusion.clone();
        let answers = truth.as_ref().and_then(|truth| answers(run, set, truth));
        Some(Seen { confusion, answers })
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
fn answers(run: &RunHistory, set: &str, truth: &[u16]) -> Option<Vec<(u16, u16)>> {
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
}

/// True and predicted class of every example, of the left and the right run of a seed.
type Sides<'a> = [&'a [(u16, u16)]; 2];

/// A cell as it was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    place: (usize, usize),
    /// The number of examples of the true class.
    examples: usize,
    /// The fractions of the true class, mean over the seeds.
    fractions: [f64; 2],
    spread: Option<Spread>,
    /// The number of examples about which the two sides differ in at least one seed; `None` if it is not known.
    differing: Option<usize>,
}

/// Measures all cells that a run uses, and the diagonal of all classes that have examples, row by row.
pub fn measure(pairs: &[(Seen, Seen)]) -> (Vec<Measured>, Covers) {
    let answers: Option<Vec<Sides>> =
        pairs.iter().map(|(a, b)| Some([a.answers.as_deref()?, b.answers.as_deref()?])).collect();
    let same = |known: &Vec<Sides>| {
        let Some([first, _]) = known.first() else { return false };
        let truth = |answers: &[(u16, u16)]| {
            answers.len() == first.len() && answers.iter().zip(*first).all(|(a, b)| a.0 == b.0)
        };
        known.iter().flatten().all(|answers| truth(answers))
    };
    match answers.filter(same) {
        Some(answers) if pairs.len() > 1 => (of_answers(&answers), Covers::SeedsAndExamples),
        Some(answers) => (of_answers(&answers), Covers::Examples),
        None => (of_counts(pairs), Covers::Seeds),
    }
}

fn of_answers(answers: &[Sides]) -> Vec<Measured> {
    let truths: Vec<usize> =
        answers.first().map_or(Vec::new(), |[first, _]| first.iter().map(|a| usize::from(a.0)).collect());
    let classes = truths.iter().max().map_or(0, |class| class + 1);
    let mut places = vec![Vec::new(); classes];
    truths.iter().enumerate().for_each(|(place, &class)| places[class].push(place));
    let mut measured = Vec::new();
    for (truth, places) in places.iter().enumerate().filter(|(_, places)| !places.is_empty()) {
        // One row of predictions for each seed and side.
        let guesses: Vec<[Vec<usize>; 2]> = (answers.iter())
            .map(|sides| sides.map(|side| places.iter().map(|&place| usize::from(side[place].1)).collect()))
            .collect();
        let mut columns: Vec<usize> = guesses.iter().flatten().flatten().copied().chain([truth]).collect();
        columns.sort_unstable();
        columns.dedup();
        for guess in columns {
            let value = |guessed: usize| f32::from(u8::from(guessed == guess));
            let mut table = Values::new(places.len());
            let mut differs = vec![false; places.len()];
            let mut counts = [0_usize; 2];
            for [left, right] in &guesses {
                let differences = left.iter().zip(right).map(|(&a, &b)| value(a) - value(b));
                table.push(differences.clone());
                differs.iter_mut().zip(differences).for_each(|(differs, value)| *differs |= value != 0.0);
                for (count, side) in counts.iter_mut().zip([left, right]) {
                    *count += side.iter().filter(|&&guessed| guessed == guess).count();
                }
            }
            measured.push(Measured {
                place: (truth, guess),
                examples: places.len(),
                fractions: counts.map(|count| count as f64 / (places.len() * answers.len()) as f64),
                spread: table.spread(),
                differing: Some(differs.into_iter().filter(|&differs| differs).count()),
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
fn corrected(measured: &[Measured], name: impl Fn(usize) -> String) -> (Vec<CellDifference>, usize) {
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
