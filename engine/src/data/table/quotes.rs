//! The quotes of a CSV text, followed beside the parser, which does not say where they begin and whether they end.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use crate::data::lines::LONGEST;

/// The maximum length of a record in bytes, and its maximum number of fields.
pub(super) const RECORD: (usize, usize) = (2 * LONGEST, 1 << 16);

/// The state of the CSV parser at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Spot {
    /// At the beginning of a record; newlines here are blank lines.
    #[default]
    Record,
    /// At the beginning of another field.
    Field,
    /// In a field without quotes.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: either the field's end, or the first of two quotes.
    Closing,
}

/// The state of a [`QuoteWatch`].
#[derive(Debug, Default)]
pub(super) struct Quotes {
    pub(super) spot: Spot,
    /// The delimiter.
    pub(super) delimiter: u8,
    /// The number of lines that have ended.
    pub(super) lines: u64,
    /// The line (from 1) in which the last quoted field began.
    pub(super) opened: u64,
    /// The lines in which those records began that were passed on but not yet taken.
    pub(super) records: VecDeque<u64>,
    /// The number of bytes since the field began.
    pub(super) length: usize,
    /// The number of bytes and fields since the record began.
    pub(super) record: (usize, usize),
    /// Whether the end of the file was reached.
    pub(super) ended: bool,
}

/// Passes a CSV text on and tracks its quotes, because the `csv` crate accepts the end of the file as a closing quote
/// and counts blank lines as part of the next record. It also stops at a field longer than [`LONGEST`], before memory
/// is full.
pub(super) struct QuoteWatch<R> {
    pub(super) input: R,
    pub(super) quotes: Rc<RefCell<Quotes>>,
}

/// A field is longer than [`LONGEST`].
#[derive(Debug, thiserror::Error)]
#[error("a field is too long")]
pub(super) struct TooLong;

impl Quotes {
    fn follow(&mut self, byte: u8) {
        let ends_line = byte == b'\n' || byte == b'\r';
        if self.spot == Spot::Record && !ends_line {
            self.records.push_back(self.lines + 1);
        }
        self.spot = match (self.spot, byte) {
            (Spot::Record | Spot::Field, b'"') => {
                self.opened = self.lines + 1;
                Spot::Quoted
            }
            (Spot::Quoted, b'"') => Spot::Closing,
            (Spot::Closing, b'"') | (Spot::Quoted, _) => Spot::Quoted,
            _ if ends_line => Spot::Record,
            (_, byte) if byte == self.delimiter => Spot::Field,
            _ => Spot::Plain,
        };
        self.lines += u64::from(byte == b'\n');
        self.length = if matches!(self.spot, Spot::Record | Spot::Field) { 0 } else { self.length + 1 };
        self.record = match self.spot {
            Spot::Record => (0, 0),
            Spot::Field => (self.record.0 + 1, self.record.1 + 1),
            _ => (self.record.0 + 1, self.record.1),
        };
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let mut quotes = self.quotes.borrow_mut();
        quotes.ended |= read == 0 && !buffer.is_empty();
        buffer[..read].iter().for_each(|&byte| quotes.follow(byte));
        if quotes.length > LONGEST || quotes.record.0 > RECORD.0 || quotes.record.1 > RECORD.1 {
            return Err(io::Error::other(TooLong));
        }
        Ok(read)
    }
}
