//! Texts that are to be labelled: the rows of a table with all their columns, or the lines of a file. A table may have a
//! column with labels that is filled in some rows; these are labelled already.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Place, Result, counted};

use super::columns::Columns;
use super::lines::Lines;
use super::row::{Cells, Row, Rows};
use super::rows;

/// A text that is to be labelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlabelledText {
    /// The text.
    pub text: String,
    /// Its label, if it has one already.
    pub label: Option<String>,
    /// The fields of its row, in the order of [`Unlabelled::columns`]; empty for a line.
    pub fields: Vec<String>,
}

/// Texts that are to be labelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unlabelled {
    /// The names of the columns; empty if each line is a text.
    pub columns: Vec<String>,
    /// The name of the column with the text.
    pub text: Option<String>,
    /// The texts. No two are equal.
    pub texts: Vec<UnlabelledText>,
    /// What was left out, and why: one sentence each.
    pub remarks: Vec<String>,
}

/// Reads the texts of the file, folder or archive at `path`. `columns` name the columns of text and label if they have
/// unusual names. `going_on` gets the number of texts that were read.
///
/// # Errors
/// When the file cannot be read, or has no text; also the errors of `going_on`.
pub fn read(
    path: &Path,
    columns: &Columns,
    going_on: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<Unlabelled> {
    let mut taken = Taken {
        columns,
        going_on,
        label: None,
        met: HashSet::new(),
        again: 0,
        bare: 0,
        own: Unlabelled::default(),
    };
    if rows::is_table(path)? {
        rows::each_row(path, columns.text.as_deref(), &mut taken)?;
    } else {
        let mut lines = Lines::open(path)?;
        while let Some((_, line)) = lines.next_line()? {
            match line.trim() {
                "" => {}
                text => taken.take(text.to_string(), None, Vec::new())?,
            }
        }
        taken.own.remarks.extend(lines.remark());
    }
    let Taken { mut own, again, bare, .. } = taken;
    if own.texts.is_empty() {
        return Err(Error::input(path, Place::Whole, "no text in it", "name a file with texts to label"));
    }
    if again > 0 {
        let told = counted(again, "text occurs again and is", "texts occur again and are");
        own.remarks.push(format!("{told} asked for once"));
    }
    if bare > 0 {
        own.remarks.push(format!("{} no text", counted(bare, "row has", "rows have")));
    }
    Ok(own)
}

struct Taken<'a> {
    columns: &'a Columns,
    going_on: &'a mut dyn FnMut(usize) -> Result<()>,
    /// The index of the column with the label.
    label: Option<usize>,
    met: HashSet<String>,
    /// The number of texts that were met before, and of rows without a text.
    again: usize,
    bare: usize,
    own: Unlabelled,
}

impl Taken<'_> {
    fn take(&mut self, text: String, label: Option<String>, fields: Vec<String>) -> Result<()> {
        if self.own.texts.len().is_multiple_of(1_000) {
            (self.going_on)(self.own.texts.len())?;
        }
        if !self.met.insert(text.clone()) {
            self.again += 1;
            return Ok(());
        }
        self.own.texts.push(UnlabelledText { text, label, fields });
        Ok(())
    }
}

impl Rows for Taken<'_> {
    fn guessed(&mut self, column: &str) {
        self.own.remarks.push(format!("the texts are read from {column}"));
    }

    fn header(&mut self, names: Vec<String>) -> Result<()> {
        let (text, label) = self.columns.find_each(&names);
        self.own.text = text.map(|at| names[at].clone());
        self.label = label;
        self.own.columns = names;
        Ok(())
    }

    fn left_out(&mut self, remark: &str) {
        self.own.remarks.push(remark.to_string());
    }

    fn row(&mut self, row: Row) -> Result<()> {
        let Ok(text) = row.text else {
            self.bare += 1;
            return Ok(());
        };
        let fields: Vec<String> = match row.columns {
            Cells::Fields(fields) => fields,
            Cells::Object(object) => {
                let field = |name: &String| match object.get(name) {
                    Some(Value::String(text)) => text.clone(),
                    None | Some(Value::Null) => String::new(),
                    Some(other) => other.to_string(),
                };
                self.own.columns.iter().map(field).collect()
            }
        };
        if self.own.text.is_none() {
            let at = fields.iter().position(|field| *field == text);
            self.own.text = at.and_then(|at| self.own.columns.get(at)).cloned();
        }
        let label = self.label.and_then(|at| fields.get(at)).map(|label| label.trim());
        let label = label.filter(|label| !label.is_empty()).map(String::from);
        self.take(text, label, fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &str) -> Result<Unlabelled> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        super::read(&path, &Columns::default(), &mut |_| Ok(()))
    }

    #[test]
    fn lines_are_texts_and_equal_ones_are_asked_for_once() {
        let found = read("notes.txt", "so warm\n\nso dull\nso warm\n").unwrap();
        let texts: Vec<&str> = found.texts.iter().map(|text| &text.text[..]).collect();
        assert_eq!(texts, ["so warm", "so dull"]);
        assert!(found.remarks[0].contains("1 text occurs again"), "{:?}", found.remarks);
        assert!(read("none.txt", "\n \n").unwrap_err().to_string().contains("no text in it"));
    }

    #[test]
    fn tables_keep_their_columns_and_the_labels_that_they_have() {
        for (name, content) in [
            ("a.csv", "id,text,label\n1,warm,good\n2,dull,\n3,,good\n"),
            (
                "a.jsonl",
                "{\"id\": 1, \"text\": \"warm\", \"label\": \"good\"}\n{\"id\": 2, \"text\": \"dull\"}\n{\"id\": 3}\n",
            ),
        ] {
            let found = read(name, content).unwrap();
            assert_eq!(
                (&found.columns[..], found.text.as_deref()),
                (&["id".to_string(), "text".into(), "label".into()][..], Some("text"))
            );
            assert_eq!(found.texts[0].label.as_deref(), Some("good"));
            assert_eq!(
                (found.texts[1].label.as_deref(), &found.texts[1].fields[0][..]),
                (None, "2"),
                "{name}"
            );
            assert!(found.remarks.iter().any(|remark| remark == "1 row has no text"), "{:?}", found.remarks);
        }
    }
}
