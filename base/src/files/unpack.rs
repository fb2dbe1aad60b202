//! Decompresses gzip, zstd, bzip2, xz, and zip archives with one file.
//!
//! The first bytes of a file decide its compression, never its name. Memory use stays small, whatever a header
//! claims. A file that decompresses to more than 64 MiB and more than a hundred times its size is refused as a
//! decompression bomb.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result};

use super::kind::regular;
use super::meter::Meter;

/// The most memory for the dictionary of an xz file, in KiB. `xz -9` needs 64 MiB.
const XZ_MEMORY: u32 = 100 << 10;
/// The most decompressed bytes of a file, and the most as a multiple of its compressed size. The larger of the two
/// limits applies.
const HARMLESS: (u64, u64) = (64 << 20, 100);

/// The compression of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// None.
    Plain,
    /// gzip (`.gz`).
    Gzip,
    /// Zstandard (`.zst`).
    Zstd,
    /// bzip2 (`.bz2`).
    Bzip2,
    /// xz (`.xz`).
    Xz,
    /// A zip archive.
    Zip,
}

impl Packing {
    /// The compression of a file that begins with `start`.
    pub fn of(start: &[u8]) -> Packing {
        match start {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            // The digit is the block size. Then the magic number of a block, or of the end of the stream, follows.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Packing::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Packing::Xz,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
            _ => Packing::Plain,
        }
    }
}

/// `name` without an ending for compression.
pub fn bare_name(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let end = [".gz", ".zst", ".bz2", ".xz", ".zip"].iter().find(|end| lower.ends_with(*end));
    end.map_or(name, |end| &name[..name.len() - end.len()])
}

/// Decompresses `input`, the content of the file at `path`, while it is read. `meter` counts the compressed bytes
/// that were read.
pub(super) fn unpacked(
    path: &Path,
    mut input: impl BufRead + Send + 'static,
    meter: &Arc<Meter>,
) -> Result<Box<dyn Read + Send>> {
    let failed = |e| Error::io("read", path, e);
    let out: Box<dyn Read + Send> = match Packing::of(input.fill_buf().map_err(failed)?) {
        Packing::Plain => return Ok(Box::new(input)),
        Packing::Zip => {
            let member = only_member(path)?;
            let inner = BufReader::with_capacity(1 << 16, member);
            // The one file may be compressed itself, as in a.csv.gz.zip. A zip archive within it is not opened; the
            // caller refuses it by its content.
            one_stream(inner).map_err(failed)?
        }
        _ => one_stream(input).map_err(failed)?,
    };
    Ok(Box::new(Watched { input: out, read: 0, meter: meter.clone() }))
}

/// Decompresses `input`, which is one compressed stream.
fn one_stream(mut input: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    Ok(match Packing::of(input.fill_buf()?) {
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Packing::Zstd => Box::new(zstd::Decoder::with_buffer(input)?),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY)),
        Packing::Plain | Packing::Zip => Box::new(input),
    })
}

/// The most decompressed bytes that a file of `packed` bytes may have.
pub fn most(packed: u64) -> u64 {
    HARMLESS.0.max(packed.saturating_mul(HARMLESS.1))
}

/// The error for a file that exceeds [`most`].
pub fn too_much(unpacked: u64) -> io::Error {
    let told = format!(
        "it unpacks to more than {} MB, over {} times its size; unpack it first if it is what you want",
        unpacked / 1_000_000,
        HARMLESS.1
    );
    io::Error::new(io::ErrorKind::FileTooLarge, told)
}

/// A reader that stops when a small file decompresses to an enormous one.
struct Watched<R> {
    input: R,
    read: u64,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.read += got as u64;
        if self.read > most(self.meter.expected()) {
            return Err(too_much(self.read));
        }
        Ok(got)
    }
}

/// Whether a file in an archive was put there by the operating system, not by the user.
pub fn is_of_the_system(name: &str) -> bool {
    name.split('/').any(|piece| piece.starts_with('.') || piece == "__MACOSX")
}

/// The index and the name of each file in the zip archive at `path`, without files of the operating system.
///
/// # Errors
/// When the archive is damaged.
pub fn zip_files(path: &Path) -> Result<Vec<(usize, String)>> {
    let archive = archive(path)?;
    let mut files = Vec::new();
    for at in 0..archive.len() {
        match archive.name_for_index(at) {
            Some(Ok(name)) if !name.ends_with(['/', '\\']) && !is_of_the_system(&name) => {
                files.push((at, name.into_owned()));
            }
            Some(Err(error)) => return Err(damaged(path, &error)),
            _ => {}
        }
    }
    Ok(files)
}

fn archive(path: &Path) -> Result<zip::ZipArchive<BufReader<File>>> {
    zip::ZipArchive::new(BufReader::new(regular(path)?)).map_err(|e| damaged(path, &e))
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::input(path, Place::Whole, format!("the archive is damaged ({error})"), "fetch it again")
}

/// The content of the only file in the zip archive at `path`.
fn only_member(path: &Path) -> Result<Box<dyn Read + Send>> {
    let files = zip_files(path)?;
    let refuse = |problem: String, remedy: &str| Err(Error::input(path, Place::Whole, problem, remedy));
    let (at, name) = match &files[..] {
        [(at, name)] => (*at, name),
        [] => return refuse("the zip archive holds no file".into(), "name one that does"),
        [(_, first), (_, second), ..] => {
            refuse_documents(path, &files)?;
            let more = if files.len() > 2 { ", …" } else { "" };
            let problem = format!("the zip archive holds {} files ({first}, {second}{more})", files.len());
            return refuse(problem, "unpack it and name the one to read");
        }
    };
    let mut archive = archive(path)?;
    let member = archive.by_index_raw(at).map_err(|e| damaged(path, &e))?;
    if member.encrypted() {
        return refuse(format!("{name} in it is encrypted"), "unpack it first");
    }
    let (start, length) = (member.data_start(), member.compressed_size());
    let (method, sum) = (member.compression(), member.crc32());
    drop(member);
    let Some(start) = start else { return Err(damaged(path, &"a file without a place")) };
    let mut file = regular(path)?;
    file.seek(SeekFrom::Start(start)).map_err(|e| Error::io("read", path, e))?;
    let packed = BufReader::with_capacity(1 << 16, file).take(length);
    let input: Box<dyn Read + Send> = match method {
        zip::CompressionMethod::Stored => Box::new(packed),
        zip::CompressionMethod::Deflated => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        other => return refuse(format!("{name} in it is packed as {other}"), "unpack it first"),
    };
    Ok(Box::new(Summed { input, sum: flate2::Crc::new(), expected: sum }))
}

/// Refuses a zip archive that its user does not see as an archive, such as a Word document. `files` lists its
/// content.
///
/// # Errors
/// When `files` are those of a known document format. The message names the format and says what to do.
pub fn refuse_documents(path: &Path, files: &[(usize, String)]) -> Result<()> {
    office(files).map_or(Ok(()), |(what, remedy)| {
        Err(Error::input(path, Place::Whole, format!("this is {what}"), remedy))
    })
}

/// The document format of a zip archive, and what the user can do with it. `None` for an ordinary archive.
fn office(files: &[(usize, String)]) -> Option<(&'static str, &'static str)> {
    let has = |wanted: &str| files.iter().any(|(_, name)| name.starts_with(wanted) || name.ends_with(wanted));
    let text = "save it as plain text";
    // A class folder of an archive of labelled files may have such a name too, so both files are required.
    let of_office = |folder: &str| has("[Content_Types].xml") && has(folder);
    match () {
        () if of_office("word/") => Some(("a Word document", text)),
        () if of_office("xl/") => Some(("an Excel workbook", "save it as CSV")),
        () if of_office("ppt/") => Some(("a PowerPoint presentation", text)),
        () if has("META-INF/container.xml") => Some(("an EPUB book", text)),
        () if has("content.xml") && has("mimetype") => {
            Some(("an OpenDocument file", "save it as plain text or CSV"))
        }
        () if has("/data.pkl") => Some(("a PyTorch file", "save its tensors as safetensors")),
        () if files.iter().all(|(_, name)| name.ends_with(".npy")) && !files.is_empty() => {
            Some(("a NumPy archive", text))
        }
        () => None,
    }
}

/// A reader that compares the checksum of what was read with the expected one at the end.
struct Summed<R> {
    input: R,
    sum: flate2::Crc,
    expected: u32,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.sum.update(&buffer[..got]);
        if got == 0 && !buffer.is_empty() && self.sum.sum() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum does not fit"));
        }
        Ok(got)
    }
}
