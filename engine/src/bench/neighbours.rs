//! Measures queries for the ten words nearest to a word, in a table of 300-dimensional vectors.

use ndarray::Array2;
use rayon::prelude::*;

use crate::text::words::Words;
use crate::vectors::View;
use crate::vectors::compressed::Compressed;
use crate::{kernel, rng};

use super::{Speed, in_turns};

const DIM: usize = 300;
const COUNT: usize = 10;
/// Floats that a thread reads at once when the memory bandwidth is measured.
const PIECE: usize = 1 << 16;

/// Queries a second in a table of `rows` rows, and as the limit how often a second memory can deliver the whole
/// table.
pub fn speed(rows: usize, compressed: bool, pool: &rayon::ThreadPool, seconds: f64) -> Speed {
    pool.install(|| {
        let matrix = random(rows);
        let words: Words = (0..rows).map(|number| format!("w{number}")).collect();
        let view = View::new(&words, matrix.view());
        let norms = view.norms();
        let view = view.with_norms(&norms);
        let copy = compressed.then(|| Compressed::new(view.table()));
        let view = copy.as_ref().map_or(view, |copy| view.with_compressed(copy));
        let all = matrix.as_slice().unwrap_or_default();
        let mut number = 0;
        let [rates, read] = in_turns(
            seconds,
            || {
                number += 7_919;
                let id = number % rows;
                std::hint::black_box(view.nearest(&view.row(id), COUNT, &[id]));
            },
            || {
                let sum: f32 = all.par_chunks(PIECE).map(|piece| kernel::dot(piece, piece)).sum();
                std::hint::black_box(sum);
            },
        );
        let limit = Speed::new("", read).spread()[1];
        Speed { limit: Some(limit), ..Speed::new("questions", rates) }
    })
}

/// A table of standard normal values. Each row has its own random stream.
fn random(rows: usize) -> Array2<f32> {
    let mut matrix = Array2::zeros((rows, DIM));
    let all = matrix.as_slice_mut().unwrap_or_default();
    all.par_chunks_mut(DIM).enumerate().for_each(|(row, numbers)| {
        let mut stream = rng::stream(1, "bench table", row as u64);
        numbers.iter_mut().for_each(|number| *number = rng::normal(&mut stream) as f32);
    });
    matrix
}
