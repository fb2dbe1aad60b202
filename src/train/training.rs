//! The experiment under way: runs that take turns.
//!
//! A round is one bounded piece of work of every live run. Its tasks are done in waves of as many as
//! there are threads, and between two waves the training thread looks at its commands. Results are
//! taken in when the round is whole, run by run in the order of their numbers, so neither the number
//! of threads nor the moment of a command changes any bits or the order of the records.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::models::text_classifier::Workspace;
use crate::session::record::Record;

use super::run::Run;
use super::task::{Kind, Task};

/// The runs of a session that were begun.
#[derive(Default)]
pub struct Training {
    /// Runs that have something to do.
    pub live: Vec<Run>,
    /// Runs that are over; they still answer questions.
    pub ended: Vec<Run>,
    /// The tasks of this round that are still to be done: places in `live` and in the run's tasks.
    queue: VecDeque<(usize, usize)>,
    under_way: bool,
    workspaces: Vec<Workspace>,
}

impl Training {
    /// Whether no run has anything to do.
    pub fn idle(&self) -> bool {
        self.live.is_empty()
    }

    /// Does one wave; what happened is pushed to `tell`. True when a round is over.
    pub fn step(&mut self, pool: &rayon::ThreadPool, tell: &mut Vec<Record>) -> bool {
        if !self.under_way {
            self.live.iter_mut().for_each(Run::plan);
            for (place, run) in self.live.iter().enumerate() {
                self.queue.extend((0..run.tasks.len()).map(|part| (place, part)));
            }
            self.under_way = true;
        }
        if !self.queue.is_empty() {
            self.wave(pool);
        }
        if !self.queue.is_empty() {
            return false;
        }
        self.under_way = false;
        for run in &mut self.live {
            pool.install(|| run.finish_round(tell));
        }
        for run in self.live.extract_if(.., |run| run.ended()) {
            self.ended.push(run);
        }
        true
    }

    /// Does as many tasks as there are threads, side by side.
    fn wave(&mut self, pool: &rayon::ThreadPool) {
        let threads = pool.current_num_threads().max(1);
        self.workspaces.resize_with(threads.max(self.workspaces.len()), Workspace::default);
        let count = threads.min(self.queue.len());
        let mut wave: Vec<(usize, Task)> = self
            .queue
            .drain(..count)
            .map(|(place, part)| {
                (
                    place,
                    std::mem::replace(&mut self.live[place].tasks[part], Task::new(Kind::Learn, Vec::new())),
                )
            })
            .collect();
        let live = &self.live;
        pool.install(|| {
            wave.par_iter_mut()
                .zip(&mut self.workspaces)
                .for_each(|((place, task), workspace)| live[*place].compute(task, workspace));
        });
        for (place, task) in wave {
            let part = task.part;
            self.live[place].tasks[part] = task;
        }
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
