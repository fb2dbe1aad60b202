//! Groups of runs, each drawn as one band.

use crate::session::record::RunStart;
use crate::tui::grouping::{Group, Grouping};
use crate::tui::state::State;

use super::model::listed;
use super::sorting;

/// The place of a run's session, if several sessions are shown together.
pub fn session_of(state: &State, start: &RunStart) -> Option<usize> {
    let source = start.source.as_ref()?.as_str();
    let parts = &state.several.as_ref()?.parts;
    let is_of =
        |name: &str| source.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "));
    // The longest name counts: one may begin as another.
    let places = parts.iter().enumerate().filter(|(_, part)| is_of(&part.name));
    places.max_by_key(|(_, part)| part.name.len()).map(|(place, _)| place)
}

/// The grouping: the user's choice, or the usual one for this number of runs.
pub fn grouping(state: &State) -> Grouping {
    state.screens.train.choices.grouping.unwrap_or_else(|| Grouping::usual(state.history.runs.len()))
}

/// The groups of the listed runs, in the order of the list; none if every run is drawn alone.
pub fn groups(state: &State) -> Vec<Group> {
    let runs = listed(state).map(|i| (i, &state.history.runs[i].start));
    let session = |start: &RunStart| session_of(state, start);
    let mut groups = grouping(state).groups(runs, state.history.several_sources(), session);
    // Where all bands have the same budget, its number says nothing.
    if groups.len() > 1 && groups.iter().all(|group| group.label == groups[0].label) {
        groups.iter_mut().for_each(|group| group.label.clear());
    }
    if let Some((column, largest_first)) = state.screens.train.choices.sort {
        sorting::sort_groups(state, &mut groups, column, largest_first);
    }
    groups
}

/// The group that the user selected, by its index.
pub fn selected(state: &State, groups: &[Group]) -> Option<usize> {
    let key = state.screens.train.group.as_ref()?;
    groups.iter().position(|group| group.key == *key)
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    All,
    /// A group, by its index.
    Group(usize),
    /// A run, by its index in the history.
    Run(usize),
}

/// The rows of the list. Of groups, only the selected one shows its runs.
pub fn rows(state: &State, groups: &[Group]) -> Vec<Row> {
    let mut rows = vec![Row::All];
    if groups.is_empty() {
        rows.extend(listed(state).map(Row::Run));
        return rows;
    }
    let run = super::model::selected(state);
    let open = match run {
        Some(run) => groups.iter().position(|group| group.members.contains(&run)),
        None => selected(state, groups),
    };
    for (place, group) in groups.iter().enumerate() {
        rows.push(Row::Group(place));
        if open == Some(place) {
            rows.extend(group.members.iter().copied().map(Row::Run));
        }
    }
    rows
}

/// The selected row.
pub fn current(state: &State, groups: &[Group]) -> Row {
    match (super::model::selected(state), selected(state, groups)) {
        (Some(run), _) => Row::Run(run),
        (None, Some(group)) => Row::Group(group),
        (None, None) => Row::All,
    }
}

/// Selects a row.
pub fn choose(state: &mut State, row: Row, groups: &[Group]) {
    let train = &mut state.screens.train;
    (train.selected, train.group) = match row {
        Row::All => (None, None),
        Row::Group(place) => (None, groups.get(place).map(|group| group.key.clone())),
        Row::Run(run) => (Some(run), None),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    fn grouped(by: Grouping) -> State {
        let mut state = testing::replay(200, 60, testing::entries());
        state.screens.train.choices.grouping = Some(by);
        state
    }

    #[test]
    fn every_listed_run_is_in_one_group() {
        for (by, count, first) in [
            (Grouping::MethodAndBudget, 8, "TF-IDF 100"),
            (Grouping::Method, 4, "TF-IDF"),
            (Grouping::Budget, 2, "100 labels"),
            (Grouping::Source, 2, "no source"),
            (Grouping::Seed, 2, "seed 1"),
            (Grouping::Nothing, 0, ""),
        ] {
            let groups = groups(&grouped(by));
            assert_eq!(groups.len(), count, "{by:?}");
            let mut members: Vec<usize> = groups.iter().flat_map(|group| group.members.clone()).collect();
            members.sort_unstable();
            assert_eq!(members, (0..if count > 0 { 16 } else { 0 }).collect::<Vec<_>>());
            assert_eq!(groups.first().map_or("", |group| &group.name), first);
        }
        let by_method = groups(&grouped(Grouping::Method));
        assert!(by_method.iter().all(|group| group.method.is_some() && group.label.is_empty()));
        assert!(groups(&grouped(Grouping::Seed)).iter().all(|group| group.method.is_none()));
    }

    #[test]
    fn the_list_opens_the_group_that_is_selected() {
        let mut state = grouped(Grouping::Method);
        let groups = groups(&state);
        assert_eq!(rows(&state, &groups).len(), 5);
        choose(&mut state, Row::Group(1), &groups);
        assert_eq!(current(&state, &groups), Row::Group(1));
        assert_eq!(rows(&state, &groups).len(), 9);
        choose(&mut state, Row::Run(groups[2].members[0]), &groups);
        let open = rows(&state, &groups);
        assert_eq!((open[3], open[4]), (Row::Group(2), Row::Run(groups[2].members[0])));
        choose(&mut state, Row::All, &groups);
        assert_eq!(current(&state, &groups), Row::All);
    }
}
