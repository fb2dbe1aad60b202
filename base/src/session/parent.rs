//! The session that a source was taken from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::image_transfer::ImageSource;
use super::run_source::TakenRun;
use super::source_name::SourceName;
use super::text_source::TextSource;

/// Where a source comes from that another session pre-trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// The name of the source in this session.
    pub name: SourceName,
    /// The folder of the other session.
    pub session: PathBuf,
    /// The name of the source there.
    pub source: SourceName,
    /// The run that trained it there; `None` for what was pre-trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<TakenRun>,
    /// The folder of the model whose body it is, in the other session's folder; `None` if it is no model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<PathBuf>,
    /// Whether the recurrent layers of a language model are part of that body, beside the word vectors.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_layers: bool,
    /// How it was pre-trained, or which file it was read from.
    pub root: Root,
    /// The hash of the parameters that were copied; `None` for a file, which is read where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Seconds that the pre-training took there; 0 for a file.
    pub seconds: f64,
    /// Floating-point operations of the pre-training, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flops: Option<u64>,
}

/// What an inherited source is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Root {
    /// Word vectors or a language model.
    Text(Box<TextSource>),
    /// An image network.
    Images(Box<ImageSource>),
}

impl Parent {
    /// The name of the other session.
    pub fn session_name(&self) -> String {
        self.session.file_name().unwrap_or(self.session.as_os_str()).to_string_lossy().into_owned()
    }

    /// A sentence for the reader, without its full stop: "own was pre-trained in the session films (parameters 1a2b3c4d)".
    pub fn sentence(&self) -> String {
        let Parent { name, .. } = self;
        match &self.hash {
            Some(hash) if self.run.is_some() => {
                format!("{name} is the body of {} (parameters {hash})", self.phrase())
            }
            Some(hash) => format!("{name} was pre-trained in {} (parameters {hash})", self.phrase()),
            None => format!("{name} is the file that {} used", self.phrase()),
        }
    }

    /// Where it comes from, as a phrase: "the session films", or "\"own\" of the session films".
    pub fn phrase(&self) -> String {
        let session = self.session_name();
        if let Some(TakenRun { method, budget, seed }) = self.run {
            return format!(
                "the {} model with {budget} labels, seed {}, of the session {session}",
                method.name(),
                seed + 1
            );
        }
        // A single source is called by its kind, which says nothing new.
        match ["skip-gram", "cbow", "language-model", "classifier"].contains(&self.source.as_str()) {
            true => format!("the session {session}"),
            false => format!("\"{}\" of the session {session}", self.source),
        }
    }
}

impl Parent {
    /// Whether a session keeps a copy of the parameters; otherwise a file is read where it is.
    pub fn is_copied(&self) -> bool {
        self.model.is_some() || self.root.is_trained()
    }
}

impl Root {
    /// Whether a session trained it; otherwise a file is read.
    pub fn is_trained(&self) -> bool {
        match self {
            Root::Text(source) => source.is_trained(),
            Root::Images(source) => source.is_trained(),
        }
    }

    /// The source, if it is one of texts.
    pub fn text(&self) -> Option<&TextSource> {
        if let Root::Text(source) = self { Some(source) } else { None }
    }
}
