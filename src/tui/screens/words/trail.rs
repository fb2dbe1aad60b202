//! The trail: the words that the user left for another one, so that backspace goes back.

use crate::plot::cells::cut;

use super::view::View;

/// The most words of the trail. The oldest are forgotten.
const LONGEST: usize = 50;
/// The most columns of a word in the trail; texts are longer.
const WIDTH: usize = 20;

/// A word that was left, and how it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    pub view: View,
    /// The word, or in the view of sentences the text.
    pub text: String,
    /// The selected line.
    pub selected: Option<usize>,
}

/// The words that were left, the last one at the end.
#[derive(Debug, Default)]
pub struct Trail(Vec<Stop>);

impl Trail {
    /// Adds a word that is left. A word that was left in the same view just before is there already.
    pub fn push(&mut self, stop: Stop) {
        let same = |last: &Stop| (last.view, &last.text) == (stop.view, &stop.text);
        if self.0.last().is_some_and(same) {
            self.0.pop();
        }
        if self.0.len() == LONGEST {
            self.0.remove(0);
        }
        self.0.push(stop);
    }

    /// The word that was left last, other than `now`.
    pub fn pop(&mut self, now: &Stop) -> Option<Stop> {
        loop {
            let last = self.0.pop()?;
            if (last.view, &last.text) != (now.view, &now.text) {
                return Some(last);
            }
        }
    }

    /// Whether there is a way back.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The trail as a line, the word that backspace goes to first; empty if there is none.
    pub fn line(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let words = self.0.iter().rev().map(|stop| format!(" ‹ {}", cut(&stop.text, WIDTH)));
        format!("backspace{}", words.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(text: &str) -> Stop {
        Stop { view: View::Neighbours, text: text.into(), selected: None }
    }

    #[test]
    fn the_last_word_comes_first_and_the_oldest_are_forgotten() {
        let mut trail = Trail::default();
        assert!(trail.is_empty() && trail.line().is_empty());
        for word in ["good", "good", "bad", "awful"] {
            trail.push(stop(word));
        }
        assert_eq!(trail.line(), "backspace ‹ awful ‹ bad ‹ good");
        // The word that is shown now is no way back.
        assert_eq!(trail.pop(&stop("awful")).unwrap().text, "bad");
        assert_eq!(trail.line(), "backspace ‹ good");
        (0..200).for_each(|n| trail.push(stop(&format!("word{n}"))));
        assert_eq!(trail.0.len(), LONGEST);
        assert_eq!(trail.0[0].text, "word150");
        trail.push(stop("a\u{1b}[2Jb"));
        assert!(!trail.line().contains('\u{1b}'));
    }
}
