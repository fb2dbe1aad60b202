//! Which files of a folder or an archive are labelled, and by which folder.
//!
//! - A folder called `train`, `test`, `valid`, `validation`, `val` or `dev`, or ending so after `-`, `_`
//!   or `.`, that has folders with files in it, is a part; the folders in it are classes. Without parts,
//!   the classes are the folders in the deepest folder that holds everything.
//! - Every file in a class folder, however deep, is a member. Hidden files are none, and `unsup`,
//!   `unlabelled` and `unlabeled` are no classes.

use std::path::Path;

use crate::error::{Error, Place, Result};

/// The parts of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Train,
    Validation,
    Test,
}

/// A labelled file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path, with `/`.
    pub name: String,
    pub part: Option<Part>,
    pub class: String,
    /// The path of the folder that its class is.
    pub folder: String,
}

/// The labelled ones among the files called `names` (sorted).
pub fn members(names: &[String]) -> Vec<Member> {
    let paths: Vec<Vec<&str>> = names
        .iter()
        .map(|name| name.split('/').collect::<Vec<_>>())
        .filter(|path| !path.iter().any(|piece| is_hidden(piece)))
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
        if is_unlabelled(class) {
            return None;
        }
        let part = if has_parts { part_of(path[class_at - 1]) } else { None };
        Some(Member { name: path.join("/"), part, class: class.into(), folder: path[..=class_at].join("/") })
    };
    paths.iter().filter_map(member).collect()
}

/// The folders beside those of classes, among `folders`, that hold no member: their part and path.
pub fn empty(members: &[Member], folders: &[String]) -> Vec<(Option<Part>, String)> {
    let mut homes: Vec<(&str, Option<Part>)> =
        members.iter().map(|member| (split(&member.folder).0, member.part)).collect();
    homes.sort_unstable_by_key(|&(home, _)| home);
    homes.dedup();
    let found = folders.iter().filter_map(|folder| {
        let (home, class) = split(folder);
        let home = homes.iter().find(|&&(known, _)| known == home)?;
        let holds = members.iter().any(|member| member.folder == *folder);
        (!holds && !is_hidden(class) && !is_unlabelled(class)).then(|| (home.1, folder.clone()))
    });
    found.collect()
}

/// Which part is to be read where `wanted` is asked for: that one, or the only one there is, or everything
/// where there are none.
///
/// # Errors
/// When there are others only.
pub fn part_to_read(members: &[Member], wanted: Part, path: &Path) -> Result<Option<Part>> {
    let first = members.first().and_then(|member| member.part);
    if members.iter().all(|member| member.part == first) {
        return Ok(first);
    }
    if !members.iter().any(|member| member.part == Some(wanted)) {
        let problem = format!("no {} part in it", format!("{wanted:?}").to_lowercase());
        return Err(Error::input(path, Place::Whole, problem, "name the folder or file that has it"));
    }
    Ok(Some(wanted))
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

fn is_hidden(piece: &str) -> bool {
    piece.starts_with('.') || piece == "__MACOSX"
}

fn is_unlabelled(class: &str) -> bool {
    ["unsup", "unlabelled", "unlabeled"].contains(&class.to_lowercase().as_str())
}

/// The folder that a path is in, and its own name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
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

    #[test]
    fn folders_without_members_are_found_beside_the_classes() {
        let list = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let folders =
            list(&["x", "x/train", "x/train/a", "x/train/b", "x/val", "x/val/a", "x/val/c", "x/train/.git"]);
        let found = members(&list(&["x/train/a/1", "x/train/a/deep/2", "x/val/a/3"]));
        let expected =
            [(Some(Part::Train), "x/train/b".to_string()), (Some(Part::Validation), "x/val/c".to_string())];
        assert_eq!(empty(&found, &folders), expected);
        let found = members(&list(&["a/1", "b/2"]));
        assert_eq!(empty(&found, &list(&["a", "b", "c", "b/deep"])), [(None, "c".to_string())]);
    }
}
