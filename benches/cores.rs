//! What more cores would do for an experiment: it is trained on one thread, the parts of every round are timed, and these parts are
//! given to 1 to 64 simulated threads in the program's own order.
//!
//! `cargo bench --bench cores -- [RECIPE.ron] [--measure]`; without a recipe the built-in demo. `--measure` also trains with two
//! threads, to check the simulation against a measured time. A simulated thread takes the next part as soon as it is free. Each list
//! of parts costs the time once that waking a second thread takes, which is measured here. Memory and clock rates are those of one
//! thread: real cores share them, so the real gain is smaller.

use std::path::{Path, PathBuf};
use std::time::Instant;

use warmstart::session::recipe::Recipe;
use warmstart::session::record::{Record, Stage};
use warmstart::train::protocol::command::Command;
use warmstart::train::protocol::event::{Event, State};
use warmstart::train::round_times::{self, RoundTimes};
use warmstart::train::{threads, worker};

/// The numbers of threads that are simulated.
const THREADS: [usize; 6] = [1, 2, 4, 8, 16, 64];

/// How long the stages of a session took.
struct Told {
    /// Seconds from the start to the training of the runs: reading and pre-training.
    before: f64,
    /// Seconds of the training of the runs, with the tests.
    training: f64,
}

/// Trains the recipe with so many threads.
fn train(recipe: &Recipe, count: usize) -> Result<Told, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let worker = worker::start(count)?;
    let start = Command::Start { recipe: Box::new(recipe.clone()), folder: folder.path().join("session") };
    worker.commands.send(start)?;
    let (mut stages, mut end) = (Vec::new(), 0.0_f64);
    for event in &worker.events {
        match event {
            Event::Entries(entries) => {
                for entry in entries {
                    end = end.max(entry.at);
                    if let Record::Stage(stage) = entry.record {
                        stages.push((stage, entry.at));
                    }
                }
            }
            Event::Status(status) if status.state == State::Finished => {
                worker.commands.send(Command::Quit)?
            }
            Event::Failed(why) => return Err(why.into()),
            _ => {}
        }
    }
    drop(worker.thread.join());
    let at = |wanted: Stage| stages.iter().find(|(stage, _)| *stage == wanted).map(|(_, at)| *at);
    let before = at(Stage::Training).ok_or("nothing was trained")?;
    Ok(Told { before, training: at(Stage::Finished).unwrap_or(end) - before })
}

/// The seconds until the last of `parts` is done, if each thread takes the next part when it is free.
fn scheduled(parts: &[f64], threads: usize, waking: f64) -> f64 {
    let mut free = vec![0.0_f64; threads.min(parts.len()).max(1)];
    for part in parts {
        // The thread that is free first.
        let first = (0..free.len()).min_by(|&a, &b| free[a].total_cmp(&free[b])).unwrap_or(0);
        free[first] += part;
    }
    let waking = if free.len() > 1 { waking } else { 0.0 };
    free.into_iter().fold(0.0, f64::max) + waking
}

/// The seconds of a round.
fn round(times: &RoundTimes, threads: usize, waking: f64) -> f64 {
    [&times.plans, &times.tasks, &times.results].map(|parts| scheduled(parts, threads, waking)).iter().sum()
}

/// The seconds that it takes to wake a second thread for work that takes no time: the median of many times.
fn waking() -> Result<f64, Box<dyn std::error::Error>> {
    let pool = threads::pool(2)?;
    let mut found: Vec<f64> = (0..2_000)
        .map(|_| {
            let begun = Instant::now();
            pool.broadcast(|context| context.index());
            begun.elapsed().as_secs_f64()
        })
        .collect();
    found.sort_by(f64::total_cmp);
    Ok(found[found.len() / 2])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let measures = arguments.iter().any(|argument| argument == "--measure");
    arguments.retain(|argument| !argument.starts_with("--"));
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes/demo.ron");
    let path = arguments.first().map_or(demo, PathBuf::from);
    let recipe = Recipe::parse(&std::fs::read_to_string(&path)?, &std::path::absolute(&path)?)?;
    round_times::keep();
    let told = train(&recipe, 1)?;
    let round_times::Kept { rounds, between } = round_times::take();
    let waking = waking()?;
    let all =
        |threads: usize, waking: f64| rounds.iter().map(|times| round(times, threads, waking)).sum::<f64>();
    let (parallel, tasks) = (all(1, 0.0), rounds.iter().map(|times| times.tasks.len()).sum::<usize>());
    let serial = (told.training - parallel).max(0.0);
    println!(
        "{}: {:.2} s before the runs are trained, {:.2} s for the runs, {:.1} % of these in no part; {} rounds, {:.1} tasks a round; \
         waking takes {:.1} µs",
        recipe.title,
        told.before,
        told.training,
        100.0 * serial / told.training,
        rounds.len(),
        tasks as f64 / rounds.len().max(1) as f64,
        1e6 * waking
    );
    for (name, seconds) in between {
        println!("between rounds: {name}, {seconds:.2} s");
    }
    println!("| threads | seconds | times as fast | if every round had enough equal tasks | threads busy |");
    println!("| --- | --- | --- | --- | --- |");
    for count in THREADS {
        let seconds = serial + all(count, waking);
        let amdahl = told.training / (serial + parallel / count as f64);
        let gain = told.training / seconds;
        println!(
            "| {count} | {seconds:.2} | {gain:.1} | {amdahl:.1} | {:.0} % |",
            100.0 * parallel / seconds / count as f64
        );
    }
    if measures {
        let two = train(&recipe, 2)?;
        println!(
            "measured with two threads: {:.2} s for the runs ({:.2} times as fast), {:.2} s before ({:.2} times)",
            two.training,
            told.training / two.training,
            two.before,
            told.before / two.before
        );
    }
    Ok(())
}
