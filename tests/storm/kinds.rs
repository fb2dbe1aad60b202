//! Sessions of every kind, each as small as it can be, and what they come to when nobody disturbs them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::common::Place;
use crate::outcome::Outcome;
use crate::program::{Ended, Running};
use crate::shim::{self, Weather};
use crate::strokes;

const TASK: &str = r#"
    task: Files(train: "train.csv", test: "test.csv", text: "review", label: "mood"),
    dropout: 0.1,
    ),
    methods: [Scratch, Frozen, FineTuned, TfIdf],
    labels: [8],
    seeds: 1,
    training: (epochs: 3),
"#;

const WORDS: &str = r#"
    transfer: Text(
    head: Lstm(hidden: 4),
    probe_words: ["lovely"],
    benchmarks: (similarity: ["pairs.txt"]),
    source: SkipGram(corpus: File("corpus.txt"), dim: 6, window: 2, negatives: 2, epochs: 4, min_count: 1"#;

const IMAGES: &str = r#"(
    title: "Images", seed: 3,
    transfer: Images(
        source: Classifier(set: Files(train: "four-images-idx3-ubyte"), size: 12, epochs: 2, batch_size: 16),
        task: Files(train: "two-images-idx3-ubyte"),
        head: Layers(new: 1),
    ),
    methods: [Scratch, FineTuned, Pixels],
    labels: [8], seeds: 1,
    training: (epochs: 2, validation: 0.0),
)"#;

/// A kind of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Words,
    Subwords,
    /// Published vectors with subwords, trained further.
    Continued,
    Language,
    Images,
    /// Each run tries settings first.
    Tuned,
}

/// A session that nobody disturbed.
#[derive(Clone)]
pub struct Whole {
    pub outcome: Outcome,
    pub folder: PathBuf,
    /// Calls of its program that can be hit.
    pub calls: usize,
    pub took: Duration,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new();
    for (name, lines) in [("corpus.txt", 150), ("train.csv", 41), ("test.csv", 31)] {
        let text = fs::read_to_string(place.path(name)).unwrap();
        place.write(name, &text.lines().take(lines).map(|line| format!("{line}\n")).collect::<String>());
    }
    let args = "pretrain corpus.txt --out published.bin --dim 6 --minn 3 --maxn 4 --bucket 200 --epoch 1 --min-count 3";
    place.run(&args.split(' ').collect::<Vec<_>>()).well();
    strokes::write(&place.path(""), "four", 0..4, 20);
    strokes::write(&place.path(""), "two", 2..4, 20);
    for kind in [Kind::Words, Kind::Subwords, Kind::Continued, Kind::Language, Kind::Images, Kind::Tuned] {
        place.write(&kind.recipe(), &kind.text());
    }
    place
});

static WHOLE: LazyLock<Mutex<HashMap<Kind, Whole>>> = LazyLock::new(Mutex::default);

impl Kind {
    fn recipe(self) -> String {
        format!("{self:?}.ron").to_lowercase()
    }

    fn text(self) -> String {
        match self {
            Kind::Words => format!("(title: \"Words\", seed: 5, {WORDS}), {TASK})"),
            Kind::Subwords => {
                format!("(title: \"Subwords\", seed: 5, {WORDS}, subwords: (buckets: 200)), {TASK})")
            }
            Kind::Continued => {
                let from = "from: (file: \"published.bin\", known_rate: 0.5, anchor: 0.1), corpus:";
                let words = WORDS.replacen("corpus:", from, 1).replacen("dim: 6, ", "", 1);
                format!("(title: \"Continued\", seed: 5, {words}), {TASK})")
            }
            Kind::Language => format!(
                "(title: \"Language\", seed: 5, transfer: Text(source: LanguageModel(corpus: File(\"corpus.txt\"), \
                 dim: 6, hidden: 6, layers: 1, batch_size: 4, bptt: 8, epochs: 2, min_count: 1, prompt: \"the\"), \
                 head: Transferred(), {TASK})"
            ),
            Kind::Images => IMAGES.to_string(),
            Kind::Tuned => {
                format!("(title: \"Tuned\", seed: 5, {WORDS}), {TASK} tune: (trials: 3))")
            }
        }
    }

    /// A folder for a session of a case, in which nothing is.
    pub fn folder(self, test: &str, number: usize) -> PathBuf {
        let root = PLACE.path(&format!("{test}-{self:?}-{number}"));
        // Links in its path would hide it from the shim.
        let parent = root.parent().unwrap().canonicalize().unwrap();
        let folder = parent.join(root.file_name().unwrap());
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    /// Begins the session at `folder`, or goes on with it where there is one.
    pub fn start(self, folder: &Path, weather: Weather) -> Running {
        let there = folder.join("log.ron").exists();
        self.command(if there { "resume" } else { "run" }, folder, weather)
    }

    /// Starts `run` or `resume` on it.
    pub fn command(self, command: &str, folder: &Path, weather: Weather) -> Running {
        Running::start(&PLACE, command, &self.recipe(), folder, weather)
    }

    /// The session of this kind that nobody disturbed.
    pub fn whole(self) -> Whole {
        let mut known = WHOLE.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let folder = self.folder("whole", 0);
            let count = folder.with_extension("calls");
            shim::prepare();
            let began = Instant::now();
            let ended = self.start(&folder, Weather::Counted).end(None);
            let took = began.elapsed();
            let outcome = Outcome::of(&ended, &folder).unwrap_or_else(|why| panic!("{self:?}: {why}"));
            let calls = fs::read_to_string(count).unwrap().parse().unwrap();
            println!("{self:?}: {calls} calls in {took:?}");
            Whole { outcome, folder, calls, took }
        };
        known.entry(self).or_insert_with(make).clone()
    }

    /// Goes on with the session to its end, and compares it with the one that nobody disturbed.
    pub fn must_end_well(self, folder: &Path, so_far: &[Ended]) -> Result<(), String> {
        let story = || so_far.iter().map(|ended| format!("\n    {ended}")).collect::<String>();
        let ended = self.start(folder, Weather::Fair).end(None);
        Outcome::of(&ended, folder)
            .and_then(|outcome| outcome.same_as(&self.whole().outcome))
            .map_err(|why| format!("{self:?}: {why}; before that:{}", story()))
    }

    /// Sessions that were killed at several moments of their lives.
    pub fn broken(self, test: &str, count: usize) -> Vec<PathBuf> {
        let whole = self.whole();
        (0..count)
            .map(|number| {
                let folder = self.folder(&format!("{test}-broken"), number);
                // Calls come fewer or more as the clock goes, so the last moments are left out.
                let call = whole.calls * (number + 1) / (count + 2);
                self.start(&folder, Weather::KilledAt { call, torn: false }).end(None);
                folder
            })
            .collect()
    }
}

/// Copies the session `from` to `to`, in which nothing is.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            fs::copy(item.path(), target).unwrap();
        }
    }
}

/// The files below `folder`.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in fs::read_dir(folder).into_iter().flatten() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}
