//! The graph of imports between the source files: which file a path of the code names.
//!
//! A path is followed through `use` and `pub use` to the file that defines what it names. A module is
//! no item: `mod other;` and `use super::other;` say nothing yet, `other::f` does. Code of tests does not count.

use std::collections::{BTreeMap, BTreeSet};

/// A word, or a punctuation mark; `::` is one mark.
type Token = String;

/// What a name means in a module.
#[derive(Debug, Clone)]
enum Meaning {
    /// A module below this one.
    Module(String),
    /// Written in this file.
    Item,
    /// Brought here by `use`: the path, as it is written.
    Import(Vec<Token>),
}

#[derive(Debug, Default)]
struct File {
    /// The module's path: `train::worker`; nothing for the root.
    module: String,
    names: BTreeMap<String, Meaning>,
    /// Modules whose names are all brought here.
    globs: Vec<Vec<Token>>,
    /// Every path that the code names, those of `use` among them.
    paths: Vec<Vec<Token>>,
    /// The paths that are brought here for others to see.
    re_exports: Vec<Vec<Token>>,
    /// Macros that are written here and exported at the root.
    macros: Vec<String>,
    /// Modules that exist for tests only.
    tests: Vec<String>,
}

/// For every file, the files that it uses, each with the paths that name something there.
pub type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The files by their path below `src`.
pub struct Graph {
    pub edges: Edges,
    pub re_exports: Vec<ReExport>,
}

/// A `pub use`.
#[derive(Debug, PartialEq, Eq)]
pub struct ReExport {
    pub file: String,
    /// What is re-exported, as it is written.
    pub path: String,
    /// The file that defines it, if it is one of the program's.
    pub home: Option<String>,
}

/// The graph of these files: path below `src`, and text.
pub fn graph(sources: &[(String, String)]) -> Graph {
    let mut files: BTreeMap<String, File> =
        sources.iter().map(|(path, text)| (path.clone(), read(path, text))).collect();
    // Modules of tests, and all that is below them.
    let tests: Vec<String> =
        files.values().flat_map(|file| file.tests.iter().map(|name| below(&file.module, name))).collect();
    files.retain(|_, file| !tests.iter().any(|test| is_within(&file.module, test)));
    let modules: BTreeMap<String, &File> = files.values().map(|file| (file.module.clone(), file)).collect();
    let paths: BTreeMap<&str, &String> =
        files.iter().map(|(path, file)| (file.module.as_str(), path)).collect();
    let ends = |file: &File, path: &[Token]| {
        resolve(&modules, &file.module, path, 0).map(|module| paths[module.as_str()].clone())
    };
    let mut edges = Edges::new();
    let mut re_exports = Vec::new();
    for (path, file) in &files {
        let used = edges.entry(path.clone()).or_default();
        let globs = file.globs.iter().filter_map(|glob| {
            let module = module_of(&modules, &file.module, glob, 0)?;
            Some((paths[module.as_str()].clone(), format!("{}::*", glob.join("::"))))
        });
        let items = file.paths.iter().filter_map(|used| Some((ends(file, used)?, used.join("::"))));
        for (to, name) in items.chain(globs).filter(|(to, _)| to != path) {
            used.entry(to).or_default().insert(name);
        }
        re_exports.extend(file.re_exports.iter().map(|shown| {
            let module = || module_of(&modules, &file.module, shown, 0);
            let home = ends(file, shown).or_else(|| module().map(|module| paths[module.as_str()].clone()));
            ReExport { file: path.clone(), path: shown.join("::"), home }
        }));
    }
    Graph { edges, re_exports }
}

/// The circles: files that all reach each other, two or more.
pub fn circles(edges: &Edges) -> Vec<Vec<String>> {
    let reach = |from: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(file) = open.pop() {
            for next in edges.get(file).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|file| (file, reach(file))).collect();
    let mut found = BTreeSet::new();
    for (file, far) in &reached {
        let circle: Vec<String> = far
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(*file)))
            .cloned()
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn below(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_string() } else { format!("{module}::{name}") }
}

fn is_within(module: &str, outer: &str) -> bool {
    module == outer || module.starts_with(&format!("{outer}::"))
}

fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_string())
}

/// The module that a path names, if it names one.
fn module_of(modules: &BTreeMap<String, &File>, from: &str, path: &[Token], depth: usize) -> Option<String> {
    match follow(modules, from, path, depth)? {
        (module, true) => Some(module),
        _ => None,
    }
}

/// The module of the file that defines the item which a path names.
fn resolve(modules: &BTreeMap<String, &File>, from: &str, path: &[Token], depth: usize) -> Option<String> {
    match follow(modules, from, path, depth)? {
        (module, false) => Some(module),
        _ => None,
    }
}

/// Where a path leads from a module: a module (true), or the module whose file defines an item (false).
fn follow(
    modules: &BTreeMap<String, &File>,
    from: &str,
    path: &[Token],
    depth: usize,
) -> Option<(String, bool)> {
    if depth > 16 {
        return None;
    }
    let mut at = from.to_string();
    let mut first = true;
    let mut rest = path;
    while let [name, more @ ..] = rest {
        match name.as_str() {
            "crate" => at = String::new(),
            "super" => at = parent(&at),
            "self" => {}
            name => {
                let file = modules.get(&at)?;
                match file.names.get(name) {
                    Some(Meaning::Module(module)) => {
                        at = module.clone();
                        // A module of tests, or one that is written inside this file.
                        modules.get(&at)?;
                    }
                    Some(Meaning::Item) => return Some((at, false)),
                    Some(Meaning::Import(import)) => {
                        if first && import.first().is_some_and(|start| start == name) && import.len() == 1 {
                            return None;
                        }
                        let whole = [import.as_slice(), more].concat();
                        return follow(modules, &at, &whole, depth + 1);
                    }
                    None if at.is_empty() => {
                        let home =
                            modules.values().find(|file| file.macros.iter().any(|here| here == name))?;
                        return Some((home.module.clone(), false));
                    }
                    None => {
                        return file.globs.iter().find_map(|glob| {
                            let module = module_of(modules, &at, glob, depth + 1)?;
                            follow(modules, &module, rest, depth + 1)
                        });
                    }
                }
            }
        }
        first = false;
        rest = more;
    }
    Some((at, true))
}

/// The module of a file: `train/worker.rs` and `train/mod.rs` are `train::worker` and `train`.
fn module(path: &str) -> String {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { String::new() } else { path.replace('/', "::") }
}

fn read(path: &str, text: &str) -> File {
    let mut file = File { module: module(path), ..File::default() };
    let tokens = without_tests(&tokens(text), &mut file.tests);
    let mut at = 0;
    let mut depth = 0_usize;
    // Where the modules that are written in this file were opened: `super` within means the file itself.
    let mut inner = Vec::new();
    while at < tokens.len() {
        let before = at.checked_sub(1).map(|at| tokens[at].as_str());
        let name = tokens.get(at + 1).cloned().unwrap_or_default();
        match tokens[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inner.last() == Some(&depth) {
                    inner.pop();
                }
            }
            "use" => {
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(0);
                let mut trees = Vec::new();
                tree(&tokens[at + 1..end], &[], &mut trees);
                let shown =
                    matches!(before, Some("pub")) || matches!(before, Some(")")) && is_public(&tokens[..at]);
                for (path, name) in trees {
                    let path = outside(path, inner.len());
                    if shown {
                        file.re_exports.push(path.clone());
                    }
                    match name.as_str() {
                        "*" => file.globs.push(path),
                        _ => {
                            if path.last() != Some(&name) || path.len() > 1 {
                                file.names.entry(name).or_insert(Meaning::Import(path.clone()));
                            }
                            file.paths.push(path);
                        }
                    }
                }
                at = end;
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token == ";") => {
                let module = below(&file.module, &name);
                file.names.insert(name, Meaning::Module(module));
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token == "{") => {
                if depth == 0 {
                    file.names.insert(name, Meaning::Item);
                }
                inner.push(depth);
            }
            "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" if depth == 0 => {
                let name = if name == "fn" || name == "mut" {
                    tokens.get(at + 2).cloned().unwrap_or_default()
                } else {
                    name
                };
                file.names.insert(name, Meaning::Item);
            }
            "macro_rules" => {
                let name = tokens.get(at + 2).cloned().unwrap_or_default();
                if tokens[..at].ends_with(&["macro_export".to_string(), "]".to_string()]) {
                    file.macros.push(name.clone());
                }
                file.names.insert(name, Meaning::Item);
            }
            word if is_word(word) && before != Some("::") && name == "::" => {
                let mut path = vec![word.to_string()];
                while tokens.get(at + 1).is_some_and(|token| token == "::")
                    && tokens.get(at + 2).is_some_and(|token| is_word(token))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                file.paths.push(outside(path, inner.len()));
            }
            _ => {}
        }
        at += 1;
    }
    file
}

/// A path as it would be written outside of so many modules of its file.
fn outside(path: Vec<Token>, modules: usize) -> Vec<Token> {
    let supers = path.iter().take(modules).take_while(|name| *name == "super").count();
    let rest = path[supers..].to_vec();
    // What is named by way of the file itself begins there.
    if supers > 0 && rest.first().is_none_or(|name| name != "super") {
        return [vec!["self".to_string()], rest].concat();
    }
    rest
}

/// Whether `pub(…)` stands at the end.
fn is_public(tokens: &[Token]) -> bool {
    let open = tokens.iter().rposition(|token| token == "(");
    open.and_then(|open| tokens.get(open.wrapping_sub(1))).is_some_and(|token| token == "pub")
}

/// The paths of a `use`, each with the name that it gets here; `*` for all.
fn tree(tokens: &[Token], prefix: &[Token], found: &mut Vec<(Vec<Token>, String)>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                let (mut depth, mut start) = (0, at + 1);
                for (end, token) in tokens.iter().enumerate().skip(at) {
                    match token.as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || depth == 1 && token == "," {
                        if end > start {
                            tree(&tokens[start..end], &path, found);
                        }
                        start = end + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
                return;
            }
            "*" => return found.push((path, "*".to_string())),
            "as" => {
                let name = tokens.get(at + 1).cloned().unwrap_or_default();
                return found.push((path, name));
            }
            "self" if !path.is_empty() => {}
            word => path.push(word.to_string()),
        }
        at += 1;
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push((path, name));
}

/// The tokens without what is compiled for tests only; modules of tests are noted.
fn without_tests(tokens: &[Token], tests: &mut Vec<String>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] != "#" {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = closing(tokens, at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token == "!")));
        let attribute = &tokens[at..end];
        let has = |word: &str| attribute.iter().any(|token| token == word);
        at = end;
        if has("test") && (has("cfg") && !has("not") && !has("any") || attribute.len() == 4) {
            at = skip(tokens, at, tests);
        }
    }
    kept
}

/// The place behind the item, variant or statement that begins at `at`.
fn skip(tokens: &[Token], mut at: usize, tests: &mut Vec<String>) -> usize {
    while tokens.get(at).is_some_and(|token| token == "#") {
        at = closing(tokens, at + 1);
    }
    const ITEMS: [&str; 11] =
        ["pub", "fn", "mod", "use", "impl", "struct", "enum", "const", "static", "type", "unsafe"];
    let is_item = tokens.get(at).is_some_and(|token| ITEMS.contains(&token.as_str()));
    let mut is_use = false;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "mod" => tests.extend(tokens.get(at + 1).cloned()),
            "use" => is_use = true,
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            "}" => return at,
            "{" if !is_use => return closing(tokens, at),
            "{" | "(" | "[" => {
                at = closing(tokens, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// The place behind the bracket that closes the one at `at`.
fn closing(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words and marks of a text, without comments, strings, characters and lifetimes.
fn tokens(text: &str) -> Vec<Token> {
    let text: Vec<char> = text.chars().collect();
    let get = |at: usize| text.get(at).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let c = text[at];
        match c {
            '/' if get(at + 1) == '/' => {
                while at < text.len() && text[at] != '\n' {
                    at += 1;
                }
            }
            '/' if get(at + 1) == '*' => {
                while at < text.len() && !(text[at] == '*' && get(at + 1) == '/') {
                    at += 1;
                }
                at += 2;
            }
            '"' => at = behind_string(&text, at),
            // A character, or a lifetime.
            '\'' if get(at + 1) == '\\' => {
                at += 3;
                while at < text.len() && text[at] != '\'' {
                    at += 1;
                }
                at += 1;
            }
            '\'' if get(at + 2) == '\'' => at += 3,
            '\'' => {
                at += 1;
                while get(at).is_alphanumeric() || get(at) == '_' {
                    at += 1;
                }
            }
            ':' if get(at + 1) == ':' => {
                found.push("::".to_string());
                at += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                let start = at;
                while get(at).is_alphanumeric() || get(at) == '_' {
                    at += 1;
                }
                let word: String = text[start..at].iter().collect();
                let hashes = text[at..].iter().take_while(|c| **c == '#').count();
                if matches!(word.as_str(), "r" | "br") && get(at + hashes) == '"' {
                    let end: Vec<char> =
                        std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    at += hashes + 1;
                    while at < text.len() && !text[at..].starts_with(&end) {
                        at += 1;
                    }
                    at += end.len();
                } else if !(word == "b" && matches!(get(at), '"' | '\'')) {
                    found.push(word);
                }
            }
            c if c.is_whitespace() => at += 1,
            c => {
                found.push(c.to_string());
                at += 1;
            }
        }
    }
    found
}

/// The place behind the string that begins at `at`.
fn behind_string(text: &[char], mut at: usize) -> usize {
    at += 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}
