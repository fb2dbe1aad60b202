//! Which two runs the screen Twin shows, and at which step.

use crate::session::history::RunHistory;
use crate::session::method::{Method, Strategy};
use crate::session::record::{Evaluation, TEST, VALIDATION};
use crate::transfer::statistics::cells::Moment;
use crate::transfer::statistics::pair::Side;
use crate::tui::modality::Modality;
use crate::tui::state::State;

use super::view::View;

/// The two sides: the selected run, and what is subtracted from it.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    pub left: Side<'a>,
    pub right: Side<'a>,
}

impl<'a> Pair<'a> {
    /// Both sides.
    pub fn sides(&self) -> [Side<'a>; 2] {
        [self.left, self.right]
    }

    /// The numbers of the runs.
    pub fn runs(&self) -> [usize; 2] {
        self.sides().map(|side| side.run.start.run)
    }
}

/// The runs in the list.
pub fn listed(state: &State) -> Vec<&RunHistory> {
    state.history.runs.iter().collect()
}

/// The two sides; `None` while there are no two runs.
pub fn pair(state: &State) -> Option<Pair<'_>> {
    let own = &state.screens.twin;
    let run = own.run.and_then(|run| state.history.run(run)).or_else(|| usual(state))?;
    let moment = |step| Moment { step, until: state.until() };
    let left = Side { run, moment: moment(own.step) };
    if let Some(kept) = own.kept
        && let Some(run) = state.history.run(kept.run)
    {
        return Some(Pair { left, right: Side { run, moment: moment(Some(kept.step)) } });
    }
    let base = own.base.and_then(|run| state.history.run(run)).or_else(|| usual_base(state, run))?;
    Some(Pair { left, right: Side { run: base, moment: moment(own.step) } })
}

/// The run that is selected first: the first one that transfers.
fn usual(state: &State) -> Option<&RunHistory> {
    let transfers = |run: &&RunHistory| run.start.method.transfers();
    state.history.runs.iter().find(transfers).or(state.history.runs.first())
}

/// The run that is compared with first: scratch with the same labels and the same seed, or else another run of them.
fn usual_base<'a>(state: &'a State, run: &RunHistory) -> Option<&'a RunHistory> {
    let start = &run.start;
    let like = |other: &&RunHistory| {
        other.start.run != start.run && (other.start.budget, other.start.seed) == (start.budget, start.seed)
    };
    let scratch = |other: &&RunHistory| other.start.method == Method::Strategy(Strategy::Scratch);
    let all = || state.history.runs.iter().filter(like);
    all()
        .find(scratch)
        .or_else(|| all().next())
        .or_else(|| state.history.runs.iter().find(|other| other.start.run != start.run))
}

/// The steps at which either run was evaluated, ascending: the cursor goes through them.
pub fn steps(state: &State) -> Vec<u64> {
    let Some(pair) = pair(state) else { return Vec::new() };
    let mut runs = vec![pair.left.run];
    if state.screens.twin.kept.is_none() {
        runs.push(pair.right.run);
    }
    let known = runs.iter().flat_map(|run| &run.evaluations).filter(|known| known.at <= state.until());
    let mut steps: Vec<u64> = known.map(|known| known.value.step).collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// The sets on which both sides were evaluated: the test first, the validation part last.
pub fn sets(pair: Pair<'_>) -> Vec<String> {
    let mut sets: Vec<String> = Vec::new();
    let until = pair.left.moment.until;
    for known in pair.left.run.evaluations.iter().take_while(|known| known.at <= until) {
        let set = &known.value.set;
        if !sets.contains(set) && pair.right.moment.of(pair.right.run, set).is_some() {
            sets.push(set.clone());
        }
    }
    sets.sort_by_key(|set| match set.as_str() {
        TEST => 0,
        VALIDATION => 2,
        _ => 1,
    });
    sets
}

/// The set that is shown: the chosen one, or the test set; at an earlier step, one with an evaluation at that step.
pub fn set(state: &State, pair: Pair<'_>) -> Option<String> {
    let all = sets(pair);
    let chosen = state.screens.twin.set.clone().filter(|set| all.contains(set));
    let earlier = state.screens.twin.step.is_some() || state.screens.twin.kept.is_some();
    let usual = || match earlier && all.iter().any(|set| set == VALIDATION) {
        true => Some(VALIDATION.to_string()),
        false => all.first().cloned(),
    };
    chosen.or_else(usual)
}

/// The evaluation of a side on a set.
pub fn evaluation<'a>(side: Side<'a>, set: &str) -> Option<&'a Evaluation> {
    side.moment.of(side.run, set)
}

/// The step of a side: that of the cursor, or the last one that is known.
pub fn step(side: Side<'_>) -> u64 {
    let until = side.moment.until;
    let told = side.run.steps.iter().take_while(|step| step.at <= until).last().map(|step| step.value.step);
    let ended = side.run.end.as_ref().filter(|end| end.at <= until).map(|end| end.value.steps);
    let last = ended.or(told).unwrap_or(0);
    side.moment.step.map_or(last, |step| step.min(last))
}

/// Whether the session has this view: words are those of texts.
pub fn is_of(state: &State, view: View) -> bool {
    view != View::Words || state.modality() == Modality::Text
}

/// The number of classes.
pub fn classes(state: &State) -> usize {
    state.history.data.as_ref().map_or(0, |data| data.classes.len())
}
