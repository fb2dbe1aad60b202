//! What is done by hand while a session runs is in its log with the moment from which it counts, so that it can be repeated to
//! the same bits: by a session that was killed, and by another one.

use std::fs;

use crate::models::sentence_encoder::tests::folders;
use crate::session::history::History;
use crate::session::note::{Note, Rerun};
use crate::session::record::Outcome;
use crate::session::repeated::Repeated;
use crate::session::steering::{Addition, Moment};

use super::kept_images;
use super::*;

/// A session that takes long enough to be steered.
fn long(source: &str, methods: &str, more: &str) -> Recipe {
    let text = format!(
        "(title: \"t\", seed: 3, transfer: Text(source: {source}, task: Demo(train: 300, test: 60), head: Gru(hidden: 6)),
          methods: {methods}, labels: [40], seeds: 2, training: (epochs: 80, patience: 80){more})"
    );
    Recipe::parse(&text, Path::new("/recipe.ron")).unwrap()
}

const SKIP_GRAM: &str = "SkipGram(corpus: Demo(reviews: 4000), dim: 12, epochs: 3, min_count: 2)";

fn history(folder: &Path) -> History {
    History::of(log::read(folder).unwrap().entries)
}

/// Waits until the run has made so many steps.
fn until_step(worker: &Worker, run: usize, step: u64) {
    until(worker, |event| {
        let is_there =
            |entry: &Entry| matches!(&entry.record, Record::Step(p) if p.run == run && p.step >= step);
        matches!(event, Event::Entries(entries) if entries.iter().any(is_there))
    });
}

/// Goes in single steps until the run has made so many, so that it cannot be over before something is done to it.
fn step_to(worker: &Worker, run: usize, step: u64) {
    let deadline = Instant::now() + Duration::from_secs(300);
    let mut found = false;
    while !found {
        assert!(Instant::now() < deadline, "step {step} of run {run} was waited for");
        send(worker, Command::Step);
        let pause = Instant::now() + Duration::from_millis(20);
        while let Ok(event) = worker.events.recv_deadline(pause) {
            if let Event::Failed(why) = &event {
                panic!("{why}");
            }
            let is_there =
                |entry: &Entry| matches!(&entry.record, Record::Step(p) if p.run == run && p.step >= step);
            found |= matches!(&event, Event::Entries(entries) if entries.iter().any(is_there));
        }
    }
}

fn send(worker: &Worker, command: Command) {
    worker.commands.send(command).unwrap();
}

fn start(recipe: &Recipe, folder: &Path) -> Worker {
    let worker = worker::start(2).unwrap();
    send(&worker, Command::Start { recipe: Box::new(recipe.clone()), folder: folder.to_path_buf() });
    worker
}

/// Repeats the session in `first`, and says how the results compare.
fn rerun(first: &Path, folder: &Path, threads: usize) -> Repeated {
    let told = history(first);
    let (recipe, acts) = (told.asked.clone().unwrap(), told.acts().cloned().collect());
    let of = Rerun { session: first.to_path_buf(), acts };
    let worker = worker::start(threads).unwrap();
    send(&worker, Command::Rerun { recipe, folder: folder.to_path_buf(), of });
    until(&worker, finished);
    leave(worker);
    let again = history(folder);
    let acts = |history: &History| {
        let mut acts: Vec<String> = history.acts().map(|note| format!("{note:?}")).collect();
        acts.sort();
        acts
    };
    assert_eq!(acts(&told), acts(&again), "everything is done again, and told once");
    assert!(again.acts_to_come().is_empty());
    assert_eq!(parameters(first), parameters(folder));
    Repeated::of(&told, &again)
}

/// The parameters of the runs in their checkpoints.
fn parameters(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let name = |path: String| Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
    let files: Vec<(String, Vec<u8>)> = files(&folder.join("checkpoints"))
        .into_iter()
        .map(|(path, bytes)| (name(path), bytes))
        .filter(|(name, _)| name.starts_with("run-") && name.ends_with(".safetensors"))
        .collect();
    assert!(!files.is_empty());
    files
}

/// Copies a session as it is on the disk, as if its process were killed now.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

fn refused(worker: &Worker, command: Command) -> String {
    send(worker, command);
    let mut why = None;
    until(worker, |event| {
        if let Event::Refused(told) = event {
            why = Some(told.clone());
        }
        why.is_some()
    });
    why.unwrap()
}

#[test]
fn what_was_done_by_hand_is_repeated_to_the_same_bits_after_a_kill_and_by_a_rerun() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let recipe = long(SKIP_GRAM, "[Frozen, FineTuned, TfIdf]", "");
    let session = at("first");
    let worker = start(&recipe, &session);
    send(&worker, Command::Step);
    until(&worker, |event| has(event, |record| matches!(record, Record::Pretrain(_))));
    send(&worker, Command::LearningRate { run: None, factor: 0.5 });
    step_to(&worker, 1, 3);
    send(&worker, Command::LearningRate { run: Some(1), factor: 0.25 });
    let group = |group: &str, frozen| Command::Group { run: 1, group: group.into(), frozen };
    send(&worker, group("embedding", true));
    send(&worker, group("body", true));
    // Without the head, nothing would be trained; and nothing is frozen twice.
    assert!(refused(&worker, group("head", true)).contains("would train nothing"));
    assert!(refused(&worker, group("body", true)).contains("frozen already"));
    assert!(refused(&worker, group("tail", true)).contains("head, body, embedding"));
    assert!(
        refused(&worker, Command::Group { run: 2, group: "head".into(), frozen: true }).contains("TF-IDF")
    );
    step_to(&worker, 1, 30);
    send(&worker, group("body", false));
    send(&worker, Command::StopRun(0));
    send(&worker, Command::Add(Addition::Seeds(1)));
    assert!(refused(&worker, Command::Add(Addition::Budget(recipe.labels[0]))).contains("already"));
    send(&worker, Command::LearningRate { run: None, factor: 2.0 });
    step_to(&worker, 1, 50);
    send(&worker, Command::Pause);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Paused));
    // As after a kill at this place, and as after a stop.
    copy(&session, &at("killed"));
    send(&worker, Command::Stop);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Idle));
    copy(&session, &at("stopped"));
    send(&worker, Command::Resume { folder: session.clone() });
    until(&worker, finished);
    assert!(refused(&worker, Command::Add(Addition::Seeds(1))).contains("complete"));
    leave(worker);

    let first = history(&session);
    assert_eq!(first.acts().count(), 8);
    assert!(first.acts().all(Note::is_repeatable));
    assert_eq!(first.runs.len(), 9, "three methods with three seeds");
    assert_eq!(first.run(0).unwrap().end.as_ref().unwrap().value.outcome, Outcome::Stopped);
    let comparison = first.comparison.as_ref().unwrap();
    assert!(comparison.rows.iter().all(|row| row.values.len() == 3));
    assert!(comparison.by_hand.held.is_some() && comparison.by_hand.runs.is_some());
    let in_pretraining = first.acts().next().unwrap().moments();
    assert!(
        matches!(in_pretraining[..], [Moment::Pretraining { seen, .. }] if seen > 0),
        "{in_pretraining:?}"
    );
    // What is frozen does not move, and what is unfrozen does. The recipe's file is what it was.
    let moved = |layer: &str, steps: std::ops::Range<u64>| {
        let steps = first.run(1).unwrap().steps.iter().filter(move |point| steps.contains(&point.value.step));
        let of = steps.flat_map(|point| &point.value.layers).filter(|norms| norms.layer.contains(layer));
        of.map(|norms| norms.update).fold(0.0, f32::max)
    };
    let begun = first.acts().filter_map(|note| note.on_run(1, None).zip(note.moments().first()));
    let steps: Vec<u64> = begun
        .filter_map(|(_, moment)| if let Moment::Run(at) = moment { Some(at.step) } else { None })
        .collect();
    let (held, thawed) = (steps[2] + 2, steps[3]);
    assert!(moved("gru", 0..held - 2) > 0.0 && moved("gru", held..thawed) == 0.0, "{steps:?}");
    assert!(moved("gru", thawed + 2..u64::MAX) > 0.0 && moved("embedding", held..u64::MAX) == 0.0);
    let file = Recipe::parse_kept(&fs::read_to_string(session.join("recipe.ron")).unwrap(), Path::new("r"));
    assert_eq!(file.unwrap().seeds, 2);

    for name in ["killed", "stopped"] {
        let worker = worker::start(1).unwrap();
        send(&worker, Command::Resume { folder: at(name) });
        until(&worker, finished);
        leave(worker);
        let again = Repeated::of(&first, &history(&at(name)));
        assert!(again.is_same() && again.runs == 9 && again.table == Some(true), "{name}: {again:?}");
        assert_eq!(parameters(&session), parameters(&at(name)), "{name}");
    }
    for threads in [1, 2] {
        let again = rerun(&session, &at(&format!("again-{threads}")), threads);
        assert!(again.is_same() && again.runs == 9 && again.table == Some(true), "{again:?}");
    }
    // The recipe alone gives something else, so the comparison can fail.
    whole(recipe, at("plain"), 2);
    let plain = Repeated::of(&first, &history(&at("plain")));
    assert!(
        !plain.is_same() && plain.differing.iter().any(|(_, what)| what.contains("from step")),
        "{plain:?}"
    );
    // A rerun that is killed, or was stopped, is still one.
    rerun_that_is_stopped(&session, &at("halved"));
}

/// Repeats a session in two parts.
fn rerun_that_is_stopped(first: &Path, folder: &Path) {
    let told = history(first);
    let of = Rerun { session: first.to_path_buf(), acts: told.acts().cloned().collect() };
    let worker = worker::start(2).unwrap();
    send(&worker, Command::Rerun { recipe: told.asked.clone().unwrap(), folder: folder.to_path_buf(), of });
    until_step(&worker, 1, 20);
    send(&worker, Command::Stop);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Idle));
    send(&worker, Command::Resume { folder: folder.to_path_buf() });
    until(&worker, finished);
    leave(worker);
    let again = history(folder);
    assert!(Repeated::of(&told, &again).is_same());
    assert_eq!(again.acts().count(), told.acts().count());
}

/// Freezes (true) and thaws layer groups of the run 0 while it is trained, and repeats that. Groups are counted from the top down; the
/// last act comes in a pause.
fn held_and_repeated(recipe: &Recipe, place: &Path, acts: &[(usize, bool)]) {
    let session = place.join("session");
    let worker = start(recipe, &session);
    step_to(&worker, 0, 2);
    let groups = history(&session).run(0).unwrap().start.groups.clone();
    let act = |number: usize| {
        let (place, frozen) = acts[number];
        let group = groups[place.min(groups.len() - 1)].clone();
        send(&worker, Command::Group { run: 0, group, frozen });
        until(&worker, |event| {
            if let Event::Refused(why) = event {
                panic!("{why}");
            }
            has(event, |record| matches!(record, Record::Note(Note::Group { .. })))
        });
    };
    for number in 0..acts.len() - 1 {
        act(number);
        step_to(&worker, 0, 10 + 8 * number as u64);
    }
    send(&worker, Command::Pause);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Paused));
    act(acts.len() - 1);
    copy(&session, &place.join("killed"));
    send(&worker, Command::Stop);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Idle));
    send(&worker, Command::Resume { folder: session.clone() });
    until(&worker, finished);
    leave(worker);
    let first = history(&session);
    assert_eq!(first.acts().count(), acts.len());
    let worker = worker::start(2).unwrap();
    send(&worker, Command::Resume { folder: place.join("killed") });
    until(&worker, finished);
    leave(worker);
    let killed = Repeated::of(&first, &history(&place.join("killed")));
    assert!(killed.is_same() && killed.runs > 0, "{killed:?}");
    let again = rerun(&session, &place.join("again"), 1);
    assert!(again.is_same(), "{again:?}");
}

#[test]
fn layer_groups_of_networks_are_frozen_and_thawed() {
    // Gradual unfreezing trains the head alone at first.
    let gradual = [(1, false), (0, true), (0, false)];
    for (methods, acts) in [("[FineTuned]", &[(0, true), (0, false)][..]), ("[GradualUnfreezing]", &gradual)]
    {
        let place = tempfile::tempdir().unwrap();
        kept_images::write(&place.path().join("many"), 30);
        kept_images::write(&place.path().join("few"), 16);
        let text = format!(
            "(title: \"t\", transfer: Images(source: Classifier(set: Files(train: \"many\"), size: 12, epochs: 1),
              task: Files(train: \"few\"), head: Layers(new: 1)), methods: {methods}, labels: [24], seeds: 1,
              training: (epochs: 150, patience: 150))"
        );
        let recipe = Recipe::parse(&text, &place.path().join("recipe.ron")).unwrap();
        held_and_repeated(&recipe, place.path(), acts);
    }
}

#[test]
fn layer_groups_of_an_encoder_are_frozen_and_thawed() {
    let place = tempfile::tempdir().unwrap();
    let encoder = folders::folder("bert");
    for (name, count) in [("train.tsv", 60), ("test.tsv", 12)] {
        let rows = super::encoders::texts(count).into_iter().enumerate();
        let row = |(i, text): (usize, String)| {
            format!("{text}\t{}\n", if i.is_multiple_of(2) { "yes" } else { "no" })
        };
        let table: String = std::iter::once("text\tlabel\n".to_string()).chain(rows.map(row)).collect();
        fs::write(place.path().join(name), table).unwrap();
    }
    let text = format!(
        "(title: \"t\", transfer: Text(source: Encoder(folder: \"{}\"),
          task: Files(train: \"train.tsv\", test: \"test.tsv\", text: \"text\", label: \"label\"), head: Average),
          methods: [FineTuned], labels: [40], seeds: 1, training: (epochs: 30, learning_rate: 0.01, patience: 99))",
        encoder.path().display()
    );
    let recipe = Recipe::parse(&text, &place.path().join("recipe.ron")).unwrap();
    held_and_repeated(&recipe, place.path(), &[(9, true), (1, true), (9, false)]);
}

#[test]
fn a_frozen_run_stays_frozen_and_trials_keep_their_layers() {
    let place = tempfile::tempdir().unwrap();
    let source =
        "LanguageModel(corpus: Demo(reviews: 200), dim: 8, hidden: 10, layers: 1, batch_size: 6, epochs: 1)";
    let text = format!(
        "(title: \"t\", transfer: Text(source: {source}, task: Demo(train: 300, test: 60), head: Transferred()),
          methods: [Frozen, FineTuned], labels: [40], seeds: 1, training: (epochs: 10000, patience: 10000))"
    );
    let recipe = Recipe::parse(&text, Path::new("/recipe.ron")).unwrap();
    let worker = start(&recipe, &place.path().join("s"));
    until_step(&worker, 1, 2);
    let groups = {
        let found = history(&place.path().join("s"));
        [0, 1].map(|run| found.run(run).unwrap().start.groups.clone())
    };
    assert_eq!(groups[1], ["head", "layer 1", "embedding"]);
    let group = |run, group: &str, frozen| Command::Group { run, group: group.into(), frozen };
    if groups[0].is_empty() {
        // It is solved at once, so it may be over already.
        let why = refused(&worker, group(0, "layer 1", false));
        assert!(why.contains("no layer groups") || why.contains("is not being trained now"), "{why}");
    } else {
        assert!(refused(&worker, group(0, "layer 1", false)).contains("as it was pre-trained"));
    }
    leave(worker);
}
