//! Labelled files in folders: the type of a member. [`super::layout`] decides which files are members.

use super::strays;

/// The parts of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Part::Train => "training",
            Part::Validation => "validation",
            Part::Test => "test",
        }
    }
}

/// A labelled file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path, with `/`.
    pub name: String,
    pub part: Option<Part>,
    pub class: String,
    /// The path of its class folder.
    pub folder: String,
}

/// The folders among `folders` that are beside class folders and contain no member: their part and path.
pub fn empty(members: &[Member], folders: &[String]) -> Vec<(Option<Part>, String)> {
    let mut homes: Vec<(&str, Option<Part>)> =
        members.iter().map(|member| (split(&member.folder).0, member.part)).collect();
    homes.sort_unstable_by_key(|&(home, _)| home);
    homes.dedup();
    let found = folders.iter().filter_map(|folder| {
        let (home, class) = split(folder);
        let home = homes.iter().find(|&&(known, _)| known == home)?;
        let holds = members.iter().any(|member| member.folder == *folder);
        (!holds && strays::by_name(folder).is_none() && !is_unlabelled(class))
            .then(|| (home.1, folder.clone()))
    });
    found.collect()
}

/// Whether the files in a folder with this name have no label.
pub fn is_unlabelled(class: &str) -> bool {
    ["unsup", "unlabelled", "unlabeled"].contains(&class.to_lowercase().as_str())
}

/// The folder of a path, and the file's name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::layout::Layout;

    #[test]
    fn folders_without_members_are_found_beside_the_classes() {
        let list = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let folders =
            list(&["x", "x/train", "x/train/a", "x/train/b", "x/val", "x/val/a", "x/val/c", "x/train/.git"]);
        let members = |names: &[&str]| Layout::of(Path::new("x"), &list(names)).unwrap().members;
        let found = members(&["x/train/a/1", "x/train/a/deep/2", "x/val/a/3"]);
        let expected =
            [(Some(Part::Train), "x/train/b".to_string()), (Some(Part::Validation), "x/val/c".to_string())];
        assert_eq!(empty(&found, &folders), expected);
        let found = members(&["a/1", "b/2"]);
        assert_eq!(empty(&found, &list(&["a", "b", "c", "b/deep"])), [(None, "c".to_string())]);
    }
}
