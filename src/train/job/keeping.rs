//! The models that a session keeps of its runs.

use std::fs;
use std::io::ErrorKind;

use crate::error::{Error, Result};
use crate::files;
use crate::session::kept_models::{FOLDER, kept, model_folder};
use crate::session::record::RunStart;
use crate::transfer::predictor::config::About;

use super::Job;

impl Job {
    /// Keeps the models of those runs among `ended` that are worth it, and removes the ones that they are better than.
    /// `again` says that a model which is there already may be of another end: of one that the log does not tell.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn keep_models(&mut self, ended: &[usize], again: bool) -> Result<()> {
        let keep: Vec<RunStart> =
            kept(self.recipe.keep, &self.history).into_iter().map(|run| run.start.clone()).collect();
        for start in keep.iter().filter(|start| ended.contains(&start.run)) {
            let folder = model_folder(&self.folder, start);
            let Some(run) = self.training.run_mut(start.run).filter(|_| again || !folder.exists()) else {
                continue;
            };
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("remove the older model", &folder, error));
                }
                _ => {}
            }
            let about = About {
                program: format!("warmstart {}", env!("CARGO_PKG_VERSION")),
                title: self.recipe.title.clone(),
                method: start.method.id().to_string(),
                budget: start.budget.to_string(),
                labels: start.labels,
                seed: start.seed + 1,
            };
            // Not with the session's folder: one that was removed must not come back with models alone.
            let models = self.folder.join(FOLDER);
            match fs::create_dir(&models) {
                Ok(()) => files::sync_folder(&models),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create", &models, error)),
            }
            run.learner.predictor().save(&folder, &about, self.recipe.keep_words)?;
        }
        for run in &self.history.runs {
            let folder = model_folder(&self.folder, &run.start);
            if keep.iter().all(|start| start.run != run.start.run) && folder.exists() {
                // One that cannot be removed is only one too many.
                let _ = fs::remove_dir_all(&folder);
            }
        }
        Ok(())
    }
}
