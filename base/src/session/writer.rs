//! Finds out whether a process is writing a session. On Linux this does not touch the lock of the session.

use std::path::Path;

use super::lock;

/// Whether another process of this machine is writing the session in `folder`.
pub fn is_written(folder: &Path) -> bool {
    system::is_held_elsewhere(&folder.join(lock::FILE))
}

/// Linux lists the locks that are held (`/proc/locks`) and the files that a process has open (`/proc/PID/fd`).
#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// Identifies a file: its device and its inode number.
    type File = (u64, u64);

    pub fn is_held_elsewhere(lock: &Path) -> bool {
        let Some(file) = file(lock) else { return false };
        let named =
            fs::read_to_string(lock).ok().and_then(|text| text.split(' ').next()?.parse::<u32>().ok());
        let own = std::process::id();
        let listed = fs::read_to_string("/proc/locks").unwrap_or_default();
        let mut holders = listed.lines().filter_map(|line| holder(line, file, named));
        holders.any(|process| process != own)
            || named.is_some_and(|process| process != own && has_open(process, file))
    }

    fn file(path: &Path) -> Option<File> {
        fs::metadata(path).ok().map(|data| (data.dev(), data.ino()))
    }

    /// The process that holds the lock of `file`, if this line of `/proc/locks` names it. Some file systems show
    /// another device in the list than in the metadata of the file. The line then counts if its process is `named`, the
    /// process that the lock file names.
    fn holder(line: &str, (device, number): File, named: Option<u32>) -> Option<u32> {
        let mut words = line.split_whitespace().skip(1);
        // In the line of a process that waits for a lock, an arrow stands here, and `kind` is not "FLOCK".
        let [kind, _, _, process, place] = std::array::from_fn(|_| words.next().unwrap_or_default());
        let mut parts = place.split(':');
        let mut part = |base| u64::from_str_radix(parts.next()?, base).ok();
        let (major, minor, inode) = (part(16)?, part(16)?, part(10)?);
        let process = process.parse().ok()?;
        let same = (major, minor) == split(device) || named == Some(process);
        (kind == "FLOCK" && inode == number && same).then_some(process)
    }

    /// The major and minor number of a device.
    fn split(device: u64) -> (u64, u64) {
        (
            ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff),
            (device & 0xff) | ((device >> 12) & 0xffff_ff00),
        )
    }

    /// Whether a process has a file open. This works only for processes of the same user, but also on file systems
    /// without locks.
    fn has_open(process: u32, wanted: File) -> bool {
        let open = fs::read_dir(format!("/proc/{process}/fd"));
        open.into_iter().flatten().flatten().any(|item| file(&item.path()) == Some(wanted))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_line_of_the_list_names_the_holder_of_one_file() {
            let line = "1: FLOCK  ADVISORY  WRITE 9313 fe:01:10281557 0 EOF";
            let device = 0xfe01;
            assert_eq!(holder(line, (device, 10_281_557), None), Some(9313));
            assert_eq!(holder(line, (device, 10_281_558), Some(9313)), None);
            assert_eq!(holder(line, (0x2a, 10_281_557), None), None);
            assert_eq!(holder(line, (0x2a, 10_281_557), Some(9313)), Some(9313));
            let waits = "1: -> FLOCK  ADVISORY  WRITE 9313 fe:01:10281557 0 EOF";
            let other = "2: POSIX  ADVISORY  WRITE 9313 fe:01:10281557 0 EOF";
            for line in [waits, other, "", "1: FLOCK"] {
                assert_eq!(holder(line, (device, 10_281_557), Some(9313)), None, "{line}");
            }
        }

        #[test]
        fn what_this_process_holds_is_not_held_elsewhere() {
            let folder = tempfile::tempdir().unwrap();
            assert!(!super::super::is_written(folder.path()));
            let lock = crate::session::lock::Lock::take(folder.path()).unwrap();
            assert!(!super::super::is_written(folder.path()));
            let file = file(&folder.path().join(crate::session::lock::FILE)).unwrap();
            assert!(has_open(std::process::id(), file));
            drop(lock);
            assert!(!has_open(std::process::id(), file));
        }
    }
}

/// Other systems have no such lists. Here the lock itself is tried: it is taken as a shared lock and released at once.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::{self, File, TryLockError};
    use std::path::Path;

    pub fn is_held_elsewhere(lock: &Path) -> bool {
        let Ok(file) = File::open(lock) else { return false };
        let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        let own = format!("{} ", std::process::id());
        held && !fs::read_to_string(lock).is_ok_and(|text| text.starts_with(&own))
    }
}
