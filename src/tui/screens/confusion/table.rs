//! A matrix of cells on the screen, with numbers for each class at the right of its row, or below the matrix.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Block;
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::tui::state::State;
use crate::tui::widgets::matrix::{Figures, Grid, Needs};
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right};

/// The numbers of each class.
pub struct Beside {
    /// The heads over them, as wide as the numbers.
    pub heads: String,
    /// One text for each class.
    pub rows: Vec<(String, Style)>,
}

/// The numbers of a matrix as text.
pub struct Table {
    names: Vec<String>,
    /// The two numbers and the style of each cell, by row and column.
    cells: Vec<Vec<(String, String, Style)>>,
    beside: Beside,
    needs: Needs,
}

impl Table {
    /// The table of these cells, by row and column, with the names of the classes.
    pub fn new(names: Vec<String>, cells: Vec<Vec<(String, String, Style)>>, beside: Beside) -> Table {
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).min(60) as u16;
        let name = widest(&mut names.iter().map(|name| cut(name, 60).width()));
        let needs = Needs {
            rows: names.len(),
            columns: names.len(),
            name,
            head: name.min(14),
            figures: (
                widest(&mut cells.iter().flatten().map(|cell| cell.0.width())),
                widest(&mut cells.iter().flatten().map(|cell| cell.1.width())),
            ),
            right: beside.heads.width() as u16,
        };
        Table { names, cells, beside, needs }
    }

    /// The layout in `area`.
    pub fn grid(&self, area: Rect, selected: (usize, usize)) -> Grid {
        // A line above the heads says what rows and columns are.
        let rest = Rect::new(area.x, area.y + 1.min(area.height), area.width, area.height.saturating_sub(1));
        Grid::new(rest, self.needs, selected)
    }

    /// The same table without the second number of each cell.
    pub fn with_one_figure(mut self) -> Table {
        self.cells.iter_mut().flatten().for_each(|cell| cell.1.clear());
        Table::new(self.names, self.cells, self.beside)
    }

    /// Draws the matrix. Returns whether the numbers of all classes had room.
    pub fn draw(&self, state: &State, frame: &mut Frame, area: Rect) -> bool {
        let theme = state.theme;
        let cursor = state.screens.confusion.cell;
        let grid = self.grid(area, cursor);
        let (rows, columns) = (self.needs.rows, self.needs.columns);
        let mut caption = vec![Span::styled("true ↓ guessed →", theme.dim())];
        if grid.figures == Figures::One && self.needs.figures.1 > 0 {
            let other = if state.screens.confusion.fractions { " · v counts" } else { " · v shares" };
            caption.push(Span::styled(other, theme.dim()));
        }
        let unseen = |first: usize, seen: usize, all: usize, name: &str| {
            (seen < all).then(|| format!(" {name} {}–{}/{all}", first + 1, first + seen))
        };
        caption.extend(unseen(grid.first.1, grid.seen.1, columns, "cols").map(Span::raw));
        caption.extend(unseen(grid.first.0, grid.seen.0, rows, "rows").map(Span::raw));
        frame.put(Line::from(caption), area);

        for column in grid.first.1..grid.first.1 + grid.seen.1 {
            if let Some(place) = grid.head(column) {
                let head = if grid.numbered { (column + 1).to_string() } else { self.names[column].clone() };
                let width = usize::from(place.width).saturating_sub(1);
                let style = if column == cursor.1 { theme.strong() } else { theme.dim() };
                frame.put(Span::styled(fit_right(&head, width), style), place);
            }
        }
        for row in grid.first.0..grid.first.0 + grid.seen.0 {
            if let Some(place) = grid.row(row) {
                let name = &self.names[row];
                let name = if grid.numbered { format!("{:>2} {name}", row + 1) } else { name.clone() };
                let style = if row == cursor.0 { theme.strong() } else { theme.text() };
                let width = usize::from(place.width).saturating_sub(1);
                frame.put(Span::styled(cut(&name, width), style), middle(place, &grid));
            }
            for column in grid.first.1..grid.first.1 + grid.seen.1 {
                self.cell(state, frame, &grid, (row, column));
            }
        }
        self.classes(state, frame, &grid);
        grid.right > 0 || figures_fit_below(&grid)
    }

    fn cell(&self, state: &State, frame: &mut Frame, grid: &Grid, (row, column): (usize, usize)) {
        let Some(place) = grid.cell(row, column) else { return };
        let (first, second, style) = &self.cells[row][column];
        let width = usize::from(place.width).saturating_sub(1);
        let lines = match grid.figures {
            Figures::Beside => {
                let rest = width.saturating_sub(usize::from(self.needs.figures.1) + 1);
                let second = fit_right(second, usize::from(self.needs.figures.1));
                vec![format!("{} {second} ", fit_right(first, rest))]
            }
            Figures::Stacked => {
                vec![format!("{} ", fit_right(first, width)), format!("{} ", fit_right(second, width))]
            }
            // A cell with count zero shows a dot instead of both numbers.
            Figures::One if state.screens.confusion.fractions && !second.is_empty() => {
                vec![format!("{} ", fit_right(second, width))]
            }
            Figures::One => vec![format!("{} ", fit_right(first, width))],
        };
        // A reversed shade could be confused with another shade, so the selected cell has no shade.
        let selected = state.theme.selected().add_modifier(Modifier::BOLD);
        let style = if (row, column) == state.screens.confusion.cell { selected } else { *style };
        let lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
        // An empty column at the right separates neighbouring cells.
        let place = Rect { width: place.width.saturating_sub(1), ..place };
        frame.render_widget(Block::new().style(style), place);
        frame.put(Text::from(lines).style(style), middle(place, grid));
    }

    /// Draws the numbers of each class: at the right of its row or, if there is no room, below the matrix. If there is no
    /// room there either, they are not drawn.
    fn classes(&self, state: &State, frame: &mut Frame, grid: &Grid) {
        let theme = state.theme;
        let rows = grid.first.0..grid.first.0 + grid.seen.0;
        if grid.right > 0 {
            if let Some(place) = grid.beside(None) {
                frame.put(Span::styled(self.beside.heads.clone(), theme.dim()), place);
            }
            for row in rows {
                let Some(place) = grid.beside(Some(row)) else { continue };
                let (text, style) = self.beside.rows[row].clone();
                frame.put(Span::styled(text, style), middle(Rect { height: grid.lines, ..place }, grid));
            }
        } else if figures_fit_below(grid) {
            let name = usize::from(grid.name);
            let heads = " ".repeat(name) + &self.beside.heads;
            let mut lines = vec![Line::default(), Line::styled(heads, theme.dim())];
            for row in rows {
                let (text, style) = self.beside.rows[row].clone();
                let name = fit(&cut(&self.names[row], name.saturating_sub(1)), name);
                lines.push(Line::from(vec![Span::raw(name), Span::styled(text, style)]));
            }
            frame.put(lines, grid.below());
        }
    }
}

/// The line of a three-line cell that holds the numbers.
fn middle(place: Rect, grid: &Grid) -> Rect {
    if grid.lines == 3 && place.height == 3 { Rect { y: place.y + 1, height: 1, ..place } } else { place }
}

fn figures_fit_below(grid: &Grid) -> bool {
    grid.seen.0 + 2 <= usize::from(grid.below().height)
}
