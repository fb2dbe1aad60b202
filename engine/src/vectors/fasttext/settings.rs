//! A model's header: the version of the file and the settings of the training.

use std::path::Path;

use crate::error::{Error, Place, Result};

use super::reader::Reader;

/// The first bytes of every model since 2017.
const MAGIC: i32 = 793_712_314;

/// The supported versions of the format; the last one is written.
const VERSIONS: [i32; 2] = [11, 12];

/// The maximum dimension of a vector.
const MOST_NUMBERS: i32 = 65_536;

/// The settings of the training, with the names of fastText's `args.cc`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The version of the file format; `None` for the format before versions, which has no magic number.
    pub version: Option<i32>,
    pub dim: i32,
    pub window: i32,
    pub epochs: i32,
    pub min_count: i32,
    pub negatives: i32,
    /// The maximum length of the word n-grams of a supervised model.
    pub word_ngrams: i32,
    pub loss: Loss,
    pub model: Kind,
    /// The number of rows (buckets) that all n-grams share.
    pub buckets: i32,
    /// The minimum and maximum length of an n-gram, in characters.
    pub shortest: i32,
    pub longest: i32,
    pub lr_update_rate: i32,
    pub sample: f64,
}

/// The loss of the training, by its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    HierarchicalSoftmax = 1,
    NegativeSampling = 2,
    Softmax = 3,
    OneVsAll = 4,
}

/// The kind of model, by its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cbow = 1,
    SkipGram = 2,
    Supervised = 3,
}

impl Settings {
    /// The settings for vectors that were not trained by fastText: without n-grams.
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
    /// If it is not the header of a model, or the version is not known.
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
        // Before version 12, supervised models were trained without character n-grams, whatever the file says.
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

    /// The header in the file format, always in the last version.
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

/// Whether a file that begins with `start` is a model. The format before versions is recognised by valid settings,
/// and by a total that is the sum of the numbers of words and labels.
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
