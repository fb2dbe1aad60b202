use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::session::history::History;
use crate::tui::action::Forking;
use crate::tui::binding::Binding;
use crate::tui::state::About;
use crate::tui::testing;

use super::*;

const SIZES: [(u16, u16); 7] = [(1, 1), (2, 40), (79, 24), (80, 24), (81, 25), (200, 60), (300, 80)];

fn states(columns: u16, rows: u16) -> Vec<State> {
    vec![
        testing::empty(columns, rows),
        testing::live(columns, rows, testing::entries_while_pretraining()),
        testing::live(columns, rows, testing::entries_while_training()),
        testing::replay(columns, rows, testing::entries()),
        testing::live(columns, rows, testing::entries_of_images()),
        testing::together(columns, rows),
    ]
}

#[test]
fn every_key_of_every_screen_at_every_size_in_every_state_leaves_a_screen() {
    for (columns, rows) in SIZES {
        for tab in Tab::ALL {
            for mut state in states(columns, rows) {
                update(&mut state, Action::Show(tab));
                for binding in tab.page().keys().iter().chain(keymap::global()) {
                    for key in binding.keys {
                        let modifiers = if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                        update(&mut state, Action::Key(KeyEvent::new(key.code, modifiers)));
                        testing::screen(&state);
                        // Close any window that the key opened, so that the next key reaches the screen.
                        state.overlay = Overlay::None;
                        testing::press_code(&mut state, KeyCode::Esc);
                        update(&mut state, Action::Show(tab));
                    }
                }
            }
        }
    }
}

#[test]
fn the_mouse_may_click_anywhere() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        for tab in Tab::ALL {
            for mut state in states(columns, rows) {
                for (row, column) in (0..rows).flat_map(|y| (0..columns).step_by(7).map(move |x| (y, x))) {
                    update(&mut state, Action::Show(tab));
                    state.overlay = Overlay::None;
                    for kind in [
                        MouseEventKind::Down(MouseButton::Left),
                        MouseEventKind::Drag(MouseButton::Left),
                        MouseEventKind::Moved,
                        MouseEventKind::ScrollDown,
                        MouseEventKind::ScrollUp,
                    ] {
                        let modifiers = KeyModifiers::NONE;
                        update(&mut state, Action::Mouse(MouseEvent { kind, column, row, modifiers }));
                    }
                }
                testing::screen(&state);
            }
        }
    }
}

#[test]
fn time_goes_back_and_returns_on_all_screens() {
    let mut state = testing::live(80, 24, testing::entries());
    testing::press(&mut state, "[");
    let end = state.history.now;
    assert!((state.until() - end * 0.99).abs() < 1e-9);
    testing::press(&mut state, "{3}]");
    assert_eq!(state.until(), f64::INFINITY);
    testing::press(&mut state, "{{");
    assert!(state.is_back() && state.comparison().is_none());
    testing::press_code(&mut state, KeyCode::Esc);
    assert!(!state.is_back() && state.comparison().is_some());
}

#[test]
fn leaving_asks_only_while_something_is_trained() {
    let mut idle = testing::empty(80, 24);
    assert!(testing::press(&mut idle, "q").iter().any(|effect| matches!(effect, Effect::Quit)));
    let mut live = testing::live(80, 24, testing::entries_while_training());
    assert!(testing::press(&mut live, "q").is_empty());
    assert!(testing::screen(&live).contains("Save and leave?"));
    assert!(testing::press(&mut live, "n").is_empty());
    let effects = testing::press(&mut live, "qy");
    assert!(matches!(effects[..], [Effect::Send(Command::Quit), Effect::Quit]));
}

#[test]
fn a_terminal_that_is_too_small_says_so() {
    let screen = testing::screen(&testing::empty(60, 20));
    assert!(screen.contains("80×24") && screen.contains("60×20"), "{screen}");
}

#[test]
fn the_palette_finds_actions_by_name_and_does_them() {
    let mut state = testing::live(80, 24, testing::entries());
    testing::press(&mut state, ":go confusion");
    testing::press_code(&mut state, KeyCode::Enter);
    assert_eq!(state.tab, Tab::Confusion);
}

#[test]
fn ticks_alone_ask_for_no_drawing() {
    let mut state = testing::live(80, 24, testing::entries());
    state.toasts.clear();
    state.changed = false;
    update(&mut state, Action::Tick(1.0));
    assert!(!state.changed);
}

#[test]
fn while_it_is_too_small_only_leaving_works_and_the_question_is_seen() {
    let mut state = testing::live(60, 20, testing::entries_while_training());
    let tab = state.tab;
    assert!(testing::press(&mut state, "4S,:?").is_empty());
    assert!(state.tab == tab && matches!(state.overlay, Overlay::None));
    assert!(testing::press(&mut state, "q").is_empty());
    assert!(testing::screen(&state).contains("Save and leave?"), "{}", testing::screen(&state));
    testing::press(&mut state, "n");
    assert!(testing::screen(&state).contains("80×24"));
    let effects = testing::press(&mut state, "qy");
    assert!(matches!(effects[..], [Effect::Send(Command::Quit), Effect::Quit]));
}

#[test]
fn in_the_past_the_badge_and_the_way_back_are_seen_at_any_width() {
    for tab in Tab::ALL {
        let mut state = testing::live(80, 24, testing::entries_while_training());
        state.status.doing = "training 40 runs with 1000 labels".into();
        state.status.speed = 1_234_567.0;
        update(&mut state, Action::Show(tab));
        testing::press_code(&mut state, KeyCode::Esc);
        let now = testing::screen(&state);
        let footer = now.lines().last().unwrap();
        assert!(footer.contains("p pause") && footer.contains("[ earlier"), "{tab:?}: {footer}");
        testing::press(&mut state, "[");
        let then = testing::screen(&state);
        assert!(
            then.lines().nth(1).is_some_and(|line| line.contains("◀") && line.contains(" of ")),
            "{then}"
        );
        assert!(then.lines().last().is_some_and(|line| line.starts_with(" end to now")), "{tab:?}: {then}");
    }
}

#[test]
fn while_something_is_typed_the_footer_shows_no_letters() {
    for tab in [Tab::Words, Tab::Try] {
        let mut state = testing::live(80, 24, testing::entries());
        update(&mut state, Action::Show(tab));
        testing::press(&mut state, "/");
        let shown = testing::screen(&state);
        let footer = shown.lines().last().unwrap();
        assert!(footer.contains("enter ask") && footer.contains("esc stop typing"), "{footer}");
        assert!(!footer.contains(" q ") && footer.contains("ctrl-c quit"), "{footer}");
        testing::press_code(&mut state, KeyCode::Esc);
        assert!(testing::screen(&state).lines().last().unwrap().contains("q quit"));
    }
}

#[test]
fn what_the_footer_shows_while_something_is_typed_works() {
    for tab in Tab::ALL {
        for shown in tab.page().typing_keys() {
            for key in shown.keys {
                let act = |binding: &Binding| format!("{:?}", binding.action);
                let own = tab.page().keys().iter().filter(|own| own.keys.contains(key));
                assert!(own.map(act).any(|own| own == act(shown)), "{tab:?}: {}", key.name());
            }
        }
    }
}

#[test]
fn finished_is_said_once() {
    let mut state = testing::live(80, 24, testing::entries());
    state.status.state = event::State::Finished;
    state.status.doing = "finished".into();
    let shown = testing::screen(&state);
    assert_eq!(shown.lines().nth(1).unwrap().matches("finished").count(), 1, "{shown}");
}

#[test]
fn models_that_are_kept_anywhere_are_not_to_be_trained_again() {
    for (models, expected) in
        [(true, "warmstart resume /elsewhere/demo --watch"), (false, "run its recipe again")]
    {
        let mut state = testing::empty(200, 60);
        let (name, entries) = ("demo".to_string(), testing::entries());
        update(
            &mut state,
            Action::Loaded {
                name,
                folder: "/elsewhere/demo".into(),
                history: Box::new(History::of(entries)),
                models,
            },
        );
        update(&mut state, Action::Show(Tab::Try));
        assert!(testing::screen(&state).contains(expected), "{}", testing::screen(&state));
    }
}

#[test]
fn the_palette_finds_what_other_screens_do_and_goes_there() {
    let mut state = testing::live(80, 24, testing::entries_while_training());
    update(&mut state, Action::Show(Tab::Compare));
    testing::press(&mut state, ":halve the learning");
    assert!(testing::screen(&state).contains("Train: Halve"), "{}", testing::screen(&state));
    let effects = testing::press_code(&mut state, KeyCode::Enter);
    assert_eq!(state.tab, Tab::Train);
    assert!(matches!(effects[..], [Effect::Send(Command::LearningRate { run: None, .. })]), "{effects:?}");
}

#[test]
fn a_toast_has_rows_of_its_own_and_goes_with_its_screen_or_its_time() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = testing::replay(columns, rows, testing::entries());
        update(&mut state, Action::Show(Tab::Compare));
        let before = testing::screen(&state);
        state.complain("The disk is full: nothing more can be written to sessions/demo.");
        let shown = testing::screen(&state);
        let at = |row: usize| shown.lines().nth(row).unwrap_or_default();
        let row = usize::from(rows) - 2;
        assert!(at(row).starts_with(" ! The disk is full") && at(row + 1).contains("q quit"), "{shown}");
        // The content does not move; it only loses rows at the end.
        assert!(before.lines().zip(shown.lines()).take(row - 1).all(|(a, b)| a == b), "{before}\n{shown}");
        update(&mut state, Action::Show(Tab::Train));
        assert!(!testing::screen(&state).contains("The disk is full"), "it belongs to another screen");
        state.complain("Once more.");
        let now = state.now + 60.0;
        update(&mut state, Action::Tick(now));
        assert!(state.toasts.is_empty() && !testing::screen(&state).contains("Once more"));
    }
}

#[test]
fn what_became_of_the_session_is_told_on_every_screen() {
    let mut state = testing::live(80, 24, testing::entries_while_training());
    update(&mut state, Action::News(Box::new(Event::Failed("The log cannot be written.".into()))));
    update(&mut state, Action::Show(Tab::Confusion));
    assert!(testing::screen(&state).contains("! The log cannot be written."), "{}", testing::screen(&state));
}

#[test]
fn a_toast_that_is_longer_than_its_rows_says_so_and_the_newest_is_seen() {
    let mut state = testing::live(80, 24, testing::entries());
    state.toast("word ".repeat(200));
    let shown = testing::screen(&state);
    assert!(shown.lines().nth(22).unwrap().ends_with('…'), "{shown}");
    let row = |row: usize| shown.lines().nth(row).unwrap().contains("word word");
    assert_eq!([18, 19, 20, 21, 22].map(row), [false, true, true, true, true], "{shown}");
    state.toast("The newest.");
    let shown = testing::screen(&state);
    assert!(
        shown.lines().nth(22).unwrap().contains("The newest.") && !shown.contains("word word"),
        "{shown}"
    );
}

#[test]
fn p_is_called_what_it_does_now() {
    let footer = |state: &State| testing::screen(state).lines().last().unwrap().to_string();
    let mut state = testing::replay(80, 24, testing::entries());
    let shown = testing::screen(&state);
    assert!(footer(&state).contains("p play") && shown.contains("replay  demo, at its end"), "{shown}");
    testing::press(&mut state, "p");
    assert!(
        state.playing && state.until() == 0.0 && footer(&state).contains("p pause"),
        "{}",
        footer(&state)
    );
    testing::press(&mut state, "p");
    assert!(!state.playing && footer(&state).contains("p go on"), "{}", footer(&state));
    testing::press_code(&mut state, KeyCode::End);
    assert!(footer(&state).contains("p play"), "{}", footer(&state));
    let mut live = testing::live(80, 24, testing::entries_while_training());
    assert!(footer(&live).contains("p pause"));
    live.status.state = event::State::Paused;
    assert!(footer(&live).contains("p go on"), "{}", footer(&live));
    live.status.state = event::State::Finished;
    assert!(!footer(&live).contains(" p "), "{}", footer(&live));
}

#[test]
fn a_hundred_thousand_random_keys_clicks_and_resizes_leave_a_screen() {
    let mut noise = crate::rng::stream(1, "keys", 0);
    let mut below = |n: usize| crate::rng::below(&mut noise, n);
    let typed: Vec<char> = "vgGmnNM*OucCUzZ<>+-0lLxaefwbjk /:.!acs>=0123456789\"'P".chars().collect();
    let codes = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::Delete,
    ];
    let mut states = states(80, 24);
    states.push(testing::live(200, 60, testing::entries()));
    for number in 0..100_000 {
        let count = states.len();
        let state = &mut states[below(count)];
        let action = match below(20) {
            0 => Action::Show(if below(2) == 0 { Tab::Train } else { Tab::ALL[below(Tab::ALL.len())] }),
            1 => {
                let (columns, rows) = SIZES[below(SIZES.len())];
                Action::Resize(columns, rows)
            }
            2 | 3 => {
                let button = [MouseButton::Left, MouseButton::Right][below(2)];
                let kind = [
                    MouseEventKind::Down(button),
                    MouseEventKind::Drag(button),
                    MouseEventKind::Up(button),
                    MouseEventKind::Moved,
                    MouseEventKind::ScrollUp,
                    MouseEventKind::ScrollDown,
                    MouseEventKind::ScrollLeft,
                    MouseEventKind::ScrollRight,
                ][below(8)];
                let modifiers = [KeyModifiers::NONE, KeyModifiers::CONTROL, KeyModifiers::SHIFT][below(3)];
                let (column, row) = (below(310) as u16, below(85) as u16);
                Action::Mouse(MouseEvent { kind, column, row, modifiers })
            }
            4..=7 => Action::Key(KeyEvent::new(codes[below(codes.len())], KeyModifiers::NONE)),
            8 => Action::Paste("labels:100 /a(/ acc>".chars().take(below(21)).collect()),
            _ => Action::Key(KeyEvent::new(KeyCode::Char(typed[below(typed.len())]), KeyModifiers::NONE)),
        };
        update(state, action);
        if number % 20 == 0 {
            testing::screen(state);
        }
    }
}

#[test]
fn what_is_in_front_stays_until_a_fork_can_begin() {
    let mut state = testing::live(80, 24, testing::entries_while_training());
    let (runs, folder) = (state.history.runs.len(), state.history.recipe.clone());
    let changes = crate::session::forking::Changes::default();
    let text = "dropout 0.3".to_string();
    let asked = Box::new(Forking { folder: "nowhere".into(), run: 0, step: 1, changes, text });
    let effects = update(&mut state, Action::Fork(asked.clone()));
    assert!(matches!(&effects[..], [Effect::Fork(_)]), "{effects:?}");
    update(&mut state, Action::ForkRefused(asked, "nowhere: it keeps no state".into()));
    // What was typed is still there.
    let Overlay::Ask { about: About::Fork(0, 1), input, why } = &state.overlay else {
        panic!("{:?}", state.overlay)
    };
    assert_eq!((input.text().as_str(), why.as_deref()), ("dropout 0.3", Some("nowhere: it keeps no state")));
    assert!(runs > 0 && state.history.runs.len() == runs && state.history.recipe == folder);
}
