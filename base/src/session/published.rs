//! Published vectors from which a pre-training of word vectors begins: `from: "glove.txt"`, or
//! `from: (file: "glove.txt", known_rate: 0.5)`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A file of vectors from which training begins, and how its words are trained further.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// word2vec text or binary, GloVe text, safetensors, or a fastText model, whose subwords are trained further too.
    pub file: PathBuf,
    /// How many rows to read from the beginning of the file; all, if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The learning rate of words (and n-grams) that the file has, as a multiple of `learning_rate`; 0 keeps them fixed.
    pub known_rate: f32,
    /// The learning rate of words that it does not have, as such a multiple.
    pub new_rate: f32,
    /// The fraction of the first epoch in which only the output weights learn, which such a file does not have.
    pub outputs_first: f32,
    /// The strength of a pull of the file's words to where they began; 0 is none.
    pub anchor: f32,
    /// Whether words of the file that the corpus does not have (often enough) are kept, with their vectors.
    pub keep_others: bool,
}

impl Published {
    /// The usual settings for a file.
    pub fn of(file: impl Into<PathBuf>) -> Published {
        Published {
            file: file.into(),
            limit: None,
            known_rate: defaults::rate(),
            new_rate: defaults::rate(),
            outputs_first: defaults::outputs_first(),
            anchor: 0.0,
            keep_others: true,
        }
    }

    /// The file's name without its folder, for sentences.
    pub fn name(&self) -> String {
        name(&self.file)
    }

    /// Checks the values. The error is the problem and the remedy.
    pub fn check(&self) -> Result<(), (String, String)> {
        if self.limit == Some(0) {
            return Err(("`limit` is 0".into(), "leave it out to read all rows".into()));
        }
        for (name, value, most) in [
            ("known_rate", self.known_rate, 100.0),
            ("new_rate", self.new_rate, 100.0),
            ("anchor", self.anchor, 1e6),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err((format!("`{name}` is {value}"), format!("it goes from 0 to {most}")));
            }
        }
        if !(0.0..=1.0).contains(&self.outputs_first) {
            let remedy = "it is a fraction of the first epoch, from 0 to 1";
            return Err((format!("`outputs_first` is {}", self.outputs_first), remedy.into()));
        }
        Ok(())
    }
}

/// A path without its folder.
fn name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

impl<'de> Deserialize<'de> for Published {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Published;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a file of vectors: \"glove.txt\", or (file: \"glove.txt\", known_rate: 0.5)")
            }
            fn visit_str<E>(self, file: &str) -> Result<Published, E> {
                Ok(Published::of(file))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Published, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(map)).map(Published::from)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// The fields of [`Published`] as a recipe gives them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    file: PathBuf,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default = "defaults::rate")]
    known_rate: f32,
    #[serde(default = "defaults::rate")]
    new_rate: f32,
    #[serde(default = "defaults::outputs_first")]
    outputs_first: f32,
    #[serde(default)]
    anchor: f32,
    #[serde(default = "defaults::keep_others")]
    keep_others: bool,
}

impl From<Fields> for Published {
    fn from(fields: Fields) -> Published {
        let Fields { file, limit, known_rate, new_rate, outputs_first, anchor, keep_others } = fields;
        Published { file, limit, known_rate, new_rate, outputs_first, anchor, keep_others }
    }
}

mod defaults {
    pub fn rate() -> f32 {
        1.0
    }
    pub fn outputs_first() -> f32 {
        0.25
    }
    pub fn keep_others() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::pretraining::Pretraining;
    use crate::session::ron_dialect::ron_options;

    fn read(from: &str) -> Result<Pretraining, String> {
        let text = format!("(corpus: Demo(reviews: 9), from: {from})");
        ron_options().from_str(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_alone_is_enough_and_every_setting_can_be_given() {
        let plain = read("\"glove.txt\"").unwrap();
        assert_eq!(plain.from, Some(Published::of("glove.txt")));
        assert_eq!(read("(file: \"glove.txt\")").unwrap(), plain);
        let all = "(file: \"a/b.bin\", limit: 9, known_rate: 0.5, new_rate: 2.0, outputs_first: 0.75, anchor: 0.1, \
                   keep_others: false)";
        let all = read(all).unwrap();
        let from = Published {
            limit: Some(9),
            known_rate: 0.5,
            new_rate: 2.0,
            outputs_first: 0.75,
            anchor: 0.1,
            keep_others: false,
            ..Published::of("a/b.bin")
        };
        assert_eq!((all.from.as_ref(), from.name().as_str()), (Some(&from), "b.bin"));
        for asked in [plain, all] {
            let written = ron_options().to_string(&asked).unwrap();
            assert_eq!(ron_options().from_str::<Pretraining>(&written).unwrap(), asked, "{written}");
        }
        assert!(read("(file: \"x\", rate: 1.0)").unwrap_err().contains("rate"));
        assert!(read("(limit: 3)").unwrap_err().contains("file"));
    }

    #[test]
    fn absurd_numbers_are_refused_with_their_bounds() {
        for (fields, told) in [
            ("limit: 0", "`limit` is 0"),
            ("known_rate: -1.0", "`known_rate` is -1"),
            ("new_rate: 1000.0", "`new_rate` is 1000"),
            ("outputs_first: 1.5", "`outputs_first` is 1.5"),
            ("anchor: NaN", "`anchor` is NaN"),
        ] {
            let asked = read(&format!("(file: \"x\", {fields})")).unwrap();
            let (problem, _) = asked.from.unwrap().check().unwrap_err();
            assert_eq!(problem, told);
        }
    }
}
