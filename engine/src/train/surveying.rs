//! Questions about files from which an experiment can be started. They need no session. The files may be large, so each
//! question is answered on a separate thread while training continues.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::data::preview::preview;
use crate::data::table::Columns;
use crate::error::{Error, Result};
use crate::fault;
use crate::models::sentence_encoder;
use crate::session::starter::{Survey, Wish};
use crate::train::protocol::command::{Id, Question, SourceFile};
use crate::train::protocol::event::{Answer, Surveyed};

use super::beside::{self, Beside};
use super::starter;

/// The shortest time between two reports of how many examples were read.
const PACE: Duration = Duration::from_millis(100);

/// The questions that are being answered: at most one survey, and at most one about a source's file.
#[derive(Default)]
pub struct Surveying {
    survey: Option<Beside>,
    source: Option<Beside>,
}

impl Surveying {
    /// Whether this answers `question`.
    pub fn takes(question: &Question) -> bool {
        matches!(question, Question::Survey(_) | Question::SourceFile { .. })
    }

    /// Begins to answer a question. A newer question replaces the older one of its kind.
    ///
    /// # Errors
    /// When the system refuses to start a thread.
    pub fn ask(&mut self, id: Id, question: Question) -> Result<()> {
        let is_survey = matches!(question, Question::Survey(_));
        let slot = if is_survey { &mut self.survey } else { &mut self.source };
        *slot = None;
        let (to, answers) = crossbeam_channel::unbounded();
        let unwanted = Arc::new(AtomicBool::new(false));
        let stop = unwanted.clone();
        fault::spawn("survey", move || {
            let answer = fault::contained("reading the file", || answer(&question, &to, &stop));
            match answer {
                // Sending fails if nobody waits for the answer any more.
                Ok(answer) => drop(to.send(answer)),
                Err(Error::Interrupted) => {}
                Err(error) => drop(to.send(Answer::Unknown(error.to_string()))),
            }
        })?;
        *slot = Some(Beside { id, answers, unwanted });
        Ok(())
    }

    /// Ends the question with this number, if it is being answered.
    pub fn cancel(&mut self, id: Id) {
        for slot in [&mut self.survey, &mut self.source] {
            slot.take_if(|running| running.id == id);
        }
    }

    /// Whether an answer is to come.
    pub fn waits(&self) -> bool {
        self.survey.is_some() || self.source.is_some()
    }

    /// The answers that are new. Of several reports of progress only the newest is returned.
    pub fn step(&mut self) -> Vec<(Id, Answer)> {
        [&mut self.survey, &mut self.source].into_iter().filter_map(beside::newest).collect()
    }
}

fn answer(question: &Question, to: &Sender<Answer>, stop: &AtomicBool) -> Result<Answer> {
    match question {
        Question::Survey(wish) => {
            let mut told = Instant::now();
            let survey = starter::survey(wish, &mut |read| {
                if stop.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                if told.elapsed() >= PACE {
                    told = Instant::now();
                    let _ = to.send(Answer::Reading(read));
                }
                Ok(())
            });
            surveyed(wish, survey).map(|surveyed| Answer::Surveyed(Box::new(surveyed)))
        }
        Question::SourceFile { path, of } => {
            let told = starter::source_file(path, *of)?;
            let encoder = *of == SourceFile::Vectors && sentence_encoder::looks_like_one(path);
            Ok(Answer::SourceFile { path: starter::absolute(path)?, told, encoder })
        }
        _ => Err(Error::request("this is no question about a file", "")),
    }
}

fn surveyed(wish: &Wish, survey: Result<Survey>) -> Result<Surveyed> {
    let survey = match survey {
        Err(Error::Interrupted) => return Err(Error::Interrupted),
        other => other.map_err(|error| error.to_string()),
    };
    // The names of columns help most where the survey failed. What prevents them is in its error.
    let shown = |data: &Path| {
        let columns = Columns { text: wish.text.clone(), label: wish.label.clone() };
        preview(data, &columns).ok().flatten()
    };
    let test = wish.test.as_deref().map(starter::absolute).transpose()?;
    Ok(Surveyed { data: starter::absolute(&wish.data)?, test, preview: shown(&wish.data), survey })
}
