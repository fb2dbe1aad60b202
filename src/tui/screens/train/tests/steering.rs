//! What is done by hand while an experiment runs: stopping, adding, forking, freezing.

use crate::session::fork::Fork;
use crate::session::record::Entry;
use crate::session::steering::Addition;

use super::*;

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
    assert!(screen(&replay).contains("This is a replay"), "{}", screen(&replay));
}

#[test]
fn seeds_and_budgets_are_typed_and_what_is_wrong_is_said() {
    let mut state = on_train(80, 24, testing::entries_while_training());
    assert!(press(&mut state, "A").is_empty());
    let shown = screen(&state);
    assert!(shown.contains("add to the experiment") && shown.contains("seeds 2"), "{shown}");
    press(&mut state, "seeds 1");
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(effects[..], [Effect::Send(Command::Add(Addition::Seeds(1)))]), "{effects:?}");
    // It is said once the training thread has done it, and of what was added earlier nothing is said.
    assert!(!screen(&state).contains("Added to the experiment"), "{}", screen(&state));
    let added = |addition| {
        let entry = Entry { at: 99.0, record: Record::Note(Note::Added { addition, begun: 1 }) };
        Action::News(Box::new(Event::Entries(vec![entry])))
    };
    app::update(&mut state, added(Addition::Seeds(3)));
    assert!(!screen(&state).contains("Added to the experiment"), "{}", screen(&state));
    app::update(&mut state, added(Addition::Seeds(1)));
    assert!(screen(&state).contains("Added to the experiment: 1 seed"), "{}", screen(&state));
    press(&mut state, "Alabels 3");
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("4 or more"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Backspace);
    press(&mut state, "77");
    let effects = press_code(&mut state, KeyCode::Enter);
    let budget = Addition::Budget(Budget::Labels(77));
    assert!(matches!(&effects[..], [Effect::Send(Command::Add(added))] if *added == budget), "{effects:?}");
    // Nothing runs in a replay.
    let mut replay = testing::replay(80, 24, testing::entries());
    app::update(&mut replay, Action::Show(Tab::Train));
    assert!(press(&mut replay, "jjAH").is_empty() && matches!(replay.overlay, Overlay::None));
}

#[test]
fn a_fork_is_typed_and_what_is_wrong_is_said_before_anything_is_stopped() {
    let mut state = on_train(80, 24, testing::entries_while_training());
    press(&mut state, "F");
    assert!(screen(&state).contains("Select a run"), "{}", screen(&state));
    press(&mut state, "jjF");
    let shown = screen(&state);
    assert!(shown.contains("fork scratch") && shown.contains("at step"), "{shown}");
    for (typed, expected) in [
        ("labels 99999", "more than the"),
        ("freeze nothing", "there is no layer group"),
        ("epochs 1.5", "a whole number above 0"),
    ] {
        press(&mut state, typed);
        assert!(press_code(&mut state, KeyCode::Enter).is_empty());
        assert!(screen(&state).contains(expected), "{typed}: {}", screen(&state));
        (0..typed.len()).for_each(|_| drop(press_code(&mut state, KeyCode::Backspace)));
    }
    press(&mut state, "rate 0.01, epochs 3");
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("Save and stop the session under way"), "{}", screen(&state));
    let effects = press(&mut state, "y");
    let [Effect::Fork(asked)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((asked.run, asked.changes.rate, asked.changes.epochs), (1, Some(0.01), Some(3)));
}

#[test]
fn a_forked_session_says_on_its_curve_where_it_was_forked() {
    let mut entries = testing::entries();
    for entry in &mut entries {
        if let Record::Opened { recipe, .. } = &mut entry.record {
            let (method, labels) = (recipe.methods[0], recipe.labels[0]);
            recipe.fork = Some(Fork {
                session: "sessions/parent".into(),
                method,
                source: None,
                labels,
                seed: 1,
                step: 3,
                hash: "0".into(),
                continues: true,
                own_rate: false,
                frozen: Vec::new(),
            });
        }
    }
    let mut state = testing::replay(120, 40, entries);
    app::update(&mut state, Action::Show(Tab::Train));
    let shown = screen(&state);
    assert!(shown.contains("forked from step 3 of parent"), "{shown}");
    let axis = shown.lines().find(|line| line.contains('└')).unwrap_or_default();
    assert_eq!(axis.matches('▲').count(), 2, "the fork and a change of the learning rate: {shown}");
}

#[test]
fn layer_groups_are_frozen_and_unfrozen_by_their_names() {
    let mut entries = testing::entries_while_training();
    for entry in &mut entries {
        if let Record::Run(start) = &mut entry.record {
            start.groups = if start.run == 1 { vec!["head".into(), "embedding".into()] } else { Vec::new() };
        }
    }
    let mut state = on_train(80, 24, entries);
    press(&mut state, "H");
    assert!(screen(&state).contains("Select a run"), "{}", screen(&state));
    press(&mut state, "jH");
    assert!(screen(&state).contains("no layer groups"), "{}", screen(&state));
    press(&mut state, "jH");
    assert!(screen(&state).contains("head · embedding"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Tab);
    press_code(&mut state, KeyCode::Tab);
    let sent = |effects: Vec<Effect>, frozen: bool| match &effects[..] {
        [Effect::Send(Command::Group { run: 1, group, frozen: f })] => group == "embedding" && *f == frozen,
        _ => false,
    };
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(sent(effects, true));
    // Once it is in the log, the same unfreezes it.
    let at = state.history.now + 1.0;
    let note = Note::Group { run: 1, group: "embedding".into(), frozen: true, at: Vec::new() };
    let entry = Entry { at, record: Record::Note(note) };
    app::update(&mut state, Action::News(Box::new(Event::Entries(vec![entry]))));
    press(&mut state, "H");
    assert!(screen(&state).contains("embedding (frozen)"), "{}", screen(&state));
    press(&mut state, "unfreeze embedding");
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(sent(effects, false));
    press(&mut state, "Hembedding");
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(sent(effects, false), "the name alone changes what it is");
    assert!(screen(&state).contains("embedding frozen"), "its card: {}", screen(&state));
    assert!(screen(&state).contains("froze embedding of"), "the mark: {}", screen(&state));
    press(&mut state, "Hs");
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("no layer group"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Esc);
    // The training thread knows more, and its refusal is a message.
    app::update(&mut state, Action::News(Box::new(Event::Refused("the head would train nothing".into()))));
    assert!(screen(&state).contains("would train nothing"), "{}", screen(&state));
}
