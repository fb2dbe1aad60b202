//! The format of a labelled file, from its name if possible, otherwise from its beginning.
//!
//! The tests in order (extensions of compression, such as `.gz` and `.xz`, are ignored):
//!
//! 1. a folder, or an archive (tar, or zip with more than one file): a folder a class; Parquet by its first bytes;
//! 2. named `.csv`; `.tsv` or `.tab`; `.jsonl`, `.ndjson` or `.json`: that;
//! 3. begins with `{`, or with `[` and `{`: JSON;
//! 4. half of the lines or more have a word that begins with `__label__`: fastText;
//! 5. the first line, cut at its tabs, commas, semicolons or bars, holds the names of a text and of a label
//!    column: TSV or CSV with a header; begins with a quoted field and a comma or semicolon: CSV;
//! 6. every line of the first 64 KiB begins like `DESC:manner `: TREC;
//! 7. every line has equally many tabs: TSV without a header;
//! 8. otherwise, a label, white space, and the text on every line.

use std::io::Read;
use std::path::Path;

use crate::error::{Error, Place, Result};
use crate::files;
use crate::files::unpack::bare_name;

use super::lines::{broken, decode};
use super::parquet;
use super::table::Columns;
use super::walk::is_archive;

/// The formats of labelled text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180), with or without a header.
    Csv,
    /// Tab-separated values, one record a line.
    Tsv,
    /// JSON objects, one per line or over several lines, or in an array.
    Json,
    /// Columns, in pages.
    Parquet,
    /// `__label__x text`.
    FastText,
    /// `COARSE:fine text`.
    Trec,
    /// `label text`.
    LabelText,
    /// A folder, a tar or a zip archive with one folder per class.
    Tree,
}

/// The number of first bytes that are examined.
const HEAD: u64 = 64 << 10;

/// The first 64 KiB of the file at `path`, decompressed, cut after the last complete line; and whether that is the
/// whole file.
///
/// # Errors
/// If the file cannot be read, is empty, or holds no text.
pub fn head(path: &Path) -> Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let read = files::open_text(path)?.take(HEAD).read_to_end(&mut bytes);
    if bytes.is_empty() {
        read.map_err(|e| broken(path, Place::Whole, e))?;
        return Err(Error::input(path, Place::Whole, "the file is empty", "name a file with labelled text"));
    }
    let whole = read.is_ok() && (bytes.len() as u64) < HEAD;
    if !whole && let Some(end) = bytes.iter().rposition(|&b| b == b'\n') {
        bytes.truncate(end + 1);
    }
    Ok((bytes, whole))
}

/// The format of the file or folder at `path`.
///
/// # Errors
/// If it cannot be opened, is empty, or has a known but unsupported format.
pub fn detect(path: &Path, columns: &Columns) -> Result<Format> {
    if path.is_dir() {
        return Ok(Format::Tree);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = bare_name(&name);
    if is_archive(path)? {
        return Ok(Format::Tree);
    }
    if parquet::is_parquet(path)? {
        return Ok(Format::Parquet);
    }
    let (bytes, _) = head(path)?;
    for (ending, format) in [
        (".csv", Format::Csv),
        (".tsv", Format::Tsv),
        (".tab", Format::Tsv),
        (".jsonl", Format::Json),
        (".ndjson", Format::Json),
        (".json", Format::Json),
    ] {
        if name.ends_with(ending) {
            return Ok(format);
        }
    }
    Ok(by_content(&decode(&bytes).0, columns))
}

/// The format of a text that begins with `head` (complete lines).
fn by_content(head: &str, columns: &Columns) -> Format {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.clone().next() else { return Format::LabelText };
    let start = head.trim_start();
    if start.starts_with('{')
        || start.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'))
    {
        return Format::Json;
    }
    let has_label = |line: &&str| line.split_whitespace().any(|word| word.starts_with("__label__"));
    if 2 * lines.clone().filter(has_label).count() >= lines.clone().count() {
        return Format::FastText;
    }
    for (separator, format) in
        [('\t', Format::Tsv), (',', Format::Csv), (';', Format::Csv), ('|', Format::Csv)]
    {
        let cells: Vec<&str> = first.split(separator).map(|cell| cell.trim().trim_matches('"')).collect();
        if cells.len() > 1 && columns.find(&cells).is_some() {
            return format;
        }
    }
    if first.starts_with('"') && (first.contains("\",") || first.contains("\";")) {
        return Format::Csv;
    }
    if lines.clone().all(|line| trec_label(line).is_some()) {
        return Format::Trec;
    }
    let tabs = |line: &str| line.matches('\t').count();
    let each = tabs(first);
    if each > 0 && lines.all(|line| tabs(line) == each) {
        return Format::Tsv;
    }
    Format::LabelText
}

/// The coarse class of a line that begins with `COARSE:fine` and a space, as TREC's do.
pub fn trec_label(line: &str) -> Option<&str> {
    let (label, _) = line.split_once([' ', '\t'])?;
    let (coarse, fine) = label.split_once(':')?;
    let is_name =
        |name: &str, allowed: fn(&char) -> bool| !name.is_empty() && name.chars().all(|c| allowed(&c));
    (is_name(coarse, |c| c.is_ascii_uppercase() || *c == '_')
        && is_name(fine, |c| c.is_ascii_alphanumeric() || *c == '_'))
    .then_some(coarse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_format() {
        for (text, format) in [
            ("{\"text\": \"a\"}\n", Format::Json),
            ("__label__x some text\n", Format::FastText),
            ("so annoying __label__2\nfine __label__1\n", Format::FastText),
            ("[\n {\"text\": \"a\"}]", Format::Json),
            ("id;Review;Sentiment\n1;fine;pos\n", Format::Csv),
            ("Review|Sentiment\nfine|pos\n", Format::Csv),
            ("fine day\tpos\nbad day\tneg\n", Format::Tsv),
            ("1\tfine day\n0 bad day\n", Format::LabelText),
            ("sentence\tlabel\nfine\t1\n", Format::Tsv),
            ("id,Review,Sentiment\n1,fine,pos\n", Format::Csv),
            ("\"3\",\"a title\",\"a text\"\n", Format::Csv),
            ("DESC:manner How so ?\nNUM:date When ?\n", Format::Trec),
            ("1 fine , really\n0 not so\n", Format::LabelText),
            ("http://x.org is one\nhttp://y.org another\n", Format::LabelText),
        ] {
            assert_eq!(by_content(text, &Columns::default()), format, "{text}");
        }
    }

    #[test]
    fn what_is_not_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        for (bytes, expected) in [
            (&b""[..], "the file is empty"),
            (b"abc\0def", "this is binary data"),
            (b"%PDF-1.5", "a PDF document"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = detect(&path, &Columns::default()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
