//! Words made of parts: a word's vector is the mean of its own row and the rows of its n-grams (Bojanowski et al. 2017,
//! *Enriching word vectors with subword information*), so that rare words learn from others that share their parts, and
//! words never seen can be made from theirs.
//!
//! A subword model spends its time on making a word's vector, and on passing its change on to a dozen rows, for every pair
//! of words. In fastText a step g of a word's vector moves each of its rows by g, and so their mean by g. So within a block
//! a word's vector can be trained like any other: it is made once, all shards work on it, and at the end of the block its
//! whole change is passed on to its rows. The price: the words of a block see changes of shared parts only in the next
//! block.

use rayon::prelude::*;

use crate::kernel::{self, Aligned};
use crate::text::vocabulary::Vocabulary;
use crate::vectors::fasttext::Ngrams;

use super::table::SharedTable;

/// Which rows each word of a vocabulary is made of: its own first, numbered as the word is; then those of its n-grams,
/// numbered from the size of the vocabulary on in the order of their buckets.
#[derive(Debug, Clone)]
pub struct Parts {
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// The bucket of each n-gram row, ascending. Buckets of no word of the vocabulary have no row.
    buckets: Vec<u32>,
}

impl Parts {
    /// Those of `vocabulary`.
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

    /// The rows that `word` is made of. A part that is there twice is named twice.
    pub fn of(&self, word: usize) -> &[u32] {
        &self.rows[self.starts[word] as usize..self.starts[word + 1] as usize]
    }

    /// How many words there are.
    pub fn words(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many rows there are, of words and of n-grams.
    pub fn rows(&self) -> usize {
        self.words() + self.buckets.len()
    }

    /// The bucket of each n-gram row.
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// How often each row is used in the corpus, from the words' counts.
    pub fn uses(&self, counts: &[u64]) -> Vec<u64> {
        let mut uses = vec![0; self.rows()];
        for (word, count) in counts.iter().enumerate() {
            self.of(word).iter().for_each(|&row| uses[row as usize] += count);
        }
        uses
    }

    /// The vector of `word`: the mean of its rows in `table` `(rows, stride)`.
    pub fn make(&self, word: usize, table: &[f32], vector: &mut [f32]) {
        let (stride, rows) = (vector.len(), self.of(word));
        vector.fill(0.0);
        let fraction = 1.0 / rows.len() as f32;
        rows.iter()
            .for_each(|&row| kernel::axpy(fraction, &table[row as usize * stride..][..stride], vector));
    }
}

/// The words of a block, made of their parts.
#[derive(Debug)]
pub struct Composer {
    pub parts: Parts,
    /// The rows of words and n-grams: what is learned.
    pub rows: SharedTable,
    /// The vectors of all words as they were last made, for those who look on: `(words, stride)`.
    pub seen: Aligned,
    /// The words of the block, each once.
    words: Vec<u32>,
    /// How often each of them comes.
    counts: Vec<u32>,
    /// For each word of the vocabulary its place in `words` + 1; 0 if it is not there.
    places: Vec<u32>,
    /// For each position of the block the place of its word.
    positions: Vec<u32>,
    /// The block's vectors as they were made, later their changes.
    before: Aligned,
    chunks: Vec<Chunk>,
    spreads: Vec<Spread>,
}

/// What some words of a block hand on: rows and places, by the range that the row lies in.
#[derive(Debug, Default)]
struct Chunk {
    ranges: Vec<Vec<(u32, u32)>>,
}

/// What handing on to a range of rows needs, kept between blocks: for each row the uses and the ways that they lead.
#[derive(Debug, Default)]
struct Spread {
    uses: Vec<(f32, f32)>,
}

/// Words of a chunk.
const CHUNK: usize = 256;

impl Composer {
    /// `rows` are zeros.
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

    /// Makes the vectors of all words anew.
    pub fn make_all(&mut self) {
        let Composer { parts, rows, seen, .. } = self;
        let vectors = seen.par_chunks_mut(rows.stride).enumerate();
        vectors.for_each(|(word, vector)| parts.make(word, &rows.data, vector));
    }

    /// Makes the vectors of a block's words in `made`; the row of `made` for each position of the block.
    pub fn compose(&mut self, ids: &[u32], made: &mut SharedTable) -> &[u32] {
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
        positions
    }

    /// Hands the changes of `made` on to the rows. A row that several words share moves by the sum of their changes,
    /// damped as [`super::table`] says; a word's use leads a row on by the row's fraction of the word.
    pub fn hand_on(&mut self, made: &SharedTable, damping: f32) {
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
                let sums = &mut spread.uses[row as usize - first];
                *sums = (sums.0 + n, sums.1 + n / (1.0 + damping * n));
            }
            for &(row, place) in all() {
                let row = row as usize - first;
                let (uses, ways) = spread.uses[row];
                let scale = uses / (1.0 + damping * uses) / ways;
                let change = &before[place as usize * stride..][..stride];
                kernel::axpy(scale, change, &mut own[row * stride..][..stride]);
            }
            all().for_each(|&(row, _)| spread.uses[row as usize - first] = (0.0, 0.0));
        });
    }
}
