use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::session::query_strategy::QueryStrategy;
use crate::train::protocol::command::Command;
use crate::train::protocol::labelling::{
    LabelAct, LabelAnswered, LabelPoint, LabelQuery, LabelView, LabelWhat, Measured,
};
use crate::tui::action::Action;
use crate::tui::app;
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::testing::{entries, live, press, press_code, replay, screen};

use super::*;

fn at_label(mut state: State) -> State {
    press(&mut state, "8");
    state.toasts.clear();
    state
}

/// What the user did, by the commands among the effects.
fn acts(effects: &[Effect]) -> Vec<LabelAct> {
    let act = |effect: &Effect| match effect {
        Effect::Send(Command::Label { act, .. }) => Some(act.clone()),
        _ => None,
    };
    effects.iter().filter_map(act).collect()
}

/// The words of the left half of a wide screen, or of a narrow one: what stands beside the chart.
fn left(state: &State) -> String {
    let (columns, _) = state.size;
    let wide = usize::from(if columns < 120 { columns } else { columns / 2 });
    let rows =
        screen(state).lines().map(|line| line.chars().take(wide).collect::<String>()).collect::<Vec<_>>();
    rows.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn asking(example: u32, given: usize) -> LabelView {
    let point = |labels: usize| LabelPoint { labels, accuracy: 0.6 + labels as f64 / 200.0 };
    LabelView {
        classes: vec!["negative".into(), "positive".into()],
        counts: vec![given / 2, given - given / 2],
        given,
        open: 100 - given,
        strategy: Some(QueryStrategy::Margin),
        query: Some(LabelQuery {
            example,
            text: format!("text {example}: the soup was not bad at all"),
            by: QueryStrategy::Margin,
        }),
        can_undo: given > 0,
        curve: (10..=given).map(point).collect(),
        random: (10..=given).map(point).collect(),
        measured: Measured::Validation(800),
        seconds: 0.004,
        ..LabelView::default()
    }
}

/// Begins a simulation, and returns its number.
fn begun(state: &mut State) -> Id {
    let asked = questions(&press_code(state, KeyCode::Enter));
    let [(id, Question::Label(wish))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((&wish.what, wish.strategy), (&LabelWhat::Simulation, QueryStrategy::Margin));
    *id
}

fn view(state: &mut State, id: Id, view: LabelView) {
    answer(state, id, Answer::Labelling(Box::new(view)));
}

#[test]
fn a_text_is_labelled_by_a_key_once_and_the_opinion_comes_after_the_answer() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = at_label(live(columns, rows, entries()));
        let id = begun(&mut state);
        assert!(acts(&press(&mut state, "a")).is_empty(), "nothing is asked yet");
        view(
            &mut state,
            id,
            LabelView {
                doing: Some(("computing the vectors of the texts".into(), 0.4)),
                ..LabelView::default()
            },
        );
        assert!(screen(&state).contains("computing the vectors of the texts: 40.0 %"), "{}", screen(&state));
        view(&mut state, id, asking(7, 20));
        let shown = screen(&state);
        assert!(shown.contains("text 7: the soup was not bad at all"), "{shown}");
        assert!(shown.contains("a negative (10)") && shown.contains("b positive (10)"), "{shown}");
        assert!(!shown.contains("the model expected"), "{shown}");
        assert!(shown.contains("Accuracy 70.0 % with 20 labels") && shown.contains('●'), "{shown}");
        let done = acts(&press(&mut state, "b"));
        assert_eq!(done, [LabelAct::Give { example: 7, class: 1 }]);
        // Until the next text is there, a second stroke must not label it unseen.
        assert!(acts(&press(&mut state, "bas u")).is_empty());
        let last = LabelAnswered { text: "text 7".into(), class: 1, opinion: vec![0.7, 0.3], known: Some(0) };
        view(
            &mut state,
            id,
            LabelView { last: Some(last), difference: Some((0.03, Some((0.01, 0.05)))), ..asking(8, 21) },
        );
        let shown = left(&state);
        assert!(shown.contains("Last: positive; the model expected negative (70.0 %)"), "{shown}");
        assert!(shown.contains("the known label is negative"), "{shown}");
        assert!(shown.contains("Better than random choice: +3.0 points"), "{shown}");
        assert_eq!(acts(&press(&mut state, "s")), [LabelAct::Skip { example: 8 }]);
    }
}

#[test]
fn undo_strategy_and_known_labels_are_sent_and_ending_cancels() {
    let mut state = at_label(live(80, 24, entries()));
    let id = begun(&mut state);
    for (keys, act) in [
        ("u", LabelAct::Undo),
        ("t", LabelAct::Strategy(QueryStrategy::Uncertainty)),
        (" ", LabelAct::LetKnown(1)),
    ] {
        view(&mut state, id, asking(7, 20));
        assert_eq!(acts(&press(&mut state, keys)), [act]);
    }
    assert!(screen(&state).contains("margin●"), "{}", screen(&state));
    let view_of = LabelView {
        strategy: Some(QueryStrategy::Diversity),
        difference: Some((-0.03, Some((-0.05, -0.01)))),
        differing: 1,
        ..asking(9, 20)
    };
    view(&mut state, id, view_of);
    // The curve has texts that two strategies chose.
    assert!(
        screen(&state).contains("chosen●") && !screen(&state).contains("diversity●"),
        "{}",
        screen(&state)
    );
    assert!(left(&state).contains("1 of your labels is not the known one"), "{}", screen(&state));
    assert_eq!(state.screens.label.strategy(), QueryStrategy::Diversity);
    assert_eq!(acts(&press_code(&mut state, KeyCode::Enter)), [LabelAct::LetKnown(25)]);
    // An answer to an older labelling changes nothing.
    view(&mut state, id + 1, asking(99, 20));
    assert!(!screen(&state).contains("text 99"));
    let effects = press(&mut state, "x");
    assert!(matches!(&effects[..], [Effect::Send(Command::Cancel(other))] if *other == id), "{effects:?}");
    assert!(screen(&state).contains("The simulation has ended. Accuracy"));
    view(&mut state, id, asking(7, 20));
    assert!(state.screens.label.view().is_none(), "a late view");
}

#[test]
fn texts_of_a_file_are_labelled_into_a_file_beside_it() {
    let mut state = at_label(live(80, 24, entries()));
    press(&mut state, "/");
    let typed = press(&mut state, "/data/notes.csv");
    assert!(typed.is_empty() && screen(&state).contains("file /data/notes.csv"), "{}", screen(&state));
    let effects = press_code(&mut state, KeyCode::Tab);
    assert!(matches!(&effects[..], [Effect::Complete(typed)] if typed == "/data/notes.csv"), "{effects:?}");
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Label(wish))] = &asked[..] else { panic!("{asked:?}") };
    let (texts, labels) = (PathBuf::from("/data/notes.csv"), PathBuf::from("/data/notes-labels.csv"));
    assert_eq!(wish.what, LabelWhat::File { texts, labels: labels.clone() });
    let random = vec![LabelPoint { labels: 12, accuracy: 0.625 }];
    view(&mut state, *id, LabelView { file: Some(labels), random, ..asking(7, 20) });
    let shown = screen(&state);
    assert!(shown.contains("With 12 labels: 66.0 % as chosen, 62.5 % by the random texts alone."), "{shown}");
    assert!(acts(&press(&mut state, " ")).is_empty(), "nobody knows the labels");
    let command = Page.command_of(&state);
    assert!(command.contains("--texts /data/notes.csv --labels /data/notes-labels.csv"), "{command}");
    press(&mut state, "x");
    assert!(screen(&state).contains("The labels are in /data/notes-labels.csv."), "{}", screen(&state));
}

impl Page {
    fn command_of(&self, state: &State) -> String {
        super::super::page::Page::command(self, state).unwrap_or_default()
    }
}

#[test]
fn what_cannot_be_done_is_said_and_can_be_tried_again() {
    let mut state = at_label(live(80, 24, entries()));
    let id = begun(&mut state);
    answer(&mut state, id, Answer::Unknown("the data and the source are not ready yet".into()));
    assert!(screen(&state).contains("the data and the source are not ready yet"), "{}", screen(&state));
    begun(&mut state);
    let state = at_label(replay(80, 24, entries()));
    assert!(screen(&state).contains("cannot make the vectors of texts"), "{}", screen(&state));
}

#[test]
fn classes_are_clicked_where_they_are_drawn() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = at_label(live(columns, rows, entries()));
        let id = begun(&mut state);
        view(&mut state, id, asking(7, 20));
        let shown = screen(&state);
        let row = shown.lines().position(|line| line.contains("b positive")).unwrap();
        let column = shown.lines().nth(row).unwrap().find("positive").unwrap();
        let (kind, modifiers) = (MouseEventKind::Down(MouseButton::Left), KeyModifiers::NONE);
        let event = MouseEvent { kind, column: column as u16, row: row as u16, modifiers };
        let effects = app::update(&mut state, Action::Mouse(event));
        assert_eq!(acts(&effects), [LabelAct::Give { example: 7, class: 1 }], "{shown}");
    }
}

#[test]
fn many_classes_with_long_names_and_odd_texts_are_drawn() {
    let mut state = at_label(live(80, 24, entries()));
    let id = begun(&mut state);
    let classes: Vec<String> = (0..43).map(|i| format!("a class with a long name {i}\x1b[31m")).collect();
    let query = LabelQuery { example: 1, text: "\x1b[2J日本語 ".repeat(400), by: QueryStrategy::Random };
    let counts = vec![1; 43];
    view(&mut state, id, LabelView { classes, counts, query: Some(query), ..asking(1, 43) });
    let shown = screen(&state);
    assert!(!shown.contains('\x1b') && shown.contains("below"), "{shown}");
    assert_eq!(acts(&press(&mut state, "D")), [LabelAct::Give { example: 1, class: 19 }]);
    view(&mut state, id, LabelView { query: None, open: 0, ..asking(1, 43) });
    assert!(screen(&state).contains("Every text has a label or was skipped."));
}

#[test]
fn the_figures_of_the_curve_are_exported() {
    let mut state = at_label(live(80, 24, entries()));
    let id = begun(&mut state);
    view(&mut state, id, asking(7, 12));
    let table = super::super::page::Page::table(&Page, &state).unwrap();
    assert_eq!(table[0], ["labels", "margin", "random"]);
    assert_eq!(
        (table.len(), &table[3][..]),
        (4, &["12".to_string(), "0.660000".into(), "0.660000".into()][..])
    );
}
