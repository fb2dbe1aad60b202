//! A model's header: the form of the file and the settings that it was trained with.

use std::path::Path;

use crate::error::{Error, Place, Result};

use super::reader::Reader;

/// What every model since 2017 begins with.
const MAGIC: i32 = 793_712_314;

/// The versions of the format that are read; the last is written.
const VERSIONS: [i32; 2] = [11, 12];

/// Dimensions of a vector may have.
const MOST_NUMBERS: i32 = 65_536;

/// The settings of training, in the words of fastText's `args.cc`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The version of the file's format; `None` of the form before versions, which begins with no magic number.
    pub version: Option<i32>,
    pub dim: i32,
    pub window: i32,
    pub epochs: i32,
    pub min_count: i32,
    pub negatives: i32,
    /// The longest run of words that a supervised model looks at as one thing.
    pub word_ngrams: i32,
    pub loss: Loss,
    pub model: Kind,
    /// Rows that all n-grams share.
    pub buckets: i32,
    /// The shortest and the longest n-gram, in characters.
    pub shortest: i32,
    pub longest: i32,
    pub lr_update_rate: i32,
    pub sample: f64,
}

/// The loss that a model was trained with, by its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    HierarchicalSoftmax = 1,
    NegativeSampling = 2,
    Softmax = 3,
    OneVsAll = 4,
}

/// What a model learned from, by its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cbow = 1,
    SkipGram = 2,
    Supervised = 3,
}

impl Settings {
    /// The settings of vectors that were not trained by fastText: without n-grams.
    pub fn plain(dim: i32) -> Settings {
        Settings {
            version: Some(VERSIONS[1]),
            dim,
            window: 5,
            epochs: 5,
            min_count: 1,
            negatives: 5,
            word_ngrams: 1,
            loss: Loss::NegativeSampling,
            model: Kind::SkipGram,
            buckets: 0,
            shortest: 0,
            longest: 0,
            lr_update_rate: 100,
            sample: 1e-4,
        }
    }

    /// Reads the header.
    ///
    /// # Errors
    /// When it is not that of a model, or of a version that is not known.
    pub fn read(reader: &mut Reader<'_>, path: &Path) -> Result<Settings> {
        const WHAT: &str = "the header";
        let first = reader.int(WHAT)?;
        let mut version = None;
        let dim = if first == MAGIC {
            let found = reader.int(WHAT)?;
            if !VERSIONS.contains(&found) {
                return Err(Error::input(
                    path,
                    Place::Byte(4),
                    format!("this is a fastText model of version {found}"),
                    "versions 11 and 12 are read, and the form before versions",
                ));
            }
            version = Some(found);
            reader.int(WHAT)?
        } else {
            first
        };
        let place = reader.at() - 4;
        let mut ints = [0; 11];
        for int in &mut ints {
            *int = reader.int(WHAT)?;
        }
        let [
            window,
            epochs,
            min_count,
            negatives,
            word_ngrams,
            loss,
            model,
            buckets,
            shortest,
            longest,
            lr_update_rate,
        ] = ints;
        let sample = reader.real(WHAT)?;
        if !(1..=MOST_NUMBERS).contains(&dim) {
            let problem =
                format!("the header claims vectors of {dim} numbers; 1 to {MOST_NUMBERS} can be read");
            return Err(reader.wrong(place, problem));
        }
        let loss = match loss {
            1 => Loss::HierarchicalSoftmax,
            2 => Loss::NegativeSampling,
            3 => Loss::Softmax,
            4 => Loss::OneVsAll,
            other => return Err(reader.wrong(place + 24, format!("no loss has the number {other}"))),
        };
        let model = match model {
            1 => Kind::Cbow,
            2 => Kind::SkipGram,
            3 => Kind::Supervised,
            other => return Err(reader.wrong(place + 28, format!("no kind of model has the number {other}"))),
        };
        if buckets < 0 {
            return Err(reader.wrong(place + 32, format!("the header claims {buckets} rows for n-grams")));
        }
        // Before version 12 supervised models were trained without n-grams of characters, whatever they say.
        let longest = if version != Some(12) && model == Kind::Supervised { 0 } else { longest };
        Ok(Settings {
            version,
            dim,
            window,
            epochs,
            min_count,
            negatives,
            word_ngrams,
            loss,
            model,
            buckets,
            shortest,
            longest,
            lr_update_rate,
            sample,
        })
    }

    /// The header as it is written, always in the last version.
    pub fn bytes(&self) -> Vec<u8> {
        let ints = [
            MAGIC,
            VERSIONS[1],
            self.dim,
            self.window,
            self.epochs,
            self.min_count,
            self.negatives,
            self.word_ngrams,
            self.loss as i32,
            self.model as i32,
            self.buckets,
            self.shortest,
            self.longest,
            self.lr_update_rate,
        ];
        let mut bytes: Vec<u8> = ints.into_iter().flat_map(i32::to_le_bytes).collect();
        bytes.extend(self.sample.to_le_bytes());
        bytes
    }
}

/// Whether a file that begins with `start` is a model. The form before versions is known by settings that are possible
/// and a number of words and labels that is their sum.
pub fn looks_like_model(start: &[u8]) -> bool {
    let int = |place: usize| {
        let bytes = start.get(4 * place..4 * place + 4)?;
        Some(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    if int(0) == Some(MAGIC) {
        return true;
    }
    let (Some(dim), Some(loss), Some(model), Some(buckets)) = (int(0), int(6), int(7), int(8)) else {
        return false;
    };
    let (Some(all), Some(words), Some(labels)) = (int(14), int(15), int(16)) else { return false };
    (1..=MOST_NUMBERS).contains(&dim)
        && (1..=4).contains(&loss)
        && (1..=3).contains(&model)
        && buckets >= 0
        && words > 0
        && labels >= 0
        && words.checked_add(labels) == Some(all)
}
