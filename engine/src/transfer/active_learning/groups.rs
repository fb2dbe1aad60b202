//! Diversity: the most typical example of the largest group without a label (TypiClust, Hacohen, Dekel & Weinshall 2022).
//!
//! k-means divides the vectors, scaled to length 1, into groups. The group is chosen in which the smallest fraction has a
//! label, of several the largest; in it the example nearest to the centre. When every group has a label, there are twice
//! as many new groups. No classifier is asked, so this works before the first label.

use ndarray::Array2;

use crate::models::clusters::kmeans;

use super::task::Task;

/// The most examples that are divided into groups, and the numbers of groups, from the first to the last.
const MOST: usize = 5_000;
const FIRST: usize = 8;
const LAST: usize = 128;

/// Groups of similar examples.
#[derive(Debug, Clone)]
pub struct Groups {
    /// The examples that are divided.
    examples: Vec<u32>,
    /// Their vectors, each of length 1.
    units: Array2<f32>,
    seed: u64,
    /// The number of groups; 0 before the first division.
    k: usize,
    /// The group of each example, and the square of its distance from the centre.
    group: Vec<u32>,
    square: Vec<f64>,
}

impl Groups {
    /// Groups of the first of `examples`, which are in random order.
    pub fn new(task: &Task, examples: &[u32], seed: u64) -> Groups {
        let examples: Vec<u32> = examples.iter().copied().take(MOST).collect();
        let mut units = task.rows(examples.iter().copied());
        for mut row in units.rows_mut() {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            if length > 0.0 {
                row /= length;
            }
        }
        Groups { examples, units, seed, k: 0, group: Vec::new(), square: Vec::new() }
    }

    /// The example to label next among those that are `open`; `has_label` says which have a label. `None` if none is
    /// open, or a vector holds what is no number.
    pub fn choose(&mut self, has_label: impl Fn(u32) -> bool, open: impl Fn(u32) -> bool) -> Option<u32> {
        let room = LAST.min(self.examples.len());
        if self.k == 0 {
            self.divide(FIRST.min(room))?;
        }
        loop {
            let mut counts = vec![(0_usize, 0_usize, false); self.k];
            for (&example, &group) in self.examples.iter().zip(&self.group) {
                let (labels, size, any) = &mut counts[group as usize];
                *labels += usize::from(has_label(example));
                *size += 1;
                *any |= open(example);
            }
            let filled = counts.iter().all(|&(labels, size, _)| labels > 0 || size == 0);
            if filled && self.k < room {
                self.divide((2 * self.k).min(room))?;
                continue;
            }
            let fraction = |&(labels, size, _): &(usize, usize, bool)| labels as f64 / size.max(1) as f64;
            let better = |a: usize, b: usize| {
                let order = fraction(&counts[a]).total_cmp(&fraction(&counts[b]));
                order.then(counts[b].1.cmp(&counts[a].1)).then(a.cmp(&b))
            };
            let group = (0..self.k).filter(|&group| counts[group].2).min_by(|&a, &b| better(a, b))? as u32;
            let within = (0..self.examples.len())
                .filter(|&place| self.group[place] == group && open(self.examples[place]));
            let nearest = within.min_by(|&a, &b| self.square[a].total_cmp(&self.square[b]))?;
            return Some(self.examples[nearest]);
        }
    }

    fn divide(&mut self, k: usize) -> Option<()> {
        let found = kmeans::cluster(self.units.view(), k, 1, self.seed).ok()?;
        (self.k, self.group, self.square) = (k, found.clusters, found.squares);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Four directions: the first has half of the examples. In each the first example is the typical one.
    fn task() -> Task {
        let of = |i: usize| if i < 32 { 0 } else { 1 + (i - 32) / 11 };
        let vectors = Array2::from_shape_fn((65, 4), |(i, j)| {
            let off = if [0, 32, 43, 54].contains(&i) { 0.0 } else { 0.1 + 0.01 * ((i * 7 + j) % 5) as f32 };
            if of(i) == j { 1.0 } else { off * if (i + j) % 2 == 0 { 1.0 } else { -1.0 } }
        });
        Task::new(vectors, 2, (0..65).collect(), Vec::new(), Vec::new())
    }

    #[test]
    fn every_direction_has_a_label_before_one_has_many() {
        let task = task();
        let all: Vec<u32> = (0..65).collect();
        let mut groups = Groups::new(&task, &all, 3);
        let (mut chosen, mut directions) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..8 {
            let known = chosen.clone();
            let next = groups.choose(|e| known.contains(&e), |e| !known.contains(&e)).unwrap();
            assert!(chosen.insert(next), "an example is chosen once");
            directions.insert(if next < 32 { 0 } else { 1 + (next - 32) / 11 });
        }
        assert_eq!(directions.len(), 4, "{chosen:?}");
    }

    #[test]
    fn groups_become_more_and_at_last_nothing_is_open() {
        let task = task();
        let all: Vec<u32> = (0..65).collect();
        let mut groups = Groups::new(&task, &all, 3);
        let mut chosen = BTreeSet::new();
        while let Some(next) = {
            let known = chosen.clone();
            groups.choose(|e| known.contains(&e), |e| !known.contains(&e))
        } {
            chosen.insert(next);
        }
        assert_eq!((chosen.len(), groups.k), (65, 65));
        let none = Task::new(Array2::zeros((0, 4)), 2, Vec::new(), Vec::new(), Vec::new());
        assert_eq!(Groups::new(&none, &[], 1).choose(|_| false, |_| true), None);
    }

    #[test]
    fn vectors_that_are_no_numbers_are_no_panic() {
        let task =
            Task::new(Array2::from_elem((20, 2), f32::NAN), 2, (0..20).collect(), Vec::new(), Vec::new());
        let all: Vec<u32> = (0..20).collect();
        assert_eq!(Groups::new(&task, &all, 1).choose(|_| false, |_| true), None);
    }
}
