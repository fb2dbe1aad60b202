use crossterm::event::KeyCode;

use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::{Answer, Guess, Word};
use crate::tui::action::{Action, Effect};
use crate::tui::app;
use crate::tui::screens::fixtures::{answer, entries_with_classes, questions};
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::testing::{entries, entries_while_pretraining, live, press, press_code, replay, screen};

/// The screen Try, with its text field not active.
fn at_try(mut state: State) -> State {
    press(&mut state, "6");
    press_code(&mut state, KeyCode::Esc);
    state.toasts.clear();
    state
}

fn tick(state: &mut State, seconds: f64) -> Vec<Effect> {
    let now = state.now + seconds;
    app::update(state, Action::Tick(now))
}

fn answer_all(state: &mut State, id: Id, text: &str, classes: usize) {
    let runs: Vec<usize> = state.history.runs.iter().map(|run| run.start.run).collect();
    for &run in &runs {
        let words = text.split(' ').enumerate().map(|(i, word)| Word {
            text: word.to_string(),
            known: i % 7 != 3,
            contribution: [0.02, 1.9, -0.7, 0.0, -1.4][(i + run) % 5],
        });
        let sure = 0.55 + 0.02 * run as f32;
        let mut probabilities = vec![(1.0 - sure) / (classes - 1) as f32; classes];
        probabilities[usize::from(run % 4 != 1)] = sure;
        let guess = Guess { probabilities, words: words.collect() };
        let last = run == runs[runs.len() - 1];
        answer(state, id, Answer::Classified { run, guess, last });
    }
}

#[test]
fn who_comes_may_type_at_once_and_numbers_still_lead_elsewhere() {
    let mut state = live(80, 24, entries());
    press(&mut state, "62");
    assert_eq!(state.tab, Tab::Train);
    press(&mut state, "6quite a plain pub");
    assert_eq!((state.tab, state.screens.try_.input.text().as_str()), (Tab::Try, "quite a plain pub"));
    press(&mut state, " 6?");
    assert_eq!(state.screens.try_.input.text(), "quite a plain pub 6?");
    // After `/` every character is part of the text.
    let mut state = live(80, 24, entries());
    press(&mut state, "6/10 of 10");
    assert_eq!(state.screens.try_.input.text(), "10 of 10");
}

#[test]
fn a_pause_in_typing_asks_and_every_run_answers() {
    let mut state = at_try(live(80, 24, entries()));
    press(&mut state, "/not a good film");
    assert!(questions(&tick(&mut state, 0.05)).is_empty());
    let asked = questions(&tick(&mut state, 0.2));
    let [(id, Question::Classify { text })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(text, "not a good film");
    answer_all(&mut state, *id, text, 2);
    let shown = screen(&state);
    assert!(shown.contains("positive, say 12 of 16 runs") && shown.contains("▲ 0/4"), "{shown}");
    assert!(shown.contains("++a") && shown.contains("?film") && shown.contains("−good"), "{shown}");
    assert!(questions(&tick(&mut state, 0.2)).is_empty(), "asked and answered");
}

#[test]
fn stale_answers_are_passed_over_and_no_question_overtakes_another() {
    let mut state = at_try(live(80, 24, entries()));
    let first = questions(&press(&mut state, "a"))[0].0;
    press(&mut state, "/ more");
    assert!(questions(&tick(&mut state, 0.5)).is_empty(), "the first is still being answered");
    let second = questions(&tick(&mut state, 5.0))[0].0;
    answer_all(&mut state, first, "old words", 2);
    assert!(state.screens.try_.asking.guesses.is_empty());
    answer_all(&mut state, second, "new words", 2);
    assert_eq!(state.screens.try_.asking.guesses.len(), 16);
    press_code(&mut state, KeyCode::Esc);
    press(&mut state, "x");
    assert!(state.screens.try_.asking.guesses.is_empty() && screen(&state).contains("take an example"));
}

#[test]
fn while_runs_learn_the_text_is_asked_about_again() {
    let mut state = at_try(live(80, 24, entries()));
    let id = questions(&press(&mut state, "b"))[0].0;
    answer_all(&mut state, id, "x", 2);
    assert!(questions(&tick(&mut state, 1.0)).is_empty());
    assert_eq!(questions(&tick(&mut state, 3.0)).len(), 1);
}

#[test]
fn without_models_a_sentence_says_why() {
    let mut state = at_try(replay(80, 24, entries()));
    assert!(questions(&press(&mut state, "a")).is_empty());
    assert!(screen(&state).contains("A recording holds figures only"));
    let state = at_try(live(80, 24, entries_while_pretraining()));
    assert!(screen(&state).contains("No run has begun yet"));
    let mut state = at_try(live(80, 24, entries()));
    let id = questions(&press(&mut state, "c"))[0].0;
    answer(&mut state, id, Answer::Unknown("No run has learned anything.".into()));
    assert!(screen(&state).contains("No run has learned anything."));
}

#[test]
fn odd_texts_and_many_classes_fit_every_size() {
    for (columns, rows) in [(80, 24), (131, 30), (200, 60), (300, 80)] {
        let mut state = at_try(live(columns, rows, entries_with_classes(20)));
        let odd = format!("日本語の映画 \x1b[2J\u{202e} {}", "long".repeat(100));
        press(&mut state, "/");
        app::update(&mut state, Action::Paste(odd.clone()));
        let id = questions(&tick(&mut state, 1.0))[0].0;
        answer_all(&mut state, id, &odd, 20);
        for _ in 0..20 {
            press_code(&mut state, KeyCode::Down);
            assert!(!screen(&state).contains('\x1b'));
        }
    }
}
