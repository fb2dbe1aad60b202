use super::*;
use crate::tui::testing::{self, press, press_code, screen};

fn session(name: &str, finished: bool) -> Session {
    Session {
        name: name.into(),
        folder: PathBuf::from("sessions").join(name),
        title: "What do 100 labels buy?".into(),
        finished,
        recorded: false,
        models: finished,
        age: "5 minutes ago".into(),
        verdict: finished.then(|| "Frozen vectors win by 16 points.".into()),
    }
}

fn lab(columns: u16, rows: u16) -> State {
    let mut state = testing::empty(columns, rows);
    let broken =
        (PathBuf::from("my-demo.ron"), Err("my-demo.ron, line 3, column 2: unknown field `dimm`".into()));
    let found =
        Found { sessions: vec![session("demo-2", false), session("demo", true)], recipes: vec![broken] };
    crate::tui::app::update(&mut state, Action::Found(found));
    state
}

#[test]
fn a_newcomer_reads_what_this_is_and_what_enter_does() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let shown = screen(&lab(columns, rows));
        for expected in ["What did pre-training buy?", "Recipes", "enter starts it", "skip-gram", "3 regimes"]
        {
            assert!(shown.contains(expected), "{expected} at {columns}x{rows}:\n{shown}");
        }
    }
}

#[test]
fn enter_starts_resumes_or_looks_again() {
    let mut state = lab(80, 24);
    let started = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&started[..], [Effect::Begin { name, .. }] if name == "demo.ron"), "{started:?}");
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
fn a_recipe_is_copied_with_everything_filled_in() {
    let effects = press(&mut lab(80, 24), "n");
    let [Effect::Write { name, text }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(name, "my-demo.ron");
    assert_eq!(Recipe::parse(text, std::path::Path::new("/a/my-demo.ron")).unwrap(), testing::recipe());
}

#[test]
fn without_a_training_thread_nothing_is_started() {
    let mut state = lab(80, 24);
    state.trains = false;
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("looks at recordings"));
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
