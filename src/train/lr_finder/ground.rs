//! What the methods of an experiment stand on: the labelled data, and the source that is carried to it.

use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::data::split::Pool;
use crate::error::{Error, Result};
use crate::files::Meter;
use crate::models::language_model::LanguageModel;
use crate::session::checkpoint;
use crate::session::method::{Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::text_transfer::TextTransfer;
use crate::session::training::Schedule;
use crate::text::documents::Documents;
use crate::train::image_plan::ImageGround;
use crate::train::learners::settings::Settings;
use crate::train::network_stage::NetworkStage;
use crate::train::pretraining::{self, kept_vectors};
use crate::train::protocol::command::Of;
use crate::train::reading::{self, Read};
use crate::train::reading_images::{self, ReadSource};
use crate::train::stage::Pretrained;
use crate::train::{language, plan};
use crate::transfer::experiment::Planned;
use crate::transfer::lookup::Table;
use crate::transfer::network::SourceNetwork;
use crate::transfer::unfreezing;
use crate::vectors::WordVectors;

use super::going::Going;
use super::tested::{Descending, Tested};

/// What runs begin with.
#[derive(Clone)]
pub struct Ground {
    recipe: Recipe,
    pool: Pool,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Texts { text: Box<TextTransfer>, documents: Arc<Documents>, table: Arc<Table> },
    Images(ImageGround),
}

impl Ground {
    /// Of texts.
    pub fn of_texts(
        recipe: Recipe,
        text: TextTransfer,
        pool: Pool,
        documents: Arc<Documents>,
        table: Arc<Table>,
    ) -> Ground {
        Ground { recipe, pool, kind: Kind::Texts { text: Box::new(text), documents, table } }
    }

    /// Of images.
    pub fn of_images(recipe: Recipe, pool: Pool, task: ImageGround) -> Ground {
        Ground { recipe, pool, kind: Kind::Images(task) }
    }

    /// Reads what `recipe` names. Its source is the one that the session in the folder `kept` keeps; without one, it is
    /// pre-trained now, and not kept.
    ///
    /// # Errors
    /// When data cannot be read, the session keeps no source, the pre-training fails, and those of `going`.
    pub fn read(recipe: &Recipe, kept: Option<&Path>, pool: &ThreadPool, going: Going) -> Result<Ground> {
        let meter = Arc::new(Meter::default());
        let data = reading::read(recipe, &mut |_| going("reading the data", 0.0), &meter)?;
        let recipe = recipe.clone();
        match data {
            Read::Texts(read) => {
                let labelled = read.labelled;
                let draws = Pool::new(&labelled.train, &labelled.classes, labelled.validation.is_some());
                let (vectors, model) = match read.vectors {
                    Some(vectors) => (vectors, None),
                    None => source_of_texts(&recipe, kept, pool, going)?,
                };
                let documents = Arc::new(read.documents).joined(&vectors.words);
                let vectors = Arc::new(vectors);
                let table = pool.install(|| match &model {
                    Some(model) => Table::of_language_model(vectors, model, &documents),
                    None => Table::new(vectors, &documents),
                });
                Ok(Ground::of_texts(recipe, read.asked, draws, documents, Arc::new(table)))
            }
            Read::Images(read) => {
                let source = match read.source {
                    ReadSource::Images(asked, images) => match kept {
                        Some(folder) => reading_images::network(&folder.join(checkpoint::NETWORK))?,
                        None => {
                            let folder = scratch_folder()?;
                            let images = Arc::new(*images);
                            let mut stage =
                                NetworkStage::begin(&asked, images, recipe.seed, folder.path(), false)?;
                            let doing = "pre-training the network";
                            while !stage.step(pool, &mut Vec::new())? {
                                going(doing, stage.progress())?;
                            }
                            stage.finish(folder.path())?
                        }
                    },
                    ReadSource::Network(source) => *source,
                };
                let source: Arc<SourceNetwork> = Arc::new(source);
                let task = ImageGround::new(read.asked, Arc::new(read.images), source)?;
                Ok(Ground::of_images(recipe, read.pool, task))
            }
        }
    }

    /// A run of a method, its first repetition, ready for its first update of so many.
    ///
    /// # Errors
    /// When the method is not one that learns by steps, or the budget does not fit the data.
    pub fn tested(&mut self, of: Of, updates: usize) -> Result<Box<dyn Tested>> {
        let Of::Method(method, budget) = of else {
            return Err(Error::request("no method is named", ""));
        };
        let (recipe, method) = swept(&self.recipe, method, updates);
        let planned = Planned { run: 0, method, budget, seed: 0 };
        let run = match &mut self.kind {
            Kind::Texts { text, documents, table } => {
                plan::make(&recipe, text, &planned, &self.pool, documents, table)?
            }
            Kind::Images(task) => task.make(&recipe, &planned, &self.pool)?,
        };
        if run.start.batch == 0 {
            return Err(Error::request(
                format!("{} has no learning rate: {}", method.name(), run.start.optimizer),
                "scratch, fine-tuned, gradual and LP-FT have one, and frozen with layers to be learned",
            ));
        }
        let own = Settings::new(&self.recipe.training, &self.recipe.transfer, run.start.labels).learning_rate;
        Ok(Box::new(Descending::new(run, own)))
    }
}

/// The recipe and the method with a learning rate of 1 that stays, and all that the method ever moves moving at once: a run that unfreezes
/// layer by layer, or learns the classes first, is looked at as it is at its end.
fn swept(recipe: &Recipe, method: Method, updates: usize) -> (Recipe, Method) {
    let mut recipe = recipe.clone();
    let method = match method.strategy() {
        Some(strategy @ (Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune)) => {
            recipe.training.discriminative =
                Some(unfreezing::slower(strategy, recipe.training.discriminative));
            Method::Strategy(Strategy::FineTuned)
        }
        _ => method,
    };
    let training = &mut recipe.training;
    (training.learning_rate, training.schedule, training.warm_up) = (Some(1.0), Schedule::Constant, 0.0);
    // An epoch has an update at the least.
    training.epochs = Some(updates);
    (recipe, method)
}

/// The vectors that texts are read by, and the language model if the source is one.
fn source_of_texts(
    recipe: &Recipe,
    kept: Option<&Path>,
    pool: &ThreadPool,
    going: Going,
) -> Result<(WordVectors, Option<LanguageModel>)> {
    if let Some(folder) = kept {
        let nothing = || {
            let remedy = "resume it to train its source, or name its recipe";
            Error::request(format!("the session in {} keeps no source", folder.display()), remedy)
        };
        let vectors = kept_vectors(folder)?.ok_or_else(nothing)?;
        return Ok((vectors, language::kept_model(folder)?.map(|generator| generator.model)));
    }
    let folder = scratch_folder()?;
    let mut stage = pretraining::begin(recipe, folder.path(), false, Arc::default())?;
    while !stage.step(pool, &mut Vec::new())? {
        going(stage.doing(), stage.progress())?;
    }
    let Pretrained { vectors, generator, .. } = stage.finish()?;
    Ok((vectors, generator.map(|generator| generator.model)))
}

/// A folder for what a pre-training keeps while it goes on.
fn scratch_folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("warmstart-").tempdir();
    folder.map_err(|e| Error::io("make a folder in", std::env::temp_dir(), e))
}
