//! word2vec binary: a line with the number of words and the dimension; then for each word its bytes, a space, and its
//! values as little-endian f32. word2vec writes a newline after each row, gensim does not.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Error, Place, Result};
use crate::files::Meter;
use crate::kernel::mapped::Mapped;

use super::super::WordVectors;
use super::super::names::{Names, decode};
use super::super::table::{Filed, VectorTable};
use super::rows::{self, Header, Rows};

/// The maximum length of a word in bytes.
const LONGEST_WORD: usize = 1 << 16;

/// Finds the rows of a mapped file, and leaves them in the file.
pub fn find(path: &Path, mapped: Mapped, header: Header, limit: usize, meter: &Meter) -> Result<WordVectors> {
    let dim = header.dim as usize;
    let mut rows = Rows::new(path, dim);
    let mut starts = Vec::new();
    let number = |at: usize| f32::from_le_bytes([mapped[at], mapped[at + 1], mapped[at + 2], mapped[at + 3]]);
    let wrong = |start: usize| (0..dim).map(|k| start + 4 * k).find(|&at| !number(at).is_finite());
    let mut at = mapped.iter().position(|&byte| byte == b'\n').map_or(mapped.len(), |end| end + 1);
    while rows.names.rows() < header.words && rows.kept() < limit {
        // A row may or may not end in a newline; a newline at the start belongs to the row before.
        at += mapped[at..].iter().take_while(|&&byte| byte == b'\n').count();
        let word = &mapped[at..mapped.len().min(at + LONGEST_WORD)];
        let place = || Place::Byte(at as u64);
        let Some(space) = word.iter().position(|&byte| byte == b' ') else {
            if word.len() < LONGEST_WORD {
                return Err(rows.count_differs(header, Place::Byte(mapped.len() as u64)));
            }
            return Err(endless_word(path, place()));
        };
        let start = at + space + 1;
        if mapped.len() - start < 4 * dim {
            return Err(rows.count_differs(header, Place::Byte(mapped.len() as u64)));
        }
        if rows.names.take(&word[..space]) {
            starts.push(start as u64);
        } else if let Some(k) = wrong(start) {
            return Err(rows.not_finite(&decode(&word[..space]), number(k), Place::Byte(k as u64)));
        }
        at = start + 4 * dim;
        meter.reached(at as u64);
    }
    if rows.kept() == 0 {
        return rows.finish();
    }
    if let Some((id, at)) = (0..starts.len())
        .into_par_iter()
        .with_min_len(1024)
        .find_map_first(|id| wrong(starts[id] as usize).map(|at| (id, at)))
    {
        return Err(rows.not_finite(rows.names.words.get(id), number(at), Place::Byte(at as u64)));
    }
    // Each row's end was already compared with the end of the file.
    let table = Filed::scattered(Arc::new(mapped), starts, dim);
    let table = table.ok_or_else(|| Error::input(path, Place::Whole, "the file is not whole", ""))?;
    let Names { words, left_out } = rows.names;
    Ok(WordVectors::of_table(words, VectorTable::Filed(table), None)?.with_left_out(left_out))
}

fn endless_word(path: &Path, place: Place) -> Error {
    let problem = format!("no space within {LONGEST_WORD} bytes of a word's start");
    Error::input(path, place, problem, "the file is damaged, or of another kind")
}

/// Reads the header line, whose content is `header`, and the rows after it.
pub fn read(path: &Path, input: impl BufRead, header: Header, limit: usize) -> Result<WordVectors> {
    let mut input = Counted { path, input, at: 0 };
    let mut word = Vec::new();
    input.until(b'\n', &mut word)?;
    let mut rows = Rows::new(path, header.dim as usize);
    while rows.names.rows() < header.words && rows.kept() < limit {
        word.clear();
        let before = input.at;
        let end = input.until(b' ', &mut word)?;
        // A row may or may not end in a newline; a newline at the start belongs to the row before.
        let newlines = word.iter().take_while(|&&byte| byte == b'\n').count();
        word.drain(..newlines);
        let start = before + newlines as u64;
        if !end {
            return Err(rows.count_differs(header, Place::Byte(input.at)));
        }
        let place = || Place::Byte(start);
        if word.len() > LONGEST_WORD {
            return Err(endless_word(path, place()));
        }
        if !input.numbers(rows.dim, &mut rows.numbers.tail)? {
            return Err(rows.count_differs(header, Place::Byte(input.at)));
        }
        word.pop();
        rows.take(&word, place)?;
        rows.numbers.settle()?;
    }
    rows.finish()
}

/// A reader that counts its position.
struct Counted<'a, R> {
    path: &'a Path,
    input: R,
    at: u64,
}

impl<R: BufRead> Counted<'_, R> {
    fn fill(&mut self) -> Result<&[u8]> {
        let path = self.path;
        self.input.fill_buf().map_err(|e| Error::io("read", path, e))
    }

    fn consume(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.at += bytes as u64;
    }

    /// Appends all bytes up to and including `last`. Returns false if the end comes first, or there are too many
    /// bytes.
    fn until(&mut self, last: u8, taken: &mut Vec<u8>) -> Result<bool> {
        loop {
            let some = self.fill()?;
            let found = some.iter().position(|&byte| byte == last);
            let bytes = found.map_or(some.len(), |at| at + 1);
            taken.extend_from_slice(&some[..bytes]);
            self.consume(bytes);
            if found.is_some() || bytes == 0 {
                return Ok(found.is_some());
            }
            if taken.len() > LONGEST_WORD {
                return Ok(true);
            }
        }
    }

    /// Appends `count` floats. Returns false if the end comes first.
    fn numbers(&mut self, count: usize, numbers: &mut Vec<f32>) -> Result<bool> {
        let mut missing = count;
        let mut split = Vec::with_capacity(4);
        while missing > 0 {
            let some = self.fill()?;
            if some.is_empty() {
                return Ok(false);
            }
            let consumed = if split.is_empty() && some.len() >= 4 {
                let whole = &some.as_chunks::<4>().0[..missing.min(some.len() / 4)];
                numbers.extend(whole.iter().map(|bytes| f32::from_le_bytes(*bytes)));
                missing -= whole.len();
                whole.len() * 4
            } else {
                // A float that is split between two fillings of the buffer.
                let bytes = some.len().min(4 - split.len());
                split.extend_from_slice(&some[..bytes]);
                if let Ok(whole) = <[u8; 4]>::try_from(&split[..]) {
                    numbers.push(f32::from_le_bytes(whole));
                    missing -= 1;
                    split.clear();
                }
                bytes
            };
            self.consume(consumed);
        }
        Ok(true)
    }
}

/// Writes word2vec binary, with a newline after each row, as word2vec does.
pub fn write(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", vectors.len(), vectors.dim())?;
    for (id, word) in vectors.words.iter().enumerate() {
        out.write_all(word.as_bytes())?;
        out.write_all(b" ")?;
        rows::write_numbers(&vectors.table().row(id), out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
