//! Splits: label budgets, validation sets, and the order of batches.
//!
//! All runs of one repetition see the same labels. A budget has the classes in their natural proportions, or in equal
//! numbers as far as the data allows. A smaller budget is part of every larger one of the same repetition, so that a curve over budgets shows the effect
//! of more labels and not of other labels. The validation set is taken from the budget, because somebody has to
//! provide the labels for early stopping too.

use std::collections::HashMap;

use crate::error::{Error, Result, counted};
use crate::rng;
use crate::session::budget::{Budget, Proportions};

use super::document::Document;

/// The fraction of the training set that is held out if there is no test set.
const HELD_OUT: f64 = 0.2;

/// The documents that a run may see: indices into the training set, in random order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The documents to train on.
    pub train: Vec<u32>,
    /// The documents for early stopping. Empty if the task's own validation set is used.
    pub validation: Vec<u32>,
    /// Whether the task's own validation set is used. It is used only with all labels, because it has more labels
    /// than a smaller budget allows.
    pub own_validation: bool,
}

impl Draw {
    /// All labels that the run sees: `train`, then `validation`.
    pub fn all(&self) -> Vec<u32> {
        self.train.iter().chain(&self.validation).copied().collect()
    }
}

/// The labels that budgets are drawn from.
#[derive(Debug, Clone)]
pub struct Pool {
    labels: Vec<u32>,
    names: Vec<String>,
    groups: Option<Vec<u32>>,
    own_validation: bool,
    proportions: Proportions,
}

impl Pool {
    /// The labels of a training set; `own_validation` says whether the task has a validation set.
    pub fn new(train: &[Document], classes: &[String], own_validation: bool) -> Pool {
        let labels: Vec<u32> = train.iter().map(|document| document.label).collect();
        Pool { groups: group_numbers(train), ..Pool::of_labels(&labels, classes, own_validation) }
    }

    /// [`Pool::new`] for examples without groups.
    pub fn of_labels(labels: &[u32], classes: &[String], own_validation: bool) -> Pool {
        let proportions = Proportions::default();
        Pool { labels: labels.to_vec(), names: classes.to_vec(), groups: None, own_validation, proportions }
    }

    /// The class of each example.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.names.len()
    }

    /// The name of a class.
    pub fn name(&self, class: usize) -> &str {
        &self.names[class]
    }

    /// The number of each example's group; `None` if there are no groups.
    pub fn groups(&self) -> Option<&[u32]> {
        self.groups.as_deref()
    }

    /// The pool of the examples at these indices only.
    pub fn of(&self, indices: &[u32]) -> Pool {
        let pick = |values: &[u32]| indices.iter().map(|&i| values[i as usize]).collect();
        Pool {
            labels: pick(&self.labels),
            names: self.names.clone(),
            groups: self.groups.as_deref().map(pick),
            own_validation: self.own_validation,
            proportions: self.proportions,
        }
    }

    /// The same pool, whose budgets have the classes in these proportions.
    pub fn in_proportions(self, proportions: Proportions) -> Pool {
        Pool { proportions, ..self }
    }

    /// Whether a budget is validated on the task's own validation set.
    pub fn has_own_validation(&self, budget: Budget) -> bool {
        self.own_validation && budget == Budget::All
    }

    /// Draws the labels of repetition `repetition` for the session's seed `seed`, and keeps the fraction `validation`
    /// of them (0 for none) for validation: stratified, with at least one example of every class on both sides, and
    /// never with documents of one group on both sides.
    ///
    /// # Errors
    /// If the budget is larger than the data or too small for all classes, or a class has too few documents.
    pub fn draw(&self, budget: Budget, validation: f64, seed: u64, repetition: u32) -> Result<Draw> {
        let classes = self.names.len();
        let own_validation = self.has_own_validation(budget);
        // Without validation, one label per class is enough.
        let needed = if own_validation || validation <= 0.0 { 1 } else { 2 };
        let mut sizes = vec![0_usize; classes];
        self.labels.iter().for_each(|&label| sizes[label as usize] += 1);
        if let Some(small) = (0..classes).find(|&class| sizes[class] < needed) {
            return Err(Error::request(
                format!(
                    "the class \"{}\" has {}",
                    self.names[small],
                    counted(sizes[small], "example", "examples")
                ),
                format!("{needed} are needed at least, to train and to validate"),
            ));
        }
        let order = self.order(needed, seed, repetition);
        let chosen = match budget {
            Budget::All => &order[..],
            Budget::Labels(n) if n > order.len() => {
                return Err(Error::request(
                    format!("a budget of {n} labels, but the training part has {}", order.len()),
                    format!("ask for up to {}, or for \"all\"", order.len()),
                ));
            }
            Budget::Labels(n) if n < needed * classes => {
                return Err(Error::request(
                    format!("a budget of {n} labels for {classes} classes"),
                    format!("{} are needed at least, {needed} of each class", needed * classes),
                ));
            }
            Budget::Labels(n) => &order[..n],
        };
        if own_validation || validation <= 0.0 {
            return Ok(Draw { train: chosen.to_vec(), validation: Vec::new(), own_validation });
        }
        let held = fraction_of(chosen, &self.labels, classes, self.groups.as_deref(), validation);
        let validation: Vec<u32> = chosen.iter().copied().filter(|i| held.binary_search(i).is_ok()).collect();
        let train: Vec<u32> = chosen.iter().copied().filter(|i| held.binary_search(i).is_err()).collect();
        for (class, name) in self.names.iter().enumerate() {
            let has = |side: &[u32]| side.iter().any(|&i| self.labels[i as usize] as usize == class);
            if !has(&train) || !has(&validation) {
                return Err(Error::request(
                    format!("the class \"{name}\" cannot be split: its documents are about too few things"),
                    "ask for more labels",
                ));
            }
        }
        Ok(Draw { train, validation, own_validation })
    }

    /// All documents in the order in which growing budgets take them; the order within each class is random. `Balanced`:
    /// in turns from each class that has documents left. `Natural`: `needed` of each class, then from the class that is
    /// most behind its proportion of the pool.
    fn order(&self, needed: usize, seed: u64, repetition: u32) -> Vec<u32> {
        let mut by_class: Vec<Vec<u32>> = vec![Vec::new(); self.names.len()];
        for (index, &label) in self.labels.iter().enumerate() {
            by_class[label as usize].push(index as u32);
        }
        for (class, members) in by_class.iter_mut().enumerate() {
            let index = u64::from(repetition) << 32 | class as u64;
            rng::shuffle(&mut rng::stream(seed, "labels", index), members);
        }
        let mut turns: Vec<usize> = (0..by_class.len()).collect();
        rng::shuffle(&mut rng::stream(seed, "label turns", u64::from(repetition)), &mut turns);
        let rounds = |to: usize| -> Vec<u32> {
            let of_round = |t: usize| turns.iter().map(move |&class| (class, t));
            (0..to).flat_map(of_round).filter_map(|(class, t)| by_class[class].get(t).copied()).collect()
        };
        if self.proportions == Proportions::Balanced {
            return rounds(by_class.iter().map(Vec::len).max().unwrap_or(0));
        }
        let mut order = rounds(needed);
        let mut taken: Vec<usize> = by_class.iter().map(|members| members.len().min(needed)).collect();
        while order.len() < self.labels.len() {
            let place = (order.len() + 1) as f64 / self.labels.len() as f64;
            let behind = |class: usize| place * by_class[class].len() as f64 - taken[class] as f64;
            let open = turns.iter().copied().filter(|&class| taken[class] < by_class[class].len());
            // The first of those that are equally far behind.
            let Some(next) =
                open.reduce(|most, class| if behind(class) > behind(most) { class } else { most })
            else {
                break;
            };
            order.push(by_class[next][taken[next]]);
            taken[next] += 1;
        }
        order
    }
}

/// A fraction of the documents `order`, with the classes in the same proportions as in the whole: sorted indices. If
/// a class has at least two documents, at least one goes to each side. With groups, whole groups are taken in the
/// order of `order` as long as they fit; the fraction is then met as closely as the groups allow.
pub fn fraction_of(
    order: &[u32],
    labels: &[u32],
    classes: usize,
    groups: Option<&[u32]>,
    fraction: f64,
) -> Vec<u32> {
    // A fraction that was once an f32 (0.7) must not lose a document because of its rounding.
    let fraction = fraction + 1e-6;
    let mut sizes = vec![0_usize; classes];
    order.iter().for_each(|&i| sizes[labels[i as usize] as usize] += 1);
    // Each class has another rounding offset, so that rounding evens out over many small classes.
    let up_to = |class: usize, count: usize| {
        (count as f64 * fraction + class as f64 / classes as f64).floor() as usize
    };
    let quota: Vec<usize> = (0..classes)
        .map(|class| up_to(class, sizes[class]).clamp(1, sizes[class].saturating_sub(1).max(1)))
        .collect();
    let mut held = vec![0_usize; classes];
    let mut out: Vec<u32> = Vec::new();
    match groups {
        None => {
            // Takes documents of a class at equal distances, so that the validation set of a larger budget contains
            // that of a smaller.
            let mut seen = vec![0_usize; classes];
            for &i in order {
                let class = labels[i as usize] as usize;
                let (before, size) = (seen[class], sizes[class]);
                seen[class] += 1;
                let due = up_to(class, before + 1) > up_to(class, before);
                let last_chance = before + 1 == size && held[class] == 0;
                let room = held[class] + 1 < size;
                if room && (due || last_chance) {
                    held[class] += 1;
                    out.push(i);
                }
            }
        }
        Some(groups) => {
            let mut place: HashMap<u32, usize> = HashMap::new();
            let mut members: Vec<Vec<u32>> = Vec::new();
            for &i in order {
                let at = *place.entry(groups[i as usize]).or_insert_with(|| {
                    members.push(Vec::new());
                    members.len() - 1
                });
                members[at].push(i);
            }
            for group in members {
                let mut after = held.clone();
                group.iter().for_each(|&i| after[labels[i as usize] as usize] += 1);
                if after.iter().zip(&quota).all(|(after, quota)| after <= quota) {
                    held = after;
                    out.extend(group);
                }
            }
        }
    }
    out.sort_unstable();
    out
}

/// The examples that are held out as a test set if a data set has none: a fifth, stratified and by groups, the same
/// for the same seed.
pub fn held_out(labels: &[u32], classes: usize, groups: Option<&[u32]>, seed: u64) -> Vec<bool> {
    let mut order: Vec<u32> = (0..labels.len() as u32).collect();
    rng::shuffle(&mut rng::stream(seed, "hold-out", 0), &mut order);
    let mut held = vec![false; labels.len()];
    for index in fraction_of(&order, labels, classes, groups, HELD_OUT) {
        held[index as usize] = true;
    }
    held
}

/// The number of each document's group; a document without a group is a group of its own. `None` if no document has a
/// group.
pub fn group_numbers(documents: &[Document]) -> Option<Vec<u32>> {
    documents.iter().any(|document| document.group.is_some()).then(|| {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut next = 0;
        let mut fresh = || {
            next += 1;
            next - 1
        };
        documents
            .iter()
            .map(|document| match &document.group {
                Some(group) => *known.entry(group).or_insert_with(&mut fresh),
                None => fresh(),
            })
            .collect()
    })
}

/// The order in which a run sees its `n` training documents in `epoch`: the same for all runs of a repetition.
pub fn epoch_order(seed: u64, repetition: u32, epoch: u64, n: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let index = u64::from(repetition) << 32 | (epoch & 0xffff_ffff);
    rng::shuffle(&mut rng::stream(seed, "order", index), &mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(labels: &[u32], group: impl Fn(usize) -> Option<String>) -> Vec<Document> {
        let document = |(i, &label): (usize, &u32)| Document { text: String::new(), label, group: group(i) };
        labels.iter().enumerate().map(document).collect()
    }

    fn pool(sizes: &[usize], own: bool) -> Pool {
        let labels: Vec<u32> =
            sizes.iter().enumerate().flat_map(|(class, &n)| vec![class as u32; n]).collect();
        let names: Vec<String> = (0..sizes.len()).map(|class| format!("c{class}")).collect();
        Pool::of_labels(&labels, &names, own)
    }

    fn per_class(pool: &Pool, side: &[u32]) -> Vec<usize> {
        let mut counts = vec![0; pool.names.len()];
        side.iter().for_each(|&i| counts[pool.labels[i as usize] as usize] += 1);
        counts
    }

    #[test]
    fn budgets_are_balanced_nested_and_split_by_class() {
        let pool = pool(&[300, 200], false).in_proportions(Proportions::Balanced);
        let draw = |n| pool.draw(Budget::Labels(n), 0.2, 7, 1).unwrap();
        let (small, large) = (draw(100), draw(200));
        assert_eq!(per_class(&pool, &small.train), [40, 40]);
        assert_eq!(per_class(&pool, &small.validation), [10, 10]);
        let all = large.all();
        assert!(small.all().iter().all(|i| all.contains(i)));
        assert!(small.train.iter().all(|i| large.train.contains(i)));
        assert!(small.validation.iter().all(|i| large.validation.contains(i)));
        assert_eq!(draw(100), small);
        assert_ne!(pool.draw(Budget::Labels(100), 0.2, 7, 2).unwrap(), small);
        assert_ne!(pool.draw(Budget::Labels(100), 0.2, 8, 1).unwrap(), small);
        // As balanced as the data allows.
        let most = draw(450).all();
        assert_eq!(per_class(&pool, &most), [250, 200]);
        assert_eq!(pool.draw(Budget::All, 0.2, 7, 0).unwrap().all().len(), 500);
    }

    #[test]
    fn natural_budgets_have_the_proportions_of_the_pool_at_every_size() {
        let pool = pool(&[690, 300, 10], false);
        let draw = |n| pool.draw(Budget::Labels(n), 0.2, 7, 1).unwrap();
        let counts = |n| per_class(&pool, &draw(n).all());
        // At least two of each class, then as in the pool.
        assert_eq!([counts(10), counts(100), counts(500)], [[6, 2, 2], [68, 30, 2], [345, 150, 5]]);
        let (small, large) = (draw(100), draw(500).all());
        assert!(small.all().iter().all(|i| large.contains(i)));
        assert_eq!(per_class(&pool, &pool.draw(Budget::All, 0.2, 7, 1).unwrap().all()), [690, 300, 10]);
    }

    /// Classes of one size are drawn in the same order either way.
    #[test]
    fn balanced_pools_have_balanced_budgets() {
        let natural = pool(&[50; 3], false);
        let balanced = natural.clone().in_proportions(Proportions::Balanced);
        for budget in [Budget::Labels(30), Budget::Labels(31), Budget::All] {
            let draw = |pool: &Pool| pool.draw(budget, 0.2, 3, 2).unwrap();
            assert_eq!(draw(&natural), draw(&balanced));
        }
    }

    #[test]
    fn many_small_classes_keep_one_on_each_side_and_the_fraction() {
        let pool = pool(&[50; 20], false);
        let draw = pool.draw(Budget::Labels(140), 0.2, 1, 0).unwrap();
        assert_eq!(draw.validation.len(), 28);
        assert!(per_class(&pool, &draw.validation).iter().all(|&n| n == 1 || n == 2));
        let draw = pool.draw(Budget::Labels(40), 0.2, 1, 0).unwrap();
        assert_eq!(per_class(&pool, &draw.validation), [1; 20]);
        assert_eq!(per_class(&pool, &draw.train), [1; 20]);
    }

    #[test]
    fn a_validation_part_of_its_own_serves_all_labels_only() {
        let pool = pool(&[50, 50], true);
        let all = pool.draw(Budget::All, 0.2, 1, 0).unwrap();
        assert!(all.own_validation && all.validation.is_empty() && all.train.len() == 100);
        let some = pool.draw(Budget::Labels(20), 0.2, 1, 0).unwrap();
        assert!(!some.own_validation && some.validation.len() == 4);
    }

    #[test]
    fn budgets_that_cannot_be_name_the_numbers() {
        let pool = pool(&[50, 3, 1], false);
        let error = pool.draw(Budget::All, 0.2, 1, 0).unwrap_err().to_string();
        assert!(error.contains("\"c2\" has 1 example;"), "{error}");
        let pool = self::pool(&[50, 30], false);
        let error = pool.draw(Budget::Labels(81), 0.2, 1, 0).unwrap_err().to_string();
        assert!(error.contains("81 labels, but the training part has 80"), "{error}");
        let error = pool.draw(Budget::Labels(3), 0.2, 1, 0).unwrap_err().to_string();
        assert!(error.contains("3 labels for 2 classes; 4 are needed"), "{error}");
    }

    #[test]
    fn groups_stay_on_one_side() {
        let labels: Vec<u32> = (0..1000).map(|i| u32::from(i % 3 == 0)).collect();
        let documents = documents(&labels, |i| (i % 10 != 0).then(|| format!("film {}", i / 7)));
        let pool = Pool::new(&documents, &["a".into(), "b".into()], false);
        let draw = pool.draw(Budget::All, 0.1, 1, 0).unwrap();
        assert!((90..=100).contains(&draw.validation.len()), "{}", draw.validation.len());
        let of = |i: u32| documents[i as usize].group.clone();
        let held: Vec<String> = draw.validation.iter().filter_map(|&i| of(i)).collect();
        assert!(draw.train.iter().filter_map(|&i| of(i)).all(|group| !held.contains(&group)));
        let one = documents.iter().map(|d| Document { group: Some("one".into()), ..d.clone() });
        let pool = Pool::new(&one.collect::<Vec<_>>(), &["a".into(), "b".into()], false);
        let error = pool.draw(Budget::All, 0.1, 1, 0).unwrap_err().to_string();
        assert!(error.contains("cannot be split"), "{error}");
    }

    #[test]
    fn every_epoch_has_its_order() {
        let order = epoch_order(1, 0, 0, 50);
        assert_eq!(order, epoch_order(1, 0, 0, 50));
        assert_ne!(order, epoch_order(1, 0, 1, 50));
        assert_ne!(order, epoch_order(1, 1, 0, 50));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }
}
