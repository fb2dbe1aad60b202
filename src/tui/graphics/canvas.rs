//! The images on the terminal: which ones it shows, and which ones must be sent or removed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};

use crossterm::cursor::{MoveTo, RestorePosition, SavePosition};
use crossterm::queue;
use crossterm::style::Print;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::data::image::Image;
use crate::tui::widgets::pixels::{HOLE, resampled};

use super::{Protocol, iterm, kitty, sixel};

/// The size of a cell in pixels if the terminal does not report it: that of the VT340. Terminals that support sixels
/// but do not report the size usually imitate it.
const CELL: (u16, u16) = (10, 20);
/// The length in pixels of the longer side of an image that is sent, if the terminal scales it.
const SENT: u32 = 128;

/// An image and its position.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    pub area: Rect,
    pub image: &'a Image,
}

/// An image that the terminal shows now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    area: Rect,
    /// The hash of the pixels.
    hash: u64,
    /// The image's id in kitty's protocol.
    id: u32,
}

/// The images that the terminal shows.
#[derive(Debug)]
pub struct Canvas {
    protocol: Protocol,
    /// The size of a cell in pixels: width, height.
    cell: (u16, u16),
    shown: Vec<Shown>,
    next: u32,
}

impl Canvas {
    /// A canvas without images. `cell` is the size of a cell in pixels, if the terminal reports it.
    pub fn new(protocol: Protocol, cell: Option<(u16, u16)>) -> Canvas {
        let cell = cell.filter(|cell| (2..=128).contains(&cell.0) && (2..=128).contains(&cell.1));
        Canvas { protocol, cell: cell.unwrap_or(CELL), shown: Vec::new(), next: 1 }
    }

    /// Forgets all images, because the terminal was cleared.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn forget(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.shown.clear();
        if self.protocol == Protocol::Kitty { kitty::delete_all(out) } else { Ok(()) }
    }

    /// Sends and removes images until the terminal shows those that are `wanted`. `screen` is the frame that was drawn.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn fill(&mut self, wanted: &[Placed], screen: &Buffer, out: &mut impl Write) -> io::Result<()> {
        let free = |placed: &&Placed| {
            let inside = placed.area.intersection(screen.area) == placed.area && !placed.area.is_empty();
            inside && placed.area.positions().all(|at| screen[at].symbol() == HOLE)
        };
        let wanted: Vec<(&Placed, u64)> =
            wanted.iter().filter(free).map(|placed| (placed, hash(placed.image))).collect();
        let is_wanted = |shown: &Shown| {
            wanted.iter().any(|(placed, hash)| placed.area == shown.area && *hash == shown.hash)
        };
        let (stays, goes): (Vec<Shown>, Vec<Shown>) = self.shown.drain(..).partition(is_wanted);
        self.shown = stays;
        let new: Vec<(&Placed, u64)> = wanted
            .iter()
            .filter(|(placed, _)| !self.shown.iter().any(|shown| shown.area == placed.area))
            .copied()
            .collect();
        if goes.is_empty() && new.is_empty() {
            return Ok(());
        }
        queue!(out, SavePosition)?;
        for shown in goes {
            self.wipe(shown, screen, out)?;
        }
        for (placed, hash) in new {
            let id = self.next;
            self.next = self.next % 1_000_000 + 1;
            queue!(out, MoveTo(placed.area.x, placed.area.y))?;
            self.send(placed, id, out)?;
            self.shown.push(Shown { area: placed.area, hash, id });
        }
        queue!(out, RestorePosition)
    }

    /// Removes an image. Text that was drawn over it since then stays.
    fn wipe(&self, shown: Shown, screen: &Buffer, out: &mut impl Write) -> io::Result<()> {
        if self.protocol == Protocol::Kitty {
            return kitty::delete(shown.id, out);
        }
        for at in shown.area.intersection(screen.area).positions() {
            if screen[at].symbol() == HOLE {
                queue!(out, MoveTo(at.x, at.y), Print(HOLE))?;
            }
        }
        Ok(())
    }

    fn send(&self, placed: &Placed, id: u32, out: &mut impl Write) -> io::Result<()> {
        let Placed { area, image } = *placed;
        let full =
            (u32::from(area.width) * u32::from(self.cell.0), u32::from(area.height) * u32::from(self.cell.1));
        if self.protocol == Protocol::Sixel {
            return sixel::send(&resampled(image, full.0, full.1), full.0, out);
        }
        // Each pixel of a small image is sent several times, so that the terminal's scaling does not blur it.
        let (width, height) = (image.width.max(1), image.height.max(1));
        let times = (SENT / width.max(height)).max(1);
        let (width, height) = ((width * times).min(full.0.max(1)), (height * times).min(full.1.max(1)));
        let pixels = resampled(image, width, height);
        match self.protocol {
            Protocol::Kitty => kitty::send(&pixels, (width, height), area, id, out),
            _ => iterm::send(&pixels, (width, height), area, out),
        }
    }
}

fn hash(image: &Image) -> u64 {
    let mut hasher = DefaultHasher::new();
    (image.width, image.height, image.channels, &image.pixels).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
