//! The names of an experiment's sources, which identify them in records, tables and exports.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The name of a source: `skip-gram`, or `glove.6B.100d` for the file `glove.6B.100d.txt`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceName(String);

/// File endings of compressed files; the ending before them is removed too.
const COMPRESSED: [&str; 5] = [".gz", ".bz2", ".xz", ".zst", ".zip"];

impl SourceName {
    /// The name as it is displayed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a session, with the name of its source after a colon if the path has one.
    pub(super) fn of_session(path: &Path) -> SourceName {
        SourceName(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned())
    }

    /// The name of a file without its endings.
    pub(super) fn of_file(file: &Path) -> SourceName {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
        // The number of a version is no ending: `static-v1.5` may be a folder.
        let named = Path::new(name)
            .extension()
            .is_none_or(|ending| ending.to_string_lossy().starts_with(|first: char| first.is_ascii_digit()));
        let stem = if named {
            name.into()
        } else {
            Path::new(name).file_stem().unwrap_or_default().to_string_lossy()
        };
        SourceName(stem.into_owned())
    }
}

impl From<&str> for SourceName {
    fn from(name: &str) -> Self {
        SourceName(name.into())
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
