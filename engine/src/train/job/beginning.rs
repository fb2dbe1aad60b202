//! How a job begins: from a recipe, or from the folder of a session.

use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{Error, Place, Result};
use crate::files;
use crate::kernel::dispatch;
use crate::session::checkpoint::{self, Loaded};
use crate::session::history::History;
use crate::session::lock::Lock;
use crate::session::log::{self, Log};
use crate::session::parent::Parent;
use crate::session::recipe::{self, Recipe};
use crate::session::record::{Note, Record, Rerun, Stage, VERSION};
use crate::train::clock::Clock;
use crate::train::forking;
use crate::train::inherited::{self, Parameters};
use crate::train::memory;
use crate::train::outbox::Outbox;
use crate::train::quality::Measuring;
use crate::train::run::RunState;
use crate::train::training::RunSet;

use super::by_hand::{Steering, save_rerun, saved_rerun};
use super::comparing::Keeping;
use super::{Job, Part, leftovers};

/// The recipe of the session in `folder`, which has no log.
fn kept_recipe(folder: &Path) -> Result<Recipe> {
    let path = folder.join(recipe::FILE);
    let text = fs::read_to_string(&path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => {
            Error::input(folder, Place::Whole, "this session never began", "run its recipe again")
        }
        _ => Error::io("read", &path, e),
    })?;
    Recipe::parse_kept(&text, &path)
}

/// What other sessions pre-trained for `recipe`, which must fit into memory with it.
fn find_inherited(recipe: &Recipe) -> Result<Vec<(Parent, Parameters)>> {
    if !recipe.task_names().is_empty() {
        return Err(Error::request(
            format!(
                "this recipe has {} tasks, each of which becomes a session of its own",
                recipe.task_names().len()
            ),
            "`warmstart run RECIPE` runs them one after another",
        ));
    }
    memory::check(recipe, &[])?;
    let found = inherited::find(recipe)?;
    let parents: Vec<Parent> = found.iter().map(|known| known.0.clone()).collect();
    memory::check(recipe, &parents)?;
    Ok(found)
}

impl Job {
    /// Begins a session in `folder`, which is created if necessary. `fork` is the state from which its run begins, if the recipe
    /// names one.
    ///
    /// # Errors
    /// When the folder has a session already, or cannot be created.
    pub fn start(
        recipe: Recipe,
        fork: Option<Loaded<RunState>>,
        folder: PathBuf,
        out: &mut Outbox,
    ) -> Result<Job> {
        Job::start_as((recipe, None), fork, folder, out)
    }

    /// Begins a session in `folder` that repeats another one, with what was done there by hand.
    ///
    /// # Errors
    /// As those of [`start`](Job::start).
    pub fn rerun(recipe: Recipe, folder: PathBuf, of: Rerun, out: &mut Outbox) -> Result<Job> {
        let fork = forking::find(&recipe)?;
        Job::start_as((recipe, Some(of)), fork, folder, out)
    }

    fn start_as(
        (recipe, of): (Recipe, Option<Rerun>),
        fork: Option<Loaded<RunState>>,
        folder: PathBuf,
        out: &mut Outbox,
    ) -> Result<Job> {
        let inherited = find_inherited(&recipe)?;
        let fresh = !folder.exists();
        fs::create_dir_all(&folder).map_err(|e| Error::io("create the session's folder", &folder, e))?;
        let lock = Lock::take(&folder)?;
        Job::begin((recipe, of), (inherited, fork), folder, fresh, lock, out)
    }

    /// Begins a session in a folder that exists and is locked.
    pub(super) fn begin(
        (recipe, of): (Recipe, Option<Rerun>),
        (inherited, fork): (Vec<(Parent, Parameters)>, Option<Loaded<RunState>>),
        folder: PathBuf,
        fresh: bool,
        lock: Lock,
        out: &mut Outbox,
    ) -> Result<Job> {
        if log::begun(&folder)? {
            return Err(Error::input(
                &folder,
                Place::Whole,
                "there is a session here already",
                "resume it, or name another folder",
            ));
        }
        leftovers::remove(&folder);
        // Without a log it is unknown what checkpoints belong to, so all are removed.
        for folder in recipe.checkpoint_folders(&folder) {
            checkpoint::sift(&folder, |_| false);
        }
        let unlocked = lock.remark().map(String::from);
        let began = save_rerun(&folder, of.as_ref())
            .and_then(|()| {
                files::save(&folder.join(recipe::FILE), |file| file.write_all(recipe.to_ron().as_bytes()))
            })
            .and_then(|()| Log::create(&folder, lock))
            .and_then(|log| out.set_log(Some(log)));
        if let Err(error) = began {
            if fresh {
                // The folder did not exist before, or has only the recipe. Errors are ignored: the first error is
                // reported.
                let _ = fs::remove_dir_all(&folder);
            }
            return Err(error);
        }
        files::sync_folder(&folder);
        let mut job = Job::new(recipe, folder, History::default(), fresh);
        let program = format!("warmstart {}", env!("CARGO_PKG_VERSION"));
        let (machine, recipe) = (dispatch::machine(), Box::new(job.recipe.clone()));
        job.tell(Record::Opened { version: VERSION, program, machine, recipe }, out)?;
        if let Some(of) = of {
            job.steering.repeat(of.acts.clone());
            job.tell(Record::Rerun(of), out)?;
        }
        out.sync_log()?;
        job.remarks(unlocked, out)?;
        job.tell(Record::Stage(Stage::Reading), out)?;
        job.read(inherited, fork, out)?;
        Ok(job)
    }

    /// Resumes the session in `folder`, and first sends the entries of its log. A session that was killed before its
    /// first record begins again.
    ///
    /// # Errors
    /// When there is no session, another process writes to it, or it cannot be read.
    pub fn resume(folder: PathBuf, out: &mut Outbox) -> Result<Job> {
        let lock = Lock::take(&folder)?;
        if !log::begun(&folder)? {
            let recipe = kept_recipe(&folder)?;
            let inherited = find_inherited(&recipe)?;
            let fork = forking::find(&recipe)?;
            return Job::begin((recipe, saved_rerun(&folder)?), (inherited, fork), folder, false, lock, out);
        }
        leftovers::remove(&folder);
        let unlocked = lock.remark().map(String::from);
        let told = log::read(&folder)?;
        let history = History::of(told.entries.iter().cloned());
        let Some(recipe) = history.recipe.clone() else {
            return Err(Error::input(
                &folder,
                Place::Whole,
                "its log names no recipe",
                "run the recipe again",
            ));
        };
        memory::check(&recipe, &history.parents)?;
        let (log, kept) = Log::reopen(&folder, lock, &told)?;
        let folders = recipe.checkpoint_folders(&folder);
        let unfit: Vec<String> =
            folders.iter().flat_map(|folder| checkpoint::sift(folder, |mark| told.reaches(mark))).collect();
        out.set_log(Some(log))?;
        let damage = told.damage.zip(kept).map(|(damage, kept)| {
            format!(
                "{damage}; the session goes on from what lies before it, the rest is kept in {}",
                kept.display()
            )
        });
        told.entries.into_iter().for_each(|entry| out.show(entry));
        let mut job = Job::new(*recipe, folder, history, false);
        job.resumed = true;
        if job.history.rerun.is_none()
            && let Some(of) = saved_rerun(&job.folder)?
        {
            job.steering.repeat(of.acts.clone());
            job.tell(Record::Rerun(of), out)?;
        }
        job.remarks(unlocked.into_iter().chain(damage).chain(unfit), out)?;
        if job.history.comparison.is_none() || job.history.stage() != Some(Stage::Finished) {
            job.tell(Record::Stage(Stage::Reading), out)?;
            job.name_other_machine(out)?;
        }
        job.read(Vec::new(), None, out)?;
        Ok(job)
    }

    /// Adds a remark if the session is resumed on a kind of machine that may give other bits.
    pub(super) fn name_other_machine(&mut self, out: &mut Outbox) -> Result<()> {
        let (here, began) = (dispatch::machine(), self.history.machine.clone());
        if began.is_empty() || began == here {
            return Ok(());
        }
        let remark = format!(
            "This session began on another kind of machine ({began}) and goes on here ({here}): the last digits of what \
             follows may differ, and with them the results."
        );
        self.tell(Record::Note(Note::Remark(remark)), out)
    }

    /// Records that pre-training continues after `tokens`, or that it begins (again, in a resumed session).
    pub(super) fn tell_pretraining(
        &mut self,
        tokens: Option<u64>,
        begins: Stage,
        out: &mut Outbox,
    ) -> Result<()> {
        let resumed =
            |anew| Record::Resumed { tokens, runs: Vec::new(), pretraining_anew: anew, anew: Vec::new() };
        if tokens.is_some() {
            return self.tell(resumed(false), out);
        }
        if self.resumed && self.history.stages.iter().any(|stage| stage.value == Stage::Pretraining) {
            self.tell(resumed(true), out)?;
        }
        self.tell(Record::Stage(begins), out)
    }

    pub(super) fn new(recipe: Recipe, folder: PathBuf, history: History, fresh: bool) -> Job {
        Job {
            folder,
            clock: Clock::from(history.now),
            part: Part::Finished,
            tasks: Vec::new(),
            waiting: VecDeque::new(),
            seen: None,
            sources: Vec::new(),
            shown: None,
            turns: VecDeque::new(),
            steering: Steering::of(&history),
            training: RunSet::default(),
            awake: VecDeque::new(),
            measuring: Measuring::default(),
            keeping: Keeping::default(),
            states_full: false,
            saved: Instant::now(),
            fresh,
            resumed: false,
            resolved: recipe.clone(),
            recipe,
            history,
        }
    }
}
