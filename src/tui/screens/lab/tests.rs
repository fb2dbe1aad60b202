use std::path::PathBuf;

use crossterm::event::KeyCode;

use crate::tui::testing::{self, press, press_code, screen};

use super::state::Kind;
use super::*;

fn session(name: &str, finished: bool) -> Session {
    Session {
        parents: Vec::new(),
        fork: None,
        depth: 0,
        name: name.into(),
        folder: PathBuf::from("sessions").join(name),
        title: "What do 100 labels buy?".into(),
        finished,
        running: false,
        recorded: false,
        models: finished,
        kind: Some(Kind::Vectors),
        age: "5 minutes ago".into(),
        verdict: finished.then(|| "Frozen vectors win by 16 points.".into()),
    }
}

fn lab(columns: u16, rows: u16) -> State {
    let mut state = testing::empty(columns, rows);
    let broken =
        (PathBuf::from("my-demo.ron"), Err("my-demo.ron, line 3, column 2: unknown field `dimm`".into()));
    let found = Found {
        sessions: vec![session("demo-2", false), session("demo", true)],
        recipes: vec![broken],
        ..Found::default()
    };
    crate::tui::app::update(&mut state, Action::Found(found));
    state
}

#[test]
fn a_newcomer_reads_what_this_is_and_what_enter_does() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let shown = screen(&lab(columns, rows));
        for expected in
            ["What did pre-training buy?", "Recipes", "enter starts it", "skip-gram", "3 strategies"]
        {
            assert!(shown.contains(expected), "{expected} at {columns}x{rows}:\n{shown}");
        }
    }
}

#[test]
fn what_is_selected_stays_selected_when_the_list_changes() {
    let mut state = lab(80, 24);
    press(&mut state, "jjj");
    let name = |state: &State| match selected(state) {
        Some(Item::Session(session)) => session.name.clone(),
        _ => String::new(),
    };
    assert_eq!(name(&state), "demo");
    // The session was written again, so it stands above the other.
    let found = Found { sessions: vec![session("demo", true), session("demo-2", false)], ..Found::default() };
    crate::tui::app::update(&mut state, Action::Found(found));
    assert_eq!(name(&state), "demo");
    // What a filter leaves is selected also without it.
    press(&mut state, "/demo-2");
    press_code(&mut state, KeyCode::Enter);
    assert_eq!(name(&state), "demo-2");
    press(&mut state, "/");
    (0..6).for_each(|_| _ = press_code(&mut state, KeyCode::Backspace));
    press_code(&mut state, KeyCode::Enter);
    assert_eq!(name(&state), "demo-2");
    // A recipe is not marked, and it is said why.
    press(&mut state, "kkkk ");
    assert!(state.screens.lab.marked.is_empty());
    assert!(screen(&state).contains("Only sessions are marked"), "{}", screen(&state));
}

#[test]
fn marked_sessions_are_opened_together() {
    let mut state = lab(80, 24);
    press(&mut state, "jj ");
    assert!(screen(&state).contains("◆▸ demo-2"), "{}", screen(&state));
    // With one mark, enter does what it does without.
    assert!(matches!(&press_code(&mut state, KeyCode::Enter)[..], [Effect::Send(Command::Resume { .. })]));
    let mut state = lab(80, 24);
    press(&mut state, "jjj k ");
    let opened = press_code(&mut state, KeyCode::Enter);
    let [Effect::Together(folders)] = &opened[..] else { panic!("{opened:?}") };
    assert_eq!(folders, &[PathBuf::from("sessions/demo-2"), PathBuf::from("sessions/demo")]);
    assert!(state.screens.lab.marked.is_empty());
    // Escape and a second press take marks away, and a session that is gone keeps none.
    press(&mut state, " ");
    press_code(&mut state, KeyCode::Esc);
    assert!(state.screens.lab.marked.is_empty());
    press(&mut state, "  ");
    assert!(state.screens.lab.marked.is_empty());
    press(&mut state, " ");
    crate::tui::app::update(&mut state, Action::Found(Found::default()));
    assert!(state.screens.lab.marked.is_empty());
}

#[test]
fn enter_starts_resumes_or_looks_again() {
    let mut state = lab(80, 24);
    let started = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&started[..], [Effect::Begin { name, .. }] if name == "demo"), "{started:?}");
    let mut state = lab(80, 24);
    press(&mut state, "j");
    assert!(screen(&state).contains("unknown field"));
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    press(&mut state, "j");
    assert!(screen(&state).contains("Not finished"));
    let resumed = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&resumed[..], [Effect::Send(Command::Resume { folder })] if folder.ends_with("demo-2")));
    let mut state = lab(80, 24);
    press(&mut state, "jjj");
    assert!(screen(&state).contains("Frozen vectors"));
    let opened = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&opened[..], [Effect::Load(folder)] if folder.ends_with("demo")), "{opened:?}");
}

#[test]
fn what_is_under_way_is_not_stopped_without_a_question() {
    let mut state = testing::live(80, 24, testing::entries_while_training());
    state.tab = Tab::Lab;
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("Save and stop the session under way"));
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Begin { .. }]), "{effects:?}");
}

#[test]
fn a_built_in_recipe_is_written_as_its_explained_template_and_a_file_as_it_is() {
    let mut state = lab(80, 24);
    let effects = press(&mut state, "w");
    let [Effect::Write { name, text }] = &effects[..] else { panic!("{effects:?}") };
    let template = testing::built_in().template;
    assert_eq!((name.as_str(), text.as_str()), (template.file, template.text));
    assert!(name.ends_with(".ron"), "Lab lists recipes by their ending");
    assert!(screen(&state).contains("w new recipe"), "{}", screen(&state));
    // The new file is found and selected.
    crate::tui::app::update(&mut state, Action::Written(PathBuf::from("my-reviews.ron")));
    let mut found = state.screens.lab.found.clone();
    found.recipes.push((PathBuf::from("my-reviews.ron"), Ok(testing::recipe())));
    crate::tui::app::update(&mut state, Action::Found(found));
    assert!(matches!(selected(&state), Some(Item::File(path, _)) if path.ends_with("my-reviews.ron")));
    let effects = press(&mut state, "w");
    let [Effect::CopyFile { from, name }] = &effects[..] else { panic!("{effects:?}") };
    assert!(from.ends_with("my-reviews.ron") && name == "my-reviews.ron", "{effects:?}");
}

#[test]
fn the_explanation_is_of_the_session_in_front_or_of_what_is_selected() {
    let mut state = lab(80, 24);
    assert!(screen(&state).contains("words learn vectors"), "{}", screen(&state));
    let text = "(title: \"t\", transfer: Images(source: Classifier(set: Demo(letters: 520)), task: DemoDigits, head: Layers(new: 1)), labels: [50])";
    let recipe = Recipe::parse(text, std::path::Path::new("p.ron")).unwrap();
    state.screens.lab.found.recipes = vec![(PathBuf::from("p.ron"), Ok(recipe))];
    press(&mut state, "j");
    let shown = screen(&state);
    assert!(shown.contains("First, a network learns") && !shown.contains("learn vectors"), "{shown}");
    let mut state = testing::live(80, 24, testing::entries_of_images());
    let shown = {
        let images =
            "(title: \"t\", transfer: Images(source: Network(\"n\"), task: DemoDigits), labels: [50])";
        let images = crate::session::recipe::Recipe::parse(images, std::path::Path::new("r.ron")).unwrap();
        state.history.recipe.as_mut().unwrap().transfer = images.transfer;
        state.tab = Tab::Lab;
        screen(&state)
    };
    assert!(shown.contains("First, a network learns"), "of the session, whatever is selected: {shown}");
}

#[test]
fn what_has_no_room_is_read_page_by_page() {
    let mut state = lab(80, 24);
    let mut seen = screen(&state);
    assert!(seen.contains("below: pgdn, pgup"), "{seen}");
    for _ in 0..4 {
        press_code(&mut state, KeyCode::PageDown);
        seen.push_str(&screen(&state));
    }
    assert!(seen.contains("every setting") && seen.contains("above: pgdn, pgup"), "{seen}");
    assert!(view::is_scrolled(&state) && !view::has_more(&state), "{}", screen(&state));
    press(&mut state, "j");
    assert_eq!(state.screens.lab.first, 0);
}

#[test]
fn without_a_training_thread_nothing_is_started() {
    let mut state = lab(80, 24);
    state.trains = false;
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("! This workbench only looks at recordings"), "{}", screen(&state));
    assert!(!screen(&state).contains("enter starts it"));
}

#[test]
fn the_models_of_a_finished_session_are_loaded() {
    let mut state = lab(80, 24);
    press(&mut state, "jjj");
    assert!(screen(&state).contains("m loads its models"), "{}", screen(&state));
    let loaded = press(&mut state, "m");
    assert!(matches!(&loaded[..], [Effect::Send(Command::Resume { folder })] if folder.ends_with("demo")));
    let mut state = lab(80, 24);
    press(&mut state, "jj");
    assert!(press(&mut state, "m").is_empty(), "nothing to load of what is not finished");
}

#[test]
fn forks_stand_as_a_tree_under_the_session_that_they_fork() {
    let mut state = lab(100, 40);
    let mut sessions: Vec<Session> =
        ["root", "first", "of-first", "last", "other"].map(|name| session(name, true)).into();
    for (session, depth) in sessions.iter_mut().zip([0, 1, 2, 1, 0]) {
        session.depth = depth;
    }
    crate::tui::app::update(&mut state, Action::Found(Found { sessions, ..Found::default() }));
    let shown = screen(&state);
    for line in ["✓ root", "├ ✓ first", "│ └ ✓ of-first", "└ ✓ last", "✓ other"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("└ ✓ other") && !shown.contains("├ ✓ last"), "{shown}");
}

#[test]
fn the_lineage_of_sessions_is_told_in_both_directions() {
    let mut state = lab(100, 40);
    let mut sessions = vec![session("films", true), session("hotels", true)];
    sessions[1].parents = vec![sessions[0].folder.clone()];
    let found = Found { sessions, ..Found::default() };
    crate::tui::app::update(&mut state, Action::Found(found));
    for _ in 0..20 {
        press_code(&mut state, KeyCode::Down);
    }
    assert!(screen(&state).contains("Its source was pre-trained in films."), "{}", screen(&state));
    press_code(&mut state, KeyCode::Up);
    assert!(screen(&state).contains("What it pre-trained is used in hotels."), "{}", screen(&state));
}
