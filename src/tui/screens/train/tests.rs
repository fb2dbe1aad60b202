use super::*;
use crate::tui::app;
use crate::tui::screens::Tab;
use crate::tui::testing::{self, press, press_code, screen};

fn on_train(columns: u16, rows: u16, entries: Vec<crate::session::record::Entry>) -> State {
    let mut state = testing::live(columns, rows, entries);
    app::update(&mut state, Action::Show(Tab::Train));
    state
}

#[test]
fn while_pre_training_the_loss_and_the_neighbours_are_seen() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let screen = screen(&on_train(columns, rows, testing::entries_while_pretraining()));
        for expected in
            ["pre-training loss", "terrible", "horrible", "waiter", "3.00M of 6.00M words", "rate 0.01"]
        {
            assert!(screen.contains(expected), "{expected} at {columns}x{rows}:\n{screen}");
        }
    }
}

#[test]
fn runs_are_listed_with_what_matters_and_the_spike_is_drawn() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let state = on_train(columns, rows, testing::entries());
        let shown = screen(&state);
        for expected in ["training loss", "▲ scratch", "● fine-tuned", "◆ TF-IDF", "rate ×0.5 at", "steps"]
        {
            assert!(shown.contains(expected), "{expected} at {columns}x{rows}:\n{shown}");
        }
        let top: Vec<&str> = shown.lines().skip(4).take(3).collect();
        assert!(top.join("").contains(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "the spike:\n{shown}");
    }
    assert!(screen(&on_train(200, 60, testing::entries())).contains("120/120"));
}

#[test]
fn the_rate_is_changed_for_the_selected_run_or_for_all_and_that_is_said() {
    let mut state = on_train(80, 24, testing::entries_while_training());
    let effects = press(&mut state, ",");
    assert!(matches!(effects[..], [Effect::Send(Command::Rate { run: None, factor: 0.5 })]));
    press(&mut state, "jj");
    let effects = press(&mut state, ".");
    assert!(
        matches!(effects[..], [Effect::Send(Command::Rate { run: Some(1), factor: 2.0 })]),
        "{effects:?}"
    );
    assert!(screen(&state).contains("×2 for scratch"), "{}", screen(&state));
}

#[test]
fn stopping_asks_first() {
    let mut state = on_train(80, 24, testing::entries_while_training());
    assert!(press(&mut state, "S").is_empty());
    assert!(matches!(press(&mut state, "y")[..], [Effect::Send(Command::Stop)]));
    assert!(press(&mut state, "jjX").is_empty());
    assert!(screen(&state).contains("Stop the run scratch"), "{}", screen(&state));
    assert!(matches!(press(&mut state, "y")[..], [Effect::Send(Command::StopRun(1))]));
    let mut replay = testing::replay(80, 24, testing::entries());
    assert!(press(&mut replay, "jjXS,.s").is_empty(), "a replay cannot be trained");
}

#[test]
fn the_cursor_reads_off_values() {
    let mut state = on_train(200, 60, testing::entries());
    press_code(&mut state, KeyCode::Right);
    let shown = screen(&state);
    assert!(shown.contains("┊ at 120 steps") && shown.contains("at ┊"), "{shown}");
    press_code(&mut state, KeyCode::Left);
    assert!(screen(&state).contains("┊ at 119 steps"));
    press_code(&mut state, KeyCode::Esc);
    assert!(!screen(&state).contains("┊"));
}

#[test]
fn hiding_and_budgets_leave_only_what_is_asked_for() {
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "b");
    assert_eq!(listed(&state).count(), 8);
    press(&mut state, "j ");
    assert_eq!(drawn(&state).len(), 7);
    press(&mut state, "bb");
    assert_eq!((listed(&state).count(), drawn(&state).len()), (16, 15));
}

#[test]
fn zooming_shows_a_part_and_comes_back() {
    let mut state = on_train(200, 60, testing::entries());
    let whole = window(&state).unwrap();
    press(&mut state, "++");
    let (low, high) = window(&state).unwrap();
    assert!(low > whole.0 && high < whole.1);
    press(&mut state, "---");
    assert_eq!(window(&state).unwrap(), whole);
    for _ in 0..40 {
        press(&mut state, "+");
    }
    assert!(screen(&state).contains("zoomed"));
    press(&mut state, "0");
    assert_eq!(window(&state).unwrap(), whole);
}

#[test]
fn in_the_past_only_what_was_told_is_there() {
    let mut state = on_train(200, 60, testing::entries());
    let all: usize = drawn(&state).iter().map(|(_, _, told)| told).sum();
    press(&mut state, "{");
    let then: usize = drawn(&state).iter().map(|(_, _, told)| told).sum();
    assert!(then < all);
    for _ in 0..7 {
        press(&mut state, "{");
    }
    assert_eq!(view(&state), View::Pretraining);
}

#[test]
fn what_nobody_trains_is_not_said_to_be_training() {
    let mut state = on_train(80, 24, testing::entries_while_training());
    press(&mut state, "jj");
    assert!(screen(&state).contains("is training"), "{}", screen(&state));
    state.status = crate::train::event::Status::default();
    let shown = screen(&state);
    assert!(!shown.contains("is training") && shown.contains("‖▲ scratch"), "{shown}");
}

#[test]
fn what_the_list_leaves_out_is_counted() {
    let mut state = on_train(80, 24, testing::entries());
    assert!(screen(&state).contains("▼ 5 below"), "{}", screen(&state));
    for _ in 0..20 {
        press(&mut state, "j");
    }
    assert!(screen(&state).contains("▲ 5 above"), "{}", screen(&state));
}

#[test]
fn stopping_a_run_without_one_says_what_to_do() {
    let mut state = on_train(80, 24, testing::entries_while_training());
    press(&mut state, "X");
    assert!(screen(&state).contains("Select a run"), "{}", screen(&state));
}
