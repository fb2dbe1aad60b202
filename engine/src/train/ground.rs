//! What the methods of an experiment need: the labelled data and the pre-trained source.

use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

use super::encoder_pretrained::EncoderPretrained;
use super::image_pretrained::ImagePretrained;
use super::inherited;
use super::language;
use super::layered::Layered;
use super::network_stage::NetworkStage;
use super::pretraining::{self, kept_vectors};
use super::reading::{self, Read, ReadTexts, ReadVectors};
use super::reading_images::{self, ReadSource};
use super::ready::Ready;
use super::sentence_vectors::SentenceVectors;
use super::stage::{Finished, PretrainingStage};
use super::text_pretrained::TextPretrained;
use crate::data::splits::Splits;
use crate::error::{Error, Result};
use crate::files::Meter;
use crate::session::checkpoint;
use crate::session::history::History;
use crate::session::parent::Parent;
use crate::session::recipe::Recipe;
use crate::transfer::network::SourceNetwork;
use crate::vectors::WordVectors;

/// A callback for progress. It gets what is being done and the fraction that is complete, and can stop the work with an
/// error.
pub type Going<'a> = &'a mut dyn FnMut(&str, f64) -> Result<()>;

/// The recipe, the labelled data and the source of an experiment: what runs are made from.
#[derive(Clone)]
pub struct Ground {
    pub(super) recipe: Recipe,
    /// Which examples each seed learns from and is tested on.
    pub(super) splits: Splits,
    pub(super) source: Ready,
}

impl Ground {
    /// The data and the source for runs of `recipe`. `splits` say which examples each seed learns from.
    pub fn new(recipe: Recipe, splits: Splits, source: Ready) -> Ground {
        Ground { recipe, splits, source }
    }

    /// Reads the data of `recipe`. If the recipe pre-trains its source, the source is read from the session in the
    /// folder `kept`; without such a folder, it is pre-trained now and not saved.
    ///
    /// # Errors
    /// When the data cannot be read, the session has no source, or pre-training fails; also the errors of `going`.
    pub fn read(recipe: &Recipe, kept: Option<&Path>, pool: &ThreadPool, going: Going) -> Result<Ground> {
        let meter = Arc::new(Meter::default());
        let taken = match kept {
            Some(folder) if !recipe.inherits().is_empty() => {
                let history = History::read(folder)?;
                inherited::kept(recipe, folder, &history.parents)
            }
            _ => inherited::at_their_sessions(recipe)?,
        };
        // Of several sources the first is taken; `Recipe::with_source` chooses another.
        let first = recipe.source_names().into_iter().next();
        let kept = kept.zip(first.as_ref()).map(|(folder, name)| recipe.source_folder(folder, name));
        let kept = kept.as_deref();
        let recipe = &first.map_or_else(|| recipe.clone(), |name| recipe.with_source(&name));
        let data = reading::read(recipe, &taken, &mut |_| going("reading the data", 0.0), &meter)?;
        let parents: Vec<Parent> = taken.iter().map(|taken| taken.parent.clone()).collect();
        let recipe = recipe.resolved(&parents);
        match data {
            Read::Texts(read) => {
                let ReadTexts { asked, labelled, documents, vectors, .. } = *read;
                let asked = recipe.text().cloned().unwrap_or(asked);
                let splits = labelled.pools(recipe.proportions()).splits(&recipe, &*documents)?;
                let ready = match (asked.source().encoder().cloned(), vectors.into_iter().next().flatten()) {
                    (
                        Some(source),
                        Some(ReadVectors {
                            vectors, in_tokens: Some(documents), encoder: Some(encoder), ..
                        }),
                    ) => {
                        // The vectors of texts are computed when a run asks for them.
                        let features = encoder.model.features();
                        let none = SentenceVectors::new(&[], encoder.ids.len(), Vec::new(), features);
                        let head = asked.head;
                        let words = TextPretrained::new(asked, documents, Arc::new(vectors), None);
                        Ready::Encoder(Box::new(EncoderPretrained::new(source, head, words, encoder, none)))
                    }
                    (_, Some(read)) => {
                        let documents = read.documents(&documents);
                        let (vectors, layered) = (Arc::new(read.vectors), read.layered);
                        Ready::Text(pool.install(|| TextPretrained::new(asked, documents, vectors, layered)))
                    }
                    (_, None) => {
                        let (vectors, layered) = source_of_texts(&recipe, kept, pool, going)?;
                        let read = pool.install(|| ReadVectors::new(vectors, String::new(), &documents))?;
                        let documents = read.documents(&documents);
                        let vectors = Arc::new(read.vectors);
                        Ready::Text(pool.install(|| TextPretrained::new(asked, documents, vectors, layered)))
                    }
                };
                Ok(Ground::new(recipe, splits, ready))
            }
            Read::Images(read) => {
                let Some((images, source)) = read.sources.into_iter().next() else {
                    return Err(Error::request("the recipe names no source", "this is a fault of warmstart"));
                };
                let source = match source {
                    ReadSource::Images(asked, images) => match kept {
                        Some(folder) => reading_images::network(&folder.join(checkpoint::NETWORK))?,
                        None => {
                            let folder = scratch_folder()?;
                            let own = Arc::new(*images);
                            let mut stage =
                                NetworkStage::begin(&asked, own, recipe.seed, folder.path(), false)?;
                            match finished(&mut stage, pool, going)? {
                                Finished::Network(source) => *source,
                                Finished::Words(_) | Finished::Encoder(_) => {
                                    return Err(Error::request("this source has no network", ""));
                                }
                            }
                        }
                    },
                    ReadSource::Network(source) => *source,
                };
                let splits = read.pools.splits(&recipe, &*images)?;
                let source: Arc<SourceNetwork> = Arc::new(source);
                let ready = ImagePretrained::new(read.asked, images, source)?;
                Ok(Ground::new(recipe, splits, Ready::Images(Box::new(ready))))
            }
        }
    }
}

/// The word vectors of a source for texts, and the language model that they belong to, if they do.
fn source_of_texts(
    recipe: &Recipe,
    kept: Option<&Path>,
    pool: &ThreadPool,
    going: Going,
) -> Result<(WordVectors, Option<Layered>)> {
    if let Some(folder) = kept {
        let nothing = || {
            let remedy = "resume it to train its source, or name its recipe";
            Error::request(format!("the session in {} keeps no source", folder.display()), remedy)
        };
        let vectors = kept_vectors(folder)?.ok_or_else(nothing)?;
        return Ok((vectors, language::kept_model(folder)?.map(Layered::from)));
    }
    let folder = scratch_folder()?;
    let mut stage = pretraining::begin(recipe, folder.path(), false, Arc::default())?;
    match finished(&mut *stage, pool, going)? {
        Finished::Words(words) => Ok((words.vectors, words.layered)),
        Finished::Network(_) | Finished::Encoder(_) => {
            Err(Error::request("this source has no word vectors", ""))
        }
    }
}

/// Runs a pre-training to its end, and returns what it made.
fn finished(stage: &mut dyn PretrainingStage, pool: &ThreadPool, going: Going) -> Result<Finished> {
    while !stage.step(pool, &mut Vec::new())? {
        let status = stage.status();
        going(status.doing, status.progress)?;
    }
    stage.finish()
}

/// A temporary folder for the checkpoints of a pre-training. It is deleted when it is dropped.
fn scratch_folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("warmstart-").tempdir();
    folder.map_err(|e| Error::io("make a folder in", std::env::temp_dir(), e))
}
