//! The built-in task: reviews of the demo world, and the hand-written reviews as a second test set.
//!
//! The two test sets are kept apart and called what they are: `test` was made by the same grammar as
//! the training reviews, `hand-written` was written by people, one by one, and no grammar made it.

use crate::error::Result;

use super::demo;
use super::document::Document;
use super::labelled::LabelledText;

/// The name of the second test set.
pub const HAND_WRITTEN: &str = "hand-written";

const REVIEWS: &str = include_str!("../../assets/demo/handwritten.tsv");

/// The task with so many generated reviews to train on and to test with.
///
/// # Errors
/// None; the signature is that of a task that is read.
pub fn load(train: usize, test: usize, seed: u64) -> Result<LabelledText> {
    let part = |split, n| {
        let texts = demo::labelled(seed, split, n).into_iter();
        texts.map(|t| Document { text: t.text, label: t.label as u32, group: None }).collect()
    };
    Ok(LabelledText {
        classes: demo::CLASSES.map(String::from).to_vec(),
        train: part("train", train),
        validation: None,
        tests: vec![
            (crate::session::record::TEST.to_string(), part("test", test)),
            (HAND_WRITTEN.to_string(), hand_written()),
        ],
        read: Vec::new(),
        remarks: vec![
            "the reviews are made by a grammar from word lists, all our own; the hand-written test set is not".into(),
        ],
    })
}

/// The hand-written reviews.
pub fn hand_written() -> Vec<Document> {
    REVIEWS
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.splitn(3, '\t');
            let (label, _about, text) = (fields.next()?, fields.next()?, fields.next()?);
            let label = demo::CLASSES.iter().position(|class| *class == label)? as u32;
            Some(Document { text: text.to_string(), label, group: None })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_written_reviews_are_whole_different_and_of_both_classes() {
        let reviews = hand_written();
        assert_eq!(reviews.len(), REVIEWS.lines().count() - 1, "a line was not understood");
        assert!(reviews.len() >= 300);
        let positive = reviews.iter().filter(|review| review.label == 1).count();
        assert!(positive.abs_diff(reviews.len() - positive) <= 10);
        let mut texts: Vec<&str> = reviews.iter().map(|review| &review.text[..]).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), reviews.len());
        assert!(texts.iter().all(|text| text.split_whitespace().count() >= 6));
    }

    #[test]
    fn the_task_has_two_test_sets() {
        let task = load(20, 10, 1).unwrap();
        assert_eq!((task.train.len(), task.tests[0].1.len()), (20, 10));
        assert_eq!(task.tests[1].0, HAND_WRITTEN);
        assert_ne!(task.train, load(20, 10, 2).unwrap().train);
    }
}
