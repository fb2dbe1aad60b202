//! Layer groups that a user freezes and unfreezes while a run is trained.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::nn::optimizer::{GroupRates, RateFactor};
use crate::transfer::unfreezing::Course;

/// Parameters that a user can freeze and unfreeze together.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGroup {
    /// Its name: "head", "body", "layer 3", "embedding".
    pub name: String,
    /// The group of the strategy to which it belongs.
    pub part_of: usize,
    /// The ranges of its dense parameters.
    pub dense: Vec<Range<usize>>,
    /// Whether the trained rows of the embedding table belong to it.
    pub rows: bool,
}

/// What was done by hand to each layer group of a run, in the order of the groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ByHand {
    /// Whether it is frozen (true) or trained (false) by hand; `None`: as the strategy says.
    held: Vec<Option<bool>>,
    /// The number of updates in which it was not trained. Adam's bias correction counts the others.
    missed: Vec<u64>,
    /// The number of the strategy's groups, from the top, of which some parameters were ever trained: what is below them still
    /// has its initial values.
    touched: usize,
    /// The number of the strategy's groups, from the top, for which gradients were computed in the last update.
    moving: usize,
    /// The epoch in which this number was last changed by hand.
    moved: Option<u64>,
}

impl ByHand {
    /// Nothing is frozen or unfrozen, after `step` updates. The last of them trained `touched` groups of the strategy.
    pub fn new(groups: &[LayerGroup], course: &Course, step: u64, touched: usize) -> ByHand {
        ByHand {
            held: vec![None; groups.len()],
            missed: groups.iter().map(|group| course.missed(group.part_of, step)).collect(),
            touched,
            moving: touched,
            moved: None,
        }
    }

    /// Freezes or trains the group at `place` from now on.
    pub fn hold(&mut self, place: usize, frozen: bool) {
        if let Some(held) = self.held.get_mut(place) {
            *held = Some(frozen);
        }
    }

    /// Whether the group at `place` is trained in this epoch.
    pub fn trains(&self, groups: &[LayerGroup], place: usize, course: &Course, epoch: u64) -> bool {
        match self.held.get(place).copied().flatten() {
            Some(frozen) => !frozen,
            None => groups[place].part_of < course.moving(epoch),
        }
    }

    /// For how many of the strategy's groups, from the top, gradients are computed in this epoch. `all_touched`: for all that
    /// were ever trained, even if they are frozen now, because the outputs of the layers below are kept from before.
    pub fn moving(&self, groups: &[LayerGroup], course: &Course, epoch: u64, all_touched: bool) -> usize {
        let trained = (0..groups.len()).filter(|&place| self.trains(groups, place, course, epoch));
        let moving = trained.map(|place| groups[place].part_of + 1).max().unwrap_or(0);
        if all_touched { moving.max(self.touched) } else { moving }
    }

    /// The learning rates of what is trained in this epoch.
    pub fn group_rates(&self, groups: &[LayerGroup], course: &Course, epoch: u64) -> GroupRates {
        let mut rates = GroupRates::default();
        for (place, group) in groups.iter().enumerate() {
            if self.trains(groups, place, course, epoch) {
                let rate = RateFactor { factor: course.factor(group.part_of), since: self.missed[place] };
                rates.dense.extend(group.dense.iter().map(|range| (range.clone(), rate)));
                rates.rows = Some(rate).filter(|_| group.rows).or(rates.rows);
            }
        }
        rates
    }

    /// Takes note of an update in this epoch, with gradients for `moving` of the strategy's groups. Returns whether outputs of
    /// fixed layers are computed anew in it because of what was done by hand in this epoch.
    pub fn updated(&mut self, groups: &[LayerGroup], course: &Course, epoch: u64, moving: usize) -> bool {
        for place in 0..groups.len() {
            if !self.trains(groups, place, course, epoch) {
                self.missed[place] += 1;
            }
        }
        if std::mem::replace(&mut self.moving, moving) != moving {
            self.moved = Some(epoch);
        }
        self.touched = self.touched.max(moving);
        self.moved == Some(epoch)
    }

    /// Whether it is of a run with so many groups: a checkpoint is input.
    pub fn fits(&self, groups: usize) -> bool {
        self.held.len() == groups && self.missed.len() == groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::Strategy;
    use crate::transfer::unfreezing::{Groups, Rows};

    fn groups() -> Vec<LayerGroup> {
        let group = |name: &str, part_of, dense: &[(usize, usize)], rows| LayerGroup {
            name: name.into(),
            part_of,
            dense: dense.iter().map(|&(start, end)| start..end).collect(),
            rows,
        };
        vec![
            group("head", 0, &[(6, 8)], false),
            group("body", 0, &[(0, 2)], false),
            group("layer 1", 1, &[(2, 6)], false),
            group("embedding", 2, &[], true),
        ]
    }

    fn course(strategy: Strategy) -> Course {
        let groups = Groups { dense: vec![vec![6..8, 0..2], vec![2..6]], rows: Rows::Own };
        Course::new(strategy, groups, Some(2.0), 20, 9)
    }

    #[test]
    fn a_frozen_group_has_no_rate_and_an_unfrozen_one_counts_only_its_own_updates() {
        let (groups, course) = (groups(), course(Strategy::FineTuned));
        let mut by_hand = ByHand::new(&groups, &course, 10, 3);
        let ranges = |by_hand: &ByHand| -> Vec<Range<usize>> {
            let rates = by_hand.group_rates(&groups, &course, 0);
            rates.dense.into_iter().map(|(range, _)| range).collect()
        };
        assert_eq!(ranges(&by_hand), [6..8, 0..2, 2..6]);
        by_hand.hold(1, true);
        by_hand.hold(3, true);
        assert_eq!(ranges(&by_hand), [6..8, 2..6]);
        let rates = by_hand.group_rates(&groups, &course, 0);
        assert_eq!((rates.rows, rates.dense[1].1), (None, RateFactor { factor: 0.5, since: 0 }));
        assert_eq!(by_hand.moving(&groups, &course, 0, false), 2);
        assert_eq!(by_hand.moving(&groups, &course, 0, true), 3);
        for _ in 0..4 {
            by_hand.updated(&groups, &course, 0, 2);
        }
        by_hand.hold(3, false);
        let rates = by_hand.group_rates(&groups, &course, 0);
        assert_eq!(rates.rows, Some(RateFactor { factor: 0.25, since: 4 }));
        // What is not trained at all computes no gradient.
        (0..4).for_each(|place| by_hand.hold(place, true));
        assert_eq!(by_hand.moving(&groups, &course, 0, false), 0);
    }

    #[test]
    fn what_gradual_unfreezing_holds_back_can_be_unfrozen_early() {
        let (groups, course) = (groups(), course(Strategy::GradualUnfreezing));
        let mut by_hand = ByHand::new(&groups, &course, 5, 1);
        assert!(!by_hand.trains(&groups, 2, &course, 0) && by_hand.trains(&groups, 2, &course, 1));
        by_hand.hold(2, false);
        let rates = by_hand.group_rates(&groups, &course, 0);
        // Its first update: Adam's bias correction begins.
        assert_eq!(rates.dense[2], (2..6, RateFactor { factor: 0.5, since: 5 }));
        assert!(by_hand.updated(&groups, &course, 0, 2), "its outputs are not fixed any more");
        assert!(by_hand.updated(&groups, &course, 0, 2) && !by_hand.updated(&groups, &course, 1, 2));
    }
}
