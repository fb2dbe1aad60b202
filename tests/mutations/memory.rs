//! Memory that is counted: how much this process has, and the most it had.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that are held now, and the most since [`begin`].
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Beyond so many bytes there is no memory, so that a case that asks for all of it ends this process and not the machine.
const END: usize = 2 << 30;

struct Counting;

fn grow(size: usize) -> bool {
    let live = LIVE.fetch_add(size, Ordering::Relaxed) + size;
    PEAK.fetch_max(live, Ordering::Relaxed);
    live < END
}

fn shrink(size: usize) {
    LIVE.fetch_sub(size, Ordering::Relaxed);
}

// SAFETY: all of it is the system's allocator, and what it does not give is null.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        let given = if grow(layout.size()) { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() };
        if given.is_null() {
            shrink(layout.size());
        }
        given
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        let given =
            if grow(layout.size()) { unsafe { System.alloc_zeroed(layout) } } else { std::ptr::null_mut() };
        if given.is_null() {
            shrink(layout.size());
        }
        given
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may be held for a moment.
        // SAFETY: passed on.
        let given =
            if grow(size) { unsafe { System.realloc(at, layout, size) } } else { std::ptr::null_mut() };
        shrink(if given.is_null() { size } else { layout.size() });
        given
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that are held now; the most is counted from here.
pub fn begin() -> usize {
    let live = LIVE.load(Ordering::Relaxed);
    PEAK.store(live, Ordering::Relaxed);
    live
}

/// The most bytes that were held since [`begin`].
pub fn most() -> usize {
    PEAK.load(Ordering::Relaxed)
}

/// The most memory that the system has given this process so far, in bytes, for what does not ask the allocator (zstd is C).
/// `None` where the system does not tell.
pub fn of_the_system() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok().map(|kilobytes| kilobytes * 1_024)
}
