//! The files of a folder, a tar archive (compressed or not) or a zip archive, one after another, read in place.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::files::unpack::{self, Packing, bare_name, zip_files};

use super::archive;
use super::lines::broken;
use super::strays::Kind;

/// An item of a walk. Names are paths in the folder or archive, with `/`.
pub enum Item<'a> {
    /// A folder.
    Folder(&'a str),
    /// A file and its content. The content is empty if it was not wanted, and `longest` + 1 bytes if the file is too
    /// long.
    File(&'a str, io::Result<Vec<u8>>),
    /// Something that is skipped, and the reason.
    LeftOut(&'a str, Kind),
}

/// Whether the file at `path` is an archive to walk through: a tar, compressed or not, or a zip. A zip with exactly one
/// file is not an archive here: it counts as that file in compressed form.
///
/// # Errors
/// If it cannot be read.
pub fn is_archive(path: &Path) -> Result<bool> {
    if is_zip(path)? {
        let files = zip_files(path)?;
        unpack::refuse_documents(path, &files)?;
        return Ok(files.len() != 1);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if [".tar", ".tgz", ".tbz2", ".txz"].iter().any(|end| bare_name(&name).ends_with(end)) {
        return Ok(true);
    }
    let mut start = Vec::new();
    files::open(path)?.take(512).read_to_end(&mut start).map_err(|e| broken(path, Place::Whole, e))?;
    Ok(start.get(257..262) == Some(b"ustar"))
}

/// Whether the file at `path` is a zip archive.
///
/// # Errors
/// If it cannot be read.
pub fn is_zip(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let read = files::regular(path)?.take(8).read_to_end(&mut start);
    read.map_err(|e| Error::io("read", path, e))?;
    Ok(Packing::of(&start) == Packing::Zip)
}

/// The place of the file `name` in `path`, a folder or an archive.
pub fn place(path: &Path, name: &str) -> (PathBuf, Place) {
    if path.is_dir() {
        (path.join(name), Place::Whole)
    } else {
        (path.to_path_buf(), Place::Member(name.into()))
    }
}

/// The error for a file that could not be read in a walk through `path`.
pub fn unread(path: &Path, name: &str, error: io::Error) -> Error {
    let (file, place) = place(path, name);
    broken(&file, place, error)
}

/// Calls `each` for every folder and file. Files that are `wanted` come with their content, of up to `longest` bytes.
///
/// # Errors
/// If the folder or archive cannot be read to its end; and any error of `each`.
pub fn walk(
    path: &Path,
    longest: usize,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(Item) -> Result<()>,
) -> Result<()> {
    if path.is_dir() {
        let root = fs::canonicalize(path).map_err(|e| Error::io("read", path, e))?;
        let mut way = vec![root];
        return Folder { root: path, longest, wanted: &wanted }.walk("", &mut way, &mut each);
    }
    if is_zip(path)? {
        return walk_zip(path, longest, &wanted, &mut each);
    }
    walk_tar(path, longest, &wanted, &mut each)
}

fn walk_tar(
    path: &Path,
    longest: usize,
    wanted: &impl Fn(&str) -> bool,
    each: &mut impl FnMut(Item) -> Result<()>,
) -> Result<()> {
    archive::each_entry(path, files::open(path)?, |entry| {
        if entry.is_folder {
            each(Item::Folder(entry.name))?;
            return Ok(true);
        }
        let content = if wanted(entry.name) { entry.read(longest) } else { Ok(Vec::new()) };
        let content = content.map_err(|e| archive::stopped(path, entry.name, e))?;
        each(Item::File(entry.name, Ok(content)))?;
        Ok(true)
    })
}

fn walk_zip(
    path: &Path,
    longest: usize,
    wanted: &impl Fn(&str) -> bool,
    each: &mut impl FnMut(Item) -> Result<()>,
) -> Result<()> {
    let damaged = |place: Place, error: &dyn std::fmt::Display| {
        Error::input(path, place, format!("the archive is damaged ({error})"), "fetch it again")
    };
    let mut archive =
        zip::ZipArchive::new(BufReader::new(files::regular(path)?)).map_err(|e| damaged(Place::Whole, &e))?;
    let size = path.metadata().map_err(|e| Error::io("read", path, e))?.len();
    let (most, mut unpacked) = (unpack::most(size), 0);
    for at in 0..archive.len() {
        let place = || Place::Member(format!("entry {}", at + 1));
        let name = match archive.name_for_index(at) {
            Some(Ok(name)) => name.replace('\\', "/"),
            Some(Err(error)) => return Err(damaged(place(), &error)),
            None => continue,
        };
        let name = name.trim_start_matches("./");
        if let Some(folder) = name.strip_suffix('/') {
            each(Item::Folder(folder))?;
            continue;
        }
        let mut read = || -> io::Result<Vec<u8>> {
            let mut content = Vec::new();
            if wanted(name) {
                let entry = archive.by_index(at).map_err(io::Error::other)?;
                let left = (most - unpacked).min(longest as u64);
                unpacked += entry.take(left + 1).read_to_end(&mut content)? as u64;
            }
            Ok(content)
        };
        let content = read();
        if unpacked > most {
            return Err(Error::io("read", path, unpack::too_much(unpacked)));
        }
        each(Item::File(name, content))?;
    }
    Ok(())
}

/// The maximum depth to which folders are followed.
const DEEPEST: usize = 12;

/// A folder that is being walked through.
struct Folder<'w, W> {
    root: &'w Path,
    longest: usize,
    wanted: &'w W,
}

impl<W: Fn(&str) -> bool> Folder<'_, W> {
    /// Walks through the folder `inside` the root; `way` holds the canonical paths of the folders from the root to
    /// it.
    fn walk(
        &self,
        inside: &str,
        way: &mut Vec<PathBuf>,
        each: &mut impl FnMut(Item) -> Result<()>,
    ) -> Result<()> {
        let folder = self.root.join(inside);
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|e| Error::io("read", &folder, e))? {
            names.push(entry.map_err(|e| Error::io("read", &folder, e))?.file_name());
        }
        names.sort_unstable();
        for name in names {
            // A name that is not UTF-8 cannot be opened by its text, so the original name is used.
            let text = name.to_string_lossy();
            let inner = if inside.is_empty() { text.into_owned() } else { format!("{inside}/{text}") };
            let place = folder.join(&name);
            let is_link = place.is_symlink();
            let kind = match fs::metadata(&place) {
                Ok(data) => data.file_type(),
                Err(_) if is_link => {
                    each(Item::LeftOut(&inner, Kind::Nowhere))?;
                    continue;
                }
                Err(error) => return Err(Error::io("read", &place, error)),
            };
            if kind.is_dir() {
                let here = fs::canonicalize(&place).map_err(|e| Error::io("read", &place, e))?;
                // A link to the root, to a folder above it, or to a folder on the way would form a circle.
                let leads_upwards = way.iter().any(|before| before.starts_with(&here));
                if leads_upwards || way.len() > DEEPEST {
                    each(Item::LeftOut(&inner, if leads_upwards { Kind::Upwards } else { Kind::Deep }))?;
                    continue;
                }
                each(Item::Folder(&inner))?;
                way.push(here);
                self.walk(&inner, way, each)?;
                way.pop();
                continue;
            }
            if files::irregular(kind).is_some() {
                each(Item::LeftOut(&inner, Kind::NoFile))?;
                continue;
            }
            let read = || -> io::Result<Vec<u8>> {
                let mut content = Vec::new();
                if (self.wanted)(&inner) {
                    File::open(&place)?.take(self.longest as u64 + 1).read_to_end(&mut content)?;
                }
                Ok(content)
            };
            each(Item::File(&inner, read()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// The items of a walk, with the contents of all files whose name ends in `.txt`.
    fn met(path: &Path) -> Vec<(String, Option<Vec<u8>>)> {
        let mut out = Vec::new();
        let wanted = |name: &str| name.ends_with(".txt");
        walk(path, 5, wanted, |item| {
            out.push(match item {
                Item::Folder(name) => (name.to_string(), None),
                Item::File(name, content) => (name.to_string(), Some(content.unwrap())),
                Item::LeftOut(name, kind) => (format!("{name}: {kind:?}"), None),
            });
            Ok(())
        })
        .unwrap();
        out.sort();
        out
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_upwards_and_what_is_no_file_are_left_out() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("root");
        for class in ["a", "b"] {
            fs::create_dir_all(root.join(class)).unwrap();
            fs::write(root.join(class).join("1.txt"), class).unwrap();
        }
        symlink("..", root.join("a/up")).unwrap();
        symlink(home.path(), root.join("a/above")).unwrap();
        symlink("../b", root.join("a/side")).unwrap();
        // From `a` through `side` to `b` and back: a circle of links, none of which leads upwards by itself.
        symlink("../a", root.join("b/side")).unwrap();
        symlink("nowhere", root.join("b/none.txt")).unwrap();
        symlink("../a/1.txt", root.join("b/2.txt")).unwrap();
        let _bound = std::os::unix::net::UnixListener::bind(root.join("b/socket.txt")).unwrap();
        let found: Vec<String> = met(&root)
            .into_iter()
            .map(|(name, content)| {
                name + content.map_or("", |content| if content == b"a" { " a" } else { " b" })
            })
            .collect();
        let expected = [
            "a",
            "a/1.txt a",
            "a/above: Upwards",
            "a/side",
            "a/side/1.txt b",
            "a/side/2.txt a",
            "a/side/none.txt: Nowhere",
            "a/side/side: Upwards",
            "a/side/socket.txt: NoFile",
            "a/up: Upwards",
            "b",
            "b/1.txt b",
            "b/2.txt a",
            "b/none.txt: Nowhere",
            "b/side",
            "b/side/1.txt a",
            "b/side/above: Upwards",
            "b/side/side: Upwards",
            "b/side/up: Upwards",
            "b/socket.txt: NoFile",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn folder_tar_and_zip_are_walked_through_alike() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("f");
        fs::create_dir_all(folder.join("a/empty")).unwrap();
        fs::write(folder.join("a/one.txt"), "short").unwrap();
        fs::write(folder.join("two.txt"), "longer than five").unwrap();
        fs::write(folder.join("other"), "unwanted").unwrap();
        let expected = met(&folder);
        let file = |name: &str, content: &str| (name.to_string(), Some(content.as_bytes().to_vec()));
        let found = [
            ("a".to_string(), None),
            ("a/empty".to_string(), None),
            file("a/one.txt", "short"),
            file("other", ""),
            file("two.txt", "longer"),
        ];
        assert_eq!(expected, found);
        let tar = home.path().join("x.tar");
        let mut archive = tar::Builder::new(File::create(&tar).unwrap());
        archive.append_dir_all(".", &folder).unwrap();
        archive.finish().unwrap();
        let found: Vec<_> = met(&tar).into_iter().filter(|(name, _)| !name.is_empty()).collect();
        assert_eq!(found, expected);
        let zip = home.path().join("x.zip");
        let mut archive = zip::ZipWriter::new(File::create(&zip).unwrap());
        let packed = zip::write::SimpleFileOptions::default();
        archive.add_directory("a", packed).unwrap();
        archive.add_directory("a/empty", packed).unwrap();
        for (name, text) in [("a/one.txt", "short"), ("two.txt", "longer than five"), ("other", "unwanted")] {
            archive.start_file(name, packed.compression_method(zip::CompressionMethod::Deflated)).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        assert_eq!(met(&zip), expected);
        // Cutting or changing bytes anywhere gives an error or fewer items, never a panic.
        let whole = fs::read(&zip).unwrap();
        for cut in 4..whole.len() {
            fs::write(&zip, &whole[..cut]).unwrap();
            assert!(walk(&zip, 5, |_| true, |_| Ok(())).is_err(), "{cut} bytes were enough");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x55;
            fs::write(&zip, &changed).unwrap();
            let _ = walk(&zip, 5, |_| true, |_| Ok(()));
        }
    }
}
