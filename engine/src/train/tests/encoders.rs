//! A look inside sentence encoders: attention, nearest texts, the drift of layers, the contributions of words.

use std::fmt::Write;
use std::fs;

use crate::models::sentence_encoder::tests::folders::folder;
use crate::models::sentence_encoder::{PublishedEncoder, Tape};
use crate::session::layer_drift::LayerDrift;
use crate::train::protocol::event::{Attention, NearSentences, Word};

use super::*;

/// Texts of the tiny encoder's twenty words: those of even places have the words `w2` to `w5`, the others `w6` to `w9`.
pub fn texts(count: usize) -> Vec<String> {
    let text = |i: usize| {
        let first = if i.is_multiple_of(2) { 2 } else { 6 };
        let word = |n: usize| {
            format!("w{}", if n.is_multiple_of(2) { first + (i / 2 + n) % 4 } else { 10 + (i * 3 + n) % 9 })
        };
        (0..3 + i % 4).map(word).collect::<Vec<_>>().join(" ")
    };
    (0..count).map(text).collect()
}

/// A session whose source is the tiny encoder of a family.
struct Place {
    encoder: tempfile::TempDir,
    data: tempfile::TempDir,
}

impl Place {
    fn new(family: &str) -> Place {
        let data = tempfile::tempdir().unwrap();
        for (name, count) in [("train.tsv", 60), ("test.tsv", 12)] {
            let mut table = "text\tlabel\n".to_string();
            for (i, text) in texts(count).into_iter().enumerate() {
                let _ = writeln!(table, "{text}\t{}", if i.is_multiple_of(2) { "yes" } else { "no" });
            }
            fs::write(data.path().join(name), table).unwrap();
        }
        Place { encoder: folder(family), data }
    }

    fn recipe(&self, methods: &str, epochs: usize) -> Recipe {
        let encoder = self.encoder.path().display().to_string();
        let text = format!(
            "(title: \"t\", seed: 4, transfer: Text(source: Encoder(folder: \"{encoder}\"),
              task: Files(train: \"train.tsv\", test: \"test.tsv\", text: \"text\", label: \"label\"), head: Average),
              methods: {methods}, labels: [40], seeds: 1, training: (epochs: {epochs}, learning_rate: 0.01, patience: 99))"
        );
        Recipe::parse(&text, &self.data.path().join("recipe.ron")).unwrap()
    }

    fn ended(&self, methods: &str) -> Worker {
        let worker = worker::start(2).unwrap();
        let (recipe, folder) = (Box::new(self.recipe(methods, 6)), self.data.path().join("session"));
        worker.commands.send(Command::Start { recipe, folder }).unwrap();
        until(&worker, finished);
        worker
    }
}

/// The answer to a question, or why there is none.
fn ask(worker: &Worker, question: Question) -> Result<Answer, String> {
    worker.commands.send(Command::Ask { id: 7, question }).unwrap();
    let mut found = None;
    until(worker, |event| {
        if let Event::Answer { id: 7, answer } = event {
            found = Some(match answer {
                Answer::Unknown(why) => Err(why.clone()),
                answer => Ok(answer.clone()),
            });
        }
        found.is_some()
    });
    found.unwrap()
}

fn attention(worker: &Worker, run: usize, layer: usize, head: Option<usize>) -> Result<Attention, String> {
    let text = "w2 w11 w7".to_string();
    match ask(worker, Question::Attention { run, text, layer, head })? {
        Answer::Attention(found) => Ok(*found),
        other => panic!("{other:?}"),
    }
}

#[test]
fn attention_is_that_of_the_runs_own_encoder() {
    for family in ["bert", "mpnet"] {
        let place = Place::new(family);
        let published = PublishedEncoder::read(place.encoder.path()).unwrap();
        let worker = place.ended("[Scratch, Frozen, FineTuned, Mean]");
        let ids = published.ids("w2 w11 w7").unwrap();
        let expected = |layer, head| published.model.attention(&ids, layer, head, &mut Tape::default());
        let [scratch, frozen, tuned, mean] = [0, 1, 2, 3];
        let found = attention(&worker, frozen, 0, Some(1)).unwrap();
        assert_eq!((found.layer, found.head), ((0, 2), (Some(1), 2)));
        assert_eq!(found.tokens, ["w2", "w11", "w7"]);
        assert_eq!(found.probabilities, expected(0, Some(1)));
        // Beyond the last layer and head.
        let last = attention(&worker, frozen, usize::MAX, Some(9)).unwrap();
        assert_eq!((last.layer, last.head), ((1, 2), (None, 2)));
        assert_eq!(last.probabilities, expected(1, None));
        // The vector of the text reads as its pooling says.
        let p = &last.probabilities;
        let pooled: Vec<f32> = match family {
            "bert" => p[..3].to_vec(),
            _ => (0..3).map(|column| (p[column] + p[3 + column] + p[6 + column]) / 3.0).collect(),
        };
        assert!(last.pooled.iter().zip(&pooled).all(|(a, b)| (a - b).abs() < 1e-6), "{last:?}");
        for run in [scratch, tuned] {
            let own = attention(&worker, run, 1, None).unwrap();
            assert_ne!(own.probabilities, last.probabilities, "{run}");
            let sums = own.probabilities.chunks_exact(3).map(|row| row.iter().sum::<f32>());
            assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        }
        let why = attention(&worker, mean, 0, None).unwrap_err();
        assert!(why.contains("has no sentence encoder"), "{why}");
        let why = attention(&worker, 99, 0, None).unwrap_err();
        assert!(why.contains("has not begun"), "{why}");
        leave(worker);
    }
}

/// The nearest texts once all vectors are known.
fn nearest(worker: &Worker, text: &str, run: Option<usize>) -> NearSentences {
    for _ in 0..200 {
        match ask(worker, Question::Sentences { text: text.into(), run, count: 4 }).unwrap() {
            Answer::Sentences(found) if found.done == found.sample => return *found,
            Answer::Sentences(_) => std::thread::sleep(Duration::from_millis(5)),
            other => panic!("{other:?}"),
        }
    }
    panic!("the vectors are not computed");
}

#[test]
fn the_nearest_training_texts_are_found_by_the_published_encoder_and_by_a_runs_own() {
    let place = Place::new("roberta");
    let worker = place.ended("[Frozen, FineTuned]");
    let published = PublishedEncoder::read(place.encoder.path()).unwrap();
    let vector = |text: &str| published.model.vectors(&[&published.ids(text).unwrap()]);
    let train = texts(60);
    let typed = &train[5];
    let found = nearest(&worker, typed, None);
    assert_eq!((found.sample, found.of, found.steps), (60, 60, None));
    let mut expected: Vec<(f32, &String)> = train
        .iter()
        .map(|text| (vector(text).iter().zip(vector(typed)).map(|(a, b)| a * b).sum(), text))
        .collect();
    expected.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (near, (cosine, _)) in found.list.iter().zip(&expected) {
        assert!((near.similarity - cosine).abs() < 1e-5, "{found:?} {expected:?}");
    }
    assert_eq!((&found.list[0].text, &found.list[0].class[..]), (typed, "no"));
    let tuned = nearest(&worker, typed, Some(1));
    assert_eq!(tuned.steps, Some([None, None]), "the kept parameters");
    assert!((tuned.list[0].similarity - 1.0).abs() < 1e-5 && tuned.list[0].text == *typed, "{tuned:?}");
    let figures = |found: &NearSentences| found.list.iter().map(|near| near.similarity).collect::<Vec<_>>();
    assert_ne!(figures(&tuned), figures(&found));
    // Another text is compared with the same vectors at once.
    assert_eq!(nearest(&worker, &train[8], Some(1)).list[0].text, train[8]);
    let why = ask(&worker, Question::Sentences { text: "w2".into(), run: Some(9), count: 4 }).unwrap_err();
    assert!(why.contains("has not begun"), "{why}");
    leave(worker);
}

#[test]
fn words_contribute_what_leaving_them_out_changes() {
    let place = Place::new("bert");
    let worker = place.ended("[Frozen, FineTuned]");
    let classify = |text: &str| {
        let mut all: Vec<(Vec<f32>, Vec<Word>)> = Vec::new();
        let question = Question::Classify { text: text.into() };
        worker.commands.send(Command::Ask { id: 8, question }).unwrap();
        until(&worker, |event| match event {
            Event::Answer { id: 8, answer: Answer::Classified { guess, last, .. } } => {
                all.push((guess.probabilities.clone(), guess.words.clone()));
                *last
            }
            _ => false,
        });
        all
    };
    let whole = classify("w2 w11 w7");
    let without = ["w11 w7", "w2 w7", "w2 w11"].map(classify);
    for (run, (probabilities, words)) in whole.iter().enumerate() {
        let class = usize::from(probabilities[1] > probabilities[0]);
        let log_odds = |p: &[f32]| f64::from(p[class]).ln() - f64::from(1.0 - p[class]).ln();
        assert_eq!(words.iter().map(|word| &word.text[..]).collect::<Vec<_>>(), ["w2", "w11", "w7"]);
        for (word, without) in words.iter().zip(&without) {
            let change = log_odds(probabilities) - log_odds(&without[run].0);
            assert!((f64::from(word.contribution) - change).abs() < 1e-3, "{run}: {word:?} {change}");
        }
        assert!(words.iter().any(|word| word.contribution.abs() > 1e-3), "{words:?}");
    }
    leave(worker);
}

#[test]
fn the_drift_of_layers_is_recorded_while_an_encoder_is_fine_tuned() {
    let place = Place::new("distilbert");
    let recipe = place.recipe("[Scratch, Frozen, FineTuned, GradualUnfreezing]", 40);
    let drifts = |threads: usize| -> Vec<LayerDrift> {
        let records = whole(recipe.clone(), place.data.path().join(format!("s{threads}")), threads);
        let found = |record| if let Record::LayerDrift(found) = record { Some(found) } else { None };
        records.into_iter().filter_map(found).collect()
    };
    let found = drifts(1);
    assert_eq!(found, drifts(3));
    for run in [2, 3] {
        let own: Vec<&LayerDrift> = found.iter().filter(|drift| drift.run == run).collect();
        // At most every third of forty epochs, and the kept parameters.
        assert!((2..=14).contains(&own.len()), "{}", own.len());
        let (last, before) = own.split_last().unwrap();
        assert!(last.kept && before.iter().all(|drift| !drift.kept));
        assert!(before.windows(2).all(|pair| pair[0].step < pair[1].step));
        assert!(last.texts.0 == 16 && last.layers.len() == 3);
        let furthest = before.last().unwrap();
        assert!(furthest.layers.iter().all(|layer| layer.change > 0.0 && layer.cosine < 1.0), "{furthest:?}");
    }
    // Only the highest layer moves at first when layers are unfrozen one by one.
    let first = found.iter().find(|drift| drift.run == 3).unwrap();
    assert_eq!((first.layers[0].change, first.layers[0].cosine), (0.0, 1.0), "{first:?}");
    assert!(found.iter().all(|drift| drift.run >= 2), "what is fixed or begins at random has no drift");
}
