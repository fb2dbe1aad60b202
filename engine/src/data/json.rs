//! JSON: one object per line (JSON lines), objects over several lines, or one array of objects, as in Hugging Face's
//! `.json`.
//!
//! A label may be a string, a number or a boolean, and is converted to text. An object whose label is `null` is
//! skipped and counted. Only the strings, numbers and booleans of an object are kept, so that memory does not grow
//! with its other fields.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Error as Wrong, error::Category};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::session::starter::TakenColumns;

use super::collector::Collector;
use super::columns::Columns;
use super::format::head;
use super::lines::{LONGEST, Lines, broken, decode, too_long};

mod object;

use object::{Any, Field, Object, object};

/// Reads JSON. The first object decides which fields hold text and label.
///
/// # Errors
/// If something is not JSON or not an object, a field is missing, or a text or label has another type: with the line.
pub fn read(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let (bytes, whole) = head(path)?;
    let start = decode(&bytes).0;
    let start = start.trim_start();
    let (line, ends) = start.split_once('\n').map_or((start, whole), |(line, _)| (line, true));
    let unfinished = |line: &str| {
        let read: std::result::Result<Any, Wrong> = serde_json::from_str(line);
        read.is_err_and(|error| error.is_eof())
    };
    let mut rows = Rows { path, columns, fields: None, goal: Goal::Labelled(out), foreign: 0 };
    let read =
        if start.starts_with('[') || !ends || unfinished(line) { rows.document() } else { rows.lines() };
    let foreign = rows.foreign;
    out.foreign += foreign;
    read
}

/// Calls `each` with the texts of the field that `columns` name as the text; an object without it is skipped.
///
/// # Errors
/// As for [`read`], and any error of `each`.
pub fn each_text(path: &Path, columns: &Columns, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    Rows { path, columns, fields: None, goal: Goal::Texts(each), foreign: 0 }.document()
}

/// The names of the fields of the object at the beginning of `start`, if there is one.
pub fn first_fields(start: &str) -> Option<Vec<String>> {
    let start = start.trim_start();
    let start = start.strip_prefix('[').unwrap_or(start).trim_start();
    let first = serde_json::Deserializer::from_str(start).into_iter::<Any>().next()?;
    match first.ok()? {
        Any::Object(object) => Some(object.0.into_iter().map(|(name, _)| name).collect()),
        Any::Other => None,
    }
}

/// What the objects of a file are used for.
enum Goal<'r, 'c> {
    Labelled(&'r mut Collector<'c>),
    Texts(&'r mut dyn FnMut(&str) -> Result<()>),
}

/// The objects of a file, and what they are used for.
struct Rows<'r, 'c> {
    path: &'r Path,
    columns: &'r Columns,
    /// The names of the fields with text and label, after the first object.
    fields: Option<(String, String)>,
    goal: Goal<'r, 'c>,
    /// The number of lines that were not UTF-8.
    foreign: u64,
}

impl Rows<'_, '_> {
    /// Reads one object per line.
    fn lines(&mut self) -> Result<()> {
        let mut lines = Lines::open(self.path)?;
        while let Some((number, line)) = lines.next_line()? {
            let object = match serde_json::from_str::<Any>(&line) {
                Ok(Any::Object(object)) => object,
                Ok(Any::Other) => return Err(no_object(self.path, Place::Line(number))),
                Err(error) => {
                    let place = Place::LineColumn(number, error.column() as u64);
                    return Err(no_json(self.path, place, &error));
                }
            };
            self.take(object, Place::Line(number), "JSON lines")?;
        }
        self.foreign += lines.foreign;
        Ok(())
    }

    /// Reads one array of objects, or objects one after another, with any line breaks.
    fn document(&mut self) -> Result<()> {
        let path = self.path;
        let at = Rc::new(At { line: Cell::new(1), since: Cell::new(0) });
        let input = BufReader::with_capacity(1 << 16, files::open_text(path)?);
        let mut json = serde_json::Deserializer::from_reader(Watched { input, at: at.clone() });
        while json.end().is_err() {
            let mut failed = None;
            let item = Item { rows: self, at: &at, failed: &mut failed, inner: false };
            if let Err(error) = item.deserialize(&mut json) {
                return Err(failed.unwrap_or_else(|| {
                    let place = Place::LineColumn(error.line() as u64, error.column() as u64);
                    match error.classify() {
                        Category::Io if at.since.get() > LONGEST => {
                            too_long(path, Place::Line(at.line.get()))
                        }
                        Category::Io => broken(path, Place::Line(at.line.get()), error.into()),
                        _ => no_json(path, place, &error),
                    }
                }));
            }
        }
        Ok(())
    }

    /// Passes an object on.
    fn take(&mut self, object: Object, at: Place, kind: &str) -> Result<()> {
        match &mut self.goal {
            Goal::Labelled(_) => self.take_labelled(object, at, kind),
            Goal::Texts(each) => {
                let wanted = self.columns.text.as_deref().unwrap_or("text");
                let exact = object.0.iter().find(|(name, _)| name == wanted);
                let found =
                    exact.or_else(|| object.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)));
                let problem = match found {
                    Some((_, Field::Text(text))) if text.trim().is_empty() => return Ok(()),
                    Some((_, Field::Text(text))) => return each(text),
                    Some((_, Field::Null)) => return Ok(()),
                    Some(_) => format!("the field \"{wanted}\" is no text"),
                    None => format!("no field \"{wanted}\""),
                };
                let names: Vec<&str> = object.0.iter().take(20).map(|(name, _)| name.as_str()).collect();
                Err(Error::input(self.path, at, problem, format!("fields are: {}", names.join(", "))))
            }
        }
    }

    /// Passes an object on to the collector.
    fn take_labelled(&mut self, object: Object, at: Place, kind: &str) -> Result<()> {
        let Goal::Labelled(out) = &mut self.goal else { return Ok(()) };
        if self.fields.is_none() {
            let names: Vec<&String> = object.0.iter().map(|(name, _)| name).collect();
            let (text, label) = self.columns.choose(&names, self.path, at.clone())?;
            let (text, label) = (names[text].clone(), names[label].clone());
            out.how = format!("{kind}: the text is the field \"{text}\", the label the field \"{label}\"");
            out.taken = Some(TakenColumns { texts: vec![text.clone()], label: label.clone() });
            self.fields = Some((text, label));
        }
        let Some((text, label)) = &self.fields else { return Ok(()) };
        let wrong = |problem: String, remedy: &str| Err(Error::input(self.path, at.clone(), problem, remedy));
        let find =
            |wanted: &str| object.0.iter().rev().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let (Some(content), Some(class)) = (find(text), find(label)) else {
            let missing = if find(text).is_some() { label } else { text };
            return wrong(format!("no field \"{missing}\""), "every object needs it");
        };
        let class = match class {
            Field::Text(class) => class.trim(),
            Field::Other(class) => class,
            Field::Null => "",
            Field::Inner => {
                let problem = format!("the field \"{label}\" is no label");
                return wrong(problem, "give a string, a number or a boolean");
            }
        };
        let Field::Text(content) = content else {
            let remedy = match content {
                Field::Inner => {
                    "give a string; where an object holds a whole column, as pandas writes it, write orient=\"records\""
                }
                _ => "give a string",
            };
            return wrong(format!("the field \"{text}\" is no text"), remedy);
        };
        if class.is_empty() {
            out.unlabelled(at);
            return Ok(());
        }
        out.add(class, content.clone())
    }
}

fn no_object(path: &Path, place: Place) -> Error {
    let remedy = "write objects, one a line or in one array";
    Error::input(path, place, "this is JSON, but not an object", remedy)
}

/// The error for text that is not JSON.
fn no_json(path: &Path, place: Place, error: &Wrong) -> Error {
    let told = error.to_string();
    let told = told.split(" at line ").next().unwrap_or_default();
    if told.contains("surrogate") || told.contains("unexpected end of hex escape") {
        let problem =
            "one half of a surrogate pair (\\ud800 to \\udfff) without the other, which is no character";
        let remedy = "write whole characters; in Python, \
            text.encode(\"utf-16\", \"surrogatepass\").decode(\"utf-16\", \"replace\") mends a text";
        return Error::input(path, place, problem, remedy);
    }
    if error.is_eof() {
        let problem = format!("the JSON ends in the middle ({told})");
        return Error::input(path, place, problem, "was the file cut short?");
    }
    let remedy = "write objects, one a line or in one array";
    Error::input(path, place, format!("this is not JSON ({told})"), remedy)
}

/// The position of a reader in a file.
struct At {
    /// The line, from 1.
    line: Cell<u64>,
    /// The number of bytes since the object began.
    since: Cell<usize>,
}

/// A reader that counts lines, and stops at an object of implausible length.
struct Watched<R> {
    input: R,
    at: Rc<At>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let lines = buffer[..read].iter().filter(|&&byte| byte == b'\n').count();
        self.at.line.set(self.at.line.get() + lines as u64);
        self.at.since.set(self.at.since.get() + read);
        if self.at.since.get() > LONGEST {
            return Err(io::Error::other("an object is too long"));
        }
        Ok(read)
    }
}

/// A value of a file: an object, or an array of objects.
struct Item<'i, 'r, 'c> {
    rows: &'i mut Rows<'r, 'c>,
    at: &'i At,
    /// The error in an object.
    failed: &'i mut Option<Error>,
    inner: bool,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<(), A::Error> {
        let line = self.at.line.get();
        self.at.since.set(0);
        let object = object(map)?;
        let kind = if self.inner { "a JSON array" } else { "JSON objects" };
        self.rows.take(object, Place::Line(line), kind).map_err(|error| {
            *self.failed = Some(error);
            A::Error::custom("")
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        let Item { rows, at, failed, inner } = self;
        if inner {
            *failed = Some(no_object(rows.path, Place::Line(at.line.get())));
            return Err(A::Error::custom(""));
        }
        while items
            .next_element_seed(Item { rows: &mut *rows, at, failed: &mut *failed, inner: true })?
            .is_some()
        {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
