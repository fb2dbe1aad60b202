use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::model::{Stage, stage};
use super::*;
use crate::session::history::History;
use crate::session::record::Entry;
use crate::train::protocol::command::Command;
use crate::train::protocol::event::{Event, State as Work, Status};
use crate::tui::app;
use crate::tui::state::Overlay;
use crate::tui::testing::{self, press, press_code, screen};
use crate::tui::theme::Theme;

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];
/// The chapter whose question is about methods that the session for tests has.
const THIRD: usize = 2;

/// The tour at the chapter at this place.
fn at(place: usize, columns: u16, rows: u16) -> State {
    let mut state = testing::with_tour(columns, rows);
    press(&mut state, "t");
    (0..place).for_each(|_| _ = press(&mut state, "l"));
    assert_eq!((state.tab, state.screens.tour.place), (Tab::Tour, place));
    state
}

fn news(state: &mut State, event: Event) -> Vec<Effect> {
    app::update(state, Action::News(Box::new(event)))
}

/// The training thread says what it does with the session in this folder.
fn status(state: &mut State, work: Work, folder: &str) {
    let status = Status { state: work, folder: folder.into(), doing: "training".into(), ..Status::default() };
    news(state, Event::Status(status));
}

/// Guesses, and runs the chapter until the training thread has told `entries`.
fn run(state: &mut State, guess: &str, entries: Vec<Entry>) -> PathBuf {
    press(state, guess);
    let effects = press_code(state, KeyCode::Enter);
    let [Effect::Begin { name, recipe }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(Some(&**recipe), model::chapter(state).map(|chapter| &chapter.recipe));
    let folder = state.sessions.join(format!("{name}-2"));
    app::update(state, Action::Begun(folder.clone()));
    status(state, Work::Running, &folder.display().to_string());
    news(state, Event::Entries(entries));
    folder
}

fn answered(columns: u16, rows: u16) -> State {
    let mut state = at(THIRD, columns, rows);
    let folder = run(&mut state, "b", testing::entries());
    status(&mut state, Work::Finished, &folder.display().to_string());
    press(&mut state, "G");
    state
}

#[test]
fn every_chapter_can_be_read_to_its_end_at_every_size() {
    for (columns, rows) in SIZES {
        for theme in [Theme::dark(), Theme::light(), Theme::PLAIN] {
            for place in 0..6 {
                let mut state = at(place, columns, rows);
                state.theme = theme;
                let chapter = model::chapter(&state).unwrap().clone();
                let mut seen = String::new();
                for _ in 0..40 {
                    let shown = screen(&state);
                    assert!(!shown.contains('…'), "{shown}");
                    assert!(shown.contains(&chapter.title) && shown.contains("Guess: press"), "{shown}");
                    for choice in chapter.question.choices() {
                        assert!(shown.contains(&format!("{}  {}", choice.key, choice.text)), "{shown}");
                    }
                    seen.push_str(&shown);
                    press_code(&mut state, KeyCode::Down);
                }
                let words: Vec<&str> = seen.split_whitespace().collect();
                let seen = words.join(" ");
                let all =
                    chapter.text.iter().chain([&chapter.claim]).flat_map(|text| text.split_whitespace());
                for word in all {
                    assert!(seen.contains(word), "{word} of chapter {}", place + 1);
                }
                assert_eq!(state.screens.tour.first > 0, draw::is_scrolled(&state));
                assert!(!draw::has_more(&state), "the end is reached");
            }
        }
    }
}

#[test]
fn a_guess_is_asked_for_before_the_run_and_can_be_changed() {
    let mut state = at(THIRD, 80, 24);
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("Guess first: a, b, c, n."), "{}", screen(&state));
    press(&mut state, "a");
    assert!(screen(&state).contains("▸ a") && screen(&state).contains("enter runs it"), "{}", screen(&state));
    press(&mut state, "n");
    assert!(screen(&state).contains("▸ n") && !screen(&state).contains("▸ a"));
    press(&mut state, "d");
    assert_eq!(model::guess(&state), Some(3), "there is no fourth side");
    // A question about points has no key for "no clear winner".
    let mut state = at(0, 80, 24);
    press(&mut state, "n");
    assert_eq!(model::guess(&state), None);
}

#[test]
fn while_it_runs_other_screens_lead_back_and_then_the_answer_is_there() {
    for (columns, rows) in SIZES {
        let mut state = at(THIRD, columns, rows);
        let folder = run(&mut state, "b", testing::entries_while_training());
        assert_eq!((state.tab, stage(&state)), (Tab::Train, Stage::Running));
        let row = |state: &State| {
            let shown = screen(state);
            shown.lines().nth(usize::from(rows) - 2).unwrap_or_default().to_string()
        };
        assert!(
            row(&state).contains("chapter 3 of 6") && row(&state).contains("G the chapter"),
            "{}",
            screen(&state)
        );
        assert!(screen(&state).lines().next().unwrap().contains("G Tour"), "{}", screen(&state));
        press(&mut state, "G");
        assert!(screen(&state).contains("It runs: training"), "{}", screen(&state));
        press_code(&mut state, KeyCode::Enter);
        assert_eq!(state.tab, Tab::Train);
        news(&mut state, Event::Entries(testing::entries()));
        status(&mut state, Work::Finished, &folder.display().to_string());
        assert_eq!(stage(&state), Stage::Answered);
        assert!(row(&state).contains("the answer was measured: G shows it"), "{}", row(&state));
        press(&mut state, "G");
        let shown = screen(&state);
        assert!(shown.contains("(your guess)") && shown.contains("You guessed"), "{shown}");
        assert!(shown.contains("95 %") && shown.contains("interval"), "{shown}");
        assert!(shown.contains("Try: ") && shown.contains("enter goes to the next chapter"), "{shown}");
        assert!(state.screens.tour.progress.chapters["3-fixed-or-initial"].done);
        press(&mut state, "s");
        assert_eq!(state.tab, Tab::Compare, "the screen that the chapter names");
        press(&mut state, "G");
        press_code(&mut state, KeyCode::Enter);
        assert_eq!((state.screens.tour.place, stage(&state)), (3, Stage::Asking));
        assert!(screen(&state).contains("· · ✓ ◆ · ·"), "{}", screen(&state));
    }
}

#[test]
fn the_tour_is_left_and_comes_back_to_the_same_place() {
    let mut state = answered(80, 24);
    press(&mut state, "x");
    assert_eq!(state.tab, Tab::Lab);
    let shown = screen(&state);
    assert!(shown.contains("The tour waits") && !shown.contains("G Tour"), "{shown}");
    press(&mut state, "G");
    assert_eq!(state.tab, Tab::Lab, "the key is only there while the tour is");
    // Another session comes to the front.
    let (name, folder, entries) = ("demo".to_string(), "sessions/demo".into(), testing::entries());
    app::update(
        &mut state,
        Action::Loaded { name, folder, history: Box::new(History::of(entries)), models: false },
    );
    app::update(&mut state, Action::Show(Tab::Lab));
    press(&mut state, "t");
    assert_eq!((state.tab, stage(&state)), (Tab::Tour, Stage::Kept));
    assert!(model::answer(&state).is_none(), "the other session does not answer");
    assert!(screen(&state).contains("enter shows its answer again"), "{}", screen(&state));
    let effects = press_code(&mut state, KeyCode::Enter);
    let [Effect::Send(Command::Resume { folder })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*folder, PathBuf::from("sessions/tour-3-fixed-or-initial-2"));
    assert_eq!(state.tab, Tab::Tour);
    let folder = folder.display().to_string();
    news(&mut state, Event::Entries(testing::entries()));
    status(&mut state, Work::Finished, &folder);
    assert!(screen(&state).contains("You guessed"), "{}", screen(&state));
    // Once more, in a new session.
    press(&mut state, "r");
    assert_eq!((stage(&state), model::guess(&state)), (Stage::Answered, Some(1)), "a question comes before");
    press(&mut state, "y");
    assert_eq!((stage(&state), model::guess(&state)), (Stage::Asking, None));
}

#[test]
fn an_answer_is_remembered_while_another_chapter_is_read() {
    let mut state = at(THIRD, 80, 24);
    let folder = run(&mut state, "b", Vec::new()).display().to_string();
    press(&mut state, "Gl");
    news(&mut state, Event::Entries(testing::entries()));
    status(&mut state, Work::Finished, &folder);
    assert!(state.screens.tour.progress.chapters["3-fixed-or-initial"].done);
    assert_eq!((state.screens.tour.place, stage(&state)), (THIRD + 1, Stage::Asking));
    press(&mut state, "h");
    assert!(screen(&state).contains("You guessed"), "{}", screen(&state));
}

#[test]
fn a_session_that_begins_later_is_not_the_chapters() {
    let mut state = at(THIRD, 80, 24);
    let folder = run(&mut state, "b", Vec::new());
    press(&mut state, "Gl");
    news(&mut state, Event::Entries(testing::entries()));
    status(&mut state, Work::Finished, &folder.display().to_string());
    app::update(&mut state, Action::Begun("sessions/demo".into()));
    let known = &state.screens.tour.progress.chapters["3-fixed-or-initial"];
    assert_eq!(known.session.as_deref(), folder.file_name().and_then(|name| name.to_str()));
    assert!(known.done);
}

#[test]
fn a_run_that_was_stopped_goes_on() {
    let mut state = at(THIRD, 80, 24);
    let folder = run(&mut state, "a", testing::entries_while_training()).display().to_string();
    status(&mut state, Work::Idle, &folder);
    assert_eq!(stage(&state), Stage::Stopped);
    press(&mut state, "G");
    assert!(screen(&state).contains("The run was stopped"), "{}", screen(&state));
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Send(Command::Resume { .. })]), "{effects:?}");
    assert_eq!((state.tab, stage(&state)), (Tab::Train, Stage::Running));
    // Another session that is under way is not stopped without a question.
    let mut state = at(THIRD, 80, 24);
    status(&mut state, Work::Running, "sessions/other");
    press(&mut state, "a");
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(
        screen(&state).contains("Save and stop the session under way, and run this chapter?"),
        "{}",
        screen(&state)
    );
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Begin { .. }]), "{effects:?}");
}

#[test]
fn a_run_that_cannot_begin_is_asked_for_again() {
    let mut state = at(THIRD, 80, 24);
    press(&mut state, "a");
    press_code(&mut state, KeyCode::Enter);
    app::update(&mut state, Action::Begun("sessions/tour-3-fixed-or-initial".into()));
    assert_eq!(stage(&state), Stage::Running);
    news(&mut state, Event::Failed("cannot read lost.csv; check the path".into()));
    assert_eq!((stage(&state), model::guess(&state)), (Stage::Asking, Some(0)));
    assert!(screen(&state).contains("cannot read lost.csv"), "{}", screen(&state));
}

#[test]
fn choices_can_be_clicked() {
    let mut state = at(THIRD, 80, 24);
    let body = crate::tui::layout::layout(&state).body;
    let (place, choice) = draw::targets(&state, body)[1];
    assert_eq!(choice, 1);
    let click = |state: &mut State| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        let (column, row, modifiers) = (place.x + 5, place.y, KeyModifiers::NONE);
        app::update(state, Action::Mouse(MouseEvent { kind, column, row, modifiers }))
    };
    assert!(click(&mut state).is_empty());
    assert_eq!(model::guess(&state), Some(1));
    let effects = click(&mut state);
    assert!(matches!(&effects[..], [Effect::Begin { .. }]), "{effects:?}");
    // The strip of the other screens leads back.
    app::update(&mut state, Action::Show(Tab::Train));
    let (column, row, modifiers) = (4, 22, KeyModifiers::NONE);
    let kind = MouseEventKind::Down(MouseButton::Left);
    app::update(&mut state, Action::Mouse(MouseEvent { kind, column, row, modifiers }));
    assert_eq!(state.tab, Tab::Tour);
}

#[test]
fn a_workbench_that_trains_nothing_says_why_it_has_no_tour() {
    let mut state = testing::with_tour(80, 24);
    state.trains = false;
    press(&mut state, "t");
    assert_eq!(state.tab, Tab::Lab);
    assert!(screen(&state).contains("run `warmstart tour`"), "{}", screen(&state));
}

#[test]
fn random_keys_and_clicks_leave_a_tour() {
    let mut noise = crate::rng::stream(3, "tour keys", 0);
    let mut below = |n: usize| crate::rng::below(&mut noise, n);
    let typed: Vec<char> = "abcdnlhsrtGGxkj 1235?:yq".chars().collect();
    let codes = [KeyCode::Enter, KeyCode::Esc, KeyCode::PageDown, KeyCode::Up, KeyCode::Tab, KeyCode::Right];
    let mut states = [at(0, 80, 24), answered(80, 24), answered(200, 60)];
    for number in 0..6_000 {
        let count = states.len();
        let state = &mut states[below(count)];
        let key = |code| Action::Key(KeyEvent::new(code, KeyModifiers::NONE));
        let action = match below(12) {
            0 => Action::Mouse(MouseEvent {
                kind: MouseEventKind::Down(MouseButton::Left),
                column: below(200) as u16,
                row: below(60) as u16,
                modifiers: KeyModifiers::NONE,
            }),
            1 => Action::Begun(PathBuf::from("sessions/tour-1-what-it-is")),
            2 => {
                let work = [Work::Running, Work::Idle, Work::Finished][below(3)];
                let folder = PathBuf::from(["sessions/tour-1-what-it-is", "sessions/other"][below(2)]);
                Action::News(Box::new(Event::Status(Status { state: work, folder, ..Status::default() })))
            }
            3 => Action::News(Box::new(Event::Failed("no".into()))),
            4 => Action::Resize([80, 200, 60, 97][below(4)], [24, 60, 20, 33][below(4)]),
            5..8 => key(codes[below(codes.len())]),
            _ => key(KeyCode::Char(typed[below(typed.len())])),
        };
        app::update(state, action);
        assert!(state.screens.tour.place < 6);
        if number % 50 == 0 {
            screen(state);
            state.overlay = Overlay::None;
        }
    }
}
