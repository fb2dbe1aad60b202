//! The names of classes: their order, and how the other parts of a data set take over the order of the training set.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Place, Result};

/// The values that tables use for a missing value.
const MISSING: [&str; 10] = ["nan", "none", "null", "nil", "na", "n/a", "#n/a", "<na>", "?", "-"];

/// The indices of `names` in their final order: by number if all of them are numbers, otherwise by name.
pub fn order(names: &[String]) -> Vec<usize> {
    let numbers: Option<Vec<f64>> =
        names.iter().map(|name| name.parse().ok().filter(|n: &f64| n.is_finite())).collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| {
        let by_number = numbers.as_ref().map(|numbers| numbers[a].total_cmp(&numbers[b]));
        by_number.unwrap_or(std::cmp::Ordering::Equal).then_with(|| names[a].cmp(&names[b]))
    });
    order
}

/// For each of `names`, found at `path`, its index in the `classes` of the training set.
///
/// # Errors
/// If the training set does not have all of them.
pub fn places(names: &[String], classes: &[String], path: &Path) -> Result<Vec<u32>> {
    let places: Vec<Option<u32>> = names
        .iter()
        .map(|name| classes.iter().position(|class| class == name).map(|place| place as u32))
        .collect();
    let unknown: Vec<String> = (names.iter().zip(&places))
        .filter(|(_, place)| place.is_none())
        .map(|(name, _)| format!("\"{name}\""))
        .take(5)
        .collect();
    if !unknown.is_empty() {
        let problem = format!("labels that the training part does not have: {}", unknown.join(", "));
        let alike = names.iter().zip(&places).filter(|(_, place)| place.is_none()).find_map(|(name, _)| {
            classes.iter().find(|class| plain(class) == plain(name)).map(|class| (name, class))
        });
        let remedy = match alike {
            Some((name, class)) => {
                format!("its classes are {}; write \"{name}\" as \"{class}\"", some(classes))
            }
            None => format!("its classes are {}", some(classes)),
        };
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    Ok(places.into_iter().flatten().collect())
}

/// Remarks on names that may not be intended as classes: names that differ only in spelling, and names that mean a
/// missing label.
pub fn doubtful(names: &[String]) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut by_writing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    names.iter().for_each(|name| by_writing.entry(plain(name)).or_default().push(name));
    for alike in by_writing.values().filter(|alike| alike.len() > 1) {
        let list: Vec<String> = alike.iter().map(|name| format!("\"{name}\"")).collect();
        remarks.push(format!(
            "the classes {} differ in their writing only; if they are one, write them alike in the data",
            list.join(" and ")
        ));
    }
    let missing = names.iter().filter(|name| MISSING.contains(&&name.to_lowercase()[..]));
    remarks.extend(missing.map(|name| {
        format!("there is a class \"{name}\", which often stands for a missing label; if it does, take its rows out")
    }));
    remarks
}

/// A normalised name: without differences in case, surrounding spaces, or the notation of a number.
fn plain(name: &str) -> String {
    match name.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => name.trim().to_lowercase(),
    }
}

/// The first few names.
pub fn some(names: &[String]) -> String {
    let mut list = names.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 20 {
        list.push_str(", …");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_as_numbers_and_strange_labels_are_named() {
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(order(&names(&["10", "9", "1"])), [2, 1, 0]);
        assert_eq!(order(&names(&["b", "10", "9"])), [1, 2, 0]);
        let classes = names(&["cat", "dog"]);
        assert_eq!(places(&names(&["dog", "cat"]), &classes, Path::new("t")).unwrap(), [1, 0]);
        let error = places(&names(&["cow", "cat"]), &classes, Path::new("t")).unwrap_err().to_string();
        assert!(error.contains("does not have: \"cow\"; its classes are cat, dog"), "{error}");
    }
    #[test]
    fn names_that_are_one_class_or_none_are_pointed_out() {
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        for (list, expected) in [
            (&["1", "1.0", "0"][..], &["\"1\" and \"1.0\" differ in their writing only"][..]),
            (&["Positive", "negative", "positive"], &["\"Positive\" and \"positive\" differ"]),
            (&["nan", "pos"], &["a class \"nan\""]),
            (&["NONE", "none"], &["\"NONE\" and \"none\"", "a class \"NONE\"", "a class \"none\""]),
            (&["-1", "0", "1"], &[]),
            (&["neg", "pos", "1e", "2"], &[]),
        ] {
            let remarks = doubtful(&names(list));
            assert_eq!(remarks.len(), expected.len(), "{remarks:?}");
            assert!(remarks.iter().zip(expected).all(|(remark, part)| remark.contains(part)), "{remarks:?}");
        }
        let classes = names(&["cat", "dog"]);
        let error = places(&names(&["Dog"]), &classes, Path::new("t")).unwrap_err().to_string();
        assert!(error.contains("its classes are cat, dog; write \"Dog\" as \"dog\""), "{error}");
    }
}
