//! Vectors as text: a line is a word and its numbers, separated by spaces. word2vec writes a line with
//! the number of words and of numbers before; GloVe does not, and has words with spaces in them.

use std::io::{self, BufRead, Read, Write};
use std::path::Path;

use rayon::prelude::*;

use crate::error::{Error, Place, Result};

use super::{Header, Rows, WordVectors};

/// Bytes a line may have: 65,536 numbers of 24 characters each, and a word.
const LONGEST: u64 = 1 << 21;

/// Lines that are read before they are parsed, at the same time.
const BATCH: usize = 4_096;
/// The same in bytes.
const BATCH_BYTES: usize = 1 << 23;

/// Whether `line`, or what was read of it, is a word and numbers.
pub fn looks_like_row(line: &[u8]) -> bool {
    // The last field may be cut off; it is looked at only if there is no other.
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

/// What is wrong with a line.
enum Wrong {
    Numbers { found: usize },
    NoNumber(String),
}

/// The word of a line and its last `numbers.len()` fields.
fn parse_line<'a>(line: &'a [u8], numbers: &mut [f32]) -> std::result::Result<&'a [u8], Wrong> {
    let mut rest = line.trim_ascii_end();
    let dim = numbers.len();
    for (n, number) in numbers.iter_mut().enumerate().rev() {
        let start = rest.iter().rposition(|byte| matches!(byte, b' ' | b'\t')).map_or(0, |space| space + 1);
        let field = &rest[start..];
        match parse(field) {
            // The first field is the word, even if it is a number.
            Some(value) if start > 0 => *number = value,
            _ => {
                // Fewer numbers than expected, or something else among them?
                let found = dim - 1 - n;
                if start == 0 || fields_from_the_end(rest).count() < n + 2 {
                    return Err(Wrong::Numbers { found });
                }
                return Err(Wrong::NoNumber(super::decode(field).into_owned()));
            }
        }
        rest = rest[..start].trim_ascii_end();
    }
    // A word may have spaces in it, but if all that follows the first are numbers, the vector is too long.
    let more = fields_from_the_end(rest).count() - usize::from(!rest.is_empty());
    if more > 0 && fields_from_the_end(rest).take(more).all(|field| parse(field).is_some()) {
        return Err(Wrong::Numbers { found: dim + more });
    }
    Ok(rest)
}

/// Reads all lines; `header` is `None` if the first line is a row.
pub fn read(
    path: &Path,
    mut input: impl BufRead,
    header: Option<Header>,
    limit: usize,
) -> Result<WordVectors> {
    let mut line_number = 0_u64;
    if header.is_some() {
        read_line(path, &mut input, &mut Vec::new(), 1)?;
        line_number = 1;
    }
    let mut rows: Option<Rows> = header.map(|header| Rows::new(path, header.dim as usize));
    let mut text = Vec::new();
    let mut ends = Vec::new();
    loop {
        text.clear();
        ends.clear();
        let first_line = line_number + 1;
        let known = rows.as_ref().map_or(0, |rows| rows.words.len());
        while ends.len() < BATCH.min(limit - known) && text.len() < BATCH_BYTES {
            line_number += 1;
            if read_line(path, &mut input, &mut text, line_number)? == 0 {
                break;
            }
            ends.push(text.len());
        }
        if ends.is_empty() {
            break;
        }
        let rows = rows.get_or_insert_with(|| {
            Rows::new(
                path,
                fields_from_the_end(text[..ends[0]].trim_ascii_end()).count().saturating_sub(1).max(1),
            )
        });
        take(rows, &text, &ends, first_line, header)?;
    }
    let rows = rows.unwrap_or_else(|| Rows::new(path, 1));
    if let Some(header) = header
        && (rows.words.len() as u64) < header.words.min(limit as u64)
    {
        return Err(rows.count_differs(header, Place::Line(line_number)));
    }
    rows.finish()
}

/// Parses a batch of lines, at the same time, and takes them in order.
fn take(rows: &mut Rows, text: &[u8], ends: &[usize], first_line: u64, header: Option<Header>) -> Result<()> {
    let (dim, before) = (rows.dim, rows.numbers.len());
    rows.numbers.resize(before + ends.len() * dim, 0.0);
    let line = |n: usize| &text[if n == 0 { 0 } else { ends[n - 1] }..ends[n]];
    let words: Vec<_> = rows.numbers[before..]
        .par_chunks_mut(dim)
        .with_min_len(64)
        .enumerate()
        .map(|(n, numbers)| parse_line(line(n), numbers))
        .collect();
    let numbers = std::mem::take(&mut rows.numbers);
    rows.numbers.reserve(numbers.len());
    rows.numbers.extend_from_slice(&numbers[..before]);
    for (n, word) in words.into_iter().enumerate() {
        let place = || Place::Line(first_line + n as u64);
        if line(n).trim_ascii().is_empty() {
            // An empty line at the end does no harm; in the middle it is taken for one as well.
            continue;
        }
        if header.is_some_and(|header| rows.words.len() as u64 >= header.words) {
            return Err(rows.count_differs(header.unwrap_or(Header { words: 0, dim: 0 }), place()));
        }
        match word {
            Ok(word) => {
                rows.numbers.extend_from_slice(&numbers[before + n * dim..][..dim]);
                rows.take(word, place)?;
            }
            Err(Wrong::Numbers { found }) => {
                return Err(Error::input(
                    rows.path,
                    place(),
                    format!("{found} numbers where the others have {dim}"),
                    "the file is damaged, or was not copied whole",
                ));
            }
            Err(Wrong::NoNumber(field)) => {
                return Err(Error::input(rows.path, place(), format!("{field:?} is not a number"), ""));
            }
        }
    }
    Ok(())
}

/// Appends a line to `text`; returns how many bytes it has, 0 at the end.
fn read_line(path: &Path, input: &mut impl BufRead, text: &mut Vec<u8>, number: u64) -> Result<usize> {
    let got = input.take(LONGEST).read_until(b'\n', text).map_err(|e| Error::io("read", path, e))?;
    if got as u64 == LONGEST && text.last() != Some(&b'\n') {
        return Err(Error::input(
            path,
            Place::Line(number),
            format!("a line of more than {LONGEST} bytes"),
            "a line should hold a word and its numbers",
        ));
    }
    Ok(got)
}

/// Writes word2vec text. Numbers have as many digits as it takes to read back the same bits.
pub fn write(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", vectors.len(), vectors.dim())?;
    for (word, row) in vectors.words.iter().zip(vectors.matrix.rows()) {
        out.write_all(word.as_bytes())?;
        for number in row {
            write!(out, " {number}")?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}
