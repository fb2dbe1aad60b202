//! The models of its runs that a session keeps.
//!
//! The word vectors of a kept model are stored as F16 if this changes no prediction on the test set, which halves the
//! file. To know this, every kept model with word vectors classifies the test set once more, with rounded vectors and
//! in small steps.

use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rayon::prelude::*;

use crate::data::examples::{ExampleId, Examples, FIRST_TEST_SET};
use crate::error::{Error, Result, counted};
use crate::files;
use crate::models::text_classifier::Workspace;
use crate::session::keep::Keep;
use crate::session::kept_models::{self, FOLDER, model_folder};
use crate::session::record::RunStart;
use crate::text::documents::Documents;
use crate::train::run::Run;
use crate::transfer::predictor::config::{About, Kind, Precision, Stored};
use crate::transfer::predictor::text::TextPredictor;
use crate::transfer::predictor::{Predictor, argmax, load};

use super::Job;

/// How many texts a thread classifies in a step.
const CHUNK: usize = 16;
/// Why a model is stored as F32 for the time being. A resumed session compares its predictions again.
const STOPPED: &str = "the session was stopped before the predictions with F16 were known";

/// The runs whose models are to be kept.
#[derive(Default)]
pub(super) struct Keeping {
    /// The runs that have ended, and whether a model that exists is overwritten: it may come from an earlier end of the
    /// run that the log does not have.
    queue: VecDeque<(usize, bool)>,
    comparing: Option<Comparing>,
}

impl Keeping {
    /// Whether no model is left to be kept.
    pub fn idle(&self) -> bool {
        self.queue.is_empty() && self.comparing.is_none()
    }
}

/// The comparison of a run's predictions on the test set with those of its rounded word vectors.
struct Comparing {
    run: usize,
    rounded: TextPredictor<'static>,
    /// The examples of the test set, and the prediction of the run where it is known.
    examples: Vec<(ExampleId, Option<u16>)>,
    next: usize,
}

impl Comparing {
    /// Compares some more predictions. Returns how the word vectors are to be stored, as soon as that is known.
    fn step(&mut self, run: &mut Run, documents: &Documents) -> Option<Stored> {
        let count = (CHUNK * rayon::current_num_threads()).min(self.examples.len() - self.next);
        let some = &self.examples[self.next..self.next + count];
        let texts: Vec<&str> = some.iter().map(|&(id, _)| &documents.texts[id as usize][..]).collect();
        let rounded = guesses(&self.rounded, &texts);
        let doubtful = some.iter().zip(&rounded).zip(&texts);
        let doubtful = doubtful.filter(|((known, guess), _)| known.1 != Some(**guess));
        let (expected, texts): (Vec<u16>, Vec<&str>) =
            doubtful.map(|((_, &guess), &text)| (guess, text)).unzip();
        // A run that was restored has no predictions. And batches of other texts may give other last digits.
        if !texts.is_empty()
            && let Predictor::Text(own) = run.predictor()
            && guesses(&own, &texts) != expected
        {
            return Some(Stored::unrounded("F16 would change a prediction on the test set"));
        }
        self.next += count;
        (self.next == self.examples.len()).then(|| Stored {
            dtype: Precision::F16,
            why: format!(
                "F16 changes no prediction on the test set ({})",
                counted(self.examples.len(), "text", "texts")
            ),
        })
    }
}

/// The predicted class of each text. The work runs on the thread pool in which this is called.
fn guesses(predictor: &TextPredictor, texts: &[&str]) -> Vec<u16> {
    let classes = predictor.classes.len();
    let of = |workspace: &mut Workspace, texts: &[&str]| {
        let probabilities = predictor.probabilities(texts, workspace);
        probabilities.chunks_exact(classes).map(|row| argmax(row) as u16).collect::<Vec<_>>()
    };
    let chunks: Vec<Vec<u16>> = texts.par_chunks(CHUNK).map_init(Workspace::default, of).collect();
    chunks.concat()
}

impl Job {
    /// Keeps the models of those runs in `ended` that are to be kept, and removes models that they replace, in the next
    /// steps. `again` overwrites a model that exists.
    pub(super) fn keep_models(&mut self, ended: &[usize], again: bool) {
        self.keeping.queue.extend(ended.iter().map(|&number| (number, again)));
    }

    /// Does a bounded step of keeping models.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub(super) fn keep_step(&mut self, pool: &rayon::ThreadPool) -> Result<()> {
        if let Some(mut comparing) = self.keeping.comparing.take() {
            let (documents, number) = (self.documents().cloned(), comparing.run);
            let (Some(documents), Some(run)) = (documents, self.training.run_mut(number)) else {
                return Ok(());
            };
            match pool.install(|| comparing.step(run, &documents)) {
                Some(stored) => self.keep(number, &stored)?,
                None => self.keeping.comparing = Some(comparing),
            }
            return Ok(());
        }
        let Some((number, again)) = self.keeping.queue.pop_front() else { return Ok(()) };
        let Some(run) = self.history.run(number) else { return Ok(()) };
        let folder = model_folder(&self.folder, &run.start);
        if !kept_models::is_kept(self.recipe.keep, run, &kept_models::beside(&self.history, &run.start)) {
            return Ok(());
        }
        if !again && folder.exists() && !was_stopped(&folder) {
            self.remove_others(number);
            return Ok(());
        }
        match pool.install(|| self.comparison(number)) {
            Ok(comparing) => self.keeping.comparing = Some(comparing),
            Err(stored) => self.keep(number, &stored)?,
        }
        Ok(())
    }

    /// Keeps the models that wait, without comparing their predictions further: the session is about to be left.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub(super) fn keep_the_rest(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.keeping);
        let waiting = waiting
            .comparing
            .map(|comparing| comparing.run)
            .into_iter()
            .chain(waiting.queue.into_iter().map(|(number, _)| number));
        for number in waiting {
            let Some(run) = self.history.run(number) else { continue };
            let beside = kept_models::beside(&self.history, &run.start);
            if kept_models::is_kept(self.recipe.keep, run, &beside) {
                self.keep(number, &Stored::unrounded(STOPPED))?;
            }
        }
        Ok(())
    }

    /// The beginning of a comparison; or how the model is stored, if nothing can be compared.
    fn comparison(&mut self, number: usize) -> std::result::Result<Comparing, Stored> {
        let unrounded = |why: &str| Err(Stored::unrounded(why));
        let Some(documents) = self.documents().cloned() else { return unrounded("there are no texts") };
        let most = self.recipe.keep_words;
        let Some(run) = self.training.run_mut(number) else { return unrounded("there is no run") };
        let tests = (FIRST_TEST_SET..documents.sets().len()).flat_map(|place| documents.set(place));
        let mut examples: Vec<(ExampleId, Option<u16>)> = tests.map(|id| (id as ExampleId, None)).collect();
        if examples.is_empty() {
            return unrounded("there is no test set on which predictions with F16 could be compared");
        }
        for (_, ids, opinions) in &run.opinions {
            for (id, opinion) in ids.iter().zip(opinions) {
                if let Ok(place) = examples.binary_search_by_key(id, |example| example.0) {
                    examples[place].1 = Some(opinion.0);
                }
            }
        }
        let Predictor::Text(predictor) = run.predictor() else { return unrounded("it has no word vectors") };
        match predictor.rounded(most) {
            Some(rounded) => Ok(Comparing { run: number, rounded, examples, next: 0 }),
            None => unrounded("a value is too large for F16"),
        }
    }

    /// Saves the model of a run, replaces what is there, and removes the models that it replaces.
    fn keep(&mut self, number: usize, stored: &Stored) -> Result<()> {
        let Some(start) = self.history.run(number).map(|run| run.start.clone()) else { return Ok(()) };
        let folder = model_folder(&self.folder, &start);
        let Some(run) = self.training.run_mut(number) else { return Ok(()) };
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove the older model", &folder, error));
            }
            _ => {}
        }
        // `create_dir` does not create the session's folder: a session that was removed must not reappear with models
        // only.
        let models = self.folder.join(FOLDER);
        match fs::create_dir(&models) {
            Ok(()) => files::sync_folder(&models),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", &models, error)),
        }
        let about = About {
            program: format!("warmstart {}", env!("CARGO_PKG_VERSION")),
            title: self.recipe.title.clone(),
            method: start.method.id().to_string(),
            budget: start.budget.to_string(),
            labels: start.labels,
            seed: start.seed + 1,
        };
        run.predictor().save(&folder, &about, self.recipe.keep_words, stored)?;
        self.remove_others(number);
        Ok(())
    }

    /// Removes the models that the kept model of a run replaces.
    fn remove_others(&self, number: usize) {
        let Some(run) = self.history.run(number).filter(|_| self.recipe.keep == Keep::Best) else { return };
        let others: Vec<RunStart> = kept_models::beside(&self.history, &run.start)
            .into_iter()
            .map(|other| other.start.clone())
            .collect();
        for other in others {
            // An error is ignored: a model that cannot be removed is only superfluous.
            let _ = fs::remove_dir_all(model_folder(&self.folder, &other));
        }
    }
}

/// Whether the model in `folder` was kept when the session was stopped, before its predictions were compared.
fn was_stopped(folder: &Path) -> bool {
    load::config_of(folder).is_ok_and(|config| match config.model {
        Kind::Text(text) => text.word_vectors.is_some_and(|stored| stored.why == STOPPED),
        Kind::Images(_) => false,
    })
}
