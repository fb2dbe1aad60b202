//! An open Parquet file and its rows.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Place, Result};
use crate::files;

use super::cell::Cell;
use super::chunk::Chunk;
use super::footer::{Column, Footer};

/// The first and the last bytes of a file.
pub const MAGIC: [u8; 4] = *b"PAR1";

/// The maximum length of the footer, in bytes.
const LONGEST_FOOTER: u64 = 8 << 20;

/// The decompressed data may be this many times as long as the file, plus this many bytes.
const EXPANSION: (u64, u64) = (100, 64 << 20);

/// The memory of a row in addition to its bytes.
const ROW: u64 = 64;

/// Whether the file at `path` begins like Parquet.
///
/// # Errors
/// If it cannot be opened.
pub fn is_parquet(path: &Path) -> Result<bool> {
    let mut start = [0; 4];
    Ok(files::regular(path)?.read_exact(&mut start).is_ok() && start == MAGIC)
}

/// An open Parquet file.
#[derive(Debug)]
pub struct ParquetTable {
    pub(super) path: PathBuf,
    footer: Footer,
    length: u64,
}

impl ParquetTable {
    /// Opens the file at `path` and reads its footer.
    ///
    /// # Errors
    /// If it cannot be read, or is not a supported Parquet file.
    pub fn open(path: &Path) -> Result<ParquetTable> {
        let damaged = |problem: String| Error::input(path, Place::Whole, problem, "fetch it again");
        let mut file = files::regular(path)?;
        let length = file.metadata().map_err(|e| Error::io("read", path, e))?.len();
        let mut tail = [0; 8];
        if length < 12 {
            return Err(damaged("the Parquet file ends in its head".into()));
        }
        let io = |e| Error::io("read", path, e);
        file.seek(SeekFrom::Start(length - 8)).map_err(io)?;
        file.read_exact(&mut tail).map_err(io)?;
        if &tail[4..] == b"PARE" {
            let problem = "the Parquet file is encrypted".to_string();
            return Err(Error::input(path, Place::Whole, problem, "save it without encryption"));
        }
        if tail[4..] != MAGIC {
            return Err(damaged("the Parquet file does not end as one: it was cut short".into()));
        }
        let size = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        if size > length - 12 || size > LONGEST_FOOTER {
            return Err(damaged(format!("its footer claims {size} bytes of a file of {length}")));
        }
        file.seek(SeekFrom::Start(length - 8 - size)).map_err(io)?;
        let mut bytes = vec![0; size as usize];
        file.read_exact(&mut bytes).map_err(io)?;
        let footer =
            Footer::read(&bytes).map_err(|what| damaged(format!("its footer is damaged: {what}")))?;
        Ok(ParquetTable { path: path.to_path_buf(), footer, length })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.footer.columns
    }

    /// The class names of an integer column, if the file has Hugging Face's metadata on them.
    pub fn classes(&self, column: &str) -> Option<&[String]> {
        self.footer.classes.iter().find(|(name, _)| name == column).map(|(_, names)| &names[..])
    }

    /// The number of rows that the footer claims.
    pub fn rows(&self) -> u64 {
        self.footer.groups.iter().fold(0, |all, group| all.saturating_add(group.rows))
    }

    /// Calls `each` for every row with its number (from 1) and its fields in the columns with the indices `wanted`.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or decompresses to far more than its length; and any error of `each`.
    pub fn each(&self, wanted: &[usize], mut each: impl FnMut(u64, &[Cell]) -> Result<()>) -> Result<()> {
        let (mut row, mut taken) = (0, 0_u64);
        // All columns are read from one handle, because a wide table has more columns than a process may open files.
        let file = Arc::new(File::open(&self.path).map_err(|e| Error::io("open", &self.path, e))?);
        let most = self.length.saturating_mul(EXPANSION.0).saturating_add(EXPANSION.1);
        for group in &self.footer.groups {
            let mut chunks = Vec::new();
            for &column in wanted {
                let Some(found) = group.chunks.get(column) else {
                    let problem = "a group of rows lacks a column";
                    return Err(Error::input(&self.path, Place::Whole, problem, "fetch it again"));
                };
                chunks.push(Chunk::open((&self.path, &file), &self.footer.columns[column], found)?);
            }
            for _ in 0..group.rows {
                row += 1;
                let mut cells = Vec::with_capacity(chunks.len());
                for chunk in &mut chunks {
                    cells.push(chunk.next()?);
                }
                let bytes = |cell: &Cell| if let Cell::Bytes(bytes) = cell { bytes.len() as u64 } else { 0 };
                taken += ROW + cells.iter().map(bytes).sum::<u64>();
                if taken > most {
                    let problem = format!("it unpacks to more than {} times its size", EXPANSION.0);
                    return Err(Error::input(&self.path, Place::Whole, problem, "is this the right file?"));
                }
                each(row, &cells)?;
            }
        }
        Ok(())
    }
}
