//! A list of neighbours, and how its ranks changed since the previous list.

use ratatui::text::{Line, Span};

use crate::error::decimal;
use crate::session::record::Neighbour;
use crate::session::source_history::Probe;
use crate::tui::theme::Theme;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::text::{fit, fit_right};

/// A list of neighbours, and the order before its last change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looks {
    pub word: String,
    pub list: Vec<Neighbour>,
    /// Whether the word is in no vocabulary and its vector was computed from its subwords.
    pub made: bool,
    before: Option<Vec<String>>,
}

/// How a rank changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    Up(usize),
    Down(usize),
    New,
}

impl Looks {
    /// A list without a previous one.
    pub fn new(word: &str, list: Vec<Neighbour>) -> Looks {
        Looks { word: word.to_string(), list, made: false, before: None }
    }

    /// The next list for the same word; for another word, a list without a previous one. The marks of a change stay
    /// until the order changes again, so that the user has time to see them.
    pub fn next(previous: Option<&Looks>, word: &str, list: Vec<Neighbour>) -> Looks {
        let mut looks = Looks::new(word, list);
        if let Some(previous) = previous.filter(|previous| previous.word == word) {
            let same = previous.list.iter().map(|n| &n.word).eq(looks.list.iter().map(|n| &n.word));
            looks.before = if same {
                previous.before.clone()
            } else {
                Some(previous.list.iter().map(|n| n.word.clone()).collect())
            };
        }
        looks
    }

    /// The list of a probe word at the time `until`, compared with the list before it.
    pub fn of_probe(probe: &Probe, until: f64) -> Option<Looks> {
        let seen = probe.looks.partition_point(|look| look.at <= until);
        let list = probe.looks.get(seen.checked_sub(1)?)?.value.1.clone();
        let before = seen.checked_sub(2).and_then(|i| probe.looks.get(i));
        let before = before.map(|look| look.value.1.iter().map(|n| n.word.clone()).collect());
        Some(Looks { word: probe.word.clone(), list, made: false, before })
    }

    /// How the word at `rank` moved.
    pub fn change(&self, rank: usize) -> Change {
        let (Some(before), Some(neighbour)) = (&self.before, self.list.get(rank)) else {
            return Change::Same;
        };
        match before.iter().position(|word| *word == neighbour.word) {
            None => Change::New,
            Some(then) if then > rank => Change::Up(then - rank),
            Some(then) if then < rank => Change::Down(rank - then),
            Some(_) => Change::Same,
        }
    }

    /// The list as lines: rank, word, similarity as bar and number, change of rank.
    pub fn lines(
        &self,
        width: usize,
        rows: usize,
        selected: Option<usize>,
        theme: Theme,
    ) -> Vec<Line<'static>> {
        let word = (width.saturating_sub(14) * 6 / 10).clamp(6, 24);
        let room = width.saturating_sub(3 + word + 1 + 5 + 4).min(30);
        let first = selected.map_or(0, |at| (at + 1).saturating_sub(rows));
        // Dot products have no maximum: if a value exceeds 1, the bars are relative to the largest one in the list.
        let longest = self.list.iter().map(|n| n.similarity.abs()).fold(1.0, f32::max);
        let line = |(rank, neighbour): (usize, &Neighbour)| {
            let (mark, style) = match self.change(rank) {
                Change::Same => (String::new(), theme.dim()),
                Change::Up(by) => (format!("▲{by}"), theme.good()),
                Change::Down(by) => (format!("▼{by}"), theme.dim()),
                Change::New => ("•new".into(), theme.accent()),
            };
            let chosen = selected == Some(rank);
            let plain = if chosen { theme.selected() } else { theme.text() };
            let similarity = neighbour.similarity;
            Line::from(vec![
                Span::styled(format!("{:>2} ", rank + 1), theme.dim()),
                Span::styled(fit(&neighbour.word, word), plain),
                Span::styled(fit_right(&format!("{} ", decimal(similarity, 2)), 6), theme.text()),
                Span::styled(bar(f64::from(similarity / longest), room).replace('░', " "), theme.accent()),
                Span::styled(format!("{mark:<4}"), style),
            ])
        };
        self.list.iter().enumerate().skip(first).take(rows).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::history::History;
    use crate::tui::testing;

    fn list(words: &[&str]) -> Vec<Neighbour> {
        words.iter().map(|word| Neighbour { word: word.to_string(), similarity: 0.5 }).collect()
    }

    #[test]
    fn ranks_are_marked_until_the_order_changes_again() {
        let first = Looks::new("terrible", list(&["the", "awful", "dire"]));
        assert_eq!(first.change(0), Change::Same);
        let second = Looks::next(Some(&first), "terrible", list(&["awful", "dreadful", "the"]));
        let changes = [0, 1, 2].map(|rank| second.change(rank));
        assert_eq!(changes, [Change::Up(1), Change::New, Change::Down(2)]);
        let third = Looks::next(Some(&second), "terrible", list(&["awful", "dreadful", "the"]));
        assert_eq!(third.change(0), Change::Up(1));
        let other = Looks::next(Some(&third), "waiter", list(&["the"]));
        assert_eq!(other.change(0), Change::Same);
        let shown = second.lines(40, 5, None, Theme::PLAIN);
        assert!(shown[0].to_string().contains("▲1") && shown[1].to_string().contains("•new"));
    }

    #[test]
    fn a_probe_is_seen_as_it_was_then() {
        let history = History::of(testing::entries());
        let probe = &history.source().probes[0];
        assert_eq!(Looks::of_probe(probe, probe.looks[0].at - 0.01), None);
        let first = Looks::of_probe(probe, probe.looks[0].at).unwrap();
        assert!(first.before.is_none() && first.list == probe.looks[0].value.1);
        assert!(Looks::of_probe(probe, f64::INFINITY).unwrap().before.is_some());
    }

    #[test]
    fn odd_words_and_figures_keep_to_their_columns() {
        let mut odd = list(&["日本語日本語日本語日本語", "\x1b[2J", &"long".repeat(50)]);
        odd[0].similarity = f32::NAN;
        odd[1].similarity = -0.4;
        for width in [0, 5, 20, 40, 100] {
            for line in Looks::new("x", odd.clone()).lines(width, 10, Some(2), Theme::dark()) {
                assert!(line.width() <= width.max(24), "{width}: {line}");
                assert!(!line.to_string().contains('\x1b'));
            }
        }
    }
}
