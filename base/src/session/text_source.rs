//! The source of a text experiment, and all that other modules ask about one. A new kind of source has its lines here.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::distillation::Distillation;
use super::encoder_source::EncoderSource;
use super::language_model::{Direction, GivenVectors, LanguageModelling};
use super::pretraining::{Corpus, Pretraining};
use super::run_source::RunSource;
use super::source_name::SourceName;
use crate::error::grouped;

/// The source of the word vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TextSource {
    /// Skip-gram with negative sampling on a text (Mikolov et al. 2013).
    SkipGram(Pretraining),
    /// Continuous bag of words with negative sampling.
    Cbow(Pretraining),
    /// A file of word vectors.
    Vectors {
        /// word2vec text or binary, GloVe text, a fastText model or safetensors; or a folder of static token vectors.
        file: PathBuf,
        /// How many rows to read from the beginning of the file; all, if left out.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// A recurrent language model. Its word vectors are transferred, and with
    /// [`Head::Transferred`](super::text_transfer::Head::Transferred) also its layers.
    LanguageModel(LanguageModelling),
    /// A sentence encoder. The vectors of texts are transferred, or the encoder itself.
    Encoder(EncoderSource),
    /// Static token vectors, distilled from a sentence encoder.
    Distilled(Distillation),
    /// What another session pre-trained: the path of its folder, and for one of several sources a colon and its name.
    Session(PathBuf),
    /// What a run of another session trained: the body of its model.
    Run(RunSource),
}

/// How a session gets the parameters of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// It trains them, so there is a loss curve and a learning rate.
    Trained,
    /// It computes them from those of the sentence encoder in this folder. There is no curve.
    Distilled(&'a Path),
    /// It reads word vectors that were published in this file or folder.
    PublishedVectors(&'a Path),
    /// It reads a sentence encoder that was published in this folder.
    PublishedEncoder(&'a Path),
    /// Another session pre-trained them.
    Session(&'a Path),
    /// A run of this session trained them.
    Run(&'a Path),
}

impl<'a> Origin<'a> {
    /// The file or folder of what was published.
    pub fn path_of_published(&self) -> Option<&'a Path> {
        match *self {
            Origin::PublishedVectors(path) | Origin::PublishedEncoder(path) => Some(path),
            Origin::Trained | Origin::Distilled(_) | Origin::Session(_) | Origin::Run(_) => None,
        }
    }

    /// What was published and where, for use within a sentence: "the word vectors of glove.txt".
    pub fn published(&self) -> Option<String> {
        match self {
            Origin::PublishedVectors(file) => Some(format!("the word vectors of {}", file.display())),
            Origin::PublishedEncoder(folder) => Some(format!("the sentence encoder {}", folder.display())),
            Origin::Trained | Origin::Distilled(_) | Origin::Session(_) | Origin::Run(_) => None,
        }
    }
}

impl TextSource {
    /// The name of a single source, which has none in the recipe: its kind, or its file without endings.
    pub(super) fn name(&self) -> SourceName {
        match self {
            TextSource::SkipGram(_) => "skip-gram".into(),
            TextSource::Cbow(_) => "cbow".into(),
            TextSource::LanguageModel(_) => "language-model".into(),
            TextSource::Vectors { file, .. } => SourceName::of_file(file),
            TextSource::Encoder(asked) => SourceName::of_file(&asked.folder),
            TextSource::Distilled(_) => "distilled".into(),
            TextSource::Session(path) => SourceName::of_session(path),
            TextSource::Run(asked) => asked.name(),
        }
    }

    /// How the session gets it.
    pub fn origin(&self) -> Origin<'_> {
        match self {
            TextSource::SkipGram(_) | TextSource::Cbow(_) | TextSource::LanguageModel(_) => Origin::Trained,
            TextSource::Vectors { file, .. } => Origin::PublishedVectors(file),
            TextSource::Encoder(asked) => Origin::PublishedEncoder(&asked.folder),
            TextSource::Distilled(asked) => Origin::Distilled(&asked.encoder),
            TextSource::Session(path) => Origin::Session(path),
            TextSource::Run(asked) => Origin::Run(&asked.session),
        }
    }

    /// Its kind in a few words: "skip-gram vectors".
    pub fn kind(&self) -> &'static str {
        match self {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) if asked.from.is_some() => {
                "published vectors, trained further"
            }
            TextSource::SkipGram(_) => "skip-gram vectors",
            TextSource::Cbow(_) => "CBOW vectors",
            TextSource::Vectors { .. } => "vectors from a file",
            TextSource::LanguageModel(_) => "a language model",
            TextSource::Encoder(_) => "a sentence encoder",
            TextSource::Distilled(_) => "distilled static vectors",
            TextSource::Session(_) => "what another session pre-trained",
            TextSource::Run(_) => "the body of another session's model",
        }
    }

    /// The heading of its description.
    pub fn heading(&self) -> &'static str {
        match self {
            // A language model is a model too, but the heading "model" belongs to the model that uses the source.
            TextSource::LanguageModel(_) => "source",
            TextSource::Encoder(_) => "encoder",
            TextSource::SkipGram(_)
            | TextSource::Cbow(_)
            | TextSource::Vectors { .. }
            | TextSource::Distilled(_)
            | TextSource::Session(_)
            | TextSource::Run(_) => "vectors",
        }
    }

    /// Describes it, for a reader who does not know it.
    pub fn explained(&self) -> String {
        match self {
            TextSource::SkipGram(asked) => asked.explained("skip-gram"),
            TextSource::Cbow(asked) => asked.explained("CBOW"),
            TextSource::Vectors { file, limit } => {
                let limit =
                    limit.map(|n| format!(", the first {} rows", grouped(n as u64))).unwrap_or_default();
                format!("published ones, read from {}{limit}", file.display())
            }
            TextSource::LanguageModel(model) => model.explained(),
            TextSource::Encoder(asked) => {
                format!("a published sentence encoder, read from {}", asked.folder.display())
            }
            TextSource::Distilled(asked) => asked.explained(),
            TextSource::Session(path) => format!("what the session {} pre-trained", path.display()),
            TextSource::Run(asked) => asked.explained(),
        }
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        match self {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => asked.check(),
            TextSource::LanguageModel(model) => model.check(),
            TextSource::Encoder(asked) => asked.check(),
            TextSource::Distilled(asked) => asked.check(),
            TextSource::Run(asked) => asked.check(),
            TextSource::Vectors { .. } | TextSource::Session(_) => Ok(()),
        }
    }

    /// The dimensions of its vectors as far as the recipe says them, else 1.
    pub(super) fn least_dim(&self) -> usize {
        match self {
            // A file that training begins with is not read yet.
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => match asked.from {
                Some(_) => asked.dim.unwrap_or(1),
                None => asked.dim(),
            },
            TextSource::LanguageModel(model) => model.dim,
            // A distillation has no more dimensions than its encoder, which is not read yet.
            TextSource::Vectors { .. }
            | TextSource::Encoder(_)
            | TextSource::Distilled(_)
            | TextSource::Session(_)
            | TextSource::Run(_) => 1,
        }
    }

    /// The texts that the source is trained on.
    pub fn corpora(&self) -> Vec<&Corpus> {
        match self {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => vec![&asked.corpus],
            TextSource::LanguageModel(asked) => std::iter::once(&asked.corpus).chain(&asked.adapt).collect(),
            TextSource::Distilled(asked) => asked.corpus.iter().collect(),
            TextSource::Vectors { .. }
            | TextSource::Encoder(_)
            | TextSource::Session(_)
            | TextSource::Run(_) => Vec::new(),
        }
    }

    /// Takes the learning rate and the epochs of `training` for an encoder too.
    pub(super) fn forget_rates(&mut self) {
        if let TextSource::Encoder(asked) = self {
            (asked.learning_rate, asked.epochs) = (None, None);
            (asked.head_learning_rate, asked.after_probe) = (None, None);
        }
    }

    /// Writes in the defaults that depend on other fields.
    pub(super) fn fill(&mut self) {
        if let TextSource::SkipGram(asked) | TextSource::Cbow(asked) = self {
            asked.fill();
        }
    }

    /// Calls `place` with every path, so that it can be made absolute.
    pub(super) fn each_path(&mut self, place: &mut dyn FnMut(&mut PathBuf)) {
        match self {
            TextSource::SkipGram(asked) | TextSource::Cbow(asked) => {
                asked.corpus.each_path(place);
                asked.from.iter_mut().for_each(|from| place(&mut from.file));
            }
            TextSource::Vectors { file, .. } | TextSource::Session(file) => place(file),
            TextSource::Run(asked) => place(&mut asked.session),
            TextSource::Encoder(asked) => place(&mut asked.folder),
            TextSource::Distilled(asked) => {
                place(&mut asked.encoder);
                asked.corpus.iter_mut().for_each(|text| text.each_path(place));
            }
            TextSource::LanguageModel(model) => {
                model.corpus.each_path(place);
                model.adapt.iter_mut().for_each(|text| text.each_path(place));
                model.vectors.iter_mut().map(GivenVectors::file_mut).for_each(place);
            }
        }
    }

    /// The direction in which its layers read texts, if they are trained here.
    pub fn direction(&self) -> Direction {
        self.language_model().map(|model| model.direction).unwrap_or_default()
    }

    /// The language model, if it is one.
    pub fn language_model(&self) -> Option<&LanguageModelling> {
        if let TextSource::LanguageModel(model) = self { Some(model) } else { None }
    }

    /// The sentence encoder, if it is one.
    pub fn encoder(&self) -> Option<&EncoderSource> {
        if let TextSource::Encoder(asked) = self { Some(asked) } else { None }
    }

    /// The number of rows of a file of vectors that are read, if the recipe says it.
    pub fn limit(&self) -> Option<usize> {
        if let TextSource::Vectors { limit, .. } = self { *limit } else { None }
    }

    /// Whether the source is trained in the session, and so has a loss curve and a learning rate.
    pub fn is_trained(&self) -> bool {
        self.origin() == Origin::Trained
    }

    /// Whether the source is made in the session, which keeps it: it is trained or distilled.
    pub fn is_made(&self) -> bool {
        matches!(self.origin(), Origin::Trained | Origin::Distilled(_))
    }

    /// Whether another session made it.
    pub fn is_taken(&self) -> bool {
        matches!(self.origin(), Origin::Session(_) | Origin::Run(_))
    }
}
