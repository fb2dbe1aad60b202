//! What a frame costs: 12 runs of 10,000 points each, at 200×60, update and drawing together.
//!
//! `cargo bench --bench frame`. Every frame takes in a new step of every run, as while training.

use std::time::Instant;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use warmstart::session::budget::Budget;
use warmstart::session::method::{Method, Strategy};
use warmstart::session::record::{Entry, Record, RunStart, Stage, StepPoint};
use warmstart::train::protocol::event::Event;
use warmstart::tui::action::Action;
use warmstart::tui::app;
use warmstart::tui::screens::tab::Tab;
use warmstart::tui::state::State;
use warmstart::tui::theme::Theme;

const RUNS: usize = 12;
const POINTS: u64 = 10_000;
const FRAMES: usize = 1000;

fn start(run: usize) -> Record {
    Record::Run(RunStart {
        run,
        method: [
            Method::Strategy(Strategy::Scratch),
            Method::Strategy(Strategy::Frozen),
            Method::Strategy(Strategy::FineTuned),
        ][run % 3],
        source: None,
        budget: Budget::Labels(100),
        labels: 100,
        validation: 20,
        seed: run as u32 / 3,
        trainable_parameters: 1_000,
        total_parameters: 1_000_000,
        batch: 16,
        planned_steps: POINTS,
        optimizer: "Adam 0.001".into(),
        metric: None,
        tuned: None,
    })
}

/// A noisy falling loss.
fn step(run: usize, step: u64) -> Record {
    let mut noise = warmstart::rng::stream(run as u64, "frame", step);
    let loss = 0.2 + (-(step as f64) / 2000.0).exp() + 0.1 * warmstart::rng::normal(&mut noise).abs();
    let seconds = step as f64 * 0.01;
    Record::Step(StepPoint {
        run,
        step,
        epoch: 0.0,
        samples: step * 16,
        loss,
        gradient: loss,
        learning_rate: 0.001,
        seconds,
    })
}

fn all(number: u64) -> Vec<Entry> {
    (0..RUNS).map(|run| Entry { at: number as f64, record: step(run, number) }).collect()
}

fn news(entries: Vec<Entry>) -> Action {
    Action::News(Box::new(Event::Entries(entries)))
}

fn main() {
    let mut state = State::new("sessions".into(), Vec::new(), Theme::Dark);
    app::update(&mut state, Action::Resize(200, 60));
    let mut opening = vec![Entry { at: 0.0, record: Record::Stage(Stage::Training) }];
    opening.extend((0..RUNS).map(|run| Entry { at: 0.0, record: start(run) }));
    app::update(&mut state, news(opening));
    for number in 1..=POINTS {
        app::update(&mut state, news(all(number)));
    }
    app::update(&mut state, Action::Show(Tab::Train));
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).expect("a test terminal cannot fail");
    let mut times: Vec<f64> = (0..FRAMES as u64)
        .map(|frame| {
            let entries = all(POINTS + 1 + frame);
            let begin = Instant::now();
            app::update(&mut state, news(entries));
            terminal.draw(|frame| app::view(&state, frame)).expect("a test terminal cannot fail");
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |fraction: f64| times[((times.len() - 1) as f64 * fraction) as usize];
    println!("frame: {RUNS} runs of {POINTS} points at 200x60, update and draw, {FRAMES} frames");
    println!("p50 {:.2} ms   p99 {:.2} ms   largest {:.2} ms", at(0.5), at(0.99), at(1.0));
}
