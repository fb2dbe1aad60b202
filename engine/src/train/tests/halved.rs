//! Kept models store word vectors as F16 only if no prediction on the test set changes.

use std::fs;
use std::path::Path;

use crate::session::history::History;
use crate::session::kept_models::model_folder;
use crate::transfer::predictor::config::{Kind, Precision, Stored, TextConfig};
use crate::transfer::predictor::{Predictor, load};

use super::*;

/// A task whose texts are made of the words `up` and `down`, with these vectors.
fn recipe(folder: &Path, up: &str, down: &str) -> Recipe {
    fs::write(folder.join("vectors.txt"), format!("up {up}\ndown {down}\nother 0.25 0.3\n")).unwrap();
    for (name, count) in [("train.tsv", 40), ("test.tsv", 12)] {
        let text = |i: usize| if i.is_multiple_of(2) { "up up\tyes\n" } else { "down\tno\n" };
        let lines: String = (0..count).map(text).collect();
        fs::write(folder.join(name), format!("text\tlabel\n{lines}")).unwrap();
    }
    let text = "(title: \"t\", transfer: Text(source: Vectors(file: \"vectors.txt\"), task: Files(train: \"train.tsv\",
         test: \"test.tsv\", text: \"text\", label: \"label\"), head: Average), methods: [Mean, TfIdf], labels: [20], seeds: 1)";
    Recipe::parse(text, &folder.join("recipe.ron")).unwrap()
}

/// How the models of a finished session are stored, and the accuracy of their runs.
fn stored(recipe: &Recipe, folder: &Path) -> Vec<(Option<Stored>, f64, Predictor<'static>)> {
    let worker = worker::start(1).unwrap();
    let command = Command::Start { recipe: Box::new(recipe.clone()), folder: folder.to_path_buf() };
    worker.commands.send(command).unwrap();
    until(&worker, finished);
    leave(worker);
    let history = History::of(log::read(folder).unwrap().entries);
    let of = |run: &crate::session::history::RunHistory| {
        let loaded = load::load(&model_folder(folder, &run.start, false)).unwrap();
        let Kind::Text(TextConfig { word_vectors, .. }) = loaded.config.model else { panic!("texts") };
        let last = run.evaluations.iter().rev().find(|found| found.value.set == TEST).unwrap();
        (word_vectors, last.value.accuracy, loaded.predictor)
    };
    history.runs.iter().map(of).collect()
}

#[test]
fn vectors_are_halved_only_where_no_prediction_changes() {
    for (up, down, halved) in [("1.0 0.333333", "-1.0 0.25", true), ("1.0001 0.5", "1.0 0.5", false)] {
        let folder = tempfile::tempdir().unwrap();
        let recipe = recipe(folder.path(), up, down);
        let all = stored(&recipe, &folder.path().join("s"));
        let [(Some(stored), accuracy, Predictor::Text(kept)), (None, ..)] = &all[..] else {
            panic!("word vectors of the one and none of the other")
        };
        // Both tables separate the classes; the second one only with more than 11 bits.
        assert_eq!(*accuracy, 1.0, "{up}");
        assert_eq!(stored.dtype == Precision::F16, halved, "{stored:?}");
        let why = if halved { "changes no prediction on the test set (12 texts)" } else { "would change" };
        assert!(stored.why.contains(why), "{stored:?}");
        // What was loaded is the table itself, or the rounded one: 0.333333 is not among the halves.
        let vector = kept.table().unwrap().row(kept.words.id("up").unwrap()).to_vec();
        assert_eq!(vector, if halved { [1.0, 0.333_251_95] } else { [1.0001, 0.5] });
    }
}

#[test]
fn a_stopped_session_has_the_models_of_the_runs_that_ended() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = recipe(folder.path(), "1.0 0.333333", "-1.0 0.25");
    let session = folder.path().join("s");
    let worker = worker::start(1).unwrap();
    let command = Command::Start { recipe: Box::new(recipe), folder: session.clone() };
    worker.commands.send(command).unwrap();
    let ends = |entry: &Entry| matches!(entry.record, Record::RunEnd(_));
    until(&worker, |event| matches!(event, Event::Entries(more) if more.iter().any(ends)));
    worker.commands.send(Command::Stop).unwrap();
    leave(worker);
    let models = || {
        let history = History::of(log::read(&session).unwrap().entries);
        let ended = history.runs.into_iter().filter(|run| run.end.is_some());
        let kept =
            ended.map(|run| load::config_of(&model_folder(&session, &run.start, false)).unwrap().model);
        kept.collect::<Vec<_>>()
    };
    assert!(!models().is_empty());
    // Resumed, the session compares what it had no time for.
    let worker = worker::start(1).unwrap();
    worker.commands.send(Command::Resume { folder: session.clone() }).unwrap();
    until(&worker, finished);
    leave(worker);
    let halved = |kind: &Kind| match kind {
        Kind::Text(text) => text.word_vectors.as_ref().map(|stored| stored.dtype),
        Kind::Images(_) => None,
    };
    assert_eq!(models().iter().map(halved).collect::<Vec<_>>(), [Some(Precision::F16), None]);
}
