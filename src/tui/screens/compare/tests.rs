use crossterm::event::KeyCode;

use crate::session::follow::{News, Writer};
use crate::session::fork::Fork;
use crate::session::method::{Method, Strategy};
use crate::session::record::Record;
use crate::tui::action::Action;
use crate::tui::app;
use crate::tui::state::State;
use crate::tui::testing::{self, entries, entries_while_training, live, press, press_code, replay, screen};

fn at_compare(mut state: State) -> State {
    press(&mut state, "5");
    state.toasts.clear();
    state
}

/// All text that scrolling shows.
fn scrolled(state: &mut State) -> String {
    let mut all = String::new();
    for _ in 0..200 {
        all.push_str(&screen(state));
        press_code(state, KeyCode::Down);
    }
    all
}

#[test]
fn the_verdict_comes_first_and_all_the_rest_is_within_reach_at_80_columns() {
    let mut state = at_compare(live(80, 24, entries()));
    let shown = screen(&state);
    // One line a budget and question, with the interval and what it shows.
    let line = shown.lines().find(|line| line.contains("fine-tuned − scratch")).expect("a headline");
    assert!(line.contains("better") && line.contains('●') && line.contains('┤'), "{shown}");
    assert!(shown.contains("95 % interval") && shown.contains("▼"), "{shown}");
    let all = scrolled(&mut state);
    let verdict = all.find("pre-training bought 16.0 points: frozen");
    assert!(verdict < Some(all.find("accuracy %").expect("a table")), "{all}");
    for expected in [
        "no grammar made them",
        "80.2 ± 0.4",
        "by hand",
        "Accuracy against labels",
        "won 2 of 2",
        "is as good as scratch with about 900: 9.0 times as",
        "scratch got there with none of its budgets",
        "pre-training: 9.7 s",
        "40 (2/2)",
        "frozen stayed frozen",
        "9f3a51c2",
        "1210 of 5120",
        "Adam 0.001 (scratch, frozen,",
    ] {
        assert!(all.contains(expected), "{expected} in {all}");
    }
}

#[test]
fn before_the_end_figures_are_called_provisional() {
    let mut state = at_compare(live(80, 24, entries_while_training()));
    let shown = screen(&state);
    assert!(shown.contains("Provisional: 4 of 16 runs are done"), "{shown}");
    let all = scrolled(&mut state);
    assert!(all.contains("val 2/2") && all.contains("test 2/2"), "{all}");
    // The same holds when the time cursor goes back.
    let mut state = at_compare(replay(80, 24, entries()));
    press(&mut state, "{");
    assert!(screen(&state).contains("provisional"), "{}", screen(&state));
}

#[test]
fn with_no_runs_a_sentence_says_what_will_be_here() {
    let state = at_compare(live(80, 24, Vec::new()));
    assert!(screen(&state).contains("Nothing is compared yet"));
}

#[test]
fn sections_are_gone_to_and_back() {
    let mut state = at_compare(live(80, 24, entries()));
    let top = screen(&state);
    press(&mut state, "nn");
    let third = screen(&state);
    assert!(third.lines().nth(3).is_some_and(|line| line.contains("Accuracy against labels")), "{third}");
    press(&mut state, "NN");
    assert_eq!(screen(&state), top);
}

#[test]
fn a_large_screen_shows_all_at_once() {
    let state = at_compare(live(200, 60, entries()));
    let shown = screen(&state);
    assert!(!shown.contains("▼") && shown.contains("frozen stayed frozen"), "{shown}");
}

#[test]
fn only_like_figures_are_compared_and_sets_are_called_what_they_are() {
    let mut state = at_compare(live(80, 24, entries_while_training()));
    // Lines can be broken at any word.
    let all = scrolled(&mut state).split_whitespace().collect::<Vec<_>>().join(" ");
    // Only TF-IDF is tested, so it is not among the methods that are compared.
    assert!(all.contains("% on the validation part (beside"), "{all}");
    assert!(!all.contains("% on the test part"), "{all}");
    // No trained run was tested yet, but the set is known.
    assert!(all.contains("by hand: 320 documents, written one by one"), "{all}");
}

#[test]
fn a_rate_changed_by_hand_is_said_first_and_among_the_settings() {
    let mut state = at_compare(live(80, 24, entries()));
    let shown = screen(&state);
    let said = shown.find("was changed by hand").expect("a sentence");
    assert!(said < shown.find("bought 16.0 points").expect("a verdict"), "{shown}");
    assert!(scrolled(&mut state).contains("learning rate by hand"));
}

#[test]
fn further_metrics_have_a_column_where_there_is_room() {
    let wide = screen(&at_compare(live(200, 60, entries())));
    let row = |name: &str| wide.lines().find(|line| line.contains(name)).unwrap();
    assert!(wide.contains("accuracy %  macro-F1"), "{wide}");
    // Accuracy, macro-F1 and the further set of the fixture: 0.802, less 0.01, less 0.04.
    let figures: Vec<&str> = row("■ frozen       80.2 ± 0.4").split_whitespace().collect();
    assert!(figures.windows(3).any(|three| three == ["0.4", "79.2", "76.2"]), "{figures:?}");
    let mut narrow = at_compare(live(80, 24, entries()));
    assert!(!scrolled(&mut narrow).contains("macro-F1"));
}

#[test]
fn a_fork_stands_beside_the_run_from_which_it_comes() {
    let mut state = testing::empty(120, 50);
    app::update(&mut state, Action::Joining(vec!["sessions/demo".into(), "sessions/demo-fork".into()]));
    let mut fork = testing::entries();
    for entry in &mut fork {
        if let Record::Opened { recipe, .. } = &mut entry.record {
            recipe.fork = Some(Fork {
                session: "/elsewhere/sessions/demo".into(),
                method: Method::Strategy(Strategy::Frozen),
                source: None,
                labels: recipe.labels[0],
                seed: 1,
                step: 30,
                hash: "0".into(),
                continues: true,
                own_rate: false,
                frozen: Vec::new(),
            });
        }
    }
    for (place, entries) in [(0, testing::entries()), (1, fork)] {
        let news = News { anew: false, entries, writer: Some(Writer::Finished) };
        app::update(&mut state, Action::Joined { place, news: Box::new(news) });
    }
    let mut state = at_compare(state);
    let shown = scrolled(&mut state);
    assert!(shown.contains("Forks beside their parents"), "{shown}");
    assert!(shown.contains("B is forked from frozen · 100 labels · seed 1 of A at step 30"), "{shown}");
    // What only repeats the fork to the same bits is no setting.
    assert!(shown.contains("fork.step") && !shown.contains("fork.hash"), "{shown}");
}
