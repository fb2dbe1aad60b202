//! A file that only one process at a time may write.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::{Deref, DerefMut};

/// An open file with the system's lock on it. A killed process leaves no lock behind.
///
/// Dropping it gives the lock back. Closing the file would not be enough: while a new process starts, it has copies of all open
/// files, and a lock lasts until the last copy is closed.
#[derive(Debug)]
pub struct Held(File);

/// What came of [`hold`].
#[derive(Debug)]
pub enum Hold {
    /// The lock is ours.
    Held(Held),
    /// Another open file has the lock. The file is given back, to read from.
    Busy(File),
    /// The file system has no locks, and why.
    Unlocked(Held, io::Error),
}

/// Tries to lock `file`, without waiting.
pub fn hold(file: File) -> Hold {
    match file.try_lock() {
        Ok(()) => Hold::Held(Held(file)),
        Err(TryLockError::WouldBlock) => Hold::Busy(file),
        Err(TryLockError::Error(error)) => Hold::Unlocked(Held(file), error),
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // An error means that there was no lock.
        let _ = self.0.unlock();
    }
}

impl Deref for Held {
    type Target = File;
    fn deref(&self) -> &File {
        &self.0
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_given_back_while_a_starting_process_has_a_copy_of_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || File::options().append(true).open(file.path()).unwrap();
        let Hold::Held(held) = hold(open()) else { panic!("a new file is locked") };
        // A process that starts has such a copy until it runs its own program.
        let copy = held.try_clone().unwrap();
        assert!(matches!(hold(open()), Hold::Busy(_)));
        drop(held);
        assert!(matches!(hold(open()), Hold::Held(_)));
        drop(copy);
    }
}
