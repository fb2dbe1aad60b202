//! The values of a column in a row group, one after another, page by page.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Place, Result};

use super::cell::Cell;
use super::encodings::{Delta, Hybrid, Values, length, range};
use super::footer::{ChunkPlace, Column, Kind};
use super::thrift::{Damage, Kind as Field, Reader};

/// The maximum length of a page after decompression: this, or four times its compressed length.
const LONGEST_PAGE: u64 = 24 << 20;
/// The maximum length of a page header: it may contain the smallest and the largest value.
const LONGEST_HEAD: usize = 1 << 20;

const PLAIN_DICTIONARY: i64 = 2;
const RLE: i64 = 3;
const RLE_DICTIONARY: i64 = 8;

/// The values of a column in a row group.
pub struct Chunk {
    path: PathBuf,
    column: Column,
    codec: i64,
    /// The file, which all columns share. Every page is read after a seek.
    input: Arc<File>,
    /// The start of the next page, and the end of the last page.
    at: u64,
    end: u64,
    /// The number of values that were not taken yet, in all pages and in this one.
    left: u64,
    left_in_page: u64,
    dictionary: Dictionary,
    page: Vec<u8>,
    /// The definition levels, which say which values are missing; `None` if no value can be missing.
    levels: Option<Hybrid>,
    values: Option<Values>,
}

/// The dictionary of a chunk: its distinct values.
#[derive(Default)]
struct Dictionary {
    bytes: Vec<u8>,
    /// The range of each of its texts.
    spans: Vec<(u32, u32)>,
    /// The number of its values of fixed length.
    count: u64,
}

/// The header of a page.
#[derive(Default)]
struct Head {
    kind: i64,
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
    levels_encoding: i64,
    /// For pages of version 2: the bytes of levels, which are not compressed, and whether the values are compressed.
    levels: (i64, i64),
    is_packed: bool,
}

impl Chunk {
    /// The values at `place` of the open file at the path.
    ///
    /// # Errors
    /// If the file cannot be read, or the type of the column is not supported.
    pub fn open((path, file): (&Path, &Arc<File>), column: &Column, place: &ChunkPlace) -> Result<Chunk> {
        let refuse = |what: String, remedy: &str| {
            Err(Error::input(path, Place::Member(format!("column {}", column.name)), what, remedy))
        };
        if !column.is_read() {
            return refuse("it holds neither texts nor numbers".into(), "name another column");
        }
        let size = file.metadata().map_err(|e| Error::io("read", path, e))?.len();
        let end = place.start.checked_add(place.length).filter(|&end| end <= size);
        let Some(end) = end else {
            return refuse("its pages lie beyond the end of the file".into(), "fetch it again");
        };
        if let name @ ("LZO" | "Brotli" | "LZ4" | "an unknown codec") = codec(place.codec) {
            let remedy = "save it with snappy, gzip or zstd: df.to_parquet(\"…\", compression=\"zstd\")";
            return refuse(format!("it is compressed with {name}, which is not read"), remedy);
        }
        Ok(Chunk {
            path: path.to_path_buf(),
            column: column.clone(),
            codec: place.codec,
            input: file.clone(),
            at: place.start,
            end,
            left: place.values,
            left_in_page: 0,
            dictionary: Dictionary::default(),
            page: Vec::new(),
            levels: None,
            values: None,
        })
    }

    /// The next value.
    ///
    /// # Errors
    /// If the file cannot be read further, or is damaged.
    pub fn next(&mut self) -> Result<Cell<'_>> {
        while self.left_in_page == 0 {
            let at = self.at;
            if let Err(error) = self.next_page() {
                return Err(self.wrong(at, error));
            }
        }
        self.left_in_page -= 1;
        let (path, name, at) = (&self.path, &self.column.name, self.at);
        let value = value(
            self.column.kind,
            u64::from(self.column.optional),
            &self.page,
            &self.dictionary,
            &mut self.levels,
            &mut self.values,
        );
        value.map_err(|what| {
            let place = Place::Member(format!("column {name}, the page before byte {at}"));
            Error::input(path, place, what, "fetch it again")
        })
    }

    fn wrong(&self, at: u64, problem: Problem) -> Error {
        let place = Place::Member(format!("column {}, byte {at}", self.column.name));
        match problem {
            Problem::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Error::input(&self.path, place, "the file ends in the middle of a page", "fetch it again")
            }
            Problem::Io(error) => Error::io("read", &self.path, error),
            Problem::Damage(what) => Error::input(&self.path, place, what, "fetch it again"),
            Problem::Unread(what) => {
                Error::input(&self.path, place, what, "save it with another version, such as pandas' own")
            }
        }
    }

    /// Reads the next page of values, and the dictionary if it comes first.
    fn next_page(&mut self) -> std::result::Result<(), Problem> {
        if self.left == 0 || self.at >= self.end {
            return Err(Problem::Damage("a column has fewer values than there are rows"));
        }
        let head = self.head()?;
        let (packed, unpacked) = (place(head.packed)?, place(head.unpacked)?);
        if packed > self.end - self.at {
            return Err(Problem::Damage("a page is longer than its column"));
        }
        if unpacked > LONGEST_PAGE.max(4 * packed) {
            return Err(Problem::Unread(format!("a page of {} MiB, which is too long", unpacked >> 20)));
        }
        let mut bytes = Vec::new();
        self.input.by_ref().take(packed).read_to_end(&mut bytes).map_err(Problem::Io)?;
        self.at += packed;
        if (bytes.len() as u64) < packed {
            return Err(Problem::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        match head.kind {
            2 => {
                let bytes = unpack(self.codec, bytes, unpacked)?;
                self.dictionary = Dictionary::of(bytes, self.column.kind, place(head.values)?)?;
                Ok(())
            }
            0 | 3 => self.data_page(&head, bytes, unpacked),
            // An index page.
            _ => Ok(()),
        }
    }

    fn data_page(&mut self, head: &Head, bytes: Vec<u8>, unpacked: u64) -> std::result::Result<(), Problem> {
        let most = u64::from(self.column.optional);
        let width = u64::BITS - most.leading_zeros();
        let mut from = 0;
        self.levels = None;
        if head.kind == 3 {
            let (repetition, definition) = (length(head.levels.0)?, length(head.levels.1)?);
            let levels =
                repetition.checked_add(definition).filter(|&n| n <= bytes.len() && n as u64 <= unpacked);
            let levels = levels.ok_or(Problem::Damage("a page's levels are longer than it"))?;
            if head.is_packed {
                let mut page = bytes[..levels].to_vec();
                page.extend(unpack(self.codec, bytes[levels..].to_vec(), unpacked - levels as u64)?);
                self.page = page;
            } else {
                self.page = bytes;
            }
            if most > 0 {
                self.levels = Some(Hybrid::new(width, repetition)?);
            }
            from = levels;
        } else {
            self.page = unpack(self.codec, bytes, unpacked)?;
            if most > 0 {
                if head.levels_encoding != RLE {
                    return Err(Problem::Unread(
                        "its levels are packed in a way that is not used any more".into(),
                    ));
                }
                let size = range(&self.page, 0, 4)?;
                let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize;
                range(&self.page, 4, size)?;
                self.levels = Some(Hybrid::new(width, 4)?);
                from = 4 + size;
            }
        }
        let values = place(head.values)?;
        let page = &self.page;
        let is_truth = self.column.kind == Kind::Truth;
        self.values = Some(match head.encoding {
            0 if is_truth => Values::Bits(from * 8),
            0 => Values::Plain(from),
            PLAIN_DICTIONARY | RLE_DICTIONARY => match page.get(from) {
                Some(&width) => Values::Dictionary(Hybrid::new(u32::from(width), from + 1)?),
                // A page that has only missing values.
                None => Values::Plain(from),
            },
            RLE if is_truth => Values::Runs(Hybrid::new(1, from + 4)?),
            5 if matches!(self.column.kind, Kind::Whole32 | Kind::Whole64) => {
                Values::Delta(Delta::new(page, from, values)?)
            }
            6 if self.column.kind == Kind::Bytes => {
                let lengths = Delta::new(page, from, values)?;
                let at = lengths.end(page)?;
                Values::Lengths(lengths, at)
            }
            7 if matches!(self.column.kind, Kind::Bytes | Kind::Fixed(_)) => {
                let shared = Delta::new(page, from, values)?;
                let rest = Delta::new(page, shared.end(page)?, values)?;
                let at = rest.end(page)?;
                Values::Prefixes { shared, rest, at, last: Vec::new() }
            }
            other => {
                return Err(Problem::Unread(format!(
                    "its values are in encoding {other}, which is not read"
                )));
            }
        });
        self.left_in_page = values.min(self.left);
        self.left -= self.left_in_page;
        Ok(())
    }

    /// Reads the header of the page at `self.at`, and moves to its end.
    fn head(&mut self) -> std::result::Result<Head, Problem> {
        let most = (self.end - self.at).min(LONGEST_HEAD as u64);
        // Most headers are short.
        for size in [256, 1 << 13, LONGEST_HEAD as u64] {
            self.input.seek(SeekFrom::Start(self.at)).map_err(Problem::Io)?;
            let mut bytes = Vec::new();
            self.input.by_ref().take(size.min(most)).read_to_end(&mut bytes).map_err(Problem::Io)?;
            let mut reader = Reader::new(&bytes);
            match Head::read(&mut reader) {
                Ok(head) => {
                    self.at += reader.at as u64;
                    self.input.seek(SeekFrom::Start(self.at)).map_err(Problem::Io)?;
                    return Ok(head);
                }
                Err(_) if size < most => {}
                Err(_) => break,
            }
        }
        Err(Problem::Damage("the head of a page is damaged"))
    }
}

/// The reason why a page cannot be read.
enum Problem {
    Io(io::Error),
    Damage(Damage),
    Unread(String),
}

impl From<Damage> for Problem {
    fn from(what: Damage) -> Problem {
        Problem::Damage(what)
    }
}

fn place(number: i64) -> std::result::Result<u64, Damage> {
    u64::try_from(number).map_err(|_| "a page is of a negative length")
}

/// The next value of a page.
fn value<'a>(
    kind: Kind,
    optional: u64,
    page: &'a [u8],
    dictionary: &'a Dictionary,
    levels: &mut Option<Hybrid>,
    values: &'a mut Option<Values>,
) -> std::result::Result<Cell<'a>, Damage> {
    if let Some(levels) = levels
        && levels.next(page)? != optional
    {
        return Ok(Cell::Null);
    }
    Ok(match values.as_mut().ok_or("a page without values")? {
        Values::Plain(at) if kind == Kind::Bytes => {
            let size = range(page, *at, 4)?;
            let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize;
            let bytes = range(page, *at + 4, size)?;
            *at += 4 + size;
            Cell::Bytes(bytes)
        }
        Values::Plain(at) => {
            let (cell, size) = fixed(kind, page, *at)?;
            *at += size;
            cell
        }
        Values::Bits(at) => {
            let byte = page.get(*at / 8).ok_or("a page ends in the middle of its values")?;
            let truth = byte >> (*at % 8) & 1 == 1;
            *at += 1;
            Cell::Truth(truth)
        }
        Values::Runs(runs) => Cell::Truth(runs.next(page)? == 1),
        Values::Dictionary(places) => dictionary.get(kind, places.next(page)?)?,
        Values::Delta(numbers) => Cell::Whole(match kind {
            Kind::Whole32 => i64::from(numbers.next(page)? as i32),
            _ => numbers.next(page)?,
        }),
        Values::Lengths(lengths, at) => {
            let size = length(lengths.next(page)?)?;
            let bytes = range(page, *at, size)?;
            *at += size;
            Cell::Bytes(bytes)
        }
        Values::Prefixes { shared, rest, at, last } => {
            let (shared, size) = (length(shared.next(page)?)?, length(rest.next(page)?)?);
            if shared > last.len() {
                return Err("a text shares more with the one before than that is long");
            }
            last.truncate(shared);
            last.extend_from_slice(range(page, *at, size)?);
            if last.len() > crate::data::lines::LONGEST {
                return Err("a text is too long");
            }
            if matches!(kind, Kind::Fixed(length) if length != last.len()) {
                return Err("a value that is not as long as its column says");
            }
            *at += size;
            Cell::Bytes(last)
        }
    })
}

/// The value of fixed length at byte `at`, and its length.
fn fixed(kind: Kind, bytes: &[u8], at: usize) -> std::result::Result<(Cell<'_>, usize), Damage> {
    let wide = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |all, &byte| all << 8 | u64::from(byte));
    Ok(match kind {
        Kind::Whole32 => (Cell::Whole(i64::from(wide(range(bytes, at, 4)?) as u32 as i32)), 4),
        Kind::Real32 => (Cell::Real(f64::from(f32::from_bits(wide(range(bytes, at, 4)?) as u32))), 4),
        Kind::Whole64 => (Cell::Whole(wide(range(bytes, at, 8)?) as i64), 8),
        Kind::Real64 => (Cell::Real(f64::from_bits(wide(range(bytes, at, 8)?))), 8),
        Kind::Fixed(length) => (Cell::Bytes(range(bytes, at, length)?), length),
        _ => return Err("a page of values of another kind than its column"),
    })
}

impl Dictionary {
    /// A dictionary of `count` values, which are stored one after another.
    fn of(bytes: Vec<u8>, kind: Kind, count: u64) -> std::result::Result<Dictionary, Damage> {
        let mut spans = Vec::new();
        if kind == Kind::Bytes {
            if u32::try_from(bytes.len()).is_err() {
                return Err("a dictionary is too long");
            }
            let mut at = 0;
            for _ in 0..count {
                let size = range(&bytes, at, 4)?;
                let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
                range(&bytes, at + 4, size as usize)?;
                spans.push((at as u32 + 4, size));
                at += 4 + size as usize;
            }
        }
        Ok(Dictionary { bytes, spans, count })
    }

    fn get(&self, kind: Kind, place: u64) -> std::result::Result<Cell<'_>, Damage> {
        let beyond = "a value beyond the end of the dictionary";
        if kind == Kind::Bytes {
            let &(at, size) =
                usize::try_from(place).ok().and_then(|place| self.spans.get(place)).ok_or(beyond)?;
            return Ok(Cell::Bytes(range(&self.bytes, at as usize, size as usize)?));
        }
        if place >= self.count {
            return Err(beyond);
        }
        let each = match kind {
            Kind::Whole32 | Kind::Real32 => 4,
            Kind::Fixed(length) => length,
            _ => 8,
        };
        let at = usize::try_from(place).ok().and_then(|place| place.checked_mul(each)).ok_or(beyond)?;
        Ok(fixed(kind, &self.bytes, at)?.0)
    }
}

impl Head {
    fn read(reader: &mut Reader) -> std::result::Result<Head, Damage> {
        let mut out = Head { is_packed: true, ..Head::default() };
        reader.fields(|number, kind, reader| {
            match (number, kind) {
                (1, Field::Whole) => out.kind = reader.whole()?,
                (2, Field::Whole) => out.unpacked = reader.whole()?,
                (3, Field::Whole) => out.packed = reader.whole()?,
                (5 | 7 | 8, Field::Struct) => {
                    let version = number;
                    reader.fields(|number, kind, reader| {
                        match (version, number, kind) {
                            (_, 1, Field::Whole) => out.values = reader.whole()?,
                            (5 | 7, 2, Field::Whole) | (8, 4, Field::Whole) => {
                                out.encoding = reader.whole()?
                            }
                            (5, 3, Field::Whole) => out.levels_encoding = reader.whole()?,
                            (8, 5, Field::Whole) => out.levels.1 = reader.whole()?,
                            (8, 6, Field::Whole) => out.levels.0 = reader.whole()?,
                            (8, 7, Field::False) => out.is_packed = false,
                            _ => return Ok(false),
                        }
                        Ok(true)
                    })?;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(out)
    }
}

/// The name of a page's compression.
fn codec(number: i64) -> &'static str {
    match number {
        0 => "nothing",
        1 => "Snappy",
        2 => "gzip",
        3 => "LZO",
        4 => "Brotli",
        5 | 7 => "LZ4",
        6 => "zstd",
        _ => "an unknown codec",
    }
}

/// Decompresses `bytes`, which must give `size` bytes. Memory grows with what comes out.
fn unpack(codec: i64, bytes: Vec<u8>, size: u64) -> std::result::Result<Vec<u8>, Damage> {
    let mut out = Vec::new();
    let damaged = "the compressed data of a page is damaged";
    if bytes.is_empty() && size == 0 {
        return Ok(out);
    }
    match codec {
        0 => out = bytes,
        1 => {
            // Three bytes decompress to at most 64.
            let claimed = snap::raw::decompress_len(&bytes).map_err(|_| damaged)? as u64;
            if claimed != size || size > 22 * bytes.len() as u64 + 64 {
                return Err(damaged);
            }
            out = snap::raw::Decoder::new().decompress_vec(&bytes).map_err(|_| damaged)?;
        }
        2 => {
            let input = flate2::bufread::MultiGzDecoder::new(&bytes[..]);
            input.take(size + 1).read_to_end(&mut out).map_err(|_| damaged)?;
        }
        6 => {
            let input = zstd::Decoder::with_buffer(&bytes[..]).map_err(|_| damaged)?;
            input.take(size + 1).read_to_end(&mut out).map_err(|_| damaged)?;
        }
        _ => return Err("an unknown compression"),
    }
    if out.len() as u64 != size {
        return Err(damaged);
    }
    Ok(out)
}
