//! Changed files for every reader: whatever a file holds, it is read or refused in a sentence. A panic, an abort, or more than
//! 200 MB beside the file's own size is a failure.
//!
//! Each reader works in a process of its own, two at a time, so that an abort is seen and memory is that reader's. The same seed
//! gives the same cases; a failure names its case, and keeps its file.
//!
//! The usual run is a sample. `WARMSTART_MUTATIONS=30000` takes so many cases for each reader (best with `--release`),
//! `WARMSTART_MUTATIONS_SEED=2` takes others, `WARMSTART_MUTATIONS_CASE=png:17` repeats one. `WARMSTART_MUTATIONS_SEEDS=DIR` writes
//! the valid files to `DIR/READER/`, as `cargo fuzz` wants them.

mod memory;
mod mutate;
mod readers;
mod seeds;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use readers::{READERS, Reader};

/// Cases for each reader in the usual run.
const SAMPLE: u64 = 200;
/// The most memory beside a file's own size, in bytes.
const MOST: usize = 200_000_000;
/// The longest sentence, in bytes: nobody reads more.
const LONGEST_SENTENCE: usize = 3_000;
/// Failures of a reader that are told.
const TOLD: usize = 5;

/// Names the reader of a process that has one.
const READER: &str = "WARMSTART_MUTATIONS_READER";
const CASE: &str = "WARMSTART_MUTATIONS_CASE";
const SEEDS: &str = "WARMSTART_MUTATIONS_SEEDS";
/// Where the files of failures go, for the processes that have another place for temporary files.
const KEPT: &str = "WARMSTART_MUTATIONS_KEPT";

/// What a panic said, whichever thread it was in.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap_or_else(|e| panic!("{variable}: {e}")))
}

/// A folder for files that are written and read again and again: in memory, where there is such a place.
fn place() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Reads `bytes`; `Err` is what is wrong with that.
fn judged(reader: &Reader, folder: &Path, bytes: &[u8]) -> Result<bool, String> {
    PANIC.lock().unwrap().take();
    let before = memory::begin();
    let outcome = catch_unwind(AssertUnwindSafe(|| reader.read(folder, bytes)));
    let most = memory::most().saturating_sub(before + bytes.len());
    if let Some(panic) = PANIC.lock().unwrap().take() {
        readers::empty(folder);
        return Err(format!("a panic: {panic}"));
    }
    if most > MOST {
        return Err(format!("it took {} MB", most / 1_000_000));
    }
    match outcome {
        Ok(Ok(())) => Ok(true),
        Ok(Err(sentence)) if sentence.is_empty() || sentence.len() > LONGEST_SENTENCE => {
            Err(format!("a sentence of {} bytes: {sentence:.200}", sentence.len()))
        }
        Ok(Err(_)) => Ok(false),
        Err(_) => Err("a panic without a message".into()),
    }
}

/// The bytes of a case. Every second one has sums that fit, where a reader looks at sums first.
fn case(reader: &Reader, valid: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let bytes =
        mutate::mutated(&mut mutate::Random::of(seed, reader.name, number), valid, seeds::words(reader.name));
    let mended = if number.is_multiple_of(2) { reader.mended(&bytes) } else { None };
    mended.unwrap_or(bytes)
}

#[test]
fn every_valid_file_is_read() {
    let place = place();
    for reader in &READERS {
        for (number, bytes) in seeds::of(reader.name).iter().enumerate() {
            let read = reader.read(place.path(), bytes);
            assert_eq!(read, Ok(()), "file {number} of {}", reader.name);
            if let Some(folder) = std::env::var_os(SEEDS) {
                let folder = PathBuf::from(folder).join(reader.name);
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(format!("valid-{number}")), bytes).unwrap();
            }
        }
    }
}

#[test]
fn every_reader_has_a_fuzz_target() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let targets: Vec<&str> = manifest
        .split("[[bin]]")
        .skip(1)
        .filter_map(|target| target.lines().find_map(|line| line.strip_prefix("name = ")))
        .map(|name| name.trim_matches('"'))
        .collect();
    assert_eq!(targets, READERS.map(|reader| reader.name));
}

#[test]
fn changed_files_are_read_or_refused() {
    if let Ok(name) = std::env::var(READER) {
        return cases_of(Reader::called(&name));
    }
    let only = std::env::var(CASE).ok();
    let only = only.as_deref().and_then(|case| case.split_once(':')).map(|(reader, _)| reader);
    let wanted: Vec<&Reader> =
        READERS.iter().filter(|reader| only.is_none_or(|only| only == reader.name)).collect();
    assert!(!wanted.is_empty(), "{CASE} names no reader: write it as png:17");
    let (next, told) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(reader) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = in_its_own_process(reader);
            told.lock().unwrap().insert(reader.name, outcome);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let told = told.into_inner().unwrap();
    let (mut cases, mut failures) = (0, Vec::new());
    println!(
        "{:20} {:>8} {:>8} {:>8} {:>9} {:>10} {:>8}",
        "reader", "cases", "read", "refused", "a second", "slowest ms", "most MB"
    );
    for (name, outcome) in &told {
        match outcome {
            Ok((all, line)) => {
                cases += all;
                println!("{name:20} {line}");
            }
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    println!("{} readers, {cases} cases, {} failed", told.len(), failures.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Runs the cases of a reader: how many there were, and a line about them.
fn in_its_own_process(reader: &Reader) -> Result<(u64, String), String> {
    let place = place();
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args(["--exact", "changed_files_are_read_or_refused", "--nocapture"])
        .env(READER, reader.name)
        .env(KEPT, std::env::temp_dir())
        .env("TMPDIR", place.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = |mark: &str| -> Vec<&str> { said.lines().filter_map(|line| line.strip_prefix(mark)).collect() };
    let failed = of("failed: ");
    if !failed.is_empty() {
        return Err(failed.join("\n    "));
    }
    match (output.status.success(), of("done: ").first().and_then(|line| line.split_once(' '))) {
        (true, Some((cases, line))) => Ok((cases.parse().unwrap(), line.to_string())),
        _ => {
            // The process died of a case, whose file is still there.
            let kept = kept(&place.path().join("case"), reader.name, "abort");
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(format!(
                "{}: {}; its file is {kept}",
                output.status,
                errors.lines().last().unwrap_or_default()
            ))
        }
    }
}

/// Copies a file to where it stays.
fn kept(path: &Path, reader: &str, case: &str) -> String {
    let folder =
        std::env::var_os("WARMSTART_MUTATIONS_KEPT").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    let to = folder.join(format!("warmstart-{reader}-{case}"));
    fs::copy(path, &to).map_or_else(|error| format!("lost: {error}"), |_| to.display().to_string())
}

/// The cases of a reader, in the process that is its own.
fn cases_of(reader: &Reader) {
    std::panic::set_hook(Box::new(|panic| {
        let mut last = PANIC.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        last.get_or_insert_with(|| panic.to_string().replace('\n', " "));
    }));
    let (seed, count) = (number("WARMSTART_MUTATIONS_SEED", 1), number("WARMSTART_MUTATIONS", SAMPLE));
    let only: Option<u64> = std::env::var(CASE)
        .ok()
        .and_then(|case| case.split_once(':').and_then(|(_, number)| number.parse().ok()));
    let place = tempfile::tempdir().unwrap();
    let copy = std::env::temp_dir().join("case");
    let valid = seeds::of(reader.name);
    let (mut read, mut failures, mut slowest, mut most) = (0, 0, Duration::ZERO, 0);
    let began = Instant::now();
    let mut system = memory::of_the_system();
    let start = system;
    for number in only.map_or(0..count, |only| only..only + 1) {
        let bytes = case(reader, &valid, seed, number);
        fs::write(&copy, &bytes).unwrap();
        let before = Instant::now();
        let mut outcome = judged(reader, place.path(), &bytes);
        slowest = slowest.max(before.elapsed());
        // What does not ask the allocator is seen by the system: the most so far never falls.
        let now = memory::of_the_system();
        if let (Some(start), Some(before), Some(now)) = (start, system, now)
            && now > before
            && now > start + MOST + bytes.len()
        {
            outcome = outcome.and(Err(format!("the system gave it {} MB", (now - start) / 1_000_000)));
        }
        system = now;
        most = most.max(memory::most());
        match outcome {
            Ok(was_read) => read += u64::from(was_read),
            Err(why) => {
                failures += 1;
                let kept = kept(&copy, reader.name, &number.to_string());
                println!("\nfailed: case {number} (seed {seed}): {why}; its file is {kept}");
                if failures == TOLD {
                    break;
                }
            }
        }
    }
    let (seconds, count) = (began.elapsed().as_secs_f64(), if only.is_some() { 1 } else { count });
    println!(
        "\ndone: {count} {count:>8} {read:>8} {:>8} {:>9.0} {:>10.1} {:>8.1}",
        count - read,
        count as f64 / seconds,
        slowest.as_secs_f64() * 1e3,
        most as f64 / 1e6
    );
    assert_eq!(failures, 0);
}
