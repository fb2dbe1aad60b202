//! A text as parallel streams, read in batches of steps.

use super::Batch;

/// A text in streams of equal length. The remainder at the end of the text is not used.
#[derive(Debug, Clone)]
pub struct Streams<'a> {
    text: &'a [u32],
    streams: usize,
    /// Words per stream. The last word is only a target.
    length: usize,
    steps: usize,
    words: Vec<u32>,
    targets: Vec<u32>,
}

impl<'a> Streams<'a> {
    /// Divides `text` into `streams` streams that are read `steps` words at a time.
    ///
    /// # Panics
    /// If `streams` or `steps` is 0.
    pub fn new(text: &'a [u32], streams: usize, steps: usize) -> Self {
        assert!(streams > 0 && steps > 0, "{streams} streams of {steps} steps");
        let length = text.len() / streams;
        Streams { text, streams, length, steps, words: Vec::new(), targets: Vec::new() }
    }

    /// The number of batches per epoch.
    pub fn batches(&self) -> usize {
        self.length.saturating_sub(1).div_ceil(self.steps)
    }

    /// The number of target words per epoch.
    pub fn guesses(&self) -> usize {
        self.length.saturating_sub(1) * self.streams
    }

    /// The batch with this index, from 0; the last one may be shorter. `None` after the last.
    pub fn batch(&mut self, number: usize) -> Option<Batch<'_>> {
        if number >= self.batches() {
            return None;
        }
        let from = number * self.steps;
        let to = (from + self.steps).min(self.length - 1);
        self.words.clear();
        self.targets.clear();
        for stream in self.text.chunks_exact(self.length).take(self.streams) {
            self.words.extend_from_slice(&stream[from..to]);
            self.targets.extend_from_slice(&stream[from + 1..=to]);
        }
        Some(Batch { words: &self.words, targets: &self.targets, streams: self.streams })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_is_read_to_its_end_and_nothing_twice() {
        let text: Vec<u32> = (0..23).collect();
        let mut streams = Streams::new(&text, 2, 4);
        assert_eq!((streams.batches(), streams.guesses()), (3, 20));
        let batches: Vec<(Vec<u32>, Vec<u32>)> = (0..4)
            .map_while(|number| streams.batch(number).map(|b| (b.words.to_vec(), b.targets.to_vec())))
            .collect();
        assert_eq!(batches.len(), 3);
        assert_eq!(batches[0], (vec![0, 1, 2, 3, 11, 12, 13, 14], vec![1, 2, 3, 4, 12, 13, 14, 15]));
        assert_eq!(batches[2], (vec![8, 9, 19, 20], vec![9, 10, 20, 21]));
        assert_eq!(Streams::new(&text, 24, 4).batches(), 0);
    }
}
