//! Reads files with decompression, and saves them so that a kill leaves either the old file or the new one.
//!
//! [`open`] returns the bytes of a file. [`open_text`] returns UTF-8 text without a byte order mark. Both accept
//! regular files only: a device has no end, and a pipe may never deliver data. [`hold`] locks a file.

pub mod content;
pub mod encoding;
mod held;
mod kind;
mod meter;
pub mod unpack;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Place, Result};

use encoding::Encoding;

pub use held::{Held, Hold, hold};
pub use kind::{irregular, regular};
pub use meter::Meter;

/// A reader that counts its bytes.
struct Metered<R> {
    input: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.meter.advance(got as u64);
        Ok(got)
    }
}

/// Opens a file for reading. A file that starts as gzip, zstd, bzip2 or xz, or as a zip archive with one file, is
/// decompressed while it is read, whatever its name is. Several gzip members are read as one text.
///
/// # Errors
/// When the file is not a regular file, cannot be opened, or its first bytes cannot be read.
pub fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    open_metered(path, &Arc::default())
}

/// Like [`open`], and `meter` counts the bytes that were read.
///
/// # Errors
/// As [`open`].
pub fn open_metered(path: &Path, meter: &Arc<Meter>) -> Result<Box<dyn Read + Send>> {
    let file = regular(path)?;
    if let Ok(data) = file.metadata().as_ref().map(fs::Metadata::len) {
        meter.expect(data);
    }
    let input = Metered { input: file, meter: meter.clone() };
    unpack::unpacked(path, BufReader::with_capacity(1 << 16, input), meter)
}

/// The whole content of a small file, without decompression.
///
/// # Errors
/// When the file is not a regular file, cannot be read, or has more than `longest` bytes.
pub fn read(path: &Path, longest: usize) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = regular(path)?.take(longest as u64 + 1).read_to_end(&mut content);
    read.map_err(|e| Error::io("read", path, e))?;
    if content.len() > longest {
        let problem = match longest >> 20 {
            0 => format!("more than {longest} bytes"),
            millions => format!("more than {millions} MiB"),
        };
        return Err(Error::input(path, Place::Whole, problem, "name a smaller file"));
    }
    Ok(content)
}

/// A reader of UTF-8 text without a byte order mark.
pub struct Text {
    input: Box<dyn Read + Send>,
    /// The encoding of the file.
    pub encoding: Encoding,
}

impl Text {
    /// A note for the user about the encoding of the file, if it is not UTF-8.
    pub fn remark(&self) -> Option<String> {
        self.encoding.told().map(|name| format!("this is {name}, and was read as such"))
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

/// Opens a text file. Decompresses it as [`open`] does, converts UTF-16 and UTF-32 to UTF-8, and removes the byte
/// order mark. Bytes that are not valid UTF-8 are passed on unchanged.
///
/// # Errors
/// As [`open`], and when the file is an image, an archive or other binary data.
pub fn open_text(path: &Path) -> Result<Text> {
    text(path, open(path)?)
}

/// Reads `input`, the decompressed content of the file at `path`, as text.
///
/// # Errors
/// When the content is an image, an archive or other binary data.
pub fn text(path: &Path, mut input: Box<dyn Read + Send>) -> Result<Text> {
    let mut start = Vec::new();
    // An error after the first bytes is returned later, when the reader reaches that place.
    let failed = input.by_ref().take(WINDOW).read_to_end(&mut start).err();
    let (encoding, mark) = Encoding::of(&start);
    let seen: Cow<[u8]> = match encoding {
        Encoding::Utf8 => Cow::Borrowed(&start[mark..]),
        _ => encoding::in_utf8(&start),
    };
    // A known binary format with many zeros may look like UTF-16, so the raw bytes are checked too.
    if let Some(what) = content::known(&start).map(String::from).or_else(|| content::binary(&seen)) {
        let remedy = "name a text file; .gz, .zst, .bz2, .xz and a .zip with one file are unpacked";
        return Err(Error::input(path, Place::Whole, format!("this is {what}, not a text"), remedy));
    }
    let mut start = Cursor::new(start);
    start.set_position(mark as u64);
    let input: Box<dyn Read + Send> = match failed {
        Some(error) => Box::new(start.chain(Failed(Some(error)))),
        None => Box::new(start.chain(input)),
    };
    let input = match encoding {
        Encoding::Utf8 => input,
        _ => Box::new(encoding::Transcoded::new(input, encoding)),
    };
    Ok(Text { input, encoding })
}

/// The number of first bytes that decide what a file is.
const WINDOW: u64 = 1 << 16;

/// A reader that fails once, then ends.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Writes a file completely or not at all: writes it beside its target, syncs it, then renames it to the target.
///
/// # Errors
/// When one of these steps fails. The target is then unchanged, and no file is left beside it.
pub fn save(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let beside = beside(path);
    let attempt = || -> io::Result<()> {
        let mut file = io::BufWriter::with_capacity(1 << 16, File::create(&beside)?);
        write(&mut file)?;
        let file = file.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    attempt().map_err(|source| {
        // The incomplete file must not stay. It may not exist, so an error here is ignored.
        let _ = fs::remove_file(&beside);
        Error::io("write", path, source)
    })?;
    sync_folder(path);
    Ok(())
}

/// Like [`save`]; compresses with gzip if the name ends in `.gz`.
///
/// # Errors
/// As [`save`].
pub fn save_packed(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    save(path, |out| {
        if !gzip {
            return write(out);
        }
        let mut out = flate2::write::GzEncoder::new(out, flate2::Compression::default());
        write(&mut out)?;
        out.finish().map(drop)
    })
}

/// Syncs the folder of `path`, so that the new name survives a loss of power. Does nothing if the system cannot do
/// that.
pub fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    {
        // Not every file system can sync a folder. The content of the file is synced already.
        let _ = folder.sync_all();
    }
}

/// The temporary name of a file before it is renamed to `path`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_whole_and_a_failure_leaves_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        save(&path, |out| out.write_all(b"one")).unwrap();
        let failed = save(&path, |out| {
            out.write_all(b"tw")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.unwrap_err().to_string().contains("disk full"));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn compression_is_undone_whatever_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let text = b"some text\n".repeat(1000);
        let read = |path: &Path| {
            let mut bytes = Vec::new();
            open(path).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let mut twice = gzip.finish().unwrap();
        twice.extend_from_within(..);
        for (packed, times) in [
            (text.clone(), 1),
            (twice, 2),
            (zstd::encode_all(&text[..], 1).unwrap(), 1),
            (bzip2_of(&text), 1),
            ([bzip2_of(&text), bzip2_of(&text)].concat(), 2),
            (xz_of(&text, 6), 1),
            ([xz_of(&text, 6), xz_of(&text, 9)].concat(), 2),
            (zip_of(&[("a.txt", &text)]), 1),
            (zip_of(&[("folder/", b""), ("folder/a.txt", &text), ("__MACOSX/._a.txt", b"x")]), 1),
            (zip_of(&[("a.txt.xz", &xz_of(&text, 1))]), 1),
        ] {
            fs::write(&path, packed).unwrap();
            assert!(read(&path) == text.repeat(times));
        }
    }

    fn bzip2_of(text: &[u8]) -> Vec<u8> {
        let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    fn xz_of(text: &[u8], level: u32) -> Vec<u8> {
        let options = lzma_rust2::XzOptions::with_preset(level);
        let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in files {
            let options = zip::write::SimpleFileOptions::default();
            if name.ends_with('/') {
                out.add_directory(*name, options).unwrap();
                continue;
            }
            let method = zip::CompressionMethod::Deflated;
            out.start_file(*name, options.compression_method(method)).unwrap();
            out.write_all(content).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    #[test]
    fn a_text_is_utf8_without_a_mark_however_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let text = "Größe und Länge, 😀\r\nund so weiter\n".repeat(9_000);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf32: Vec<u8> = text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect();
        let marked = |mark: &[u8], text: &[u8]| [mark, text].concat();
        for (content, name) in [
            (text.clone().into_bytes(), None),
            (marked(b"\xef\xbb\xbf", text.as_bytes()), None),
            (marked(b"\xff\xfe", &utf16), Some("UTF-16 (little-endian)")),
            (xz_of(&utf16, 1), Some("UTF-16 (little-endian)")),
            (marked(b"\0\0\xfe\xff", &utf32), Some("UTF-32 (big-endian)")),
            (utf32.clone(), Some("UTF-32 (big-endian)")),
        ] {
            fs::write(&path, content).unwrap();
            let mut input = open_text(&path).unwrap();
            assert_eq!(input.encoding.told(), name);
            let mut read = String::new();
            input.read_to_string(&mut read).unwrap();
            assert!(read == text, "{name:?}");
        }
    }

    #[test]
    fn what_is_no_text_and_what_is_no_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let text = b"some words\n".repeat(400);
        for (content, expected) in [
            (b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "this is a PNG image, not a text"),
            (bzip2_of(&bzip2_of(&text)), "this is bzip2 data, not a text"),
            (zip_of(&[("a.txt", &text), ("b.txt", &text)]), "holds 2 files (a.txt, b.txt)"),
            (zip_of(&[("[Content_Types].xml", b"x"), ("word/document.xml", b"x")]), "a Word document"),
            (zip_of(&[]), "holds no file"),
            (b"PK\x03\x04 and no archive".to_vec(), "the archive is damaged"),
            (b"one\0two\0".to_vec(), "binary data (2 of its first 8 bytes are zeros)"),
        ] {
            fs::write(&path, content).unwrap();
            let error = open_text(&path).err().unwrap().to_string();
            assert!(error.contains(expected), "{expected}: {error}");
        }
        let error = open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("this is a folder; name a file"), "{error}");
        #[cfg(unix)]
        {
            let error = open(Path::new("/dev/zero")).err().unwrap().to_string();
            assert!(error.contains("/dev/zero: this is a device, not a file"), "{error}");
            let socket = folder.path().join("socket");
            let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            assert!(open(&socket).err().unwrap().to_string().contains("this is a socket"));
        }
    }

    #[test]
    fn every_cut_and_change_of_a_packed_file_is_an_error_or_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let text: Vec<u8> = (0..400).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let read = |content: &[u8]| -> Option<Vec<u8>> {
            fs::write(&path, content).unwrap();
            let mut out = Vec::new();
            open(&path).ok()?.read_to_end(&mut out).ok()?;
            Some(out)
        };
        for packed in [bzip2_of(&text), xz_of(&text, 6), zip_of(&[("a", &text)])] {
            for cut in 12..packed.len() {
                assert!(read(&packed[..cut]).is_none(), "{cut} of {} bytes were enough", packed.len());
            }
            for at in 8..packed.len() {
                let mut changed = packed.clone();
                changed[at] ^= 0x55;
                // A change to a name or a date in a zip archive leaves the text unchanged.
                assert!(read(&changed).is_none_or(|read| read == text), "byte {at} of {}", packed.len());
            }
        }
    }

    #[test]
    fn a_small_file_that_becomes_an_enormous_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.zst");
        fs::write(&path, zstd::encode_all(io::repeat(b'a').take(80 << 20), 1).unwrap()).unwrap();
        let error = io::copy(&mut open(&path).unwrap(), &mut io::sink()).unwrap_err().to_string();
        assert!(error.contains("over 100 times its size"), "{error}");
        fs::write(&path, zstd::encode_all(io::repeat(b'a').take(60 << 20), 1).unwrap()).unwrap();
        assert_eq!(io::copy(&mut open(&path).unwrap(), &mut io::sink()).unwrap(), 60 << 20);
    }
}
