//! safetensors: a tensor `vectors` `(words, dim)`, and a tensor `words` of UTF-8 bytes with one word per line.
//!
//! Python writes the same file with
//!
//! ```python
//! words = numpy.frombuffer("\n".join(words).encode(), dtype=numpy.uint8)
//! safetensors.numpy.save_file({"vectors": matrix, "words": words}, "vectors.safetensors")
//! ```
//!
//! A file with a single table of any name and without words can be read if there is a list of words beside it, one
//! word per line: for `x.safetensors`, `x.words.txt` or `vocab.txt`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use safetensors::{Dtype, SafeTensors};

use crate::data::tensors;
use crate::error::{Error, Place, Result, counted};
use crate::kernel::mapped::Mapped;

use super::super::names::Names;
use super::super::table::{Filed, VectorTable};
use super::super::{LARGE, WordVectors};
use super::rows::{self, MOST_NUMBERS};

/// The longest header in bytes; usual headers are far shorter.
const LONGEST_HEADER: u64 = 100_000_000;
/// The longest list of words beside a file, in bytes.
const LONGEST_LIST: u64 = 1 << 31;

/// Whether a file begins like safetensors: with the length of a header, and the header's first character.
pub fn looks_like_one(start: &[u8]) -> bool {
    let Some((length, rest)) = start.split_first_chunk::<8>() else { return false };
    let length = u64::from_le_bytes(*length);
    (2..=LONGEST_HEADER).contains(&length) && rest.first() == Some(&b'{')
}

/// Reads the first `limit` words of the file at `path`, whose content is `mapped`. A large table of f32 stays in the
/// file.
pub fn read(path: &Path, mapped: Mapped, limit: usize) -> Result<WordVectors> {
    let (Names { words, left_out }, dim, numbers) = contents(path, &mapped, limit)?;
    let table = match numbers {
        Numbers::At(first) => Filed::even(Arc::new(mapped), first, words.len(), dim).map(VectorTable::Filed),
        Numbers::Each(starts) => Filed::scattered(Arc::new(mapped), starts, dim).map(VectorTable::Filed),
        Numbers::Held(numbers) => {
            Array2::from_shape_vec((words.len(), dim), numbers).ok().map(VectorTable::Held)
        }
    };
    // The tensor's shape was already checked against the length of the file.
    let table = table.ok_or_else(|| Error::input(path, Place::Whole, "the table is not whole", ""))?;
    Ok(WordVectors::of_table(words, table, None)?.with_left_out(left_out))
}

/// The values of a table.
enum Numbers {
    Held(Vec<f32>),
    /// In the file, from this byte on.
    At(usize),
    /// In the file; each row begins at its own byte.
    Each(Vec<u64>),
}

/// The words, the dimension and the values in the bytes `mapped` of the file at `path`.
fn contents(path: &Path, mapped: &[u8], limit: usize) -> Result<(Names, usize, Numbers)> {
    let wrong = |place, problem: String, remedy: &str| Error::input(path, place, problem, remedy);
    let parsed = SafeTensors::deserialize(mapped)
        .map_err(|e| wrong(Place::Whole, e.to_string(), "the file is damaged, or was not copied whole"))?;
    let mut tables = parsed.iter().filter(|(_, tensor)| tensor.shape().len() == 2);
    let (name, tensor) = match (parsed.tensor("vectors"), tables.next(), tables.next()) {
        (Ok(tensor), ..) => ("vectors".to_string(), tensor),
        (Err(_), Some((name, tensor)), None) => (name.to_string(), tensor),
        (Err(_), found, _) => {
            let problem = if found.is_some() { "several tables" } else { "no table" };
            let remedy = "a tensor called \"vectors\" with a row for each word is expected";
            return Err(wrong(Place::Whole, problem.into(), remedy));
        }
    };
    let member = || Place::Member(name.clone());
    let &[rows, dim] = tensor.shape() else {
        let problem = format!("a tensor of {} dimensions", tensor.shape().len());
        return Err(wrong(member(), problem, "a row for each word is expected"));
    };
    if dim == 0 || dim as u64 > MOST_NUMBERS {
        let remedy = format!("1 to {MOST_NUMBERS} can be read");
        return Err(wrong(member(), format!("{dim} dimensions"), &remedy));
    }
    let Some((size, kind)) = tensors::number(tensor.dtype()) else {
        let problem = format!("numbers of kind {:?}", tensor.dtype());
        return Err(wrong(member(), problem, &format!("{} are expected", tensors::KINDS)));
    };
    let (list, list_path);
    let (words, words_at): (&[u8], &Path) = match parsed.tensor("words") {
        Ok(words) if words.dtype() == Dtype::U8 => (words.data(), path),
        Ok(words) => {
            let problem = format!("words of kind {:?}", words.dtype());
            return Err(wrong(Place::Member("words".into()), problem, "bytes (U8) of UTF-8, a word a line"));
        }
        Err(_) => {
            (list, list_path) = list_beside(path)?;
            (&list, &list_path)
        }
    };
    let (names, kept) = named(words, words_at == path, words_at, rows, limit)?;
    let bytes = tensor.data();
    let number = |at: usize| kind(&bytes[at * size..(at + 1) * size]);
    // Skipped rows are checked too, because a value that is not finite shows that the file is damaged.
    let looked_at = kept.last().map_or(0, |last| last + 1);
    if let Some(at) = (0..looked_at * dim).find(|&at| !number(at).is_finite()) {
        let problem = format!("vector {} holds {}", at / dim + 1, number(at));
        let problem = match kept.binary_search(&(at / dim)) {
            Ok(id) => format!("the vector of {:?} holds {}", names.words.get(id), number(at)),
            Err(_) => problem,
        };
        return Err(wrong(member(), problem, "every number must be finite"));
    }
    if kept.is_empty() {
        return Err(rows::no_vectors(path));
    }
    let first = bytes.as_ptr() as usize - mapped.as_ptr() as usize;
    let numbers = if tensor.dtype() != Dtype::F32 || kept.len() * dim < LARGE {
        Numbers::Held(kept.iter().flat_map(|row| row * dim..(row + 1) * dim).map(number).collect())
    } else if looked_at == kept.len() {
        Numbers::At(first)
    } else {
        Numbers::Each(kept.iter().map(|row| (first + row * dim * size) as u64).collect())
    };
    Ok((names, dim, numbers))
}

/// The words of `rows` rows, one per line: the first `limit` words that are kept, and the indices of their rows,
/// ascending. If `joined`, newlines are only between words.
fn named(list: &[u8], joined: bool, path: &Path, rows: usize, limit: usize) -> Result<(Names, Vec<usize>)> {
    let lines = |list: &[u8]| list.split(|&byte| byte == b'\n').count();
    // If lines are joined, an empty last line is a row without a word. In a text file the last line ends with a
    // newline.
    let list = match list.strip_suffix(b"\n") {
        Some(ended) if !(joined && lines(list) == rows) => ended,
        _ => list,
    };
    let all = lines(list);
    let (mut names, mut kept) = (Names::default(), Vec::new());
    for (n, line) in list.split(|&byte| byte == b'\n').enumerate() {
        if kept.len() == limit {
            break;
        }
        if names.take(line.strip_suffix(b"\r").unwrap_or(line)) {
            kept.push(n);
        }
    }
    if all != rows && !(rows == 0 && list.is_empty()) {
        let (words, vectors) = (counted(all, "word", "words"), counted(rows, "vector", "vectors"));
        let problem = format!("{words} for {vectors}");
        return Err(Error::input(path, Place::Whole, problem, "every word needs one vector"));
    }
    Ok((names, kept))
}

/// The list of words beside the file.
fn list_beside(path: &Path) -> Result<(Vec<u8>, PathBuf)> {
    let places = [path.with_extension("words.txt"), path.with_file_name("vocab.txt")];
    let Some(list) = places.iter().find(|place| place.is_file()) else {
        if let Some(folder) = path.parent().filter(|_| path.with_file_name("tokenizer.json").is_file()) {
            let remedy = format!(
                "static token vectors are read with their tokeniser: name the folder {}",
                folder.display()
            );
            return Err(Error::input(path, Place::Whole, "vectors without their words", remedy));
        }
        return Err(Error::input(
            path,
            Place::Whole,
            "vectors without their words",
            format!(
                "a tensor \"words\" (bytes, a word a line) or a file {} is expected",
                places[0].display()
            ),
        ));
    };
    let size = list.metadata().map_or(0, |data| data.len());
    if size > LONGEST_LIST {
        let problem = format!("a list of words of {size} bytes");
        return Err(Error::input(list, Place::Whole, problem, "a word a line is expected"));
    }
    let bytes = std::fs::read(list).map_err(|e| Error::io("read", list, e))?;
    Ok((bytes, list.clone()))
}

/// Writes vectors and words.
pub fn write(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    let (rows, dim) = vectors.table().dim();
    let numbers = 4 * rows * dim;
    let words: usize = vectors.words.iter().map(|word| word.len() + 1).sum();
    let words = words.saturating_sub(1);
    let mut header = serde_json::json!({
        "vectors": { "dtype": "F32", "shape": [rows, dim], "data_offsets": [0, numbers] },
        "words": { "dtype": "U8", "shape": [words], "data_offsets": [numbers, numbers + words] },
    })
    .to_string();
    // Padding, so that the values begin at a multiple of 8 and can be read in place.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for id in 0..rows {
        rows::write_numbers(&vectors.table().row(id), out)?;
    }
    for (n, word) in vectors.words.iter().enumerate() {
        if n > 0 {
            out.write_all(b"\n")?;
        }
        out.write_all(word.as_bytes())?;
    }
    Ok(())
}
