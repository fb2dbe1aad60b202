//! The shape of the program, read from its source: imports run down the table of rooms and never up, files of a room
//! form no circles, nothing is re-exported against the grain, `unsafe` stays in one room, and no file grows without end.

mod graph;

use std::fs;
use std::path::{Path, PathBuf};

use graph::{Graph, ReExport, circles, graph};

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
    &["data", "plot"],
    &["session"],
    &["kernel"],
    &["files", "rng", "fault"],
    &["error"],
];

/// What of the rooms below them these rooms may use, where that is not all.
const NARROW: [(&str, &[&str]); 2] = [
    (
        "tui",
        &[
            "train::protocol",
            "transfer::statistics",
            "data::image",
            "session",
            "plot",
            "files",
            "rng",
            "fault",
            "error",
        ],
    ),
    // Nothing but the numbers of its tests.
    ("kernel", &["rng"]),
];

/// Macros are exported at the root, wherever they are written; these are the rooms they belong to.
const MACROS: [(&str, &str); 2] = [("dispatched", "kernel"), ("in_lanes", "kernel")];

/// What the protocol between the training thread and its front ends is made of: a folder or a file each.
const PROTOCOL: &str = "train/protocol/";
const OF_PROTOCOL: [&str; 3] = [PROTOCOL, "session/", "data/image.rs"];

/// The most lines of a file.
const LONGEST: usize = 800;

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// The sources of the workbench, the engine and the base. The test sees them as one tree of rooms.
fn roots() -> [PathBuf; 3] {
    ["src", "engine/src", "base/src"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// A source file as it is named below its root: `nn/lstm.rs`.
fn below(path: &Path) -> String {
    let inner = roots().iter().find_map(|root| path.strip_prefix(root).ok().map(Path::to_path_buf)).unwrap();
    inner.iter().map(|piece| piece.to_str().unwrap()).collect::<Vec<_>>().join("/")
}

/// Every source file with its content.
fn sources() -> Vec<(PathBuf, String)> {
    let (mut folders, mut files) = (Vec::from(roots()), Vec::new());
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

/// The room that a file is in: the folder below its root, or the file itself.
fn room(path: &Path) -> String {
    below(path).split('/').next().unwrap().trim_end_matches(".rs").to_string()
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

/// The paths below `crate::` that a text names, at the most two steps deep: `error`, `train::protocol`.
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
        imports(
            "use crate::{error::Error, nn};\nlet x = crate::train::protocol::event::State::Idle; // crate::no"
        ),
        ["error::Error", "nn", "train::protocol"]
    );
    for (from, import, fine) in [
        ("cli", "tui::run", true),
        ("tui", "cli::out", false),
        ("tui", "train::protocol", true),
        ("tui", "transfer::statistics", true),
        ("tui", "transfer::network", false),
        ("tui", "data::image", true),
        ("tui", "data::images", false),
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

/// The circles, each with what its files use of one another.
fn told_circles(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for circle in circles(&graph.edges) {
        wrong.push(format!("a circle of {} files:", circle.len()));
        for file in &circle {
            let within = graph.edges[file].iter().filter(|(to, _)| circle.contains(to));
            let within =
                within.map(|(to, names)| format!("\n    {to}: {}", Vec::from_iter(names.clone()).join(" ")));
            wrong.push(format!("  {file} uses{}", within.collect::<String>()));
        }
    }
    wrong
}

/// What is wrong with the re-exports, and with what the protocol uses.
fn wrong_re_exports(graph: &Graph) -> Vec<String> {
    let room = |file: &str| file.split('/').next().unwrap_or(file).trim_end_matches(".rs").to_string();
    let mut wrong = Vec::new();
    for ReExport { file, path, home } in &graph.re_exports {
        if file.starts_with(PROTOCOL) {
            wrong.push(format!("{file} re-exports {path}: the protocol re-exports nothing"));
        } else if let Some(home) = home
            && room(home) != room(file)
        {
            wrong.push(format!("{file} re-exports {path}, which is of another room ({home})"));
        }
    }
    for (file, used) in graph.edges.iter().filter(|(file, _)| file.starts_with(PROTOCOL)) {
        for to in used.keys().filter(|to| !OF_PROTOCOL.iter().any(|path| to.starts_with(path))) {
            wrong.push(format!("{file} uses {to}: the protocol is made of plain data"));
        }
    }
    wrong
}

/// The graph of the program.
fn program() -> Graph {
    let files = sources().into_iter().map(|(path, text)| (below(&path), text));
    // The crates name their rooms in a file each: together they are the tree.
    let (names, mut files): (Vec<_>, Vec<_>) = files.partition(|(path, _)| path == "lib.rs");
    assert_eq!(names.len(), roots().len());
    files.push(("lib.rs".to_string(), names.into_iter().map(|(_, text)| text).collect()));
    let graph = graph(&files);
    let edges: usize = graph.edges.values().map(|used| used.len()).sum();
    assert!(edges > 4 * graph.edges.len(), "the imports were not understood");
    graph
}

#[test]
fn files_of_a_room_form_no_circles() {
    let wrong = told_circles(&program());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn nothing_is_re_exported_against_the_grain() {
    let wrong = wrong_re_exports(&program());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The graph of files that are made up.
fn made_up(files: &[(&str, &str)]) -> Graph {
    graph(&files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect::<Vec<_>>())
}

#[test]
fn the_test_itself_sees_circles() {
    let child = ("room/child.rs", "use super::Thing;\npub fn f(_: Thing) {}");
    let root = ("lib.rs", "pub mod room;");
    for (what, files, circle) in [
        (
            "a parent's own item",
            &[root, child, ("room/mod.rs", "mod child;\npub struct Thing;\nfn g() { child::f(Thing) }")][..],
            true,
        ),
        ("a declaration alone", &[root, child, ("room/mod.rs", "mod child;\npub struct Thing;")], false),
        (
            "an item of a third file, by way of the parent",
            &[
                root,
                child,
                ("room/mod.rs", "mod child;\nmod thing;\npub use child::f;\npub use thing::Thing;"),
                ("room/thing.rs", "pub struct Thing;"),
            ],
            false,
        ),
        (
            "a third file that uses the first",
            &[
                root,
                child,
                ("room/mod.rs", "mod child;\nmod thing;\npub use thing::Thing;"),
                ("room/thing.rs", "use super::child::{self, /* and */ f as h};\npub struct Thing;"),
            ],
            true,
        ),
        (
            "paths without use, groups, other names",
            &[
                root,
                ("room/mod.rs", "mod a;\nmod b;"),
                ("room/a.rs", "pub fn f() { crate::room::b::g() }"),
                ("room/b.rs", "use super::{a as other};\npub fn g() { other::f() }"),
            ],
            true,
        ),
        (
            "a star",
            &[
                root,
                ("room/mod.rs", "mod a;\nmod b;"),
                ("room/a.rs", "use super::b::*;\npub struct A;"),
                ("room/b.rs", "pub struct B(super::a::A);"),
            ],
            true,
        ),
        (
            "a module that is imported and not used",
            &[
                root,
                ("room/mod.rs", "mod a;\nmod b;"),
                ("room/a.rs", "use super::b;\npub struct A;"),
                ("room/b.rs", "pub struct B(super::a::A);"),
            ],
            false,
        ),
        (
            "tests, comments and strings",
            &[
                root,
                ("room/mod.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod tests;"),
                (
                    "room/a.rs",
                    "// use super::b::B;\n/* super::b::B */\npub const A: (&str, char) = (\"super::b::B \\\" super::b::B\", '\"');\n\
                     const R: &str = r#\"super::b::B\"#;\n#[cfg(test)]\nuse super::b::B;\n\
                     #[cfg(test)]\nmod tests { use super::super::b::B; }",
                ),
                ("room/b.rs", "pub struct B;\npub const C: char = super::a::A.1;"),
                ("room/tests.rs", "use super::a::A;\nuse super::b::B;"),
            ],
            false,
        ),
        (
            "a module written in a file",
            &[
                root,
                ("room/mod.rs", "mod a;\nmod b;"),
                ("room/a.rs", "pub struct A;\nmod inner { use super::super::b::B;\nuse super::A; }"),
                ("room/b.rs", "pub struct B(super::a::A);"),
            ],
            true,
        ),
    ] {
        assert_eq!(circles(&made_up(files).edges).len(), usize::from(circle), "{what}");
    }
}

#[test]
fn a_circle_is_told_with_what_its_files_use() {
    let two = made_up(&[
        ("lib.rs", "pub mod room;"),
        ("room/mod.rs", "mod a;\nmod b;"),
        ("room/a.rs", "pub struct A(super::b::B);"),
        ("room/b.rs", "pub struct B(super::a::A);"),
    ]);
    let found = told_circles(&two).join("\n");
    assert!(
        found.contains("2 files") && found.contains("room/a.rs uses\n    room/b.rs: super::b::B"),
        "{found}"
    );
    assert!(
        told_circles(&made_up(&[("lib.rs", "pub mod room;"), ("room/mod.rs", "pub struct A;")])).is_empty()
    );
}

#[test]
fn the_test_itself_sees_re_exports_against_the_grain() {
    let nn = ("nn/mod.rs", "pub mod layer;");
    let layer = ("nn/layer.rs", "pub struct Layer;");
    let root = ("lib.rs", "pub mod nn;\npub mod models;\npub mod session;\npub mod train;");
    let session = ("session/mod.rs", "pub struct Recipe;");
    let train = ("train/mod.rs", "pub mod protocol;\npub mod worker;");
    let worker = ("train/worker.rs", "pub struct Worker;");
    let protocol = ("train/protocol/mod.rs", "pub mod command;");
    for (what, text, path, fine) in [
        ("used only", "use crate::nn::layer::Layer;", "models/mod.rs", true),
        ("of another room", "pub use crate::nn::layer::Layer;", "models/mod.rs", false),
        ("under another name", "pub use crate::nn::layer::Layer as Line;", "models/mod.rs", false),
        ("within the program", "pub(crate) use crate::nn::{layer::Layer};", "models/mod.rs", false),
        ("a whole module", "pub use crate::nn::layer;", "models/mod.rs", false),
        ("all of it", "pub use crate::nn::layer::*;", "models/mod.rs", false),
        ("by way of a use", "use crate::nn::layer;\npub use layer::Layer;", "models/mod.rs", false),
        ("of a library", "pub use serde::Serialize;", "models/mod.rs", true),
        ("of its own room", "mod own { pub struct Own; }\npub use own::Own;", "models/mod.rs", true),
        ("the protocol uses the session", "use crate::session::Recipe;", "train/protocol/command.rs", true),
        ("the protocol re-exports it", "pub use crate::session::Recipe;", "train/protocol/command.rs", false),
        (
            "the protocol re-exports a library",
            "pub use std::path::PathBuf;",
            "train/protocol/command.rs",
            false,
        ),
        (
            "the protocol uses the worker",
            "use super::super::worker::Worker;",
            "train/protocol/command.rs",
            false,
        ),
        (
            "the protocol uses a layer",
            "pub struct C(crate::nn::layer::Layer);",
            "train/protocol/command.rs",
            false,
        ),
    ] {
        let found =
            wrong_re_exports(&made_up(&[root, nn, layer, session, train, worker, protocol, (path, text)]));
        assert_eq!(found.is_empty(), fine, "{what}: {found:?}");
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

/// Words that the field has others for, as they are written in code and prose. The text says which word is meant instead.
const RETIRED: [(&str, &str); 27] = [
    ("picture", "image"),
    ("rival", "baseline"),
    ("regime", "strategy"),
    ("yardstick", "benchmark"),
    ("nought", "zero"),
    ("optimiser", "optimizer"),
    ("untouched", "zero-shot"),
    ("probed", "linear probe"),
    ("tempo", "learning-rate factor"),
    ("arm", "method"),
    ("arms", "methods"),
    ("armname", "method"),
    ("gauge", "benchmark run"),
    ("speaker", "generator"),
    ("manner", "sampling"),
    ("passover", "EpochOver"),
    ("begin_pass", "begin_evaluation"),
    ("end_pass", "end_evaluation"),
    ("add_product", "add_matmul"),
    ("set_product", "set_matmul"),
    ("plus_product", "mul_add"),
    ("scratch_dim", "scratch.dim"),
    ("scratch_min_count", "scratch.min_count"),
    ("numbers a vector", "dimensions"),
    ("numbers a word", "dimensions"),
    ("solved to the end", "trained to convergence"),
    ("rule of descent", "optimizer"),
];

/// The retired words of a text, each with its line.
fn retired(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        for (word, instead) in RETIRED {
            let at = |place: usize| line[..place].chars().next_back().is_some_and(|c| c.is_alphanumeric());
            // Plurals count; other words that merely begin or end so do not.
            let ends = |place: usize| {
                let rest = line[place..].strip_prefix('s').unwrap_or(&line[place..]);
                rest.chars().next().is_some_and(char::is_alphanumeric)
            };
            if line.match_indices(word).any(|(start, _)| !at(start) && !ends(start + word.len())) {
                found.push(format!("line {}: \"{word}\"; say \"{instead}\"", number + 1));
            }
        }
    }
    found
}

#[test]
fn the_words_are_those_of_the_field() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = sources().into_iter().map(|(path, _)| path).collect();
    for folder in ["docs", "assets/recipes", "assets/tours"] {
        let items = fs::read_dir(root.join(folder)).unwrap().map(|item| item.unwrap().path());
        files.extend(items.filter(|path| path.is_file()));
    }
    files.push(root.join("README.md"));
    let mut wrong = Vec::new();
    for path in files {
        // A type question of TREC begins with this word; the file format is theirs.
        let text = fs::read_to_string(&path).unwrap().replace("DESC:manner", "");
        wrong.extend(retired(&text).into_iter().map(|found| format!("{}, {found}", path.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_test_itself_sees_retired_words() {
    assert_eq!(retired("let pictures = 1;").len(), 1);
    assert_eq!(retired("A_Picture of it\nno arm, two Arms").len(), 3);
    assert!(retired("an alarm, warm, armed, a temporary image").is_empty());
}

/// The names of the fields of a type in a source file, as a user writes them.
fn written_fields(file: &str, name: &str) -> Vec<String> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("base/src");
    let text = fs::read_to_string(base.join(file)).unwrap();
    let start = text.find(&format!("struct {name} {{")).unwrap_or_else(|| panic!("{name} in {file}"));
    let body = text[start..].split("\n}").next().unwrap();
    let mut fields = Vec::new();
    let mut renamed = None;
    for line in body.lines().skip(1).map(str::trim) {
        if let Some(own) = line.strip_prefix("#[serde(rename = \"") {
            renamed = own.split('"').next().map(str::to_string);
        } else if let Some((field, _)) = line.trim_start_matches("pub ").split_once(": ")
            && !line.starts_with("//")
        {
            fields.push(renamed.take().unwrap_or_else(|| field.to_string()));
        }
    }
    assert!(fields.len() > 2, "{name} has fields");
    fields
}

#[test]
fn every_field_of_a_chapter_is_explained() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tours.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let fields = written_fields("session/tour/chapter.rs", "Written");
    assert!(fields.contains(&"try".to_string()), "{fields:?}");
    for field in fields.into_iter().chain(written_fields("session/tour/question.rs", "Question")) {
        assert!(
            rows.iter().any(|row| row.starts_with(&format!("| `{field}`"))),
            "docs/tours.md lacks {field}"
        );
    }
}

/// The fields that a recipe may have, read from the types of the session: what `docs/recipe.md` must explain.
fn recipe_fields() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("base/src/session");
    let mut fields = Vec::new();
    for (file, types) in [
        ("recipe.rs", &["Recipe"][..]),
        ("text_transfer.rs", &["TextTransfer", "ScratchVectors", "BenchmarkFiles", "RecurrentShape"]),
        ("image_transfer.rs", &["ImageTransfer", "ImageFiles", "ImagePretraining", "Layers", "Augmentation"]),
        ("convolution.rs", &["Convolution"]),
        ("training.rs", &["TrainingOptions"]),
        ("tuning.rs", &["Tuning"]),
        ("pretraining.rs", &["Pretraining", "Subwords"]),
        ("distillation.rs", &["Distillation"]),
        ("encoder_source.rs", &["EncoderSource"]),
        ("run_source.rs", &["RunSource"]),
        ("published.rs", &["Published"]),
        ("language_model.rs", &["LanguageModelling", "Transferred", "Dropouts"]),
    ] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        for name in types {
            let start =
                text.find(&format!("pub struct {name} {{")).unwrap_or_else(|| panic!("{name} in {file}"));
            let body = text[start..].split("\n}").next().unwrap();
            let found = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
            let found: Vec<String> = found.map(|(field, _)| field.to_string()).collect();
            assert!(!found.is_empty(), "{name} has fields");
            fields.extend(found);
        }
    }
    fields
}

#[test]
fn every_field_of_the_recipe_is_explained() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipe.md");
    let page = fs::read_to_string(page).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let explained = |field: &String| {
        rows.iter().any(|row| row.split('|').nth(1).unwrap().contains(&format!("`{field}`")))
    };
    let missing: Vec<String> = recipe_fields().into_iter().filter(|field| !explained(field)).collect();
    assert!(missing.is_empty(), "docs/recipe.md has no row for {}", missing.join(", "));
}
