//! The shape of the program, read from its source: imports run down the table of rooms and never up,
//! `unsafe` stays in one room, and no file grows without end.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the top to the bottom. A room may use those below it; rooms on one line do not know
/// each other.
const ROOMS: [&[&str]; 16] = [
    &["main", "lib"],
    &["cli"],
    &["tui"],
    &["bench"],
    &["train"],
    &["transfer"],
    &["models"],
    &["pretrain"],
    &["vectors"],
    &["nn"],
    &["text", "vision"],
    &["data"],
    &["session"],
    &["kernel", "plot"],
    &["files", "rng", "fault"],
    &["error"],
];

/// What of the rooms below them these rooms may use, where that is not all.
const NARROW: [(&str, &[&str]); 2] = [
    ("tui", &["train::command", "train::event", "session", "plot", "files", "rng", "fault", "error"]),
    // Nothing but the numbers of its tests.
    ("kernel", &["rng"]),
];

/// Macros are exported at the root, wherever they are written; these are the rooms they belong to.
const MACROS: [(&str, &str); 2] = [("dispatched", "kernel"), ("in_lanes", "kernel")];

/// The most lines of a file.
const LONGEST: usize = 800;

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// Every source file with its content.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root], Vec::new());
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(files.len() > 30, "the sources were not found");
    files
}

/// The room that a file is in: the folder below `src`, or the file itself.
fn room(path: &Path) -> String {
    let inner = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inner.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_string()
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

/// The paths below `crate::` that a text names, at the most two steps deep: `error`, `train::event`.
fn imports(text: &str) -> Vec<String> {
    let code: String = text.lines().map(|line| format!("{}\n", code(line))).collect();
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        // `$crate::` and `use crate::{a, b::c}` are both understood.
        let parts: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or("").split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let first = name(part);
            let second = part[first.len()..].strip_prefix("::").map(name).filter(|second| !second.is_empty());
            found.push(second.map_or(first.clone(), |second| format!("{first}::{second}")));
        }
    }
    found
}

/// What is wrong with an import, if anything is.
fn against_the_grain(from: &str, import: &str) -> Option<String> {
    let to = import.split("::").next().unwrap_or(import);
    let to = MACROS.iter().find(|(name, _)| *name == to).map_or(to, |(_, room)| room);
    if from == to || from == "lib" {
        return None;
    }
    let (Some(here), Some(there)) = (rank(from), rank(to)) else {
        return Some(format!("{from} or {to} is no room of the table"));
    };
    if let Some((_, allowed)) = NARROW.iter().find(|(room, _)| *room == from) {
        let fine = allowed
            .iter()
            .any(|path| import == *path || import.starts_with(&format!("{path}::")) || to == *path);
        return (!fine).then(|| format!("{from} may not use {import}"));
    }
    (there <= here).then(|| format!("{from} may not use {to}, which is above or beside it"))
}

#[test]
fn imports_run_down_the_table_of_rooms() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let from = room(&path);
        for import in imports(&text) {
            if let Some(problem) = against_the_grain(&from, &import) {
                wrong.push(format!("{}: {problem}", path.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_test_itself_sees_an_import_against_the_grain() {
    assert_eq!(
        imports("use crate::{error::Error, nn};\nlet x = crate::train::event::State::Idle; // crate::no"),
        ["error::Error", "nn", "train::event"]
    );
    for (from, import, fine) in [
        ("cli", "tui::run", true),
        ("tui", "cli::out", false),
        ("tui", "train::event", true),
        ("tui", "train::worker", false),
        ("tui", "nn::lstm", false),
        ("nn", "models", false),
        ("kernel", "error", false),
        ("data", "text", false),
        ("rng", "files", false),
        ("models", "session::recipe", true),
        ("nn", "dispatched", true),
        ("rng", "dispatched", false),
    ] {
        assert_eq!(against_the_grain(from, import).is_none(), fine, "{from} → {import}");
    }
}

#[test]
fn unsafe_stays_in_the_kernel() {
    for (path, text) in sources() {
        if room(&path) == "kernel" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let words = code(line).split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let found = words.clone().any(|word| word == "unsafe");
            assert!(!found, "{}, line {}: unsafe outside the kernel", path.display(), number + 1);
        }
    }
}

#[test]
fn no_file_is_two() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines: it holds two ideas", path.display());
    }
}
