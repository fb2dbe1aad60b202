//! The models of its runs that a session keeps.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::session::keep::Keep;
use crate::session::kept_models::{self, FOLDER, model_folder};
use crate::session::record::RunStart;
use crate::transfer::predictor::config::About;

use super::Job;

impl Job {
    /// Saves the models of the runs in `ended` that are to be kept, and removes models that they replace. `again`
    /// overwrites a model that exists: it may come from an earlier end of the run that the log does not have.
    ///
    /// # Errors
    /// When the disk refuses the write.
    pub(super) fn keep_models(&mut self, ended: &[usize], again: bool) -> Result<()> {
        for &number in ended {
            let Some(run) = self.history.run(number) else { continue };
            let (start, beside) = (run.start.clone(), kept_models::beside(&self.history, &run.start));
            if !kept_models::is_kept(self.recipe.keep, run, &beside) {
                continue;
            }
            let others: Vec<RunStart> = match self.recipe.keep {
                Keep::Best => beside.iter().map(|other| other.start.clone()).collect(),
                Keep::All | Keep::None => Vec::new(),
            };
            let folder = model_folder(&self.folder, &start);
            if again || !folder.exists() {
                self.keep_model(&start, &folder)?;
            }
            for other in others {
                // An error is ignored: a model that cannot be removed is only superfluous.
                let _ = fs::remove_dir_all(model_folder(&self.folder, &other));
            }
        }
        Ok(())
    }

    /// Saves the model of a run in `folder`, and replaces what is there.
    fn keep_model(&mut self, start: &RunStart, folder: &Path) -> Result<()> {
        let Some(run) = self.training.run_mut(start.run) else { return Ok(()) };
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove the older model", folder, error));
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
        run.predictor().save(folder, &about, self.recipe.keep_words)?;
        Ok(())
    }
}
