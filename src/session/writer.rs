//! Whether a session is being written, asked without touching its lock.

use std::path::Path;

use super::lock;

/// Whether another process of this machine writes the session in `folder`.
pub fn is_written(folder: &Path) -> bool {
    system::is_held_elsewhere(&folder.join(lock::FILE))
}

/// The system lists the locks that are held, and the files that a process has open.
#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// Which file it is: device and number on it.
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

    /// The process that holds the lock of `file`, if a line of the list says so. Some file systems give another device
    /// here; then the process that the lock's file names must hold it.
    fn holder(line: &str, (device, number): File, named: Option<u32>) -> Option<u32> {
        let mut words = line.split_whitespace().skip(1);
        // One who waits for a lock has an arrow here.
        let [kind, _, _, process, place] = std::array::from_fn(|_| words.next().unwrap_or_default());
        let mut parts = place.split(':');
        let mut part = |base| u64::from_str_radix(parts.next()?, base).ok();
        let (major, minor, inode) = (part(16)?, part(16)?, part(10)?);
        let process = process.parse().ok()?;
        let same = (major, minor) == split(device) || named == Some(process);
        (kind == "FLOCK" && inode == number && same).then_some(process)
    }

    /// Major and minor number of a device.
    fn split(device: u64) -> (u64, u64) {
        (
            ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff),
            (device & 0xff) | ((device >> 12) & 0xffff_ff00),
        )
    }

    /// Whether a process has a file open: known of the user's own processes, also where a file system has no locks.
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

/// Elsewhere the lock itself must be tried: shared, and given back at once.
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
