//! JSON lines: an object a line, fields by name.
//!
//! A label may be a string, a number or a boolean; it becomes its text.

use std::path::Path;

use serde_json::Value;

use super::labelled::Collector;
use super::lines::Lines;
use super::table::Columns;
use crate::error::{Error, Place, Result};

/// Reads JSON lines. Which fields hold text and label is decided by the first object.
///
/// # Errors
/// A line that is no object, a missing field, a text or label of another kind: with the line.
pub fn read(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let mut lines = Lines::open(path)?;
    let mut fields: Option<(String, String)> = None;
    while let Some((number, line)) = lines.next_line()? {
        let wrong =
            |problem: String, remedy: &str| Err(Error::input(path, Place::Line(number), problem, remedy));
        let object = match serde_json::from_str(&line) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return wrong("this is JSON, but not an object".into(), "write one object a line"),
            Err(_) if number == 1 && matches!(line.trim(), "[" | "{") => {
                return wrong("a JSON document over several lines".into(), "write one object a line");
            }
            Err(error) => return wrong(format!("this is not JSON ({error})"), "write one object a line"),
        };
        if fields.is_none() {
            let names: Vec<&String> = object.keys().collect();
            let (text, label) =
                columns.find(&names).ok_or_else(|| columns.missing(&names, path, Place::Line(number)))?;
            fields = Some((names[text].clone(), names[label].clone()));
        }
        let Some((text, label)) = &fields else { continue };
        let (Some(text_value), Some(label_value)) = (object.get(text), object.get(label)) else {
            let missing = if object.contains_key(text) { label } else { text };
            return wrong(format!("no field \"{missing}\""), "every object needs it");
        };
        let Value::String(content) = text_value else {
            return wrong(format!("the field \"{text}\" is no text"), "give a string");
        };
        let class = match label_value {
            Value::String(class) => class.trim().to_string(),
            Value::Number(class) => class.to_string(),
            Value::Bool(class) => class.to_string(),
            _ => {
                let problem = format!("the field \"{label}\" is no label");
                return wrong(problem, "give a string, a number or a boolean");
            }
        };
        if class.is_empty() {
            return wrong("the label is empty".into(), "give every object a label");
        }
        out.add(&class, content.clone())?;
    }
    out.foreign += lines.foreign;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, columns: &Columns) -> std::result::Result<Vec<(String, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, text).unwrap();
        let mut quiet = |_| Ok(());
        let mut out = Collector::new(&mut quiet);
        read(&path, columns, &mut out).map_err(|error| error.to_string())?;
        Ok(out.documents.iter().map(|d| (out.names[d.label as usize].clone(), d.text.clone())).collect())
    }

    #[test]
    fn labels_may_be_strings_numbers_or_booleans() {
        let text = "{\"text\": \"a\\nb\", \"label\": 1, \"x\": []}\n\n{\"label\": true, \"text\": \"c\"}\n\
                    {\"label\": \"yes\", \"text\": \"\\u00e9\"}\n";
        let expected =
            [("1", "a\nb"), ("true", "c"), ("yes", "é")].map(|(a, b)| (a.to_string(), b.to_string()));
        assert_eq!(run(text, &Columns::default()).unwrap(), expected);
        let columns = Columns { text: Some("q".into()), label: Some("k".into()) };
        assert_eq!(run("{\"q\": \"a\", \"k\": \"b\"}", &columns).unwrap(), [("b".into(), "a".into())]);
    }

    #[test]
    fn bad_lines_are_refused_with_their_number() {
        let good = "{\"text\": \"a\", \"label\": 1}\n";
        for (line, expected) in [
            ("[1]", "line 2: this is JSON, but not an object"),
            ("{\"text\": ", "line 2: this is not JSON"),
            ("{\"text\": \"a\"}", "line 2: no field \"label\""),
            ("{\"text\": 1, \"label\": 1}", "line 2: the field \"text\" is no text"),
            ("{\"text\": \"a\", \"label\": null}", "line 2: the field \"label\" is no label"),
        ] {
            let error = run(&format!("{good}{line}"), &Columns::default()).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
        let error = run("{\"a\": 1, \"label\": 2}", &Columns::default()).unwrap_err();
        assert!(error.contains("line 1: none of the columns is known to hold the text"), "{error}");
        let error = run("[\n{\"a\": 1}\n]", &Columns::default()).unwrap_err();
        assert!(error.contains("write one object a line"), "{error}");
    }
}
