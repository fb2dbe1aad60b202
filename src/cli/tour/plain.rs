//! The tour as text: each chapter is printed and run, and the answer is printed with its interval. A screen reader reads it,
//! and a script can check it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use crossbeam_channel::{Receiver, bounded, select};
use serde_json::{Value, json};

use crate::error::{Error, Result, printable};
use crate::fault;
use crate::session::tour::chapter::Chapter;
use crate::session::tour::lecture::Lecture;
use crate::session::tour::progress::{self, ChapterProgress};
use crate::session::tour::question::Choice;
use crate::train::protocol::command::Command;
use crate::train::worker;
use crate::transfer::statistics::answered::answered;

use super::about::about;
use crate::cli::drive::{self, Driven};
use crate::cli::global::Global;
use crate::cli::out::{self, Out};
use crate::cli::progress::Progress;

/// Prints and runs the chapter at `place`, or all.
///
/// # Errors
/// When a chapter cannot be run, or standard output cannot be written.
pub fn run(lecture: &Lecture, place: Option<usize>, global: &Global) -> Result<ExitCode> {
    let signals = drive::signals()?;
    let mut documents: Vec<Value> = Vec::new();
    let count = lecture.chapters.len();
    let asked = |at: &usize| place.is_none_or(|place| place == *at);
    for (at, chapter) in lecture.chapters.iter().enumerate().filter(|(at, _)| asked(at)) {
        let mut guess = None;
        if !global.json {
            print(&before(chapter, at, count))?;
            if io::stdin().is_terminal() {
                match asked_here(chapter.question.choices(), &signals)? {
                    Answered::Guess(found) => guess = found,
                    Answered::Signal(signal) => return Ok(ExitCode::from(128 + signal as u8)),
                }
            }
        }
        let driven = match drive(chapter, &signals, global) {
            Ok(driven) => driven,
            Err(error) => {
                // What the chapters before have measured is not lost.
                print_json(&documents, global)?;
                return Err(error);
            }
        };
        if !global.json {
            remember(lecture, chapter, guess, &driven, global);
        }
        if driven.signal.is_some() {
            let folder = driven.folder.display();
            print_json(&documents, global)?;
            out::tell(&format!("stopped and saved; `warmstart resume {folder}` continues from here"));
            return Ok(driven.exit_code());
        }
        if global.json {
            documents.push(document(chapter, &driven));
        } else {
            print(&after(chapter, guess, &driven, at + 1 < count && place.is_none()))?;
        }
    }
    print_json(&documents, global)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the chapters that were run, if JSON is asked for.
fn print_json(documents: &[Value], global: &Global) -> Result<()> {
    if !global.json {
        return Ok(());
    }
    let mut out = Out::new();
    out.json(&documents)?;
    out.finish()
}

fn print(lines: &[String]) -> Result<()> {
    let mut out = Out::new();
    out.lines(lines)?;
    out.finish()
}

/// What is printed before the run.
fn before(chapter: &Chapter, at: usize, count: usize) -> Vec<String> {
    let title = format!("Chapter {} of {count}: {}", at + 1, chapter.title);
    let mut lines = vec![title.clone(), "=".repeat(title.chars().count()), String::new()];
    for paragraph in &chapter.text {
        lines.extend([paragraph.clone(), String::new()]);
    }
    lines.extend([
        format!("The claim to test: {}", chapter.claim),
        String::new(),
        chapter.question.ask.clone(),
    ]);
    lines
        .extend(chapter.question.choices().iter().map(|choice| format!("  {}  {}", choice.key, choice.text)));
    lines.push(String::new());
    lines
}

/// What came after the question.
enum Answered {
    Guess(Option<usize>),
    Signal(i32),
}

/// Asks for a guess on the terminal; ctrl-c ends the wait.
fn asked_here(choices: Vec<Choice>, signals: &Receiver<i32>) -> Result<Answered> {
    let (to, from) = bounded(1);
    // After a signal the thread waits on, until the process ends.
    fault::spawn("guess", move || drop(to.send(ask(&mut io::stdin().lock(), &choices))))?;
    select! {
        recv(from) -> guess => Ok(Answered::Guess(guess.unwrap_or(Ok(None))?)),
        recv(signals) -> signal => match signal {
            Ok(signal) => Ok(Answered::Signal(signal)),
            Err(_) => Ok(Answered::Guess(from.recv().unwrap_or(Ok(None))?)),
        },
    }
}

/// Asks for a guess, until one of the choices or an empty line is answered. At the end of the input there is none.
fn ask(input: &mut dyn BufRead, choices: &[Choice]) -> Result<Option<usize>> {
    let keys: Vec<String> = choices.iter().map(|choice| choice.key.to_string()).collect();
    loop {
        // If standard error cannot be written, the question is above already.
        let _ = write!(io::stderr(), "Your guess ({}; enter for none): ", keys.join(", "));
        let mut line = String::new();
        let read = input.read_line(&mut line).map_err(|e| Error::io("read", "standard input", e))?;
        let said = line.trim().to_lowercase();
        match keys.iter().position(|key| *key == said) {
            Some(place) => return Ok(Some(place)),
            None if read == 0 || said.is_empty() => return Ok(None),
            None => out::tell(&format!("\"{}\" is none of the answers.", printable(&said))),
        }
    }
}

/// Runs the chapter's recipe in a session of its own.
fn drive(chapter: &Chapter, signals: &Receiver<i32>, global: &Global) -> Result<Driven> {
    let folder = worker::free_folder(&global.sessions, &chapter.session_name());
    let worker = worker::start(global.threads)?;
    let first = Command::Start { recipe: Box::new(chapter.recipe.clone()), folder };
    let mut progress = if global.json { Progress::none() } else { Progress::new() };
    let driven = drive::drive(&worker.commands, &worker.events, signals, first, &mut progress);
    // The thread has reported its end, so the result is not needed.
    let _ = worker.thread.join();
    driven
}

/// Remembers that the chapter was read, as the workbench does.
fn remember(lecture: &Lecture, chapter: &Chapter, guess: Option<usize>, driven: &Driven, global: &Global) {
    let mut known = progress::read(&global.sessions, &lecture.key());
    known.chapter.clone_from(&chapter.name);
    let session = driven.folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let own = ChapterProgress { guess, session, done: driven.history.comparison.is_some() };
    known.chapters.insert(chapter.name.clone(), own);
    progress::save(&global.sessions, &lecture.key(), &known);
}

/// What is printed after the run.
fn after(chapter: &Chapter, guess: Option<usize>, driven: &Driven, goes_on: bool) -> Vec<String> {
    let mut lines = Vec::new();
    match answered(&driven.history, &chapter.question) {
        Some(answer) => {
            lines.push(answer.judged(&chapter.question, guess));
            lines.extend(answer.sentences);
        }
        None => lines.push("Not all sides were tested, so there is no answer.".into()),
    }
    lines.push(String::new());
    if !chapter.look.is_empty() {
        lines.push(format!("Look, in the workbench: {}", chapter.look));
    }
    lines.push(format!("Try, in the workbench: {}", chapter.attempt));
    lines.push(format!("The session is kept in {}.", driven.folder.display()));
    if goes_on {
        lines.push(String::new());
    }
    lines
}

/// A chapter and its answer, for scripts.
fn document(chapter: &Chapter, driven: &Driven) -> Value {
    let choices = chapter.question.choices();
    let name = |place: &usize| choices.get(*place).map(|choice| choice.text.clone());
    let answer = answered(&driven.history, &chapter.question).map(|answer| {
        json!({
            "choice": answer.choice.as_ref().and_then(name),
            "open": answer.open.iter().filter_map(name).collect::<Vec<_>>(),
            "sentences": answer.sentences,
        })
    });
    json!({
        "chapter": about(chapter),
        "session": driven.folder.display().to_string(),
        "seconds": driven.history.now,
        "answer": answer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_asked_for_until_it_is_one_of_the_answers() {
        let choice = |key: char| Choice { key, name: key.to_string(), text: key.to_string() };
        let choices = ['a', 'b', 'n'].map(choice);
        let asked = |typed: &str| ask(&mut io::Cursor::new(typed.to_string()), &choices).unwrap();
        assert_eq!([asked("b\n"), asked(" N \n"), asked("x\n7\na\n")], [Some(1), Some(2), Some(0)]);
        assert_eq!([asked("\n"), asked(""), asked("x")], [None, None, None]);
    }
}
