//! Notes: actions of the user, and remarks for the reader.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::source_name::SourceName;
use super::steering::{Addition, Moment, RunAct};

/// The file with what a session repeats, in its folder. It is written before the log, so that a kill loses nothing of it.
pub const FILE: &str = "rerun.ron";

/// An action of the user, or a remark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Note {
    /// Training was paused by the user.
    Paused,
    /// The user continued training after a pause.
    Continued,
    /// The user took a single step.
    SingleStep,
    /// The user changed the learning rate of one run, or of all.
    LearningRate {
        /// The index of the run; `None` for all running ones.
        run: Option<usize>,
        /// The factor on the learning rate.
        factor: f32,
        /// When it takes effect: in each run, or in the pre-training. Empty in sessions that did not record it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        at: Vec<Moment>,
    },
    /// The user stopped one run.
    RunStopped {
        /// The index of the run.
        run: usize,
        /// When it takes effect. Empty in sessions that did not record it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        at: Vec<Moment>,
    },
    /// The user froze a layer group of a run, or unfroze it.
    Group {
        /// The index of the run.
        run: usize,
        /// The name of the group.
        group: String,
        /// Whether it is frozen now.
        frozen: bool,
        /// When it takes effect.
        at: Vec<Moment>,
    },
    /// The user added seeds or a label budget to the experiment.
    Added {
        /// What was added.
        addition: Addition,
        /// How many groups of runs that train side by side had begun.
        begun: usize,
    },
    /// A remark for the reader.
    Remark(String),
}

/// A session that repeats another one with everything that was done by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rerun {
    /// The folder of the other session.
    pub session: PathBuf,
    /// What was done there, in the order of the log.
    pub acts: Vec<Note>,
}

impl Note {
    /// Whether it is something that changes results: an act that `rerun` repeats.
    pub fn is_act(&self) -> bool {
        matches!(
            self,
            Note::LearningRate { .. } | Note::RunStopped { .. } | Note::Group { .. } | Note::Added { .. }
        )
    }

    /// The moments at which it took effect; none of an addition, which has its own, and of a note that is no act.
    pub fn moments(&self) -> &[Moment] {
        match self {
            Note::LearningRate { at, .. } | Note::RunStopped { at, .. } | Note::Group { at, .. } => at,
            _ => &[],
        }
    }

    /// The run that was changed; `None` for all runs under way, and for a note that changes no run.
    pub fn run(&self) -> Option<usize> {
        match self {
            Note::LearningRate { run, .. } => *run,
            Note::RunStopped { run, .. } | Note::Group { run, .. } => Some(*run),
            _ => None,
        }
    }

    /// Whether the log says when an act took effect. Sessions of before moments were recorded do not.
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Note::Added { .. }) || !self.moments().is_empty()
    }

    /// What it does to a run in its training number `trial`, and from which round on.
    pub fn on_run(&self, run: usize, trial: Option<u32>) -> Option<(u64, RunAct)> {
        let here = self.moments().iter().find_map(|moment| match moment {
            Moment::Run(at) if at.run == run && at.trial == trial => Some(at.round),
            _ => None,
        })?;
        let act = match self {
            Note::LearningRate { factor, .. } => RunAct::LearningRate(*factor),
            Note::RunStopped { .. } => RunAct::Stop,
            Note::Group { group, frozen, .. } => RunAct::Group { name: group.clone(), frozen: *frozen },
            _ => return None,
        };
        Some((here, act))
    }

    /// The factor by which it changes the learning rate of a source's pre-training, and after how many tokens or images.
    pub fn on_pretraining(&self, source: &SourceName) -> Option<(u64, f32)> {
        let Note::LearningRate { factor, at, .. } = self else { return None };
        at.iter().find_map(|moment| match moment {
            Moment::Pretraining { source: of, seen } if of == source => Some((*seen, *factor)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::steering::RunMoment;

    #[test]
    fn an_act_is_for_the_runs_and_sources_that_its_moments_name() {
        let moment = |run, trial, round| Moment::Run(RunMoment { run, trial, step: round, round });
        let own = Moment::Pretraining { source: "own".into(), seen: 9 };
        let at = vec![own, moment(0, None, 4), moment(2, Some(1), 7)];
        let note = Note::LearningRate { run: None, factor: 0.5, at };
        assert_eq!(note.on_run(0, None), Some((4, RunAct::LearningRate(0.5))));
        assert_eq!(note.on_run(2, Some(1)), Some((7, RunAct::LearningRate(0.5))));
        assert_eq!((note.on_run(2, None), note.on_run(1, None)), (None, None));
        assert_eq!(note.on_pretraining(&"own".into()), Some((9, 0.5)));
        assert_eq!(note.on_pretraining(&"other".into()), None);
        assert!(note.is_repeatable() && note.is_act() && !Note::Paused.is_act());
        assert!(!Note::RunStopped { run: 0, at: Vec::new() }.is_repeatable());
    }
}
