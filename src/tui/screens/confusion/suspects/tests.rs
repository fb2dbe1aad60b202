use std::sync::Arc;

use crossterm::event::KeyCode;

use crate::session::audited::{AuditedLabel, write_csv};
use crate::session::method::{Baseline, Method, Strategy};
use crate::train::protocol::command::{Command, Id, Question};
use crate::train::protocol::event::{Answer, LabelAudit};
use crate::tui::action::Effect;
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::state::State;
use crate::tui::testing::{entries, live, press, press_code, replay, screen};

const METHOD: Method = Method::Baseline(Baseline::TfIdf);

fn label(rank: usize, is_suspect: bool, given: &str, text: &str) -> AuditedLabel {
    AuditedLabel {
        rank,
        example: 100 - rank,
        is_suspect,
        label: given.into(),
        suggested: if given == "negative" { "positive" } else { "negative" }.into(),
        p_label: 0.01 * rank as f32,
        p_suggested: 1.0 - 0.01 * rank as f32,
        text: text.into(),
    }
}

/// Three suspects and many other labels. The first text is long, and has line breaks and codes for the terminal.
fn list() -> Vec<AuditedLabel> {
    let long = format!("so\r\ndull \x1b[2J\t{} the end", "and grim ".repeat(300));
    let mut list = vec![
        label(1, true, "positive", &long),
        label(2, true, "negative", "a \"lovely\", warm lamp"),
        label(3, true, "positive", "cold soup"),
    ];
    list.extend((4..60).map(|rank| label(rank, false, "negative", &format!("text {rank}"))));
    list
}

fn audit(doing: &str, done: f64, list: Option<Vec<AuditedLabel>>) -> Answer {
    let (doing, list) = (doing.to_string(), list.map(Arc::new));
    Answer::LabelAudit(Box::new(LabelAudit { method: METHOD, doing, done, folds: 5, list }))
}

fn at_confusion(mut state: State) -> State {
    press(&mut state, "4");
    state.toasts.clear();
    state
}

/// The screen after the audit was started, and the number of the question.
fn started(columns: u16, rows: u16) -> (State, Id) {
    let mut state = at_confusion(live(columns, rows, entries()));
    assert!(press(&mut state, "a").is_empty());
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::AuditLabels { method, source: None })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(*method, METHOD);
    (state, *id)
}

#[test]
fn before_the_audit_begins_its_cost_is_said() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = at_confusion(live(columns, rows, entries()));
        press(&mut state, "a");
        let shown = screen(&state);
        let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in
            ["probably wrong, by TF-IDF", "It costs 5 trainings", "enter starts, esc goes back", "computing"]
        {
            assert!(flat.contains(told), "{told} in {shown}");
        }
        assert!(!shown.contains("guessed →") && !shown.contains("reliability"), "{shown}");
        press(&mut state, "a");
        assert!(screen(&state).contains("guessed →"));
    }
}

#[test]
fn progress_is_shown_and_esc_cancels() {
    let (mut state, id) = started(80, 24);
    answer(&mut state, id, audit("fold 3 of 5", 0.47, None));
    let shown = screen(&state);
    assert!(shown.contains("fold 3 of 5 · 47.0 % done. esc cancels.") && shown.contains('█'), "{shown}");
    let effects = press_code(&mut state, KeyCode::Esc);
    assert!(
        matches!(effects[..], [Effect::Send(Command::Cancel(cancelled))] if cancelled == id),
        "{effects:?}"
    );
    assert!(screen(&state).contains("guessed →"));
    // A late answer changes nothing; the cost is offered again.
    answer(&mut state, id, audit("", 1.0, Some(list())));
    press(&mut state, "a");
    assert!(screen(&state).contains("It costs 5 trainings"), "{}", screen(&state));
}

#[test]
fn the_list_is_ranked_and_its_texts_open_whole() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, id) = started(columns, rows);
        answer(&mut state, id + 9, audit("", 1.0, Some(Vec::new())));
        answer(&mut state, id, audit("", 1.0, Some(list())));
        let shown = screen(&state);
        assert!(shown.contains("3 of 59 labels are suspects, in 5 folds"), "{shown}");
        assert!(shown.contains("positive → negative 2 · negative → positive 1"), "{shown}");
        assert!(
            shown.contains("1! positive   negative     1.0 %  so dull ") && !shown.contains('\x1b'),
            "{shown}"
        );
        assert!(shown.contains("2! negative   positive     2.0 %  a \"lovely\", warm lamp"), "{shown}");
        assert!(shown.contains(" 4  negative   positive     4.0 %  text 4"), "{shown}");
        assert!(!shown.contains("the end") && shown.contains("below"), "{shown}");
        // The text opens whole and is scrolled.
        press_code(&mut state, KeyCode::Enter);
        let shown = screen(&state);
        assert!(shown.contains("1. labelled positive (1.0 %), suggested negative (99.0 %)"), "{shown}");
        for _ in 0..40 {
            press_code(&mut state, KeyCode::PageDown);
        }
        assert!(screen(&state).contains("the end"), "{}", screen(&state));
        press_code(&mut state, KeyCode::Esc);
        press_code(&mut state, KeyCode::Down);
        press_code(&mut state, KeyCode::Enter);
        assert!(screen(&state).contains("2. labelled negative"), "{}", screen(&state));
        press_code(&mut state, KeyCode::Enter);
        // Far down the selected row is still seen, and the list is still there after a look at the matrix.
        for _ in 0..30 {
            press_code(&mut state, KeyCode::PageDown);
        }
        assert!(screen(&state).contains("text 59"), "{}", screen(&state));
        assert!(press_code(&mut state, KeyCode::Esc).is_empty() && screen(&state).contains("guessed →"));
        press(&mut state, "a");
        assert!(screen(&state).contains("text 59"), "{}", screen(&state));
    }
}

#[test]
fn a_pair_of_classes_filters_the_suspects() {
    let (mut state, id) = started(80, 24);
    answer(&mut state, id, audit("", 1.0, Some(list())));
    press(&mut state, "f");
    let shown = screen(&state);
    assert!(shown.contains("given positive, suggested negative: 2 suspects (1 of 2)"), "{shown}");
    assert!(
        shown.contains("cold soup") && !shown.contains("warm lamp") && !shown.contains("text 4"),
        "{shown}"
    );
    press(&mut state, "f");
    let shown = screen(&state);
    assert!(shown.contains("1 suspect (2 of 2)") && shown.contains("warm lamp"), "{shown}");
    press(&mut state, "f");
    assert!(screen(&state).contains("text 4"), "{}", screen(&state));
}

#[test]
fn the_whole_list_is_written_whatever_is_shown() {
    let (mut state, id) = started(80, 24);
    answer(&mut state, id, audit("", 1.0, Some(list())));
    press(&mut state, "f");
    let effects = press(&mut state, "e");
    let [Effect::Write { name, text }] = &effects[..] else { panic!("{effects:?}") };
    let mut expected = Vec::new();
    write_csv(&list(), &mut expected).unwrap();
    assert_eq!((name.as_str(), text.as_bytes()), ("suspects.csv", &expected[..]));
    assert!(
        text.starts_with("rank,example,is_suspect,label,suggested,p_label,p_suggested,text\n1,99,true,"),
        "{text}"
    );
}

#[test]
fn where_nothing_can_be_trained_a_sentence_says_why() {
    let mut state = at_confusion(replay(80, 24, entries()));
    press(&mut state, "a");
    let shown = screen(&state).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("A recording has no data to train on"), "{shown}");
    assert!(
        press_code(&mut state, KeyCode::Enter).is_empty()
            && !matches!(&press(&mut state, "e")[..], [Effect::Write { .. }])
    );
    // A method that learns nothing.
    let mut all = entries();
    for entry in &mut all {
        if let crate::session::record::Record::Run(run) = &mut entry.record {
            run.method = Method::Strategy(Strategy::ZeroShot);
        }
    }
    let mut state = at_confusion(live(80, 24, all));
    press(&mut state, "a");
    assert!(screen(&state).contains("learns nothing from labels"), "{}", screen(&state));
    // What the training thread refuses.
    let (mut state, id) = started(80, 24);
    answer(&mut state, id, Answer::Unknown("The data is gone.".into()));
    assert!(screen(&state).contains("The data is gone."));
}
