//! Every kind of run reads a typed text in the same way as the same text among the test documents.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::session::history::History;
use crate::session::kept_models;
use crate::transfer::predictor::config::{Kind, Precision, TextConfig};
use crate::transfer::predictor::{Predictor, argmax, load};

use super::*;

const PLAIN: [&str; 8] = ["lamp", "door", "table", "river", "window", "garden", "paper", "bridge"];
const GOOD: [&str; 4] = ["bright", "clever", "warm", "fresh"];
const BAD: [&str; 4] = ["bleak", "clumsy", "cold", "stale"];
/// A text with words that no training document has: the vectors have `tundra`, compose `warmish` from subwords where
/// they can, and have `rusty hinge` as a phrase.
const STRANGE: &str = "warm tundra bright warmish lamp rusty hinge";

fn texts(count: usize, seed: usize) -> Vec<(String, &'static str)> {
    let text = |i: usize| {
        let (words, class) = if i.is_multiple_of(2) { (GOOD, "yes") } else { (BAD, "no") };
        let at = |n: usize| (i * 7 + n * 5 + seed) % 8;
        (format!("{} {} {} {}", PLAIN[at(0)], words[at(1) % 4], PLAIN[at(2)], words[at(3) % 4]), class)
    };
    (0..count).map(text).collect()
}

/// Vectors in which the task's words come after many others, so that the row of a word in the file differs from its
/// row in the task.
fn vectors() -> String {
    let others = (0..300).map(|i| format!("other{i}")).chain(["tundra", "rusty_hinge"].map(String::from));
    let task = PLAIN.iter().chain(&GOOD).chain(&BAD).map(|word| word.to_string());
    let mut random = crate::rng::stream(9, "typed test", 0);
    let mut file = String::new();
    for word in others.chain(task) {
        let _ = write!(file, "{word}");
        (0..6).for_each(|_| {
            let _ = write!(file, " {:.4}", crate::rng::unit(&mut random) - 0.5);
        });
        file.push('\n');
    }
    file
}

fn write(folder: &Path, name: &str, texts: &[(String, &str)]) {
    let lines: String = texts.iter().map(|(text, class)| format!("{text}\t{class}\n")).collect();
    fs::write(folder.join(name), format!("text\tlabel\n{lines}")).unwrap();
}

/// The class probabilities that each run gives for a text.
fn said(worker: &Worker, text: &str) -> BTreeMap<usize, Vec<f32>> {
    let question = Question::Classify { text: text.into() };
    worker.commands.send(Command::Ask { id: 7, question }).unwrap();
    let mut all = BTreeMap::new();
    until(worker, |event| match event {
        Event::Answer { id: 7, answer: Answer::Classified { run, guess, last } } => {
            all.insert(*run, guess.probabilities.clone());
            *last
        }
        Event::Answer { id: 7, answer } => panic!("{answer:?}"),
        _ => false,
    });
    all
}

/// A session of `recipe` that is complete and still answers questions.
fn ended(recipe: &Recipe, folder: &Path) -> Worker {
    let worker = worker::start(1).unwrap();
    let (recipe, folder) = (Box::new(recipe.clone()), folder.to_path_buf());
    worker.commands.send(Command::Start { recipe, folder }).unwrap();
    until(&worker, finished);
    worker
}

fn nearly(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

/// Checks that every test document gets the same prediction as a typed text, and that the strange text gets the same
/// prediction typed and read.
fn check(name: &str, source: &str, head: &str, methods: &str) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("vectors.txt"), vectors()).unwrap();
    let corpus: String = texts(400, 3).into_iter().map(|(text, _)| format!("{text} tundra\n")).collect();
    fs::write(at.join("corpus.txt"), corpus).unwrap();
    write(at, "train.tsv", &texts(60, 0));
    let test = texts(12, 1);
    write(at, "test.tsv", &test);
    let with_strange: Vec<_> = test.iter().cloned().chain([(STRANGE.to_string(), "yes")]).collect();
    write(at, "strange.tsv", &with_strange);
    let recipe = |test: &str| {
        let text = format!(
            "(title: \"t\", transfer: Text(source: {source}, task: Files(train: \"train.tsv\", test: \"{test}\", text: \"text\",
              label: \"label\"), head: {head}, dropout: 0.0), {methods}, labels: [40], seeds: 1, training: (epochs: 4))"
        );
        Recipe::parse(&text, &at.join("recipe.ron")).unwrap()
    };
    let worker = ended(&recipe("test.tsv"), &at.join("a"));
    let other = ended(&recipe("strange.tsv"), &at.join("b"));
    let entries = log::read(&at.join("a")).unwrap().entries;
    let evaluations: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Evaluation(evaluation) if evaluation.set == TEST => Some(evaluation.clone()),
            _ => None,
        })
        .collect();
    assert!(!evaluations.is_empty(), "{name}");
    let mut asked = 0;
    for evaluation in &evaluations {
        for (truth, guess) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let question =
                Question::Examples { run: evaluation.run, set: TEST.into(), truth, guess, count: 99 };
            worker.commands.send(Command::Ask { id: 8, question }).unwrap();
            let mut examples = Vec::new();
            until(&worker, |event| match event {
                Event::Answer { id: 8, answer: Answer::Examples(list) } => {
                    examples = list.iter().map(|e| (e.text.clone(), e.confidence)).collect();
                    true
                }
                Event::Answer { id: 8, answer } => panic!("{answer:?}"),
                _ => false,
            });
            for (text, confidence) in examples {
                let typed = &said(&worker, &text)[&evaluation.run];
                assert!((typed[guess] - confidence).abs() < 1e-5, "{name}: {text}: {typed:?} {confidence}");
                asked += 1;
            }
        }
    }
    assert_eq!(asked, evaluations.len() * test.len(), "{name}");
    // The kept models give the same predictions without the session: bit by bit, or with word vectors as F16 the same
    // class of each test text.
    let mut halved = 0;
    for text in test.iter().map(|(text, _)| &text[..]).chain([STRANGE]) {
        let said = said(&worker, text);
        for run in &History::of(entries.iter().cloned()).runs {
            let kept = load::load(&kept_models::model_folder(&at.join("a"), &run.start, false)).unwrap();
            let Kind::Text(TextConfig { word_vectors, .. }) = &kept.config.model else { panic!("{name}") };
            let is_half = word_vectors.as_ref().is_some_and(|stored| stored.dtype == Precision::F16);
            let Predictor::Text(kept) = kept.predictor else { panic!("{name}: a model of texts") };
            let explained = kept.explain(text, &mut Default::default());
            let bits = |p: &[f32]| p.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            let (kept, live) = (&explained.probabilities, &said[&run.start.run]);
            let told = format!("{name}: {}: {text}: {kept:?} {live:?}", run.start.method);
            if is_half {
                halved += 1;
                let off = kept.iter().zip(live).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < 0.01 && (text == STRANGE || argmax(kept) == argmax(live)), "{told}");
            } else {
                assert_eq!(bits(kept), bits(live), "{told}");
            }
        }
    }
    assert!(halved > 0, "{name}: no model has word vectors as F16");
    // In the other session the strange words belong to the task.
    let (typed, read) = (said(&worker, STRANGE), said(&other, STRANGE));
    assert_eq!(typed.len(), read.len());
    for (run, typed) in typed {
        assert!(nearly(&typed, &read[&run]), "{name}: run {run}: {typed:?} {:?}", read[&run]);
    }
    leave(worker);
    leave(other);
}

#[test]
fn by_every_method_source_and_head_a_typed_text_is_read_as_a_test_document_is() {
    let file = "Vectors(file: \"vectors.txt\")";
    let parts = "SkipGram(corpus: File(\"corpus.txt\"), dim: 6, epochs: 1, min_count: 1,
        subwords: (min: 3, max: 4, buckets: 500))";
    let model = "LanguageModel(corpus: File(\"corpus.txt\"), dim: 6, hidden: 6, epochs: 1, min_count: 1)";
    let all = "methods: [Scratch, Frozen, FineTuned, Mean, TfIdfMean, Sif, Max, MeanMax, TfIdf, Nbsvm]";
    let strategies = "methods: [Scratch, Frozen, FineTuned, GradualUnfreezing, LinearProbeThenFineTune]";
    check("file, average", file, "Average", all);
    check("parts, average", parts, "Average", all);
    check("file, lstm", file, "Lstm(hidden: 4)", "methods: [Scratch, Frozen, FineTuned]");
    check("parts, gru", parts, "Gru(hidden: 4)", "methods: [Scratch, Frozen, FineTuned]");
    check("file, cnn", file, "Cnn(widths: [2, 3], filters: 4)", strategies);
    check("file, rnn", file, "Rnn(hidden: 4, pooling: Last)", strategies);
    check("language model", model, "Transferred(carry: All)", strategies);
    check(
        "language model, backward",
        &model.replace("dim", "direction: Backward, dim"),
        "Transferred()",
        strategies,
    );
}
