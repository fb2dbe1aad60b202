use crossterm::event::KeyCode;

use crate::session::encoder_source::EncoderSource;
use crate::session::text_source::TextSource;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::{Answer, Attention, Guess, Word};
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

/// The screen Try of a session whose source is a sentence encoder.
fn with_encoder(columns: u16, rows: u16) -> State {
    let mut state = at_try(live(columns, rows, entries()));
    if let Some(text) = state.history.recipe.as_mut().and_then(|recipe| recipe.text_mut()) {
        text.source = Some(TextSource::Encoder(EncoderSource::of("minilm".into())));
    }
    state
}

/// Each token reads itself with `own`, and the others alike.
fn attention(tokens: &[&str], layer: usize, head: Option<usize>, own: f32) -> Answer {
    let length = tokens.len();
    let other = (1.0 - own) / (length - 1) as f32;
    let value = |place: usize| if place / length == place % length { own } else { other };
    Answer::Attention(Box::new(Attention {
        run: 15,
        layer: (layer, 6),
        head: (head, 12),
        tokens: tokens.iter().map(|token| token.to_string()).collect(),
        probabilities: (0..length * length).map(value).collect(),
        pooled: vec![1.0 / length as f32; length],
        pooling: "the mean of all tokens",
        longest: 128,
    }))
}

/// The only question, which is about attention: its number, layer and head.
fn asked_attention(effects: &[Effect]) -> (Id, usize, Option<usize>) {
    let asked = questions(effects);
    let [(id, Question::Attention { run: 15, layer, head, .. })] = &asked[..] else { panic!("{asked:?}") };
    (*id, *layer, *head)
}

#[test]
fn attention_is_a_map_by_layer_and_head_and_a_list_of_what_a_token_reads() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = with_encoder(columns, rows);
        press(&mut state, "/not a good film");
        press_code(&mut state, KeyCode::Esc);
        let tokens = ["[CLS]", "not", "a", "good", "film", "[SEP]"];
        let (id, layer, head) = asked_attention(&press(&mut state, "v"));
        assert_eq!((layer, head), (usize::MAX, None), "the last layer, the mean over heads");
        answer(&mut state, id, attention(&tokens, 5, None, 0.62));
        let shown = screen(&state);
        for expected in ["layer 6 of 6", "mean of 12 heads", "[CLS]", "4 good", "62", "up to 62 %", "16.7 %"]
        {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
        let wide = "the text (the mean of all tokens) reads";
        assert!(shown.contains(if columns < 100 { "the text reads" } else { wide }), "{shown}");
        assert!(shown.contains("v words") && shown.contains("l layer"), "{shown}");
        // What the fourth token reads: itself first.
        for _ in 0..4 {
            press_code(&mut state, KeyCode::Down);
        }
        let shown = screen(&state);
        assert!(shown.contains("good reads") && shown.contains("62.0 %"), "{shown}");
        // The layer after the last is the first; the mean comes before the first head.
        assert_eq!(asked_attention(&press(&mut state, "l")).1, 0);
        let (id, layer, head) = asked_attention(&press(&mut state, "h"));
        assert_eq!((layer, head), (0, Some(0)));
        answer(&mut state, id, attention(&tokens, 0, Some(0), 0.9));
        assert!(screen(&state).contains("layer 1 of 6 (l L) · head 1 of 12"), "{}", screen(&state));
        assert_eq!(asked_attention(&press(&mut state, "H")).2, None);
        assert_eq!(asked_attention(&press(&mut state, "m")).2, None);
        // Escape leads back to the words, and the runs are asked about the text.
        press_code(&mut state, KeyCode::Esc);
        let asked = questions(&tick(&mut state, 1.0));
        assert!(matches!(&asked[..], [(_, Question::Classify { .. })]), "{asked:?}");
    }
}

#[test]
fn attention_follows_the_text_and_says_why_there_is_none() {
    let mut state = with_encoder(80, 24);
    assert!(questions(&press(&mut state, "v")).is_empty());
    assert!(screen(&state).contains("type a text"), "{}", screen(&state));
    press(&mut state, "/good");
    assert!(questions(&tick(&mut state, 0.05)).is_empty());
    let (id, ..) = asked_attention(&tick(&mut state, 0.2));
    answer(&mut state, id, Answer::Unknown("this frozen run has learned nothing yet".into()));
    assert!(screen(&state).contains("has learned nothing yet"), "{}", screen(&state));
    assert!(questions(&tick(&mut state, 1.0)).is_empty());
    let (id, ..) = asked_attention(&tick(&mut state, 3.0));
    answer(&mut state, id, attention(&["good", "\x1b[2J"], 1, None, 0.7));
    assert!(screen(&state).contains("70") && !screen(&state).contains('\x1b'), "{}", screen(&state));
    // Only sessions with a sentence encoder have attention.
    let mut state = at_try(live(80, 24, entries()));
    press(&mut state, "a");
    assert!(questions(&press(&mut state, "v")).is_empty() && !screen(&state).contains("attention"));
}

#[test]
fn long_texts_and_wide_tokens_scroll_in_every_size() {
    for (columns, rows) in [(80, 24), (131, 30), (200, 60), (300, 80)] {
        let mut state = with_encoder(columns, rows);
        press(&mut state, "/x");
        press_code(&mut state, KeyCode::Esc);
        let names: Vec<String> = (0..128)
            .map(|i| if i % 3 == 0 { format!("日本語{i}") } else { format!("\u{202e}##t\x1b{i}") })
            .collect();
        let tokens: Vec<&str> = names.iter().map(String::as_str).collect();
        let (id, ..) = asked_attention(&press(&mut state, "v"));
        answer(&mut state, id, attention(&tokens, 5, None, 1.0));
        let shown = screen(&state);
        assert!(shown.contains("columns 1 to") && shown.contains("first 128 tokens are read"), "{shown}");
        for _ in 0..140 {
            press_code(&mut state, KeyCode::Down);
            press_code(&mut state, KeyCode::Right);
        }
        let shown = screen(&state);
        assert!(
            shown.contains("to 128 of 128") && shown.contains("128 ") && shown.contains("100"),
            "{shown}"
        );
        assert!(!shown.contains('\x1b'));
    }
}
