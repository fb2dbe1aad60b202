//! Differences of cells: against counts by hand, against the recall by class, and by simulation.

use rand::Rng;
use rayon::prelude::*;

use super::*;
use crate::rng;
use crate::transfer::statistics::two_way::Values;

fn answered(truth: &[u16], predicted: &[u16]) -> Seen {
    let answers = truth.iter().copied().zip(predicted.iter().copied()).collect();
    Seen { answers: Some(answers), ..Seen::default() }
}

fn counted(confusion: &[&[u64]]) -> Seen {
    Seen { confusion: confusion.iter().map(|row| row.to_vec()).collect(), answers: None, drawn: None }
}

fn name(class: usize) -> String {
    format!("c{class}")
}

#[test]
fn a_cell_is_the_fraction_of_its_true_class_and_unused_cells_are_left_out() {
    let truth = [0, 0, 0, 0, 1, 1];
    let pairs = [
        (answered(&truth, &[0, 0, 0, 1, 1, 1]), answered(&truth, &[0, 0, 1, 1, 1, 1])),
        (answered(&truth, &[0, 0, 0, 0, 1, 1]), answered(&truth, &[0, 0, 1, 1, 1, 2])),
    ];
    let (measured, covers) = measure(&pairs);
    assert_eq!(covers, Covers::SeedsAndExamples);
    let (cells, comparisons) = corrected(&measured, name);
    assert_eq!(comparisons, 2, "the two cells of a row say the same");
    let found: Vec<((usize, usize), f64, f64)> =
        cells.iter().map(|cell| (cell.place, cell.left, cell.right)).collect();
    // (1, 0) is in no matrix.
    assert_eq!(found, [((0, 0), 0.875, 0.5), ((0, 1), 0.125, 0.5), ((1, 1), 1.0, 0.75), ((1, 2), 0.0, 0.25)]);
    assert_eq!(measured.iter().map(|cell| cell.differing).collect::<Vec<_>>(), [2, 2, 1, 1].map(Some));
    assert!(cells.iter().all(|cell| !cell.differs && cell.corrected.is_some()));
    // One seed: over the examples, for this one training.
    assert_eq!(measure(&pairs[..1]).1, Covers::Examples);
}

#[test]
fn the_interval_of_a_cell_is_that_of_the_two_way_design_at_holms_level() {
    // 40 examples of each of three classes. Left takes class 1 for class 0 in half of them, and class 2 in a quarter of
    // them; right never does.
    let truth: Vec<u16> = (0..120).map(|i| i % 3).collect();
    let takes = |i: u16| i % 6 == 1 || i % 12 == 2;
    let left: Vec<u16> = (0..120).map(|i| if takes(i) { 0 } else { i % 3 }).collect();
    let pair = || (answered(&truth, &left), answered(&truth, &truth));
    let (cells, comparisons) = corrected(&measure(&[pair(), pair()]).0, name);
    let spread = |every: usize| {
        let mut table = Values::new(40);
        (0..2).for_each(|_| table.push((0..40).map(|i| f32::from(u8::from(i % every == 0)))));
        table.spread().unwrap()
    };
    let places: Vec<(usize, usize)> = cells.iter().map(|cell| cell.place).collect();
    assert_eq!(places, [(0, 0), (1, 0), (1, 1), (2, 0), (2, 2)]);
    // The row of class 0 compares nothing. The other rows compare once each: at 0.05 / 2, then at 0.05.
    assert_eq!(comparisons, 2);
    assert_eq!(cells[1].interval, spread(2).interval(LEVEL));
    assert_eq!(cells[1].corrected, spread(2).interval(LEVEL / 2.0));
    let (low, high) = spread(2).interval(LEVEL / 2.0).unwrap();
    assert_eq!(cells[2].corrected, Some((-high, -low)));
    assert_eq!(cells[3].corrected, spread(4).interval(LEVEL));
    assert_eq!(cells.iter().map(|cell| cell.differs).collect::<Vec<_>>(), [false, true, true, true, true]);
    assert_eq!((cells[1].left, cells[1].right, cells[2].left), (0.5, 0.0, 0.5));
}

#[test]
fn five_differing_examples_show_nothing() {
    let truth = vec![0; 60];
    let predicted = |others: usize| -> Vec<u16> { (0..60).map(|i| u16::from(i < others)).collect() };
    let differs = |others: usize| {
        let pairs = [(answered(&truth, &predicted(others)), answered(&truth, &truth))];
        corrected(&measure(&pairs).0, name).0.iter().any(|cell| cell.differs)
    };
    assert_eq!([5, 12].map(differs), [false, true]);
}

#[test]
fn without_answers_the_interval_is_students_over_the_seeds() {
    let pairs = [
        (counted(&[&[8, 2], &[0, 10]]), counted(&[&[5, 5], &[0, 10]])),
        (counted(&[&[9, 1], &[0, 10]]), counted(&[&[5, 5], &[0, 10]])),
        (counted(&[&[7, 3], &[0, 10]]), counted(&[&[5, 5], &[0, 0]])),
    ];
    let (measured, covers) = measure(&pairs);
    assert_eq!(covers, Covers::Seeds);
    let cells = corrected(&measured, name).0;
    let places: Vec<(usize, usize)> = cells.iter().map(|cell| cell.place).collect();
    assert_eq!(places, [(0, 0), (0, 1), (1, 1)]);
    // 0.3 ± 4.303 · 0.1 / √3
    let (low, high) = cells[0].interval.unwrap();
    assert!((low - 0.051_59).abs() < 1e-4 && (high - 0.548_41).abs() < 1e-4, "{low} {high}");
    // All seeds differ by the same about the second class: nothing is known about how far they vary.
    assert_eq!(cells[2].interval, None);
    assert_eq!((cells[2].left, cells[2].right), (1.0, 1.0));
    // One seed has no interval over seeds.
    let one = corrected(&measure(&pairs[..1]).0, name).0;
    assert!(one.iter().all(|cell| cell.interval.is_none() && !cell.differs));
}

/// Sides whose answers are not about the same examples are compared by their counts.
#[test]
fn answers_about_other_examples_are_not_paired() {
    let with = |truth: &[u16], predicted: &[u16], confusion: &[&[u64]]| Seen {
        answers: answered(truth, predicted).answers,
        ..counted(confusion)
    };
    let a = with(&[0, 1], &[0, 1], &[&[1, 0], &[0, 1]]);
    let b = with(&[1, 0], &[1, 1], &[&[0, 1], &[0, 1]]);
    assert_eq!(measure(&[(a, b)]).1, Covers::Seeds);
}

/// Two methods of the same quality on four classes: in at most about 5 of 100 experiments any of the 16 cells is marked.
/// A method that takes one class for another more often is found.
#[test]
fn the_correction_keeps_its_level_over_all_cells() {
    const REPETITIONS: u64 = 1_000;
    const EXAMPLES: usize = 300;
    // Of each class: the probability of a wrong answer, about the next class mostly. `more` is added for class 0.
    let experiment = |number: u64, seeds: usize, more: f64| -> (bool, bool) {
        let mut stream = rng::stream(11, "simulated cells", number);
        let mut uniform = || (stream.next_u32() as f64 + 0.5) / (f64::from(u32::MAX) + 1.0);
        let truth: Vec<u16> = (0..EXAMPLES).map(|i| (i % 4) as u16).collect();
        let difficulty: Vec<f64> = (0..EXAMPLES).map(|_| uniform() * 0.6).collect();
        let mut predict = |more: f64| {
            let of_seed = 0.9 + 0.2 * uniform();
            let predicted: Vec<u16> = (truth.iter().zip(&difficulty))
                .map(|(&class, difficulty)| {
                    let wrong = difficulty * of_seed + if class == 0 { more } else { 0.0 };
                    let draw = uniform();
                    if draw > wrong {
                        class
                    } else if draw > 0.2 * wrong {
                        (class + 1) % 4
                    } else {
                        (class + 2) % 4
                    }
                })
                .collect();
            answered(&truth, &predicted)
        };
        let pairs: Vec<(Seen, Seen)> = (0..seeds).map(|_| (predict(more), predict(0.0))).collect();
        let cells = corrected(&measure(&pairs).0, name).0;
        let planted = cells.iter().any(|cell| cell.differs && cell.place == (0, 1));
        (planted, cells.iter().any(|cell| cell.differs && (more == 0.0 || cell.place.0 != 0)))
    };
    for seeds in [1, 3, 5, 10] {
        for more in [0.0, 0.4] {
            let found: Vec<(bool, bool)> =
                (0..REPETITIONS).into_par_iter().map(|number| experiment(number, seeds, more)).collect();
            let percent = |holds: fn(&(bool, bool)) -> bool| {
                100.0 * found.iter().filter(|found| holds(found)).count() as f64 / REPETITIONS as f64
            };
            let (planted, wrong) = (percent(|found| found.0), percent(|found| found.1));
            println!("{seeds} seeds, {more} more: found {planted} %, a wrong cell in {wrong} %");
            // 5 %, plus three standard errors.
            assert!(wrong <= 7.1, "{seeds} seeds: a wrong cell in {wrong} %");
            // Three seeds show little: Student's quantile for 2 degrees of freedom at a twelfth of 0.05 is 15.
            assert!(more == 0.0 || seeds == 3 || planted > 80.0, "{seeds} seeds: found in {planted} %");
        }
    }
}
