//! Small inputs as people of the whole world have them, each with what must come of it, by the whole program.
//!
//! A folder here is a kind, and a file in it a case: `KIND/NAME.ron` says which files there are (text, or how odd bytes are
//! made), what is run, and what must come of it: see [`case::Case`]. To add one, write a file; nothing else lists it.
//! `WARMSTART_WORLDLY=kind/name` runs one case, or those of a kind, and prints what came of them.
//!
//! Whatever a case expects, these hold for all of them: no panic, no raw control character in what is printed; and where
//! something is refused, one sentence, the last line, and no file that was not there before.

mod case;
mod made;
mod models;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;

/// There are at least so many cases.
const LEAST: usize = 120;

/// All cases by their names.
///
/// # Panics
/// When something in the folders is no case.
fn cases() -> Vec<(String, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worldly");
    let mut cases = Vec::new();
    for kind in sorted(&root) {
        if !kind.is_dir() {
            assert_eq!(
                kind.extension().unwrap_or_default(),
                "rs",
                "{} is neither a kind nor code",
                kind.display()
            );
            continue;
        }
        let files = sorted(&kind);
        assert!(!files.is_empty(), "{} has no case", kind.display());
        for path in files {
            assert_eq!(path.extension().unwrap_or_default(), "ron", "{} is no case", path.display());
            let name = path.strip_prefix(&root).unwrap().with_extension("").display().to_string();
            let case = Case::parse(&fs::read_to_string(&path).unwrap());
            cases.push((name.clone(), case.unwrap_or_else(|e| panic!("{name}: {e}"))));
        }
    }
    cases
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_case_comes_to_what_it_expects() {
    let all = cases();
    let only = std::env::var("WARMSTART_WORLDLY").ok();
    let chosen: Vec<&(String, Case)> = all
        .iter()
        .filter(|(name, _)| {
            only.as_ref().is_none_or(|only| name == only || name.split('/').next() == Some(only))
        })
        .collect();
    assert!(!chosen.is_empty(), "no case is called so");
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((name, case)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (outcome, shown) = case.run();
            if only.is_some() {
                println!("{name}\n{shown}");
            }
            if let Err(why) = outcome {
                failed.lock().unwrap().push(format!("{name}: {why}"));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    println!("{} cases, {} failed", chosen.len(), failed.len());
    assert!(failed.is_empty(), "{} of {} cases:\n\n{}", failed.len(), chosen.len(), failed.join("\n\n"));
}

#[test]
fn there_are_enough_cases() {
    let count = cases().len();
    assert!(count >= LEAST, "{count} cases, and {LEAST} are the least");
}

#[test]
fn what_is_not_as_expected_is_seen() {
    let vectors = r#"files: {"v.txt": Text("soup 1 0\nlamp 0 1\n")}"#;
    let near = r#"run: ["neighbours", "soup", "--vectors", "v.txt", "--json"]"#;
    for (step, expected) in [
        (format!(r#"{near}, stdout: ["lamp"]"#), None),
        (format!(r#"{near}, stdout: ["spoon"]"#), Some("no \"spoon\" on standard output")),
        (format!(r#"{near}, never: ["lamp"]"#), Some("\"lamp\" was printed")),
        (format!(r#"{near}, exit: 1, stderr: ["lamp"]"#), Some("exit code 0 where 1 is expected")),
        (format!(r#"{near}, json: [("/0/word", "\"lamp\"")]"#), None),
        (format!(r#"{near}, json: [("/0/word", "\"spoon\"")]"#), Some("/0/word is \"lamp\" where \"spoon\"")),
        (
            r#"run: ["convert", "v.txt", "w.txt"], words: ("w.txt", ["soup"])"#.into(),
            Some("the words [\"lamp\", \"soup\"] where [\"soup\"]"),
        ),
        (
            r#"run: ["convert", "v.txt", "w.txt"], content: [("w.txt", Text("2 2\nsoup 1 0\nlamp 0 1\n"))]"#
                .into(),
            None,
        ),
        (
            r#"run: ["convert", "v.txt", "w.txt"], content: [("w.txt", Text("soup"))]"#.into(),
            Some("w.txt holds"),
        ),
    ] {
        let case = Case::parse(&format!("(about: \"x\", {vectors}, steps: [({step})])")).unwrap();
        match (case.run().0, expected) {
            (Ok(()), None) => {}
            (Err(why), Some(expected)) => assert!(why.contains(expected), "{step}: {why}"),
            (outcome, _) => panic!("{step}: {outcome:?}"),
        }
    }
    for (text, expected) in [
        (r#"(about: "", steps: [(run: ["--version"], stdout: ["warmstart"])])"#, "says nothing about itself"),
        (r#"(about: "x", steps: [])"#, "runs nothing"),
        (r#"(about: "x", steps: [(run: ["--version"])])"#, "expects nothing"),
        (r#"(about: "x", steps: [(run: ["--version"], stdot: ["warmstart"])])"#, "stdot"),
        (r#"(about: "x", files: {"a": Bytes("0")}, steps: [(run: ["x"], exit: 2, stderr: ["x"])])"#, "hex"),
    ] {
        let error = Case::parse(text).err().unwrap_or_else(|| panic!("{text} is taken for a case"));
        assert!(error.contains(expected), "{text}: {error}");
    }
}
