//! Tests of several sessions that are shown together, on all screens.

use crossterm::event::KeyCode;

use crate::session::follow::{News, Writer};
use crate::session::history::History;
use crate::session::record::{Entry, Note, Record};
use crate::tui::action::{Action, Effect};
use crate::tui::app;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::testing::{self, press, press_code, screen};

fn at(tab: Tab, columns: u16, rows: u16) -> State {
    let mut state = testing::together(columns, rows);
    app::update(&mut state, Action::Show(tab));
    state.toasts.clear();
    state
}

#[test]
fn curves_are_bands_of_each_session_with_its_name() {
    let state = at(Tab::Train, 200, 60);
    assert_eq!(state.history.runs.len(), 32);
    let shown = screen(&state);
    for expected in ["frozen·demo 100", "frozen·other-demo 100", "2 sessions: demo, other-demo", "● watching"]
    {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    // The filter takes a session by its name.
    let mut state = at(Tab::Train, 200, 60);
    press(&mut state, "/source:other-demo");
    press_code(&mut state, KeyCode::Enter);
    let shown = screen(&state);
    assert!(shown.contains("16 of 32 runs") && !shown.contains("frozen·demo"), "{shown}");
}

#[test]
fn compare_has_one_table_the_settings_that_differ_and_the_difference_of_the_recipes() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = at(Tab::Compare, columns, rows);
        let mut all = String::new();
        for _ in 0..60 {
            all.push_str(&screen(&state));
            press(&mut state, "j");
        }
        for expected in [
            "A  demo: ",
            "B  other-demo (running: 4 of 40 runs done): ",
            "Settings that differ",
            "seeds",
            "80.2 ± 0.4",
            "* so far",
            "What changes from the recipe of A to that of B",
            "− seeds: 2,",
            "+ seeds: 5,",
        ] {
            assert!(all.contains(expected), "{expected} at {columns}:\n{all}");
        }
        assert!(!all.contains("margin"), "what is the same is not shown:\n{all}");
        let copied = press(&mut state, "y");
        let command = "warmstart compare sessions/demo sessions/other-demo";
        assert!(matches!(&copied[..], [Effect::Copy(text)] if text == command), "{copied:?}");
    }
}

#[test]
fn other_screens_say_why_not_in_one_sentence() {
    for tab in Tab::of(&testing::together(80, 24)).collect::<Vec<_>>() {
        let mut state = at(tab, 80, 24);
        let shown = screen(&state);
        let Some(sentence) = tab.page().several() else { continue };
        let text = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(sentence) && sentence.matches(". ").count() <= 1, "{tab:?}:\n{shown}");
        // Nothing can be typed there.
        press(&mut state, "xyz/");
        assert!(tab.page().field(&state).is_none());
    }
}

#[test]
fn a_session_that_is_written_goes_on_and_one_that_begins_anew_is_read_again() {
    let mut state = at(Tab::Train, 80, 24);
    let news = |anew, entries, writer| Action::Joined {
        place: 1,
        news: Box::new(News { anew, entries, writer: Some(writer) }),
    };
    let note = Entry { at: 99.0, record: Record::Note(Note::Remark("so".into())) };
    app::update(&mut state, news(false, vec![note.clone()], Writer::Finished));
    assert!(screen(&state).contains("other-demo: "), "{}", screen(&state));
    let effects = app::update(&mut state, news(true, vec![note], Writer::Running));
    assert!(matches!(&effects[..], [Effect::Together(folders)] if folders.len() == 2), "{effects:?}");
    // Another session leaves nothing of them behind.
    let loaded = Action::Loaded {
        name: "demo".into(),
        folder: "sessions/demo".into(),
        history: Box::new(History::of(testing::entries())),
        models: false,
    };
    app::update(&mut state, loaded);
    assert!(state.several.is_none() && state.history.runs.len() == 16);
}
