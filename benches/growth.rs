//! Whether costs grow as they should: each case doubles one size twice, times whole commands of this program, and fits the
//! exponent of the time.
//!
//! `cargo bench --bench growth -- [NAME ...] [--repetitions 3]`. It prints a table for `docs/benchmarks.md`. The time of the
//! smallest piece of work, with which a command starts and reads what does not grow, is subtracted. An exponent that exceeds that of
//! theory by more than 0.15 is marked.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use warmstart::rng::{normal, stream, unit64};

/// How far an exponent may exceed that of theory.
const SLACK: f64 = 0.15;

/// One size that is doubled.
struct Case {
    name: &'static str,
    /// What is doubled.
    what: &'static str,
    /// The smallest of the three sizes.
    from: usize,
    /// The size whose time is subtracted; `None` if nothing is.
    base: Option<usize>,
    /// The exponent of theory.
    theory: f64,
    /// Makes the files and returns the arguments.
    prepare: fn(&Path, usize) -> Vec<String>,
}

const CASES: [Case; 11] = [
    Case {
        name: "labels",
        what: "labels, LSTM on fixed vectors",
        from: 1_000,
        base: Some(100),
        theory: 1.0,
        prepare: labels,
    },
    Case {
        name: "length",
        what: "words of a document, the same",
        from: 50,
        base: Some(5),
        theory: 1.0,
        prepare: length,
    },
    Case { name: "seeds", what: "seeds, the same", from: 2, base: None, theory: 1.0, prepare: seeds },
    Case {
        name: "dimension",
        what: "dimensions of the vectors, the same",
        from: 50,
        base: None,
        theory: 1.0,
        prepare: dimension,
    },
    Case {
        name: "vocabulary",
        what: "words of the file of vectors, the same",
        from: 20_000,
        base: None,
        theory: 1.0,
        prepare: vocabulary,
    },
    Case {
        name: "counts",
        what: "labels, TF-IDF and NBSVM",
        from: 4_000,
        base: Some(100),
        theory: 1.0,
        prepare: counts,
    },
    Case {
        name: "fine-tuned",
        what: "labels, fine-tuned averages",
        from: 4_000,
        base: Some(100),
        theory: 1.0,
        prepare: fine_tuned,
    },
    Case {
        name: "corpus",
        what: "words of the corpus of skip-gram",
        from: 1_000_000,
        base: Some(20_000),
        theory: 1.0,
        prepare: corpus,
    },
    Case {
        name: "corpus-dimension",
        what: "dimensions of skip-gram vectors",
        from: 50,
        base: None,
        theory: 1.0,
        prepare: corpus_dimension,
    },
    Case {
        name: "neighbours",
        what: "words of the table that is searched",
        from: 250_000,
        base: Some(1_000),
        theory: 1.0,
        prepare: neighbours,
    },
    Case {
        name: "threads",
        what: "threads, LSTM on fixed vectors",
        from: 1,
        base: None,
        theory: -1.0,
        prepare: threads,
    },
];

/// The sizes of an experiment on texts.
struct Sizes {
    labels: usize,
    length: usize,
    seeds: usize,
    dimension: usize,
    vocabulary: usize,
    methods: &'static str,
    head: &'static str,
    threads: usize,
}

impl Sizes {
    const USUAL: Sizes = Sizes {
        labels: 2_000,
        length: 100,
        seeds: 1,
        dimension: 100,
        vocabulary: 20_000,
        methods: "Frozen",
        head: "Lstm(hidden: 64)",
        threads: 0,
    };

    /// Writes the labelled texts, the vectors and the recipe, and returns the arguments of `run`.
    fn write(&self, folder: &Path) -> Vec<String> {
        let mut draw = stream(1, "growth texts", 0);
        let mut texts = String::from("text,label\n");
        for number in 0..self.labels + 200 {
            let label = number % 2;
            for _ in 0..self.length {
                // A few words are by far the most frequent, and one word in twenty tells the class.
                let word = (unit64(&mut draw).powi(3) * self.vocabulary as f64) as usize;
                let word =
                    if unit64(&mut draw) < 0.05 { 2 * (word / 2) % self.vocabulary + label } else { word };
                let _ = write!(texts, "w{word} ");
            }
            let _ = writeln!(texts, ",{label}");
        }
        let mut vectors = String::new();
        for word in 0..self.vocabulary {
            let _ = write!(vectors, "w{word}");
            for _ in 0..self.dimension {
                let _ = write!(vectors, " {:.4}", normal(&mut draw));
            }
            vectors.push('\n');
        }
        let recipe = format!(
            "(title: \"growth\", transfer: Text(source: Vectors(file: \"vectors.txt\"), task: Files(train: \"texts.csv\", \
             text: \"text\", label: \"label\"), tokens: Whitespace, head: {}, max_tokens: {}), methods: [{}], labels: [\"all\"], \
             seeds: {}, training: (batch_size: 32, epochs: 4, patience: 100), keep: None)",
            self.head, self.length, self.methods, self.seeds
        );
        for (name, text) in [("texts.csv", texts), ("vectors.txt", vectors), ("recipe.ron", recipe)] {
            fs::write(folder.join(name), text).expect("the folder can be written to");
        }
        let recipe = folder.join("recipe.ron").display().to_string();
        let sessions = folder.join("sessions").display().to_string();
        ["run", &recipe, "--sessions", &sessions, "--threads", &self.threads.to_string()]
            .map(String::from)
            .to_vec()
    }
}

fn labels(folder: &Path, labels: usize) -> Vec<String> {
    Sizes { labels, ..Sizes::USUAL }.write(folder)
}

fn length(folder: &Path, length: usize) -> Vec<String> {
    Sizes { length, ..Sizes::USUAL }.write(folder)
}

fn seeds(folder: &Path, seeds: usize) -> Vec<String> {
    Sizes { seeds, labels: 500, ..Sizes::USUAL }.write(folder)
}

fn dimension(folder: &Path, dimension: usize) -> Vec<String> {
    Sizes { dimension, ..Sizes::USUAL }.write(folder)
}

fn vocabulary(folder: &Path, vocabulary: usize) -> Vec<String> {
    Sizes { vocabulary, labels: 500, ..Sizes::USUAL }.write(folder)
}

fn counts(folder: &Path, labels: usize) -> Vec<String> {
    Sizes { labels, methods: "TfIdf, Nbsvm", ..Sizes::USUAL }.write(folder)
}

fn fine_tuned(folder: &Path, labels: usize) -> Vec<String> {
    Sizes { labels, methods: "FineTuned", head: "Average", ..Sizes::USUAL }.write(folder)
}

fn threads(folder: &Path, threads: usize) -> Vec<String> {
    Sizes { threads, ..Sizes::USUAL }.write(folder)
}

/// Writes a corpus of `words` words, and returns the arguments of `pretrain`.
fn skipgram(folder: &Path, words: usize, dimension: usize) -> Vec<String> {
    let mut draw = stream(1, "growth corpus", 0);
    let mut text = String::new();
    for place in 0..words {
        let word = (unit64(&mut draw).powi(3) * 10_000.0) as usize;
        let _ = write!(text, "w{word}{}", if place % 20 == 19 { '\n' } else { ' ' });
    }
    let (corpus, out) = (folder.join("corpus.txt"), folder.join("out.bin"));
    fs::write(&corpus, text).expect("the folder can be written to");
    let [corpus, out, dimension] =
        [corpus.display().to_string(), out.display().to_string(), dimension.to_string()];
    ["pretrain", &corpus, "--out", &out, "--dim", &dimension, "--epoch", "2"].map(String::from).to_vec()
}

fn corpus(folder: &Path, words: usize) -> Vec<String> {
    skipgram(folder, words, 100)
}

fn corpus_dimension(folder: &Path, dimension: usize) -> Vec<String> {
    skipgram(folder, 1_000_000, dimension)
}

/// Writes a table in word2vec's binary format, and returns the arguments of a query.
fn neighbours(folder: &Path, rows: usize) -> Vec<String> {
    let mut draw = stream(1, "growth table", 0);
    let mut table = format!("{rows} 300\n").into_bytes();
    for row in 0..rows {
        table.extend_from_slice(format!("w{row} ").as_bytes());
        (0..300).for_each(|_| table.extend_from_slice(&(normal(&mut draw) as f32).to_le_bytes()));
    }
    let path = folder.join("table.bin");
    fs::write(&path, table).expect("the folder can be written to");
    ["neighbours", "w7", "--vectors", &path.display().to_string()].map(String::from).to_vec()
}

/// The median seconds of a command.
fn seconds(folder: &Path, arguments: &[String], repetitions: usize) -> f64 {
    let mut found: Vec<f64> = (0..repetitions)
        .map(|_| {
            let _ = fs::remove_dir_all(folder.join("sessions"));
            let begun = Instant::now();
            let mut program = Command::new(env!("CARGO_BIN_EXE_warmstart"));
            let done = program.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).output();
            let done = done.expect("the program starts");
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            begun.elapsed().as_secs_f64()
        })
        .collect();
    found.sort_by(f64::total_cmp);
    found[found.len() / 2]
}

/// The seconds of a case at `size`.
fn timed(case: &Case, size: usize, repetitions: usize) -> f64 {
    let folder: PathBuf = std::env::temp_dir().join(format!("warmstart-growth-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for temporary files");
    let arguments = (case.prepare)(&folder, size);
    let found = seconds(&folder, &arguments, repetitions);
    let _ = fs::remove_dir_all(&folder);
    found
}

/// The slope of log(seconds) over log(size), by least squares.
fn exponent(points: &[(usize, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> =
        points.iter().map(|&(size, time)| ((size as f64).ln(), time.max(1e-9).ln())).collect();
    let count = logs.len() as f64;
    let (x, y) =
        logs.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
    let above: f64 = logs.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    above / logs.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

fn main() {
    let mut names = Vec::new();
    let mut repetitions = 3;
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--repetitions" => {
                repetitions = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(repetitions)
            }
            name => names.push(name.to_string()),
        }
    }
    println!("| what is doubled | sizes | seconds | exponent | theory |");
    println!("| --- | --- | --- | --- | --- |");
    for case in CASES.iter().filter(|case| names.is_empty() || names.iter().any(|name| name == case.name)) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let of_threads = case.name == "threads";
        let sizes: Vec<usize> = [1, 2, 4]
            .map(|times| case.from * times)
            .into_iter()
            .filter(|&n| !of_threads || n <= cores)
            .collect();
        if sizes.len() < 2 {
            continue;
        }
        let base = case.base.map_or(0.0, |size| timed(case, size, repetitions));
        let points: Vec<(usize, f64)> =
            sizes.iter().map(|&size| (size, timed(case, size, repetitions))).collect();
        let found = exponent(&points.iter().map(|&(size, time)| (size, time - base)).collect::<Vec<_>>());
        let list =
            |one: &dyn Fn(&(usize, f64)) -> String| points.iter().map(one).collect::<Vec<_>>().join(", ");
        println!(
            "| {} | {} | {} | {found:.2}{} | {} |",
            case.what,
            list(&|point| point.0.to_string()),
            list(&|point| format!("{:.2}", point.1)),
            if found > case.theory + SLACK { " (above)" } else { "" },
            case.theory
        );
    }
}
