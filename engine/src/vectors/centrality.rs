//! Queries on a few given words: which are nearest to a point, and which one does not belong.

use crate::kernel::rows;
use crate::session::choices::Closeness;

use super::near::{Near, length, over};
use super::query::View;

impl View<'_> {
    /// The rows `among`, sorted by similarity to `point`, the nearest first. Equally near rows keep their order.
    pub fn rank(&self, by: Closeness, point: &[f32], among: &[usize]) -> Vec<Near> {
        let own = length(point);
        let similarity = |id: usize| match by {
            Closeness::Cosine => self.similarity_to(point, own, id),
            Closeness::Dot => rows::dot(point, &self.row(id)),
        };
        let mut ranked: Vec<Near> = among.iter().map(|&id| Near { id, similarity: similarity(id) }).collect();
        ranked.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        ranked
    }

    /// The rows `among`, sorted by their cosine with the mean of their vectors at length 1, smallest first: the odd
    /// one out is the first.
    pub fn odd_one_out(&self, among: &[usize]) -> Vec<Near> {
        let mut middle = vec![0.0; self.dim()];
        for &id in among {
            let scale = over(1.0, self.norm(id));
            middle.iter_mut().zip(&*self.row(id)).for_each(|(m, x)| *m += scale * x);
        }
        let mut ranked = self.rank(Closeness::Cosine, &middle, among);
        ranked.reverse();
        ranked
    }
}
