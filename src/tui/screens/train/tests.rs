use crossterm::event::KeyCode;

use crate::session::method::{Baseline, Method};
use crate::session::record::{Entry, GeneratedText, HeldOut, Note, Record, VALIDATION};
use crate::train::protocol::command::{LrTarget, Question};
use crate::train::protocol::curve::{Curve, Sweep};
use crate::train::protocol::event::{Event, LrTest};
use crate::tui::screens::tab::Tab;
use crate::tui::state::Overlay;
use crate::tui::testing::{self, press, press_code, screen};
use crate::tui::{app, screens};

use super::model::{self, drawn, listed, window};
use super::*;

fn on_train(columns: u16, rows: u16, entries: Vec<crate::session::record::Entry>) -> State {
    let mut state = testing::live(columns, rows, entries);
    app::update(&mut state, Action::Show(Tab::Train));
    state
}

#[test]
fn the_run_that_overfits_is_found_by_sorting_and_says_so() {
    let mut entries = testing::entries();
    let of_run = |entry: &Entry| match &entry.record {
        Record::Evaluation(told) => told.run == 5 && told.set == VALIDATION,
        _ => false,
    };
    let last = entries.iter().rposition(of_run).unwrap();
    if let Record::Evaluation(told) = &mut entries[last].record {
        told.loss = 9.5;
    }
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = testing::replay(columns, rows, entries.clone());
        app::update(&mut state, Action::Show(Tab::Train));
        let overfit = sorting::column("overfit").unwrap();
        (0..=overfit).for_each(|_| _ = press(&mut state, "c"));
        press(&mut state, "j");
        assert_eq!(model::selected(&state), Some(5));
        let shown = screen(&state);
        assert!(shown.contains("overfit ↓") && shown.contains("overfits"), "{shown}");
        let head = shown.lines().find(|line| line.contains("labels·seed")).unwrap();
        assert!(!head.contains("val"), "the sorted column stands there: {head}");
    }
}

#[test]
fn while_pre_training_the_loss_and_the_neighbours_are_seen() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let screen = screen(&on_train(columns, rows, testing::entries_while_pretraining()));
        for expected in
            ["pre-training loss", "terrible", "horrible", "waiter", "3.00M of 6.00M words", "lr 0.01"]
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
        for expected in
            ["training loss", "▲ scratch", "● fine-tuned", "◆ TF-IDF", "learning rate ×0.5 at", "steps"]
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
    assert!(matches!(effects[..], [Effect::Send(Command::LearningRate { run: None, factor: 0.5 })]));
    press(&mut state, "jj");
    let effects = press(&mut state, ".");
    assert!(
        matches!(effects[..], [Effect::Send(Command::LearningRate { run: Some(1), factor: 2.0 })]),
        "{effects:?}"
    );
    assert!(screen(&state).contains("×2 for scratch"), "{}", screen(&state));
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
fn a_solver_with_many_steps_does_not_press_the_other_curves_together() {
    let mut entries = testing::entries();
    let solver =
        testing::METHODS.iter().position(|method| *method == Method::Baseline(Baseline::TfIdf)).unwrap();
    for entry in &mut entries {
        if let Record::Step(point) = &mut entry.record
            && point.run == solver
        {
            point.step = 20 * testing::STEPS;
        }
    }
    let mut state = on_train(200, 60, entries);
    let (_, high) = window(&state).unwrap();
    assert_eq!(high, testing::STEPS as f64);
    // Zoomed out, the whole range is visible.
    press(&mut state, "----------");
    assert_eq!(window(&state).unwrap().1, 20.0 * high);
    assert!(screen(&state).contains("zoomed"));
    press(&mut state, "0");
    assert_eq!(window(&state).unwrap().1, high);
    // If the solver is selected, its whole curve is visible; against seconds, it always is.
    for _ in 0..=solver {
        press(&mut state, "j");
    }
    assert_eq!(selected(&state), Some(solver));
    assert_eq!(window(&state).unwrap().1, 20.0 * high);
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
    state.status = crate::train::protocol::event::Status::default();
    let shown = screen(&state);
    assert!(!shown.contains("is training") && shown.contains("‖▲ scratch"), "{shown}");
}

#[test]
fn in_a_small_terminal_less_is_said_and_nothing_is_cut() {
    let mut state = on_train(80, 24, testing::entries());
    let shown = screen(&state);
    for expected in
        ["low is good · medium smoothing", "● fine-tuned trained further", "◆ TF-IDF baseline: word counts"]
    {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    press(&mut state, "l");
    let shown = screen(&state);
    assert!(shown.contains("training loss · medium smoothing · log y"), "{shown}");
    press_code(&mut state, KeyCode::Left);
    let shown = screen(&state);
    let heading = shown.lines().find(|line| line.contains("┊ at ")).unwrap();
    assert!(heading.contains("log y") && !heading.contains('…'), "{shown}");
    press_code(&mut state, KeyCode::Esc);
    press(&mut state, "ljjj");
    let shown = screen(&state);
    let expected = ["■ frozen · 100 labels · seed 1", "80 labels + 20 to validate", "best step ", "weights"];
    for expected in expected.into_iter().chain(["bytes are the same"]) {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    // Only the session's title is cut.
    assert!(shown.lines().skip(1).all(|row| !row.contains('…')), "{shown}");
    let wide = screen(&on_train(200, 60, testing::entries()));
    assert!(
        wide.contains("the labels it learns from; low is good") && wide.contains("carried over, trained on")
    );
}

#[test]
fn validation_and_test_stand_in_two_columns_and_a_dash_where_there_is_none() {
    let without = |all: bool| {
        let mut entries = testing::entries();
        let baseline = |run: usize| run.is_multiple_of(4);
        for entry in &mut entries {
            if let Record::Run(start) = &mut entry.record
                && (all || baseline(start.run))
            {
                start.validation = 0;
            }
        }
        entries.retain(|entry| match &entry.record {
            Record::Evaluation(found) => found.set != VALIDATION || !all && !baseline(found.run),
            _ => true,
        });
        entries
    };
    for (columns, rows) in [(80, 24), (200, 60)] {
        // TF-IDF with 100 labels has no validation accuracy, whether the other runs have one or not.
        let row = |shown: &str, name: &str| -> Vec<String> {
            let row = shown.lines().find(|row| row.contains(name)).unwrap();
            row[row.find(name).unwrap()..].split_whitespace().map(|word| word.replace('%', "")).collect()
        };
        let shown = screen(&on_train(columns, rows, without(true)));
        let baseline = row(&shown, "TF-IDF  ");
        assert_eq!(baseline[baseline.len() - 2..], ["—", "71.0"], "{shown}");
        let mut state = on_train(columns, rows, without(false));
        let shown = screen(&state);
        let (baseline, frozen) = (row(&shown, "TF-IDF  "), row(&shown, "frozen  "));
        assert_eq!(baseline[baseline.len() - 2..], ["—", "71.0"], "{shown}");
        assert_eq!(frozen[frozen.len() - 2..], ["80.0", "80.0"], "{shown}");
        assert!(shown.contains("accuracy in %") && shown.contains(" test\n"), "{shown}");
        press(&mut state, "j");
        let shown = screen(&state);
        assert!(shown.contains("none to validate") && !shown.contains("more lines"), "{shown}");
        // Before the end there is a validation result and no test result yet.
        let shown = screen(&on_train(columns, rows, testing::entries_while_training()));
        let frozen = row(&shown, "frozen  ");
        assert_eq!(frozen[frozen.len() - 1], "—", "{shown}");
        assert_ne!(frozen[frozen.len() - 2], "—", "{shown}");
    }
}

#[test]
fn a_run_with_one_answer_for_all_has_a_sign_and_it_is_explained() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut entries = testing::entries();
        for entry in &mut entries {
            if let Record::Evaluation(found) = &mut entry.record
                && found.run == 1
            {
                let all: u64 = found.confusion.iter().flatten().sum();
                found.confusion = vec![vec![0, all / 2], vec![0, all - all / 2]];
            }
        }
        let mut state = on_train(columns, rows, entries);
        let shown = screen(&state);
        assert!(shown.contains("!▲ scratch") && shown.contains("! one answer for every example"), "{shown}");
        assert_eq!(shown.matches("!▲ scratch").count(), 1, "{shown}");
        press(&mut state, "jj");
        let shown = screen(&state);
        assert!(shown.contains("! gives one answer") || shown.contains("! one answer"), "{shown}");
        assert!(
            !shown.contains("more lines") && shown.contains("at step") | shown.contains("best step"),
            "{shown}"
        );
    }
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

/// The session up to the middle of pre-training, as if its source were a language model.
fn of_language_model() -> Vec<crate::session::record::Entry> {
    let mut entries = testing::entries_while_pretraining();
    let text = "(title: \"t\", transfer: Text(source: LanguageModel(corpus: Demo(reviews: 50)), task: Demo(), head: Average), labels: [50])";
    let source = crate::session::recipe::Recipe::parse(text, std::path::Path::new("r.ron")).unwrap().transfer;
    for entry in &mut entries {
        if let Record::Opened { recipe, .. } = &mut entry.record {
            recipe.transfer = source.clone();
        }
    }
    let at = entries.last().unwrap().at;
    for (tokens, loss) in [(500_000, 6.0_f64), (2_900_000, 5.0)] {
        let record = Record::HeldOut(HeldOut { tokens, words: 100, loss });
        entries.push(crate::session::record::Entry { at, record });
    }
    entries
}

#[test]
fn a_language_model_shows_perplexity_of_what_it_reads_and_of_what_is_held_out() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, of_language_model());
        let shown = screen(&state);
        // The perplexity is e to the 5th power.
        assert!(shown.contains(" perplexity") && shown.contains("◆ held out 148 · log y"), "{shown}");
        press_code(&mut state, KeyCode::Right);
        for _ in 0..columns {
            press_code(&mut state, KeyCode::Left);
        }
        let shown = screen(&state);
        assert!(shown.contains("held out –"), "before the first there is none:\n{shown}");
        press_code(&mut state, KeyCode::Esc);
        press(&mut state, "m");
        let shown = screen(&state);
        assert!(shown.contains("bits a word") && shown.contains("held out 7.21"), "{shown}");
        assert!(!shown.contains("log y"), "a logarithm already:\n{shown}");
        press(&mut state, "m");
        assert!(screen(&state).contains("held out 5"), "{}", screen(&state));
    }
    let mut state = on_train(80, 24, testing::entries_while_pretraining());
    press(&mut state, "m");
    assert!(screen(&state).contains("pre-training loss"), "word vectors have a loss alone");
}

/// The same session with generated texts after a third and after half of pre-training.
fn of_language_model_that_speaks() -> Vec<crate::session::record::Entry> {
    let mut entries = of_language_model();
    let tokens = |entry: &crate::session::record::Entry| match &entry.record {
        Record::Pretrain(point) => point.tokens,
        _ => 0,
    };
    for (at_tokens, word) in [(2_000_000, "early"), (2_900_000, "late")] {
        let place = entries.iter().position(|entry| tokens(entry) >= at_tokens).unwrap();
        let (at, text) = (entries[place].at, format!("{word} {}end", "word ".repeat(80)));
        let said = GeneratedText { tokens: at_tokens, prompt: "the".into(), text };
        entries.insert(place, crate::session::record::Entry { at, record: Record::GeneratedText(said) });
    }
    entries
}

#[test]
fn what_the_model_said_is_of_the_moment_shown_and_says_where_it_is_cut() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, of_language_model_that_speaks());
        let shown = screen(&state);
        assert!(shown.contains("it says now") && shown.contains("the late word"), "{shown}");
        assert!(shown.contains("word…") && !shown.contains("end…"), "{shown}");
        let mut moved = 0;
        while !screen(&state).contains("the early word") && moved < 200 {
            press_code(&mut state, KeyCode::Left);
            moved += 1;
        }
        let shown = screen(&state);
        assert!(shown.contains("it said after 2.00M words") && !shown.contains("says now"), "{shown}");
        press_code(&mut state, KeyCode::Esc);
        assert!(screen(&state).contains("it says now"));
        press(&mut state, "[");
        assert!(screen(&state).contains("it said after"), "{}", screen(&state));
    }
}

#[test]
fn a_model_that_goes_backwards_keeps_the_prompt_at_its_end() {
    let mut entries = of_language_model_that_speaks();
    for entry in &mut entries {
        if let Record::Opened { recipe, .. } = &mut entry.record
            && let Some(text) = recipe.text_mut()
            && let crate::session::text_source::TextSource::LanguageModel(model) =
                text.source.as_mut().unwrap()
        {
            model.direction = crate::session::language_model::Direction::Backward;
        }
    }
    let shown = screen(&on_train(200, 60, entries));
    assert!(shown.contains("end the") && shown.contains("…word"), "{shown}");
}

#[test]
fn what_is_said_after_a_long_prompt_is_seen() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, of_language_model());
        press(&mut state, "/");
        let prompt = format!("begin {}meet", "mississippi ".repeat(20));
        press(&mut state, &prompt);
        let asked = press_code(&mut state, KeyCode::Enter);
        told(&mut state, &asked, Answer::GeneratedText { prompt, text: "said at last".into() });
        press_code(&mut state, KeyCode::Esc);
        let shown = screen(&state);
        assert!(shown.contains("it went on after the prompt") && shown.contains("…mississippi"), "{shown}");
        assert!(shown.contains("meet") && shown.contains("said at"), "{shown}");
    }
}

#[test]
fn a_long_prompt_stays_in_its_box() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, of_language_model_that_speaks());
        press(&mut state, "/");
        press(&mut state, &format!("{}zanzibar", "mississippi ".repeat(20)));
        let shown = screen(&state);
        assert!(shown.contains("prompt ▸ mississippi") && shown.contains("zanzibar"), "{shown}");
        press_code(&mut state, KeyCode::Home);
        press(&mut state, "once ");
        assert!(screen(&state).contains("▸ once mississippi"), "{}", screen(&state));
    }
}

fn told(state: &mut State, effects: &[Effect], answer: Answer) {
    let [Effect::Send(Command::Ask { id, .. })] = effects else { panic!("{effects:?}") };
    screens::page::Page::answer(&Page, state, *id, &answer);
}

fn lr_test(of: LrTarget, updates: usize) -> Answer {
    let (sweep, mut curve) = (Sweep::default(), Curve::default());
    for update in 0..updates {
        let learning_rate = sweep.learning_rate(update);
        // The curve has a minimum at a learning rate of 0.01, and rises steeply after it.
        curve.push(
            learning_rate,
            Some(1.0 + (learning_rate.log10() + 2.0).abs().min(3.0) + 100.0 * learning_rate.min(1.0).powi(2)),
        );
    }
    let (doing, optimizer) = ("trying learning rates".to_string(), "Adam, batches of 16".to_string());
    Answer::LrFinder(Box::new(LrTest { of, doing, optimizer, own_learning_rate: 0.001, curve }))
}

#[test]
fn rates_are_tried_for_the_pre_training_and_for_the_selected_run() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, testing::entries_while_pretraining());
        let asked = press(&mut state, "r");
        let question = Question::LrFinder { of: LrTarget::Source };
        assert!(matches!(&asked[..], [Effect::Send(Command::Ask { question: q, .. })] if *q == question));
        assert!(screen(&state).contains("which learning rate?"), "{}", screen(&state));
        told(&mut state, &asked, lr_test(LrTarget::Source, 100));
        let shown = screen(&state);
        for expected in
            ["loss against the learning rate", "falls fastest at", "a tenth of least", "0.0010", "▲"]
        {
            assert!(shown.contains(expected), "{expected} at {columns}x{rows}:\n{shown}");
        }
        assert!(shown.contains("1e-6") && shown.contains("0.001"), "decades on the axis:\n{shown}");
        // The losses after the minimum are much higher than at the start, but the descent from 4 fills the chart.
        assert!(shown.contains("▴ losses above 4.7"), "{shown}");
        let dots = |row: &str| {
            row.chars().take(columns.into()).filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count()
        };
        let filled = shown.lines().skip(4).filter(|row| dots(row) > 0).count();
        assert!(filled + 12 > usize::from(rows), "{filled} rows:\n{shown}");
        press(&mut state, "f");
        let wall = screen(&state);
        assert!(!wall.contains("f shows them") && wall.contains(" 100┤"), "{wall}");
        press(&mut state, "f");
        assert_eq!(screen(&state), shown);
        press_code(&mut state, KeyCode::Right);
        assert!(screen(&state).contains("┊ learning rate "), "{}", screen(&state));
        press_code(&mut state, KeyCode::Esc);
        press_code(&mut state, KeyCode::Esc);
        assert!(screen(&state).contains("pre-training loss"), "{}", screen(&state));
    }
    let mut state = on_train(80, 24, testing::entries_while_training());
    press(&mut state, "jj");
    let asked = press(&mut state, "r");
    let Some(LrTarget::Method(method, budget)) = state.screens.train.lr_finder.of else {
        panic!("a method is meant")
    };
    let run = &state.history.runs[1].start;
    assert_eq!((method, budget), (run.method, run.budget));
    assert!(screens::page::Page::command(&Page, &state).unwrap().contains("--method scratch --labels"));
    told(&mut state, &asked, Answer::Unknown("there is no learning rate".into()));
    assert!(screen(&state).contains("there is no learning rate"), "{}", screen(&state));
    let mut replay = testing::replay(80, 24, testing::entries());
    assert!(press(&mut replay, "r").is_empty());
}

mod grid;
mod steering;
