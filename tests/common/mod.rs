//! Shared by the tests of the whole program: a temporary folder with small data, and functions that run the program in
//! it.

#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub mod encoder;
#[cfg(target_os = "linux")]
pub mod pty;
pub mod static_vectors;

const GOOD: [&str; 12] = [
    "lovely", "bright", "warm", "clever", "fresh", "gentle", "superb", "graceful", "honest", "lively",
    "neat", "splendid",
];
const BAD: [&str; 12] = [
    "dull", "cold", "stale", "clumsy", "harsh", "bleak", "sloppy", "feeble", "muddy", "sour", "grim",
    "shoddy",
];
const THINGS: [&str; 12] = [
    "soup", "song", "lamp", "story", "chair", "garden", "waiter", "camera", "bridge", "jacket", "dance",
    "poster",
];

/// A temporary folder with data, in which the program runs.
pub struct Place {
    folder: TempDir,
}

/// The result of a run of the program.
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    fn of(output: Output) -> Done {
        Done {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts that the exit code is 0, and returns the result.
    #[track_caller]
    pub fn well(self) -> Done {
        assert_eq!(self.code, Some(0), "stderr: {}", self.stderr);
        self
    }

    /// Standard output as one JSON value. Fails if there is anything else on it.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in: {}", self.stdout))
    }

    /// The error message of a run that failed with exit code 1. Asserts that it is one line, the last of standard
    /// error.
    #[track_caller]
    pub fn sentence(&self) -> &str {
        assert_eq!(self.code, Some(1), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        let told: Vec<&str> = self.stderr.lines().filter(|line| line.starts_with("warmstart: ")).collect();
        assert_eq!(told.len(), 1, "{}", self.stderr);
        assert_eq!(self.stderr.lines().last(), Some(told[0]), "{}", self.stderr);
        told[0]
    }
}

/// The JSON output of a run, without the folder of the session and without everything that depends on measured times.
pub fn plain(done: &Done) -> Value {
    let mut report = done.json();
    report["session"].take();
    report["comparison"]["pretrain_seconds"].take();
    report["comparison"]["seconds_of_sources"].take();
    report["comparison"]["paid_back"].take();
    report["comparison"]["verdict"].take();
    for run in report["runs"].as_array_mut().unwrap() {
        run["train_seconds"].take();
        run["pretrain_seconds"].take();
    }
    for row in report["comparison"]["rows"].as_array_mut().unwrap() {
        row["seconds"].take();
    }
    report
}

impl Place {
    /// A folder with `corpus.txt`, `train.csv` (240 reviews), `test.csv` (120), `pairs.txt` and `questions.txt`.
    pub fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        let mut random = Random(1);
        let corpus: String = (0..1_500).map(|_| format!("{}\n", random.review().0)).collect();
        place.write("corpus.txt", &corpus);
        for (name, count) in [("train.csv", 240), ("test.csv", 120)] {
            let mut text = "id,review,mood\n".to_string();
            for id in 0..count {
                let (review, mood) = random.review();
                text.push_str(&format!("{id},\"{review}\",{mood}\n"));
            }
            place.write(name, &text);
        }
        place.write("pairs.txt", PAIRS);
        place.write("questions.txt", QUESTIONS);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Writes [`RECIPE`] to the file `name`. For each pair (`from`, `to`) of `changes`, `from` is replaced by `to`.
    pub fn recipe(&self, name: &str, changes: &[(&str, &str)]) {
        let mut text = RECIPE.to_string();
        for (from, to) in changes {
            assert!(text.contains(from), "no {from} in the recipe");
            text = text.replace(from, to);
        }
        self.write(name, &text);
    }

    /// A command that runs the program in the folder, with empty standard input.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warmstart"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        // The configuration of the user who runs the tests must not count.
        command.env("XDG_CONFIG_HOME", self.folder.path()).env_remove("WARMSTART_CONFIG");
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Done {
        Done::of(self.command(args).output().unwrap())
    }

    /// Runs the program to its end, with `input` on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Done {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        Done::of(output)
    }

    /// All files below `folder`, as pairs of relative path and content, sorted by path.
    pub fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let root = self.path(folder);
        let (mut folders, mut files) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for item in fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
                    files.push((name, fs::read(&path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    /// The names of the files and folders in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// A recipe that takes one or two seconds.
pub const RECIPE: &str = r#"(
    title: "Small",
    seed: 5,
    transfer: Text(
        source: SkipGram(corpus: File("corpus.txt"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1),
        task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
        head: Lstm(hidden: 8),
        probe_words: ["lovely"],
        benchmarks: (similarity: ["pairs.txt"], analogies: "questions.txt"),
        dropout: 0.1,
    ),
    methods: [Scratch, Frozen, FineTuned, TfIdf],
    labels: [20, 80],
    seeds: 2,
    training: (epochs: 4),
)
"#;

/// Benchmarks for vectors trained on the small corpus.
const PAIRS: &str =
    "lovely\tbright\t4\ndull\tcold\t4\nlovely\tdull\t1\nsoup\tlamp\t3\nsoup\tgrim\t0\nsoup\tnowhere\t2\n";
const QUESTIONS: &str = ": sides\nlovely dull bright cold\nneat grim warm sour\nlovely dull bright nowhere\n";

/// A small generator of random numbers and reviews. The sequence is the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn review(&mut self) -> (String, &'static str) {
        let good = self.below(2) == 0;
        let (mine, other) = if good { (GOOD, BAD) } else { (BAD, GOOD) };
        let mut text = String::new();
        for part in 0..3 + self.below(4) {
            // On average one part in five has a word of the opposite class, so that the task is not too easy.
            let word = if self.below(5) == 0 { other[self.below(12)] } else { mine[self.below(12)] };
            let joint = ["the", "that", "what a", "and the"][self.below(4)];
            let thing = THINGS[self.below(12)];
            text.push_str(&format!("{}{joint} {thing} was {word}", if part > 0 { ", " } else { "" }));
        }
        (text, if good { "good" } else { "bad" })
    }
}

/// Waits until the log of the session at `folder` has `what` at least `times` times.
pub fn wait_for(folder: &Path, what: &str, times: usize) {
    let began = std::time::Instant::now();
    while fs::read_to_string(folder.join("log.ron")).unwrap_or_default().matches(what).count() < times {
        assert!(began.elapsed().as_secs() < 120, "{what} never came");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// The records of a session, without all measured times.
pub fn timeless(folder: &Path) -> Vec<warmstart::session::record::Record> {
    let entries = warmstart::session::log::read(folder).unwrap().entries;
    entries.iter().map(|entry| entry.record.without_times()).collect()
}

/// The folder with the public data sets, from the environment variable `WARMSTART_DATA`.
pub fn public_data() -> PathBuf {
    std::env::var_os("WARMSTART_DATA").expect("WARMSTART_DATA names the folder with the data").into()
}

/// The absolute path of a file in that folder, for use in a recipe. Asserts that the file exists.
pub fn data(name: &str) -> String {
    let path = std::path::absolute(public_data().join(name)).unwrap();
    assert!(path.exists(), "{} is not there", path.display());
    path.to_str().unwrap().to_string()
}
