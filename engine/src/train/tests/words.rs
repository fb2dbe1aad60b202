//! Questions about words: where they stand in the corpus, axes, moments; and about two runs.

use std::fs;

use crate::session::concordance::{Coming, Concordance, Extent};
use crate::session::history::History;
use crate::session::pretraining::Corpus;
use crate::text::concordance::sampler::USUAL;

use super::*;

/// Asks a question, and returns its first answer.
fn answer(worker: &Worker, id: u64, question: Question) -> Answer {
    worker.commands.send(Command::Ask { id, question }).unwrap();
    let mut found = None;
    until(worker, |event| match event {
        Event::Answer { id: of, answer } if *of == id => {
            found = Some(answer.clone());
            true
        }
        _ => false,
    });
    found.unwrap()
}

/// Asks until nothing more is to come, as the screen does.
fn found(worker: &Worker, words: &[&str]) -> Concordance {
    let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    let deadline = Instant::now() + Duration::from_secs(300);
    for id in 1_000.. {
        match answer(worker, id, Question::Concordance { words: words.clone(), count: 20 }) {
            Answer::Concordance(found) if found.coming == Coming::Nothing => return *found,
            Answer::Concordance(_) => assert!(Instant::now() < deadline, "the corpus is read without end"),
            other => panic!("{other:?}"),
        }
    }
    unreachable!()
}

#[test]
fn words_are_found_in_a_corpus_of_which_only_a_sample_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corpus.txt");
    let line = |n: usize| match n % 10_000 {
        77 => format!("A Curious thing, number {n}\n"),
        _ => format!("the film was {} and long\n", ["good", "bad", "fine"][n % 3]),
    };
    let lines = USUAL + 20_000;
    fs::write(&path, (0..lines).map(line).collect::<String>()).unwrap();
    let mut recipe = recipe("Average", "[Frozen]");
    if let TextSource::SkipGram(asked) = recipe.text_mut().unwrap().source.as_mut().unwrap() {
        asked.corpus = Corpus::File(path);
        asked.window = 2;
    }
    let worker = worker::start(2).unwrap();
    let folder = folder.path().join("s");
    worker.commands.send(Command::Start { recipe: Box::new(recipe), folder }).unwrap();
    // The corpus is read while training goes on.
    let frequent = found(&worker, &["film"]);
    assert_eq!((frequent.extent, frequent.passages, frequent.of), (Extent::Sample, 20_000, lines as u64));
    assert_eq!((frequent.lines.len(), frequent.window), (20, 2));
    assert!(frequent.corpus.ends_with("corpus.txt"), "{}", frequent.corpus);
    // A word that is rare in the sample is searched for in all of the corpus.
    let rare = found(&worker, &["curious"]);
    assert_eq!((rare.extent, rare.occurrences.clone(), rare.passages), (Extent::Searched, vec![4], 4));
    let passages: Vec<u64> = rare.lines.iter().map(|line| line.passage).collect();
    assert_eq!(passages, [77, 10_077, 20_077, 30_077]);
    assert_eq!(rare.lines[0].keyword, "Curious");
    let shared = found(&worker, &["good", "bad"]);
    let contexts: Vec<&str> = shared.shared.iter().map(|context| context.word.as_str()).collect();
    assert!(shared.cosine.unwrap() > 0.9, "{:?}", shared.shared);
    assert!(contexts.contains(&"long") && contexts.contains(&"film"), "{contexts:?}");
    until(&worker, finished);
    // The same questions have the same answers.
    assert_eq!(found(&worker, &["curious"]), rare);
    assert_eq!(found(&worker, &["good", "bad"]), shared);
    leave(worker);
}

#[test]
fn a_corpus_that_cannot_be_read_is_told_and_training_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = folder.path().join("vectors.txt");
    fs::write(&vectors, "3 2\nfilm 1 0\ngood 0 1\nbad 1 1\n").unwrap();
    let mut recipe = recipe("Average", "[Frozen, FineTuned]");
    let text = recipe.text_mut().unwrap();
    text.source = Some(TextSource::Vectors { file: vectors, limit: None });
    text.benchmarks = Default::default();
    let worker = worker::start(1).unwrap();
    let session = folder.path().join("s");
    worker.commands.send(Command::Start { recipe: Box::new(recipe), folder: session }).unwrap();
    // Published vectors have no corpus here, so the texts of the task stand for it.
    let of_task = found(&worker, &["film"]);
    assert_eq!((of_task.extent, &of_task.corpus[..]), (Extent::Whole, "the texts of the task"));
    assert!(of_task.passages >= 300 && !of_task.lines.is_empty());
    until(&worker, finished);
    leave(worker);
}

#[test]
fn axes_moments_and_two_runs_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker::start(2).unwrap();
    let recipe = recipe("Average", "[Scratch, FineTuned, TfIdf]");
    let session = folder.path().join("s");
    worker.commands.send(Command::Start { recipe: Box::new(recipe), folder: session }).unwrap();
    // Training waits here: on a busy machine it would be over before the moment is kept.
    worker.commands.send(Command::Step).unwrap();
    until(&worker, |event| has(event, |record| matches!(record, Record::Pretrain(_))));
    let moments = |id, run| {
        let asked =
            Question::NeighboursOfMoments { word: "film".into(), run, by: Closeness::Cosine, count: 10 };
        match answer(&worker, id, asked) {
            Answer::NeighboursOfMoments(lists) => *lists,
            other => panic!("{other:?}"),
        }
    };
    assert!(moments(1, None).iter().all(Result::is_err), "nothing is kept yet");
    let Answer::MomentKept(words) = answer(&worker, 2, Question::KeepMoment { run: None }) else { panic!() };
    assert!(words > 100);
    worker.commands.send(Command::Continue).unwrap();
    until(&worker, finished);
    let [then, now] = moments(3, None).map(Result::unwrap);
    assert!(then.len() == 10 && now.len() == 10 && then != now);
    // The same vectors twice have the same neighbours.
    answer(&worker, 4, Question::KeepMoment { run: None });
    let [then, now] = moments(5, None).map(Result::unwrap);
    assert_eq!(then, now);

    let axes = Question::Axes {
        x: "good - bad".into(),
        y: "film".into(),
        words: ["film", "soup", "zzzz"].map(String::from).to_vec(),
        run: None,
    };
    let Answer::Axes(found) = answer(&worker, 6, axes) else { panic!() };
    assert_eq!((found.places.len(), &found.missing[..]), (2, &["zzzz".to_string()][..]));
    assert!((found.places[0].2 - 1.0).abs() < 1e-5 && found.places.iter().all(|p| p.1.abs() <= 1.0));

    let disagree = |id, runs| match answer(
        &worker,
        id,
        Question::Disagreements { runs, kept: false, set: TEST.into(), count: 100 },
    ) {
        Answer::Disagreements(found) => *found,
        other => panic!("{other:?}"),
    };
    let same = disagree(7, [1, 1]);
    assert_eq!((same.of, same.list.len(), same.only, same.neither), (60, 0, [0, 0], 0));
    let pairs = (0..12).flat_map(|a| (a + 1..12).map(move |b| [a, b]));
    let pair = pairs.clone().find(|pair| !disagree(8, *pair).list.is_empty()).expect("runs that disagree");
    let found = disagree(8, pair);
    let [only, other] = found.only;
    assert_eq!(found.list.len(), only + other + found.neither);
    let mirrored = disagree(9, [pair[1], pair[0]]);
    assert_eq!((mirrored.only, mirrored.neither), ([other, only], found.neither));
    for example in &found.list {
        assert!(example.guesses[0] != example.guesses[1] && !example.text.is_empty());
    }
    // What was kept of a run is compared with what it says now.
    let kept = answer(&worker, 20, Question::KeepAnswers { run: pair[1] });
    assert!(matches!(&kept, Answer::AnswersKept(sets) if sets.contains(&TEST.to_string())), "{kept:?}");
    let against_kept = Question::Disagreements { runs: pair, kept: true, set: TEST.into(), count: 100 };
    assert_eq!(answer(&worker, 21, against_kept), Answer::Disagreements(Box::new(found.clone())));
    let not_kept =
        Question::Disagreements { runs: [pair[1], pair[0]], kept: true, set: TEST.into(), count: 9 };
    assert!(matches!(answer(&worker, 22, not_kept), Answer::Unknown(_)));
    // Both runs explain an example, and no others do.
    let question = Question::Explain { runs: pair.to_vec(), text: found.list[0].text.clone() };
    worker.commands.send(Command::Ask { id: 10, question }).unwrap();
    let mut explained = Vec::new();
    until(&worker, |event| match event {
        Event::Answer { id: 10, answer: Answer::Classified { run, guess, last } } => {
            assert!(!guess.words.is_empty());
            explained.push(*run);
            *last
        }
        _ => false,
    });
    explained.sort_unstable();
    assert_eq!(explained, pair);
    leave(worker);
}

#[test]
fn questions_are_about_the_source_that_the_history_shows() {
    let text = "(title: \"t\", transfer: Text(sources: {\"little\": SkipGram(corpus: Demo(reviews: 200), dim: 8, epochs: 1, min_count: 2), \
                \"much\": SkipGram(corpus: Demo(reviews: 600), dim: 8, epochs: 1, min_count: 2)}, \
                task: Demo(train: 200, test: 40), head: Average), methods: [Frozen], labels: [40], seeds: 1, training: (epochs: 1))";
    let recipe = Recipe::parse(text, Path::new("/recipe.ron")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let worker = worker::start(2).unwrap();
    let command = Command::Start { recipe: Box::new(recipe), folder: folder.path().join("s") };
    worker.commands.send(command).unwrap();
    let entries = until(
        &worker,
        |event| matches!(event, Event::Status(status) if status.state == crate::train::protocol::event::State::Finished),
    );
    let history = History::of(entries);
    let near = |id| {
        let word = "good".to_string();
        let question = Question::Neighbours { word, run: None, by: Closeness::Cosine, count: 10 };
        match answer(&worker, id, question) {
            Answer::Neighbours { list, .. } => list,
            other => panic!("{other:?}"),
        }
    };
    let at_first = near(1);
    for place in 0..2 {
        worker.commands.send(Command::ShowSource(place)).unwrap();
        let chosen = near(2 + place as u64);
        assert_eq!(chosen == at_first, place == history.shown_source(), "source {place}");
    }
}
