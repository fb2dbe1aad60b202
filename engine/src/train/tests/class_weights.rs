//! Class weights: whole sessions on classes of different sizes, with and without weights.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::rng;
use crate::session::record::{Evaluation, RunStart};

use super::*;

const WORDS: [&str; 12] = [
    "lamp", "door", "table", "river", "window", "garden", "paper", "bridge", "stone", "cloud", "chair",
    "road",
];

/// Texts of eight words; `rare` of `count` are of the class `no`. The first half of the words is more frequent in one
/// class, the second half in the other, but no word tells for sure.
fn texts(count: usize, rare: usize, seed: u64) -> String {
    let mut random = rng::stream(seed, "weighted test", 0);
    let mut lines = String::from("text\tlabel\n");
    for i in 0..count {
        let is_rare = i * rare / count != (i + 1) * rare / count;
        for _ in 0..8 {
            let half = rng::unit64(&mut random) < if is_rare { 0.58 } else { 0.42 };
            lines.push_str(WORDS[6 * usize::from(half) + rng::below(&mut random, 6)]);
            lines.push(' ');
        }
        lines.push_str(if is_rare { "\tno\n" } else { "\tyes\n" });
    }
    lines
}

const TEXTS: &str = "[Scratch, Frozen, FineTuned, LinearProbeThenFineTune, Mean, TfIdf, Nbsvm, Majority]";

/// The records of a session that trains on all texts in `folder`.
fn session(folder: &Path, weight: &str) -> Vec<Record> {
    let text = format!(
        "(title: \"t\", transfer: Text(source: SkipGram(corpus: Task(), dim: 10, epochs: 2, min_count: 1), \
         task: Files(train: \"train.tsv\", test: \"test.tsv\"), head: Average), methods: {TEXTS}, \
         labels: [\"all\"], seeds: 1, training: (epochs: 30, class_weight: {weight}))"
    );
    let recipe = Recipe::parse(&text, &folder.join("recipe.ron")).unwrap();
    whole(recipe, folder.join(weight), 2)
}

/// The start of each run and its evaluation on the test set.
fn tested(records: &[Record]) -> BTreeMap<Method, (RunStart, Evaluation)> {
    let start = |run: usize| {
        records.iter().find_map(|record| match record {
            Record::Run(start) if start.run == run => Some(start.clone()),
            _ => None,
        })
    };
    let of = |record: &Record| match record {
        Record::Evaluation(evaluation) if evaluation.set == TEST => {
            let start = start(evaluation.run).unwrap();
            Some((start.method, (start, evaluation.clone())))
        }
        _ => None,
    };
    records.iter().filter_map(of).collect()
}

/// The fraction of the examples of a class that is recognised.
fn recall(evaluation: &Evaluation, class: usize) -> f64 {
    let row = &evaluation.confusion[class];
    row[class] as f64 / row.iter().sum::<u64>() as f64
}

#[test]
fn every_method_that_learns_recognises_more_of_the_rare_class() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("train.tsv"), texts(300, 30, 1)).unwrap();
    fs::write(folder.path().join("test.tsv"), texts(400, 200, 2)).unwrap();
    let [plain, balanced] = ["None", "Balanced"].map(|weight| tested(&session(folder.path(), weight)));
    assert_eq!(plain.len(), 8);
    for (method, (start, without)) in plain {
        let (weighted, with) = &balanced[&method];
        if method == Baseline::Majority.into() {
            assert_eq!((&without, start.optimizer), (with, weighted.optimizer.clone()));
            continue;
        }
        assert_eq!(format!("{}, balanced class weights", start.optimizer), weighted.optimizer);
        // The classes are listed in alphabetical order: "no" is rare.
        let [before, after] = [&without, with].map(|evaluation| recall(evaluation, 0));
        assert!(before < 0.3 && after > before + 0.1, "{method}: {before} {after}");
        assert!(recall(with, 1) > 0.4, "{method}: {:?}", with.confusion);
        assert!(with.accuracy > without.accuracy, "{method}: {} {}", without.accuracy, with.accuracy);
    }
}

#[test]
fn weights_of_classes_of_the_same_size_change_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("train.tsv"), texts(80, 40, 1)).unwrap();
    fs::write(folder.path().join("test.tsv"), texts(60, 30, 2)).unwrap();
    let records = ["None", "Balanced"].map(|weight| session(folder.path(), weight));
    let [plain, balanced] = records.each_ref().map(|records| {
        let own = |record: &&Record| matches!(record, Record::Step(_) | Record::Evaluation(_));
        records.iter().filter(own).collect::<Vec<_>>()
    });
    assert!(plain.len() > 100);
    assert_eq!(plain, balanced);
}
