//! Lists of neighbours that are shown side by side, and the words that several of them have.

use crate::session::record::Neighbour;

/// How many neighbours of each list are shown.
pub const SHOWN: usize = 10;
/// The neighbours of a word in one source or at one moment; or why there are none, as a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub name: String,
    pub list: Result<Vec<Neighbour>, String>,
    /// How many of its words another list has too.
    pub shared: usize,
}

/// Counts in each list the words that another list has too.
pub fn marked(mut lists: Vec<Side>) -> Vec<Side> {
    for place in 0..lists.len() {
        let list = lists[place].list.as_deref().unwrap_or(&[]);
        let shared = list.iter().filter(|near| is_shared(&lists, place, &near.word)).count();
        lists[place].shared = shared;
    }
    lists
}

/// Whether another list than that at `place` has the word.
pub fn is_shared(lists: &[Side], place: usize, word: &str) -> bool {
    let has = |list: &Side| list.list.iter().flatten().any(|near| near.word == word);
    lists.iter().enumerate().any(|(other, list)| other != place && has(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, words: &[&str]) -> Side {
        let near = |word: &&str| Neighbour { word: word.to_string(), similarity: 0.5 };
        Side { name: name.into(), list: Ok(words.iter().map(near).collect()), shared: 0 }
    }

    #[test]
    fn words_that_another_list_has_are_marked_and_counted() {
        let none = Side { name: "c".into(), list: Err("not yet".into()), shared: 0 };
        let lists =
            marked(vec![of("a", &["awful", "dire", "bad"]), of("b", &["bad", "soup", "awful"]), none]);
        assert_eq!([0, 1, 2].map(|place| lists[place].shared), [2, 2, 0]);
        assert!(is_shared(&lists, 0, "bad") && !is_shared(&lists, 0, "dire") && is_shared(&lists, 2, "dire"));
    }
}
