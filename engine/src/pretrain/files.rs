//! A corpus in files: plain text, compressed or not, and reviews in the layout of aclImdb.
//!
//! No file or line is held in memory as a whole: text is passed on in pieces of `PIECE` bytes, which end at white
//! space. Bytes that are not UTF-8 are read as Windows-1252, and a remark reports them.

use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::data::lines::{LONGEST, broken, too_long};
use crate::data::{archive, column, parquet, walk};
use crate::error::{Error, Place, Result};
use crate::files::{self, content, encoding};

use super::corpus::Corpus;

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

const NAME_THE_COLUMN: &str =
    "name it: --text COLUMN, or in a recipe corpus: Table(file: \"…\", column: \"…\")";

/// One or more text files, one after another.
///
/// Each line is a document. In a folder, a `.tar` or a compressed `.tar`, each `.txt` file below `train/pos`,
/// `train/neg` and `train/unsup` is one document. Nothing else is read, in particular no test text.
pub struct Files {
    paths: Vec<PathBuf>,
    /// For each file its encoding, as found in the last complete reading.
    written: Mutex<Vec<Written>>,
    /// The files that look like a table. Their text is read as plain text.
    tables: Vec<String>,
}

/// The encoding of a text.
#[derive(Debug, Clone, Default)]
struct Written {
    /// The number of bytes that were not UTF-8.
    foreign: u64,
    remark: Option<String>,
}

type Sink<'a> = &'a mut dyn FnMut(&str) -> ControlFlow<()>;

impl Files {
    /// A corpus of the files at `paths`.
    ///
    /// # Errors
    /// If there is no path, or a file cannot be opened or is not text.
    pub fn new(paths: Vec<PathBuf>) -> Result<Self> {
        if paths.is_empty() {
            return Err(Error::request("a corpus of no files", "name a text file"));
        }
        let mut tables = Vec::new();
        for path in &paths {
            if path.is_dir() {
                reviews_below(path)?;
            } else if walk::is_archive(path)? {
                files::open(path)?;
            } else if parquet::is_parquet(path)? {
                let problem = "a Parquet file, of which one column is learned from";
                return Err(Error::input(path, Place::Whole, problem, NAME_THE_COLUMN));
            } else {
                files::open_text(path)?;
                tables.extend(column::looks_like_table(path)?.map(|columns| {
                    format!(
                        "{} looks like a table {columns}, and all of it is read as text; to learn from one column, {NAME_THE_COLUMN}",
                        path.display()
                    )
                }));
            }
        }
        let written = Mutex::new(vec![Written::default(); paths.len()]);
        Ok(Files { paths, written, tables })
    }
}

impl Corpus for Files {
    fn read(&self, sink: Sink) -> Result<()> {
        for (number, path) in self.paths.iter().enumerate() {
            let mut written = Written::default();
            let flow = if path.is_dir() {
                read_folder(path, sink, &mut written)?
            } else if walk::is_archive(path)? {
                read_archive(path, sink, &mut written)?
            } else {
                read_file(path, sink, &mut written)?
            };
            if flow.is_break() {
                return Ok(());
            }
            // If the lock is poisoned, only a remark may be missing.
            if let Ok(mut all) = self.written.lock() {
                all[number] = written;
            }
        }
        Ok(())
    }

    fn name(&self) -> String {
        let first = self.paths.first().map_or(String::new(), |path| path.display().to_string());
        match self.paths.len() {
            0 | 1 => first,
            more => format!("{first} with {} more", more - 1),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let Ok(written) = self.written.lock() else { return Vec::new() };
        let mut remarks = self.tables.clone();
        for (path, Written { foreign, remark }) in self.paths.iter().zip(written.iter()) {
            let name = path.display();
            remarks.extend(remark.iter().map(|remark| format!("{name}: {remark}")));
            match foreign {
                0 => {}
                1 => remarks.push(format!("{name}: 1 byte is not UTF-8 and was read as Windows-1252")),
                n => remarks.push(format!("{name}: {n} bytes are not UTF-8 and were read as Windows-1252")),
            }
        }
        remarks
    }
}

fn read_file(path: &Path, sink: Sink, written: &mut Written) -> Result<ControlFlow<()>> {
    let text = files::open_text(path)?;
    written.remark = text.remark();
    let flow = read_text(path, text, sink, &mut written.foreign, false)?;
    Ok(if flow.is_continue() { sink("\n") } else { flow })
}

/// Whether a member of an archive or a file of a folder is a text of the training set.
fn is_review(path: &Path) -> bool {
    let mut parts = path.components().rev().map(|part| part.as_os_str().to_string_lossy());
    parts.next().is_some_and(|name| name.ends_with(".txt") && !name.starts_with('.'))
        && parts.next().is_some_and(|class| ["pos", "neg", "unsup"].contains(&&*class))
        && parts.next().is_some_and(|part| part == "train")
}

fn no_reviews(path: &Path) -> Error {
    Error::input(
        path,
        Place::Whole,
        "no .txt file below train/pos, train/neg or train/unsup",
        "name text files, or a folder or archive in the layout of aclImdb",
    )
}

fn read_archive(path: &Path, sink: Sink, written: &mut Written) -> Result<ControlFlow<()>> {
    let mut found = false;
    let mut flow = ControlFlow::Continue(());
    archive::each_entry(path, files::open(path)?, |entry| {
        if entry.is_folder || !is_review(Path::new(entry.name)) {
            return Ok(true);
        }
        found = true;
        let content = entry.read(LONGEST).map_err(|e| archive::stopped(path, entry.name, e))?;
        if content.len() > LONGEST {
            return Err(too_long(path, Place::Member(entry.name.into())));
        }
        let no_text = content::known(&content).map(String::from);
        let text = encoding::in_utf8(&content);
        if let Some(what) = no_text.or_else(|| content::binary(&text[..text.len().min(PIECE)])) {
            let place = Place::Member(entry.name.into());
            return Err(Error::input(path, place, format!("this is {what}, not a text"), "take it away"));
        }
        flow = read_text(path, &text[..], sink, &mut written.foreign, true)?;
        if flow.is_continue() {
            flow = sink("\n");
        }
        Ok(flow.is_continue())
    })?;
    if found { Ok(flow) } else { Err(no_reviews(path)) }
}

/// The texts of the training set below `folder`, ordered by path.
fn reviews_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed = |e| Error::io("read", &folder, e);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Symbolic links are not followed: they may form a circle.
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(entry.path());
            } else if is_review(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    if found.is_empty() {
        return Err(no_reviews(folder));
    }
    found.sort_unstable();
    Ok(found)
}

fn read_folder(folder: &Path, sink: Sink, written: &mut Written) -> Result<ControlFlow<()>> {
    for path in reviews_below(folder)? {
        let flow = read_text(&path, files::open_text(&path)?, sink, &mut written.foreign, true)?;
        if flow.is_break() || sink("\n").is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Passes the text of `input` on in pieces. If `one`, the text is a single document, and its newlines become spaces.
fn read_text(
    path: &Path,
    mut input: impl Read,
    sink: Sink,
    foreign: &mut u64,
    one: bool,
) -> Result<ControlFlow<()>> {
    let mut buffer = vec![0; PIECE];
    let mut decoded = String::new();
    let mut filled = 0;
    loop {
        let got = match input.read(&mut buffer[filled..]) {
            Ok(got) => got,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(broken(path, Place::Whole, e)),
        };
        let end = got == 0;
        filled += got;
        if !end && filled < PIECE {
            continue;
        }
        let cut = if end { filled } else { place_to_cut(&buffer[..filled]) };
        if one {
            buffer[..cut].iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        }
        let flow = match std::str::from_utf8(&buffer[..cut]) {
            Ok("") => ControlFlow::Continue(()),
            Ok(text) => sink(text),
            Err(_) => {
                *foreign += decode(&buffer[..cut], &mut decoded);
                sink(&decoded)
            }
        };
        if end || flow.is_break() {
            return Ok(flow);
        }
        buffer.copy_within(cut..filled, 0);
        filled -= cut;
    }
}

/// The end of the longest prefix of `bytes` that does not cut a word, a character or a `<br />`.
fn place_to_cut(bytes: &[u8]) -> usize {
    let space = |end: &usize| {
        let (before, at) = (&bytes[..*end], bytes[*end]);
        at.is_ascii_whitespace() && !(before.len() >= 3 && before[*end - 3..].eq_ignore_ascii_case(b"<br"))
    };
    // A cut at 0 would make no progress.
    (1..bytes.len()).rev().find(space).unwrap_or_else(|| {
        // A "word" as long as the buffer is cut between two characters.
        let last = (1..bytes.len()).rev().take(4).find(|&at| bytes[at] & 0xc0 != 0x80);
        last.unwrap_or(bytes.len())
    })
}

/// Decodes UTF-8; other bytes are decoded as Windows-1252. Returns the number of those other bytes.
fn decode(bytes: &[u8], text: &mut String) -> u64 {
    text.clear();
    let mut foreign = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        foreign += chunk.invalid().len() as u64;
        text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    foreign
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::text_transfer::Tokens;
    use crate::text::tokenise::tokens;
    use std::io::Write;

    fn all(corpus: &Files) -> (String, usize) {
        let (mut text, mut longest) = (String::new(), 0);
        corpus
            .read(&mut |piece| {
                text.push_str(piece);
                longest = longest.max(piece.len());
                ControlFlow::Continue(())
            })
            .unwrap();
        (text, longest)
    }

    #[test]
    fn one_endless_line_comes_in_pieces_that_cut_no_word() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("line.txt.gz");
        let text: String = (0..60_000).map(|n| format!("wörd{n}<br />ca{n}n't ")).collect();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        fs::write(&path, packed.finish().unwrap()).unwrap();
        let corpus = Files::new(vec![path]).unwrap();
        let mut found = Vec::new();
        corpus
            .read(&mut |piece| {
                assert!(piece.len() <= PIECE);
                found.extend(tokens(Tokens::Words, piece));
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(found == tokens(Tokens::Words, &text));
    }

    #[test]
    fn a_text_without_white_space_is_cut_at_characters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let text = "数据".repeat(40_000);
        fs::write(&path, &text).unwrap();
        let corpus = Files::new(vec![path]).unwrap();
        assert!(all(&corpus).0 == text + "\n");
        assert!(corpus.remarks().is_empty());
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_windows_1252_and_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, b"caf\xe9 \x93na\xc3\xafve\x94\n").unwrap();
        let corpus = Files::new(vec![path]).unwrap();
        assert_eq!(all(&corpus).0, "café “naïve”\n\n");
        assert!(corpus.remarks()[0].contains("3 bytes are not UTF-8"), "{:?}", corpus.remarks());
    }

    #[test]
    fn reviews_come_from_the_training_part_only_folder_or_archive() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("aclImdb");
        let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), Default::default()));
        for (name, text) in [
            ("README", "no"),
            ("test/pos/0_9.txt", "never"),
            ("train/neg/0_1.txt", "bad\nfilm"),
            ("train/pos/0_9.txt", "good film"),
            ("train/unsup/0_0.txt", "a film"),
            ("train/urls_pos.txt", "no"),
        ] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            archive.append_data(&mut header, format!("aclImdb/{name}"), text.as_bytes()).unwrap();
        }
        let packed = folder.path().join("reviews.tar.gz");
        fs::write(&packed, archive.into_inner().unwrap().finish().unwrap()).unwrap();
        let expected = "bad film\ngood film\na film\n";
        assert_eq!(all(&Files::new(vec![root.clone()]).unwrap()).0, expected);
        assert_eq!(all(&Files::new(vec![packed]).unwrap()).0, expected);
        let error = Files::new(vec![root.join("test")]).err().unwrap().to_string();
        assert!(error.contains("train/pos"), "{error}");
    }
}
