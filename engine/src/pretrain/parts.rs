//! Words made of subwords: a word's vector is the mean of its own row and the rows of its n-grams (Bojanowski et al.
//! 2017, *Enriching word vectors with subword information*). So rare words learn from words with which they share
//! n-grams, and the vectors of unknown words can be computed from their n-grams.
//!
//! For every pair of words, a subword model has to compute a word's vector and to pass its change on to a dozen rows.
//! In fastText a step g of a word's vector moves each of its rows by g, and so moves their mean by g. Therefore a
//! word's vector can be trained like any other within a block: it is computed once, all shards work on it, and at the
//! end of the block its whole change is added to its rows. The disadvantage: the words of a block see the changes of
//! shared n-grams only in the next block.

use rayon::prelude::*;

use crate::kernel::{self, Aligned};
use crate::text::vocabulary::Vocabulary;
use crate::vectors::fasttext::Ngrams;

use super::table::{Merging, SharedTable};

/// The rows of each word of a vocabulary. The first is the word's own row, whose index is the word's id. The others
/// are those of its n-grams; their indices start at the size of the vocabulary and follow the order of their buckets.
#[derive(Debug, Clone)]
pub struct Parts {
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// The bucket of each n-gram row, ascending. A bucket that no word of the vocabulary uses has no row.
    buckets: Vec<u32>,
}

impl Parts {
    /// The rows of the words of `vocabulary`.
    pub fn new(vocabulary: &Vocabulary, ngrams: &Ngrams) -> Parts {
        let words = vocabulary.len();
        let of_word = |word: usize| {
            let mut buckets = Vec::new();
            ngrams.each_row(vocabulary.word(word).as_bytes(), |bucket| buckets.push(bucket as u32));
            buckets
        };
        let of_words: Vec<Vec<u32>> = (0..words).into_par_iter().map(of_word).collect();
        let mut buckets = of_words.concat();
        buckets.par_sort_unstable();
        buckets.dedup();
        let (mut starts, mut rows) = (vec![0], Vec::new());
        for (word, own) in of_words.iter().enumerate() {
            rows.push(word as u32);
            let row = |bucket: &u32| buckets.binary_search(bucket).unwrap_or_default();
            rows.extend(own.iter().map(|bucket| (words + row(bucket)) as u32));
            starts.push(rows.len() as u32);
        }
        Parts { starts, rows, buckets }
    }

    /// The rows of `word`. An n-gram that occurs twice in the word is listed twice.
    pub fn of(&self, word: usize) -> &[u32] {
        &self.rows[self.starts[word] as usize..self.starts[word + 1] as usize]
    }

    /// The number of words.
    pub fn words(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of rows, of words and of n-grams.
    pub fn rows(&self) -> usize {
        self.words() + self.buckets.len()
    }

    /// The bucket of each n-gram row.
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// The number of uses of each row in the corpus, computed from the words' counts.
    pub fn uses(&self, counts: &[u64]) -> Vec<u64> {
        let mut uses = vec![0; self.rows()];
        for (word, count) in counts.iter().enumerate() {
            self.of(word).iter().for_each(|&row| uses[row as usize] += count);
        }
        uses
    }

    /// Writes the vector of `word`: the mean of its rows in `table` `(rows, stride)`.
    pub fn make(&self, word: usize, table: &[f32], vector: &mut [f32]) {
        let (stride, rows) = (vector.len(), self.of(word));
        vector.fill(0.0);
        let fraction = 1.0 / rows.len() as f32;
        rows.iter()
            .for_each(|&row| kernel::axpy(fraction, &table[row as usize * stride..][..stride], vector));
    }
}

/// Computes the vectors of a block's words from their rows, and adds the changes to the rows.
#[derive(Debug)]
pub struct Composer {
    pub parts: Parts,
    /// The rows of words and n-grams, which are the trained parameters.
    pub rows: SharedTable,
    /// The latest vectors of all words, for queries: `(words, stride)`.
    pub seen: Aligned,
    /// The distinct words of the block.
    words: Vec<u32>,
    /// The number of occurrences of each of them in the block.
    counts: Vec<u32>,
    /// For each word of the vocabulary its index in `words` + 1; 0 if it is not in the block.
    places: Vec<u32>,
    /// For each position of the block the index of its word in `words`.
    positions: Vec<u32>,
    /// The block's vectors as they were computed; later their changes.
    before: Aligned,
    chunks: Vec<Chunk>,
    spreads: Vec<Spread>,
}

/// The changes that some words of a block pass on: rows and word indices, by the range that the row is in.
#[derive(Debug, Default)]
struct Chunk {
    ranges: Vec<Vec<(u32, u32)>>,
}

/// The buffer for one range of rows, kept between blocks. For each row: the sums of n and of n / (1 + λn) over the words
/// of the block, where n is the number of uses of the row in one word; see [`super::table`].
#[derive(Debug, Default)]
struct Spread {
    uses: Vec<(f32, f32)>,
}

/// The number of words in a chunk.
const CHUNK: usize = 256;

impl Composer {
    /// `rows` must be zeros.
    pub fn new(parts: Parts, rows: SharedTable) -> Composer {
        Composer {
            seen: Aligned::zeros(parts.words() * rows.stride),
            places: vec![0; parts.words()],
            spreads: rows.ends.iter().map(|_| Spread::default()).collect(),
            parts,
            rows,
            words: Vec::new(),
            counts: Vec::new(),
            positions: Vec::new(),
            before: Aligned::default(),
            chunks: Vec::new(),
        }
    }

    /// Computes the vectors of all words again.
    pub fn make_all(&mut self) {
        let Composer { parts, rows, seen, .. } = self;
        let vectors = seen.par_chunks_mut(rows.stride).enumerate();
        vectors.for_each(|(word, vector)| parts.make(word, &rows.data, vector));
    }

    /// Computes the vectors of a block's words and writes them to `made`.
    pub fn compose(&mut self, ids: &[u32], made: &mut SharedTable) {
        let Composer { parts, rows, words, counts, places, positions, before, .. } = self;
        words.clear();
        counts.clear();
        positions.clear();
        for &id in ids {
            let place = &mut places[id as usize];
            if *place == 0 {
                words.push(id);
                counts.push(0);
                *place = words.len() as u32;
            }
            counts[*place as usize - 1] += 1;
            positions.push(*place - 1);
        }
        words.iter().for_each(|&word| places[word as usize] = 0);
        made.resize(words.len());
        before.resize(words.len() * rows.stride);
        let both = made.data.par_chunks_mut(rows.stride).zip(before.par_chunks_mut(rows.stride));
        both.zip(&*words).with_min_len(16).for_each(|((made, before), &word)| {
            parts.make(word as usize, &rows.data, made);
            before.copy_from_slice(made);
        });
    }

    /// For each position of the block the row of its word in the composed vectors.
    pub fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// The distinct words of the block.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Adds the changes of `made` to the rows. A row that several words share moves by the sum of their changes,
    /// damped as described in [`super::table`]. There, a use of the word counts for a row by the fraction of the
    /// word's vector that is this row. If rows have rates, `word_rates` are those that the words of the block had.
    pub fn hand_on(&mut self, made: &SharedTable, how: &Merging, word_rates: Option<&[f32]>) {
        let Composer { parts, rows, seen, words, counts, before, chunks, spreads, .. } = self;
        let stride = rows.stride;
        before.par_chunks_mut(stride).zip(made.data.par_chunks(stride)).with_min_len(16).for_each(
            |(change, now)| {
                change.iter_mut().zip(now).for_each(|(change, now)| *change = now - *change);
            },
        );
        for (&word, now) in words.iter().zip(made.data.chunks(stride)) {
            seen[word as usize * stride..][..stride].copy_from_slice(now);
        }
        let ends = &rows.ends;
        chunks.resize_with(words.len().div_ceil(CHUNK), Chunk::default);
        chunks.par_iter_mut().zip(words.par_chunks(CHUNK)).enumerate().for_each(|(n, (chunk, words))| {
            chunk.ranges.resize_with(ends.len(), Vec::new);
            chunk.ranges.iter_mut().for_each(Vec::clear);
            for (place, &word) in (n * CHUNK..).zip(words) {
                for &row in parts.of(word as usize) {
                    let range = ends.partition_point(|&end| end <= row as usize);
                    chunk.ranges[range].push((row, place as u32));
                }
            }
        });
        let mut rest = &mut rows.data[..];
        let mut start = 0;
        let ranges = ends.iter().zip(spreads).enumerate().map(|(range, (&end, spread))| {
            let (own, after) = std::mem::take(&mut rest).split_at_mut((end - start) * stride);
            rest = after;
            (range, std::mem::replace(&mut start, end), own, spread)
        });
        ranges.collect::<Vec<_>>().into_par_iter().with_max_len(1).for_each(|(range, first, own, spread)| {
            let all = || chunks.iter().flat_map(|chunk| &chunk.ranges[range]);
            let uses = |place: u32| {
                counts[place as usize] as f32 / parts.of(words[place as usize] as usize).len() as f32
            };
            spread.uses.resize(own.len() / stride, (0.0, 0.0));
            for &(row, place) in all() {
                let n = uses(place);
                let damping = how.damping * how.rate(row as usize);
                let sums = &mut spread.uses[row as usize - first];
                *sums = (sums.0 + n, sums.1 + n / (1.0 + damping * n));
            }
            for &(row, place) in all() {
                let rate = how.rate(row as usize);
                if rate == 0.0 {
                    continue;
                }
                let row = row as usize - first;
                let (uses, ways) = spread.uses[row];
                let damped = uses / (1.0 + how.damping * rate * uses) / ways;
                // The word moved at its own rate, the mean of those of its rows.
                let scale = word_rates.map_or(damped, |words| damped * rate / words[place as usize]);
                let change = &before[place as usize * stride..][..stride];
                kernel::axpy(scale, change, &mut own[row * stride..][..stride]);
            }
            for &(row, _) in all() {
                let index = row as usize;
                let (uses, _) = std::mem::take(&mut spread.uses[index - first]);
                if uses > 0.0 {
                    how.pull(index, uses, &mut own[(index - first) * stride..][..stride]);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words move by as much as their vectors moved in the block, however their rows share it.
    #[test]
    fn the_rows_of_a_word_take_its_change_each_at_its_rate() {
        let vocabulary = Vocabulary::from_parts(["abc", "xyz"], vec![1, 1], 2).unwrap();
        let parts = Parts::new(&vocabulary, &Ngrams::plain(3, 3, 1_000));
        assert_eq!((parts.rows(), parts.of(0).len()), (8, 4), "each has three n-grams, and none is shared");
        let mut rows = SharedTable::new(parts.rows(), 16, &[1.0; 8]);
        rows.data.iter_mut().enumerate().for_each(|(i, x)| *x = i as f32 / 64.0);
        let before = rows.data.to_vec();
        let mut composer = Composer::new(parts, rows);
        let mut made = SharedTable::new(0, 16, &[]);
        // The first word's own row learns fast, that of the second one does not learn.
        let rates = [2.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
        let of_words: Vec<f32> = (0..2)
            .map(|word| composer.parts.of(word).iter().map(|&row| rates[row as usize]).sum::<f32>() / 4.0)
            .collect();
        composer.compose(&[0, 1], &mut made);
        assert_eq!(composer.positions(), [0, 1]);
        made.data.iter_mut().for_each(|x| *x += 0.25);
        let how = Merging { damping: 0.0, rates: Some(&rates), anchor: None };
        composer.hand_on(&made, &how, Some(&of_words));
        for word in 0..2 {
            let mut vector = [0.0; 16];
            composer.parts.make(word, &composer.rows.data, &mut vector);
            let now = &made.data[word * 16..][..16];
            vector.iter().zip(now).for_each(|(x, y)| assert!((x - y).abs() < 1e-6, "word {word}: {x} {y}"));
        }
        let change = |row: usize| composer.rows.data[row * 16] - before[row * 16];
        assert_eq!(change(1), 0.0);
        assert!((change(0) / change(composer.parts.of(0)[1] as usize) - 4.0).abs() < 1e-5);
    }
}
