//! What rival and probe reach on public data, where `WARMSTART_DATA` names the folder that has it.
//! `cargo test --release transfer::real -- --nocapture` prints the figures.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ndarray::Array2;

use super::probe::{Features, Problem, Validated, validated};
use super::rival::{Advance, Rival};
use crate::data::labelled::{Document, LabelledText, load_text};
use crate::data::split::Pool;
use crate::data::table::Columns;
use crate::files;
use crate::session::recipe::{Budget, Files};

fn real() -> Option<PathBuf> {
    std::env::var_os("WARMSTART_DATA").map(PathBuf::from)
}

/// A task as word numbers.
struct Task {
    words: HashMap<String, u32>,
    classes: Vec<String>,
    train: Vec<Document>,
    train_words: Vec<Vec<u32>>,
    test: Vec<Document>,
    test_words: Vec<Vec<u32>>,
}

fn tokens(text: &str, mut each: impl FnMut(&str)) {
    let text = text.to_lowercase().replace("<br />", " ").replace('\u{2019}', "'");
    let b = text.as_bytes();
    let mut i = 0;
    while i < b.len() {
        if b[i] == b'\'' {
            let word = |j: usize| j < b.len() && (b[j].is_ascii_alphanumeric() || b[j] == b'_');
            let suffix = ["s", "re", "ve", "ll", "d", "m"]
                .iter()
                .find(|s| text[i + 1..].starts_with(**s) && !word(i + 1 + s.len()));
            if let Some(suffix) = suffix {
                each(&text[i..i + 1 + suffix.len()]);
                i += 1 + suffix.len();
                continue;
            }
        }
        if text[i..].starts_with("n't") {
            each("n't");
            i += 3;
            continue;
        }
        if b[i].is_ascii_lowercase() || b[i].is_ascii_digit() {
            let mut j = i;
            while j < b.len() && (b[j].is_ascii_lowercase() || b[j].is_ascii_digit()) {
                j += 1;
            }
            // letters before n't
            if text[j..].starts_with("'t")
                && b[j - 1] == b'n'
                && j - 1 > i
                && b[i..j].iter().all(u8::is_ascii_lowercase)
            {
                each(&text[i..j - 1]);
                i = j - 1;
                continue;
            }
            each(&text[i..j]);
            i = j;
            continue;
        }
        i += 1;
        while !text.is_char_boundary(i) {
            i += 1;
        }
    }
}

impl Task {
    fn new(read: LabelledText) -> Task {
        let mut words: HashMap<String, u32> = HashMap::new();
        let mut number = |documents: &[Document]| -> Vec<Vec<u32>> {
            let one = |document: &Document| {
                let mut row = Vec::new();
                tokens(&document.text, |token| {
                    let next = words.len() as u32;
                    row.push(*words.entry(token.to_string()).or_insert(next));
                });
                row
            };
            documents.iter().map(one).collect()
        };
        let test = read.tests.into_iter().next().unwrap().1;
        let (train_words, test_words) = (number(&read.train), number(&test));
        Task { words, classes: read.classes, train: read.train, train_words, test, test_words }
    }

    fn read(train: PathBuf, test: Option<PathBuf>) -> Task {
        let test = test.map(Files::One);
        let read =
            load_text(&Files::One(train), None, test.as_ref(), &Columns::default(), 1, &mut |_| Ok(()));
        Task::new(read.unwrap())
    }

    fn budget(&self, budget: Budget, seed: u32) -> Vec<u32> {
        Pool::new(&self.train, &self.classes, false).draw(budget, 0.2, 1, seed).unwrap().all()
    }

    fn labels(&self, chosen: &[u32]) -> Vec<u32> {
        chosen.iter().map(|&i| self.train[i as usize].label).collect()
    }

    /// Test accuracy of the rival, its iterations, its seconds, its longest step.
    fn rival(&self, chosen: &[u32]) -> (f64, u64, f64, f64) {
        let start = Instant::now();
        let mut rival = Rival::new(self.labels(chosen), self.classes.len(), self.words.len());
        let mut longest = 0_f64;
        loop {
            let begun = Instant::now();
            let advance = rival.step(|i| &self.train_words[chosen[i] as usize]);
            longest = longest.max(begun.elapsed().as_secs_f64());
            if advance == Advance::Done {
                break;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let right = self.test.iter().zip(&self.test_words).filter(|(document, words)| {
            let p = rival.probabilities(words);
            let guess = (0..p.len()).fold(0, |best, c| if p[c] > p[best] { c } else { best });
            guess == document.label as usize
        });
        (right.count() as f64 / self.test.len() as f64, rival.steps(), seconds, longest)
    }

    /// Mean vectors of documents. Words without a vector count as zeros, or not at all.
    fn averages(&self, documents: &[&[u32]], vectors: &Vectors, zeros: bool) -> Array2<f32> {
        let mut out = Array2::zeros((documents.len(), vectors.dim));
        for (mut row, words) in out.rows_mut().into_iter().zip(documents) {
            let mut known = 0;
            for &word in *words {
                if let Some(place) = vectors.place[word as usize] {
                    known += 1;
                    let vector = &vectors.values[place * vectors.dim..(place + 1) * vectors.dim];
                    row.iter_mut().zip(vector).for_each(|(a, b)| *a += b);
                }
            }
            let n = if zeros { words.len() } else { known };
            row.mapv_inplace(|x| x / n.max(1) as f32);
        }
        out
    }

    /// Test accuracy of the probe, the C it chose, iterations, seconds, longest step.
    fn probe(&self, chosen: &[u32], vectors: &Vectors, how: How) -> (f64, f64, u64, f64, f64) {
        let start = Instant::now();
        let documents: Vec<&[u32]> = chosen.iter().map(|&i| &self.train_words[i as usize][..]).collect();
        let features = Features::dense(self.averages(&documents, vectors, how.zeros));
        let problem = Problem::new(Arc::new(features), self.labels(chosen).into(), self.classes.len());
        let mut probe = Validated::new(problem, how.grid, 5, how.standardise, 1);
        let (mut longest, mut iterations) = (0_f64, 0);
        loop {
            let begun = Instant::now();
            let Some(progress) = probe.step() else { break };
            longest = longest.max(begun.elapsed().as_secs_f64());
            iterations = progress.iteration;
        }
        let seconds = start.elapsed().as_secs_f64();
        let linear = probe.linear();
        let tests: Vec<&[u32]> = self.test_words.iter().map(|words| &words[..]).collect();
        let features = self.averages(&tests, vectors, how.zeros);
        let right = self.test.iter().zip(features.rows()).filter(|(document, row)| {
            let p = linear.probabilities(row.iter().map(|&x| f64::from(x)).enumerate());
            let guess = (0..p.len()).fold(0, |best, c| if p[c] > p[best] { c } else { best });
            guess == document.label as usize
        });
        (right.count() as f64 / self.test.len() as f64, probe.c(), iterations, seconds, longest)
    }
}

#[derive(Clone)]
struct How {
    zeros: bool,
    standardise: bool,
    grid: Vec<f64>,
}

/// Vectors for the words of a task.
struct Vectors {
    dim: usize,
    values: Vec<f32>,
    place: Vec<Option<usize>>,
}

impl Vectors {
    fn read(path: &Path, task: &Task) -> Vectors {
        let mut vectors = Vectors { dim: 50, values: Vec::new(), place: vec![None; task.words.len()] };
        for line in BufReader::new(files::open(path).unwrap()).lines() {
            let line = line.unwrap();
            let mut cells = line.split(' ');
            if let Some(&word) = task.words.get(cells.next().unwrap()) {
                vectors.place[word as usize] = Some(vectors.values.len() / 50);
                vectors.values.extend(cells.map(|cell| cell.parse::<f32>().unwrap()));
            }
        }
        vectors
    }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (square / (values.len() as f64 - 1.0)).sqrt())
}

#[test]
fn the_rival_is_scikit_learns_tfidf_and_logistic_regression() {
    let Some(data) = real() else { return };
    let at = |name: &str| data.join(name);
    let sst = Task::read(at("sst/stsa.binary.train"), Some(at("sst/stsa.binary.test")));
    let trec = Task::read(at("trec/TREC.train"), Some(at("trec/TREC.test")));
    let news = Task::read(at("20news/20news-bydate.tar.gz"), None);
    let imdb = Task::read(at("aclImdb/aclImdb_v1_labelled.tar.gz"), None);
    for (name, task, least) in
        [("SST-2", &sst, 0.805), ("TREC", &trec, 0.866), ("20news", &news, 0.850), ("IMDb", &imdb, 0.885)]
    {
        let all: Vec<u32> = (0..task.train.len() as u32).collect();
        let (accuracy, steps, seconds, longest) = task.rival(&all);
        println!(
            "{name:7} all  {accuracy:.4}  {steps} iterations {seconds:.2} s, longest step {:.0} ms",
            longest * 1e3
        );
        assert!(accuracy >= least, "{name}: {accuracy}");
    }
    // QUALITY.md's means over five other draws, and two standard errors of the difference.
    for (name, task, n, mean, deviation) in [
        ("SST-2", &sst, 100, 0.568, 0.019),
        ("SST-2", &sst, 500, 0.662, 0.016),
        ("IMDb", &imdb, 100, 0.736, 0.011),
        ("IMDb", &imdb, 500, 0.810, 0.005),
    ] {
        let found: Vec<f64> = (0..5).map(|s| task.rival(&task.budget(Budget::Labels(n), s)).0).collect();
        let (found_mean, found_deviation) = mean_and_deviation(&found);
        println!("{name:7} {n:4}  {found_mean:.4} ± {found_deviation:.4}  (peer {mean} ± {deviation})");
        assert!((found_mean - mean).abs() < 3.0 * f64::max(deviation, found_deviation), "{found_mean}");
    }
}

#[test]
fn the_probe_finds_what_averaged_vectors_hold() {
    let Some(data) = real() else { return };
    let at = |name: &str| data.join(name);
    let sst = Task::read(at("sst/stsa.binary.train"), Some(at("sst/stsa.binary.test")));
    let vectors = Vectors::read(&at("vectors/glove.6B.50d.top40k.txt.gz"), &sst);
    let decades = |from: i32, to: i32| (from..=to).map(|e| 10_f64.powi(e)).collect::<Vec<_>>();
    let ways = [
        ("known raw .1..1000", How { zeros: false, standardise: false, grid: decades(-1, 3) }),
        ("zeros raw .1..1000", How { zeros: true, standardise: false, grid: decades(-1, 3) }),
        (
            "zeros raw wide",
            How {
                zeros: true,
                standardise: false,
                grid: (0..19).map(|i| 10_f64.powf(-2.0 + f64::from(i) / 3.0)).collect(),
            },
        ),
        ("known std", How { zeros: false, standardise: true, grid: validated::grid() }),
        ("zeros std", How { zeros: true, standardise: true, grid: validated::grid() }),
    ];
    for (name, how) in ways {
        for (budget, seeds) in [(Budget::Labels(100), 5), (Budget::Labels(500), 5), (Budget::All, 1)] {
            let found: Vec<_> =
                (0..seeds).map(|s| sst.probe(&sst.budget(budget, s), &vectors, how.clone())).collect();
            let (mean, deviation) = mean_and_deviation(&found.iter().map(|f| f.0).collect::<Vec<_>>());
            let (_, _, iterations, seconds, longest) = found[0];
            let chosen: Vec<String> = found.iter().map(|f| format!("{:.2e}", f.1)).collect();
            println!(
                "{name:20} {budget:>4}  {mean:.4} ± {deviation:.4}  C {}  {iterations} iterations {seconds:.2} s longest {:.1} ms",
                chosen.join(" "),
                longest * 1e3
            );
        }
    }
}
