//! Reads the log of a session on a thread of its own, so that a long one does not hold the screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};

use crate::error::Result;
use crate::fault;
use crate::files::Meter;
use crate::session::history::History;

use super::state::{Reading, State};
use super::watching;

/// How long the screen waits for a log, because most are read at once.
const AT_ONCE: Duration = Duration::from_millis(150);

/// What a log tells, and the message about its damage, if there is any.
pub type Read = (History, Option<String>);

/// A log that is being read.
pub struct Loading {
    pub folder: PathBuf,
    meter: Arc<Meter>,
    since: Instant,
    from: Receiver<Result<Read>>,
}

impl Loading {
    /// Begins to read the log of the session in `folder`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn begin(folder: &Path) -> Result<Loading> {
        let meter = Arc::new(Meter::default());
        let (to, from) = bounded(1);
        let (of, path) = (meter.clone(), folder.to_path_buf());
        // If nobody waits for it any more, the log is dropped.
        fault::spawn("reading", move || drop(to.send(History::read_metered(&path, &of))))?;
        Ok(Loading { folder: folder.to_path_buf(), meter, since: Instant::now(), from })
    }

    /// The history, once the log was read. Until then the state says how far that is.
    pub fn look(&self, state: &mut State) -> Option<Result<Read>> {
        let wait = AT_ONCE.saturating_sub(self.since.elapsed());
        let told = self.from.recv_timeout(wait).ok();
        state.reading = match &told {
            Some(_) => None,
            None => Some(Reading {
                name: watching::name(&self.folder),
                done: self.meter.fraction().unwrap_or(0.0),
                seconds: self.since.elapsed().as_secs_f64(),
            }),
        };
        state.changed = true;
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn a_log_is_read_beside_the_screen_and_a_missing_one_is_an_error() {
        let mut state = testing::empty(80, 24);
        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/recorded-demo");
        let loading = Loading::begin(&recorded).unwrap();
        let mut looks = 0;
        let told = loop {
            looks += 1;
            match loading.look(&mut state) {
                Some(told) => break told.unwrap(),
                None => assert!(testing::screen(&state).contains("… reading  recorded-demo")),
            }
            assert!(looks < 100_000);
        };
        assert!(told.0.runs.len() > 10 && told.1.is_none() && state.reading.is_none());
        let loading = Loading::begin(Path::new("no such folder")).unwrap();
        let missing = loop {
            if let Some(told) = loading.look(&mut state) {
                break told;
            }
        };
        assert!(missing.is_err());
    }
}
