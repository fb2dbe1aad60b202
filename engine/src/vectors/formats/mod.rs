//! Files of word vectors: word2vec text, word2vec binary, GloVe text and fastText models, each of them also
//! compressed; safetensors; and folders of static token vectors.
//!
//! The content of a file determines its format. Memory grows with what is read, never with what a header claims.

mod binary;
mod decimal;
mod rows;
mod safetensors;
mod shape;
pub mod static_folder;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result};
use crate::files::encoding::Encoding;
use crate::files::{self, Meter, content};
use crate::kernel::mapped::Mapped;
use crate::text::words::Words;

use super::{LARGE, WordVectors, fasttext};
use rows::{Header, MOST_NUMBERS};

/// The number of first bytes that determine the format.
const LOOK: usize = 1 << 16;

/// Reads vectors, at most the first `limit` of them if there is a limit. Rows that repeat a word or have no word are
/// [skipped](WordVectors::left_out).
///
/// # Errors
/// If the file cannot be read, has none of the formats, ends early, or holds a value that is not finite; with the
/// line, or the byte in binary files.
pub fn read(path: &Path, limit: Option<usize>) -> Result<WordVectors> {
    read_metered(path, limit, &Arc::default())
}

/// [`read`], which reports its progress to `meter`.
///
/// # Errors
/// As for [`read`].
pub fn read_metered(path: &Path, limit: Option<usize>, meter: &Arc<Meter>) -> Result<WordVectors> {
    if path.is_dir() {
        return of_folder(path, limit);
    }
    let mut input: BufReader<Box<dyn Read + Send>> =
        BufReader::with_capacity(LOOK, files::open_metered(path, meter)?);
    let bytes = path.metadata().ok().map(|data| data.len());
    let mut start = look(&mut input, path)?;
    let limit = limit.unwrap_or(usize::MAX);
    if fasttext::looks_like_model(&start) {
        return fasttext::read(path, input, limit);
    }
    if safetensors::looks_like_one(&start) {
        let mapped = Mapped::open(path).map_err(|e| Error::io("open", path, e))?;
        let mapped = if mapped.starts_with(&start[..8]) { mapped } else { unpacked(path, &mut input)? };
        return safetensors::read(path, mapped, limit);
    }
    // A text with a byte order mark is converted to UTF-8, and the mark is removed.
    let marked = Encoding::of(&start).1 > 0;
    if marked {
        input = BufReader::with_capacity(LOOK, Box::new(files::text(path, Box::new(input))?));
        start = look(&mut input, path)?;
    }
    let (line, rest) = match start.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&start[..end], &start[end + 1..]),
        None => (&start[..], &[][..]),
    };
    if let [0x80, version @ 2..=5, ..] = start[..] {
        return Err(Error::input(
            path,
            Place::Byte(0),
            format!(
                "this is a Python pickle (protocol {version}), a program rather than a table, and is not run"
            ),
            "in Python, `model.wv.save_word2vec_format(\"vectors.bin\", binary=True)` writes what can be read",
        ));
    }
    let Some(header) = header(line) else {
        if !text::looks_like_row(line) {
            let problem = match content::known(&start) {
                Some(what) => format!("this is {what}, no file of word vectors"),
                None => "this is no file of word vectors".into(),
            };
            return Err(Error::input(
                path,
                Place::Whole,
                problem,
                "word2vec text and binary files, GloVe text files, fastText models and safetensors are read",
            ));
        }
        shape::check(path, &start, None, limit)?;
        return text::read(path, input, None, limit, bytes);
    };
    if header.dim == 0 || header.dim > MOST_NUMBERS {
        return Err(Error::input(
            path,
            Place::Line(1),
            format!("the header claims {} dimensions", header.dim),
            format!("1 to {MOST_NUMBERS} can be read"),
        ));
    }
    let line_end = rest.iter().position(|&byte| byte == b'\n');
    if header.words == 0 || rest.is_empty() || text::looks_like_row(&rest[..line_end.unwrap_or(rest.len())]) {
        shape::check(path, &start, Some(header), limit)?;
        text::read(path, input, Some(header), limit, bytes)
    } else {
        // A large table stays in its file, if the file can be mapped and its content is not compressed.
        let numbers = header.dim.saturating_mul(header.words.min(limit as u64));
        match Mapped::open(path) {
            Ok(mapped) if numbers >= LARGE as u64 && mapped.starts_with(&start) => {
                binary::find(path, mapped, header, limit, meter)
            }
            _ => binary::read(path, input, header, limit),
        }
    }
}

/// Reads a folder of static token vectors.
fn of_folder(path: &Path, limit: Option<usize>) -> Result<WordVectors> {
    if static_folder::looks_like_one(path) || path.join("pytorch_model.bin").is_file() {
        return static_folder::read(path, limit.unwrap_or(usize::MAX));
    }
    let remedy = "name a file of word vectors, or a folder that model2vec or StaticEmbedding wrote";
    Err(Error::input(
        path,
        Place::Whole,
        "this folder has no tokenizer.json and no model.safetensors",
        remedy,
    ))
}

/// A format in which vectors can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// word2vec text.
    Text,
    /// word2vec binary.
    Binary,
    /// safetensors: a matrix of vectors, and the words in a second tensor.
    Safetensors,
    /// A fastText model.
    Model,
}

impl Format {
    /// The format for the name of a file: safetensors, word2vec binary, or else text.
    pub fn of_name(path: &Path) -> Format {
        match has_binary_name(path) {
            _ if has_safetensors_name(path) => Format::Safetensors,
            true => Format::Binary,
            false => Format::Text,
        }
    }

    /// Whether reading gives `word` again after it was written in this format.
    pub fn holds(self, word: &str) -> bool {
        !word.is_empty()
            && match self {
                Format::Text => text::holds(word),
                Format::Binary => !word.contains([' ', '\n']),
                Format::Safetensors => !word.contains('\n') && !word.ends_with('\r'),
                Format::Model => !word.contains('\0'),
            }
    }

    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Binary => "word2vec binary",
            Format::Safetensors => "safetensors",
            Format::Model => "a fastText model",
        }
    }

    /// The rows whose words this format cannot hold.
    pub fn unfit(self, words: &Words) -> Vec<usize> {
        (0..words.len()).filter(|&row| !self.holds(words.get(row))).collect()
    }
}

/// Some of the words that a format cannot hold, and their number.
pub fn shown(words: &Words, rows: &[usize]) -> String {
    const SHOWN: usize = 3;
    let some: Vec<String> = rows.iter().take(SHOWN).map(|&row| format!("{:?}", words.get(row))).collect();
    let more = if rows.len() > SHOWN { " …" } else { "" };
    let count = if rows.len() == 1 { "1 word".to_string() } else { format!("{} words", rows.len()) };
    format!("{count} ({}{more})", some.join(", "))
}

/// Writes the whole file or nothing: word2vec binary if the name ends in `.bin`, safetensors if it ends in
/// `.safetensors`, otherwise word2vec text; compressed if `.gz` follows.
///
/// # Errors
/// If writing fails, or the format cannot hold a word; the message names a format that can.
pub fn save(vectors: &WordVectors, path: &Path) -> Result<()> {
    save_as(vectors, path, Format::of_name(path))
}

/// [`save`] in this format, whatever the name is.
///
/// # Errors
/// As for [`save`] and [`fasttext::Model::save`].
pub fn save_as(vectors: &WordVectors, path: &Path, format: Format) -> Result<()> {
    let unfit = format.unfit(&vectors.words);
    if !unfit.is_empty() {
        let all = [Format::Text, Format::Safetensors, Format::Model];
        let others = all.into_iter().filter(|other| other.unfit(&vectors.words).is_empty());
        let others: Vec<&str> = others.map(Format::name).collect();
        let remedy = match &others[..] {
            [] => "no format holds all of them".to_string(),
            others => format!("{} can", others.join(" and ")),
        };
        let problem = format!(
            "{} cannot hold {}, so {} was not written",
            format.name(),
            shown(&vectors.words, &unfit),
            path.display()
        );
        return Err(Error::request(problem, remedy));
    }
    match format {
        Format::Text => files::save_packed(path, |out| text::write(vectors, out)),
        Format::Binary => files::save_packed(path, |out| binary::write(vectors, out)),
        Format::Safetensors => files::save(path, |out| safetensors::write(vectors, out)),
        Format::Model => fasttext::Model::of_vectors(vectors, path)?.save(path),
    }
}

/// Whether a file's name ends in `.safetensors`.
pub fn has_safetensors_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("safetensors"))
}

/// Whether a file's name ends in `.bin`, or `.bin.gz`.
pub fn has_binary_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with(".bin")
}

/// The content of a compressed file, in a mapped temporary file without a name.
fn unpacked(path: &Path, input: &mut impl Read) -> Result<Mapped> {
    let mut unpack = || {
        let mut file = tempfile::tempfile()?;
        io::copy(input, &mut file)?;
        Mapped::of(&file)
    };
    unpack().map_err(|e| Error::io("unpack", path, e))
}

/// Parses a line of two integers and nothing else.
fn header(line: &[u8]) -> Option<Header> {
    let line = std::str::from_utf8(line).ok()?;
    let mut fields = line.split_ascii_whitespace().map(|field| field.parse().ok());
    let header = Header { words: fields.next()??, dim: fields.next()?? };
    fields.next().is_none().then_some(header)
}

/// The first bytes of `input`; they are not consumed.
fn look(input: &mut BufReader<impl Read>, path: &Path) -> Result<Vec<u8>> {
    // One read from a decompressor or a pipe may give few bytes. The first buffer is enough to determine the format.
    input.fill_buf().map(<[u8]>::to_vec).map_err(|e| Error::io("read", path, e))
}
