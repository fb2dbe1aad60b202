//! Files among the data that do not belong to it: files of the system, of an editor, of other kinds. They are skipped
//! and counted by kind, and a message reports them.

use std::collections::BTreeMap;

/// The reason why something is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A file that the system, a file manager or a cloud storage made for itself.
    System,
    /// A file that an editor or a download left behind.
    Copy,
    /// A file of another kind than the others.
    Other,
    /// A file that holds no text.
    NoText,
    /// An image in an unsupported format.
    Unread,
    /// A link to the folder that it is in, or to a folder above.
    Upwards,
    /// A link to something that does not exist.
    Nowhere,
    /// A pipe, a socket or a device.
    NoFile,
    /// A folder below the maximum depth.
    Deep,
}

impl Kind {
    /// The name of one of them, and of several.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Kind::System => ("hidden file or file of the system", "hidden files or files of the system"),
            Kind::Copy => ("copy of an editor or a download", "copies of editors or downloads"),
            Kind::Other => ("file of another kind than the others", "files of another kind than the others"),
            Kind::NoText => ("file that is no text", "files that are no text"),
            Kind::Unread => ("image of a kind that is not read", "images of kinds that are not read"),
            Kind::Upwards => ("link that leads upwards", "links that lead upwards"),
            Kind::Nowhere => ("link that leads nowhere", "links that lead nowhere"),
            Kind::NoFile => ("pipe, socket or device", "pipes, sockets or devices"),
            Kind::Deep => ("folder that lies too deep", "folders that lie too deep"),
        }
    }
}

/// Names that systems and file managers use, in lower case.
const SYSTEM: [&str; 10] = [
    "__macosx",
    "@eadir",
    "#recycle",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "$recycle.bin",
    "system volume information",
    "lost+found",
];
/// Extensions of copies.
const COPIES: [&str; 9] = ["~", ".bak", ".orig", ".swp", ".swo", ".tmp", ".part", ".crdownload", ".download"];

/// The reason to skip a file or folder at this path, if its name or the name of a folder above it gives one.
pub fn by_name(path: &str) -> Option<Kind> {
    let system = |piece: &str| piece.starts_with('.') || SYSTEM.contains(&&piece.to_lowercase()[..]);
    if path.split('/').any(system) {
        return Some(Kind::System);
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let copy = COPIES.iter().any(|end| name.ends_with(end))
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'));
    copy.then_some(Kind::Copy)
}

/// Counts of what was skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strays {
    kinds: BTreeMap<Kind, (usize, String)>,
}

impl Strays {
    /// Counts one file or folder.
    pub fn add(&mut self, kind: Kind, name: &str) {
        self.kinds.entry(kind).or_insert_with(|| (0, name.to_string())).0 += 1;
    }

    /// A sentence for each kind.
    pub fn told(&self) -> Vec<String> {
        let sentence = |(kind, (n, first)): (&Kind, &(usize, String))| match n {
            1 => format!("1 {} was left out: {first}", kind.names().0),
            n => format!("{n} {} were left out, {first} first", kind.names().1),
        };
        self.kinds.iter().map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_none_of_the_data() {
        for (path, kind) in [
            ("pos/Thumbs.db", Some(Kind::System)),
            ("pos/.DS_Store", Some(Kind::System)),
            ("@eaDir/1.txt/x", Some(Kind::System)),
            ("__MACOSX/pos/._1.txt", Some(Kind::System)),
            ("pos/0.txt~", Some(Kind::Copy)),
            ("pos/1.txt.bak", Some(Kind::Copy)),
            ("pos/#1#", Some(Kind::Copy)),
            ("pos/1.txt", None),
            ("sci.med/59284", None),
            ("pos/#", None),
            ("thumbs/1.txt", None),
        ] {
            assert_eq!(by_name(path), kind, "{path}");
        }
        let mut strays = Strays::default();
        for name in ["b/Thumbs.db", "a/Thumbs.db"] {
            strays.add(Kind::System, name);
        }
        strays.add(Kind::Upwards, "a/up");
        assert_eq!(
            strays.told(),
            [
                "2 hidden files or files of the system were left out, b/Thumbs.db first",
                "1 link that leads upwards was left out: a/up",
            ]
        );
    }
}
