//! Transfer strategies: which parameters of a model are trained in which epoch, and at which learning rate.
//!
//! A model names its parameters in groups: first the new ones, then the transferred ones from the top layer down.
//!
//! - *Frozen* trains the first group only.
//! - *Fine-tuned* trains all groups.
//! - *Gradual unfreezing* (Howard & Ruder 2018) trains one more group in each stage.
//! - *Linear probe, then fine-tuning* (Kumar et al. 2022) trains the first group alone for some epochs, and then all
//!   groups. If a linear classifier is solved before the first step, all groups are trained from that step on.
//!
//! The learning rate of each group is lower than that of the group above it by the same factor (*discriminative learning
//! rates*).

use std::ops::Range;

use crate::nn::optimizer::{GroupRates, RateFactor};
use crate::session::method::Strategy;

/// The fewest updates of a stage of gradual unfreezing. A stage consists of whole epochs.
const STAGE: u64 = 20;
/// The fraction of the planned epochs in which the first group is trained alone.
const PROBE: f64 = 0.3;
/// The learning rate of a group divided by that of the group below it under gradual unfreezing, unless the recipe says
/// otherwise.
const SLOWER: f32 = 2.6;

/// The parameters of a model, group by group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups {
    /// Ranges of the dense parameters of each group: first the new ones, then the transferred layers from the top
    /// down.
    pub dense: Vec<Vec<Range<usize>>>,
    /// The group of the trained word vectors.
    pub rows: Rows,
}

/// The group of the rows of an embedding table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rows {
    /// No rows are trained.
    #[default]
    None,
    /// They are the last group.
    Own,
    /// They belong to the last group of dense parameters.
    WithLast,
}

impl Groups {
    /// The number of groups.
    pub fn len(&self) -> usize {
        self.dense.len() + usize::from(self.rows == Rows::Own)
    }

    /// Whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The schedule of a run: which groups are trained when.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    strategy: Strategy,
    groups: Groups,
    /// A group's learning rate is that of the group above it, divided by this.
    slower: f32,
    /// The learning rate of the first group as a multiple of that of the second one; `None` if it follows from `slower`.
    head: Option<f32>,
    /// Updates per epoch.
    updates: u64,
    /// Epochs per stage.
    stage: u64,
}

/// The learning rate of a group divided by that of the group below it; `asked` is the recipe's value.
pub fn slower(strategy: Strategy, asked: Option<f32>) -> f32 {
    asked.unwrap_or(if strategy == Strategy::GradualUnfreezing { SLOWER } else { 1.0 })
}

impl Course {
    /// The schedule of a run with `updates` updates per epoch and `epochs` epochs in all. `slower` is the recipe's
    /// value.
    pub fn new(strategy: Strategy, groups: Groups, slower: Option<f32>, updates: u64, epochs: u64) -> Course {
        let updates = updates.max(1);
        let stage = match strategy {
            Strategy::LinearProbeThenFineTune => ((epochs as f64 * PROBE).round() as u64).max(1),
            _ => STAGE.div_ceil(updates),
        };
        Course { strategy, groups, slower: self::slower(strategy, slower), head: None, updates, stage }
    }

    /// The same schedule with this learning rate of the first group, as a multiple of that of the second one, which then has the
    /// full learning rate.
    pub fn with_head(self, head: Option<f32>) -> Course {
        Course { head, ..self }
    }

    /// The same schedule with stages of `stage` epochs.
    #[cfg(test)]
    pub fn with_stages(self, stage: u64) -> Course {
        Course { stage, ..self }
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The number of groups that are trained in this epoch.
    pub fn moving(&self, epoch: u64) -> usize {
        let all = self.groups.len();
        match self.strategy {
            Strategy::Frozen => all.min(1),
            Strategy::GradualUnfreezing => all.min(1 + (epoch / self.stage) as usize),
            Strategy::LinearProbeThenFineTune if epoch < self.stage => all.min(1),
            _ => all,
        }
    }

    /// Whether a later epoch trains more groups than this one. Until then a run must not stop early.
    pub fn widens(&self, epoch: u64) -> bool {
        self.strategy != Strategy::Frozen && self.moving(epoch) < self.groups.len()
    }

    /// Whether the strategy never trains what was transferred.
    pub fn stays_frozen(&self) -> bool {
        self.strategy == Strategy::Frozen
    }

    /// The number of the first `step` updates in which the strategy does not train this group.
    pub fn missed(&self, group: usize, step: u64) -> u64 {
        if self.stays_frozen() && group > 0 { step } else { self.since(group).min(step) }
    }

    /// The number of updates before the training of this group begins.
    fn since(&self, group: usize) -> u64 {
        let stages = match self.strategy {
            Strategy::GradualUnfreezing => group as u64,
            Strategy::LinearProbeThenFineTune => group.min(1) as u64,
            _ => 0,
        };
        stages * self.stage * self.updates
    }

    /// Whether all groups that are trained have the same learning rate.
    fn is_alike(&self) -> bool {
        self.head.is_none() && (self.slower == 1.0 || self.strategy == Strategy::Scratch)
    }

    /// The factor on the learning rate of a group.
    pub fn factor(&self, group: usize) -> f32 {
        match self.head {
            _ if self.is_alike() || self.groups.len() < 2 => 1.0,
            Some(head) if group == 0 => head,
            Some(_) => self.slower.powi(1 - group as i32),
            None => self.slower.powi(-(group as i32)),
        }
    }

    /// The learning rates of the groups in this epoch; `None` if all parameters always have the same learning rate.
    pub fn group_rates(&self, epoch: u64) -> Option<GroupRates> {
        let always = matches!(self.strategy, Strategy::Scratch | Strategy::FineTuned);
        if always && self.is_alike() || self.groups.len() < 2 {
            return None;
        }
        let moving = self.moving(epoch);
        let rate_factor = |group: usize| RateFactor { factor: self.factor(group), since: self.since(group) };
        let dense = self.groups.dense.iter().enumerate().take(moving);
        let dense =
            dense.flat_map(|(group, ranges)| ranges.iter().map(move |r| (r.clone(), rate_factor(group))));
        let all = self.groups.dense.len();
        let rows = match self.groups.rows {
            Rows::None => None,
            Rows::Own => Some(all),
            Rows::WithLast => all.checked_sub(1),
        };
        Some(GroupRates { dense: dense.collect(), rows: rows.filter(|&rows| rows < moving).map(rate_factor) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(strategy: Strategy, slower: Option<f32>) -> Course {
        let groups = Groups { dense: vec![vec![0..3, 8..9], vec![3..5], vec![5..8]], rows: Rows::Own };
        Course::new(strategy, groups, slower, 8, 20)
    }

    #[test]
    fn frozen_moves_what_is_new_and_fine_tuned_all() {
        let frozen = course(Strategy::Frozen, None);
        assert_eq!((frozen.moving(0), frozen.moving(50), frozen.widens(0)), (1, 1, false));
        let rate_factor = RateFactor { factor: 1.0, since: 0 };
        let group_rates = GroupRates { dense: vec![(0..3, rate_factor), (8..9, rate_factor)], rows: None };
        assert_eq!(frozen.group_rates(7), Some(group_rates));
        let tuned = course(Strategy::FineTuned, None);
        assert_eq!((tuned.moving(0), tuned.group_rates(0)), (4, None));
        let slower = course(Strategy::FineTuned, Some(2.0)).group_rates(0).unwrap();
        assert_eq!(slower.dense[3], (5..8, RateFactor { factor: 0.25, since: 0 }));
        assert_eq!(slower.rows, Some(RateFactor { factor: 0.125, since: 0 }));
        assert_eq!(course(Strategy::Scratch, Some(2.0)).group_rates(0), None);
    }

    #[test]
    fn rows_may_belong_to_the_last_group() {
        let groups = Groups { dense: vec![vec![0..3], vec![3..5]], rows: Rows::WithLast };
        let course = Course::new(Strategy::GradualUnfreezing, groups, Some(2.0), 20, 9);
        assert_eq!((course.groups(), course.moving(0), course.moving(1)), (2, 1, 2));
        assert_eq!(course.group_rates(0).unwrap().rows, None);
        assert_eq!(course.group_rates(1).unwrap().rows, Some(RateFactor { factor: 0.5, since: 20 }));
    }

    #[test]
    fn gradual_unfreezing_takes_one_more_in_each_stage_down_to_the_words() {
        // There are 8 updates per epoch, so a stage of at least 20 updates has three epochs.
        let gradual = course(Strategy::GradualUnfreezing, None);
        let moving: Vec<usize> = (0..12).map(|epoch| gradual.moving(epoch)).collect();
        assert_eq!(moving, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
        assert!(gradual.widens(8) && !gradual.widens(9));
        let group_rates = gradual.group_rates(9).unwrap();
        assert_eq!(group_rates.dense.len(), 4);
        assert_eq!(group_rates.dense[2].1.since, 24);
        let rows = group_rates.rows.unwrap();
        assert_eq!(rows.since, 72);
        assert!((rows.factor - 2.6_f32.powi(-3)).abs() < 1e-9);
        assert!(gradual.group_rates(8).unwrap().rows.is_none());
    }

    #[test]
    fn the_head_may_have_a_rate_of_its_own() {
        let factors = |strategy, slower| -> Vec<f32> {
            let rates = course(strategy, slower).with_head(Some(40.0)).group_rates(19).unwrap();
            rates
                .dense
                .iter()
                .map(|(_, rate)| rate.factor)
                .chain(rates.rows.map(|rate| rate.factor))
                .collect()
        };
        // The head has two ranges; the second group has the full rate.
        assert_eq!(factors(Strategy::FineTuned, None), [40.0, 40.0, 1.0, 1.0, 1.0]);
        assert_eq!(factors(Strategy::GradualUnfreezing, Some(2.0)), [40.0, 40.0, 1.0, 0.5, 0.25]);
    }

    #[test]
    fn a_probe_is_learned_before_all_is_tuned() {
        let probe = course(Strategy::LinearProbeThenFineTune, None);
        let moving: Vec<usize> = [0, 5, 6, 19].into_iter().map(|epoch| probe.moving(epoch)).collect();
        assert_eq!(moving, [1, 1, 4, 4]);
        assert!(probe.widens(5) && !probe.widens(6));
        let since: Vec<u64> =
            probe.group_rates(6).unwrap().dense.iter().map(|(_, rate_factor)| rate_factor.since).collect();
        assert_eq!(since, [0, 0, 48, 48]);
    }
}
