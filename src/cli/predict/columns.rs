//! The columns that a prediction adds to a row: `prediction`, `probability`, and `p_CLASS` for each class. A row that could
//! not be read has them too, and nothing in them.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::trained::Label;
use crate::error::{Error, Place, Result};

/// How the output is written.
#[derive(Clone, Copy)]
pub enum OutKind {
    Csv,
    JsonLines,
}

impl OutKind {
    /// By the ending of its name.
    ///
    /// # Errors
    /// When it has another one.
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

/// The names of the columns.
pub fn names(classes: &[String]) -> impl Iterator<Item = String> {
    let first = ["prediction", "probability"].map(String::from);
    first.into_iter().chain(classes.iter().map(|class| format!("p_{class}")))
}

/// The same columns of a row, whose labels begin with the most probable; of a row without labels they are empty.
pub fn fields(labels: &[Label], classes: &[String]) -> impl Iterator<Item = String> {
    let best = labels.first();
    let first = [best.map(|best| best.label.clone()), best.map(|best| best.probability.to_string())];
    let of_class = |class: &String| of(labels, class).map(|probability| probability.to_string());
    first.into_iter().chain(classes.iter().map(of_class)).map(Option::unwrap_or_default)
}

/// Adds them to an object: null in a row without labels; of a class that was not asked for there is none.
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
