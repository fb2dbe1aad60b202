//! A small image as characters: each cell shows two pixels with the upper half block. Without colours it uses shades.
//!
//! Half blocks work over ssh, in tmux and in every terminal, can be tested like text, and suit images of a few dozen
//! pixels. If the terminal has graphics of its own ([`crate::tui::graphics`]), the cells are left empty for them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::data::image::Image;
use crate::tui::depth::Depth;
use crate::tui::theme::Theme;

/// Marks a cell that the terminal's own graphics fill: a no-break space, which no other text of the screens contains.
pub const HOLE: &str = "\u{a0}";

/// Characters from dark to light.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// The columns and rows of an image that must fit into `columns` by `rows` cells and keep its aspect ratio.
pub fn fitted(image: &Image, columns: u16, rows: u16) -> (u16, u16) {
    let (width, height) = (f64::from(image.width.max(1)), f64::from(image.height.max(1)));
    let scale = (f64::from(columns) / width).min(2.0 * f64::from(rows) / height);
    let cells = |size: f64, most: u16| (size.round() as u16).clamp(1, most.max(1));
    (cells(width * scale, columns), cells((height * scale / 2.0).ceil(), rows))
}

/// The part of `area` that the image fills: as large as its aspect ratio allows, at the upper left. Empty if the number
/// of pixels does not match the image's size.
pub fn area_of(image: &Image, area: Rect) -> Rect {
    let there = image.pixels.len() as u128;
    let claimed = u128::from(image.width) * u128::from(image.height) * u128::from(image.channels);
    if area.is_empty() || there == 0 || claimed != there {
        return Rect { width: 0, height: 0, ..area };
    }
    let (width, height) = fitted(image, area.width, area.height);
    Rect { width, height, ..area }
}

/// Draws the image into its [`area_of`] `area`.
pub fn draw(image: &Image, buffer: &mut Buffer, area: Rect, theme: Theme, depth: Depth) {
    let area = area_of(image, area.intersection(buffer.area));
    let (columns, rows) = (u32::from(area.width), 2 * u32::from(area.height));
    let halves = resampled(image, columns, rows);
    for ((column, row), cell) in cells(area) {
        let half = |half: u32| halves[((2 * row + half) * columns + column) as usize];
        let (upper, lower) = (half(0), half(1));
        let Some(cell) = buffer.cell_mut(cell) else { continue };
        if theme.is_plain() {
            let light = |colour: [u8; 3]| colour.iter().map(|c| usize::from(*c)).sum::<usize>();
            let shade = (light(upper) + light(lower)) * SHADES.len() / (6 * 256);
            cell.set_symbol(SHADES[shade.min(SHADES.len() - 1)]);
        } else {
            let style = Style::new().fg(depth.colour(upper)).bg(depth.colour(lower));
            cell.set_symbol("▀").set_style(style);
        }
    }
}

/// Leaves the cells of the image's [`area_of`] `area` to the terminal's own graphics.
pub fn leave(image: &Image, buffer: &mut Buffer, area: Rect) {
    for (_, cell) in cells(area_of(image, area.intersection(buffer.area))) {
        if let Some(cell) = buffer.cell_mut(cell) {
            cell.reset();
            cell.set_symbol(HOLE);
        }
    }
}

/// The column and row of each cell within an area, and its position on the screen.
fn cells(area: Rect) -> impl Iterator<Item = ((u32, u32), Position)> {
    area.positions().map(move |at| ((u32::from(at.x - area.x), u32::from(at.y - area.y)), at))
}

/// The image scaled to `width` by `height` pixels: the mean when it shrinks, the nearest pixel when it grows.
pub fn resampled(image: &Image, width: u32, height: u32) -> Vec<[u8; 3]> {
    let places = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
    places.map(|(column, row)| mean(image, (column, width), (row, height))).collect()
}

/// The mean colour of the pixels in one cell of a grid of `columns` by `rows` over the image; black if the image has no
/// pixels there.
fn mean(image: &Image, (column, columns): (u32, u32), (row, rows): (u32, u32)) -> [u8; 3] {
    let span = |at: u32, of: u32, size: u32| {
        let cut = |at: u32| (u64::from(at) * u64::from(size) / u64::from(of.max(1))) as usize;
        cut(at)..cut(at + 1).max(cut(at) + 1)
    };
    let channels = usize::from(image.channels.max(1));
    let mut sums = [0_u64; 3];
    let mut count = 0;
    for y in span(row, rows, image.height) {
        for x in span(column, columns, image.width) {
            let at = (y * image.width as usize + x) * channels;
            let Some(pixel) = image.pixels.get(at..at + channels) else { continue };
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum += u64::from(pixel[i.min(channels - 1)]);
            }
            count += 1;
        }
    }
    sums.map(|sum| (sum / count.max(1)) as u8)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn image(width: u32, height: u32, channels: u8, pixels: Vec<u8>) -> Image {
        Image { width, height, channels, pixels }
    }

    fn drawn(image: &Image, columns: u16, rows: u16, theme: Theme, depth: Depth) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        draw(image, &mut buffer, Rect::new(0, 0, columns, rows), theme, depth);
        buffer
    }

    #[test]
    fn a_cell_holds_two_pixels_and_the_shape_is_kept() {
        let four = image(2, 2, 1, vec![0, 255, 128, 255]);
        let buffer = drawn(&four, 2, 5, Theme::dark(), Depth::True);
        assert_eq!(buffer[(0, 0)].fg, Color::Rgb(0, 0, 0));
        assert_eq!(buffer[(0, 0)].bg, Color::Rgb(128, 128, 128));
        assert_eq!((buffer[(1, 0)].symbol(), buffer[(0, 1)].symbol()), ("▀", " "));
        assert_eq!(fitted(&image(28, 28, 1, Vec::new()), 28, 40), (28, 14));
        assert_eq!(fitted(&image(28, 28, 1, Vec::new()), 100, 7), (14, 7));
    }

    #[test]
    fn few_colours_and_none_are_no_loss_of_the_image() {
        let red = image(1, 2, 3, vec![250, 10, 0, 128, 128, 128]);
        let buffer = drawn(&red, 1, 1, Theme::light(), Depth::Indexed);
        assert_eq!((buffer[(0, 0)].fg, buffer[(0, 0)].bg), (Color::Indexed(196), Color::Indexed(244)));
        let plain = drawn(&image(2, 2, 1, vec![0, 255, 0, 255]), 2, 1, Theme::PLAIN, Depth::True);
        assert_eq!((plain[(0, 0)].symbol(), plain[(1, 0)].symbol()), (" ", "█"));
    }

    #[test]
    fn images_that_lie_about_their_pixels_are_not_drawn() {
        for (width, height, channels) in [(9, 9, 3), (0, 4, 1), (u32::MAX, u32::MAX, 255), (3, 3, 0)] {
            let buffer = drawn(&image(width, height, channels, vec![7; 5]), 4, 3, Theme::dark(), Depth::True);
            assert_eq!(buffer, Buffer::empty(Rect::new(0, 0, 4, 3)));
        }
    }
}
