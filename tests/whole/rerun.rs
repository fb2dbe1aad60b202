//! A session that was steered by hand is repeated by `rerun` to the same bits, and what differs is said.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use warmstart::session::recipe::Recipe;
use warmstart::session::record::{Entry, Record};
use warmstart::session::steering::Addition;
use warmstart::train::protocol::command::Command;
use warmstart::train::protocol::event::{Event, State};
use warmstart::train::worker::{self, Worker};

use crate::common::Place;

/// Waits until an event is what is wanted.
fn until(worker: &Worker, wanted: impl Fn(&Event) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let event = worker.events.recv_deadline(deadline).expect("what was waited for");
        if let Event::Failed(why) | Event::Refused(why) = &event {
            panic!("{why}");
        }
        if wanted(&event) {
            return;
        }
    }
}

fn is_step(entry: &Entry, run: usize, step: u64) -> bool {
    matches!(&entry.record, Record::Step(point) if point.run == run && point.step >= step)
}

/// Runs `small.ron` into `session`, and steers it as a user of the workbench does: with a learning rate, a frozen layer group, a run
/// that is stopped, and another seed. It is stopped and resumed in between.
fn steer(place: &Place, session: &str) {
    let path = place.path("small.ron");
    let recipe = Recipe::parse(&fs::read_to_string(&path).unwrap(), &path).unwrap();
    let folder = place.path(session);
    let worker = worker::start(2).unwrap();
    let send = |command| worker.commands.send(command).unwrap();
    send(Command::Start { recipe: Box::new(recipe), folder: folder.clone() });
    // Single steps: on a busy machine a run that goes on would be over before anything is done to it.
    let step = |run, step| {
        let deadline = Instant::now() + Duration::from_secs(300);
        let mut found = false;
        while !found {
            assert!(Instant::now() < deadline, "step {step} of run {run} was waited for");
            send(Command::Step);
            let pause = Instant::now() + Duration::from_millis(20);
            while let Ok(event) = worker.events.recv_deadline(pause) {
                if let Event::Failed(why) | Event::Refused(why) = &event {
                    panic!("{why}");
                }
                found |= matches!(&event, Event::Entries(entries) if entries.iter().any(|entry| is_step(entry, run, step)));
            }
        }
    };
    step(2, 2);
    send(Command::LearningRate { run: Some(2), factor: 0.5 });
    send(Command::Group { run: 2, group: "embedding".into(), frozen: true });
    step(2, 12);
    send(Command::Stop);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Idle));
    send(Command::Resume { folder });
    step(2, 16);
    send(Command::StopRun(0));
    send(Command::Add(Addition::Seeds(1)));
    send(Command::Continue);
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Finished));
    send(Command::Quit);
    until(&worker, |event| matches!(event, Event::Bye));
    worker.thread.join().unwrap();
}

#[test]
fn a_steered_session_is_repeated_to_the_same_bits_and_what_differs_is_said() {
    let place = Place::new();
    place.recipe("small.ron", &[("(epochs: 4", "(patience: 60, epochs: 60")]);
    steer(&place, "sessions/first");
    let done = place.run(&["rerun", "first", "--json", "--threads", "1"]).well().json();
    assert_eq!(done["session"], "sessions/first-rerun");
    assert_eq!((&done["same"], &done["acts"], &done["table"]), (&true.into(), &4.into(), &true.into()));
    // Four methods, two budgets, two seeds and the added one.
    assert_eq!((&done["runs"], &done["unended"]), (&24.into(), &0.into()));
    assert!(done["parameters"].as_u64().unwrap() > 0 && done["differing"].as_array().unwrap().is_empty());
    // The rerun of a rerun is one too, and a replay of it tells what was done.
    let told = place.run(&["rerun", "first-rerun", "--out", "third"]).well().stdout;
    assert!(told.contains("with 4 acts by hand") && told.contains("The same bits"), "{told}");
    let told = place.run(&["replay", "third"]).well().stdout;
    for expected in
        ["embedding of fine-tuned", "was frozen, after step", "was ended by the user", "1 seed added"]
    {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let compared = place.run(&["compare", "third", "--json"]).well().json();
    let acts = compared["sessions"][0]["done_by_hand"].as_array().unwrap();
    assert!(acts.iter().all(|act| act["at"].as_f64().unwrap() > 0.0), "{acts:?}");
    let acts: Vec<&str> = acts.iter().map(|act| act["what"].as_str().unwrap()).collect();
    assert!(acts.len() == 4 && acts[0].starts_with("learning rate of fine-tuned"), "{acts:?}");
    let recipe = fs::read_to_string(place.path("third/recipe.ron")).unwrap();
    assert!(recipe.contains("seeds: 2"), "the recipe is what it was: {recipe}");

    let log = fs::read_to_string(place.path("sessions/first/log.ron")).unwrap();
    let write = |name: &str, log: &str| {
        fs::create_dir_all(place.path(name)).unwrap();
        place.write(&format!("{name}/log.ron"), log);
    };
    // As if another factor had been recorded.
    write("other", &log.replace("factor:0.5", "factor:0.25"));
    let other = place.run(&["rerun", "other", "--out", "other-again"]);
    assert_eq!(other.code, Some(1), "{}", other.stderr);
    assert!(other.stdout.contains("fine-tuned") && other.stdout.contains("from step"), "{}", other.stdout);
    // A log of before moments were recorded cannot be repeated.
    let cut = |line: &str| match (line.find(",at:["), line.rfind(']')) {
        (Some(from), Some(to)) if line.contains("LearningRate(") => {
            format!("{}{}\n", &line[..from], &line[to + 1..])
        }
        _ => format!("{line}\n"),
    };
    let old: String = log.lines().map(cut).collect();
    write("old", &old);
    let refused = place.run(&["rerun", "old", "--out", "old-again"]);
    assert!(refused.sentence().contains("does not say after which step"), "{}", refused.stderr);
    assert!(!Path::new(&place.path("old-again")).exists());
    let seed = place.run(&["rerun", "first", "--seed", "4"]);
    assert!(seed.sentence().contains("its own seed"), "{}", seed.stderr);
}
