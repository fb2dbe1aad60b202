//! The models that a range test can train: runs by gradient descent, language models, word vectors.

use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::error::{Error, Result};
use crate::models::language_model::streams::Streams;
use crate::models::language_model::{Chance, LanguageModel};
use crate::pretrain::{Doing, Model, Options, Pretraining, Start};
use crate::rng::Moment;
use crate::session::image_transfer::{ImagePretraining, ImageSource, ImageTransfer};
use crate::session::language_model::LanguageModelling;
use crate::session::recipe::{Recipe, Transfer};
use crate::session::record::Record;
use crate::session::text_source::TextSource;
use crate::session::text_transfer::Tokens;
use crate::session::training::{OptimizerChoice, Schedule};
use crate::train::corpus::corpus;
use crate::train::ground::Going;
use crate::train::language::learning::{Learning, shape};
use crate::train::language::text::{self, Prepared};
use crate::train::run::Run;
use crate::train::training::RunSet;
use crate::train::{network_stage, reading_images};

/// The number of words that word vectors are trained on at each learning rate; with fewer the loss is too noisy.
const WORDS: u64 = 4_096;

/// An untrained model for a range test.
pub trait Tested: Send {
    /// The optimizer and the batch size, as a phrase: "Adam, batches of 16".
    fn optimizer(&self) -> String;
    /// The recipe's learning rate for the model.
    fn own_learning_rate(&self) -> f32;
    /// Does an update at this learning rate. Returns the mean loss of its batch before the update; `None` if the loss
    /// or a gradient is not finite.
    ///
    /// # Errors
    /// When data cannot be read.
    fn update(&mut self, learning_rate: f32, pool: &ThreadPool) -> Result<Option<f64>>;
}

/// The pre-training of the source of `recipe`, before its first update. If it trains published vectors further, their
/// output weights are learned first, as in the training itself.
///
/// # Errors
/// When the source is not pre-trained, or its data cannot be read; also the errors of `going`.
pub fn source(recipe: &Recipe, updates: usize, pool: &ThreadPool, going: Going) -> Result<Box<dyn Tested>> {
    let text = match &recipe.transfer {
        Transfer::Text(text) => text,
        Transfer::Images(images) => return source_of_images(recipe, images, updates, going),
    };
    match text.source() {
        TextSource::SkipGram(asked) => vectors(recipe, Model::SkipGram, asked, text.tokens, pool, going),
        TextSource::Cbow(asked) => vectors(recipe, Model::Cbow, asked, text.tokens, pool, going),
        TextSource::LanguageModel(asked) => {
            let corpus = corpus(&asked.corpus, recipe)?;
            let text = text::prepare(&*corpus, text.tokens, asked, &mut || going("counting words", 0.0))?;
            let mut model = pool.install(|| LanguageModel::new(shape(asked, &text.lexicon), recipe.seed));
            if let Some(vectors) = text::beginning(asked)? {
                model.begin_with(&text.lexicon, &vectors);
            }
            let learning = Learning::new(model, asked);
            let (asked, seed) = (asked.clone(), recipe.seed);
            Ok(Box::new(Speaking { asked, seed, text, learning, batch: 0, step: 0 }))
        }
        TextSource::Vectors { file, .. } | TextSource::Session(file) => Err(there_already(file)),
        TextSource::Encoder(asked) => Err(there_already(&asked.folder)),
        TextSource::Run(asked) => Err(there_already(&asked.session)),
        TextSource::Distilled(asked) => Err(Error::request(
            format!("{} is distilled, which needs no learning rate", asked.encoder.display()),
            "name a method: `--method fine-tuned`",
        )),
    }
}

fn there_already(file: &Path) -> Error {
    Error::request(
        format!("{} is there already and is not pre-trained", file.display()),
        "name a method: `--method fine-tuned`",
    )
}

/// The pre-training of an image network, before its first update.
fn source_of_images(
    recipe: &Recipe,
    images: &ImageTransfer,
    updates: usize,
    going: Going,
) -> Result<Box<dyn Tested>> {
    match images.source() {
        ImageSource::Classifier(asked) => {
            let mut going_on = |_| going("reading the images", 0.0);
            let images = Arc::new(reading_images::source_images(asked, recipe.seed, &mut going_on)?);
            let swept = ImagePretraining {
                learning_rate: 1.0,
                schedule: Schedule::Constant,
                epochs: updates,
                ..asked.clone()
            };
            let run = network_stage::run(&swept, &images, recipe.seed);
            Ok(Box::new(Descending::new(run, asked.optimizer, asked.learning_rate)))
        }
        ImageSource::Network(file) | ImageSource::Session(file) => Err(there_already(file)),
        ImageSource::Run(asked) => Err(there_already(&asked.session)),
    }
}

/// A run that is trained by gradient descent.
pub struct Descending {
    training: RunSet,
    optimizer: String,
    own_learning_rate: f32,
}

impl Descending {
    /// A run with a constant learning rate of 1. `own_learning_rate` is the recipe's learning rate.
    pub fn new(run: Run, optimizer: OptimizerChoice, own_learning_rate: f32) -> Descending {
        let optimizer = format!("{optimizer}, batches of {}", run.start.batch);
        let mut training = RunSet::default();
        training.live.push(run.unvalidated());
        Descending { training, optimizer, own_learning_rate }
    }
}

impl Tested for Descending {
    fn optimizer(&self) -> String {
        self.optimizer.clone()
    }

    fn own_learning_rate(&self) -> f32 {
        self.own_learning_rate
    }

    fn update(&mut self, learning_rate: f32, pool: &ThreadPool) -> Result<Option<f64>> {
        let mut tell = Vec::new();
        loop {
            // A run whose training has ended had a loss or gradient that was not finite.
            let Some(run) = self.training.live.first_mut().filter(|run| run.learning()) else {
                return Ok(None);
            };
            run.learning_rate_factor = learning_rate;
            self.training.step(pool, &mut tell);
            for record in tell.drain(..) {
                if let Record::Step(point) = record {
                    return Ok(Some(point.loss));
                }
            }
        }
    }
}

/// A language model before training, with its first text.
struct Speaking {
    asked: LanguageModelling,
    seed: u64,
    text: Prepared,
    learning: Learning,
    batch: usize,
    step: u64,
}

impl Tested for Speaking {
    fn optimizer(&self) -> String {
        format!("Adam, batches of {} × {} words", self.asked.batch_size, self.asked.bptt)
    }

    fn own_learning_rate(&self) -> f32 {
        self.asked.learning_rate
    }

    fn update(&mut self, learning_rate: f32, pool: &ThreadPool) -> Result<Option<f64>> {
        let mut streams = Streams::new(&self.text.text, self.asked.batch_size, self.asked.bptt);
        if self.batch >= streams.batches() {
            self.batch = 0;
            self.learning.begin_again(self.asked.batch_size);
        }
        // A text has at least one batch.
        let Some(batch) = streams.batch(self.batch) else { return Ok(None) };
        let chance = Chance {
            dropout: self.asked.dropout,
            moment: Moment { seed: self.seed, step: self.step, part: 0 },
        };
        let words = batch.words.len() as f64;
        let Ok(loss) = pool.install(|| self.learning.look(batch, &chance, self.asked.max_grad_norm)) else {
            return Ok(None);
        };
        pool.install(|| self.learning.step(learning_rate));
        self.batch += 1;
        self.step += 1;
        Ok(Some(loss / words))
    }
}

/// Word vectors before training.
struct Vectors {
    work: Pretraining,
    own_learning_rate: f32,
}

fn vectors(
    recipe: &Recipe,
    model: Model,
    asked: &crate::session::pretraining::Pretraining,
    tokens: Tokens,
    pool: &ThreadPool,
    going: Going,
) -> Result<Box<dyn Tested>> {
    let start = Start::read(asked, &Arc::default())?;
    let options = Options::new(model, asked, tokens, start);
    let text = corpus(&asked.corpus, recipe)?;
    let own_learning_rate = options.learning_rate;
    // A short text is read again and again.
    let mut work = Pretraining::new(text, Options { epochs: Some(100_000), ..options }, recipe.seed)?;
    while matches!(work.doing(), Doing::Joining | Doing::Counting) {
        going("counting words", 0.0)?;
        pool.install(|| work.step())?;
    }
    // The test is about the learning rate of the vectors, so what learns before them does so at the recipe's rate.
    while work.outputs_first() {
        let done = work.position().map_or(0, |position| position.tokens);
        let of = work.vocabulary().map_or(0, |vocabulary| vocabulary.tokens());
        going("learning output weights", done as f64 / of.max(1) as f64)?;
        pool.install(|| work.step())?;
    }
    Ok(Box::new(Vectors { work, own_learning_rate }))
}

impl Tested for Vectors {
    fn optimizer(&self) -> String {
        let name = match self.work.options().model {
            Model::SkipGram => "skip-gram",
            Model::Cbow => "CBOW",
        };
        format!("{name}, {WORDS} words per learning rate")
    }

    fn own_learning_rate(&self) -> f32 {
        self.own_learning_rate
    }

    fn update(&mut self, learning_rate: f32, pool: &ThreadPool) -> Result<Option<f64>> {
        let begun = self.work.position().map_or(0, |position| position.tokens);
        let (mut loss, mut pairs) = (0.0, 0);
        loop {
            let progress = match pool.install(|| self.work.step_at(learning_rate)) {
                Ok(progress) => progress,
                Err(Error::Diverged { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            loss += progress.loss;
            pairs += progress.pairs;
            if progress.doing == Doing::Finished || pairs > 0 && progress.tokens >= begun + WORDS {
                return Ok((pairs > 0).then(|| loss / pairs as f64));
            }
        }
    }
}
