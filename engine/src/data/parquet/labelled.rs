//! Labelled texts and images in a Parquet file.

use std::path::Path;

use serde_json::Value;

use crate::data::collector::Collector;
use crate::data::columns::Columns;
use crate::data::lines::decode;
use crate::error::{Error, Place, Result};
use crate::session::starter::TakenColumns;

use super::footer::Meaning;
use super::{Cell, Column, Kind, ParquetTable};

/// Reads labelled texts.
///
/// # Errors
/// If a column is missing or has an unsupported type, or the file is damaged.
pub fn read(path: &Path, columns: &Columns, out: &mut Collector) -> Result<()> {
    let table = ParquetTable::open(path)?;
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let (text, label) = columns.choose(&names, path, Place::Whole)?;
    table.must_be_texts(text, "name another column: `text: \"…\"`")?;
    out.how =
        format!("Parquet: the text is column \"{}\", the label column \"{}\"", names[text], names[label]);
    out.taken = Some(TakenColumns { texts: vec![names[text].into()], label: names[label].into() });
    let classes = table.classes(names[label]);
    let column = &table.columns()[label];
    table.each(&[text, label], |row, cells| {
        let at = Place::Member(format!("row {row}"));
        let Some(class) = class((cells[1], column), classes, path, &at)? else {
            out.unlabelled(at);
            return out.going_on(row);
        };
        let (content, foreign) = match cells[0] {
            Cell::Bytes(bytes) => decode(bytes),
            _ => ("".into(), false),
        };
        out.foreign += u64::from(foreign);
        out.add(&class, content.into_owned())
    })
}

/// Calls `each` with the class, the row number and the bytes of every image. Returns a description of the columns,
/// and the number of rows without a label, which are skipped.
///
/// # Errors
/// If there is no such column, or the file is damaged; and any error of `each`.
pub fn read_images(
    path: &Path,
    mut each: impl FnMut(&str, u64, &[u8]) -> Result<()>,
) -> Result<(String, u64)> {
    let table = ParquetTable::open(path)?;
    let columns = table.columns();
    let is_bytes =
        |column: &&Column| column.kind == Kind::Bytes && column.meaning == Meaning::Plain && !column.repeated;
    let images: Vec<&Column> = columns.iter().filter(is_bytes).collect();
    // Datasets store the path of an image beside its bytes.
    let inner: Vec<&Column> =
        images.iter().copied().filter(|column| column.name.ends_with(".bytes")).collect();
    let image = match (&inner[..], &images[..]) {
        ([one], _) | ([], [one]) => *one,
        ([], []) => {
            let problem = "no column of images in it";
            let remedy = "a column of bytes is expected, such as `image.bytes`, each a PNG, JPEG, BMP, WebP or PNM file";
            return Err(Error::input(path, Place::Whole, problem, remedy));
        }
        (several, all) => {
            let several = if several.is_empty() { all } else { several };
            let names: Vec<&str> = several.iter().map(|column| column.name.as_str()).collect();
            let problem = format!("several columns may be the image: {}", names.join(", "));
            return Err(Error::input(path, Place::Whole, problem, "leave one column of images in it"));
        }
    };
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    // Any column is accepted as the text, because the text is not read.
    let wanted = Columns { text: Some(image.name.clone()), label: None };
    let (image, label) = match wanted.choose(&names, path, Place::Whole) {
        Err(error) if wanted.find_each(&names).1.is_none() => {
            let classes: Vec<usize> =
                (0..names.len()).filter(|&column| table.classes(names[column]).is_some()).collect();
            let [label] = classes[..] else { return Err(error) };
            let at = names.iter().position(|name| *name == image.name);
            (at.unwrap_or_default(), label)
        }
        found => found?,
    };
    let classes = table.classes(names[label]);
    let column = &table.columns()[label];
    let mut unlabelled = 0;
    table.each(&[image, label], |row, cells| {
        let at = Place::Member(format!("row {row}"));
        let Some(class) = class((cells[1], column), classes, path, &at)? else {
            unlabelled += 1;
            return Ok(());
        };
        match cells[0] {
            Cell::Bytes(bytes) => each(&class, row, bytes),
            _ => each(&class, row, &[]),
        }
    })?;
    let how =
        format!("Parquet: the image is column \"{}\", the label column \"{}\"", names[image], names[label]);
    Ok((how, unlabelled))
}

/// The class in a field; `None` if there is no label.
fn class(
    (cell, column): (Cell, &Column),
    classes: Option<&[String]>,
    path: &Path,
    at: &Place,
) -> Result<Option<String>> {
    let class = match (cell, classes) {
        (Cell::Null, _) => return Ok(None),
        // A missing label, as `datasets` writes it.
        (Cell::Whole(-1), Some(_)) => return Ok(None),
        (Cell::Whole(number), Some(classes)) => {
            match usize::try_from(number).ok().and_then(|number| classes.get(number)) {
                Some(class) => class.clone(),
                None => {
                    let problem = format!("the label {number}, and {} classes have names", classes.len());
                    return Err(Error::input(path, at.clone(), problem, "is the file damaged?"));
                }
            }
        }
        (cell, _) if !matches!(column.meaning, Meaning::Plain | Meaning::Text) => match column.value(cell) {
            Value::String(text) => text,
            Value::Null => return Ok(None),
            other => other.to_string(),
        },
        (Cell::Whole(number), None) => number.to_string(),
        (Cell::Real(number), _) => {
            serde_json::Number::from_f64(number).map_or_else(|| "nan".into(), |n| n.to_string())
        }
        (Cell::Truth(truth), _) => truth.to_string(),
        (Cell::Bytes(bytes), _) => decode(bytes).0.trim().to_string(),
    };
    Ok((!class.is_empty()).then_some(class))
}
