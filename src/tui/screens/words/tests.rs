use crossterm::event::KeyCode;

use crate::session::recipe::Source;
use crate::session::record::Neighbour;
use crate::train::command::Question;
use crate::train::event::{Answer, Moved};
use crate::tui::action::{Action, Effect};
use crate::tui::app::{self, State};
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::testing::{entries, entries_while_pretraining, live, press, press_code, replay, screen};

fn at_words(mut state: State) -> (State, Vec<Effect>) {
    let effects = press(&mut state, "3");
    state.toasts.clear();
    (state, effects)
}

fn tick(state: &mut State, seconds: f64) -> Vec<Effect> {
    let now = state.now + seconds;
    app::update(state, Action::Tick(now))
}

fn list(words: &[&str]) -> Vec<Neighbour> {
    let each =
        |(i, word): (usize, &&str)| Neighbour { word: word.to_string(), similarity: 0.9 - 0.1 * i as f32 };
    words.iter().enumerate().map(each).collect()
}

fn neighbours(word: &str, words: &[&str]) -> Answer {
    Answer::Neighbours { word: word.into(), list: list(words), made: false }
}

#[test]
fn a_typed_word_is_completed_asked_and_followed_while_training_runs() {
    let (mut state, effects) = at_words(live(80, 24, entries_while_pretraining()));
    // The first probe word stands as an example.
    assert!(
        matches!(&questions(&effects)[..], [(_, Question::Neighbours { word, .. })] if word == "terrible")
    );
    press_code(&mut state, KeyCode::Char('/'));
    let effects = press(&mut state, "del");
    let Some((id, Question::Complete { prefix, .. })) = questions(&effects).pop() else { panic!() };
    assert_eq!(prefix, "del");
    answer(&mut state, id, Answer::Complete(vec!["delicious".into(), "delightful".into()]));
    assert!(screen(&state).contains("tab: delicious · delightful"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Tab);
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Neighbours { word, run: None, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(word, "delicious");
    answer(&mut state, *id, neighbours("delicious", &["tasty", "the", "yummy"]));
    assert!(screen(&state).contains("nearest to delicious"), "{}", screen(&state));
    assert!(questions(&tick(&mut state, 0.2)).is_empty());
    let again = questions(&tick(&mut state, 0.4));
    let [(next, Question::Neighbours { .. })] = &again[..] else { panic!("{again:?}") };
    answer(&mut state, *id, neighbours("delicious", &["stale"]));
    answer(&mut state, *next, neighbours("delicious", &["yummy", "tasty", "scrumptious"]));
    let shown = screen(&state);
    assert!(
        shown.contains("▲2") && shown.contains("▼1") && shown.contains("•new") && !shown.contains("stale"),
        "{shown}"
    );
}

#[test]
fn probe_words_are_seen_as_they_were_then() {
    let (mut state, _) = at_words(live(200, 60, entries()));
    let now = screen(&state);
    assert!(now.contains("terrible  after 6.00M words") && now.contains("waiter"), "{now}");
    press(&mut state, "{{{{{{{{{");
    let then = screen(&state);
    assert!(then.contains("nearest to terrible then") && !then.contains("after 6.00M"), "{then}");
    press(&mut state, "/x");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("Only the probe words are kept over time"), "{}", screen(&state));
}

#[test]
fn a_recording_shows_probe_words_and_says_why_not_others() {
    let (mut state, effects) = at_words(replay(80, 24, entries()));
    assert!(questions(&effects).is_empty());
    assert!(screen(&state).contains("nearest to terrible"), "{}", screen(&state));
    press(&mut state, "/x");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("A recording keeps the neighbours of"), "{}", screen(&state));
    for (view, expected) in [("d", "recording has none"), ("m", "recording has none"), ("a", "Three words")] {
        press(&mut state, view);
        assert!(screen(&state).contains(expected), "{}", screen(&state));
    }
}

#[test]
fn before_and_after_stand_side_by_side() {
    let (mut state, effects) = at_words(live(80, 24, entries()));
    let first = questions(&effects)[0].0;
    answer(&mut state, first, neighbours("terrible", &["awful", "dire"]));
    state.now += 1.0;
    let asked = questions(&press(&mut state, "r"));
    let own = asked.iter().find(|(_, q)| matches!(q, Question::Neighbours { run: Some(3), .. })).unwrap();
    answer(&mut state, own.0, neighbours("terrible", &["boring", "waste"]));
    let shown = screen(&state);
    assert!(shown.contains("awful") && shown.contains("boring"), "{shown}");
    assert!(shown.contains("after fine-tuning on 100 labels"), "{shown}");
}

#[test]
fn analogies_drift_coverage_and_map_answer_their_questions() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    press(&mut state, "a/good best bad");
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Analogy { a, b, c, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!([a, b, c], ["good", "best", "bad"]);
    answer(&mut state, *id, Answer::Analogy(list(&["worst", "badly"])));
    assert!(screen(&state).contains("good is to best as bad is to") && screen(&state).contains("worst"));

    state.now += 1.0;
    let asked = questions(&press(&mut state, "d"));
    let [(id, Question::Drift { run: 15, .. })] = &asked[..] else { panic!("{asked:?}") };
    let moved = |word: &str| Moved {
        word: word.into(),
        cosine: 0.412,
        distance: 1.7,
        before: list(&["salty", "sour"]),
        after: list(&["awful", "日本語"]),
    };
    answer(&mut state, *id, Answer::Drift(vec![moved("bland"), moved("\x1b[2Jx")]));
    press_code(&mut state, KeyCode::Down);
    let shown = screen(&state);
    assert!(shown.contains("bland") && shown.contains("0.412") && shown.contains("salty sour"), "{shown}");
    press_code(&mut state, KeyCode::Down);
    assert!(!screen(&state).contains('\x1b'));

    press(&mut state, "c");
    let shown = screen(&state);
    assert!(shown.contains("98.7 %") && shown.contains("91.2 %") && shown.contains("zorblax"), "{shown}");

    state.now += 5.0;
    let asked = questions(&press(&mut state, "m"));
    let (id, words) = asked
        .iter()
        .find_map(|(id, question)| match question {
            Question::Map { words, .. } => Some((*id, words.clone())),
            _ => None,
        })
        .unwrap();
    assert!(words.contains(&"terrible".to_string()) && words.contains(&"waiter".to_string()));
    let place = |(i, word): (usize, &String)| (word.clone(), (i as f32 * 0.7).sin(), (i as f32 * 1.3).cos());
    answer(&mut state, id, Answer::Map(words.iter().enumerate().map(place).collect()));
    let shown = screen(&state);
    assert!(shown.contains("◉ terrible") || shown.contains("terrible ◉"), "{shown}");
    press(&mut state, "++");
    press_code(&mut state, KeyCode::Left);
    press(&mut state, "-0");
    assert_eq!(screen(&state), shown);
}

#[test]
fn an_unknown_word_is_answered_with_the_sentence_as_it_is() {
    let (mut state, effects) = at_words(live(80, 24, entries()));
    answer(&mut state, questions(&effects)[0].0, Answer::Unknown("\"terrible\" is not in the table".into()));
    assert!(screen(&state).contains("\"terrible\" is not in the table"));
}

#[test]
fn a_selected_neighbour_is_gone_on_to() {
    let (mut state, effects) = at_words(live(80, 24, entries()));
    answer(&mut state, questions(&effects)[0].0, neighbours("terrible", &["awful", "dire"]));
    press_code(&mut state, KeyCode::Down);
    press_code(&mut state, KeyCode::Down);
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    assert!(matches!(&asked[..], [(_, Question::Neighbours { word, .. })] if word == "dire"), "{asked:?}");
}

#[test]
fn the_view_is_copied_as_the_command_that_prints_it() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    let copied = |effects: &[Effect]| match effects {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(&press(&mut state, "y")), "warmstart neighbours terrible --vectors sessions/demo");
    if let Some(recipe) = &mut state.history.recipe {
        recipe.source = Source::Vectors { file: "my vectors.txt".into(), limit: None };
    }
    assert_eq!(copied(&press(&mut state, "y")), "warmstart neighbours terrible --vectors 'my vectors.txt'");
    press(&mut state, "a/good best bad");
    press_code(&mut state, KeyCode::Esc);
    assert_eq!(copied(&press(&mut state, "y")), "warmstart analogy good best bad --vectors 'my vectors.txt'");
}

#[test]
fn of_a_recording_without_vectors_the_log_is_what_can_be_printed() {
    let (mut state, _) = at_words(replay(80, 24, entries()));
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text == "warmstart replay sessions/demo --plain"));
}
