//! The columns of a table, or fields of an object, that hold the text and the label: those that the recipe names, or
//! else the first usual name that occurs. If two equally usual names occur, the file is refused.

use std::path::Path;

use crate::error::{Error, Place, Result};

/// Usual names of the text column, the best first.
const TEXT: [&str; 13] = [
    "text",
    "review",
    "sentence",
    "body",
    "content",
    "comment",
    "message",
    "document",
    "tweet",
    "question",
    "description",
    "headline",
    "title",
];
/// Usual names of the label column, the best first.
const LABEL: [&str; 11] = [
    "label",
    "class",
    "sentiment",
    "category",
    "target",
    "polarity",
    "label_text",
    "labels",
    "rating",
    "stars",
    "y",
];

/// The columns as the recipe names them.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The column with the text.
    pub text: Option<String>,
    /// The column with the label.
    pub label: Option<String>,
}

impl Columns {
    /// The indices of text and label among `names`, if both are there.
    pub fn find<S: AsRef<str>>(&self, names: &[S]) -> Option<(usize, usize)> {
        let (text, label) = self.find_each(names);
        Some((text?, label?))
    }

    /// The indices of text and label among `names`.
    pub fn find_each<S: AsRef<str>>(&self, names: &[S]) -> (Option<usize>, Option<usize>) {
        let place = |wanted: &str| {
            let names = || names.iter().map(|name| name.as_ref().trim());
            names()
                .position(|name| name == wanted)
                .or_else(|| names().position(|name| name.eq_ignore_ascii_case(wanted)))
        };
        let find = |given: &Option<String>, usual: &[&str]| match given {
            Some(name) => place(name),
            None => usual.iter().find_map(|name| place(name)),
        };
        (find(&self.text, &TEXT), find(&self.label, &LABEL))
    }

    /// The index of the text among `width` columns, if it was given as a number from 1.
    pub fn text_by_number(&self, width: usize) -> Option<usize> {
        let number: usize = self.text.as_ref()?.trim().parse().ok()?;
        (1..=width).contains(&number).then(|| number - 1)
    }

    /// The error for columns that are not among `names`.
    pub fn missing<S: AsRef<str>>(&self, names: &[S], path: &Path, place: Place) -> Error {
        let (text, _) = self.find_each(names);
        let (what, given) = if text.is_none() { ("text", &self.text) } else { ("label", &self.label) };
        let names: Vec<&str> = names.iter().map(|name| name.as_ref().trim()).collect();
        let mut list = names.join(", ");
        if list.chars().count() > 200 {
            list = list.chars().take(200).chain(['…']).collect();
        }
        match given {
            Some(name) => {
                Error::input(path, place, format!("no column \"{name}\""), format!("columns are: {list}"))
            }
            None => Error::input(
                path,
                place,
                format!("none of the columns is known to hold the {what}"),
                format!("columns are: {list}; name one in the recipe with `{what}: \"…\"`"),
            ),
        }
    }
    /// The indices of text and label among `names`, which come from a header or an object.
    ///
    /// # Errors
    /// If one of them is missing, or several names are equally suitable.
    pub fn choose<S: AsRef<str>>(&self, names: &[S], path: &Path, place: Place) -> Result<(usize, usize)> {
        let (text, label) = self.find(names).ok_or_else(|| self.missing(names, path, place.clone()))?;
        for (what, given, alike) in [("text", &self.text, &TEXT[1..10]), ("label", &self.label, &LABEL[2..])]
        {
            let chosen = names[if what == "text" { text } else { label }].as_ref().trim();
            let is_alike = |name: &str| alike.iter().any(|usual| name.eq_ignore_ascii_case(usual));
            let also: Vec<&str> =
                names.iter().map(|name| name.as_ref().trim()).filter(|name| is_alike(name)).collect();
            if given.is_none() && is_alike(chosen) && also.len() > 1 {
                let problem = format!("several columns may be the {what}: {}", also.join(", "));
                let remedy = format!("name the one that is meant: `{what}: \"{chosen}\"` in the recipe");
                return Err(Error::input(path, place, problem, remedy));
            }
        }
        Ok((text, label))
    }
}
