//! A matrix of figures with names at its rows, heads over its columns and further figures at the right:
//! where each cell stands, in whatever room there is.
//!
//! Each cell has two figures (a count and its fraction of the row). They stand side by side where all
//! columns fit so, one above the other where all rows fit so, and else only one of them is shown. There
//! the columns carry numbers instead of names, unless the names are short, and what does not fit is
//! scrolled to.

use ratatui::layout::{Position, Rect};

use super::window;

/// How the two figures of a cell are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figures {
    Beside,
    Stacked,
    One,
}

/// What a matrix needs.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    pub rows: usize,
    pub columns: usize,
    /// Cells of the widest row name, without a number.
    pub name: u16,
    /// Cells of the widest column head.
    pub head: u16,
    /// Cells of the widest first and second figure.
    pub figures: (u16, u16),
    /// Cells of the figures at the right of each row, kept if they fit.
    pub right: u16,
}

/// Where everything stands.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    area: Rect,
    pub figures: Figures,
    /// Whether columns carry numbers, and row names are preceded by them.
    pub numbered: bool,
    pub name: u16,
    pub cell: u16,
    /// Lines of a row.
    pub lines: u16,
    pub first: (usize, usize),
    /// Rows and columns that are seen.
    pub seen: (usize, usize),
    /// Room for the figures at the right; 0 if there is none.
    pub right: u16,
}

impl Grid {
    /// The places in `area` (a line of heads, then the rows), so that the cell `selected` is seen.
    pub fn new(area: Rect, needs: Needs, selected: (usize, usize)) -> Grid {
        let height = area.height.saturating_sub(1);
        let right = if area.width >= needs.right + 30 { needs.right } else { 0 };
        let (a, b) = needs.figures;
        let beside = (a + b + 1).max(needs.head).max(10) + 2;
        let narrow = a.max(b).max(2) + 1;
        let columns = needs.columns as u16;
        let fits = |name: u16, cell: u16| {
            u32::from(name) + u32::from(columns) * u32::from(cell) + u32::from(right) <= u32::from(area.width)
        };
        let name = needs.name.min(20) + 1;
        let tall = needs.rows * 2 <= usize::from(height);
        // Heads that are hardly wider than the figures take the place of numbers, which could be taken
        // for names where those are numbers too.
        let headed = narrow.max(needs.head + 1);
        let numbered = !fits(name, beside) && headed > narrow && !fits(name, headed);
        let (figures, name, cell) = if fits(name, beside) {
            (Figures::Beside, name, beside)
        } else {
            let figures = if tall { Figures::Stacked } else { Figures::One };
            // A number and a space before the name.
            let with_number = (needs.name.min(16) + 4).min(area.width / 3);
            let (name, cell) =
                if numbered { (with_number, narrow) } else { (name.min(area.width / 3), headed) };
            (figures, name, cell)
        };
        let rows = needs.rows as u16;
        let lines = match figures {
            Figures::Stacked => 2,
            // A small matrix is drawn large, with room below it for figures of each class.
            Figures::Beside if u32::from(rows) * 4 + 2 <= u32::from(height) => 3,
            _ => 1,
        };
        let wide = area.width.saturating_sub(name + right);
        let seen = (
            usize::from(height / lines).min(needs.rows),
            usize::from(wide.checked_div(cell).unwrap_or(0)).min(needs.columns),
        );
        let first = (
            window::around(selected.0, needs.rows, seen.0),
            window::around(selected.1, needs.columns, seen.1),
        );
        Grid { area, figures, numbered, name, cell, lines, first, seen, right }
    }

    /// Where a row's name stands, if it is seen.
    pub fn row(&self, row: usize) -> Option<Rect> {
        let y = row.checked_sub(self.first.0).filter(|y| *y < self.seen.0)? as u16;
        let place = Rect::new(self.area.x, self.area.y + 1 + y * self.lines, self.name, self.lines);
        Some(place.intersection(self.area))
    }

    /// Where a column's head stands, if it is seen.
    pub fn head(&self, column: usize) -> Option<Rect> {
        let x = column.checked_sub(self.first.1).filter(|x| *x < self.seen.1)? as u16;
        let place = Rect::new(self.area.x + self.name + x * self.cell, self.area.y, self.cell, 1);
        Some(place.intersection(self.area))
    }

    /// Where a cell stands, if it is seen.
    pub fn cell(&self, row: usize, column: usize) -> Option<Rect> {
        let (row, head) = (self.row(row)?, self.head(column)?);
        Some(Rect::new(head.x, row.y, head.width, row.height).intersection(self.area))
    }

    /// Where the figures at the right of a row stand; those of the heads for `None`.
    pub fn beside(&self, row: Option<usize>) -> Option<Rect> {
        let y = row.map_or(Some(self.area.y), |row| self.row(row).map(|place| place.y))?;
        let x = self.area.x + self.name + self.seen.1 as u16 * self.cell;
        (self.right > 0).then(|| Rect::new(x, y, self.right, 1).intersection(self.area))
    }

    /// What is left below the last row.
    pub fn below(&self) -> Rect {
        let used = (1 + self.seen.0 as u16 * self.lines).min(self.area.height);
        Rect::new(self.area.x, self.area.y + used, self.area.width, self.area.height - used)
    }

    /// The cell at a place.
    pub fn at(&self, place: Position) -> Option<(usize, usize)> {
        let rows = self.first.0..self.first.0 + self.seen.0;
        let columns = || self.first.1..self.first.1 + self.seen.1;
        rows.flat_map(|row| columns().map(move |column| (row, column)))
            .find(|&(row, column)| self.cell(row, column).is_some_and(|area| area.contains(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(classes: usize) -> Needs {
        Needs { rows: classes, columns: classes, name: 12, head: 12, figures: (4, 4), right: 18 }
    }

    #[test]
    fn figures_are_side_by_side_stacked_or_alone_as_the_room_allows() {
        let grid = |width, height, classes| Grid::new(Rect::new(0, 0, width, height), needs(classes), (0, 0));
        assert_eq!(grid(60, 10, 2).figures, Figures::Beside);
        assert_eq!(grid(160, 45, 20).figures, Figures::Stacked);
        assert_eq!(grid(54, 14, 20).figures, Figures::One);
        assert_eq!(grid(160, 45, 20).seen, (20, 20));
    }

    #[test]
    fn short_names_stand_over_their_columns_and_long_ones_are_numbered() {
        let grid = |name, classes| {
            let needs = Needs { name, head: name, ..needs(classes) };
            Grid::new(Rect::new(0, 0, 54, 14), needs, (0, 0))
        };
        let digits = grid(1, 10);
        assert!(!digits.numbered && digits.cell == 5 && digits.figures == Figures::One);
        // Wider than the figures, but there is room.
        let words = grid(7, 3);
        assert!(!words.numbered && words.cell == 8 && words.seen.1 == 3);
        assert!(grid(7, 10).numbered && grid(12, 20).numbered);
        // However many they are.
        assert!(!grid(3, 40).numbered);
    }

    #[test]
    fn the_selected_cell_is_seen_and_found_again_by_its_place() {
        for (width, height) in [(54, 14), (60, 4), (160, 45), (31, 2)] {
            let area = Rect::new(3, 2, width, height);
            for row in 0..20 {
                for column in 0..20 {
                    let grid = Grid::new(area, needs(20), (row, column));
                    let cell = grid.cell(row, column).unwrap();
                    assert!(area.contains(Position::new(cell.x, cell.y)));
                    assert_eq!(grid.at(Position::new(cell.x, cell.y)), Some((row, column)));
                }
            }
        }
    }

    #[test]
    fn no_room_at_all_is_no_fault() {
        for (width, height) in [(0, 0), (1, 1), (5, 1), (10, 0)] {
            let grid = Grid::new(Rect::new(0, 0, width, height), needs(20), (19, 19));
            assert_eq!(grid.at(Position::new(0, 0)), None);
        }
    }
}
