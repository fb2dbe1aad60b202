//! Vectors as text: each line is a word and its values, separated by spaces. word2vec first writes a line with the
//! number of words and the dimension. GloVe does not, and has words with spaces in them.

use std::io::{self, Read, Write};
use std::path::Path;

use rayon::prelude::*;

use crate::error::{Error, Place, Result};

use super::super::WordVectors;
use super::super::names::decode;
use super::decimal;
use super::rows::{Header, Rows, not_finite};

/// The maximum length of a line in bytes: 65,536 values of 24 characters each, and a word.
pub(super) const LONGEST: usize = 1 << 21;

/// The approximate number of bytes that one thread parses at a time.
const PIECE: usize = 1 << 16;
/// The number of bytes that are read while the previous ones are parsed: a few pieces per thread. More would cost
/// memory, because text and values are in memory at the same time.
fn chunk() -> usize {
    (8 * PIECE * rayon::current_num_threads()).clamp(1 << 20, 1 << 22)
}

/// The maximum number of rows for which memory is reserved before they are read.
const MOST_RESERVED: u64 = 1 << 20;

/// Whether `line`, or the part of it that was read, is a word and values.
pub fn looks_like_row(line: &[u8]) -> bool {
    // The last field may be incomplete; it is used only if there is no other.
    let mut fields = fields_from_the_end(line);
    let last = fields.next();
    match (last, fields.next(), fields.next()) {
        (Some(_), Some(number), Some(_)) => parse(number).is_some(),
        (Some(number), Some(_), None) => parse(number).is_some(),
        _ => false,
    }
}

fn fields_from_the_end(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.rsplit(|byte| matches!(byte, b' ' | b'\t' | b'\r')).filter(|field| !field.is_empty())
}

fn parse(field: &[u8]) -> Option<f32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The problem with a line.
pub(super) enum Wrong {
    Numbers { found: usize },
    NoNumber(String),
    NotFinite { word: String, number: f32 },
}

/// Appends the last `dim` fields of a line to `numbers`; returns the text before them, which is the word.
pub(super) fn parse_line<'a>(
    line: &'a [u8],
    dim: usize,
    numbers: &mut Vec<f32>,
) -> std::result::Result<&'a [u8], Wrong> {
    let before = numbers.len();
    let word = match parse_plain_line(line, dim, numbers) {
        Some(word) => word,
        None => {
            numbers.resize(before + dim, 0.0);
            parse_any_line(line, &mut numbers[before..])?
        }
    };
    match numbers[before..].iter().find(|number| !number.is_finite()) {
        None => Ok(word),
        Some(&number) => Err(Wrong::NotFinite { word: decode(word).into_owned(), number }),
    }
}

/// The same for the usual line: a word without spaces and exactly `dim` values. `None` for any other line; some of
/// its values may have been appended.
#[inline]
fn parse_plain_line<'a>(line: &'a [u8], dim: usize, numbers: &mut Vec<f32>) -> Option<&'a [u8]> {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
    let (word, mut rest) = line.split_at(end);
    for _ in 0..dim {
        rest = without_spaces(rest);
        let (number, after) = decimal::parse_prefix(rest)?;
        numbers.push(number);
        rest = after;
    }
    (!word.is_empty() && rest.trim_ascii().is_empty()).then_some(word)
}

#[inline]
fn without_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// The same for every line, field by field from its end, into `numbers`.
#[cold]
fn parse_any_line<'a>(line: &'a [u8], numbers: &mut [f32]) -> std::result::Result<&'a [u8], Wrong> {
    let mut rest = line.trim_ascii_end();
    let dim = numbers.len();
    for (n, number) in numbers.iter_mut().enumerate().rev() {
        let start = rest.iter().rposition(|byte| matches!(byte, b' ' | b'\t')).map_or(0, |space| space + 1);
        let field = &rest[start..];
        match parse(field) {
            // The first field is the word, even if it is a number.
            Some(value) if start > 0 => *number = value,
            _ => {
                // Determines whether the line has fewer values than expected, or a field that is not a number.
                let found = dim - 1 - n;
                if start == 0 || fields_from_the_end(rest).count() < n + 2 {
                    return Err(Wrong::Numbers { found });
                }
                return Err(Wrong::NoNumber(decode(field).into_owned()));
            }
        }
        rest = rest[..start].trim_ascii_end();
    }
    // A word may contain spaces. But if all fields after the first are numbers, the vector is too long.
    let more = fields_from_the_end(rest).count() - usize::from(!rest.is_empty());
    if more > 0 && fields_from_the_end(rest).take(more).all(|field| parse(field).is_some()) {
        return Err(Wrong::Numbers { found: dim + more });
    }
    Ok(rest)
}

/// Some parsed lines.
#[derive(Default)]
struct Piece<'a> {
    /// For each row its line, counted from 0 within the piece, and its word.
    rows: Vec<(u64, &'a [u8])>,
    numbers: Vec<f32>,
    lines: u64,
    /// The line at which parsing ended early.
    wrong: Option<(u64, Wrong)>,
}

fn parse_piece(text: &[u8], dim: usize) -> Piece<'_> {
    let mut piece = Piece::default();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        // Empty lines are ignored, at the end and also between rows.
        if !line.trim_ascii().is_empty() {
            match parse_line(line, dim, &mut piece.numbers) {
                Ok(word) => piece.rows.push((piece.lines, word)),
                Err(wrong) => {
                    piece.wrong = Some((piece.lines, wrong));
                    break;
                }
            }
        }
        piece.lines += 1;
    }
    piece
}

/// Reads all lines; `header` is `None` if the first line is a row. `bytes` is the size of the file if it is known.
pub fn read(
    path: &Path,
    mut input: impl Read + Send,
    header: Option<Header>,
    limit: usize,
    bytes: Option<u64>,
) -> Result<WordVectors> {
    let mut rows: Option<Rows> = header.map(|header| Rows::new(path, header.dim as usize));
    // The line with which the next chunk begins.
    let mut line = 1;
    let (mut text, mut next) = (Vec::new(), Vec::new());
    let mut more = fill(path, &mut input, &mut text)?;
    if header.is_some() {
        let end = text.iter().position(|&byte| byte == b'\n').map_or(text.len(), |end| end + 1);
        text.drain(..end);
        line = 2;
    }
    loop {
        let end = if more {
            text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
        } else {
            text.len()
        };
        let (whole, rest) = text.split_at(end);
        if rest.len() > LONGEST {
            return Err(Error::input(
                path,
                Place::Line(line + whole.split(|&byte| byte == b'\n').count() as u64 - 1),
                format!("a line of more than {LONGEST} bytes"),
                "a line should hold a word and its numbers",
            ));
        }
        if whole.is_empty() && more {
            more = fill(path, &mut input, &mut text)?;
            continue;
        }
        next.clear();
        next.extend_from_slice(rest);
        let rows = rows.get_or_insert_with(|| Rows::new(path, numbers_of_first_row(whole)));
        if rows.names.rows() == 0
            && let (Some(bytes), Some(end)) = (bytes, whole.iter().position(|&byte| byte == b'\n'))
        {
            // An estimate that assumes all rows are as long as the first; a header's claim can only lower it.
            let claimed = header.map_or(u64::MAX, |header| header.words);
            let words =
                (bytes / (end as u64 + 1) + 1).min(claimed).min(limit as u64).min(MOST_RESERVED) as usize;
            rows.numbers.reserve(words.saturating_mul(rows.dim));
            rows.names.words.reserve(words);
        }
        let dim = rows.dim;
        let read_on = || if more { fill(path, &mut input, &mut next) } else { Ok(false) };
        let parse = || pieces(whole).into_par_iter().map(|piece| parse_piece(piece, dim)).collect::<Vec<_>>();
        let (filled, pieces) = rayon::join(read_on, parse);
        for piece in pieces {
            take(rows, &piece, line, header, limit)?;
            line += piece.lines;
        }
        let full = rows.kept() >= limit;
        if full || !more {
            break;
        }
        more = filled?;
        std::mem::swap(&mut text, &mut next);
    }
    let rows = rows.unwrap_or_else(|| Rows::new(path, 1));
    if let Some(header) = header
        && rows.names.rows() < header.words
        && rows.kept() < limit
    {
        return Err(rows.count_differs(header, Place::Line(line)));
    }
    rows.finish()
}

/// The number of values in the first row. A line that begins with white space and a number has no word.
pub(super) fn numbers_of_first_row(text: &[u8]) -> usize {
    let first =
        text.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let fields = fields_from_the_end(first.trim_ascii_end());
    let wordless = first.starts_with(b" ")
        && fields_from_the_end(first).last().is_some_and(|field| parse(field).is_some());
    fields.count().saturating_sub(usize::from(!wordless)).max(1)
}

/// Appends up to a [chunk]; returns whether there may be more.
fn fill(path: &Path, input: &mut impl Read, text: &mut Vec<u8>) -> Result<bool> {
    let most = chunk();
    text.reserve(most);
    let got = input.take(most as u64).read_to_end(text).map_err(|e| Error::io("read", path, e))?;
    Ok(got == most)
}

/// Divides whole lines into pieces of about [`PIECE`] bytes.
fn pieces(mut text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(text.len() / PIECE + 1);
    while !text.is_empty() {
        let least = PIECE.min(text.len()) - 1;
        let end =
            text[least..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |end| least + end + 1);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

/// Takes the rows of a piece that begins at `line`, up to the limit.
fn take(rows: &mut Rows, piece: &Piece, line: u64, header: Option<Header>, limit: usize) -> Result<()> {
    // Consecutive rows that are kept are copied together.
    let mut copied = 0;
    let mut next = 0;
    for &(n, word) in &piece.rows {
        if rows.kept() >= limit {
            break;
        }
        if let Some(header) = header
            && rows.names.rows() >= header.words
        {
            return Err(rows.count_differs(header, Place::Line(line + n)));
        }
        if !rows.names.take(word) {
            rows.numbers.tail.extend_from_slice(&piece.numbers[copied * rows.dim..next * rows.dim]);
            copied = next + 1;
        }
        next += 1;
    }
    rows.numbers.tail.extend_from_slice(&piece.numbers[copied * rows.dim..next * rows.dim]);
    rows.numbers.settle()?;
    match &piece.wrong {
        Some((n, wrong)) if rows.kept() < limit => {
            Err(wrong_line(rows.path, rows.dim, Place::Line(line + n), wrong))
        }
        _ => Ok(()),
    }
}

pub(super) fn wrong_line(path: &Path, dim: usize, place: Place, wrong: &Wrong) -> Error {
    match wrong {
        Wrong::Numbers { found } => Error::input(
            path,
            place,
            format!("{found} numbers where the others have {dim}"),
            "the file is damaged, or was not copied whole",
        ),
        Wrong::NoNumber(field) => Error::input(path, place, format!("{field:?} is not a number"), ""),
        Wrong::NotFinite { word, number } => not_finite(path, word, *number, place),
    }
}

/// Whether reading gives `word` again after it was written. It does not if the word has white space at an end, or
/// numbers after white space, which would be read as values.
pub fn holds(word: &str) -> bool {
    let plain = !word.bytes().any(|byte| byte.is_ascii_whitespace());
    let row = || format!("{word} 0");
    plain
        || !word.contains('\n')
            && parse_line(row().as_bytes(), 1, &mut Vec::new()).is_ok_and(|read| read == word.as_bytes())
}

/// Writes word2vec text. Values have as many digits as are needed to read back the same bits.
pub fn write(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", vectors.len(), vectors.dim())?;
    for (id, word) in vectors.words.iter().enumerate() {
        out.write_all(word.as_bytes())?;
        for number in &*vectors.table().row(id) {
            write!(out, " {number}")?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}
