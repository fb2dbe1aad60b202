//! The canvas of a chart: braille dots, stippled envelopes and bands, dash patterns, markers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::plot::columns::{Column, nearest};
use crate::tui::theme::{Dash, Theme};
use crate::tui::widgets::axis::Scale;

use super::curve::Curve;

/// The content of a cell: the dots of the stippled envelopes and, over them, the dots of the curves.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    back: u8,
    back_style: Style,
    front: u8,
    front_style: Style,
    marker: Option<&'static str>,
}

/// The cells of the plot.
pub struct Canvas<'a> {
    plot: Rect,
    scale: &'a Scale,
    cells: Vec<Cell>,
}

/// The bit of each dot of a braille character, by row and column.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl<'a> Canvas<'a> {
    pub fn new(plot: Rect, scale: &'a Scale) -> Canvas<'a> {
        Canvas {
            plot,
            scale,
            cells: vec![Cell::default(); usize::from(plot.width) * usize::from(plot.height)],
        }
    }

    /// The cell and the bit of a dot, if the dot is inside the plot.
    fn at(&mut self, x: i32, y: i32) -> Option<(&mut Cell, u8)> {
        let (width, height) = (i32::from(self.plot.width), i32::from(self.plot.height));
        if !(0..width * 2).contains(&x) || !(0..height * 4).contains(&y) {
            return None;
        }
        let bit = BITS[(y % 4) as usize][(x % 2) as usize];
        self.cells.get_mut((y / 4 * width + x / 2) as usize).map(|cell| (cell, bit))
    }

    /// The row of dots at `value`; for values outside the range, a row far outside the plot.
    fn row(&self, value: f64) -> Option<i32> {
        let fraction = self.scale.fraction(value);
        let dots = f64::from(self.plot.height) * 4.0;
        fraction.is_finite().then(|| nearest(((1.0 - fraction) * (dots - 1.0)).clamp(-1e4, 1e5)))
    }

    /// Draws the range from minimum to maximum of each column, stippled.
    pub fn envelope(&mut self, columns: &[Column], style: Style) {
        let bottom = i32::from(self.plot.height) * 4 - 1;
        for column in columns {
            // A minimum that has no logarithm is drawn at the bottom.
            let low = self.row(column.low).unwrap_or(bottom);
            let Some(high) = self.row(column.high) else { continue };
            for y in high.max(0)..=low.min(bottom) {
                if (y == high || y == low || (y + column.x) % 2 == 0)
                    && let Some((cell, bit)) = self.at(column.x, y)
                {
                    cell.back |= bit;
                    cell.back_style = style;
                }
            }
            if high < 0
                && let Some((cell, _)) = self.at(column.x, 0)
            {
                cell.marker = Some("▴");
                cell.front_style = style;
            }
        }
    }

    /// Draws the smoothed curve with its marker at the end. Returns the cell of the marker.
    pub fn curve(&mut self, columns: &[Column], curve: &Curve) -> Option<(u16, u16)> {
        let mut length = 0;
        let mut before: Option<(i32, i32)> = None;
        for column in columns {
            let Some(y) = self.row(column.line) else {
                before = None;
                continue;
            };
            match before {
                Some((x0, y0)) => self.segment((x0, y0), (column.x, y), curve, &mut length),
                None => self.dot(column.x, y, curve),
            }
            before = Some((column.x, y));
        }
        let last = columns.iter().rev().find(|column| column.x < i32::from(self.plot.width) * 2)?;
        let (x, y) = (last.x, self.row(last.line)?);
        let (cell, _) = self.at(x, y)?;
        cell.marker = Some(curve.marker);
        cell.front_style = strong(curve);
        Some((self.plot.x + (x / 2) as u16, self.plot.y + (y / 4) as u16))
    }

    /// Draws a straight line without its first dot.
    fn segment(&mut self, from: (i32, i32), to: (i32, i32), curve: &Curve, length: &mut u32) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs());
        // The end point can be far outside the plot, so only the visible dots are drawn.
        let width = i32::from(self.plot.width) * 2;
        let (first, last) = if dx > 0 && dx >= dy.abs() {
            ((-from.0).max(1), (width - from.0).min(steps))
        } else {
            (1, steps.min(100_000))
        };
        let slope = |d: i32| f64::from(d) / f64::from(steps.max(1));
        let (slope_x, slope_y) = (slope(dx), slope(dy));
        for i in first..=last {
            let x = from.0 + nearest(slope_x * f64::from(i));
            let y = from.1 + nearest(slope_y * f64::from(i));
            *length += 1;
            if shown(curve.dash, *length) || curve.strong {
                self.dot(x, y, curve);
            }
        }
    }

    fn dot(&mut self, x: i32, y: i32, curve: &Curve) {
        for y in [y, y + 1].into_iter().take(if curve.strong { 2 } else { 1 }) {
            if let Some((cell, bit)) = self.at(x, y) {
                cell.front |= bit;
                if cell.marker.is_none() {
                    cell.front_style = strong(curve);
                }
            }
        }
    }

    pub fn paint(&self, buffer: &mut Buffer, theme: Theme) {
        for (i, cell) in self.cells.iter().enumerate() {
            let (x, y) = (i % usize::from(self.plot.width), i / usize::from(self.plot.width));
            let place = (self.plot.x + x as u16, self.plot.y + y as u16);
            let Some(target) = buffer.cell_mut(place) else { continue };
            if let Some(marker) = cell.marker {
                target.set_symbol(marker).set_style(cell.front_style);
            } else if cell.front != 0 {
                target.set_char(braille(cell.front)).set_style(cell.front_style);
            } else if cell.back != 0 {
                let style = if theme.is_plain() { Style::new() } else { cell.back_style };
                target.set_char(braille(cell.back)).set_style(style.add_modifier(Modifier::DIM));
            }
        }
    }
}

pub fn strong(curve: &Curve) -> Style {
    if curve.strong { curve.style.add_modifier(Modifier::BOLD) } else { curve.style }
}

/// Whether the dash pattern has a dot at this length along the curve, in dots.
fn shown(dash: Dash, length: u32) -> bool {
    match dash {
        Dash::Solid => true,
        Dash::Dashed => length % 8 < 5,
        Dash::Dotted => length.is_multiple_of(4),
        Dash::DashDot => matches!(length % 10, 0..5 | 7),
    }
}

fn braille(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}
