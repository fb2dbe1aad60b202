//! A compressed copy of a large table for nearest-neighbour queries: one byte per value, and still exact answers.
//!
//! Each vector is scaled to length 1 and stored as integers from -127 to 127 with a scale of its own. A query scans
//! these integers, takes the few hundred rows that seem nearest, and ranks them by the original vectors. The error of
//! a row's similarity has a known bound. If a row that was not taken could still belong to the answer, the whole
//! table is scanned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use crate::kernel::codes::{self, PAD};

use super::near::{Near, length, over};
use super::table::TableView;

/// The number of rows that are ranked by their original vectors: per requested answer, and at least.
const TAKEN_EACH: usize = 8;
const TAKEN: usize = 256;
/// The number of rows whose dot products are computed at a time.
const CHUNK: usize = 1_024;
/// The number of pieces of the table that are scanned independently.
const PIECES: usize = 16;
/// The part of the error bound for rounding: dot products in f32 of up to some thousand dimensions.
const ROUNDING: f32 = 1e-5;

/// The compressed copy.
#[derive(Debug, Clone)]
pub struct Compressed {
    /// The number of codes in a row, a multiple of [`PAD`].
    stride: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
    /// The largest Euclidean distance between a vector of length 1 and the vector that its codes represent.
    worst: f32,
}

impl Compressed {
    /// Compresses a table.
    pub fn new(table: TableView<'_>) -> Self {
        let (rows, dim) = table.dim();
        let stride = dim.next_multiple_of(PAD);
        let mut codes = vec![0; rows * stride];
        let mut scales = vec![0.0; rows];
        let worst = codes
            .par_chunks_mut((CHUNK * stride).max(1))
            .zip(scales.par_chunks_mut(CHUNK))
            .enumerate()
            .map(|(chunk, (codes, scales))| {
                let rows = codes.chunks_exact_mut(stride).zip(scales).enumerate();
                rows.map(|(at, (codes, scale))| {
                    let row = table.row(chunk * CHUNK + at);
                    let norm = length(&row);
                    let (found, distance) = encode(&row, norm, |place, code| codes[place] = code as i8);
                    *scale = found;
                    distance
                })
                .fold(0.0, f32::max)
            })
            .reduce(|| 0.0, f32::max);
        Compressed { stride, codes, scales, worst }
    }

    /// The `count` rows nearest to `point`, without those in `except`, the nearest first; equally near rows keep
    /// their order. `similarity` computes the similarity of a row to the point. `None` if only a scan of all rows
    /// gives the answer.
    pub fn nearest(
        &self,
        point: &[f32],
        count: usize,
        except: &[usize],
        similarity: impl Fn(usize) -> f32,
    ) -> Option<Vec<Near>> {
        let own = length(point);
        let mut query = vec![0; self.stride];
        let (scale, distance) = encode(point, own, |place, code| query[place] = code);
        let taken = TAKEN.max(TAKEN_EACH * count) + except.len();
        let rows = self.scales.len();
        if rows <= 2 * taken || !own.is_normal() {
            return None;
        }
        let piece = rows.div_ceil(PIECES);
        let best = (0..PIECES).into_par_iter().map(|number| {
            let piece = (number * piece).min(rows)..((number + 1) * piece).min(rows);
            self.best(&query, piece, taken)
        });
        let mut best: Vec<(Score, u32)> = best.collect::<Vec<_>>().concat();
        let (first, last, _) = best.select_nth_unstable_by_key(taken - 1, |&(score, _)| Reverse(score));
        let border = last.0.0 * scale;
        let mut near: Vec<Near> = first
            .iter()
            .chain([&*last])
            .map(|&(_, id)| id as usize)
            .filter(|id| !except.contains(id))
            .map(|id| Near { id, similarity: similarity(id) })
            .collect();
        near.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id)));
        near.truncate(count);
        // No row that was not taken is nearer than this.
        let rest = border + self.worst + distance * (1.0 + self.worst) + ROUNDING;
        let sure = near.len() == count && near.last().is_some_and(|last| last.similarity > rest);
        sure.then_some(near)
    }

    /// The rows of a piece with the largest dot products, in any order.
    fn best(&self, query: &[i16], piece: std::ops::Range<usize>, taken: usize) -> Vec<(Score, u32)> {
        let mut heap: BinaryHeap<Reverse<(Score, u32)>> = BinaryHeap::with_capacity(taken + 1);
        let mut sums = [0; CHUNK];
        for start in piece.clone().step_by(CHUNK) {
            let chunk = start..(start + CHUNK).min(piece.end);
            let sums = &mut sums[..chunk.len()];
            codes::dots(query, &self.codes[chunk.start * self.stride..chunk.end * self.stride], sums);
            for ((id, &sum), &scale) in chunk.clone().zip(&*sums).zip(&self.scales[chunk]) {
                let score = Score(sum as f32 * scale);
                if heap.len() < taken {
                    heap.push(Reverse((score, id as u32)));
                } else if heap.peek().is_some_and(|least| score > least.0.0) {
                    heap.pop();
                    heap.push(Reverse((score, id as u32)));
                }
            }
        }
        heap.into_iter().map(|Reverse(found)| found).collect()
    }
}

/// A similarity without the factor of the query's scale; ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Score(f32);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Writes the codes of a vector at length 1. Returns their scale, and the distance between the vector and its codes.
fn encode(row: &[f32], norm: f32, mut put: impl FnMut(usize, i16)) -> (f32, f32) {
    let shrink = over(1.0, norm);
    let largest = row.iter().fold(0.0_f32, |most, x| most.max((x * shrink).abs()));
    let (scale, inverse) = (largest / 127.0, over(127.0, largest));
    let mut error = 0.0;
    for (place, x) in row.iter().enumerate() {
        let x = x * shrink;
        let code = (x * inverse).round();
        put(place, code as i16);
        error += (x - code * scale).powi(2);
    }
    (scale, error.sqrt())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::rng;
    use crate::text::words::Words;
    use crate::vectors::View;

    #[test]
    fn answers_are_those_of_the_whole_table() {
        let rows = 20_000;
        let mut stream = rng::stream(3, "compressed test", 0);
        let words: Words = (0..rows).map(|n| format!("w{n}")).collect();
        for (dim, spread) in [(50, 1.0), (33, 0.02), (300, 1.0)] {
            // Vectors around a few centres: with a narrow spread the nearest are hard to separate.
            let centres = Array2::from_shape_simple_fn((40, dim), || rng::normal(&mut stream) as f32);
            let mut matrix = Array2::from_shape_fn((rows, dim), |(row, column)| {
                centres[(row % 40, column)] + spread * rng::normal(&mut stream) as f32
            });
            matrix.row_mut(7).fill(0.0);
            let plain = View::new(&words, matrix.view());
            let norms = plain.norms();
            let plain = plain.with_norms(&norms);
            let compressed = Compressed::new(plain.table());
            let quick = plain.with_compressed(&compressed);
            for id in [0, 1, 7, 8, 19_999] {
                for count in [1, 10, 100] {
                    let want = plain.nearest(&plain.row(id), count, &[id]);
                    let got = quick.nearest(&plain.row(id), count, &[id]);
                    assert_eq!(got, want, "{dim} {spread} {id} {count}");
                }
            }
            // Ten answers need many more rows.
            for id in (3..rows).step_by(40) {
                let want = plain.nearest(&plain.row(id), 10, &[id]);
                assert_eq!(quick.nearest(&plain.row(id), 10, &[id]), want, "{dim} {spread} {id}");
            }
        }
    }
}
