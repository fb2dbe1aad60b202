//! The small JSON files of a published folder.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Error, Place, Result};
use crate::files;

/// The most bytes of a settings file.
const LONGEST: usize = 1 << 20;

/// A JSON object, and the file that it was read from.
#[derive(Debug)]
pub struct Object {
    path: PathBuf,
    values: Map<String, Value>,
}

/// The value of the JSON file at `path`; `None` if there is no such file.
///
/// # Errors
/// If the file cannot be read, is too long, or is no JSON.
pub fn read(path: &Path, longest: usize) -> Result<Option<Value>> {
    if !path.try_exists().unwrap_or(true) {
        return Ok(None);
    }
    let bytes = files::read(path, longest)?;
    let refused = |problem: String| {
        Err(Error::input(path, Place::Whole, problem, "take the file that was published with the model"))
    };
    if bytes.starts_with(b"version https://git-lfs") {
        return refused(POINTER.to_string());
    }
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(e) => refused(format!("this is no JSON: {e}")),
    }
}

/// What is said of a file of Git LFS that was never fetched.
pub const POINTER: &str = "this is a pointer of Git LFS, not the file itself (`git lfs pull` fetches it)";

impl Object {
    /// The JSON object in the file at `path`; `None` if there is no such file.
    ///
    /// # Errors
    /// If the file cannot be read, or holds something else.
    pub fn read(path: PathBuf) -> Result<Option<Object>> {
        match read(&path, LONGEST)? {
            None => Ok(None),
            Some(Value::Object(values)) => Ok(Some(Object { path, values })),
            Some(_) => {
                let remedy = "take the file that was published with the model";
                Err(Error::input(path, Place::Whole, "this is no JSON object", remedy))
            }
        }
    }

    /// An error about this file.
    pub fn error(&self, problem: impl Into<String>, remedy: &str) -> Error {
        Error::input(&self.path, Place::Whole, problem, remedy)
    }

    /// A value; null counts as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (&name[..], value))
    }

    /// A whole number from `least` to `most`, if there is one.
    ///
    /// # Errors
    /// If the value is something else.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<usize>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_u64().filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number as usize)),
            None => Err(self.error(
                format!("{name} is {value}, expected a whole number from {least} to {most}"),
                "take the file that was published with the model",
            )),
        }
    }

    /// A truth value; false if it is absent.
    ///
    /// # Errors
    /// If the value is something else.
    pub fn truth(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(value) => Err(self.error(
                format!("{name} is {value}, expected true or false"),
                "take the file that was published with the model",
            )),
        }
    }

    /// A text, if there is one.
    ///
    /// # Errors
    /// If the value is something else.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value) => Err(self.error(
                format!("{name} is {value}, expected a text"),
                "take the file that was published with the model",
            )),
        }
    }
}
