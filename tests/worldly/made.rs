//! Files that are described rather than kept: odd bytes, packed texts, archives, models.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use serde::Deserialize;

use crate::models::{self, Image, Numbers};

/// How a file is made.
#[derive(Deserialize)]
pub enum Made {
    /// As it is written here.
    Text(String),
    /// Bytes in hexadecimal, with spaces between them as one likes.
    Bytes(String),
    /// A text in UTF-8 behind a byte order mark.
    Marked(String),
    /// A text in Windows-1252.
    Windows1252(String),
    Utf16le(String),
    Utf16be(String),
    Utf32le(String),
    Utf32be(String),
    /// One behind the other.
    Join(Vec<Made>),
    /// So many times.
    Repeat(Box<Made>, usize),
    /// Lines, in each of which `{n}` is its number from 0.
    Numbered(String, usize),
    /// Only the first so many bytes.
    Cut(Box<Made>, usize),
    Gzip(Box<Made>),
    Zstd(Box<Made>),
    Bzip2(Box<Made>),
    Xz(Box<Made>),
    Zip(Vec<(String, Made)>),
    Tar(Vec<(String, Made)>),
    /// A link to this.
    Link(String),
    /// A named pipe.
    Pipe,
    /// A folder without anything in it.
    Folder,
    /// An image of this kind, so many pixels wide and high.
    Image(Image, u32),
    /// word2vec binary: words with their numbers.
    Word2vec(Vec<(String, Vec<f32>)>),
    /// A supervised fastText model of the word `good` and the labels `no` and `yes`; it leans to `yes`.
    Supervised,
    /// Weights of a small network for images of 4 × 4 pixels and the classes a, b, c: what stands before all names, their kind
    /// of numbers, and whether the last layer is there.
    Weights {
        prefix: String,
        numbers: Numbers,
        head: bool,
    },
    /// One of the Parquet files that the reader's own tests have.
    Parquet(String),
}

impl Made {
    /// What the file holds.
    ///
    /// # Errors
    /// When the description is none.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        let units = |text: &str, of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect();
        let wide = |text: &str, of: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| of(c as u32)).collect();
        Ok(match self {
            Made::Text(text) => text.clone().into_bytes(),
            Made::Bytes(hex) => bytes(hex)?,
            Made::Marked(text) => format!("\u{feff}{text}").into_bytes(),
            Made::Windows1252(text) => match encoding_rs::WINDOWS_1252.encode(text) {
                (bytes, _, false) => bytes.into_owned(),
                _ => return Err(format!("Windows-1252 cannot hold {text:?}")),
            },
            Made::Utf16le(text) => units(text, u16::to_le_bytes),
            Made::Utf16be(text) => units(text, u16::to_be_bytes),
            Made::Utf32le(text) => wide(text, u32::to_le_bytes),
            Made::Utf32be(text) => wide(text, u32::to_be_bytes),
            Made::Join(parts) => parts.iter().map(Made::bytes).collect::<Result<Vec<_>, _>>()?.concat(),
            Made::Repeat(part, times) => part.bytes()?.repeat(*times),
            Made::Numbered(line, count) => {
                (0..*count).flat_map(|n| line.replace("{n}", &n.to_string()).into_bytes()).collect()
            }
            Made::Cut(whole, length) => {
                let whole = whole.bytes()?;
                whole.get(..*length).ok_or("a file is cut behind its end")?.to_vec()
            }
            Made::Gzip(content) => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                out.write_all(&content.bytes()?).unwrap();
                out.finish().unwrap()
            }
            Made::Zstd(content) => zstd::encode_all(&content.bytes()?[..], 1).unwrap(),
            Made::Bzip2(content) => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                out.write_all(&content.bytes()?).unwrap();
                out.finish().unwrap()
            }
            Made::Xz(content) => {
                let options = lzma_rust2::XzOptions::with_preset(0);
                let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
                out.write_all(&content.bytes()?).unwrap();
                out.finish().unwrap()
            }
            Made::Zip(files) => {
                let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
                for (name, made) in files {
                    out.start_file(&name[..], zip::write::SimpleFileOptions::default()).unwrap();
                    out.write_all(&made.bytes()?).unwrap();
                }
                out.finish().unwrap().into_inner()
            }
            Made::Tar(files) => {
                let mut out = tar::Builder::new(Vec::new());
                for (name, made) in files {
                    let (mut header, content) = (tar::Header::new_ustar(), made.bytes()?);
                    header.set_size(content.len() as u64);
                    header.set_mode(0o644);
                    out.append_data(&mut header, name, &content[..]).unwrap();
                }
                out.into_inner().unwrap()
            }
            Made::Link(_) | Made::Pipe | Made::Folder => Vec::new(),
            Made::Image(kind, side) => models::image(*kind, *side),
            Made::Word2vec(words) => models::word2vec(words),
            Made::Supervised => models::supervised(),
            Made::Weights { prefix, numbers, head } => models::weights(prefix, *numbers, *head),
            Made::Parquet(name) => {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/src/data/parquet/examples");
                fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"))?
            }
        })
    }

    /// Makes it at `path`.
    pub fn write(&self, path: &Path) {
        match self {
            Made::Link(to) => std::os::unix::fs::symlink(to, path).unwrap(),
            Made::Pipe => {
                assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
            }
            Made::Folder => fs::create_dir_all(path).unwrap(),
            made => fs::write(path, made.bytes().unwrap()).unwrap(),
        }
    }
}

fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let wrong = || format!("{hex:?} is no hex of whole bytes");
    if !digits.len().is_multiple_of(2) {
        return Err(wrong());
    }
    let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(wrong)).collect()
}
