//! How runs are grouped: into bands on Train, into counts on Try.

use crate::session::record::RunStart;

use super::widgets::run;

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

    /// The grouping after this one; after the last comes the first.
    pub fn next(self) -> Grouping {
        let place = Grouping::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Grouping::ALL[(place + 1) % Grouping::ALL.len()]
    }
}
