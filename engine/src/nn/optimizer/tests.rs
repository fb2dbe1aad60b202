use std::sync::Arc;

use crate::nn::blocks::Blocks;
use crate::rng;

use super::rows::ALONE;
use super::*;

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Sgd { momentum: 0.0 },
    Algorithm::Sgd { momentum: 0.9 },
    Algorithm::Adam { decay: 0.0 },
    Algorithm::Adam { decay: 0.1 },
];

/// The rows that have a gradient in a step. Most are touched seldom, some not for hundreds of steps.
fn touched(step: u64, rows: usize) -> Vec<usize> {
    let mut rng = rng::stream(8, "touched", step);
    (0..rows).filter(|&row| rng::unit64(&mut rng) < 0.5 / (1.0 + (row * row) as f64 / 4.0)).collect()
}

fn learning_rate(step: u64) -> f32 {
    0.01 * (1.0 + (step % 7) as f32 / 3.0)
}

/// The table after `steps` steps, with a gradient for each touched (row, step).
fn sparse<T: Real>(
    algorithm: Algorithm,
    steps: u64,
    rows: usize,
    dim: usize,
    settle_every: u64,
) -> (Vec<T>, Optimizer<T>) {
    let mut table: Vec<T> = (0..rows * dim).map(|i| T::of((i as f64 * 0.7).sin())).collect();
    let mut optimizer = Optimizer::new(algorithm, 0, rows, dim);
    let mut gradient = Gradient::new(Arc::new(Blocks::default()), rows, dim);
    for step in 0..steps {
        let touched = touched(step, rows);
        optimizer.prepare(&mut table, touched.iter().map(|&row| row as u32));
        gradient.clear();
        for row in touched {
            // The gradient depends on the weights, as in real training.
            let dx: Vec<T> = table[row * dim..][..dim]
                .iter()
                .map(|&w| T::of((w.wide() * 3.0 + step as f64).sin() * 0.1))
                .collect();
            gradient.rows.add_row(row as u32, T::one(), &dx);
        }
        gradient.sum(&[]);
        optimizer.step(&mut [], &mut table, &gradient, learning_rate(step));
        if step % settle_every == 0 {
            optimizer.settle(&mut table);
        }
    }
    optimizer.settle(&mut table);
    (table, optimizer)
}

/// The same with every row updated in every step.
fn dense<T: Real>(algorithm: Algorithm, steps: u64, rows: usize, dim: usize) -> Vec<T> {
    let mut table: Vec<T> = (0..rows * dim).map(|i| T::of((i as f64 * 0.7).sin())).collect();
    let mut optimizer = Optimizer::new(algorithm, rows * dim, 0, dim);
    let mut blocks = Blocks::default();
    blocks.push("all", &[("rows", vec![rows, dim])], "");
    let mut gradient = Gradient::new(Arc::new(blocks), 0, dim);
    for step in 0..steps {
        gradient.clear();
        for row in touched(step, rows) {
            for (dx, &w) in gradient.dense[row * dim..][..dim].iter_mut().zip(&table[row * dim..][..dim]) {
                *dx = T::of((w.wide() * 3.0 + step as f64).sin() * 0.1);
            }
        }
        optimizer.step(&mut table, &mut [], &gradient, learning_rate(step));
    }
    table
}

#[test]
fn few_rows_at_a_time_come_to_what_the_dense_rule_gives() {
    let (steps, rows, dim) = (900, 24, 5);
    for algorithm in ALGORITHMS {
        let far = |a: f64, b: f64| (a - b).abs();
        let (lazy, _) = sparse::<f64>(algorithm, steps, rows, dim, 400);
        let whole = dense::<f64>(algorithm, steps, rows, dim);
        let worst = lazy.iter().zip(&whole).map(|(&a, &b)| far(a, b)).fold(0.0, f64::max);
        assert!(worst < 1e-11, "{algorithm:?} {worst:e}");
        let (lazy, _) = sparse::<f32>(algorithm, 300, rows, dim, 400);
        let whole = dense::<f32>(algorithm, 300, rows, dim);
        let worst = lazy.iter().zip(&whole).map(|(&a, &b)| far(a.wide(), b.wide())).fold(0.0, f64::max);
        assert!(worst < 1e-4, "{algorithm:?} {worst:e}");
    }
}

#[test]
fn when_rows_are_settled_does_not_change_a_bit() {
    for algorithm in ALGORITHMS {
        let (a, a_state) = sparse::<f32>(algorithm, 700, 24, 5, 10_000);
        for every in [1, 3, 50, 333] {
            let (b, b_state) = sparse::<f32>(algorithm, 700, 24, 5, every);
            assert!(a == b, "{algorithm:?} {every}");
            assert!(a_state.tensors() == b_state.tensors(), "{algorithm:?} {every}");
        }
    }
}

#[test]
fn threads_that_share_a_table_do_not_change_a_bit() {
    let rows = 8 * ALONE;
    for algorithm in [Algorithm::Sgd { momentum: 0.9 }, Algorithm::Adam { decay: 0.1 }] {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut table: Vec<f32> = (0..rows * 3).map(|i| (i as f32 * 0.7).sin()).collect();
                let mut optimizer = Optimizer::new(algorithm, 0, rows, 3);
                let mut gradient = Gradient::new(Arc::new(Blocks::default()), rows, 3);
                for step in 0..12_u32 {
                    // A third of the rows, each twice and unordered.
                    let touched = (0..rows as u32).map(|n| n.wrapping_mul(2_654_435_761) % rows as u32);
                    let touched: Vec<u32> = touched.filter(|row| (row + step) % 3 == 0).collect();
                    optimizer.prepare(&mut table, touched.iter().chain(&touched).copied());
                    gradient.clear();
                    for &row in &touched {
                        let dx = [table[row as usize * 3], step as f32, -1.0].map(|x| 0.1 * x.cos());
                        gradient.rows.add_row(row, 1.0, &dx);
                    }
                    gradient.sum(&[]);
                    optimizer.step(&mut [], &mut table, &gradient, 0.01);
                }
                optimizer.settle(&mut table);
                table
            })
        };
        let alone = run(1);
        for threads in [2, 4] {
            assert!(run(threads) == alone, "{algorithm:?}, {threads} threads");
        }
    }
}

#[test]
fn what_does_not_move_has_no_gradient() {
    let rate_factor = RateFactor { factor: 1.0, since: 0 };
    let group_rates = GroupRates { dense: vec![(6..8, rate_factor), (1..3, rate_factor)], rows: None };
    let mut gradient = vec![1.0_f32; 9];
    group_rates.still(&mut gradient);
    assert_eq!(gradient, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn what_begins_later_moves_as_if_all_began_then() {
    let mut blocks = Blocks::default();
    blocks.push("a", &[("weight", vec![5])], "");
    let slopes = |step: u64, w: &[f64]| w.iter().map(|w| (w * 3.0 + step as f64).sin()).collect::<Vec<f64>>();
    for algorithm in ALGORITHMS {
        let late = RateFactor { factor: 0.5, since: 4 };
        let group_rates = |step: u64| match step {
            0..4 => GroupRates { dense: vec![(0..2, RateFactor { factor: 1.0, since: 0 })], rows: None },
            _ => GroupRates {
                dense: vec![(0..2, RateFactor { factor: 1.0, since: 0 }), (2..5, late)],
                rows: Some(late),
            },
        };
        let blocks = Arc::new(blocks.clone());
        let mut optimizer = Optimizer::new(algorithm, 5, 1, 3);
        let (mut dense, mut table) = (vec![0.1, 0.2, 0.3, 0.4, 0.5], vec![0.3, 0.4, 0.5]);
        let mut gradient = Gradient::new(blocks, 1, 3);
        for step in 0..9 {
            gradient.clear();
            gradient.dense.copy_from_slice(&slopes(step, &dense));
            if step >= 4 {
                optimizer.prepare(&mut table, [0].into_iter());
                gradient.rows.add_row(0, 1.0, &slopes(step, &table));
                gradient.sum(&[]);
            }
            optimizer.step_at(&mut dense, &mut table, &gradient, 0.02, &group_rates(step));
        }
        // Each group by itself, from its own first step, with its own learning rate.
        for (range, first, learning_rate) in [(0..2, 0, 0.02), (2..5, 4, 0.01)] {
            let mut blocks = Blocks::default();
            blocks.push("a", &[("weight", vec![range.len()])], "");
            let mut alone: Vec<f64> = [0.1, 0.2, 0.3, 0.4, 0.5][range.clone()].to_vec();
            let mut optimizer = Optimizer::new(algorithm, range.len(), 0, 3);
            let mut gradient = Gradient::new(Arc::new(blocks), 0, 3);
            for step in first..9 {
                gradient.dense.copy_from_slice(&slopes(step, &alone));
                optimizer.step(&mut alone, &mut [], &gradient, learning_rate);
            }
            for (a, b) in dense[range].iter().zip(&alone) {
                assert!((a - b).abs() < 1e-12, "{algorithm:?}");
            }
        }
        // The table had the same initial values as the group that began later.
        assert!(table.iter().zip(&dense[2..]).all(|(a, b)| (a - b).abs() < 1e-12), "{algorithm:?} {table:?}");
    }
}

#[test]
fn threads_that_share_dense_numbers_do_not_change_a_bit() {
    let n = 2 * PIECE + 5;
    let mut blocks = Blocks::default();
    blocks.push("a", &[("weight", vec![n])], "");
    let mut gradient = Gradient::new(Arc::new(blocks), 0, 0);
    for algorithm in [Algorithm::Sgd { momentum: 0.9 }, Algorithm::Adam { decay: 0.1 }] {
        let mut run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut dense = vec![0.5_f32; n];
                let mut optimizer = Optimizer::new(algorithm, n, 0, 0);
                for step in 0..3 {
                    let slopes = gradient.dense.iter_mut().enumerate();
                    slopes.for_each(|(i, g)| *g = ((i + step) as f32 * 0.3).sin());
                    gradient.clip(1.0);
                    optimizer.step(&mut dense, &mut [], &gradient, 0.01);
                }
                dense
            })
        };
        let alone = run(1);
        assert!(alone[n - 1] != 0.5 && alone[0] != alone[1]);
        assert!(run(3) == alone, "{algorithm:?}");
    }
}

#[test]
fn a_checkpoint_with_the_second_moments_themselves_is_read() {
    let (_, kept) = sparse::<f64>(Algorithm::Adam { decay: 0.0 }, 50, 24, 5, 10_000);
    let squares: Vec<(String, Vec<f64>)> = kept
        .tensors()
        .iter()
        .filter_map(|tensor| match tensor.values {
            Values::Real(values) if tensor.name.ends_with("second_root") => {
                let name = tensor.name.replace("second_root", "second");
                Some((name, values.iter().map(|root| root * root).collect()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(squares.len(), 2);
    let tensors = kept.tensors();
    let find = |name: &str| {
        let old = squares.iter().find(|(old, _)| old == name).map(|(_, values)| Values::Real(&values[..]));
        let same = tensors.iter().find(|tensor| tensor.name == name && !name.ends_with("second_root"));
        old.or(same.map(|tensor| tensor.values))
    };
    let mut read = Optimizer::new(Algorithm::Adam { decay: 0.0 }, 0, 24, 5);
    read.load(find).unwrap();
    let far = kept.row_second.iter().zip(&read.row_second).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1e-15 && kept.row_second.iter().any(|root| *root > 0.0), "{far:e}");
    assert_eq!((read.row_first == kept.row_first, read.steps), (true, 50));
}
