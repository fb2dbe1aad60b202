//! Reads a model's bytes: little-endian numbers, and blocks whose size the file claims.
//!
//! A claimed size is compared with the number of available bytes before memory is allocated. For a compressed file or
//! a pipe this number is not known; there memory grows with what was read.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result};
use crate::files::unpack::Packing;
use crate::kernel::mapped::Mapped;
use crate::vectors::table::Filed;

/// The number of bytes read at a time.
const PIECE: usize = 1 << 16;

/// The maximum length of a word in bytes.
const LONGEST_WORD: usize = 1 << 16;

/// A model's file while it is read.
pub struct Reader<'a> {
    path: &'a Path,
    input: Box<dyn BufRead + 'a>,
    at: u64,
    /// The number of bytes from here to the end, if it is known.
    left: Option<u64>,
    /// A matrix of at least this many values stays in the file.
    large: usize,
    /// The mapped file, if a matrix stays in it.
    mapped: Option<Arc<Mapped>>,
}

impl<'a> Reader<'a> {
    /// Reads `input`, which is the decompressed content of the file at `path` from its first byte. Matrices of at
    /// least `large` values stay in the file if that is possible.
    pub fn new(path: &'a Path, input: impl BufRead + 'a, large: usize) -> Self {
        let left = plain_length(path);
        Reader { path, input: Box::new(input), at: 0, left, large, mapped: None }
    }

    /// The number of bytes that were read.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The error that something at position `place` is not as expected.
    pub fn wrong(&self, place: u64, problem: impl Into<String>) -> Error {
        Error::input(self.path, Place::Byte(place), problem, "the file is damaged, or was not copied whole")
    }

    /// Fills `bytes`, which belong to `what`.
    fn fill(&mut self, bytes: &mut [u8], what: &str) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.input.read(&mut bytes[done..]) {
                Ok(0) => return Err(self.wrong(self.at, format!("the file ends within {what}"))),
                Ok(read) => {
                    done += read;
                    self.went(read);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", self.path, error)),
            }
        }
        Ok(())
    }

    fn went(&mut self, bytes: usize) {
        self.at += bytes as u64;
        self.left = self.left.map(|left| left.saturating_sub(bytes as u64));
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    /// A 32-bit integer that belongs to `what`.
    pub fn int(&mut self, what: &str) -> Result<i32> {
        self.array(what).map(i32::from_le_bytes)
    }

    /// A 64-bit integer.
    pub fn long(&mut self, what: &str) -> Result<i64> {
        self.array(what).map(i64::from_le_bytes)
    }

    /// A 64-bit float.
    pub fn real(&mut self, what: &str) -> Result<f64> {
        self.array(what).map(f64::from_le_bytes)
    }

    /// A byte.
    pub fn byte(&mut self, what: &str) -> Result<u8> {
        self.array(what).map(|[byte]| byte)
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self, what: &str) -> Result<bool> {
        let place = self.at;
        match self.byte(what)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.wrong(place, format!("{other} stands where {what} is 0 or 1"))),
        }
    }

    /// Appends the bytes before the next 0, and also reads the 0.
    pub fn until_nul(&mut self, bytes: &mut Vec<u8>, what: &str) -> Result<()> {
        let (start, place) = (bytes.len(), self.at);
        loop {
            let some = self.input.fill_buf().map_err(|e| Error::io("read", self.path, e))?;
            if some.is_empty() {
                return Err(self.wrong(self.at, format!("the file ends within {what}")));
            }
            let end = some.iter().position(|&byte| byte == 0);
            let taken = end.unwrap_or(some.len());
            bytes.extend_from_slice(&some[..taken]);
            let read = taken + usize::from(end.is_some());
            self.input.consume(read);
            self.went(read);
            if bytes.len() - start > LONGEST_WORD {
                return Err(self.wrong(place, format!("a word of more than {LONGEST_WORD} bytes")));
            }
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Checks that `count` items of at least `each` bytes can follow, if the length is known. Call it before
    /// allocating memory for them.
    ///
    /// # Errors
    /// If the file is too short, or the size exceeds the address space.
    pub fn expect(&self, count: u64, each: u64, what: &str) -> Result<()> {
        let bytes = count.checked_mul(each).filter(|&bytes| bytes <= isize::MAX as u64);
        match (bytes, self.left) {
            (Some(bytes), left) if left.is_none_or(|left| bytes <= left) => Ok(()),
            (_, left) => {
                let there =
                    left.map_or("nothing can be so large".into(), |left| format!("{left} bytes follow"));
                let claim = format!("{what} would take {count} times {each} bytes, but {there}");
                Err(self.wrong(self.at, claim))
            }
        }
    }

    /// Reads `count` bytes.
    pub fn raw(&mut self, count: u64, what: &str) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        self.pieces(count, 1, what, &mut all, |piece, _, all| {
            all.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads `count` floats of 32 bits, which must be finite.
    pub fn floats(&mut self, count: u64, what: &str) -> Result<Vec<f32>> {
        let mut all = Vec::new();
        self.pieces(count, 4, what, &mut all, |piece, place, all: &mut Vec<f32>| {
            all.extend(piece.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            finite(piece, place, what)
        })?;
        Ok(all)
    }

    /// Skips a matrix of `rows` rows of `dim` finite values, to be read from the file later. `None` if it is small,
    /// or if the file is compressed or cannot be mapped; then nothing is read.
    pub fn leave(&mut self, rows: usize, dim: usize, what: &str) -> Result<Option<Filed>> {
        if self.left.is_none() || rows.saturating_mul(dim) < self.large {
            return Ok(None);
        }
        if self.mapped.is_none() {
            self.mapped = Mapped::open(self.path).ok().map(Arc::new);
        }
        let filed = self.mapped.clone().and_then(|file| Filed::even(file, self.at as usize, rows, dim));
        if filed.is_some() {
            let nothing = &mut Vec::<()>::new();
            self.pieces((rows * dim) as u64, 4, what, nothing, |piece, place, _| finite(piece, place, what))?;
        }
        Ok(filed)
    }

    /// Skips `count` items of `each` bytes.
    pub fn skip(&mut self, count: u64, each: u64, what: &str) -> Result<()> {
        self.expect(count, each, what)?;
        let mut left = count.saturating_mul(each);
        let mut piece = [0; PIECE];
        while left > 0 {
            let size = left.min(PIECE as u64) as usize;
            self.fill(&mut piece[..size], what)?;
            left -= size as u64;
        }
        Ok(())
    }

    /// Passes on `count` items of `each` bytes in pieces, with the position of each piece. Reserves memory in `all`
    /// for the bytes that are known to be available.
    fn pieces<T>(
        &mut self,
        count: u64,
        each: usize,
        what: &str,
        all: &mut Vec<T>,
        mut take: impl FnMut(&[u8], u64, &mut Vec<T>) -> std::result::Result<(), (u64, String)>,
    ) -> Result<()> {
        self.expect(count, each as u64, what)?;
        if self.left.is_some() && all.try_reserve_exact(count as usize).is_err() {
            let problem =
                format!("{what} takes {} MB of memory, which are not there", (count * each as u64) >> 20);
            return Err(Error::input(
                self.path,
                Place::Byte(self.at),
                problem,
                "end other programs and try again",
            ));
        }
        let mut left = count * each as u64;
        let mut piece = [0; PIECE];
        while left > 0 {
            let place = self.at;
            let size = left.min(PIECE as u64) as usize;
            self.fill(&mut piece[..size], what)?;
            take(&piece[..size], place, all).map_err(|(place, problem)| self.wrong(place, problem))?;
            left -= size as u64;
        }
        Ok(())
    }
}

/// Checks that all floats of a piece that begins at `place` are finite; otherwise returns the position and the
/// problem.
fn finite(piece: &[u8], place: u64, what: &str) -> std::result::Result<(), (u64, String)> {
    let numbers = piece.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    match numbers.enumerate().find(|(_, number)| !number.is_finite()) {
        None => Ok(()),
        Some((bad, number)) => Err((place + 4 * bad as u64, format!("{what} holds {number}"))),
    }
}

/// The length of a file that is not compressed; `None` for pipes and the like.
fn plain_length(path: &Path) -> Option<u64> {
    let data = std::fs::metadata(path).ok().filter(|data| data.is_file())?;
    let mut start = Vec::new();
    File::open(path).ok()?.take(16).read_to_end(&mut start).ok()?;
    (Packing::of(&start) == Packing::Plain).then_some(data.len())
}
