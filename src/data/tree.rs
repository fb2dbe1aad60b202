//! A folder, or a tar archive read in place, with a folder a class.
//!
//! `aclImdb/{train,test}/{pos,neg}/*.txt` and `20news-bydate-{train,test}/GROUP/ID` are such. Rules:
//!
//! - A folder called `train`, `test`, `valid`, `validation`, `val` or `dev`, or ending so after `-`, `_`
//!   or `.`, that has folders with files in it, is a part; the folders in it are classes. Without parts,
//!   the classes are the folders in the deepest folder that holds everything.
//! - Every file in a class folder, however deep, is a document. Hidden files are none, and `unsup`,
//!   `unlabelled` and `unlabeled` are no classes.
//! - Documents are taken in the order of their names, so that folder and archive give the same.
//! - Beside a class folder, `urls_CLASS.txt` (aclImdb) names in line *i* what document *i* is about; that
//!   is its group.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::labelled::Collector;
use super::lines::{LONGEST, broken, decode, too_long};
use crate::error::{Error, Place, Result};
use crate::files;

/// The parts of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Train,
    Validation,
    Test,
}

/// What a folder or archive holds.
#[derive(Debug)]
pub struct Tree {
    path: PathBuf,
    members: Vec<Member>,
}

/// A document of a tree.
#[derive(Debug, PartialEq)]
struct Member {
    /// Its path in the tree, with `/`.
    name: String,
    part: Option<Part>,
    class: String,
    /// Where its groups are named, if anywhere.
    urls: String,
}

impl Tree {
    /// Looks at all names, and at no content.
    ///
    /// # Errors
    /// When it cannot be read, or holds no class folder.
    pub fn scan(path: &Path) -> Result<Tree> {
        let mut names = Vec::new();
        walk(
            path,
            |_| false,
            |name, _| {
                names.push(name.to_string());
                Ok(())
            },
        )?;
        names.sort_unstable();
        let members = members(&names);
        if members.is_empty() {
            return Err(Error::input(
                path,
                Place::Whole,
                "no folder of a class in it",
                "give every class a folder with a file for every text",
            ));
        }
        Ok(Tree { path: path.to_path_buf(), members })
    }

    /// Whether it has this part.
    pub fn has(&self, part: Part) -> bool {
        self.members.iter().any(|member| member.part == Some(part))
    }

    /// Reads a part: the one asked for, or the only one, or everything where there are no parts.
    ///
    /// # Errors
    /// When the part is not there, or something cannot be read: with the member's name.
    pub fn read(&self, part: Part, out: &mut Collector) -> Result<()> {
        let first = self.members.first().and_then(|member| member.part);
        let only = self.members.iter().all(|member| member.part == first);
        let wanted = if only { first } else { Some(part) };
        if !only && !self.has(part) {
            let problem = format!("no {} part in it", format!("{part:?}").to_lowercase());
            return Err(Error::input(
                &self.path,
                Place::Whole,
                problem,
                "name the folder or file that has it",
            ));
        }
        let members: HashMap<&str, &Member> = (self.members.iter())
            .filter(|member| member.part == wanted)
            .map(|member| (member.name.as_str(), member))
            .collect();
        let urls: HashMap<&str, ()> = members.values().map(|member| (member.urls.as_str(), ())).collect();
        let mut texts: Vec<(&Member, String)> = Vec::with_capacity(members.len());
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        let mut foreign = 0;
        walk(
            &self.path,
            |name| members.contains_key(name) || urls.contains_key(name),
            |name, content| {
                let (text, is_foreign) = decode(&content);
                if let Some(member) = members.get(name) {
                    foreign += u64::from(is_foreign);
                    texts.push((member, text.into_owned()));
                } else if urls.contains_key(name) {
                    groups.insert(name.to_string(), text.lines().map(title).map(str::to_string).collect());
                }
                Ok(())
            },
        )?;
        texts.sort_by_key(|(member, _)| &member.name);
        out.foreign += foreign;
        for (member, text) in texts {
            let group = groups.get(&member.urls).and_then(|lines| lines.get(number(&member.name)?)).cloned();
            out.add_grouped(&member.class, text, group)?;
        }
        Ok(())
    }
}

/// The part of an URL that names the film (`tt0453418`), or all of it.
fn title(url: &str) -> &str {
    let url = url.trim();
    url.split('/').find(|piece| piece.len() > 2 && piece.starts_with("tt")).unwrap_or(url)
}

/// The number that a document's name begins with: `aclImdb/train/pos/12_8.txt` is 12.
fn number(name: &str) -> Option<usize> {
    let file = name.rsplit('/').next()?;
    file.split(['_', '.']).next()?.parse().ok()
}

/// The part that a folder's name says.
fn part_of(folder: &str) -> Option<Part> {
    let folder = folder.to_lowercase();
    match folder.rsplit(['-', '_', '.']).next()? {
        "train" | "training" => Some(Part::Train),
        "test" | "testing" => Some(Part::Test),
        "valid" | "validation" | "val" | "dev" => Some(Part::Validation),
        _ => None,
    }
}

/// The documents among the files called `names` (sorted).
fn members(names: &[String]) -> Vec<Member> {
    let paths: Vec<Vec<&str>> = names
        .iter()
        .map(|name| name.split('/').collect::<Vec<_>>())
        .filter(|path| !path.iter().any(|piece| piece.starts_with('.') || *piece == "__MACOSX"))
        .collect();
    // The place of the part's folder in each path that has one, a class folder and a file below it.
    let part_at = |path: &[&str]| (0..path.len().saturating_sub(2)).find(|&i| part_of(path[i]).is_some());
    let has_parts = paths.iter().any(|path| part_at(path).is_some());
    let root = common_root(&paths);
    let member = |path: &Vec<&str>| {
        let class_at = if has_parts { part_at(path)? + 1 } else { root };
        if class_at + 1 >= path.len() {
            return None;
        }
        let class = path[class_at];
        if ["unsup", "unlabelled", "unlabeled"].contains(&class.to_lowercase().as_str()) {
            return None;
        }
        let mut urls = path[..class_at].join("/");
        if !urls.is_empty() {
            urls.push('/');
        }
        urls.push_str(&format!("urls_{class}.txt"));
        let part = if has_parts { part_of(path[class_at - 1]) } else { None };
        Some(Member { name: path.join("/"), part, class: class.to_string(), urls })
    };
    paths.iter().filter_map(member).collect()
}

/// How many folders all files share.
fn common_root(paths: &[Vec<&str>]) -> usize {
    let Some(first) = paths.first() else { return 0 };
    let mut shared = first.len() - 1;
    for path in paths {
        let same = first.iter().zip(&path[..path.len() - 1]).take_while(|(a, b)| a == b).count();
        shared = shared.min(same);
    }
    shared
}

/// Calls `each` for every file of a folder or archive, with the content of those that are `wanted`.
fn walk(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(&str, Vec<u8>) -> Result<()>,
) -> Result<()> {
    if path.is_dir() {
        return walk_folder(path, "", 0, &wanted, &mut each);
    }
    let mut archive = tar::Archive::new(files::open(path)?);
    let mut last = String::from("(the beginning)");
    let stopped = |last: &str, error: io::Error| {
        // tar reports an archive that ends early in words only.
        let cut =
            error.to_string().contains("unexpected EOF") || error.kind() == io::ErrorKind::UnexpectedEof;
        let place = Place::Member(format!("after {last}"));
        if cut {
            Error::input(path, place, "the archive ends in the middle", "fetch it again")
        } else {
            broken(path, place, error)
        }
    };
    for entry in archive.entries().map_err(|e| stopped(&last, e))? {
        let entry = entry.map_err(|e| stopped(&last, e))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_string();
        let mut content = Vec::new();
        if wanted(&name) {
            let size = entry.size();
            entry.take(LONGEST as u64 + 1).read_to_end(&mut content).map_err(|e| stopped(&name, e))?;
            if content.len() > LONGEST {
                return Err(too_long(path, Place::Member(name)));
            }
            if (content.len() as u64) < size {
                return Err(stopped(&name, io::ErrorKind::UnexpectedEof.into()));
            }
        }
        each(&name, content)?;
        last = name;
    }
    Ok(())
}

/// How deep folders are followed, so that a link to an outer folder comes to an end.
const DEEPEST: usize = 12;

fn walk_folder(
    root: &Path,
    inside: &str,
    depth: usize,
    wanted: &impl Fn(&str) -> bool,
    each: &mut impl FnMut(&str, Vec<u8>) -> Result<()>,
) -> Result<()> {
    let folder = root.join(inside);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|e| Error::io("read", &folder, e))? {
        names.push(entry.map_err(|e| Error::io("read", &folder, e))?.file_name());
    }
    names.sort_unstable();
    for name in names {
        // A name that is not UTF-8 cannot be found again from its text; it is opened by its own.
        let text = name.to_string_lossy();
        let inner = if inside.is_empty() { text.into_owned() } else { format!("{inside}/{text}") };
        let place = folder.join(&name);
        if place.is_dir() {
            if depth < DEEPEST {
                walk_folder(root, &inner, depth + 1, wanted, each)?;
            }
            continue;
        }
        let mut content = Vec::new();
        if wanted(&inner) {
            let file = File::open(&place).map_err(|e| Error::io("open", &place, e))?;
            let read = file.take(LONGEST as u64 + 1).read_to_end(&mut content);
            read.map_err(|e| Error::io("read", &place, e))?;
            if content.len() > LONGEST {
                return Err(too_long(&place, Place::Whole));
            }
        }
        each(&inner, content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(names: &[&str]) -> Vec<(Option<Part>, String, String)> {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        members(&names).into_iter().map(|m| (m.part, m.class, m.name)).collect()
    }

    #[test]
    fn parts_and_classes_are_told_by_folders() {
        let imdb = [
            "a/README",
            "a/train/urls_pos.txt",
            "a/train/pos/0_9.txt",
            "a/train/unsup/0_0.txt",
            "a/test/neg/1_2.txt",
        ];
        assert_eq!(
            classes(&imdb),
            [
                (Some(Part::Train), "pos".into(), "a/train/pos/0_9.txt".into()),
                (Some(Part::Test), "neg".into(), "a/test/neg/1_2.txt".into()),
            ]
        );
        assert_eq!(
            classes(&["20news-bydate-test/sci.med/5", "20news-bydate-train/sci.med/4"]),
            [
                (Some(Part::Test), "sci.med".into(), "20news-bydate-test/sci.med/5".into()),
                (Some(Part::Train), "sci.med".into(), "20news-bydate-train/sci.med/4".into()),
            ]
        );
        assert_eq!(
            classes(&["x/README", "x/bad/1", "x/good/.hidden", "x/good/deep/2"]),
            [(None, "bad".into(), "x/bad/1".into()), (None, "good".into(), "x/good/deep/2".into())]
        );
        assert_eq!(classes(&["README", "test/1", "other/2"]).len(), 2);
    }

    /// Writes `files` as a folder and as a `.tar.gz`.
    fn written(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let (folder, archive) = (home.path().join("folder"), home.path().join("a.tar.gz"));
        let gzip =
            flate2::write::GzEncoder::new(File::create(&archive).unwrap(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            tar.append_path_with_name(&path, name).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
        (home, folder, archive)
    }

    #[test]
    fn folder_and_archive_give_the_same_with_groups() {
        let (_home, folder, archive) = written(&[
            ("r/test/pos/0_8.txt", "a test"),
            ("r/train/pos/1_9.txt", "second"),
            ("r/train/pos/0_8.txt", "first"),
            ("r/train/neg/0_1.txt", "bad"),
            ("r/train/urls_pos.txt", "http://www.imdb.com/title/tt01/usercomments\nhttp://x/title/tt02/u\n"),
        ]);
        let mut both = Vec::new();
        for path in [&folder, &archive] {
            let mut quiet = |_| Ok(());
            let mut out = Collector::new(&mut quiet);
            let tree = Tree::scan(path).unwrap();
            assert!(tree.has(Part::Test) && !tree.has(Part::Validation));
            tree.read(Part::Train, &mut out).unwrap();
            let documents: Vec<_> =
                out.documents.iter().map(|d| (d.text.as_str(), d.group.as_deref())).collect();
            assert_eq!(documents, [("bad", None), ("first", Some("tt01")), ("second", Some("tt02"))]);
            both.push(out.documents.clone());
            let error = tree.read(Part::Validation, &mut out).unwrap_err().to_string();
            assert!(error.contains("no validation part in it"), "{error}");
        }
        assert_eq!(both[0], both[1]);
    }

    #[test]
    fn an_archive_cut_short_is_refused_with_its_member() {
        let noise: String = (0..40_000_u32)
            .map(|i| char::from(b'a' + (i.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
            .collect();
        let (_home, _, archive) = written(&[("t/a/1.txt", &noise), ("t/b/2.txt", &noise[1..])]);
        let bytes = fs::read(&archive).unwrap();
        fs::write(&archive, &bytes[..bytes.len() * 3 / 4]).unwrap();
        let error = Tree::scan(&archive).unwrap_err().to_string();
        assert!(error.contains(".txt: the archive ends in the middle"), "{error}");
        // Without compression, the end is missed in the content or between members.
        let (_home, folder, _) = written(&[("t/a/1.txt", &noise)]);
        let plain = folder.join("b.tar");
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_path_with_name(folder.join("t/a/1.txt"), "t/a/1.txt").unwrap();
        let bytes = tar.into_inner().unwrap();
        fs::write(&plain, &bytes[..bytes.len() / 2]).unwrap();
        let mut quiet = |_| Ok(());
        let read =
            Tree::scan(&plain).and_then(|tree| tree.read(Part::Train, &mut Collector::new(&mut quiet)));
        let error = read.unwrap_err().to_string();
        assert!(error.contains("1.txt") && error.contains("ends in the middle"), "{error}");
    }

    #[test]
    fn a_folder_without_classes_is_refused() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.txt"), "x").unwrap();
        let error = Tree::scan(home.path()).unwrap_err().to_string();
        assert!(error.contains("no folder of a class in it"), "{error}");
    }
}
