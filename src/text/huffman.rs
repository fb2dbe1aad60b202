//! The Huffman tree over counts (Huffman 1952), in the form that word2vec and fastText give it.

/// The children of each inner node of the tree over leaves with these counts, the most frequent first. Leaves are
/// numbered from 0, inner nodes from the number of leaves on in the order in which they are made: the lighter child
/// first, the root last. Counts that are not in order give a tree too.
pub fn children(counts: &[u64]) -> Vec<[usize; 2]> {
    let leaves = counts.len();
    let inner = leaves.saturating_sub(1);
    let mut weights = counts.to_vec();
    let mut children = Vec::with_capacity(inner);
    // The rarest leaf that is not taken yet, and the lightest inner node: both get heavier as they are taken.
    let (mut leaf, mut node) = (leaves, leaves);
    for parent in leaves..leaves + inner {
        let pair = [(); 2].map(|()| {
            // An inner node can be taken only once it is there.
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
        // By hand: 1 and 2 make 3, 3 and 5 make 8, 8 and 9 the root.
        assert_eq!(children(&[9, 5, 2, 1]), [[3, 2], [4, 1], [5, 0]]);
        assert!(children(&[7]).is_empty() && children(&[]).is_empty());
    }
}
