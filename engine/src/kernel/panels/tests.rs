//! Tests of products with panels.

use super::*;
use crate::kernel::Level;

fn random<T: Real>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut rng = crate::rng::stream(seed, "panels test", 0);
    Array2::from_shape_fn((rows, columns), |_| T::of(crate::rng::unit64(&mut rng) - 0.5))
}

/// Rows of C are longer than its columns; the values after the columns must not change.
fn check<T: Real>(tolerance: f64) {
    let mut panels = Panels::default();
    for (m, k, n) in [
        (1, 1, 1),
        (8, 128, 512),
        (15, 7, 33),
        (3, 64, 20),
        (23, 300, 100),
        (0, 4, 4),
        (2, 0, 3),
        (10, 9, 70),
        (11, 5, 40),
        (12, 5, 40),
        (13, 5, 40),
    ] {
        for turned in [false, true] {
            let a = random::<T>(m, k, 1);
            let b = if turned { random::<T>(n, k, 2).reversed_axes() } else { random::<T>(k, n, 2) };
            let mut c = Array2::from_elem((m, n + 5), T::of(0.25));
            panels.lay(b.view());
            panels.add_matmul(a.view(), c.slice_mut(s![.., ..n]));
            let bias = random::<T>(1, n, 6);
            let mut biased = Array2::from_elem((m, n), T::of(0.5));
            panels.matmul_and_bias(bias.as_slice().unwrap(), a.view(), biased.view_mut());
            for ((i, j), &got) in biased.indexed_iter() {
                let want = c[(i, j)].wide() - 0.25 + bias[(0, j)].wide();
                assert!((got.wide() - want).abs() < tolerance, "{m} {k} {n} at {i} {j}: {got} {want}");
            }
            let sources = random::<T>(4, n + 2, 5);
            let rows: Vec<u32> = (0..m as u32).map(|row| row * 3 % 4).collect();
            let mut onto = Array2::zeros((m, n));
            let (first, then) = sources.as_slice().unwrap().split_at(n + 2);
            let source = Source { first, then, width: n + 2 };
            panels.matmul_onto(source, &rows, a.view(), onto.view_mut());
            let mut set = Array2::from_elem((m, n + 5), T::of(0.5));
            panels.set_matmul(a.view(), set.slice_mut(s![.., ..n]));
            for ((i, j), &got) in set.indexed_iter() {
                let want = if j < n { c[(i, j)].wide() - 0.25 } else { 0.5 };
                assert!((got.wide() - want).abs() < tolerance, "{m} {k} {n} at {i} {j}: {got} {want}");
            }
            for ((i, j), &got) in onto.indexed_iter() {
                let want = c[(i, j)].wide() - 0.25 + sources[(rows[i] as usize, j)].wide();
                assert!((got.wide() - want).abs() < tolerance, "{m} {k} {n} at {i} {j}: {got} {want}");
            }
            for ((i, j), &got) in c.indexed_iter() {
                let sum: f64 =
                    if j < n { (0..k).map(|l| a[(i, l)].wide() * b[(l, j)].wide()).sum() } else { 0.0 };
                assert!((got.wide() - 0.25 - sum).abs() < tolerance, "{m} {k} {n} at {i} {j}: {got} {sum}");
            }
        }
    }
}

#[test]
fn products_agree_with_plain_sums_at_every_level() {
    for level in Level::all() {
        level.force(|| {
            check::<f32>(1e-5);
            check::<f64>(1e-13);
        });
    }
}

/// Two lines of three pixels of a image that is five pixels wide, at every second pixel.
fn check_windows<T: Real>() {
    for (channels, outputs) in [(1, 3), (5, 16), (16, 40)] {
        let image = random::<T>(4, 5 * channels, 7);
        let windows = Windows {
            values: image.as_slice().unwrap(),
            step: 2 * channels,
            line: 5 * channels,
            lines: 2,
            across: 3 * channels,
        };
        let (b, bias) = (random::<T>(6 * channels, outputs, 8), random::<T>(1, outputs, 9));
        let mut panels = Panels::default();
        panels.lay(b.view());
        let [mut got, mut want] = [Array2::zeros((2, outputs)), Array2::zeros((2, outputs))];
        panels.matmul_of_windows(bias.as_slice(), windows, None, got.view_mut());
        let rows =
            [0, 1].map(|at| image.slice(s![0..2, 2 * at * channels..(2 * at + 3) * channels]).to_owned());
        let rows = rows.map(|window| window.into_iter().collect::<Vec<T>>());
        let gathered = Array2::from_shape_fn((2, 6 * channels), |(row, at)| rows[row][at]);
        panels.matmul_and_bias(bias.as_slice().unwrap(), gathered.view(), want.view_mut());
        assert_eq!(got, want, "{channels} {outputs}");
        panels.matmul_of_windows(None, windows, None, got.view_mut());
        panels.set_matmul(gathered.view(), want.view_mut());
        assert_eq!(got, want, "{channels} {outputs}");

        // The same windows with one piece each, turned.
        let b = random::<T>(2, outputs, 10);
        panels.lay(b.view());
        let mut turned = random::<T>(3 * channels, outputs, 11);
        let mut want = turned.clone();
        panels.add_matmul_of_turned_windows(Windows { lines: 1, ..windows }, turned.view_mut());
        panels.add_matmul(gathered.slice(s![.., ..3 * channels]).reversed_axes(), want.view_mut());
        assert_eq!(turned, want, "{channels} {outputs}");
    }
}

#[test]
fn windows_are_the_rows_of_a_matrix_at_every_level() {
    for level in Level::all() {
        level.force(|| {
            check_windows::<f32>();
            check_windows::<f64>();
        });
    }
}

#[test]
fn a_row_comes_out_the_same_whatever_rows_are_beside_it() {
    for level in Level::all() {
        level.force(|| {
            let (a, b) = (random::<f32>(13, 40, 3), random::<f32>(40, 50, 4));
            let mut panels = Panels::default();
            panels.lay(b.view());
            let mut whole = Array2::zeros((13, 50));
            panels.add_matmul(a.view(), whole.view_mut());
            for row in 0..13 {
                let mut alone = Array2::zeros((1, 50));
                panels.add_matmul(a.slice(s![row..=row, ..]), alone.view_mut());
                assert_eq!(alone.row(0), whole.row(row), "{level:?} {row}");
            }
        });
    }
}

/// Values within limits are those of the product; NaN stays NaN.
fn check_limits<T: Real>() {
    let limits = Limits { least: T::of(-0.25), most: T::of(0.5) };
    let limited = |x: T| {
        if x < limits.least {
            limits.least
        } else if x > limits.most {
            limits.most
        } else {
            x
        }
    };
    for (m, k, n) in [(7, 9, 50), (1, 4, 16), (13, 0, 40)] {
        let (mut a, b, bias) = (random::<T>(m, k, 12), random::<T>(k, n, 13), random::<T>(1, n, 14));
        if k > 0 {
            a[(m - 1, 0)] = T::of(f64::NAN);
        }
        let mut panels = Panels::default();
        panels.lay(b.view());
        let [mut free, mut got] = [Array2::zeros((m, n)), Array2::zeros((m, n))];
        panels.matmul_and_bias(bias.as_slice().unwrap(), a.view(), free.view_mut());
        panels.limited_matmul(bias.as_slice().unwrap(), a.view(), Some(limits), got.view_mut());
        let windows = Windows { values: a.as_slice().unwrap(), step: k, line: 0, lines: 1, across: k };
        let mut of_windows = Array2::zeros((m, n));
        panels.matmul_of_windows(bias.as_slice(), windows, Some(limits), of_windows.view_mut());
        assert!(free.iter().any(|&x| limited(x) != x));
        for ((&free, &got), &of_window) in free.iter().zip(&got).zip(&of_windows) {
            let same = |x: T| if free.is_nan() { x.is_nan() } else { x == limited(free) };
            assert!(same(got) && same(of_window), "{free} {got} {of_window}");
        }
        assert_eq!(got.iter().filter(|x| x.is_nan()).count(), if k > 0 { n } else { 0 });
    }
}

#[test]
fn values_stay_within_limits_at_every_level() {
    for level in Level::all() {
        level.force(|| {
            check_limits::<f32>();
            check_limits::<f64>();
        });
    }
}

#[test]
fn a_turned_factor_and_one_that_is_not_laid_give_the_sums_of_copies() {
    for level in Level::all() {
        level.force(|| {
            for (m, k, n) in [(1, 1, 16), (16, 70, 32), (17, 5, 48), (40, 33, 16), (3, 0, 16)] {
                let (a, b) = (random::<f32>(k, m, 12), random::<f32>(k, n, 13));
                let mut want = random::<f32>(m, n, 14);
                let mut got = want.clone();
                let slice = |matrix: &Array2<f32>| matrix.as_slice().unwrap().to_vec();
                add_turned_matmul(&slice(&a), &slice(&b), [m, n], got.as_slice_mut().unwrap());
                let mut panels = Panels::default();
                panels.lay(b.view());
                panels.add_matmul(a.t(), want.view_mut());
                assert_eq!(got, want, "{level:?} {m} {k} {n}");
            }
        });
    }
}
