//! Several sources or tasks of a recipe, by name: `sources: {"glove": Vectors(file: "glove.txt"), "own": SkipGram(…)}`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::source_name::SourceName;

/// The longest name, in bytes: it stands in tables, and is the name of a folder.
const LONGEST: usize = 40;
/// The most sources, or tasks, of a recipe.
const MOST: usize = 20;

/// Sources or tasks by name, in the order in which they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources<T>(Vec<(SourceName, T)>);

impl<T> Default for Sources<T> {
    fn default() -> Self {
        Sources(Vec::new())
    }
}

impl<T> Sources<T> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sources with their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&SourceName, &T)> {
        self.0.iter().map(|(name, source)| (name, source))
    }

    /// The sources, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, source)| source)
    }

    /// Only the source with this name.
    pub fn only(&self, name: &SourceName) -> Sources<T>
    where
        T: Clone,
    {
        Sources(self.0.iter().filter(|known| known.0 == *name).cloned().collect())
    }

    /// Checks the names. `what` they are is "source" or "task". The error is the problem and the remedy.
    pub fn check(&self, what: &str) -> Result<(), (String, String)> {
        if self.0.len() > MOST {
            return Err((format!("{} {what}s", self.0.len()), format!("{MOST} are the most")));
        }
        for (at, (name, _)) in self.0.iter().enumerate() {
            if self.0[..at].iter().any(|known| known.0 == *name) {
                let problem = format!("two {what}s are called {:?}", name.as_str());
                return Err((problem, format!("give every {what} a name of its own")));
            }
        }
        let same = |(at, (name, _)): (usize, &(SourceName, T))| {
            let alike =
                |other: &(SourceName, T)| other.0.as_str().to_lowercase() == name.as_str().to_lowercase();
            self.0[..at].iter().any(alike).then(|| name.clone())
        };
        if let Some(name) = self.0.iter().enumerate().find_map(same) {
            let problem = format!("another {what} is called like \"{name}\", in other letters");
            return Err((problem, format!("give every {what} a name of its own")));
        }
        for (name, _) in &self.0 {
            let plain = |c: char| c.is_alphanumeric() || "-_.+".contains(c);
            let name = name.as_str();
            if name.is_empty() || name.len() > LONGEST || name.starts_with('.') || !name.chars().all(plain) {
                let remedy = format!("take letters, digits, `-`, `_`, `+` and `.`, at most {LONGEST}");
                return Err((format!("{name:?} is no name for a {what}"), remedy));
            }
        }
        Ok(())
    }
}

impl<T> FromIterator<(SourceName, T)> for Sources<T> {
    fn from_iter<I: IntoIterator<Item = (SourceName, T)>>(sources: I) -> Self {
        Sources(sources.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for Sources<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, source) in &self.0 {
            map.serialize_entry(name, source)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sources<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
            type Value = Sources<T>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("values by name: {\"glove\": Vectors(file: \"glove.txt\")}")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sources<T>, A::Error> {
                let mut sources: Vec<(SourceName, T)> = Vec::new();
                while let Some((name, source)) = map.next_entry::<SourceName, T>()? {
                    sources.push((name, source));
                }
                Ok(Sources(sources))
            }
        }
        deserializer.deserialize_map(Named(PhantomData))
    }
}
