//! The runs of one budget: how they are begun, and a round of their training.

use crate::error::Result;
use crate::session::checkpoint;
use crate::session::log::Mark;
use crate::session::record::{Record, Stage};
use crate::train::data::Task;
use crate::train::outbox::Outbox;
use crate::train::plan;
use crate::train::quality::{self, Measured};
use crate::train::round_times;
use crate::train::run::RunState;

use super::{Job, Progress, forking};

impl Job {
    /// Begins the runs of the next budget; after the last budget it compares all runs.
    pub(super) fn begin_turn(&mut self, out: &mut Outbox) -> Result<()> {
        self.put_down_ended();
        self.add_due(out)?;
        let Some(Task { splits, .. }) = self.tasks.first() else { return Ok(()) };
        let Some(turn) = self.turns.pop_front() else { return self.conclude(out) };
        self.steering.begun += 1;
        let (mut starts, mut resumed, mut unfit) = (Vec::new(), Vec::new(), Vec::new());
        for planned in &turn {
            if self.is_gone(planned.run) {
                continue;
            }
            if self.resumed {
                self.remove_tried(planned.run);
            }
            let mut make = || {
                let source = self.sources.get_mut(self.recipe.source_place(planned.source.as_ref()));
                let trials = self.history.run(planned.run).map_or(Vec::new(), |run| run.tried(f64::INFINITY));
                source
                    .map(|source| plan::next(&self.resolved, planned, &trials, splits, source.pretrained()))
                    .transpose()
            };
            let Some(mut run) = make()? else { return Ok(()) };
            let mut step = None;
            if self.resumed {
                let name = run.checkpoint_name();
                while let Some(found) = checkpoint::load::<RunState>(&self.folder, &name)? {
                    let restored = run.restore(found.state, found.tensors);
                    let told = self.history.run(planned.run).is_some_and(|known| known.end.is_some());
                    match restored {
                        // If the log lacks the end of an ended run, its checkpoint is not used: the restored run
                        // would not record its end.
                        Ok(()) if told || !run.ended() => {
                            step = Some(found.step);
                            if run.ended() {
                                checkpoint::remove_older(&self.folder, &name, found.step);
                            }
                            break;
                        }
                        Ok(()) => {}
                        Err(error) => unfit.push(format!(
                            "{}; this checkpoint is not used: run {} goes on from the one before it, or begins again",
                            checkpoint::named(&found.path, error),
                            planned.run + 1
                        )),
                    }
                    checkpoint::remove(&found.path);
                    let Some(anew) = make()? else { return Ok(()) };
                    run = anew;
                }
            }
            if step.is_none() {
                let asked = (&self.recipe, &self.resolved);
                forking::begin(&mut run, asked, &self.folder, splits, &mut self.sources)?;
            }
            let known = self.history.run(planned.run);
            if known.is_none_or(|known| known.start.tuned.is_none() && run.start.tuned.is_some()) {
                starts.push(Record::Run(run.start.clone()));
            }
            if known.is_some_and(|known| known.end.is_none() || !run.ended()) {
                resumed.push((planned.run, step));
            }
            if run.ended() {
                // The process was killed between the end of the run and its measurement.
                let of = Measured::Run(planned.run);
                let open = self.history.stage() != Some(Stage::Finished) && !self.measured(&of);
                if open && planned.method.tunes() {
                    self.measuring.ask(of);
                }
                self.training.ended.push(run);
            } else {
                let run = self.steered(run);
                self.training.live.push(run);
            }
        }
        if self.history.stage() != Some(Stage::Finished) {
            let ended: Vec<usize> = self.training.ended.iter().map(|run| run.start.run).collect();
            self.keep_models(&ended, false);
        }
        self.remarks(unfit, out)?;
        for record in starts {
            self.tell(record, out)?;
        }
        if !resumed.is_empty() {
            let anew = resumed.iter().filter(|(_, step)| step.is_none()).map(|(run, _)| *run).collect();
            let runs = resumed.into_iter().filter_map(|(run, step)| Some((run, step?))).collect();
            self.tell(Record::Resumed { tokens: None, runs, pretraining_anew: false, anew }, out)?;
        }
        if self.idle() { self.begin_turn(out) } else { Ok(()) }
    }

    /// Whether nothing is left to do for the runs of a budget.
    pub(super) fn idle(&self) -> bool {
        self.training.idle() && self.measuring.idle() && self.keeping.idle()
    }

    pub(super) fn train(&mut self, pool: &rayon::ThreadPool, out: &mut Outbox) -> Result<Progress> {
        let mut tell = Vec::new();
        if self.keeps() {
            round_times::between("keeping models", || self.keep_step(pool))?;
            return Ok(Progress::Within);
        }
        if !self.measuring.idle() {
            let table = |of: &Measured| {
                let source = match of {
                    Measured::Source(name) => Some(name),
                    Measured::Run(run) => self.training.run(*run)?.start.source.as_ref(),
                };
                Some(&*self.sources.get(self.recipe.source_place(source))?.text()?.table)
            };
            round_times::between("measuring vectors", || {
                pool.install(|| self.measuring.step(table, |run| self.training.run(run), &mut tell));
            });
            for record in tell {
                self.tell(record, out)?;
            }
            return Ok(Progress::Within);
        }
        if self.training.idle() {
            round_times::between("beginning runs", || self.begin_turn(out))?;
            return Ok(Progress::Round);
        }
        self.tell_steering(out)?;
        let over = self.training.step(pool, &mut tell);
        let (mut ended, mut tried) = (Vec::new(), Vec::new());
        let mut progress = if over { Progress::Round } else { Progress::Within };
        for record in tell {
            if matches!(record, Record::Step(_)) {
                progress = Progress::Update;
            }
            if let Record::Trial(trial) = &record {
                progress = Progress::Update;
                tried.push(trial.run);
            }
            if let Record::RunEnd(end) = &record {
                ended.push(end.run);
                if let Some(found) = self.by_coverage(end.run) {
                    self.tell(found, out)?;
                }
            }
            self.tell(record, out)?;
        }
        for number in tried {
            self.follow_trial(number, out)?;
        }
        let log = if ended.is_empty() { Mark::default() } else { out.sync_log()? };
        for &number in &ended {
            round_times::between("saving runs", || self.save_run(number, log))?;
            if self.history.run(number).is_some_and(|run| run.start.method.tunes()) {
                self.measuring.ask(Measured::Run(number));
            }
        }
        if over {
            self.keep_states(out)?;
        }
        if !ended.is_empty() {
            round_times::between("choosing models to keep", || self.keep_models(&ended, true));
        }
        if over && self.idle() {
            round_times::between("beginning runs", || self.begin_turn(out))?;
        }
        Ok(progress)
    }

    /// The accuracy of a run that ends, by the coverage of documents.
    pub(super) fn by_coverage(&self, number: usize) -> Option<Record> {
        let run = self.training.run(number)?;
        let place = self.recipe.source_place(run.start.source.as_ref());
        let source = self.sources.get(place)?.text()?;
        quality::by_coverage(run, &source.documents, &source.table)
    }
}
