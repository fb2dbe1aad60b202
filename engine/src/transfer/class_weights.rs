//! Class weights: the loss of an example is multiplied by the weight of its class, in every learner.
//!
//! With `Balanced`, the weight of a class is that of scikit-learn, w = n / (C n_c): n training examples, n_c of them of
//! the class, C classes among them. Thus every class has the same sum of weights, and the mean weight of the training
//! examples is 1, so that the loss and its gradient keep their size, and the regularisation strength C its meaning.
//!
//! ```
//! use warmstart_engine::session::training::ClassWeight;
//! use warmstart_engine::transfer::class_weights::ClassWeights;
//!
//! let weights = ClassWeights::new(ClassWeight::Balanced, &[0, 0, 0, 1], 2);
//! assert_eq!(weights.as_slice(), [4.0 / 6.0, 2.0]);
//! ```

use std::sync::Arc;

use crate::session::training::ClassWeight;

/// The weight of each class, `(C)`, all above 0. Without weights each is 1: a product with 1 has the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassWeights(Arc<[f64]>);

impl ClassWeights {
    /// The weights for training examples with these labels, each below `classes`. A class without a training example has
    /// the weight 1, which only a validation example can need.
    ///
    /// # Panics
    /// If a label is not below `classes`.
    pub fn new(choice: ClassWeight, labels: &[u32], classes: usize) -> ClassWeights {
        match choice {
            ClassWeight::None => ClassWeights::ones(classes),
            ClassWeight::Balanced => ClassWeights::balanced(labels, classes),
        }
    }

    /// The weight 1 for each of `classes` classes.
    pub fn ones(classes: usize) -> ClassWeights {
        ClassWeights(vec![1.0; classes].into())
    }

    fn balanced(labels: &[u32], classes: usize) -> ClassWeights {
        let mut counts = vec![0_usize; classes];
        labels.iter().for_each(|&label| counts[label as usize] += 1);
        let present = counts.iter().filter(|&&count| count > 0).count();
        let weight = |&count: &usize| match count {
            0 => 1.0,
            count => labels.len() as f64 / (present * count) as f64,
        };
        ClassWeights(counts.iter().map(weight).collect())
    }

    /// The weights, `(C)`.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The weight of a class.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn of(&self, class: u32) -> f64 {
        self.0[class as usize]
    }

    /// The sum of the weights of examples, given how many there are of each class, `(C)`. Equal counts give equal sums,
    /// whatever the order of the examples, so ties stay ties.
    pub fn sum(&self, counts: &[u64]) -> f64 {
        self.0.iter().zip(counts).map(|(weight, &count)| weight * count as f64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // from sklearn.utils.class_weight import compute_class_weight; import numpy as np
    // y = [0, 2, 0, 0, 1, 0, 2, 0, 0, 0]; print(compute_class_weight("balanced", classes=np.unique(y), y=y).tolist())
    // y = [3, 1, 1, 3, 3, 1, 1]; print(compute_class_weight("balanced", classes=np.unique(y), y=y).tolist())
    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        let close = |found: ClassWeights, expected: &[f64]| {
            let differ = found.as_slice().iter().zip(expected).map(|(a, b)| (a - b).abs());
            assert!(
                found.as_slice().len() == expected.len() && differ.fold(0.0, f64::max) < 1e-15,
                "{found:?}"
            );
        };
        let labels = [0, 2, 0, 0, 1, 0, 2, 0, 0, 0];
        close(ClassWeights::new(ClassWeight::Balanced, &labels, 3), &GOLDEN_THREE);
        // Classes without a training example are not counted.
        let labels = [3, 1, 1, 3, 3, 1, 1];
        let [one, three] = GOLDEN_TWO;
        close(ClassWeights::new(ClassWeight::Balanced, &labels, 5), &[1.0, one, 1.0, three, 1.0]);
    }

    const GOLDEN_THREE: [f64; 3] = [0.47619047619047616, 3.3333333333333335, 1.6666666666666667];
    const GOLDEN_TWO: [f64; 2] = [0.875, 1.1666666666666667];

    #[test]
    fn the_mean_weight_is_one_and_every_class_counts_the_same() {
        let labels: Vec<u32> = (0..97).map(|i| u32::from(i % 10 == 0) + u32::from(i % 31 == 0)).collect();
        let weights = ClassWeights::new(ClassWeight::Balanced, &labels, 3);
        let sum: f64 = labels.iter().map(|&label| weights.of(label)).sum();
        assert!((sum - 97.0).abs() < 1e-12);
        let of_class = |class: u32| {
            let mut counts = [0; 3];
            counts[class as usize] = labels.iter().filter(|&&label| label == class).count() as u64;
            weights.sum(&counts)
        };
        assert!((0..3).all(|class| (of_class(class) - 97.0 / 3.0).abs() < 1e-12));
    }

    #[test]
    fn balanced_classes_and_no_weights_have_the_weight_one() {
        let labels = [1, 0, 2, 2, 1, 0];
        let of = |choice| ClassWeights::new(choice, &labels, 3);
        assert_eq!(of(ClassWeight::Balanced).as_slice(), [1.0; 3]);
        assert_eq!(of(ClassWeight::None), of(ClassWeight::Balanced));
        assert_eq!(ClassWeights::new(ClassWeight::Balanced, &[], 2).as_slice(), [1.0; 2]);
    }
}
