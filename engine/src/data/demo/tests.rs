//! Tests of the demo data: it is reproducible, balanced, well-formed and varied.

use std::collections::HashMap;

use super::*;

#[test]
fn every_asset_parses_and_every_slot_resolves() {
    assert_eq!(compile().map(|world| world.len()).map_err(|error| error.to_string()), Ok(DOMAINS.len()));
}

#[test]
fn the_same_seed_gives_the_same_text_and_streams_differ() {
    let train = labelled(7, "train", 50);
    assert_eq!(train, labelled(7, "train", 50));
    let test = labelled(7, "test", 50);
    let other = labelled(8, "train", 50);
    for review in &train {
        assert!(test.iter().chain(&other).all(|other| other.text != review.text));
    }
    assert_eq!(unlabelled(7).nth(20), Some(unlabelled_review(7, 20)));
}

#[test]
fn labels_are_balanced_and_mixed() {
    for n in [0, 1, 2, 99, 100] {
        let reviews = labelled(1, "train", n);
        assert_eq!(reviews.iter().filter(|review| review.label == 1).count(), n / 2);
    }
    let reviews = labelled(1, "train", 100);
    let first_half = reviews[..50].iter().filter(|review| review.label == 1).count();
    assert!((10..=40).contains(&first_half));
}

#[test]
fn reviews_are_clean_and_of_reasonable_length() {
    for review in labelled(3, "clean", 5_000) {
        let text = &review.text;
        assert!(WORDS.contains(&text.split_whitespace().count()), "{text}");
        assert!(!text.contains(['{', '}', '[', ']', '|', '#', '$', '<', '>', '@', '_', '*']), "{text}");
        for broken in
            ["  ", " .", " ,", " ;", ",.", "..,", ";.", ".,", ",,", "?.", "!.", ":.", " a a", " a e", " a i"]
        {
            assert!(!text.contains(broken), "{broken:?} in: {text}");
        }
        assert!(!text.chars().any(char::is_control), "{text}");
        assert!(review.about.contains(": "), "{}", review.about);
    }
}

#[test]
fn the_vocabulary_is_wide_and_the_length_is_that_of_reviews() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let (mut total, reviews) = (0, 10_000);
    for text in unlabelled(5).take(reviews) {
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()) {
            *counts.entry(word.to_lowercase()).or_default() += 1;
            total += 1;
        }
    }
    let common = counts.values().filter(|count| **count >= 5).count();
    let mean = total / reviews;
    println!("{total} words, {} types, {common} of them at least five times", counts.len());
    assert!((45..=75).contains(&mean), "{mean} words a review");
    assert!(common >= 4_000, "{common} types");
}

#[test]
fn order_matters_in_a_good_part_of_the_reviews() {
    // At least a third of the opinion words belong to the other side.
    let turned = |i| {
        let review = review(stream(9, "turns", i), None);
        let against = review.said[1 - review.text.label];
        3 * against >= (review.said[0] + review.said[1])
    };
    let share = (0..2_000).filter(|i| turned(*i)).count();
    println!("{share} of 2000 reviews say much with the other side's words");
    assert!((600..=1_000).contains(&share), "{share} of 2000");
}
