//! Images by the terminal's own graphics: sixel, kitty's, iTerm2's.
//!
//! The screens stay cells: where an image stands they leave holes ([`super::widgets::pixels::HOLE`]), and say which image belongs there. After a
//! frame was drawn, [`canvas::Canvas::fill`] sends the images whose holes are all to be seen (no help, no toast lies over them)
//! and that do not stand there already, and wipes away those that went. The formats are few lines each; the crates that
//! have them bring two dozen others for choosing colours, and a reader of the terminal that goes on behind our back.

pub mod canvas;
mod iterm;
mod kitty;
pub mod probe;
mod sixel;
mod typed;

/// What is asked for with `--graphics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphicsChoice {
    /// What the terminal has.
    #[default]
    Auto,
    HalfBlocks,
    Own(Protocol),
}

/// How a terminal is told an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Bands of six rows, colour by colour (DEC, 1983).
    Sixel,
    /// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>
    Kitty,
    /// <https://iterm2.com/documentation-images.html>
    Iterm2,
}
