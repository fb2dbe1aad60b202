//! The audit of the training labels: for the command line as a list, and for a front end as a question that is answered
//! on a separate thread while training continues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;

use crate::error::{Error, Result};
use crate::fault;
use crate::session::audited::AuditedLabel;
use crate::session::method::Method;
use crate::session::source_name::SourceName;
use crate::train::protocol::command::Id;
use crate::train::protocol::event::{Answer, LabelAudit};
use crate::transfer::confident_learning::doubts;

use super::folds::{self, Answered};
use super::ground::Ground;
use super::job::Job;
use super::threads;
use crate::train::beside::{self, Beside};

/// The list of all training examples, the most doubtful label first.
pub fn audited(answered: &Answered) -> Vec<AuditedLabel> {
    let doubts = doubts(&answered.probabilities, &answered.labels, answered.classes.len());
    let row = |(place, doubt): (usize, crate::transfer::confident_learning::Doubt)| AuditedLabel {
        rank: place + 1,
        example: doubt.example + 1,
        is_suspect: doubt.is_suspect,
        label: answered.classes[doubt.given].clone(),
        suggested: answered.classes[doubt.suggested].clone(),
        p_label: doubt.of_given,
        p_suggested: doubt.of_suggested,
        text: answered.names[doubt.example].clone(),
    };
    doubts.into_iter().enumerate().map(row).collect()
}

/// Holds at most one audit; a new one replaces the one in progress.
#[derive(Default)]
pub struct Auditor {
    running: Option<Beside>,
}

impl Auditor {
    /// Starts the audit by a method, with a source or with the one that questions are about. While the session trains, it
    /// uses one thread only.
    ///
    /// # Errors
    /// Why it cannot be done, as a message.
    pub fn ask(
        &mut self,
        id: Id,
        (method, source): (Method, Option<&SourceName>),
        job: &Job,
        threads: usize,
    ) -> std::result::Result<(), String> {
        let ground = job.ground(source).ok_or("the data and the source are not ready yet")?;
        let threads = if job.finished() { threads } else { 1 };
        let unwanted = Arc::new(AtomicBool::new(false));
        let (to, answers) = crossbeam_channel::unbounded();
        let teller = Teller { method, to, unwanted: unwanted.clone() };
        let begun = fault::spawn("audit", move || {
            match fault::contained("the audit of the labels", || teller.audit(ground, threads)) {
                // Nobody waits for the answer any more.
                Ok(()) | Err(Error::Interrupted) => {}
                Err(error) => drop(teller.to.send(Answer::Unknown(error.to_string()))),
            }
        });
        begun.map_err(|error| error.to_string())?;
        self.running = Some(Beside { id, answers, unwanted });
        Ok(())
    }

    /// Ends the audit that answers the question with this number.
    pub fn cancel(&mut self, id: Id) {
        if self.running.as_ref().is_some_and(|running| running.id == id) {
            self.running = None;
        }
    }

    /// Whether an answer is to come.
    pub fn waits(&self) -> bool {
        self.running.is_some()
    }

    /// The newest answer, if there is one that was not returned yet.
    pub fn step(&mut self) -> Option<(Id, Answer)> {
        beside::newest(&mut self.running)
    }
}

/// Reports the progress of an audit and its list.
struct Teller {
    method: Method,
    to: Sender<Answer>,
    unwanted: Arc<AtomicBool>,
}

impl Teller {
    fn audit(&self, mut ground: Ground, threads: usize) -> Result<()> {
        let pool = threads::pool(threads)?;
        let mut told = (String::new(), 0);
        let mut going = |doing: &str, done: f64| {
            if self.unwanted.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            // Only progress that can be seen is reported.
            let now = (doing.to_string(), (done * 100.0) as u32);
            if now == told {
                return Ok(());
            }
            told = now;
            self.tell(doing, done, 0, None)
        };
        let answered = folds::out_of_fold(&mut ground, self.method, 1, &pool, &mut going)?;
        self.tell("", 1.0, answered.folds, Some(Arc::new(audited(&answered))))
    }

    fn tell(&self, doing: &str, done: f64, folds: u32, list: Option<Arc<Vec<AuditedLabel>>>) -> Result<()> {
        let audit = LabelAudit { method: self.method, doing: doing.to_string(), done, folds, list };
        self.to.send(Answer::LabelAudit(Box::new(audit))).map_err(|_| Error::Interrupted)
    }
}
