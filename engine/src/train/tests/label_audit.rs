//! The audit of the labels that the training thread makes is that of the command line, and can be cancelled.

use std::sync::Arc;

use crate::session::audited::{AuditedLabel, write_csv};
use crate::train::protocol::command::Id;
use crate::train::{folds, ground::Ground, label_audit::audited, threads};

use super::*;

fn ask(worker: &Worker, id: Id, method: Method) {
    worker
        .commands
        .send(Command::Ask { id, question: Question::AuditLabels { method, source: None } })
        .unwrap();
}

/// Waits for the list of the question with this number, and returns it with the fractions that were reported before.
fn list(worker: &Worker, id: Id) -> (Arc<Vec<AuditedLabel>>, Vec<f64>) {
    let (mut found, mut done) = (None, Vec::new());
    until(worker, |event| match event {
        Event::Answer { id: told, answer: Answer::LabelAudit(audit) } if *told == id => {
            done.push(audit.done);
            found = audit.list.clone();
            found.is_some()
        }
        // How far the question before was, when it was cancelled.
        Event::Answer { answer: Answer::LabelAudit(audit), .. } if audit.list.is_none() => false,
        Event::Answer { answer, .. } => panic!("{answer:?}"),
        _ => false,
    });
    (found.unwrap(), done)
}

#[test]
fn the_training_thread_gives_the_list_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s");
    let recipe = recipe("Average", "[Frozen]");
    let worker = worker::start(2).unwrap();
    let command = Command::Start { recipe: Box::new(recipe.clone()), folder: session.clone() };
    worker.commands.send(command).unwrap();
    until(&worker, finished);
    for method in [Method::Strategy(Strategy::Frozen), Method::Baseline(Baseline::TfIdf)] {
        // A question that is cancelled is not answered with a list, and the next one is.
        ask(&worker, 1, method);
        worker.commands.send(Command::Cancel(1)).unwrap();
        ask(&worker, 2, method);
        let (told, done) = list(&worker, 2);
        assert!(done.is_sorted() && done.last() == Some(&1.0), "{done:?}");
        // As `audit-labels` does it, from the session's folder.
        let pool = threads::pool(1).unwrap();
        let mut going = |_: &str, _: f64| Ok(());
        let mut ground = Ground::read(&recipe, Some(&session), &pool, &mut going).unwrap();
        let expected = audited(&folds::out_of_fold(&mut ground, method, 1, &pool, &mut going).unwrap());
        let csv = |list: &[AuditedLabel]| {
            let mut bytes = Vec::new();
            write_csv(list, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!((told.len(), csv(&told)), (300, csv(&expected)));
    }
    leave(worker);
}
