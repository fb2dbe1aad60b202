//! The models of its runs that a session keeps.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::session::keep::Keep;
use crate::session::kept_models::{self, FOLDER, model_folder};
use crate::session::record::RunStart;
use crate::transfer::predictor::config::{About, Kind, Stored};
use crate::transfer::predictor::load;

use super::Job;
use super::comparing::Comparing;

/// Why a model is stored as F32 for the time being. A resumed session compares its predictions again.
const STOPPED: &str = "the session was stopped before the predictions with F16 were known";

impl Job {
    /// Keeps the models of those runs in `ended` that are to be kept, and removes models that they replace, in the next
    /// steps. `again` overwrites a model that exists.
    pub(super) fn keep_models(&mut self, ended: &[usize], again: bool) {
        self.keeping.queue.extend(ended.iter().map(|&number| (number, again)));
    }

    /// Whether there is something to do for the models that are kept.
    pub(super) fn keeps(&self) -> bool {
        self.keeping.comparing.is_some() || self.next_to_keep().is_some()
    }

    /// The place in the queue of the next run whose model is kept. With `keep: Best`, a run waits for those of its method,
    /// source and budget that are still trained, since only the best of them is kept.
    fn next_to_keep(&self) -> Option<usize> {
        let waits = |number: usize| {
            let run = self.history.run(number).filter(|_| self.recipe.keep == Keep::Best);
            let is_like = |run: &RunStart| {
                self.training.live.iter().any(|live| kept_models::are_alike(&live.start, run))
            };
            run.is_some_and(|run| is_like(&run.start))
        };
        self.keeping.queue.iter().position(|&(number, _)| !waits(number))
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
        let next = self.next_to_keep().and_then(|place| self.keeping.queue.remove(place));
        let Some((number, again)) = next else { return Ok(()) };
        let Some(run) = self.history.run(number) else { return Ok(()) };
        let folder = model_folder(&self.folder, &run.start, self.recipe.has_several_sources());
        if !kept_models::is_kept(self.recipe.keep, run, &kept_models::beside(&self.history, &run.start)) {
            return Ok(());
        }
        if !again && folder.exists() && !was_stopped(&folder) {
            self.remove_others(number);
            return Ok(());
        }
        let (documents, most) = (self.documents().cloned(), self.recipe.keep_words);
        let Some(run) = self.training.run_mut(number) else { return Ok(()) };
        match pool.install(|| Comparing::begin(run, documents.as_deref(), most)) {
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

    /// Saves the model of a run, replaces what is there, and removes the models that it replaces.
    fn keep(&mut self, number: usize, stored: &Stored) -> Result<()> {
        let Some(start) = self.history.run(number).map(|run| run.start.clone()) else { return Ok(()) };
        let folder = model_folder(&self.folder, &start, self.recipe.has_several_sources());
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
            let _ = fs::remove_dir_all(model_folder(&self.folder, &other, self.recipe.has_several_sources()));
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
