//! A line of text that the user types into.

use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::{Frame, widgets::Paragraph};
use unicode_width::UnicodeWidthChar;

use crate::error::printable_char;
use crate::tui::key::Key;

/// The maximum number of characters, so that a very long paste does not make every key slow.
const LIMIT: usize = 20_000;

/// The typed text and the position of the cursor.
#[derive(Debug, Clone, Default)]
pub struct Input {
    text: Vec<char>,
    /// The position of the cursor in characters, from 0 to the text's length.
    at: usize,
    /// Whether the line receives keys.
    pub active: bool,
    /// Whether a screen activated the line, not the user. As long as such a line is empty, keys that lead to other
    /// screens still do so.
    pub offered: bool,
}

impl Input {
    /// An empty line that receives keys.
    pub fn active() -> Input {
        Input { active: true, ..Input::default() }
    }

    /// The text so far.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether a screen activated the line and nothing is typed yet: keys that lead elsewhere still do so.
    pub fn is_only_offered(&self) -> bool {
        self.offered && self.text.is_empty()
    }

    /// Replaces the text and moves the cursor to its end.
    pub fn set(&mut self, text: &str) {
        self.text.clear();
        self.at = 0;
        self.paste(text);
    }

    /// Inserts text at the cursor. Line breaks and tabs become spaces.
    pub fn paste(&mut self, text: &str) {
        for c in text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }) {
            self.insert(c);
        }
    }

    fn insert(&mut self, c: char) {
        if self.text.len() < LIMIT {
            self.text.insert(self.at, c);
            self.at += 1;
        }
    }

    /// Handles a key. Returns whether it was a key for a line of text.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl) {
            (KeyCode::Char(c), false) => self.insert(c),
            (KeyCode::Backspace, _) => {
                if self.at > 0 {
                    self.at -= 1;
                    self.text.remove(self.at);
                }
            }
            (KeyCode::Delete, _) => {
                if self.at < self.text.len() {
                    self.text.remove(self.at);
                }
            }
            (KeyCode::Left, false) => self.at = self.at.saturating_sub(1),
            (KeyCode::Right, false) => self.at = (self.at + 1).min(self.text.len()),
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => self.at = 0,
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => self.at = self.text.len(),
            (KeyCode::Char('u'), true) => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            (KeyCode::Char('k'), true) => self.text.truncate(self.at),
            (KeyCode::Char('w'), true) => {
                let head = &self.text[..self.at];
                let word = head.iter().rposition(|c| *c != ' ').map_or(0, |end| {
                    head[..end].iter().rposition(|c| *c == ' ').map_or(0, |space| space + 1)
                });
                self.text.drain(word..self.at);
                self.at = word;
            }
            _ => return false,
        }
        true
    }

    /// The rows that fit into this size, broken between words and scrolled so that the cursor is visible; and the row
    /// and the cell of the cursor.
    pub fn rows(&self, width: usize, height: usize) -> (Vec<String>, (usize, usize)) {
        let (width, height) = (width.max(1), height.max(1));
        // If the cursor is after the text, it is on this extra space.
        let shown: Vec<char> = self.text.iter().map(|c| printable_char(*c)).chain([' ']).collect();
        let starts = breaks(&shown, width, height > 1);
        let row = starts.partition_point(|start| *start <= self.at) - 1;
        let column = shown[starts[row]..self.at].iter().map(|c| c.width().unwrap_or(0)).sum();
        let first = (row + 1).saturating_sub(height);
        let ends = starts.iter().skip(1).copied().chain([shown.len()]);
        let rows = starts.iter().zip(ends).skip(first).take(height);
        (rows.map(|(from, to)| shown[*from..to].iter().collect()).collect(), (row - first, column))
    }

    /// Draws the rows of [`Input::rows`] in `area`. If the line is active, the cursor is shown.
    pub fn view(&self, frame: &mut Frame, area: Rect, style: Style) {
        if area.is_empty() {
            return;
        }
        let (rows, (row, column)) = self.rows(usize::from(area.width), usize::from(area.height));
        let lines: Vec<Line> = rows.into_iter().map(|row| Line::styled(row, style)).collect();
        frame.render_widget(Paragraph::new(lines), area);
        if self.active {
            let (row, column) = (row as u16, column as u16);
            frame.set_cursor_position(Position::new(
                area.x + column.min(area.width - 1),
                area.y + row.min(area.height - 1),
            ));
        }
    }
}

/// Where the rows of a text begin: character indices, the first 0. With `words`, rows break after spaces; a word longer
/// than a row is broken too.
fn breaks(text: &[char], width: usize, words: bool) -> Vec<usize> {
    let mut starts = vec![0];
    let (mut used, mut space) = (0, None);
    for (i, c) in text.iter().enumerate() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width {
            // A space that does not fit is not shown and starts no new row, unless it is the last one, which may hold
            // the cursor.
            if words && *c == ' ' && i + 1 < text.len() {
                space = Some(i + 1);
                used += wide;
                continue;
            }
            let start = space.take().filter(|_| words).unwrap_or(i);
            used = text[start..i].iter().map(|c| c.width().unwrap_or(0)).sum();
            starts.push(start);
        }
        used += wide;
        if *c == ' ' {
            space = Some(i + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::key::{ctrl, key, special};

    #[test]
    fn a_line_is_edited_like_any_other() {
        let mut input = Input::default();
        input.paste("good\nfood é");
        assert!(input.key(special(KeyCode::Backspace)) && input.key(key('x')));
        assert_eq!(input.text(), "good food x");
        input.key(ctrl('w'));
        assert_eq!(input.text(), "good food ");
        input.key(ctrl('w'));
        assert_eq!(input.text(), "good ");
        input.key(special(KeyCode::Home));
        input.key(special(KeyCode::Delete));
        input.key(special(KeyCode::Right));
        input.key(ctrl('k'));
        assert_eq!(input.text(), "o");
        assert!(!input.key(special(KeyCode::Enter)) && !input.key(ctrl('p')));
    }

    #[test]
    fn rows_are_broken_between_words_where_that_can_be() {
        let rows = |text: &str, width, words| {
            let text: Vec<char> = text.chars().chain([' ']).collect();
            let starts = breaks(&text, width, words);
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            starts.iter().zip(ends).map(|(a, b)| text[*a..b].iter().collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(rows("one two three", 8, true), ["one two ", "three "]);
        assert_eq!(rows("one two three", 7, true), ["one two ", "three "]);
        assert_eq!(rows("one two three", 8, false), ["one two ", "three "]);
        assert_eq!(rows("abcdefgh", 3, true), ["abc", "def", "gh "]);
        assert_eq!(rows("a bcdefgh", 3, true), ["a ", "bcd", "efg", "h "]);
        assert_eq!(rows("日本語", 4, true), ["日本", "語 "]);
        assert_eq!(rows("", 1, true), [" "]);
    }

    #[test]
    fn a_room_that_is_too_small_shows_the_rows_around_the_cursor() {
        let mut input = Input::default();
        input.set("one two three four");
        assert_eq!(input.rows(8, 9), (vec!["one two ".into(), "three ".into(), "four ".into()], (2, 4)));
        assert_eq!(input.rows(8, 2), (vec!["three ".into(), "four ".into()], (1, 4)));
        assert_eq!(input.rows(8, 1).0, ["ur "]);
        input.key(special(KeyCode::Home));
        assert_eq!(input.rows(8, 2), (vec!["one two ".into(), "three ".into()], (0, 0)));
        assert_eq!(input.rows(0, 0).0.len(), 1);
    }
}
