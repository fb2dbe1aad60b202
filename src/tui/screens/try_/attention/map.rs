//! The layout of the map of attention: a row for the vector of the text and for each token, a column for each token.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::tui::widgets::window;

/// The width of the widest name over a column, with the space before it.
const HEAD: usize = 10;
/// The width of a column with a number over it. A hundred per cent fills it.
const NARROW: usize = 4;
/// The width of the widest name of a row, without its number.
const NAME: usize = 12;

/// The layout of a map in an area: a line of heads, then the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Map {
    area: Rect,
    /// The width of a row's name, with the space after it.
    pub name: usize,
    /// The width of a column.
    pub cell: usize,
    /// Whether the heads are numbers in place of tokens.
    pub numbered: bool,
    /// The first visible row and column.
    pub first: (usize, usize),
    /// How many rows and columns are visible.
    pub seen: (usize, usize),
}

impl Map {
    /// The map of these tokens, in which the row `row` is visible and, as far as possible, the columns from `column` on.
    pub fn new(area: Rect, tokens: &[String], row: usize, column: usize) -> Map {
        let longest = tokens.iter().map(|token| cut(token, NAME).width()).max().unwrap_or(0);
        let digits = tokens.len().to_string().len();
        let name = (digits + 1 + longest.max(4) + 1).min(usize::from(area.width) / 2);
        let room = usize::from(area.width).saturating_sub(name);
        let headed = (longest + 1).clamp(NARROW, HEAD);
        let numbered = longest + 1 > HEAD || headed * tokens.len() > room;
        let cell = if numbered { NARROW } else { headed };
        let rows = usize::from(area.height).saturating_sub(1).min(tokens.len() + 1);
        let columns = (room / cell).min(tokens.len());
        let first =
            (window::around(row, tokens.len() + 1, rows), column.min(tokens.len().saturating_sub(columns)));
        Map { area, name, cell, numbered, first, seen: (rows, columns) }
    }

    /// The row at a line of the screen.
    pub fn row_at(&self, y: u16) -> Option<usize> {
        let line = usize::from(y.checked_sub(self.area.y + 1)?);
        (line < self.seen.0).then_some(self.first.0 + line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(count: usize, name: &str) -> Vec<String> {
        vec![name.to_string(); count]
    }

    #[test]
    fn tokens_stand_over_their_columns_if_all_fit_and_numbers_otherwise() {
        let map = |width, count, name| Map::new(Rect::new(0, 0, width, 12), &tokens(count, name), 0, 0);
        let few = map(60, 6, "film");
        assert!(!few.numbered && few.cell == 5 && few.seen == (7, 6));
        let many = map(60, 30, "film");
        assert!(many.numbered && many.cell == NARROW && many.seen.0 == 11 && many.seen.1 < 30);
        assert!(map(300, 6, "a very long token").numbered);
    }

    #[test]
    fn the_selected_row_is_seen_and_the_last_column_can_be_reached() {
        for (width, height) in [(50, 12), (20, 3), (120, 40)] {
            let area = Rect::new(3, 2, width, height);
            for row in 0..=40 {
                let map = Map::new(area, &tokens(40, "日本語"), row, row);
                assert!((map.first.0..map.first.0 + map.seen.0).contains(&row));
                assert!(map.name + map.cell * map.seen.1 <= usize::from(width));
                assert_eq!(map.row_at(2 + 1 + (row - map.first.0) as u16), Some(row));
                assert_eq!(map.row_at(2), None);
            }
            let last = Map::new(area, &tokens(40, "a"), 0, 39);
            assert_eq!(last.first.1 + last.seen.1, 40);
        }
        for (width, height) in [(0, 0), (1, 1), (5, 1)] {
            Map::new(Rect::new(0, 0, width, height), &tokens(9, "abc"), 9, 9);
            Map::new(Rect::new(0, 0, width, height), &[], 0, 0);
        }
    }
}
