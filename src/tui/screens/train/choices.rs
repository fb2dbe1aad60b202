//! What the user chose to see: it can be undone, and is saved with the session.

use std::collections::BTreeSet;

use crate::session::budget::Budget;
use crate::tui::grouping::Grouping;

use super::charts::Charts;

/// The choices. Runs are named by their indices in the history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choices {
    pub charts: Charts,
    /// `None`: as is usual for the number of runs.
    pub grouping: Option<Grouping>,
    pub hidden: BTreeSet<usize>,
    /// The runs that are always listed first and drawn.
    pub pinned: BTreeSet<usize>,
    /// The only runs that are drawn.
    pub solo: Option<BTreeSet<usize>>,
    /// The column by which runs are sorted, and whether the largest comes first; `None`: as they were planned.
    pub sort: Option<(usize, bool)>,
    pub budget: Option<Budget>,
    /// The visible range of x; `None` shows the default range.
    pub zoom: Option<(f64, f64)>,
    /// The text of the filter.
    pub filter: String,
}

/// The most changes that can be undone.
const MOST: usize = 100;

/// The choices before each change, to be undone and done again.
#[derive(Debug, Default)]
pub struct Undo {
    /// The choices before the change, and whether the change only moved what is visible.
    before: Vec<(Choices, bool)>,
    after: Vec<Choices>,
}

impl Undo {
    /// Notes that the choices were `before` and are `now`. Of several movements in a row, the first is noted.
    pub fn note(&mut self, before: Choices, now: &Choices) {
        if before == *now {
            return;
        }
        let is_movement = before.without_places() == now.without_places();
        if !(is_movement && self.before.last().is_some_and(|(_, last)| *last)) {
            self.before.push((before, is_movement));
        }
        let old = self.before.len().saturating_sub(MOST);
        self.before.drain(..old);
        self.after.clear();
    }

    /// The choices before the last change.
    pub fn undo(&mut self, now: &Choices) -> Option<Choices> {
        let (before, _) = self.before.pop()?;
        self.after.push(now.clone());
        Some(before)
    }

    /// The choices after the change that was undone last.
    pub fn redo(&mut self, now: &Choices) -> Option<Choices> {
        let after = self.after.pop()?;
        let is_movement = after.without_places() == now.without_places();
        self.before.push((now.clone(), is_movement));
        Some(after)
    }
}

impl Choices {
    /// The same without what says which part of the charts is visible.
    fn without_places(&self) -> Choices {
        let mut same = Choices { zoom: None, ..self.clone() };
        same.charts.panels.iter_mut().for_each(|panel| panel.range = None);
        same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_undone_one_by_one_and_movements_together() {
        let mut undo = Undo::default();
        let mut now = Choices::default();
        let change = |undo: &mut Undo, now: &mut Choices, to: &dyn Fn(&mut Choices)| {
            let before = now.clone();
            to(now);
            undo.note(before, now);
        };
        change(&mut undo, &mut now, &|c| _ = c.hidden.insert(3));
        change(&mut undo, &mut now, &|_| {});
        for i in 0..5 {
            change(&mut undo, &mut now, &move |c| c.zoom = Some((f64::from(i), 9.0)));
        }
        change(&mut undo, &mut now, &|c| c.sort = Some((1, true)));
        let last = now.clone();
        now = undo.undo(&now).unwrap();
        assert!(now.sort.is_none() && now.zoom == Some((4.0, 9.0)));
        now = undo.undo(&now).unwrap();
        assert!(now.zoom.is_none() && now.hidden.contains(&3));
        now = undo.undo(&now).unwrap();
        assert_eq!(now, Choices::default());
        assert_eq!(undo.undo(&now), None);
        for _ in 0..3 {
            now = undo.redo(&now).unwrap();
        }
        assert!(now == last && undo.redo(&now).is_none());
        // A new change ends what can be done again.
        now = undo.undo(&now).unwrap();
        change(&mut undo, &mut now, &|c| _ = c.pinned.insert(1));
        assert_eq!(undo.redo(&now), None);
    }
}
