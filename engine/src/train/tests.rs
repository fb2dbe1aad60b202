//! Tests of the training thread through its protocol, as front ends use it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::session::choices::{Closeness, Grouped, Layout};
use crate::session::log;
use crate::session::method::{Baseline, DocumentVector, Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::record::{Entry, Record, Stage, TEST};
use crate::session::text_source::TextSource;
use crate::train::protocol::command::{Command, Question};
use crate::train::protocol::event::{Answer, Event, State};

use super::worker::{self, Worker};

mod class_weights;
mod encoders;
mod forking;
mod halved;
mod kept_images;
mod label_audit;
mod labelling;
mod language;
mod steering;
mod surveys;
mod tuning;
mod typed;
mod words;

/// A small session with all kinds of records.
fn recipe(head: &str, strategies: &str) -> Recipe {
    let text = format!(
        "(title: \"t\", seed: 3, transfer: Text(source: SkipGram(corpus: Demo(reviews: 600), dim: 12, epochs: 1, min_count: 2), task: Demo(train: 300, test: 60), head: {head}, benchmarks: (similarity: [\"demo\"], analogies: \"demo\")), methods: {strategies}, labels: [40, 80], seeds: 2,
          training: (epochs: 4))"
    );
    Recipe::parse(&text, Path::new("/recipe.ron")).unwrap()
}

/// The same session with all document vectors and baselines besides the frozen strategy.
fn every_method() -> Recipe {
    let mut recipe = recipe("Average", "[Frozen]");
    recipe.methods.extend(DocumentVector::ALL.map(Method::from));
    recipe.methods.extend([Baseline::TfIdf, Baseline::Nbsvm].map(Method::from));
    recipe
}

/// Waits until `done` is true, and returns all entries that came meanwhile. A missing event is a failure after a time
/// limit. The limit applies to all events together, because an idle thread still sends its status.
fn until(worker: &Worker, mut done: impl FnMut(&Event) -> bool) -> Vec<Entry> {
    let mut entries = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let event = worker.events.recv_deadline(deadline).expect("what was waited for");
        if let Event::Failed(why) = &event {
            panic!("{why}");
        }
        let over = done(&event);
        if let Event::Entries(more) = event {
            entries.extend(more);
        }
        if over {
            return entries;
        }
    }
}

fn finished(event: &Event) -> bool {
    matches!(event, Event::Status(status) if status.state == State::Finished)
}

fn leave(worker: Worker) {
    worker.commands.send(Command::Quit).unwrap();
    let events = worker.events;
    let reader = std::thread::spawn(move || events.iter().count());
    worker.thread.join().unwrap();
    reader.join().unwrap();
}

/// Runs a whole session, and returns the records of its log without times.
fn whole(recipe: Recipe, folder: PathBuf, threads: usize) -> Vec<Record> {
    let worker = worker::start(threads).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(recipe), folder: folder.clone() }).unwrap();
    until(&worker, finished);
    leave(worker);
    log::read(&folder).unwrap().entries.iter().map(|entry| entry.record.without_times()).collect()
}

#[test]
fn the_same_seed_gives_the_same_records_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let heads = [
        "Average",
        "Rnn(hidden: 5, pooling: Max)",
        "Lstm(hidden: 8)",
        "Gru(hidden: 6, bidirectional: true)",
        "Cnn(widths: [2, 3], filters: 8)",
    ];
    let mut recipes: Vec<Recipe> =
        heads.iter().map(|head| recipe(head, "[Scratch, Frozen, FineTuned, TfIdf]")).collect();
    recipes.push(every_method());
    for (number, recipe) in recipes.into_iter().enumerate() {
        let runs: Vec<Vec<Record>> = [1, 2, 4]
            .map(|threads| whole(recipe.clone(), folder.path().join(format!("{number}-{threads}")), threads))
            .to_vec();
        assert!(runs[0].iter().any(|r| matches!(r, Record::Evaluation(e) if e.set == TEST)));
        assert!(runs[0].contains(&Record::Stage(Stage::Finished)));
        let own = |run: &&Record| matches!(run, Record::Quality(q) if q.run.is_some());
        let coverage = |record: &&Record| matches!(record, Record::ByCoverage(_));
        // All four methods run in the recipes with a head; one of the four is fine-tuned.
        if number < heads.len() {
            assert_eq!(runs[0].iter().filter(own).count(), 2 * 4);
            assert_eq!(runs[0].iter().filter(coverage).count(), 4 * 4);
        }
        for other in &runs[1..] {
            for (one, other) in runs[0].iter().zip(other) {
                assert_eq!(one, other);
            }
            assert_eq!(runs[0].len(), other.len());
        }
    }
}

#[test]
fn questions_and_commands_are_answered_while_training() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker::start(2).unwrap();
    let mut recipe = recipe("Lstm(hidden: 32)", "[Scratch, FineTuned, TfIdf]");
    recipe.training.epochs = Some(10_000);
    recipe.training.patience = Some(10_000);
    worker
        .commands
        .send(Command::Start { recipe: Box::new(recipe), folder: folder.path().join("s") })
        .unwrap();
    until(&worker, |event| matches!(event, Event::Status(status) if status.live.len() > 3));
    let ask = |id, question| worker.commands.send(Command::Ask { id, question }).unwrap();
    let mut took = Vec::new();
    for id in 0..200 {
        let begun = Instant::now();
        ask(id, Question::Neighbours { word: "film".into(), run: None, by: Closeness::Cosine, count: 5 });
        until(
            &worker,
            |event| matches!(event, Event::Answer { id: answered, answer: Answer::Neighbours { .. } } if *answered == id),
        );
        took.push(begun.elapsed());
    }
    // Maps are computed in small parts while training continues.
    for (id, layout) in [(300, Layout::Pca), (301, Layout::Tsne)] {
        ask(id, Question::MapFirst { count: 80, run: None, layout });
        until(
            &worker,
            |event| matches!(event, Event::Answer { id: answered, answer: Answer::Map(map) } if *answered == id && map.len() == 80),
        );
    }
    ask(302, Question::OddOneOut { words: ["film", "movie", "soup"].map(String::from).to_vec(), run: None });
    until(&worker, |event| match event {
        Event::Answer { id: 302, answer: Answer::Neighbours { word, list, .. } } => {
            assert!(word == "film, movie, soup" && list.len() == 3);
            true
        }
        _ => false,
    });
    // Clusters are computed while training continues. Of the questions that come meanwhile only the last is answered.
    let ways =
        [(310, Grouped::ALL[0], None), (311, Grouped::ALL[1], Some(7)), (312, Grouped::COUNTS, Some(3))];
    for (id, by, k) in ways {
        ask(id, Question::Clusters { by, k, run: None });
    }
    let (mut found, mut put_off) = (Vec::new(), 0);
    until(&worker, |event| {
        match event {
            Event::Answer { id, answer: Answer::Clusters(clusters) } => {
                assert_eq!((clusters.documents, clusters.of), (300, 300));
                assert_eq!(clusters.clusters.iter().map(|cluster| cluster.size).sum::<usize>(), 300);
                assert!(clusters.purity.unwrap() >= 0.5 && clusters.table.lines().count() == 301);
                assert!(
                    clusters.clusters.iter().all(|c| c.words.len() > 1 && c.nearest.len() == 3.min(c.size))
                );
                found.push((*id, clusters.clusters.len()));
            }
            Event::Answer { id: 310..=312, answer: Answer::Unknown(why) } => {
                assert!(why.contains("meanwhile"), "{why}");
                put_off += 1;
            }
            _ => {}
        }
        found.len() + put_off == 3
    });
    assert!(found.contains(&(312, 3)), "{found:?}");
    let mistyped =
        Question::Neighbours { word: "filn - soup".into(), run: None, by: Closeness::Dot, count: 5 };
    ask(303, mistyped);
    until(&worker, |event| match event {
        Event::Answer { id: 303, answer: Answer::Unknown(why) } => {
            assert!(why.contains("\"filn\" has no vector; \"film\" has one"), "{why}");
            true
        }
        _ => false,
    });
    took.sort();
    eprintln!("answers: median {:?}, p99 {:?}", took[100], took[197]);

    ask(900, Question::Classify { text: "Not a good film, \u{1b}[31m boring".into() });
    let mut guesses = 0;
    until(&worker, |event| match event {
        Event::Answer { id: 900, answer: Answer::Classified { guess, last, .. } } => {
            guesses += 1;
            assert_eq!(guess.probabilities.len(), 2);
            assert!((guess.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
            *last
        }
        _ => false,
    });
    assert!(guesses >= 4);
    worker.commands.send(Command::Pause).unwrap();
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Paused));
    worker.commands.send(Command::LearningRate { run: None, factor: 0.5 }).unwrap();
    // Between two epochs there are rounds of evaluations only, and a single step does not end with such a round.
    for _ in 0..40 {
        worker.commands.send(Command::Step).unwrap();
        until(
            &worker,
            |event| matches!(event, Event::Entries(entries) if entries.iter().any(|e| matches!(e.record, Record::Step(_)))),
        );
    }
    worker.commands.send(Command::Continue).unwrap();
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Running));
    worker.commands.send(Command::StopRun(0)).unwrap();
    until(
        &worker,
        |event| matches!(event, Event::Entries(entries) if entries.iter().any(|e| matches!(&e.record, Record::RunEnd(end) if end.run == 0))),
    );
    leave(worker);
}

fn has(event: &Event, wanted: fn(&Record) -> bool) -> bool {
    matches!(event, Event::Entries(entries) if entries.iter().any(|entry| wanted(&entry.record)))
}

#[test]
fn the_models_of_a_finished_session_answer_again_once_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s");
    let strategies = "[Scratch, Frozen, FineTuned, TfIdf]";
    for (name, recipe, answers) in [
        ("Average", recipe("Average", strategies), 16),
        ("Lstm", recipe("Lstm(hidden: 8)", strategies), 16),
        ("Cnn", recipe("Cnn()", strategies), 16),
        ("every method", every_method(), 32),
    ] {
        let session = session.with_extension(name);
        let before = whole(recipe, session.clone(), 2);
        let worker = worker::start(2).unwrap();
        worker.commands.send(Command::Resume { folder: session.clone() }).unwrap();
        until(&worker, finished);
        let ask = |id, question| worker.commands.send(Command::Ask { id, question }).unwrap();
        ask(1, Question::Classify { text: "not a good film".into() });
        let mut guesses = 0;
        until(&worker, |event| match event {
            Event::Answer { id: 1, answer: Answer::Classified { last, guess, .. } } => {
                guesses += 1;
                assert!((guess.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
                assert_ne!(guess.probabilities[0], guess.probabilities[1], "{name}: not learned");
                assert_eq!(guess.words.len(), 4);
                assert!(guess.words.iter().any(|word| word.contribution != 0.0), "{name}: {guess:?}");
                *last
            }
            _ => false,
        });
        assert_eq!(guesses, answers, "{name}");
        ask(2, Question::Neighbours { word: "film".into(), run: None, by: Closeness::Cosine, count: 3 });
        until(&worker, |event| matches!(event, Event::Answer { id: 2, answer: Answer::Neighbours { .. } }));
        leave(worker);
        // The questions caused no training.
        let after = log::read(&session).unwrap().entries;
        let steps = |records: &mut dyn Iterator<Item = &Record>| {
            records.filter(|r| matches!(r, Record::Step(_))).count()
        };
        assert_eq!(steps(&mut after.iter().map(|entry| &entry.record)), steps(&mut before.iter()), "{name}");
    }
}

#[test]
fn a_resumed_session_finds_the_examples_of_every_cell_of_its_matrices() {
    const MAP: u64 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let strategies = "[Scratch, Frozen, FineTuned, TfIdf]";
    let images = "(title: \"t\", seed: 3, transfer: Images(source: Classifier(set: Demo(letters: 520), epochs: 1), task: DemoDigits, head: Layers(new: 1)), labels: [40], seeds: 1, methods: [Scratch, Frozen, FineTuned, Pixels], training: (epochs: 2))";
    for (number, recipe) in [
        recipe("Average", strategies),
        recipe("Lstm(hidden: 8)", strategies),
        every_method(),
        Recipe::parse(images, Path::new("/recipe.ron")).unwrap(),
    ]
    .into_iter()
    .enumerate()
    {
        let is_images = recipe.images().is_some();
        let session = folder.path().join(number.to_string());
        let records = whole(recipe, session.clone(), 2);
        let worker = worker::start(2).unwrap();
        worker.commands.send(Command::Resume { folder: session.clone() }).unwrap();
        until(&worker, finished);
        let tests = records.iter().filter_map(|record| match record {
            Record::Evaluation(evaluation) if evaluation.set == TEST => Some(evaluation),
            _ => None,
        });
        let mut cells: u64 = 0;
        for evaluation in tests {
            let classes = evaluation.confusion.len();
            for (truth, guess) in (0..classes).flat_map(|truth| (0..classes).map(move |guess| (truth, guess)))
            {
                let (run, set, count, id) = (evaluation.run, TEST.to_string(), usize::MAX, cells);
                let question = match is_images {
                    true => Question::Mistakes { run, set, truth, guess, count },
                    false => Question::Examples { run, set, truth, guess, count },
                };
                // A map that is drawn meanwhile takes nothing away.
                if !is_images && cells == 0 {
                    let map = Question::MapFirst { count: 20, run: None, layout: Layout::Pca };
                    worker.commands.send(Command::Ask { id: MAP, question: map }).unwrap();
                }
                worker.commands.send(Command::Ask { id, question }).unwrap();
                let mut sure: Vec<f32> = Vec::new();
                until(&worker, |event| {
                    let Event::Answer { id: answered, answer } = event else { return false };
                    if *answered == MAP {
                        return false;
                    }
                    assert_eq!(*answered, id);
                    sure = match answer {
                        Answer::Examples(list) => list.iter().map(|example| example.confidence).collect(),
                        Answer::Mistakes(list) => list.iter().map(|mistake| mistake.confidence).collect(),
                        other => panic!("{number}: {other:?}"),
                    };
                    true
                });
                assert_eq!(sure.len() as u64, evaluation.confusion[truth][guess], "{number}: run {run}");
                assert!(sure.is_sorted_by(|a, b| a >= b));
                cells += 1;
            }
        }
        assert!(cells >= 4 * 3, "{number}: {cells}");
        leave(worker);
        // A repeated evaluation adds no record that the log has already.
        let after = log::read(&session).unwrap().entries;
        let evaluations = |records: &mut dyn Iterator<Item = &Record>| {
            records.filter(|record| matches!(record, Record::Evaluation(_))).count()
        };
        let told = evaluations(&mut records.iter());
        assert_eq!(evaluations(&mut after.iter().map(|entry| &entry.record)), told, "{number}");
    }
}

#[test]
fn document_vectors_and_baselines_stand_in_the_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let records = whole(every_method(), folder.path().join("s"), 2);
    let Some(Record::Comparison(comparison)) =
        records.iter().find(|record| matches!(record, Record::Comparison(_)))
    else {
        panic!("no comparison")
    };
    let methods: Vec<Method> = comparison.rows.iter().take(8).map(|row| row.method).collect();
    let expected = [
        Method::Strategy(Strategy::Frozen),
        Method::DocumentVector(DocumentVector::Mean),
        Method::DocumentVector(DocumentVector::TfIdfMean),
        Method::DocumentVector(DocumentVector::Sif),
        Method::DocumentVector(DocumentVector::Max),
        Method::DocumentVector(DocumentVector::MeanMax),
        Method::Baseline(Baseline::TfIdf),
        Method::Baseline(Baseline::Nbsvm),
    ];
    assert_eq!((methods, comparison.rows.len()), (expected.to_vec(), 16));
    assert!(comparison.differences.iter().any(|d| d.left == Method::DocumentVector(DocumentVector::Sif)
        && d.right == Method::Baseline(Baseline::Nbsvm)));
    assert!(comparison.savings.is_empty());
}

#[test]
fn phrases_of_the_vectors_are_read_as_words_by_all_but_the_baselines() {
    let folder = tempfile::tempdir().unwrap();
    let mut recipe = recipe("Average", "[Scratch, Frozen, FineTuned, TfIdf]");
    let (TextSource::SkipGram(options) | TextSource::Cbow(options)) =
        recipe.text_mut().unwrap().source.as_mut().unwrap()
    else {
        panic!()
    };
    (options.phrases, options.phrase_threshold) = (2, 20.0);
    let session = folder.path().join("s");
    let records = whole(recipe.clone(), session.clone(), 2);
    let joined = records.iter().find_map(|record| match record {
        Record::Coverage(coverage) => coverage.joined.clone(),
        _ => None,
    });
    let joined = joined.expect("phrases");
    assert!(joined.words >= 2 * joined.phrases && joined.words < joined.of && joined.types > 1);
    assert_eq!(records, whole(recipe, folder.path().join("again"), 1));
    // A typed text is read in the same way, also in a resumed session.
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Resume { folder: session }).unwrap();
    until(&worker, finished);
    let phrase = joined.examples[0].0.clone();
    let text = format!("So, {}!", phrase.replace('_', " "));
    worker.commands.send(Command::Ask { id: 1, question: Question::Classify { text } }).unwrap();
    let (mut together, mut apart) = (0, 0);
    until(&worker, |event| match event {
        Event::Answer { id: 1, answer: Answer::Classified { last, guess, .. } } => {
            match guess.words.len() {
                2 => together += usize::from(guess.words[1].text == phrase),
                _ => apart += 1,
            }
            *last
        }
        _ => false,
    });
    // There are three strategies and a baseline, at two budgets with two seeds.
    assert_eq!((together, apart), (12, 4));
    leave(worker);
}

#[test]
fn a_single_step_of_pre_training_tells_a_point() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker::start(2).unwrap();
    let (recipe, folder) = (Box::new(recipe("Average", "[Frozen]")), folder.path().join("s"));
    worker.commands.send(Command::Start { recipe, folder }).unwrap();
    worker.commands.send(Command::Pause).unwrap();
    worker.commands.send(Command::Step).unwrap();
    until(&worker, |event| has(event, |record| matches!(record, Record::Pretrain(_))));
    leave(worker);
}

#[test]
fn a_panic_becomes_a_sentence_and_the_session_goes_on_from_what_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s");
    let mut asked = recipe("Lstm(hidden: 4)", "[Scratch, Frozen, TfIdf]");
    asked.training.epochs = Some(10_000);
    asked.training.patience = Some(10_000);
    let worker = worker::start(2).unwrap();
    let tell = |command| worker.commands.send(command).unwrap();
    tell(Command::Start { recipe: Box::new(asked), folder: session.clone() });
    // The baselines of the first budget end soon, and what they keep would be new files after the stop. The other runs
    // never end, so nothing of the second budget begins.
    let mut baselines = 0;
    until(&worker, |event| {
        let Event::Entries(entries) = event else { return false };
        baselines += entries.iter().filter(|entry| matches!(entry.record, Record::RunEnd(_))).count();
        baselines == 2
    });
    // An answer that panics becomes a message, and training continues.
    tell(Command::Ask { id: 5, question: Question::Panic });
    until(&worker, |event| match event {
        Event::Answer { id: 5, answer: Answer::Unknown(why) } => {
            assert!(why.contains("as the test asked"), "{why}");
            true
        }
        _ => false,
    });
    until(&worker, |event| has(event, |record| matches!(record, Record::Step(_))));
    tell(Command::Stop);
    until(&worker, |event| has(event, |record| matches!(record, Record::Stage(Stage::Stopped))));
    let saved = files(&session);
    tell(Command::Resume { folder: session.clone() });
    until(&worker, |event| has(event, |record| matches!(record, Record::Resumed { .. })));
    // A step that panics ends the session, and nothing that was saved is changed.
    tell(Command::Panic);
    let why = loop {
        if let Event::Failed(why) = worker.events.recv_timeout(Duration::from_secs(60)).unwrap() {
            break why;
        }
    };
    let resume = format!("`warmstart resume {}`", session.display());
    assert!(why.contains("as the test asked") && why.contains(&resume), "{why}");
    let kept = files(&session);
    // Two kinds of files differ: the lock has its time, and the checkpoint of finished pre-training is saved again on
    // resuming.
    let kept = kept.iter().filter(|(name, _)| !name.contains("pretraining") && !name.ends_with("lock"));
    for (name, bytes) in kept {
        let before = saved.get(name).unwrap_or_else(|| panic!("{name} is new"));
        assert!(
            if name.ends_with("log.ron") { bytes.starts_with(before) } else { bytes == before },
            "{name}"
        );
    }
    // The thread still runs, and can resume the session.
    tell(Command::Resume { folder: session.clone() });
    until(&worker, |event| has(event, |record| matches!(record, Record::Step(_))));
    tell(Command::Quit);
    let events = worker.events;
    let reader = std::thread::spawn(move || events.iter().count());
    assert_eq!(worker.thread.join().unwrap(), Some(worker::Left { folder: session, finished: false }));
    reader.join().unwrap();
}

/// Every file of a session with its bytes.
fn files(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let (mut folders, mut files) = (vec![folder.to_path_buf()], std::collections::BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            match item.unwrap().path() {
                path if path.is_dir() => folders.push(path),
                path => drop(files.insert(path.display().to_string(), std::fs::read(&path).unwrap())),
            }
        }
    }
    files
}
