//! Float slices that begin at a cache line.
//!
//! A `Vec<f32>` may begin anywhere; a large one begins 16 bytes after a cache line. Then every read or write of a
//! 64-byte register touches two cache lines.

use std::ops::{Deref, DerefMut};

/// One cache line, which has the size of the widest register.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// A float slice that begins at a cache line. It can grow, and never frees its memory when it shrinks.
#[derive(Debug, Clone, Default)]
pub struct Aligned {
    lines: Vec<Line>,
    length: usize,
}

impl Aligned {
    /// A slice of `length` zeros.
    pub fn zeros(length: usize) -> Self {
        Aligned { lines: vec![Line::default(); length.div_ceil(16)], length }
    }

    /// Sets the length. Floats before the new end keep their values; added floats have unspecified values.
    pub fn resize(&mut self, length: usize) {
        let lines = length.div_ceil(16);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line::default());
        }
        self.length = length;
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        debug_assert!(self.length <= 16 * self.lines.len());
        // SAFETY: a `Line` is 16 floats and nothing else (`repr(C)`, 64 bytes at an alignment of 64), and there are
        // enough of them: both ways of setting `length` make room for it.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        debug_assert!(self.length <= 16 * self.lines.len());
        // SAFETY: as for `deref`; the lines are borrowed mutably as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_a_line_and_keeps_what_it_holds() {
        let mut floats = Aligned::zeros(5);
        assert_eq!(*floats, [0.0; 5]);
        floats[4] = 1.5;
        floats.resize(10_000);
        assert_eq!((floats.len(), floats[4]), (10_000, 1.5));
        assert_eq!(floats.as_ptr() as usize % 64, 0);
        floats[9_999] = 2.0;
        floats.resize(0);
        assert!(floats.is_empty());
        assert!(Aligned::default().is_empty());
    }
}
