//! The box in which a list is filtered: what is typed, the query that it stands for, and the queries before it.

use crate::tui::query::{Column, Completion, Mistake, Queried, Query, complete};
use crate::tui::widgets::input::Input;

/// The most queries that are remembered.
const REMEMBERED: usize = 50;
/// The longest query, in characters.
const LONGEST: usize = 1000;

/// The actions of a filter box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterAction {
    /// Begin to type.
    Open,
    /// Keep what is typed.
    Accept,
    /// Return to the query before.
    Cancel,
    /// A query that was typed before: an older one (-1) or a newer one (1).
    History(i8),
    /// Complete the last term.
    Complete,
}

/// A filter box.
#[derive(Debug, Default)]
pub struct FilterBox {
    pub input: Input,
    /// The last text that was understood, and its query.
    query: Query,
    /// Why the text is not understood. The terms before the last one are in force, or the query before.
    pub mistake: Option<Mistake>,
    /// The queries that were accepted, the newest last.
    pub history: Vec<String>,
    /// The place in the history that is shown.
    at: Option<usize>,
    /// The text before the box was opened.
    before: String,
    /// The completions that are offered, and which of them is in the box.
    pub offered: Option<(Completion, usize)>,
}

impl FilterBox {
    /// The text in the box.
    pub fn text(&self) -> String {
        self.input.text()
    }

    /// Whether a query is in force.
    pub fn is_on(&self) -> bool {
        !self.query.is_empty()
    }

    /// Whether the query keeps a row.
    pub fn keeps(&self, row: &impl Queried) -> bool {
        self.query.keeps(row)
    }

    /// Replaces the text and its query. A text that is not understood changes no query.
    pub fn set(&mut self, text: &str, columns: &[Column]) {
        self.input.set(&text.chars().take(LONGEST).collect::<String>());
        self.typed(columns);
    }

    /// Understands what is typed.
    pub fn typed(&mut self, columns: &[Column]) {
        self.offered = None;
        match Query::parse(&self.text(), columns) {
            Ok(query) => (self.query, self.mistake) = (query, None),
            Err(mistake) => {
                self.mistake = Some(mistake);
                // The last term is often unfinished: the terms before it count already.
                let text = self.text();
                let before = text.rsplit_once(char::is_whitespace).map_or("", |(before, _)| before);
                if let Ok(query) = Query::parse(before, columns) {
                    self.query = query;
                }
            }
        }
    }

    /// Begins to type.
    pub fn open(&mut self) {
        self.before = self.text();
        self.at = None;
        self.input.active = true;
    }

    /// Ends typing and remembers the query. A text that is not understood stays open; `false` then.
    pub fn accept(&mut self) -> bool {
        if self.mistake.is_some() {
            return false;
        }
        let text = self.text().trim().to_string();
        self.input.set(&text);
        self.remember(text);
        (self.input.active, self.offered) = (false, None);
        true
    }

    fn remember(&mut self, text: String) {
        if !text.is_empty() {
            self.history.retain(|known| *known != text);
            self.history.push(text);
            let old = self.history.len().saturating_sub(REMEMBERED);
            self.history.drain(..old);
        }
    }

    /// Ends typing and returns to the query before.
    pub fn cancel(&mut self, columns: &[Column]) {
        let before = std::mem::take(&mut self.before);
        self.set(&before, columns);
        self.input.active = false;
    }

    /// Shows an older or a newer query of the history.
    pub fn recall(&mut self, by: i8, columns: &[Column]) {
        let last = self.history.len();
        let at = self.at.unwrap_or(last).saturating_add_signed(isize::from(by)).min(last);
        let text = self.history.get(at).cloned().unwrap_or_default();
        self.at = Some(at);
        self.set(&text, columns);
    }

    /// Completes the last term; again, the next completion.
    pub fn complete(&mut self, columns: &[Column], values: impl Fn(usize) -> Vec<String>) {
        let (completion, at) = match self.offered.take() {
            Some((completion, at)) => {
                let count = completion.terms.len().max(1);
                (completion, (at + 1) % count)
            }
            None => (complete(&self.text(), columns, values), 0),
        };
        let Some(term) = completion.terms.get(at) else { return };
        let text = format!("{}{term}", completion.before);
        // A single value is finished, so the next term can be typed.
        let done = completion.terms.len() == 1 && !term.ends_with([':', '>']);
        self.set(&if done { format!("{text} ") } else { text }, columns);
        self.offered = (completion.terms.len() > 1).then_some((completion, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::text(&["method"]), Column::number(&["labels"])];

    fn type_in(filter: &mut FilterBox, text: &str) {
        filter.open();
        filter.set(text, COLUMNS);
    }

    #[test]
    fn what_is_accepted_is_remembered_and_what_is_cancelled_is_not() {
        let mut filter = FilterBox::default();
        type_in(&mut filter, "frozen ");
        assert!(filter.accept() && filter.is_on() && filter.text() == "frozen");
        type_in(&mut filter, "labels>");
        assert!(filter.mistake.is_some() && !filter.accept() && filter.input.active);
        filter.cancel(COLUMNS);
        assert!(filter.text() == "frozen" && filter.mistake.is_none() && !filter.input.active);
        type_in(&mut filter, "labels>10");
        assert!(filter.accept());
        filter.open();
        filter.recall(-1, COLUMNS);
        filter.recall(-1, COLUMNS);
        filter.recall(-1, COLUMNS);
        assert_eq!(filter.text(), "frozen");
        filter.recall(1, COLUMNS);
        assert_eq!(filter.text(), "labels>10");
        filter.recall(1, COLUMNS);
        assert!(filter.text().is_empty() && !filter.is_on());
        assert_eq!(filter.history, ["frozen", "labels>10"]);
    }

    #[test]
    fn completion_goes_round() {
        let mut filter = FilterBox::default();
        let values = |_: usize| vec!["frozen".to_string(), "fine-tuned".into()];
        type_in(&mut filter, "meth");
        filter.complete(COLUMNS, values);
        assert_eq!(filter.text(), "method:");
        filter.complete(COLUMNS, values);
        assert_eq!(filter.text(), "method:frozen");
        filter.complete(COLUMNS, values);
        assert_eq!(filter.text(), "method:fine-tuned");
        filter.complete(COLUMNS, values);
        assert_eq!(filter.text(), "method:frozen");
        type_in(&mut filter, "method:fi");
        filter.complete(COLUMNS, |_| vec!["fine-tuned".into()]);
        assert_eq!(filter.text(), "method:fine-tuned ");
        type_in(&mut filter, "nothing:");
        filter.complete(COLUMNS, values);
        assert_eq!(filter.text(), "nothing:");
    }
}
