use std::path::Path;

use crossterm::event::{KeyModifiers, MouseEvent};

use crate::session::budget::Budget;
use crate::session::follow::Writer;
use crate::session::method::{Baseline, Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::starter::{Preview, Survey, TakenColumns};
use crate::session::text_source::TextSource;
use crate::session::text_transfer::{TextFiles, TextTask};
use crate::tui::app;
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::screens::tab::Tab;
use crate::tui::testing::{self, press, press_code, screen};
use crate::tui::theme::Theme;

use super::*;

/// What a survey of a table of reviews finds.
fn reviews(label: &str) -> Surveyed {
    let field = |text: &str| text.to_string();
    let rows = [
        ["1", "He said \"good\",\nthen left 😀", "good", "5"],
        ["2", "\u{1b}[31m日本語の味がとても良い\u{1b}[0m", "bad", "1"],
    ];
    let survey = Survey {
        examples: Examples::Texts { words: 3_834, epochs: 100 },
        encoder: false,
        train: 1_240,
        test: 60,
        classes: vec![("bad".into(), 500), ("good".into(), 740)],
        taken: Some(TakenColumns { texts: vec![field("review")], label: field(label) }),
        read: vec!["reviews.csv: CSV with a header".into()],
        first: vec![("good".into(), "He said".into())],
    };
    let columns = ["id", "review", "mood", "stars"].map(field).to_vec();
    let preview = Preview { columns, rows: rows.map(|row| row.map(field).to_vec()).to_vec() };
    Surveyed { data: "/data/My reviews.csv".into(), test: None, preview: Some(preview), survey: Ok(survey) }
}

fn failed(why: &str, preview: bool) -> Surveyed {
    let found = reviews("mood");
    Surveyed { survey: Err(why.into()), preview: found.preview.filter(|_| preview), ..found }
}

fn photos() -> Surveyed {
    let survey = Survey {
        examples: Examples::Images,
        taken: None,
        first: vec![("ants".into(), "train/ants/1.jpg".into())],
        ..reviews("mood").survey.unwrap()
    };
    Surveyed { data: "/data/photos".into(), test: None, preview: None, survey: Ok(survey) }
}

fn lab(columns: u16, rows: u16) -> State {
    testing::empty(columns, rows)
}

/// The number of the only question among the effects, and the question.
#[track_caller]
fn asked(effects: &[Effect]) -> (Id, Question) {
    let mut questions = questions(effects);
    assert_eq!(questions.len(), 1, "{effects:?}");
    questions.remove(0)
}

/// Chooses a file by its path, and delivers what is found in it.
fn choose(state: &mut State, path: &str, found: Surveyed) {
    press(state, "n");
    press(state, path);
    let (id, question) = asked(&press_code(state, KeyCode::Enter));
    let Question::Survey(wish) = question else { panic!("{question:?}") };
    assert_eq!(wish.data, Path::new(path));
    answer(state, id, Answer::Surveyed(Box::new(found)));
}

/// Moves to a setting, whose line contains `name`.
#[track_caller]
fn go_to(state: &mut State, field: Field) {
    press_code(state, KeyCode::Home);
    for _ in 0..30 {
        if dialog(&mut state.overlay).unwrap().field == field {
            return;
        }
        press_code(state, KeyCode::Down);
    }
    panic!("{field:?} is not there:\n{}", screen(state));
}

/// The recipe and the name with which an experiment begins.
#[track_caller]
fn begun(effects: &[Effect]) -> (Recipe, String) {
    match effects {
        [Effect::Begin { recipe, name }] => ((**recipe).clone(), name.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_chosen_by_typing_completing_and_arrows() {
    let mut state = lab(80, 24);
    let effects = press(&mut state, "n");
    assert!(matches!(&effects[..], [Effect::Scan, Effect::Complete(text)] if text.is_empty()), "{effects:?}");
    let list = |of: &str, paths: &[&str]| {
        let paths: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
        let count = paths.len();
        Action::Completed(Completion { of: of.into(), typed: of.into(), paths, count, problem: None })
    };
    app::update(&mut state, list("", &["a.csv", "data/"]));
    let shown = screen(&state);
    for expected in ["take this folder", "../", "a.csv", "data/", "esc close", "tab complete"] {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    // Keys of other screens are typed.
    let effects = press(&mut state, "2");
    assert!(matches!(&effects[..], [Effect::Complete(text)] if text == "2"), "{effects:?}");
    app::update(&mut state, list("2", &[]));
    assert!(screen(&state).contains("nothing here begins like this"), "{}", screen(&state));
    let effects = press_code(&mut state, KeyCode::Backspace);
    assert!(matches!(&effects[..], [Effect::Complete(text)] if text.is_empty()), "{effects:?}");
    app::update(&mut state, list("", &["a.csv", "data/"]));
    press_code(&mut state, KeyCode::Down);
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Complete(text)] if text == "data/"), "{effects:?}");
    app::update(&mut state, list("data/", &["data/b.csv"]));
    assert!(screen(&state).contains("  b.csv"), "{}", screen(&state));
    let (_, question) = asked(&press_code(&mut state, KeyCode::Enter));
    assert!(matches!(question, Question::Survey(wish) if wish.data == Path::new("data/b.csv")));
    // A path that is pasted can be taken at once.
    let mut state = lab(80, 24);
    press(&mut state, "n");
    let effects = app::update(&mut state, Action::Paste("/data/x.csv".into()));
    assert!(matches!(&effects[..], [Effect::Complete(text)] if text == "/data/x.csv"), "{effects:?}");
    let (_, question) = asked(&press_code(&mut state, KeyCode::Enter));
    assert!(matches!(question, Question::Survey(wish) if wish.data == Path::new("/data/x.csv")));
}

#[test]
fn what_was_found_and_what_it_costs_is_shown_at_every_size() {
    for (columns, rows) in [(80, 24), (200, 60), (300, 80)] {
        for theme in [Theme::dark(), Theme::light(), Theme::PLAIN] {
            let mut state = lab(columns, rows);
            state.theme = theme;
            choose(&mut state, "My reviews.csv", reviews("mood"));
            let shown = screen(&state);
            for expected in [
                "1,240 examples to train on, 60 to test on, 3,834 words",
                "2 classes: good (740), bad (500)",
                "He said \"good\", then left",
                "‹ column review ›  found by names and contents",
                "‹ column mood ›",
                "‹ skip-gram on these texts ›  few words",
                "‹ 100 and all ›",
                "Cost: 7 methods × 2 label budgets × 3 repetitions = 42 runs",
                "3,834 words, about 100",
                "Kept in sessions/my-reviews, with its recipe.",
                "y copy command   enter start   esc back",
            ] {
                // Sentences are broken into lines differently in windows of other widths.
                let flat = |text: &str| text.replace(['│', '\n'], " ");
                let words = |text: &str| flat(text).split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(words(&shown).contains(&words(expected)), "{expected} at {columns}x{rows}:\n{shown}");
            }
            assert!(!shown.contains('\u{1b}') && shown.contains("␛[31m日"), "{shown}");
        }
    }
}

#[test]
fn enter_starts_what_run_would_start_and_esc_leaves_without_a_trace() {
    let mut state = lab(80, 24);
    choose(&mut state, "My reviews.csv", reviews("mood"));
    let (recipe, name) = begun(&press_code(&mut state, KeyCode::Enter));
    let wish = Wish { data: "/data/My reviews.csv".into(), ..Wish::default() };
    assert_eq!(recipe, wish.started(&reviews("mood").survey.unwrap()).unwrap().recipe);
    assert_eq!((name.as_str(), state.tab), ("my-reviews", Tab::Train));
    assert!(matches!(state.overlay, Overlay::None));
    // A name that is taken gets a number, as the loop will give it.
    let mut state = lab(80, 24);
    state.screens.lab.found.taken = ["my-reviews", "my-reviews-2"].map(String::from).into();
    choose(&mut state, "My reviews.csv", reviews("mood"));
    assert!(screen(&state).contains("Kept in sessions/my-reviews-3"), "{}", screen(&state));
    // Back to the choice of the file, which has its text still; and out.
    assert!(press_code(&mut state, KeyCode::Esc).is_empty());
    assert!(screen(&state).contains("› My reviews.csv"), "{}", screen(&state));
    assert!(press_code(&mut state, KeyCode::Esc).is_empty());
    assert!(matches!(state.overlay, Overlay::None) && state.tab == Tab::Lab);
}

#[test]
fn columns_are_changed_by_arrows_and_read_again() {
    let mut state = lab(80, 24);
    choose(&mut state, "r.csv", reviews("stars"));
    go_to(&mut state, Field::Label);
    // id and mood are left, in this order: review is the text.
    let (id, question) = asked(&press_code(&mut state, KeyCode::Left));
    let Question::Survey(wish) = question else { panic!("{question:?}") };
    assert_eq!((wish.text.as_deref(), wish.label.as_deref()), (None, Some("mood")));
    // Until the answer is there, nothing is started.
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("being read"), "{}", screen(&state));
    answer(&mut state, id, Answer::Surveyed(Box::new(reviews("mood"))));
    press(&mut state, "y");
    assert!(screen(&state).contains("warmstart run r.csv --label mood"), "{}", screen(&state));
    // The column that is found anyway is not named.
    let (id, question) = asked(&press_code(&mut state, KeyCode::Right));
    let Question::Survey(wish) = question else { panic!("{question:?}") };
    assert_eq!(wish.label, None);
    // An answer to a question that was replaced is dropped.
    let (last, _) = asked(&press_code(&mut state, KeyCode::Right));
    answer(&mut state, id, Answer::Surveyed(Box::new(failed("late", true))));
    assert!(!screen(&state).contains("late"));
    answer(&mut state, last, Answer::Surveyed(Box::new(failed("r.csv: 300 different labels", true))));
    let shown = screen(&state);
    assert!(shown.contains("300 different labels") && shown.contains("Change the settings"), "{shown}");
    assert!(shown.contains("‹ column review ›") && !shown.contains("enter start"), "{shown}");
    assert!(press_code(&mut state, KeyCode::Enter).is_empty(), "what cannot be read is not started");
}

#[test]
fn methods_labels_and_seeds_are_changed_and_told_as_a_command() {
    let mut state = lab(200, 60);
    choose(&mut state, "data/r.csv", reviews("mood"));
    for method in [Strategy::Scratch, Strategy::FineTuned] {
        go_to(&mut state, Field::Method(method.into()));
        press(&mut state, " ");
    }
    go_to(&mut state, Field::Method(Method::named("idf mean").unwrap()));
    press_code(&mut state, KeyCode::Right);
    go_to(&mut state, Field::Labels);
    press_code(&mut state, KeyCode::Right);
    go_to(&mut state, Field::Seeds);
    press_code(&mut state, KeyCode::Left);
    go_to(&mut state, Field::Trials);
    press(&mut state, "ll");
    assert!(screen(&state).contains("tuning    ‹ 8 settings ›"), "{}", screen(&state));
    assert!(screen(&state).contains("Before each run come 8 trials"), "{}", screen(&state));
    let effects = press(&mut state, "y");
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    let methods = "frozen,mean,tf-idf,nbsvm,majority,idf-mean";
    assert_eq!(
        *command,
        format!("warmstart run data/r.csv --methods {methods} --labels all --seeds 2 --tune 8")
    );
    for name in methods.split(',') {
        assert!(Method::named(name).is_some(), "{name}");
    }
    assert!(screen(&state).contains("Copied: warmstart run data/r.csv"), "{}", screen(&state));
    let (recipe, _) = begun(&press_code(&mut state, KeyCode::Enter));
    assert_eq!((recipe.seeds, &recipe.labels[..], recipe.methods.len()), (2, &[Budget::All][..], 6));
    assert_eq!(recipe.tune.map(|tuning| tuning.trials), Some(8));
    // What is set to its default again is not named, and one method stays.
    let mut state = lab(200, 60);
    choose(&mut state, "r.csv", reviews("mood"));
    for (field, keys) in [
        (Field::Labels, "lh"),
        (Field::Seeds, "lh"),
        (Field::Trials, "lh"),
        (Field::Method(Baseline::Nbsvm.into()), "  "),
    ] {
        go_to(&mut state, field);
        press(&mut state, keys);
    }
    let effects = press(&mut state, "y");
    assert!(
        matches!(&effects[..], [Effect::Copy(command)] if command == "warmstart run r.csv"),
        "{effects:?}"
    );
    let count = dialog(&mut state.overlay).unwrap().usual().unwrap().methods.len();
    for method in dialog(&mut state.overlay).unwrap().usual().unwrap().methods {
        go_to(&mut state, Field::Method(method));
        press(&mut state, " ");
    }
    assert!(count > 3 && screen(&state).contains("one method at least"), "{}", screen(&state));
    assert_eq!(begun(&press_code(&mut state, KeyCode::Enter)).0.methods.len(), 1);
}

#[test]
fn a_source_takes_a_file_that_is_checked() {
    let mut state = lab(80, 24);
    choose(&mut state, "data/r.csv", reviews("mood"));
    go_to(&mut state, Field::Source);
    press_code(&mut state, KeyCode::Left);
    assert!(screen(&state).contains("enter chooses a file of word vectors."), "{}", screen(&state));
    assert!(press(&mut state, "y").is_empty(), "there is no whole command yet");
    let effects = press_code(&mut state, KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Complete(text)] if text == "data/"), "{effects:?}");
    press(&mut state, "glove.txt");
    let (id, question) = asked(&press_code(&mut state, KeyCode::Enter));
    let path = || "data/glove.txt".into();
    assert_eq!(question, Question::SourceFile { path: path(), of: SourceFile::Vectors });
    assert!(screen(&state).contains("Reading data/glove.txt"), "{}", screen(&state));
    answer(&mut state, id, Answer::Unknown("data/glove.txt: this is no file of word vectors".into()));
    assert!(screen(&state).contains("no file of word vectors"), "{}", screen(&state));
    let (id, _) = asked(&press_code(&mut state, KeyCode::Enter));
    answer(
        &mut state,
        id,
        Answer::SourceFile { path: "/w/glove.txt".into(), told: "50 dimensions".into(), encoder: false },
    );
    assert!(screen(&state).contains("‹ the vectors of glove.txt ›  50 dimensions"), "{}", screen(&state));
    let effects = press(&mut state, "y");
    let expected = "warmstart run data/r.csv --vectors data/glove.txt";
    assert!(matches!(&effects[..], [Effect::Copy(command)] if command == expected), "{effects:?}");
    // Another file can be chosen, and the choice left again.
    press(&mut state, "/");
    press_code(&mut state, KeyCode::Esc);
    let (recipe, _) = begun(&press_code(&mut state, KeyCode::Enter));
    let Some(TextSource::Vectors { file, .. }) = recipe.text_source() else { panic!("{recipe:?}") };
    assert_eq!(file, Path::new("/w/glove.txt"));
}

#[test]
fn a_separate_test_set_is_chosen_read_and_dropped() {
    let mut state = lab(80, 24);
    choose(&mut state, "data/r.csv", reviews("mood"));
    assert!(
        screen(&state).contains("test set  ‹ that of the examples, or a fifth of them ›"),
        "{}",
        screen(&state)
    );
    go_to(&mut state, Field::Test);
    assert!(screen(&state).contains("/ file"), "{}", screen(&state));
    let effects = press_code(&mut state, KeyCode::Right);
    assert!(matches!(&effects[..], [Effect::Complete(text)] if text == "data/"), "{effects:?}");
    assert!(
        screen(&state).contains("A separate test set, labelled as the examples are"),
        "{}",
        screen(&state)
    );
    press(&mut state, "test.csv");
    let (id, question) = asked(&press_code(&mut state, KeyCode::Enter));
    let Question::Survey(wish) = question else { panic!("{question:?}") };
    assert_eq!((&wish.data, wish.test.as_deref()), (&"data/r.csv".into(), Some(Path::new("data/test.csv"))));
    let found = |survey: Result<Survey, String>| {
        let test = Some("/data/test.csv".into());
        Answer::Surveyed(Box::new(Surveyed { test, survey, ..reviews("mood") }))
    };
    answer(&mut state, id, found(Ok(Survey { test: 300, ..reviews("mood").survey.unwrap() })));
    let shown = screen(&state);
    assert!(shown.contains("1,240 examples to train on, 300 to test on"), "{shown}");
    assert!(shown.contains("test set  ‹ test.csv ›  300 examples"), "{shown}");
    let effects = press(&mut state, "y");
    let expected = "warmstart run data/r.csv --test data/test.csv";
    assert!(matches!(&effects[..], [Effect::Copy(command)] if command == expected), "{effects:?}");
    // One that cannot be used is a sentence, and can be dropped.
    press(&mut state, "/");
    press(&mut state, "w");
    let (id, _) = asked(&press_code(&mut state, KeyCode::Enter));
    answer(&mut state, id, found(Err("data/w: no column \"mood\"".into())));
    let shown = screen(&state);
    assert!(shown.contains("no column \"mood\"") && shown.contains("test set  ‹ w ›"), "{shown}");
    assert!(press_code(&mut state, KeyCode::Enter).is_empty(), "what cannot be read is not started");
    let (id, question) = asked(&press_code(&mut state, KeyCode::Left));
    assert!(matches!(question, Question::Survey(wish) if wish.test.is_none()));
    answer(&mut state, id, Answer::Surveyed(Box::new(reviews("mood"))));
    let (recipe, _) = begun(&press_code(&mut state, KeyCode::Enter));
    let Some(TextTask::Files { test: None, .. }) = recipe.text().and_then(|text| text.task.as_ref()) else {
        panic!("{recipe:?}")
    };
    // The recipe has the absolute path.
    let mut state = lab(80, 24);
    choose(&mut state, "data/r.csv", reviews("mood"));
    go_to(&mut state, Field::Test);
    press(&mut state, "/");
    press(&mut state, "test.csv");
    let (id, _) = asked(&press_code(&mut state, KeyCode::Enter));
    answer(&mut state, id, found(reviews("mood").survey));
    let (recipe, _) = begun(&press_code(&mut state, KeyCode::Enter));
    let Some(TextTask::Files { test, .. }) = recipe.text().and_then(|text| text.task.as_ref()) else {
        panic!("{recipe:?}")
    };
    assert_eq!(*test, Some(TextFiles::One("/data/test.csv".into())));
}

#[test]
fn a_sentence_encoder_is_a_source() {
    let mut state = lab(80, 24);
    choose(&mut state, "data/r.csv", reviews("mood"));
    go_to(&mut state, Field::Source);
    press_code(&mut state, KeyCode::Left);
    press_code(&mut state, KeyCode::Enter);
    press(&mut state, "minilm");
    let (id, _) = asked(&press_code(&mut state, KeyCode::Enter));
    let told = "a sentence encoder of 6 layers".into();
    answer(&mut state, id, Answer::SourceFile { path: "/w/minilm".into(), told, encoder: true });
    let started = dialog(&mut state.overlay).unwrap().started().unwrap().recipe;
    assert!(matches!(started.text_source(), Some(TextSource::Encoder(_))), "{started:?}");
    // With another source it is not one.
    press_code(&mut state, KeyCode::Right);
    let started = dialog(&mut state.overlay).unwrap().started().unwrap();
    assert!(matches!(started.recipe.text_source(), Some(TextSource::SkipGram(_))), "{started:?}");
    assert!(started.told.iter().all(|told| !told.contains("vectors of texts")), "{started:?}");
}

#[test]
fn images_need_the_weights_of_a_network() {
    let mut state = lab(80, 24);
    choose(&mut state, "photos/", photos());
    let shown = screen(&state);
    for expected in
        ["1,240 images to train on", "train/ants/1.jpg", "the weights of an image network", "zero-shot"]
    {
        assert!(shown.contains(expected) || expected == "zero-shot", "{expected}:\n{shown}");
    }
    go_to(&mut state, Field::Method(Strategy::ZeroShot.into()));
    press(&mut state, " ");
    press_code(&mut state, KeyCode::Enter);
    press(&mut state, "n.safetensors");
    let (id, question) = asked(&press_code(&mut state, KeyCode::Enter));
    assert!(matches!(question, Question::SourceFile { of: SourceFile::Weights, .. }));
    answer(
        &mut state,
        id,
        Answer::SourceFile { path: "/w/n".into(), told: "ResNet-18".into(), encoder: false },
    );
    let effects = press(&mut state, "y");
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    let expected =
        "warmstart run photos/ --weights n.safetensors --methods frozen,fine-tuned,pixels,majority,zero-shot";
    assert_eq!(command, expected);
    let (recipe, name) = begun(&press_code(&mut state, KeyCode::Enter));
    assert!(recipe.images().is_some() && name == "photos");
}

#[test]
fn a_file_that_cannot_be_used_is_one_sentence_and_another_can_be_chosen() {
    let mut state = lab(80, 24);
    choose(
        &mut state,
        "empty.csv",
        failed("empty.csv: the file is empty; name a file with labelled text", false),
    );
    assert!(screen(&state).contains("empty.csv: the file is empty"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Backspace);
    assert!(!screen(&state).contains("the file is empty"), "{}", screen(&state));
    // Reading can be given up; its answer is not wanted any more.
    let (id, _) = asked(&press_code(&mut state, KeyCode::Enter));
    answer(&mut state, id, Answer::Reading(12_000));
    assert!(screen(&state).contains("12,000 examples so far"), "{}", screen(&state));
    assert!(press(&mut state, "x").is_empty());
    let effects = press_code(&mut state, KeyCode::Esc);
    assert!(matches!(&effects[..], [Effect::Send(Command::Cancel(other))] if *other == id), "{effects:?}");
    answer(&mut state, id, Answer::Surveyed(Box::new(reviews("mood"))));
    assert!(screen(&state).contains("› empty.cs"), "{}", screen(&state));
}

#[test]
fn a_session_under_way_is_stopped_after_a_question_only() {
    let mut state = testing::live(80, 24, testing::entries_while_training());
    state.tab = Tab::Lab;
    choose(&mut state, "r.csv", reviews("mood"));
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("Save and stop the session under way, and start the new one?"));
    // After a no, the dialog is as it was. An answer arrives meanwhile.
    press(&mut state, "n");
    assert!(screen(&state).contains("‹ column mood ›"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Enter);
    let (recipe, _) = begun(&press(&mut state, "y"));
    assert!(recipe.text().is_some() && matches!(state.overlay, Overlay::None));
}

#[test]
fn a_workbench_that_trains_nothing_says_why() {
    for (watch, expected) in [
        (None, "This workbench only looks at recordings"),
        (Some(Writer::Running), "This workbench only watches what another process trains"),
    ] {
        let mut state = testing::replay(80, 24, testing::entries());
        (state.trains, state.watch, state.tab) = (false, watch, Tab::Lab);
        assert!(!screen(&state).contains("n your data"), "{}", screen(&state));
        assert!(press(&mut state, "n").is_empty());
        assert!(
            screen(&state).contains(expected) && matches!(state.overlay, Overlay::None),
            "{}",
            screen(&state)
        );
        press_code(&mut state, KeyCode::Enter);
        assert!(screen(&state).contains(expected), "{}", screen(&state));
    }
    // A workbench that trains offers it beside a replay, whose answers are not dropped.
    let mut state = testing::replay(80, 24, testing::entries());
    state.tab = Tab::Lab;
    choose(&mut state, "r.csv", reviews("mood"));
    assert!(screen(&state).contains("‹ column mood ›"), "{}", screen(&state));
}

#[test]
fn the_mouse_does_what_the_keys_do() {
    let click = |state: &mut State, text: &str| {
        let shown = screen(state);
        let row =
            shown.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}:\n{shown}"));
        let line = shown.lines().nth(row).unwrap();
        let column = line[..line.find(text).unwrap()].chars().count();
        let kind = MouseEventKind::Down(MouseButton::Left);
        let (column, row) = (column as u16, row as u16);
        app::update(state, Action::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    };
    let mut state = lab(80, 24);
    press(&mut state, "n");
    let paths = ["a.csv", "b.csv"].map(String::from).to_vec();
    app::update(&mut state, Action::Completed(Completion { paths, count: 2, ..Completion::default() }));
    assert!(click(&mut state, "b.csv").is_empty());
    let (id, question) = asked(&click(&mut state, "b.csv"));
    assert!(matches!(question, Question::Survey(wish) if wish.data == Path::new("b.csv")));
    answer(&mut state, id, Answer::Surveyed(Box::new(reviews("mood"))));
    click(&mut state, "labels");
    click(&mut state, "labels");
    assert!(screen(&state).contains("‹ all ›"), "{}", screen(&state));
    // A click beside the window changes nothing.
    click(&mut state, "1 Lab");
    assert!(matches!(click(&mut state, "y copy")[..], [Effect::Copy(_)]));
    assert!(screen(&state).contains("Copied"), "{}", screen(&state));
    begun(&click(&mut state, "enter start"));
}
