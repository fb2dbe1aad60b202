//! The files of a tar archive, one after another, within limits that do not depend on what the archive claims.
//!
//! Names that are too long for a header have entries of their own (GNU's `L`, PAX's `x`). The `tar` crate reads these
//! entries as a whole, and a compressed file of a few megabytes can hold gigabytes of them. Here the length of a name
//! is limited.

use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Place, Result};

use super::lines::broken;

/// The maximum length in bytes of an entry that holds the name of another entry.
const LONGEST_NAME: u64 = 1 << 16;

/// A folder or file of an archive.
pub struct Entry<'a> {
    /// Its path in the archive, with `/`.
    pub name: &'a str,
    pub is_folder: bool,
    /// Its length in bytes, as the archive claims it.
    size: u64,
    content: &'a mut dyn Read,
}

impl Entry<'_> {
    /// The content; if it is longer than `longest`, its first `longest` + 1 bytes.
    ///
    /// # Errors
    /// If it cannot be read, or ends too early.
    pub fn read(&mut self, longest: usize) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.content.take(longest as u64 + 1).read_to_end(&mut content)?;
        if content.len() <= longest && (content.len() as u64) < self.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(content)
    }
}

/// Calls `each` for every folder and file of the archive in `input`, until `each` stops the iteration.
///
/// # Errors
/// If the rest of the archive cannot be read, with the last name before the problem; and any error that `each`
/// returns.
pub fn each_entry(
    path: &Path,
    input: impl Read,
    mut each: impl FnMut(&mut Entry) -> Result<bool>,
) -> Result<()> {
    let mut archive = tar::Archive::new(input);
    let mut last = String::from("(the beginning)");
    let mut long_name: Option<Vec<u8>> = None;
    for entry in archive.entries().map_err(|e| stopped(path, &last, e))?.raw(true) {
        let mut entry = entry.map_err(|e| stopped(path, &last, e))?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            let size = entry.size();
            if size > LONGEST_NAME {
                let problem = format!("a name of {size} bytes");
                let place = Place::Member(format!("after {last}"));
                return Err(Error::input(path, place, problem, "names have 64 KiB at the most"));
            }
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|e| stopped(path, &last, e))?;
            if kind.is_gnu_longname() {
                content.truncate(content.iter().position(|&byte| byte == 0).unwrap_or(content.len()));
                long_name = Some(content);
            } else {
                let named = tar::PaxExtensions::new(&content)
                    .filter_map(|extension| extension.ok())
                    .filter(|extension| extension.key_bytes() == b"path")
                    .last();
                long_name = named.map(|extension| extension.value_bytes().to_vec()).or(long_name);
            }
            continue;
        }
        if !kind.is_dir() && !kind.is_file() {
            // The target of a long link and global PAX entries may come between a long name and its file.
            if !kind.is_gnu_longlink() && !kind.is_pax_global_extensions() {
                long_name = None;
            }
            continue;
        }
        let name = match long_name.take() {
            Some(name) => String::from_utf8_lossy(&name).into_owned(),
            None => String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
        };
        let name = name.trim_start_matches("./").trim_end_matches('/').to_string();
        // Before tar had a type for folders, a folder was a name that ends in `/`.
        let is_folder = kind.is_dir() || entry.path_bytes().ends_with(b"/");
        let size = entry.size();
        let more = each(&mut Entry { name: &name, is_folder, size, content: &mut entry })?;
        if !more {
            return Ok(());
        }
        last = name;
    }
    Ok(())
}

/// The error for an archive that cannot be read after `last`.
pub fn stopped(path: &Path, last: &str, error: io::Error) -> Error {
    // The `tar` crate reports an archive that ends early only in the error's text.
    let cut = error.to_string().contains("unexpected EOF") || error.kind() == io::ErrorKind::UnexpectedEof;
    let place = Place::Member(format!("after {last}"));
    if cut {
        Error::input(path, place, "the archive ends in the middle", "fetch it again")
    } else {
        broken(path, place, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(archive: &[u8]) -> std::result::Result<Vec<(String, usize)>, String> {
        let mut found = Vec::new();
        each_entry(Path::new("a.tar"), archive, |entry| {
            found.push((entry.name.to_string(), entry.read(100).unwrap().len()));
            Ok(true)
        })
        .map_err(|e| e.to_string())?;
        Ok(found)
    }

    fn header(kind: tar::EntryType, size: u64) -> tar::Header {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_path("short").unwrap();
        header.set_cksum();
        header
    }

    #[test]
    fn long_names_are_read_and_endless_ones_refused() {
        let long = format!("{}/a.txt", "folder".repeat(40));
        let mut gnu = tar::Builder::new(Vec::new());
        let mut plain = tar::Header::new_gnu();
        plain.set_size(3);
        plain.set_cksum();
        gnu.append_data(&mut plain, &long, &b"abc"[..]).unwrap();
        gnu.append_data(&mut plain, "next", &b"abc"[..]).unwrap();
        let found = vec![(long.clone(), 3), ("next".to_string(), 3)];
        assert_eq!(names(&gnu.into_inner().unwrap()).unwrap(), found);
        let mut pax = tar::Builder::new(Vec::new());
        pax.append_pax_extensions([("mtime", &b"1.5"[..]), ("path", long.as_bytes())]).unwrap();
        pax.append(&header(tar::EntryType::Regular, 3), &b"abc"[..]).unwrap();
        pax.append(&header(tar::EntryType::Regular, 3), &b"abc"[..]).unwrap();
        let found = vec![(long, 3), ("short".to_string(), 3)];
        assert_eq!(names(&pax.into_inner().unwrap()).unwrap(), found);
        for kind in [tar::EntryType::GNULongName, tar::EntryType::XHeader] {
            let mut bomb = tar::Builder::new(Vec::new());
            bomb.append(&header(kind, 1 << 20), io::repeat(b'a').take(1 << 20)).unwrap();
            let error = names(&bomb.into_inner().unwrap()).unwrap_err();
            assert!(error.contains("a name of 1048576 bytes"), "{error}");
        }
    }
}
