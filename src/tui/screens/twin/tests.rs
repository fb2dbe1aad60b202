use crossterm::event::KeyCode;

use crate::session::record::Neighbour;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::{Answer, Disagreement, Disagreements, Guess, Word};
use crate::tui::action::{Action, Effect};
use crate::tui::app;
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::testing::{entries, entries_of_images, live, press, press_code, replay, screen, together};

use super::model;

fn at_twin(mut state: State) -> (State, Vec<Effect>) {
    let effects = press(&mut state, "9");
    assert_eq!(state.tab, Tab::Twin);
    state.toasts.clear();
    (state, effects)
}

fn runs(state: &State) -> [usize; 2] {
    model::pair(state).unwrap().runs()
}

#[test]
fn two_runs_are_chosen_in_the_list_and_by_a_mark() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, _) = at_twin(replay(columns, rows, entries()));
        // The usual pair: the first run that transfers, and scratch with the same labels and seed.
        let [left, right] = runs(&state);
        let start = |run: usize| state.history.run(run).unwrap().start.clone();
        assert!(start(left).method.transfers() && start(right).method.name() == "scratch");
        assert_eq!((start(left).budget, start(left).seed), (start(right).budget, start(right).seed));
        let shown = screen(&state);
        for expected in ["minus ", "points", "difference", "▸", "●"] {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
        press_code(&mut state, KeyCode::Down);
        assert_eq!(runs(&state)[1], right, "the marked run stays");
        assert_ne!(runs(&state)[0], left);
        press(&mut state, "m");
        let marked = runs(&state)[0];
        press_code(&mut state, KeyCode::Down);
        let [selected, base] = runs(&state);
        assert_eq!((base, selected != marked), (marked, true));
        press(&mut state, "r");
        assert_eq!(runs(&state), [base, selected]);
    }
}

#[test]
fn other_screens_lead_to_the_pair_that_they_show() {
    let mut state = replay(200, 60, entries());
    for (screen, selects) in [("4", false), ("5", false), ("2", true)] {
        press(&mut state, screen);
        if selects {
            press_code(&mut state, KeyCode::Down);
        }
        press(&mut state, "t");
        assert_eq!(state.tab, Tab::Twin, "{screen}");
        let [left, right] = runs(&state);
        assert_ne!(left, right, "{screen}");
    }
}

#[test]
fn one_cursor_drives_both_runs() {
    let (mut state, _) = at_twin(replay(200, 60, entries()));
    let steps = model::steps(&state);
    assert!(steps.len() > 2 && steps.is_sorted());
    press_code(&mut state, KeyCode::Left);
    press_code(&mut state, KeyCode::Left);
    let at = steps[steps.len() - 3];
    assert_eq!(state.screens.twin.step, Some(at));
    let pair = model::pair(&state).unwrap();
    assert_eq!(pair.sides().map(model::step), [at, at]);
    assert!(screen(&state).contains(&format!("step {at}")), "{}", screen(&state));
    // Esc goes back to the present, as the last step does.
    press_code(&mut state, KeyCode::Esc);
    assert_eq!(state.screens.twin.step, None);
    press_code(&mut state, KeyCode::Left);
    press_code(&mut state, KeyCode::Right);
    assert_eq!(state.screens.twin.step, None);
}

#[test]
fn the_matrices_have_intervals_for_the_pair_and_for_all_seeds() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, _) = at_twin(replay(columns, rows, entries()));
        press(&mut state, "d");
        let shown = screen(&state);
        assert!(shown.contains("differ") && shown.contains("recall"), "{shown}");
        assert!(shown.contains("independent samples") || shown.contains("this one training"), "{shown}");
        let copied = press(&mut state, "y");
        let [left, right] = runs(&state);
        let expected = format!("warmstart compare sessions/demo --runs {left},{right} --set ");
        assert!(matches!(&copied[..], [Effect::Copy(text)] if text.starts_with(&expected)), "{copied:?}");
        state.toasts.clear();
        press(&mut state, "g");
        let all = screen(&state);
        assert!(!all.contains("1 seed ·") && all.contains("seeds"), "{all}");
        press(&mut state, "g");
        let before = screen(&state);
        press(&mut state, "l");
        assert_ne!(screen(&state), before, "another cell is selected");
        // The same run at two steps.
        press(&mut state, "M");
        state.toasts.clear();
        press_code(&mut state, KeyCode::Left);
        press(&mut state, "d");
        let shown = screen(&state);
        assert!(shown.contains("independent samples") || shown.contains("step"), "{shown}");
    }
}

fn disagreements(runs: [usize; 2], set: &str) -> Answer {
    let example = |text: &str, truth: usize| Disagreement {
        text: text.into(),
        image: None,
        truth,
        guesses: [0, 1],
        confidences: [0.9, 0.8],
    };
    let list = vec![example("a dull \u{1b}[2J film, not good", 0), example("a lovely meal", 1)];
    Answer::Disagreements(Box::new(Disagreements {
        runs,
        set: set.into(),
        of: 60,
        only: [1, 1],
        neither: 0,
        list,
    }))
}

fn guess(word: &str, contribution: f32) -> Guess {
    let word = Word { text: word.into(), known: true, contribution };
    Guess { probabilities: vec![0.9, 0.1], words: vec![word] }
}

#[test]
fn examples_on_which_they_disagree_are_explained_by_both() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, mut effects) = at_twin(live(columns, rows, entries()));
        if columns < 200 {
            effects = press(&mut state, "a");
        }
        let asked = questions(&effects);
        let found = asked.iter().find_map(|(id, question)| match question {
            Question::Disagreements { runs, set, kept: false, .. } => Some((*id, *runs, set.clone())),
            _ => None,
        });
        let (id, pair, set) = found.unwrap_or_else(|| panic!("{asked:?}"));
        assert_eq!(pair, runs(&state));
        answer(&mut state, id, disagreements(pair, &set));
        let shown = screen(&state);
        assert!(shown.contains("they disagree on 2 of 60") && !shown.contains('\u{1b}'), "{shown}");
        // The selected example is explained.
        let now = state.now + 1.0;
        let asked = questions(&app::update(&mut state, Action::Tick(now)));
        let later = state.now + 1.0;
        let asked = if asked.iter().any(|(_, q)| matches!(q, Question::Explain { .. })) {
            asked
        } else {
            questions(&app::update(&mut state, Action::Tick(later)))
        };
        let explain = asked.iter().find_map(|(id, question)| match question {
            Question::Explain { runs, text } => Some((*id, runs.clone(), text.clone())),
            _ => None,
        });
        let (id, wanted, text) = explain.unwrap_or_else(|| panic!("{asked:?}"));
        assert_eq!((wanted, &text[..6]), (pair.to_vec(), "a dull"));
        let said = |run, guess, last| Answer::Classified { run, guess, last };
        answer(&mut state, id, said(pair[0], guess("dull", 1.25), false));
        answer(&mut state, id, said(pair[1], guess("good", -0.5), true));
        let shown = screen(&state);
        assert!(shown.contains("dull +1.25") && shown.contains("good −0.50"), "{shown}");
        press_code(&mut state, KeyCode::PageDown);
        assert!(screen(&state).contains("a lovely meal"), "{}", screen(&state));
    }
}

#[test]
fn neighbours_in_both_runs_stand_side_by_side() {
    let (mut state, _) = at_twin(live(80, 24, entries()));
    let effects = press(&mut state, "w");
    let asked = questions(&effects);
    let near: Vec<_> = asked
        .iter()
        .filter_map(|(id, question)| match question {
            Question::Neighbours { run: Some(run), word, .. } => Some((*id, *run, word.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(near.iter().map(|(_, run, _)| *run).collect::<Vec<_>>(), runs(&state));
    let list = |words: &[&str]| {
        words.iter().map(|word| Neighbour { word: word.to_string(), similarity: 0.5 }).collect::<Vec<_>>()
    };
    let word = near[0].2.clone();
    let said = |list| Answer::Neighbours { word: word.clone(), list, made: false };
    answer(&mut state, near[0].0, said(list(&["awful", "dire"])));
    answer(&mut state, near[1].0, said(list(&["dire", "boring"])));
    let shown = screen(&state);
    assert!(
        shown.contains("awful") && shown.contains("boring") && shown.contains("1 of 2 the same"),
        "{shown}"
    );
    press(&mut state, "/soup");
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    assert!(
        matches!(&asked[..], [(_, Question::Neighbours { word, .. }), ..] if word == "soup"),
        "{asked:?}"
    );
}

#[test]
fn a_moment_keeps_answers_and_vectors() {
    let (mut state, _) = at_twin(live(80, 24, entries()));
    let asked = questions(&press(&mut state, "M"));
    let [run, _] = runs(&state);
    let [(id, Question::KeepAnswers { run: kept }), (_, Question::KeepMoment { run: Some(of) })] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!((*kept, *of), (run, run));
    answer(&mut state, *id, Answer::AnswersKept(vec!["test".into()]));
    assert_eq!(runs(&state), [run, run]);
    let asked = questions(&press(&mut state, "a"));
    assert!(
        asked.iter().any(|(_, question)| matches!(question, Question::Disagreements { kept: true, .. })),
        "{asked:?}"
    );
    press(&mut state, "M");
    assert_ne!(runs(&state)[1], run);
}

#[test]
fn of_a_moment_that_is_past_answers_and_vectors_are_gone() {
    let (mut state, _) = at_twin(live(80, 24, entries()));
    press_code(&mut state, KeyCode::Left);
    let asked = questions(&press(&mut state, "M"));
    let keeps = |(_, question): &(_, Question)| {
        matches!(question, Question::KeepAnswers { .. } | Question::KeepMoment { .. })
    };
    assert!(!asked.iter().any(keeps), "{asked:?}");
    let asked = questions(&press(&mut state, "w"));
    assert!(asked.iter().all(|(_, question)| matches!(question, Question::Neighbours { .. })), "{asked:?}");
    let shown = screen(&state);
    assert!(shown.contains("The vectors of step") && shown.contains("are gone"), "{shown}");
    press(&mut state, "a");
    assert!(screen(&state).contains("The answers of this step are gone"), "{}", screen(&state));
    // The time of the session leads into the past as well.
    let (mut state, _) = at_twin(live(80, 24, entries()));
    let asked = questions(&press(&mut state, "[M"));
    assert!(state.is_back() && !asked.iter().any(keeps), "{asked:?}");
}

#[test]
fn a_figure_has_the_step_and_the_set_that_it_is_of() {
    let (mut state, _) = at_twin(live(200, 60, entries()));
    let shown = screen(&state);
    assert!(shown.contains(" · step 120 · test 8"), "{shown}");
    press_code(&mut state, KeyCode::Left);
    let shown = screen(&state);
    assert!(shown.contains(" · step 100 · validation "), "{shown}");
}

#[test]
fn images_and_several_sessions_have_twins_too() {
    let (mut state, _) = at_twin(replay(80, 24, entries_of_images()));
    for view in ["c", "d", "a", "w"] {
        press(&mut state, view);
        assert!(screen(&state).contains("minus "), "{}", screen(&state));
    }
    let (mut state, _) = at_twin(together(200, 60));
    assert!(screen(&state).contains("minus "), "{}", screen(&state));
    press(&mut state, "dg");
    screen(&state);
}
