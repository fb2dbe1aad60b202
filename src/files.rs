//! Files: opened with their compression undone, and saved so that a kill leaves the old or the new.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// How much of a file was read, for those who wait for it.
#[derive(Debug, Default)]
pub struct Meter {
    done: AtomicU64,
    of: AtomicU64,
}

impl Meter {
    /// So many bytes are to be read.
    pub fn expect(&self, bytes: u64) {
        self.of.store(bytes, Ordering::Relaxed);
    }

    /// Byte `at` was reached.
    pub fn reached(&self, at: u64) {
        self.done.store(at, Ordering::Relaxed);
    }

    /// The share that was read, if it is known how much there is.
    pub fn share(&self) -> Option<f64> {
        let of = self.of.load(Ordering::Relaxed);
        (of > 0).then(|| self.done.load(Ordering::Relaxed) as f64 / of as f64)
    }
}

/// A reader whose bytes are counted.
struct Metered<R> {
    input: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.meter.done.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

/// Opens a file for reading. What starts as gzip or zstd is decompressed as it is read, whatever the
/// file is called. Several gzip members count as one text.
///
/// # Errors
/// When the file cannot be opened or its first bytes cannot be read.
pub fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    open_metered(path, &Arc::default())
}

/// [`open`], telling `meter` how much was read.
///
/// # Errors
/// As [`open`].
pub fn open_metered(path: &Path, meter: &Arc<Meter>) -> Result<Box<dyn Read + Send>> {
    if path.is_dir() {
        return Err(Error::input(path, crate::error::Place::Whole, "this is a folder", "name a file"));
    }
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    if let Ok(data) = file.metadata().as_ref().map(fs::Metadata::len) {
        meter.expect(data);
    }
    let input = Metered { input: file, meter: meter.clone() };
    decompressed(BufReader::with_capacity(1 << 16, input)).map_err(|e| Error::io("read", path, e))
}

/// `input` with its gzip or zstd compression undone, if it has one.
pub fn decompressed(mut input: impl io::BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let start = input.fill_buf()?;
    let (gzip, zstd) = (start.starts_with(&[0x1f, 0x8b]), start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    Ok(if gzip {
        Box::new(flate2::bufread::MultiGzDecoder::new(input))
    } else if zstd {
        Box::new(zstd::Decoder::with_buffer(input)?)
    } else {
        Box::new(input)
    })
}

/// Writes a file whole or not at all: beside its target, synced, then renamed onto it.
///
/// # Errors
/// When any of this fails; the target is then as it was, and nothing is left beside it.
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
        // Whatever went wrong, the half-written file must not stay; there may be none.
        let _ = fs::remove_file(&beside);
        Error::io("write", path, source)
    })?;
    sync_folder(path);
    Ok(())
}

/// [`save`], compressed if the name ends in `.gz`.
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

/// Makes a rename last through a loss of power, where the system can do that.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    {
        // Not every file system can sync a folder; the content itself is synced already.
        let _ = folder.sync_all();
    }
}

/// The name that a file is written under before it is renamed.
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
        for (packed, times) in [(text.clone(), 1), (twice, 2), (zstd::encode_all(&text[..], 1).unwrap(), 1)] {
            fs::write(&path, packed).unwrap();
            assert!(read(&path) == text.repeat(times));
        }
    }
}
