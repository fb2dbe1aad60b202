//! Work on a question that a separate thread does beside the training.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, TryRecvError};

use crate::train::protocol::command::Id;
use crate::train::protocol::event::Answer;

/// A question that is being answered. Dropping it asks its thread to end.
pub struct Beside {
    /// The number of the question.
    pub id: Id,
    /// The answers of the thread; the channel closes when it ends.
    pub answers: Receiver<Answer>,
    /// Set when nobody wants the answer any more.
    pub unwanted: Arc<AtomicBool>,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

/// The newest answer of the work in `slot`, if there is one that was not returned yet. Work that has ended leaves the slot.
pub fn newest(slot: &mut Option<Beside>) -> Option<(Id, Answer)> {
    let running = slot.as_ref()?;
    let (id, mut newest) = (running.id, None);
    loop {
        match running.answers.try_recv() {
            Ok(answer) => newest = Some(answer),
            Err(TryRecvError::Empty) => break,
            Err(TryRecvError::Disconnected) => {
                *slot = None;
                break;
            }
        }
    }
    newest.map(|answer| (id, answer))
}
