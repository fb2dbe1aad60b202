//! The token table: fixed rows that many models share, and the few rows that one model trains.
//!
//! A task with a few hundred labels meets a tenth of a published vocabulary. Only the vectors of these tokens get a
//! gradient, so only they need memory of their own for values, moments and best values.

use std::sync::Arc;

use crate::kernel::Real;

/// The place of a row that is not trained.
const FIXED: u32 = u32::MAX;

/// A table `(V, D)` of token vectors.
#[derive(Debug, Clone)]
pub struct TokenTable<T> {
    width: usize,
    /// The published values `(V, D)`, which never change; empty if all rows are trained.
    fixed: Arc<Vec<T>>,
    /// For each id its row in `trained`, or [`FIXED`].
    places: Arc<Vec<u32>>,
    /// The trained rows, one after another.
    pub trained: Vec<T>,
}

impl<T: Real> TokenTable<T> {
    /// A table of which all rows are trained.
    pub fn all_trained(values: Vec<T>, width: usize) -> TokenTable<T> {
        let places = (0..(values.len() / width.max(1)) as u32).collect();
        TokenTable { width, fixed: Arc::default(), places: Arc::new(places), trained: values }
    }

    /// The same values, none of which is trained.
    pub fn into_fixed(mut self) -> TokenTable<T> {
        let values = if self.fixed.is_empty() { std::mem::take(&mut self.trained) } else { self.values() };
        let places = Arc::new(vec![FIXED; self.places.len()]);
        TokenTable { width: self.width, fixed: Arc::new(values), places, trained: Vec::new() }
    }

    /// The same values, of which the rows of `ids` are trained. The rows are in ascending order of the ids.
    ///
    /// # Panics
    /// If there is no such id.
    pub fn training(&self, ids: impl Iterator<Item = u32>) -> TokenTable<T> {
        let mut places = vec![FIXED; self.places.len()];
        ids.for_each(|id| places[id as usize] = 0);
        let mut trained = Vec::new();
        for (id, place) in places.iter_mut().enumerate().filter(|(_, place)| **place != FIXED) {
            *place = (trained.len() / self.width) as u32;
            trained.extend_from_slice(self.row(id as u32));
        }
        let fixed = if self.fixed.is_empty() { Arc::new(self.trained.clone()) } else { self.fixed.clone() };
        TokenTable { width: self.width, fixed, places: Arc::new(places), trained }
    }

    /// The vector `(D)` of a token.
    ///
    /// # Panics
    /// If there is no such id.
    pub fn row(&self, id: u32) -> &[T] {
        match self.places[id as usize] {
            FIXED => &self.fixed[id as usize * self.width..][..self.width],
            place => &self.trained[place as usize * self.width..][..self.width],
        }
    }

    /// The place of a token among the trained rows; `None` if it is not trained.
    pub fn place(&self, id: u32) -> Option<u32> {
        self.places.get(id as usize).copied().filter(|&place| place != FIXED)
    }

    /// The ids of the trained rows, in the order of the rows.
    pub fn trained_ids(&self) -> impl Iterator<Item = u32> {
        (0..self.places.len() as u32).filter(|&id| self.place(id).is_some())
    }

    /// The published vector of a token, before any training; `None` if all rows are trained.
    pub fn published(&self, id: u32) -> Option<&[T]> {
        self.fixed.get(id as usize * self.width..(id as usize + 1) * self.width)
    }

    /// V, the number of tokens.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has no tokens.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The number of trained rows.
    pub fn trained_rows(&self) -> usize {
        self.trained.len() / self.width.max(1)
    }

    /// All values `(V, D)`.
    pub fn values(&self) -> Vec<T> {
        (0..self.len() as u32).flat_map(|id| self.row(id).iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trained_rows_are_copies_and_the_others_are_shared() {
        let published = TokenTable::all_trained((0..8).map(f64::from).collect(), 2).into_fixed();
        assert_eq!(
            (published.trained_rows(), published.place(3), published.row(3)),
            (0, None, &[6.0, 7.0][..])
        );
        let mut some = published.training([3, 1, 3].into_iter());
        assert!(Arc::ptr_eq(&some.fixed, &published.fixed));
        assert_eq!(some.trained, [2.0, 3.0, 6.0, 7.0]);
        assert_eq!(some.trained_ids().collect::<Vec<_>>(), [1, 3]);
        some.trained[3] = -1.0;
        assert_eq!((some.place(3), some.row(3), some.row(0)), (Some(1), &[6.0, -1.0][..], &[0.0, 1.0][..]));
        assert_eq!(some.published(3), Some(&[6.0, 7.0][..]));
        assert_eq!(some.values(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -1.0]);
        assert_eq!(some.into_fixed().row(3), [6.0, -1.0]);
    }
}
