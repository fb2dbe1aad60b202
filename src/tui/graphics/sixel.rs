//! Images as sixels: at most 256 colours, in bands of six rows. In each band, the pixels of each colour are characters.

use std::collections::BTreeMap;
use std::io::{self, Write};

const COLOURS: usize = 256;

/// Draws rows of `width` pixels at the cursor. One pixel of the image is one pixel of the screen.
pub fn send(pixels: &[[u8; 3]], width: u32, out: &mut impl Write) -> io::Result<()> {
    let columns = width.max(1) as usize;
    let (palette, numbers) = palette(pixels);
    // The parameter 1 keeps pixels that get no colour as they are.
    write!(out, "\x1bP0;1q\"1;1;{columns};{}", pixels.len() / columns)?;
    for (number, colour) in palette.iter().enumerate() {
        let [red, green, blue] = colour.map(|level| (u32::from(level) * 100 + 127) / 255);
        write!(out, "#{number};2;{red};{green};{blue}")?;
    }
    for (number, band) in numbers.chunks(6 * columns).enumerate() {
        if number > 0 {
            out.write_all(b"-")?;
        }
        let mut rows = vec![Vec::new(); palette.len()];
        for (place, &colour) in band.iter().enumerate() {
            let row: &mut Vec<u8> = &mut rows[usize::from(colour)];
            if row.is_empty() {
                row.resize(columns, 0);
            }
            row[place % columns] |= 1 << (place / columns);
        }
        let mut first = true;
        for (colour, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            // `$` returns to the first column before every colour except the first.
            write!(out, "{}#{colour}", if first { "" } else { "$" })?;
            first = false;
            let end = row.iter().rposition(|bits| *bits != 0).map_or(0, |last| last + 1);
            for run in row[..end].chunk_by(|a, b| a == b) {
                let sixel = char::from(b'?' + run[0]);
                match run.len() {
                    count @ ..4 => (0..count).try_for_each(|_| write!(out, "{sixel}"))?,
                    count => write!(out, "!{count}{sixel}")?,
                }
            }
        }
    }
    out.write_all(b"\x1b\\")
}

/// The colours of the palette, and the palette index of each pixel. If there are few enough colours the palette holds
/// them all; otherwise it comes from the median-cut algorithm (Heckbert 1982).
fn palette(pixels: &[[u8; 3]]) -> (Vec<[u8; 3]>, Vec<u8>) {
    let mut counts: BTreeMap<[u8; 3], u64> = BTreeMap::new();
    for pixel in pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut boxes: Vec<Vec<([u8; 3], u64)>> = vec![counts.into_iter().collect()];
    while boxes.len() < COLOURS {
        // Split the box with the widest channel, of equals the one with the most pixels, at the median pixel.
        let spread = |colours: &[([u8; 3], u64)], channel: usize| {
            let levels = colours.iter().map(|(colour, _)| colour[channel]);
            u64::from(levels.clone().max().unwrap_or(0) - levels.min().unwrap_or(0))
        };
        let widest = |colours: &[([u8; 3], u64)]| {
            (0..3).map(|channel| (spread(colours, channel), channel)).max().unwrap_or_default()
        };
        let weight = |colours: &[([u8; 3], u64)]| colours.iter().map(|(_, count)| count).sum::<u64>();
        let urgent = |at: &usize| (widest(&boxes[*at]).0, weight(&boxes[*at]));
        let Some(at) = (0..boxes.len()).filter(|at| boxes[*at].len() > 1).max_by_key(urgent) else { break };
        let mut low = boxes.swap_remove(at);
        let channel = widest(&low).1;
        low.sort_by_key(|(colour, _)| (colour[channel], *colour));
        let half = weight(&low) / 2;
        let mut sum = 0;
        let middle = low.iter().take_while(|(_, count)| {
            sum += count;
            sum <= half
        });
        let middle = middle.count().clamp(1, low.len() - 1);
        let high = low.split_off(middle);
        boxes.extend([low, high]);
    }
    let mut numbers: BTreeMap<[u8; 3], u8> = BTreeMap::new();
    let mut palette = Vec::new();
    for colours in boxes.iter().filter(|colours| !colours.is_empty()) {
        let count = colours.iter().map(|(_, count)| count).sum::<u64>();
        let mean = |channel: usize| {
            let sum: u64 = colours.iter().map(|(colour, count)| u64::from(colour[channel]) * count).sum();
            ((sum + count / 2) / count) as u8
        };
        numbers.extend(colours.iter().map(|(colour, _)| (*colour, palette.len() as u8)));
        palette.push([mean(0), mean(1), mean(2)]);
    }
    (palette, pixels.iter().map(|pixel| numbers.get(pixel).copied().unwrap_or(0)).collect())
}
