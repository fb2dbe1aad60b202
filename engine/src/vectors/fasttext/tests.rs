//! Tests with models that are built byte by byte: reading, prediction, damage at every position, and writing.

use std::path::Path;

use dictionary::Dictionary;
use matrix::{Input, Matrix};
use settings::{Kind, Loss, Settings};

use crate::error::Result;
use crate::files;
use crate::rng::{self, Stream};
use crate::session::choices::AnalogyScore;
use crate::vectors::{LARGE, WordVectors};

use super::*;

/// The settings and content of a model's file.
#[derive(Clone)]
struct Sample {
    version: Option<i32>,
    loss: Loss,
    kind: Kind,
    words: &'static [&'static [u8]],
    labels: usize,
    /// The maximum length of the word n-grams, and the minimum and maximum length of character n-grams.
    runs: i32,
    lengths: (i32, i32),
    buckets: i32,
    kept: Option<Vec<(i32, i32)>>,
    quantised: bool,
}

const DIM: usize = 3;

impl Sample {
    fn new() -> Sample {
        Sample {
            version: Some(12),
            loss: Loss::NegativeSampling,
            kind: Kind::SkipGram,
            words: &[b"</s>", b"one", b"na\xc3\xafve", b"n\xe9", b"x"],
            labels: 0,
            runs: 1,
            lengths: (2, 3),
            buckets: 7,
            kept: None,
            quantised: false,
        }
    }

    fn supervised(loss: Loss) -> Sample {
        Sample { loss, kind: Kind::Supervised, labels: 3, runs: 2, ..Sample::new() }
    }

    fn pruned(self) -> Sample {
        Sample { kept: Some(vec![(2, 0), (5, 2), (6, 1)]), quantised: true, ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut random = rng::stream(7, "fasttext sample", 0);
        let mut out = Bytes(Vec::new());
        if let Some(version) = self.version {
            out.ints(&[793_712_314, version]);
        }
        let (shortest, longest) = self.lengths;
        let (loss, kind) = (self.loss as i32, self.kind as i32);
        out.ints(&[DIM as i32, 5, 5, 1, 5, self.runs, loss, kind, self.buckets, shortest, longest, 100]);
        out.0.extend(1e-4_f64.to_le_bytes());
        let (words, labels) = (self.words.len() as i32, self.labels as i32);
        out.ints(&[words + labels, words, labels]);
        out.longs(&[1_000]);
        if self.version.is_some() {
            out.longs(&[self.kept.as_ref().map_or(-1, |kept| kept.len() as i64)]);
        }
        let labels: Vec<String> = (0..self.labels).map(|n| format!("__label__{n}")).collect();
        let entries = self.words.iter().map(|word| (*word, 0));
        for (number, (word, kind)) in entries.chain(labels.iter().map(|l| (l.as_bytes(), 1))).enumerate() {
            out.0.extend_from_slice(word);
            out.0.push(0);
            out.longs(&[100 - number as i64]);
            out.0.push(kind);
        }
        for &(ngram, row) in self.kept.iter().flatten() {
            out.ints(&[ngram, row]);
        }
        let ngrams = self.kept.as_ref().map_or(self.buckets as usize, Vec::len);
        let rows = self.words.len() + ngrams;
        if self.version.is_some() {
            out.0.push(u8::from(self.quantised));
        }
        if self.quantised {
            out.quantised(rows, &mut random);
        } else {
            out.dense(rows, &mut random);
        }
        if self.version.is_some() {
            out.0.push(0);
        }
        out.dense(if self.kind == Kind::Supervised { self.labels } else { self.words.len() }, &mut random);
        out.0
    }

    fn model(&self) -> Model {
        Model::read(Path::new("sample.bin"), &self.bytes()[..], true).unwrap()
    }
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn ints(&mut self, ints: &[i32]) {
        self.0.extend(ints.iter().flat_map(|int| int.to_le_bytes()));
    }

    fn longs(&mut self, longs: &[i64]) {
        self.0.extend(longs.iter().flat_map(|long| long.to_le_bytes()));
    }

    fn floats(&mut self, count: usize, random: &mut Stream) {
        for _ in 0..count {
            self.0.extend((rng::normal(random) as f32).to_le_bytes());
        }
    }

    fn dense(&mut self, rows: usize, random: &mut Stream) {
        self.longs(&[rows as i64, DIM as i64]);
        self.floats(rows * DIM, random);
    }

    /// Two parts per row, of two values and of one value; and a norm.
    fn quantised(&mut self, rows: usize, random: &mut Stream) {
        self.0.push(1);
        self.longs(&[rows as i64, DIM as i64]);
        self.ints(&[2 * rows as i32]);
        self.0.extend((0..2 * rows).map(|n| (n * 37 % 256) as u8));
        self.ints(&[DIM as i32, 2, 2, 1]);
        self.floats(256 * DIM, random);
        self.0.extend((0..rows).map(|n| (n * 11 % 256) as u8));
        self.ints(&[1, 1, 1, 1]);
        self.floats(256, random);
    }
}

/// Vectors of five words with n-grams for other words. Most n-grams were pruned.
pub(crate) fn with_parts() -> WordVectors {
    read(&Sample::new().pruned().bytes()).unwrap()
}

fn read(bytes: &[u8]) -> Result<WordVectors> {
    super::read(Path::new("sample.bin"), bytes, usize::MAX)
}

fn row(input: &Input, row: usize) -> Vec<f32> {
    let mut sum = vec![0.0; DIM];
    input.add_to(row, &mut sum);
    sum
}

/// The mean of these rows.
fn mean(input: &Input, rows: &[usize]) -> Vec<f32> {
    let mut sum = vec![0.0; DIM];
    rows.iter().for_each(|&n| row(input, n).iter().zip(&mut sum).for_each(|(x, sum)| *sum += x));
    sum.iter().map(|x| x / rows.len() as f32).collect()
}

#[track_caller]
fn near(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
}

#[test]
fn vectors_are_means_of_the_rows_of_words_and_parts() {
    for sample in [Sample::new(), Sample::new().pruned()] {
        let model = sample.model();
        let input = model.input.clone();
        let vectors = read(&sample.bytes()).unwrap();
        assert_eq!(vectors.words.iter().collect::<Vec<_>>(), ["</s>", "one", "naïve", "né", "x"]);
        assert_eq!(vectors.counts.as_ref().unwrap()[..2], [100, 99]);
        let rows = |parts: &[&[u8]]| -> Vec<usize> {
            let bucket = |part: &&[u8]| (subwords::hash(part) % 7) as i32;
            let ngrams = parts.iter().map(bucket).filter_map(|bucket| match &sample.kept {
                None => Some(bucket),
                Some(kept) => kept.iter().find(|(ngram, _)| *ngram == bucket).map(|&(_, row)| row),
            });
            ngrams.map(|row| 5 + row as usize).collect()
        };
        let own = |number, parts: &[&[u8]]| mean(&input, &[vec![number], rows(parts)].concat());
        near(&vectors.vector("</s>").unwrap(), &own(0, &[]));
        near(&vectors.vector("x").unwrap(), &own(4, &[b"<x", b"<x>", b"x>"]));
        // The byte that is not UTF-8 counts as it is.
        near(&vectors.vector("né").unwrap(), &own(3, &[b"<n", b"<n\xe9", b"n\xe9", b"n\xe9>", b"\xe9>"]));
        let made = vectors.vector_or_made("éone").unwrap();
        let parts = ["<é", "<éo", "éo", "éon", "on", "one", "ne", "ne>", "e>"].map(str::as_bytes);
        near(&made, &mean(&input, &rows(&parts)));
        assert!(vectors.vector_or_made("").is_none());
        let view = vectors.view();
        assert_eq!(view.neighbours("éone", 9).unwrap().len(), 5);
        assert_eq!(view.analogy("éone", "x", "one", AnalogyScore::Add, 9).unwrap().len(), 3);
    }
    let none = Sample { lengths: (0, 0), ..Sample::new() };
    let vectors = read(&none.bytes()).unwrap();
    near(&vectors.vector("x").unwrap(), &row(&none.model().input, 4));
    assert!(vectors.vector_or_made("é").is_none());
    let sentence = vectors.view().neighbours("é", 9).unwrap_err().to_string();
    assert!(sentence.contains("none of its parts"), "{sentence}");
}

/// FNV-1a with signed bytes. The vectors in tests/whole/fasttext.rs show that fastText does the same.
#[test]
fn hashes_are_those_of_fasttext() {
    assert_eq!(subwords::hash(b""), 0x811c_9dc5);
    assert_eq!(subwords::hash(b"a"), 0xe40c_292c);
    assert_ne!(subwords::hash(b"\xe9"), (0x811c_9dc5 ^ 0xe9_u32).wrapping_mul(0x0100_0193));
    let settings = Settings { buckets: i32::MAX, shortest: 1, longest: 3, ..Settings::plain(3) };
    let ngrams = Ngrams::new(&settings, &Dictionary::default());
    let mut found = Vec::new();
    ngrams.each_row("aï".as_bytes(), |row| found.push(row));
    let parts = ["<a", "<aï", "a", "aï", "aï>", "ï", "ï>"];
    let expected = parts.map(|part| subwords::hash(part.as_bytes()) as usize % i32::MAX as usize);
    assert_eq!(found, expected);
}

#[test]
fn all_forms_of_the_file_hold_the_same_vectors() {
    let new = read(&Sample::new().bytes()).unwrap();
    for version in [None, Some(11)] {
        let sample = Sample { version, ..Sample::new() };
        assert!(looks_like_model(&sample.bytes()));
        assert_eq!(numbers(&read(&sample.bytes()).unwrap()), numbers(&new));
    }
    let first = super::read(Path::new("sample.bin"), &Sample::new().bytes()[..], 2).unwrap();
    assert_eq!(first.len(), 2);
    assert_eq!(first.vector("one"), new.vector("one"));
}

#[test]
fn a_model_comes_back_to_the_byte_and_a_table_to_rounding() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["model.bin", "model.bin.gz"] {
        let path = folder.path().join(name);
        for version in [None, Some(12)] {
            Sample { version, ..Sample::new() }.model().save(&path).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut files::open(&path).unwrap(), &mut bytes).unwrap();
            assert!(bytes == Sample::new().bytes(), "{name}");
        }
        let vectors = read(&Sample::new().bytes()).unwrap();
        let table = Model::of_vectors(&vectors, &path).unwrap();
        table.save(&path).unwrap();
        let again = Model::open(&path).unwrap().into_vectors(usize::MAX).unwrap();
        assert_eq!(again.words.iter().collect::<Vec<_>>(), vectors.words.iter().collect::<Vec<_>>());
        assert_eq!(again.counts, vectors.counts);
        near(&numbers(&again), &numbers(&vectors));
        assert_eq!(again.vector_or_made("é"), vectors.vector_or_made("é"));
        let plain = WordVectors::new(["a b", "c"].into_iter().collect(), ndarray::array![[1.0], [2.0]], None);
        let plain = plain.unwrap();
        Model::of_vectors(&plain, &path).unwrap().save(&path).unwrap();
        let again = formats_read(&path);
        assert_eq!((&*again.vector("a b").unwrap(), &*again.vector("c").unwrap()), (&[1.0][..], &[2.0][..]));
        assert!(again.vector_or_made("d").is_none());
    }
    let path = folder.path().join("no.bin");
    for sample in [Sample::supervised(Loss::Softmax), Sample::new().pruned()] {
        let sentence = sample.model().save(&path).unwrap_err().to_string();
        assert!(sentence.contains("sample.bin cannot be written"), "{sentence}");
    }
    let pruned = with_parts();
    assert!(Model::of_vectors(&pruned, &path).unwrap_err().to_string().contains("pruned"));
    assert!(!path.exists());
}

fn formats_read(path: &Path) -> WordVectors {
    crate::vectors::formats::read(path, None).unwrap()
}

#[test]
fn labels_follow_from_the_loss() {
    let softmax = |scores: &[f32]| -> Vec<f32> {
        let sum: f32 = scores.iter().map(|x| x.exp()).sum();
        scores.iter().map(|x| x.exp() / sum).collect()
    };
    let sigmoid = |x: &f32| 1.0 / (1.0 + (-x).exp());
    for loss in [Loss::Softmax, Loss::OneVsAll, Loss::NegativeSampling, Loss::HierarchicalSoftmax] {
        let sample = Sample { lengths: (0, 0), ..Sample::supervised(loss) };
        let model = sample.model();
        let runs = {
            let hash = |word: &[u8]| i64::from(subwords::hash(word) as i32) as u64;
            let pair = |a: &[u8], b: &[u8]| hash(a).wrapping_mul(116_049_371).wrapping_add(hash(b)) % 7;
            [pair(b"one", b"x"), pair(b"x", b"</s>")].map(|bucket| 5 + bucket as usize)
        };
        // The label in the text does not count as a word.
        let hidden = mean(&model.input, &[1, 4, 0, runs[0], runs[1]]);
        let output = model.output.clone().unwrap();
        let scores: Vec<f32> = (0..3).map(|label| output.dot(label, &hidden)).collect();
        let expected = match loss {
            Loss::Softmax => softmax(&scores),
            Loss::HierarchicalSoftmax => {
                // Labels 2 and 1 form the first inner node, label 0 and that node form the root.
                let (low, top) = (sigmoid(&scores[0]), sigmoid(&scores[1]));
                vec![1.0 - top, top * low, top * (1.0 - low)]
            }
            _ => scores.iter().map(sigmoid).collect(),
        };
        let found = Classifier::new(model).unwrap().predict(b"one __label__9\tx\n", 3);
        assert!(found.is_sorted_by(|a, b| a.probability >= b.probability));
        for Prediction { label, probability } in found {
            let number: usize = label.strip_prefix("__label__").unwrap().parse().unwrap();
            // The table of the sigmoid has steps of 1/32.
            let rough = matches!(loss, Loss::OneVsAll | Loss::NegativeSampling);
            let tolerance = if rough { 0.01 } else { 1e-4 };
            assert!(
                (probability - expected[number]).abs() < tolerance,
                "{loss:?} {label} {probability} {expected:?}"
            );
        }
    }
    let refused = Classifier::new(Sample::new().model()).unwrap_err().to_string();
    assert!(refused.contains("trained without labels"), "{refused}");
    let refused = read(&Sample::supervised(Loss::Softmax).bytes()).unwrap_err().to_string();
    assert!(refused.contains("warmstart convert sample.bin out.vec"), "{refused}");
}

/// Any file content must give a value or an error with its position.
fn ask_everything(bytes: &[u8]) {
    if let Err(error) = read(bytes) {
        assert!(error.to_string().starts_with("sample.bin"), "{error}");
    }
    let Ok(model) = Model::read(Path::new("sample.bin"), bytes, true) else { return };
    if let Ok(classifier) = Classifier::new(model.clone()) {
        classifier.predict("one x naïve é".as_bytes(), 5);
    }
    if let Ok(vectors) = model.into_vectors(usize::MAX) {
        vectors.vector_or_made("unseen");
        let _ = vectors.view().neighbours("é", 3);
    }
}

#[test]
fn every_place_can_be_cut_and_flipped() {
    let supervised = |loss| Sample { lengths: (0, 0), ..Sample::supervised(loss) };
    for sample in [
        Sample::new(),
        Sample { version: None, ..Sample::new() },
        supervised(Loss::HierarchicalSoftmax),
        supervised(Loss::Softmax).pruned(),
    ] {
        let bytes = sample.bytes();
        // Centroids are most of a quantised model, and all alike, so not each is tested.
        let step = |at: usize| at < 500 || at + 250 > bytes.len() || at.is_multiple_of(97);
        for at in (0..bytes.len()).filter(|&at| step(at)) {
            let cut = Model::read(Path::new("sample.bin"), &bytes[..at], true).unwrap_err().to_string();
            assert!(cut.contains("sample.bin, byte"), "{cut}");
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                ask_everything(&damaged);
            }
        }
    }
}

/// Claimed sizes are compared with the file before memory is allocated for them.
#[test]
fn claims_that_cannot_be_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.bin");
    let refuse = |bytes: &[u8], expected: &[&str]| {
        std::fs::write(&path, bytes).unwrap();
        let sentence = crate::vectors::formats::read(&path, None).unwrap_err().to_string();
        assert!(expected.iter().all(|part| sentence.contains(part)), "{sentence}");
    };
    let bytes = Sample::new().bytes();
    let with = |at: usize, number: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + number.len()].copy_from_slice(number);
        bytes
    };
    refuse(&with(4, &13_i32.to_le_bytes()), &["byte 4", "version 13"]);
    refuse(&with(8, &i32::MAX.to_le_bytes()), &["byte 8", "2147483647 numbers"]);
    refuse(
        &with(64, &[i32::MAX.to_le_bytes(), i32::MAX.to_le_bytes()].concat()),
        &["byte 92", "the words would take 2147483647 times 10 bytes"],
    );
    refuse(&with(64, &6_i32.to_le_bytes()), &["byte 64", "6 entries, 5 of them words"]);
    let matrix = bytes.len() - (5 * DIM * 4 + 16) - 1 - (12 * DIM * 4 + 16);
    refuse(&with(matrix, &1_000_000_000_000_i64.to_le_bytes()), &["input matrix", "1000000000000 rows"]);
    refuse(&bytes[..bytes.len() - 1], &["the output matrix", "bytes follow"]);
    refuse(&with(matrix + 20, &f32::NAN.to_le_bytes()), &["holds NaN", &format!("byte {}", matrix + 20)]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(
        &mut packed,
        &with(64, &[i32::MAX.to_le_bytes(), i32::MAX.to_le_bytes()].concat()),
    )
    .unwrap();
    refuse(&packed.finish().unwrap(), &["bad.bin, byte"]);
}

/// A model whose rows are in memory, one whose rows are in its file, and one that is quantised.
#[test]
fn the_first_entry_of_a_word_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.bin");
    let plain =
        Sample { words: &[b"one", b"", b"na\xc3\xafve", b"one", b"na\xc3\xafve", b"x"], ..Sample::new() };
    for (sample, large) in [(plain.clone(), LARGE), (plain.clone(), 1), (plain.pruned(), LARGE)] {
        let bytes = sample.bytes();
        std::fs::write(&path, &bytes).unwrap();
        let model = || Model::read_leaving(&path, &bytes[..], true, large).unwrap();
        let vectors = model().into_vectors(usize::MAX).unwrap();
        assert_eq!(vectors.words.iter().collect::<Vec<_>>(), ["one", "naïve", "x"]);
        assert_eq!((vectors.left_out.repeated, vectors.left_out.empty), (2, 1));
        assert_eq!(vectors.counts.as_deref(), Some(&vec![100, 98, 95]));
        // The same words alone, at the rows of their first entries.
        let settings = &model().settings;
        let ngrams = Ngrams::new(settings, &model().dictionary);
        for (word, row) in [("one", 0), ("naïve", 2), ("x", 5)] {
            let mut rows = vec![row];
            ngrams.each_row(word.as_bytes(), |row| rows.push(6 + row));
            let mut sum = vec![0.0; DIM];
            rows.iter().for_each(|&row| model().input.add_to(row, &mut sum));
            let found = vectors.vector(word).unwrap();
            for (sum, x) in sum.iter().zip(&*found) {
                assert!((sum / rows.len() as f32 - x).abs() < 1e-6, "{word}: {sum} {x}");
            }
        }
        let first = model().into_vectors(2).unwrap();
        assert_eq!(first.words.iter().collect::<Vec<_>>(), ["one", "naïve"]);
    }
}

fn numbers(vectors: &WordVectors) -> Vec<f32> {
    vectors.table().to_array(0..vectors.len()).into_raw_vec_and_offset().0
}

#[test]
fn a_model_left_in_its_file_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("left.bin");
    for sample in [Sample::new(), Sample { version: None, ..Sample::new() }] {
        let bytes = sample.bytes();
        std::fs::write(&path, &bytes).unwrap();
        let left = Model::read_leaving(&path, &bytes[..], true, 1).unwrap();
        assert!(matches!(left.input.rest, Matrix::Filed(_)) && left.input.head.is_empty());
        let again = folder.path().join("again.bin");
        left.save(&again).unwrap();
        sample.model().save(&path.with_extension("held")).unwrap();
        assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(path.with_extension("held")).unwrap());
        let held = sample.model().into_vectors(usize::MAX).unwrap();
        let left = left.into_vectors(usize::MAX).unwrap();
        assert_eq!(held.len(), left.len());
        for word in ["one", "na\u{ef}ve", "x", "unseen", "ones"] {
            assert_eq!(held.vector_or_made(word), left.vector_or_made(word), "{word}");
        }
    }
    let sample = Sample::supervised(Loss::Softmax);
    let bytes = sample.bytes();
    std::fs::write(&path, &bytes).unwrap();
    let left = Classifier::new(Model::read_leaving(&path, &bytes[..], true, 1).unwrap()).unwrap();
    let held = Classifier::new(sample.model()).unwrap();
    assert_eq!(left.predict(b"one x", 3), held.predict(b"one x", 3));
    // A value that is not finite is found at its position, also if the matrix stays in the file.
    let mut bad = Sample::new().bytes();
    // The output of five words, its size and its flag come after the last n-gram's row.
    let place = bad.len() - 4 * DIM * 5 - 17 - 4 * DIM;
    bad[place..place + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, &bad).unwrap();
    let [left, held] = [1, usize::MAX]
        .map(|large| Model::read_leaving(&path, &bad[..], true, large).unwrap_err().to_string());
    assert!(left == held && left.contains("NaN"), "{left} {held}");
}
