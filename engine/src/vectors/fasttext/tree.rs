//! The tree of hierarchical softmax: the Huffman tree over the labels' counts, as fastText builds it.
//!
//! The probability of a label is the product of the decisions on the path to its leaf. fastText adds a small value to
//! each decision, so that it never takes the logarithm of zero, and drops labels below that value. Without it, rare
//! labels would have another order.

use crate::text::huffman;

use super::matrix::Matrix;

/// The value added to each decision, and the smallest probability of a label that is returned.
pub const LEAST: f32 = 1e-5;

/// The inner nodes, which are numbered from `leaves` on.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    leaves: usize,
    /// The two children of each inner node. The last node is the root.
    children: Vec<[usize; 2]>,
}

impl Tree {
    /// The tree for labels with these counts, the most frequent first. In a damaged model the counts may be anything;
    /// the result is still a tree over all labels.
    pub fn new(counts: &[i64]) -> Tree {
        let counts: Vec<u64> = counts.iter().map(|&count| count.max(0) as u64).collect();
        let (leaves, children) = (counts.len(), huffman::children(&counts));
        Tree { leaves, children }
    }

    /// The probability of every label, with the small value added, for `hidden (dim)`. Row *i* of `output` decides at
    /// inner node *i*.
    pub fn probabilities(&self, output: &Matrix, hidden: &[f32]) -> Vec<f32> {
        let mut reached = vec![1.0; self.leaves + self.children.len()];
        // Each node comes after its children.
        for (number, &[left, right]) in self.children.iter().enumerate().rev() {
            let here = reached[self.leaves + number];
            let to_the_right = 1.0 / (1.0 + (-output.dot(number, hidden)).exp());
            reached[left] = here * (1.0 - to_the_right + LEAST);
            reached[right] = here * (to_the_right + LEAST);
        }
        reached.truncate(self.leaves);
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_one_place_whatever_the_counts_are() {
        for counts in [&[9, 5, 2, 1][..], &[1], &[], &[0, 0, 0], &[1, 2, 3, i64::MAX, -5], &[i64::MAX; 7]] {
            let tree = Tree::new(counts);
            let mut seen = vec![0; 2 * counts.len()];
            tree.children.iter().flatten().for_each(|&child| seen[child] += 1);
            let below_root = tree.leaves + tree.children.len().saturating_sub(1);
            assert!(
                tree.children.is_empty() || seen[..below_root].iter().all(|&times| times == 1),
                "{counts:?}"
            );
            assert!(
                tree.children.iter().enumerate().all(|(n, pair)| pair.iter().all(|&c| c < tree.leaves + n))
            );
            let rows = tree.children.len().max(1);
            let output = Matrix::Dense { dim: 1, values: (0..rows).map(|n| n as f32 - 1.0).collect() };
            let sum: f32 = tree.probabilities(&output, &[0.7]).iter().sum();
            assert!(counts.is_empty() || (sum - 1.0).abs() < 1e-3);
        }
        // By hand: counts 1 and 2 form 3, 3 and 5 form 8, 8 and 9 form the root.
        assert_eq!(Tree::new(&[9, 5, 2, 1]).children, [[3, 2], [4, 1], [5, 0]]);
    }
}
