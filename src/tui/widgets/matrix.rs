//! The layout of a matrix of numbers: row names, column heads, a number pair in each cell, and further numbers at the
//! right.
//!
//! Each cell has two numbers (a count and its fraction of the row). They are side by side if all columns fit that way,
//! one above the other if all rows fit that way, and otherwise only one of them is shown. In the last two cases the
//! column heads are class numbers instead of names, unless the names are short. What does not fit can be scrolled to.

use ratatui::layout::{Position, Rect};

use super::window;

/// How the two numbers of a cell are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figures {
    Beside,
    Stacked,
    One,
}

/// The sizes that determine the layout of a matrix.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    pub rows: usize,
    pub columns: usize,
    /// The width of the longest row name, without a class number, in cells.
    pub name: u16,
    /// The width of the longest column head, in cells.
    pub head: u16,
    /// The width of the longest first and second number, in cells.
    pub figures: (u16, u16),
    /// The width of the numbers at the right of each row, in cells. They are dropped if they do not fit.
    pub right: u16,
}

/// The layout of a matrix.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    area: Rect,
    pub figures: Figures,
    /// Whether the column heads are class numbers, which then also precede the row names.
    pub numbered: bool,
    pub name: u16,
    pub cell: u16,
    /// The height of a row, in lines.
    pub lines: u16,
    pub first: (usize, usize),
    /// How many rows and columns are visible.
    pub seen: (usize, usize),
    /// The width of the numbers at the right; 0 if they are not shown.
    pub right: u16,
}

impl Grid {
    /// Computes the layout in `area` (one line of heads, then the rows) so that the cell `selected` is visible.
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
        // If the heads are hardly wider than the cells, they are shown: class numbers could be confused with names that
        // are numbers too.
        let headed = narrow.max(needs.head + 1);
        let numbered = !fits(name, beside) && headed > narrow && !fits(name, headed);
        let (figures, name, cell) = if fits(name, beside) {
            (Figures::Beside, name, beside)
        } else {
            let figures = if tall { Figures::Stacked } else { Figures::One };
            // The class number and a space come before the name.
            let with_number = (needs.name.min(16) + 4).min(area.width / 3);
            let (name, cell) =
                if numbered { (with_number, narrow) } else { (name.min(area.width / 3), headed) };
            (figures, name, cell)
        };
        let rows = needs.rows as u16;
        let lines = match figures {
            Figures::Stacked => 2,
            // If there is room, rows are three lines high. Room for the numbers of each class stays below the matrix.
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

    /// The area of a row's name, if the row is visible.
    pub fn row(&self, row: usize) -> Option<Rect> {
        let y = row.checked_sub(self.first.0).filter(|y| *y < self.seen.0)? as u16;
        let place = Rect::new(self.area.x, self.area.y + 1 + y * self.lines, self.name, self.lines);
        Some(place.intersection(self.area))
    }

    /// The area of a column's head, if the column is visible.
    pub fn head(&self, column: usize) -> Option<Rect> {
        let x = column.checked_sub(self.first.1).filter(|x| *x < self.seen.1)? as u16;
        let place = Rect::new(self.area.x + self.name + x * self.cell, self.area.y, self.cell, 1);
        Some(place.intersection(self.area))
    }

    /// The area of a cell, if it is visible.
    pub fn cell(&self, row: usize, column: usize) -> Option<Rect> {
        let (row, head) = (self.row(row)?, self.head(column)?);
        Some(Rect::new(head.x, row.y, head.width, row.height).intersection(self.area))
    }

    /// The area of the numbers at the right of a row; `None` gives the area of their heads.
    pub fn beside(&self, row: Option<usize>) -> Option<Rect> {
        let y = row.map_or(Some(self.area.y), |row| self.row(row).map(|place| place.y))?;
        let x = self.area.x + self.name + self.seen.1 as u16 * self.cell;
        (self.right > 0).then(|| Rect::new(x, y, self.right, 1).intersection(self.area))
    }

    /// The area below the last row.
    pub fn below(&self) -> Rect {
        let used = (1 + self.seen.0 as u16 * self.lines).min(self.area.height);
        Rect::new(self.area.x, self.area.y + used, self.area.width, self.area.height - used)
    }

    /// The cell at a position on the screen.
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
        // The heads are wider than the numbers, but there is room.
        let words = grid(7, 3);
        assert!(!words.numbered && words.cell == 8 && words.seen.1 == 3);
        assert!(grid(7, 10).numbered && grid(12, 20).numbered);
        // Short names are shown however many columns there are.
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
