//! A labelling through the protocol: a simulation, labels into a file, what it cannot do, and leaving in its midst.

use std::fs;

use crate::session::query_strategy::QueryStrategy;
use crate::train::protocol::command::Id;
use crate::train::protocol::labelling::{LabelAct, LabelView, LabelWhat, LabelWish, Measured};

use super::*;

/// A finished session in `folder`.
fn session(folder: &Path) -> Worker {
    let worker = worker::start(2).unwrap();
    let recipe = Box::new(recipe("Average", "[Frozen]"));
    worker.commands.send(Command::Start { recipe, folder: folder.join("s") }).unwrap();
    until(&worker, finished);
    worker
}

fn begin(worker: &Worker, id: Id, what: LabelWhat) {
    let wish = LabelWish { what, strategy: QueryStrategy::Margin, random_every: 4, seed: 1 };
    let question = Question::Label(Box::new(wish));
    worker.commands.send(Command::Ask { id, question }).unwrap();
}

fn act(worker: &Worker, id: Id, act: LabelAct) {
    worker.commands.send(Command::Label { id, act }).unwrap();
}

/// Waits for a view of the labelling with this number.
fn view(worker: &Worker, id: Id, mut wanted: impl FnMut(&LabelView) -> bool) -> LabelView {
    let mut found = None;
    until(worker, |event| match event {
        Event::Answer { id: told, answer: Answer::Labelling(view) } if *told == id => {
            let fits = wanted(view);
            found = fits.then(|| (**view).clone());
            fits
        }
        Event::Answer { answer: Answer::Labelling(_), .. } => false,
        Event::Answer { answer, .. } => panic!("{answer:?}"),
        _ => false,
    });
    found.unwrap()
}

/// Waits for a sentence that says why a labelling cannot be done.
fn refused(worker: &Worker, id: Id) -> String {
    let mut found = String::new();
    until(worker, |event| match event {
        Event::Answer { id: told, answer: Answer::Unknown(why) } if *told == id => {
            found = why.clone();
            true
        }
        _ => false,
    });
    found
}

#[test]
fn known_labels_answer_and_both_curves_grow() {
    let folder = tempfile::tempdir().unwrap();
    let worker = session(folder.path());
    begin(&worker, 1, LabelWhat::Simulation);
    let first = view(&worker, 1, |view| view.query.is_some());
    // A fifth of the 300 training texts measures.
    assert_eq!((first.open, first.measured, first.given), (240, Measured::Validation(60), 0));
    assert!(first.is_simulated() && first.last.is_none() && first.curve.is_empty());
    act(&worker, 1, LabelAct::LetKnown(30));
    let then = view(&worker, 1, |view| view.given == 30 && view.doing.is_none());
    assert_eq!(then.counts.iter().sum::<usize>(), 30);
    for curve in [&then.curve, &then.random] {
        assert_eq!(curve.last().map(|point| point.labels), Some(30));
        assert!(curve.len() > 20 && curve.iter().all(|point| point.accuracy > 0.3), "{curve:?}");
    }
    let last = then.last.as_ref().unwrap();
    assert_eq!((last.known, last.opinion.len()), (Some(last.class), 2));
    let (mean, interval) = then.difference.unwrap();
    let (low, high) = interval.unwrap();
    assert!(low <= mean && mean <= high, "{low} {mean} {high}");
    // A wrong answer of the user counts as the user gave it, and is told beside the known label.
    let query = then.query.clone().unwrap();
    act(&worker, 1, LabelAct::Give { example: query.example, class: 0 });
    let wrong = view(&worker, 1, |view| view.given == 31);
    let told = wrong.last.as_ref().unwrap();
    assert_eq!(told.class, 0);
    // A second answer to the same text is not one to the next.
    act(&worker, 1, LabelAct::Give { example: query.example, class: 1 });
    act(&worker, 1, LabelAct::Undo);
    let undone = view(&worker, 1, |view| view.given == 30);
    assert_eq!((undone.curve, undone.query), (then.curve, then.query));
    // A new labelling ends the old one.
    begin(&worker, 2, LabelWhat::Simulation);
    assert_eq!(view(&worker, 2, |view| view.query.is_some()).query, first.query);
    act(&worker, 1, LabelAct::LetKnown(5));
    act(&worker, 2, LabelAct::Skip { example: first.query.unwrap().example });
    assert_eq!(view(&worker, 2, |view| view.skipped == 1).given, 0);
    leave(worker);
}

#[test]
fn labels_of_a_file_are_on_the_disk_and_a_second_labelling_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let worker = session(folder.path());
    let (texts, labels) = (folder.path().join("notes.csv"), folder.path().join("notes-labels.csv"));
    let rows: String =
        (0..60).map(|i| format!("{i},\"the film was {}, note {i}\"\n", ["good", "bad"][i % 2])).collect();
    fs::write(&texts, format!("id,text\n{rows}")).unwrap();
    let what = || LabelWhat::File { texts: texts.clone(), labels: labels.clone() };
    begin(&worker, 1, what());
    let mut shown = view(&worker, 1, |view| view.query.is_some());
    // The 240 training texts of the session that do not measure are known from the start.
    assert_eq!((shown.known, shown.open, shown.file.as_deref()), (240, 60, Some(&*labels)));
    assert!(!shown.curve.is_empty(), "the labels of the session teach");
    for count in 1..=6 {
        let query = shown.query.unwrap();
        act(&worker, 1, LabelAct::Give { example: query.example, class: count % 2 });
        shown = view(&worker, 1, |view| view.given == count);
        let text = fs::read_to_string(&labels).unwrap();
        assert_eq!(text.lines().count(), count + 1, "{text}");
    }
    let text = fs::read_to_string(&labels).unwrap();
    assert_eq!(text.lines().next(), Some("id,text,label,chosen_by"));
    act(&worker, 1, LabelAct::Undo);
    view(&worker, 1, |view| view.given == 5);
    // Leaving right after an answer loses nothing.
    let query = shown.query.unwrap();
    act(&worker, 1, LabelAct::Give { example: query.example, class: 1 });
    worker.commands.send(Command::Cancel(1)).unwrap();
    begin(&worker, 2, what());
    let again = view(&worker, 2, |view| view.query.is_some());
    assert_eq!((again.given, again.open, again.can_undo), (6, 54, false));
    let text = fs::read_to_string(&labels).unwrap();
    assert_eq!(
        (text.lines().count(), text.contains(&format!("{},\"{}\"", query.example, query.text))),
        (7, true),
        "{text}"
    );
    // If the file cannot take a label, the user hears why, and the label does not count.
    fs::write(&labels, "text,label\n").unwrap();
    act(&worker, 2, LabelAct::Give { example: again.query.unwrap().example, class: 1 });
    let told = view(&worker, 2, |view| {
        view.remarks.iter().any(|remark| remark.contains("another program has changed"))
    });
    assert_eq!(told.given, 6);
    act(&worker, 2, LabelAct::Give { example: told.query.unwrap().example, class: 0 });
    worker.commands.send(Command::Quit).unwrap();
    let events = worker.events;
    let reader = std::thread::spawn(move || events.iter().count());
    worker.thread.join().unwrap();
    reader.join().unwrap();
}

#[test]
fn what_cannot_be_labelled_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let worker = session(folder.path());
    let texts = folder.path().join("notes.txt");
    let labels = folder.path().join("notes-labels.csv");
    begin(&worker, 1, LabelWhat::File { texts: texts.clone(), labels: labels.clone() });
    assert!(refused(&worker, 1).contains("notes.txt"));
    fs::write(&texts, "one\ntwo\n").unwrap();
    fs::write(&labels, "no,header,of,mine\n").unwrap();
    begin(&worker, 2, LabelWhat::File { texts: texts.clone(), labels: labels.clone() });
    assert!(refused(&worker, 2).contains("no columns of text and label"));
    // What is done in a labelling that is not there has no effect.
    act(&worker, 2, LabelAct::LetKnown(3));
    fs::write(&labels, "").unwrap();
    begin(&worker, 3, LabelWhat::File { texts, labels });
    assert_eq!(view(&worker, 3, |view| view.query.is_some()).open, 2);
    leave(worker);
}
