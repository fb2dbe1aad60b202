//! The difference of the confusion matrices of two runs, or of one run at two moments: for these trainings alone.
//!
//! If the log has the answers of both to every example of the same test set, each example is compared with itself, as in
//! `cells.rs`. Otherwise only the counts are known, for example on the validation part or in the middle of training. Then the
//! interval is that of two independent samples. It is too wide if both met the same examples, because their answers are then
//! alike, so what it shows to differ does differ.

use crate::session::comparison::Covers;
use crate::session::history::{History, RunHistory};

use super::cells::{CellDifferences, Measured, Moment, Seen, answers, corrected, measure, recalls};
use super::summary::Truths;
use super::two_way::{Parts, Spread};

/// A run at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The run.
    pub run: &'a RunHistory,
    /// The moment.
    pub moment: Moment,
}

/// The difference of two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct PairDifferences {
    /// The cells, left minus right.
    pub cells: CellDifferences,
    /// Whether only the counts of both sides were known, so that the intervals are those of two independent samples.
    pub independent: bool,
}

/// The difference of the cells of two sides on the set `set`; `None` if one of them was not evaluated on it. Differences of
/// recall within `margin`, a fraction, count as none.
pub fn difference(
    history: &History,
    left: Side<'_>,
    right: Side<'_>,
    set: &str,
    margin: f64,
) -> Option<PairDifferences> {
    let truths: Vec<Truths> =
        history.true_classes.iter().filter(|known| known.set == set).filter_map(Truths::of).collect();
    let seen = |side: Side<'_>| {
        let evaluation = side.moment.of(side.run, set)?;
        // The log has the answers of the last evaluation only.
        let last = Moment::LAST.of(side.run, set).is_some_and(|last| last.step == evaluation.step);
        let truth = truths.iter().find(|truth| truth.is_of(side.run.start.seed)).filter(|_| last);
        let answers = truth.and_then(|truth| answers(side.run, set, &truth.classes));
        Some(Seen { confusion: evaluation.confusion.clone(), answers, drawn: truth.and_then(Truths::drawn) })
    };
    let pair = [(seen(left)?, seen(right)?)];
    let (mut measured, covers) = measure(&pair);
    let independent = covers == Covers::Seeds;
    if independent {
        measured.iter_mut().for_each(|cell| cell.spread = of_counts(cell, &pair[0]));
    }
    let name = |class: usize| history.class_name(class);
    let (cells, comparisons) = corrected(&measured, name);
    let [a, b] = [left.run, right.run].map(|run| &run.start);
    let cells = CellDifferences {
        left: a.method,
        left_source: a.source.clone(),
        left_budget: a.budget,
        right: b.method,
        right_source: b.source.clone(),
        right_budget: b.budget,
        set: set.to_string(),
        seeds: 1,
        covers: Covers::Examples,
        classes: recalls(&measured, margin, name),
        comparisons,
        cells,
    };
    Some(PairDifferences { cells, independent })
}

/// The spread of the difference of two fractions of independent samples.
fn of_counts(cell: &Measured, (left, right): &(Seen, Seen)) -> Option<Spread> {
    let row = |seen: &Seen| seen.confusion.get(cell.place.0).map_or(0, |row| row.iter().sum::<u64>()) as f64;
    let (m, n) = (row(left), row(right));
    if m == 0.0 || n == 0.0 {
        return None;
    }
    let [p, q] = cell.fractions;
    // The number of pairs whose difference varies as much.
    let pairs = 2.0 * m * n / (m + n);
    Some(Spread::of_parts(Parts {
        mean: p - q,
        seeds: 1,
        examples: pairs.round().max(1.0) as usize,
        weight: 1.0,
        own_of_seeds: 0.0,
        from_seeds: 0.0,
        of_examples: pairs * (p * (1.0 - p) / m + q * (1.0 - q) / n),
        overlap: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::answers::{Answers, Packed, TrueClasses};
    use crate::session::budget::Budget;
    use crate::session::method::{Method, Strategy};
    use crate::session::record::{Entry, Evaluation, Record, RunStart, TEST, VALIDATION};

    fn run(number: usize, strategy: Strategy) -> Record {
        Record::Run(RunStart {
            run: number,
            method: Method::Strategy(strategy),
            source: None,
            budget: Budget::Labels(100),
            labels: 100,
            validation: 20,
            seed: 0,
            trainable_parameters: 10,
            total_parameters: 20,
            batch: 16,
            planned_steps: 50,
            optimizer: "Adam 0.001".into(),
            metric: None,
            tuned: None,
            groups: Vec::new(),
        })
    }

    fn evaluation(run: usize, step: u64, set: &str, confusion: [[u64; 2]; 2]) -> Record {
        let confusion = confusion.map(|row| row.to_vec()).to_vec();
        Record::Evaluation(Evaluation {
            run,
            step,
            set: set.into(),
            loss: 0.5,
            accuracy: 0.5,
            confusion,
            seconds: 1.0,
        })
    }

    fn history(records: Vec<Record>) -> History {
        History::of(records.into_iter().enumerate().map(|(at, record)| Entry { at: at as f64, record }))
    }

    fn side(history: &History, number: usize, step: Option<u64>) -> Side<'_> {
        Side { run: history.run(number).unwrap(), moment: Moment { step, until: f64::INFINITY } }
    }

    #[test]
    fn answers_are_compared_example_by_example_and_counts_as_independent_samples() {
        // 40 of 50 and 46 of 50 are correct; all that the left run knows, the right one knows too.
        let truth = vec![0_u16; 50].into_iter().chain(vec![1; 50]).collect::<Vec<_>>();
        let predicted = |wrong: usize| -> Packed {
            let one = |(at, class): (usize, &u16)| if at < wrong { 1 - *class } else { *class };
            Packed::new(&truth.iter().enumerate().map(one).collect::<Vec<_>>())
        };
        let answers = |run, wrong| {
            Record::Answers(Answers {
                run,
                set: TEST.into(),
                predicted: predicted(wrong),
                probabilities: Packed::new(&[255; 100]),
            })
        };
        let truths = TrueClasses { set: TEST.into(), classes: Packed::new(&truth), part: None };
        let plain = vec![
            run(0, Strategy::Scratch),
            run(1, Strategy::Frozen),
            evaluation(0, 9, TEST, [[40, 10], [0, 50]]),
            evaluation(1, 9, TEST, [[46, 4], [0, 50]]),
        ];
        let counts = history(plain.clone());
        let with_answers =
            [vec![Record::TrueClasses(truths)], plain, vec![answers(0, 10), answers(1, 4)]].concat();
        let known = history(with_answers);
        let found = |history: &History| {
            difference(history, side(history, 1, None), side(history, 0, None), TEST, 0.0).unwrap()
        };
        let (paired, independent) = (found(&known), found(&counts));
        assert_eq!((paired.independent, independent.independent), (false, true));
        let cell =
            |found: &PairDifferences| found.cells.cells.iter().find(|c| c.place == (0, 0)).unwrap().clone();
        assert!((cell(&paired).left - 0.92).abs() < 1e-12 && (cell(&independent).right - 0.8).abs() < 1e-12);
        let width = |found: &PairDifferences| {
            let (low, high) = cell(found).interval.unwrap();
            assert!(low < 0.12 && 0.12 < high + 0.01);
            high - low
        };
        assert!(width(&paired) < width(&independent), "{} {}", width(&paired), width(&independent));
        // scipy: 1.96 sqrt(.92 * .08 / 50 + .8 * .2 / 50) = 0.1340; two more examples change it little.
        assert!((width(&independent) / 2.0 - 0.134).abs() < 0.01, "{}", width(&independent));
        assert!(!cell(&independent).differs);
    }

    #[test]
    fn a_run_is_compared_with_itself_at_an_earlier_step() {
        let history = history(vec![
            run(0, Strategy::FineTuned),
            evaluation(0, 1, VALIDATION, [[100, 100], [50, 150]]),
            evaluation(0, 2, VALIDATION, [[180, 20], [20, 180]]),
        ]);
        let found = |left, right| {
            difference(&history, side(&history, 0, left), side(&history, 0, right), VALIDATION, 0.0).unwrap()
        };
        let later = found(None, Some(1));
        assert!(later.independent && later.cells.cells.iter().all(|cell| cell.differs));
        assert!((later.cells.cells[0].left - later.cells.cells[0].right - 0.4).abs() < 1e-12);
        let same = found(Some(2), None);
        assert!(same.cells.differing().count() == 0);
        assert!(difference(&history, side(&history, 0, None), side(&history, 0, None), TEST, 0.0).is_none());
    }
}
