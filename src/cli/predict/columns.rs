//! The columns that a prediction adds to a row: `prediction`, `probability`, and `p_CLASS` for each class. A row that
//! could not be read has these columns too, but they are empty.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::trained::Label;
use crate::error::{Error, Place, Result};

/// The format of the output file.
#[derive(Clone, Copy)]
pub enum OutKind {
    Csv,
    JsonLines,
}

impl OutKind {
    /// The format that belongs to the extension of the name. An extension `.gz` is ignored.
    ///
    /// # Errors
    /// When the extension is neither `.csv`, `.jsonl` nor `.ndjson`.
    pub fn of(path: &Path) -> Result<OutKind> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, end)| end) {
            Some("csv") => Ok(OutKind::Csv),
            Some("jsonl" | "ndjson") => Ok(OutKind::JsonLines),
            _ => {
                let problem = "predictions are written as .csv or .jsonl";
                Err(Error::input(path, Place::Whole, problem, "end the name with one of these"))
            }
        }
    }
}

/// The names of the added columns.
pub fn names(classes: &[String]) -> impl Iterator<Item = String> {
    let first = ["prediction", "probability"].map(String::from);
    first.into_iter().chain(classes.iter().map(|class| format!("p_{class}")))
}

/// The content of the added columns for a row. `labels` begins with the most probable; without labels all columns are
/// empty.
pub fn fields(labels: &[Label], classes: &[String]) -> impl Iterator<Item = String> {
    let best = labels.first();
    let first = [best.map(|best| best.label.clone()), best.map(|best| best.probability.to_string())];
    let of_class = |class: &String| of(labels, class).map(|probability| probability.to_string());
    first.into_iter().chain(classes.iter().map(of_class)).map(Option::unwrap_or_default)
}

/// Adds the columns to an object as fields. Without labels all fields are null. A class that is missing in `labels`,
/// because only the first `--count` were asked for, gets no field.
pub fn insert(object: &mut Map<String, Value>, labels: &[Label], classes: &[String]) {
    let best = labels.first();
    object.insert("prediction".into(), best.map(|best| best.label.clone()).into());
    object.insert("probability".into(), best.map(|best| best.probability).into());
    for class in classes {
        let probability = of(labels, class);
        if best.is_none() || probability.is_some() {
            object.insert(format!("p_{class}"), probability.into());
        }
    }
}

fn of(labels: &[Label], class: &str) -> Option<f32> {
    labels.iter().find(|label| label.label == class).map(|label| label.probability)
}
