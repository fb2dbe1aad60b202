//! The values of a table while they are read. A small table stays in memory. A large one is written to a temporary
//! file without a name, of which the system keeps only the used parts in memory.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::kernel::mapped::Mapped;

use super::table::{Filed, VectorTable};

/// The number of values per write to the file: 4 MB.
const BLOCK: usize = 1 << 20;

/// The number of values that are converted to bytes at a time; they fit in the processor's cache.
const PIECE: usize = 1 << 16;

/// The maximum number of values in memory before the file is created: 32 MB.
const HELD: usize = 1 << 23;

/// The values, row after row, in the order in which they are read.
#[derive(Debug, Default)]
pub struct Numbers {
    /// The values that are not in the file. New values are appended here.
    pub tail: Vec<f32>,
    /// The maximum number of values in memory before the file is created.
    most: usize,
    file: Option<File>,
    /// The number of values in the file.
    filed: usize,
    /// Whether the disk had no room for a file.
    refused: bool,
}

impl Numbers {
    /// An empty collection.
    pub fn new() -> Numbers {
        Numbers::holding(HELD)
    }

    /// An empty collection that keeps up to about `most` values in memory.
    fn holding(most: usize) -> Numbers {
        Numbers { most, ..Numbers::default() }
    }

    /// Reserves memory for `count` values.
    pub fn reserve(&mut self, count: usize) {
        self.tail.reserve(count.min(self.most.saturating_add(BLOCK)));
    }

    /// Moves values to the file if there are too many for memory. If the disk has no room, all values stay in memory.
    ///
    /// # Errors
    /// If written values cannot be read back.
    pub fn settle(&mut self) -> Result<()> {
        let most = if self.file.is_some() { BLOCK } else { self.most };
        let few = self.tail.len() < most.max(1) || self.refused;
        if few { Ok(()) } else { self.put_away().map_err(no_room) }
    }

    fn put_away(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = tempfile::tempfile().ok();
        }
        let Some(file) = &mut self.file else {
            self.refused = true;
            return Ok(());
        };
        let mut bytes = vec![0; 4 * PIECE.min(self.tail.len())];
        let put = self.tail.chunks(PIECE).try_for_each(|numbers| {
            let (room, _) = bytes.as_chunks_mut::<4>();
            room.iter_mut().zip(numbers).for_each(|(to, number)| *to = number.to_le_bytes());
            file.write_all(&bytes[..4 * numbers.len()])
        });
        if put.is_ok() {
            self.filed += self.tail.len();
            // Frees the memory that was used before the file was created.
            self.tail = Vec::with_capacity(2 * BLOCK);
            return Ok(());
        }
        self.refused = true;
        file.rewind()?;
        let mut bytes = Vec::new();
        file.take(4 * self.filed as u64).read_to_end(&mut bytes)?;
        let mut all: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect();
        all.append(&mut self.tail);
        (self.tail, self.file, self.filed) = (all, None, 0);
        Ok(())
    }

    /// The table of all values.
    ///
    /// # Errors
    /// If there are not `rows * dim` values, or the file cannot be mapped.
    pub fn finish(self, rows: usize, dim: usize) -> Result<VectorTable> {
        self.into_table(rows, dim).map_err(no_room)
    }

    fn into_table(mut self, rows: usize, dim: usize) -> io::Result<VectorTable> {
        let wrong = || io::Error::other(format!("not the numbers of {rows} rows of {dim}"));
        if self.file.is_some() && !self.tail.is_empty() {
            self.put_away()?;
        }
        match self.file {
            None => {
                Array2::from_shape_vec((rows, dim), self.tail).map(VectorTable::Held).map_err(|_| wrong())
            }
            Some(file) if rows.checked_mul(dim) == Some(self.filed) => {
                let mapped = Arc::new(Mapped::of(&file)?);
                Filed::even(mapped, 0, rows, dim).map(VectorTable::Filed).ok_or_else(wrong)
            }
            Some(_) => Err(wrong()),
        }
    }
}

fn no_room(error: io::Error) -> Error {
    Error::io("keep vectors in a temporary file in", std::env::temp_dir(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_what_the_table_has_however_little_is_held() {
        for most in [1, 10, usize::MAX] {
            let mut numbers = Numbers::holding(most);
            numbers.reserve(30);
            for row in 0..10 {
                numbers.tail.extend((0..3).map(|k| (3 * row + k) as f32));
                numbers.settle().unwrap();
            }
            let table = numbers.finish(10, 3).unwrap();
            assert_eq!(matches!(table, VectorTable::Filed(_)), most < 30);
            assert_eq!(table.view().dim(), (10, 3));
            for row in 0..10 {
                assert_eq!(*table.view().row(row), [0, 1, 2].map(|k| (3 * row + k) as f32));
            }
        }
        assert!(Numbers::holding(9).finish(1, 1).is_err());
    }

    #[test]
    fn what_cannot_be_written_is_read_back() {
        let mut numbers = Numbers::holding(2);
        numbers.tail.extend([1.0, 2.0]);
        numbers.settle().unwrap();
        // A file that can only be read simulates a full disk.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("full");
        std::fs::write(&path, [1.0_f32, 2.0].map(f32::to_le_bytes).concat()).unwrap();
        numbers.file = Some(File::open(&path).unwrap());
        numbers.tail.extend([3.0, 4.0]);
        numbers.put_away().unwrap();
        numbers.tail.extend([5.0, 6.0]);
        numbers.settle().unwrap();
        let table = numbers.finish(2, 3).unwrap();
        assert!(matches!(table, VectorTable::Held(_)));
        assert_eq!(*table.view().row(1), [4.0, 5.0, 6.0]);
    }
}
