//! What was done by hand while the session ran.

use crate::session::record::Note;

use super::History;

impl History {
    /// Everything that was done by hand, in the order of the log.
    pub fn acts(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().map(|note| &note.value).filter(|note| note.is_act())
    }

    /// What a session that repeats another one has still to do of what was done there.
    pub fn acts_to_come(&self) -> Vec<Note> {
        let Some(rerun) = &self.rerun else { return Vec::new() };
        let mut told: Vec<&Note> = self.acts().collect();
        let mut to_come = rerun.acts.clone();
        to_come.retain(|act| match told.iter().position(|known| *known == act) {
            Some(place) => {
                told.remove(place);
                false
            }
            None => true,
        });
        to_come
    }

    /// The layer groups of a run that are frozen by hand, at the time `until`.
    pub fn frozen_by_hand(&self, run: usize, until: f64) -> Vec<String> {
        let mut frozen: Vec<String> = Vec::new();
        for note in self.notes.iter().take_while(|note| note.at <= until) {
            if let Note::Group { run: of, group, frozen: now, .. } = &note.value
                && *of == run
            {
                frozen.retain(|known| known != group);
                if *now {
                    frozen.push(group.clone());
                }
            }
        }
        frozen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::record::{Entry, Record, Rerun};
    use crate::session::steering::tests::recipe;
    use crate::session::steering::{Addition, Moment, RunMoment};

    #[test]
    fn a_rerun_has_still_to_do_what_was_not_told_yet() {
        let stop = |run| {
            let at = vec![Moment::Run(RunMoment { run, trial: None, step: 1, round: 1 })];
            Note::RunStopped { run, at }
        };
        let acts = vec![stop(0), stop(1), stop(0)];
        let told = vec![Record::Rerun(Rerun { session: "s".into(), acts }), Record::Note(stop(0))];
        let history = History::of(told.into_iter().map(|record| Entry { at: 0.0, record }));
        assert_eq!(history.acts_to_come(), [stop(1), stop(0)]);
        assert!(History::default().acts_to_come().is_empty());
    }

    #[test]
    fn the_history_keeps_the_recipe_and_what_was_added_apart() {
        let recipe = Box::new(recipe(""));
        let opened = Record::Opened {
            version: 3,
            program: "p".into(),
            machine: String::new(),
            recipe: recipe.clone(),
        };
        let added = |addition| Record::Note(Note::Added { addition, begun: 1 });
        let told = [opened, added(Addition::Seeds(1)), added(Addition::Budget(Budget::All))];
        let history = History::of(told.into_iter().map(|record| Entry { at: 0.0, record }));
        assert_eq!(history.asked.as_ref(), Some(&recipe));
        let now = history.recipe.unwrap();
        assert_eq!((now.seeds, now.labels.len()), (3, 3));
        assert_eq!(history.additions, [Addition::Seeds(1), Addition::Budget(Budget::All)]);
    }

    #[test]
    fn what_is_unfrozen_is_not_frozen_any_more() {
        let group = |group: &str, frozen| {
            Record::Note(Note::Group { run: 1, group: group.into(), frozen, at: Vec::new() })
        };
        let told = [group("head", true), group("body", true), group("head", false)];
        let told = told.into_iter().enumerate().map(|(i, record)| Entry { at: i as f64, record });
        let history = History::of(told);
        assert_eq!(history.frozen_by_hand(1, 9.0), ["body"]);
        assert_eq!(history.frozen_by_hand(1, 1.0), ["head", "body"]);
        assert!(history.frozen_by_hand(0, 9.0).is_empty());
    }
}
