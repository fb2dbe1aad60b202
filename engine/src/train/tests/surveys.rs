//! Questions about files from which an experiment can be started.

use crate::session::starter::{Examples, Wish};
use crate::train::protocol::command::SourceFile;
use crate::train::protocol::event::Surveyed;
use crate::train::surveying::Surveying;

use super::*;

/// Labelled texts, with quotes and line breaks.
fn table(rows: usize) -> String {
    let row = |i: usize| {
        format!(
            "{i},\"a \"\"{}\"\" day,\nnumber {i}\",{}\n",
            i * 7,
            if i.is_multiple_of(3) { "no" } else { "yes" }
        )
    };
    "id,review,mood\n".to_string() + &(0..rows).map(row).collect::<String>()
}

/// The last answer to a question.
fn answer_to(worker: &Worker, id: u64, question: Question) -> Answer {
    worker.commands.send(Command::Ask { id, question }).unwrap();
    let mut last = None;
    until(worker, |event| match event {
        Event::Answer { id: of, answer } if *of == id && !matches!(answer, Answer::Reading(_)) => {
            last = Some(answer.clone());
            true
        }
        _ => false,
    });
    last.unwrap()
}

fn survey(worker: &Worker, id: u64, wish: Wish) -> Surveyed {
    match answer_to(worker, id, Question::Survey(Box::new(wish))) {
        Answer::Surveyed(found) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn examples_are_surveyed_without_a_session_and_beside_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("reviews.csv");
    std::fs::write(&data, table(300)).unwrap();
    let wish = Wish { data: data.clone(), ..Wish::default() };
    let worker = worker::start(1).unwrap();
    let found = survey(&worker, 1, wish.clone());
    let surveyed = found.survey.clone().unwrap();
    assert_eq!((surveyed.train, surveyed.test, surveyed.classes.len()), (240, 60, 2));
    assert!(matches!(surveyed.examples, Examples::Texts { words, .. } if words > 1_000));
    let taken = surveyed.taken.clone().unwrap();
    assert_eq!((taken.texts, taken.label), (vec!["review".to_string()], "mood".to_string()));
    assert_eq!(found.preview.as_ref().unwrap().columns, ["id", "review", "mood"]);
    assert_eq!(found.data, data);
    // While a session is under way, the answer is the same, and the session goes on to its end.
    let start = Command::Start {
        recipe: Box::new(recipe("Average", "[Frozen, FineTuned]")),
        folder: folder.path().join("session"),
    };
    worker.commands.send(start).unwrap();
    let mut done = false;
    worker.commands.send(Command::Ask { id: 2, question: Question::Survey(Box::new(wish)) }).unwrap();
    let mut beside = None;
    until(&worker, |event| {
        done |= finished(event);
        if let Event::Answer { id: 2, answer: Answer::Surveyed(found) } = event {
            beside = Some((**found).clone());
        }
        done && beside.is_some()
    });
    assert_eq!(beside, Some(found));
    leave(worker);
}

#[test]
fn what_cannot_be_used_is_a_sentence_with_the_columns_if_there_are_any() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Wish { data: path, ..Wish::default() }
    };
    let worker = worker::start(1).unwrap();
    for (id, (wish, expected, columns)) in [
        (
            place("one.csv", "text,label\na text,good\nanother one,good\n"),
            "all documents are of one class",
            2,
        ),
        (place("odd.csv", "a,b,c\n1,x,2\n2,y,3\n"), "none of the columns is known to hold the text", 3),
        (place("cut.csv", "text,label\n\"never closed,good\nbad,bad\n"), "never closed", 2),
        (place("empty.csv", ""), "the file is empty", 0),
        (place("text.txt", "good a day\n"), "all documents are of one class", 0),
        (Wish { text: Some("no".into()), ..place("a.csv", &table(30)) }, "no column \"no\"", 3),
        (Wish { data: folder.path().join("nothing"), ..Wish::default() }, "No such file", 0),
    ]
    .into_iter()
    .enumerate()
    {
        let found = survey(&worker, id as u64, wish);
        let problem = found.survey.unwrap_err();
        assert!(problem.contains(expected), "{problem}");
        assert_eq!(found.preview.map_or(0, |preview| preview.columns.len()), columns, "{problem}");
    }
    leave(worker);
}

#[test]
fn a_file_for_a_source_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        folder.path().join(name)
    };
    let vectors = place("v.txt", "good 0.5 1.0 0.25\nbad 1.0 0.5 0.125\n");
    let text = place("t.txt", "so it was\n");
    let empty = place("e.txt", "");
    let worker = worker::start(1).unwrap();
    let ask = |path: &Path, of| answer_to(&worker, 1, Question::SourceFile { path: path.to_path_buf(), of });
    let told = |answer: Answer| match answer {
        Answer::SourceFile { told, .. } => told,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(ask(&vectors, SourceFile::Vectors)), "3 dimensions");
    assert_eq!(told(ask(&text, SourceFile::Unlabelled)), "10 bytes");
    for (path, of, expected) in [
        (&text, SourceFile::Vectors, "no file of word vectors"),
        (&text, SourceFile::Weights, "safetensors"),
        (&empty, SourceFile::Unlabelled, "the file is empty"),
    ] {
        let answer = ask(path, of);
        assert!(matches!(&answer, Answer::Unknown(why) if why.contains(expected)), "{answer:?}");
    }
    leave(worker);
}

#[test]
fn a_question_is_given_up_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("reviews.csv");
    std::fs::write(&data, table(30)).unwrap();
    let question = || Question::Survey(Box::new(Wish { data: data.clone(), ..Wish::default() }));
    let mut surveying = Surveying::default();
    surveying.ask(1, question()).unwrap();
    surveying.cancel(2);
    assert!(surveying.waits(), "another question was given up");
    surveying.cancel(1);
    assert!(!surveying.waits() && surveying.step().is_empty());
    surveying.ask(3, question()).unwrap();
    surveying.ask(4, question()).unwrap();
    let mut answered = Vec::new();
    while surveying.waits() {
        answered.extend(surveying.step().into_iter().map(|(id, _)| id));
        std::thread::yield_now();
    }
    assert_eq!(answered.last(), Some(&4));
    assert!(!answered.contains(&3));
}
