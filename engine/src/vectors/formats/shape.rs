//! A quick check of a large text file: every line must have as many values as the first. Counting spaces is much
//! faster than parsing, so a file whose dimension changes at a late line is refused at once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;

use crate::error::{Place, Result};

use super::rows::Header;
use super::text::{LONGEST, Wrong, numbers_of_first_row, parse_line, wrong_line};

/// Smaller files are not checked, because they are parsed quickly.
const SMALL: u64 = 1 << 23;
/// The number of bytes in a piece; a thread takes one piece at a time.
const PIECE: u64 = 1 << 21;
/// The number of pieces that are checked before their results are read.
const BATCH: u64 = 16;
/// The number of bytes read at a time.
const BLOCK: usize = 1 << 16;
/// The maximum number of bytes that are checked. Larger files would be read from the disk twice.
const MOST: u64 = 1 << 28;
/// The maximum number of lines in a piece that are parsed because the number of their spaces is not as expected. If
/// there are more, the file has an unusual layout, and the check ends.
const ODD: usize = 64;

/// Searches the file at `path`, which begins with `start`, for a line that has more or fewer values than the first. A
/// file that cannot be checked this way (compressed, a pipe) counts as correct.
///
/// # Errors
/// If there is such a line.
pub fn check(path: &Path, start: &[u8], header: Option<Header>, limit: usize) -> Result<()> {
    let size = path.metadata().ok().filter(|data| data.is_file()).map_or(0, |data| data.len());
    let mut raw = vec![0; 64.min(start.len())];
    let plain =
        File::open(path).and_then(|mut file| file.read_exact(&mut raw)).is_ok() && start.starts_with(&raw);
    let line = |from: usize| start[from..].iter().position(|&byte| byte == b'\n').map(|end| from + end + 1);
    let Some(first) = line(0).filter(|_| plain && size >= SMALL) else { return Ok(()) };
    let (begin, dim, most) = match header {
        Some(header) => (first, header.dim as usize, header.words.min(limit as u64)),
        None => (0, numbers_of_first_row(&start[..first]), limit as u64),
    };
    let begin = begin as u64;
    let (mut lines, mut rows) = (u64::from(header.is_some()), 0);
    let pieces = (size.min(MOST) - begin).div_ceil(PIECE);
    for batch in (0..pieces).step_by(BATCH as usize) {
        let range = |piece: u64| begin + piece * PIECE..size.min(begin + (piece + 1) * PIECE);
        let looked: Vec<io::Result<Looked>> = (batch..pieces.min(batch + BATCH))
            .into_par_iter()
            .map(|piece| look(path, range(piece), begin, dim))
            .collect();
        for looked in looked {
            // The reader will get the same error and report it.
            let Ok(looked) = looked else { return Ok(()) };
            if let Some((line, _, wrong)) = looked.wrong.filter(|(_, row, _)| rows + row < most) {
                return Err(wrong_line(path, dim, Place::Line(lines + line + 1), &wrong));
            }
            (lines, rows) = (lines + looked.lines, rows + looked.rows);
            if looked.odd > ODD || rows >= most {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The result for the lines that begin in a piece.
#[derive(Default)]
struct Looked {
    lines: u64,
    /// The number of lines that are not empty.
    rows: u64,
    /// The number of lines that had to be parsed.
    odd: usize,
    /// A line with a wrong number of values: the number of lines and rows before it, and the problem.
    wrong: Option<(u64, u64, Wrong)>,
}

/// Checks the lines that begin in `range`. The first row of the file begins at byte `begin`.
fn look(path: &Path, range: std::ops::Range<u64>, begin: u64, dim: usize) -> io::Result<Looked> {
    let mut file = File::open(path)?;
    // The byte before the range shows whether a line begins at its start.
    let from = if range.start > begin { range.start - 1 } else { begin };
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::with_capacity(2 * BLOCK);
    let (mut at, mut place, mut ended) = (0, from, false);
    let mut looked = Looked::default();
    let mut skip = range.start > begin;
    loop {
        // `text[at..]` is the known part of the line that begins at `place`.
        let end = loop {
            if let Some(end) = newline(&text[at..]) {
                break Some(end + 1);
            }
            if ended {
                break None;
            }
            if text.len() - at > LONGEST {
                looked.odd = ODD + 1;
                return Ok(looked);
            }
            text.drain(..at);
            at = 0;
            ended = file.by_ref().take(BLOCK as u64).read_to_end(&mut text)? == 0;
        };
        let line = &text[at..at + end.unwrap_or(text.len() - at)];
        if line.is_empty() || place >= range.end {
            return Ok(looked);
        }
        if !skip {
            if !plainly(line, dim) && !line.trim_ascii().is_empty() {
                looked.odd += 1;
                if let Err(wrong @ Wrong::Numbers { .. }) = parse_line(line, dim, &mut Vec::new()) {
                    looked.wrong = Some((looked.lines, looked.rows, wrong));
                    return Ok(looked);
                }
                if looked.odd > ODD {
                    return Ok(looked);
                }
            }
            looked.rows += u64::from(!line.trim_ascii().is_empty());
            looked.lines += 1;
        }
        skip = false;
        place += line.len() as u64;
        at += line.len();
        if end.is_none() {
            return Ok(looked);
        }
    }
}

/// Whether a line has as many spaces as a word with `dim` values. Spaces at its end do not count.
fn plainly(line: &[u8], dim: usize) -> bool {
    let line = line.trim_ascii_end();
    // The count of each part must fit in a byte.
    let count = |part: &[u8]| part.iter().map(|&byte| u8::from(byte == b' ' || byte == b'\t')).sum::<u8>();
    line.chunks(192).map(|part| usize::from(count(part))).sum::<usize>() == dim
}

/// The position of the first newline.
fn newline(text: &[u8]) -> Option<usize> {
    const STEP: usize = 64;
    let is = |byte: &u8| *byte == b'\n';
    // Looks at whole steps, which the compiler vectorises.
    let steps = text.chunks(STEP).position(|step| step.iter().fold(false, |found, byte| found | is(byte)))?;
    text[steps * STEP..].iter().position(is).map(|at| steps * STEP + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error for a file of 7,000 rows of 300 values after `change`, with a header line if `header`; `None` if it
    /// is correct.
    fn told(header: bool, limit: usize, change: impl Fn(usize, &mut String)) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.txt");
        let mut text = String::from(if header { "7000 300\n" } else { "" });
        for row in 0..7_000 {
            let mut line = format!("w{row}{}", " 0.5\t-1".repeat(150));
            change(row, &mut line);
            text.push_str(&line);
            text.push('\n');
        }
        // The file is made long enough to be checked.
        text.push_str(&"\n".repeat(SMALL as usize));
        std::fs::write(&path, &text).unwrap();
        let header = header.then_some(Header { words: 7_000, dim: 300 });
        check(&path, &text.as_bytes()[..BLOCK], header, limit).err().map(|error| error.to_string())
    }

    #[test]
    fn a_line_of_another_length_is_found_wherever_it_is() {
        for row in [1, 1_747, 1_748, 3_000, 6_999] {
            for (more, found) in [(" 7", 301), (" 7 8", 302)] {
                let error = told(false, usize::MAX, |n, line| {
                    if n == row {
                        line.push_str(more);
                    }
                });
                let wanted = format!("line {}: {found} numbers where the others have 300", row + 1);
                assert!(error.as_ref().is_some_and(|e| e.contains(&wanted)), "{wanted}: {error:?}");
            }
        }
        let short =
            |n: usize, line: &mut String| line.truncate(if n == 5_000 { line.len() - 3 } else { line.len() });
        let error = told(true, usize::MAX, short).unwrap();
        assert!(error.contains("line 5002: 299 numbers"), "{error}");
        // Rows beyond the limit are not checked.
        assert_eq!(told(true, 5_000, short), None);
        assert!(told(true, 5_001, short).is_some());
    }

    #[test]
    fn other_ways_to_write_rows_pass() {
        let ways: [fn(usize, &mut String); 5] = [
            |_, _| {},
            |_, line| line.push_str(" \r"),
            |n, line| line.insert_str(0, if n % 900 == 7 { "of . . " } else { "" }),
            |n, line| line.insert_str(0, if n % 900 == 7 { "\n\n" } else { "" }),
            |_, line| *line = line.replace(' ', "  "),
        ];
        for way in ways {
            assert_eq!(told(false, usize::MAX, way), None);
        }
    }

    #[test]
    fn new_lines_are_found_at_every_place() {
        for length in [0, 1, 63, 64, 65, 200] {
            let mut text = vec![b' '; length];
            assert_eq!(newline(&text), None);
            for at in 0..length {
                text[at] = b'\n';
                assert_eq!(newline(&text), Some(at));
                text[at] = b' ';
            }
        }
        assert!(plainly(b"a 1\t2 \r\n", 2) && !plainly(b"a 1 2", 3) && plainly(b"a 1", 1));
    }
}
