//! GFLOP/s of matrix products, on one thread, at the shapes that layers have: the general product and, where a
//! right factor can be laid out beforehand, the product of panels. `cargo bench --bench matmul -- [seconds a case]`;
//! each line prints the least, median and largest rate over its repetitions.

use std::hint::black_box;
use std::time::Instant;

use ndarray::Array2;

use warmstart_engine::kernel::{Panels, matmul};
use warmstart_engine::rng;

/// Rows of A, columns of A, columns of B, and whether A is turned.
const SHAPES: [(&str, usize, usize, usize, bool); 14] = [
    ("LSTM step, 8 documents", 8, 128, 512, false),
    ("LSTM step, 32 documents", 32, 128, 512, false),
    ("LSTM step back, 8 documents", 8, 512, 128, false),
    ("LSTM step back, 32 documents", 32, 512, 128, false),
    ("LSTM inputs, 1,000 words", 1_000, 100, 512, false),
    ("LSTM input gradient, 1,000 words", 1_000, 512, 100, false),
    ("recurrent weight gradient", 512, 1_592, 128, true),
    ("input weight gradient", 512, 1_000, 100, true),
    ("linear head, 64 documents", 64, 128, 2, false),
    ("encoder, 1,024 tokens, projection", 1_024, 384, 384, false),
    ("encoder, 1,024 tokens, first", 1_024, 384, 1_536, false),
    ("encoder, 1,024 tokens, second", 1_024, 1_536, 384, false),
    ("encoder, weight gradient, first", 1_536, 1_024, 384, true),
    ("encoder, weight gradient, second", 384, 1_024, 1_536, true),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let seconds: f64 = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(0.5);
    let mut stream = rng::stream(1, "matmul", 0);
    let mut random =
        |rows, columns| Array2::from_shape_fn((rows, columns), |_| rng::normal(&mut stream) as f32);
    for (name, m, k, n, turned) in SHAPES {
        let a = if turned { random(k, m) } else { random(m, k) };
        let (b, mut c) = (random(k, n), Array2::zeros((m, n)));
        let operations = 2.0 * (m * k * n) as f64;
        let left = if turned { a.t() } else { a.view() };
        timed(name, "general", operations, seconds, || matmul(1.0, left, b.view(), 1.0, c.view_mut()));
        let mut panels = Panels::default();
        panels.lay(b.view());
        timed(name, "panels", operations, seconds, || panels.add_matmul(left, c.view_mut()));
        timed(name, "panels, laid out anew", operations, seconds, || {
            panels.lay(black_box(b.t().to_owned().t()));
            panels.add_matmul(left, c.view_mut());
        });
    }
}

fn timed(name: &str, how: &str, operations: f64, seconds: f64, mut work: impl FnMut()) {
    // Enough of it that the clock's own time does not count.
    let repeats = (2e7 / operations).ceil() as usize;
    let begun = Instant::now();
    let mut rates = Vec::new();
    while begun.elapsed().as_secs_f64() < seconds || rates.len() < 5 {
        let before = Instant::now();
        (0..repeats).for_each(|_| work());
        rates.push(operations * repeats as f64 / before.elapsed().as_secs_f64() / 1e9);
    }
    rates.sort_by(f64::total_cmp);
    let (low, median, high) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    println!("{name:34} {how:22} min {low:7.1}  median {median:7.1}  max {high:7.1} GFLOP/s");
}
