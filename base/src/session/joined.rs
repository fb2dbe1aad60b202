//! Several sessions as one history. Their runs keep their records and get new numbers, and where a run names its source,
//! it then names its session: views that tell sources apart so tell sessions apart.

use std::path::{Path, PathBuf};

use super::follow::{News, Writer};
use super::history::History;
use super::record::{Entry, Record, RunStart, Stage};

/// The sessions that one history is made of.
#[derive(Debug, Clone, Default)]
pub struct Joined {
    /// The sessions, in the order in which they were named.
    pub parts: Vec<Part>,
}

/// A session of several.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name, which no other session here has.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it recorded.
    pub history: History,
    /// What has become of its writer; `None` until its log was read to the end.
    pub writer: Option<Writer>,
    /// The number that each of its runs has in the common history.
    numbers: Vec<(usize, usize)>,
}

/// What became of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Records were added.
    Added,
    /// A resumed session took some of its records back.
    Undone,
    /// Another log is in the place of a session: everything must be read again.
    Replaced,
}

impl Joined {
    /// The sessions in these folders, and the history that their news are added to.
    pub fn new(folders: &[PathBuf]) -> (Joined, History) {
        let mut joined = Joined::default();
        let mut history = History::default();
        for folder in folders {
            let name = joined.free_name(folder);
            history.push(Entry { at: 0.0, record: Record::Source(name.as_str().into()) });
            joined.parts.push(Part {
                name,
                folder: folder.clone(),
                history: History::default(),
                writer: None,
                numbers: Vec::new(),
            });
        }
        history.push(Entry { at: 0.0, record: Record::Stage(Stage::Training) });
        (joined, history)
    }

    /// The name of the folder. Of folders with one name, the later ones get a number.
    fn free_name(&self, folder: &Path) -> String {
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let mut names = std::iter::once(name.to_string()).chain(numbered);
        names.find(|name| self.parts.iter().all(|part| part.name != *name)).unwrap_or_default()
    }

    /// Adds what is new in a session to its own history and to the common one.
    pub fn push(&mut self, place: usize, news: News, history: &mut History) -> Taken {
        let Some(part) = self.parts.get_mut(place) else { return Taken::Added };
        if news.anew && !part.numbers.is_empty() {
            return Taken::Replaced;
        }
        let mut taken = Taken::Added;
        for entry in news.entries {
            if matches!(entry.record, Record::Resumed { .. }) {
                taken = Taken::Undone;
            }
            if let Some(record) = part.renumbered(&entry.record, history.runs.len()) {
                history.push(Entry { at: entry.at, record });
            }
            part.history.push(entry);
        }
        part.writer = news.writer.or(part.writer);
        taken
    }

    /// How many sessions another process still writes.
    pub fn running(&self) -> usize {
        self.parts.iter().filter(|part| part.writer == Some(Writer::Running)).count()
    }

    /// Whether all logs were read to their ends.
    pub fn is_read(&self) -> bool {
        self.parts.iter().all(|part| part.writer.is_some())
    }
}

impl Part {
    /// The record as the common history has it; `None` if it is not about a run. A new run gets the number `next`.
    fn renumbered(&mut self, record: &Record, next: usize) -> Option<Record> {
        if let Record::Run(start) = record
            && self.number(start.run).is_none()
        {
            self.numbers.push((start.run, next));
        }
        Some(match record {
            Record::Run(start) => {
                let run = self.number(start.run)?;
                let source = match &start.source {
                    Some(source) if self.history.several_sources() => format!("{}: {source}", self.name),
                    _ => self.name.clone(),
                };
                Record::Run(RunStart { run, source: Some(source.as_str().into()), ..start.clone() })
            }
            Record::Trial(trial) => {
                let mut trial = trial.clone();
                trial.run = self.number(trial.run)?;
                Record::Trial(trial)
            }
            Record::Step(step) => {
                let mut step = step.clone();
                step.run = self.number(step.run)?;
                Record::Step(step)
            }
            Record::Evaluation(evaluation) => {
                let mut evaluation = evaluation.clone();
                evaluation.run = self.number(evaluation.run)?;
                Record::Evaluation(evaluation)
            }
            Record::RunEnd(end) => {
                let mut end = end.clone();
                end.run = self.number(end.run)?;
                Record::RunEnd(end)
            }
            Record::Resumed { runs, anew, .. } => Record::Resumed {
                tokens: None,
                runs: runs.iter().filter_map(|(run, step)| Some((self.number(*run)?, *step))).collect(),
                pretraining_anew: false,
                anew: anew.iter().filter_map(|run| self.number(*run)).collect(),
            },
            _ => return None,
        })
    }

    /// The number of a run in the common history.
    fn number(&self, run: usize) -> Option<usize> {
        let known = |known: &&(usize, usize)| known.0 == run;
        // Runs are recorded in the order of their indices.
        let found = self.numbers.get(run).filter(known).or_else(|| self.numbers.iter().find(known));
        found.map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::method::{Method, Strategy};
    use crate::session::record::StepPoint;

    fn start(run: usize) -> Record {
        Record::Run(RunStart {
            run,
            method: Method::Strategy(Strategy::Scratch),
            source: None,
            budget: Budget::Labels(100),
            labels: 100,
            validation: 20,
            seed: run as u32,
            trainable_parameters: 1,
            total_parameters: 1,
            batch: 1,
            planned_steps: 9,
            optimizer: "SGD 0.1".into(),
            metric: None,
            tuned: None,
            groups: Vec::new(),
        })
    }

    fn step(run: usize, step: u64, loss: f64) -> Record {
        Record::Step(StepPoint {
            run,
            step,
            epoch: 0.0,
            samples: step,
            loss,
            gradient: 1.0,
            learning_rate: 0.1,
            seconds: 1.0,
            layers: Box::default(),
        })
    }

    fn news(records: Vec<Record>) -> News {
        let entries = records.into_iter().map(|record| Entry { at: 1.0, record }).collect();
        News { anew: false, entries, writer: Some(Writer::Running) }
    }

    #[test]
    fn runs_keep_apart_and_are_named_by_their_sessions() {
        let (mut joined, mut history) = Joined::new(&["a/x".into(), "b/x".into()]);
        assert!(history.several_sources() && !joined.is_read());
        let mut push = |place: usize, records| joined.push(place, news(records), &mut history);
        assert_eq!(push(0, vec![start(0), step(0, 1, 0.5)]), Taken::Added);
        assert_eq!(push(1, vec![start(0), start(1), step(1, 1, 0.7), step(0, 1, 0.6)]), Taken::Added);
        assert_eq!(push(0, vec![start(1), step(1, 1, 0.8), step(0, 2, 0.4), step(7, 2, 0.4)]), Taken::Added);
        // A resumed session plans its runs again and takes steps back.
        let resumed =
            Record::Resumed { tokens: Some(3), runs: vec![(0, 1)], pretraining_anew: true, anew: vec![1] };
        assert_eq!(push(0, vec![resumed, start(0), start(1)]), Taken::Undone);
        let found: Vec<(String, Vec<f64>)> = history
            .runs
            .iter()
            .map(|run| {
                let source = run.start.source.as_ref().map(ToString::to_string).unwrap_or_default();
                (source, run.steps.iter().map(|step| step.value.loss).collect())
            })
            .collect();
        let expected = [("x", vec![0.5]), ("x (2)", vec![0.6]), ("x (2)", vec![0.7]), ("x", vec![])];
        assert_eq!(found, expected.map(|(name, losses)| (name.to_string(), losses)));
        assert!(history.runs.iter().enumerate().all(|(place, run)| run.start.run == place));
        assert_eq!((joined.running(), joined.is_read()), (2, true));
        assert_eq!(joined.parts[1].history.runs.len(), 2);
        let again = News { anew: true, ..news(vec![start(0)]) };
        assert_eq!(joined.push(0, again, &mut history), Taken::Replaced);
    }
}
