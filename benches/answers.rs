//! How long a user waits for an answer while training goes on: every 40 ms a question to the training thread,
//! about neighbours, a text, completion and a map in turn, from the first word vectors to the end of the session.
//!
//! `cargo bench --bench answers -- [recipe.ron] [seconds]`; without a recipe the built-in demo. The session goes to
//! a folder that is removed again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use warmstart::session::choices::{Closeness, Layout};
use warmstart::session::recipe::Recipe;
use warmstart::train::protocol::command::{Command, Question};
use warmstart::train::protocol::event::{Answer, Event, State};
use warmstart::train::worker::{self, Worker};

const PACE: Duration = Duration::from_millis(40);
const TEXT: &str = "The room was not clean, the staff were never helpful and nothing worked as promised.";
const NAMES: [&str; 4] = ["neighbours", "classify", "complete", "map"];

fn question(which: usize) -> Question {
    match which {
        0 => Question::Neighbours { word: "terrible".into(), run: None, by: Closeness::Cosine, count: 20 },
        1 => Question::Classify { text: TEXT.into() },
        2 => Question::Complete { prefix: "te".into(), count: 10 },
        _ => Question::Map {
            words: ["good", "bad", "film", "room"].map(String::from).into(),
            run: None,
            layout: Layout::Pca,
        },
    }
}

/// Waits for the first answer to `id` (of a text: the first run's), reading whatever else comes. `None` at the end
/// of the session.
fn wait(worker: &Worker, id: u64, stage: &mut String) -> Option<Answer> {
    loop {
        match worker.events.recv().ok()? {
            Event::Answer { id: answered, answer } if answered == id => return Some(answer),
            Event::Status(status) if status.state == State::Finished => return None,
            Event::Status(status) => *stage = if status.live.is_empty() { "vectors" } else { "runs" }.into(),
            Event::Failed(why) => {
                eprintln!("{why}");
                return None;
            }
            _ => {}
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let path = arguments
        .first()
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes/demo.ron"), PathBuf::from);
    let seconds: f64 = arguments.get(1).and_then(|a| a.parse().ok()).unwrap_or(f64::INFINITY);
    let recipe = Recipe::parse(&std::fs::read_to_string(&path)?, &std::path::absolute(&path)?)?;
    let folder = tempfile::tempdir()?;
    let worker = worker::start(0)?;
    worker
        .commands
        .send(Command::Start { recipe: Box::new(recipe), folder: folder.path().join("session") })?;
    let mut stage = String::new();
    let mut waits: Vec<(String, usize, f64)> = Vec::new();
    let begun = Instant::now();
    for id in 1.. {
        let which = (id % 4) as usize;
        let asked = Instant::now();
        worker.commands.send(Command::Ask { id, question: question(which) })?;
        let Some(answer) = wait(&worker, id, &mut stage) else { break };
        if !matches!(answer, Answer::Unknown(_)) {
            waits.push((stage.clone(), which, asked.elapsed().as_secs_f64() * 1e3));
        }
        if begun.elapsed().as_secs_f64() > seconds {
            break;
        }
        // The front end goes on reading while its user thinks.
        while let Some(rest) = PACE.checked_sub(asked.elapsed()) {
            let _ = worker.events.recv_timeout(rest);
        }
    }
    println!("{}: waiting for an answer in ms", path.display());
    for stage in ["vectors", "runs"] {
        for (which, name) in NAMES.iter().enumerate() {
            let mut times: Vec<f64> =
                waits.iter().filter(|w| w.0 == stage && w.1 == which).map(|w| w.2).collect();
            times.sort_by(f64::total_cmp);
            let Some(&largest) = times.last() else { continue };
            let at = |fraction: f64| times[(fraction * (times.len() - 1) as f64).round() as usize];
            let (p50, p99) = (at(0.5), at(0.99));
            println!(
                "{stage:8} {name:11} n {:5}   p50 {p50:6.1}   p99 {p99:6.1}   largest {largest:6.1}",
                times.len()
            );
        }
    }
    worker.commands.send(Command::Quit)?;
    worker.events.iter().for_each(drop);
    Ok(())
}
