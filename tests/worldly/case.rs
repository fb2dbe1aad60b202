//! A case: files, commands, and what must come of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::made::Made;

/// One case, as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it is about, in a sentence.
    about: String,
    /// The files that are there at first, by name; folders of a name are made.
    #[serde(default)]
    files: BTreeMap<String, Made>,
    /// Names of files with a short text each.
    #[serde(default)]
    texts: Vec<String>,
    /// Names of small PNG images.
    #[serde(default)]
    images: Vec<String>,
    /// What is run, one after the other.
    steps: Vec<Step>,
}

/// A command and what must come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    run: Vec<String>,
    #[serde(default)]
    stdin: Option<Made>,
    #[serde(default)]
    exit: i32,
    /// What is somewhere on standard output.
    #[serde(default)]
    stdout: Vec<String>,
    /// What is somewhere on standard error.
    #[serde(default)]
    stderr: Vec<String>,
    /// What is on neither.
    #[serde(default)]
    never: Vec<String>,
    /// Places in the JSON on standard output (`/similarity/0/used`), and the JSON that is there.
    #[serde(default)]
    json: Vec<(String, String)>,
    /// A file of vectors in text, and all of its words.
    #[serde(default)]
    words: Option<(String, Vec<String>)>,
    /// Files that are there afterwards, and what they hold.
    #[serde(default)]
    content: Vec<(String, Made)>,
}

/// What came of a command.
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Case {
    /// The case that `text` describes.
    ///
    /// # Errors
    /// When it is none, or could not fail.
    pub fn parse(text: &str) -> Result<Case, String> {
        let options =
            ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        let case: Case = options.from_str(text).map_err(|error| error.to_string())?;
        if case.about.trim().is_empty() {
            return Err("the case says nothing about itself".into());
        }
        if case.steps.is_empty() {
            return Err("the case runs nothing".into());
        }
        for step in &case.steps {
            let parts = [&step.stdout, &step.stderr, &step.never];
            let nothing =
                parts.iter().all(|list| list.is_empty()) && step.json.is_empty() && step.content.is_empty();
            // A first step that only prepares a file says so by that file.
            if nothing && step.words.is_none() {
                return Err(format!("the step {:?} expects nothing", step.run));
            }
            step.json
                .iter()
                .try_for_each(|(_, json)| serde_json::from_str(json).map(|_: Value| ()))
                .map_err(|e| format!("what is expected is no JSON: {e}"))?;
        }
        case.files.values().try_for_each(|made| made.bytes().map(drop))?;
        Ok(case)
    }

    /// Runs it in a folder of its own: what is not as expected, and what was printed.
    pub fn run(&self) -> (Result<(), String>, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut shown = String::new();
        for (name, made) in &self.files {
            made.write(&below(folder.path(), name));
        }
        for (number, name) in self.texts.iter().enumerate() {
            fs::write(below(folder.path(), name), format!("some text of number {number}\n")).unwrap();
        }
        for (number, name) in self.images.iter().enumerate() {
            fs::write(below(folder.path(), name), crate::models::png(number)).unwrap();
        }
        for step in &self.steps {
            let before = names(folder.path());
            let done = step.done(folder.path());
            let told = format!(
                "$ warmstart {}\nexit code {:?}\n--- standard output\n{}\n--- standard error\n{}\n",
                step.run.join(" "),
                done.code,
                done.stdout,
                done.stderr
            );
            shown.push_str(&told);
            let wrong = step.wrong(&done, folder.path(), &before);
            if !wrong.is_empty() {
                let list: String = wrong.iter().map(|why| format!("\n  - {why}")).collect();
                return (Err(format!("{}{list}\n{told}", self.about)), shown);
            }
        }
        (Ok(()), shown)
    }
}

impl Step {
    fn done(&self, folder: &Path) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warmstart"));
        command.args(&self.run).current_dir(folder).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("TERM");
        if let Some(made) = &self.stdin {
            // From a file, so that a program that does not read it to its end is no trouble.
            let file = tempfile::tempdir().unwrap();
            let path = file.path().join("stdin");
            fs::write(&path, made.bytes().unwrap()).unwrap();
            command.stdin(fs::File::open(&path).unwrap());
        }
        let output = command.output().unwrap();
        Done {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// All that is not as expected.
    fn wrong(&self, done: &Done, folder: &Path, before: &[String]) -> Vec<String> {
        let mut wrong = Vec::new();
        if done.code != Some(self.exit) {
            let code = done.code.map_or("a signal".into(), |code| code.to_string());
            wrong.push(format!("exit code {code} where {} is expected", self.exit));
        }
        for (list, text, place) in
            [(&self.stdout, &done.stdout, "output"), (&self.stderr, &done.stderr, "error")]
        {
            let missing = list.iter().filter(|part| !text.contains(&part[..]));
            wrong.extend(missing.map(|part| format!("no {part:?} on standard {place}")));
        }
        let printed = || [&done.stdout, &done.stderr];
        let there = self.never.iter().filter(|part| printed().iter().any(|text| text.contains(&part[..])));
        wrong.extend(there.map(|part| format!("{part:?} was printed")));
        wrong.extend(always(done));
        if self.exit == 1 {
            wrong.extend(refused(done));
            let after = names(folder);
            if after != before {
                wrong.push(format!("files were left: {after:?} where {before:?} were there"));
            }
        }
        if !self.json.is_empty() {
            wrong.extend(self.wrong_json(&done.stdout));
        }
        if let Some((name, words)) = &self.words {
            let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
            let mut found: Vec<&str> =
                text.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            found.sort_unstable();
            words.sort_unstable();
            if found != words {
                wrong.push(format!("{name} has the words {found:?} where {words:?} are expected"));
            }
        }
        for (name, made) in &self.content {
            match fs::read(folder.join(name)) {
                Ok(bytes) if bytes == made.bytes().unwrap() => {}
                Ok(bytes) => wrong.push(format!("{name} holds {}", bytes.escape_ascii())),
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        wrong
    }

    fn wrong_json(&self, text: &str) -> Vec<String> {
        let found: Value = match serde_json::from_str(text) {
            Ok(found) => found,
            Err(error) => return vec![format!("standard output is no JSON: {error}")],
        };
        let mut wrong = Vec::new();
        for (place, expected) in &self.json {
            let expected: Value = serde_json::from_str(expected).unwrap();
            let at = found.pointer(place).unwrap_or(&Value::Null);
            // Numbers are compared as such: 1 is 1.0.
            let same = match (at.as_f64(), expected.as_f64()) {
                (Some(at), Some(expected)) => (at - expected).abs() < 1e-6,
                _ => *at == expected,
            };
            if !same {
                wrong.push(format!("{place} is {at} where {expected} is expected"));
            }
        }
        wrong
    }
}

/// What never is as it should be.
fn always(done: &Done) -> Vec<String> {
    let text = format!("{}{}", done.stdout, done.stderr);
    let mut wrong = Vec::new();
    if text.contains("panicked") || text.contains("this is a fault of warmstart") {
        wrong.push("a panic".to_string());
    }
    wrong.extend(wrong_plural(&text).map(|found| format!("{found:?} was printed")));
    let raw =
        |c: &char| (c.is_control() && !matches!(c, '\n' | '\t')) || ('\u{202a}'..='\u{202e}').contains(c);
    wrong.extend(text.chars().find(raw).map(|c| format!("the control character {c:?} was printed raw")));
    wrong
}

/// A count of one with a plural behind it, or a plural that leaves the count open.
fn wrong_plural(text: &str) -> Option<String> {
    const PLURALS: [&str; 21] = [
        "bytes",
        "classes",
        "clusters",
        "columns",
        "documents",
        "fields",
        "files",
        "folders",
        "images",
        "labels",
        "lines",
        "links",
        "numbers",
        "pairs",
        "images",
        "questions",
        "rows",
        "runs",
        "texts",
        "vectors",
        "words",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let pair = words.windows(2).find(|pair| {
        pair[0] == "1" && PLURALS.contains(&pair[1].trim_end_matches(|c: char| !c.is_alphabetic()))
    });
    let open = words.iter().find(|word| word.contains("(s)")).map(|word| word.to_string());
    pair.map(|pair| pair.join(" ")).or(open)
}

/// What a refusal has too much or too little of.
fn refused(done: &Done) -> Vec<String> {
    let told: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("warmstart: ")).collect();
    if told.len() == 1 && done.stderr.lines().last() == Some(told[0]) {
        return Vec::new();
    }
    vec![format!("{} sentences of refusal where one, the last line, is expected", told.len())]
}

/// The path of `name` below `folder`, whose folders are made.
fn below(folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// Names of all files below `folder`, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let item = item.unwrap();
        let name = item.file_name().to_string_lossy().into_owned();
        if item.file_type().unwrap().is_dir() {
            names.extend(self::names(&item.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    names
}
