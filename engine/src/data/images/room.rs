//! Limits memory while many files are decoded: decoders share a budget, and colour profiles are not decompressed.

use std::borrow::Cow;
use std::sync::{Condvar, Mutex, PoisonError};

/// A budget of bytes that several threads share.
pub struct Room {
    of: u64,
    taken: Mutex<u64>,
    freed: Condvar,
}

/// Bytes taken from a budget. They are returned on drop.
pub struct Taken<'r> {
    room: &'r Room,
    bytes: u64,
}

impl Room {
    /// A budget of `bytes` bytes.
    pub const fn of(bytes: u64) -> Room {
        Room { of: bytes, taken: Mutex::new(0), freed: Condvar::new() }
    }

    /// Takes `bytes`, or the whole budget if `bytes` is larger, as soon as they are free. To avoid a deadlock, a
    /// thread that holds bytes must not wait for a thread that may be waiting here.
    pub fn take(&self, bytes: u64) -> Taken<'_> {
        let bytes = bytes.min(self.of);
        // A thread that panicked has returned its bytes.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken + bytes > self.of {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        Taken { room: self, bytes }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.room.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.room.freed.notify_all();
    }
}

/// A PNG without its colour profile and texts, which are not used and may decompress to gigabytes. Other files are
/// returned unchanged.
pub fn without_profile(file: &[u8]) -> Cow<'_, [u8]> {
    const START: usize = 8;
    if !file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Cow::Borrowed(file);
    }
    let (mut at, mut dropped) = (START, Vec::new());
    // A chunk: the length of its data, its type, the data, a checksum.
    while let Some(&[a, b, c, d, ref kind @ ..]) = file.get(at..at + 8) {
        let end = (at + 12).saturating_add(u32::from_be_bytes([a, b, c, d]) as usize).min(file.len());
        if [b"iCCP", b"zTXt", b"iTXt", b"tEXt"].iter().any(|dropped| kind == *dropped) {
            dropped.push(at..end);
        }
        at = end;
    }
    if dropped.is_empty() {
        return Cow::Borrowed(file);
    }
    let mut kept = Vec::with_capacity(file.len());
    let mut from = 0;
    for range in dropped {
        kept.extend_from_slice(&file[from..range.start]);
        from = range.end;
    }
    kept.extend_from_slice(&file[from..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn threads_never_have_more_than_there_is() {
        let (room, used) = (Room::of(10), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for bytes in [3, 4, 5, 9, 1, 40] {
                let (room, used) = (&room, &used);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let taken = room.take(bytes);
                        let now = used.fetch_add(taken.bytes, Ordering::SeqCst) + taken.bytes;
                        assert!(now <= 10, "{now}");
                        std::thread::yield_now();
                        used.fetch_sub(taken.bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(*room.taken.lock().unwrap(), 0);
    }
}
