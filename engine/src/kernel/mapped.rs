//! Memory-mapped files. The system reads a page when it is first used, and may drop it again.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// The content of a file. If another program shortens the file while it is mapped, reading the missing part ends this
/// program (SIGBUS). If another program overwrites the file, the content changes.
#[derive(Debug)]
pub struct Mapped(memmap2::Mmap);

impl Mapped {
    /// Maps the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be opened or cannot be mapped; a pipe, for example, cannot.
    pub fn open(path: &Path) -> io::Result<Mapped> {
        Mapped::of(&File::open(path)?)
    }

    /// Maps an open file.
    ///
    /// # Errors
    /// If the file cannot be mapped.
    pub fn of(file: &File) -> io::Result<Mapped> {
        // SAFETY: the bytes are only read, and any bytes are valid. The user has to make sure that the file does not
        // change while it is mapped, as with every program that maps files; see the type's documentation.
        unsafe { memmap2::Mmap::map(file) }.map(Mapped)
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Little-endian bytes as floats, without a copy. `None` on big-endian machines, or if the address or the length is
/// not a multiple of 4.
pub fn as_floats(bytes: &[u8]) -> Option<&[f32]> {
    // SAFETY: any four bytes are a float.
    let (before, floats, after) = unsafe { bytes.align_to::<f32>() };
    (cfg!(target_endian = "little") && before.is_empty() && after.is_empty()).then_some(floats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_seen_only_where_they_are_whole_and_aligned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("floats");
        let bytes: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mapped = Mapped::open(&path).unwrap();
        assert_eq!(&*mapped, bytes);
        if cfg!(target_endian = "little") {
            assert_eq!(as_floats(&mapped), Some(&[1.5, -2.0][..]));
        }
        assert_eq!(as_floats(&mapped[1..5]), None);
        assert_eq!(as_floats(&mapped[..6]), None);
        assert!(Mapped::open(folder.path()).is_err());
    }
}
