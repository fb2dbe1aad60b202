//! What a frame costs, at 200×60, update and drawing together: one chart of 12 runs of 10,000 points each, and a grid of
//! 3×3 charts of 60 runs of 20,000 points each, as bands and as single runs.
//!
//! `cargo bench --bench frame`. Every frame takes in a new step of every run, as while training.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use warmstart::session::budget::Budget;
use warmstart::session::method::{Method, Strategy};
use warmstart::session::record::{
    Entry, Evaluation, LayerNorms, Record, RunStart, Stage, StepPoint, VALIDATION,
};
use warmstart::train::protocol::event::Event;
use warmstart::tui::action::Action;
use warmstart::tui::app;
use warmstart::tui::screens::tab::Tab;
use warmstart::tui::state::State;
use warmstart::tui::theme::Theme;

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
        budget: Budget::Labels([100, 1000][run / 3 % 2]),
        labels: 100,
        validation: 20,
        seed: run as u32 / 6,
        trainable_parameters: 1_000,
        total_parameters: 1_000_000,
        batch: 16,
        planned_steps: 20_000,
        optimizer: "Adam 0.001".into(),
        metric: None,
        tuned: None,
        groups: Vec::new(),
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
        layers: match step % 300 {
            1 => ["embedding", "lstm", "linear"].map(|layer| norms(layer, step)).into(),
            _ => Box::default(),
        },
    })
}

fn norms(layer: &str, step: u64) -> LayerNorms {
    LayerNorms { layer: layer.into(), weights: 10.0 + step as f32 * 1e-3, update: 0.01 }
}

/// The validation after every 200th step.
fn evaluation(run: usize, step: u64) -> Record {
    let right = 100 - (90.0 * (-(step as f64) / 3000.0).exp()) as u64 / 2;
    Record::Evaluation(Evaluation {
        run,
        step,
        set: VALIDATION.into(),
        loss: 1.0 / right as f64,
        accuracy: right as f64 / 100.0,
        confusion: vec![vec![right / 2, (100 - right) / 2], vec![50 - right / 2, 50 - (100 - right) / 2]],
        seconds: step as f64 * 0.01,
    })
}

fn all(runs: usize, number: u64) -> Vec<Entry> {
    let evaluated = (0..runs).filter(|_| number.is_multiple_of(200)).map(|run| evaluation(run, number));
    let records = (0..runs).map(|run| step(run, number)).chain(evaluated);
    records.map(|record| Entry { at: number as f64, record }).collect()
}

fn news(entries: Vec<Entry>) -> Action {
    Action::News(Box::new(Event::Entries(entries)))
}

fn press(state: &mut State, keys: &str) {
    for key in keys.chars() {
        app::update(state, Action::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
    }
}

/// Measures frames after these keys were pressed on Train.
fn measure(runs: usize, points: u64, keys: &str, what: &str) {
    let mut state = State::new("sessions".into(), Vec::new(), Theme::dark());
    app::update(&mut state, Action::Resize(200, 60));
    let mut opening = vec![Entry { at: 0.0, record: Record::Stage(Stage::Training) }];
    opening.extend((0..runs).map(|run| Entry { at: 0.0, record: start(run) }));
    app::update(&mut state, news(opening));
    for number in 1..=points {
        app::update(&mut state, news(all(runs, number)));
    }
    app::update(&mut state, Action::Show(Tab::Train));
    press(&mut state, keys);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).expect("a test terminal cannot fail");
    let mut times: Vec<f64> = (0..FRAMES as u64)
        .map(|frame| {
            let entries = all(runs, points + 1 + frame);
            let begin = Instant::now();
            app::update(&mut state, news(entries));
            terminal.draw(|frame| app::view(&state, frame)).expect("a test terminal cannot fail");
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |fraction: f64| times[((times.len() - 1) as f64 * fraction) as usize];
    println!("frame: {what}, {runs} runs of {points} points at 200x60, update and draw, {FRAMES} frames");
    println!("p50 {:.2} ms   p99 {:.2} ms   largest {:.2} ms", at(0.5), at(0.99), at(1.0));
}

fn main() {
    measure(12, 10_000, "", "one chart");
    measure(60, 20_000, "v9", "3x3 charts of bands");
    measure(60, 20_000, "v9ggggg", "3x3 charts of single runs");
}
