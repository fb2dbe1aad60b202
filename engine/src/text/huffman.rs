//! The Huffman tree for given counts (Huffman 1952), in the form of word2vec and fastText.

/// The children of each inner node of the tree. `counts` are the counts of the leaves, the most frequent first.
/// Leaves have the numbers from 0 on. Inner nodes have the numbers after the leaves, in the order in which they are
/// made: the node with the smaller count is the first child, and the root is last. Counts in another order give a
/// valid tree too.
pub fn children(counts: &[u64]) -> Vec<[usize; 2]> {
    let leaves = counts.len();
    let inner = leaves.saturating_sub(1);
    let mut weights = counts.to_vec();
    let mut children = Vec::with_capacity(inner);
    // The rarest leaf and the lightest inner node that have no parent yet. Later ones are heavier.
    let (mut leaf, mut node) = (leaves, leaves);
    for parent in leaves..leaves + inner {
        let pair = [(); 2].map(|()| {
            // An inner node can become a child only after it was made.
            if leaf > 0 && (node >= parent || weights[leaf - 1] < weights[node]) {
                leaf -= 1;
                leaf
            } else {
                node += 1;
                node - 1
            }
        });
        weights.push(pair.iter().map(|&child| weights[child]).fold(0, u64::saturating_add));
        children.push(pair);
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lightest_two_are_put_together() {
        // Computed by hand: 1 and 2 make 3, 3 and 5 make 8, 8 and 9 make the root.
        assert_eq!(children(&[9, 5, 2, 1]), [[3, 2], [4, 1], [5, 0]]);
        assert!(children(&[7]).is_empty() && children(&[]).is_empty());
    }
}
