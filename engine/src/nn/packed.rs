//! Documents of a batch laid out without padding: PyTorch's packed sequences.
//!
//! Documents are ranked by length, longest first. The rows hold the first words of all documents in the order of
//! ranks, then the second words of the documents that have one, and so on. Step t holds the ranks `0..size(t)`, and
//! sizes never increase. So each time step of a recurrent layer is one matrix of consecutive rows, the rows of the
//! previous step belong to the same ranks, and nothing is computed for padding. Documents that are read backwards
//! have the same layout; only their words are gathered in another order.

use std::cmp::Reverse;
use std::ops::Range;

/// The layout of a batch. When it is reused, it allocates memory only to grow.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    /// The document at each rank.
    order: Vec<usize>,
    /// The number of words at each rank; it never increases.
    lengths: Vec<usize>,
    /// The first row of each step, then the total number of rows.
    offsets: Vec<usize>,
}

impl Packed {
    /// Lays out documents of these lengths, in words. Documents may be empty.
    pub fn pack(&mut self, lengths: impl Iterator<Item = usize> + Clone) {
        self.lengths.clear();
        self.lengths.extend(lengths);
        self.order.clear();
        self.order.extend(0..self.lengths.len());
        let by_document = &self.lengths;
        self.order.sort_unstable_by_key(|&document| (Reverse(by_document[document]), document));
        self.lengths.sort_unstable_by_key(|&length| Reverse(length));
        self.offsets.clear();
        self.offsets.push(0);
        let (mut size, mut rows) = (self.lengths.len(), 0);
        for step in 0..self.lengths.first().copied().unwrap_or(0) {
            while self.lengths[size - 1] <= step {
                size -= 1;
            }
            rows += size;
            self.offsets.push(rows);
        }
    }

    /// The number of documents B.
    pub fn documents(&self) -> usize {
        self.order.len()
    }

    /// The number of time steps: the length of the longest document.
    pub fn steps(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The number of words N of all documents.
    pub fn rows(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// The rows of step `step`.
    pub fn step(&self, step: usize) -> Range<usize> {
        self.offsets[step]..self.offsets[step + 1]
    }

    /// How many documents are longer than `step` words.
    pub fn size(&self, step: usize) -> usize {
        self.step(step).len()
    }

    /// Rank, document and length in words, longest first.
    pub fn ranks(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.order
            .iter()
            .zip(&self.lengths)
            .enumerate()
            .map(|(rank, (&document, &length))| (rank, document, length))
    }

    /// The document at `rank`.
    pub fn document(&self, rank: usize) -> usize {
        self.order[rank]
    }

    /// The number of words at `rank`.
    pub fn length(&self, rank: usize) -> usize {
        self.lengths[rank]
    }

    /// The row of word `step` of the document at `rank`.
    pub fn row(&self, step: usize, rank: usize) -> usize {
        self.offsets[step] + rank
    }

    /// Writes the word ids of all documents in the order of the rows; if `backwards`, each document from its last
    /// word to its first.
    pub fn gather(&self, documents: &[&[u32]], backwards: bool, words: &mut [u32]) {
        debug_assert_eq!(words.len(), self.rows());
        for (rank, document, length) in self.ranks() {
            let words_of = &documents[document][..length];
            for (step, &offset) in self.offsets[..length].iter().enumerate() {
                words[offset + rank] = words_of[if backwards { length - 1 - step } else { step }];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_first_step_by_step_without_padding() {
        let documents: [&[u32]; 4] = [&[1, 2], &[], &[3, 4, 5], &[6, 7]];
        let mut packed = Packed::default();
        packed.pack(documents.iter().map(|d| d.len()));
        assert_eq!((packed.documents(), packed.steps(), packed.rows()), (4, 3, 7));
        assert_eq!(packed.ranks().collect::<Vec<_>>(), [(0, 2, 3), (1, 0, 2), (2, 3, 2), (3, 1, 0)]);
        let mut words = [0; 7];
        packed.gather(&documents, false, &mut words);
        assert_eq!(words, [3, 1, 6, 4, 2, 7, 5]);
        packed.gather(&documents, true, &mut words);
        assert_eq!(words, [5, 2, 7, 4, 1, 6, 3]);
        assert_eq!((packed.step(1), packed.size(2), packed.row(1, 2)), (3..6, 1, 5));
    }

    #[test]
    fn no_documents_and_documents_without_words() {
        let mut packed = Packed::default();
        assert_eq!((packed.documents(), packed.steps(), packed.rows()), (0, 0, 0));
        packed.pack([0, 0].into_iter());
        assert_eq!((packed.documents(), packed.steps(), packed.rows()), (2, 0, 0));
        packed.pack(std::iter::empty());
        assert_eq!((packed.documents(), packed.steps(), packed.rows()), (0, 0, 0));
    }
}
