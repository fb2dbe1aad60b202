//! Hierarchical softmax (Morin & Bengio 2005; Mikolov et al. 2013, section 2.1): a word is predicted by the decisions
//! on the path to its leaf in the Huffman tree of the words' counts. A path has about log2(vocabulary size)
//! decisions.

use crate::text::huffman;

/// The paths from the root to all words.
#[derive(Debug, Clone)]
pub struct Ways {
    /// The start of each word's path in `nodes` and `right`, and the end of the last path.
    starts: Vec<u32>,
    /// Inner nodes, numbered from 0; the root is the last.
    nodes: Vec<u32>,
    /// Whether the path continues to the right child.
    right: Vec<bool>,
    /// The number of times that each inner node is on a word's path in the corpus.
    passes: Vec<u64>,
}

impl Ways {
    /// The paths of words with these counts, the most frequent first.
    pub fn new(counts: &[u64]) -> Ways {
        let leaves = counts.len();
        let children = huffman::children(counts);
        let mut weights = counts.to_vec();
        // For each leaf and inner node: its parent, and whether it is the right child.
        let mut above = vec![(0, false); leaves + children.len()];
        for (parent, &[left, right]) in children.iter().enumerate() {
            above[left] = (parent as u32, false);
            above[right] = (parent as u32, true);
            weights.push(weights[left] + weights[right]);
        }
        let mut ways =
            Ways { starts: vec![0], nodes: Vec::new(), right: Vec::new(), passes: weights.split_off(leaves) };
        for word in 0..leaves {
            let start = ways.nodes.len();
            let mut at = word;
            while at + 1 < above.len() {
                let (parent, right) = above[at];
                ways.nodes.push(parent);
                ways.right.push(right);
                at = leaves + parent as usize;
            }
            ways.nodes[start..].reverse();
            ways.right[start..].reverse();
            ways.starts.push(ways.nodes.len() as u32);
        }
        ways
    }

    /// The inner nodes on the path to `word`, and at which of them the path goes to the right.
    pub fn of(&self, word: u32) -> (&[u32], &[bool]) {
        let way = self.starts[word as usize] as usize..self.starts[word as usize + 1] as usize;
        (&self.nodes[way.clone()], &self.right[way])
    }

    /// The number of times that each inner node is on a word's path in the corpus.
    pub fn passes(&self) -> &[u64] {
        &self.passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_those_of_huffmans_tree() {
        // By hand: counts 1 and 2 form node 0, 3 and 5 form node 1, 8 and 9 form the root, node 2.
        let ways = Ways::new(&[9, 5, 2, 1]);
        assert_eq!(ways.of(0), (&[2][..], &[true][..]));
        assert_eq!(ways.of(1), (&[2, 1][..], &[false, true][..]));
        assert_eq!(ways.of(2), (&[2, 1, 0][..], &[false, false, true][..]));
        assert_eq!(ways.of(3), (&[2, 1, 0][..], &[false, false, false][..]));
        assert_eq!(ways.passes(), [3, 8, 17]);
    }

    /// No other code is shorter: the mean length is within one decision of the entropy.
    #[test]
    fn frequent_words_have_short_ways() {
        let counts: Vec<u64> = (1..=1000).map(|rank| 1_000_000 / rank).collect();
        let ways = Ways::new(&counts);
        let total: u64 = counts.iter().sum();
        let fraction = |count: u64| count as f64 / total as f64;
        let entropy: f64 = counts.iter().map(|&count| -fraction(count) * fraction(count).log2()).sum();
        let mean: f64 = (0..1000).map(|w| fraction(counts[w]) * ways.of(w as u32).0.len() as f64).sum();
        assert!(entropy <= mean && mean < entropy + 1.0, "{entropy} {mean}");
        assert_eq!(*ways.passes().last().unwrap(), total);
    }

    #[test]
    fn a_word_alone_needs_no_decision() {
        assert_eq!(Ways::new(&[7]).of(0).0.len(), 0);
        assert_eq!(Ways::new(&[]).passes().len(), 0);
    }
}
