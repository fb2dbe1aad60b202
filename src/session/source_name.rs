//! The names of an experiment's sources, which identify them in records, tables and exports.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::image_transfer::ImageSource;
use super::recipe::{Recipe, Transfer};
use super::text_transfer::TextSource;

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

    /// The name of a file without its endings.
    fn of_file(file: &Path) -> SourceName {
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

impl Recipe {
    /// The names of the sources, in their order. A recipe has exactly one source now, named after its kind or its
    /// file.
    pub fn source_names(&self) -> Vec<SourceName> {
        let name = match &self.transfer {
            Transfer::Text(text) => match &text.source {
                TextSource::SkipGram(_) => "skip-gram".into(),
                TextSource::Cbow(_) => "cbow".into(),
                TextSource::LanguageModel(_) => "language-model".into(),
                TextSource::Vectors { file, .. } => SourceName::of_file(file),
            },
            Transfer::Images(images) => match &images.source {
                ImageSource::Classifier(_) => "classifier".into(),
                ImageSource::Network(file) => SourceName::of_file(file),
            },
        };
        vec![name]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_its_kind_or_its_file() {
        let of = |source: &str| {
            let text = format!(
                "(title: \"t\", transfer: Text(source: {source}, task: Demo(), head: Average), labels: [50])"
            );
            Recipe::parse(&text, Path::new("/r.ron")).unwrap().source_names()
        };
        for (source, name) in [
            ("SkipGram(corpus: Demo(reviews: 9))", "skip-gram"),
            ("Cbow(corpus: Demo(reviews: 9))", "cbow"),
            ("LanguageModel(corpus: Demo(reviews: 9))", "language-model"),
            ("Vectors(file: \"glove/glove.6B.100d.txt\")", "glove.6B.100d"),
            ("Vectors(file: \"cc.en.300.bin.gz\")", "cc.en.300"),
            ("Vectors(file: \"models/static-v1.5\")", "static-v1.5"),
            ("Vectors(file: \"models/minilm-static/\")", "minilm-static"),
        ] {
            assert_eq!(of(source), [SourceName::from(name)], "{source}");
        }
        let of = |source: &str| {
            let text =
                format!("(title: \"t\", transfer: Images(source: {source}, task: DemoDigits), labels: [50])");
            Recipe::parse(&text, Path::new("/r.ron")).unwrap().source_names()
        };
        assert_eq!(of("Network(\"mobilenetv2.safetensors\")"), [SourceName::from("mobilenetv2")]);
    }
}
