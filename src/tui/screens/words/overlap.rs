//! How far the ten nearest words of two lists are the same.

use crate::session::record::Neighbour;

use super::side::{SHOWN, Side};

/// The overlap of two lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// How many words both lists have.
    pub shared: usize,
    /// The length of the longer list, ten at most.
    pub of: usize,
    /// The shared words as a fraction of all (Jaccard).
    pub jaccard: f64,
}

impl Overlap {
    /// The overlap of the ten nearest words; `None` if both lists are empty.
    pub fn of(one: &[Neighbour], other: &[Neighbour]) -> Option<Overlap> {
        let (one, other) = (&one[..one.len().min(SHOWN)], &other[..other.len().min(SHOWN)]);
        let of = one.len().max(other.len());
        let shared = one.iter().filter(|near| other.iter().any(|known| known.word == near.word)).count();
        let all = one.len() + other.len() - shared;
        (of > 0).then(|| Overlap { shared, of, jaccard: shared as f64 / all as f64 })
    }

    /// "6 of 10 the same (Jaccard 0.43)".
    pub fn told(&self) -> String {
        format!("{} of {} the same (Jaccard {:.2})", self.shared, self.of, self.jaccard)
    }
}

/// The overlaps of lists side by side as a sentence: of two lists in full, of more for each pair. Empty if there are none.
pub fn sentence(lists: &[Side]) -> String {
    let of = |a: &Side, b: &Side| Overlap::of(a.list.as_ref().ok()?, b.list.as_ref().ok()?);
    if let [one, other] = lists {
        return of(one, other).map_or(String::new(), |overlap| format!("ten nearest: {}", overlap.told()));
    }
    let mut pairs = Vec::new();
    for (place, one) in lists.iter().enumerate() {
        for other in &lists[place + 1..] {
            if let Some(found) = of(one, other) {
                pairs.push(format!("{} ∩ {} {}/{}", one.name, other.name, found.shared, found.of));
            }
        }
    }
    match pairs.is_empty() {
        true => String::new(),
        false => format!("ten nearest: {}", pairs.join(" · ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, words: &[&str]) -> Side {
        let near = |word: &&str| Neighbour { word: word.to_string(), similarity: 0.5 };
        Side { name: name.into(), list: Ok(words.iter().map(near).collect()), shared: 0 }
    }

    #[test]
    fn only_the_ten_nearest_words_count() {
        let words = |from: usize| (from..from + 12).map(|n| format!("w{n}")).collect::<Vec<_>>();
        let near = |from| -> Vec<Neighbour> {
            words(from).into_iter().map(|word| Neighbour { word, similarity: 0.5 }).collect()
        };
        let found = Overlap::of(&near(0), &near(4)).unwrap();
        assert_eq!((found.shared, found.of), (6, 10));
        assert!((found.jaccard - 6.0 / 14.0).abs() < 1e-12);
        assert_eq!(Overlap::of(&[], &[]), None);
        assert_eq!(Overlap::of(&near(0)[..2], &[]).unwrap().jaccard, 0.0);
    }

    #[test]
    fn two_lists_have_a_sentence_and_more_have_one_for_each_pair() {
        let (a, b) = (of("a", &["bad", "dire"]), of("b", &["dire", "soup"]));
        let none = Side { name: "c".into(), list: Err("not yet".into()), shared: 0 };
        assert_eq!(sentence(&[a.clone(), b.clone()]), "ten nearest: 1 of 2 the same (Jaccard 0.33)");
        assert_eq!(sentence(&[a.clone(), b, none.clone()]), "ten nearest: a ∩ b 1/2");
        assert_eq!(sentence(&[a, none]), "");
    }
}
