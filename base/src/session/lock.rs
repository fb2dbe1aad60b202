//! The lock of a session: only one process at a time can write to it.
//!
//! The operating system holds the lock for as long as the process lives, so a killed process leaves no lock behind.
//! The lock file itself stays. It says which process holds the lock, for the message to a second process.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Place, Result};
use crate::files::{Held, Hold, hold};

/// The name of the lock in a session's folder.
pub const FILE: &str = "lock";

/// The right to write to a session. It ends when this value is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: Held,
    remark: Option<String>,
}

impl Lock {
    /// Takes the lock of the session in `folder`, which must exist.
    ///
    /// # Errors
    /// When another process holds it, or the file cannot be written.
    pub fn take(folder: &Path) -> Result<Lock> {
        let path = folder.join(FILE);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = match open {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::input(
                    folder,
                    Place::Whole,
                    "there is no such session any more",
                    "`warmstart sessions` lists those that there are",
                ));
            }
            open => open.map_err(|e| Error::io("open", &path, e))?,
        };
        let (mut file, remark) = match hold(file) {
            Hold::Held(file) => (file, None),
            Hold::Busy(mut file) => {
                return Err(Error::input(
                    folder,
                    Place::Whole,
                    format!("{} is writing this session", holder(&mut file)),
                    "wait for its end or stop it; `watch` follows it, and `replay`, `compare` and `export` read it meanwhile",
                ));
            }
            Hold::Unlocked(file, error) => {
                let remark = format!(
                    "the file system of {} has no locks ({error}): do not let a second process write this session",
                    folder.display()
                );
                (file, Some(remark))
            }
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut write = || {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(format!("{} {now}\n", std::process::id()).as_bytes())
        };
        write().map_err(|e| Error::io("write", &path, e))?;
        Ok(Lock { _file: file, remark })
    }

    /// The warning for the user if the file system has no locks.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }
}

/// Which process holds the lock and since when, as a phrase.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // A read error is ignored: the file may be unreadable, or be written at this moment, and the lock is held in any
    // case.
    let _ = file.take(64).read_to_string(&mut text);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let (Some(Ok(process)), Some(Ok(since))) = (numbers.next(), numbers.next()) else {
        return "another process".into();
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = now.saturating_sub(since);
    let time = match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    };
    format!("process {process} (begun {time} ago)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        assert_eq!(first.remark(), None);
        let refused = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} (begun ", std::process::id())), "{refused}");
        let gone = Lock::take(&folder.path().join("gone")).unwrap_err().to_string();
        assert!(gone.contains("gone: there is no such session"), "{gone}");
        drop(first);
        Lock::take(folder.path()).unwrap();
    }
}
