//! Questions for the ten words nearest to a word, in a table of 300 dimensions a word.

use ndarray::Array2;
use rayon::prelude::*;

use crate::text::words::Words;
use crate::vectors::View;
use crate::vectors::compressed::Compressed;
use crate::{kernel, rng};

use super::{Speed, in_turns};

const DIM: usize = 300;
const COUNT: usize = 10;
/// Floats that are read at a time where nothing is done with them.
const PIECE: usize = 1 << 16;

/// Questions a second, in a table of so many rows, and how often the table could be read a second.
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
        let limit = Speed { unit: "", rates: read, limit: None }.spread()[1];
        Speed { unit: "questions", rates, limit: Some(limit) }
    })
}

/// Normal numbers, each row from a stream of its own.
fn random(rows: usize) -> Array2<f32> {
    let mut matrix = Array2::zeros((rows, DIM));
    let all = matrix.as_slice_mut().unwrap_or_default();
    all.par_chunks_mut(DIM).enumerate().for_each(|(row, numbers)| {
        let mut stream = rng::stream(1, "bench table", row as u64);
        numbers.iter_mut().for_each(|number| *number = rng::normal(&mut stream) as f32);
    });
    matrix
}
