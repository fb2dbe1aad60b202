//! Memory in large pages (huge pages).

use std::alloc::{GlobalAlloc, Layout, System};

/// Allocations of at least this many bytes request large pages.
const LARGE: usize = 4 << 20;
/// The size of a large page in bytes.
#[cfg(target_os = "linux")]
const PAGE: usize = 2 << 20;

/// The system's allocator. On Linux it requests large pages for large allocations. A batch reads rows from all parts
/// of a table of word vectors, and the processor's address cache (TLB) covers far more rows when a page holds
/// thousands of them. If the system has no large pages, nothing changes.
pub struct LargePages;

// SAFETY: the system's allocator does all the work; the advice does not change the content of memory.
unsafe impl GlobalAlloc for LargePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises what the system's allocator requires, here and below.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see `alloc`.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see `alloc`.
        advised(unsafe { System.realloc(start, layout, size) }, size)
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: see `alloc`.
        unsafe { System.dealloc(start, layout) }
    }
}

/// Requests large pages for the whole large pages within these bytes, if there are many bytes.
#[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
fn advised(start: *mut u8, bytes: usize) -> *mut u8 {
    #[cfg(target_os = "linux")]
    if bytes >= LARGE && !start.is_null() {
        let before = start.align_offset(PAGE);
        let whole = bytes.saturating_sub(before) / PAGE * PAGE;
        // SAFETY: these bytes were just allocated, and the advice does not change them. A system that does not
        // support it uses small pages.
        let _ = unsafe {
            rustix::mm::madvise(start.wrapping_add(before).cast(), whole, rustix::mm::Advice::LinuxHugepage)
        };
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_any_size_holds_what_is_written_and_keeps_it_when_it_grows() {
        for bytes in [1, LARGE - 1, LARGE, 3 * LARGE + 5] {
            let layout = Layout::from_size_align(bytes, 64).unwrap();
            // SAFETY: the layout is not empty, the memory is freed with the same layout, and nothing outside of it is
            // accessed.
            unsafe {
                let zeroed = LargePages.alloc_zeroed(layout);
                assert!(!zeroed.is_null() && zeroed.addr().is_multiple_of(64));
                let all = std::slice::from_raw_parts_mut(zeroed, bytes);
                assert!(all.iter().all(|&byte| byte == 0));
                all.fill(7);
                let grown = LargePages.realloc(zeroed, layout, bytes + 2 * LARGE);
                assert!(std::slice::from_raw_parts(grown, bytes).iter().all(|&byte| byte == 7));
                LargePages.dealloc(grown, Layout::from_size_align(bytes + 2 * LARGE, 64).unwrap());
                let plain = LargePages.alloc(layout);
                plain.add(bytes - 1).write(1);
                LargePages.dealloc(plain, layout);
            }
        }
    }
}
