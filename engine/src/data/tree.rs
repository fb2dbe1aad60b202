//! Texts in a folder, or in an archive read in place, with one folder per class.
//!
//! Examples are `aclImdb/{train,test}/{pos,neg}/*.txt` and `20news-bydate-{train,test}/GROUP/ID`. [`super::layout`]
//! decides which folders are parts and classes. Documents are sorted by name, so that folder and archive give the
//! same result. Line *i* of `urls_CLASS.txt` beside a class folder (aclImdb) names the subject of document *i*, which
//! is its group.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::content;
use crate::files::encoding::in_utf8;

use super::collector::Collector;
use super::layout::Layout;
use super::lines::{LONGEST, decode, too_long};
use super::members::{self, Member};
use super::strays::{Kind, Strays};
use super::walk::{Item, place, unread, walk};

pub use super::members::Part;

/// The number of first bytes of a file that decide whether it is text.
const HEAD: usize = 1 << 16;

/// The content of a folder or archive.
#[derive(Debug)]
pub struct Tree {
    path: PathBuf,
    layout: Layout,
}

impl Tree {
    /// Examines all names, and no content.
    ///
    /// # Errors
    /// If it cannot be read, has no class folder, or its layout is ambiguous.
    pub fn scan(path: &Path) -> Result<Tree> {
        let (mut names, mut folders, mut strays) = (Vec::new(), Vec::new(), Strays::default());
        walk(
            path,
            LONGEST,
            |_| false,
            |item| {
                match item {
                    Item::File(name, _) => names.push(name.to_string()),
                    Item::LeftOut(name, kind) => strays.add(kind, name),
                    Item::Folder(name) => folders.push(name.to_string()),
                }
                Ok(())
            },
        )?;
        names.sort_unstable();
        folders.sort_unstable();
        // These files name the groups of documents, and are not documents.
        names.retain(|name| !is_urls(name));
        let mut layout = Layout::of(path, &names)?;
        keep_alike(&mut layout.members, &mut strays);
        layout.left_out.extend(strays.told());
        let empty = members::empty(&layout.members, &folders).into_iter();
        layout
            .left_out
            .extend(empty.map(|(_, folder)| format!("{folder}: the folder of this class holds no text")));
        Ok(Tree { path: path.to_path_buf(), layout })
    }

    /// Whether it has this part.
    pub fn has(&self, part: Part) -> bool {
        self.layout.has(part)
    }

    /// Reads a part: the requested one, or the only one, or everything if there are no parts.
    ///
    /// # Errors
    /// If the part does not exist, or something cannot be read: with the member's name.
    pub fn read(&self, part: Part, out: &mut Collector) -> Result<()> {
        let wanted = self.layout.part_to_read(part, &self.path)?;
        let members: HashMap<&str, &Member> = (self.layout.members.iter())
            .filter(|member| member.part == wanted)
            .map(|member| (member.name.as_str(), member))
            .collect();
        let urls: HashSet<String> = members.values().map(|member| urls_of(member)).collect();
        let mut texts: Vec<(&Member, String)> = Vec::with_capacity(members.len());
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        let (mut foreign, mut strays, mut odd) = (0, Strays::default(), BTreeMap::new());
        walk(
            &self.path,
            LONGEST,
            |name| members.contains_key(name) || urls.contains(name),
            |item| {
                let Item::File(name, content) = item else { return Ok(()) };
                let content = content.map_err(|e| unread(&self.path, name, e))?;
                if content.len() > LONGEST {
                    let (file, place) = place(&self.path, name);
                    return Err(too_long(&file, place));
                }
                let no_text = content::known(&content).map(String::from);
                let content = in_utf8(&content);
                if let Some(what) = no_text.or_else(|| content::binary(&content[..content.len().min(HEAD)])) {
                    strays.add(Kind::NoText, &format!("{name} ({what})"));
                    odd.insert(name.to_string(), what);
                    return Ok(());
                }
                let (text, is_foreign) = decode(&content);
                if let Some(member) = members.get(name) {
                    foreign += u64::from(is_foreign);
                    texts.push((member, text.into_owned()));
                } else if urls.contains(name) {
                    groups.insert(name.to_string(), text.lines().map(title).map(str::to_string).collect());
                }
                Ok(())
            },
        )?;
        if let Some((name, what)) = odd.first_key_value().filter(|_| texts.is_empty()) {
            let (file, place) = place(&self.path, name);
            return Err(Error::input(
                file,
                place,
                format!("this is {what}, not a text"),
                "name a folder of texts",
            ));
        }
        out.remarks.extend(strays.told());
        texts.sort_by_key(|(member, _)| &member.name);
        out.foreign += foreign;
        for (member, text) in texts {
            let lines = groups.get(&urls_of(member));
            let group = lines.and_then(|lines| lines.get(number(&member.name)?)).cloned();
            out.add_grouped(&member.class, text, group)?;
        }
        out.how = self.layout.told(wanted, |member| !odd.contains_key(&member.name));
        if part == Part::Train {
            out.remarks.extend(self.layout.left_out.iter().cloned());
        }
        Ok(())
    }
}

/// Skips files without the extension `.txt` if at least three in four files have it.
fn keep_alike(members: &mut Vec<Member>, strays: &mut Strays) {
    let is_txt = |name: &str| name.to_ascii_lowercase().ends_with(".txt");
    let alike = members.iter().filter(|member| is_txt(&member.name)).count();
    if alike * 4 < members.len() * 3 {
        return;
    }
    members.retain(|member| {
        let alike = is_txt(&member.name);
        if !alike {
            strays.add(Kind::Other, &member.name);
        }
        alike
    });
}

/// Whether a file may name the groups of documents.
fn is_urls(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("urls_") && file.ends_with(".txt")
}

/// The path of the file that would name the group of a member.
fn urls_of(member: &Member) -> String {
    let home = member.folder.strip_suffix(&member.class).unwrap_or("");
    format!("{home}urls_{}.txt", member.class)
}

/// The part of an URL that names the film (`tt0453418`), or all of it.
fn title(url: &str) -> &str {
    let url = url.trim();
    url.split('/').find(|piece| piece.len() > 2 && piece.starts_with("tt")).unwrap_or(url)
}

/// The number at the start of a document's name: `aclImdb/train/pos/12_8.txt` is 12.
fn number(name: &str) -> Option<usize> {
    let file = name.rsplit('/').next()?;
    file.split(['_', '.']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

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
        // Without compression, the missing end is detected in the content or between members.
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
