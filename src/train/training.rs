//! The experiment under way: runs that take turns.
//!
//! A round is one bounded piece of work of every live run. Its tasks are done in waves: each thread takes
//! one task after another for a few milliseconds, and between two waves the training thread looks at its
//! commands. Results are taken in when the round is whole, each run's by itself and told in the order of
//! the runs, so neither the number of threads nor the moment of a command changes any bits or the order
//! of the records.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::session::record::Record;

use super::run::Run;
use super::task::{Task, Workspace};

/// How long the threads take new tasks before commands are looked at. A thread that the system holds up
/// costs its own fraction of so long a time and not that of the others.
const WAVE: Duration = Duration::from_millis(8);

/// The runs of a session that were begun.
#[derive(Default)]
pub struct RunSet {
    /// Runs that have something to do.
    pub live: Vec<Run>,
    /// Runs that are over; they still answer questions.
    pub ended: Vec<Run>,
    /// The tasks of this round that are still to be done, with the places of their runs in `live`,
    queue: VecDeque<(usize, Task)>,
    /// and those that are done.
    done: Vec<(usize, Task)>,
    under_way: bool,
    workspaces: Vec<Workspace>,
}

impl RunSet {
    /// Whether no run has anything to do.
    pub fn idle(&self) -> bool {
        self.live.is_empty()
    }

    /// Does one wave; what happened is pushed to `tell`. True when a round is over.
    pub fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> bool {
        // Among the pool's threads once, and not for every part: waking them takes as long as a small step.
        pool.install(|| self.wave_or_round(tell))
    }

    fn wave_or_round(&mut self, tell: &mut Vec<Record>) -> bool {
        if !self.under_way {
            self.live.par_iter_mut().for_each(Run::plan);
            for (place, run) in self.live.iter_mut().enumerate() {
                self.queue.extend(run.tasks.drain(..).map(|task| (place, task)));
            }
            self.under_way = true;
        }
        if !self.queue.is_empty() {
            self.wave();
        }
        if !self.queue.is_empty() {
            return false;
        }
        self.under_way = false;
        // Back to their runs in the order in which those made them.
        self.done.sort_by_key(|(place, task)| (*place, task.part));
        for (place, task) in self.done.drain(..) {
            self.live[place].tasks.push(task);
        }
        let finish = |run: &mut Run| {
            let mut tell = Vec::new();
            run.finish_round(&mut tell);
            tell
        };
        let told: Vec<Vec<Record>> = self.live.par_iter_mut().map(finish).collect();
        tell.extend(told.into_iter().flatten());
        for run in self.live.extract_if(.., |run| run.ended()) {
            self.ended.push(run);
        }
        true
    }

    /// Does tasks side by side until [`WAVE`] is over or none is left; each thread does one at the least.
    fn wave(&mut self) {
        let threads = rayon::current_num_threads().min(self.queue.len()).max(1);
        self.workspaces.resize_with(threads.max(self.workspaces.len()), Workspace::default);
        let end = Instant::now() + WAVE;
        let live = &self.live;
        let (queue, done) = (Mutex::new(&mut self.queue), Mutex::new(&mut self.done));
        let work = |workspace: &mut Workspace| {
            loop {
                // A thread that panics takes the wave down with it, so what it held is not looked at again.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some((place, mut task)) = next else { break };
                live[place].compute(&mut task, workspace);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((place, task));
                if Instant::now() >= end {
                    break;
                }
            }
        };
        self.workspaces[..threads].par_iter_mut().for_each(work);
    }

    /// Goes on for a moment with an ended run's second look at a set; true when its opinions are there, or cannot be had.
    pub fn look_again(&mut self, number: usize, set: &str) -> bool {
        let threads = rayon::current_num_threads();
        self.workspaces.resize_with(threads.max(self.workspaces.len()), Workspace::default);
        let run = self.ended.iter_mut().find(|run| run.start.run == number);
        run.is_none_or(|run| run.look_again(set, &mut self.workspaces[..threads]))
    }

    /// A run by its number.
    pub fn run(&self, number: usize) -> Option<&Run> {
        self.live.iter().chain(&self.ended).find(|run| run.start.run == number)
    }

    /// A run by its number, to be asked.
    pub fn run_mut(&mut self, number: usize) -> Option<&mut Run> {
        self.live.iter_mut().chain(&mut self.ended).find(|run| run.start.run == number)
    }

    /// All runs that were begun, by number.
    pub fn runs(&self) -> Vec<&Run> {
        let mut runs: Vec<&Run> = self.live.iter().chain(&self.ended).collect();
        runs.sort_by_key(|run| run.start.run);
        runs
    }

    /// A workspace for a question.
    pub fn workspace(&mut self) -> Workspace {
        self.workspaces.pop().unwrap_or_default()
    }
}
