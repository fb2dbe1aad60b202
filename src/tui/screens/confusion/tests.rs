use crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

use crate::session::calibration::{Bin, Calibration, FittedOn};
use crate::session::record::{Entry, Record};
use crate::train::protocol::command::Question;
use crate::train::protocol::event::{Answer, Example};
use crate::tui::screens::fixtures::{answer, entries_with_classes, questions};
use crate::tui::state::State;
use crate::tui::testing::{cells, entries, entries_while_training, live, press, press_code, replay, screen};
use crate::tui::theme::Theme;

fn at_confusion(mut state: State) -> State {
    press(&mut state, "4");
    state.toasts.clear();
    state
}

#[test]
fn the_last_evaluation_on_the_test_set_comes_first_with_counts_and_shares() {
    let state = at_confusion(live(80, 24, entries()));
    let shown = screen(&state);
    assert!(shown.contains("◂ 1 of 1 ▸"), "{shown}");
    // TF-IDF at 100 labels: accuracy .71 of 2000.
    assert!(shown.contains("710") && shown.contains("79%"), "{shown}");
    assert!(shown.contains("accuracy 71.0 %") && shown.contains("prec   rec    F1"), "{shown}");
}

#[test]
fn left_and_right_walk_through_the_evaluations_and_the_time_cursor_cuts_them() {
    let mut state = at_confusion(live(200, 60, entries()));
    press_code(&mut state, KeyCode::Down);
    press(&mut state, "ss");
    let shown = screen(&state);
    assert!(shown.contains("validation · step 120 · ◂ 6 of 6 ▸"), "{shown}");
    press_code(&mut state, KeyCode::Left);
    press_code(&mut state, KeyCode::Left);
    assert!(screen(&state).contains("step 80 · ◂ 4 of 6 ▸"));
    press(&mut state, "{{");
    assert!(!screen(&state).contains("of 6 ▸"), "{}", screen(&state));
}

#[test]
fn the_reliability_diagram_says_how_far_probabilities_can_be_believed() {
    let bin =
        |from: f64, to: f64, examples, confidence, accuracy| Bin { from, to, examples, confidence, accuracy };
    let calibration = Calibration {
        run: 0,
        set: "test".into(),
        temperature: 1.74,
        fitted_on: FittedOn::Validation(20),
        loss: 0.5,
        before: vec![bin(8.0 / 15.0, 0.6, 50, 0.57, 0.51), bin(14.0 / 15.0, 1.0, 150, 0.98, 0.78)],
        after: vec![bin(8.0 / 15.0, 0.6, 100, 0.56, 0.55), bin(0.8, 13.0 / 15.0, 100, 0.83, 0.81)],
    };
    let told = || {
        let mut all = entries();
        let end = all
            .iter()
            .position(|entry| matches!(&entry.record, Record::RunEnd(end) if end.run == 0))
            .unwrap();
        let at = all[end].at;
        all.insert(end, Entry { at, record: Record::Calibration(calibration.clone()) });
        all
    };
    let mut state = at_confusion(live(80, 24, told()));
    press(&mut state, "r");
    let shown = screen(&state);
    // (50 · 6 + 150 · 20) / 200 and (100 · 1 + 100 · 2) / 200 points.
    assert!(
        shown.contains("16.5 points off") && shown.contains("1.5 with") && shown.contains("1.74"),
        "{shown}"
    );
    assert!(shown.contains("calibrated") && shown.contains("100    56    55"), "{shown}");
    assert!(!shown.contains("guessed →"), "{shown}");
    press(&mut state, "v");
    let shown = screen(&state);
    assert!(shown.contains("as trained") && shown.contains("150    98    78"), "{shown}");
    press(&mut state, "r");
    assert!(screen(&state).contains("guessed →"));
    // Both diagrams stand side by side where there is room.
    let mut wide = at_confusion(live(200, 60, told()));
    press(&mut wide, "r");
    let shown = screen(&wide);
    assert!(shown.contains("150    98    78") && shown.contains("100    56    55"), "{shown}");
    // A run without a temperature, and a set that nothing was calibrated on.
    let mut none = at_confusion(live(80, 24, entries()));
    press(&mut none, "r");
    assert!(screen(&none).contains("No reliability diagram yet"));
}

#[test]
fn a_run_that_the_filter_leaves_out_is_not_shown() {
    let mut state = at_confusion(live(80, 24, entries()));
    press(&mut state, "/frozen labels:1000");
    press_code(&mut state, KeyCode::Enter);
    let shown = screen(&state);
    assert!(shown.contains("■ frozen · 1000 labels · seed 1") && !shown.contains("TF-IDF"), "{shown}");
    // Without the filter, the chosen run is back.
    state.filters.runs.set("", crate::tui::filter::runs::COLUMNS);
    assert!(screen(&state).contains("◆ TF-IDF · 100 labels"), "{}", screen(&state));
}

#[test]
fn groups_have_one_matrix_and_open_their_runs() {
    let mut state = at_confusion(live(80, 24, entries()));
    let single = screen(&state);
    press(&mut state, "g");
    let shown = screen(&state);
    assert!(shown.contains("TF-IDF 100 · 2 runs added up") && shown.contains(" 2×"), "{shown}");
    assert!(shown.contains("accuracy 71.2 ± 0.4 % · macro-F1 71.2 %"), "{shown}");
    let mut wide = at_confusion(live(200, 60, entries()));
    press(&mut wide, "g");
    // Two repetitions with 2000 test documents each.
    assert!(screen(&wide).contains("loss") && screen(&wide).contains("4000 documents"), "{}", screen(&wide));
    // The runs of the open group follow it; one of them is looked at alone again.
    press_code(&mut state, KeyCode::Down);
    let shown = screen(&state);
    assert!(shown.contains("    903") && shown.contains("   1097") && !shown.contains("added up"), "{shown}");
    // What is of one run is not offered for a group.
    press_code(&mut state, KeyCode::Up);
    assert!(press_code(&mut state, KeyCode::Enter).is_empty() && screen(&state).contains("added up"));
    for by in ["by method", "by labels", "by source", "by seed", "Single runs"] {
        press(&mut state, "g");
        let shown = screen(&state);
        assert!(shown.contains(by), "{by}:\n{shown}");
    }
    state.toasts.clear();
    assert_eq!(screen(&state), single);
    // The filter takes runs out of the groups.
    press(&mut state, "g/seed:1");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains(" 1×"), "{}", screen(&state));
}

#[test]
fn a_marked_run_is_subtracted() {
    let mut state = at_confusion(live(200, 60, entries()));
    press(&mut state, "m");
    press_code(&mut state, KeyCode::Down);
    press_code(&mut state, KeyCode::Down);
    let shown = screen(&state);
    assert!(shown.contains("minus") && shown.contains("(+9.0)") && shown.contains("%"), "{shown}");
    press_code(&mut state, KeyCode::Up);
    press_code(&mut state, KeyCode::Up);
    press(&mut state, "m");
    press_code(&mut state, KeyCode::Down);
    assert!(!screen(&state).contains("minus"));
}

#[test]
fn a_cell_opens_its_examples_and_a_stale_answer_is_passed_over() {
    let mut state = at_confusion(live(80, 24, entries()));
    press(&mut state, "l");
    let effects = press_code(&mut state, KeyCode::Enter);
    let asked = questions(&effects);
    let [(id, Question::Examples { run: 0, set, truth: 0, guess: 1, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(set, "test");
    assert!(screen(&state).contains("Looking for them"));
    let text = format!("a\x1b[2J {} 日本語", "word ".repeat(400));
    let list = vec![Example { text, confidence: 0.973 }];
    answer(&mut state, id + 100, Answer::Examples(list.clone()));
    assert!(screen(&state).contains("Looking for them"));
    answer(&mut state, *id, Answer::Examples(list));
    let shown = screen(&state);
    assert!(shown.contains("97.3 % sure") && shown.contains("a␛[2J") && shown.contains("below"), "{shown}");
    for _ in 0..100 {
        press_code(&mut state, KeyCode::PageDown);
    }
    assert!(screen(&state).contains("above"));
    press_code(&mut state, KeyCode::Esc);
    assert!(screen(&state).contains("guessed →"));
}

#[test]
fn an_unknown_answer_is_shown_as_it_is_and_a_replay_says_why_there_is_none() {
    let mut state = at_confusion(live(80, 24, entries()));
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    answer(&mut state, asked[0].0, Answer::Unknown("The run has no such set.".into()));
    assert!(screen(&state).contains("The run has no such set."));
    let mut state = at_confusion(replay(80, 24, entries()));
    assert!(press_code(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("figures only"));
}

#[test]
fn twenty_classes_stay_readable() {
    let mut state = at_confusion(live(80, 24, entries_with_classes(20)));
    let shown = screen(&state);
    assert!(shown.contains(" 1 comp.") && shown.contains("cols 1–") && !shown.contains('\x1b'), "{shown}");
    for _ in 0..30 {
        press(&mut state, "jl");
    }
    let shown = screen(&state);
    assert!(shown.contains("20 talk.") && shown.contains("talk.topic19"), "{shown}");
    let mut state = at_confusion(live(200, 60, entries_with_classes(20)));
    press(&mut state, "l");
    let shown = screen(&state);
    assert!(!shown.contains("cols 1") && shown.contains("20 talk.topic19"), "{shown}");
}

#[test]
fn before_the_first_evaluation_a_sentence_says_so() {
    let state = at_confusion(live(80, 24, entries_while_training()));
    // The baseline has finished at once.
    assert!(screen(&state).contains("test · step 1"), "{}", screen(&state));
    let state = at_confusion(live(80, 24, Vec::new()));
    assert!(screen(&state).contains("No run has begun yet"));
}

#[test]
fn figures_of_a_class_do_not_run_together() {
    let mut entries = entries();
    for entry in &mut entries {
        if let crate::session::record::Record::Evaluation(evaluation) = &mut entry.record {
            // Every example is predicted as the second class.
            evaluation.confusion = vec![vec![0, 998], vec![0, 1002]];
        }
    }
    let shown = screen(&at_confusion(live(80, 24, entries)));
    assert!(shown.contains("50.1 100.0"), "{shown}");
}

#[test]
fn digits_stand_over_their_columns_and_images_are_called_so() {
    let mut entries = entries_with_classes(10);
    for entry in &mut entries {
        if let crate::session::record::Record::Data(data) = &mut entry.record {
            data.classes = (0..10).map(|i| i.to_string()).collect();
            data.images = Some((28, 28, 1));
        }
    }
    let shown = screen(&at_confusion(live(80, 24, entries.clone())));
    let heads = shown.lines().skip_while(|line| !line.contains("guessed →")).nth(1).unwrap();
    let heads: Vec<&str> = heads.split_whitespace().rev().take(3).collect();
    assert!(heads.iter().all(|head| head.parse::<u8>().is_ok_and(|head| head < 10)), "{shown}");
    assert!(!shown.contains(" 1 0") && shown.contains("guessed → · v shares"), "{shown}");
    let shown = screen(&at_confusion(live(200, 60, entries)));
    assert!(shown.contains("prec   rec    F1 images") && !shown.contains("docs"), "{shown}");
}

#[test]
fn the_selected_cell_is_no_shade_turned_around() {
    for theme in [Theme::dark(), Theme::light()] {
        let mut state = at_confusion(live(80, 24, entries()));
        state.theme = theme;
        let cells = cells(&state);
        // The area right of the runs, between heading and footer. The cell of the first class has a dark shade.
        let places = (7..20).flat_map(|y| (31..80).map(move |x| (x, y)));
        let turned: Vec<_> =
            places.map(|place| &cells[place]).filter(|c| c.modifier.contains(Modifier::REVERSED)).collect();
        assert!(!turned.is_empty(), "{}", screen(&state));
        assert!(turned.iter().all(|c| (c.fg, c.bg) == (Color::Reset, Color::Reset)), "{theme:?}: {turned:?}");
    }
}

#[test]
fn figures_are_switched_only_where_one_alone_has_room_and_the_key_says_so() {
    let mut roomy = at_confusion(live(80, 24, entries()));
    let before = screen(&roomy);
    press(&mut roomy, "v?");
    let help = screen(&roomy);
    assert!(!roomy.screens.confusion.fractions && !before.contains("v figure"), "{before}");
    let later = help.find("Not now").zip(help.find("Counts or shares"));
    assert!(later.is_none_or(|(title, key)| title < key), "{help}");
    let mut narrow = at_confusion(live(80, 24, entries_with_classes(12)));
    assert!(screen(&narrow).contains("v shares"), "{}", screen(&narrow));
    press(&mut narrow, "v");
    assert!(
        narrow.screens.confusion.fractions && screen(&narrow).contains("v counts"),
        "{}",
        screen(&narrow)
    );
}

#[test]
fn a_run_with_one_answer_for_all_says_which_whole() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut all = entries();
        for entry in &mut all {
            if let crate::session::record::Record::Evaluation(found) = &mut entry.record {
                found.confusion = vec![vec![0, 1000], vec![0, 1000]];
            }
        }
        let shown = screen(&at_confusion(live(columns, rows, all)));
        let told = shown.lines().find(|row| row.contains("! It answers positive to everything")).unwrap();
        assert!(!told.contains('…'), "{shown}");
    }
}

#[test]
fn two_methods_are_compared_cell_by_cell_over_all_seeds() {
    let mut state = at_confusion(live(80, 24, entries()));
    press_code(&mut state, KeyCode::Down);
    press_code(&mut state, KeyCode::Down);
    press(&mut state, "d");
    let shown = screen(&state);
    // The recorded session has no answers to examples.
    assert!(shown.contains("minus") && shown.contains("2 seeds · intervals over seeds only"), "{shown}");
    assert!(shown.contains("of 4 cells differ") && shown.contains("points"), "{shown}");
    // A marked run is subtracted in place of scratch, also one of another budget.
    let title = |shown: &str| shown.lines().find(|line| line.contains("minus")).unwrap_or("").to_string();
    assert!(title(&shown).contains("scratch · 100 labels"), "{shown}");
    press_code(&mut state, KeyCode::Down);
    press(&mut state, "m");
    press_code(&mut state, KeyCode::Up);
    assert!(title(&screen(&state)).contains("fine-tuned"), "{}", screen(&state));
    // Scratch itself has nothing to be compared with.
    press(&mut state, "m");
    let mut scratch = at_confusion(live(80, 24, entries()));
    press_code(&mut scratch, KeyCode::Down);
    press(&mut scratch, "d");
    assert!(screen(&scratch).contains("are compared with scratch"), "{}", screen(&scratch));
    press_code(&mut scratch, KeyCode::Esc);
    assert!(screen(&scratch).contains("guessed →"));
}

#[test]
fn two_moments_of_a_method_are_compared_and_the_time_cursor_chooses_one() {
    let mut state = at_confusion(live(200, 60, entries()));
    press_code(&mut state, KeyCode::Down);
    press_code(&mut state, KeyCode::Down);
    press(&mut state, "dd");
    assert!(screen(&state).contains("There is one evaluation on test only"), "{}", screen(&state));
    press(&mut state, "ss");
    let shown = screen(&state);
    assert!(shown.contains("last evaluation") && shown.contains("minus step 20"), "{shown}");
    press_code(&mut state, KeyCode::Left);
    assert!(screen(&state).contains("minus step 100"), "{}", screen(&state));
    press(&mut state, "d");
    assert!(screen(&state).contains("guessed →") && !screen(&state).contains("minus"));
}

#[test]
fn differences_fit_at_every_size_and_many_classes_show_points_alone() {
    for (width, height) in [(80, 24), (200, 60), (300, 80)] {
        for classes in [2, 3, 20] {
            let mut state = at_confusion(live(width, height, entries_with_classes(classes)));
            press_code(&mut state, KeyCode::Down);
            press_code(&mut state, KeyCode::Down);
            press(&mut state, "d");
            let shown = screen(&state);
            assert!(shown.contains("true ↓ guessed →") && shown.contains("minus"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
        }
    }
}
