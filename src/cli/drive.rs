//! The front end without a screen: sends one command to the training thread and reads its events until the end.

use std::path::PathBuf;
use std::process::ExitCode;

use crossbeam_channel::{Receiver, Sender, select, unbounded};
use signal_hook::iterator::Signals;

use crate::error::{Error, Result};
use crate::fault;
use crate::session::history::History;
use crate::train::protocol::command::Command;
use crate::train::protocol::event::{Event, State};
use crate::tui::terminal::ENDING;

use super::progress::Progress;

/// The result of a session without a screen.
pub struct Driven {
    pub history: History,
    pub folder: PathBuf,
    /// The signal that stopped the session early.
    pub signal: Option<i32>,
}

impl Driven {
    /// 0, or 128 plus the number of the signal, as shells expect it.
    pub fn exit_code(&self) -> ExitCode {
        self.signal.map_or(ExitCode::SUCCESS, |signal| ExitCode::from(128 + signal as u8))
    }
}

/// A channel that receives the signals that ask the program to stop.
///
/// # Errors
/// When the system does not let the program handle signals.
pub fn signals() -> Result<Receiver<i32>> {
    let refused = |e| Error::io("listen to", "signals", e);
    let mut signals = Signals::new(ENDING).map_err(refused)?;
    let (to, from) = unbounded();
    let listen = move || {
        for (number, signal) in signals.forever().enumerate() {
            // A second signal ends the program at once. This is safe: what was saved is whole at any moment.
            if number > 0 || to.send(signal).is_err() {
                std::process::exit(128 + signal);
            }
        }
    };
    fault::spawn("signals", listen)?;
    Ok(from)
}

/// Shows the progress of work on this thread, and ends the work when a signal asks for it.
pub struct Watched {
    progress: Progress,
    signals: Receiver<i32>,
    signal: Option<i32>,
}

impl Watched {
    /// Begins to show progress and to listen to signals.
    ///
    /// # Errors
    /// When the system does not let the program handle signals.
    pub fn new() -> Result<Watched> {
        Ok(Watched { signals: signals()?, progress: Progress::new(), signal: None })
    }

    /// Shows what is being done and the fraction of it that is done.
    ///
    /// # Errors
    /// When a signal has arrived.
    pub fn going(&mut self, doing: &str, fraction: f64) -> Result<()> {
        self.going_at(doing, fraction, "")
    }

    /// The same, with more `about` it.
    ///
    /// # Errors
    /// When a signal has arrived.
    pub fn going_at(&mut self, doing: &str, fraction: f64, about: &str) -> Result<()> {
        self.progress.at(fraction, doing, about);
        self.signal = self.signal.or(self.signals.try_recv().ok());
        if self.signal.is_some() { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Prints a line above the progress bar.
    pub fn say(&mut self, line: &str) {
        self.progress.say(line);
    }

    /// Removes the progress bar. The exit code, if a signal ended the work.
    pub fn end(&mut self) -> Option<ExitCode> {
        self.progress.end();
        self.signal.map(|signal| ExitCode::from(128 + signal as u8))
    }
}

/// Sends `first` and reads events until the work is done, a signal arrives, or the work fails. After a signal the
/// training thread saves before it ends.
///
/// # Errors
/// When the training thread could not do the work. The error is its one sentence.
pub fn drive(
    commands: &Sender<Command>,
    events: &Receiver<Event>,
    signals: &Receiver<i32>,
    first: Command,
    progress: &mut Progress,
) -> Result<Driven> {
    let mut driven = Driven { history: History::default(), folder: PathBuf::new(), signal: None };
    let mut failed = None;
    let mut ending = false;
    // If the training thread has ended already, it cannot receive this. Its last events are then still in the
    // channel.
    let mut end = || {
        if !std::mem::replace(&mut ending, true) {
            let _ = commands.send(Command::Quit);
        }
    };
    let gone =
        || Error::request("the training thread has ended", "its last save is complete: `resume` continues");
    commands.send(first).map_err(|_| gone())?;
    loop {
        select! {
            recv(events) -> event => match event {
                Ok(Event::Entries(entries)) => {
                    for entry in entries {
                        progress.entry(&entry);
                        driven.history.push(entry);
                    }
                }
                Ok(Event::Status(status)) => {
                    if !status.folder.as_os_str().is_empty() {
                        driven.folder.clone_from(&status.folder);
                    }
                    progress.status(&status, &driven.history);
                    if status.state == State::Finished {
                        end();
                    }
                }
                Ok(Event::Failed(sentence)) => {
                    failed.get_or_insert(Error::request(sentence, ""));
                    end();
                }
                Ok(Event::Answer { .. } | Event::Refused(_)) => {}
                Ok(Event::Bye) => break,
                Err(_) => {
                    failed.get_or_insert_with(gone);
                    break;
                }
            },
            recv(signals) -> signal => {
                if let (Ok(signal), None) = (signal, driven.signal) {
                    driven.signal = Some(signal);
                    progress.say("saving …");
                    end();
                }
            }
        }
    }
    progress.end();
    failed.map_or(Ok(driven), Err)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use signal_hook::consts::SIGINT;

    use super::*;
    use crate::session::record::{Entry, Note, Record};
    use crate::train::protocol::event::Status;

    /// A thread that answers the first command with the events of `script`, and `Quit` with `Bye`.
    fn pretend(script: Vec<Event>) -> (Sender<Command>, Receiver<Event>) {
        let (commands, orders) = unbounded();
        let (news, events) = unbounded();
        thread::spawn(move || {
            for command in &orders {
                match command {
                    Command::Quit => break,
                    _ => script.iter().for_each(|event| news.send(event.clone()).unwrap()),
                }
            }
            news.send(Event::Bye).unwrap();
        });
        (commands, events)
    }

    fn run(script: Vec<Event>, signals: &Receiver<i32>) -> Result<Driven> {
        let (commands, events) = pretend(script);
        drive(&commands, &events, signals, Command::Continue, &mut Progress::silent())
    }

    #[test]
    fn it_listens_to_the_end_and_tells_failures() {
        let (_none, signals) = unbounded();
        let entry = Entry { at: 1.5, record: Record::Note(Note::Paused) };
        let finished = Status { state: State::Finished, folder: "s/x".into(), ..Status::default() };
        let script = vec![Event::Entries(vec![entry]), Event::Status(finished)];
        let driven = run(script, &signals).unwrap();
        assert_eq!((driven.history.notes.len(), driven.folder), (1, PathBuf::from("s/x")));
        let failed = run(vec![Event::Failed("no column \"text\"".into())], &signals);
        assert_eq!(failed.err().unwrap().to_string(), "no column \"text\"");
    }

    #[test]
    fn a_signal_ends_it_and_gives_the_code_of_a_shell() {
        let (signal, signals) = unbounded();
        signal.send(SIGINT).unwrap();
        let driven = run(Vec::new(), &signals).unwrap();
        assert_eq!(driven.signal, Some(2));
        assert_eq!(format!("{:?}", driven.exit_code()), format!("{:?}", ExitCode::from(130)));
    }
}
