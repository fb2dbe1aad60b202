//! The names of classes: their order, and a second part of a data set made to follow the first.

use std::path::Path;

use crate::error::{Error, Place, Result};

/// The places of `names` in their final order: by number if all of them are numbers, otherwise by name.
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

/// For each of `names`, found at `path`, its place among the `classes` of the training part.
///
/// # Errors
/// When the training part does not have them all.
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
        let remedy = format!("its classes are {}", some(classes));
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    Ok(places.into_iter().flatten().collect())
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
}
