//! Decides which folders are the parts of a data set and which are its classes. Texts and images, folders and
//! archives are treated alike.
//!
//! 1. Folders that hold nothing but one other folder with folders in it are skipped, such as the top folder of a download.
//! 2. A folder whose name ends in the word `train`, `test`, `val` or one like them ([`part_of`]) and that has folders
//!    with files in it is a part; those folders are its classes. A doubled folder (`train/train/CLASS`) is skipped.
//! 3. Where no folder is a part, every folder is a class. Parts may also lie inside every class (`CLASS/train`).
//! 4. Every file in a class folder, however deep, is a member. Hidden files are not; `unsup` and similar folders are no class.
//! 5. An ambiguous layout is refused with its possible readings. A message tells what is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, Place, Result, counted};

use super::members::{Member, Part, is_unlabelled};
use super::strays::{self, Strays};

/// The maximum number of classes or folders that a sentence names.
const NAMED: usize = 6;

/// The parts and classes of a folder or an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The labelled files, sorted by name.
    pub members: Vec<Member>,
    /// The folders that are parts. If a part occurs twice, the user has to choose one.
    parts: Vec<(Part, String)>,
    /// Sentences on what is not read, and why.
    pub left_out: Vec<String>,
}

/// A folder, with everything in it that contains files.
#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    /// The number of files directly in it.
    files: usize,
}

impl<'a> Folder<'a> {
    fn of(paths: &[Vec<&'a str>]) -> Folder<'a> {
        let mut root = Folder::default();
        for path in paths {
            let mut at = &mut root;
            for &folder in &path[..path.len() - 1] {
                at = at.folders.entry(folder).or_default();
            }
            at.files += 1;
        }
        root
    }

    /// The number of all files in it and its folders.
    fn all(&self) -> usize {
        self.files + self.folders.values().map(Folder::all).sum::<usize>()
    }

    /// The only folder in it, if there is exactly one and it contains folders itself.
    fn passage(&self) -> Option<(&'a str, &Folder<'a>)> {
        let mut folders = self.folders.iter();
        let (&name, only) = folders.next()?;
        (folders.next().is_none() && !only.folders.is_empty()).then_some((name, only))
    }

    /// The parts that the names of its folders stand for.
    fn parts(&self) -> BTreeSet<Option<Part>> {
        self.folders.keys().map(|name| part_of(name)).collect()
    }
}

/// A folder with the name of a part.
struct Named<'t, 'a> {
    part: Part,
    /// The path of the folder that contains its classes.
    home: Vec<&'a str>,
    folder: &'t Folder<'a>,
}

impl Layout {
    /// The layout of the files `names` (sorted) at `path`.
    ///
    /// # Errors
    /// If there is no class folder, or the layout is ambiguous.
    pub fn of(path: &Path, names: &[String]) -> Result<Layout> {
        let mut strays = Strays::default();
        let mut paths: Vec<Vec<&str>> = Vec::new();
        for name in names {
            match strays::by_name(name) {
                Some(kind) => strays.add(kind, name),
                None => paths.push(name.split('/').collect()),
            }
        }
        let root = Folder::of(&paths);
        let (mut base, mut home) = (&root, Vec::new());
        while let Some((name, only)) = base.passage()
            && part_of(name).is_none()
        {
            (base, home) = (only, [home, vec![name]].concat());
        }
        let loose = paths.iter().filter(|path| path.len() == home.len() + 1);
        let tables = loose.filter_map(|path| path.last().copied()).filter(|name| is_table(name)).collect();
        let finder = Finder { path, base, home, tables };
        let homes = finder.homes()?;
        let mut layout = finder.layout(&paths, homes);
        layout.left_out.extend(strays.told());
        Ok(layout)
    }

    /// Whether it has this part, beside or among others.
    pub fn has(&self, part: Part) -> bool {
        self.parts.iter().any(|(of, _)| *of == part)
    }

    /// The part of the data at `path` to read if `wanted` is requested: that part, or the only one, or everything if
    /// there are no parts.
    ///
    /// # Errors
    /// If there are only other parts, or several folders of this part.
    pub fn part_to_read(&self, wanted: Part, path: &Path) -> Result<Option<Part>> {
        let kinds: BTreeSet<Part> = self.parts.iter().map(|(part, _)| *part).collect();
        let part = match kinds.first() {
            None => return Ok(None),
            Some(&only) if kinds.len() == 1 => only,
            Some(_) if kinds.contains(&wanted) => wanted,
            Some(_) => {
                let problem = format!("no {} part in it", wanted.name());
                return Err(Error::input(path, Place::Whole, problem, "name the folder or file that has it"));
            }
        };
        let folders: Vec<&String> =
            self.parts.iter().filter(|(of, _)| *of == part).map(|(_, folder)| folder).collect();
        if folders.len() > 1 {
            let problem = format!("several folders are {} parts: {}", part.name(), quoted(&folders));
            let remedy = match path.is_dir() {
                true => format!("name the one that is meant, such as {}", path.join(folders[0]).display()),
                false => "unpack it, and name the one that is meant".into(),
            };
            return Err(Error::input(path, Place::Whole, problem, remedy));
        }
        Ok(Some(part))
    }

    /// A description of what is read as `part`; it counts the members for which `was_read` is true.
    pub fn told(&self, part: Option<Part>, was_read: impl Fn(&Member) -> bool) -> String {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.iter().filter(|member| member.part == part && was_read(member)) {
            *sizes.entry(&member.class).or_default() += 1;
        }
        let mut list: Vec<String> =
            sizes.iter().take(NAMED).map(|(class, n)| format!("{class} ({n})")).collect();
        if sizes.len() > NAMED {
            list.push(format!("{} more", sizes.len() - NAMED));
        }
        let whole = match part {
            None => "all of it".to_string(),
            Some(part) => match self.parts.iter().find(|(of, _)| *of == part) {
                Some((_, folder)) if !folder.is_empty() => format!("{} part {folder}", part.name()),
                _ => format!("{} part", part.name()),
            },
        };
        format!("{whole}, a folder a class: {}", list.join(", "))
    }
}

/// The folders that contain the class folders, with their parts.
enum Homes<'a> {
    /// Every folder in the base is a class.
    Classes,
    /// Every folder in the base is a class, and the folders in it are parts.
    PartsInClasses,
    /// The folders in these are classes.
    Parts(Vec<(Part, Vec<&'a str>)>),
}

/// The data for the decision.
struct Finder<'t, 'a> {
    path: &'t Path,
    base: &'t Folder<'a>,
    home: Vec<&'a str>,
    /// Files beside the folders that may be the data themselves.
    tables: Vec<&'a str>,
}

impl<'t, 'a> Finder<'t, 'a> {
    fn refuse<T>(&self, problem: String, remedy: String) -> Result<T> {
        Err(Error::input(self.path, Place::Whole, problem, remedy))
    }

    /// What the user can do if there is no folder: the data may be in a table.
    fn without_folders(&self) -> String {
        match (&self.tables[..], self.path.is_dir()) {
            ([], _) => "give every class a folder with its files".into(),
            (tables, true) => format!("name a file of it: {}", quoted(tables)),
            (tables, false) => format!("unpack it and name a file of it: {}", quoted(tables)),
        }
    }

    /// Decides which folders are parts and which are classes.
    fn homes(&self) -> Result<Homes<'a>> {
        let named = self.named();
        let others: Vec<(&str, &Folder)> = (self.base.folders.iter())
            .filter(|(name, _)| part_of(name).is_none() && !is_unlabelled(name))
            .map(|(name, folder)| (*name, folder))
            .collect();
        let (classed, flat): (Vec<_>, Vec<_>) =
            named.iter().partition(|named| !named.folder.folders.is_empty());
        let kinds: BTreeSet<Part> = named.iter().map(|named| named.part).collect();
        let folders =
            |of: &[&Named]| quoted(&of.iter().map(|named| named.home.join("/")).collect::<Vec<_>>());
        if named.is_empty() {
            return self.of_classes(&others);
        }
        if classed.is_empty() {
            // Folders that have names of parts but contain only files. Beside other folders, one of them is a class
            // with that name.
            if kinds.len() == 1 && others.len() + flat.len() > 1 {
                return Ok(Homes::Classes);
            }
            let n: usize = flat.iter().map(|named| named.folder.all()).sum();
            let problem = format!(
                "{} {} {}, but no folder of a class",
                folders(&flat),
                hold(flat.len()),
                counted(n, "file", "files")
            );
            let remedy = "give every class a folder in each part; if these are classes, rename their folders";
            return self.refuse(problem, remedy.into());
        }
        let classes =
            |named: &Named<'_, 'a>| named.folder.folders.keys().copied().collect::<BTreeSet<&str>>();
        let alike = classed
            .iter()
            .any(|a| classed.iter().any(|b| a.part != b.part && !classes(a).is_disjoint(&classes(b))));
        if !others.is_empty() && !alike {
            let beside = quoted(&others.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>());
            let first = classed[0];
            let inner = quoted(&classes(first).into_iter().map(str::to_string).collect::<Vec<_>>());
            let own = folders(&classed[..1]);
            let problem = format!(
                "{own} may be a {} part with the classes {inner}, or a class beside {beside}",
                first.part.name()
            );
            let part = first.home.join("/");
            let remedy = match self.path.is_dir() {
                true => format!(
                    "name {} for the first reading; rename the folder for the second",
                    self.path.join(part).display()
                ),
                false => "unpack it, and name the folder or rename it".into(),
            };
            return self.refuse(problem, remedy);
        }
        Ok(Homes::Parts(classed.into_iter().map(|named| (named.part, named.home.clone())).collect()))
    }

    /// Decides if no folder has the name of a part.
    fn of_classes(&self, classes: &[(&str, &Folder)]) -> Result<Homes<'a>> {
        let parted = |folder: &Folder| {
            let parts = folder.parts();
            parts.len() > 1 && !parts.contains(&None)
        };
        let some: Vec<String> =
            classes.iter().filter(|(_, folder)| parted(folder)).map(|(name, _)| name.to_string()).collect();
        let is_flat = |folder: &Folder| folder.folders.values().all(|part| part.folders.is_empty());
        if some.is_empty() {
            return match self.base.folders.is_empty() {
                true => self.refuse("no folder of a class in it".into(), self.without_folders()),
                false => Ok(Homes::Classes),
            };
        }
        if some.len() == classes.len()
            && classes.iter().all(|(_, folder)| folder.files == 0 && is_flat(folder))
        {
            return Ok(Homes::PartsInClasses);
        }
        let problem =
            format!("{} {} parts of their own: several data sets, or classes", quoted(&some), hold(2));
        let remedy = match self.path.is_dir() {
            true => {
                let first = self.home.iter().copied().chain(some.first().map(String::as_str));
                let first = first.collect::<Vec<_>>().join("/");
                format!("name the data set that is meant, such as {}", self.path.join(first).display())
            }
            false => "unpack it, and name the data set that is meant".into(),
        };
        self.refuse(problem, remedy)
    }

    /// The folders with names of parts, each with the folder that contains its classes.
    fn named(&self) -> Vec<Named<'t, 'a>> {
        let base = self.base;
        let parts = || base.folders.iter().filter_map(|(&name, folder)| Some((name, folder, part_of(name)?)));
        // If a folder is one of several in one part, it is a class; in another part it is then not skipped as a
        // passage.
        let several = parts().filter(|(_, folder, _)| folder.folders.len() > 1);
        let classes: BTreeSet<&str> =
            several.flat_map(|(_, folder, _)| folder.folders.keys().copied()).collect();
        let mut out = Vec::new();
        for (name, mut folder, part) in parts() {
            let mut home = [self.home.clone(), vec![name]].concat();
            while folder.folders.len() == 1
                && let Some((&inner, only)) = folder.folders.first_key_value()
            {
                // Doubled: the folder of the same part again, or a folder that only contains the classes.
                let doubled = part_of(inner) == Some(part);
                let passage = !only.folders.is_empty() && only.files == 0 && !classes.contains(inner);
                if !doubled && !passage {
                    break;
                }
                home.push(inner);
                folder = only;
            }
            out.push(Named { part, home, folder });
        }
        out
    }

    /// The members, and what is not read.
    fn layout(&self, paths: &[Vec<&str>], homes: Homes) -> Layout {
        let mut members = Vec::new();
        let mut unlabelled: BTreeMap<String, usize> = BTreeMap::new();
        let mut beside: BTreeMap<String, usize> = BTreeMap::new();
        let mut outside = 0;
        for path in paths {
            let found = match &homes {
                Homes::Parts(parts) => (parts.iter())
                    .find(|(_, home)| path.starts_with(home))
                    .map(|(part, home)| (Some(*part), home.len())),
                _ => path.starts_with(&self.home).then_some((None, self.home.len())),
            };
            let Some((part, at)) = found else {
                let folder = path.get(self.home.len()).filter(|_| path.len() > self.home.len() + 1);
                let is_read = |folder: &str| match &homes {
                    Homes::Parts(parts) => {
                        parts.iter().any(|(_, home)| home.get(self.home.len()) == Some(&folder))
                    }
                    _ => false,
                };
                match folder {
                    Some(folder) if !is_read(folder) => *beside.entry(folder.to_string()).or_default() += 1,
                    _ => outside += 1,
                }
                continue;
            };
            if at + 1 >= path.len() {
                outside += 1;
                continue;
            }
            let (class, folder) = (path[at], path[..=at].join("/"));
            if is_unlabelled(class) {
                *unlabelled.entry(folder).or_default() += 1;
                continue;
            }
            let part = match homes {
                Homes::PartsInClasses => part_of(path[at + 1]),
                _ => part,
            };
            members.push(Member { name: path.join("/"), part, class: class.into(), folder });
        }
        let mut left_out: Vec<String> = (unlabelled.into_iter())
            .map(|(folder, n)| {
                let files = counted(n, "file was", "files were");
                format!("{folder}: {files} left out: by its name there is no label")
            })
            .collect();
        left_out.extend(beside.into_iter().map(|(folder, n)| {
            let why = match part_of(&folder) {
                Some(_) => "it has no folder of a class",
                None => "it lies beside the parts",
            };
            format!("{folder}: {} left out: {why}", counted(n, "file was", "files were"))
        }));
        if outside > 0 {
            left_out.push(match outside {
                1 => "1 file outside the folders of classes was left out".into(),
                n => format!("{n} files outside the folders of classes were left out"),
            });
        }
        let parts = match homes {
            Homes::Parts(parts) => parts.into_iter().map(|(part, home)| (part, home.join("/"))).collect(),
            Homes::PartsInClasses => {
                let kinds: BTreeSet<Part> = members.iter().filter_map(|member| member.part).collect();
                kinds.into_iter().map(|part| (part, String::new())).collect()
            }
            Homes::Classes => Vec::new(),
        };
        Layout { members, parts, left_out }
    }
}

/// The part that a folder's name stands for: its last word, ignoring a number (`train2017`) and a following `set`,
/// `data` or `images` (`training_set`).
pub fn part_of(folder: &str) -> Option<Part> {
    let folder = folder.to_lowercase();
    let mut words = folder.split(['-', '_', '.', ' ']).rev().filter(|word| !word.is_empty());
    let mut last = words.next()?;
    if ["set", "data", "images", "split"].contains(&last) {
        last = words.next()?;
    }
    match last.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "train" | "training" | "trainset" => Some(Part::Train),
        "test" | "testing" | "testset" => Some(Part::Test),
        "valid" | "validation" | "val" | "dev" => Some(Part::Validation),
        _ => None,
    }
}

/// Whether a file with this name can hold labelled texts by itself.
fn is_table(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
    end.is_some_and(|end| ["csv", "tsv", "json", "jsonl", "parquet"].contains(&&end[..]))
}

fn hold(many: usize) -> &'static str {
    if many == 1 { "holds" } else { "hold" }
}

/// The first of `names` in quotes, with "and" before the last.
fn quoted<S: AsRef<str>>(names: &[S]) -> String {
    let mut list: Vec<String> =
        names.iter().take(NAMED).map(|name| format!("\"{}\"", name.as_ref())).collect();
    if names.len() > NAMED {
        list.push(format!("{} more", names.len() - NAMED));
    }
    match list.pop() {
        Some(last) if !list.is_empty() => format!("{} and {last}", list.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
