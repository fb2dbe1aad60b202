//! Analogies: the word that is to `c` as `b` is to `a`, by adding cosines (3CosAdd) or multiplying them (3CosMul).

use crate::error::Result;
use crate::session::choices::AnalogyScore;

use super::near::{Near, length, over};
use super::query::View;

/// Keeps the quotient of [`AnalogyScore::Mul`] finite.
const EPSILON: f32 = 0.001;

impl View<'_> {
    /// `a` is to `b` as `c` is to …: the `count` best answers by `score`, without the three given words.
    ///
    /// # Errors
    /// If one of the words has no vector.
    pub fn analogy(&self, a: &str, b: &str, c: &str, score: AnalogyScore, count: usize) -> Result<Vec<Near>> {
        let [(a, x), (b, y), (c, z)] = [self.point(a)?, self.point(b)?, self.point(c)?];
        let (points, ids) = ([&*x, &*y, &*z], [a, b, c].into_iter().flatten().collect::<Vec<_>>());
        Ok(match score {
            AnalogyScore::Add => self.nearest(&sum(points), count, &ids),
            AnalogyScore::Mul => self.by_multiplication(points, count, &ids),
        })
    }

    fn by_multiplication(&self, [a, b, c]: [&[f32]; 3], count: usize, except: &[usize]) -> Vec<Near> {
        self.best(count, except, |rows, scores| {
            let mut sums = vec![0.0; rows.len()];
            let mut shifted = |with: &[f32], put: &mut dyn FnMut(&mut f32, f32), scores: &mut [f32]| {
                self.dots(with, rows.clone(), &mut sums);
                let own = length(with);
                for ((id, &sum), score) in rows.clone().zip(&sums).zip(scores) {
                    put(score, (1.0 + over(sum, own * self.norm(id))) / 2.0);
                }
            };
            shifted(b, &mut |score, cosine| *score = cosine, scores);
            shifted(c, &mut |score, cosine| *score *= cosine, scores);
            shifted(a, &mut |score, cosine| *score /= cosine + EPSILON, scores);
        })
    }
}

/// `b - a + c`, where the vectors have length 1.
fn sum([a, b, c]: [&[f32]; 3]) -> Vec<f32> {
    let mut point = vec![0.0; a.len()];
    for (sign, row) in [(-1.0, a), (1.0, b), (1.0, c)] {
        let scale = over(sign, length(row));
        point.iter_mut().zip(row).for_each(|(p, x)| *p += scale * x);
    }
    point
}
