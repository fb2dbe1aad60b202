//! The splits of a task: from which examples each seed draws its labels, and on which it is tested.
//!
//! A task with a test part has one split for all seeds. For a task without one, reading has held out a fifth as the test
//! part. An experiment may divide both parts together anew for each seed, or into folds; the first seed of `EachSeed`
//! keeps the division of the reading.

use std::ops::Range;

use crate::error::{Error, Result, counted};
use crate::rng;
use crate::session::budget::Budget;
use crate::session::recipe::Recipe;
use crate::session::splitting::Splitting;

use super::examples::{ExampleId, Examples, FIRST_TEST_SET, TRAIN_SET};
use super::split::{Draw, Pool, fraction_of, held_out};

/// The pools from which the labels of a task are drawn.
#[derive(Debug, Clone)]
pub struct Pools {
    /// The training part.
    pub train: Pool,
    /// The training part and then the first test part, if that was held out of the training part.
    pub both: Option<Pool>,
}

impl Pools {
    /// The splits that `recipe` asks for.
    ///
    /// # Errors
    /// When it asks for folds and the task has a test part, or a class has fewer examples than folds.
    pub fn splits(self, recipe: &Recipe, examples: &dyn Examples) -> Result<Splits> {
        match (self.both, recipe.splitting()) {
            (None, Splitting::Folds(_)) => Err(Error::request(
                "`folds` is for a task without a test part, and this one has one",
                "leave `folds` out, or give all examples as the training part",
            )),
            (None, _) | (_, Splitting::Once) => Ok(Splits::once(self.train, examples)),
            (Some(both), splitting) => Splits::drawn(splitting, &both, examples, (recipe.seed, recipe.seeds)),
        }
    }
}

/// The splits of a task.
#[derive(Debug, Clone)]
pub struct Splits {
    splits: Vec<Parts>,
}

/// What a seed learns from and is tested on.
#[derive(Debug, Clone)]
struct Parts {
    pool: Pool,
    /// The examples of the pool.
    train: Vec<ExampleId>,
    /// The examples of the test, in ascending order; `None` if it is the test part of the task.
    test: Option<Vec<ExampleId>>,
}

impl Splits {
    /// One split for all seeds: the training part of `examples`, whose labels are drawn from `pool`, and the test parts.
    pub fn once(pool: Pool, examples: &dyn Examples) -> Splits {
        let train = examples.set(TRAIN_SET).map(|example| example as ExampleId).collect();
        Splits { splits: vec![Parts { pool, train, test: None }] }
    }

    /// The splits for `seeds` repetitions of an experiment with the seed `seed`. The training part and the first test
    /// part of `examples` are divided together; `pool` is the pool of both, the training part first.
    ///
    /// # Errors
    /// When there are fewer examples of a class than folds.
    pub fn drawn(
        splitting: Splitting,
        pool: &Pool,
        examples: &dyn Examples,
        (seed, seeds): (u64, u32),
    ) -> Result<Splits> {
        let ids: Vec<ExampleId> =
            both(examples).into_iter().flatten().map(|example| example as ExampleId).collect();
        let parts: Vec<Vec<u32>> = match splitting {
            Splitting::Once => vec![(examples.set(TRAIN_SET).len() as u32..ids.len() as u32).collect()],
            Splitting::EachSeed => {
                let first = (examples.set(TRAIN_SET).len() as u32..ids.len() as u32).collect();
                let others = (1..seeds).map(|repetition| {
                    // Other numbers than those of sessions with the following seeds.
                    let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(repetition));
                    let held = held_out(pool.labels(), pool.classes(), pool.groups(), seed);
                    (0..ids.len() as u32).filter(|&i| held[i as usize]).collect()
                });
                std::iter::once(first).chain(others).collect()
            }
            Splitting::Folds(folds) => {
                let rounds = (0..seeds.div_ceil(folds)).map(|round| self::folds(pool, folds, seed, round));
                rounds.collect::<Result<Vec<_>>>()?.into_iter().flatten().take(seeds as usize).collect()
            }
        };
        let split = |test: Vec<u32>| {
            let rest: Vec<u32> = (0..ids.len() as u32).filter(|i| test.binary_search(i).is_err()).collect();
            let place =
                |numbers: &[u32]| -> Vec<ExampleId> { numbers.iter().map(|&i| ids[i as usize]).collect() };
            let mut tested = place(&test);
            tested.sort_unstable();
            Parts { pool: pool.of(&rest), train: place(&rest), test: Some(tested) }
        };
        Ok(Splits { splits: parts.into_iter().map(split).collect() })
    }

    fn parts(&self, repetition: u32) -> &Parts {
        &self.splits[repetition as usize % self.splits.len()]
    }

    /// Draws the labels of a repetition, see [`Pool::draw`].
    ///
    /// # Errors
    /// As for [`Pool::draw`].
    pub fn draw(&self, budget: Budget, validation: f64, seed: u64, repetition: u32) -> Result<Draw> {
        let parts = self.parts(repetition);
        let drawn = parts.pool.draw(budget, validation, seed, repetition)?;
        let place = |numbers: Vec<u32>| numbers.iter().map(|&n| parts.train[n as usize]).collect();
        Ok(Draw { train: place(drawn.train), validation: place(drawn.validation), ..drawn })
    }

    /// The group of each of these examples, from which a repetition may learn; `None` if there are no groups.
    pub fn groups_of(&self, repetition: u32, examples: &[ExampleId]) -> Option<Vec<u32>> {
        let Parts { pool, train, .. } = self.parts(repetition);
        let groups = pool.groups()?;
        // Both parts of the data are in ascending order, so those that were divided are too.
        examples.iter().map(|example| Some(groups[train.binary_search(example).ok()?])).collect()
    }

    /// Whether a budget is validated on the task's own validation set.
    pub fn has_own_validation(&self, repetition: u32, budget: Budget) -> bool {
        self.parts(repetition).pool.has_own_validation(budget)
    }

    /// The examples on which a repetition is tested, ascending; `None` if they are the test part of the task.
    pub fn test(&self, repetition: u32) -> Option<&[ExampleId]> {
        self.parts(repetition).test.as_deref()
    }

    /// The tests of all repetitions; none if all have the test part of the task.
    pub fn tests(&self) -> impl Iterator<Item = (u32, &[ExampleId])> {
        (self.splits.iter().enumerate()).filter_map(|(i, split)| Some((i as u32, split.test.as_deref()?)))
    }
}

/// The ranges of the examples that are divided: the training part and the first test part.
pub fn both(examples: &dyn Examples) -> [Range<usize>; 2] {
    [examples.set(TRAIN_SET), examples.set(FIRST_TEST_SET)]
}

/// Divides the pool into `folds` parts of nearly the same size, stratified and by groups: indices, ascending.
fn folds(pool: &Pool, folds: u32, seed: u64, round: u32) -> Result<Vec<Vec<u32>>> {
    let mut rest: Vec<u32> = (0..pool.labels().len() as u32).collect();
    let mut sizes = vec![0; pool.classes()];
    pool.labels().iter().for_each(|&label| sizes[label as usize] += 1);
    if let Some(class) = sizes.iter().position(|&size| size < folds as usize) {
        return Err(Error::request(
            format!(
                "{folds} folds, but the class \"{}\" has {}",
                pool.name(class),
                counted(sizes[class], "example", "examples")
            ),
            "ask for fewer folds, or leave `folds` out",
        ));
    }
    rng::shuffle(&mut rng::stream(seed, "folds", u64::from(round)), &mut rest);
    let mut parts = Vec::new();
    for left in (1..=folds).rev() {
        if left == 1 {
            rest.sort_unstable();
            parts.push(std::mem::take(&mut rest));
            break;
        }
        let part = fraction_of(&rest, pool.labels(), pool.classes(), pool.groups(), 1.0 / f64::from(left));
        rest.retain(|i| part.binary_search(i).is_err());
        parts.push(part);
    }
    match parts.iter().all(|part| !part.is_empty()) {
        true => Ok(parts),
        false => Err(Error::request(
            format!("{folds} folds, but the examples are about too few things"),
            "ask for fewer folds, or leave `folds` out",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::examples::LabelsOnly;

    /// 40 training examples, 2 validation examples between them and the 10 held out; a quarter is of the second class.
    fn some() -> (LabelsOnly, Pool) {
        let labels: Vec<u32> = (0..52).map(|i| u32::from(i % 4 == 0)).collect();
        let both: Vec<u32> = labels[..40].iter().chain(&labels[42..]).copied().collect();
        let pool = Pool::of_labels(&both, &["a".to_string(), "b".to_string()], false);
        (LabelsOnly::new(labels, [40, 42, 52]), pool)
    }

    #[test]
    fn each_seed_has_a_fifth_of_its_own_and_the_first_that_of_the_reading() {
        let (examples, pool) = some();
        let splits = Splits::drawn(Splitting::EachSeed, &pool, &examples, (7, 4)).unwrap();
        let tests: Vec<&[ExampleId]> = splits.tests().map(|test| test.1).collect();
        assert_eq!(tests.len(), 4);
        assert_eq!(tests[0], (42..52).collect::<Vec<_>>());
        for (repetition, test) in splits.tests() {
            let drawn = splits.draw(Budget::All, 0.2, 7, repetition).unwrap();
            let all = drawn.all();
            assert!(all.iter().all(|id| test.binary_search(id).is_err() && !(40..42).contains(id)));
            assert!((9..=10).contains(&test.len()) && test.len() + all.len() == 50, "{}", test.len());
            let second = test.iter().filter(|&&id| examples.labels()[id as usize] == 1).count();
            assert!(second == 2 || second == 3, "{second}");
        }
        assert_ne!(tests[1], tests[2]);
        // The first seed is that of an experiment with one split.
        let train = Pool::of_labels(&examples.labels()[..40], &["a".to_string(), "b".to_string()], false);
        let once = Splits::once(train, &examples);
        assert_eq!(
            once.draw(Budget::Labels(12), 0.2, 7, 0).unwrap(),
            splits.draw(Budget::Labels(12), 0.2, 7, 0).unwrap()
        );
        assert_eq!(once.tests().count(), 0);
    }

    #[test]
    fn folds_test_every_example_once_a_round() {
        let (examples, pool) = some();
        let splits = Splits::drawn(Splitting::Folds(5), &pool, &examples, (7, 10)).unwrap();
        for round in [0, 5] {
            let mut tested: Vec<ExampleId> =
                (round..round + 5).flat_map(|s| splits.test(s).unwrap().to_vec()).collect();
            tested.sort_unstable();
            assert_eq!(tested, (0..40).chain(42..52).collect::<Vec<_>>());
            assert!((round..round + 5).all(|s| (9..=11).contains(&splits.test(s).unwrap().len())));
        }
        assert_ne!(splits.test(0), splits.test(5), "each round divides anew");
        let error = Splits::drawn(Splitting::Folds(30), &pool, &examples, (7, 30)).unwrap_err().to_string();
        assert!(error.contains("30 folds, but the class \"b\" has 12 examples"), "{error}");
    }
}
