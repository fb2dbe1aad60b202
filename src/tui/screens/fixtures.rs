//! Helpers for the tests of several screens, beside the small session of `testing`.

use crate::session::record::{Entry, Record};
use crate::train::protocol::command::{Command, Id, Question};
use crate::train::protocol::event::{Answer, Event};
use crate::tui::action::{Action, Effect};
use crate::tui::state::State;
use crate::tui::{app, testing};

/// The session of `testing` with this many classes. Some have names that are too long for any column.
pub fn entries_with_classes(classes: usize) -> Vec<Entry> {
    let name = |i: usize| match i {
        0 => "comp.sys.ibm.pc.hardware".to_string(),
        1 => "日本語のクラス".to_string(),
        2 => "\x1b[31mred\u{202e}".to_string(),
        i => format!("talk.topic{i}"),
    };
    let mut entries = testing::entries();
    for entry in &mut entries {
        match &mut entry.record {
            Record::Data(data) => data.classes = (0..classes).map(name).collect(),
            Record::Evaluation(evaluation) => {
                let all: u64 = evaluation.confusion.iter().flatten().sum();
                let right = (all as f64 * evaluation.accuracy / classes as f64) as u64;
                let wrong = (all / classes as u64).saturating_sub(right);
                evaluation.confusion = (0..classes)
                    .map(|row| {
                        let beside = (row + 1) % classes;
                        let cell = |column| match column {
                            c if c == row => right,
                            c if c == beside => wrong - wrong / 3,
                            c if c == (row + 7) % classes => wrong / 3,
                            _ => 0,
                        };
                        (0..classes).map(cell).collect()
                    })
                    .collect();
            }
            _ => {}
        }
    }
    entries
}

/// The questions among the effects.
pub fn questions(effects: &[Effect]) -> Vec<(Id, Question)> {
    let asked = |effect: &Effect| match effect {
        Effect::Send(Command::Ask { id, question }) => Some((*id, question.clone())),
        _ => None,
    };
    effects.iter().filter_map(asked).collect()
}

/// Delivers an answer to a question.
pub fn answer(state: &mut State, id: Id, answer: Answer) -> Vec<Effect> {
    app::update(state, Action::News(Box::new(Event::Answer { id, answer })))
}
