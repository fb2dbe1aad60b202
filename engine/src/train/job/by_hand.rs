//! What is done to a session by hand, apart from its log: what is still to come of another session's, and the learning rates of the
//! source that is pre-trained.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::data::splits::Pools;
use crate::error::{Error, Place, Result};
use crate::files;
use crate::session::history::History;
use crate::session::note::{self, Note, Rerun};
use crate::session::ron_dialect::{from_ron, to_ron};
use crate::session::source_name::SourceName;

/// Saves what the session in `folder` repeats, if it repeats another one. What an earlier session left there is removed.
///
/// # Errors
/// When the disk refuses the write.
pub(super) fn save_rerun(folder: &Path, of: Option<&Rerun>) -> Result<()> {
    let path = folder.join(note::FILE);
    let Some(of) = of else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", &path, error)),
            _ => Ok(()),
        };
    };
    let text = to_ron(of).map_err(|e| {
        Error::input(&path, Place::Whole, format!("what is repeated cannot be written: {e}"), "")
    })?;
    files::save(&path, |file| file.write_all(text.as_bytes()))
}

/// What the session in `folder` repeats, if it repeats another one.
///
/// # Errors
/// When the file is there and cannot be read.
pub(super) fn saved_rerun(folder: &Path) -> Result<Option<Rerun>> {
    let path = folder.join(note::FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|e| Error::io("read", &path, e))?,
    };
    let read = from_ron(&text).map_err(|error| {
        let place = Place::LineColumn(error.span.start.line as u64, error.span.start.col as u64);
        Error::input(&path, place, error.code.to_string(), "`warmstart rerun` repeats the session again")
    })?;
    Ok(Some(read))
}

/// What is done by hand.
pub(super) struct Steering {
    /// What is still to be done of what was done in the session that this one repeats.
    pub(super) to_come: Vec<Note>,
    /// What the splits of the task were made from.
    pub(super) pools: Option<Pools>,
    /// How many groups of runs have begun.
    pub(super) begun: usize,
    /// The learning rates of the source that is pre-trained.
    pub(super) pretraining: Option<Rates>,
}

/// The learning rates of a pre-training.
pub(super) struct Rates {
    pub(super) source: SourceName,
    /// The factors, each with the number of tokens or images seen from which it counts, in this order.
    pub(super) changes: Vec<(u64, f32)>,
    /// How many of them count already.
    pub(super) done: usize,
}

impl Steering {
    /// What a session with this history has still to do.
    pub(super) fn of(history: &History) -> Steering {
        Steering { to_come: history.acts_to_come(), pools: None, begun: 0, pretraining: None }
    }

    /// What is to be done from now on, as in another session.
    pub(super) fn repeat(&mut self, acts: Vec<Note>) {
        self.to_come = acts;
    }
}
