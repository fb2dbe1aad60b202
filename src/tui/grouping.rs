//! How runs are grouped: into bands on Train, into counts on Try, into one matrix on Confusion.

use crate::session::method::Method;
use crate::session::record::RunStart;

use super::widgets::run;

/// With more runs than this, they are grouped as long as the user has not chosen.
const MANY: usize = 16;

/// Runs that are shown as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What tells the group from the others.
    pub key: String,
    /// Its name in the list.
    pub name: String,
    /// A few characters that stand at the end of its band.
    pub label: String,
    /// The method, if all runs of the group have the same.
    pub method: Option<Method>,
    /// The place of the session, if several sessions are shown together and all runs of the group are of one.
    pub session: Option<usize>,
    /// The indices of the runs in the history.
    pub members: Vec<usize>,
}

/// What the runs of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Method, source and label budget: the repetitions of a cell of the table.
    MethodAndBudget,
    Method,
    Budget,
    Source,
    Seed,
    /// Every run is drawn as a curve of its own.
    Nothing,
}

impl Grouping {
    /// All groupings, in the order in which a key cycles through them.
    pub const ALL: [Grouping; 6] = [
        Grouping::MethodAndBudget,
        Grouping::Method,
        Grouping::Budget,
        Grouping::Source,
        Grouping::Seed,
        Grouping::Nothing,
    ];

    /// The name in files.
    pub fn id(self) -> &'static str {
        match self {
            Grouping::MethodAndBudget => "method_and_budget",
            Grouping::Method => "method",
            Grouping::Budget => "budget",
            Grouping::Source => "source",
            Grouping::Seed => "seed",
            Grouping::Nothing => "nothing",
        }
    }

    /// The name, for a heading.
    pub fn name(self) -> &'static str {
        match self {
            Grouping::MethodAndBudget => "bands by method and labels",
            Grouping::Method => "bands by method",
            Grouping::Budget => "bands by labels",
            Grouping::Source => "bands by source",
            Grouping::Seed => "bands by seed",
            Grouping::Nothing => "single runs",
        }
    }

    /// The name of the group of a run, and a few characters that tell it from the other groups of the same method.
    pub fn group_of(self, start: &RunStart, several_sources: bool) -> (String, String) {
        let source = || start.source.as_ref().map_or("no source".to_string(), ToString::to_string);
        let method = run::name(start, several_sources);
        let of_source = |text: String| match (&start.source, several_sources) {
            (Some(source), true) => format!("{source} {text}"),
            _ => text,
        };
        match self {
            Grouping::MethodAndBudget => {
                (format!("{method} {}", start.budget), of_source(start.budget.to_string()))
            }
            Grouping::Method => (method, of_source(String::new()).trim().to_string()),
            Grouping::Budget => (format!("{} labels", start.budget), start.budget.to_string()),
            Grouping::Source => (source(), source()),
            Grouping::Seed | Grouping::Nothing => {
                (format!("seed {}", start.seed + 1), format!("s{}", start.seed + 1))
            }
        }
    }

    /// The grouping of this many runs, as long as the user has not chosen.
    pub fn usual(runs: usize) -> Grouping {
        if runs > MANY { Grouping::MethodAndBudget } else { Grouping::Nothing }
    }

    /// The groups of runs, in the order of their first runs; none if every run stays alone. `session_of` is the place of
    /// a run's session, of several.
    pub fn groups<'a>(
        self,
        runs: impl Iterator<Item = (usize, &'a RunStart)>,
        several_sources: bool,
        session_of: impl Fn(&RunStart) -> Option<usize>,
    ) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        if self == Grouping::Nothing {
            return groups;
        }
        for (i, start) in runs {
            let (name, label) = self.group_of(start, several_sources);
            match groups.iter_mut().find(|group| group.key == name) {
                Some(group) => {
                    group.members.push(i);
                    group.method = group.method.filter(|method| *method == start.method);
                    group.session = group.session.filter(|place| session_of(start) == Some(*place));
                }
                None => {
                    let (key, method, session) = (name.clone(), Some(start.method), session_of(start));
                    groups.push(Group { key, name, label, method, session, members: vec![i] });
                }
            }
        }
        groups
    }

    /// The grouping after this one; after the last comes the first.
    pub fn next(self) -> Grouping {
        let place = Grouping::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Grouping::ALL[(place + 1) % Grouping::ALL.len()]
    }
}
